//! A module could not be read.
//!
//! The template of a module call is not on disk: the path does not exist, or the module has not been restored from its registry.
//! What it deploys is not known, so races that involve it may be missed. Where its name tells what it deploys, that is assumed,
//! and findings that rest on it say so (`inferred`).
//!
//! `bicep restore` fetches registry modules into the local cache, where they are found.

use super::finding::{Level, RuleId};
use super::registry::Rule;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    RuleId::UnresolvedModule,
    Some(Level::Note),
    "a module could not be read; what was assumed about it",
    false,
    include_str!("unresolved_module.rs"),
);
