//! Facts about pairs of declarations and about parameter files: one run of the tool for each root.

use std::path::Path;

use serde_json::Value;

use super::tool::{Tool, findings, is_number, is_same, pairs, participants};
use super::{Answer, Row, text, texts};

/// Pairs that race: some finding must name each of them.
pub(super) fn racing(tool: &Tool, root: &Path, row: &Row) -> Result<Vec<Answer>, String> {
    let report = tool.report(&[], &[root])?;
    let findings = findings(report.as_ref());
    let answer = |fact: &Value| {
        let entries = texts(fact, "entries");
        let label = entries.join(", ");
        let words = format!("{} {}", words(fact), text(fact, "context")).trim_end().to_owned();
        Answer {
            label,
            words,
            fact: fact.clone(),
            agrees: findings.iter().any(|finding| names(finding, fact)),
        }
    };
    Ok(row.facts.iter().map(answer).collect())
}

/// Pairs that do not race: there must be a report, and no finding may name one of them.
pub(super) fn quiet(tool: &Tool, root: &Path, row: &Row) -> Result<Vec<Answer>, String> {
    let report = tool.report(&[], &[root])?;
    let answer = |fact: &Value| {
        let (a, b) = (text(fact, "a"), text(fact, "b"));
        let is_pair = |(one, other): (&str, &str)| (one, other) == (a, b) || (one, other) == (b, a);
        let is_reported = findings(report.as_ref()).iter().any(|finding| pairs(finding).any(is_pair));
        let (label, words) = (text(fact, "why").to_owned(), words(fact));
        Answer { label, words, fact: fact.clone(), agrees: report.is_some() && !is_reported }
    };
    Ok(row.facts.iter().map(answer).collect())
}

/// A parameter file that the compiler accepts must have no `syntax` message.
pub(super) fn accepted(tool: &Tool, root: &Path, row: &Row) -> Result<Vec<Answer>, String> {
    let report = tool.report(&[], &[root])?;
    let messages = report.as_ref().and_then(|report| report["diagnostics"].as_array());
    let syntax =
        |messages: &Vec<Value>| messages.iter().find(|message| text(message, "rule") == "syntax").cloned();
    let first = messages.map_or_else(|| Some(Value::Null), syntax);
    let words = first.as_ref().map_or("", |message| text(message, "message")).to_owned();
    let label = "a `syntax` message on what the compiler accepts".to_owned();
    let fact = row.facts.first().cloned().unwrap_or_default();
    Ok(vec![Answer { label, words, fact, agrees: first.is_none() }])
}

fn words(fact: &Value) -> String {
    format!("{} + {}", text(fact, "a"), text(fact, "b"))
}

/// Whether a finding names a pair. If the template has no names, any finding of one of the pair's entries does; if the
/// finding lists only some of its pairs, the participants count for the rest.
fn names(finding: &Value, fact: &Value) -> bool {
    let (a, b) = (text(fact, "a"), text(fact, "b"));
    let of_entry = || texts(fact, "entries").contains(&text(finding, "entry"));
    if is_number(a) && is_number(b) && !of_entry() {
        return false;
    }
    let is_pair = |(x, y): (&str, &str)| (is_same(a, x) && is_same(b, y)) || (is_same(a, y) && is_same(b, x));
    let takes_part = |name: &str| participants(finding).iter().any(|one| text(one, "symbol") == name);
    let omits = finding["pairsOmitted"].as_u64().is_some_and(|pairs| pairs > 0);
    pairs(finding).any(is_pair) || (omits && takes_part(a) && takes_part(b))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_finding_names_a_pair_by_its_own_names() {
        let finding = json!({ "entry": "rules", "pairs": [["site::plan", "db"]], "participants": [] });
        let pair = |a: &str, b: &str| json!({ "a": a, "b": b, "entries": ["rules"] });
        assert!(names(&finding, &pair("db", "plan")));
        assert!(names(&finding, &pair("0", "1")));
        assert!(!names(&finding, &pair("db", "site")));
        assert!(!names(&finding, &json!({ "a": "0", "b": "1", "entries": ["others"] })));
    }

    #[test]
    fn participants_stand_for_pairs_that_are_left_out() {
        let participants = json!([{ "symbol": "a" }, { "symbol": "b" }]);
        let mut finding = json!({ "pairs": [["a", "c"]], "participants": participants });
        let pair = json!({ "a": "a", "b": "b", "entries": [] });
        assert!(!names(&finding, &pair));
        finding["pairsOmitted"] = json!(3);
        assert!(names(&finding, &pair));
    }
}
