//! One Azure resource is declared twice.
//!
//! Two declarations have the same scope, type and name, so they are one resource in Azure, and nothing keeps them from running
//! together. The second request meets the first one's operation and fails with a conflict, or the one that ends last wins. Two
//! module calls with one explicit deployment name in one scope are the same: the second fails with `DeploymentActive`.
//!
//! Declare the resource once and refer to it with `existing` elsewhere, or let one declaration wait for the other.

use super::finding::{Level, RuleId};
use super::registry::Rule;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    RuleId::DeclaredTwice,
    Some(Level::Error),
    "one Azure resource is written by two declarations that may run together",
    true,
    include_str!("declared_twice.rs"),
);
