//! Compares the tool with public corpora: `cargo xtask conformance arm|findings|graph|parse|tokens|verdicts DIR…`.

mod arm;
mod findings;
mod graph;
mod parse;
mod tokens;
mod verdicts;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Options {
    comparison: Comparison,
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Comparison {
    /// Compare nodes and edges of compiled templates with their JSON
    Arm,
    /// Compare findings in Bicep with those in compiled ARM
    Findings,
    /// Compare graphs with compiled ARM
    Graph,
    /// Parse real files
    Parse,
    /// Compare tokens with the compiler's
    Tokens,
    /// Compare what is accepted with the compiler
    Verdicts,
}

pub(crate) fn run(options: &Options) -> ExitCode {
    let compare = match options.comparison {
        Comparison::Arm => arm::run,
        Comparison::Findings => findings::run,
        Comparison::Graph => graph::run,
        Comparison::Parse => parse::run,
        Comparison::Tokens => tokens::run,
        Comparison::Verdicts => verdicts::run,
    };
    if compare(&options.folders) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// All files below `folders` that pass the filter, sorted.
pub(crate) fn files(folders: &[PathBuf], filter: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let entries = folders.iter().flat_map(walkdir::WalkDir::new).filter_map(Result::ok);
    let mut found: Vec<_> = entries
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(|path| filter(path))
        .collect();
    found.sort();
    found
}

/// A file's text, decoded from UTF-8 or UTF-16, without the byte order mark.
fn read(path: &Path) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).ok(),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok()
}
