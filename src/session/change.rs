//! Finds the roots that a change affects: those that depend on a changed file in any way.
//!
//! There are two steps. First the texts of all files tell which may depend on a changed file at all; that is cheap, and most
//! changes in a repository touch no template. Then these files are read with their references, and the question is answered
//! exactly: calls, imports, `using`, `extends`, loaded files, configuration of the compiler and of this tool. A changed file
//! that is deleted or unreadable counts where it is named.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::configured::Configured;
use super::mentions::Mentions;
use super::roots::{Roots, roots_of};
use super::{Known, read};
use crate::config::FILE_NAME;
use crate::door::Boundary;
use crate::workspace::file_system::{Overlay, normal};
use crate::workspace::{FileSystem, ParsedFiles, Provenance, TemplateId, Workspace, bicep_config};

/// Changed, new and deleted files, and folders, which stand for everything in them.
pub struct Change {
    /// Paths as written, and with links resolved.
    files: FxHashSet<OsString>,
    written: Vec<PathBuf>,
    /// Folders with links resolved.
    folders: Vec<PathBuf>,
    boundary: Arc<Boundary>,
}

impl Change {
    /// A change of these paths, which are relative to a folder.
    pub fn new<'p>(paths: impl IntoIterator<Item = &'p Path>, base: &Path, boundary: Arc<Boundary>) -> Self {
        let written: Vec<PathBuf> = paths.into_iter().map(|path| normal(&base.join(path))).collect();
        let (mut files, mut folders) = (FxHashSet::default(), Vec::new());
        for path in &written {
            let real = boundary.real(path);
            if real.is_dir() {
                folders.push(real);
            } else {
                files.insert(path.clone().into_os_string());
                files.insert(real.into_os_string());
            }
        }
        Self { files, written, folders, boundary }
    }

    /// Whether a file is part of the change, under any name.
    pub fn contains(&self, path: &Path) -> bool {
        if self.files.contains(path.as_os_str()) {
            return true;
        }
        let real = self.boundary.real(path);
        self.files.contains(real.as_os_str()) || self.folders.iter().any(|folder| real.starts_with(folder))
    }

    /// The same for a file whose real path is known.
    pub(super) fn is(&self, path: &Path, real: &Path) -> bool {
        self.files.contains(path.as_os_str()) || self.files.contains(real.as_os_str())
    }

    /// Whether one of its files is in a folder.
    fn has_below(&self, folder: &Path) -> bool {
        self.written.iter().any(|path| path.starts_with(folder))
    }

    /// Whether whole folders are part of it.
    pub(super) fn has_folders(&self) -> bool {
        !self.folders.is_empty()
    }

    /// Its files as written.
    pub(super) fn files(&self) -> &[PathBuf] {
        &self.written
    }

    /// Whether it changes the settings of a folder: it contains one of the settings files that apply (nearest first), or a file
    /// of that name that was nearer and is deleted.
    pub(super) fn changes_settings(&self, name: &str, files: &[PathBuf], folder: &Path) -> bool {
        let nearest = files.first().and_then(|nearest| nearest.parent());
        let is_nearer = |path: &&PathBuf| {
            let holder = path.parent().unwrap_or(path);
            path.file_name() == Some(OsStr::new(name))
                && folder.starts_with(holder)
                && nearest.is_none_or(|nearest| holder.starts_with(nearest))
        };
        files.iter().any(|file| self.contains(file)) || self.written.iter().any(|path| is_nearer(&path))
    }

    /// The roots that may depend on the change, judged by text: all affected roots, and their callers. Excluded files are
    /// neither roots nor callers.
    pub fn near(&self, roots: &Roots, files: &dyn FileSystem, configured: &Configured) -> Roots {
        let mut asked = roots.clone();
        asked.found.retain(|(path, _)| !configured.of(path).is_some_and(|config| config.excludes(path)));
        if let Some(mentions) = Mentions::of(self, &asked, files, &self.boundary, configured) {
            asked.named.retain(|path| mentions.contains(path));
            asked.found.retain(|(path, _)| mentions.contains(path));
        }
        asked
    }

    /// The roots that the change affects. Excluded files are neither roots nor callers.
    pub fn touched(&self, roots: &Roots, files: impl FileSystem + 'static, configured: &Configured) -> Roots {
        let mut overlay = Overlay::over(files);
        for (path, text) in &roots.given {
            overlay.write(path, text.clone());
        }
        let mut asked = self.near(roots, &overlay, configured);
        if asked.paths().is_empty() {
            return asked;
        }
        let known = Known { user: configured.modules() };
        asked.boundary = Some(Arc::clone(&self.boundary));
        let workspace = read(ParsedFiles::default(), &overlay, &known, &asked);
        let touched = self.of_workspace(&asked, &workspace, configured);
        let is_touched = |path: &Path| touched.contains(normal(path).as_os_str());
        asked.given.retain(|(path, _)| is_touched(path));
        asked.named.retain(|path| is_touched(path));
        asked.found.retain(|(path, _)| is_touched(path));
        asked
    }

    /// The paths of the roots that it affects, including changed roots that cannot be read.
    fn of_workspace(
        &self,
        asked: &Roots,
        workspace: &Workspace,
        configured: &Configured,
    ) -> FxHashSet<OsString> {
        // A cache for each template: whether it reads a changed file itself.
        let mut reads: Vec<Option<bool>> = workspace.templates().map(|_| None).collect();
        let mut reaches = |root: TemplateId| {
            let (mut open, mut seen) = (vec![root], FxHashSet::default());
            while let Some(id) = open.pop() {
                if *reads[id.ix()].get_or_insert_with(|| self.is_read_by(workspace, id)) {
                    return true;
                }
                open.extend(workspace.refers_to(id).filter(|&next| seen.insert(next)));
            }
            false
        };
        let mut touched: FxHashSet<OsString> = FxHashSet::default();
        let roots: FxHashSet<TemplateId> = roots_of(asked, workspace).roots.into_iter().collect();
        for (path, id) in &workspace.roots {
            let is_touched = match *id {
                Some(id) if !roots.contains(&id) => false,
                Some(id) => {
                    let folder = path.parent().unwrap_or(path);
                    reaches(id) || self.changes_settings(FILE_NAME, &configured.files_of(path), folder)
                }
                None => self.contains(path),
            };
            if is_touched {
                touched.insert(path.clone().into_os_string());
            }
        }
        touched
    }

    /// Whether a template, or a file that it reads or would read, has changed.
    fn is_read_by(&self, workspace: &Workspace, id: TemplateId) -> bool {
        // A stub for a missing module is not a file.
        if !matches!(workspace.provenance(id), Provenance::File | Provenance::Restored) {
            return false;
        }
        let (path, file) = (workspace.path(id), workspace.template(id).file);
        let unread = workspace.unread.iter().filter(|unread| unread.place.file == file);
        self.contains(path)
            || workspace.loads(id).any(|path| self.contains(&path))
            || unread
                .filter_map(|unread| unread.target.as_ref())
                .any(|path| self.contains(path) || self.has_below(path))
            || self.changes_settings(
                bicep_config::NAME,
                workspace.settings(id),
                path.parent().unwrap_or(path),
            )
    }
}
