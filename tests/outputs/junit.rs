//! JUnit XML, read back by a parser.

use quick_junit::{NonSuccessKind, Report, TestCaseStatus};

use super::{run, stories_as, text};

fn read(told: &str) -> Report {
    Report::deserialize_from_str(told).unwrap()
}

/// How many cases fail, are errors, are skipped, are fine.
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
fn findings_fail_diagnostics_are_errors_and_what_is_accepted_is_skipped() {
    let report = read(&stories_as("junit"));
    // One of the six findings is found under two roots, and fails in both.
    assert_eq!(counts(&report), (7, 4, 1, 0));
    assert_eq!((report.failures, report.errors, report.tests), (7, 4, 12));
    let names: Vec<&str> = report.test_suites.iter().map(|suite| suite.name.as_str()).collect();
    assert!(names.contains(&"fixtures/outputs/one-file.bicep"), "{names:?}");
}

#[test]
fn a_clean_root_is_a_case_that_succeeds() {
    let told = text(&run(&["fixtures/hub/ordered/main.bicep", "--format", "junit"]).stdout);
    assert_eq!(counts(&read(&told)), (0, 0, 0, 1));
}

/// A module is no root, and what cannot be parsed in it is told all the same.
#[test]
fn what_is_said_of_a_module_is_not_lost() {
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
