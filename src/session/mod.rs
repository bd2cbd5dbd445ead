//! A session: files can be loaded, changed, renamed and removed, and the report always equals that of a fresh run on
//! them.
//!
//! The command line, the tests and other programs all use it.

mod allowed;
pub mod change;
mod check;
pub mod configured;
mod examine;
mod explain;
mod kept;
mod levels;
mod mentions;
#[cfg(feature = "cli")]
pub mod orders;
mod outline;
#[cfg(feature = "pictures")]
pub mod pictures;
mod restored;
mod roots;
mod settle;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use self::allowed::Allowed;
pub use self::check::{Check, Selection};
pub use self::configured::Configured;
use self::kept::PreviousResults;
pub use self::levels::LevelOverrides;
pub use self::outline::{Outline, Outlined, Run, Waiting};
pub use self::roots::Roots;
use crate::azure::catalog::Catalog;
use crate::azure::durations::{Typical, minutes_of};
use crate::azure::modules;
use crate::config::Config;
use crate::level::Level;
use crate::profile::Profile;
use crate::race::analysis::{Analysis, analyse};
use crate::rules::finding::{Finding, Report};
use crate::workspace::file_system::{Overlay, normal};
use crate::workspace::{FileSystem, Knowledge, Memory, ParsedFiles, TemplateId, Workspace};

/// Loaded files with everything that they refer to, a catalogue and a configuration.
///
/// ```
/// use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};
///
/// let gateway = |symbol: &str, ty: &str| {
///     format!(
///         "resource {symbol} 'Microsoft.Network/{ty}@2024-05-01' = {{
///           name: '{symbol}'
///           properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', 'hub') }} }}
///         }}\n"
///     )
/// };
/// let files = Memory::default()
///     .with("/a.bicep", gateway("s2s", "vpnGateways"))
///     .with("/b.bicep", "param location string");
/// let mut session = Session::new(Catalog::builtin(), Config::default());
/// session.load(files, Roots::named(["/a.bicep", "/b.bicep"]));
/// assert!(session.check().findings.is_empty());
///
/// session.change("/a.bicep", gateway("s2s", "vpnGateways") + &gateway("er", "expressRouteGateways"));
/// let before = session.work();
/// assert_eq!(session.check().findings.len(), 1);
/// // One file was parsed again, and only its component was analysed.
/// let after = session.work();
/// assert_eq!((after.parsed - before.parsed, after.analysed - before.analysed), (1, 1));
/// ```
pub struct Session {
    /// The built-in entries, the program's own, and those of the configurations.
    catalog: Catalog,
    configured: Arc<Configured>,
    /// Modules that the program and the configurations know: registry path and Bicep text.
    known: Arc<Known>,
    selection: Selection,
    files: Overlay,
    roots: Roots,
    workspace: Workspace,
    /// Whether a file has changed since the workspace was read.
    is_stale: bool,
    /// Results of the last examination, for the next one.
    kept: Mutex<PreviousResults>,
    /// Number of files that were parsed.
    parsed: u64,
}

/// The work that a session has done since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Number of files that were parsed, including stubs of modules. An unchanged text is not parsed again.
    pub parsed: u64,
    /// Number of components that were analysed: groups of roots that share templates. A component whose inputs are unchanged is
    /// not analysed again.
    pub analysed: u64,
}

/// The knowledge of public modules that is built in, and the user's.
#[derive(Default)]
struct Known {
    user: Vec<(String, String)>,
}

impl Knowledge for Known {
    fn public(&self, path: &str) -> Option<&str> {
        let user = self.user.iter().find(|(known, _)| known.eq_ignore_ascii_case(path));
        user.map(|(_, text)| text.as_str()).or_else(|| modules::stub(path))
    }

    fn guess(
        &self,
        reference: &str,
        symbol: &str,
        arguments: &[&str],
        handed: &[(&str, &str)],
    ) -> Option<String> {
        let handed: Vec<modules::Handed<'_>> =
            handed.iter().map(|&(output, argument)| modules::Handed { output, argument }).collect();
        modules::guess(reference, symbol, arguments, &handed).map(|guess| guess.stub)
    }
}

impl Session {
    /// A session without files. The configuration applies to everything that is loaded.
    pub fn new(catalog: Catalog, config: Config) -> Self {
        Self::configured(catalog, Configured::for_all(config), Selection::default())
    }

    /// A session whose configuration differs by folder, and which reports what `selection` asks for.
    pub fn configured(catalog: Catalog, configured: Configured, selection: Selection) -> Self {
        let catalog = catalog.and(configured.entries());
        let catalog =
            catalog.with_levels(|entry| configured.level_of(entry), |entry| configured.counts_many(entry));
        let (files, roots) = (Overlay::over(Memory::default()), Roots::default());
        let known = Arc::new(Known { user: configured.modules() });
        let workspace = read(ParsedFiles::default(), &files, &known, &roots);
        let configured = Arc::new(configured);
        let (kept, parsed) = Default::default();
        Self { catalog, configured, known, selection, files, roots, workspace, is_stale: false, kept, parsed }
    }

    /// Makes registry modules known whose files are not available: for each path, a Bicep text with the same effects.
    pub fn know(&mut self, modules: impl IntoIterator<Item = (String, String)>) {
        let user = self.known.user.iter().cloned().chain(modules).collect();
        self.known = Arc::new(Known { user });
        self.is_stale = true;
    }

    /// Reads the roots and everything that they refer to. Files that were loaded before are forgotten.
    pub fn load(&mut self, files: impl FileSystem + 'static, roots: Roots) {
        self.files = Overlay::over(files);
        for (path, text) in &roots.given {
            self.files.write(path, text.clone());
        }
        self.roots = roots;
        let analysed = self.kept().analysed;
        *self.kept() = PreviousResults::nothing(analysed);
        self.read();
    }

    /// Changes the text of a file, which need not exist.
    pub fn change(&mut self, path: impl AsRef<Path>, text: impl Into<Vec<u8>>) {
        self.files.write(path, text);
        self.is_stale = true;
    }

    /// Removes a file.
    pub fn remove(&mut self, path: impl AsRef<Path>) {
        self.files.remove(path);
        self.is_stale = true;
    }

    /// Renames a file. A root stays a root under its new path; a file that cannot be read keeps its path.
    pub fn rename(&mut self, from: impl AsRef<Path>, to: impl AsRef<Path>) -> std::io::Result<()> {
        self.files.rename(&from, &to)?;
        self.roots.rename(from.as_ref(), to.as_ref());
        self.is_stale = true;
        Ok(())
    }

    /// Checks the loaded files.
    pub fn check(&mut self) -> Report {
        self.refresh();
        let mut check = self.examine();
        check.settle();
        check.remedy();
        check.report
    }

    /// Reads the changed files again.
    pub fn refresh(&mut self) {
        if self.is_stale {
            self.read();
        }
    }

    /// The work done since the session began.
    pub fn work(&self) -> Work {
        Work { parsed: self.parsed, analysed: self.kept().analysed }
    }

    /// Paths of roots that could not be read, with the reason.
    pub fn unreadable(&self) -> &[(PathBuf, String)] {
        &self.workspace.unreadable
    }

    /// Analyses the loaded files: a check whose findings are not selected yet and have no remedies.
    pub fn examine(&self) -> Check<'_> {
        Check::new(self)
    }

    /// The files that were read.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The roots to check.
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// The selection of findings to report.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The configurations of the folders.
    pub fn configuration(&self) -> &Configured {
        &self.configured
    }

    /// Analyses one template with everything that it reaches.
    pub fn analyse(&self, template: TemplateId) -> Analysis<'_, '_> {
        analyse(&self.workspace, &self.catalog, &[template])
    }

    /// Typical minutes of a resource type (full, lower case).
    pub fn minutes(&self, ty: &str) -> Option<Typical> {
        self.configured.minutes(ty).or_else(|| minutes_of(ty))
    }

    /// The template with a displayed path.
    pub fn template_at(&self, shown: &str) -> Option<TemplateId> {
        self.workspace.templates().map(|(id, _)| id).find(|&id| self.shown(id) == shown)
    }

    /// The catalogue with the changes from the configuration.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The displayed path of a template.
    pub fn shown(&self, template: TemplateId) -> &str {
        self.workspace.shown(template)
    }

    /// A session on the same files with the remedies of some findings applied.
    #[must_use]
    pub fn mended(&self, findings: &[Finding]) -> Self {
        let mut files = self.files.clone();
        for (id, file) in self.workspace.sources.iter() {
            let edits = crate::fix::edits_of(findings, id);
            if !edits.is_empty() {
                files.write(self.roots.base.join(&file.path), crate::fix::apply::apply(&file.text, &edits));
            }
        }
        let workspace = read(self.workspace.parsed().clone(), &files, &self.known, &self.roots);
        let (catalog, configured) = (self.catalog.clone(), Arc::clone(&self.configured));
        let (known, selection, roots) = (Arc::clone(&self.known), self.selection.clone(), self.roots.clone());
        let (kept, parsed) = (Mutex::default(), workspace.parsings());
        Self { catalog, configured, known, selection, files, roots, workspace, is_stale: false, kept, parsed }
    }

    /// The lowest level of findings that need words, before any configuration.
    fn told(&self) -> Level {
        let is_raised = self.configured.may_raise() || self.selection.tuning.profile == Some(Profile::Strict);
        if self.selection.only_counts_below && !is_raised { self.selection.level } else { Level::Note }
    }

    fn kept(&self) -> MutexGuard<'_, PreviousResults> {
        // Data that a panic left behind is harmless: it is compared with the inputs before it is used.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&mut self) {
        let parsed = std::mem::take(&mut self.workspace).into_parsed();
        self.workspace = read(parsed, &self.files, &self.known, &self.roots);
        self.parsed += self.workspace.parsings();
        self.is_stale = false;
    }
}

fn read(parsed: ParsedFiles, files: &Overlay, known: &Known, roots: &Roots) -> Workspace {
    let paths: Vec<PathBuf> = roots.paths().iter().map(|path| normal(path)).collect();
    let boundary = roots.boundary.clone().unwrap_or_else(|| Arc::new(roots.boundary_of(files)));
    Workspace::load_again(parsed, (files, boundary), known, (&paths, &roots.parameters), &roots.base)
}

/// The result of a run, with the session that produced it.
pub struct Checked {
    /// The report, ready to be rendered.
    pub report: Report,
    /// Paths that could not be read, with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// Checks files once, without a configuration.
pub fn check(roots: &Roots, files: impl FileSystem + 'static, catalog: &Catalog) -> Checked {
    let mut session = Session::new(catalog.clone(), Config::default());
    session.load(files, roots.clone());
    let relative = |path: &PathBuf| path.strip_prefix(&roots.base).unwrap_or(path).to_owned();
    let unreadable = session.unreadable().iter().map(|(path, why)| (relative(path), why.clone())).collect();
    Checked { report: session.check(), unreadable }
}
