//! Which files a folder holds: `.gitignore` respected, hidden folders left out, links to folders not followed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

/// What a folder holds.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// The Bicep and parameter files, sorted, by absolute paths.
    pub found: Vec<PathBuf>,
    /// What could not be looked at, and why.
    pub unreadable: Vec<(PathBuf, String)>,
    /// The folders that hold none of the files that were asked about.
    pub without: Vec<PathBuf>,
}

/// What is ignored in a folder: by its own rules, and by those of the folders above.
struct Rules<'r> {
    own: Gitignore,
    above: Option<&'r Rules<'r>>,
}

/// Looks through a folder, its parts side by side. `names` are files that are looked for on the way.
pub fn walk(folder: &Path, names: &[&str]) -> Walk {
    let folder = &std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    walk_below(&above(folder), None, folder, names)
}

/// Looks through a folder, whose rules begin with those of some folders above it.
fn walk_below(between: &[&Path], above: Option<&Rules<'_>>, folder: &Path, names: &[&str]) -> Walk {
    match between {
        [] => walk_folder(folder, above, names),
        [first, rest @ ..] => {
            let rules = Rules { own: of_folder(first), above };
            walk_below(rest, Some(&rules), folder, names)
        }
    }
}

fn walk_folder(folder: &Path, above: Option<&Rules<'_>>, names: &[&str]) -> Walk {
    let mut walk = Walk::default();
    let mut entries: Vec<DirEntry> = Vec::new();
    for entry in WalkDir::new(folder).min_depth(1).max_depth(1) {
        match entry {
            Ok(entry) => entries.push(entry),
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                walk.unreadable.push((path, why));
            }
        }
    }
    // Not sorted by the walk, which would read the folders inside too.
    entries.sort_unstable_by(|one, other| one.file_name().cmp(other.file_name()));
    let holds = |name: &str| entries.iter().any(|entry| entry.file_name() == OsStr::new(name));
    // What cannot be listed may hold anything.
    if walk.unreadable.is_empty() && !names.iter().any(|name| holds(name)) {
        walk.without.push(folder.to_owned());
    }
    let own = if holds(".gitignore") { of_folder(folder) } else { Gitignore::empty() };
    let rules = &Rules { own, above };
    let one = |entry: DirEntry| {
        if entry.file_type().is_dir() {
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            let is_left_out = is_hidden || is_ignored(rules, entry.path(), true);
            return if is_left_out { Walk::default() } else { walk_folder(entry.path(), Some(rules), names) };
        }
        if is_template(entry.path()) && !is_ignored(rules, entry.path(), false) {
            return file(entry);
        }
        Walk::default()
    };
    let folders = entries.iter().filter(|entry| entry.file_type().is_dir()).count();
    let inside: Vec<Walk> = match folders {
        0 | 1 => entries.into_iter().map(one).collect(),
        _ => entries.into_par_iter().with_max_len(1).map(one).collect(),
    };
    for mut part in inside {
        walk.found.append(&mut part.found);
        walk.unreadable.append(&mut part.unreadable);
        walk.without.append(&mut part.without);
    }
    walk
}

/// A file that is called as templates are.
fn file(entry: DirEntry) -> Walk {
    let leads_to = match entry.file_type() {
        link if link.is_symlink() => entry.path().metadata().ok().map(|found| found.file_type()),
        other => Some(other),
    };
    let path = entry.into_path();
    match leads_to {
        Some(kind) if kind.is_dir() => Walk::default(),
        Some(kind) if !kind.is_file() => {
            Walk { unreadable: vec![(path, "it is no regular file".to_owned())], ..Walk::default() }
        }
        _ => Walk { found: vec![path], ..Walk::default() },
    }
}

/// Whether a file is one that a folder is searched for.
pub fn is_template(path: &Path) -> bool {
    path.extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("bicep") || end.eq_ignore_ascii_case("bicepparam"))
}

/// Whether calls from a file count for nothing: tests and examples use modules as their users would.
pub fn is_test(path: &Path, base: &Path) -> bool {
    const FOLDERS: [&str; 5] = ["test", "tests", "example", "examples", "samples"];
    let inside = path.strip_prefix(base).unwrap_or(path);
    let in_folder = inside.parent().is_some_and(|folder| {
        folder.components().any(|part| {
            let part = part.as_os_str().to_string_lossy();
            FOLDERS.iter().any(|folder| part.eq_ignore_ascii_case(folder))
        })
    });
    in_folder || path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".test.bicep"))
}

fn of_folder(folder: &Path) -> Gitignore {
    let mut builder = GitignoreBuilder::new(folder);
    // A file that cannot be read ignores nothing.
    let _ = builder.add(folder.join(".gitignore"));
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// The folders above, from the root of the repository down.
fn above(folder: &Path) -> Vec<&Path> {
    let Some(root) = folder.ancestors().find(|folder| folder.join(".git").exists()) else {
        return Vec::new();
    };
    let mut between: Vec<&Path> =
        folder.ancestors().skip(1).take_while(|above| above.starts_with(root)).collect();
    between.reverse();
    between
}

/// The innermost rule that says anything decides.
fn is_ignored(rules: &Rules<'_>, path: &Path, is_folder: bool) -> bool {
    let all = std::iter::successors(Some(rules), |rules| rules.above).map(|rules| &rules.own);
    let mut said = all.filter(|own| !own.is_empty()).map(|own| own.matched(path, is_folder));
    said.find(|said| !said.is_none()).is_some_and(|said| said.is_ignore())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_and_hidden_files_are_left_out_and_the_innermost_rule_decides() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(".gitignore", "build/\n*.tmp.bicep\n");
        write("main.bicep", "");
        write("prod.bicepparam", "");
        write("a.tmp.bicep", "");
        write("build/out.bicep", "");
        write(".azure/x.bicep", "");
        write("keep/.gitignore", "!*.tmp.bicep\n");
        write("keep/b.tmp.bicep", "");
        write("notes.txt", "");
        let Walk { found, unreadable, without } = walk(folder.path(), &[".gitignore", "notes.txt"]);
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(folder.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["keep/b.tmp.bicep", "main.bicep", "prod.bicepparam"]);
        assert!(unreadable.is_empty());
        assert!(without.is_empty(), "{without:?}");
        assert_eq!(walk(folder.path(), &["notes.txt"]).without, [folder.path().join("keep")]);
    }

    #[test]
    fn tests_and_examples_are_no_callers() {
        let base = Path::new("/repo/tests");
        assert!(is_test(Path::new("/repo/tests/e2e/Tests/a.bicep"), base));
        assert!(!is_test(Path::new("/repo/tests/main.bicep"), base));
        assert!(is_test(Path::new("/repo/tests/main.test.bicep"), base));
    }
}
