//! A file could not be parsed at some place.
//!
//! The part that could not be parsed is left out, and the rest is analysed. Races that involve that part are not found, so the
//! report is incomplete.
//!
//! A file from which another program still has to generate Bicep (`{{ … }}`, `__NAME__`, `#{NAME}#`) gets one warning, and is
//! not checked. Check the generated file, and list the template in `exclude` of `bicep-race-lint.toml`.

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
