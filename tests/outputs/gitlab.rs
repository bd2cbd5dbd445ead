//! GitLab's code quality report.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{faults, run, run_in, stories_as};

#[test]
fn it_matches_the_schema_of_gitlab() {
    let schema: Value = serde_json::from_str(include_str!("schema/code-quality.schema.json")).unwrap();
    for folder in ["fixtures/outputs", "fixtures/hub", "fixtures/catalog"] {
        let output = run(&[folder, "--level", "note", "--format", "gitlab"]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(faults(&schema, &document), Vec::<String>::new(), "{folder}");
    }
    let empty: Value =
        serde_json::from_slice(&run(&["fixtures/hub/ordered/main.bicep", "--format", "gitlab"]).stdout)
            .unwrap();
    assert_eq!(empty, Value::Array(Vec::new()));
}

fn fingerprints(document: &Value) -> Vec<String> {
    let all =
        document.as_array().unwrap().iter().map(|issue| issue["fingerprint"].as_str().unwrap().to_owned());
    all.collect()
}

/// GitLab shows only the first of several issues with the same fingerprint.
#[test]
fn no_two_issues_share_a_fingerprint() {
    let output = run(&["fixtures", "--level", "note", "--format", "gitlab"]);
    let all = fingerprints(&serde_json::from_slice(&output.stdout).unwrap());
    let different: BTreeSet<&String> = all.iter().collect();
    assert!(all.len() > 50, "{}", all.len());
    assert_eq!(different.len(), all.len());
}

/// If a fingerprint changes, GitLab shows an old issue as fixed and the same issue as new.
#[test]
fn a_new_issue_before_others_keeps_their_fingerprints() {
    let folder = tempfile::tempdir().unwrap();
    let story = |name: &str| std::fs::read_to_string(format!("fixtures/outputs/{name}.bicep")).unwrap();
    let issues = || {
        let output = run_in(folder.path(), &[".", "--level", "note", "--format", "gitlab"]);
        fingerprints(&serde_json::from_slice(&output.stdout).unwrap())
    };
    std::fs::write(folder.path().join("unresolved.bicep"), story("unresolved")).unwrap();
    let before = issues();
    std::fs::write(folder.path().join("broken.bicep"), story("broken")).unwrap();
    std::fs::write(folder.path().join("unresolved.bicep"), format!("\n\n{}", story("unresolved"))).unwrap();
    let after = issues();
    assert!(after.len() > before.len() && before.len() >= 3);
    assert!(before.iter().all(|fingerprint| after.contains(fingerprint)), "{before:?} {after:?}");
    assert!(!stories_as("gitlab").contains("\"minor\""));
}
