//! SARIF for GitHub code scanning.

use serde_json::Value;

use super::{faults, run, run_in, stories_as, text};

fn of_stories() -> Value {
    serde_json::from_str(&stories_as("sarif")).unwrap()
}

fn results(document: &Value) -> &Vec<Value> {
    document["runs"][0]["results"].as_array().unwrap()
}

fn of_rule<'d>(document: &'d Value, rule: &str) -> Vec<&'d Value> {
    results(document).iter().filter(|result| result["ruleId"] == rule).collect()
}

fn uri(location: &Value) -> &str {
    location["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap()
}

#[test]
fn it_matches_the_schema_for_github() {
    let schema: Value = serde_json::from_str(include_str!("schema/sarif.schema.json")).unwrap();
    assert_eq!(faults(&schema, &of_stories()), Vec::<String>::new());
    for folder in ["fixtures/hub", "fixtures/catalog", "fixtures/non-races"] {
        let output = run(&[folder, "--level", "note", "--format", "sarif"]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(!results(&document).is_empty(), "{folder}");
        assert_eq!(faults(&schema, &document), Vec::<String>::new(), "{folder}");
    }
}

/// The schema rejects invalid documents.
#[test]
fn the_schema_rejects_what_github_rejects() {
    type Spoil = fn(&mut Value);
    let schema: Value = serde_json::from_str(include_str!("schema/sarif.schema.json")).unwrap();
    let spoiled: [(&str, Spoil); 5] = [
        ("an empty message", |result| result["message"]["text"] = "".into()),
        ("an absolute path", |result| {
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "/a.bicep".into();
        }),
        ("no place", |result| result["locations"] = Value::Array(Vec::new())),
        ("a line of zero", |result| {
            result["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
        }),
        ("a severity of security", |result| result["properties"]["security-severity"] = "9.0".into()),
    ];
    for (what, spoil) in spoiled {
        let mut document = of_stories();
        spoil(&mut document["runs"][0]["results"][0]);
        assert!(!faults(&schema, &document).is_empty(), "{what} was let through");
    }
}

/// `SARIF_SCHEMA` is the path of the official schema, whose licence does not allow a copy here; `tests/schemas.sh`
/// downloads it.
#[test]
#[ignore = "needs the official schema"]
fn it_matches_the_official_schema() {
    let path = std::env::var_os("SARIF_SCHEMA").expect("SARIF_SCHEMA is the path of the official schema");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for folder in ["fixtures/outputs", "fixtures/hub", "fixtures/catalog", "fixtures/non-races"] {
        let output = run(&[folder, "--level", "note", "--format", "sarif"]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(faults(&schema, &document), Vec::<String>::new(), "{folder}");
    }
}

#[test]
fn every_rule_and_every_entry_with_findings_is_listed() {
    let document = of_stories();
    let listed: Vec<&str> = document["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    let rules: Value = serde_json::from_slice(&run(&["rules", "--format", "json"]).stdout).unwrap();
    let rules = rules.get("rules").unwrap_or(&rules).as_array().unwrap();
    let known: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(listed[..known.len()], known);
    let mut different = listed.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), listed.len(), "{listed:?}");
    assert!(listed.contains(&"vnet-subnets"), "an entry that was found is listed: {listed:?}");
    for result in results(&document) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], listed[index]);
    }
}

/// The SARIF multitool requires both an id and a different name (SARIF1001). An entry has its own help.
#[test]
fn a_descriptor_has_its_own_name_and_page() {
    let document = of_stories();
    let rules = document["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        let name = rule["name"].as_str().unwrap_or("None");
        assert!(!name.eq_ignore_ascii_case(id), "{rule}");
        assert!(name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric), "{name}");
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty(), "{rule}");
        assert!(rule["helpUri"].as_str().unwrap().ends_with(&format!("/rules/{id}.html")), "{rule}");
    }
    let subnets = rules.iter().find(|rule| rule["id"] == "vnet-subnets").unwrap();
    assert!(
        subnets["help"]["markdown"].as_str().unwrap().contains("AnotherOperationInProgress"),
        "{subnets}"
    );
    let result = results(&document).iter().find(|result| result["ruleId"] == "vnet-subnets").unwrap();
    assert_eq!(result["properties"]["tags"][0], result["properties"]["rule"]);
    assert!(result["properties"]["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{result}");
}

/// A pull request shows an alert only if all lines of its place were changed.
#[test]
fn the_place_of_a_result_is_one_short_line() {
    let document = of_stories();
    for result in results(&document) {
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region["startLine"], region["endLine"], "{result}");
    }
}

/// Only the first place of a result is shown; a link in the message leads to the other side.
#[test]
fn the_other_side_is_linked_from_the_message() {
    let document = of_stories();
    let races: Vec<&Value> =
        results(&document).iter().filter(|result| result["relatedLocations"][0].is_object()).collect();
    assert!(races.len() >= 6, "{}", races.len());
    for race in races {
        let message = race["message"]["text"].as_str().unwrap();
        for related in race["relatedLocations"].as_array().unwrap().iter().take(5) {
            let link = format!("]({})", related["id"]);
            assert!(message.contains(&link), "{message} does not link {link}");
            assert!(related["message"]["text"].as_str().unwrap().starts_with("deploys "), "{related}");
        }
    }
}

#[test]
fn a_code_flow_leads_down_to_each_writer() {
    let document = of_stories();
    let race = of_rule(&document, "hub-gateways")
        .into_iter()
        .find(|result| uri(&result["locations"][0]).ends_with("two-files.bicep"))
        .unwrap();
    let ways: Vec<Vec<&str>> = race["codeFlows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|flow| flow["threadFlows"][0]["locations"].as_array().unwrap())
        .map(|steps| steps.iter().map(|step| uri(&step["location"])).collect())
        .collect();
    let (root, module) = ("fixtures/outputs/two-files.bicep", "fixtures/outputs/modules/s2s.bicep");
    assert_eq!(ways, [vec![root, module], vec![root]]);
    let in_one_file = of_rule(&document, "hub-gateways")
        .into_iter()
        .find(|result| uri(&result["locations"][0]).ends_with("condition.bicep"))
        .unwrap();
    assert!(in_one_file.get("codeFlows").is_none(), "{in_one_file}");
}

/// The edits of a fix, applied as SARIF defines, give the same text as `--fix`.
#[test]
fn a_fix_equals_the_result_of_the_fix_option() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one-file.bicep");
    let before = include_str!("../../fixtures/outputs/one-file.bicep");
    std::fs::write(&path, before).unwrap();
    let output = run_in(folder.path(), &["one-file.bicep", "--format", "sarif"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut lines: Vec<String> = before.lines().map(|line| format!("{line}\n")).collect();
    let changes = results(&document)[0]["fixes"][0]["artifactChanges"].as_array().unwrap();
    for change in changes {
        for replacement in change["replacements"].as_array().unwrap() {
            let region = &replacement["deletedRegion"];
            let at = |name: &str| usize::try_from(region[name].as_u64().unwrap()).unwrap() - 1;
            assert_eq!((at("startLine"), at("startColumn")), (at("endLine"), at("endColumn")));
            let inserted = replacement["insertedContent"]["text"].as_str().unwrap();
            lines[at("startLine")].insert_str(at("startColumn"), inserted);
        }
    }
    run_in(folder.path(), &["one-file.bicep", "--fix"]);
    let after = std::fs::read_to_string(&path).unwrap();
    assert_ne!(after, before);
    assert_eq!(lines.concat(), after);
}

#[test]
fn suppressed_results_are_included_with_their_reason() {
    let document = of_stories();
    let suppressed: Vec<&Value> =
        results(&document).iter().filter(|result| result.get("suppressions").is_some()).collect();
    assert_eq!(suppressed.len(), 1);
    let suppression = &suppressed[0]["suppressions"][0];
    assert_eq!(suppression["kind"], "inSource");
    assert_eq!(suppression["justification"], "the network is made anew each night, and retried");
    assert_eq!(suppression["location"]["physicalLocation"]["region"]["startLine"], 6);
}

#[test]
fn accepted_results_are_externally_suppressed() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("races.json").display().to_string();
    run(&["fixtures/outputs/one-file.bicep", "--write-baseline", &baseline]);
    let output = run(&["fixtures/outputs/one-file.bicep", "--baseline", &baseline, "--format", "sarif"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results(&document)[0]["suppressions"][0]["kind"], "external");
}

/// All fingerprints of one rule differ, and they stay the same when lines move.
#[test]
fn fingerprints_stay_when_lines_move() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.bicep");
    let template = include_str!("../../fixtures/outputs/condition.bicep");
    let broken = "resource\n";
    let fingerprints = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let output = run_in(folder.path(), &["main.bicep", "--format", "sarif", "--level", "note"]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let own = |result: &Value| result["partialFingerprints"]["bicepRaceLint/v2"].clone();
        let prints = results(&document).iter().map(own);
        (prints.collect::<Vec<_>>(), results(&document)[0]["locations"][0].clone())
    };
    let (before, here) = fingerprints(&format!("{template}{broken}{broken}"));
    let (after, there) = fingerprints(&format!("\n\n// moved\n{template}\n\n{broken}\n{broken}"));
    assert_ne!(here, there);
    assert_eq!(before, after);
    assert!(before.len() >= 3, "{before:?}");
    let mut different: Vec<String> = before.iter().map(ToString::to_string).collect();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), before.len(), "{before:?}");
}

#[test]
fn nothing_makes_it_a_security_alert_or_takes_the_category_from_the_upload() {
    let told = stories_as("sarif");
    for word in ["security-severity", "automationDetails", "originalUriBaseIds", "\"security\""] {
        assert!(!told.contains(word), "{word}");
    }
}

#[test]
fn columns_count_code_points() {
    let folder = tempfile::tempdir().unwrap();
    let template = include_str!("../../fixtures/outputs/one-file.bicep")
        .replace("resource s2s '", "/* 𝄞é */ resource s2s '");
    std::fs::write(folder.path().join("main.bicep"), template).unwrap();
    let output = run_in(folder.path(), &["main.bicep", "--format", "sarif"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let region = &results(&document)[0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (&region["startColumn"], &region["endColumn"]),
        (&19.into(), &22.into()),
        "{}",
        text(&output.stdout)
    );
}
