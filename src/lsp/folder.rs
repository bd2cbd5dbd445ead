//! A folder of the editor: which of its files are looked at, and what is found in them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::client::Settings;
use super::documents::{Snapshot, is_unsaved};
use crate::azure::catalog::Catalog;
use crate::config;
use crate::door::Boundary;
use crate::rules::baseline::Baseline;
use crate::rules::finding::Report;
use crate::session::change::Change;
use crate::session::configured::From;
use crate::session::{Configured, Outline, Roots, Selection, Session};
use crate::small_sort::SmallSort as _;
use crate::workspace::beside::{is_parameters, template_of as template_of_parameters};
use crate::workspace::file_system::{Absent, Overlay, Walked, below, normal};
use crate::workspace::walk::{assigns_parameters, walk};
use crate::workspace::{Disk, Memory, TemplateId, bicep_config};

/// Files that say how other files are read.
const SETTINGS: [&str; 2] = [config::FILE_NAME, bicep_config::NAME];

/// A folder of the editor, or the folder of a file that lies in none.
pub(super) struct Folder {
    /// Paths are shown relative to it.
    pub(super) base: PathBuf,
    /// Whether its other files are looked at too: who calls an open file says what is told there.
    is_whole: bool,
    /// The open files in it.
    open: BTreeSet<PathBuf>,
    /// What a walk has found, as long as nothing has changed on the disk.
    found: Option<Found>,
    session: Option<Session>,
    report: Option<Report>,
    outlines: BTreeMap<PathBuf, Arc<Outline>>,
    /// What is to be told of the folder's settings.
    mistakes: Vec<String>,
}

/// The templates of a folder.
struct Found {
    paths: Vec<PathBuf>,
    /// Settings that are not there.
    absent: Arc<Absent>,
}

impl Folder {
    /// A folder of the editor.
    pub(super) fn whole(base: &Path) -> Self {
        Self::new(normal(base), true)
    }

    /// The folder of a file that lies in no folder of the editor: nothing else of it is a root.
    pub(super) fn of_file(path: &Path) -> Self {
        Self::new(path.parent().unwrap_or(path).to_owned(), false)
    }

    /// One open file as a root of its own, whoever else calls it.
    pub(super) fn alone(base: &Path, file: &Snapshot) -> Self {
        let mut alone = Self::new(base.to_owned(), false);
        alone.open.insert(file.path.clone());
        alone
    }

    fn new(base: PathBuf, is_whole: bool) -> Self {
        Self {
            base,
            is_whole,
            open: BTreeSet::new(),
            found: None,
            session: None,
            report: None,
            outlines: BTreeMap::new(),
            mistakes: Vec::new(),
        }
    }

    /// Whether a file belongs to it.
    pub(super) fn holds(&self, path: &Path) -> bool {
        if self.is_whole { below(path, &self.base).is_some() } else { path.parent() == Some(&self.base) }
    }

    /// Whether it is a folder of the editor.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether it has open files.
    pub(super) fn is_used(&self) -> bool {
        !self.open.is_empty()
    }

    /// Its open files.
    pub(super) fn open_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.open.iter()
    }

    /// Whether its files must be read anew before anything is said.
    pub(super) fn is_unread(&self) -> bool {
        self.session.is_none()
    }

    /// A file has another text, or is opened.
    pub(super) fn write(&mut self, file: &Snapshot) {
        self.report = None;
        self.outlines.clear();
        if self.open.insert(file.path.clone()) {
            self.session = None;
        } else if let Some(session) = &mut self.session {
            session.change(&file.path, file.text.as_bytes());
        }
    }

    /// A file that belongs to another folder has another text.
    pub(super) fn other_changed(&mut self, file: &Snapshot) {
        if let Some(session) = &mut self.session {
            self.report = None;
            self.outlines.clear();
            session.change(&file.path, file.text.as_bytes());
        }
    }

    /// A file is no longer open.
    pub(super) fn close(&mut self, path: &Path) {
        if self.open.remove(path) {
            self.read_again();
        }
    }

    /// Something has changed on the disk.
    pub(super) fn disk_changed(&mut self) {
        self.found = None;
        self.read_again();
    }

    /// The settings are others, or an analysis has failed: all is read again.
    pub(super) fn read_again(&mut self) {
        (self.session, self.report) = (None, None);
        self.outlines.clear();
    }

    /// What is to be told of its settings; each once.
    pub(super) fn take_mistakes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.mistakes)
    }

    /// What is found, with the open files as they are in the editor.
    pub(super) fn report(&mut self, open: &BTreeMap<PathBuf, Snapshot>, settings: &Settings) -> &Report {
        let mut session = self.session.take().unwrap_or_else(|| self.read(open, settings));
        let report = self.report.take().unwrap_or_else(|| session.check());
        self.session = Some(session);
        self.report.insert(report)
    }

    /// What was found last.
    pub(super) fn known_report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// The session behind the report.
    pub(super) fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The declarations of an open file.
    pub(super) fn outline(&mut self, path: &Path) -> Arc<Outline> {
        if let Some(known) = self.outlines.get(path) {
            return Arc::clone(known);
        }
        let outline = self.session.as_ref().and_then(|session| {
            let template = template_of(session, &self.base, path)?;
            Some(session.outline(template))
        });
        let outline = Arc::new(outline.unwrap_or_default());
        self.outlines.insert(path.to_owned(), Arc::clone(&outline));
        outline
    }

    /// Reads what may reach an open file, and what that refers to.
    fn read(&mut self, open: &BTreeMap<PathBuf, Snapshot>, settings: &Settings) -> Session {
        // What lies in another folder may be called from here.
        let texts: Vec<&Snapshot> = open.values().collect();
        let selection = |baseline| Selection { level: settings.level, baseline, ..Selection::default() };
        if is_unsaved(&self.base) {
            let texts = texts.iter();
            let files = texts.fold(Memory::default(), |all, file| all.with(&file.path, file.text.as_bytes()));
            let mut session = Session::configured(Catalog::builtin(), Configured::default(), selection(None));
            session.load(files, Roots::named(self.open.iter().cloned()).shown_from(&self.base));
            return session;
        }
        let (mut roots, absent) = self.roots();
        let around = roots.folders();
        let boundary = Arc::new(Boundary::around(&self.base, around.iter().copied(), None));
        roots.boundary = Some(Arc::clone(&boundary));
        let mut files = Overlay::over(Walked(Arc::clone(&absent)));
        for file in &texts {
            files.write(&file.path, file.text.as_bytes());
        }
        // As for a run on the whole folder: entries that one of its configurations adds count everywhere.
        let paths: Vec<PathBuf> =
            roots.named.iter().chain(roots.found.iter().map(|(path, _)| path)).cloned().collect();
        let configured = Configured::load(&From::Nearest, &paths, &self.base, (&absent, &boundary));
        let configured = configured.unwrap_or_else(|error| {
            self.mistakes.push(format!("{error}: no configuration is used"));
            Configured::default()
        });
        let change = Change::new(self.open.iter().map(PathBuf::as_path), &self.base, Arc::clone(&boundary));
        let near = change.near(&roots, &files, &configured);
        self.mistakes.extend(configured.mistakes.iter().cloned());
        let baseline =
            settings.baseline.as_ref().map(|path| Baseline::read(&self.base.join(path), &boundary));
        let baseline =
            baseline.and_then(|read| read.map_err(|error| self.mistakes.push(error.to_string())).ok());
        let mut session = Session::configured(Catalog::builtin(), configured, selection(baseline));
        session.load(files, near);
        session
    }

    /// All files of the folder that may be roots.
    fn roots(&mut self) -> (Roots, Arc<Absent>) {
        let mut roots = Roots { base: self.base.clone(), ..Roots::default() };
        if !self.is_whole {
            roots.named = self.open.iter().cloned().collect();
            return (roots, Arc::default());
        }
        let found = self.found.get_or_insert_with(|| {
            let boundary = Boundary::around(&self.base, [(self.base.as_path(), self.base.as_path())], None);
            let walk = walk(&self.base, &SETTINGS, &boundary);
            let mut absent = Absent::new(&SETTINGS);
            absent.add(walk.without);
            let is_arm = |path: &Path| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
            // As on the command line, a JSON parameter file is a root where its template is known, and is Bicep.
            let is_root = |path: &PathBuf| {
                !is_parameters(path)
                    || (assigns_parameters(path, &boundary)
                        && template_of_parameters(&Disk, &boundary, path)
                            .is_some_and(|template| !is_arm(&template)))
            };
            let mut paths: Vec<PathBuf> =
                walk.found.iter().map(|path| normal(path)).filter(is_root).collect();
            paths.small_sort();
            Found { paths, absent: Arc::new(absent) }
        });
        roots.found = found.paths.iter().map(|path| (path.clone(), self.base.clone())).collect();
        for path in &self.open {
            // What is ignored was opened all the same; what is new will be found once it is saved.
            if found.paths.binary_search(path).is_err() {
                if path.exists() {
                    roots.named.push(path.clone());
                } else {
                    roots.found.push((path.clone(), self.base.clone()));
                }
            }
        }
        // In the order of a walk: who comes first says where a circle is told.
        roots.found.small_sort();
        (roots, Arc::clone(&found.absent))
    }
}

/// The template of a file, in a session whose paths are shown relative to `base`.
pub(super) fn template_of(session: &Session, base: &Path, path: &Path) -> Option<TemplateId> {
    let is_it = |&id: &TemplateId| normal(&base.join(session.shown(id))) == path;
    session.workspace().templates().map(|(id, _)| id).find(is_it)
}
