//! The hover text of the declaration or finding under the pointer.

use gen_lsp_types::{Contents, Hover, MarkupContent, MarkupKind, Range};

use super::client::Client;
use super::diagnostics::in_file;
use super::places::{Places, meet};
use super::schedule::words;
use crate::azure::catalog::Catalog;
use crate::level::Level;
use crate::rules::finding::{Finding, Report};
use crate::session::{Outline, Outlined};
use crate::source::{FileId, Place, Span};
use crate::timeline::clock;

/// The hover at a place.
pub(super) fn at(
    (outline, report, catalog): (&Outline, &Report, &Catalog),
    level: Level,
    file: FileId,
    at: Span,
    (places, client): (&Places<'_>, &Client),
) -> Option<Hover> {
    let mut parts: Vec<String> = Vec::new();
    let mut shown: Option<Range> = None;
    for finding in report.shown(level) {
        let here = in_file(finding, file).into_iter().find(|(_, place)| meet(place.span, at));
        let Some((_, place)) = here else { continue };
        let by_hand = finding.why_by_hand().map(|why| format!(" By hand: {why}.")).unwrap_or_default();
        let when = finding.when.as_ref().map(|when| format!("\n\nWhen {when}.")).unwrap_or_default();
        parts.push(format!(
            "**{}** [{}]({}): {}{when}\n\n{}{}\n\nTo fix it: {}.{by_hand}",
            finding.level,
            finding.id(),
            finding.url,
            finding.message,
            sentence(&finding.explanation),
            evidence(finding, catalog),
            finding.help
        ));
        shown = Some(places.range(place));
    }
    let declared =
        outline.declarations.iter().find(|declared| meet(places.line(file, declared.symbol_span.start), at));
    if let Some(declared) = declared {
        parts.push(declaration(declared, outline, file, places));
        shown = shown.or(Some(places.range(Place { file, span: declared.symbol_span })));
    }
    if parts.is_empty() {
        return None;
    }
    let value = parts.join("\n\n---\n\n");
    let contents = if client.has_markdown {
        MarkupContent { kind: MarkupKind::Markdown, value }
    } else {
        MarkupContent { kind: MarkupKind::PlainText, value: value.replace("**", "") }
    };
    Some(Hover { contents: Contents::MarkupContent(contents), range: shown })
}

/// The strongest evidence for a finding, and how much more there is.
fn evidence(finding: &Finding, catalog: &Catalog) -> String {
    let entry = finding.entry.as_ref().and_then(|id| catalog.entry(id));
    let all = entry.map(|entry| entry.evidence.all()).unwrap_or_default();
    let Some(first) = all.first() else { return String::new() };
    let more = match all.len() - 1 {
        0 => String::new(),
        some => format!(" ({some} more on the page)"),
    };
    let source = if first.url.is_empty() {
        first.kind.to_string()
    } else {
        format!("[{}]({})", first.kind, first.url)
    };
    format!("\n\nEvidence: {} {source}{more}", sentence(&first.says))
}

/// A text with a capital first letter and a full stop at the end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// Describes a declaration: what it writes, what it waits for, and when it runs.
fn declaration(declared: &Outlined, outline: &Outline, file: FileId, places: &Places<'_>) -> String {
    let kind = if declared.is_loop { ", a loop" } else { "" };
    let mut lines = vec![format!("`{}` deploys `{}`{kind}", declared.symbol, declared.ty), String::new()];
    for written in outline.written.iter().filter(|written| written.writers.contains(&declared.node)) {
        let others = outline
            .declarations
            .iter()
            .filter(|other| other.node != declared.node && written.writers.contains(&other.node));
        let others: Vec<String> = others.map(|other| format!("`{}`", other.symbol)).collect();
        let others = if others.is_empty() { String::new() } else { format!("; so do {}", others.join(", ")) };
        let others = others.replacen("so do", if others.contains(", ") { "so do" } else { "so does" }, 1);
        lines.push(format!("- writes {}{others}", written.words));
    }
    if declared.waits_for.is_empty() {
        lines.push("- waits for nothing".to_owned());
    } else {
        let source = places.source(file);
        let waits = declared.waits_for.iter().map(|waiting| {
            let line = source.position(waiting.span.start).line;
            format!("`{}` ({}, line {line})", waiting.symbol, waiting.why)
        });
        lines.push(format!("- waits for {}", waits.collect::<Vec<_>>().join(", ")));
    }
    lines.push(match declared.run {
        None => "- is never deployed".to_owned(),
        Some(run) => {
            let critical = if run.is_critical { ", on the critical path" } else { "" };
            format!("- runs from {} of {}, as predicted{critical}", words(run), clock(outline.minutes))
        }
    });
    lines.join("\n")
}
