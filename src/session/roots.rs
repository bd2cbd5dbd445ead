//! The files to check: roots, and the files that they reach.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::door::Boundary;
use crate::race::deployable::Calls;
use crate::template::Language;
use crate::workspace::file_system::{below, normal};
use crate::workspace::named::is_test;
use crate::workspace::{FileSystem, Parameters, ProblemKind, TemplateId, Workspace};

/// The files to check.
///
/// ```
/// use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};
///
/// let files = Memory::default()
///     .with("/w/main.bicep", "module vpn 'vpn.bicep' = { name: 'vpn' }")
///     .with("/w/vpn.bicep", "param location string = 'x'");
/// let mut session = Session::new(Catalog::builtin(), Config::default());
/// // A file of a folder is a root if no other file calls it.
/// session.load(files, Roots::found("/w", ["/w/main.bicep", "/w/vpn.bicep"]));
/// assert_eq!(session.check().roots, ["main.bicep"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// Files that were named, and are therefore roots.
    pub named: Vec<PathBuf>,
    /// Files that were found in a folder, with that folder. A file is a root if no other file that was found calls it.
    pub found: Vec<(PathBuf, PathBuf)>,
    /// Named files whose text is given, such as standard input.
    pub given: Vec<(PathBuf, String)>,
    /// Parameter files and values from the command line.
    pub parameters: Parameters,
    /// Displayed paths are relative to this folder.
    pub base: PathBuf,
    /// The boundary. `None`: the file system decides. On disk that is the repository of each root, and for a root outside any
    /// repository `base` or the root's folder, whichever is higher.
    pub boundary: Option<Arc<Boundary>>,
}

impl Roots {
    /// Roots that are named.
    pub fn named<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Self {
        Self { named: paths.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Files of a folder; a file is a root if no other one calls it. Paths are shown relative to the folder.
    pub fn found<P: Into<PathBuf>>(folder: impl Into<PathBuf>, paths: impl IntoIterator<Item = P>) -> Self {
        let base = folder.into();
        let found = paths.into_iter().map(|path| (path.into(), base.clone())).collect();
        Self { found, base, ..Self::default() }
    }

    /// Sets the folder that displayed paths are relative to.
    #[must_use]
    pub fn shown_from(mut self, base: impl Into<PathBuf>) -> Self {
        self.base = base.into();
        self
    }

    /// The folder of each root, with the folder that names it: its own, or the one in which it was found.
    pub fn folders(&self) -> Vec<(&Path, &Path)> {
        let given = self.given.iter().map(|(path, _)| path);
        let layers = self.parameters.joined.iter().flat_map(|(_, layers)| layers);
        let files = layers.chain(&self.parameters.template);
        let named = given.chain(&self.named).chain(files).filter_map(|path| path.parent());
        let named = named.map(|folder| (folder, folder));
        let found = self.found.iter();
        let found = found.filter_map(|(path, folder)| Some((path.parent()?, folder.as_path())));
        named.chain(found).collect()
    }

    /// The boundary for these roots, as the file system decides it.
    pub(super) fn boundary_of(&self, files: &dyn FileSystem) -> Boundary {
        files.boundary(&self.base, &self.folders())
    }

    /// Renames a root, if this path is one.
    pub(super) fn rename(&mut self, from: &Path, to: &Path) {
        let from = normal(from);
        let given = self.given.iter_mut().map(|(path, _)| path);
        let found = self.found.iter_mut().map(|(path, _)| path);
        for path in given.chain(&mut self.named).chain(found) {
            if normal(path) == from {
                to.clone_into(path);
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty() && self.named.is_empty() && self.found.is_empty()
    }

    /// All paths in the order in which they are read: the given ones, the named ones, the found ones.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        let given = self.given.iter().map(|(path, _)| path);
        given.chain(&self.named).chain(self.found.iter().map(|(path, _)| path)).cloned().collect()
    }
}

/// The roots among the requested templates.
pub(super) struct Judged {
    pub(super) roots: Vec<TemplateId>,
    /// Templates that are analysed only through their callers.
    pub(super) through_callers: Vec<TemplateId>,
}

/// The roots: all named files, all parameter files among the found ones, and the found templates that no other template
/// deploys. Calls from tests and examples do not count, nor do calls that never happen.
pub(super) fn roots_of(asked: &Roots, workspace: &Workspace) -> Judged {
    let mut folders: Vec<&PathBuf> = asked.found.iter().map(|(_, folder)| folder).collect();
    folders.dedup();
    let is_in_test = |caller: TemplateId| {
        let path = workspace.path(caller);
        let folder = folders.iter().find(|folder| below(path, folder).is_some());
        folder.is_some_and(|folder| is_test(path, folder))
    };
    let mut calls = Calls::new(workspace, is_in_test);
    let named = asked.given.len() + asked.named.len();
    let count = workspace.templates().count();
    let mut is_marked = vec![false; count];
    for problem in workspace.problems.iter().filter(|problem| problem.kind == ProblemKind::Marked) {
        let of_file = workspace.templates().filter(|(_, template)| template.file == problem.place.file);
        of_file.for_each(|(id, _)| is_marked[id.ix()] = true);
    }
    let (mut is_named, mut is_found) = (vec![false; count], vec![false; count]);
    for (at, (_, id)) in workspace.roots.iter().enumerate() {
        let Some(id) = *id else { continue };
        if is_marked[id.ix()] {
            continue;
        }
        let is_params = workspace.template(id).language == Language::Params;
        let kind = if at < named || is_params { &mut is_named } else { &mut is_found };
        kind[id.ix()] = true;
    }
    let mut is_root = is_named.clone();
    for id in calls.callers_first() {
        if is_found[id.ix()] && !is_named[id.ix()] {
            is_root[id.ix()] = !calls.deploy(id, |caller| is_root[caller.ix()]);
        }
    }
    let mut judged = Judged { roots: Vec::new(), through_callers: Vec::new() };
    let mut is_told = vec![false; count];
    for id in workspace.roots.iter().filter_map(|(_, id)| *id) {
        if !is_marked[id.ix()] && !std::mem::replace(&mut is_told[id.ix()], true) {
            let kind = if is_root[id.ix()] { &mut judged.roots } else { &mut judged.through_callers };
            kind.push(id);
        }
    }
    judged
}
