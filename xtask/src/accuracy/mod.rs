//! Writes `docs/accuracy.md`, or lists the findings in repositories that nobody has read yet:
//! `cargo xtask accuracy [--home DIR] [--unread FILE] [DIR…]`.
//!
//! Without a DIR, the page is generated from `tests/readings/` and `tests/recall/`. With some, the tool runs on each,
//! and each finding at warning or above is looked up among the readings by repository, file, line, rule, entry and
//! declarations. A DIR is named after its repository, with `+` for the slash; `--home` is the home folder with the
//! module cache, and `--unread` writes a row for each finding without a reading. Exits with 1 if there is one.

mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use serde_json::{Value, json};

use self::page::{Sources, page};
use crate::Ending;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The home folder with the module cache
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Write rows for findings without a reading into this file
    #[arg(long, value_name = "FILE")]
    unread: Option<PathBuf>,
    /// Checkouts, each named like its repository with `+` for the slash; without any, write the page
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
}

/// The key of a reading: file, line, rule, entry and declarations.
pub(crate) type Key = (String, u64, String, String, Vec<String>);

pub(crate) fn run(options: &Options) -> Ending {
    if options.folders.is_empty() { write() } else { hold(options) }
}

fn text_of(path: &str) -> Result<String, String> {
    std::fs::read_to_string(crate::root().join(path)).map_err(|error| format!("{path}: {error}"))
}

fn write() -> Ending {
    let findings = text_of("tests/readings/findings.json")?;
    let recall = text_of("tests/recall/figures.json")?;
    let published = text_of("tests/readings/published.json")?;
    let fixes = text_of("tests/fixes/cases.json")?;
    let quiet = text_of("tests/readings/quiet.json")?;
    let sources =
        Sources { findings: &findings, recall: &recall, published: &published, fixes: &fixes, quiet: &quiet };
    let text = page(&sources)?;
    let path = crate::root().join("docs/accuracy.md");
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the tool, and looks up each finding among the readings.
fn hold(options: &Options) -> Ending {
    let binary = crate::linter().ok_or("the tool was not built beside this program")?;
    let read: Vec<Value> = serde_json::from_str(&text_of("tests/readings/findings.json")?)
        .map_err(|error| format!("findings.json: {error}"))?;
    let commits: Value = serde_json::from_str(&text_of("tests/official/commits.json")?)
        .map_err(|error| format!("commits.json: {error}"))?;
    let mut unread = Vec::new();
    for folder in &options.folders {
        let folder = folder.canonicalize().map_err(|error| format!("{}: {error}", folder.display()))?;
        let repository = crate::repository_of(&folder);
        let of_repository = read.iter().filter(|row| row["repository"] == repository.as_str());
        let known: BTreeMap<Key, &Value> = of_repository.map(|row| (key_of_reading(row), row)).collect();
        let found = findings(&binary, options.home.as_deref(), &folder)?;
        let keys: BTreeSet<Key> = found.iter().map(key_of_finding).collect();
        let right = keys.iter().filter(|key| known.get(key).is_some_and(|row| row["verdict"] == "right"));
        let (right, gone) = (right.count(), known.keys().filter(|key| !keys.contains(key)));
        let (gone, looked_up) = (gone.count(), keys.iter().filter(|key| known.contains_key(key)).count());
        let (count, left) = (keys.len(), keys.len() - looked_up);
        println!(
            "{repository}: {count} findings, {right} right, {} wrong, {left} not read; {gone} readings without one",
            looked_up - right
        );
        for finding in found.iter().filter(|finding| !known.contains_key(&key_of_finding(finding))) {
            let (file, line, rule, entry, ends) = key_of_finding(finding);
            println!("  not read: {file}:{line} {rule} {entry} {}", ends.join(", "));
            unread.push(json!({
                "repository": repository, "commit": commits[repository.as_str()], "root": finding["root"], "file": file,
                "line": line, "rule": rule, "entry": entry, "level": finding["level"], "ends": ends, "verdict": "",
                "reason": "", "when": "", "remedy": "",
            }));
        }
    }
    if let Some(file) = &options.unread {
        let rows: Vec<String> = unread.iter().map(Value::to_string).collect();
        let text = format!("[\n{}\n]\n", rows.join(",\n"));
        std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(if unread.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The findings of a run on a folder, at warning or above.
fn findings(binary: &Path, home: Option<&Path>, folder: &Path) -> Result<Vec<Value>, String> {
    let mut command = Command::new(binary);
    command.current_dir(folder).args(["--format", "json", "--level", "warning", "."]);
    if let Some(home) = home {
        let home = home.canonicalize().map_err(|error| format!("{}: {error}", home.display()))?;
        command.env("HOME", &home).env("USERPROFILE", &home);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    let report: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
        format!("{}: {error}: {}", folder.display(), String::from_utf8_lossy(&output.stderr))
    })?;
    report["findings"].as_array().cloned().ok_or_else(|| format!("{}: no findings", folder.display()))
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn key_of_reading(row: &Value) -> Key {
    let ends = row["ends"].as_array().map(|ends| ends.iter().map(word).collect()).unwrap_or_default();
    (
        word(&row["file"]),
        row["line"].as_u64().unwrap_or_default(),
        word(&row["rule"]),
        word(&row["entry"]),
        ends,
    )
}

pub(crate) fn key_of_finding(finding: &Value) -> Key {
    let participants = finding["participants"].as_array().map_or(&[][..], Vec::as_slice);
    let ends = participants.iter().map(|one| word(&one["symbol"])).collect();
    let first = participants.first().unwrap_or(&Value::Null);
    let (file, line) = (in_readings(&word(&first["file"])), first["line"].as_u64().unwrap_or_default());
    (file, line, word(&finding["rule"]), word(&finding["entry"]), ends)
}

/// The path of a file as readings spell it: a file of the module cache loses its home folder, registry and the encoding
/// of its folder name.
fn in_readings(path: &str) -> String {
    let Some((_, cached)) = path.split_once("/.bicep/br/") else { return path.to_owned() };
    let mut parts = cached.splitn(4, '/').skip(1);
    let (Some(name), Some(version), Some(file)) = (parts.next(), parts.next(), parts.next()) else {
        return path.to_owned();
    };
    format!("br/{}/{}/{file}", name.replace('$', "/"), version.trim_end_matches('$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_module_cache_are_those_of_readings() {
        let cache = "/home/a/.bicep/br/mcr.microsoft.com";
        let table = [
            (
                format!("{cache}/bicep$avm$res$sql$server/0.21.1$/main.json"),
                "br/bicep/avm/res/sql/server/0.21.1/main.json",
            ),
            (format!("{cache}/bicep$x/1$/a/b.json"), "br/bicep/x/1/a/b.json"),
            (format!("{cache}/short"), &*format!("{cache}/short")),
            ("infra/main.bicep".to_owned(), "infra/main.bicep"),
        ]
        .map(|(path, expected)| (path, expected.to_owned()));
        for (path, expected) in table {
            assert_eq!(in_readings(&path), expected);
        }
    }

    #[test]
    fn a_finding_and_its_reading_have_one_key() {
        let finding = json!({
            "rule": "hub-gateways", "entry": "hub-gateways",
            "participants": [{ "symbol": "a", "file": "m.bicep", "line": 3 }, { "symbol": "b", "file": "n.bicep", "line": 9 }],
        });
        let reading = json!({ "rule": "hub-gateways", "entry": "hub-gateways", "file": "m.bicep", "line": 3, "ends": ["a", "b"] });
        assert_eq!(key_of_finding(&finding), key_of_reading(&reading));
        for (name, other) in
            [("line", json!(4)), ("rule", json!("x")), ("entry", json!("x")), ("ends", json!(["a"]))]
        {
            let mut changed = reading.clone();
            changed[name] = other;
            assert_ne!(key_of_finding(&finding), key_of_reading(&changed), "{name}");
        }
        // A rule without entries has no `entry` in a finding and an empty one in a reading.
        let (finding, reading) = (
            json!({ "rule": "declared-twice" }),
            json!({ "rule": "declared-twice", "entry": "", "file": "" }),
        );
        assert_eq!(key_of_finding(&finding), key_of_reading(&reading));
    }
}
