//! Checks the templates of a folder and prints the report as JSON: `cargo run --example lint_folder -- FOLDER`.

// This is a program that prints.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::PathBuf;
use std::process::ExitCode;

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::config::Config;
use bicep_race_lint::door::Boundary;
use bicep_race_lint::level::Level;
use bicep_race_lint::report::{Format, Style, render};
use bicep_race_lint::session::{Roots, Session};
use bicep_race_lint::workspace::Disk;
use bicep_race_lint::workspace::walk::walk;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: lint_folder FOLDER");
        return ExitCode::from(2);
    };
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    // `.gitignore` is respected. A template that another one calls is not a root.
    let templates = walk(&folder, &[], &Boundary::within(&folder)).found;
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(Disk, Roots::found(&folder, templates));
    let report = session.check();
    let style = Style { color: false, unicode: true, width: 100, is_terminal: false, level: Level::Warning };
    print!("{}", render(&report, Format::Json, style).text());
    if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
