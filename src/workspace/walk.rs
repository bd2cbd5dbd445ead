//! Which files a folder holds: `.gitignore` respected, hidden folders left out, links to folders not followed.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use walkdir::WalkDir;

/// The Bicep and parameter files below a folder, sorted, by absolute paths, and what could not be looked at.
pub fn walk(folder: &Path) -> (Vec<PathBuf>, Vec<(PathBuf, String)>) {
    let folder = &std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    let mut rules = above(folder);
    let fixed = rules.len();
    let mut depths: Vec<usize> = Vec::new();
    let mut entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                unreadable
                    .push((path, error.io_error().map_or_else(|| error.to_string(), ToString::to_string)));
                continue;
            }
        };
        while depths.last().is_some_and(|&depth| depth >= entry.depth()) {
            depths.pop();
            rules.pop();
        }
        let is_folder = entry.file_type().is_dir();
        let is_hidden = entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
        if entry.depth() > 0 && ((is_folder && is_hidden) || is_ignored(&rules, entry.path(), is_folder)) {
            if is_folder {
                entries.skip_current_dir();
            }
            continue;
        }
        if is_folder {
            rules.push(of_folder(entry.path()));
            depths.push(entry.depth());
        } else if is_template(entry.path()) {
            let leads_to = match entry.file_type() {
                link if link.is_symlink() => entry.path().metadata().ok().map(|found| found.file_type()),
                other => Some(other),
            };
            match leads_to {
                Some(kind) if kind.is_dir() => {}
                Some(kind) if !kind.is_file() => {
                    unreadable.push((entry.into_path(), "it is no regular file".to_owned()));
                }
                _ => found.push(entry.into_path()),
            }
        }
    }
    rules.truncate(fixed);
    (found, unreadable)
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

/// The rules of the folders above, up to the root of the repository.
fn above(folder: &Path) -> Vec<Gitignore> {
    let Some(root) = folder.ancestors().find(|folder| folder.join(".git").exists()) else {
        return Vec::new();
    };
    let mut between: Vec<&Path> =
        folder.ancestors().skip(1).take_while(|above| above.starts_with(root)).collect();
    between.reverse();
    between.into_iter().map(of_folder).collect()
}

/// The innermost rule that says anything decides.
fn is_ignored(rules: &[Gitignore], path: &Path, is_folder: bool) -> bool {
    let said = rules.iter().rev().filter(|rule| !rule.is_empty()).map(|rule| rule.matched(path, is_folder));
    said.into_iter().find(|said| !said.is_none()).is_some_and(|said| said.is_ignore())
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
        let (found, unreadable) = walk(folder.path());
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(folder.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["keep/b.tmp.bicep", "main.bicep", "prod.bicepparam"]);
        assert!(unreadable.is_empty());
    }

    #[test]
    fn tests_and_examples_are_no_callers() {
        let base = Path::new("/repo/tests");
        assert!(is_test(Path::new("/repo/tests/e2e/Tests/a.bicep"), base));
        assert!(!is_test(Path::new("/repo/tests/main.bicep"), base));
        assert!(is_test(Path::new("/repo/tests/main.test.bicep"), base));
    }
}
