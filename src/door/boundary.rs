//! Where reading ends: what lies outside, links resolved, is not read, and nothing of it is quoted.

use crate::small_sort::SmallSort as _;
use std::ffi::OsString;
use std::fs::{File, Metadata, symlink_metadata};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::read::{Seen, Unread, admit, content, identity, is_stream, named, open_regular, place_of};

/// What marks the top of a repository.
const REPOSITORY: &str = ".git";
/// Links that are followed for one path, as Linux does.
const MAX_LINKS: u32 = 40;

/// The folders that a run may read in: the repository of each root; for a root without one the working folder or the folder of
/// the root, whichever is higher; and what the user adds. Real paths decide.
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
    /// The working folder: what is shown is relative to it.
    base: PathBuf,
    /// The folders; none where nothing is outside.
    tops: Option<FxHashSet<OsString>>,
    /// What is shown of them.
    shown: String,
    /// The folders where the looking for settings ends: one a root, as written.
    homes: FxHashSet<OsString>,
    /// What the user adds.
    widened: Option<PathBuf>,
    /// What is known of folders, by normal path.
    folders: RwLock<FxHashMap<OsString, Folder>>,
}

/// What is known of a folder.
#[derive(Clone, Debug)]
struct Folder {
    real: PathBuf,
    is_inside: bool,
    /// Whether a link on its way leads nowhere. What lies there by its text is not there for the system.
    is_missing: bool,
    /// How many links its way has. A link to a folder above makes ways without end, and each is another template.
    links: u32,
}

impl Boundary {
    /// Nothing is outside: for files in memory, and for what the user vouches for.
    pub fn everywhere() -> Self {
        Self::default()
    }

    /// One folder with all that lies below it, whatever repository it belongs to. It is shown as it is written.
    pub fn within(folder: &Path) -> Self {
        let mut boundary = Self { shown: folder.display().to_string(), ..Self::default() };
        let real = boundary.real_folder(&absolute(folder));
        boundary.enclose(vec![real]);
        boundary
    }

    /// The same for one folder alone, where anything is outside at all.
    #[must_use]
    pub fn narrowed(&self, folder: &Path) -> Self {
        if self.tops.is_none() { Self::everywhere() } else { Self::within(folder) }
    }

    /// The boundary of a run in a working folder. Of each root its folder is given, and the folder that the user has named: that in
    /// which the root was found, or its own. A link of a repository leads no root out of it. `widened` is what the user adds.
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
            // The files of one folder come one after the other.
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

    /// The repository that the way to a folder leaves by a link in it: whoever wrote the link does not say what may be read, though
    /// the user has named the folder. Ex) `infra -> ../../other`
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

    /// Lets nothing be read outside of some folders, given by real path.
    fn enclose(&mut self, mut folders: Vec<PathBuf>) {
        folders.small_sort();
        let mut tops: Vec<PathBuf> = Vec::new();
        for folder in folders {
            // What lies below another sorts behind it.
            if !tops.iter().rev().take(1).any(|top| folder.starts_with(top)) {
                tops.push(folder);
            }
        }
        if self.shown.is_empty() {
            let around = tops.iter().find(|top| self.base.starts_with(top)).or(tops.first());
            self.shown = around.map_or_else(String::new, |top| relative(top, &self.base));
        }
        self.tops = Some(tops.into_iter().map(PathBuf::into_os_string).collect());
        // Where folders really lie stays known, but not what of it is inside.
        let folders = std::mem::take(self.folders.get_mut().unwrap_or_else(PoisonError::into_inner));
        let again = |folder: Folder| Folder { is_inside: self.contains(&folder.real), ..folder };
        let folders = folders.into_iter().map(|(path, folder)| (path, again(folder))).collect();
        *self.folders.get_mut().unwrap_or_else(PoisonError::into_inner) = folders;
    }

    /// The boundary as it is shown: relative to the working folder.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether a folder lies inside, links resolved.
    pub fn holds(&self, folder: &Path) -> bool {
        self.tops.is_none() || self.folder(&absolute(folder)).is_inside
    }

    /// Whether the looking for settings in a folder and those above it ends there: at the top of a repository, or at the
    /// boundary. What the user adds is looked through to its top.
    pub fn ends_at(&self, folder: &Path) -> bool {
        if self.tops.is_none() {
            return false;
        }
        let Folder { real, is_inside, .. } = self.folder(&absolute(folder));
        let is_widened = |top: &PathBuf| real.starts_with(top) && real != *top;
        !is_inside
            || (self.homes.contains(real.as_os_str()) && !self.widened.as_ref().is_some_and(is_widened))
    }

    /// Looks at a file: where it really lies, whether it may be read, and how large it is. Nothing is opened. Of what lies outside
    /// only that is told, and that it is a device or a pipe.
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
            // A link that lies outside may lead back.
            Ok(found) if is_inside || found.is_symlink() => found,
            Ok(found) if is_special(&found) => return Err(Unread::NotRegular),
            Err(error) if is_inside => return Err(error.into()),
            _ => return Err(self.outside()),
        };
        if folder.links + u32::from(found.is_symlink()) > MAX_LINKS {
            return Err(Unread::System(io::Error::other("its way leads through too many links")));
        }
        if found.is_symlink() {
            // A stream of this process has no path of its own.
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

    /// Reads a file that was looked at. What came into its place since then is read only if it lies inside, too.
    ///
    /// # Errors
    ///
    /// [`Unread`], with the reason.
    pub fn read(&self, seen: &Seen) -> Result<Vec<u8>, Unread> {
        let mut bytes = Vec::new();
        self.read_into(seen, &mut bytes)?;
        Ok(bytes)
    }

    /// The same in the memory of what was read before: who reads thousands of files to look for a word needs no more.
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

    /// Reads a file that the user has named: it may lie anywhere. But a name inside of the boundary is one that a stranger may have
    /// made a link, and what it leads to is not read if that lies outside.
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

    /// A path with all links resolved, as far as it is there.
    pub fn real(&self, path: &Path) -> PathBuf {
        self.folder(&absolute(path)).real
    }

    /// Whether an open file lies inside: a folder on its way may have become a link since it was looked at.
    fn verify(&self, file: &File, found: &Metadata, expected: &Path) -> Result<(), Unread> {
        if self.tops.is_none() {
            return Ok(());
        }
        if let Some(place) = place_of(file) {
            return if place == expected || self.contains(&place) { Ok(()) } else { Err(Unread::Replaced) };
        }
        // Without its help: the file is the one that the path leads to now, and that has no links in it.
        let now = expected.canonicalize().map(simple)?;
        let is_same = symlink_metadata(&now).is_ok_and(|now| identity(&now) == identity(found));
        if is_same && self.contains(&now) { Ok(()) } else { Err(Unread::Replaced) }
    }

    /// The reason why something outside is not read.
    pub fn outside(&self) -> Unread {
        Unread::Outside(self.shown.clone())
    }

    /// Whether a real path lies inside.
    fn contains(&self, real: &Path) -> bool {
        let Some(tops) = &self.tops else { return true };
        let is_below = |path: &Path| path.ancestors().any(|above| tops.contains(above.as_os_str()));
        // Where case does not matter, the same folder may be written otherwise.
        is_below(real)
            || (!cfg!(target_os = "linux")
                && real.canonicalize().map(simple).is_ok_and(|real| is_below(&real)))
    }

    /// What is known of a folder, given by a normal, absolute path.
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

/// The repository around a folder, given by real path. What is known of folders is kept.
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

/// Where a link leads.
struct LinkTarget {
    /// With all links resolved.
    path: PathBuf,
    /// Whether something is there. If not, the path is what the text of the links says.
    is_there: bool,
}

/// Where a link leads, with all links resolved.
fn resolved(link: &Path) -> Result<LinkTarget, Unread> {
    match link.canonicalize() {
        Ok(real) => return Ok(LinkTarget { path: simple(real), is_there: true }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let mut at = link.to_owned();
    for _ in 0..MAX_LINKS {
        // Something on the way is missing: follow the link itself, in the folder where it really lies.
        let Ok(target) = std::fs::read_link(&at) else { return Ok(LinkTarget { path: at, is_there: false }) };
        let folder = at.parent().unwrap_or(&at);
        at = real_of_missing(&folder.join(target));
    }
    Err(Unread::System(io::Error::other("too many links lead to one another")))
}

/// A path of which the end is missing, with the links of what is there resolved.
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

/// A path without `.` and with `..` taken off where that is possible without asking the disk: as the compiler does, before links
/// are resolved.
pub fn normal(path: &Path) -> PathBuf {
    // Nearly every path is normal. A run asks that of each file several times.
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

/// A path as people write it: Windows begins canonical paths with `\\?\`.
fn simple(path: PathBuf) -> PathBuf {
    if !cfg!(windows) {
        return path;
    }
    let plain = path.to_str().and_then(|text| text.strip_prefix(r"\\?\"));
    plain.filter(|plain| plain.as_bytes().get(1) == Some(&b':')).map(PathBuf::from).unwrap_or(path)
}

/// A folder as it is shown in another: `.`, `..`, `../..`, a folder below it; else its whole path.
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
    fn a_path_is_made_normal_as_text() {
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
    fn a_folder_is_shown_from_the_working_folder() {
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
    fn nothing_is_outside_of_everywhere() {
        let everywhere = Boundary::everywhere();
        assert!(everywhere.holds(Path::new("/any/where")) && !everywhere.ends_at(Path::new("/")));
        assert!(everywhere.narrowed(Path::new("/any")).holds(Path::new("/where")));
    }
}
