//! One line per finding: `path:line:column: level[id] message`.

use std::fmt::Write as _;

use super::words;
use crate::escape::{line, visible};
use crate::rules::finding::{Level, Report};
use crate::source::Place;

/// Renders one line for each result at `level` and above.
pub fn render(report: &Report, level: Level) -> String {
    let mut out = String::new();
    let mut write = |place: Place, level: Level, id: &str, message: &str| {
        let file = report.sources.file(place.file);
        let at = file.position(place.span.start);
        let path = line(&file.path);
        let _ = writeln!(out, "{path}:{}:{}: {level}[{id}] {}", at.line, at.column, visible(message));
    };
    for finding in report.shown(level) {
        let Some(first) = finding.participants.first() else { continue };
        let when = finding.when.as_ref().map(|when| format!("when {when}"));
        let environments = words::environments(finding).map(|environments| format!("in {environments}"));
        let rule = finding.other_rule().map(|rule| format!("rule {rule}"));
        let no_fix = finding.why_by_hand().map(|why| format!("no fix: {why}"));
        let facts: Vec<String> = when.into_iter().chain(environments).chain(rule).chain(no_fix).collect();
        let message = match &facts[..] {
            [] => finding.message.clone(),
            facts => format!("{} ({})", finding.message, facts.join("; ")),
        };
        write(first.place, finding.level, finding.id(), &message);
    }
    for diagnostic in report.shown_diagnostics(level) {
        write(diagnostic.place, diagnostic.level, diagnostic.rule.as_str(), &diagnostic.message);
    }
    out
}
