//! JUnit XML: each root is a suite, each finding a failed case.

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use crate::rules::finding::{Level, Report};
use crate::timeline::escape::visible;

/// Renders a report.
pub fn render(report: &Report, level: Level) -> String {
    let mut junit = Junit::new(env!("CARGO_PKG_NAME"));
    for root in &report.roots {
        let mut suite = TestSuite::new(visible(root));
        for finding in report.shown(level).filter(|finding| finding.roots.first() == Some(root)) {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(visible(&finding.message)).set_type(finding.rule);
            let when = finding.when.as_ref().map_or_else(String::new, |when| format!("when {when}\n"));
            status.set_description(visible_lines(&format!(
                "{when}why {}\nhelp {}",
                finding.explanation, finding.help
            )));
            let name = format!("{} {}", finding.rule, finding.object.name);
            suite.add_test_case(TestCase::new(visible(&name), status));
        }
        for diagnostic in report.diagnostics.iter().filter(|diagnostic| diagnostic.level >= level) {
            let path = &report.sources.file(diagnostic.place.file).path;
            if path == root {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_message(visible(&diagnostic.message)).set_type(diagnostic.rule);
                suite.add_test_case(TestCase::new(diagnostic.rule, status));
            }
        }
        if suite.test_cases.is_empty() {
            suite.add_test_case(TestCase::new("no race", TestCaseStatus::success()));
        }
        junit.add_test_suite(suite);
    }
    let mut text = junit.to_string().unwrap_or_default();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}
