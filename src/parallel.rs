//! Work that threads share where the feature `parallel` is on, and that is done in turn elsewhere. Results come in the order of
//! what they are made of.

/// Does the same to many things. A thread takes at most so many at once before it looks at whether another has nothing to do.
#[cfg(feature = "parallel")]
pub fn map<T: Send, R: Send>(items: Vec<T>, at_once: usize, one: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    use rayon::prelude::*;

    items.into_par_iter().with_max_len(at_once).map(one).collect()
}

/// Does the same to many things.
#[cfg(not(feature = "parallel"))]
pub fn map<T, R>(items: Vec<T>, _at_once: usize, one: impl Fn(T) -> R) -> Vec<R> {
    items.into_iter().map(one).collect()
}

/// Does the same to things that take very different times: they are begun in their order, and who is free takes the next.
#[cfg(feature = "parallel")]
pub fn in_turn<T: Sync, R: Send>(items: &[T], one: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    use rayon::prelude::*;

    let each = items.iter().enumerate().par_bridge();
    let mut done: Vec<(usize, R)> = each.map(|(at, item)| (at, one(item))).collect();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Does the same to many things.
#[cfg(not(feature = "parallel"))]
pub fn in_turn<T, R>(items: &[T], one: impl Fn(&T) -> R) -> Vec<R> {
    items.iter().map(one).collect()
}

/// Lets this thread work too instead of waiting for others. Where there are threads already, those are as good.
pub fn use_this_thread() {
    #[cfg(feature = "parallel")]
    let _ = rayon::ThreadPoolBuilder::new().use_current_thread().build_global();
}
