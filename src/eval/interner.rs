//! Interns values, lists and texts: each is stored once and identified by a number.

use std::hash::{BuildHasher as _, Hash};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

fn hash(value: impl Hash) -> u64 {
    FxBuildHasher.hash_one(value)
}

/// Maps values to numbers by their hashes. The lower half of each hash, which distinguishes best, is stored next to the
/// number: a growing table and an unsuccessful look-up need not visit the values, which are far apart in memory.
#[derive(Clone, Debug, Default)]
struct Numbers {
    table: HashTable<(u32, u32)>,
}

impl Numbers {
    fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let half = hash as u32;
        let found = self.table.find(spread(half), |&(known, at)| known == half && is_it(at));
        found.map(|&(_, at)| at)
    }

    fn add(&mut self, hash: u64, at: u32) {
        let half = hash as u32;
        self.table.insert_unique(spread(half), (half, at), |&(half, _)| spread(half));
    }
}

/// Spreads half a hash over the bits that a table looks at, which are at both ends.
fn spread(half: u32) -> u64 {
    u64::from(half) << 32 | u64::from(half)
}

/// The hash of a value that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    hash: u64,
}

/// Values of a fixed size.
#[derive(Clone, Debug)]
pub(super) struct Values<V> {
    all: Vec<V>,
    numbers: Numbers,
}

impl<V> Default for Values<V> {
    fn default() -> Self {
        Self { all: Vec::new(), numbers: Numbers::default() }
    }
}

impl<V: Copy + Eq + Hash> Values<V> {
    /// Number of values.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The value with a number.
    pub(super) fn get(&self, at: u32) -> V {
        self.all[at as usize]
    }

    /// The number of a value; if it is missing, what [`Self::add_missing`] needs to add it.
    pub(super) fn find(&self, value: V) -> Result<u32, Missing> {
        let hash = hash(value);
        self.numbers.find(hash, |known| self.all[known as usize] == value).ok_or(Missing { hash })
    }

    pub(super) fn add_missing(&mut self, value: V, Missing { hash }: Missing) -> u32 {
        let at = self.all.len() as u32;
        self.all.push(value);
        self.numbers.add(hash, at);
        at
    }

    /// Adds a value without a search for it.
    pub(super) fn add(&mut self, value: V) -> u32 {
        self.add_missing(value, Missing { hash: hash(value) })
    }
}

/// Lists, stored one after the other.
#[derive(Clone, Debug)]
pub(super) struct Lists<V> {
    elements: Vec<V>,
    ends: Vec<usize>,
    numbers: Numbers,
}

impl<V> Default for Lists<V> {
    fn default() -> Self {
        Self { elements: Vec::new(), ends: Vec::new(), numbers: Numbers::default() }
    }
}

impl<V: Copy + Eq + Hash> Lists<V> {
    /// Total number of elements.
    pub(super) fn elements(&self) -> usize {
        self.elements.len()
    }

    /// The list with a number.
    pub(super) fn get(&self, at: u32) -> &[V] {
        list(&self.elements, &self.ends, at)
    }

    /// The number of a list, which is added if it is missing.
    pub(super) fn number(&mut self, wanted: &[V]) -> u32 {
        let Self { elements, ends, numbers } = self;
        let hash = hash(wanted);
        if let Some(known) = numbers.find(hash, |known| list(elements, ends, known) == wanted) {
            return known;
        }
        let at = ends.len() as u32;
        elements.extend_from_slice(wanted);
        ends.push(elements.len());
        numbers.add(hash, at);
        at
    }
}

fn list<'l, V>(elements: &'l [V], ends: &[usize], at: u32) -> &'l [V] {
    let at = at as usize;
    let start = if at == 0 { 0 } else { ends[at - 1] };
    &elements[start..ends[at]]
}

/// Texts, stored one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    letters: String,
    ends: Vec<usize>,
    numbers: Numbers,
}

impl Texts {
    /// Total number of bytes.
    pub(super) fn bytes(&self) -> usize {
        self.letters.len()
    }

    /// The text with a number.
    pub(super) fn get(&self, at: u32) -> &str {
        text(&self.letters, &self.ends, at)
    }

    /// The number of a text, unless it is missing.
    pub(super) fn find(&self, wanted: &str) -> Option<u32> {
        self.numbers.find(hash(wanted), |known| self.get(known) == wanted)
    }

    /// The number of a text, which is added if it is missing.
    pub(super) fn number(&mut self, wanted: &str) -> u32 {
        if let Some(known) = self.find(wanted) {
            return known;
        }
        let at = self.ends.len() as u32;
        self.letters.push_str(wanted);
        self.ends.push(self.letters.len());
        self.numbers.add(hash(wanted), at);
        at
    }
}

fn text<'l>(letters: &'l str, ends: &[usize], at: u32) -> &'l str {
    let at = at as usize;
    let start = if at == 0 { 0 } else { ends[at - 1] };
    &letters[start..ends[at]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_stored_once_under_one_number() {
        let mut texts = Texts::default();
        let numbers: Vec<u32> = ["", "a", "ä", "a", "", "bc"].iter().map(|text| texts.number(text)).collect();
        assert_eq!(numbers, [0, 1, 2, 1, 0, 3]);
        assert_eq!([0, 1, 2, 3].map(|at| texts.get(at)), ["", "a", "ä", "bc"]);
        assert_eq!((texts.find("bc"), texts.find("b"), texts.bytes()), (Some(3), None, 5));
        let mut lists = Lists::default();
        let numbers: Vec<u32> =
            [&[1, 2][..], &[], &[1], &[2], &[1, 2], &[]].iter().map(|list| lists.number(list)).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 0, 1]);
        assert_eq!((lists.get(0), lists.get(1), lists.elements()), (&[1, 2][..], &[][..], 4));
        let mut values = Values::default();
        for value in 0..1000 {
            assert!(values.find(value * 7).is_err());
            assert_eq!(values.add(value * 7), value);
        }
        assert_eq!((values.find(700), values.get(100), values.len()), (Ok(100), 700, 1000));
    }
}
