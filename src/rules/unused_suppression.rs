//! A suppression that suppresses nothing.
//!
//! A directive names one of these rules or entries, but nothing is found where it applies. Either the race no longer exists,
//! and the directive would hide the next one, or the directive is in the wrong place.

use super::finding::{Diagnostic, Edit, Fix, Level, RuleId, Subject};
use super::named::Named;
use super::registry::{Remedy, Rule, rule};
use crate::azure::types;
use crate::source::{FileId, Place, Span};

pub(super) const RULE: Rule = Rule {
    id: RuleId::UnusedSuppression,
    level: Some(Level::Warning),
    means: "a suppression that suppresses nothing",
    remedy: Remedy::Own,
    is_gap: false,
    is_suppressible: false,
    is_retired: false,
    is_optional: false,
    races: None,
};

/// The diagnostic for a directive, or one name in it, that suppresses nothing. `rest` is the text to remove with it. A
/// retired rule is no fault of the template, so it is only a note.
pub(super) fn unused(file: FileId, code: Span, name: &Named, rest: Span, is_alone: bool) -> Diagnostic {
    let id = name.as_str();
    let what = if is_alone { "remove the directive".to_owned() } else { format!("remove `{id}`") };
    let (level, message) = match name.rule().map(rule).filter(|rule| rule.is_retired) {
        Some(retired) => {
            (Level::Note, format!("`{id}` is retired and reports nothing any more: {}", retired.url()))
        }
        None => (Level::Warning, format!("nothing here is suppressed under `{id}`")),
    };
    let edit = Edit::new(Place { file, span: rest }, String::new());
    Diagnostic { level, ..mended(Place { file, span: code }, id, message, what, edit) }
}

/// The diagnostic for a name in a directive that is similar to the id of a rule or an entry.
pub(super) fn misspelt(place: Place, name: &str, meant: &Named) -> Diagnostic {
    let (kind, id) = (types::with_article(meant.kind()), meant.as_str());
    let message = format!("`{name}` is not {kind}; did you mean `{id}`?");
    mended(place, name, message, format!("write `{id}`"), Edit::new(place, id.to_owned()))
}

/// The diagnostic for an unknown name in a directive. It may be a Bicep rule that is newer than this tool, so it is
/// only a note.
pub(super) fn unknown(place: Place, name: &str) -> Diagnostic {
    let message = format!("`{name}` is neither a rule nor an entry, nor a known rule of Bicep");
    let help =
        Some("`bicep-race-lint rules` lists the rules, `docs/rules/catalog.md` the entries".to_owned());
    let subject = Subject::Directive { code: name.to_owned() };
    Diagnostic { level: Level::Note, help, subject, ..RULE.diagnostic(place, message) }
}

fn mended(place: Place, code: &str, message: String, help: String, edit: Edit) -> Diagnostic {
    let fix = Some(Fix { description: help.clone(), edits: vec![edit], serves: Vec::new() });
    let subject = Subject::Directive { code: code.to_owned() };
    Diagnostic { help: Some(help), fix, subject, ..RULE.diagnostic(place, message) }
}
