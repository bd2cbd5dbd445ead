//! The door through which files are written.
//!
//! What is checked may come from strangers, and with it every name in it: `races.html` may be a link to a file somewhere else.
//! So below a [`Guarded`] folder no link is followed to where something is written. A file is replaced as a whole or not at
//! all: the new one is made beside it under another name, gets all that the old one has but its content, and takes its name
//! in one step. All of that happens in a folder that is held open; what is put in the place of that folder, or of one above
//! it, changes nothing.

use crate::small_sort::SmallSort as _;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::signals;

/// Why a file was not written. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A link where none is followed.
    #[error("its path is a link, and links are not followed below `{}`", .0.display())]
    Link(PathBuf),
    /// It really lies somewhere else.
    #[error("it leads out of what was given")]
    Outside,
    /// A folder, a pipe, a device.
    #[error("it is no regular file")]
    Special,
    /// Other names of the same file would keep the old content.
    #[error("it is one of {0} names of a file, which replacing it would part")]
    Names(u64),
    /// Nobody may write it.
    #[error("it is read-only")]
    ReadOnly,
    /// Someone else has changed it.
    #[error("it has changed since it was read")]
    Changed,
    /// It is not in UTF-8.
    #[error("it is not written in UTF-8")]
    Encoding,
    /// The new file would lack something that the old one has.
    #[error("its {0} cannot be kept: {1}")]
    Kept(String, io::Error),
    /// The system says no.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// Folders whose content strangers may have made, by real path.
#[derive(Clone, Debug, Default)]
pub struct Guarded {
    folders: Vec<PathBuf>,
}

impl Guarded {
    /// These folders, with all that is below them. What is not there needs no guard.
    pub fn new<P: AsRef<Path>>(folders: impl IntoIterator<Item = P>) -> Self {
        let mut folders: Vec<PathBuf> =
            folders.into_iter().filter_map(|folder| folder.as_ref().canonicalize().ok()).collect();
        folders.small_sort();
        folders.dedup();
        Self { folders }
    }

    /// The highest of the folders that holds a real path.
    fn around(&self, real: &Path) -> Option<&Path> {
        self.folders.iter().map(PathBuf::as_path).find(|folder| real.starts_with(folder))
    }

    /// Where a path from the root leads, where a file may be written. It need not be there.
    ///
    /// # Errors
    ///
    /// [`WriteError::Link`] where a link lies in one of the folders; what the system says.
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
                // A new file, or one in a folder that is missing, which is told when it is written.
                Err(error) if error.kind() == io::ErrorKind::NotFound && !is_link => next,
                Err(error) => return Err(error.into()),
            };
        }
        let guard = self.around(&real).map(Path::to_owned);
        Target::real(&real, guard)
    }

    /// The file that a path leads to, where that really lies in one of the folders.
    ///
    /// # Errors
    ///
    /// [`WriteError::Outside`]; what the system says.
    pub fn inside(&self, path: &Path) -> Result<Target, WriteError> {
        let real = path.canonicalize()?;
        let guard = self.around(&real).ok_or(WriteError::Outside)?.to_owned();
        Target::real(&real, Some(guard))
    }
}

/// A file to be written, there or not, by its real path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    folder: PathBuf,
    name: OsString,
    /// The guarded folder that it lies in: from there on nothing is a link.
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

    /// Its path, without links.
    pub fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// Whether it lies in a guarded folder.
    pub fn is_guarded(&self) -> bool {
        self.guard.is_some()
    }

    /// Looks whether the file can be replaced, as far as that can be told beforehand. `expected` says what is wrong with what it
    /// says now.
    ///
    /// # Errors
    ///
    /// The reason why it cannot.
    pub fn check(&self, expected: impl FnOnce(&[u8]) -> Result<(), WriteError>) -> Result<(), WriteError> {
        let folder = imp::Folder::open(self)?;
        match folder.old(&self.name)? {
            Some(old) => expected(&old.read()?),
            None => Err(io::Error::from(io::ErrorKind::NotFound).into()),
        }
    }

    /// Replaces the file, or makes it. `content` is given what it says now, and says what it is to say.
    ///
    /// # Errors
    ///
    /// The reason why it is as it was.
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

/// How many names there may be for a new file until one is free.
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

    /// Permissions of a file that is new; the process's mask takes away what the user does not want.
    const NEW: u32 = 0o666;

    /// A folder that is held open.
    pub(super) struct Folder(OwnedFd);

    /// The file that is to be replaced, held open.
    pub(super) struct Old {
        file: File,
        found: Metadata,
    }

    /// To look through a folder it need not be listed.
    #[cfg(target_os = "linux")]
    const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
    #[cfg(not(target_os = "linux"))]
    const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

    impl Folder {
        /// Opens the folder of a target: from the guarded one on, name by name, none of them a link.
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

        /// The regular file of a name, if there is one.
        pub(super) fn old(&self, name: &OsStr) -> Result<Option<Old>, WriteError> {
            let flags =
                OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            let file = match openat(&self.0, name, flags, Mode::empty()) {
                Ok(file) => File::from(file),
                Err(Errno::NOENT) => return Ok(None),
                // A link, or a socket.
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

        /// Puts a new file in the place of the old one, which is still there and still the same.
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
        /// What it says.
        pub(super) fn read(&self) -> Result<Vec<u8>, WriteError> {
            let mut bytes = Vec::new();
            // What has grown beyond what was seen has changed.
            (&self.file).take(self.found.len() + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        }

        /// Whether it is the same file, and nobody has written to it.
        fn is_same(&self, other: &Self) -> bool {
            let known = |old: &Self| {
                let found = &old.found;
                let written = (found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec());
                (found.dev(), found.ino(), found.len(), written)
            };
            known(self) == known(other)
        }

        /// Gives a new file what this one has besides its content: owner, extended attributes, permissions.
        fn keep(&self, new: &File) -> Result<(), WriteError> {
            let found = new.metadata()?;
            if (found.uid(), found.gid()) != (self.found.uid(), self.found.gid()) {
                let (owner, group) = (Uid::from_raw(self.found.uid()), Gid::from_raw(self.found.gid()));
                fchown(new, Some(owner), Some(group))
                    .map_err(|error| WriteError::Kept("owner".to_owned(), error.into()))?;
            }
            #[cfg(any(target_os = "linux", target_os = "macos"))]
            attributes::keep(&self.file, new)?;
            // Last, as a new owner takes some of them away. What they are called differs between systems.
            #[allow(clippy::useless_conversion)]
            let mode = Mode::from_raw_mode((self.found.mode() & 0o7777).try_into().unwrap_or(0o600));
            fchmod(new, mode).map_err(|error| WriteError::Kept("permissions".to_owned(), error.into()))
        }
    }

    /// A file that has no place yet. It goes where it gets none.
    struct New<'f> {
        folder: &'f Folder,
        name: OsString,
        is_taken: bool,
    }

    impl<'f> New<'f> {
        /// Makes a file under a name that nothing has.
        fn make(folder: &'f Folder, mode: u32) -> Result<(Self, File), WriteError> {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            #[allow(clippy::useless_conversion)]
            let mode = Mode::from_raw_mode(mode.try_into().unwrap_or(0o600));
            for _ in 0..MAX_NAMES {
                // Seeded by the system: nobody can tell it beforehand.
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

        /// Takes a name, in one step, from whatever has it.
        fn take(mut self, name: &OsStr) -> Result<(), WriteError> {
            renameat(&self.folder.0, &self.name, &self.folder.0, name).map_err(io::Error::from)?;
            self.is_taken = true;
            Ok(())
        }
    }

    impl Drop for New<'_> {
        fn drop(&mut self) {
            if !self.is_taken {
                // Nobody else can do more about it.
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

        /// So many bytes an attribute, or all their names, can take: more than any system allows.
        const LARGEST: usize = 1 << 20;

        /// Gives a file the extended attributes of another, its access list among them.
        pub(super) fn keep(old: &File, new: &File) -> std::result::Result<(), WriteError> {
            let names = match whole(|buffer| flistxattr(old, buffer)) {
                Ok(names) => names,
                // There are none where the file system knows none.
                Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(()),
                Err(error) => return Err(kept("extended attributes", error)),
            };
            for name in names.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
                let name = OsStr::from_bytes(name);
                let shown = || format!("extended attribute `{}`", name.display());
                let value =
                    whole(|buffer| fgetxattr(old, name, buffer)).map_err(|error| kept(&shown(), error))?;
                // The system may have given the new file the same, and let nobody else do it.
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

        /// All that a call has to give, whose size nobody knows beforehand.
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
