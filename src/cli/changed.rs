//! `--changed`: the files that limit a run, and the output if no root reaches them.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::CheckArguments;
use super::checking::configurations;
use super::outputs::Output;
use super::{Failure, Outcome, failed, plural, say};
use crate::door::{Boundary, read};
use crate::report::scene::Scenes;
use crate::report::{Format, Style};
use crate::rules::finding::Report;
use crate::session::change::Change;
use crate::session::{Configured, Roots};
use crate::workspace::file_system::{Absent, Walked, normal};

/// The paths to check, and the changed files if the run is limited to them.
pub(super) fn asked(arguments: &CheckArguments) -> Result<(&[PathBuf], Option<Vec<PathBuf>>), Failure> {
    let CheckArguments { paths, changed, changed_from, .. } = arguments;
    let is_input = |path: &PathBuf| path.as_os_str() == "-";
    let mut files = match (changed, changed_from) {
        (None, None) => return Ok((paths, None)),
        (Some(values), None) if values.is_empty() => return Ok((&[], Some(paths.clone()))),
        (values, _) => values.clone().unwrap_or_default(),
    };
    if let Some(list) = changed_from {
        if is_input(list) && paths.iter().any(is_input) {
            return Err(Failure::Usage("`--changed-from -` and `-` both read standard input".to_owned()));
        }
        let listed = if is_input(list) { read::stream(std::io::stdin().lock()) } else { read::named(list) };
        let listed = listed.map_err(|why| {
            Failure::Usage(format!("`--changed-from {}`: it cannot be read: {why}", list.display()))
        })?;
        files.extend(listed_paths(&listed).into_iter().map(from_here));
    }
    Ok((paths, Some(files)))
}

/// Resolves a path from a list of changed files. Git prints paths relative to the top of the repository, wherever it is called.
fn from_here(path: PathBuf) -> PathBuf {
    let Ok(base) = std::env::current_dir() else { return path };
    let top = base.ancestors().find(|folder| folder.join(".git").exists()).filter(|top| *top != base);
    let is_there = |folder: &Path| folder.join(&path).symlink_metadata().is_ok();
    match top {
        Some(top) if !is_there(&base) && (is_there(top) || !is_below(&base, top, &path)) => top.join(path),
        _ => path,
    }
}

/// Whether a missing file was probably named relative to `base` and not to the top of the repository: the only clue is
/// which of the two has its folder.
fn is_below(base: &Path, top: &Path, path: &Path) -> bool {
    let folder = |from: &Path| from.join(path).parent().is_some_and(Path::is_dir);
    folder(base) && !folder(top)
}

/// The paths in a list: separated by NUL if it contains one, else one per line. Git quotes names with special
/// characters.
fn listed_paths(list: &[u8]) -> Vec<PathBuf> {
    if list.contains(&0) {
        let all = list.split(|&byte| byte == 0).filter(|path| !path.is_empty());
        return all.map(path).collect();
    }
    let lines = list.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.filter(|line| !line.is_empty()).map(|line| path(&unquoted(line))).collect()
}

/// Converts the bytes of a path, as Git prints it.
fn path(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// Undoes Git's quoting of a name: double quotes with C escapes.
fn unquoted(line: &[u8]) -> Cow<'_, [u8]> {
    let Some(inside) = line.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
        return Cow::Borrowed(line);
    };
    let (mut out, mut rest) = (Vec::with_capacity(inside.len()), inside.iter().copied());
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match rest.next() {
            Some(digit @ b'0'..=b'3') => {
                // Three octal digits are one byte.
                let digits = [Some(digit), rest.next(), rest.next()];
                digits.into_iter().flatten().fold(0, |byte: u8, digit| byte << 3 | (digit & 7))
            }
            Some(b'a') => 7,
            Some(b'b') => 8,
            Some(b't') => b'\t',
            Some(b'n') => b'\n',
            Some(b'v') => 11,
            Some(b'f') => 12,
            Some(b'r') => b'\r',
            Some(other) => other,
            None => b'\\',
        });
    }
    Cow::Owned(out)
}

/// Keeps only the roots that a change touches, and only the unreadable paths that concern a change. Returns whether
/// nothing is left.
pub(super) fn restrict_to_changes(
    files: &[PathBuf],
    arguments: &CheckArguments,
    (roots, unreadable): (&mut Roots, &mut Vec<(PathBuf, String)>),
    (absent, boundary): (&Arc<Absent>, &Arc<Boundary>),
) -> bool {
    let change = Change::new(files.iter().map(PathBuf::as_path), &roots.base, Arc::clone(boundary));
    // A changed baseline concerns all roots.
    let mut baselines = arguments.baseline.iter().map(|path| normal(&roots.base.join(path)));
    if baselines.any(|path| change.contains(&path)) {
        return false;
    }
    let (from, paths) = configurations(arguments, roots);
    let configured = Configured::load_leniently(&from, &paths, &roots.base, (absent, boundary));
    unreadable.retain(|(path, _)| concerns(files, &roots.base, path));
    *roots = change.touched(roots, Walked(Arc::clone(absent)), &configured);
    roots.is_empty() && unreadable.is_empty() && arguments.write_baseline.is_none()
}

/// Whether an unreadable path contains a changed file.
fn concerns(files: &[PathBuf], base: &Path, unreadable: &Path) -> bool {
    let unreadable = normal(&base.join(unreadable));
    files.iter().any(|file| normal(&base.join(file)).starts_with(&unreadable))
}

/// Reports that there is nothing to check: in one line, and with an empty document if a format requires one.
pub(super) fn nothing(
    files: &[PathBuf],
    arguments: &CheckArguments,
    outputs: Vec<Output>,
    style: Style,
) -> Outcome {
    say(&match files.len() {
        0 => "note: nothing to check: no changed file was given".to_owned(),
        count => format!("note: nothing to check: no root reaches {} that changed", of_files(count)),
    });
    let (mut report, scenes) = (Report::default(), Scenes::default());
    let is_document = arguments.format != Format::Human;
    failed::write_reports((&mut report, &scenes), arguments, outputs, (style, is_document));
    if report.errors.is_empty() { Outcome::Clean } else { Outcome::Failed }
}

fn of_files(count: usize) -> String {
    if count == 1 { "the one file".to_owned() } else { format!("one of the {}", plural(count, "file")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_lines_or_nul() {
        let table: [(&[u8], &[&str]); 6] = [
            (b"", &[]),
            (b"a.bicep\nb c.json\n", &["a.bicep", "b c.json"]),
            (b"a.bicep\r\n\r\nb.json", &["a.bicep", "b.json"]),
            (b"a\nb.bicep\0c.bicep\0", &["a\nb.bicep", "c.bicep"]),
            (b"\"a\\303\\244\\tb.bicep\"\n\"c\\\"d\"\n", &["a\u{e4}\tb.bicep", "c\"d"]),
            (b"\"\n", &["\""]),
        ];
        for (list, expected) in table {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(listed_paths(list), expected, "{}", String::from_utf8_lossy(list));
        }
    }
}
