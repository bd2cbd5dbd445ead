//! `--allow-unread`: which files may be missing, as in a partial checkout.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::rules::finding::{Coverage, Diagnostic, Report, Subject};
use crate::workspace::file_system::{below, shown};
use crate::workspace::{Callee, Provenance, UnreadFile, Workspace};

/// Globs of files that may be missing.
#[derive(Clone, Debug)]
pub struct Allowed {
    globs: Gitignore,
}

impl Default for Allowed {
    fn default() -> Self {
        Self { globs: Gitignore::empty() }
    }
}

impl Allowed {
    /// Files that match one of the globs. Globs work as in a `.gitignore` of the working folder: files match by their path from
    /// there, modules of a registry by their reference. `modules/shared/**`, `br:contoso.azurecr.io/**`
    ///
    /// # Errors
    ///
    /// The invalid glob, and the reason.
    pub fn new<'g>(globs: impl IntoIterator<Item = &'g str>) -> Result<Self, (String, String)> {
        let mut builder = GitignoreBuilder::new("");
        for glob in globs {
            let added = builder.add_line(None, glob);
            added.map_err(|error| (glob.to_owned(), error.to_string()))?;
        }
        let globs = builder.build().map_err(|error| (String::new(), error.to_string()))?;
        Ok(Self { globs })
    }

    /// Whether a file may be missing; its path is relative to a folder.
    pub(super) fn file(&self, file: &UnreadFile, base: &Path) -> bool {
        match &file.target {
            Some(target) => self.path(&seen_from(target, base)),
            None => self.path(&file.path),
        }
    }

    fn path(&self, path: &str) -> bool {
        // The matcher panics at a path from the root of the file system.
        let path = path.trim_start_matches('/');
        let is_some = !self.globs.is_empty() && !path.is_empty();
        is_some && self.globs.matched_path_or_any_parents(path, false).is_ignore()
    }

    /// Removes diagnostics about files that may be missing from a report. The coverage still counts these files.
    pub(super) fn apply(&self, report: &mut Report, workspace: &Workspace, base: &Path) {
        if self.globs.is_empty() {
            return;
        }
        let mut allowed: Vec<&UnreadFile> = Vec::new();
        for file in workspace.unread.iter().filter(|file| self.file(file, base)) {
            allowed.push(file);
            for unread in &mut report.unread {
                unread.is_allowed |= unread.place == file.place && unread.path == file.path;
            }
        }
        report.coverage.allowed_modules = self.modules(workspace, &allowed);
        report.diagnostics.retain(|diagnostic| !self.is_allowed(diagnostic, &allowed));
    }

    /// The number of calls of unreadable modules that are allowed to be missing.
    fn modules(&self, workspace: &Workspace, allowed: &[&UnreadFile]) -> u64 {
        let own = workspace.templates().filter(|(id, _)| workspace.provenance(*id) == Provenance::File);
        let calls = own
            .flat_map(|(id, template)| template.node_ids().filter_map(move |node| workspace.call(id, node)));
        let is_allowed = |call: &&Callee| match call {
            Callee::Unresolved { place, is_unread: true, .. } => {
                allowed.iter().any(|file| file.place == *place)
            }
            Callee::Unresolved { reference, .. } => self.path(reference),
            Callee::Template(_) => false,
        };
        calls.filter(is_allowed).count() as u64
    }

    fn is_allowed(&self, diagnostic: &Diagnostic, allowed: &[&UnreadFile]) -> bool {
        match &diagnostic.subject {
            Subject::Module { reference, .. } => self.path(reference),
            Subject::Unread { kind, path, .. } => {
                allowed.iter().any(|file| file.kind.as_str() == *kind && file.path == *path)
            }
            _ => false,
        }
    }
}

/// A path relative to a folder, also for a path outside it: `../shared/vnet.bicep`.
fn seen_from(path: &Path, base: &Path) -> String {
    let above = base.ancestors().enumerate().find_map(|(at, above)| Some((at, below(path, above)?)));
    match above {
        Some((levels, inside)) => "../".repeat(levels) + &shown(inside),
        None => shown(path),
    }
}

impl Coverage {
    /// Whether all modules were read except those that may be missing.
    fn has_all_modules(&self) -> bool {
        self.unresolved_modules <= self.allowed_modules
    }
}

impl Report {
    /// Whether all input was read and understood, except files that may be missing.
    pub fn is_complete(&self) -> bool {
        let coverage = &self.coverage;
        coverage.has_all_modules()
            && coverage.syntax_errors == 0
            && coverage.limits == 0
            && self.unread.iter().all(|unread| unread.is_allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_in_a_gitignore() {
        let allowed = Allowed::new([
            "shared/**",
            "*.yaml",
            "../other/*.json",
            "br:contoso.azurecr.io/**",
            "/one.bicep",
        ])
        .unwrap();
        let table = [
            ("shared/net/vnet.bicep", true),
            ("app/shared/vnet.bicep", false),
            ("app/settings.yaml", true),
            ("br:contoso.azurecr.io/bicep/app:v1", true),
            ("br:fabrikam.azurecr.io/bicep/app:v1", false),
            ("one.bicep", true),
            ("app/one.bicep", false),
            ("../other/a.json", true),
            ("other/a.json", false),
            ("", false),
        ];
        for (path, expected) in table {
            assert_eq!(allowed.path(path), expected, "{path}");
        }
        assert_eq!(seen_from(Path::new("/w/other/a.json"), Path::new("/w/app")), "../other/a.json");
        assert_eq!(seen_from(Path::new("/w/app/a.json"), Path::new("/w/app")), "a.json");
        assert!(!Allowed::default().path("shared/vnet.bicep"));
        assert!(Allowed::new(["a{b"]).is_err());
    }
}
