//! A suppression that suppresses nothing.
//!
//! A directive names one of these rules, but nothing is found where it applies. Either the race is gone, and the directive would
//! hide the next one, or it stands at the wrong place.

use super::finding::{Level, RuleId};
use super::registry::Rule;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    RuleId::UnusedSuppression,
    Some(Level::Warning),
    "a suppression that suppresses nothing",
    true,
    include_str!("unused_suppression.rs"),
);
