//! Walks a folder: respects `.gitignore`, skips the folders of version control, and does not follow links to folders.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use walkdir::{DirEntry, WalkDir};

use super::beside::is_parameters;
pub use super::named::{is_template, is_test};
use crate::door::{Boundary, Unread};
use crate::limit::Limit;
use crate::parallel;
use crate::small_sort::SmallSort as _;

/// The result of a walk.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// The Bicep and parameter files, and JSON files that are called as parameter files are, sorted, by absolute paths.
    pub found: Vec<PathBuf>,
    /// Paths that could not be inspected, with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Folders without any of the files that were asked for.
    pub without: Vec<PathBuf>,
    /// The `.gitignore` files that ignore nothing because they are not read, and why.
    pub left_out: Vec<(PathBuf, String)>,
    /// The `.gitignore` file for each ignored Bicep or parameter file. In an ignored folder only the first entries are
    /// inspected.
    pub ignored: Vec<PathBuf>,
}

impl Walk {
    fn add(&mut self, mut part: Self) {
        self.found.append(&mut part.found);
        self.unreadable.append(&mut part.unreadable);
        self.without.append(&mut part.without);
        self.left_out.append(&mut part.left_out);
        self.ignored.append(&mut part.ignored);
    }

    /// Counts the ignored files of a folder.
    fn ignore_folder(&mut self, rules: &Path, folder: &Path, is_wanted: fn(&Path) -> bool) {
        let inside = WalkDir::new(folder).into_iter().take(PEEKED).filter_map(Result::ok);
        let templates = inside.filter(|entry| entry.file_type().is_file() && is_wanted(entry.path()));
        self.ignored.extend(templates.map(|_| rules.to_owned()));
    }

    /// The rules of a folder's own `.gitignore`.
    fn rules(&mut self, folder: &Path, boundary: &Boundary) -> Gitignore {
        let path = folder.join(RULES);
        of_file(&path, boundary).unwrap_or_else(|unread| {
            if !unread.is_absent() {
                self.left_out.push((path, unread.to_string()));
            }
            Gitignore::empty()
        })
    }
}

/// Maximum number of entries of an ignored folder that are inspected for templates. A folder of packages has many entries, and
/// none of them is a template.
const PEEKED: usize = 200;

/// Names of the folders in which version control systems keep their data.
const VERSION_CONTROL: [&str; 4] = [".git", ".hg", ".jj", ".svn"];

/// Name of the file with rules.
const RULES: &str = ".gitignore";

/// The files that a walk looks for, and the boundary.
#[derive(Clone, Copy)]
struct Asked<'a> {
    names: &'a [&'a str],
    boundary: &'a Boundary,
    /// Which files are wanted, by their paths.
    is_wanted: fn(&Path) -> bool,
}

/// The rules of a folder: its own, and those of the folders above.
struct Rules<'r> {
    own: Gitignore,
    above: Option<&'r Rules<'r>>,
}

/// Depth to which folders are walked in parallel; a folder further down is one task.
const SIDE_BY_SIDE: usize = 3;

/// Walks a folder in parallel. `names` are files whose absence is recorded on the way. `.gitignore` files are read inside the
/// boundary.
pub fn walk(folder: &Path, names: &[&str], boundary: &Boundary) -> Walk {
    let folder = &std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let is_wanted = |path: &Path| is_template(path) || is_parameters(path);
    walk_below(&above(folder), None, folder, Asked { names, boundary, is_wanted })
}

/// The ARM templates of a folder: JSON files with the schema of one. `.gitignore` is respected as for others.
pub fn arm_templates(folder: &Path, boundary: &Boundary) -> Vec<PathBuf> {
    let folder = &std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let asked = Asked { names: &[], boundary, is_wanted: is_json };
    let found = walk_below(&above(folder), None, folder, asked).found;
    let is_arm = parallel::map(found, 1, |path| (is_arm(&path, boundary), path));
    is_arm.into_iter().filter_map(|(is_arm, path)| is_arm.then_some(path)).collect()
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"))
}

/// Azure takes no template that is larger.
const LARGEST_TEMPLATE: u64 = 4 << 20;
/// Number of bytes after `$schema` that are searched for its value.
const NEAR_SCHEMA: usize = 300;

/// Whether the `$schema` of a JSON file says that it is an ARM template: `subscriptionDeploymentTemplate.json#`.
fn is_arm(path: &Path, boundary: &Boundary) -> bool {
    has_schema(path, boundary, b"deploymenttemplate.json")
}

/// Whether a JSON file says that it assigns the parameters of a template.
pub fn assigns_parameters(path: &Path, boundary: &Boundary) -> bool {
    has_schema(path, boundary, b"deploymentparameters.json")
}

/// Whether a JSON file names a schema, in lower case.
fn has_schema(path: &Path, boundary: &Boundary, name: &[u8]) -> bool {
    let read = |path| {
        let seen = boundary.look(path).ok().filter(|seen| seen.bytes <= LARGEST_TEMPLATE)?;
        boundary.read(&seen).ok()
    };
    let Some(bytes) = read(path) else { return false };
    schema_of(&bytes).is_some_and(|schema| memchr::memmem::find(&schema.to_ascii_lowercase(), name).is_some())
}

/// The text after the `$schema` of the outermost object of a JSON file. A nested `$schema` is about something else.
fn schema_of(bytes: &[u8]) -> Option<&[u8]> {
    let (mut depth, mut at) = (0_u32, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'/' if bytes.get(at + 1) == Some(&b'/') => at += memchr::memchr(b'\n', &bytes[at..])?,
            b'/' if bytes.get(at + 1) == Some(&b'*') => at += memchr::memmem::find(&bytes[at..], b"*/")?,
            b'"' => {
                let start = at + 1;
                let mut end = start;
                while *bytes.get(end)? != b'"' {
                    end += if bytes[end] == b'\\' { 2 } else { 1 };
                }
                if depth == 1 && &bytes[start..end] == b"$schema" {
                    return Some(&bytes[end..bytes.len().min(end + NEAR_SCHEMA)]);
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Walks a folder, whose rules begin with those of some folders above it.
fn walk_below(between: &[&Path], above: Option<&Rules<'_>>, folder: &Path, asked: Asked<'_>) -> Walk {
    match between {
        [] => walk_folder(folder, above, asked, SIDE_BY_SIDE),
        [first, rest @ ..] => {
            let mut walk = Walk::default();
            let rules = Rules { own: walk.rules(first, asked.boundary), above };
            walk.add(walk_below(rest, Some(&rules), folder, asked));
            walk
        }
    }
}

/// Walks a folder; its entries are walked in parallel down to `levels`.
fn walk_folder(folder: &Path, above: Option<&Rules<'_>>, asked: Asked<'_>, levels: usize) -> Walk {
    if levels == 0 {
        return walk_whole(folder, above, asked);
    }
    let mut walk = Walk::default();
    let mut entries: Vec<DirEntry> = Vec::new();
    for entry in WalkDir::new(folder).min_depth(1).max_depth(1) {
        match entry {
            Ok(entry) => entries.push(entry),
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                walk.unreadable.push((path, why(&error)));
            }
        }
    }
    // Not sorted by the walk, which would read the folders inside too.
    entries.small_sort_by(|one, other| one.file_name().cmp(other.file_name()));
    let holds = |name: &str| entries.iter().any(|entry| entry.file_name() == OsStr::new(name));
    // A folder that cannot be listed may contain anything.
    if walk.unreadable.is_empty() && !asked.names.iter().any(|name| holds(name)) {
        walk.without.push(folder.to_owned());
    }
    let own = if holds(RULES) { walk.rules(folder, asked.boundary) } else { Gitignore::empty() };
    let rules = &Rules { own, above };
    let one = |entry: DirEntry| {
        if entry.file_type().is_dir() {
            if is_of_version_control(entry.path()) {
                return Walk::default();
            }
            return match ignored_by([], Some(rules), entry.path(), true) {
                Some(rules) => {
                    let mut walk = Walk::default();
                    walk.ignore_folder(rules, entry.path(), asked.is_wanted);
                    walk
                }
                None => walk_folder(entry.path(), Some(rules), asked, levels - 1),
            };
        }
        if !(asked.is_wanted)(entry.path()) {
            return Walk::default();
        }
        match ignored_by([], Some(rules), entry.path(), false) {
            Some(rules) => Walk { ignored: vec![rules.to_owned()], ..Walk::default() },
            None => file(entry),
        }
    };
    let folders = entries.iter().filter(|entry| entry.file_type().is_dir()).count();
    let inside: Vec<Walk> = match folders {
        0 | 1 => entries.into_iter().map(one).collect(),
        _ => parallel::map(entries, 1, one),
    };
    for part in inside {
        walk.add(part);
    }
    walk
}

/// A folder during the walk.
struct Level {
    path: PathBuf,
    own: Gitignore,
    /// Whether it may contain one of the files that were asked for.
    may_hold: bool,
}

impl Level {
    fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), own: Gitignore::empty(), may_hold: false }
    }
}

/// Walks a folder and all folders below it, one after the other.
fn walk_whole(folder: &Path, above: Option<&Rules<'_>>, asked: Asked<'_>) -> Walk {
    let is_named = |name: &OsStr| asked.names.iter().any(|known| name == OsStr::new(known));
    // Sort the entries of a folder by name, but its rules first, because they decide about the others.
    let by_name = |one: &DirEntry, other: &DirEntry| {
        let key = |entry: &DirEntry| !is_rules(entry.path());
        (key(one), one.path().as_os_str()).cmp(&(key(other), other.path().as_os_str()))
    };
    let mut walk = Walk::default();
    let mut entries = WalkDir::new(folder).min_depth(1).sort_by(by_name).into_iter();
    let mut levels = vec![Level::new(folder)];
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(folder);
                let around = levels.iter().rev().filter(|level| path != level.path).map(|level| &level.own);
                let is_left_out = path != folder
                    && (is_of_version_control(path) || ignored_by(around, above, path, true).is_some());
                if !is_left_out {
                    walk.unreadable.push((path.to_owned(), why(&error)));
                }
                // A folder that cannot be listed may contain anything.
                levels.iter_mut().filter(|level| path == level.path).for_each(|level| level.may_hold = true);
                continue;
            }
        };
        let done = levels.drain(entry.depth().min(levels.len())..).filter(|level| !level.may_hold);
        walk.without.extend(done.map(|level| level.path));
        let ignored = |is_folder| {
            ignored_by(levels.iter().rev().map(|level| &level.own), above, entry.path(), is_folder)
        };
        if entry.file_type().is_dir() {
            let rules =
                if is_of_version_control(entry.path()) { None } else { ignored(true).map(Path::to_owned) };
            if let Some(rules) = &rules {
                walk.ignore_folder(rules, entry.path(), asked.is_wanted);
            }
            if is_of_version_control(entry.path()) || rules.is_some() {
                entries.skip_current_dir();
            } else {
                levels.push(Level::new(entry.path()));
            }
            continue;
        }
        let is_wanted = (asked.is_wanted)(entry.path());
        if let Some(rules) = is_wanted.then(|| ignored(false)).flatten() {
            walk.ignored.push(rules.to_owned());
        } else if is_wanted {
            walk.add(file(entry));
        } else if let Some(level) = levels.last_mut() {
            level.may_hold |= is_named(entry.file_name());
            if is_rules(entry.path()) {
                level.own = walk.rules(&level.path, asked.boundary);
            }
        }
    }
    walk.without.extend(levels.into_iter().filter(|level| !level.may_hold).map(|level| level.path));
    walk
}

fn is_rules(path: &Path) -> bool {
    // A fast check on bytes: most paths differ already there.
    path.as_os_str().as_encoded_bytes().ends_with(RULES.as_bytes())
        && path.file_name() == Some(OsStr::new(RULES))
}

/// Whether a folder is where a version control system keeps its own data. Other hidden folders are searched: projects keep templates
/// in them, such as `.infra`, and `.gitignore` names those that are not part of the project.
fn is_of_version_control(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| VERSION_CONTROL.iter().any(|known| name == OsStr::new(known)))
}

fn why(error: &walkdir::Error) -> String {
    error.io_error().map_or_else(|| error.to_string(), ToString::to_string)
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
            Walk { unreadable: vec![(path, Unread::NotRegular.to_string())], ..Walk::default() }
        }
        _ => Walk { found: vec![path], ..Walk::default() },
    }
}

/// The rules of a `.gitignore` file. Rules after a line that is not UTF-8 are dropped, and so is a line that is not a
/// pattern.
fn of_file(path: &Path, boundary: &Boundary) -> Result<Gitignore, Unread> {
    let seen = boundary.look(path)?;
    Limit::SettingsBytes.check(seen.bytes).map_err(Unread::Large)?;
    let bytes = boundary.read(&seen)?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let mut builder = GitignoreBuilder::new(path.parent().unwrap_or(path));
    let lines = bytes.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    for line in lines.map_while(|line| std::str::from_utf8(line).ok()) {
        let _ = builder.add_line(Some(path.to_owned()), line);
    }
    Ok(builder.build().unwrap_or_else(|_| Gitignore::empty()))
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

/// The `.gitignore` that says that a path is ignored. The innermost rule that says anything decides: of some folders, the
/// innermost first, else of those above them.
fn ignored_by<'r>(
    inner: impl IntoIterator<Item = &'r Gitignore>,
    above: Option<&'r Rules<'r>>,
    path: &Path,
    is_folder: bool,
) -> Option<&'r Path> {
    let above = std::iter::successors(above, |rules| rules.above).map(|rules| &rules.own);
    let all = inner.into_iter().chain(above);
    let mut said = all.filter(|own| !own.is_empty()).map(|own| own.matched(path, is_folder));
    match said.find(|said| !said.is_none())? {
        Match::Ignore(glob) => glob.from(),
        Match::None | Match::Whitelist(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_files_are_left_out_and_the_innermost_rule_decides() {
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
        write(".git/x.bicep", "");
        write("keep/.gitignore", "!*.tmp.bicep\n");
        write("keep/b.tmp.bicep", "");
        write("notes.txt", "");
        let Walk { found, unreadable, without, .. } =
            walk(folder.path(), &[".gitignore", "notes.txt"], &Boundary::everywhere());
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(folder.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, [".azure/x.bicep", "keep/b.tmp.bicep", "main.bicep", "prod.bicepparam"]);
        assert!(unreadable.is_empty());
        assert_eq!(without, [folder.path().join(".azure")]);
        assert_eq!(
            walk(folder.path(), &["notes.txt"], &Boundary::everywhere()).without,
            [".azure", "keep"].map(|name| folder.path().join(name))
        );
    }

    #[test]
    fn what_lies_deep_is_found_under_the_same_rules() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(".gitignore", "*.tmp.bicep\nout/\n");
        write("a/b/c/d/e/main.bicep", "");
        write("a/b/c/d/e/x.tmp.bicep", "");
        write("a/b/c/d/!first.bicep", "");
        write("a/b/c/d/.gitignore", "!*.tmp.bicep\nnot-this.bicep\n");
        write("a/b/c/d/not-this.bicep", "");
        write("a/b/c/d/f/not-this.bicep", "");
        write("a/b/c/d/f/settings", "");
        write("a/b/c/d/.hidden/main.bicep", "");
        write("a/b/c/d/.git/main.bicep", "");
        write("a/b/c/d/out/main.bicep", "");
        write("a/b/c/x/not-this.bicep", "");
        write("a/b/c/x/y.tmp.bicep", "");
        let Walk { found, unreadable, mut without, .. } =
            walk(folder.path(), &["settings"], &Boundary::everywhere());
        let shown = |paths: &[PathBuf]| -> Vec<String> {
            let inside = paths.iter().map(|path| path.strip_prefix(folder.path()).unwrap());
            inside.map(|path| path.to_str().unwrap().replace('\\', "/")).collect()
        };
        assert_eq!(
            shown(&found),
            [
                "a/b/c/d/!first.bicep",
                "a/b/c/d/.hidden/main.bicep",
                "a/b/c/d/e/main.bicep",
                "a/b/c/d/e/x.tmp.bicep",
                "a/b/c/x/not-this.bicep",
            ]
        );
        assert!(unreadable.is_empty(), "{unreadable:?}");
        without.sort();
        assert_eq!(
            shown(&without),
            ["", "a", "a/b", "a/b/c", "a/b/c/d", "a/b/c/d/.hidden", "a/b/c/d/e", "a/b/c/x"]
        );
    }

    #[test]
    fn a_gitignore_beyond_the_limit_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let rules = folder.path().join(RULES);
        let number = Limit::SettingsBytes.number() as usize;
        std::fs::write(folder.path().join("main.bicep"), "").unwrap();
        for (length, is_left_out) in [(number, false), (number + 1, true)] {
            let comment = "#".repeat(length - "*.bicep\n".len());
            std::fs::write(&rules, format!("*.bicep\n{comment}")).unwrap();
            let walk = walk(folder.path(), &[], &Boundary::everywhere());
            assert_eq!((walk.found.len() == 1, walk.left_out.len() == 1), (is_left_out, is_left_out));
        }
    }

    #[test]
    fn tests_and_examples_are_no_callers() {
        let base = Path::new("/repo/tests");
        assert!(is_test(Path::new("/repo/tests/e2e/Tests/a.bicep"), base));
        assert!(!is_test(Path::new("/repo/tests/main.bicep"), base));
        assert!(is_test(Path::new("/repo/tests/main.test.bicep"), base));
    }
}
