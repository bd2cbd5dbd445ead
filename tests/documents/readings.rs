//! Findings that were read in their source: `tests/readings/findings.json` says for each whether it is right, and why.
//! `docs/readings.md` shows the figures: `UPDATE_PAGES=1 cargo test --test documents` writes them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

use bicep_race_lint::Catalog;
use serde::Deserialize;

/// A finding and what was read of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reading {
    repository: String,
    commit: String,
    root: String,
    file: String,
    line: u32,
    rule: String,
    /// Empty for a rule without entries.
    entry: String,
    level: String,
    ends: Vec<String>,
    /// Whether the tool did not report it before the conditions and objects were decided exactly.
    new: bool,
    verdict: String,
    reason: String,
    /// What a second reader said, who saw neither level nor verdict; of some that were drawn at random.
    second: Option<String>,
    /// Why, where that is something else.
    second_reason: Option<String>,
}

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn readings() -> Vec<Reading> {
    serde_json::from_str(&fs::read_to_string(path("tests/readings/findings.json")).unwrap()).unwrap()
}

#[test]
fn every_reading_says_where_and_why() {
    let catalog = Catalog::builtin();
    let readings = readings();
    assert!(readings.len() >= 50);
    let mut seen = BTreeSet::new();
    for reading in &readings {
        let place = format!("{} {}:{}", reading.repository, reading.file, reading.line);
        assert!(reading.repository.split('/').all(|part| !part.is_empty()), "{place}");
        let is_hash =
            reading.commit.len() == 40 && reading.commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_hash, "{place}: {}", reading.commit);
        assert!(
            reading.line > 0 && !reading.root.starts_with('/') && !reading.file.starts_with('/'),
            "{place}"
        );
        assert!(!reading.ends.is_empty() && !reading.rule.is_empty(), "{place}");
        assert!(
            reading.entry.is_empty() || catalog.entry(&reading.entry).is_some(),
            "{place}: {}",
            reading.entry
        );
        assert!(["warning", "error"].contains(&reading.level.as_str()), "{place}: {}", reading.level);
        assert!(["right", "wrong"].contains(&reading.verdict.as_str()), "{place}: {}", reading.verdict);
        let is_sentence = reading.reason.ends_with('.') && !reading.reason.contains('\n');
        let second = reading.second.as_deref();
        assert!(second.is_none_or(|second| ["right", "wrong"].contains(&second)), "{place}: {second:?}");
        let differs = second.is_some_and(|second| second != reading.verdict);
        assert_eq!(reading.second_reason.is_some(), differs, "{place}: only a difference has a reason");
        assert!(is_sentence && reading.reason.chars().next().is_some_and(char::is_uppercase), "{place}");
        let key =
            (&reading.repository, &reading.file, reading.line, &reading.rule, &reading.entry, &reading.ends);
        assert!(seen.insert(key), "{place}: it stands twice");
    }
}

/// A row of the table, and whether it has at most three wrong ones of a hundred.
fn row(name: &str, readings: &[&Reading]) -> (String, bool) {
    let right = readings.iter().filter(|reading| reading.verdict == "right").count();
    let (all, percent) = (readings.len(), 100 * right / readings.len().max(1));
    (format!("| {name} | {all} | {right} | {percent} % |\n"), 100 * right >= 97 * all)
}

#[test]
fn the_page_shows_what_was_read() {
    let readings = readings();
    let mut by_repository: BTreeMap<&str, Vec<&Reading>> = BTreeMap::new();
    for reading in &readings {
        by_repository.entry(&reading.repository).or_default().push(reading);
    }
    let mut table = "| repository | read | right | share |\n| --- | --- | --- | --- |\n".to_owned();
    for (name, readings) in &by_repository {
        table += &row(name, readings).0;
    }
    let all: Vec<&Reading> = readings.iter().collect();
    let new: Vec<&Reading> = readings.iter().filter(|reading| reading.new).collect();
    for (name, readings) in [("of them new", new), ("all", all)] {
        let (row, is_enough) = row(name, &readings);
        assert!(is_enough, "{row}");
        table += &row;
    }
    let again: Vec<&Reading> = readings.iter().filter(|reading| reading.second.is_some()).collect();
    let agreed = again.iter().filter(|reading| reading.second.as_ref() == Some(&reading.verdict)).count();
    let (count, percent) = (again.len(), 100 * agreed / again.len().max(1));
    assert!(count >= 50, "{count} were read again");
    table += &format!(
        "\nOf {count} that were drawn at random a second reader, who saw neither level nor verdict, said the same of {agreed} \
         ({percent} %).\n"
    );
    let page = path("docs/readings.md");
    let text = fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once("<!-- readings -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /readings -->").unwrap();
    let expected = format!("{before}<!-- readings -->\n{table}<!-- /readings -->{after}");
    if env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&page, expected).unwrap();
    } else {
        assert!(
            text == expected,
            "run `UPDATE_PAGES=1 cargo test --test documents` and look at the difference"
        );
    }
}
