//! Per-term summaries of what a term contains. A walk that looks for a parameter, say, skips terms that contain none.

use std::hash::BuildHasher as _;

use rustc_hash::FxBuildHasher;

use super::functions::Function;
use super::store::Store;
use super::term::{CopyVariable, Term, Value};
use crate::limit::{Limit, Reached};

/// The highest binder level with a bit of its own.
const LEVELS: u32 = Limit::ValueBinders.number() as u32 + 4;

/// What a term contains, computed once from its parts when the term is made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attributes {
    pub(super) depth: u16,
    contains: u8,
    /// Levels of the free variables: those that a term uses but does not bind. One bit for each level; the last bit stands for
    /// all higher levels.
    free: u64,
    /// A Bloom filter of the leaves (parameters, facts, indexes, variables): a leaf sets one bit, and several leaves may share
    /// a bit.
    leaves: u64,
    /// Whether the value cannot be `null`. A parameter counts as possibly `null` here; its domain says more.
    pub(super) is_never_null: bool,
}

/// Flag: contains a parameter or a fact of the deployment.
const FROM_CALL: u8 = 1;
/// Flag: contains the index of the declaration's own loop.
const FIRST_COPY: u8 = 2;
/// Flag: contains the index of another loop.
const OTHER_COPY: u8 = 4;
/// Flag: contains a value with several cases: a conditional, an element of a list, or a look-up in a table.
const BRANCHES: u8 = 8;

const fn level_bit(level: u32) -> u64 {
    if level <= LEVELS { 1 << level } else { 1 << (LEVELS + 1) }
}

/// Number of bits in `leaves` for parameters; the other bits are shared by all other leaves.
pub(super) const OWN_BITS: u32 = 56;

/// The bit of a leaf. Parameters use the lowest `OWN_BITS` bits by their number; all other leaves are hashed into the 8
/// highest.
fn leaf_bit(leaf: Value) -> u64 {
    match leaf {
        Value::Parameter(_, parameter) => 1 << (parameter.0 % OWN_BITS),
        other => 1 << (OWN_BITS + (FxBuildHasher.hash_one(other) >> (u64::BITS - 3)) as u32),
    }
}

/// The bits of the `count` levels from `first` on.
pub(super) const fn levels(first: u32, count: u32) -> u64 {
    let mut bits = 0;
    let mut at = 0;
    while at < count && first + at <= LEVELS {
        bits |= 1 << (first + at);
        at += 1;
    }
    bits
}

impl Attributes {
    const fn contains(self, what: u8) -> bool {
        self.contains & what != 0
    }
}

impl Store {
    pub(super) fn attributes_of(&self, value: Value) -> Attributes {
        let own = match value {
            Value::Parameter(..) | Value::Ambient(_) => FROM_CALL,
            Value::CopyIndex(CopyVariable::OF_NODE) => FIRST_COPY,
            Value::CopyIndex(_) => OTHER_COPY,
            Value::If(..) | Value::Coalesce(..) | Value::Call(Function::Each, _) => BRANCHES,
            Value::Index(table, _) if matches!(self.get(table), Value::Object(_)) => BRANCHES,
            _ => 0,
        };
        let leaves = match value {
            Value::Parameter(..)
            | Value::Ambient(_)
            | Value::CopyIndex(_)
            | Value::Bound(_)
            | Value::Opaque(_) => leaf_bit(value),
            _ => 0,
        };
        let is_never_null = self.never_gives_null(value);
        let mut attributes = Attributes { depth: 0, contains: own, free: 0, leaves, is_never_null };
        self.each_child(value, |child| {
            let inner = self.attributes[child.0 as usize];
            attributes.depth = attributes.depth.max(inner.depth + 1);
            attributes.contains |= inner.contains;
            attributes.free |= inner.free;
            attributes.leaves |= inner.leaves;
        });
        match value {
            Value::Bound(level) => attributes.free = level_bit(level),
            Value::Sequence { length, element, level } => {
                attributes.free = self.free(length) | (self.free(element) & !levels(level, 1));
            }
            Value::Lambda { level, count, body } => attributes.free = self.free(body) & !levels(level, count),
            _ => {}
        }
        attributes
    }

    /// Whether a term contains the index of a copy loop. Loops other than the declaration's own are not distinguished.
    pub fn mentions_copy(&self, term: Term, variable: CopyVariable) -> bool {
        let is_own = variable == CopyVariable::OF_NODE;
        self.attributes[term.0 as usize].contains(if is_own { FIRST_COPY } else { OTHER_COPY })
    }

    /// Whether a term contains a value with several cases, so that splitting it may help.
    pub fn has_branches(&self, term: Term) -> bool {
        self.attributes[term.0 as usize].contains(BRANCHES)
    }

    pub(super) fn mentions_any_copy(&self, term: Term) -> bool {
        self.attributes[term.0 as usize].contains(FIRST_COPY | OTHER_COPY)
    }

    /// Levels of the free variables of a term, as bits.
    pub(super) fn free(&self, term: Term) -> u64 {
        self.attributes[term.0 as usize].free
    }

    /// The Bloom filter of a term's leaves.
    pub(super) fn leaves(&self, term: Term) -> u64 {
        self.attributes[term.0 as usize].leaves
    }

    /// Whether `term` may occur in `inside`. `false` is certain; `true` only means that its leaves all seem to occur.
    pub fn may_occur(&self, term: Term, inside: Term) -> bool {
        // Parts are created before the term that contains them, so they have smaller numbers.
        term <= inside && self.leaves(term) & !self.leaves(inside) == 0
    }

    /// Whether the value depends on the caller: on parameters or facts of the deployment.
    pub fn depends_on_call(&self, term: Term) -> bool {
        self.attributes[term.0 as usize].contains(FROM_CALL)
    }
}

/// A level that is higher than all of these free levels.
pub(super) fn fresh(free: u64) -> Result<u32, Reached> {
    let level = u64::BITS - (free & (u64::MAX >> 1)).leading_zeros();
    // The last bit stands for all higher levels.
    let is_shared = free >> LEVELS > 1;
    Limit::ValueBinders.check(if is_shared { u32::MAX } else { level })?;
    Ok(level)
}
