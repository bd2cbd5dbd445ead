//! A file could not be parsed at some place.
//!
//! What stands there is left out, and everything else is analysed. Races that involve the part that was left out are not found,
//! so the report is not complete.

use super::finding::{Level, RuleId};
use super::registry::Rule;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    RuleId::Syntax,
    Some(Level::Error),
    "the file could not be parsed here; the rest was analysed",
    false,
    include_str!("syntax.rs"),
);
