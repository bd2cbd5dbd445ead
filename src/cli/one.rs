//! One file and everything that it refers to: the input of subcommands that take a single file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::Reading;
use super::checking::{boundary_of, configured};
use super::{Failure, nothing};
use crate::azure::catalog::Catalog;
use crate::config::FILE_NAME;
use crate::door::Boundary;
use crate::session::configured::ConfigSource;
use crate::session::{Configured, LevelOverrides, Roots, Selection, Session};
use crate::small_sort::SmallSort as _;
use crate::source::Span;
use crate::template::Language;
use crate::workspace::file_system::Absent;
use crate::workspace::walk::walk;
use crate::workspace::{Disk, TemplateId, Workspace, file_system};

/// A session with one file and everything that it refers to.
pub(super) struct SingleFile {
    pub(super) session: Session,
    pub(super) root: TemplateId,
}

impl SingleFile {
    /// Reads a file, or fails with the reason if it cannot be read.
    pub(super) fn read(path: &Path, reading: &Reading) -> Result<Self, Failure> {
        let base = current_folder()?;
        let named = file_system::normal(&base.join(path));
        if named.is_dir() {
            return Err(Failure::Usage(of_folder(path, &named, &base)));
        }
        if path.as_os_str() == "-" {
            return Err(Failure::Usage("only the check reads standard input, `-`; name a file".to_owned()));
        }
        if nothing::has_other_ending(&named) {
            let path = path.display();
            let why =
                format!("`{path}` is not a template: it does not end in `.bicep`, `.bicepparam` or `.json`");
            return Err(Failure::Usage(why));
        }
        let mut roots = Roots::named([named.clone()]).shown_from(base.clone());
        let boundary = Arc::new(boundary_of(&roots, None, reading.boundary.as_deref())?);
        roots.boundary = Some(Arc::clone(&boundary));
        let scope = (&Absent::default(), &*boundary);
        let configured = configured((reading.from(), vec![named]), &base, scope)?;
        let tuning = LevelOverrides { profile: reading.profile, ..LevelOverrides::default() };
        let selection = Selection { tuning, ..Selection::default() };
        let mut session = Session::configured(Catalog::builtin(), configured, selection);
        session.load(Disk, roots);
        if let Some((path, why)) = session.unreadable().first() {
            let path = file_system::shown_from(path, &session.roots().base);
            return Err(Failure::Usage(format!("cannot read `{path}`: {why}")));
        }
        let root = session.workspace().roots.first().and_then(|(_, id)| *id);
        let root = root.ok_or_else(|| Failure::Usage(format!("cannot read `{}`", path.display())))?;
        if let Some(why) = why_empty(session.workspace(), root) {
            return Err(Failure::Usage(format!("`{}` declares nothing: {why}", path.display())));
        }
        Ok(Self { session, root })
    }
}

/// The first problem of a file that declares nothing. `None` for an empty file without problems, which is a valid
/// template.
fn why_empty(workspace: &Workspace, root: TemplateId) -> Option<&str> {
    let template = workspace.template(root);
    let file = template.place(Span::empty(0)).file;
    let is_empty = template.language != Language::Params && template.nodes.is_empty();
    let mut problems = workspace.problems.iter().filter(|problem| is_empty && problem.place.file == file);
    problems.next().map(|problem| problem.message.as_str())
}

/// The built-in entries, with those of the configuration: the named one, or the one of the working folder.
pub(super) fn catalog_here(reading: &Reading) -> Result<Catalog, Failure> {
    let base = current_folder()?;
    let path = base.join(FILE_NAME);
    let roots = Roots::default().shown_from(base.clone());
    let boundary = boundary_of(&roots, Some(&path), reading.boundary.as_deref())?;
    let scope = (&Absent::default(), &boundary);
    let configured = match reading.from() {
        // A question about the meaning of an entry is answered even if another part of the configuration is wrong.
        ConfigSource::Nearest => Configured::load_leniently(&ConfigSource::Nearest, &[path], &base, scope),
        from => configured((from, Vec::new()), &base, scope)?,
    };
    Ok(Catalog::builtin().and(configured.entries()))
}

/// The folder that paths are relative to.
pub(super) fn current_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|error| Failure::Usage(format!("cannot determine the working folder: {error}")))
}

/// Maximum number of files of a folder that an error names.
const MAX_NAMED: usize = 5;

/// The error for a folder in place of a file: it names the files that may be meant.
fn of_folder(path: &Path, folder: &Path, base: &Path) -> String {
    let boundary = Boundary::around(base, [(folder, folder)], None);
    let mut found = walk(folder, &[], &boundary).found;
    found.retain(|file| file.extension().is_some_and(|end| end == "bicep"));
    // `main.bicep` comes first, because it usually is the deployed file; then files higher up in the folder.
    found.small_sort_by_key(|file| (!file.ends_with("main.bicep"), file.components().count(), file.clone()));
    let shown = |file: &std::path::PathBuf| {
        format!("`{}`", file_system::shown_from(&file_system::normal(file), base))
    };
    let some: Vec<String> = found.iter().take(MAX_NAMED).map(shown).collect();
    let more = match found.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!(" or one of {more} more"),
    };
    match some.as_slice() {
        [] => format!("`{}` is a folder without Bicep files; name a file", path.display()),
        some => format!("`{}` is a folder; name a file in it: {}{more}", path.display(), some.join(", ")),
    }
}
