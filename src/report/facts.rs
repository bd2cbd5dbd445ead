//! What every format says of a finding beside its place, its level and its message.

use super::words;
use crate::escape::{line, visible};
use crate::rules::finding::{Finding, Level, Report};
use crate::small_sort::SmallSort as _;
use crate::source::Place;

/// When it happens, under which parameter files, why, what to do, why not by edits, and the rule where the id is an entry's: each
/// with its word.
pub(super) fn facts(finding: &Finding) -> Vec<(&'static str, String)> {
    let mut facts: Vec<(&'static str, String)> = Vec::new();
    facts.extend(finding.when.clone().map(|when| ("when", when)));
    facts.extend(words::environments(finding).map(|environments| ("in", environments)));
    facts.push(("why", finding.explanation.clone()));
    facts.push(("help", finding.help.clone()));
    facts.extend(finding.why_by_hand().map(|why| ("no fix", why.to_owned())));
    facts.extend(finding.other_rule().map(|rule| ("rule", rule.to_string())));
    facts
}

/// What a line of a build log says: one finding or diagnostic.
pub(super) struct Issue<'r> {
    pub level: Level,
    pub id: &'r str,
    pub place: Place,
    /// Lines, as they come: each format has its own escapes.
    pub message: String,
}

/// The findings and diagnostics from a level on, the weightiest first: a service that keeps few of a step keeps these.
pub(super) fn issues(report: &Report, level: Level) -> Vec<Issue<'_>> {
    let findings = report.shown(level).filter_map(|finding| {
        let place = finding.participants.first()?.place;
        let message = [vec![finding.message.clone()], lines(report, finding)].concat().join("\n");
        Some(Issue { level: finding.level, id: finding.id(), place, message })
    });
    let diagnostics = report.shown_diagnostics(level).map(|diagnostic| {
        let help = diagnostic.help.iter().map(|help| format!("\nhelp: {help}"));
        let message = std::iter::once(diagnostic.message.clone()).chain(help).collect();
        Issue { level: diagnostic.level, id: diagnostic.rule.as_str(), place: diagnostic.place, message }
    });
    let mut issues: Vec<Issue<'_>> = findings.chain(diagnostics).collect();
    issues.small_sort_by_key(|issue| std::cmp::Reverse(issue.level));
    issues
}

/// The facts, the remedy as lines, and the page: a line each, in which nothing is hidden or ends the line.
pub(super) fn lines(report: &Report, finding: &Finding) -> Vec<String> {
    let mut lines: Vec<String> =
        facts(finding).into_iter().map(|(word, fact)| visible(&format!("{word}: {fact}"))).collect();
    lines.extend(remedy(report, finding));
    lines.push(line(&finding.url));
    lines
}

/// So many lines of a remedy are shown; `--diff` prints all.
const MOST_LINES: usize = 24;

/// The lines that a remedy writes, under the place of each edit. Ex) `main.bicep:20`, `+   dependsOn: [`
pub(super) fn remedy(report: &Report, finding: &Finding) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (place, written) in finding.fix.iter().flat_map(|fix| words::written(report, fix)) {
        let file = report.sources.file(place.file);
        lines.push(format!("{}:{}", line(&file.path), file.position(place.span.start).line));
        lines.extend(written.iter().map(|line| format!("+ {line}")));
    }
    if lines.len() > MOST_LINES {
        let more = lines.len() - MOST_LINES;
        lines.truncate(MOST_LINES);
        lines.push(format!("… {more} more lines; `--diff` prints all"));
    }
    lines
}
