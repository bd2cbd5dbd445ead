//! The action as a runner runs it: its steps are taken from `action.yml` and run by bash, with files where GitHub has them.
#![cfg(unix)]
// In tests a panic is how a failure is told.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use serde::Deserialize;

#[derive(Deserialize)]
struct Action {
    inputs: BTreeMap<String, Input>,
    outputs: BTreeMap<String, OutputValue>,
    runs: Runs,
}

#[derive(Deserialize)]
struct Input {
    description: String,
    default: String,
}

#[derive(Deserialize)]
struct OutputValue {
    value: String,
}

#[derive(Deserialize)]
struct Runs {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    name: String,
    env: BTreeMap<String, String>,
    run: String,
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn action() -> Action {
    serde_saphyr::from_str(&std::fs::read_to_string(here().join("action.yml")).unwrap()).unwrap()
}

/// A run of the `Check` step with these inputs; the others have their defaults.
struct Run {
    output: Output,
    folder: tempfile::TempDir,
}

impl Run {
    fn of(inputs: &[(&str, &str)]) -> Self {
        let action = action();
        let step = action.runs.steps.iter().find(|step| step.name == "Check").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let tool = Path::new(env!("CARGO_BIN_EXE_bicep-race-lint")).parent().unwrap();
        let path = format!("{}:{}", tool.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        // As the runner calls it.
        command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", &step.run]).current_dir(here());
        command.env("PATH", path).env("GITHUB_ACTIONS", "true").env("COLUMNS", "100");
        command.env("RUNNER_TEMP", folder.path());
        for file in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"] {
            command.env(file, folder.path().join(file));
        }
        for (name, value) in &step.env {
            let input = value.strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}")).unwrap();
            let given = inputs.iter().find(|(known, _)| *known == input).map(|(_, value)| *value);
            command.env(name, given.unwrap_or(&action.inputs[input].default));
        }
        let output = command.output().unwrap();
        Self { output, folder }
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    fn code(&self) -> i32 {
        self.output.status.code().unwrap()
    }
}

#[test]
fn findings_are_annotated_summarised_and_written_for_the_upload() {
    let run = Run::of(&[("paths", "fixtures/outputs/one-file.bicep")]);
    assert_eq!(run.code(), 1);
    assert_eq!(run.stdout().matches("::error file=fixtures/outputs/one-file.bicep,").count(), 1);
    assert!(run.read("GITHUB_STEP_SUMMARY").starts_with("## Azure deployment races"));
    let sarif = run.folder.path().join("bicep-race-lint.sarif");
    assert_eq!(run.read("GITHUB_OUTPUT"), format!("sarif={}\nexit-code=1\n", sarif.display()));
    assert!(std::fs::read_to_string(sarif).unwrap().contains("\"hub-gateways\""));
}

#[test]
fn inputs_do_what_they_say() {
    let page = tempfile::tempdir().unwrap();
    let html = page.path().join("races.html").display().to_string();
    let run = Run::of(&[
        ("paths", "fixtures/outputs/one-file.bicep\nfixtures/outputs/unresolved.bicep"),
        ("level", "note"),
        ("fail-on", "never"),
        ("html", &html),
        ("annotations", "false"),
    ]);
    assert_eq!(run.code(), 0);
    assert!(!run.stdout().contains("::error"), "{}", run.stdout());
    assert!(run.stdout().contains("note[unresolved-module]"), "{}", run.stdout());
    assert!(run.stdout().contains("one-file.bicep"));
    assert!(std::fs::read_to_string(&html).unwrap().starts_with("<!DOCTYPE html>"));
    assert!(run.read("GITHUB_OUTPUT").ends_with("exit-code=0\n"));
}

/// A run that fails before it has read anything leaves reports that say so, and no result of an earlier run.
#[test]
fn a_mistake_is_annotated_and_summarised() {
    let kept = tempfile::tempdir().unwrap();
    let sarif = kept.path().join("races.sarif");
    std::fs::write(&sarif, "what an earlier run found").unwrap();
    let path = sarif.display().to_string();
    let run = Run::of(&[("paths", "fixtures/outputs/one-file.bicep"), ("level", "loud"), ("sarif", &path)]);
    assert_eq!(run.code(), 2);
    assert_eq!(run.stdout().matches("::error title=bicep-race-lint::").count(), 1, "{}", run.stdout());
    assert!(run.read("GITHUB_STEP_SUMMARY").contains("The run failed"));
    assert_eq!(run.read("GITHUB_OUTPUT"), format!("sarif={path}\nexit-code=2\n"));
    assert!(std::fs::read_to_string(&sarif).unwrap().contains("\"executionSuccessful\": false"));
}

/// Where no SARIF file can be written there is none to upload.
#[test]
fn the_output_names_only_a_file_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let sarif = folder.path().join("gone/races.sarif").display().to_string();
    let run = Run::of(&[("paths", "fixtures/outputs/one-file.bicep"), ("sarif", &sarif)]);
    assert_eq!(run.code(), 2);
    assert_eq!(run.read("GITHUB_OUTPUT"), "exit-code=2\n");
}

/// Inputs come from whoever may start a workflow; none of them is a command or an option.
#[test]
fn an_input_is_no_command() {
    for paths in ["$(touch hacked) `touch hacked`", "; touch hacked", "--fix", "* /etc/*"] {
        let run = Run::of(&[("paths", paths)]);
        assert_eq!(run.code(), 2, "{paths}: {}", run.stdout());
        assert!(!here().join("hacked").exists(), "{paths}");
    }
}

#[test]
fn every_input_is_described_and_used_and_every_output_is_set() {
    let text = std::fs::read_to_string(here().join("action.yml")).unwrap();
    let action = action();
    for (name, input) in &action.inputs {
        assert!(!input.description.is_empty());
        assert_eq!(text.matches(&format!("${{{{ inputs.{name} }}}}")).count(), 1, "{name}");
    }
    let check = &action.runs.steps[1].run;
    for (name, output) in &action.outputs {
        assert_eq!(output.value, format!("${{{{ steps.check.outputs.{name} }}}}"));
        assert!(check.contains(&format!("echo \"{name}=")), "{name}");
    }
    // What a step runs has no expressions in it: they would be pasted into the script.
    assert!(action.runs.steps.iter().all(|step| !step.run.contains("${{")));
}

/// The workflow in the README uses inputs and outputs that are there.
#[test]
fn the_workflow_in_the_readme_fits_the_action() {
    let readme = std::fs::read_to_string(here().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("### GitHub Actions").unwrap();
    let (_, rest) = rest.split_once("```yaml\n").unwrap();
    let (workflow, _) = rest.split_once("```").unwrap();
    let workflow: serde_json::Value = serde_saphyr::from_str(workflow).unwrap();
    let steps = workflow["jobs"]["races"]["steps"].as_array().unwrap();
    let step = |uses: &str| {
        steps.iter().find(|step| step["uses"].as_str().is_some_and(|name| name.contains(uses))).unwrap()
    };
    let ours = step("bicep-race-lint/bicep-race-lint@");
    let action = action();
    for name in ours["with"].as_object().unwrap().keys() {
        assert!(action.inputs.contains_key(name), "{name}");
    }
    let upload = step("upload-sarif");
    let file = upload["with"]["sarif_file"].as_str().unwrap();
    let output = file.strip_prefix("${{ steps.races.outputs.").unwrap().strip_suffix(" }}").unwrap();
    assert_eq!(ours["id"], "races");
    assert!(action.outputs.contains_key(output), "{output}");
    assert_eq!(workflow["jobs"]["races"]["permissions"]["security-events"], "write");
}
