//! Annotations of GitHub Actions, as workflow commands.
//!
//! GitHub shows at most 10 errors, 10 warnings and 10 notices of a step and drops the rest without a word, so the
//! weightiest come first and the rest is counted in a line of the log.

use std::fmt::Write as _;

use super::{facts, place, words};
use crate::escape::{Notation, defused, visible};
use crate::rules::finding::{Level, Report};
use crate::small_sort::SmallSort as _;
use crate::source::Place;

/// So many annotations of a level are shown for a step.
const SHOWN: usize = 10;

/// So many characters of a message: 64 kB are taken, and some characters are written by three.
const LONGEST: usize = 16_000;

/// One annotation.
struct Annotation<'r> {
    level: Level,
    id: &'r str,
    place: Place,
    message: String,
}

/// Renders a report.
pub fn render(report: &Report, level: Level) -> String {
    let mut all = annotations(report, level);
    all.small_sort_by_key(|annotation| std::cmp::Reverse(annotation.level));
    let mut out = String::new();
    for error in report.errors.iter().take(SHOWN) {
        let message = defused(visible(error), Notation::Text);
        let _ = writeln!(out, "::error title={}::{}", env!("CARGO_PKG_NAME"), data(&message));
    }
    for level in [Level::Error, Level::Warning, Level::Note] {
        let of_level = all.iter().filter(|annotation| annotation.level == level);
        let mut left = 0_u64;
        for (at, annotation) in of_level.enumerate() {
            if at < SHOWN { write(&mut out, report, annotation) } else { left += 1 }
        }
        if left > 0 {
            let _ =
                writeln!(out, "{} more: GitHub shows {SHOWN} of a step", words::count(left, level.as_str()));
        }
    }
    out
}

fn annotations(report: &Report, level: Level) -> Vec<Annotation<'_>> {
    let findings = report.shown(level).filter_map(|finding| {
        let place = finding.participants.first()?.place;
        let message = [vec![finding.message.clone()], facts::lines(report, finding)].concat().join("\n");
        Some(Annotation { level: finding.level, id: finding.id(), place, message })
    });
    let diagnostics = report.shown_diagnostics(level).map(|diagnostic| {
        let message = match &diagnostic.help {
            Some(help) => format!("{}\nhelp: {help}", diagnostic.message),
            None => diagnostic.message.clone(),
        };
        let id = diagnostic.rule.as_str();
        Annotation { level: diagnostic.level, id, place: diagnostic.place, message }
    });
    findings.chain(diagnostics).collect()
}

fn write(out: &mut String, report: &Report, annotation: &Annotation<'_>) {
    let command = match annotation.level {
        Level::Note => "notice",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    let file = report.sources.file(annotation.place.file);
    let (start, end) = (file.position(annotation.place.span.start), file.position(annotation.place.span.end));
    let path = place::from_top(report, annotation.place.file);
    let _ = write!(
        out,
        "::{command} file={},line={},endLine={}",
        property(&defused(visible(&path), Notation::Text)),
        start.line,
        end.line
    );
    // Columns of several lines are refused.
    if start.line == end.line {
        let _ = write!(out, ",col={},endColumn={}", start.column, end.column.max(start.column));
    }
    let message: String = annotation.message.chars().take(LONGEST).collect();
    let message = message.lines().map(visible).collect::<Vec<_>>().join("\n");
    let message = defused(message, Notation::Text);
    let _ = writeln!(out, ",title={}::{}", property(annotation.id), data(&message));
}

/// The escapes of a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The escapes of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
