//! Which writers of one object may overlap: effects, summaries, feasibility, witnesses.
//!
//! Each template is analysed once ([`summary`]): what it writes ([`effect`]), and which pairs of its writers nothing
//! orders ([`pair`], [`link`]), under formulas over its parameters. A call substitutes its arguments. A root is where the
//! formulas are decided ([`analysis`]).

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
pub mod summary;
#[cfg(test)]
mod tests;
pub mod undecided;
pub mod verdict;
