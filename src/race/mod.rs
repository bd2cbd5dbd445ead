//! Finds writers of one object that may overlap: effects, summaries, pairs, and the decision at the roots.
//!
//! Each template is analysed once ([`summary`]): the objects that it writes ([`effect`]), and the pairs of its writers
//! that nothing orders ([`pair`], [`link`]), under formulas over its parameters. A call substitutes its arguments, and
//! a root decides the formulas ([`analysis`]).

pub mod analysis;
pub mod assumed;
pub mod bucket;
pub mod build;
mod by_parts;
pub mod call;
pub mod components;
pub mod crowd;
pub mod decided;
pub mod deployable;
pub mod effect;
pub mod group;
pub mod inside;
pub mod instance;
pub mod kind;
pub mod link;
pub(crate) mod many;
mod mentions;
pub mod needless;
pub mod object;
pub mod pair;
mod picks;
mod plain;
mod quiet;
pub mod summary;
#[cfg(test)]
mod tests;
pub mod undecided;
pub mod verdict;
