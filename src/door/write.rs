//! Writes files safely.
//!
//! The checked files are not trusted, and neither are their names: `races.html` may be a link to a file elsewhere. So
//! no link is followed below a [`Guarded`] folder when a file is written. A file is replaced atomically: the new file
//! is created next to it under another name, gets all metadata of the old one, and is then renamed. All of that happens
//! in a folder that is held open, so that replacing this folder, or one above it, has no effect.

use crate::small_sort::SmallSort as _;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::signals;

/// Why a file was not written. The file is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The path contains a link where links are not followed.
    #[error("its path is a link, and links are not followed below `{}`", .0.display())]
    Link(PathBuf),
    /// It really lies somewhere else.
    #[error("it is outside the given folders")]
    Outside,
    /// A folder, a pipe, a device.
    #[error("it is not a regular file")]
    Special,
    /// Other names of the same file would keep the old content.
    #[error("the file has {0} names (hard links), which replacing it would separate")]
    Names(u64),
    /// The file is read-only.
    #[error("it is read-only")]
    ReadOnly,
    /// Another process has changed it.
    #[error("it has changed since it was read")]
    Changed,
    /// It is not in UTF-8.
    #[error("it is not encoded in UTF-8")]
    Encoding,
    /// The new file would lose metadata of the old one.
    #[error("its {0} cannot be kept: {1}")]
    Kept(String, io::Error),
    /// An error of the operating system.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// Folders whose content is not trusted, by real path.
#[derive(Clone, Debug, Default)]
pub struct Guarded {
    folders: Vec<PathBuf>,
}

impl Guarded {
    /// Guards these folders with everything below them. A folder that does not exist needs no guard.
    pub fn new<P: AsRef<Path>>(folders: impl IntoIterator<Item = P>) -> Self {
        let mut folders: Vec<PathBuf> =
            folders.into_iter().filter_map(|folder| folder.as_ref().canonicalize().ok()).collect();
        folders.small_sort();
        folders.dedup();
        Self { folders }
    }

    /// The outermost guarded folder that contains a real path.
    fn around(&self, real: &Path) -> Option<&Path> {
        self.folders.iter().map(PathBuf::as_path).find(|folder| real.starts_with(folder))
    }

    /// Resolves an absolute path to a file to write, which need not exist.
    ///
    /// # Errors
    ///
    /// [`WriteError::Link`] for a link inside a guarded folder, and errors of the system.
    pub fn target(&self, path: &Path) -> Result<Target, WriteError> {
        let mut real = PathBuf::new();
        for part in path.components() {
            if part == Component::ParentDir {
                real.pop();
                continue;
            }
            let next = real.join(part);
            let is_link = fs::symlink_metadata(&next).is_ok_and(|found| found.is_symlink());
            if is_link && let Some(folder) = self.around(&real) {
                return Err(WriteError::Link(folder.to_owned()));
            }
            real = match next.canonicalize() {
                Ok(next) => next,
                // A new file, or one in a missing folder; the latter is an error when it is written.
                Err(error) if error.kind() == io::ErrorKind::NotFound && !is_link => next,
                Err(error) => return Err(error.into()),
            };
        }
        let guard = self.around(&real).map(Path::to_owned);
        Target::real(&real, guard)
    }

    /// Resolves a path to a file whose real path must be in one of the folders.
    ///
    /// # Errors
    ///
    /// [`WriteError::Outside`], and errors of the system.
    pub fn inside(&self, path: &Path) -> Result<Target, WriteError> {
        let real = path.canonicalize()?;
        let guard = self.around(&real).ok_or(WriteError::Outside)?.to_owned();
        Target::real(&real, Some(guard))
    }
}

/// The real path of a file to write; the file need not exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    folder: PathBuf,
    name: OsString,
    /// The guarded folder that contains it: below that folder, no part of the path is a link.
    guard: Option<PathBuf>,
}

impl Target {
    fn real(path: &Path, guard: Option<PathBuf>) -> Result<Self, WriteError> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(WriteError::Special);
        };
        let guard = guard.filter(|guard| folder.starts_with(guard));
        Ok(Self { folder: folder.to_owned(), name: name.to_owned(), guard })
    }

    /// The path without links.
    pub fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// Whether it is in a guarded folder.
    pub fn is_guarded(&self) -> bool {
        self.guard.is_some()
    }

    /// Checks whether the file can be replaced, as far as that can be known without writing. `expected` checks its
    /// current content.
    ///
    /// # Errors
    ///
    /// Returns the reason why it cannot be replaced.
    pub fn check(&self, expected: impl FnOnce(&[u8]) -> Result<(), WriteError>) -> Result<(), WriteError> {
        let folder = imp::Folder::open(self)?;
        match folder.old(&self.name)? {
            Some(old) => expected(&old.read()?),
            None => Err(io::Error::from(io::ErrorKind::NotFound).into()),
        }
    }

    /// Replaces the file, or creates it. `content` receives the current content and returns the new one.
    ///
    /// # Errors
    ///
    /// Returns the reason why the file is unchanged.
    pub fn replace<C: AsRef<[u8]>>(
        &self,
        content: impl FnOnce(Option<&[u8]>) -> Result<C, WriteError>,
    ) -> Result<(), WriteError> {
        let _hold = signals::hold();
        let folder = imp::Folder::open(self)?;
        let old = folder.old(&self.name)?;
        let bytes = old.as_ref().map(imp::Old::read).transpose()?;
        let content = content(bytes.as_deref())?;
        folder.replace(&self.name, old.as_ref(), content.as_ref())
    }
}

/// Maximum number of names to try for a new file.
#[cfg(unix)]
const MAX_NAMES: u32 = 100;

#[cfg(unix)]
mod imp {
    use std::ffi::{OsStr, OsString};
    use std::fs::{File, Metadata};
    use std::hash::{BuildHasher as _, Hasher as _};
    use std::io::{self, Read as _, Write as _};
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Component;

    use rustix::fs::{AtFlags, Gid, Mode, OFlags, Uid, fchmod, fchown, openat, renameat, unlinkat};
    use rustix::io::Errno;

    use super::{MAX_NAMES, Target, WriteError};

    /// Permissions of a new file, before the umask of the process.
    const NEW: u32 = 0o666;

    /// An open folder.
    pub(super) struct Folder(OwnedFd);

    /// The open file that is to be replaced.
    pub(super) struct Old {
        file: File,
        found: Metadata,
    }

    /// Opening a folder for path lookups needs no permission to list it.
    #[cfg(target_os = "linux")]
    const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
    #[cfg(not(target_os = "linux"))]
    const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

    impl Folder {
        /// Opens the folder of a target, component by component from the guarded folder, without following links.
        pub(super) fn open(target: &Target) -> Result<Self, WriteError> {
            let top = target.guard.as_deref().unwrap_or(&target.folder);
            let mut folder = openat(rustix::fs::CWD, top, FOLDER, Mode::empty()).map_err(io::Error::from)?;
            let below = target.folder.strip_prefix(top).unwrap_or(&target.folder);
            for part in below.components() {
                let Component::Normal(name) = part else { return Err(WriteError::Special) };
                folder =
                    openat(&folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()).map_err(|error| {
                        match error {
                            Errno::LOOP | Errno::NOTDIR => WriteError::Link(top.to_owned()),
                            other => io::Error::from(other).into(),
                        }
                    })?;
            }
            Ok(Self(folder))
        }

        /// The regular file with a name, if there is one.
        pub(super) fn old(&self, name: &OsStr) -> Result<Option<Old>, WriteError> {
            let flags =
                OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            let file = match openat(&self.0, name, flags, Mode::empty()) {
                Ok(file) => File::from(file),
                Err(Errno::NOENT) => return Ok(None),
                // A link or a socket.
                Err(Errno::LOOP | Errno::NXIO | Errno::MLINK) => return Err(WriteError::Special),
                Err(error) => return Err(io::Error::from(error).into()),
            };
            let found = file.metadata()?;
            if !found.is_file() {
                return Err(WriteError::Special);
            }
            if found.nlink() > 1 {
                return Err(WriteError::Names(found.nlink()));
            }
            if found.permissions().readonly() {
                return Err(WriteError::ReadOnly);
            }
            Ok(Some(Old { file, found }))
        }

        /// Replaces the old file, provided that it still exists and is unchanged.
        pub(super) fn replace(
            &self,
            name: &OsStr,
            old: Option<&Old>,
            content: &[u8],
        ) -> Result<(), WriteError> {
            let mode = if old.is_some() { 0o600 } else { NEW };
            let (new, mut file) = New::make(self, mode)?;
            file.write_all(content)?;
            if let Some(old) = old {
                old.keep(&file)?;
            }
            file.sync_all()?;
            let now = self.old(name)?;
            match (old, &now) {
                (Some(old), Some(now)) if old.is_same(now) => {}
                (None, None) => {}
                _ => return Err(WriteError::Changed),
            }
            new.take(name)
        }
    }

    impl Old {
        /// The current content.
        pub(super) fn read(&self) -> Result<Vec<u8>, WriteError> {
            let mut bytes = Vec::new();
            // One byte more than the known size reveals a file that has grown.
            (&self.file).take(self.found.len() + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        }

        /// Whether it is the same file and has not been written since.
        fn is_same(&self, other: &Self) -> bool {
            let known = |old: &Self| {
                let found = &old.found;
                let written = (found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec());
                (found.dev(), found.ino(), found.len(), written)
            };
            known(self) == known(other)
        }

        /// Copies the metadata of this file to a new one: owner, extended attributes, permissions.
        fn keep(&self, new: &File) -> Result<(), WriteError> {
            let found = new.metadata()?;
            if (found.uid(), found.gid()) != (self.found.uid(), self.found.gid()) {
                let (owner, group) = (Uid::from_raw(self.found.uid()), Gid::from_raw(self.found.gid()));
                fchown(new, Some(owner), Some(group))
                    .map_err(|error| WriteError::Kept("owner".to_owned(), error.into()))?;
            }
            #[cfg(any(target_os = "linux", target_os = "macos"))]
            attributes::keep(&self.file, new)?;
            // Permissions come last, because changing the owner clears some of them. Their type differs between
            // systems.
            #[allow(clippy::useless_conversion)]
            let mode = Mode::from_raw_mode((self.found.mode() & 0o7777).try_into().unwrap_or(0o600));
            fchmod(new, mode).map_err(|error| WriteError::Kept("permissions".to_owned(), error.into()))
        }
    }

    /// A new file that has not been renamed yet. It is deleted on drop unless it was.
    struct New<'f> {
        folder: &'f Folder,
        name: OsString,
        is_taken: bool,
    }

    impl<'f> New<'f> {
        /// Creates a file under an unused name.
        fn make(folder: &'f Folder, mode: u32) -> Result<(Self, File), WriteError> {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            #[allow(clippy::useless_conversion)]
            let mode = Mode::from_raw_mode(mode.try_into().unwrap_or(0o600));
            for _ in 0..MAX_NAMES {
                // The system seeds this, so the name is unpredictable.
                let random = std::hash::RandomState::new().build_hasher().finish();
                let name = OsString::from(format!(".bicep-race-lint{random:016x}"));
                match openat(&folder.0, &name, flags, mode) {
                    Ok(file) => return Ok((Self { folder, name, is_taken: false }, file.into())),
                    Err(Errno::EXIST) => {}
                    Err(error) => return Err(io::Error::from(error).into()),
                }
            }
            Err(io::Error::from(io::ErrorKind::AlreadyExists).into())
        }

        /// Renames the file atomically, replacing any file of that name.
        fn take(mut self, name: &OsStr) -> Result<(), WriteError> {
            renameat(&self.folder.0, &self.name, &self.folder.0, name).map_err(io::Error::from)?;
            self.is_taken = true;
            Ok(())
        }
    }

    impl Drop for New<'_> {
        fn drop(&mut self) {
            if !self.is_taken {
                // If this fails, nothing more can be done.
                let _ = unlinkat(&self.folder.0, &self.name, AtFlags::empty());
            }
        }
    }

    #[cfg(any(target_os = "linux", target_os = "macos"))]
    mod attributes {
        use std::ffi::OsStr;
        use std::fs::File;
        use std::io;
        use std::os::unix::ffi::OsStrExt as _;

        use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};
        use rustix::io::{Errno, Result};

        use crate::door::write::WriteError;

        /// Maximum size in bytes of an attribute, or of all names together: more than any system allows.
        const LARGEST: usize = 1 << 20;

        /// Copies the extended attributes of a file, including its access control list.
        pub(super) fn keep(old: &File, new: &File) -> std::result::Result<(), WriteError> {
            let names = match whole(|buffer| flistxattr(old, buffer)) {
                Ok(names) => names,
                // The file system does not support attributes.
                Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(()),
                Err(error) => return Err(kept("extended attributes", error)),
            };
            for name in names.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
                let name = OsStr::from_bytes(name);
                let shown = || format!("extended attribute `{}`", name.display());
                let value =
                    whole(|buffer| fgetxattr(old, name, buffer)).map_err(|error| kept(&shown(), error))?;
                // The system may have set the same attribute already, and may allow nobody else to set it.
                if whole(|buffer| fgetxattr(new, name, buffer)).is_ok_and(|known| known == value) {
                    continue;
                }
                fsetxattr(new, name, &value, XattrFlags::empty()).map_err(|error| kept(&shown(), error))?;
            }
            Ok(())
        }

        fn kept(what: &str, error: Errno) -> WriteError {
            WriteError::Kept(what.to_owned(), io::Error::from(error))
        }

        /// The complete result of a call whose size is not known in advance.
        fn whole(call: impl Fn(&mut [u8]) -> Result<usize>) -> Result<Vec<u8>> {
            let mut buffer = vec![0; 1024];
            loop {
                match call(&mut buffer) {
                    Ok(length) => {
                        buffer.truncate(length);
                        return Ok(buffer);
                    }
                    Err(Errno::RANGE) if buffer.len() < LARGEST => buffer.resize(buffer.len() * 4, 0),
                    Err(error) => return Err(error),
                }
            }
        }
    }
}

#[cfg(not(unix))]
mod imp {
    use std::ffi::OsStr;
    use std::fs;
    use std::io::{self, Write as _};
    use std::path::PathBuf;

    use super::{Target, WriteError};

    /// A folder, by its real path.
    pub(super) struct Folder(PathBuf);

    /// The file that is to be replaced.
    pub(super) struct Old {
        path: PathBuf,
        found: fs::Metadata,
    }

    impl Folder {
        pub(super) fn open(target: &Target) -> Result<Self, WriteError> {
            match &target.guard {
                Some(guard) if target.folder.canonicalize()? != target.folder => {
                    Err(WriteError::Link(guard.clone()))
                }
                _ => Ok(Self(target.folder.clone())),
            }
        }

        pub(super) fn old(&self, name: &OsStr) -> Result<Option<Old>, WriteError> {
            let path = self.0.join(name);
            match fs::symlink_metadata(&path) {
                Ok(found) if !found.is_file() => Err(WriteError::Special),
                Ok(found) if found.permissions().readonly() => Err(WriteError::ReadOnly),
                Ok(found) => Ok(Some(Old { path, found })),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error.into()),
            }
        }

        pub(super) fn replace(
            &self,
            name: &OsStr,
            old: Option<&Old>,
            content: &[u8],
        ) -> Result<(), WriteError> {
            let mut file = tempfile::Builder::new().prefix(".bicep-race-lint").tempfile_in(&self.0)?;
            file.write_all(content)?;
            file.as_file().sync_all()?;
            let now = self.old(name)?;
            let written = |old: &Old| (old.found.len(), old.found.modified().ok());
            if old.map(written) != now.as_ref().map(written) {
                return Err(WriteError::Changed);
            }
            file.persist(self.0.join(name)).map_err(|error| error.error)?;
            Ok(())
        }
    }

    impl Old {
        pub(super) fn read(&self) -> Result<Vec<u8>, WriteError> {
            Ok(fs::read(&self.path)?)
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
