//! What is known of each term without looking into it, so that most walks end at once.

use std::hash::BuildHasher as _;

use rustc_hash::FxBuildHasher;

use super::functions::Function;
use super::store::Store;
use super::term::{CopyVariable, Term, Value};
use crate::limit::{Limit, Reached};

/// The highest level that bound variables are told apart at.
const LEVELS: u32 = Limit::ValueBinders.number() as u32 + 4;

/// What a term contains, so that most walks end at once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attributes {
    pub(super) depth: u16,
    contains: u8,
    /// The levels of the bound variables that no part binds, a bit each; the last bit stands for all higher levels.
    free: u64,
    /// A bit for each parameter, fact, index and variable that occurs; several of them may share one.
    leaves: u64,
    /// Whether the value cannot be `null`; what a parameter may be is known elsewhere.
    pub(super) is_never_null: bool,
}

/// A parameter, or a fact of the deployment.
const FROM_CALL: u8 = 1;
/// The index of the declaration's own loop.
const FIRST_COPY: u8 = 2;
/// The index of another loop.
const OTHER_COPY: u8 = 4;
/// A value that is one of several: conditional, of a list, or looked up in a table.
const BRANCHES: u8 = 8;

const fn level_bit(level: u32) -> u64 {
    if level <= LEVELS { 1 << level } else { 1 << (LEVELS + 1) }
}

/// So many parameters of a template have a bit of their own.
pub(super) const OWN_BITS: u32 = 56;

/// The bit of a leaf: parameters have those from the lowest on, by their numbers; all others share the highest.
fn leaf_bit(leaf: Value) -> u64 {
    match leaf {
        Value::Parameter(_, parameter) => 1 << (parameter.0 % OWN_BITS),
        other => 1 << (OWN_BITS + (FxBuildHasher.hash_one(other) >> (u64::BITS - 3)) as u32),
    }
}

/// The bits of levels.
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

    /// Whether the index of a copy loop occurs. All but that of the declaration's own loop are not told apart.
    pub fn mentions_copy(&self, term: Term, variable: CopyVariable) -> bool {
        let is_own = variable == CopyVariable::OF_NODE;
        self.attributes[term.0 as usize].contains(if is_own { FIRST_COPY } else { OTHER_COPY })
    }

    /// Whether a value occurs that is one of several.
    pub fn has_branches(&self, term: Term) -> bool {
        self.attributes[term.0 as usize].contains(BRANCHES)
    }

    pub(super) fn mentions_any_copy(&self, term: Term) -> bool {
        self.attributes[term.0 as usize].contains(FIRST_COPY | OTHER_COPY)
    }

    /// The levels of the variables that are bound outside of a term, as bits.
    pub(super) fn free(&self, term: Term) -> u64 {
        self.attributes[term.0 as usize].free
    }

    /// The bits of the leaves that a term is made of.
    pub(super) fn leaves(&self, term: Term) -> u64 {
        self.attributes[term.0 as usize].leaves
    }

    /// Whether a term may occur in another, as far as what both are made of tells.
    pub fn may_occur(&self, term: Term, inside: Term) -> bool {
        // Parts are always older than what they are part of.
        term <= inside && self.leaves(term) & !self.leaves(inside) == 0
    }

    /// Whether a caller can change the value.
    pub fn depends_on_call(&self, term: Term) -> bool {
        self.attributes[term.0 as usize].contains(FROM_CALL)
    }
}

/// A level above those of some free variables.
pub(super) fn fresh(free: u64) -> Result<u32, Reached> {
    let level = u64::BITS - (free & (u64::MAX >> 1)).leading_zeros();
    // The last bit stands for all higher levels.
    let is_shared = free >> LEVELS > 1;
    Limit::ValueBinders.check(if is_shared { u32::MAX } else { level })?;
    Ok(level)
}
