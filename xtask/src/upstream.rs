//! Writes `docs/upstream.md`, a list of races in public templates with remedies that their owners can apply: `cargo
//! xtask upstream --home HOME TREES`.
//!
//! `tests/readings/upstream.json` names the roots. TREES has a checkout of each repository, named with `+` for the
//! slash, and HOME has the module cache; `cargo xtask official` prepares both. Every finding of a root must have been
//! reviewed and be right, and its diff must apply to the checkout; otherwise nothing is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use serde_json::Value;
use similar::TextDiff;

use crate::Ending;
use crate::accuracy::{key_of_finding, key_of_reading};

const BEFORE: &str = "\
# Races in public templates

Findings of the tool in templates that others deploy, each with its remedy as a diff that the owners can apply (`git apply
--unidiff-zero`). Every finding was checked in the source; [accuracy](accuracy.md) says how, and how many of all findings are right. Nothing
was deployed: a race can go well many times before it fails. The findings are about the named commits, not about later ones.

`cargo xtask upstream --home HOME TREES` writes this page, and checks that each diff applies.
";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The home folder with the module cache
    #[arg(long, value_name = "DIR")]
    home: PathBuf,
    /// A folder with a checkout of each repository, named with `+` for the slash
    trees: PathBuf,
}

pub(crate) fn run(options: &Options) -> Ending {
    std::fs::write(crate::root().join("docs/upstream.md"), page(options)?).unwrap();
    Ok(ExitCode::SUCCESS)
}

fn page(options: &Options) -> Result<String, String> {
    let binary = crate::linter().ok_or("the tool was not built beside this program")?;
    let home = options.home.canonicalize().map_err(|error| format!("{}: {error}", options.home.display()))?;
    let (rows, readings) = (list("tests/readings/upstream.json")?, list("tests/readings/findings.json")?);
    let mut page = BEFORE.to_owned();
    for row in &rows {
        let (repository, root) = (word(row, "repository"), word(row, "root"));
        let folder = options.trees.join(repository.replace('/', "+"));
        let mut command = Command::new(&binary);
        command.current_dir(&folder).env("HOME", &home).env("USERPROFILE", &home);
        let output = command.args(["--format", "json", "--level", "warning", root]).output();
        let output = output.map_err(|error| format!("{repository}: {error}"))?;
        let report: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{repository}: {root}: {error}"))?;
        let of_repository = readings.iter().filter(|reading| word(reading, "repository") == repository);
        let of_repository: Vec<&Value> = of_repository.collect();
        let found = report["findings"].as_array().map_or(&[][..], Vec::as_slice);
        if found.is_empty() {
            return Err(format!("{repository}: {root}: nothing is found"));
        }
        let diff = diff(&folder, found).and_then(|diff| applies(&folder, &diff).map(|()| diff));
        let diff = diff.map_err(|why| format!("{repository}: {root}: {why}"))?;
        let commit = of_repository.first().map_or("", |reading| word(reading, "commit"));
        let _ = write!(
            page,
            "\n## {repository}: {root}\n\n[{root}](https://github.com/{repository}/blob/{commit}/{root}) at {}\n\n",
            &commit[..commit.len().min(12)]
        );
        for finding in found {
            let key = key_of_finding(finding);
            let reading = of_repository.iter().find(|reading| key_of_reading(reading) == key);
            let Some(reading) = reading.filter(|reading| word(reading, "verdict") == "right") else {
                return Err(format!("{repository}: {}:{} was not read, or is wrong", key.0, key.1));
            };
            let id = finding["entry"].as_str().unwrap_or_else(|| word(finding, "rule"));
            let (level, message) = (word(finding, "level"), word(finding, "message"));
            let _ =
                writeln!(page, "- {level} [`{id}`](rules/{id}.md): {message}. {}", word(reading, "reason"));
        }
        let _ = write!(page, "\n```diff\n{diff}```\n");
    }
    Ok(page)
}

fn list(path: &str) -> Result<Vec<Value>, String> {
    let text =
        std::fs::read_to_string(crate::root().join(path)).map_err(|error| format!("{path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
}

fn word<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_default()
}

/// An edit in the JSON report: line and column from 1, and the inserted text.
type Insertion<'r> = (usize, usize, &'r str);

/// The insertions of all remedies as a diff without context.
fn diff(folder: &Path, findings: &[Value]) -> Result<String, String> {
    let mut by_file: BTreeMap<&str, BTreeSet<Insertion<'_>>> = BTreeMap::new();
    let edits = findings.iter().filter_map(|finding| finding["fix"]["edits"].as_array()).flatten();
    for edit in edits {
        let number = |member: &str| edit[member].as_u64().map_or(1, |number| number as usize);
        let at = (number("line"), number("column"), word(edit, "insert"));
        by_file.entry(word(edit, "file")).or_default().insert(at);
    }
    let mut all = String::new();
    for (file, insertions) in by_file {
        let before =
            std::fs::read_to_string(folder.join(file)).map_err(|error| format!("{file}: {error}"))?;
        let after = inserted(&before, &insertions);
        // The page contains no text of others apart from the changed lines.
        let diff = TextDiff::from_lines(&before, &after)
            .unified_diff()
            .context_radius(0)
            .header(&format!("a/{file}"), &format!("b/{file}"))
            .to_string();
        all.push_str(&diff);
    }
    Ok(all)
}

/// A text with the insertions applied.
fn inserted(before: &str, insertions: &BTreeSet<Insertion<'_>>) -> String {
    let mut after = String::new();
    for (ix, line) in before.split_inclusive('\n').enumerate() {
        let mut from = 0;
        for (_, column, insert) in insertions.iter().filter(|(number, ..)| *number == ix + 1) {
            let at = line.char_indices().nth(column - 1).map_or(line.len(), |(at, _)| at);
            after.push_str(&line[from..at]);
            after.push_str(insert);
            from = at;
        }
        after.push_str(&line[from..]);
    }
    after
}

/// Whether git takes a diff, in the folder that its paths are relative to.
fn applies(folder: &Path, diff: &str) -> Result<(), String> {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["apply", "--check", "--unidiff-zero", "-"]).stdin(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("git: {error}"))?;
    child.stdin.take().unwrap().write_all(diff.as_bytes()).map_err(|error| format!("git: {error}"))?;
    let status = child.wait().map_err(|error| format!("git: {error}"))?;
    if status.success() { Ok(()) } else { Err("the diff does not apply".to_owned()) }
}
