//! Functions of constants, tested from the user's perspective: a value decides which hub the second gateway writes.
//!
//! Each row gives two templates. In one, the gateways share a hub if the value equals that of the engine; in the other,
//! if it differs. A correctly folded value makes only the first one race; a value that is not folded makes both race.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::checkout::write;
use super::probes::quoted;
use super::tool::{Tool, findings};
use super::{Answer, text};

/// Files that the rows load.
const FILES: [(&str, &str); 3] =
    [("t.txt", "text\n"), ("j.json", "{\"a\":\"ja\",\"b\":[\"jb\"]}"), ("y.yaml", "a: ya\n")];

/// Whether the tool folds each row of `functions.jsonl` to its value, all in one run.
pub(super) fn answers(tool: &Tool, rows: &str) -> Result<Vec<Answer>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let at = |name: &str| folder.path().join(name);
    for (name, content) in FILES {
        write(&at(name), content.as_bytes())?;
    }
    let rows: Result<Vec<Value>, _> = rows.lines().map(serde_json::from_str).collect();
    let rows = rows.map_err(|error| error.to_string())?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        for (kind, names) in [("is", ["hub", "none"]), ("else", ["none", "hub"])] {
            paths.push(at(&format!("{number}-{kind}.bicep")));
            let template = template(text(row, "expression"), &literal(&row["value"]), names);
            write(&paths[paths.len() - 1], template.as_bytes())?;
        }
    }
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let report = tool.report(&[], &paths)?;
    let report = report.ok_or("the tool prints no report")?;
    let races = |number: usize, kind: &str| {
        let end = format!("{number}-{kind}.bicep");
        findings(Some(&report)).iter().any(|finding| {
            let roots = finding["roots"].as_array().into_iter().flatten().filter_map(Value::as_str);
            // The name starts where the last segment of the path starts.
            roots.filter_map(|root| root.rsplit(['/', '\\']).next()).any(|name| name == end)
        })
    };
    let answer = |(number, row): (usize, &Value)| {
        let (is, other) = (races(number, "is"), races(number, "else"));
        let label = if is && other { "not folded" } else { "another value" }.to_owned();
        let words = format!("{} = {}", text(row, "expression"), row["value"]);
        Answer { label, words, fact: row.clone(), agrees: is && !other }
    };
    Ok(rows.iter().enumerate().map(answer).collect())
}

/// Two gateways; the value decides the hub of the second one.
fn template(expression: &str, value: &str, [equal, other]: [&str; 2]) -> String {
    format!(
        "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {{\n  name: 'hub'\n}}\n\
         resource vpn 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: 'vpn'\n  \
         properties: {{ virtualHub: {{ id: hub.id }} }}\n}}\n\
         var value = {expression}\nvar name = value == {value} ? '{equal}' : '{other}'\n\
         resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {{\n  name: 'er'\n  \
         properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', name) }} }}\n}}\n"
    )
}

/// A value as a Bicep literal. Bicep has no literal for a fractional number.
fn literal(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) => value.to_string(),
        Value::Number(number) if number.is_i64() => number.to_string(),
        Value::Number(number) => format!("json('{number}')"),
        Value::String(text) => quoted(text),
        Value::Array(values) => format!("[{}]", values.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{}: {}", quoted(name), literal(value));
            format!("{{ {} }}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::literal;

    #[test]
    fn values_are_written_as_bicep() {
        let value = json!({ "a b": [1, 1.5, null, true, "it's ${x}\n"] });
        assert_eq!(literal(&value), r"{ 'a b': [1, json('1.5'), null, true, 'it\'s \${x}\n'] }");
    }
}
