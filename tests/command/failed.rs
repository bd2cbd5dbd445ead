//! A failed run must not look like a clean one: every format reports the failure, and the exit code shows it.

use std::path::Path;

use serde_json::Value;

use crate::formats::FORMATS;
use crate::process::{RACY, folder, read, run, said, tool, write};

/// Command lines that fail, each with a part of the expected message. [`made`] writes the files that they need.
const FAILURES: &[(&[&str], &str)] = &[
    // Fails before anything is read.
    (&["--no-such-option"], "--no-such-option"),
    (&["--level", "loud"], "loud"),
    (&["--select", "no-such-rule"], "there is no rule or entry `no-such-rule`"),
    (&["--config", "wrong.toml"], "wrong.toml"),
    (&["--config", "gone.toml"], "gone.toml"),
    (&["--baseline", "gone.json"], "gone.json"),
    (&["--boundary", "gone"], "--boundary gone"),
    // A root cannot be read: one of several, or the only one.
    (&["ordered.bicep", "gone.bicep"], "cannot read `gone.bicep`"),
    (&["gone.bicep"], "cannot read `gone.bicep`"),
    // An output file cannot be written.
    (&["ordered.bicep", "--output", "junit=gone/races.xml"], "gone/races.xml"),
];

fn made() -> tempfile::TempDir {
    let folder = folder();
    write(folder.path(), "racy.bicep", RACY);
    write(folder.path(), "ordered.bicep", RACY.replace("name: 'er'\n", "name: 'er'\n  dependsOn: [vpn]\n"));
    write(folder.path(), "wrong.toml", "[rules]\nno-such-rule = \"error\"\n");
    folder
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Asserts that a report says that the run failed, and why.
fn says_so(format: &str, text: &str, why: &str, case: &[&str]) {
    assert!(!text.to_lowercase().contains("no race"), "{format} {case:?}: {text}");
    let reason = |errors: &Value| {
        let errors = errors.as_array().unwrap();
        assert!(
            !errors.is_empty() && errors.iter().any(|error| error.to_string().contains(why)),
            "{case:?}: {text}"
        );
    };
    match format {
        "json" => {
            assert_eq!(json(text)["run"]["ok"], false);
            reason(&json(text)["run"]["errors"]);
        }
        "jsonl" => reason(&json(text.lines().last().unwrap())["run"]["errors"]),
        "sarif" => {
            let invocation = &json(text)["runs"][0]["invocations"][0];
            assert_eq!(invocation["executionSuccessful"], false, "{case:?}");
            reason(&invocation["toolExecutionNotifications"]);
        }
        "gitlab" => reason(&json(text)),
        "junit" => assert!(text.contains("<error ") && text.contains("type=\"run\""), "{case:?}: {text}"),
        "checkstyle" => assert!(text.contains("source=\"bicep-race-lint.run\""), "{case:?}: {text}"),
        "rdjson" => reason(&json(text)["diagnostics"]),
        "azure" => assert!(text.contains("##vso[task.logissue type=error]"), "{case:?}: {text}"),
        "github" => assert!(text.contains("::error title=bicep-race-lint::"), "{case:?}: {text}"),
        "markdown" | "html" => assert!(text.contains("The run failed"), "{case:?}: {text}"),
        // The formats for people leave the reason to standard error.
        _ => {}
    }
}

#[test]
fn every_format_reports_a_failed_run() {
    let folder = made();
    for (case, why) in FAILURES {
        for format in FORMATS {
            let file = format!("report.{format}");
            let _ = std::fs::remove_file(folder.path().join(&file));
            let output = format!("{format}={file}");
            let mut arguments = vec!["--format", format, "--output", &output];
            arguments.extend(*case);
            let output = tool(folder.path()).args(&arguments).output().unwrap();
            let stdout = String::from_utf8(output.stdout.clone()).unwrap();
            let (all, code) = said(&output);
            assert_eq!(code, 2, "{arguments:?}: {all}");
            assert!(all.contains(why), "{arguments:?}: {all}");
            assert!(!all.contains("no race"), "{arguments:?}: {all}");
            says_so(format, &read(folder.path(), &file), why, &arguments);
            if !stdout.is_empty() {
                says_so(format, &stdout, why, &arguments);
            }
        }
    }
}

/// Findings that were made before the failure are reported too.
#[test]
fn findings_are_reported_in_addition_to_the_failure() {
    let folder = made();
    let arguments = ["racy.bicep", "gone.bicep", "--format", "json", "--output", "sarif=races.sarif"];
    let output = tool(folder.path()).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let report = json(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(
        (report["findings"].as_array().unwrap().len(), &report["run"]["ok"]),
        (1, &Value::Bool(false))
    );
    assert_eq!(json(&read(folder.path(), "races.sarif"))["runs"][0]["results"].as_array().unwrap().len(), 1);
}

#[test]
fn a_successful_run_is_reported_as_such() {
    let folder = made();
    for (file, code) in [("racy.bicep", 1), ("ordered.bicep", 0)] {
        let (text, exit) = run(folder.path(), &[file, "--format", "json", "--output", "sarif=races.sarif"]);
        assert_eq!((exit, &json(&text)["run"]), (code, &serde_json::json!({ "ok": true, "errors": [] })));
        let invocations = json(&read(folder.path(), "races.sarif"))["runs"][0]["invocations"].clone();
        assert_eq!(invocations, serde_json::json!([{ "executionSuccessful": true }]));
    }
    assert!(run(folder.path(), &["ordered.bicep"]).0.contains("no race found"));
}

/// A failed run (2) wins over an incomplete one (3), and that over findings (1).
#[test]
fn the_most_severe_reason_is_the_exit_code() {
    let folder = made();
    write(folder.path(), "open.bicep", format!("{RACY}module gone 'gone.bicep' = {{}}\n"));
    let code = |arguments: &[&str]| run(folder.path(), arguments).1;
    assert_eq!(code(&["open.bicep"]), 1);
    assert_eq!(code(&["open.bicep", "--strict"]), 3);
    assert_eq!(code(&["open.bicep", "--strict", "no-such-file.bicep"]), 2);
    assert_eq!(code(&["open.bicep", "no-such-file.bicep"]), 2);
    assert_eq!(code(&["open.bicep", "--strict", "--fail-on", "never"]), 3);
    assert_eq!(code(&["open.bicep", "--fail-on", "never"]), 0);
    assert_eq!(code(&["no-such-file.bicep", "--fail-on", "never"]), 2);
}

/// If one output cannot be written, the other files report the failure too, however late it is noticed.
#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_reported_in_the_files_too() {
    let folder = made();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let arguments = ["racy.bicep", "--output", "json=races.json"];
    let output = tool(folder.path()).args(arguments).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let report = json(&read(folder.path(), "races.json"));
    assert_eq!(
        (report["findings"].as_array().unwrap().len(), &report["run"]["ok"]),
        (1, &Value::Bool(false))
    );
}

#[test]
fn mistakes_are_annotated_in_github_actions() {
    let folder = made();
    let told = |arguments: &[&str]| {
        let output = tool(folder.path()).args(arguments).env("GITHUB_ACTIONS", "true").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let annotations = |text: &str| text.matches("::error title=bicep-race-lint::").count();
    for (case, why) in FAILURES {
        let text = told(case);
        assert_eq!(annotations(&text), 1, "{case:?}: {text}");
        assert!(text.contains(why), "{case:?}: {text}");
    }
    assert_eq!(annotations(&told(&["--select", "no-such-rule", "--no-annotations"])), 0);
    assert_eq!(annotations(&told(&["--level", "loud", "--no-annotations"])), 0);
    assert_eq!(annotations(&told(&["ordered.bicep"])), 0);
    // Subcommands write no report, so there is nothing to annotate.
    assert_eq!(told(&["graph", "--no-such-option"]), "");
}

/// Text that a message quotes is escaped as well.
#[test]
fn an_error_message_cannot_inject() {
    let folder = made();
    for format in ["github", "markdown", "html", "json", "sarif", "junit", "gitlab"] {
        let arguments = ["a\n::error::x <script>.bicep", "--format", format];
        let output = tool(folder.path()).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.is_empty() && !text.contains("\n::error::"), "{format}: {text}");
        let is_markup = ["markdown", "html", "junit"].contains(&format);
        assert!(!is_markup || !text.contains("<script>.bicep"), "{format}: {text}");
    }
}

/// If the folder of one report does not exist, the other report is still written, and says that the run failed.
#[test]
fn a_missing_folder_does_not_prevent_other_reports() {
    let folder = made();
    let arguments = ["racy.bicep", "--output", "sarif=gone/races.sarif", "--output", "markdown=races.md"];
    assert_eq!(run(folder.path(), &arguments).1, 2);
    assert!(read(folder.path(), "races.md").contains("The run failed"));
    assert!(!Path::new(&folder.path().join("gone")).exists());
}
