//! What holds for every page.

use super::*;
use crate::rules::finding::{RuleId, test_finding};
use crate::source::{Place, SourceFile, Span};

fn page(findings: u32) -> String {
    let mut report = Report { roots: vec!["main.bicep".to_owned()], ..Report::default() };
    let file =
        report.sources.add(SourceFile::new("main.bicep", "resource a 'x' = {}\nresource b 'x' = {}\n"));
    for at in 0..findings {
        let places = [9, 29].map(|start| Place { file, span: Span::new(start, start + 1) });
        let finding = Finding { fingerprint: format!("{at:x}"), ..test_finding(RuleId::HubGateways, places) };
        report.findings.push(finding);
    }
    render(&report, &Scenes::default(), Level::Warning)
}

#[test]
fn a_picture_that_is_left_out_is_told_with_how_to_have_it() {
    let finding = test_finding(RuleId::HubGateways, []);
    let mut report = Report::default();
    report.findings.push(finding.clone());
    let mut scenes = Scenes::default();
    let command = format!("graph --format svg --finding {}", finding.fingerprint);
    assert!(!render(&report, &scenes, Level::Note).contains(&command));
    scenes.leave_out(&finding);
    assert!(render(&report, &scenes, Level::Note).contains(&command));
}

/// What stands between two marks, once.
fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let (_, rest) = page.split_once(before).unwrap();
    rest.split_once(after).unwrap().0
}

#[test]
fn only_the_style_and_the_script_of_the_page_are_allowed() {
    let page = page(2);
    assert_eq!((page.matches("<style").count(), page.matches("<script").count()), (1, 1));
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
    for (kind, text) in [
        ("style", between(&page, "<style>", "</style>")),
        ("script", between(&page, "<script>", "</script>")),
    ] {
        let hash = STANDARD.encode(Sha256::digest(text));
        assert!(policy.contains(&format!("{kind}-src 'sha256-{hash}'")), "{kind}: {policy}");
        assert!(!text.contains("://") && !text.contains("url(http"), "{kind} asks for something");
    }
}

#[test]
fn nothing_on_the_page_is_an_attribute_that_runs_or_paints() {
    let page = page(2);
    for attribute in
        [" onclick=", " onload=", " onerror=", " style=\"", "javascript:", "<iframe", "<img", "<link"]
    {
        assert!(!page.contains(attribute), "{attribute}");
    }
}

#[test]
fn many_findings_are_all_there_and_most_are_folded() {
    let page = page(500);
    assert_eq!(page.matches("<article").count(), 500);
    assert_eq!(page.matches("<details open").count(), 20);
    assert!(page.contains("<option value=\"hub-gateways\">hub-gateways (500)</option>"));
    assert!(page.contains("<option value=\"0\">main.bicep (500)</option>"));
}

#[test]
fn a_finding_is_addressed_by_its_fingerprint() {
    let page = page(3);
    for id in ["f-0", "f-1", "f-2"] {
        assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
    }
}

#[test]
fn a_page_without_findings_says_so() {
    let page = page(0);
    assert!(page.contains("No race was found at this level.") && !page.contains("<article"));
}
