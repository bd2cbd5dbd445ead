//! Edits to texts, texts to files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::rules::finding::Edit;

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

/// A text with insertions made. Edits of one place keep their order.
pub fn apply(text: &str, edits: &[&Edit]) -> String {
    let mut sorted = edits.to_vec();
    sorted.sort_by_key(|edit| edit.place.span);
    let added: usize = sorted.iter().map(|edit| edit.insert.len()).sum();
    let mut out = String::with_capacity(text.len() + added);
    let mut at = 0;
    for edit in sorted {
        let range = edit.place.span.range();
        if range.start < at {
            continue;
        }
        out.push_str(&text[at..range.start]);
        out.push_str(&edit.insert);
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The difference of two texts, as `diff -u` shows it.
pub fn diff(path: &str, before: &str, after: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, after);
    diff.unified_diff().context_radius(3).header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}

/// Replaces a file as a whole or not at all: `before` is what was read, without its byte order mark. Links are followed to
/// the file, permissions and byte order mark are kept.
pub fn write(path: &Path, before: &str, after: &str) -> Result<(), FixError> {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    let failed = |source: io::Error| FixError::File { path: path.to_owned(), source };
    let target = fs::canonicalize(path).map_err(failed)?;
    let bytes = fs::read(&target).map_err(failed)?;
    let (mark, content) = match bytes.strip_prefix(MARK) {
        Some(content) => (MARK, content),
        None => (&b""[..], bytes.as_slice()),
    };
    if content != before.as_bytes() {
        return Err(FixError::Changed(path.to_owned()));
    }
    let permissions = fs::metadata(&target).map_err(failed)?.permissions();
    if permissions.readonly() {
        return Err(failed(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only")));
    }
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    io::Write::write_all(&mut file, mark).map_err(failed)?;
    io::Write::write_all(&mut file, after.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    fs::set_permissions(file.path(), permissions).map_err(failed)?;
    file.persist(&target).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Place, Span};

    fn insert(at: u32, text: &str) -> Edit {
        Edit { place: Place { file: FileId(0), span: Span::empty(at) }, insert: text.to_owned() }
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
        assert!(matches!(write(&path, "old", "fixed"), Err(FixError::Changed(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn byte_order_mark_and_permissions_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bicep");
        fs::write(&path, b"\xEF\xBB\xBFold\r\n").unwrap();
        write(&path, "old\r\n", "older\r\n").unwrap();
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
        write(&link, "old", "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
        assert!(matches!(write(&path, "new", "newer"), Err(FixError::File { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn a_missing_file_is_told() {
        assert!(matches!(write(Path::new("/no/such/file"), "", "x"), Err(FixError::File { .. })));
    }
}
