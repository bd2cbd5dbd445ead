//! The pages of the catalogue: each stands in `docs/rules` as it would be written today. `UPDATE_PAGES=1 cargo test --test
//! pages` writes them.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use bicep_race_lint::azure::catalog::{Catalog, Entry};
use bicep_race_lint::azure::page::{Example, Examples, level_name, page};

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn template(path: &str) -> Option<Example> {
    let template = fs::read_to_string(at(path)).ok()?;
    Some(Example { template, output: None })
}

fn examples(entry: &Entry) -> Examples {
    Examples {
        racy: template(&format!("fixtures/catalog/{}/racy.bicep", entry.id)),
        ordered: template(&format!("fixtures/catalog/{}/ordered.bicep", entry.id)),
        quiet: template(&format!("fixtures/non-races/{}/main.bicep", entry.id)),
    }
}

/// The table of all entries.
fn overview(catalog: &Catalog) -> String {
    let mut text = String::from("# What races\n\nEvery entry of the catalogue, by domain.\n");
    let domains: BTreeSet<&str> = catalog.entries().map(|entry| entry.domain.as_ref()).collect();
    for domain in domains {
        writeln!(text, "\n## {domain}\n\n| entry | level | certainty |\n| --- | --- | --- |").unwrap();
        for entry in catalog.entries().filter(|entry| entry.domain == domain) {
            let level = level_name(entry.level);
            writeln!(text, "| [{}]({}.md) | {level} | {} |", entry.title, entry.id, entry.certainty).unwrap();
        }
    }
    text
}

#[test]
fn every_page_is_up_to_date() {
    let catalog = Catalog::default();
    let mut pages = BTreeMap::new();
    pages.insert("catalog.md".to_owned(), overview(&catalog));
    for entry in catalog.entries() {
        pages.insert(format!("{}.md", entry.id), page(entry, &examples(entry)));
    }
    let update = env::var_os("UPDATE_PAGES").is_some();
    let mut stale = Vec::new();
    for (name, text) in &pages {
        let path = at("docs/rules").join(name);
        if fs::read_to_string(&path).unwrap_or_default() == *text {
            continue;
        }
        if update {
            fs::create_dir_all(at("docs/rules")).unwrap();
            fs::write(&path, text).unwrap();
        } else {
            stale.push(name.as_str());
        }
    }
    assert!(stale.is_empty(), "run `UPDATE_PAGES=1 cargo test --test pages`; stale: {stale:?}");
}
