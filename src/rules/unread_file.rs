//! A file that a template refers to is not read.
//!
//! The file may be a module, an import, the template (`using`) or parent (`extends`) of a parameter file, or the argument of a
//! function such as `loadJsonContent`. It does not exist, is not a file of that kind, is too large, or is outside the boundary.
//! The compiler rejects most of these too. Races that involve what the file deploys may be missed, and the values that it would
//! give are unknown: if they decide which object a declaration writes, whether it is deployed, or how often, the message also
//! names that declaration. A parameter file that names no template with `using` is reported as well.
//!
//! A file that the compiler fetches from a registry may exist for others: it is reported by the note `unresolved-module`.
//!
//! The tool reads files only inside a boundary: the repository of each root; without a repository, the working folder or the
//! folder of the root, whichever is higher. Files outside it are not read, because an untrusted template may refer to them and
//! messages would quote their content. The real path decides, with all links resolved. `--boundary DIR` widens the boundary;
//! only the person who runs the tool can do that, never a file of the repository. A device or a pipe is never read, because it
//! may have no end.
//!
//! In a partial checkout, `--allow-unread GLOB` accepts files by their path from the working folder, with globs as in
//! `.gitignore`, and modules of a registry by their reference. Only the coverage counts them, and they do not fail `--strict`.

use super::finding::{Diagnostic, Level, RuleId, Subject};
use super::registry::{Remedy, Rule};
use super::unresolved_module;
use crate::race::undecided::{Decides, Undecided};
use crate::source::Place;
use crate::workspace::{UnreadFile, UnreadKind};

pub(super) const RULE: Rule = Rule {
    id: RuleId::UnreadFile,
    level: Some(Level::Warning),
    means: "a file that a template refers to could not be read; its content is unknown",
    remedy: Remedy::None,
    is_gap: true,
    is_suppressible: false,
    is_retired: false,
    is_optional: false,
    races: None,
};

/// The diagnostic for a reference to an unread file.
pub(crate) fn unread(file: &UnreadFile) -> Diagnostic {
    let UnreadFile { kind, symbol, path, place, why, is_assumed, is_outside, .. } = file;
    let symbol = symbol.as_deref().unwrap_or_default();
    let message = match kind {
        UnreadKind::Module => {
            let assumption = if *is_assumed { "is guessed from its name" } else { "is not known" };
            format!("module `{symbol}` could not be read: {why}; what it deploys {assumption}")
        }
        UnreadKind::Import => format!("what is imported from `{path}` is not known: {why}"),
        UnreadKind::Using if path.is_empty() => {
            format!("the template of this parameter file is not known: {why}; nothing was checked here")
        }
        UnreadKind::Using => {
            format!("the template `{path}` could not be read: {why}; nothing was checked here")
        }
        UnreadKind::Extends => format!("the parameter file `{path}` could not be read: {why}"),
        UnreadKind::Load if path.is_empty() => {
            format!("the content that is loaded here is not known: {why}")
        }
        UnreadKind::Load => format!("the content of `{path}` is not known: {why}"),
    };
    if file.in_registry {
        return unresolved_module::of_file(*place, message, symbol, path);
    }
    let help = is_outside.then(|| {
        "only files in the repository of each root, or in the working folder, are read; `--boundary DIR` widens that"
            .to_owned()
    });
    let subject = Subject::Unread { kind: kind.as_str(), symbol: symbol.to_owned(), path: path.clone() };
    Diagnostic { help, subject, ..RULE.diagnostic(*place, message) }
}

/// The diagnostic for a declaration that depends on an unread file.
pub(crate) fn undecided(of: &Undecided<'_>, place: Place) -> Diagnostic {
    let Undecided { symbol, decides, file, .. } = of;
    let what = match decides {
        Decides::Object => format!("which object `{symbol}` writes"),
        Decides::Condition => format!("whether `{symbol}` is deployed"),
        Decides::Count => format!("how often `{symbol}` is deployed"),
        Decides::Parameter => format!("the value of parameter `{symbol}`"),
    };
    let source = match file.kind {
        UnreadKind::Module => format!("an output of module `{}`", file.symbol.as_deref().unwrap_or_default()),
        _ if file.path.is_empty() => "what is loaded".to_owned(),
        _ => format!("`{}`", file.path),
    };
    let message = format!("{what} is not known: that depends on {source}, which could not be read");
    let (kind, symbol, path) = (file.kind.as_str(), symbol.clone(), file.path.clone());
    Diagnostic { subject: Subject::Unread { kind, symbol, path }, ..RULE.diagnostic(place, message) }
}
