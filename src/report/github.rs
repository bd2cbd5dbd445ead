//! Annotations of GitHub Actions, as workflow commands.
//!
//! GitHub shows at most 10 errors, 10 warnings and 10 notices of a step and silently drops the rest. So the most severe
//! come first, and a log line counts the rest.

use std::fmt::Write as _;

use super::facts::{self, Issue};
use super::{place, words};
use crate::escape::{Notation, defused, visible};
use crate::rules::finding::{Level, Report};

/// Number of annotations of each level that GitHub shows per step.
const MAX_ANNOTATIONS: usize = 10;

/// Maximum number of characters of a message: GitHub accepts 64 kB, and an escape takes three bytes.
const MAX_MESSAGE_CHARS: usize = 16_000;

/// Renders the results at `level` and above as workflow commands.
pub fn render(report: &Report, level: Level) -> String {
    let issues = facts::issues(report, level);
    let mut out = String::new();
    for error in report.errors.iter().take(MAX_ANNOTATIONS) {
        let message = defused(visible(error), Notation::Text);
        let _ = writeln!(out, "::error title={}::{}", env!("CARGO_PKG_NAME"), data(&message));
    }
    for level in [Level::Error, Level::Warning, Level::Note] {
        let of_level = issues.iter().filter(|issue| issue.level == level);
        let mut left = 0_u64;
        for (at, issue) in of_level.enumerate() {
            if at < MAX_ANNOTATIONS { write(&mut out, report, issue) } else { left += 1 }
        }
        if left > 0 {
            let _ = writeln!(
                out,
                "{}: GitHub shows only {MAX_ANNOTATIONS} for each step",
                words::count(left, &format!("more {level}"))
            );
        }
    }
    out
}

fn write(out: &mut String, report: &Report, issue: &Issue<'_>) {
    let command = match issue.level {
        Level::Note => "notice",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    let file = report.sources.file(issue.place.file);
    let (start, end) = (file.position(issue.place.span.start), file.position(issue.place.span.end));
    let path = place::from_top(report, issue.place.file);
    let _ = write!(
        out,
        "::{command} file={},line={},endLine={}",
        property(&defused(visible(&path), Notation::Text)),
        start.line,
        end.line
    );
    // GitHub rejects columns for a range of several lines.
    if start.line == end.line {
        let _ = write!(out, ",col={},endColumn={}", start.column, end.column.max(start.column));
    }
    let message: String = issue.message.chars().take(MAX_MESSAGE_CHARS).collect();
    let message = message.lines().map(visible).collect::<Vec<_>>().join("\n");
    let message = defused(message, Notation::Text);
    let _ = writeln!(out, ",title={}::{}", property(issue.id), data(&message));
}

/// Escapes a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
