//! Compares the tool with the results of the official compiler and its evaluation engine on public repositories: `cargo
//! xtask official [BINARY] --mirrors DIR --work DIR [--only KIND]`.
//!
//! The data in `tests/official` contains facts only, one JSON document per line:
//!
//! | kind | fact | check |
//! | --- | --- | --- |
//! | `pairs` | pairs of declarations of a root that write one object without an order | a finding names each |
//! | `quiet` | pairs that are ordered, or that lose nothing | no finding names one |
//! | `params` | a parameter file that the compiler accepts | it has no `syntax` message |
//! | `writes` | the object that a declaration of a root writes | a second writer of it races with it |
//! | `functions` | the value of an expression without parameters | it decides whether two gateways share a hub |
//!
//! `commits.json` has the commit of each repository. The DIR of `--mirrors` contains bare clones as `owner+name/repo`;
//! nothing is downloaded, and missing ones are listed and skipped. The DIR of `--work` keeps the checkouts, so that a
//! second run starts immediately. Missed facts are listed, and written to `missed.jsonl` there.

mod checkout;
pub(crate) mod fixes;
mod functions;
mod pairs;
mod probes;
mod tool;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use rayon::prelude::*;
use serde_json::{Value, json};

use self::checkout::{AVM, Checkouts};
use self::tool::Tool;
use crate::Ending;

/// The values of `--only`, in the order in which the kinds are checked.
const KINDS: [&str; 5] = ["pairs", "quiet", "params", "writes", "functions"];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The tool [default: the one in the folder of this program]
    binary: Option<PathBuf>,
    /// Bare clones, each as `owner+name/repo`
    #[arg(long, value_name = "DIR")]
    mirrors: Option<PathBuf>,
    /// The folder that keeps the files extracted from the clones
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir().join("bicep-race-lint-official"))]
    work: PathBuf,
    /// Only facts of this kind; `functions` needs no clones
    #[arg(long = "only", value_name = "KIND", value_parser = KINDS)]
    kinds: Vec<String>,
}

/// One fact, and whether the tool agrees.
struct Answer {
    /// The group in which a missed fact is counted.
    label: String,
    /// The fact in a few words.
    words: String,
    /// The fact as in the data.
    fact: Value,
    agrees: bool,
}

/// A line of the data: a root with its facts.
struct Row {
    repository: String,
    root: String,
    facts: Vec<Value>,
}

impl Options {
    /// Extracts the files that are needed, runs the tool on them, and prints how far it agrees.
    pub(crate) fn hold(&self) -> Ending {
        let kinds: Vec<&str> = match self.kinds.as_slice() {
            [] => KINDS.to_vec(),
            chosen => chosen.iter().map(String::as_str).collect(),
        };
        if self.mirrors.is_none() && kinds != ["functions"] {
            return Err("`--mirrors DIR` is missing: only functions need no clones".to_owned());
        }
        std::fs::create_dir_all(&self.work).map_err(|error| format!("{}: {error}", self.work.display()))?;
        let work = self.work.canonicalize().map_err(|error| error.to_string())?;
        let binary = self.binary.clone().or_else(crate::linter);
        let binary =
            binary.ok_or("there is no release binary; name one, or run `cargo build --release` first")?;
        let binary = binary.canonicalize().map_err(|error| format!("{}: {error}", binary.display()))?;
        let mut rows: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
        for &kind in kinds.iter().filter(|kind| **kind != "functions") {
            rows.insert(kind, read(kind)?);
        }
        let mut missed = Missed::new(&work)?;
        if let Some(mirrors) = &self.mirrors {
            let wanted = rows.values().flatten().map(|row| row.repository.as_str()).chain([AVM]);
            let checkouts = Checkouts::lay_out(mirrors, &work, &wanted.collect::<BTreeSet<_>>())?;
            for (repository, commit) in &checkouts.absent {
                println!("not fetched, left out: {repository} at {commit}");
            }
            for rows in rows.values_mut() {
                rows.retain(|row| checkouts.has(&row.repository));
            }
            let tool = Tool::new(&binary, &checkouts.home);
            for (kind, rows) in kinds.iter().filter_map(|kind| Some((*kind, rows.get(kind)?))) {
                let begin = Instant::now();
                let answers = if kind == "writes" {
                    let (constant, tool) = checkouts.constant(&tool)?;
                    each(rows, |at, row| probes::answers(&tool, &constant.join(&row.root), at, row))
                } else {
                    let answers = match kind {
                        "pairs" => pairs::racing,
                        "quiet" => pairs::quiet,
                        _ => pairs::accepted,
                    };
                    each(rows, |_, row| answers(&tool, &checkouts.path(row), row))
                };
                missed.report(kind, &answers?, begin)?;
            }
        }
        if kinds.contains(&"functions") {
            let begin = Instant::now();
            let answers = functions::answers(&Tool::new(&binary, &work), &text_of("functions")?)?;
            let row =
                Row { repository: String::new(), root: "functions.jsonl".to_owned(), facts: Vec::new() };
            let answers: Vec<_> = answers.into_iter().map(|answer| (&row, answer)).collect();
            missed.report("functions", &answers, begin)?;
        }
        println!("what was missed lies in {}", missed.path.display());
        Ok(ExitCode::SUCCESS)
    }
}

/// The answers for all rows, in parallel.
fn each<'r>(
    rows: &'r [Row],
    answers: impl Fn(usize, &'r Row) -> Result<Vec<Answer>, String> + Sync,
) -> Result<Vec<(&'r Row, Answer)>, String> {
    let of = |(at, row): (usize, &'r Row)| {
        let answers = answers(at, row)?;
        Ok(answers.into_iter().map(|answer| (row, answer)).collect::<Vec<_>>())
    };
    let answers: Result<Vec<_>, String> = rows.par_iter().enumerate().map(of).collect();
    Ok(answers?.into_iter().flatten().collect())
}

/// The data of one kind.
fn text_of(kind: &str) -> Result<String, String> {
    let path = crate::root().join("tests/official").join(format!("{kind}.jsonl"));
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

fn read(kind: &str) -> Result<Vec<Row>, String> {
    let row = |line: &str| -> Option<Row> {
        let mut row: Value = serde_json::from_str(line).ok()?;
        let facts = row.get_mut(kind)?.as_array_mut().map(std::mem::take)?;
        let text = |key: &str| row[key].as_str().map(str::to_owned);
        Some(Row { repository: text("repository")?, root: text("root")?, facts })
    };
    let text = text_of(kind)?;
    let numbered = (1..).zip(text.lines());
    numbered.map(|(number, line)| row(line).ok_or_else(|| format!("{kind}.jsonl, line {number}"))).collect()
}

/// Prints and records the facts with which the tool disagrees.
struct Missed {
    path: PathBuf,
    file: std::fs::File,
}

impl Missed {
    fn new(work: &Path) -> Result<Self, String> {
        let path = work.join("missed.jsonl");
        let file = std::fs::File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { path, file })
    }

    fn report(&mut self, kind: &str, answers: &[(&Row, Answer)], begin: Instant) -> Result<(), String> {
        let agreed = answers.iter().filter(|(_, answer)| answer.agrees).count();
        let percent = 100.0 * agreed as f64 / answers.len().max(1) as f64;
        let seconds = begin.elapsed().as_secs_f64();
        println!("{kind}: {agreed} of {} ({percent:.1} %), {seconds:.1} s", answers.len());
        let mut missed: BTreeMap<&str, Vec<(&Row, &Answer)>> = BTreeMap::new();
        for (row, answer) in answers.iter().filter(|(_, answer)| !answer.agrees) {
            missed.entry(&answer.label).or_default().push((row, answer));
            let Row { repository, root, .. } = row;
            let line = json!({ "kind": kind, "repository": repository, "root": root, "fact": answer.fact });
            writeln!(self.file, "{line}").map_err(|error| error.to_string())?;
        }
        for (label, missed) in missed {
            println!("  {:4} missed: {label}", missed.len());
            for (Row { repository, root, .. }, answer) in missed {
                println!("         {repository} {root}: {}", answer.words);
            }
        }
        Ok(())
    }
}

/// A text member of a fact; empty if there is none.
fn text<'v>(fact: &'v Value, key: &str) -> &'v str {
    fact[key].as_str().unwrap_or_default()
}

/// The texts in a list member of a fact.
fn texts<'v>(fact: &'v Value, key: &str) -> Vec<&'v str> {
    fact[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
