//! Texts to files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Why a file was not changed. Its content is as before.
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    /// It could not be read or written.
    #[error("cannot change `{}`; it is as before", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Someone else has changed it since it was read.
    #[error("`{}` has changed since it was read; it is as before", .0.display())]
    Changed(PathBuf),
}

/// A file, what was read (without byte order mark), and what takes its place.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'t> {
    /// The file.
    pub path: &'t Path,
    /// What was read.
    pub before: &'t str,
    /// What it becomes.
    pub after: &'t str,
}

/// Replaces files, each as a whole or not at all, and none before all the new ones lie complete beside the old. Links are
/// followed to the file; owner, permissions and byte order mark are kept.
pub fn write(files: &[Replacement<'_>]) -> Result<(), FixError> {
    write_with(files, io::Write::write_all)
}

fn write_with(
    files: &[Replacement<'_>],
    mut write_into: impl FnMut(&mut NamedTempFile, &[u8]) -> io::Result<()>,
) -> Result<(), FixError> {
    let prepared = |replacement| Prepared::new(replacement, &mut write_into);
    let prepared: Vec<Prepared<'_>> = files.iter().map(prepared).collect::<Result<_, _>>()?;
    prepared.into_iter().try_for_each(Prepared::persist)
}

/// A new file beside the old one.
struct Prepared<'t> {
    replacement: &'t Replacement<'t>,
    target: PathBuf,
    file: NamedTempFile,
}

impl<'t> Prepared<'t> {
    fn new(
        replacement: &'t Replacement<'t>,
        write_into: &mut impl FnMut(&mut NamedTempFile, &[u8]) -> io::Result<()>,
    ) -> Result<Self, FixError> {
        let failed = |source| replacement.failed(source);
        let target = fs::canonicalize(replacement.path).map_err(failed)?;
        let metadata = fs::metadata(&target).map_err(failed)?;
        if metadata.permissions().readonly() {
            return Err(failed(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only")));
        }
        let mark = replacement.mark(&target)?;
        let folder = target.parent().unwrap_or(Path::new("."));
        let mut file = NamedTempFile::with_prefix_in(".bicep-race-lint", folder).map_err(failed)?;
        write_into(&mut file, &[mark, replacement.after.as_bytes()].concat()).map_err(failed)?;
        keep_owner(file.as_file(), &metadata);
        file.as_file().set_permissions(metadata.permissions()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        Ok(Self { replacement, target, file })
    }

    fn persist(self) -> Result<(), FixError> {
        self.replacement.mark(&self.target)?;
        self.file.persist(&self.target).map(drop).map_err(|error| self.replacement.failed(error.error))
    }
}

impl Replacement<'_> {
    fn failed(&self, source: io::Error) -> FixError {
        FixError::File { path: self.path.to_owned(), source }
    }

    /// The byte order mark, if the file still says what was read. A text that had to be decoded (UTF-16) is not the same.
    fn mark(&self, target: &Path) -> Result<&'static [u8], FixError> {
        const MARK: &[u8] = b"\xEF\xBB\xBF";
        let bytes = fs::read(target).map_err(|source| self.failed(source))?;
        let (mark, content) = bytes.strip_prefix(MARK).map_or((&b""[..], &*bytes), |content| (MARK, content));
        if content == self.before.as_bytes() {
            Ok(mark)
        } else {
            Err(FixError::Changed(self.path.to_owned()))
        }
    }
}

/// Gives a file the owner of another, as far as the system lets us: only an administrator may change an owner.
#[cfg(unix)]
fn keep_owner(file: &fs::File, old: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let _ = fchown(file, Some(old.uid()), Some(old.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &fs::File, _: &fs::Metadata) {}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::super::apply::{apply, only_inserts};
    use super::*;
    use crate::rules::finding::Edit;
    use crate::source::{FileId, Place, Span};

    fn insert(at: u32, text: &str) -> Edit {
        Edit { place: Place { file: FileId(0), span: Span::empty(at) }, insert: text.to_owned() }
    }

    fn one(path: &Path, before: &str, after: &str) -> Result<(), FixError> {
        write(&[Replacement { path, before, after }])
    }

    /// The file is as it was, and nothing lies beside it.
    fn assert_unharmed(path: &Path, bytes: &[u8]) {
        assert_eq!(fs::read(path).unwrap(), bytes);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn only_insertions_pass_for_insertions() {
        let edits = [insert(3, "y"), insert(1, "xx")];
        let edits: Vec<&Edit> = edits.iter().collect();
        assert_eq!(apply("abcd", &edits), "axxbcyd");
        assert!(only_inserts("abcd", "axxbcyd", &edits));
        for other in ["axxbcydz", "axxbcy", "axxcyd", "abcd", ""] {
            assert!(!only_inserts("abcd", other, &edits), "{other}");
        }
        let place = Place { file: FileId(0), span: Span::new(1, 2) };
        let replaced = Edit { place, insert: "x".to_owned() };
        assert!(!only_inserts("abc", &apply("abc", &[&replaced]), &[&replaced]));
    }

    #[test]
    fn a_full_disk_leaves_every_file_whole() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let paths = folders.each_ref().map(|folder| folder.path().join("a.bicep"));
        for path in &paths {
            fs::write(path, "old").unwrap();
        }
        let files = paths.each_ref().map(|path| Replacement { path, before: "old", after: "older" });
        let mut room = 7;
        let failed = write_with(&files, |file, bytes| {
            let fits = bytes.len().min(room);
            file.write_all(&bytes[..fits])?;
            room -= fits;
            if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        });
        match failed {
            Err(FixError::File { path, source }) => {
                assert_eq!((&path, source.kind()), (&paths[1], io::ErrorKind::StorageFull));
            }
            found => panic!("{found:?}"),
        }
        for path in &paths {
            assert_unharmed(path, b"old");
        }
    }

    #[test]
    fn a_file_that_changes_in_the_last_moment_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bicep");
        fs::write(&path, "old").unwrap();
        let failed =
            write_with(&[Replacement { path: &path, before: "old", after: "older" }], |file, bytes| {
                fs::write(&path, "new")?;
                file.write_all(bytes)
            });
        assert!(matches!(failed, Err(FixError::Changed(at)) if at == path));
        assert_unharmed(&path, b"new");
    }

    #[test]
    fn a_text_that_was_decoded_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bicep");
        fs::write(&path, b"\xFF\xFEa\0").unwrap();
        assert!(matches!(one(&path, "a", "ab"), Err(FixError::Changed(_))));
        assert_unharmed(&path, b"\xFF\xFEa\0");
    }

    #[test]
    fn insertions_keep_everything_else() {
        let edits = [insert(3, "X"), insert(0, "<"), insert(3, "Y")];
        assert_eq!(apply("abcdef", &edits.iter().collect::<Vec<_>>()), "<abcXYdef");
    }

    #[test]
    fn a_file_that_has_changed_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bicep");
        fs::write(&path, "new").unwrap();
        assert!(matches!(one(&path, "old", "fixed"), Err(FixError::Changed(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn byte_order_mark_and_permissions_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bicep");
        fs::write(&path, b"\xEF\xBB\xBFold\r\n").unwrap();
        one(&path, "old\r\n", "older\r\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"\xEF\xBB\xBFolder\r\n");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_a_read_only_file_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.bicep"), folder.path().join("link.bicep"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        one(&link, "old", "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
        assert!(matches!(one(&path, "new", "newer"), Err(FixError::File { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn a_missing_file_is_told() {
        assert!(matches!(one(Path::new("/no/such/file"), "", "x"), Err(FixError::File { .. })));
    }
}
