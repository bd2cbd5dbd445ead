//! One file and everything that it refers to: what the subcommands ask about.

use std::path::Path;
use std::sync::Arc;

use super::Failure;
use super::checking::boundary_of;
use crate::azure::catalog::Catalog;
use crate::door::Boundary;
use crate::session::configured::From;
use crate::session::{Configured, Roots, Selection, Session};
use crate::small_sort::SmallSort as _;
use crate::workspace::file_system::Absent;
use crate::workspace::walk::walk;
use crate::workspace::{Disk, TemplateId, file_system};

/// A session with one file and everything that it refers to.
pub(super) struct One {
    pub(super) session: Session,
    pub(super) root: TemplateId,
}

impl One {
    /// Reads a file, and says what is wrong where it cannot be read.
    pub(super) fn read(path: &Path, boundary: Option<&Path>) -> Result<Self, Failure> {
        let base = std::env::current_dir()
            .map_err(|error| Failure::Usage(format!("there is no current folder: {error}")))?;
        let named = file_system::normal(&base.join(path));
        if named.is_dir() {
            return Err(Failure::Usage(of_folder(path, &named, &base)));
        }
        let mut roots = Roots::named([named.clone()]).shown_from(base.clone());
        let boundary = Arc::new(boundary_of(&roots, None, boundary)?);
        roots.boundary = Some(Arc::clone(&boundary));
        let scope = (&Absent::default(), &*boundary);
        let configured = Configured::load(&From::Nearest, std::slice::from_ref(&named), &base, scope)?;
        let mut session = Session::configured(Catalog::builtin(), configured, Selection::default());
        session.load(Disk, roots);
        if let Some((path, why)) = session.unreadable().first() {
            let path = file_system::shown_from(path, &session.roots().base);
            return Err(Failure::Usage(format!("cannot read `{path}`: {why}")));
        }
        let root = session.workspace().roots.first().and_then(|(_, id)| *id);
        let root = root.ok_or_else(|| Failure::Usage(format!("cannot read `{}`", path.display())))?;
        Ok(Self { session, root })
    }
}

/// So many files of a folder are named.
const MOST_NAMED: usize = 5;

/// What is said where a folder stands in the place of a file: which files may be meant.
fn of_folder(path: &Path, folder: &Path, base: &Path) -> String {
    let boundary = Boundary::around(base, [(folder, folder)], None);
    let mut found = walk(folder, &[], &boundary).found;
    found.retain(|file| file.extension().is_some_and(|end| end == "bicep"));
    // A file that is called so is what is deployed, as a rule; then those that lie highest.
    found.small_sort_by_key(|file| (!file.ends_with("main.bicep"), file.components().count(), file.clone()));
    let shown = |file: &std::path::PathBuf| {
        format!("`{}`", file_system::shown_from(&file_system::normal(file), base))
    };
    let some: Vec<String> = found.iter().take(MOST_NAMED).map(shown).collect();
    let more = match found.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" or one of {more} more"),
    };
    match some.as_slice() {
        [] => format!("`{}` is a folder without Bicep files; name a file", path.display()),
        some => format!("`{}` is a folder; name a file in it: {}{more}", path.display(), some.join(", ")),
    }
}
