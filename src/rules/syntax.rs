//! A file could not be parsed at some place.
//!
//! What stands there is left out, and everything else is analysed. Races that involve the part that was left out are not found,
//! so the report is not complete.
//!
//! A file that another program has yet to make Bicep of (`{{ … }}`, `__NAME__`, `#{NAME}#`) is told once, as a warning, and is not
//! checked: check what that program makes of it, and name the template in `exclude` of `bicep-race-lint.toml`.

use super::finding::{Diagnostic, Level, RuleId};
use super::registry::{Remedy, Rule};
use crate::source::Place;

pub(super) const RULE: Rule = Rule {
    id: RuleId::Syntax,
    level: Some(Level::Error),
    means: "the file could not be parsed here; the rest was analysed",
    remedy: Remedy::None,
    is_gap: true,
    is_suppressible: false,
    is_retired: false,
    is_optional: false,
    races: None,
};

/// The diagnostic for text that could not be parsed.
pub(crate) fn unread(place: Place, message: String, help: Option<String>) -> Diagnostic {
    Diagnostic { help, ..RULE.diagnostic(place, message) }
}

/// The diagnostic for text that was parsed but cannot be valid.
pub(crate) fn meaningless(place: Place, message: String, help: Option<String>) -> Diagnostic {
    Diagnostic { level: Level::Warning, help, ..RULE.diagnostic(place, message) }
}
