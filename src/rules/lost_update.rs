//! One declaration rewrites what another adds.
//!
//! A resource that lists its children inline replaces the whole list each time it is deployed. Children that other declarations
//! add are then lost, or the deployment fails because a child that is in use would be deleted. An order does not help: whichever
//! comes last wins, and on the next deployment the game starts again.
//!
//! Keep the children in one place: all of them inline, or all of them as declarations of their own.

use super::finding::{Level, RuleId};
use super::registry::Rule;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    RuleId::LostUpdate,
    Some(Level::Warning),
    "one declaration rewrites what another adds; order does not cure it, merging does",
    false,
    include_str!("lost_update.rs"),
);
