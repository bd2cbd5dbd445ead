//! The findings of a page, each a collapsible article, and the messages about files.

use maud::{Markup, html};

use super::filter::Choices;
use super::pictures::Pictures;
use super::prose::{link, plain, prose};
use super::remedy::Remedies;
use super::source::{Mark, excerpts};
use crate::report::words;
use crate::rules::finding::{Confidence, Diagnostic, Finding, Report};
use crate::source::Place;

/// Maximum number of findings that are expanded when the page opens.
const MAX_OPEN: usize = 20;
/// Maximum number of writers of a finding that are listed.
const MAX_WRITERS: usize = 20;

/// Renders all findings.
pub(super) fn list<'r>(
    report: &'r Report,
    findings: &[&'r Finding],
    choices: &Choices<'r>,
    pictures: &mut Pictures<'_>,
) -> Markup {
    let mut remedies = Remedies::new(report, findings);
    html! {
        section aria-labelledby="races" {
            h2 id="races" { "Races" }
            @if findings.is_empty() && report.errors.is_empty() {
                p { @if report.roots.is_empty() { "Nothing was checked." } @else { "No race was found at this level." } }
            }
            @if findings.is_empty() && !report.errors.is_empty() { p { "The run failed before it found any race." } }
            @for (at, finding) in findings.iter().enumerate() {
                article.one id=(anchor(&finding.fingerprint)) data-is=(choices.numbers_of(finding))
                    aria-labelledby={ "h-" (at + 1) } {
                    details open[at < MAX_OPEN] {
                        summary { (title(report, finding, at + 1)) }
                        (body(report, finding, at + 1, (pictures, &mut remedies)))
                    }
                }
            }
        }
    }
}

/// The id of a result in the page. It is the same in every run, so that links stay valid.
pub(super) fn anchor(fingerprint: &str) -> String {
    format!("finding-{fingerprint}")
}

fn title(report: &Report, finding: &Finding, number: usize) -> Markup {
    let level = finding.level.as_str();
    html! {
        h3 id={ "h-" (number) } {
            span class={ "level " (level) } { (level) } " "
            span.message { (prose(&finding.message)) }
        }
        p.where {
            code { (plain(finding.id())) }
            @if let Some(rule) = finding.other_rule() { " " code { (rule.as_str()) } }
            @if let Some(first) = finding.participants.first() { " · " (place(report, first.place)) }
            @if !finding.assumes.is_empty() {
                " · inferred: with default values"
            } @else if finding.confidence == Confidence::Inferred {
                " · inferred: a module was judged by its name"
            }
        }
    }
}

fn place(report: &Report, place: Place) -> Markup {
    let file = report.sources.file(place.file);
    html! { code { (plain(&file.path)) ":" (file.position(place.span.start).line) } }
}

fn body(
    report: &Report,
    finding: &Finding,
    number: usize,
    (pictures, remedies): (&mut Pictures<'_>, &mut Remedies<'_>),
) -> Markup {
    let left_out = finding.participants.len().saturating_sub(MAX_WRITERS);
    html! {
        div.body {
            dl {
                @if let Some(when) = &finding.when { dt { "When" } dd { (prose(when)) } }
                @if let Some(place) = words::deployed_in(finding) { dt { "In" } dd { (prose(&place)) } }
                @if let Some(others) = words::others(finding) { dt { "Also" } dd { "declared twice: " (prose(&others)) } }
                dt { "Why" } dd { (prose(&finding.explanation)) }
                dt { "Help" } dd { (prose(&finding.help)) }
                @if let Some(why) = finding.why_by_hand() { dt { "No fix" } dd { (prose(why)) } }
                @if finding.roots.len() > 1 {
                    dt { "Under" }
                    dd { @for (at, root) in finding.roots.iter().enumerate() { @if at > 0 { ", " } code { (plain(root)) } } }
                }
                dt { "Page" } dd { (link(&finding.url)) }
                @let anchor = anchor(&finding.fingerprint);
                dt { "Link" } dd { a href={ "#" (anchor) } { "#" (anchor) } }
            }
            section {
                h4 { "Source" }
                (excerpts(report, &marks(report, finding)))
                @if left_out > 0 { p.left-out { "and " (left_out) " more that write the same object" } }
                @if finding.pairs_omitted > 0 {
                    p.left-out { (finding.pairs.len()) " pairs are listed; there are " (finding.pairs_omitted) " more" }
                }
            }
            @if let Some(fix) = &finding.fix { (remedies.of(finding, fix, number)) }
            (pictures.of(finding, number))
        }
    }
}

/// The writers in the template where their paths part, followed by those inside modules at their own places.
fn marks(report: &Report, finding: &Finding) -> Vec<Mark> {
    let writers = finding.participants.iter().enumerate().take(MAX_WRITERS);
    let outer = writers
        .clone()
        .map(|(at, writer)| Mark { place: writer.place, text: words::role(report, finding, at) });
    let inner = writers.filter_map(|(_, writer)| {
        let last = writer.via.last()?;
        let text = format!("{} under `{}`", writer.label, writer.symbol);
        Some(Mark { place: last.place, text })
    });
    outer.chain(inner).collect()
}

/// The messages about files rather than races.
pub(super) fn diagnostics(report: &Report, diagnostics: &[&Diagnostic], choices: &Choices<'_>) -> Markup {
    html! {
        @if !diagnostics.is_empty() {
            section aria-labelledby="files" {
                h2 id="files" { "Files" }
                @for (at, diagnostic) in diagnostics.iter().enumerate() {
                    @let level = diagnostic.level.as_str();
                    article.one id=(anchor(&diagnostic.fingerprint)) data-is=(choices.numbers_of_diagnostic(diagnostic))
                        aria-labelledby={ "d-" (at + 1) } {
                        details open[at < MAX_OPEN] {
                            summary {
                                h3 id={ "d-" (at + 1) } {
                                    span class={ "level " (level) } { (level) } " "
                                    span.message { (prose(&diagnostic.message)) }
                                }
                                p.where { code { (diagnostic.rule.as_str()) } " · " (place(report, diagnostic.place)) }
                            }
                            div.body {
                                @if let Some(help) = &diagnostic.help { dl { dt { "Help" } dd { (prose(help)) } } }
                                (excerpts(report, &said(diagnostic)))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn said(diagnostic: &Diagnostic) -> Vec<Mark> {
    let here = Mark { place: diagnostic.place, text: String::new() };
    let related = diagnostic.related.iter().map(|(place, text)| Mark { place: *place, text: text.clone() });
    std::iter::once(here).chain(related).collect()
}
