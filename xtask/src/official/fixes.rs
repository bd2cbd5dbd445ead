//! Checks the tool against real fixes of races: `cargo xtask fixes [BINARY] --mirrors DIR --work DIR`.
//!
//! `tests/fixes/cases.json` lists commits of public repositories that add an order to racing declarations: repository,
//! commits, file, and the ordered pairs (a single name means a loop). The file and everything that it loads are
//! extracted from bare clones as of before and after each fix, and the tool runs on both:
//!
//! | column | meaning |
//! | --- | --- |
//! | found | a finding before the fix names one of the pairs |
//! | warning | that finding is a warning or an error |
//! | silent | after the fix, no warning or error names one of the pairs |
//!
//! For a fix that is not found, or only as a note, the data contains a sentence with the reason; for one that is found
//! as a warning it does not. Exits with 1 if that is violated, or if something is reported after a fix. The DIR of
//! `--mirrors` contains a bare clone of each repository as `owner+name/repo`; missing ones are listed and skipped.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use super::checkout::{self, AVM, Blobs};
use super::text;
use super::tool::{self, Tool};
use crate::Ending;

/// Endings of files that a template can load.
const LOADED: [&str; 14] =
    ["bicep", "json", "jsonc", "txt", "xml", "yaml", "yml", "ps1", "sh", "csv", "md", "kql", "py", "sql"];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The tool [default: the one in the folder of this program]
    binary: Option<PathBuf>,
    /// Bare clones, each as `owner+name/repo`
    #[arg(long, value_name = "DIR")]
    mirrors: PathBuf,
    /// The folder that keeps the files extracted from the clones
    #[arg(long, value_name = "DIR")]
    work: PathBuf,
}

/// The figures for a number of fixes.
#[derive(Default)]
struct Counts {
    all: usize,
    found: usize,
    warned: usize,
    silent: usize,
}

impl Counts {
    fn add(&mut self, seen: &Seen) {
        self.all += 1;
        self.found += usize::from(seen.before.is_some());
        self.warned += usize::from(seen.is_warned());
        self.silent += usize::from(seen.after.is_none());
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { all, found, warned, silent } = *self;
        let share =
            |count: usize| format!("{count} of {all} ({:.1} %)", 100.0 * count as f64 / all.max(1) as f64);
        write!(
            out,
            "found {}, at warning and above {}, silent after {}",
            share(found),
            share(warned),
            share(silent)
        )
    }
}

/// The tool's results for one fix.
struct Seen {
    /// The most severe finding before the fix that names one of its pairs: level, and entry or rule.
    before: Option<(Level, String)>,
    /// A warning or error after the fix that names one of its pairs.
    after: Option<String>,
}

impl Seen {
    fn is_warned(&self) -> bool {
        self.before.as_ref().is_some_and(|(level, _)| *level > Level::Note)
    }
}

/// The level of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Note,
    Warning,
    Error,
}

impl Level {
    fn of(finding: &Value) -> Self {
        match text(finding, "level") {
            "error" => Self::Error,
            "warning" => Self::Warning,
            _ => Self::Note,
        }
    }
}

impl Options {
    /// Extracts the files, runs the tool on them, and prints every deviation from the data, and the figures.
    pub(crate) fn hold(&self) -> Ending {
        std::fs::create_dir_all(&self.work).map_err(|error| format!("{}: {error}", self.work.display()))?;
        let work = self.work.canonicalize().map_err(|error| error.to_string())?;
        let binary = self.binary.clone().or_else(crate::linter);
        let binary =
            binary.ok_or("there is no release binary; name one, or run `cargo build --release` first")?;
        let binary = binary.canonicalize().map_err(|error| format!("{}: {error}", binary.display()))?;
        let mut fixes = Vec::new();
        for fix in read()? {
            let mirror = self.mirrors.join(checkout::folder(text(&fix, "repository"))).join("repo");
            if lay_out(&mirror, &fix, &work)? {
                fixes.push(fix);
            } else {
                println!("not fetched, left out: {} of {}", text(&fix, "id"), text(&fix, "repository"));
            }
        }
        let (home, avm) = (work.join("home"), self.mirrors.join(checkout::folder(AVM)).join("repo"));
        checkout::fill_cache(&work.join("fixes"), &home, &avm)?;
        let tool = Tool::new(&binary, &home);
        let (mut all, mut by_strength) = (Counts::default(), BTreeMap::<&str, Counts>::new());
        let mut holds = true;
        for fix in &fixes {
            let seen = seen(&tool, fix, &work)?;
            all.add(&seen);
            by_strength.entry(text(fix, "strength")).or_default().add(&seen);
            holds &= told(fix, &seen);
        }
        for (strength, counts) in &by_strength {
            println!("{strength}: {counts}");
        }
        println!("all: {all}");
        Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Prints the deviations of a fix, with the reason from the data. Returns whether the result matches the data.
fn told(fix: &Value, seen: &Seen) -> bool {
    let (id, reason) = (text(fix, "id"), text(fix, "unseen"));
    let mut holds = true;
    match (&seen.before, seen.is_warned()) {
        (None, _) => println!("missed: {id}: {reason}"),
        (Some((_, name)), false) => println!("note: {id} ({name}): {reason}"),
        (Some(_), true) => {}
    }
    if seen.is_warned() != reason.is_empty() {
        println!("  the data {} why", if reason.is_empty() { "do not say" } else { "need not say" });
        holds = false;
    }
    if let Some(name) = &seen.after {
        println!("still reported: {id} ({name})");
        holds = false;
    }
    holds
}

fn read() -> Result<Vec<Value>, String> {
    let path = crate::root().join("tests/fixes/cases.json");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The folder of one side of a fix.
fn side(work: &Path, fix: &Value, name: &str) -> PathBuf {
    work.join("fixes").join(text(fix, "id")).join(name)
}

/// Extracts the file of a fix, before and after, with the files that it names. Returns `false` if the clone lacks one
/// of the commits.
fn lay_out(mirror: &Path, fix: &Value, work: &Path) -> Result<bool, String> {
    if !mirror.is_dir() {
        return Ok(false);
    }
    let mut blobs = Blobs::of(mirror)?;
    for (name, commit) in [("before", text(fix, "parent")), ("after", text(fix, "fix"))] {
        let into = side(work, fix, name);
        checkout::remove(&into)?;
        let (mut waiting, mut seen) = (vec![PathBuf::from(text(fix, "file"))], Vec::new());
        while let Some(path) = waiting.pop() {
            let slashed = path.to_string_lossy().replace('\\', "/");
            let content = blobs.read(&format!("{commit}:{slashed}"))?;
            let Some(content) = content.filter(|_| !seen.contains(&path)) else { continue };
            if path.extension().is_some_and(|end| end == "bicep") {
                waiting.extend(named(&path, &String::from_utf8_lossy(&content)));
            }
            checkout::write(&into.join(&path), &content)?;
            seen.push(path);
        }
        if seen.is_empty() {
            return Ok(false);
        }
        // The folder looks like a checkout, so that the boundary ends here.
        checkout::write(&into.join(".git/laid-out"), commit.as_bytes())?;
    }
    Ok(true)
}

/// The files that a template may name: every string literal that looks like a path.
fn named(template: &Path, content: &str) -> Vec<PathBuf> {
    let folder = template.parent().unwrap_or(Path::new(""));
    let mut found: Vec<PathBuf> = folder.ancestors().map(|folder| folder.join("bicepconfig.json")).collect();
    for literal in content.lines().flat_map(|line| line.split('\'').skip(1).step_by(2)) {
        let end = literal.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
        if end.is_some_and(|end| LOADED.contains(&end.as_str())) {
            found.extend(resolved(folder, literal));
        }
    }
    found
}

/// Resolves a relative path against a folder. `None` if it leaves the repository.
fn resolved(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut whole = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::Normal(name) => whole.push(name),
            Component::CurDir => {}
            Component::ParentDir if whole.pop() => {}
            _ => return None,
        }
    }
    Some(whole)
}

/// Runs the tool on both sides of a fix.
fn seen(tool: &Tool, fix: &Value, work: &Path) -> Result<Seen, String> {
    let findings = |name: &str, pairs: &str| -> Result<Option<(Level, String)>, String> {
        let file = side(work, fix, name).join(text(fix, "file"));
        let report = tool.report(&[Path::new("--no-config")], &[&file])?;
        let report = report.ok_or_else(|| format!("no report on {}", file.display()))?;
        let pairs: Vec<Vec<&str>> = pairs_of(fix, pairs);
        let named = tool::findings(Some(&report)).iter().filter(|finding| names(finding, &pairs));
        Ok(named.map(|finding| (Level::of(finding), name_of(finding))).max())
    };
    let after = if fix["pairs_after"].is_null() { "pairs" } else { "pairs_after" };
    let after = findings("after", after)?.filter(|(level, _)| *level > Level::Note);
    Ok(Seen { before: findings("before", "pairs")?, after: after.map(|(_, name)| name) })
}

fn pairs_of<'v>(fix: &'v Value, key: &str) -> Vec<Vec<&'v str>> {
    let pairs = fix[key].as_array().into_iter().flatten();
    pairs.map(|pair| pair.as_array().into_iter().flatten().filter_map(Value::as_str).collect()).collect()
}

/// The entry of a finding, or its rule.
fn name_of(finding: &Value) -> String {
    finding["entry"].as_str().unwrap_or_else(|| text(finding, "rule")).to_owned()
}

/// Whether a finding names one of the pairs. If the report does not list all pairs, any two participants count as a
/// pair.
fn names(finding: &Value, pairs: &[Vec<&str>]) -> bool {
    let own = |symbol: &str| symbol.rsplit("::").next().unwrap_or_default().to_owned();
    let is_one = |first: &str, second: &str| {
        let (first, second) = (own(first), own(second));
        pairs.iter().any(|pair| match pair.as_slice() {
            [one] => first == *one && second == *one,
            [one, other] => {
                [first.as_str(), second.as_str()] == [*one, *other]
                    || [second.as_str(), first.as_str()] == [*one, *other]
            }
            _ => false,
        })
    };
    if tool::pairs(finding).any(|(first, second)| is_one(first, second)) {
        return true;
    }
    let omitted = finding["pairsOmitted"].as_u64().unwrap_or_default() > 0;
    let participants: Vec<&str> =
        tool::participants(finding).iter().map(|participant| text(participant, "symbol")).collect();
    omitted
        && participants
            .iter()
            .enumerate()
            .any(|(at, first)| participants[at + 1..].iter().any(|second| is_one(first, second)))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use serde_json::json;

    use super::{named, names, resolved};

    #[test]
    fn paths_are_resolved_within_the_repository() {
        let of = |path: &str| resolved(Path::new("a/b"), path);
        assert_eq!(of("../c/x.bicep"), Some(PathBuf::from("a/c/x.bicep")));
        assert_eq!(of("./x.bicep"), Some(PathBuf::from("a/b/x.bicep")));
        assert_eq!(of("../../../x.bicep"), None);
        assert_eq!(of("/x.bicep"), None);
    }

    #[test]
    fn literals_that_look_like_paths_are_named() {
        let text = "module a 'x.bicep' = {\n  name: 'it is no.path at all'\n}\nvar t = loadTextContent('../t.xml')\n";
        let found = named(Path::new("m/main.bicep"), text);
        assert!(
            found.contains(&PathBuf::from("m/x.bicep")) && found.contains(&PathBuf::from("t.xml")),
            "{found:?}"
        );
        assert!(!found.iter().any(|path| path.ends_with("it is no.path at all")), "{found:?}");
    }

    #[test]
    fn a_pair_is_named_in_both_directions_and_by_own_names() {
        let finding = json!({ "pairs": [["a::x", "y"]], "participants": [] });
        assert!(names(&finding, &[vec!["y", "x"]]));
        assert!(!names(&finding, &[vec!["x"]]) && !names(&finding, &[vec!["x", "z"]]));
        let looped = json!({ "pairs": [["x", "x"]], "participants": [] });
        assert!(names(&looped, &[vec!["x"]]) && !names(&looped, &[vec!["x", "y"]]));
        let many =
            json!({ "pairs": [], "pairsOmitted": 9, "participants": [{ "symbol": "x" }, { "symbol": "y" }] });
        assert!(names(&many, &[vec!["x", "y"]]));
    }
}
