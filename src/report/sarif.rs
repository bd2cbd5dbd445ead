//! SARIF 2.1.0 for GitHub code scanning: one short primary region, the other side in related locations with a link from
//! the message, all rules and the entries with findings, and fingerprints that survive moved lines. Paths are relative
//! to the top of the repository, where GitHub looks for them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::json::{coverage_record, quieter_records};
use super::line_hash::LineHashes;
use super::{place, words};
use crate::azure::catalog::{Catalog, Entry};
use crate::azure::page::{Examples, page};
use crate::escape::visible;
use crate::limit::Limit;
use crate::rules::RULES;
use crate::rules::Rule;
use crate::rules::finding::{Confidence, Diagnostic, Finding, Fix, Level, Report};
use crate::rules::registry::url_of;
use crate::small_sort::SmallSort as _;
use crate::source::Place;

/// Number of locations of a result that GitHub keeps.
const MAX_LOCATIONS: usize = 100;
/// Number of locations in all code flows of a result that GitHub keeps.
const MAX_STEPS: usize = 1_000;

/// Renders a report, including suppressed findings, which are marked.
pub fn render(report: &Report, level: Level) -> String {
    let mut hashes = LineHashes::new(report);
    let mut results: Vec<(Level, Value)> = Vec::new();
    let mut descriptors = Descriptors::new();
    for finding in report.findings.iter().filter(|finding| finding.level >= level) {
        let mut result = result(report, finding, &mut hashes);
        result["ruleIndex"] = json!(descriptors.index_of(finding));
        results.push((finding.level, result));
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
                "rules": descriptors.all,
            } },
            "invocations": [invocation(report)],
            "columnKind": "unicodeCodePoints",
            "properties": { "coverage": coverage_record(report) },
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

/// Whether the run succeeded, with its errors.
fn invocation(report: &Report) -> Value {
    let mut invocation = json!({ "executionSuccessful": report.errors.is_empty() });
    if !report.errors.is_empty() {
        let one = |error: &String| json!({ "level": "error", "message": { "text": plain(error) } });
        invocation["toolExecutionNotifications"] = report.errors.iter().map(one).collect();
    }
    invocation
}

/// The results to write, and the number of omitted ones. If there are too many, the most severe are kept.
fn kept(mut results: Vec<(Level, Value)>) -> (Vec<Value>, usize) {
    let most = Limit::SarifResults.number() as usize;
    let omitted = results.len().saturating_sub(most);
    if omitted > 0 {
        results.small_sort_by_key(|(level, _)| std::cmp::Reverse(*level));
        results.truncate(most);
    }
    (results.into_iter().map(|(_, result)| result).collect(), omitted)
}

/// The descriptors of results: every rule, then the entries with findings.
struct Descriptors {
    all: Vec<Value>,
    places: BTreeMap<String, usize>,
    builtin: Catalog,
}

impl Descriptors {
    fn new() -> Self {
        let all: Vec<Value> = RULES.iter().map(of_rule).collect();
        let places = RULES.iter().enumerate().map(|(at, rule)| (rule.id.as_str().to_owned(), at)).collect();
        Self { all, places, builtin: Catalog::builtin() }
    }

    fn index_of(&mut self, finding: &Finding) -> usize {
        let id = finding.id();
        if let Some(&known) = self.places.get(id) {
            return known;
        }
        let built_in = self.builtin.entry(id).filter(|entry| url_of(entry) == finding.url);
        self.all.push(built_in.map_or_else(|| of_own_entry(finding), of_entry));
        self.places.insert(id.to_owned(), self.all.len() - 1);
        self.all.len() - 1
    }
}

fn of_rule(rule: &Rule) -> Value {
    let level = rule.level.unwrap_or(Level::Warning);
    let (id, page) = (rule.id.as_str(), rule.page());
    descriptor(id, rule.means, rule.means, (page, &rule.url()), (level, &["azure", "deployment", "race"]))
}

fn of_entry(entry: &Entry) -> Value {
    let title = plain_title(&entry.title);
    let full = if entry.why.is_empty() { title.clone() } else { format!("{title}: both {}", entry.why) };
    let page = page(entry, None, &Examples::default());
    let tags = ["azure", "deployment", "race", entry.rule.as_str()];
    let level = entry.level.unwrap_or(Level::Note);
    descriptor(&entry.id, &title, &full, (&page, &url_of(entry)), (level, &tags))
}

/// An entry of a configuration: all its text comes from the finding.
fn of_own_entry(finding: &Finding) -> Value {
    let (id, why) = (finding.id(), visible(&finding.explanation));
    let title = format!("a custom entry, reported by {}", finding.rule);
    let tags = ["azure", "deployment", "race", finding.rule.as_str()];
    descriptor(id, &title, &why, (&why, &finding.url), (finding.level, &tags))
}

fn plain_title(title: &str) -> String {
    title.trim_end_matches('.').to_owned()
}

fn descriptor(
    id: &str,
    short: &str,
    full: &str,
    (page, url): (&str, &str),
    (level, tags): (Level, &[&str]),
) -> Value {
    let severity = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "recommendation",
    };
    let mut descriptor = json!({
        "id": id,
        "shortDescription": { "text": short },
        "fullDescription": { "text": full },
        "help": { "text": page, "markdown": page },
        "helpUri": url,
        "defaultConfiguration": { "level": level.as_str() },
        "properties": { "problem.severity": severity, "precision": "high", "tags": tags },
    });
    // The name and the id must differ in more than case.
    let name = in_camels(id);
    if !name.eq_ignore_ascii_case(id) {
        descriptor["name"] = json!(name);
    }
    descriptor
}

/// An id as a name, which viewers show as a word. Ex) `HubGateways` for `hub-gateways`
fn in_camels(id: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    id.split('-').map(word).collect()
}

fn location(report: &Report, place: Place) -> Value {
    let file = report.sources.file(place.file);
    let path = place::from_top(report, place.file);
    let (start, end) = (file.position(place.span.start), file.position(place.span.end));
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&path) },
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column.max(start.column),
            },
        },
    })
}

/// A path as a relative reference, percent-encoded.
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

/// Escapes text for a message, so that brackets in a template are not read as links.
fn plain(text: &str) -> String {
    visible(text).replace('[', "\\[").replace(']', "\\]")
}

fn result(report: &Report, finding: &Finding, hashes: &mut LineHashes<'_>) -> Value {
    let others = finding.participants.iter().enumerate().skip(1).take(MAX_LOCATIONS - 1);
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
        Some(format!("Remedy: {}.", finding.help)),
        finding.why_by_hand().map(|why| format!("No fix: {why}.")),
    ]
    .into_iter()
    .flatten()
    {
        message.push_str(&format!("\n{}", plain(&part)));
    }
    let flows = flows(report, finding);
    let mut result = json!({
        "ruleId": finding.id(),
        "level": finding.level.as_str(),
        "message": { "text": message },
        "locations": finding.participants.first().map(|first| location(report, first.place)).into_iter().collect::<Vec<_>>(),
        "relatedLocations": related,
        "partialFingerprints": fingerprints(&finding.fingerprint, finding.participants.first().map(|first| first.place), hashes),
        "properties": {
            "precision": if finding.confidence == Confidence::Proven { "very-high" } else { "medium" },
            "confidence": finding.confidence.as_str(),
            "rule": finding.rule.as_str(),
            "tags": [finding.rule.as_str()],
            "remedy": visible(&finding.help),
            "page": finding.url,
        },
    });
    if let Some(when) = &finding.when {
        result["properties"]["when"] = json!(visible(when));
    }
    if !finding.no_fix.is_empty() {
        result["properties"]["noFix"] = json!(finding.no_fix);
    }
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

/// The tool's own fingerprint, and the one that GitHub uses.
fn fingerprints(own: &str, place: Option<Place>, hashes: &mut LineHashes<'_>) -> Value {
    let mut all = json!({ "bicepRaceLint/v2": own });
    if let Some(place) = place {
        all["primaryLocationLineHash"] = json!(hashes.of(place));
    }
    all
}

/// The paths to the writers, one code flow per writer, if any writer is inside a module.
fn flows(report: &Report, finding: &Finding) -> Vec<Value> {
    if finding.participants.iter().all(|participant| participant.via.is_empty()) {
        return Vec::new();
    }
    let mut left = MAX_STEPS;
    let mut flows = Vec::new();
    for participant in finding.participants.iter().take(MAX_LOCATIONS) {
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
