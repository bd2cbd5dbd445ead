//! The instances of a loop write one shared object.
//!
//! Azure deploys the instances of a loop in parallel. Where all of them write the same parent or the same referenced object,
//! they disturb each other. `@batchSize(1)` deploys one after the other; with a larger batch size the instances of one batch
//! still overlap.
//!
//! A loop over a list that is known to have at most one element is not reported, nor one whose instances each write an object
//! of their own.

use super::finding::RuleId;
use super::registry::Rule;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    RuleId::ParallelLoop,
    None,
    "the instances of one loop write one shared object, without `@batchSize(1)`",
    true,
    include_str!("parallel_loop.rs"),
);
