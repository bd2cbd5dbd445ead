//! Which mutant runs. This file is copied into the scratch tree as `src/mutant_switch.rs`; it is no module of `xtask`.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// The environment has not been read yet.
const UNREAD: u32 = u32::MAX;
/// No mutant runs; each one that is asked for is recorded.
const RECORD: u32 = u32::MAX - 1;
/// More mutants than are ever in one build.
const MAX_MUTANTS: usize = 1 << 16;

static ACTIVE: AtomicU32 = AtomicU32::new(UNREAD);
static REACHED: [AtomicBool; MAX_MUTANTS] = [const { AtomicBool::new(false) }; MAX_MUTANTS];

#[inline]
pub(crate) fn mutant_is(number: u32) -> bool {
    let active = ACTIVE.load(Relaxed);
    if active >= RECORD { slow(active, number) } else { active == number }
}

#[cold]
#[inline(never)]
fn slow(active: u32, number: u32) -> bool {
    if active == UNREAD {
        let of = |name: &str| std::env::var(name).ok();
        let active = match of("RACE_MUTANT").and_then(|text| text.parse().ok()) {
            Some(number) => number,
            None if of("RACE_MUTANTS_REACHED").is_some() => RECORD,
            None => 0,
        };
        ACTIVE.store(active, Relaxed);
        return mutant_is(number);
    }
    if !REACHED[number as usize].swap(true, Relaxed) {
        let path = std::env::var_os("RACE_MUTANTS_REACHED").unwrap();
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(format!("{number}\n").as_bytes()).unwrap();
    }
    false
}

/// The iterator that a function returns, or that of a mutant.
#[derive(Clone)]
pub(crate) enum Either<A, B> {
    Real(A),
    Mutant(B),
}

impl<A: Iterator, B: Iterator<Item = A::Item>> Iterator for Either<A, B> {
    type Item = A::Item;

    fn next(&mut self) -> Option<A::Item> {
        match self {
            Self::Real(real) => real.next(),
            Self::Mutant(mutant) => mutant.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Real(real) => real.size_hint(),
            Self::Mutant(mutant) => mutant.size_hint(),
        }
    }
}

impl<A: DoubleEndedIterator, B: DoubleEndedIterator<Item = A::Item>> DoubleEndedIterator for Either<A, B> {
    fn next_back(&mut self) -> Option<A::Item> {
        match self {
            Self::Real(real) => real.next_back(),
            Self::Mutant(mutant) => mutant.next_back(),
        }
    }
}

impl<A: ExactSizeIterator, B: ExactSizeIterator<Item = A::Item>> ExactSizeIterator for Either<A, B> {}
