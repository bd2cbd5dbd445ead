//! Plays the GitHub runner: bash runs the steps of `action.yml`, with the files and environment that GitHub provides.
#![cfg(unix)]
// A test reports a failure by a panic.
#![allow(clippy::unwrap_used)]

mod check;
mod install;
mod runner;

use runner::{action, here};

#[test]
fn every_input_is_described_and_used_and_every_output_is_set() {
    let text = std::fs::read_to_string(here().join("action.yml")).unwrap();
    let action = action();
    for (name, input) in &action.inputs {
        assert!(!input.description.is_empty());
        assert!(text.contains(&format!("inputs.{name} ")), "{name}");
    }
    let check = std::fs::read_to_string(here().join("action/check.sh")).unwrap();
    for (name, output) in &action.outputs {
        assert_eq!(output.value, format!("${{{{ steps.check.outputs.{name} }}}}"));
        assert!(check.contains(&format!("echo \"{name}=")), "{name}");
    }
    for step in &action.runs.steps {
        // No expressions in a step's script: GitHub pastes their values into the script, which allows injection.
        assert!(!step.run.contains("${{"), "{}", step.name);
        // Actions are pinned to a commit, because a tag can be moved.
        let (_, version) = step.uses.split_once('@').unwrap_or_default();
        assert!(step.uses.is_empty() || version.len() == 40, "{}", step.uses);
    }
}

/// The script of a step reads each of its variables.
#[test]
fn every_variable_is_read() {
    for step in action().runs.steps {
        let Some((_, script)) = step.run.split_once("$GITHUB_ACTION_PATH/") else { continue };
        let script = std::fs::read_to_string(here().join(script.trim_end_matches('"'))).unwrap_or_default();
        for name in step.env.keys().filter(|name| *name != "GH_TOKEN") {
            assert!(script.contains(&format!("${name}")) || script.contains(&format!("${{{name}")), "{name}");
        }
    }
}

/// The README's workflow uses only inputs that the action has.
#[test]
fn the_workflow_in_the_readme_fits_the_action() {
    let readme = std::fs::read_to_string(here().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("In GitHub Actions, ").unwrap();
    let (_, rest) = rest.split_once("```yaml\n").unwrap();
    let (workflow, _) = rest.split_once("```").unwrap();
    let workflow: serde_json::Value = serde_saphyr::from_str(workflow).unwrap();
    let job = &workflow["jobs"]["races"];
    let steps = job["steps"].as_array().unwrap();
    let ours = steps
        .iter()
        .find(|step| {
            step["uses"].as_str().is_some_and(|name| name.starts_with("bicep-race-lint/bicep-race-lint@"))
        })
        .unwrap();
    let action = action();
    for name in ours["with"].as_object().unwrap().keys() {
        assert!(action.inputs.contains_key(name), "{name}");
    }
    assert_eq!(ours["with"]["upload-sarif"], true);
    assert_eq!(job["permissions"]["security-events"], "write");
}
