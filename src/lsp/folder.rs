//! A folder that the server analyses: which of its files are read, the session over them, and its last report.

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
use crate::session::configured::ConfigSource;
use crate::session::{Configured, Outline, Roots, Selection, Session};
use crate::small_sort::SmallSort as _;
use crate::workspace::beside::{is_parameters, template_of as template_of_parameters};
use crate::workspace::file_system::{Absent, Overlay, Walked, below, normal};
use crate::workspace::walk::{assigns_parameters, walk};
use crate::workspace::{Disk, Memory, TemplateId, bicep_config};

/// Configuration files. A change to one may change the findings in any file.
const SETTINGS: [&str; 2] = [config::FILE_NAME, bicep_config::NAME];

/// A workspace folder of the editor, or the folder of an open file outside all of them.
pub(super) struct Folder {
    /// Paths in messages are relative to this folder.
    pub(super) base: PathBuf,
    /// Whether it is a workspace folder. Then its other files are read too, because their calls decide which findings an open
    /// file has.
    is_whole: bool,
    /// The open files in it.
    open: BTreeSet<PathBuf>,
    /// Result of the walk over the folder; dropped when something changes on disk.
    found: Option<Found>,
    session: Option<Session>,
    report: Option<Report>,
    outlines: BTreeMap<PathBuf, Arc<Outline>>,
    /// Messages about its configuration that have not been sent yet.
    mistakes: Vec<String>,
}

/// The files that a walk found.
struct Found {
    paths: Vec<PathBuf>,
    /// Configuration files that are known not to exist, so that nobody looks again.
    absent: Arc<Absent>,
}

impl Folder {
    /// A workspace folder of the editor.
    pub(super) fn whole(base: &Path) -> Self {
        Self::new(normal(base), true)
    }

    /// The folder of an open file outside all workspace folders. Only open files are roots.
    pub(super) fn of_file(path: &Path) -> Self {
        Self::new(path.parent().unwrap_or(path).to_owned(), false)
    }

    /// A folder with one open file as a root, even if another template calls the file.
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

    /// Whether a file belongs to this folder.
    pub(super) fn holds(&self, path: &Path) -> bool {
        if self.is_whole { below(path, &self.base).is_some() } else { path.parent() == Some(&self.base) }
    }

    /// Whether it is a workspace folder.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether it has open files.
    pub(super) fn is_used(&self) -> bool {
        !self.open.is_empty()
    }

    pub(super) fn open_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.open.iter()
    }

    /// Whether its files must be read before it can report.
    pub(super) fn is_unread(&self) -> bool {
        self.session.is_none()
    }

    /// Called when an open file was edited or a file was opened.
    pub(super) fn write(&mut self, file: &Snapshot) {
        self.report = None;
        self.outlines.clear();
        if self.open.insert(file.path.clone()) {
            self.session = None;
        } else if let Some(session) = &mut self.session {
            session.change(&file.path, file.text.as_bytes());
        }
    }

    /// Called when a file of another folder was edited; templates here may call it.
    pub(super) fn other_changed(&mut self, file: &Snapshot) {
        if let Some(session) = &mut self.session {
            self.report = None;
            self.outlines.clear();
            session.change(&file.path, file.text.as_bytes());
        }
    }

    /// Called when a file was closed.
    pub(super) fn close(&mut self, path: &Path) {
        if self.open.remove(path) {
            self.read_again();
        }
    }

    /// Called when something changed on disk.
    pub(super) fn disk_changed(&mut self) {
        self.found = None;
        self.read_again();
    }

    /// Drops the session: after new settings or a failed analysis everything is read again.
    pub(super) fn read_again(&mut self) {
        (self.session, self.report) = (None, None);
        self.outlines.clear();
    }

    /// Returns the unsent messages about its configuration, and marks them as sent.
    pub(super) fn take_mistakes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.mistakes)
    }

    /// Checks the folder, with the text of open files as it is in the editor.
    pub(super) fn report(&mut self, open: &BTreeMap<PathBuf, Snapshot>, settings: &Settings) -> &Report {
        let mut session = self.session.take().unwrap_or_else(|| self.read(open, settings));
        let report = self.report.take().unwrap_or_else(|| session.check());
        self.session = Some(session);
        self.report.insert(report)
    }

    /// The last report, if it is still valid.
    pub(super) fn known_report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// The session that made the report.
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

    /// Starts a session with the files that may affect an open file, and the files that those refer to.
    fn read(&mut self, open: &BTreeMap<PathBuf, Snapshot>, settings: &Settings) -> Session {
        // Templates here may call open files of another folder.
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
        // Like a run on the whole folder: an entry that any of its configuration files adds applies everywhere.
        let paths: Vec<PathBuf> =
            roots.named.iter().chain(roots.found.iter().map(|(path, _)| path)).cloned().collect();
        let configured = Configured::load(&ConfigSource::Nearest, &paths, &self.base, (&absent, &boundary));
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

    /// All files of the folder that can be roots.
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
            // As on the command line, a JSON parameter file is a root if its template is known and is a Bicep file.
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
            // An ignored file counts because the user opened it. A new file will be found by the walk once it is saved.
            if found.paths.binary_search(path).is_err() {
                if path.exists() {
                    roots.named.push(path.clone());
                } else {
                    roots.found.push((path.clone(), self.base.clone()));
                }
            }
        }
        // Same order as a walk: the first root decides at which file a cycle is reported.
        roots.found.small_sort();
        (roots, Arc::clone(&found.absent))
    }
}

/// The template of a file, in a session whose paths are shown relative to `base`.
pub(super) fn template_of(session: &Session, base: &Path, path: &Path) -> Option<TemplateId> {
    let has_path = |&id: &TemplateId| normal(&base.join(session.shown(id))) == path;
    session.workspace().templates().map(|(id, _)| id).find(has_path)
}
