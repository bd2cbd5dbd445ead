//! Writes changed texts to their files.

use crate::door::write::{Target, WriteError};

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Checks whether a template can be changed, as far as that can be known without writing. `before` is the text that was
/// read, without byte order mark.
///
/// # Errors
///
/// Returns the reason why it cannot.
pub fn check(target: &Target, before: &str) -> Result<(), WriteError> {
    target.check(|now| mark(now, before).map(drop))
}

/// Replaces the whole text of a template atomically. The byte order mark and all metadata of the file stay.
///
/// # Errors
///
/// Returns the reason why the file was not changed; most often, its text is no longer the one that was read.
pub fn write(target: &Target, before: &str, after: &str) -> Result<(), WriteError> {
    target.replace(|now| {
        let now = now.ok_or(std::io::ErrorKind::NotFound).map_err(std::io::Error::from)?;
        Ok([mark(now, before)?, after.as_bytes()].concat())
    })
}

/// The byte order mark of the file, provided that its text is still the one that was read.
fn mark<'b>(bytes: &'b [u8], before: &str) -> Result<&'b [u8], WriteError> {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(WriteError::Encoding);
    }
    let mark = if bytes.starts_with(MARK) { MARK.len() } else { 0 };
    let (mark, text) = bytes.split_at(mark);
    if text == before.as_bytes() { Ok(mark) } else { Err(WriteError::Changed) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::apply::{apply, only_inserts};
    use super::*;
    use crate::door::write::Guarded;
    use crate::rules::finding::Edit;
    use crate::source::{FileId, Place, Span};

    fn insert(at: u32, text: &str) -> Edit {
        Edit::new(Place { file: FileId(0), span: Span::empty(at) }, text.to_owned())
    }

    fn one(path: &Path, before: &str, after: &str) -> Result<(), WriteError> {
        let target = Guarded::new(path.parent()).inside(path)?;
        let checked = check(&target, before);
        let written = write(&target, before, after);
        assert_eq!(checked.is_ok(), written.is_ok(), "{checked:?}, {written:?}");
        written
    }

    /// Asserts that the file is unchanged and that no other file was left behind.
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
        let replaced = Edit::new(place, "x".to_owned());
        assert!(!only_inserts("abc", &apply("abc", &[&replaced]), &[&replaced]));
    }

    #[test]
    fn insertions_keep_everything_else() {
        let edits = [insert(3, "X"), insert(0, "<"), insert(3, "Y")];
        assert_eq!(apply("abcdef", &edits.iter().collect::<Vec<_>>()), "<abcXYdef");
    }

    #[test]
    fn a_text_that_was_decoded_is_left_alone() {
        for bytes in [b"\xFF\xFEa\0", b"\xFE\xFF\0a"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.bicep");
            fs::write(&path, bytes).unwrap();
            assert!(matches!(one(&path, "a", "ab"), Err(WriteError::Encoding)));
            assert_unharmed(&path, bytes);
        }
    }

    #[test]
    fn a_file_that_has_changed_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bicep");
        for now in ["new", "", "older", "ol", "Old"] {
            fs::write(&path, now).unwrap();
            assert!(matches!(one(&path, "old", "fixed"), Err(WriteError::Changed)));
            assert_unharmed(&path, now.as_bytes());
        }
    }

    #[test]
    fn byte_order_mark_and_line_ends_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bicep");
        fs::write(&path, b"\xEF\xBB\xBFold\r\n").unwrap();
        one(&path, "old\r\n", "older\r\n").unwrap();
        assert_unharmed(&path, b"\xEF\xBB\xBFolder\r\n");
    }

    #[test]
    fn a_missing_file_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bicep");
        assert!(matches!(one(&path, "", "x"), Err(WriteError::System(_))));
        fs::write(&path, "old").unwrap();
        let target = Guarded::new([folder.path()]).inside(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(matches!(check(&target, "old"), Err(WriteError::System(_))));
        assert!(matches!(write(&target, "old", "new"), Err(WriteError::System(_))));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "it is not made anew");
    }
}
