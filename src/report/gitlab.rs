//! GitLab's code quality report.

use serde_json::{Value, json};

use super::words;
use crate::escape::visible;
use crate::fingerprint::Fingerprint;
use crate::rules::finding::{Level, Report, RuleId};
use crate::source::Place;

/// Renders a report.
pub fn render(report: &Report, level: Level) -> String {
    let issue = |place: Place, level: Level, rule: RuleId, message: &str, fingerprint: &str| {
        let file = report.sources.file(place.file);
        json!({
            "description": visible(message),
            "check_name": rule.as_str(),
            "fingerprint": fingerprint,
            "severity": match level { Level::Error => "critical", Level::Warning => "major", Level::Note => "info" },
            "location": { "path": file.path, "lines": { "begin": file.position(place.span.start).line } },
        })
    };
    let mut issues: Vec<Value> = Vec::new();
    for finding in report.shown(level) {
        if let Some(first) = finding.participants.first() {
            let fingerprint = &finding.fingerprint;
            let mut message = finding.message.clone();
            if let Some(environments) = words::environments(finding) {
                message.push_str(&format!(" (in {environments})"));
            }
            issues.push(issue(first.place, finding.level, finding.rule, &message, fingerprint));
        }
    }
    for one in report.shown_diagnostics(level) {
        issues.push(issue(one.place, one.level, one.rule, &one.message, &one.fingerprint));
    }
    for error in &report.errors {
        // It is about no file; the form has none without.
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
