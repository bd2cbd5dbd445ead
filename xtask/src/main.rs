//! The project's own programs: `cargo xtask NAME …`. They measure, fuzz, compare and generate; no user of the tool needs
//! them.

// These programs print figures for people, and may panic on failure.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::cast_precision_loss, clippy::unwrap_used)]

mod accuracy;
mod check_all;
mod conformance;
mod editor;
mod fuzz;
mod growth;
mod known_modules;
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

/// The same allocator as in the tool, so that measurements match.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A program: it gets the arguments after its name.
type Program = fn(&[String]) -> ExitCode;

/// The programs: name, what each does, and its function.
const PROGRAMS: &[(&str, &str, Program)] = &[
    ("accuracy", "writes the page on accuracy, or says which findings were not read", accuracy::run),
    ("check-all", "runs the checks that take long", check_all::run),
    ("conformance", "holds parser, graph and findings against public corpora", conformance::run),
    ("editor", "measures how soon a language server shows something", editor::run),
    ("fixes", "judges the tool on real fixes of races", official::fixes::run),
    ("fuzz", "runs the fuzz targets with the stable toolchain", fuzz::run),
    ("growth", "measures time and memory by size of the input", growth::run),
    ("known_modules", "describes modules from their sources", known_modules::run),
    ("mutate", "damages real files and checks them", mutate::run),
    ("official", "holds findings against what the official engine computed", official::run),
    ("pages", "writes manual pages and completions, as a release has them", pages::run),
    ("peers", "measures this tool beside others", peers::run),
    ("pictures", "writes pictures for the browser check", pictures::run),
    ("recall", "removes orders from real repositories and counts what is not missed", recall::run),
    ("site", "writes the site with the playground", site::run),
    ("speed", "measures reading, parsing and graphs", speed::run),
    ("upstream", "writes the page of races in public templates", upstream::run),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = arguments.split_first().map_or(("", &[][..]), |(name, rest)| (name, rest));
    // Accept `cargo xtask NAME -- …`, as with `cargo run`.
    let rest = rest.strip_prefix(&["--".to_owned()]).unwrap_or(rest);
    if let Some((_, _, program)) = PROGRAMS.iter().find(|(known, _, _)| *known == name) {
        return program(rest);
    }
    eprintln!("usage: cargo xtask NAME …\n");
    for (name, what, _) in PROGRAMS {
        eprintln!("  {name:<14} {what}");
    }
    ExitCode::from(2)
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
