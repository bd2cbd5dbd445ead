//! `docs/accuracy.md` matches the data. `cargo xtask accuracy` writes it.

#[path = "../../xtask/src/accuracy/page.rs"]
mod page;

use std::fs;
use std::path::Path;

use serde_json::Value;

use self::page::{Sources, page};

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn written() -> [String; 3] {
    ["tests/readings/findings.json", "tests/recall/figures.json", "tests/readings/published.json"].map(text)
}

#[test]
fn the_page_matches_the_data() {
    let [findings, recall, published] = &written();
    let (fixes, quiet) = (&text("tests/fixes/cases.json"), &text("tests/readings/quiet.json"));
    let expected = page(&Sources { findings, recall, published, fixes, quiet }).unwrap();
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/accuracy.md"), expected).unwrap();
    } else {
        assert!(
            text("docs/accuracy.md") == expected,
            "run `cargo xtask accuracy` and look at the difference"
        );
    }
}

#[test]
fn invalid_data_is_reported() {
    let [findings, recall, published] = &written();
    let of = |findings: &str, recall: &str, published: &str| {
        page(&Sources { findings, recall, published, fixes: "[]", quiet: "[]" })
    };
    let of_fixes = |fixes: &str, quiet: &str| page(&Sources { findings, recall, published, fixes, quiet });
    assert!(of_fixes(r#"[{ "unseen": "a" }]"#, "[]").is_err_and(|why| why.contains("repository")));
    assert!(of_fixes("[]", r#"[{ "entry": "a" }]"#).is_err_and(|why| why.contains("no count")));
    assert!(of("{}", recall, published).is_err());
    assert!(of("[{}]", recall, published).is_err_and(|why| why.contains("repository")));
    assert!(of(findings, r#"[{ "reported": 1 }]"#, published).is_err_and(|why| why.contains("no count")));
    assert!(of(findings, recall, r#"[{ "name": "a" }]"#).is_err_and(|why| why.contains("venue")));
}

/// Each entry that a row names has the level that the row says, and the rows are the rest of the counts on the page.
#[test]
fn the_quiet_fixes_match_the_catalogue() {
    let rows: Vec<Value> = serde_json::from_str(&text("tests/readings/quiet.json")).unwrap();
    let catalog = bicep_race_lint::Catalog::builtin();
    let races = |of: &dyn Fn(&str) -> bool| -> u64 {
        let rows = rows.iter().filter(|row| of(row["level"].as_str().unwrap()));
        rows.map(|row| row["races"].as_u64().unwrap()).sum()
    };
    for row in rows.iter().filter(|row| row["entry"] != "") {
        let id = row["entry"].as_str().unwrap();
        let entry = catalog.entries().find(|entry| entry.id == id).unwrap_or_else(|| panic!("{id}"));
        let level = entry.level.map_or("off", |level| level.as_str());
        assert_eq!(row["level"], level, "{id}");
    }
    assert_eq!((53 - races(&|level| level != "note"), races(&|level| level == "note")), (49, 49 - 34));
}

/// The page of readings has the same counts of removals, and each label has a reason.
#[test]
fn the_counts_of_removals_match_the_labels() {
    let rows: Vec<Value> = serde_json::from_str(&text("tests/recall/figures.json")).unwrap();
    let readings = text("docs/readings.md");
    for row in &rows {
        let number = |name: &str| row[name].as_u64().unwrap();
        let (of, removed) = (row["repositories"].as_str().unwrap(), row["removed"].as_str().unwrap());
        let (reported, other, races) = (number("reported"), number("other"), number("nonRaces"));
        let (missed, documented) = (number("missed"), number("documented"));
        let expected =
            format!("| {of} | {removed} | {reported} | {other} | {races} | {missed} | {documented} |");
        assert!(readings.contains(&expected), "{expected}");
    }
    let labels: Vec<Value> = serde_json::from_str(&text("tests/recall/labels.json")).unwrap();
    let all = rows.last().unwrap();
    for (label, name) in [("other object", "other"), ("known non-race", "nonRaces"), ("miss", "missed")] {
        let labelled = labels.iter().filter(|row| row["label"] == label).count() as u64;
        assert_eq!(all[name], labelled, "{label}");
    }
}
