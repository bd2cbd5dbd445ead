//! Files: on disk, or in memory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

pub use crate::door::boundary::normal;
use crate::door::{Boundary, Seen, Unread, spelled};

/// Error for a file that is not in memory.
const NO_FILE: &str = "there is no such file";

/// A map by normal path. Keys are compared as bytes, which is far faster than comparing components.
pub type ByPath<V> = FxHashMap<OsString, V>;

/// Where files are read from.
///
/// ```
/// use std::io;
/// use std::path::Path;
///
/// use bicep_race_lint::{Catalog, Config, FileSystem, Roots, Session};
///
/// /// A file, and nothing else.
/// struct One(&'static str, &'static str);
///
/// impl FileSystem for One {
///     fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
///         if self.is_file(path) { Ok(self.1.into()) } else { Err(io::ErrorKind::NotFound.into()) }
///     }
///
///     fn is_file(&self, path: &Path) -> bool {
///         path == Path::new(self.0)
///     }
///
///     fn is_folder(&self, path: &Path) -> bool {
///         path != Path::new(self.0) && Path::new(self.0).starts_with(path)
///     }
/// }
///
/// let mut session = Session::new(Catalog::builtin(), Config::default());
/// session.load(One("/main.bicep", "param location string"), Roots::named(["/main.bicep"]));
/// assert!(session.unreadable().is_empty());
/// ```
pub trait FileSystem: Send + Sync {
    /// The bytes of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Whether there is a file.
    fn is_file(&self, path: &Path) -> bool;
    /// Whether there is a folder.
    fn is_folder(&self, path: &Path) -> bool;
    /// Whether a folder still exists once some files are gone. In memory folders exist only as part of paths, so an empty one
    /// does not.
    fn is_folder_without(&self, path: &Path, is_gone: &dyn Fn(&Path) -> bool) -> bool {
        let _ = is_gone;
        self.is_folder(path)
    }
    /// The boundary for roots in some folders; each comes with the folder that the user named. A file system that contains only
    /// what a program put into it needs no boundary.
    fn boundary(&self, base: &Path, roots: &[(&Path, &Path)]) -> Boundary {
        let _ = (base, roots);
        Boundary::everywhere()
    }
    /// Inspects a file before it is read: whether it may be read, its size, and its real path.
    fn look(&self, path: &Path, boundary: &Boundary) -> Result<Seen, Unread> {
        let _ = boundary;
        if self.is_file(path) {
            // Its size is not known before it is read.
            Ok(Seen::plain(path, 0))
        } else if self.is_folder(path) {
            Err(Unread::Folder)
        } else {
            Err(Unread::Absent)
        }
    }
    /// The path as the file system spells it, if there is exactly one that differs only in the case of letters. Windows and macOS
    /// find a file under either; only called for a path that does not exist as written.
    fn spelled(&self, path: &Path) -> Option<PathBuf> {
        let _ = path;
        None
    }
    /// Reads a file that was inspected, into a buffer whose old content is replaced.
    fn read_seen_into(
        &self,
        path: &Path,
        seen: &Seen,
        boundary: &Boundary,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Unread> {
        let _ = (seen, boundary);
        *bytes = self.read(path)?;
        Ok(())
    }
    /// The same in memory of their own.
    fn read_seen(&self, path: &Path, seen: &Seen, boundary: &Boundary) -> Result<Vec<u8>, Unread> {
        let mut bytes = Vec::new();
        self.read_seen_into(path, seen, boundary, &mut bytes)?;
        Ok(bytes)
    }
}

impl FileSystem for Box<dyn FileSystem> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        (**self).read(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        (**self).is_file(path)
    }

    fn is_folder(&self, path: &Path) -> bool {
        (**self).is_folder(path)
    }

    fn is_folder_without(&self, path: &Path, is_gone: &dyn Fn(&Path) -> bool) -> bool {
        (**self).is_folder_without(path, is_gone)
    }

    fn boundary(&self, base: &Path, roots: &[(&Path, &Path)]) -> Boundary {
        (**self).boundary(base, roots)
    }

    fn look(&self, path: &Path, boundary: &Boundary) -> Result<Seen, Unread> {
        (**self).look(path, boundary)
    }

    fn spelled(&self, path: &Path) -> Option<PathBuf> {
        (**self).spelled(path)
    }

    fn read_seen_into(
        &self,
        path: &Path,
        seen: &Seen,
        boundary: &Boundary,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Unread> {
        (**self).read_seen_into(path, seen, boundary, bytes)
    }
}

/// The file system of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl FileSystem for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Ok(Boundary::everywhere().read_path(path)?)
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn boundary(&self, base: &Path, roots: &[(&Path, &Path)]) -> Boundary {
        Boundary::around(base, roots.iter().copied(), None)
    }

    fn look(&self, path: &Path, boundary: &Boundary) -> Result<Seen, Unread> {
        boundary.look(path)
    }

    fn spelled(&self, path: &Path) -> Option<PathBuf> {
        spelled(path)
    }

    fn read_seen_into(
        &self,
        _: &Path,
        seen: &Seen,
        boundary: &Boundary,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Unread> {
        boundary.read_into(seen, bytes)
    }
}

/// Configuration files that a walk knows to be absent, so that a search in thousands of folders need not ask the disk for each.
#[derive(Clone, Debug, Default)]
pub struct Absent {
    names: &'static [&'static str],
    folders: FxHashSet<OsString>,
}

impl Absent {
    /// Files of these names, in no folder yet.
    pub fn new(names: &'static [&'static str]) -> Self {
        Self { names, folders: FxHashSet::default() }
    }

    /// Adds folders without any of these files.
    pub fn add(&mut self, folders: impl IntoIterator<Item = PathBuf>) {
        let folders = folders.into_iter();
        self.folders.reserve(folders.size_hint().0);
        self.folders.extend(folders.map(PathBuf::into_os_string));
    }

    /// Whether a file is known not to be there.
    pub fn contains(&self, path: &Path) -> bool {
        path.file_name().is_some_and(|name| self.names.iter().any(|known| name == *known))
            && path.parent().is_some_and(|folder| self.folders.contains(folder.as_os_str()))
    }
}

/// The disk, as far as files are not known to be absent.
#[derive(Clone, Debug, Default)]
pub struct Walked(pub Arc<Absent>);

impl FileSystem for Walked {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Disk.read(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        !self.0.contains(path) && Disk.is_file(path)
    }

    fn is_folder(&self, path: &Path) -> bool {
        Disk.is_folder(path)
    }

    fn boundary(&self, base: &Path, roots: &[(&Path, &Path)]) -> Boundary {
        Disk.boundary(base, roots)
    }

    fn look(&self, path: &Path, boundary: &Boundary) -> Result<Seen, Unread> {
        if self.0.contains(path) { Err(Unread::Absent) } else { boundary.look(path) }
    }

    fn spelled(&self, path: &Path) -> Option<PathBuf> {
        Disk.spelled(path)
    }

    fn read_seen_into(
        &self,
        path: &Path,
        seen: &Seen,
        boundary: &Boundary,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Unread> {
        Disk.read_seen_into(path, seen, boundary, bytes)
    }
}

/// Files in memory, by path.
///
/// ```
/// use bicep_race_lint::{FileSystem, Memory};
///
/// let mut files = Memory::default().with("/main.bicep", "module vpn 'modules/vpn.bicep' = { name: 'vpn' }");
/// files.write("/modules/vpn.bicep", "param location string");
/// assert!(files.is_folder("/modules".as_ref()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Memory {
    /// Adds a file.
    #[must_use]
    pub fn with(mut self, path: impl AsRef<Path>, text: impl Into<Vec<u8>>) -> Self {
        self.files.insert(normal(path.as_ref()), text.into());
        self
    }

    /// Replaces a file, or adds it.
    pub fn write(&mut self, path: impl AsRef<Path>, text: impl Into<Vec<u8>>) {
        self.files.insert(normal(path.as_ref()), text.into());
    }
}

impl FileSystem for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.files.get(&normal(path)) {
            Some(bytes) => Ok(bytes.clone()),
            None => Err(io::Error::new(io::ErrorKind::NotFound, NO_FILE)),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(&normal(path))
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.is_folder_without(path, &|_| false)
    }

    fn look(&self, path: &Path, _: &Boundary) -> Result<Seen, Unread> {
        match self.files.get(&normal(path)) {
            Some(bytes) => Ok(Seen::plain(path, bytes.len() as u64)),
            None if self.is_folder(path) => Err(Unread::Folder),
            None => Err(Unread::Absent),
        }
    }

    fn spelled(&self, path: &Path) -> Option<PathBuf> {
        let path = normal(path);
        let mut alike =
            self.files.keys().filter(|known| known.as_os_str().eq_ignore_ascii_case(path.as_os_str()));
        let found = alike.next()?;
        alike.next().is_none().then(|| found.clone())
    }

    fn is_folder_without(&self, path: &Path, is_gone: &dyn Fn(&Path) -> bool) -> bool {
        let folder = normal(path);
        self.files.keys().any(|file| file.starts_with(&folder) && *file != folder && !is_gone(file))
    }
}

/// A file system with some files replaced, added or removed in memory, as an editor does.
#[derive(Clone)]
pub struct Overlay {
    under: Arc<dyn FileSystem>,
    /// Edits by normal path; `None` if the file is removed.
    edited: BTreeMap<PathBuf, Option<Arc<[u8]>>>,
    /// The path under which a file was edited, by its real one: through links it has other names, which show the same.
    behind: BTreeMap<PathBuf, PathBuf>,
    /// The reverse map.
    reals: BTreeMap<PathBuf, PathBuf>,
}

impl Default for Overlay {
    fn default() -> Self {
        Self::over(Disk)
    }
}

impl Overlay {
    /// These files as they are.
    pub fn over(under: impl FileSystem + 'static) -> Self {
        Self {
            under: Arc::new(under),
            edited: BTreeMap::new(),
            behind: BTreeMap::new(),
            reals: BTreeMap::new(),
        }
    }

    /// Replaces a file, or adds it.
    pub fn write(&mut self, path: impl AsRef<Path>, text: impl Into<Vec<u8>>) {
        let path = normal(path.as_ref());
        if let Ok(seen) = self.under.look(&path, &Boundary::everywhere()) {
            self.reals.insert(path.clone(), seen.real.clone());
            self.behind.insert(seen.real, path.clone());
        }
        self.edited.insert(path, Some(text.into().into()));
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: impl AsRef<Path>) {
        self.edited.insert(normal(path.as_ref()), None);
    }

    /// Renames a file, if it can be read. A file at the new path is replaced.
    pub fn rename(&mut self, from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
        let bytes = self.read(from.as_ref())?;
        self.remove(from);
        self.write(to, bytes);
        Ok(())
    }

    /// The edit of a file: its new text, or `None` if it is removed.
    fn edit(&self, path: &Path) -> Option<&Option<Arc<[u8]>>> {
        if self.edited.is_empty() { None } else { self.edited.get(&normal(path)) }
    }

    /// The same for a file by its real path, under whatever name it was edited.
    fn edit_of_real(&self, real: &Path) -> Option<&Option<Arc<[u8]>>> {
        if self.edited.is_empty() {
            return None;
        }
        let edited_as = self.behind.get(real).map_or(real, PathBuf::as_path);
        self.edited.get(edited_as).filter(|edit| edit.is_some() || edited_as == real)
    }
}

impl FileSystem for Overlay {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.edit(path) {
            Some(Some(bytes)) => Ok(bytes.to_vec()),
            Some(None) => Err(io::Error::new(io::ErrorKind::NotFound, NO_FILE)),
            None => self.under.read(path),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.edit(path).map_or_else(|| self.under.is_file(path), Option::is_some)
    }

    fn is_folder(&self, path: &Path) -> bool {
        let folder = normal(path);
        let is_above = |(file, edit): (&PathBuf, &Option<_>)| {
            edit.is_some() && file.starts_with(&folder) && *file != folder
        };
        let is_gone = |file: &Path| matches!(self.edited.get(file), Some(None));
        self.under.is_folder_without(path, &is_gone) || self.edited.iter().any(is_above)
    }

    fn boundary(&self, base: &Path, roots: &[(&Path, &Path)]) -> Boundary {
        self.under.boundary(base, roots)
    }

    fn look(&self, path: &Path, boundary: &Boundary) -> Result<Seen, Unread> {
        if self.edited.is_empty() {
            return self.under.look(path, boundary);
        }
        // Text from an editor is trusted. It is seen under all names of the file.
        let edited = |real: &Path, edit: &Option<Arc<[u8]>>| match edit {
            Some(bytes) => Ok(Seen::plain(real, bytes.len() as u64)),
            None => Err(Unread::Absent),
        };
        if let Some(edit) = self.edit(path) {
            let path = normal(path);
            return edited(self.reals.get(&path).unwrap_or(&path), edit);
        }
        match self.under.look(path, boundary) {
            Ok(seen) => match self.edit_of_real(&seen.real) {
                Some(edit) => edited(&seen.real, edit),
                None => Ok(seen),
            },
            // Edits can create folders and remove them.
            Err(unread) if unread.is_absent() && self.is_folder(path) => Err(Unread::Folder),
            Err(unread) if unread.is_absent() => Err(Unread::Absent),
            seen => seen,
        }
    }

    fn spelled(&self, path: &Path) -> Option<PathBuf> {
        self.under.spelled(path)
    }

    fn read_seen_into(
        &self,
        path: &Path,
        seen: &Seen,
        boundary: &Boundary,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Unread> {
        match self.edit(path).or_else(|| self.edit_of_real(&seen.real)) {
            Some(Some(edited)) => {
                bytes.clear();
                bytes.extend_from_slice(edited);
                Ok(())
            }
            Some(None) => Err(Unread::Absent),
            None => self.under.read_seen_into(path, seen, boundary, bytes),
        }
    }
}

/// The part of a path below a folder, if it is inside. A run asks this several times for every file, so it is fast.
pub fn below<'p>(path: &'p Path, folder: &Path) -> Option<&'p Path> {
    let is_plain = cfg!(unix) && !folder.as_os_str().is_empty();
    let texts = if is_plain { path.to_str().zip(folder.to_str()) } else { None };
    let plain = texts.and_then(|(path, folder)| path.strip_prefix(folder)?.strip_prefix('/'));
    match plain {
        Some(inside) if !inside.starts_with('/') => Some(Path::new(inside)),
        _ => path.strip_prefix(folder).ok(),
    }
}

/// A path as messages show it to a user in `base`: relative if it is below.
pub fn shown_from(path: &Path, base: &Path) -> String {
    shown(below(path, base).unwrap_or(path))
}

/// A path as messages show it: with `/` on every system, and with invalid Unicode replaced.
pub fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

/// Why a file could not be read as text.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// An error of the system.
    #[error("{0}")]
    System(#[from] io::Error),
    /// The file is not text in UTF-8 or UTF-16, from this byte on.
    #[error("it is not UTF-8 text (byte {0} is not part of a character)")]
    NotText(usize),
    /// The file is binary.
    #[error("it is binary: it contains a zero byte at {0}")]
    Binary(usize),
}

/// The text of a file: without byte order mark, UTF-16 decoded.
pub fn text(bytes: Vec<u8>) -> Result<String, ReadError> {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes.as_slice() {
        [0xFF, 0xFE, ..] => Ok(utf16(u16::from_le_bytes)),
        [0xFE, 0xFF, ..] => Ok(utf16(u16::from_be_bytes)),
        _ => {
            if let Some(at) = memchr::memchr(0, &bytes) {
                return Err(ReadError::Binary(at));
            }
            let mut text = String::from_utf8(bytes)
                .map_err(|error| ReadError::NotText(error.utf8_error().valid_up_to()))?;
            if text.starts_with('\u{FEFF}') {
                text.drain(..'\u{FEFF}'.len_utf8());
            }
            Ok(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_is_what_is_left_of_the_path() {
        let folders = ["", "/", "/a", "/a/", "/a/b", "a", "a/b", "/ä"];
        let paths = ["", "/", "/a", "/a/b", "/a/b/c.bicep", "/ab", "/a//b", "a/b/c", "/ä/x", "/a/b/"];
        for folder in folders.map(Path::new) {
            for path in paths.map(Path::new) {
                assert_eq!(below(path, folder), path.strip_prefix(folder).ok(), "{path:?} {folder:?}");
            }
        }
    }
}
