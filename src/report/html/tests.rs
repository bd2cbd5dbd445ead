//! Properties of every page.

use super::*;
use crate::rules::finding::{Edit, Finding, Fix, RuleId, test_finding};
use crate::source::{Place, SourceFile, Span};

fn page(findings: u32) -> String {
    let mut report = Report { roots: vec!["main.bicep".to_owned()], ..Report::default() };
    let file =
        report.sources.add(SourceFile::new("main.bicep", "resource a 'x' = {}\nresource b 'x' = {}\n"));
    for at in 0..findings {
        let places = [9, 29].map(|start| Place { file, span: Span::new(start, start + 1) });
        let rule = if at % 2 == 0 { RuleId::HubGateways } else { RuleId::ParallelWriters };
        let finding = Finding { fingerprint: format!("{at:x}"), ..test_finding(rule, places) };
        report.findings.push(finding);
    }
    render(&report, &Scenes::default(), Level::Warning)
}

#[test]
fn an_omitted_picture_is_mentioned_with_the_way_to_get_it() {
    let finding = test_finding(RuleId::HubGateways, []);
    let mut report = Report::default();
    report.findings.push(finding.clone());
    let mut scenes = Scenes::default();
    let command = format!("graph --format svg --finding {}", finding.fingerprint);
    assert!(!render(&report, &scenes, Level::Note).contains(&command));
    scenes.leave_out(&finding);
    assert!(render(&report, &scenes, Level::Note).contains(&command));
}

/// The text between two markers, each of which occurs once.
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
fn no_attribute_of_the_page_runs_code_or_sets_style() {
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
    for rule in ["hub-gateways", "parallel-writers"] {
        assert!(page.contains(&format!(">{rule} (250)</option>")), "{rule}");
    }
    assert!(!page.contains("main.bicep (500)"), "what is the same for all is no choice");
}

#[test]
fn an_option_has_the_number_that_its_findings_have() {
    let page = page(3);
    let number = between(&page, "<option value=\"", "\">hub-gateways (2)</option>");
    let number = number.rsplit("value=\"").next().unwrap();
    let of =
        |finding: usize| between(&page, &format!("id=\"finding-{finding}\" data-is=\""), "\"").split(' ');
    assert_eq!([0, 1, 2].map(|finding| of(finding).any(|one| one == number)), [true, false, true]);
}

#[test]
fn a_remedy_is_a_diff_that_can_be_copied() {
    let mut report = Report::default();
    let text = "resource a 'x' = {\n\tname: 'a<b'\n}\n";
    let file = report.sources.add(SourceFile::new("main.bicep", text));
    let place = Place { file, span: Span::empty(text.len() as u32 - 2) };
    let mut finding = test_finding(RuleId::HubGateways, [place, place]);
    let edits = vec![Edit { place, insert: "\tdependsOn: [b]\n".to_owned(), order: String::new() }];
    let serves = vec![finding.fingerprint.clone(), "ff".to_owned()];
    finding.fix = Some(Fix { description: "make `a` wait for `b`".to_owned(), edits, serves });
    report.findings.extend([Finding { fingerprint: "ff".to_owned(), ..finding.clone() }, finding]);
    let page = render(&report, &Scenes::default(), Level::Note);
    let diff = between(&page, "<pre class=\"diff\"><code>", "</code>");
    let copied = ["<ins>", "</ins>", "<span class=\"dim\">", "<span>", "</span>"]
        .into_iter()
        .fold(diff.to_owned(), |text, mark| text.replace(mark, ""));
    let expected = "--- a/main.bicep\n+++ b/main.bicep\n@@ -1,3 +1,4 @@\n resource a 'x' = {\n \tname: 'a&lt;b'\n+\tdependsOn: [b]\n }\n";
    assert_eq!(copied, expected);
    assert!(page.contains("<a href=\"#finding-ff\">ff</a>"));
}

#[test]
fn a_finding_is_addressed_by_its_fingerprint() {
    let page = page(3);
    for id in ["finding-0", "finding-1", "finding-2"] {
        assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
    }
}

#[test]
fn a_page_without_findings_says_so() {
    let page = page(0);
    assert!(page.contains("No race was found at this level.") && !page.contains("<article"));
}
