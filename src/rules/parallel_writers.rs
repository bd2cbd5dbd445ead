//! Declarations that write one shared object deploy at the same time.
//!
//! Some resources write an object that is not theirs alone while they deploy: subnets their virtual network, rule collection
//! groups their firewall policy, model deployments their account. Azure allows one operation on such an object at a time and
//! fails the other, at random, with a conflict.
//!
//! Which types write which object is knowledge in the catalogue, with its evidence; each entry has a page of its own.

use super::finding::RuleId;
use super::registry::Rule;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    RuleId::ParallelWriters,
    None,
    "other resources that write one shared object may deploy at the same time",
    true,
    include_str!("parallel_writers.rs"),
);
