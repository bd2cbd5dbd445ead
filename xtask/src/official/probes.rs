//! Writes of one object: a second writer of the literal id is added to a test of AVM, and the two must race.
//!
//! Each write gets its own resource type, catalogue entry and module, so that one run of the tool answers for all
//! writes of a root.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::checkout::write;
use super::tool::{Tool, findings, is_same, participants};
use super::{Answer, Row, text};

/// The subscription that the tests were deployed to.
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";
/// The replacement of each `uniqueString(…)`, with the same length as a real value.
const UNIQUE: &str = "'uuuuuuuuuuuuu'";
/// Decorators that a variable cannot have.
const DECORATORS: [&str; 7] =
    ["@description", "@secure", "@minLength", "@maxLength", "@sys", "@metadata", "@allowed"];
/// Placeholders in AVM's tests, with values.
const TOKENS: [(&str, &str); 2] =
    [("#_namePrefix_#", "abc"), ("#_subscriptionId_#", "00000000-0000-0000-0000-000000000002")];

/// Whether the tool sees each write of a root. `number` keeps the files of roots in one folder apart.
pub(super) fn answers(tool: &Tool, root: &Path, number: usize, row: &Row) -> Result<Vec<Answer>, String> {
    let original = fs::read_to_string(root).map_err(|error| format!("{}: {error}", root.display()))?;
    let mut main = with_defaults(&original);
    let at_subscription = main.lines().any(|line| line.trim_end() == "targetScope = 'subscription'");
    let beside = |name: &str| root.with_file_name(format!("zz_{number}_{name}"));
    let (main_path, config_path) = (beside("main.bicep"), beside("config.toml"));
    let (mut config, mut written) = (String::new(), Written(vec![main_path.clone(), config_path.clone()]));
    for (at, fact) in row.facts.iter().enumerate() {
        let object = Object::of(text(fact, "object")).ok_or_else(|| format!("no id of a group's: {fact}"))?;
        let probe = beside(&format!("probe{at}.bicep"));
        write(&probe, object.probe(at).as_bytes())?;
        let name = probe.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let scope = object.scope(at_subscription);
        let _ = write!(main, "\nmodule zz{at} '{name}' = {{\n  name: 'zz{at}'\n  scope: {scope}\n}}\n");
        config.push_str(&entry(at, fact));
        written.0.push(probe);
    }
    write(&main_path, main.as_bytes())?;
    write(&config_path, config.as_bytes())?;
    let report = tool.report(&[Path::new("--config"), &config_path], &[&main_path])?;
    let answer = |(at, fact): (usize, &Value)| {
        let (id, probe) = (format!("zz-{at}"), format!("zz{at}"));
        let leaf = text(fact, "path").rsplit('/').next().unwrap_or_default();
        let seen = findings(report.as_ref()).iter().filter(|finding| text(finding, "entry") == id);
        // The path of a participant starts with the outermost step; its last step is the declaration that the engine
        // names.
        let mut symbols = seen.flat_map(participants).filter(|one| outermost(one) != probe).map(innermost);
        let agrees = symbols.any(|symbol| is_same(leaf, symbol));
        let objects = fact["objects"].get(0).and_then(Value::as_str).unwrap_or_default();
        let label = format!("{} {objects}", text(fact, "type"));
        let words = format!("{} writes {}", text(fact, "path"), text(fact, "object"));
        Answer { label, words, fact: fact.clone(), agrees }
    };
    Ok(row.facts.iter().enumerate().map(answer).collect())
}

/// Files that are deleted once a root is done.
struct Written(Vec<PathBuf>);

impl Drop for Written {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

fn outermost(participant: &Value) -> &str {
    text(participant, "symbol")
}

fn innermost(participant: &Value) -> &str {
    let via = participant["via"].as_array().and_then(|via| via.last());
    via.map_or_else(|| text(participant, "symbol"), |last| text(last, "symbol"))
}

/// The parsed id of a resource in a resource group.
struct Object<'i> {
    group: &'i str,
    ty: String,
    names: Vec<&'i str>,
}

impl<'i> Object<'i> {
    /// `/subscriptions/S/resourcegroups/G/providers/P/T1/N1/T2/N2…`.
    fn of(id: &'i str) -> Option<Self> {
        let parts: Vec<&str> = id.split('/').collect();
        let ["", "subscriptions", _, "resourcegroups", group, "providers", provider, rest @ ..] = &*parts
        else {
            return None;
        };
        let ty =
            std::iter::once(*provider).chain(rest.iter().step_by(2).copied()).collect::<Vec<_>>().join("/");
        Some(Self { group, ty, names: rest.iter().skip(1).step_by(2).copied().collect() })
    }

    /// A module whose only resource writes the object.
    fn probe(&self, at: usize) -> String {
        let names: Vec<String> = self.names.iter().map(|name| quoted(name)).collect();
        let target = format!("resourceId('{}', '{}', {})", self.group, self.ty, names.join(", "));
        format!(
            "resource probed 'Race.Probe/probes{at}@2024-01-01' = {{\n  name: 'zzprobe'\n  \
             properties: {{ target: {target} }}\n}}\n"
        )
    }

    /// The scope in which the module is deployed.
    fn scope(&self, at_subscription: bool) -> String {
        let group = quoted(self.group);
        if at_subscription {
            format!("resourceGroup({group})")
        } else {
            format!("resourceGroup('{SUBSCRIPTION}', {group})")
        }
    }
}

/// A catalogue entry for one write: the types, objects and conditions of the fact, against the probe.
fn entry(at: usize, fact: &Value) -> String {
    let when = fact["when"].as_array().filter(|when| !when.is_empty());
    let when = when.map_or_else(String::new, |when| format!("when = {}\n", json!(when)));
    format!(
        "[[entry]]\nid = \"zz-{at}\"\ntitle = \"a probe\"\nlevel = \"error\"\ncertainty = \"certain\"\n\
         object-type = \"Race.Probe/objects{at}\"\nwhy = \"both write it\"\ncodes = [\"Conflict\"]\nremedy = \"none\"\n\
         conflicts = [\"known + probe\"]\n[[entry.writer]]\nrole = \"known\"\nlabel = \"the known writer\"\n\
         types = [{}]\nobjects = {}\n{when}minutes = 1\n[[entry.writer]]\nrole = \"probe\"\nlabel = \"the probe\"\n\
         types = [\"Race.Probe/probes{at}\"]\nobjects = [\"properties.target\"]\nminutes = 1\n",
        fact["type"], fact["objects"]
    )
}

/// A text as a Bicep literal.
pub(super) fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "\\'").replace("${", "\\${");
    format!("'{}'", text.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t"))
}

/// A text with a constant for each `uniqueString(…)`, so that names are known.
pub(super) fn without_unique_string(text: &str) -> String {
    const CALL: &str = "uniquestring(";
    let lower = text.to_ascii_lowercase();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(found) = lower[at..].find(CALL) {
        let begin = at + found;
        out.push_str(&text[at..begin]);
        out.push_str(UNIQUE);
        at = begin + CALL.len() + after_parenthesis(&text[begin + CALL.len()..]);
    }
    out + &text[at..]
}

/// The position after the parenthesis that closes an open one; parentheses inside quotes do not count.
fn after_parenthesis(text: &str) -> usize {
    let (mut depth, mut is_quoted) = (1, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\'' => is_quoted = !is_quoted,
            b'(' if !is_quoted => depth += 1,
            b')' if !is_quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// A test in which single-line parameters are replaced by variables with their default values, as it was deployed.
fn with_defaults(text: &str) -> String {
    let (mut lines, mut decorators): (Vec<String>, Vec<&str>) = Default::default();
    for line in text.split('\n') {
        if DECORATORS.iter().any(|decorator| line.trim_start().starts_with(decorator)) {
            decorators.push(line);
            continue;
        }
        if let Some((name, default)) = parameter(line) {
            lines.push(format!("var {name} = {default}"));
        } else {
            lines.extend(decorators.iter().map(|line| (*line).to_owned()));
            lines.push(line.to_owned());
        }
        decorators.clear();
    }
    TOKENS.iter().fold(lines.join("\n"), |text, (token, value)| text.replace(token, value))
}

/// The name and the default of a parameter that is declared on one line.
fn parameter(line: &str) -> Option<(&str, String)> {
    let (declared, default) = line.strip_prefix("param ")?.split_once('=')?;
    let (name, default) = (declared.split_whitespace().next()?, default.trim());
    if default.is_empty() || default.ends_with(['{', '[', '(']) {
        return None;
    }
    if default.contains("deployment().location") {
        return Some((name, "'westeurope'".to_owned()));
    }
    let default = default.replace("newGuid()", "'11111111-2222-3333-4444-555555555555'");
    let Some((before, rest)) = default.split_once("utcNow(") else { return Some((name, default)) };
    let after = &rest[after_parenthesis(rest)..];
    Some((name, format!("{before}'20261127T000000Z'{after}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unique_strings_become_one_constant() {
        let text = "var a = 'x${take(uniqueString(resourceGroup().id, ')'), 3)}'\nvar b = UNIQUESTRING('y')";
        let constant = format!("var a = 'x${{take({UNIQUE}, 3)}}'\nvar b = {UNIQUE}");
        assert_eq!(without_unique_string(text), constant);
    }

    #[test]
    fn parameters_become_their_defaults() {
        let cases = [
            ("@description('d')\nparam a string = 'x'", "var a = 'x'"),
            ("@description('d')\nparam a string", "@description('d')\nparam a string"),
            ("param a string = 'p-${utcNow('u')}-q'", "var a = 'p-${'20261127T000000Z'}-q'"),
            ("param a string = deployment().location", "var a = 'westeurope'"),
            ("param a object = {\n}", "param a object = {\n}"),
            ("@batchSize(1)\nvar n = '#_namePrefix_#'", "@batchSize(1)\nvar n = 'abc'"),
        ];
        for (given, expected) in cases {
            assert_eq!(with_defaults(given), expected, "{given}");
        }
    }

    #[test]
    fn an_id_is_cut_into_type_and_names() {
        let id = "/subscriptions/s/resourcegroups/g/providers/microsoft.x/as/n/bs/m";
        let object = Object::of(id).unwrap();
        assert_eq!((object.group, &*object.ty, &*object.names), ("g", "microsoft.x/as/bs", &["n", "m"][..]));
        assert!(Object::of("/subscriptions/s/providers/microsoft.x/as/n").is_none());
    }
}
