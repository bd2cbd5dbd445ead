//! Runs the checks that take too long for every change: `cargo xtask check-all [--cases N] [--seconds N] [--mutate
//! DIR]…`.
//!
//! It always runs the oracle with more deployments, the instruction counts of the release build, the packages of a
//! release, the language server through longer days and in VS Code, the site with the playground, and the fuzz targets.
//! Each `--mutate DIR` adds damaged real files; each `--arm`, `--findings`, `--graph`, `--parse`, `--tokens` or
//! `--verdicts DIR` adds that comparison of `conformance`. Every step runs, even after a failed one.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::Ending;

/// Number of deployments for the oracle; the tests of every change use 5,000.
const CASES: u64 = 100_000;
/// Number of simulated days in an editor that are compared with fresh runs; the tests of every change use 6.
const DAYS: u64 = 200;
/// Number of edits during which the memory of the language server is measured.
const EDITS: u64 = 100_000;
/// Seconds for each fuzz target and each folder of damaged files.
const SECONDS: u64 = 30;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Deployments of the oracle
    #[arg(long, value_name = "N", default_value_t = CASES)]
    cases: u64,
    /// Seconds for each fuzz target and each folder of damaged files
    #[arg(long, value_name = "N", default_value_t = SECONDS)]
    seconds: u64,
    /// Check damaged files of a folder
    #[arg(long, value_name = "DIR")]
    mutate: Vec<PathBuf>,
    /// Compare nodes and edges of compiled templates with their JSON
    #[arg(long, value_name = "DIR")]
    arm: Vec<PathBuf>,
    /// Compare findings of Bicep with those of compiled ARM
    #[arg(long, value_name = "DIR")]
    findings: Vec<PathBuf>,
    /// Compare graphs with compiled ARM
    #[arg(long, value_name = "DIR")]
    graph: Vec<PathBuf>,
    /// Parse real files
    #[arg(long, value_name = "DIR")]
    parse: Vec<PathBuf>,
    /// Compare tokens with the compiler's
    #[arg(long, value_name = "DIR")]
    tokens: Vec<PathBuf>,
    /// Compare what is accepted with the compiler
    #[arg(long, value_name = "DIR")]
    verdicts: Vec<PathBuf>,
}

impl Options {
    /// Programs of `xtask`, each with its arguments.
    fn programs(&self) -> Result<Vec<Vec<String>>, String> {
        let mut programs = vec![vec!["fuzz".to_owned(), "all".to_owned(), self.seconds.to_string()]];
        for folder in &self.mutate {
            programs.push(vec!["mutate".to_owned(), absolute(folder)?, self.seconds.to_string()]);
        }
        let comparisons = [
            ("arm", &self.arm),
            ("findings", &self.findings),
            ("graph", &self.graph),
            ("parse", &self.parse),
            ("tokens", &self.tokens),
            ("verdicts", &self.verdicts),
        ];
        for (name, folders) in comparisons {
            for folder in folders {
                programs.push(vec!["conformance".to_owned(), name.to_owned(), absolute(folder)?]);
            }
        }
        Ok(programs)
    }
}

/// Every step runs in the repository's folder, so that a relative path would mean another place.
fn absolute(folder: &Path) -> Result<String, String> {
    let path = std::path::absolute(folder).ok().filter(|path| path.is_dir());
    let path = path.and_then(|path| path.to_str().map(str::to_owned));
    path.ok_or_else(|| format!("{}: no folder", folder.display()))
}

pub(crate) fn run(options: &Options) -> Ending {
    let mut steps = Vec::new();
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(arguments);
        command
    };
    let mut oracle = cargo(&["test", "--release", "--locked", "--test", "oracle"]);
    oracle.env("RACE_ORACLE_CASES", options.cases.to_string());
    steps.push((format!("oracle, {} deployments", options.cases), oracle));
    steps.push(("release build".to_owned(), cargo(&["build", "--release", "--locked"])));
    steps.push(("instructions".to_owned(), Command::new("tests/instructions/run.sh")));
    steps.push(("packages".to_owned(), Command::new("tests/packaging/run.sh")));
    let mut editor = cargo(&["test", "--release", "--locked", "--test", "lsp"]);
    editor.env("RACE_LSP_DAYS", DAYS.to_string()).env("RACE_LSP_EDITS", EDITS.to_string());
    steps.push((format!("language server, {DAYS} days, {EDITS} edits"), editor));
    steps.push(("VS Code".to_owned(), Command::new("tests/editor/vscode.sh")));
    steps.push(("site and playground".to_owned(), Command::new("tests/site/run.sh")));
    for program in options.programs()? {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(&program);
        steps.push((program.join(" "), command));
    }
    let (mut table, mut has_failed) = (String::new(), false);
    for (name, mut command) in steps {
        println!("== {name}");
        let begin = Instant::now();
        let code = command.current_dir(crate::root()).status().ok().and_then(|status| status.code());
        let word = match code {
            Some(0) => "",
            // As in `.ci/run`: the step has printed what it lacks.
            Some(77) => "  skipped",
            _ => {
                has_failed = true;
                "  failed"
            }
        };
        table.push_str(&format!("{:>5} s  {name}{word}\n", begin.elapsed().as_secs()));
    }
    print!("\n{table}");
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
