//! SARIF 2.1.0, as GitHub code scanning reads it: one short primary region, the other side in related locations and linked
//! from the message, all rules listed, fingerprints that stay when lines move.

use serde_json::{Value, json};

use super::json::quieter_records;
use super::line_hash::LineHashes;
use super::words;
use crate::escape::visible;
use crate::limit::Limit;
use crate::rules::RULES;
use crate::rules::finding::{Confidence, Diagnostic, Finding, Fix, Level, Report};
use crate::source::Place;

/// So many locations of a result are kept.
const LOCATIONS: usize = 100;
/// So many locations of all its code flows are kept.
const STEPS: usize = 1_000;

/// Renders a report. Suppressed findings are in it, as such.
pub fn render(report: &Report, level: Level) -> String {
    let mut hashes = LineHashes::new(report);
    let mut results: Vec<(Level, Value)> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.level >= level) {
        results.push((finding.level, result(report, finding, &mut hashes)));
    }
    for diagnostic in report.diagnostics.iter().filter(|diagnostic| diagnostic.level >= level) {
        results.push((diagnostic.level, of_diagnostic(report, diagnostic, &mut hashes)));
    }
    let (results, omitted) = kept(results);
    let mut document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules(),
            } },
            "invocations": [invocation(report)],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    if omitted > 0 {
        document["runs"][0]["properties"]["resultsOmitted"] = json!(omitted);
    }
    if !report.quieter.is_empty() {
        document["runs"][0]["properties"]["quieter"] = json!(quieter_records(report));
    }
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// Whether the run did its work, and what kept it from it.
fn invocation(report: &Report) -> Value {
    let mut invocation = json!({ "executionSuccessful": report.errors.is_empty() });
    if !report.errors.is_empty() {
        let one = |error: &String| json!({ "level": "error", "message": { "text": plain(error) } });
        invocation["toolExecutionNotifications"] = report.errors.iter().map(one).collect();
    }
    invocation
}

/// The results that are written, the weightiest where there are too many, and how many are not.
fn kept(mut results: Vec<(Level, Value)>) -> (Vec<Value>, usize) {
    let most = Limit::SarifResults.number() as usize;
    let omitted = results.len().saturating_sub(most);
    if omitted > 0 {
        results.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
        results.truncate(most);
    }
    (results.into_iter().map(|(_, result)| result).collect(), omitted)
}

fn rules() -> Vec<Value> {
    let one = |rule: &crate::rules::Rule| {
        let level = rule.level.unwrap_or(Level::Warning);
        let severity = match level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "recommendation",
        };
        json!({
            "id": rule.id.as_str(),
            "name": rule.id.as_str(),
            "shortDescription": { "text": rule.means },
            "fullDescription": { "text": rule.means },
            "help": { "text": rule.page(), "markdown": rule.page() },
            "helpUri": rule.url(),
            "defaultConfiguration": { "level": level.as_str() },
            "properties": { "problem.severity": severity, "precision": "high", "tags": ["azure", "deployment", "race"] },
        })
    };
    RULES.iter().map(one).collect()
}

fn location(report: &Report, place: Place) -> Value {
    let file = report.sources.file(place.file);
    let (start, end) = (file.position(place.span.start), file.position(place.span.end));
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&file.path) },
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column.max(start.column),
            },
        },
    })
}

/// A path as a relative reference: what is not plain is escaped.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(byte as char);
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// What links mean in a message is not what a template's text may mean.
fn plain(text: &str) -> String {
    visible(text).replace('[', "\\[").replace(']', "\\]")
}

fn result(report: &Report, finding: &Finding, hashes: &mut LineHashes<'_>) -> Value {
    let others = finding.participants.iter().enumerate().skip(1).take(LOCATIONS - 1);
    let related: Vec<Value> = others
        .clone()
        .map(|(ix, participant)| {
            let mut place = location(report, participant.place);
            place["id"] = json!(ix);
            place["message"] = json!({ "text": plain(&words::role(report, finding, ix)) });
            place
        })
        .collect();
    let links: Vec<String> = others
        .take(5)
        .map(|(ix, participant)| {
            format!("[{}]({ix})", visible(&participant.symbol).replace(['[', ']', '(', ')'], ""))
        })
        .collect();
    let mut message = plain(&finding.message);
    if !links.is_empty() {
        message.push_str(&format!(" (see {})", links.join(", ")));
    }
    for part in [
        finding.when.as_deref().map(|when| format!("When {when}.")),
        words::environments(finding).map(|environments| format!("In {environments}.")),
        Some(format!("Why: {}.", finding.explanation)),
    ]
    .into_iter()
    .flatten()
    {
        message.push_str(&format!("\n{}", plain(&part)));
    }
    let flows = flows(report, finding);
    let mut result = json!({
        "ruleId": finding.rule.as_str(),
        "ruleIndex": finding.rule as usize,
        "level": finding.level.as_str(),
        "message": { "text": message },
        "locations": finding.participants.first().map(|first| location(report, first.place)).into_iter().collect::<Vec<_>>(),
        "relatedLocations": related,
        "partialFingerprints": fingerprints(&finding.fingerprint, finding.participants.first().map(|first| first.place), hashes),
        "properties": {
            "precision": if finding.confidence == Confidence::Proven { "very-high" } else { "medium" },
        },
    });
    for (key, files) in [("environments", &finding.environments.of), ("notIn", &finding.environments.not_in)]
    {
        if !files.is_empty() {
            result["properties"][key] = json!(files);
        }
    }
    if !flows.is_empty() {
        result["codeFlows"] = json!(flows);
    }
    if let Some(fix) = &finding.fix {
        result["fixes"] = json!([fix_value(report, fix)]);
    }
    if let Some(suppression) = &finding.suppression {
        let mut value = json!({ "kind": "inSource", "location": location(report, suppression.place) });
        if let Some(reason) = &suppression.reason {
            value["justification"] = json!(visible(reason));
        }
        result["suppressions"] = json!([value]);
    } else if finding.baselined {
        result["suppressions"] = in_baseline();
    }
    result
}

fn in_baseline() -> Value {
    json!([{ "kind": "external", "justification": "accepted in the baseline" }])
}

/// What the result is known by, and what GitHub knows it by.
fn fingerprints(own: &str, place: Option<Place>, hashes: &mut LineHashes<'_>) -> Value {
    let mut all = json!({ "bicepRaceLint/v2": own });
    if let Some(place) = place {
        all["primaryLocationLineHash"] = json!(hashes.of(place));
    }
    all
}

/// The ways down to the writers, one a writer, where any of them stands inside a module.
fn flows(report: &Report, finding: &Finding) -> Vec<Value> {
    if finding.participants.iter().all(|participant| participant.via.is_empty()) {
        return Vec::new();
    }
    let mut left = STEPS;
    let mut flows = Vec::new();
    for participant in finding.participants.iter().take(LOCATIONS) {
        let steps = std::iter::once((participant.place, participant.symbol.as_str()))
            .chain(participant.via.iter().map(|via| (via.place, via.symbol.as_str())));
        let locations: Vec<Value> = steps
            .take(left)
            .map(|(place, symbol)| {
                let mut place = location(report, place);
                place["message"] = json!({ "text": plain(symbol) });
                json!({ "location": place })
            })
            .collect();
        left -= locations.len();
        if !locations.is_empty() {
            flows.push(json!({ "threadFlows": [{ "locations": locations }] }));
        }
    }
    flows
}

fn of_diagnostic(report: &Report, diagnostic: &Diagnostic, hashes: &mut LineHashes<'_>) -> Value {
    let mut result = json!({
        "ruleId": diagnostic.rule.as_str(),
        "ruleIndex": diagnostic.rule as usize,
        "level": diagnostic.level.as_str(),
        "message": { "text": plain(&diagnostic.message) },
        "locations": [location(report, diagnostic.place)],
        "partialFingerprints": fingerprints(&diagnostic.fingerprint, Some(diagnostic.place), hashes),
    });
    if diagnostic.baselined {
        result["suppressions"] = in_baseline();
    }
    result
}

fn fix_value(report: &Report, fix: &Fix) -> Value {
    let changes: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| {
            let region = location(report, edit.place)["physicalLocation"].clone();
            json!({
                "artifactLocation": region["artifactLocation"],
                "replacements": [{ "deletedRegion": region["region"], "insertedContent": { "text": edit.insert } }],
            })
        })
        .collect();
    json!({ "description": { "text": fix.description }, "artifactChanges": changes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_beyond_the_limit_are_counted() {
        let most = Limit::SarifResults.number() as usize;
        let of = |count: usize| {
            let mut results = vec![(Level::Note, json!("note")); count];
            results[count - 1] = (Level::Error, json!("error"));
            kept(results)
        };
        assert_eq!(of(most).1, 0);
        let (results, omitted) = of(most + 2);
        assert_eq!((results.len(), omitted), (most, 2));
        assert_eq!(results[0], json!("error"), "the weightiest stay");
    }
}
