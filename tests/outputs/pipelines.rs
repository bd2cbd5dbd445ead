//! Azure Pipelines issues, reviewdog diagnostics, Checkstyle, and paths relative to the top of the repository.

use std::path::Path;

use serde_json::Value;

use super::{faults, run_in, stories_as, text, tool};

const STORY: &str = include_str!("../../fixtures/outputs/one-file.bicep");

/// Parses a line as the agent does: its properties and its message, unescaped.
fn issue(line: &str) -> Option<(Vec<(String, String)>, String)> {
    let unescaped = |text: &str| {
        let pairs = [("%3B", ";"), ("%5D", "]"), ("%0D", "\r"), ("%0A", "\n"), ("%AZP25", "%")];
        pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    let (head, message) = line.strip_prefix("##vso[task.logissue ")?.split_once(']')?;
    let one = |property: &str| {
        let (name, value) = property.split_once('=').unwrap();
        (name.to_owned(), unescaped(value))
    };
    Some((head.split_terminator(';').map(one).collect(), unescaped(message)))
}

fn value<'p>(properties: &'p [(String, String)], name: &str) -> &'p str {
    properties.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

#[test]
fn issues_are_in_the_format_of_the_agent() {
    let told = stories_as("azure");
    let issues: Vec<_> = told.lines().filter_map(issue).collect();
    assert!(issues.len() >= 6, "{told}");
    for (properties, message) in &issues {
        assert!(["error", "warning"].contains(&value(properties, "type")), "{properties:?}");
        assert!(value(properties, "sourcepath").starts_with("fixtures/outputs/"), "{properties:?}");
        for number in ["linenumber", "columnnumber"] {
            assert!(value(properties, number).parse::<u32>().unwrap() >= 1, "{properties:?}");
        }
        assert!(!value(properties, "code").is_empty() && !message.is_empty(), "{properties:?}");
    }
    let race = issues.iter().find(|(properties, _)| value(properties, "code") == "hub-gateways").unwrap();
    for part in ["why: ", "help: ", "/rules/hub-gateways.html"] {
        assert!(race.1.contains(part), "{}", race.1);
    }
    // Notes are not issues.
    assert!(told.lines().any(|line| line.contains(": note[")), "{told}");
}

#[test]
fn human_output_has_issues_in_azure_pipelines_unless_turned_off() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let in_pipeline = |arguments: &[&str]| {
        let arguments = [&["fixtures/outputs/one-file.bicep"], arguments].concat();
        let output = tool(here, &arguments).env("TF_BUILD", "True").output().unwrap();
        text(&output.stdout).matches("##vso[task.logissue type=error;").count()
    };
    assert_eq!(in_pipeline(&[]), 1);
    assert_eq!(in_pipeline(&["--format", "concise"]), 1);
    assert_eq!(in_pipeline(&["--no-annotations"]), 0);
    assert_eq!(in_pipeline(&["--format", "json"]), 0);
    assert_eq!(in_pipeline(&["--format", "azure"]), 1);
}

#[test]
fn ten_issues_of_a_level_and_a_line_about_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    for at in 0..13 {
        std::fs::write(folder.path().join(format!("{at}.bicep")), STORY).unwrap();
    }
    let told = text(&run_in(folder.path(), &[".", "--format", "azure"]).stdout);
    assert_eq!(told.matches("##vso[task.logissue type=error;").count(), 10);
    assert!(told.contains("3 more errors: Azure Pipelines shows only 10 for each step"), "{told}");
}

#[test]
fn rdjson_matches_the_schema_of_reviewdog() {
    let schema: Value = serde_json::from_str(include_str!("schema/rdjson.schema.json")).unwrap();
    let document: Value = serde_json::from_str(&stories_as("rdjson")).unwrap();
    assert_eq!(faults(&schema, &document), Vec::<String>::new());
    let diagnostics = document["diagnostics"].as_array().unwrap();
    let codes: Vec<&str> = diagnostics.iter().map(|one| one["code"]["value"].as_str().unwrap()).collect();
    assert!(codes.contains(&"hub-gateways") && codes.contains(&"vnet-subnets"), "{codes:?}");
    assert!(diagnostics.iter().any(|one| one["related_locations"].is_array()));
    let mut spoiled = document.clone();
    spoiled["diagnostics"][0]["severity"] = "error".into();
    assert!(!faults(&schema, &spoiled).is_empty());
}

/// The suggestions, applied as reviewdog does (columns count bytes), give the same text as `--fix`.
#[test]
fn suggestions_equal_the_result_of_fix() {
    let folder = tempfile::tempdir().unwrap();
    let before = STORY.replace("resource s2s '", "/* 𝄞é */ resource s2s '");
    std::fs::write(folder.path().join("main.bicep"), &before).unwrap();
    let told = run_in(folder.path(), &["main.bicep", "--format", "rdjson"]).stdout;
    let document: Value = serde_json::from_slice(&told).unwrap();
    let first = &document["diagnostics"][0];
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap() - 1;
    let start = &first["location"]["range"]["start"];
    let mut lines: Vec<String> = before.lines().map(|line| format!("{line}\n")).collect();
    assert!(lines[number(&start["line"])][number(&start["column"])..].starts_with("s2s"), "{start}");
    for suggestion in first["suggestions"].as_array().unwrap() {
        let (start, end) = (&suggestion["range"]["start"], &suggestion["range"]["end"]);
        assert_eq!(start, end);
        lines[number(&start["line"])]
            .insert_str(number(&start["column"]), suggestion["text"].as_str().unwrap());
    }
    run_in(folder.path(), &["main.bicep", "--fix"]);
    let after = std::fs::read_to_string(folder.path().join("main.bicep")).unwrap();
    assert_ne!(after, before);
    assert_eq!(lines.concat(), after);
}

/// Services that host a repository look for files from its top, wherever the run was started.
#[test]
fn paths_begin_at_the_top_of_the_repository() {
    let folder = tempfile::tempdir().unwrap();
    let infra = folder.path().join("infra/prod");
    std::fs::create_dir_all(&infra).unwrap();
    std::fs::write(infra.join("main.bicep"), STORY).unwrap();
    let paths = |format: &str| text(&run_in(&infra, &["main.bicep", "--format", format]).stdout);
    let expected = [
        ("sarif", "\"uri\": \"PATH\""),
        ("github", "file=PATH,"),
        ("gitlab", "\"path\": \"PATH\""),
        ("azure", "sourcepath=PATH;"),
        ("junit", "file=\"PATH\""),
    ];
    for (format, form) in expected {
        let told = paths(format);
        assert!(told.contains(&form.replace("PATH", "main.bicep")), "{format}: {told}");
    }
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    for (format, form) in expected {
        let told = paths(format);
        assert!(told.contains(&form.replace("PATH", "infra/prod/main.bicep")), "{format}: {told}");
    }
    // Users and reviewdog expect paths relative to the working folder.
    for format in ["concise", "json", "rdjson"] {
        assert!(!paths(format).contains("infra/prod"), "{format}");
    }
}

#[test]
fn an_output_may_go_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.bicep"), STORY).unwrap();
    let told = text(&run_in(folder.path(), &["main.bicep", "--output", "gitlab=-"]).stdout);
    assert!(told.starts_with("error") && told.contains("\"check_name\": \"hub-gateways\""), "{told}");
    assert!(!folder.path().join("-").exists());
}

/// A finding has edits or the reason why not, and each format shows the reason.
#[test]
fn findings_without_edits_say_why() {
    let told = text(
        &run_in(Path::new(env!("CARGO_MANIFEST_DIR")), &["fixtures", "--level", "note", "--format", "json"])
            .stdout,
    );
    let document: Value = serde_json::from_str(&told).unwrap();
    let findings = document["findings"].as_array().unwrap();
    let mut reasons: Vec<&str> = Vec::new();
    for finding in findings {
        let reason = finding.get("noFix").and_then(Value::as_str);
        assert!(finding.get("fix").is_some() != reason.is_some(), "{finding}");
        reasons.extend(reason);
    }
    reasons.sort_unstable();
    reasons.dedup();
    assert!(reasons.len() >= 4, "{reasons:?}");
    let folder = tempfile::tempdir().unwrap();
    let story = include_str!("../../fixtures/rules/lost-update/racy.bicep");
    std::fs::write(folder.path().join("main.bicep"), story).unwrap();
    let why = "no order helps; one declaration must contain everything";
    for format in super::FORMATS {
        let told = text(&run_in(folder.path(), &["main.bicep", "--format", format]).stdout);
        assert!(told.contains(why), "{format}: {told}");
    }
}

/// The expectations of Checkstyle readers: files with results, each with its place, level, text and id.
#[test]
fn checkstyle_has_the_expected_elements() {
    let told = stories_as("checkstyle");
    assert_eq!(told.lines().nth(1), Some("<checkstyle version=\"8.0\">"));
    assert_eq!(told.matches("<file ").count(), told.matches("</file>").count());
    let results: Vec<&str> = told.lines().filter(|line| line.contains("<error ")).collect();
    let severities =
        |name: &str| results.iter().filter(|line| line.contains(&format!(" severity=\"{name}\""))).count();
    assert_eq!(severities("error") + severities("warning") + severities("info"), results.len());
    assert!(severities("error") > 0 && severities("info") > 0, "{told}");
    for (id, part) in [("hub-gateways", "&#10;help: "), ("vnet-subnets", "&#10;rule: parallel-")] {
        let source = format!("source=\"bicep-race-lint.{id}\"");
        let result = results.iter().find(|line| line.contains(&source)).unwrap_or_else(|| panic!("{told}"));
        assert!(result.contains(part) && result.contains("line=\""), "{result}");
    }
}
