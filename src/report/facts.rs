//! The facts of a finding that every format shows, apart from its place, level and message.

use super::words;
use crate::escape::{line, visible};
use crate::rules::finding::{Finding, Level, Report};
use crate::small_sort::SmallSort as _;
use crate::source::Place;

/// When it happens, under which parameter files, why, what to do, why there are no edits, and the rule if the id is an
/// entry's. Each fact comes with its label.
pub(super) fn facts(finding: &Finding) -> Vec<(&'static str, String)> {
    let mut facts: Vec<(&'static str, String)> = Vec::new();
    facts.extend(finding.when.clone().map(|when| ("when", when)));
    facts.extend(words::deployed_in(finding).map(|place| ("in", place)));
    facts.extend(words::others(finding).map(|others| ("also declared twice", others)));
    facts.push(("why", finding.explanation.clone()));
    facts.push(("help", finding.help.clone()));
    facts.extend(finding.why_by_hand().map(|why| ("no fix", why.to_owned())));
    facts.extend(finding.other_rule().map(|rule| ("rule", rule.to_string())));
    facts
}

/// A finding or diagnostic as one entry of a build log.
pub(super) struct Issue<'r> {
    pub level: Level,
    pub id: &'r str,
    pub place: Place,
    /// The raw message, which may have several lines; each format applies its own escapes.
    pub message: String,
}

/// The findings and diagnostics at or above a level, most severe first, because some services keep only the first few
/// of a step.
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

/// The facts, the remedy and the page, one line each. No line contains invisible characters or line breaks.
pub(super) fn lines(report: &Report, finding: &Finding) -> Vec<String> {
    let mut lines: Vec<String> =
        facts(finding).into_iter().map(|(word, fact)| visible(&format!("{word}: {fact}"))).collect();
    lines.extend(remedy(report, finding));
    lines.push(line(&finding.url));
    lines
}

/// Maximum number of lines of a remedy; `--diff` prints all.
const MAX_LINES: usize = 24;

/// The lines that a remedy inserts, below the place of each edit. Ex) `main.bicep:20`, `+   dependsOn: [`
pub(super) fn remedy(report: &Report, finding: &Finding) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (place, written) in finding.fix.iter().flat_map(|fix| words::written(report, fix)) {
        let file = report.sources.file(place.file);
        lines.push(format!("{}:{}", line(&file.path), file.position(place.span.start).line));
        lines.extend(written.iter().map(|line| format!("+ {line}")));
    }
    if lines.len() > MAX_LINES {
        let more = lines.len() - MAX_LINES;
        lines.truncate(MAX_LINES);
        lines.push(format!("… {more} more lines; `--diff` prints all"));
    }
    lines
}
