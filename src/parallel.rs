//! Runs work on several threads with the feature `parallel`, and sequentially without it. Results keep the order of their
//! inputs.
//!
//! We use our own thread pool: rayon's global pool panics if the system refuses to create threads, and can be created only
//! once. Ours uses as many threads as could be created, and works sequentially if there are none.

#[cfg(feature = "parallel")]
use self::pool::shared;

/// Applies a function to many items. A thread takes at most `at_once` items before it checks whether another thread is
/// idle.
#[cfg(feature = "parallel")]
pub fn map<T: Send, R: Send>(items: Vec<T>, at_once: usize, one: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    use rayon::prelude::*;

    let Some(pool) = shared() else { return items.into_iter().map(one).collect() };
    pool.install(|| items.into_par_iter().with_max_len(at_once).map(one).collect())
}

/// Does the same to many things.
#[cfg(not(feature = "parallel"))]
pub fn map<T, R>(items: Vec<T>, _at_once: usize, one: impl Fn(T) -> R) -> Vec<R> {
    items.into_iter().map(one).collect()
}

/// Like `map` for items of very different cost: they are started in order, and a free thread takes the next one.
#[cfg(feature = "parallel")]
pub fn in_turn<T: Sync, R: Send>(items: &[T], one: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    use rayon::prelude::*;

    let Some(pool) = shared() else { return items.iter().map(one).collect() };
    let done: Vec<(usize, R)> = pool.install(|| {
        let each = items.iter().enumerate().par_bridge();
        each.map(|(at, item)| (at, one(item))).collect()
    });
    let mut in_order: Vec<Option<R>> = items.iter().map(|_| None).collect();
    for (at, result) in done {
        in_order[at] = Some(result);
    }
    in_order.into_iter().flatten().collect()
}

/// Does the same to many things.
#[cfg(not(feature = "parallel"))]
pub fn in_turn<T, R>(items: &[T], one: impl Fn(&T) -> R) -> Vec<R> {
    items.iter().map(one).collect()
}

/// Makes this thread work too instead of only waiting. If there are other threads already, they are enough.
pub fn use_this_thread() {
    #[cfg(feature = "parallel")]
    pool::start_with_this_thread();
}

#[cfg(feature = "parallel")]
mod pool {
    use std::io;
    use std::num::NonZero;
    use std::sync::OnceLock;
    use std::thread;

    use rayon::{ThreadBuilder, ThreadPool, ThreadPoolBuilder};

    /// Maximum number of threads of the pool, whatever `RAYON_NUM_THREADS` says, unless there are more processors.
    const MAX_THREADS: usize = 64;

    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();

    /// The pool; `None` if no thread can be created.
    pub(super) fn shared() -> Option<&'static ThreadPool> {
        POOL.get_or_init(|| pool(wanted(), false, spawn)).as_ref()
    }

    pub(super) fn start_with_this_thread() {
        POOL.get_or_init(|| pool(wanted(), true, spawn));
    }

    /// The wanted number of threads: `RAYON_NUM_THREADS`, or one for each processor.
    fn wanted() -> usize {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let asked = std::env::var("RAYON_NUM_THREADS").ok().and_then(|text| text.parse().ok());
        bounded(asked, processors)
    }

    fn bounded(asked: Option<usize>, processors: usize) -> usize {
        asked.filter(|&count| count > 0).unwrap_or(processors).min(MAX_THREADS.max(processors))
    }

    fn spawn(worker: ThreadBuilder) -> io::Result<()> {
        thread::Builder::new().spawn(|| worker.run()).map(drop)
    }

    /// A pool with as many threads as can be created, up to a number, with or without this thread; `None` if that would be
    /// none.
    pub(super) fn pool(
        count: usize,
        with_this_thread: bool,
        mut spawn: impl FnMut(ThreadBuilder) -> io::Result<()>,
    ) -> Option<ThreadPool> {
        let mut working = usize::from(with_this_thread);
        let builder = ThreadPoolBuilder::new().num_threads(count).spawn_handler(|worker| {
            // A worker that could not be started does no harm: the others take all items.
            working += usize::from(spawn(worker).is_ok());
            Ok(())
        });
        let pool = if with_this_thread { builder.use_current_thread().build() } else { builder.build() };
        pool.ok().filter(|_| working > 0)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_number_of_threads_is_bounded() {
            assert_eq!(bounded(None, 2), 2);
            assert_eq!(bounded(Some(0), 2), 2);
            assert_eq!(bounded(Some(5), 2), 5);
            assert_eq!(bounded(Some(100_000), 2), MAX_THREADS);
            assert_eq!(bounded(Some(100_000), 300), 300);
        }

        #[test]
        fn threads_that_can_be_made_do_the_work_of_all() {
            use rayon::prelude::*;

            for can_be_made in 1..=3 {
                let mut left = can_be_made;
                let made = pool(8, false, |worker| {
                    left = usize::checked_sub(left, 1).ok_or(io::ErrorKind::WouldBlock)?;
                    spawn(worker)
                });
                let sum: u64 = made.unwrap().install(|| (0..10_000_u64).into_par_iter().sum());
                assert_eq!(sum, 49_995_000, "{can_be_made} threads");
            }
            assert!(pool(8, false, |_| Err(io::ErrorKind::WouldBlock.into())).is_none());
        }

        #[test]
        fn this_thread_alone_is_enough() {
            use rayon::prelude::*;

            // In a thread of its own, because a thread cannot leave its pool.
            let alone = thread::spawn(|| {
                let made = pool(8, true, |_| Err(io::ErrorKind::WouldBlock.into())).unwrap();
                made.install(|| (0..10_000_u64).into_par_iter().sum::<u64>())
            });
            assert_eq!(alone.join().unwrap(), 49_995_000);
        }
    }
}
