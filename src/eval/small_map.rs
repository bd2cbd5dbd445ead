//! Maps by terms that usually stay small.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::term::Term;

/// Up to this number of entries, a linear search is used.
const FEW: usize = 8;
/// Larger tables are not reused, because clearing them takes time.
const ROOM: usize = 4096;

/// A map from terms to values: a short list at first, and a hash table once there are more. Most walks over a term meet
/// few of its parts, and a table would cost more than the walk.
#[derive(Debug)]
pub(super) struct SmallMap<V> {
    few: SmallVec<[(Term, V); FEW]>,
    /// All entries, once there are more than [`FEW`].
    many: FxHashMap<Term, V>,
}

impl<V> Default for SmallMap<V> {
    fn default() -> Self {
        Self { few: SmallVec::new(), many: FxHashMap::default() }
    }
}

impl<V: Copy> SmallMap<V> {
    pub(super) fn len(&self) -> usize {
        if self.many.is_empty() { self.few.len() } else { self.many.len() }
    }

    pub(super) fn get(&self, term: Term) -> Option<V> {
        if self.many.is_empty() {
            self.few.iter().find(|(known, _)| *known == term).map(|&(_, value)| value)
        } else {
            self.many.get(&term).copied()
        }
    }

    /// Adds an entry for a term that has none.
    pub(super) fn add(&mut self, term: Term, value: V) {
        if self.many.is_empty() {
            if self.few.len() < FEW {
                return self.few.push((term, value));
            }
            self.many.reserve(4 * FEW);
            self.many.extend(self.few.drain(..));
        }
        self.many.insert(term, value);
    }
}

impl<V: Copy> SmallMap<V> {
    /// Removes all entries but keeps the memory; `None` if that is too large.
    pub(super) fn emptied(mut self) -> Option<Self> {
        self.few.clear();
        self.many.clear();
        (self.many.capacity() <= ROOM).then_some(self)
    }
}

impl SmallMap<()> {
    /// Adds a term. Returns whether it was missing.
    pub(super) fn is_new(&mut self, term: Term) -> bool {
        let is_new = self.get(term).is_none();
        if is_new {
            self.add(term, ());
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_found() {
        let mut map = SmallMap::default();
        for number in 0..100 {
            assert_eq!(map.len(), number as usize);
            assert_eq!(map.get(Term(number)), None);
            map.add(Term(number), number * 2);
            assert!((0..=number).all(|known| map.get(Term(known)) == Some(known * 2)));
        }
        let mut set = SmallMap::default();
        assert!((0..20).all(|number| set.is_new(Term(number))));
        assert!((0..20).all(|number| !set.is_new(Term(number))));
    }
}
