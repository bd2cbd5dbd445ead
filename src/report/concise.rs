//! One line a finding: `path:line:column: level[rule] message`.

use std::fmt::Write as _;

use super::words;
use crate::escape::{line, visible};
use crate::rules::finding::{Level, Report, RuleId};
use crate::source::Place;

/// Renders a report.
pub fn render(report: &Report, level: Level) -> String {
    let mut out = String::new();
    let mut write = |place: Place, level: Level, rule: RuleId, message: &str| {
        let file = report.sources.file(place.file);
        let at = file.position(place.span.start);
        let path = line(&file.path);
        let _ = writeln!(out, "{path}:{}:{}: {level}[{rule}] {}", at.line, at.column, visible(message));
    };
    for finding in report.shown(level) {
        let Some(first) = finding.participants.first() else { continue };
        let when = finding.when.as_ref().map(|when| format!("when {when}"));
        let environments = words::environments(finding).map(|environments| format!("in {environments}"));
        let facts: Vec<String> = when.into_iter().chain(environments).collect();
        let message = match &facts[..] {
            [] => finding.message.clone(),
            facts => format!("{} ({})", finding.message, facts.join("; ")),
        };
        write(first.place, finding.level, finding.rule, &message);
    }
    for diagnostic in report.shown_diagnostics(level) {
        write(diagnostic.place, diagnostic.level, diagnostic.rule, &diagnostic.message);
    }
    out
}
