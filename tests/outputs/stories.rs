//! The stories in every format.

use std::collections::BTreeSet;

use bicep_race_lint::report::Format;
use clap::ValueEnum;

use super::{FORMATS, STORIES, run, stories_as, text};

#[test]
fn the_tests_cover_all_formats() {
    let named = Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let of_the_tool: BTreeSet<String> = named.map(|format| format.get_name().to_owned()).collect();
    assert_eq!(of_the_tool, FORMATS.map(str::to_owned).into());
}

#[test]
fn every_format_tells_every_story() {
    for format in FORMATS {
        let told = stories_as(format);
        // Style and script have their own tests; this one is about the text.
        let told = match told.split_once("<body>") {
            Some((_, body)) => body.split("<script>").next().unwrap().replace("><", ">\n<"),
            None => told,
        };
        insta::assert_snapshot!(format!("stories_as_{format}"), told);
    }
}

/// The rules of the stories appear in every format that names rules.
#[test]
fn no_format_leaves_a_story_out() {
    for format in FORMATS {
        let told = stories_as(format);
        let rules = ["hub-gateways", "parallel-writers", "parallel-loop", "unresolved-module"];
        for rule in rules.into_iter().chain(["syntax", "unused-suppression"]) {
            assert!(told.contains(rule), "{format} does not tell of {rule}");
        }
    }
}

#[test]
fn one_run_writes_many_outputs_and_each_is_what_its_format_prints() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<String> =
        FORMATS.iter().map(|format| folder.path().join(format).display().to_string()).collect();
    let outputs: Vec<String> =
        FORMATS.iter().zip(&paths).map(|(format, path)| format!("--output={format}={path}")).collect();
    let mut arguments = vec![STORIES, "--level", "note", "--format", "concise"];
    arguments.extend(outputs.iter().map(String::as_str));
    assert_eq!(text(&run(&arguments).stdout), stories_as("concise"));
    for (format, path) in FORMATS.iter().zip(&paths) {
        assert_eq!(std::fs::read_to_string(path).unwrap(), stories_as(format), "{format}");
    }
}

#[test]
fn an_unwritable_output_fails_the_run_and_is_named() {
    let output = run(&[STORIES, "--output", "sarif=/not/there/races.sarif"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("cannot write `/not/there/races.sarif`"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn the_same_stories_are_the_same_bytes_in_every_format() {
    for format in FORMATS {
        assert_eq!(stories_as(format), stories_as(format), "{format}");
    }
}

/// The findings that remain after `--fix` follow the selection, the levels and the baseline.
#[test]
fn remaining_findings_follow_the_selection() {
    let folder = tempfile::tempdir().unwrap();
    for story in ["one-file", "loop"] {
        let from = format!("{STORIES}/{story}.bicep");
        std::fs::copy(from, folder.path().join(story).with_extension("bicep")).unwrap();
    }
    let only = ["--select", "hub-gateways", "--fix", "--format", "concise", "--statistics"];
    let output = super::run_in(folder.path(), &[&["."], &only[..]].concat());
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), ""));
    let said = text(&output.stderr);
    assert!(said.contains("changed 1 file") && said.contains("analysing"), "{said}");
    let output = super::run_in(folder.path(), &[".", "--format", "concise"]);
    assert_eq!(text(&output.stdout).matches("parallel-loop").count(), 1, "the loop is as it was");
    assert_eq!(text(&output.stdout).lines().count(), 1);
}

/// The edges of other findings can make a manual finding fixable; then it is fixed too.
#[test]
fn a_fix_leaves_nothing_fixable() {
    let hub = |symbol: &str, name: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/virtualHubs@2024-05-01' existing = {{ name: {name} }}\n"
        )
    };
    let gateway = |symbol: &str, hub: &str, rest: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: '{symbol}'\n  properties: {{ \
             virtualHub: {{ id: {hub}.id }} }}\n{rest}}}\n"
        )
    };
    let main = [
        "param names array\n".to_owned(),
        hub("one", "'one'"),
        gateway("first", "one", ""),
        "module some 'both.bicep' = [for name in names: {\n  name: 'some-${name}'\n  params: { hub: 'one', tag: name }\n  \
         dependsOn: [ first ]\n}]\n"
            .to_owned(),
        gateway("last", "one", "  dependsOn: [ some ]\n"),
        "module other 'both.bicep' = {\n  name: 'other'\n  params: { hub: 'one', tag: 'other' }\n}\n".to_owned(),
    ];
    let both = [
        "param hub string\nparam tag string\n".to_owned(),
        hub("one", "hub"),
        hub("two", "'two'"),
        "resource intent 'Microsoft.Network/virtualHubs/routingIntent@2024-05-01' = {\n  parent: one\n  name: 'intent'\n}\n"
            .to_owned(),
        gateway("gateway", "two", "").replace("name: 'gateway'", "name: tag"),
    ];
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.bicep"), main.concat()).unwrap();
    std::fs::write(folder.path().join("both.bicep"), both.concat()).unwrap();
    let diff = text(&super::run_in(folder.path(), &["main.bicep", "--diff"]).stdout);
    let output = super::run_in(folder.path(), &["main.bicep", "--fix", "--format", "json"]);
    let left: serde_json::Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    let findings = left["findings"].as_array().unwrap();
    assert!(!findings.is_empty() && findings.iter().all(|finding| finding["fix"].is_null()), "{findings:#?}");
    assert!(text(&output.stderr).contains("changed 1 file"));
    let after = std::fs::read_to_string(folder.path().join("main.bicep")).unwrap();
    let lines = |sign: &str, of_head: &str| {
        diff.lines().filter(|line| line.starts_with(sign) && !line.starts_with(of_head)).count()
    };
    let (before, added) = (main.concat().lines().count(), lines("+", "+++"));
    assert_eq!(after.lines().count(), before + added - lines("-", "---"), "{diff}");
}

#[test]
fn stale_baseline_entries_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let from = |story: &str| std::fs::read_to_string(format!("{STORIES}/{story}.bicep")).unwrap();
    let path = folder.path().join("main.bicep");
    std::fs::write(&path, from("one-file") + &from("loop")).unwrap();
    let run = |arguments: &[&str]| super::run_in(folder.path(), &[&["main.bicep"], arguments].concat());
    assert!(
        text(&run(&["--write-baseline", "races.json"]).stderr).contains("wrote 2 findings to races.json")
    );
    assert_eq!(run(&["--baseline", "races.json"]).status.code(), Some(0));
    std::fs::write(&path, "").unwrap();
    let said = text(&run(&["--baseline", "races.json"]).stderr);
    assert!(said.contains("note: 2 entries in races.json no longer found"), "{said}");
    let said = text(&run(&["--baseline", "races.json", "--prune-baseline"]).stderr);
    assert!(said.contains("removed 2 stale entries from races.json"), "{said}");
}
