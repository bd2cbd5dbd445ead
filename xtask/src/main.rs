//! The project's own programs: `cargo xtask NAME …`, described by `cargo xtask help` and `cargo xtask NAME --help`. They measure,
//! fuzz, compare and generate; no user of the tool needs them.

// These programs print figures for people, and may panic on failure.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::cast_precision_loss, clippy::unwrap_used)]

mod accuracy;
mod check_all;
mod conformance;
mod editor;
mod fuzz;
mod growth;
mod known_modules;
mod mutants;
mod mutate;
mod official;
mod pages;
mod peers;
mod pictures;
mod recall;
mod site;
mod speed;
mod upstream;

#[path = "../../fuzz/bytes.rs"]
mod bytes;
#[path = "../../fuzz/properties.rs"]
mod properties;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

/// The allocator of the tool, so that figures are those of the tool.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How a program ends: with an exit code, or because it could not do its work.
type Ending = Result<ExitCode, String>;

/// The project's own programs
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Program {
    /// Write the page on accuracy, or list findings that nobody has read
    Accuracy(accuracy::Options),
    /// Run the checks that take long
    CheckAll(check_all::Options),
    /// Check parser, graph and findings with public corpora
    Conformance(conformance::Options),
    /// Measure how soon a language server shows its first results
    Editor(editor::Options),
    /// Check the tool against real fixes of races
    Fixes(official::fixes::Options),
    /// Run the fuzz targets with the stable toolchain
    Fuzz(fuzz::Options),
    /// Measure time and memory by the size of the input
    Growth(growth::Options),
    /// Describe modules from their sources
    #[command(name = "known_modules", alias = "known-modules")]
    KnownModules(known_modules::Options),
    /// Change the code in one place at a time and see whether a test notices
    Mutants(mutants::Options),
    /// Damage real files and check them
    Mutate(mutate::Options),
    /// Compare findings with the results of the official engine
    Official(official::Options),
    /// Write the manual page and completions of a release
    Pages(pages::Options),
    /// Compare the speed and memory of this tool with those of others
    Peers(peers::Options),
    /// Write pictures for the browser check
    Pictures(pictures::Options),
    /// Remove orders from real repositories and count the missing ones that are not reported
    Recall(recall::Options),
    /// Write the site with the playground
    Site(site::Options),
    /// Measure reading, parsing and graphs
    Speed(speed::Options),
    /// Write the page of races in public templates
    Upstream(upstream::Options),
}

fn main() -> ExitCode {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    // People who know `cargo run` type `cargo xtask NAME -- …`.
    if arguments.get(2).is_some_and(|argument| argument == "--") {
        arguments.remove(2);
    }
    let outcome = match Program::parse_from(arguments) {
        Program::Accuracy(options) => accuracy::run(&options),
        Program::CheckAll(options) => check_all::run(&options),
        Program::Conformance(options) => Ok(conformance::run(&options)),
        Program::Editor(options) => Ok(editor::run(&options)),
        Program::Fixes(options) => options.hold(),
        Program::Fuzz(options) => fuzz::run(&options),
        Program::Growth(options) => Ok(growth::run(&options)),
        Program::KnownModules(options) => known_modules::run(&options),
        Program::Mutants(options) => mutants::run(&options),
        Program::Mutate(options) => mutate::run(&options),
        Program::Official(options) => options.hold(),
        Program::Pages(options) => pages::run(&options),
        Program::Peers(options) => Ok(peers::run(&options)),
        Program::Pictures(options) => pictures::run(&options),
        Program::Recall(options) => recall::run(&options),
        Program::Site(options) => site::run(&options),
        Program::Speed(options) => Ok(speed::run(&options)),
        Program::Upstream(options) => upstream::run(&options),
    };
    outcome.unwrap_or_else(|why| {
        eprintln!("error: {why}");
        ExitCode::from(2)
    })
}

/// The folder of the repository.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The repository of a checkout, from the name of its folder. Ex) Azure/ALZ-Bicep for `Azure+ALZ-Bicep`
fn repository_of(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().replacen('+', "/", 1)
}

/// The tool's binary next to this program.
fn linter() -> Option<PathBuf> {
    let here = std::env::current_exe().ok()?;
    let found = here.parent()?.join(format!("bicep-race-lint{}", std::env::consts::EXE_SUFFIX));
    found.is_file().then_some(found)
}

/// Replaces a table between two markers in the README.
fn write_into_readme(name: &str, table: &str) {
    let path = root().join("README.md");
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    std::fs::write(path, format!("{before}{begin}{table}{end}{after}")).unwrap();
}
