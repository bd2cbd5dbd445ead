//! GitLab's code quality report.

use serde_json::{Value, json};

use super::{facts, place};
use crate::escape::visible;
use crate::fingerprint::Fingerprint;
use crate::rules::finding::{Level, Report};
use crate::source::Place;

/// Renders the results at `level` and above as a code quality report.
pub fn render(report: &Report, level: Level) -> String {
    let issue = |place: Place, level: Level, id: &str, message: &str, fingerprint: &str| {
        let (file, path) = (report.sources.file(place.file), place::from_top(report, place.file));
        json!({
            "description": visible(message),
            "check_name": id,
            "fingerprint": fingerprint,
            "severity": match level { Level::Error => "critical", Level::Warning => "major", Level::Note => "info" },
            "location": { "path": path, "lines": { "begin": file.position(place.span.start).line } },
        })
    };
    let mut issues: Vec<Value> = Vec::new();
    for finding in report.shown(level) {
        if let Some(first) = finding.participants.first() {
            let fingerprint = &finding.fingerprint;
            // GitLab shows no text but the description.
            let facts = facts::facts(finding).into_iter().map(|(word, fact)| format!("{word}: {fact}"));
            let facts = facts.collect::<Vec<_>>().join("; ");
            let message = format!("{} ({facts}) {}", finding.message, finding.url);
            issues.push(issue(first.place, finding.level, finding.id(), &message, fingerprint));
        }
    }
    for one in report.shown_diagnostics(level) {
        issues.push(issue(one.place, one.level, one.rule.as_str(), &one.message, &one.fingerprint));
    }
    for error in &report.errors {
        // The error belongs to no file, but the format requires one.
        issues.push(json!({
            "description": format!("the run failed: {}", visible(error)),
            "check_name": "run",
            "fingerprint": Fingerprint::default().text("run").text(error).to_string(),
            "severity": "blocker",
            "location": { "path": ".", "lines": { "begin": 1 } },
        }));
    }
    let mut text = serde_json::to_string_pretty(&issues).unwrap_or_default();
    text.push('\n');
    text
}
