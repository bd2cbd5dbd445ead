//! Opens files without blocking, and reads them in bounded memory.

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::limit::{Limit, Reached};

/// Why a file is not read. The text continues the sentence `cannot read …: `.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// Nothing has this name.
    #[error("there is no such file")]
    Absent,
    /// It is a folder.
    #[error("it is a folder")]
    Folder,
    /// A device, a pipe or a socket: it may have no end, or block its reader.
    #[error("it is not a regular file")]
    NotRegular,
    /// Its real path is outside the boundary, which is shown.
    #[error("it is outside `{0}`")]
    Outside(String),
    /// Another file took its place between look and read.
    #[error("it was replaced while it was read")]
    Replaced,
    /// It is larger than the limit.
    #[error("{0}")]
    Large(Reached),
    /// An error of the operating system.
    #[error("{0}")]
    System(io::Error),
}

impl Unread {
    /// Whether there is no file of this name. A folder does not count as a file.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent | Self::Folder)
    }
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Absent,
            io::ErrorKind::IsADirectory => Self::Folder,
            _ => Self::System(error),
        }
    }
}

impl From<Unread> for io::Error {
    fn from(unread: Unread) -> Self {
        let kind = match &unread {
            Unread::Absent => io::ErrorKind::NotFound,
            Unread::Folder => io::ErrorKind::IsADirectory,
            Unread::NotRegular => io::ErrorKind::InvalidInput,
            Unread::Outside(_) => io::ErrorKind::PermissionDenied,
            Unread::Replaced => io::ErrorKind::StaleNetworkFileHandle,
            Unread::Large(_) => io::ErrorKind::FileTooLarge,
            Unread::System(_) => io::ErrorKind::Other,
        };
        match unread {
            Unread::System(error) => error,
            other => Self::new(kind, other.to_string()),
        }
    }
}

/// A file that was checked and may be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its path with all links resolved.
    pub real: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Identity of the file, on systems that have one.
    pub identity: Option<Identity>,
}

impl Seen {
    /// A file that is only a path, such as one in memory.
    pub fn plain(path: &Path, bytes: u64) -> Self {
        Self { real: path.to_owned(), bytes, identity: None }
    }

    /// A key that is the same for all names of the file.
    pub fn key(&self) -> FileKey {
        self.identity.map_or_else(|| FileKey::Path(self.real.clone().into_os_string()), FileKey::Identity)
    }
}

/// A key for a file that is the same for all its names: its identity, or its real path on systems without one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FileKey {
    /// The device and the number of the file on it.
    Identity(Identity),
    /// The path, with all links resolved.
    Path(OsString),
}

/// Device and number of a file, which are the same under all its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    device: u64,
    file: u64,
}

/// The identity of a file, on Unix (device and inode).
pub fn identity(found: &Metadata) -> Option<Identity> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Some(Identity { device: found.dev(), file: found.ino() })
    }
    #[cfg(not(unix))]
    {
        let _ = found;
        None
    }
}

/// Checks that the file is regular and not too large.
pub(super) fn admit(found: &Metadata) -> Result<(), Unread> {
    if found.is_dir() {
        return Err(Unread::Folder);
    }
    if !found.is_file() {
        return Err(Unread::NotRegular);
    }
    Limit::FileBytes.check(found.len()).map_err(Unread::Large)
}

/// Opens a file without blocking. Opening a pipe would otherwise wait for a writer.
fn open(path: &Path, follow_links: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let links = if follow_links { 0 } else { libc::O_NOFOLLOW };
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | links);
    }
    #[cfg(not(unix))]
    let _ = follow_links;
    options.open(path)
}

/// Whether opening failed because the path is a link.
fn is_link(error: &io::Error) -> bool {
    #[cfg(unix)]
    return error.raw_os_error() == Some(libc::ELOOP);
    #[cfg(not(unix))]
    {
        let _ = error;
        false
    }
}

/// Opens a regular file, and returns the metadata of the open file.
pub(super) fn open_regular(path: &Path) -> Result<(File, Metadata), Unread> {
    let file =
        open(path, false).map_err(|error| if is_link(&error) { Unread::Replaced } else { error.into() })?;
    let found = file.metadata()?;
    admit(&found)?;
    Ok((file, found))
}

/// Reads an open file up to the size that was found; bytes that are appended meanwhile are ignored.
pub(super) fn content(mut file: File, found: &Metadata, bytes: &mut Vec<u8>) -> Result<(), Unread> {
    bytes.clear();
    bytes.resize(found.len() as usize, 0);
    let mut read = 0;
    while read < bytes.len() {
        match file.read(&mut bytes[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    // The file may have become shorter in the meantime.
    bytes.truncate(read);
    if bytes.is_empty() {
        // Virtual files of the system report no size.
        *bytes = stream(file)?;
    }
    Ok(())
}

/// Reads a stream, such as standard input, up to the size limit of a file.
pub fn stream(from: impl Read) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    from.take(Limit::FileBytes.number() + 1).read_to_end(&mut bytes)?;
    Limit::FileBytes.check(bytes.len()).map_err(Unread::Large)?;
    Ok(bytes)
}

/// Whether a path names a stream of this process, such as `<(command)` in a shell. Only paths on the command line may.
pub fn is_stream(path: &Path) -> bool {
    let Some(text) = path.to_str().filter(|_| cfg!(unix)) else { return false };
    let number = text.strip_prefix("/dev/fd/").or_else(|| text.strip_prefix("/proc/self/fd/"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text == "/dev/stdin" || number.is_some_and(is_number)
}

/// Reads a file that the user named, wherever it is and through any links: a regular file, or a stream of this process.
pub fn named(path: &Path) -> Result<Vec<u8>, Unread> {
    if is_stream(path) {
        return stream(File::open(path)?);
    }
    admit(&std::fs::metadata(path)?)?;
    let file = open(path, true)?;
    let found = file.metadata()?;
    admit(&found)?;
    let mut bytes = Vec::new();
    content(file, &found, &mut bytes)?;
    Ok(bytes)
}

/// The path of an open file; `None` if the system cannot tell.
pub(super) fn place_of(file: &File) -> Option<PathBuf> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use std::ffi::OsStr;
        use std::os::fd::AsRawFd as _;
        use std::os::unix::ffi::OsStrExt as _;
        let place = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()?;
        // Editors save by replacing the file, and the replaced file then has no name.
        let bytes = place.as_os_str().as_bytes();
        match bytes.strip_suffix(b" (deleted)") {
            Some(bytes) => Some(PathBuf::from(OsStr::from_bytes(bytes))),
            None => Some(place),
        }
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = file;
        None
    }
}
