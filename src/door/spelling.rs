//! The spelling of a path on disk. Windows and macOS find a file whatever the case of the letters in its path; Linux does not.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The path as the disk spells it, if there is exactly one that differs only in the case of ASCII letters.
pub fn spelled(path: &Path) -> Option<PathBuf> {
    let known = path.ancestors().skip(1).find(|folder| folder.is_dir())?;
    let rest = path.strip_prefix(known).ok()?;
    rest.components().try_fold(known.to_owned(), |folder, part| only_alike(&folder, part.as_os_str()))
}

/// The only entry of a folder whose name differs at most in the case of letters.
fn only_alike(folder: &Path, name: &OsStr) -> Option<PathBuf> {
    let names = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.file_name());
    let mut alike = names.filter(|known| known.eq_ignore_ascii_case(name));
    let found = alike.next()?;
    alike.next().is_none().then(|| folder.join(found))
}
