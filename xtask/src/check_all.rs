//! Runs the checks that take too long for every change: `cargo xtask check-all [--cases N] [--seconds N] [--mutate
//! DIR]…`.
//!
//! It always runs the oracle with more deployments, the instruction counts of the release build, the packages of a
//! release, the language server through longer days and in VS Code, the site with the playground, and the fuzz targets.
//! Each `--mutate DIR` adds damaged real files; each `--arm`, `--findings`, `--graph`, `--parse`, `--tokens` or
//! `--verdicts DIR` adds that comparison of `conformance`. Every step runs, even after a failed one.

use std::process::{Command, ExitCode};
use std::time::Instant;

const COMPARISONS: [&str; 6] = ["arm", "findings", "graph", "parse", "tokens", "verdicts"];

/// Number of deployments for the oracle; the tests of every change use 5,000.
const CASES: u64 = 100_000;
/// Number of simulated days in an editor that are compared with fresh runs; the tests of every change use 6.
const DAYS: u64 = 200;
/// Number of edits during which the memory of the language server is measured.
const EDITS: u64 = 100_000;
/// Seconds for each fuzz target and each folder of damaged files.
const SECONDS: u64 = 30;

/// The work that the arguments request.
struct Asked {
    cases: u64,
    seconds: u64,
    /// Programs of `xtask`, with their arguments.
    programs: Vec<Vec<String>>,
}

pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let Some(asked) = asked(arguments) else {
        eprintln!(
            "usage: check-all [--cases N] [--seconds N] [--mutate DIR]… \
             [--arm|--findings|--graph|--parse|--tokens|--verdicts DIR]…"
        );
        return ExitCode::from(2);
    };
    let mut steps = Vec::new();
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(arguments);
        command
    };
    let mut oracle = cargo(&["test", "--release", "--locked", "--test", "oracle"]);
    oracle.env("RACE_ORACLE_CASES", asked.cases.to_string());
    steps.push((format!("oracle, {} deployments", asked.cases), oracle));
    steps.push(("release build".to_owned(), cargo(&["build", "--release", "--locked"])));
    steps.push(("instructions".to_owned(), Command::new("tests/instructions/run.sh")));
    steps.push(("packages".to_owned(), Command::new("tests/packaging/run.sh")));
    let mut editor = cargo(&["test", "--release", "--locked", "--test", "lsp"]);
    editor.env("RACE_LSP_DAYS", DAYS.to_string()).env("RACE_LSP_EDITS", EDITS.to_string());
    steps.push((format!("language server, {DAYS} days, {EDITS} edits"), editor));
    steps.push(("VS Code".to_owned(), Command::new("tests/editor/vscode.sh")));
    steps.push(("site and playground".to_owned(), Command::new("tests/site/run.sh")));
    let fuzz = ["fuzz".to_owned(), "all".to_owned(), asked.seconds.to_string()].to_vec();
    for program in std::iter::once(fuzz).chain(asked.programs) {
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
    if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn asked(arguments: &[String]) -> Option<Asked> {
    let mut asked = Asked { cases: CASES, seconds: SECONDS, programs: Vec::new() };
    let mut folders = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let value = arguments.next()?;
        match argument.strip_prefix("--")? {
            "cases" => asked.cases = value.parse().ok()?,
            "seconds" => asked.seconds = value.parse().ok()?,
            name if name == "mutate" || COMPARISONS.contains(&name) => {
                let folder = std::path::absolute(value).ok().filter(|folder| folder.is_dir())?;
                folders.push((name, folder.to_str()?.to_owned()));
            }
            _ => return None,
        }
    }
    for (name, folder) in folders {
        asked.programs.push(match name {
            "mutate" => vec![name.to_owned(), folder, asked.seconds.to_string()],
            _ => vec!["conformance".to_owned(), name.to_owned(), folder],
        });
    }
    Some(asked)
}
