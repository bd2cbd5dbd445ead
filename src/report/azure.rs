//! Azure Pipelines logging commands: one `task.logissue` for each error and warning.
//!
//! The agent keeps ten errors and ten warnings of a step and silently drops the rest. So the most severe come first, and a log
//! line counts the rest. `task.logissue` knows no lower level, so a note is a plain log line.

use std::fmt::Write as _;

use super::facts::{self, Issue};
use super::{place, words};
use crate::escape::{Notation, defused, line, visible};
use crate::rules::finding::{Level, Report};

/// Number of issues of each level that the agent keeps per step.
const MAX_ISSUES: usize = 10;

/// Maximum number of characters of a message.
const MAX_MESSAGE_CHARS: usize = 8_000;

/// Renders the results at `level` and above as logging commands.
pub fn render(report: &Report, level: Level) -> String {
    let issues = facts::issues(report, level);
    let mut out = String::new();
    for error in report.errors.iter().take(MAX_ISSUES) {
        let _ = writeln!(out, "##vso[task.logissue type=error]{}", data(error));
    }
    for level in [Level::Error, Level::Warning] {
        let of_level: Vec<&Issue<'_>> = issues.iter().filter(|issue| issue.level == level).collect();
        of_level.iter().take(MAX_ISSUES).for_each(|issue| write(&mut out, report, issue));
        if let Some(left) = of_level.len().checked_sub(MAX_ISSUES).filter(|left| *left > 0) {
            let left = words::count(left as u64, &format!("more {level}"));
            let _ = writeln!(out, "{left}: Azure Pipelines shows only {MAX_ISSUES} for each step");
        }
    }
    for issue in issues.iter().filter(|issue| issue.level == Level::Note) {
        let at = report.sources.file(issue.place.file).position(issue.place.span.start);
        let path = line(&place::from_top(report, issue.place.file));
        let first = issue.message.lines().map(visible).collect::<Vec<_>>().join("; ");
        let note = format!("{path}:{}:{}: note[{}] {first}", at.line, at.column, issue.id);
        let _ = writeln!(out, "{}", defused(note, Notation::Text));
    }
    out
}

fn write(out: &mut String, report: &Report, issue: &Issue<'_>) {
    let at = report.sources.file(issue.place.file).position(issue.place.span.start);
    let path = property(&place::from_top(report, issue.place.file));
    let message: String = issue.message.chars().take(MAX_MESSAGE_CHARS).collect();
    let (level, line, column, id) = (issue.level, at.line, at.column, property(issue.id));
    let _ = writeln!(
        out,
        "##vso[task.logissue type={level};sourcepath={path};linenumber={line};columnnumber={column};code={id};]{}",
        data(&message)
    );
}

/// Escapes a message, so that no part of it is read as a command.
fn data(text: &str) -> String {
    let seen = text.lines().map(visible).collect::<Vec<_>>().join("\n");
    let harmless = defused(seen, Notation::Text);
    harmless.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(']', "%5D").replace(';', "%3B")
}
