//! Compares the tool with public corpora: `cargo xtask conformance arm|findings|graph|parse|tokens|verdicts DIR…`.

mod arm;
mod findings;
mod graph;
mod parse;
mod tokens;
mod verdicts;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let (command, folders) = arguments.split_first().map_or(("", arguments), |(first, rest)| (first, rest));
    let folders: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
    let all_agree = match command {
        "arm" => arm::run(&folders),
        "findings" => findings::run(&folders),
        "graph" => graph::run(&folders),
        "parse" => parse::run(&folders),
        "tokens" => tokens::run(&folders),
        "verdicts" => verdicts::run(&folders),
        _ => {
            eprintln!("usage: conformance arm|findings|graph|parse|tokens|verdicts DIR…");
            return ExitCode::from(2);
        }
    };
    if all_agree { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
