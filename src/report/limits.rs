//! Tests for the limits of programs that read the reports, and for what happens beyond them.

use serde_json::Value;

use super::{Format, Style, render};
use crate::rules::finding::{Finding, Level, Report, RuleId, Via, test_finding};
use crate::source::{Place, SourceFile, Span};
use crate::template::NodeId;
use crate::workspace::TemplateId;

const STYLE: Style =
    Style { color: false, unicode: true, width: 100, is_terminal: false, level: Level::Note };

/// A report with this many findings, each with this many writers, each inside this many nested calls.
fn report(findings: usize, writers: usize, depth: usize) -> Report {
    let mut report = Report { roots: vec!["main.bicep".to_owned()], ..Report::default() };
    let source = SourceFile::new("main.bicep", "resource a 'x' = {}\n");
    let place = Place { file: report.sources.add(source), span: Span::new(9, 10) };
    for at in 0..findings {
        let mut finding = test_finding(RuleId::HubGateways, std::iter::repeat_n(place, writers));
        finding.fingerprint = format!("{at:016x}");
        "both write the routing state of the hub; Azure fails one of them"
            .clone_into(&mut finding.explanation);
        finding.level = if at == findings - 1 { Level::Error } else { Level::Warning };
        for writer in &mut finding.participants {
            writer.via =
                vec![
                    Via { template: TemplateId(0), node: NodeId(0), symbol: "gateway".to_owned(), place };
                    depth
                ];
        }
        report.findings.push(finding);
    }
    report
}

fn results(report: &Report) -> Vec<Value> {
    let document: Value = serde_json::from_str(render(report, Format::Sarif, STYLE).text()).unwrap();
    document["runs"][0]["results"].as_array().unwrap().clone()
}

/// GitHub keeps 5,000 results, and rejects a file with more than 25,000 results or more than 10 MB when compressed.
#[test]
fn sarif_contains_the_five_thousand_most_severe_results() {
    let report = report(5_200, 2, 1);
    let shown = render(&report, Format::Sarif, STYLE);
    let text = shown.text();
    let results = results(&report);
    assert_eq!(results.len(), 5_000);
    assert_eq!(results[0]["level"], "error", "the last finding is the weightiest");
    // The compressed file is much smaller.
    assert!(text.len() < 25_000_000, "{}", text.len());
}

/// GitHub keeps 100 locations of a result, and 1,000 locations of its code flows.
#[test]
fn a_result_of_many_writers_keeps_within_its_locations() {
    let result = &results(&report(1, 3_000, 40))[0];
    assert_eq!(result["relatedLocations"].as_array().unwrap().len() + 1, 100);
    let flows = result["codeFlows"].as_array().unwrap();
    let steps = |flow: &Value| flow["threadFlows"][0]["locations"].as_array().unwrap().len();
    assert_eq!(flows.iter().map(steps).sum::<usize>(), 1_000);
    let message = result["message"]["text"].as_str().unwrap();
    assert_eq!(message.matches("](").count(), 5, "{message}");
}

/// The fingerprint of the result, and the hash of its line, which GitHub would otherwise compute itself.
#[test]
fn results_carry_their_own_fingerprint_and_that_of_their_line() {
    let report = report(2, 2, 0);
    let prints = |result: &Value| result["partialFingerprints"].clone();
    let all: Vec<Value> = results(&report).iter().map(prints).collect();
    assert_eq!(all[0]["bicepRaceLint/v2"], "0000000000000000");
    assert_eq!(all[1]["bicepRaceLint/v2"], "0000000000000001");
    assert_eq!(
        all[0]["primaryLocationLineHash"], all[1]["primaryLocationLineHash"],
        "both stand in one line"
    );
    assert!(all[0]["primaryLocationLineHash"].as_str().unwrap().ends_with(":1"));
    let issues: Value = serde_json::from_str(render(&report, Format::Gitlab, STYLE).text()).unwrap();
    assert_eq!(issues[1]["fingerprint"], "0000000000000001");
}

/// No address from a configuration can run code, and no text is unlimited.
#[test]
fn a_long_text_stays_within_its_place() {
    let mut report = report(2, 2, 0);
    let finding: &mut Finding = &mut report.findings[0];
    finding.message = "x".repeat(200_000);
    "javascript:alert(1)".clone_into(&mut finding.url);
    for (format, most) in [(Format::Markdown, 65_536), (Format::Github, 70_000)] {
        let shown = render(&report, format, STYLE);
        let text = shown.text();
        let longest = text.lines().map(str::len).max().unwrap();
        assert!(longest <= most, "{format:?}: {longest}");
        assert!(text.contains("writer1"), "{format:?} lost what comes after");
    }
    assert!(!render(&report, Format::Html, STYLE).text().contains("href=\"javascript"));
    assert!(!render(&report, Format::Markdown, STYLE).text().contains("](javascript"));
}
