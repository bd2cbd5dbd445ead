//! A limit of the analysis was reached.
//!
//! What a stranger may send is looked at in bounded time and memory. Each bound is far above what people write, and none is
//! passed over in silence: the message says which one, at the place where it was reached, and the coverage counts it. Beyond
//! the bound something was not looked at, or not told, so the report is not complete: with `--strict` the run ends with 3.
//!
//! [All limits](../limits.md) stand in one table. Smaller files, shorter expressions and fewer declarations in one template
//! keep away from them.

use super::finding::{Diagnostic, Level, RuleId};
use super::registry::{Remedy, Rule};
use crate::source::Place;

pub(super) const RULE: Rule = Rule {
    id: RuleId::LimitReached,
    level: Some(Level::Warning),
    means: "a limit of the analysis was reached; anything beyond it was not analysed",
    remedy: Remedy::None,
    is_gap: true,
    is_suppressible: false,
    is_retired: false,
    is_optional: false,
    races: None,
};

/// A limit that was reached at a place.
pub(crate) fn reached(place: Place, message: String, help: Option<String>) -> Diagnostic {
    Diagnostic { help, ..RULE.diagnostic(place, message) }
}
