//! `--diff` and `--fix`: remedies as texts, checked before a byte is written.

use std::path::{Path, PathBuf};

use crate::fix::apply::{FixError, Replacement, apply, diff, only_inserts, write};
use crate::fix::edits_of;
use crate::rules::finding::{Finding, Level, Report};
use crate::session::Roots;

/// One file with its remedies.
#[derive(Clone)]
pub(super) struct Fixed {
    /// The path.
    pub(super) path: PathBuf,
    /// The path as it is shown.
    shown: String,
    before: String,
    /// The text with the remedies.
    pub(super) after: String,
}

/// What came of the remedies.
#[derive(Clone)]
pub(super) struct Fixing {
    /// The files that change.
    pub(super) files: Vec<Fixed>,
    /// What is not done, and why.
    pub(super) refused: Vec<String>,
}

/// The texts with their remedies. Files outside what was given are refused.
pub(super) fn fixes(report: &Report, roots: &Roots) -> Fixing {
    let mut fixing = Fixing { files: Vec::new(), refused: Vec::new() };
    for (id, file) in report.sources.iter() {
        let edits = edits_of(&report.findings, id);
        if edits.is_empty() {
            continue;
        }
        let path = roots.base.join(&file.path);
        if !is_given(&path, roots) {
            fixing.refused.push(format!("`{}` is not changed: it lies outside the given paths", file.path));
            continue;
        }
        let after = apply(&file.text, &edits);
        if !only_inserts(&file.text, &after, &edits) {
            fixing.refused.push(format!("`{}` is not changed: its remedies exclude one another", file.path));
            continue;
        }
        fixing.files.push(Fixed { path, shown: file.path.clone(), before: file.text.to_string(), after });
    }
    fixing
}

fn is_given(path: &Path, roots: &Roots) -> bool {
    roots.named.iter().any(|named| named == path)
        || roots.found.iter().any(|(_, folder)| path.starts_with(folder))
}

impl Fixing {
    /// These remedies, and then more for what they make.
    pub(super) fn and(&self, more: Self) -> Self {
        let mut all = self.clone();
        for file in more.files {
            match all.files.iter_mut().find(|known| known.path == file.path) {
                Some(known) => known.after = file.after,
                None => all.files.push(file),
            }
        }
        all
    }

    /// The difference, as a unified diff.
    pub(super) fn diff(&self) -> String {
        self.files.iter().map(|file| diff(&file.shown, &file.before, &file.after)).collect()
    }

    /// Whether the files with their remedies are right: no finding is new, and nothing is broken. With each report come the
    /// findings of rules that were not asked for.
    pub(super) fn verify(
        (before, others_before): (&Report, &[Finding]),
        (after, others_after): (&Report, &[Finding]),
    ) -> Result<(), String> {
        let errors =
            |report: &Report| report.diagnostics.iter().filter(|one| one.level == Level::Error).count();
        if errors(after) > errors(before) {
            let first = after.diagnostics.iter().find(|one| one.level == Level::Error);
            return Err(format!(
                "the result would not be right: {}",
                first.map_or("", |one| one.message.as_str())
            ));
        }
        let others = others_after.iter().filter(|finding| {
            finding.level >= Level::Warning && finding.suppression.is_none() && !finding.baselined
        });
        for finding in after.shown(Level::Warning).chain(others) {
            let was_there = before.findings.iter().chain(others_before).any(|known| {
                known.rule == finding.rule
                    && known
                        .participants
                        .iter()
                        .any(|old| finding.participants.iter().any(|new| new.symbol == old.symbol))
            });
            if !was_there {
                return Err(format!("the result would have a new finding: {}", finding.message));
            }
        }
        Ok(())
    }

    /// Writes the files, each as a whole or not at all, once all of them are ready.
    pub(super) fn write(&self) -> Result<(), FixError> {
        let files = self.files.iter().map(|file| Replacement {
            path: &file.path,
            before: &file.before,
            after: &file.after,
        });
        write(&files.collect::<Vec<_>>())
    }
}
