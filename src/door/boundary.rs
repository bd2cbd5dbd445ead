//! The boundary of a run: files outside it, after resolving links, are not read, and messages quote nothing from them.

use crate::small_sort::SmallSort as _;
use std::ffi::OsString;
use std::fs::{File, Metadata, symlink_metadata};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::read::{Seen, Unread, admit, content, identity, is_stream, named, open_regular, place_of};

/// The entry that marks the top folder of a repository.
const REPOSITORY: &str = ".git";
/// Maximum number of links that are followed for one path, as on Linux.
const MAX_LINKS: u32 = 40;

/// The folders in which a run may read: the repository of each root; for a root outside any repository the working folder or
/// the root's own folder, whichever is higher; and the folder that the user adds. Real paths decide.
///
/// ```no_run
/// use std::path::Path;
///
/// use bicep_race_lint::door::{Boundary, Unread};
///
/// let folder = Path::new("/repo/infra");
/// let boundary = Boundary::around(folder, [(folder, folder)], None);
/// let secret = boundary.look(Path::new("/repo/infra/../../etc/passwd"));
/// assert!(matches!(secret, Err(Unread::Outside(_))));
/// ```
#[derive(Debug, Default)]
pub struct Boundary {
    /// The working folder; messages show paths relative to it.
    base: PathBuf,
    /// The top folders; `None` means that there is no boundary.
    tops: Option<FxHashSet<OsString>>,
    /// The boundary as messages show it.
    shown: String,
    /// Folders at which the search for configuration files ends: one for each root, as written.
    homes: FxHashSet<OsString>,
    /// The folder that the user adds.
    widened: Option<PathBuf>,
    /// A cache of facts about folders, by normal path.
    folders: RwLock<FxHashMap<OsString, Folder>>,
}

/// Facts about a folder.
#[derive(Clone, Debug)]
struct Folder {
    real: PathBuf,
    is_inside: bool,
    /// Whether a link on its path leads nowhere. A path that is computed from the text of links does not exist on disk.
    is_missing: bool,
    /// The number of links on its path. A link to a folder above creates endless paths, each to another template.
    links: u32,
}

impl Boundary {
    /// No boundary: for files in memory, and for files that the user vouches for.
    pub fn everywhere() -> Self {
        Self::default()
    }

    /// A boundary around one folder and everything below it, whatever repository it belongs to. Messages show it as
    /// written.
    pub fn within(folder: &Path) -> Self {
        let mut boundary = Self { shown: folder.display().to_string(), ..Self::default() };
        let real = boundary.real_folder(&absolute(folder));
        boundary.enclose(vec![real]);
        boundary
    }

    /// Narrows the boundary to one folder, if there is a boundary at all.
    #[must_use]
    pub fn narrowed(&self, folder: &Path) -> Self {
        if self.tops.is_none() { Self::everywhere() } else { Self::within(folder) }
    }

    /// The boundary of a run in a working folder. `roots` has for each root its folder and the folder that the user named: the
    /// one in which the root was found, or its own. A link inside a repository cannot move a root out of it. `widened` is the
    /// folder that the user adds.
    pub fn around<'p>(
        base: &Path,
        roots: impl IntoIterator<Item = (&'p Path, &'p Path)>,
        widened: Option<&Path>,
    ) -> Self {
        let mut boundary = Self::default();
        let base = boundary.real_folder(&absolute(base));
        let mut homes: FxHashSet<OsString> = FxHashSet::default();
        let mut repositories: FxHashMap<OsString, Option<PathBuf>> = FxHashMap::default();
        let mut last = None;
        for (folder, named) in roots {
            // Files of one folder are adjacent.
            if last.replace(folder) == Some(folder) {
                continue;
            }
            let written = absolute(folder);
            let folder = boundary.real_folder(&written);
            let left = boundary.left_by_link(&written, &folder, &mut repositories);
            let home = match left.or_else(|| repository_of(&folder, &mut repositories)) {
                Some(repository) => repository,
                None if folder.starts_with(&base) => base.clone(),
                None => boundary.real_folder(&absolute(named)),
            };
            homes.insert(home.into_os_string());
        }
        if homes.is_empty() {
            let home = repository_of(&base, &mut repositories).unwrap_or_else(|| base.clone());
            homes.insert(home.into_os_string());
        }
        let widened = widened.map(|folder| boundary.real_folder(&absolute(folder)));
        boundary.base = base;
        boundary.enclose(homes.iter().map(PathBuf::from).chain(widened.clone()).collect());
        (boundary.homes, boundary.widened) = (homes, widened);
        boundary
    }

    /// The repository that a path leaves through a link inside it. The link may come from the author of the repository,
    /// so it must not widen the boundary, even if the user named the folder: `infra -> ../../other`.
    fn left_by_link(
        &self,
        folder: &Path,
        real: &Path,
        repositories: &mut FxHashMap<OsString, Option<PathBuf>>,
    ) -> Option<PathBuf> {
        if folder == real {
            return None;
        }
        folder.ancestors().find_map(|path| {
            let (above, leads_to) = (self.real_folder(path.parent()?), self.real_folder(path));
            if leads_to.parent() == Some(&*above) && leads_to.file_name() == path.file_name() {
                return None;
            }
            repository_of(&above, repositories).filter(|repository| !leads_to.starts_with(repository))
        })
    }

    /// Limits reading to some folders, given by real path.
    fn enclose(&mut self, mut folders: Vec<PathBuf>) {
        folders.small_sort();
        let mut tops: Vec<PathBuf> = Vec::new();
        for folder in folders {
            // A folder below another one sorts after it.
            if !tops.iter().rev().take(1).any(|top| folder.starts_with(top)) {
                tops.push(folder);
            }
        }
        if self.shown.is_empty() {
            let around = tops.iter().find(|top| self.base.starts_with(top)).or(tops.first());
            self.shown = around.map_or_else(String::new, |top| relative(top, &self.base));
        }
        self.tops = Some(tops.into_iter().map(PathBuf::into_os_string).collect());
        // Keep the real paths of folders, but forget which of them are inside.
        let folders = std::mem::take(self.folders.get_mut().unwrap_or_else(PoisonError::into_inner));
        let again = |folder: Folder| Folder { is_inside: self.contains(&folder.real), ..folder };
        let folders = folders.into_iter().map(|(path, folder)| (path, again(folder))).collect();
        *self.folders.get_mut().unwrap_or_else(PoisonError::into_inner) = folders;
    }

    /// The boundary as messages show it, relative to the working folder.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether a folder is inside, after resolving links.
    pub fn holds(&self, folder: &Path) -> bool {
        self.tops.is_none() || self.folder(&absolute(folder)).is_inside
    }

    /// Whether the search for configuration files stops at this folder and does not go further up: at the top of a repository,
    /// or at the boundary. The search covers a folder that the user adds up to its top.
    pub fn ends_at(&self, folder: &Path) -> bool {
        if self.tops.is_none() {
            return false;
        }
        let Folder { real, is_inside, .. } = self.folder(&absolute(folder));
        let is_widened = |top: &PathBuf| real.starts_with(top) && real != *top;
        !is_inside
            || (self.homes.contains(real.as_os_str()) && !self.widened.as_ref().is_some_and(is_widened))
    }

    /// Inspects a file without opening it: its real path, whether it may be read, and its size. For a file outside the
    /// boundary, the error says only that, or that it is a device or a pipe.
    ///
    /// # Errors
    ///
    /// [`Unread`], with the reason.
    pub fn look(&self, path: &Path) -> Result<Seen, Unread> {
        let path = absolute(path);
        let (Some(above), Some(name)) = (path.parent(), path.file_name()) else { return Err(Unread::Folder) };
        let folder = self.folder(above);
        let mut real = folder.real.join(name);
        let is_inside = folder.is_inside || self.contains(&real);
        if folder.is_missing {
            return Err(if is_inside { Unread::Absent } else { self.outside() });
        }
        let is_special = |found: &Metadata| !found.is_file() && !found.is_dir();
        let mut found = match symlink_metadata(&real) {
            // A link from outside may lead back inside.
            Ok(found) if is_inside || found.is_symlink() => found,
            Ok(found) if is_special(&found) => return Err(Unread::NotRegular),
            Err(error) if is_inside => return Err(error.into()),
            _ => return Err(self.outside()),
        };
        if folder.links + u32::from(found.is_symlink()) > MAX_LINKS {
            return Err(Unread::System(io::Error::other("its path contains too many links")));
        }
        if found.is_symlink() {
            // Streams of this process, such as `/dev/stdin`, have no path of their own.
            if std::fs::metadata(&real).is_ok_and(|found| is_special(&found)) {
                return Err(Unread::NotRegular);
            }
            let target = resolved(&real)?;
            real = target.path;
            if !self.contains(&real) {
                return Err(self.outside());
            }
            if !target.is_there {
                return Err(Unread::Absent);
            }
            found = symlink_metadata(&real)?;
        }
        admit(&found)?;
        Ok(Seen { real, bytes: found.len(), identity: identity(&found) })
    }

    /// Reads a file that [`Boundary::look`] inspected. If another file took its place since then, that one must be inside too.
    ///
    /// # Errors
    ///
    /// [`Unread`], with the reason.
    pub fn read(&self, seen: &Seen) -> Result<Vec<u8>, Unread> {
        let mut bytes = Vec::new();
        self.read_into(seen, &mut bytes)?;
        Ok(bytes)
    }

    /// The same into a buffer that the caller keeps, for a caller that searches thousands of files.
    ///
    /// # Errors
    ///
    /// [`Unread`], with the reason.
    pub fn read_into(&self, seen: &Seen, bytes: &mut Vec<u8>) -> Result<(), Unread> {
        let (file, found) = open_regular(&seen.real)?;
        self.verify(&file, &found, &seen.real)?;
        content(file, &found, bytes)
    }

    /// Looks at a file and reads it.
    ///
    /// # Errors
    ///
    /// [`Unread`], with the reason.
    pub fn read_path(&self, path: &Path) -> Result<Vec<u8>, Unread> {
        self.read(&self.look(path)?)
    }

    /// Reads a file that the user named; it may be anywhere. But a path inside the boundary may be a link that someone
    /// untrusted made, so it must not lead outside.
    ///
    /// # Errors
    ///
    /// [`Unread`], with the reason.
    pub fn read_named(&self, path: &Path) -> Result<Vec<u8>, Unread> {
        if is_stream(path) {
            return named(path);
        }
        let whole = absolute(path);
        let is_inside = whole.parent().is_some_and(|folder| self.folder(folder).is_inside);
        if is_inside { self.read_path(&whole) } else { named(path) }
    }

    /// A path with all links resolved, for the part that exists.
    pub fn real(&self, path: &Path) -> PathBuf {
        self.folder(&absolute(path)).real
    }

    /// Checks that an open file is inside: a folder on its path may have become a link since the look.
    fn verify(&self, file: &File, found: &Metadata, expected: &Path) -> Result<(), Unread> {
        if self.tops.is_none() {
            return Ok(());
        }
        if let Some(place) = place_of(file) {
            return if place == expected || self.contains(&place) { Ok(()) } else { Err(Unread::Replaced) };
        }
        // The system does not give the path of an open file, so compare it with the file that the path leads to now.
        // That path contains no links.
        let now = expected.canonicalize().map(simple)?;
        let is_same = symlink_metadata(&now).is_ok_and(|now| identity(&now) == identity(found));
        if is_same && self.contains(&now) { Ok(()) } else { Err(Unread::Replaced) }
    }

    /// The reason why something outside is not read.
    pub fn outside(&self) -> Unread {
        Unread::Outside(self.shown.clone())
    }

    /// Whether a real path is inside.
    fn contains(&self, real: &Path) -> bool {
        let Some(tops) = &self.tops else { return true };
        let is_below = |path: &Path| path.ancestors().any(|above| tops.contains(above.as_os_str()));
        // On file systems that ignore case, the same folder may be written differently.
        is_below(real)
            || (!cfg!(target_os = "linux")
                && real.canonicalize().map(simple).is_ok_and(|real| is_below(&real)))
    }

    /// Facts about a folder, given by a normal, absolute path.
    fn folder(&self, folder: &Path) -> Folder {
        let known =
            self.folders.read().unwrap_or_else(PoisonError::into_inner).get(folder.as_os_str()).cloned();
        if let Some(known) = known {
            return known;
        }
        let (real, is_missing, links) = match (folder.parent(), folder.file_name()) {
            (Some(above), Some(name)) => {
                let Folder { real, is_missing, links, .. } = self.folder(above);
                let path = real.join(name);
                let is_link = symlink_metadata(&path).is_ok_and(|found| found.is_symlink());
                match if is_link { resolved(&path).ok() } else { None } {
                    Some(target) => (target.path, is_missing || !target.is_there, links + 1),
                    None => (path, is_missing, links),
                }
            }
            _ => (folder.to_owned(), false, 0),
        };
        let known = Folder { is_inside: self.contains(&real), real, is_missing, links };
        let mut folders = self.folders.write().unwrap_or_else(PoisonError::into_inner);
        folders.insert(folder.as_os_str().to_owned(), known.clone());
        known
    }

    fn real_folder(&self, folder: &Path) -> PathBuf {
        self.folder(folder).real
    }
}

/// The repository that contains a folder (a real path). `known` caches the answers.
fn repository_of(folder: &Path, known: &mut FxHashMap<OsString, Option<PathBuf>>) -> Option<PathBuf> {
    let mut open: Vec<&Path> = Vec::new();
    let mut found = None;
    for above in folder.ancestors() {
        if let Some(known) = known.get(above.as_os_str()) {
            found.clone_from(known);
            break;
        }
        open.push(above);
        if symlink_metadata(above.join(REPOSITORY)).is_ok() {
            found = Some(above.to_owned());
            break;
        }
    }
    known.extend(open.into_iter().map(|above| (above.as_os_str().to_owned(), found.clone())));
    found
}

struct LinkTarget {
    /// With all links resolved.
    path: PathBuf,
    /// Whether it exists. If not, `path` is computed from the text of the links.
    is_there: bool,
}

/// The target of a link, after resolving further links.
fn resolved(link: &Path) -> Result<LinkTarget, Unread> {
    match link.canonicalize() {
        Ok(real) => return Ok(LinkTarget { path: simple(real), is_there: true }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let mut at = link.to_owned();
    for _ in 0..MAX_LINKS {
        // The target does not exist completely: follow this link by its text, relative to its real folder.
        let Ok(target) = std::fs::read_link(&at) else { return Ok(LinkTarget { path: at, is_there: false }) };
        let folder = at.parent().unwrap_or(&at);
        at = real_of_missing(&folder.join(target));
    }
    Err(Unread::System(io::Error::other("too many links lead to one another")))
}

/// A path whose end does not exist, with the links in the existing part resolved.
fn real_of_missing(path: &Path) -> PathBuf {
    for above in path.ancestors().skip(1) {
        if let (Ok(real), Ok(rest)) = (above.canonicalize(), path.strip_prefix(above)) {
            return normal(&simple(real).join(rest));
        }
    }
    normal(path)
}

/// A normal path from the root of the file system.
fn absolute(path: &Path) -> PathBuf {
    if path.is_absolute() {
        return normal(path);
    }
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    normal(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// Removes `.` from a path, and `..` where that needs no access to the disk. The compiler also does this before it
/// resolves links.
pub fn normal(path: &Path) -> PathBuf {
    // Nearly every path is already normal, and a run asks this several times for each file.
    let bytes = path.as_os_str().as_encoded_bytes();
    let is_plain = |slash: usize| !matches!(bytes.get(slash + 1), None | Some(b'/' | b'.'));
    if cfg!(unix) && !bytes.starts_with(b".") && memchr::memchr_iter(b'/', bytes).all(is_plain) {
        return path.to_owned();
    }
    let mut found = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match found.components().next_back() {
                Some(Component::Normal(_)) => {
                    found.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => found.push(".."),
            },
            part => found.push(part),
        }
    }
    found
}

/// A path as people write it: canonical paths on Windows start with `\\?\`.
fn simple(path: PathBuf) -> PathBuf {
    if !cfg!(windows) {
        return path;
    }
    let plain = path.to_str().and_then(|text| text.strip_prefix(r"\\?\"));
    plain.filter(|plain| plain.as_bytes().get(1) == Some(&b':')).map(PathBuf::from).unwrap_or(path)
}

/// A folder relative to another: `.`, `..`, `../..`, or a folder below it; otherwise its whole path.
fn relative(folder: &Path, base: &Path) -> String {
    if let Ok(below) = folder.strip_prefix(base) {
        let text = below.to_string_lossy();
        let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
        return if text.is_empty() { ".".to_owned() } else { text };
    }
    match base.strip_prefix(folder) {
        Ok(rest) => vec![".."; rest.components().count()].join("/"),
        Err(_) => folder.to_string_lossy().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_normalized_as_text() {
        let table = [
            ("/a/b", "/a/b"),
            ("/", "/"),
            ("/a/", "/a"),
            ("/a//b", "/a/b"),
            ("/a/./b", "/a/b"),
            ("/a/../b", "/b"),
            ("/../a", "/a"),
            ("../a", "../a"),
            ("./a", "a"),
            ("a/..", ""),
            ("/a/.hidden/b", "/a/.hidden/b"),
            ("/a/..b/c", "/a/..b/c"),
            ("", ""),
        ];
        for (path, expected) in table {
            assert_eq!(normal(Path::new(path)), Path::new(expected), "{path}");
        }
    }

    #[test]
    fn a_folder_is_shown_relative_to_the_working_folder() {
        let table = [
            ("/a/b", "/a/b", "."),
            ("/a", "/a/b", ".."),
            ("/", "/a/b", "../.."),
            ("/a/b/c/d", "/a/b", "c/d"),
        ];
        for (folder, base, expected) in table {
            assert_eq!(relative(Path::new(folder), Path::new(base)), expected, "{folder} from {base}");
        }
        assert_eq!(relative(Path::new("/x/y"), Path::new("/a")), "/x/y");
    }

    #[test]
    fn nothing_is_outside_if_there_is_no_boundary() {
        let everywhere = Boundary::everywhere();
        assert!(everywhere.holds(Path::new("/any/where")) && !everywhere.ends_at(Path::new("/")));
        assert!(everywhere.narrowed(Path::new("/any")).holds(Path::new("/where")));
    }
}
