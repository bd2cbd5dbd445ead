//! Annotations of GitHub Actions, as workflow commands.
//!
//! GitHub shows at most 10 errors, 10 warnings and 10 notices of a step and drops the rest without a word, so the
//! weightiest come first and the rest is counted in a line of the log.

use std::fmt::Write as _;

use super::facts::{self, Issue};
use super::{place, words};
use crate::escape::{Notation, defused, visible};
use crate::rules::finding::{Level, Report};

/// So many annotations of a level are shown for a step.
const SHOWN: usize = 10;

/// So many characters of a message: 64 kB are taken, and some characters are written by three.
const LONGEST: usize = 16_000;

/// Renders a report.
pub fn render(report: &Report, level: Level) -> String {
    let issues = facts::issues(report, level);
    let mut out = String::new();
    for error in report.errors.iter().take(SHOWN) {
        let message = defused(visible(error), Notation::Text);
        let _ = writeln!(out, "::error title={}::{}", env!("CARGO_PKG_NAME"), data(&message));
    }
    for level in [Level::Error, Level::Warning, Level::Note] {
        let of_level = issues.iter().filter(|issue| issue.level == level);
        let mut left = 0_u64;
        for (at, issue) in of_level.enumerate() {
            if at < SHOWN { write(&mut out, report, issue) } else { left += 1 }
        }
        if left > 0 {
            let _ =
                writeln!(out, "{} more: GitHub shows {SHOWN} of a step", words::count(left, level.as_str()));
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
    // Columns of several lines are refused.
    if start.line == end.line {
        let _ = write!(out, ",col={},endColumn={}", start.column, end.column.max(start.column));
    }
    let message: String = issue.message.chars().take(LONGEST).collect();
    let message = message.lines().map(visible).collect::<Vec<_>>().join("\n");
    let message = defused(message, Notation::Text);
    let _ = writeln!(out, ",title={}::{}", property(issue.id), data(&message));
}

/// The escapes of a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The escapes of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
