//! A file that a template refers to is not read.
//!
//! Reading ends at a boundary: the repository of each root; where there is none, the working folder or the folder of the root,
//! whichever is higher. A module, an import, the template or parent of a parameter file, and what `loadTextContent` and its
//! sisters name may lead beyond it. Such a file is not read, because the reference may come from a stranger and what it leads to
//! would be quoted. The real path decides, with all links resolved. Races that involve what the file deploys may be missed.
//!
//! A device or a pipe is not read either, wherever it lies: it may have no end.
//!
//! `--boundary DIR` widens the boundary. Who runs the tool says that, never a file of the repository.

use super::finding::{Diagnostic, Level, RuleId, Subject};
use super::registry::{Remedy, Rule};
use crate::workspace::{UnreadFile, UnreadKind};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: RuleId::UnreadFile,
    level: Some(Level::Warning),
    means: "a file that a template refers to was not read; what it says is not known",
    remedy: Remedy::None,
    is_gap: true,
    is_suppressible: false,
    is_retired: false,
    races: None,
    source: include_str!("unread_file.rs"),
};

/// A reference to a file that is not read.
pub(crate) fn unread(file: &UnreadFile) -> Diagnostic {
    let UnreadFile { kind, symbol, path, place, why, is_assumed, is_outside } = file;
    let symbol = symbol.as_deref().unwrap_or_default();
    let message = match kind {
        UnreadKind::Module => {
            let assumption = if *is_assumed { "is guessed from its name" } else { "is not known" };
            format!("module `{symbol}` could not be read: {why}; what it deploys {assumption}")
        }
        UnreadKind::Import => format!("what is imported from `{path}` is not known: {why}"),
        UnreadKind::Using => {
            format!("the template `{path}` could not be read: {why}; nothing was checked here")
        }
        UnreadKind::Extends => format!("the parameter file `{path}` could not be read: {why}"),
        UnreadKind::Load => format!("the content of `{path}` is not known: {why}"),
    };
    let help = is_outside.then(|| {
        "reading ends at the repository of each root, or at the working folder; `--boundary DIR` widens that"
            .to_owned()
    });
    let subject = Subject::Unread { kind: kind.as_str(), symbol: symbol.to_owned(), path: path.clone() };
    Diagnostic { help, subject, ..RULE.diagnostic(*place, message) }
}
