//! Every entry of the catalogue has stories: a racy template with a finding of the entry, and an ordered one without
//! findings. Every known non-race has no finding either.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bicep_race_lint::azure::catalog::{Catalog, Entry};
use bicep_race_lint::azure::modules;
use bicep_race_lint::level::Level;
use bicep_race_lint::race::analysis::analyse;
use bicep_race_lint::rules::RuleId;
use bicep_race_lint::syntax::ast::FileKind;
use bicep_race_lint::syntax::parse;
use bicep_race_lint::workspace::{Disk, Knowledge, Workspace};

struct Nothing;

impl Knowledge for Nothing {}

fn fixtures(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder)
}

/// The names of the subfolders.
fn folders(of: &Path) -> BTreeSet<String> {
    let names = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

/// The findings of a template as entry ids with levels. Duplicate declarations appear as `declared-twice`.
fn races(template: &Path) -> BTreeSet<(String, Level)> {
    let catalog = Catalog::default();
    let base = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = Workspace::load(&Disk, &Nothing, &[template.to_owned()], &[], base);
    assert!(workspace.problems.is_empty(), "{}: {:?}", template.display(), workspace.problems);
    let root = workspace.roots[0].1.unwrap();
    let analysis = analyse(&workspace, &catalog, &[root]);
    let found = analysis.races.iter().map(|race| {
        let entry = analysis.writers.of(analysis.aspects(race).0);
        entry.map_or_else(
            || ("declared-twice".to_owned(), Level::Error),
            |(entry, _)| (entry.id.to_string(), entry.level.unwrap()),
        )
    });
    found.collect()
}

/// The id under which findings of an entry appear.
fn found_as(entry: &Entry) -> &str {
    if entry.rule == RuleId::DeclaredTwice { "declared-twice" } else { &entry.id }
}

fn of_note(found: &BTreeSet<(String, Level)>) -> Vec<&str> {
    found.iter().filter(|(_, level)| *level > Level::Note).map(|(id, _)| id.as_str()).collect()
}

#[test]
fn every_certain_and_likely_entry_has_its_stories() {
    let catalog = Catalog::default();
    let told = folders(&fixtures("catalog"));
    let needed = catalog.entries().filter(|entry| entry.level.is_some() && entry.certainty != "possible");
    let missing: Vec<&str> = needed.map(|entry| entry.id.as_ref()).filter(|id| !told.contains(*id)).collect();
    assert!(missing.is_empty(), "write `fixtures/catalog/ID/racy.bicep` and `ordered.bicep` for {missing:?}");
    let unknown: Vec<&String> = told.iter().filter(|id| catalog.entry(id).is_none()).collect();
    assert!(unknown.is_empty(), "folders of `fixtures/catalog` without an entry: {unknown:?}");
}

#[test]
fn every_racy_story_is_found_and_every_ordered_one_is_quiet() {
    let catalog = Catalog::default();
    let mut wrong = Vec::new();
    for id in folders(&fixtures("catalog")) {
        let entry = catalog.entry(&id).unwrap();
        let story = fixtures("catalog").join(&id);
        let found = races(&story.join("racy.bicep"));
        if !found.iter().any(|(found, _)| found == found_as(entry)) {
            wrong.push(format!("{id}: `racy.bicep` gives no finding of the entry, but {found:?}"));
        }
        let found = races(&story.join("ordered.bicep"));
        let left = found.iter().any(|(found, _)| found == found_as(entry)) || !of_note(&found).is_empty();
        if left {
            wrong.push(format!("{id}: `ordered.bicep` still gives {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_known_non_race_is_quiet() {
    let catalog = Catalog::default();
    let mut wrong = Vec::new();
    for id in folders(&fixtures("non-races")) {
        let level = catalog.entry(&id).unwrap_or_else(|| panic!("no entry `{id}`")).level;
        assert!(
            level.is_none_or(|level| level == Level::Note),
            "`{id}` has a folder in `fixtures/non-races`, but its level is above note"
        );
        let found = races(&fixtures("non-races").join(&id).join("main.bicep"));
        if !of_note(&found).is_empty() {
            wrong.push(format!("{id}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A table of the numbers of entries by domain and level, and of entries with a racy and an ordered story.
fn counts() -> String {
    let catalog = Catalog::default();
    let told = folders(&fixtures("catalog"));
    let mut table = String::from(
        "| domain | error | warning | note | off | with stories |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    let domains: BTreeSet<&str> = catalog.entries().map(|entry| entry.domain.as_ref()).collect();
    for domain in domains.into_iter().map(Some).chain([None]) {
        let count = |keep: &dyn Fn(&Entry) -> bool| {
            let inside = |entry: &&Entry| domain.is_none_or(|domain| entry.domain == domain) && keep(entry);
            catalog.entries().filter(inside).count()
        };
        let levels = [Some(Level::Error), Some(Level::Warning), Some(Level::Note), None];
        let levels = levels.map(|level| count(&|entry| entry.level == level).to_string());
        let stories = count(&|entry| told.contains(entry.id.as_ref()));
        table.push_str(&format!(
            "| {} | {} | {stories} |\n",
            domain.unwrap_or("**all**"),
            levels.join(" | ")
        ));
    }
    table
}

/// `.ci/derive` writes the table into the README.
#[test]
fn the_readme_has_the_counts() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("<!-- counts -->\n").unwrap();
    let (table, after) = rest.split_once("<!-- /counts -->").unwrap();
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, format!("{before}<!-- counts -->\n{}<!-- /counts -->{after}", counts())).unwrap();
    } else {
        assert_eq!(table, counts(), "stale: run `.ci/derive`");
    }
}

#[test]
fn every_stub_of_a_known_module_is_valid_bicep() {
    for path in modules::known_paths() {
        let stub = modules::stub(path).unwrap();
        let tree = parse(stub, FileKind::Bicep);
        assert!(tree.errors.is_empty(), "{path}: {:?}\n{stub}", tree.errors);
    }
}

#[test]
fn a_guessed_stub_is_valid_bicep() {
    let guessed = ["vpn-gateway", "p2s-vpn-gateway", "er-gateway", "routing-intent", "azure-firewall"];
    for (reference, argument) in
        guessed.into_iter().flat_map(|name| [(name, "virtualHubId"), (name, "vhubName")])
    {
        let guess = modules::guess(&format!("modules/{reference}.bicep"), "x", &[argument], &[]).unwrap();
        let tree = parse(&guess.stub, FileKind::Bicep);
        assert!(tree.errors.is_empty(), "{reference}: {:?}\n{}", tree.errors, guess.stub);
    }
}
