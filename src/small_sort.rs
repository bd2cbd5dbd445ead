//! Sorts short lists, and lists that are sorted only once.
//!
//! The standard library's sort is compiled for each type and each order, at 7 KB each: a tenth of the binary. This one
//! is compiled once, and sorts indexes: it needs eight more bytes for each element, and some more steps. Code that
//! sorts for each node or each pair uses the standard library.

use std::cmp::Ordering;

/// Sorts of a slice, all of them stable.
///
/// ```
/// use bicep_race_lint::small_sort::SmallSort as _;
///
/// let mut names = ["p2s", "er", "s2s"];
/// names.small_sort();
/// assert_eq!(names, ["er", "p2s", "s2s"]);
/// names.small_sort_by_key(|name| name.len());
/// assert_eq!(names, ["er", "p2s", "s2s"]);
/// ```
pub trait SmallSort<T> {
    /// Like [`slice::sort`].
    fn small_sort(&mut self)
    where
        T: Ord;

    /// Like [`slice::sort_by`].
    fn small_sort_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// Like [`slice::sort_by_key`].
    fn small_sort_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K);
}

impl<T> SmallSort<T> for [T] {
    fn small_sort(&mut self)
    where
        T: Ord,
    {
        self.small_sort_by(Ord::cmp);
    }

    fn small_sort_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let mut order = order(self.len(), &mut |one, other| compare(&self[one], &self[other]));
        // Moves the elements along each cycle of the permutation, until the cycle closes.
        for start in 0..self.len() {
            let mut at = start;
            loop {
                let from = std::mem::replace(&mut order[at], at);
                if from == start {
                    break;
                }
                self.swap(at, from);
                at = from;
            }
        }
    }

    fn small_sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.small_sort_by(|one, other| key(one).cmp(&key(other)));
    }
}

/// Which element comes first, second and so on.
fn order(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&one, &other| compare(one, other));
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Equal elements also keep their order.
        #[test]
        fn it_sorts_as_the_standard_library_does(all in prop::collection::vec((0u8..6, any::<u16>()), 0..200)) {
            let (mut ours, mut theirs) = (all.clone(), all.clone());
            ours.small_sort_by_key(|one| one.0);
            theirs.sort_by_key(|one| one.0);
            prop_assert_eq!(&ours, &theirs);
            ours.small_sort();
            theirs.sort_unstable();
            prop_assert_eq!(&ours, &theirs);
            let last_first = |one: &(u8, u16), other: &(u8, u16)| (other.1, one.0).cmp(&(one.1, other.0));
            ours.small_sort_by(last_first);
            theirs.sort_by(last_first);
            prop_assert_eq!(ours, theirs);
        }
    }
}
