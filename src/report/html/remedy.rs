//! The remedy of a finding as a diff, for reading and copying.

use maud::{Markup, html};
use rustc_hash::FxHashSet;

use super::findings::anchor;
use super::prose::prose;
use crate::escape::{line, visible};
use crate::fix::apply::{apply, diff};
use crate::rules::finding::{Edit, Finding, Fix, Report};
use crate::source::FileId;

/// Maximum number of bytes that are compared for one page: a repository may have hundreds of findings in one large
/// file.
const MAX_BYTES: usize = 64 << 20;
/// Maximum number of lines of a diff.
const MAX_LINES: usize = 400;
/// Maximum number of other findings that are named.
const MAX_SERVED: usize = 8;

/// The remedies of a page.
pub(super) struct Remedies<'r> {
    report: &'r Report,
    /// The fingerprints of the findings on the page.
    shown: FxHashSet<&'r str>,
    bytes: usize,
}

impl<'r> Remedies<'r> {
    pub(super) fn new(report: &'r Report, findings: &[&'r Finding]) -> Self {
        let shown = findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
        Self { report, shown, bytes: 0 }
    }

    pub(super) fn of(&mut self, finding: &Finding, fix: &Fix, number: usize) -> Markup {
        let differences = self.differences(fix);
        let is_whole = differences.as_ref().is_some_and(|lines| lines.len() <= MAX_LINES);
        let own = &finding.fingerprint;
        let served = fix.serves.iter().filter(|&other| other != own && self.shown.contains(other.as_str()));
        let served: Vec<&String> = served.collect();
        html! {
            section.remedy {
                h4 { "Remedy" }
                p { (prose(&fix.description)) }
                @if let (Some(lines), true) = (&differences, is_whole) {
                    // The button needs the script, so the script shows it.
                    p { button.copy type="button" hidden aria-label={ "Copy the diff of finding " (number) } { "Copy the diff" } }
                    pre.diff { code { @for line in lines { (drawn(line)) } } }
                } @else {
                    p.left-out { "The diff is too long for the page; " code { "--diff" } " prints it." }
                }
                @if !served.is_empty() {
                    p.left-out {
                        "These edits also serve "
                        @for (at, other) in served.iter().take(MAX_SERVED).enumerate() {
                            @if at > 0 { ", " }
                            a href={ "#" (anchor(other)) } { (other) }
                        }
                        @if served.len() > MAX_SERVED { " and " (served.len() - MAX_SERVED) " more" }
                    }
                }
            }
        }
    }

    /// The diff of the edits in unified format; `None` once the page has compared too much.
    fn differences(&mut self, fix: &Fix) -> Option<Vec<String>> {
        let mut files: Vec<FileId> = fix.edits.iter().map(|edit| edit.place.file).collect();
        files.dedup();
        let mut lines = Vec::new();
        for id in files {
            let file = self.report.sources.file(id);
            self.bytes += file.text.len();
            if self.bytes > MAX_BYTES {
                return None;
            }
            let edits: Vec<&Edit> = fix.edits.iter().filter(|edit| edit.place.file == id).collect();
            let told = diff(&line(&file.path), &file.text, &apply(&file.text, &edits));
            lines.extend(told.lines().map(str::to_owned));
        }
        Some(lines)
    }
}

/// One line of the diff. It keeps its tabs, so that a copied diff applies. Each line is inside an element, because a
/// line of a page that starts with a command of a build pipeline would be executed.
fn drawn(told: &str) -> Markup {
    let shown: Vec<String> = told.split('\t').map(visible).collect();
    let shown = shown.join("\t");
    let is_file = told.starts_with("+++") || told.starts_with("---");
    html! {
        @if told.starts_with('+') && !is_file { ins { (shown) } } @else if is_file || told.starts_with("@@") {
            span.dim { (shown) }
        } @else { span { (shown) } }
        "\n"
    }
}
