//! JUnit XML: each root is a suite, each finding a failed case.

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::words;
use crate::escape::visible;
use crate::rules::finding::{Diagnostic, Finding, Level, Report};

/// Renders a report.
pub fn render(report: &Report, level: Level) -> String {
    let mut junit = Junit::new(env!("CARGO_PKG_NAME"));
    let diagnostics = || report.shown_diagnostics(level);
    let path_of = |diagnostic: &Diagnostic| report.sources.file(diagnostic.place.file).path.as_str();
    let mut suites: Vec<&str> = report.roots.iter().map(String::as_str).collect();
    // What is said of a module has a suite of its own.
    let mut others: Vec<&str> = diagnostics().map(path_of).filter(|path| !suites.contains(path)).collect();
    others.sort_unstable();
    others.dedup();
    suites.extend(others);
    for name in suites {
        let mut suite = TestSuite::new(visible(name));
        // A race that several roots have fails in each of them.
        let here = |finding: &&Finding| finding.roots.iter().any(|root| root == name);
        for finding in report.findings.iter().filter(here).filter(|finding| finding.level >= level) {
            let name = visible(&format!("{} {}", finding.rule, finding.object.name));
            suite.add_test_case(TestCase::new(name, status_of(finding)));
        }
        for diagnostic in diagnostics().filter(|diagnostic| path_of(diagnostic) == name) {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(visible(&diagnostic.message)).set_type(diagnostic.rule.as_str());
            suite.add_test_case(TestCase::new(diagnostic.rule.as_str(), status));
        }
        // Where the run failed nothing is said to be without a race.
        if suite.test_cases.is_empty() && report.errors.is_empty() {
            suite.add_test_case(TestCase::new("no race", TestCaseStatus::success()));
        }
        junit.add_test_suite(suite);
    }
    if let Some(quieter) = words::quieter(report) {
        // It has no case: nothing is added to what is counted.
        let mut suite = TestSuite::new(env!("CARGO_PKG_NAME"));
        let quieter = visible(quieter.trim_start_matches("quieter: "));
        suite.add_property(("quieter", quieter.as_str()));
        junit.add_test_suite(suite);
    }
    if !report.errors.is_empty() {
        junit.add_test_suite(failed(report));
    }
    let mut text = junit.to_string().unwrap_or_default();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// The run itself, which failed.
fn failed(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new(env!("CARGO_PKG_NAME"));
    for error in &report.errors {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(visible(error)).set_type("run");
        suite.add_test_case(TestCase::new("run", status));
    }
    suite
}

/// What is accepted is skipped, with the reason.
fn status_of(finding: &Finding) -> TestCaseStatus {
    if finding.suppression.is_some() || finding.baselined {
        let reason = finding.suppression.as_ref().and_then(|suppression| suppression.reason.as_deref());
        let place = if finding.baselined { "the baseline" } else { "the source" };
        let mut status = TestCaseStatus::skipped();
        status.set_message(match reason {
            Some(reason) => format!("accepted in {place}: {}", visible(reason)),
            None => format!("accepted in {place}"),
        });
        return status;
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(visible(&finding.message)).set_type(finding.rule.as_str());
    let lines = [
        finding.when.as_ref().map(|when| format!("when {}", visible(when))),
        words::environments(finding).map(|environments| format!("in {}", visible(&environments))),
        Some(format!("why {}", visible(&finding.explanation))),
        Some(format!("help {}", visible(&finding.help))),
    ];
    status.set_description(lines.into_iter().flatten().collect::<Vec<_>>().join("\n"));
    status
}
