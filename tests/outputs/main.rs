//! Checks the output from the reader's side: the same stories in every format, each format against its schema or a
//! parser, and names that try to inject commands or markup.

// A test reports a failure by a panic.
#![allow(clippy::unwrap_used)]

#[path = "../common/formats.rs"]
mod formats;
mod github;
mod gitlab;
mod injection;
mod junit;
mod page;
mod pictures;
mod pipelines;
mod sarif;
mod stories;
mod terminal;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use self::formats::FORMATS;

/// The stories: one file, two files, through modules, a loop, a condition, unresolved, suppressed, broken.
const STORIES: &str = "fixtures/outputs";

fn tool(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"));
    command.args(arguments).current_dir(folder).env("COLUMNS", "100").stdin(Stdio::null());
    for name in ["GITHUB_ACTIONS", "TF_BUILD", "CI", "FORCE_COLOR", "CLICOLOR_FORCE", "NO_COLOR"] {
        command.env_remove(name);
    }
    command
}

fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    tool(folder, arguments).output().unwrap()
}

fn run(arguments: &[&str]) -> Output {
    run_in(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The output for the stories in a format, including notes.
fn stories_as(format: &str) -> String {
    text(&run(&[STORIES, "--level", "note", "--format", format]).stdout)
}

/// The violations of a schema in a document.
fn faults(schema: &serde_json::Value, document: &serde_json::Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).unwrap();
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}
