//! A suppression that suppresses nothing.
//!
//! A directive names one of these rules, but nothing is found where it applies. Either the race is gone, and the directive would
//! hide the next one, or it stands at the wrong place.

use super::finding::{Diagnostic, Edit, Fix, Level, RuleId, Subject};
use super::registry::{Remedy, Rule, rule};
use crate::source::{FileId, Place, Span};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: RuleId::UnusedSuppression,
    level: Some(Level::Warning),
    means: "a suppression that suppresses nothing",
    remedy: Remedy::Own,
    is_gap: false,
    is_suppressible: false,
    is_retired: false,
    races: None,
    source: include_str!("unused_suppression.rs"),
};

/// A directive, or one name of several in it, that suppresses nothing; `rest` is what goes with it. That a rule is retired is
/// no fault of the template: it is a note.
pub(super) fn unused(file: FileId, code: Span, id: RuleId, rest: Span, is_alone: bool) -> Diagnostic {
    let what = if is_alone { "remove the directive".to_owned() } else { format!("remove `{id}`") };
    let rule = rule(id);
    let (level, message) = if rule.is_retired {
        (Level::Note, format!("`{id}` is retired and reports nothing any more: {}", rule.url()))
    } else {
        (Level::Warning, format!("nothing here is suppressed under `{id}`"))
    };
    let edit = Edit { place: Place { file, span: rest }, insert: String::new() };
    Diagnostic { level, ..mended(Place { file, span: code }, id.as_str(), message, what, edit) }
}

/// A name in a directive that is nearly a rule's.
pub(super) fn misspelt(place: Place, name: &str, rule: RuleId) -> Diagnostic {
    let message = format!("`{name}` is no rule; did you mean `{rule}`?");
    mended(place, name, message, format!("write `{rule}`"), Edit { place, insert: rule.to_string() })
}

fn mended(place: Place, code: &str, message: String, help: String, edit: Edit) -> Diagnostic {
    let fix = Some(Fix { description: help.clone(), edits: vec![edit] });
    let subject = Subject::Directive { code: code.to_owned() };
    Diagnostic { help: Some(help), fix, subject, ..RULE.diagnostic(place, message) }
}
