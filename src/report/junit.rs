//! JUnit XML: a suite for each root, a failed case for each finding. A note is a passed case with its text as output.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::{facts, place, words};
use crate::escape::visible;
use crate::rules::finding::{Diagnostic, Finding, Level, Report};
use crate::small_sort::SmallSort as _;
use crate::source::Place;

/// Renders JUnit XML with a suite for each root.
pub fn render(report: &Report, level: Level) -> String {
    let mut junit = Junit::new(env!("CARGO_PKG_NAME"));
    let diagnostics = || report.shown_diagnostics(level);
    let path_of = |diagnostic: &Diagnostic| report.sources.file(diagnostic.place.file).path.as_str();
    let mut suites: Vec<&str> = report.roots.iter().map(String::as_str).collect();
    // Diagnostics about a module that is not a root get a suite of their own.
    let mut others: Vec<&str> = diagnostics().map(path_of).filter(|path| !suites.contains(path)).collect();
    others.small_sort();
    others.dedup();
    suites.extend(others);
    for (at, name) in suites.into_iter().enumerate() {
        let mut suite = TestSuite::new(visible(name));
        if at == 0 {
            suite.add_property(("coverage", visible(&words::summary(report)).as_str()));
        }
        // A race that several roots have fails in each of them.
        let here = |finding: &&Finding| finding.roots.iter().any(|root| root == name);
        let mut names = Names::default();
        for finding in report.findings.iter().filter(here).filter(|finding| finding.level >= level) {
            let symbols: Vec<&str> =
                finding.participants.iter().take(MAX_NAMED).map(|writer| writer.symbol.as_str()).collect();
            let name = format!("{} {}: {}", finding.id(), finding.object.name, symbols.join(", "));
            let place = finding.participants.first().map(|writer| writer.place);
            let mut case = case(report, names.unique(&name), status_of(report, finding), place);
            if finding.level == Level::Note {
                case.set_system_out(text_of(report, finding));
            }
            suite.add_test_case(case);
        }
        for diagnostic in diagnostics().filter(|diagnostic| path_of(diagnostic) == name) {
            let is_note = diagnostic.level == Level::Note;
            let mut status = TestCaseStatus::success();
            if !is_note {
                status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_message(visible(&diagnostic.message)).set_type(diagnostic.rule.as_str());
            }
            let name = names.unique(diagnostic.rule.as_str());
            let mut case = case(report, name, status, Some(diagnostic.place));
            if is_note {
                case.set_system_out(visible(&diagnostic.message));
            }
            suite.add_test_case(case);
        }
        // A root without findings gets a passed case. After a failed run nothing is known to be without a race, so it gets
        // none.
        if suite.test_cases.is_empty() && report.errors.is_empty() {
            suite.add_test_case(TestCase::new("no race", TestCaseStatus::success()));
        }
        junit.add_test_suite(suite);
    }
    if let Some(quieter) = words::quieter(report) {
        // A property and no case, so that the number of tests stays the same.
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

/// The suite for errors of the run itself.
fn failed(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new(env!("CARGO_PKG_NAME"));
    for error in &report.errors {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(visible(error)).set_type("run");
        suite.add_test_case(TestCase::new("run", status));
    }
    suite
}

/// Maximum number of writers in the name of a case.
const MAX_NAMED: usize = 3;

/// Makes the case names of a suite unique: readers merge cases of the same name.
#[derive(Default)]
struct Names(BTreeMap<String, u32>);

impl Names {
    fn unique(&mut self, name: &str) -> String {
        let count = self.0.entry(name.to_owned()).or_default();
        *count += 1;
        if *count == 1 { visible(name) } else { visible(&format!("{name} ({count})")) }
    }
}

/// A case with its file and line.
fn case(report: &Report, name: String, status: TestCaseStatus, place: Option<Place>) -> TestCase {
    let mut case = TestCase::new(name, status);
    if let Some(place) = place {
        let path = visible(&place::from_top(report, place.file));
        let line = report.sources.file(place.file).position(place.span.start).line.to_string();
        case.extra.insert("file".into(), path.as_str().into());
        case.extra.insert("line".into(), line.as_str().into());
    }
    case
}

/// The text of a finding, line by line.
fn text_of(report: &Report, finding: &Finding) -> String {
    [vec![visible(&finding.message)], facts::lines(report, finding)].concat().join("\n")
}

/// Status of a finding: skipped with the reason if it is suppressed or in the baseline, passed for a note, else failed.
fn status_of(report: &Report, finding: &Finding) -> TestCaseStatus {
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
    if finding.level == Level::Note {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(visible(&finding.message)).set_type(finding.id());
    status.set_description(facts::lines(report, finding).join("\n"));
    status
}
