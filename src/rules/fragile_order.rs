//! An order that holds only while something else is deployed.
//!
//! Azure drops a dependency on a resource or module that is not deployed, because its condition is false or its loop is empty.
//! Two writers that are ordered only through such a link lose their order in exactly those deployments: `A` waits for `B`, `B`
//! waits for `C`, and without `B` nothing makes `A` wait for `C`.
//!
//! Make the one wait for the other directly as well.

use super::finding::{Level, RuleId};
use super::registry::Rule;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    RuleId::FragileOrder,
    Some(Level::Warning),
    "the order holds only while a conditional (or possibly empty) link is deployed",
    true,
    include_str!("fragile_order.rs"),
);
