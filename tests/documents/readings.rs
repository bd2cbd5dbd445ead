//! Findings that were reviewed in their source: `tests/readings/findings.json` has the verdict and the reason for each.
//! `docs/readings.md` shows the figures: `.ci/derive` writes them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

use bicep_race_lint::Catalog;
use serde::Deserialize;

/// A finding with its review.
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
    /// Whether the tool reported it only since conditions and objects are decided exactly; recorded in the first
    /// readings.
    #[serde(default)]
    new: bool,
    verdict: String,
    reason: String,
    /// Whether `when` is true of the first root, as a word of `WHEN`; not recorded in the first readings.
    when: Option<String>,
    /// Whether the remedy can be applied as printed, as a word of `REMEDY`.
    remedy: Option<String>,
    /// The verdict of a second reader who saw neither level nor verdict; for a random sample.
    second: Option<String>,
    /// The reason for a different second verdict.
    second_reason: Option<String>,
    /// Whether the second reader was the first one again, later.
    #[serde(default)]
    same_reader: bool,
}

/// The words for `when`, with their meanings.
const WHEN: [(&str, &str); 3] = [
    ("true", "says what decides"),
    ("unclear", "is true, in words that name a value in place of what has it"),
    ("missing", "lacks a condition of the first root, because another root always meets it"),
];

/// The words for the remedy, with their meanings.
const REMEDY: [(&str, &str); 4] = [
    ("fits", "can be taken as printed"),
    ("by hand", "is right, and partly to be written by hand"),
    ("elsewhere", "is right, in a public module that the reader cannot change, which is not said"),
    ("unfit", "does not fit"),
];

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn readings() -> Vec<Reading> {
    serde_json::from_str(&fs::read_to_string(path("tests/readings/findings.json")).unwrap()).unwrap()
}

#[test]
fn every_reading_has_a_place_and_a_reason() {
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
        let is_of = |list: &[(&str, &str)], word: &Option<String>| {
            word.as_ref().is_none_or(|word| list.iter().any(|(name, _)| name == word))
        };
        assert!(is_of(&WHEN, &reading.when), "{place}: {:?}", reading.when);
        assert!(is_of(&REMEDY, &reading.remedy), "{place}: {:?}", reading.remedy);
        assert_eq!(reading.when.is_some(), reading.remedy.is_some(), "{place}: both are read, or neither");
        let key =
            (&reading.repository, &reading.file, reading.line, &reading.rule, &reading.entry, &reading.ends);
        assert!(seen.insert(key), "{place}: it stands twice");
    }
}

/// A row of the table, and whether at most three of a hundred are wrong.
fn row(name: &str, readings: &[&Reading]) -> (String, bool) {
    let right = readings.iter().filter(|reading| reading.verdict == "right").count();
    let (all, percent) = (readings.len(), 100 * right / readings.len().max(1));
    (format!("| {name} | {all} | {right} | {percent} % |\n"), 100 * right >= 97 * all)
}

/// A table with one row for each name.
fn table_by(what: &str, readings: &[Reading], name: impl Fn(&Reading) -> String) -> String {
    let mut groups: BTreeMap<String, Vec<&Reading>> = BTreeMap::new();
    for reading in readings {
        groups.entry(name(reading)).or_default().push(reading);
    }
    let rows: String = groups.iter().map(|(name, readings)| row(name, readings).0).collect();
    format!("| {what} | read | right | share |\n| --- | --- | --- | --- |\n{rows}")
}

/// A table with the number of readings for each word of a list.
fn words_of(what: &str, list: &[(&str, &str)], said: &[&String]) -> String {
    let mut table = format!("\n| {what} | meaning | of {} |\n| --- | --- | --- |\n", said.len());
    for (word, meaning) in list {
        let count = said.iter().filter(|said| said.as_str() == *word).count();
        table += &format!("| {word} | {meaning} | {count} |\n");
    }
    table
}

/// The wrong ones with their reasons.
fn wrong_ones(readings: &[Reading]) -> String {
    let mut list = "\nThe wrong ones:\n\n".to_owned();
    for reading in readings.iter().filter(|reading| reading.verdict == "wrong") {
        let Reading { repository, file, line, reason, .. } = reading;
        let rule = if reading.entry.is_empty() { &reading.rule } else { &reading.entry };
        list += &format!("- {repository}, `{file}:{line}`, {rule}: {reason}\n");
    }
    list
}

/// The figures for findings that were read twice, by another reader or by the same one.
fn read_again(readings: &[Reading], is_same: bool) -> String {
    let again: Vec<&Reading> = readings
        .iter()
        .filter(|reading| reading.second.is_some() && reading.same_reader == is_same)
        .collect();
    let agreed = again.iter().filter(|reading| reading.second.as_ref() == Some(&reading.verdict)).count();
    let (count, percent) = (again.len(), 100 * agreed / again.len().max(1));
    assert!(count >= 50, "{count} were read again");
    let who = if is_same {
        "the same reader, later and from the source alone,"
    } else {
        "a second reader, who saw neither level nor verdict,"
    };
    format!("Of {count} that were drawn at random {who} said the same of {agreed} ({percent} %).\n")
}

#[test]
fn the_page_matches_the_readings() {
    let readings = readings();
    let mut table = table_by("repository", &readings, |reading| reading.repository.clone());
    let all: Vec<&Reading> = readings.iter().collect();
    let new: Vec<&Reading> = readings.iter().filter(|reading| reading.new).collect();
    for (name, readings) in [("of them new", new), ("all", all)] {
        let (row, is_enough) = row(name, &readings);
        assert!(is_enough, "{row}");
        table += &row;
    }
    table += "\n";
    for is_same in [false, true] {
        table += &read_again(&readings, is_same);
    }
    table += "\n";
    table += &table_by("rule and entry", &readings, |reading| match reading.entry.as_str() {
        "" => reading.rule.clone(),
        entry if entry == reading.rule => entry.to_owned(),
        entry => format!("{} {entry}", reading.rule),
    });
    let said = |word: fn(&Reading) -> Option<&String>| readings.iter().filter_map(word).collect::<Vec<_>>();
    table += &words_of("`when`", &WHEN, &said(|reading| reading.when.as_ref()));
    table += &words_of("remedy", &REMEDY, &said(|reading| reading.remedy.as_ref()));
    table += &wrong_ones(&readings);
    let page = path("docs/readings.md");
    let text = fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once("<!-- readings -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /readings -->").unwrap();
    let expected = format!("{before}<!-- readings -->\n{table}<!-- /readings -->{after}");
    if env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&page, expected).unwrap();
    } else {
        assert!(text == expected, "stale: run `.ci/derive` and read the difference");
    }
}
