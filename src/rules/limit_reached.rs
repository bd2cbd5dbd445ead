//! A limit of the analysis was reached.
//!
//! The tool analyses untrusted input in bounded time and memory. Each bound is far above what people write, and each is
//! reported: the message names it, at the place where it was reached, and the coverage counts it. Whatever is beyond the bound
//! was not analysed or not reported, so the report is incomplete: with `--strict` the run ends with exit code 3.
//!
//! One table lists [all limits](../limits.md). Smaller files, shorter expressions and fewer declarations in one template avoid
//! them.

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
