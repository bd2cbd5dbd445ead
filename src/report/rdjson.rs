//! The diagnostic format of reviewdog, with suggestions.
//! <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>

use serde_json::{Value, json};

use super::{facts, words};
use crate::escape::visible;
use crate::rules::finding::{Diagnostic, Finding, Fix, Level, Report};
use crate::rules::rule;
use crate::source::{Place, SourceFile};

/// Maximum number of related places of a finding.
const MAX_RELATED: usize = 20;

/// Renders the results at `level` and above as diagnostics of reviewdog.
pub fn render(report: &Report, level: Level) -> String {
    let findings = report.shown(level).filter_map(|finding| of_finding(report, finding));
    let diagnostics = report.shown_diagnostics(level).map(|diagnostic| of_diagnostic(report, diagnostic));
    // The format requires a file; the log and the exit code also tell the user about the error.
    let errors = report.errors.iter().map(|error| {
        json!({
            "message": format!("the run failed: {}", visible(error)),
            "location": { "path": "." },
            "severity": "ERROR",
            "code": { "value": "run" },
        })
    });
    let document = json!({
        "source": { "name": env!("CARGO_PKG_NAME"), "url": env!("CARGO_PKG_REPOSITORY") },
        "diagnostics": errors.chain(findings).chain(diagnostics).collect::<Vec<Value>>(),
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn of_finding(report: &Report, finding: &Finding) -> Option<Value> {
    let first = finding.participants.first()?;
    let lines = [vec![finding.message.clone()], facts::lines(report, finding)].concat();
    let mut value = json!({
        "message": lines.iter().map(|line| visible(line)).collect::<Vec<_>>().join("\n"),
        "location": location(report, first.place),
        "severity": severity(finding.level),
        "code": { "value": finding.id(), "url": finding.url },
    });
    let others = finding.participants.iter().enumerate().skip(1).take(MAX_RELATED);
    let related: Vec<Value> = others
        .map(|(ix, participant)| {
            let message = format!("`{}` {}", participant.symbol, words::role(report, finding, ix));
            json!({ "message": visible(&message), "location": location(report, participant.place) })
        })
        .collect();
    if !related.is_empty() {
        value["related_locations"] = json!(related);
    }
    suggest(&mut value, report, finding.fix.as_ref(), first.place);
    Some(value)
}

fn of_diagnostic(report: &Report, diagnostic: &Diagnostic) -> Value {
    let help = diagnostic.help.iter().map(|help| format!("\nhelp: {}", visible(help)));
    let message: String = std::iter::once(visible(&diagnostic.message)).chain(help).collect();
    let mut value = json!({
        "message": message,
        "location": location(report, diagnostic.place),
        "severity": severity(diagnostic.level),
        "code": { "value": diagnostic.rule.as_str(), "url": rule(diagnostic.rule).url() },
    });
    suggest(&mut value, report, diagnostic.fix.as_ref(), diagnostic.place);
    value
}

/// Adds the edits of a remedy. A suggestion has a range but no path, so it belongs to the file of its diagnostic. A
/// remedy that also edits other files is only described in the message.
fn suggest(value: &mut Value, report: &Report, fix: Option<&Fix>, place: Place) {
    let Some(fix) = fix.filter(|fix| fix.edits.iter().all(|edit| edit.place.file == place.file)) else {
        return;
    };
    let one = |edit: &crate::rules::finding::Edit| json!({ "range": range(report, edit.place), "text": edit.insert });
    value["suggestions"] = fix.edits.iter().map(one).collect();
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::Error => "ERROR",
        Level::Warning => "WARNING",
        Level::Note => "INFO",
    }
}

/// The path is relative to the working folder, as reviewdog expects.
fn location(report: &Report, place: Place) -> Value {
    let path = visible(report.sources.file(place.file).path.trim_start_matches("./"));
    json!({ "path": path, "range": range(report, place) })
}

fn range(report: &Report, place: Place) -> Value {
    let file = report.sources.file(place.file);
    json!({ "start": position(file, place.span.start), "end": position(file, place.span.end) })
}

/// Columns count bytes, from 1.
fn position(file: &SourceFile, at: u32) -> Value {
    let line = file.position(at).line;
    json!({ "line": line, "column": at - file.line(line).start + 1 })
}
