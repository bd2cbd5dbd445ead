//! GitLab's code quality report.

use serde_json::{Value, json};

use crate::rules::finding::{Level, Report};
use crate::source::Place;
use crate::timeline::escape::visible;

/// Renders a report.
pub fn render(report: &Report, level: Level) -> String {
    let issue = |place: Place, level: Level, rule: &str, message: &str, fingerprint: String| {
        let file = report.sources.file(place.file);
        json!({
            "description": visible(message),
            "check_name": rule,
            "fingerprint": fingerprint,
            "severity": match level { Level::Error => "critical", Level::Warning => "major", Level::Note => "info" },
            "location": { "path": file.path, "lines": { "begin": file.position(place.span.start).line } },
        })
    };
    let mut issues: Vec<Value> = Vec::new();
    for finding in report.shown(level) {
        if let Some(first) = finding.participants.first() {
            issues.push(issue(
                first.place,
                finding.level,
                finding.rule,
                &finding.message,
                finding.fingerprint.clone(),
            ));
        }
    }
    for (at, diagnostic) in report.diagnostics.iter().enumerate().filter(|(_, one)| one.level >= level) {
        let path = &report.sources.file(diagnostic.place.file).path;
        let fingerprint = format!("{}:{path}:{}:{at}", diagnostic.rule, diagnostic.message);
        issues.push(issue(
            diagnostic.place,
            diagnostic.level,
            diagnostic.rule,
            &diagnostic.message,
            fingerprint,
        ));
    }
    let mut text = serde_json::to_string_pretty(&issues).unwrap_or_default();
    text.push('\n');
    text
}
