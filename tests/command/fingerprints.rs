//! Fingerprints are recorded once, and do not depend on lines, order and neighbours.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The report on files and folders below a folder.
fn report(folder: &Path, arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"))
        .args(["--format", "json", "--level", "note", "--no-config"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().unwrap()
}

/// A finding as a line of the record: its fingerprint, and a description for readers.
fn line(finding: &Value) -> String {
    let rule = text(finding, "rule");
    let entry = finding["entry"].as_str().map_or_else(String::new, |entry| format!(" ({entry})"));
    let symbols: Vec<&str> =
        list(finding, "participants").iter().map(|writer| text(writer, "symbol")).collect();
    format!(
        "{} {} {rule}{entry}: {}",
        text(finding, "fingerprint"),
        text(finding, "root"),
        symbols.join(", ")
    )
}

/// The findings of fifty templates must keep the recorded fingerprints in every release. `RECORD_FINGERPRINTS=1` adds
/// lines for templates that have none, and never changes a line.
#[test]
fn recorded_fingerprints_never_change() {
    let path = here().join("tests/fingerprints.txt");
    let record = fs::read_to_string(&path).unwrap();
    let lines = record.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let (named, recorded): (Vec<&str>, Vec<&str>) = lines.partition(|line| !line.contains(' '));
    let recorded: BTreeSet<String> = recorded.into_iter().map(str::to_owned).collect();
    let root_of = |line: &str| line.split(' ').nth(1).unwrap().to_owned();
    let known: BTreeSet<String> = recorded.iter().map(|line| root_of(line)).collect();
    let roots: BTreeSet<&str> = named.into_iter().chain(known.iter().map(String::as_str)).collect();
    let report = report(here(), &roots.iter().copied().collect::<Vec<_>>());
    let findings = list(&report, "findings").iter();
    let found: BTreeSet<String> = findings.map(line).collect();
    if std::env::var_os("RECORD_FINGERPRINTS").is_some() {
        let head: Vec<&str> = record.lines().take_while(|line| line.starts_with('#')).collect();
        let new = found.iter().filter(|line| !known.contains(&root_of(line))).cloned();
        let mut all: Vec<String> = recorded.iter().cloned().chain(new).collect();
        all.sort_by_key(|line| (root_of(line), line.clone()));
        fs::write(&path, format!("{}\n\n{}\n", head.join("\n"), all.join("\n"))).unwrap();
        return;
    }
    let lost: Vec<&String> = recorded.difference(&found).collect();
    assert!(lost.is_empty(), "{lost:#?} instead of {:#?}", found.difference(&recorded).collect::<Vec<_>>());
    assert!(known.len() >= 50, "{} templates", known.len());
}

fn templates(folder: &Path) -> Vec<PathBuf> {
    let mut open = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A copy of the fixtures in which a function has changed each Bicep file.
fn changed(change: &mut dyn FnMut(&str, &str) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for path in templates(&here().join("fixtures")) {
        let name = path.strip_prefix(here()).unwrap();
        let to = folder.path().join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        match fs::read_to_string(&path) {
            Ok(text) if path.extension().is_some_and(|extension| extension == "bicep") => {
                fs::write(to, change(&name.to_string_lossy().replace('\\', "/"), &text)).unwrap();
            }
            _ => drop(fs::copy(&path, to).unwrap()),
        }
    }
    folder
}

/// Every fingerprint in a report, with the result that has it.
fn fingerprints(report: &Value) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for result in list(report, "findings").iter().chain(list(report, "diagnostics")) {
        let at = |key: &str| result[key].as_str().unwrap_or_default();
        let told = format!("{}{}: {}: {}", at("root"), at("file"), at("rule"), at("message"));
        let other = all.insert(text(result, "fingerprint").to_owned(), told.clone());
        assert_eq!(other, None, "the same fingerprint as {told}");
    }
    all
}

fn of_fixtures() -> BTreeMap<String, String> {
    fingerprints(&report(here(), &["fixtures"]))
}

fn assert_same(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) {
    let gone: Vec<_> = before.iter().filter(|(print, _)| !after.contains_key(*print)).collect();
    let new: Vec<_> = after.iter().filter(|(print, _)| !before.contains_key(*print)).collect();
    assert!(gone.is_empty() && new.is_empty(), "gone {gone:#?} new {new:#?}");
}

#[test]
fn moved_lines_change_no_fingerprint() {
    let before = of_fixtures();
    assert!(before.len() > 100, "{}", before.len());
    let folder = changed(&mut |_, text| format!("\n// moved\n\n{text}"));
    assert_same(&before, &fingerprints(&report(folder.path(), &["fixtures"])));
}

/// The declarations of a template, each with the decorators, directives and comments before it. `None` if a directive
/// applies to a range of lines.
fn declarations(text: &str) -> Option<Vec<String>> {
    if text.contains("#disable-diagnostics") || text.contains("'''") || text.contains("/*") {
        return None;
    }
    let (mut all, mut open, mut depth) = (Vec::new(), String::new(), 0_i32);
    // A decorator may span several lines.
    let mut is_before = true;
    for line in text.lines() {
        if depth == 0 {
            is_before =
                line.trim().is_empty() || ["//", "#", "@"].iter().any(|start| line.starts_with(start));
        }
        open.push_str(line);
        open.push('\n');
        let code = line.split("//").next().unwrap();
        depth += code
            .chars()
            .map(|char| i32::from("{[(".contains(char)) - i32::from("}])".contains(char)))
            .sum::<i32>();
        if depth == 0 && !is_before {
            all.push(std::mem::take(&mut open));
        }
    }
    all.push(open);
    Some(all)
}

#[test]
fn reordered_declarations_change_no_fingerprint() {
    let before: BTreeSet<String> = of_fixtures().into_keys().collect();
    let mut runner = TestRunner::new(Config {
        cases: 4,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    });
    let test = |seed: u64| {
        let mut state = seed;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let mut shuffled = 0;
        let folder = changed(&mut |_, text| {
            // An unparsable declaration ends where the next one begins.
            let Some(mut all) = declarations(text).filter(|_| !text.contains("broken")) else {
                return text.to_owned();
            };
            for at in (1..all.len()).rev() {
                all.swap(at, next(at + 1));
            }
            shuffled += 1;
            all.concat()
        });
        prop_assert!(shuffled > 100);
        let after: BTreeMap<String, String> = fingerprints(&report(folder.path(), &["fixtures"]));
        let gone: Vec<&String> = before.iter().filter(|print| !after.contains_key(*print)).collect();
        let new: Vec<_> = after.iter().filter(|(print, _)| !before.contains(*print)).collect();
        prop_assert!(gone.is_empty() && new.is_empty(), "gone {gone:#?} new {new:#?}");
        Ok(())
    };
    runner.run(&any::<u64>(), test).unwrap();
}

#[test]
fn other_findings_change_no_fingerprint() {
    let told = report(here(), &["fixtures"]);
    let before = fingerprints(&told);
    // A called template stays unchanged, because with new declarations its callers would be different writers.
    let roots: BTreeSet<&str> = list(&told, "findings").iter().map(|finding| text(finding, "root")).collect();
    let more = "\nresource unrelatedHub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: 'unrelated' }\n\
        resource unrelatedOne 'Microsoft.Network/vpnGateways@2024-05-01' = {\n  name: 'one'\n  location: 'x'\n  \
        properties: { virtualHub: { id: unrelatedHub.id } }\n}\n\
        resource unrelatedOther 'Microsoft.Network/p2svpnGateways@2024-05-01' = {\n  name: 'other'\n  location: 'x'\n  \
        properties: { virtualHub: { id: unrelatedHub.id } }\n}\nresource\n";
    let folder = changed(&mut |name, text| {
        let added = if roots.contains(name) { more } else { "" };
        format!("{text}{added}")
    });
    let after = fingerprints(&report(folder.path(), &["fixtures"]));
    let gone: Vec<_> = before.iter().filter(|(print, _)| !after.contains_key(*print)).collect();
    assert!(gone.is_empty(), "{gone:#?}");
    assert!(after.len() > before.len() + 100, "{} and {}", before.len(), after.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Files with almost identical declarations: every result still gets its own fingerprint.
    #[test]
    fn no_two_results_share_a_fingerprint(
        gateways in proptest::collection::vec((0_usize..3, 0_usize..4, any::<bool>()), 1..9),
        broken in proptest::collection::vec(0_usize..3, 0..5),
        modules in 0_usize..4,
    ) {
        let hubs = ["resourceId('Microsoft.Network/virtualHubs', hub)", "hubId", "resourceId('Microsoft.Network/virtualHubs', 'hub')", "hubs[i].id"];
        let mut text = String::from("param hub string\nparam hubId string\nparam hubs array\n");
        for (at, (kind, hub, is_loop)) in gateways.iter().enumerate() {
            let ty = ["vpnGateways", "p2svpnGateways", "expressRouteGateways"][*kind];
            let hub = if *is_loop { hubs[*hub] } else { hubs[*hub % 3] };
            let (open, close) = if *is_loop { ("[for i in range(0, length(hubs)): ", "]") } else { ("", "") };
            // Some symbols are declared twice, which the compiler rejects but this tool accepts.
            text.push_str(&format!(
                "resource g{} 'Microsoft.Network/{ty}@2024-05-01' = {open}{{\n  name: 'g{at}'\n  properties: {{ virtualHub: {{ id: {hub} }} }}\n}}{close}\n",
                at / 2
            ));
        }
        for at in 0..modules {
            text.push_str(&format!("module m{} 'br/public:gone/{}:1' = {{ name: 'm' }}\n", at / 2, at / 3));
        }
        for what in broken {
            text.push_str(["resource\n", "param\n", "#disable-next-line hub-gateways\n\n"][what]);
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("main.bicep"), &text).unwrap();
        fs::write(folder.path().join("copy.bicep"), &text).unwrap();
        let told = report(folder.path(), &["."]);
        let count = list(&told, "findings").len() + list(&told, "diagnostics").len();
        prop_assert_eq!(fingerprints(&told).len(), count);
    }
}

/// Runs the tool in a folder, and returns exit code and standard error.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"))
        .args(["--no-config", "main.bicep"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn story(name: &str) -> String {
    fs::read_to_string(here().join(format!("fixtures/outputs/{name}.bicep"))).unwrap()
}

/// A baseline that version 0.1.0 wrote for this template is still accepted, and is rewritten in the new form.
#[test]
fn a_baseline_of_the_previous_release_still_works() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main.bicep");
    fs::write(&main, story("one-file")).unwrap();
    let old = fs::read_to_string(here().join("tests/baseline-1.json")).unwrap();
    let path = folder.path().join("races.json");
    fs::write(&path, old).unwrap();
    let (code, said) = run(folder.path(), &["--baseline", "races.json"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("races.json is of version 1"), "{said}");
    assert!(said.contains("no longer found: main.bicep: parallel-writers: gone since"), "{said}");
    // A new finding is not accepted by that.
    fs::write(&main, story("one-file") + &story("loop")).unwrap();
    let (code, said) = run(folder.path(), &["--baseline", "races.json", "--write-baseline", "races.json"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("wrote 1 finding to races.json"), "{said}");
    let new: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(new["schemaVersion"], 2);
    fs::write(&main, format!("\n\n{}", story("one-file"))).unwrap();
    assert_eq!(run(folder.path(), &["--baseline", "races.json"]), (Some(0), String::new()));
}

/// Accepted diagnostics fail no level, but an incomplete analysis still fails `--strict`.
#[test]
fn accepted_diagnostics_fail_no_level() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.bicep"), "resource\nparam a string\n").unwrap();
    assert_eq!(run(folder.path(), &[]).0, Some(1));
    let (code, said) = run(folder.path(), &["--write-baseline", "races.json"]);
    assert_eq!((code, said.trim()), (Some(0), "wrote 0 findings and 1 diagnostic to races.json"));
    let accepted = report(folder.path(), &["main.bicep", "--baseline", "races.json"]);
    assert_eq!(list(&accepted, "diagnostics"), &[] as &[Value]);
    assert_eq!((&accepted["summary"]["baselined"], &accepted["summary"]["errors"]), (&1.into(), &0.into()));
    assert_eq!(run(folder.path(), &["--baseline", "races.json"]).0, Some(0));
    assert_eq!(run(folder.path(), &["--baseline", "races.json", "--strict"]).0, Some(3));
    // Another result of the same kind is new.
    fs::write(folder.path().join("main.bicep"), "resource\nparam a string\nresource\n").unwrap();
    assert_eq!(run(folder.path(), &["--baseline", "races.json"]).0, Some(1));
    fs::write(folder.path().join("main.bicep"), "param a string\n").unwrap();
    let (code, said) = run(folder.path(), &["--baseline", "races.json"]);
    assert_eq!(code, Some(0));
    assert!(said.contains("no longer found: main.bicep: syntax"), "{said}");
}
