//! Inlay hints with the times of declarations, and code lenses with the number of writers.

use gen_lsp_types::{CodeLens, Command, InlayHint, Label, Range, Tooltip};
use serde_json::json;

use super::places::{Places, meet};
use crate::level::Level;
use crate::rules::finding::Report;
use crate::session::{Outline, Outlined, Run};
use crate::source::{FileId, Place, Span};
use crate::timeline::clock;

/// The command of a code lens; the editor's extension shows the places that come with it.
pub(super) const SHOW_WRITERS: &str = "bicepRaceLint.showWriters";

/// The time of a run as text: `0:25 to 0:55`.
pub(super) fn words(run: Run) -> String {
    let about = if run.is_assumed { "about " } else { "" };
    format!("{about}{} to {}", clock(run.start), clock(run.end))
}

/// Start and end of each declaration in a range, at the end of its first line.
pub(super) fn hints(outline: &Outline, file: FileId, range: Range, places: &Places<'_>) -> Vec<InlayHint> {
    let asked = places.span(file, range);
    let mut hints = Vec::new();
    for declared in &outline.declarations {
        let Some(run) = declared.run else { continue };
        let line = places.line(file, declared.symbol_span.start);
        if !meet(line, asked) {
            continue;
        }
        let end = Place { file, span: Span::new(line.end, line.end) };
        let critical = if run.is_critical { " · critical path" } else { "" };
        hints.push(InlayHint {
            position: places.range(end).start,
            label: Label::String(format!("{}{critical}", words(run))),
            tooltip: Some(Tooltip::String(tooltip(run, outline.minutes))),
            kind: None,
            text_edits: None,
            padding_left: Some(true),
            padding_right: None,
            data: None,
        });
    }
    hints
}

fn tooltip(run: Run, total: u32) -> String {
    let mut text = format!("Predicted start and end, in a deployment of {}.", clock(total));
    if run.is_critical {
        text.push_str(" A delay here delays the whole deployment.");
    }
    if run.is_conditional {
        text.push_str(" It may not be deployed.");
    }
    if run.is_assumed {
        text.push_str(" Some minutes are not known and count as one.");
    }
    text
}

/// The number of declarations that write an object with several writers, above the object or, without a declaration of
/// it, above the first writer.
pub(super) fn lenses(
    outline: &Outline,
    report: &Report,
    level: Level,
    file: FileId,
    places: &Places<'_>,
) -> Vec<CodeLens> {
    let mut lenses = Vec::new();
    for written in outline.written.iter().filter(|written| written.writers.len() > 1) {
        let writers: Vec<&Outlined> =
            outline.declarations.iter().filter(|declared| written.writers.contains(&declared.node)).collect();
        let Some(first) = writers.first() else { continue };
        let own = written.object.declared_at.filter(|place| place.file == file);
        let at = own.unwrap_or(Place { file, span: first.symbol_span });
        let races = report.shown(level).filter(|finding| {
            let is_same =
                (&finding.object.ty, &finding.object.name) == (&written.object.ty, &written.object.name);
            is_same && finding.participants.iter().any(|writer| writer.place.file == file)
        });
        let races = match races.count() {
            0 => String::new(),
            1 => ", 1 race".to_owned(),
            some => format!(", {some} races"),
        };
        let locations =
            writers.iter().map(|writer| places.location(Place { file, span: writer.symbol_span }));
        let locations: Vec<_> = locations.collect();
        let range = places.range(at);
        lenses.push(CodeLens {
            range,
            command: Some(Command {
                title: format!("{} writers of {}{races}", writers.len(), written.words.replace('`', "")),
                tooltip: None,
                command: SHOW_WRITERS.to_owned(),
                arguments: Some(vec![json!(places.address(file).0), json!(range.start), json!(locations)]),
            }),
            data: None,
        });
    }
    lenses
}
