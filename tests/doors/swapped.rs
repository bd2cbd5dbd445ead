//! Changes between look and read: the door checks the file that it has opened, not its name.

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bicep_race_lint::door::{Boundary, Seen, Unread};

use crate::tree::{SECRET, Tree};

fn boundary(tree: &Tree) -> Boundary {
    let repository = tree.path("repo");
    Boundary::around(&repository, [(repository.as_path(), repository.as_path())], None)
}

/// Reads a file after another process has changed something between look and read.
fn read_after(tree: &Tree, path: &str, between: impl FnOnce(&Path)) -> Result<String, Unread> {
    let (boundary, path) = (boundary(tree), tree.path(path));
    let seen: Seen = boundary.look(&path).unwrap();
    between(&path);
    boundary.read(&seen).map(|bytes| String::from_utf8(bytes).unwrap())
}

fn replace_by_link(path: &Path, target: &Path) {
    if path.is_dir() {
        std::fs::rename(path, path.with_extension("old")).unwrap();
    } else {
        std::fs::remove_file(path).unwrap();
    }
    std::os::unix::fs::symlink(target, path).unwrap();
}

#[test]
fn a_link_in_place_of_the_file_is_not_followed() {
    let tree = Tree::with_repository().file("repo/a.bicep", "ours");
    let secret = tree.path("secret");
    let read = read_after(&tree, "repo/a.bicep", |path| replace_by_link(path, &secret));
    assert!(matches!(read, Err(Unread::Replaced)), "{read:?}");
}

#[test]
fn a_link_in_place_of_its_folder_is_noticed() {
    let tree = Tree::with_repository().file("repo/lib/a.bicep", "ours").file("other/a.bicep", SECRET);
    let (lib, other) = (tree.path("repo/lib"), tree.path("other"));
    let read = read_after(&tree, "repo/lib/a.bicep", |_| replace_by_link(&lib, &other));
    assert!(matches!(read, Err(Unread::Replaced)), "{read:?}");
    // The folder is cached, and the path now leads through a link; reading must notice that.
    let tree = Tree::with_repository().file("repo/lib/a.bicep", "ours").file("other/a.bicep", SECRET);
    let (lib, other) = (tree.path("repo/lib"), tree.path("other"));
    let (boundary, path) = (boundary(&tree), tree.path("repo/lib/a.bicep"));
    boundary.look(&path).unwrap();
    replace_by_link(&lib, &other);
    let read = boundary.read_path(&path);
    assert!(matches!(read, Err(Unread::Replaced)), "{read:?}");
}

#[test]
fn a_pipe_in_place_of_the_file_does_not_block() {
    let tree = Tree::with_repository().file("repo/a.bicep", "ours");
    let read = read_after(&tree, "repo/a.bicep", |path| {
        std::fs::remove_file(path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    });
    assert!(matches!(read, Err(Unread::NotRegular)), "{read:?}");
    let tree = Tree::with_repository().file("repo/a.bicep", "ours");
    let read = read_after(&tree, "repo/a.bicep", |path| std::fs::remove_file(path).unwrap());
    assert!(matches!(read, Err(Unread::Absent)), "{read:?}");
    let tree = Tree::with_repository().file("repo/a.bicep", "ours");
    let read = read_after(&tree, "repo/a.bicep", |path| {
        std::fs::remove_file(path).unwrap();
        std::fs::create_dir(path).unwrap();
    });
    assert!(matches!(read, Err(Unread::Folder)), "{read:?}");
}

#[test]
fn a_file_that_an_editor_saves_meanwhile_is_read() {
    let tree = Tree::with_repository().file("repo/a.bicep", "old").file("repo/new", "newer");
    let new = tree.path("repo/new");
    let read = read_after(&tree, "repo/a.bicep", |path| std::fs::rename(&new, path).unwrap());
    assert_eq!(read.unwrap(), "newer");
    let tree = Tree::with_repository().file("repo/a.bicep", "old");
    let read = read_after(&tree, "repo/a.bicep", |path| std::fs::write(path, "").unwrap());
    assert_eq!(read.unwrap(), "");
    let tree = Tree::with_repository().file("repo/a.bicep", "old");
    let read = read_after(&tree, "repo/a.bicep", |path| {
        std::fs::File::options().write(true).open(path).unwrap().set_len((64 << 20) + 1).unwrap();
    });
    assert!(matches!(read, Err(Unread::Large(_))), "{read:?}");
}

#[test]
fn a_file_that_keeps_growing_is_read_to_its_known_size() {
    let tree = Tree::with_repository().file("repo/a.bicep", "begin");
    let (boundary, path) = (boundary(&tree), tree.path("repo/a.bicep"));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = std::fs::File::options().append(true).open(&path).unwrap();
            // It stays below the size limit, so that it is read.
            for _ in 0..30_000 {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                file.write_all(&[b' '; 512]).unwrap();
            }
        });
        for _ in 0..100 {
            let seen = boundary.look(&path).unwrap();
            let bytes = boundary.read(&seen).unwrap();
            assert!(bytes.starts_with(b"begin") && bytes.len() as u64 >= seen.bytes);
        }
        stop.store(true, Ordering::Relaxed);
    });
}

/// Another thread swaps a file and a link to the secret as fast as possible. Each is seen sometimes, but the secret is
/// never read.
#[test]
fn no_race_reveals_the_secret() {
    let tree = Tree::with_repository().file("repo/lib/a.bicep", "ours").file("other/a.bicep", SECRET);
    let tree = tree.link("repo/linked", "../other").folder("repo/spare");
    let path = tree.path("repo/lib/a.bicep");
    let (lib, linked, spare) = (tree.path("repo/lib"), tree.path("repo/linked"), tree.path("repo/spare/lib"));
    let stop = AtomicBool::new(false);
    let (mut ours, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                // The link replaces the folder, and the folder comes back.
                std::fs::rename(&lib, &spare).unwrap();
                std::fs::rename(&linked, &lib).unwrap();
                std::thread::sleep(Duration::from_micros(20));
                std::fs::rename(&lib, &linked).unwrap();
                std::fs::rename(&spare, &lib).unwrap();
                std::thread::sleep(Duration::from_micros(20));
            }
        });
        for round in 0..4000 {
            // Facts about folders are new, or cached a moment ago.
            let boundary = boundary(&tree);
            for _ in 0..=(round % 3) {
                match boundary.read_path(&path) {
                    Ok(bytes) => {
                        assert_eq!(bytes, b"ours");
                        ours += 1;
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(ours > 0 && refused > 0, "{ours} read, {refused} refused");
}
