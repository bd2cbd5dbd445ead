//! The findings of a page, each an article that can be folded, and what is said of the files.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::pictures::Pictures;
use super::prose::{link, plain, prose};
use super::source::{Mark, excerpts};
use crate::report::words;
use crate::rules::finding::{Confidence, Diagnostic, Finding, Fix, Report};
use crate::small_sort::SmallSort as _;
use crate::source::{FileId, Place};

/// So many findings are open when the page opens.
const OPEN: usize = 20;
/// So many writers of a finding, and so many lines of a remedy, are written out.
const MOST_WRITERS: usize = 20;
const MOST_LINES: usize = 200;

/// The files that a page speaks of, by path, and how often.
pub(super) struct Files<'r> {
    found: Vec<(&'r str, usize)>,
    numbers: BTreeMap<FileId, usize>,
}

impl<'r> Files<'r> {
    pub(super) fn of(report: &'r Report, findings: &[&Finding], diagnostics: &[&Diagnostic]) -> Self {
        let mut counts: BTreeMap<(&str, FileId), usize> = BTreeMap::new();
        let of_findings = findings.iter().map(|finding| files_of(finding));
        let of_diagnostics = diagnostics.iter().map(|diagnostic| vec![diagnostic.place.file]);
        for id in of_findings.chain(of_diagnostics).flatten() {
            *counts.entry((report.sources.file(id).path.as_str(), id)).or_default() += 1;
        }
        let numbers = counts.keys().enumerate().map(|(at, &(_, id))| (id, at)).collect();
        Self { found: counts.into_iter().map(|((path, _), count)| (path, count)).collect(), numbers }
    }

    /// Number, path, and how many findings and diagnostics speak of it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &'r str, usize)> {
        self.found.iter().enumerate().map(|(at, &(path, count))| (at, path, count))
    }

    /// Numbers of files, as the script reads them.
    fn numbers(&self, files: &[FileId]) -> String {
        let numbers = files.iter().filter_map(|id| self.numbers.get(id)).map(ToString::to_string);
        numbers.collect::<Vec<_>>().join(" ")
    }
}

/// The files in which a finding's writers stand, each once.
fn files_of(finding: &Finding) -> Vec<FileId> {
    let places = finding.participants.iter().flat_map(|writer| {
        std::iter::once(writer.place.file).chain(writer.via.iter().map(|via| via.place.file))
    });
    let mut files: Vec<FileId> = places.collect();
    files.small_sort();
    files.dedup();
    files
}

/// All findings.
pub(super) fn list(
    report: &Report,
    findings: &[&Finding],
    files: &Files<'_>,
    pictures: &mut Pictures<'_>,
) -> Markup {
    html! {
        section aria-labelledby="races" {
            h2 id="races" { "Races" }
            @if findings.is_empty() && report.errors.is_empty() {
                p { @if report.roots.is_empty() { "Nothing was checked." } @else { "No race was found at this level." } }
            }
            @if findings.is_empty() && !report.errors.is_empty() { p { "The run failed before any was found." } }
            @for (at, finding) in findings.iter().enumerate() {
                article.one id={ "f-" (finding.fingerprint) } data-rule=(finding.rule.as_str())
                    data-files=(files.numbers(&files_of(finding))) aria-labelledby={ "h-" (at + 1) } {
                    details open[at < OPEN] {
                        summary { (title(report, finding, at + 1)) }
                        (body(report, finding, at + 1, pictures))
                    }
                }
            }
        }
    }
}

fn title(report: &Report, finding: &Finding, number: usize) -> Markup {
    let level = finding.level.as_str();
    html! {
        h3 id={ "h-" (number) } {
            span class={ "level " (level) } { (level) } " "
            span.message { (prose(&finding.message)) }
        }
        p.where {
            code { (finding.id()) }
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

fn body(report: &Report, finding: &Finding, number: usize, pictures: &mut Pictures<'_>) -> Markup {
    let left_out = finding.participants.len().saturating_sub(MOST_WRITERS);
    html! {
        div.body {
            dl {
                @if let Some(when) = &finding.when { dt { "When" } dd { (prose(when)) } }
                @if let Some(environments) = words::environments(finding) { dt { "In" } dd { (prose(&environments)) } }
                dt { "Why" } dd { (prose(&finding.explanation)) }
                dt { "Help" } dd { (prose(&finding.help)) }
                @if let Some(why) = finding.why_by_hand() { dt { "No fix" } dd { (prose(why)) } }
                @if finding.roots.len() > 1 {
                    dt { "Under" }
                    dd { @for (at, root) in finding.roots.iter().enumerate() { @if at > 0 { ", " } code { (plain(root)) } } }
                }
                dt { "Page" } dd { (link(&finding.url)) }
            }
            section {
                h4 { "Source" }
                (excerpts(report, &marks(report, finding)))
                @if left_out > 0 { p.left-out { "and " (left_out) " more that write the same object" } }
                @if finding.pairs_omitted > 0 {
                    p.left-out { (finding.pairs.len()) " pairs are known by name, " (finding.pairs_omitted) " more are counted" }
                }
            }
            @if let Some(fix) = &finding.fix { (remedy(report, fix)) }
            (pictures.of(finding, number))
        }
    }
}

/// The writers in the template in which their ways part, then, in the modules, where they stand.
fn marks(report: &Report, finding: &Finding) -> Vec<Mark> {
    let writers = finding.participants.iter().enumerate().take(MOST_WRITERS);
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

fn remedy(report: &Report, fix: &Fix) -> Markup {
    html! {
        section.remedy {
            h4 { "Remedy" }
            p { (prose(&fix.description)) }
            @for edit in fix.edits.iter().take(MOST_LINES) {
                figure.source {
                    figcaption { (place(report, edit.place)) }
                    @let written = words::written(report, edit);
                    div.lines {
                        @for (before, new, after) in written.iter().take(MOST_LINES) {
                            div.line {
                                span.number aria-hidden="true" { "+" }
                                code { (before) ins { (new) } (after) }
                            }
                        }
                    }
                    (more(written.len(), "lines"))
                }
            }
            (more(fix.edits.len(), "places"))
        }
    }
}

/// What a remedy has beyond what is written out.
fn more(count: usize, what: &str) -> Markup {
    let left_out = count.saturating_sub(MOST_LINES);
    html! { @if left_out > 0 { p.left-out { "and " (left_out) " more " (what) } } }
}

/// What is said of files rather than of races.
pub(super) fn diagnostics(report: &Report, diagnostics: &[&Diagnostic], files: &Files<'_>) -> Markup {
    html! {
        @if !diagnostics.is_empty() {
            section aria-labelledby="files" {
                h2 id="files" { "Files" }
                @for (at, diagnostic) in diagnostics.iter().enumerate() {
                    @let level = diagnostic.level.as_str();
                    article.one data-rule=(diagnostic.rule.as_str()) data-files=(files.numbers(&[diagnostic.place.file]))
                        aria-labelledby={ "d-" (at + 1) } {
                        details open[at < OPEN] {
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
