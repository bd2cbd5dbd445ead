//! What to do about a race inside a module that is not the user's own.

use super::describe;
use super::findings::displayed;
use super::races::{Group, Races};
use crate::azure::catalog::Access;
use crate::workspace::{Provenance, reference};

/// What to do; for a template that the user does not own, what the entry says of published modules, or what to ask its authors for.
pub(super) fn what_to_do(races: &dyn Races, words: &Group<'_, '_, '_>) -> String {
    let (analysis, at) = (words.analysis, words.at);
    if analysis.evaluator.workspace().provenance(at) != Provenance::Restored {
        return races.help(words);
    }
    let module = reference::of_cached(displayed(analysis, at));
    let module = module.map_or_else(|| "a published module".to_owned(), |name| format!("`{name}`"));
    if let Some(entry) = words.entry.filter(|entry| !entry.published.is_empty()) {
        return format!("inside {module}, which is not edited here: {}", describe::as_help(&entry.published));
    }
    let help = races.help(words);
    // Ex) a read-only lock is still there in the next run, and stops it for certain
    let stays = words.participants.iter().any(|writer| {
        let aspect = analysis.summary(at).effect(writer.effect).aspect;
        analysis.writers.of(aspect).is_some_and(|(_, known)| known.access == Access::Commit)
    });
    let again = if stays { "" } else { "; a failed deployment can be run again" };
    format!(
        "inside {module}, which is not edited here: use a version without it, or ask its authors to {help}{again}"
    )
}
