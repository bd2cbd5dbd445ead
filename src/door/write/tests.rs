//! Attacks on a write: another process swaps the file, or a folder above it, before or during the write.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

/// A guarded folder `in`, and next to it a folder `out` with a file that no write may change.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("in/sub")).unwrap();
        fs::create_dir(folder.path().join("out")).unwrap();
        fs::write(folder.path().join("out/file"), "outside").unwrap();
        fs::write(folder.path().join("in/sub/file"), "old").unwrap();
        Self(folder)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(path)
    }

    fn guarded(&self) -> Guarded {
        Guarded::new([self.at("in")])
    }

    fn target(&self, path: &str) -> Result<Target, WriteError> {
        self.guarded().target(&self.at(path))
    }

    /// `out` is unchanged, and no temporary file remains.
    fn assert_unharmed(&self) {
        assert_eq!(fs::read_to_string(self.at("out/file")).unwrap(), "outside");
        assert_eq!(fs::read_dir(self.at("out")).unwrap().count(), 1);
        for entry in walkdir::WalkDir::new(self.0.path()).into_iter().map(Result::unwrap) {
            assert!(!entry.file_name().to_string_lossy().starts_with(".bicep"), "{}", entry.path().display());
        }
    }
}

fn replace(target: &Target) -> Result<(), WriteError> {
    target.replace(|_| Ok("new"))
}

#[test]
fn a_file_is_made_or_replaced() {
    let place = Place::new();
    for path in ["in/sub/file", "in/sub/another", "in/third", "out/../in/sub/./file"] {
        replace(&place.target(path).unwrap()).unwrap();
        assert_eq!(fs::read_to_string(place.at(path)).unwrap(), "new", "{path}");
        assert!(place.target(path).unwrap().is_guarded());
    }
    let mode = fs::metadata(place.at("in/third")).unwrap().permissions().mode() & 0o777;
    fs::write(place.at("in/fourth"), "").unwrap();
    assert_eq!(mode, fs::metadata(place.at("in/fourth")).unwrap().permissions().mode() & 0o777);
    place.assert_unharmed();
}

#[test]
fn below_a_guarded_folder_no_link_is_followed() {
    let place = Place::new();
    symlink(place.at("out/file"), place.at("in/file")).unwrap();
    symlink(place.at("out"), place.at("in/folder")).unwrap();
    symlink(place.at("in/sub"), place.at("in/own")).unwrap();
    symlink("nowhere", place.at("in/dangling")).unwrap();
    for path in ["in/file", "in/folder/file", "in/folder/new", "in/own/file", "in/dangling"] {
        assert!(
            matches!(place.target(path), Err(WriteError::Link(folder)) if folder == place.at("in")),
            "{path}"
        );
    }
    // A link outside that leads into the guarded folder is followed: whoever wrote the templates cannot have made it.
    symlink(place.at("in"), place.at("alias")).unwrap();
    replace(&place.target("alias/sub/file").unwrap()).unwrap();
    assert_eq!(fs::read_to_string(place.at("in/sub/file")).unwrap(), "new");
    assert!(matches!(place.target("alias/file"), Err(WriteError::Link(_))));
    // Outside the guarded folder the user's own links are followed.
    symlink(place.at("in/sub/file"), place.at("out/link")).unwrap();
    assert_eq!(place.target("out/link").unwrap(), place.target("in/sub/file").unwrap());
    fs::remove_file(place.at("out/link")).unwrap();
    place.assert_unharmed();
}

#[test]
fn the_real_path_decides_what_is_inside() {
    let place = Place::new();
    symlink(place.at("out/file"), place.at("in/leads-out")).unwrap();
    symlink(place.at("in/sub/file"), place.at("in/stays")).unwrap();
    let inside = |path: &str| place.guarded().inside(&place.at(path));
    assert!(matches!(inside("in/leads-out"), Err(WriteError::Outside)));
    assert!(matches!(inside("out/file"), Err(WriteError::Outside)));
    assert!(matches!(inside("in/nothing"), Err(WriteError::System(_))));
    assert_eq!(inside("in/stays").unwrap(), inside("in/sub/file").unwrap());
    // `in-2` starts with the text `in` but is a different folder.
    fs::create_dir(place.at("in-2")).unwrap();
    fs::write(place.at("in-2/file"), "").unwrap();
    assert!(matches!(inside("in-2/file"), Err(WriteError::Outside)));
}

#[test]
fn a_link_swapped_in_after_the_check_is_not_followed() {
    // The file itself is replaced by a link.
    let place = Place::new();
    let target = place.target("in/sub/file").unwrap();
    fs::remove_file(place.at("in/sub/file")).unwrap();
    symlink(place.at("out/file"), place.at("in/sub/file")).unwrap();
    assert!(matches!(replace(&target), Err(WriteError::Special)));
    place.assert_unharmed();
    // The folder above the file is replaced by a link.
    let place = Place::new();
    let target = place.target("in/sub/file").unwrap();
    fs::rename(place.at("in/sub"), place.at("in/moved")).unwrap();
    symlink(place.at("out"), place.at("in/sub")).unwrap();
    assert!(matches!(replace(&target), Err(WriteError::Link(_))));
    assert_eq!(fs::read_to_string(place.at("in/moved/file")).unwrap(), "old");
    place.assert_unharmed();
}

/// What another process does: the first path is the file being written, the second a file outside the guarded folder.
type Change = fn(&Path, &Path) -> io::Result<()>;

#[test]
fn a_swap_during_the_write_is_not_followed() {
    // The folder is swapped: the write goes to the folder that was opened, even after it was moved.
    let place = Place::new();
    let target = place.target("in/sub/file").unwrap();
    let written = target.replace(|old| {
        assert_eq!(old, Some(&b"old"[..]));
        fs::rename(place.at("in/sub"), place.at("in/moved"))?;
        symlink(place.at("out"), place.at("in/sub"))?;
        Ok("new")
    });
    written.unwrap();
    assert_eq!(fs::read_to_string(place.at("in/moved/file")).unwrap(), "new");
    place.assert_unharmed();
    // The file is swapped.
    let changes: [(Change, &str); 4] = [
        (|file, out| fs::remove_file(file).and_then(|()| symlink(out, file)), "outside"),
        (|file, _| fs::write(file, "theirs"), "theirs"),
        (|file, _| fs::remove_file(file), ""),
        (|file, _| fs::remove_file(file).and_then(|()| fs::write(file, "old")), "old"),
    ];
    for (change, left) in changes {
        let place = Place::new();
        let target = place.target("in/sub/file").unwrap();
        let written = target.replace(|_| {
            change(&place.at("in/sub/file"), &place.at("out/file"))?;
            Ok("new")
        });
        assert!(matches!(written, Err(WriteError::Changed | WriteError::Special)), "{left}: {written:?}");
        assert_eq!(fs::read_to_string(place.at("in/sub/file")).unwrap_or_default(), left);
        place.assert_unharmed();
    }
    // A file is created where none existed.
    let place = Place::new();
    let target = place.target("in/sub/another").unwrap();
    let written = target.replace(|old| {
        assert_eq!(old, None);
        fs::write(place.at("in/sub/another"), "theirs")?;
        Ok("new")
    });
    assert!(matches!(written, Err(WriteError::Changed)), "{written:?}");
    assert_eq!(fs::read_to_string(place.at("in/sub/another")).unwrap(), "theirs");
    place.assert_unharmed();
}

#[test]
fn only_a_regular_file_of_one_name_that_may_be_written_is_replaced() {
    let place = Place::new();
    let file = place.at("in/sub/file");
    let target = place.target("in/sub/file").unwrap();
    fs::hard_link(&file, place.at("in/other")).unwrap();
    assert!(matches!(replace(&target), Err(WriteError::Names(2))));
    fs::remove_file(place.at("in/other")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o555)).unwrap();
    assert!(matches!(replace(&target), Err(WriteError::ReadOnly)));
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(matches!(replace(&target), Err(WriteError::Special)));
    fs::remove_dir(&file).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(&file).unwrap();
    assert!(matches!(replace(&target), Err(WriteError::Special)));
    place.assert_unharmed();
    assert!(matches!(
        place.target("in/missing/file").map(|target| replace(&target)),
        Ok(Err(WriteError::System(_)))
    ));
    assert!(Guarded::default().target(Path::new("/")).is_err());
}

#[test]
fn an_error_of_the_callback_leaves_the_file_unchanged() {
    let place = Place::new();
    let target = place.target("in/sub/file").unwrap();
    assert!(matches!(target.replace(|_| Err::<&str, _>(WriteError::Encoding)), Err(WriteError::Encoding)));
    assert!(matches!(target.check(|_| Err(WriteError::Changed)), Err(WriteError::Changed)));
    target.check(|bytes| if bytes == b"old" { Ok(()) } else { Err(WriteError::Changed) }).unwrap();
    place.assert_unharmed();
}
