//! A module could not be read.
//!
//! The template of a module call has not been restored from its registry, or its path is not a literal. It is not known what
//! the module deploys, so races that involve it may be missed. If its name suggests what it deploys, the analysis assumes that,
//! and findings that depend on the assumption say so (`inferred`). An `import` or `using` from a registry is reported in the
//! same way. A missing local file is reported by `unread-file`.
//!
//! `bicep restore` fetches registry modules into the local cache, where the tool finds them.

use super::finding::{Diagnostic, Level, RuleId, Subject};
use super::registry::{Remedy, Rule};
use crate::source::Place;

pub(super) const RULE: Rule = Rule {
    id: RuleId::UnresolvedModule,
    level: Some(Level::Note),
    means: "a module could not be read; its effects are assumed from its name",
    remedy: Remedy::None,
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    is_optional: false,
    races: None,
};

/// The diagnostic for a call of an unread module; `is_assumed` says whether its name shows what it deploys.
pub(crate) fn unresolved(
    symbol: &str,
    reference: &str,
    place: Place,
    why: &str,
    is_assumed: bool,
) -> Diagnostic {
    let assumption = if is_assumed { "is guessed from its name" } else { "is not known" };
    let message = format!("module `{symbol}` could not be read: {why}; what it deploys {assumption}");
    of_file(place, message, symbol, reference)
}

/// The diagnostic for an unread reference; an empty symbol means that it is not a module call.
pub(super) fn of_file(place: Place, message: String, symbol: &str, reference: &str) -> Diagnostic {
    let is_registry = reference.starts_with("br") || reference.starts_with("ts");
    let help = is_registry.then(|| "run `bicep restore` to fetch it into the local cache".to_owned());
    let subject = Subject::Module { symbol: symbol.to_owned(), reference: reference.to_owned() };
    Diagnostic { help, subject, ..RULE.diagnostic(place, message) }
}
