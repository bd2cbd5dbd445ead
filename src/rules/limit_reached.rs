//! A limit of the analysis was reached.
//!
//! What a stranger may send is looked at in bounded time and memory. Each bound is far above what people write, and none is
//! passed over in silence: the message says which one, at the place where it was reached, and the coverage counts it. Beyond
//! the bound something was not looked at, or not told, so the report is not complete: with `--strict` the run ends with 3.
//!
//! [All limits](../limits.md) stand in one table. Smaller files, shorter expressions and fewer declarations in one template
//! keep away from them.

use super::finding::{Level, RuleId};
use super::registry::Rule;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    RuleId::LimitReached,
    Some(Level::Warning),
    "a limit of the analysis was reached; what lies beyond it was not looked at",
    false,
    include_str!("limit_reached.rs"),
);
