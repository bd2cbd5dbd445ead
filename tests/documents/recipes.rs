//! Text for copying: the example of each configuration key, and the files for pipelines.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(top().join(path)).unwrap()
}

fn tool(folder: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"));
    let output = command.args(arguments).current_dir(folder).env_remove("GITHUB_ACTIONS").output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (text, output.status.code())
}

/// The section of each key with its example.
fn sections(page: &str) -> Vec<(String, String)> {
    let sections = page.split("\n## `").skip(1);
    let one = |section: &str| {
        let (key, rest) = section.split_once('`').unwrap();
        let example = rest.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
        (key.to_owned(), example.unwrap_or_default().to_owned())
    };
    sections.map(one).collect()
}

#[test]
fn every_key_has_a_valid_example() {
    let schema: Value = serde_json::from_str(&read("docs/schema/bicep-race-lint.toml.schema.json")).unwrap();
    let keys: BTreeSet<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    let sections = sections(&read("docs/configuration.md"));
    assert_eq!(sections.iter().map(|(key, _)| key.clone()).collect::<BTreeSet<_>>(), keys);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bicep-race-lint.toml"), "").unwrap();
    let infra = folder.path().join("infra");
    std::fs::create_dir(&infra).unwrap();
    std::fs::write(infra.join("main.bicep"), "param name string\n").unwrap();
    for (key, example) in sections {
        assert!(example.contains(&key), "`{key}` has no example");
        std::fs::write(infra.join("bicep-race-lint.toml"), &example).unwrap();
        let (told, code) = tool(&infra, &["main.bicep", "--boundary", ".."]);
        assert_eq!(code, Some(0), "the example of `{key}`: {told}");
    }
    std::fs::write(infra.join("bicep-race-lint.toml"), "no-such-key = 1\n").unwrap();
    assert_eq!(tool(&infra, &["main.bicep"]).1, Some(2), "a wrong example would be seen");
}

/// The lines of a text that call the tool, as words.
fn calls(text: &str) -> Vec<Vec<String>> {
    let calls = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let calls = calls.filter_map(|line| line.split_once("bicep-race-lint ").map(|(_, rest)| rest));
    let words = |rest: &str| rest.split_whitespace().map(|word| word.trim_matches('"').to_owned()).collect();
    calls.map(words).collect()
}

#[test]
fn every_recipe_is_well_formed_and_knows_the_options() {
    let help = tool(&top(), &["--help"]).0;
    let mut names: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(top().join("docs/recipes")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let text = read(&format!("docs/recipes/{name}"));
        let ending = Path::new(&name).extension().and_then(|ending| ending.to_str());
        if matches!(ending, Some("yml" | "yaml")) {
            let read: Value = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(read.as_object().is_some_and(|keys| !keys.is_empty()), "{name}");
        }
        for option in calls(&text).iter().flatten().filter(|word| word.starts_with("--")) {
            let known = option.split('=').next().unwrap();
            assert!(help.contains(known) || known == "--version", "{name}: there is no option `{option}`");
        }
        assert!(read("docs/ci.md").contains(&format!("recipes/{name}")), "docs/ci.md does not name {name}");
        names.push(name);
    }
    assert!(names.len() >= 6, "{names:?}");
}

/// The actions that a recipe uses are pinned, so that they cannot change.
#[test]
fn actions_of_others_are_pinned_and_permissions_are_few() {
    let workflow: Value = serde_saphyr::from_str(&read("docs/recipes/github.yml")).unwrap();
    assert_eq!(workflow["permissions"], serde_json::json!({}));
    let job = &workflow["jobs"]["races"];
    assert_eq!(job["permissions"], serde_json::json!({ "contents": "read", "security-events": "write" }));
    let used = job["steps"].as_array().unwrap().iter().filter_map(|step| step["uses"].as_str());
    let others: Vec<&str> = used.filter(|action| !action.starts_with("bicep-race-lint/")).collect();
    assert!(!others.is_empty());
    for action in others {
        let (_, commit) = action.split_once('@').unwrap();
        assert!(commit.len() == 40 && commit.chars().all(|digit| digit.is_ascii_hexdigit()), "{action}");
    }
}
