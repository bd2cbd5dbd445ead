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
    let expected = page(&Sources { findings, recall, published }).unwrap();
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
    let of = |findings: &str, recall: &str, published: &str| page(&Sources { findings, recall, published });
    assert!(of("{}", recall, published).is_err());
    assert!(of("[{}]", recall, published).is_err_and(|why| why.contains("repository")));
    assert!(of(findings, r#"[{ "reported": 1 }]"#, published).is_err_and(|why| why.contains("no count")));
    assert!(of(findings, recall, r#"[{ "name": "a" }]"#).is_err_and(|why| why.contains("venue")));
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
