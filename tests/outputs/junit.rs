//! JUnit XML, read back with a parser.

use quick_junit::{NonSuccessKind, Report, TestCaseStatus};

use super::{run, stories_as, text};

fn read(told: &str) -> Report {
    Report::deserialize_from_str(told).unwrap()
}

/// The numbers of failed, erroneous, skipped and passed cases.
fn counts(report: &Report) -> (usize, usize, usize, usize) {
    let mut counts = (0, 0, 0, 0);
    for case in report.test_suites.iter().flat_map(|suite| &suite.test_cases) {
        match &case.status {
            TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, .. } => counts.0 += 1,
            TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. } => counts.1 += 1,
            TestCaseStatus::Skipped { .. } => counts.2 += 1,
            TestCaseStatus::Success { .. } => counts.3 += 1,
        }
    }
    counts
}

#[test]
fn findings_fail_diagnostics_are_errors_notes_pass_and_accepted_ones_are_skipped() {
    let report = read(&stories_as("junit"));
    // One of the six findings has two roots, and fails in both.
    // Two unread modules are notes.
    assert_eq!(counts(&report), (7, 2, 1, 2));
    assert_eq!((report.failures, report.errors, report.tests), (7, 2, 12));
    for suite in &report.test_suites {
        let mut names: Vec<&str> = suite.test_cases.iter().map(|case| case.name.as_str()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{names:?}");
        for case in &suite.test_cases {
            let extra = |name: &str| case.extra.iter().find(|(known, _)| known.as_str() == name);
            let file = extra("file").map(|(_, file)| file.as_str()).unwrap();
            assert!(file.starts_with("fixtures/outputs/"), "{file}");
            assert!(extra("line").unwrap().1.as_str().parse::<u32>().is_ok());
        }
    }
    let names: Vec<&str> = report.test_suites.iter().map(|suite| suite.name.as_str()).collect();
    assert!(names.contains(&"fixtures/outputs/one-file.bicep"), "{names:?}");
}

#[test]
fn a_clean_root_is_a_case_that_succeeds() {
    let told = text(&run(&["fixtures/hub/ordered/main.bicep", "--format", "junit"]).stdout);
    assert_eq!(counts(&read(&told)), (0, 0, 0, 1));
}

/// Syntax errors in a module are reported although the module is not a root.
#[test]
fn diagnostics_of_a_module_are_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("main.bicep", "module inner 'inner.bicep' = {\n  name: 'inner'\n}\n");
    write("inner.bicep", "resource\n");
    let output = super::run_in(folder.path(), &["main.bicep", "--format", "junit"]);
    let report = read(&text(&output.stdout));
    assert!(counts(&report).1 > 0, "{}", text(&output.stdout));
    assert!(report.test_suites.iter().any(|suite| suite.name.as_str() == "inner.bicep"));
}

#[test]
fn every_fixture_can_be_read_back() {
    let told = text(&run(&["fixtures", "--level", "note", "--format", "junit"]).stdout);
    assert!(read(&told).tests > 100);
}
