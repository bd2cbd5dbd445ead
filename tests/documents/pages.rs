//! Checks that every page of a rule or a catalogue entry in `docs/rules` is up to date. `.ci/derive` rewrites them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::azure::page::{Example, Examples, level_name, page};
use bicep_race_lint::level::Level;
use bicep_race_lint::report::{Format, Style, render};
use bicep_race_lint::rules::RULES;
use bicep_race_lint::rules::named::Named;
use bicep_race_lint::rules::pages::rule_page;
use bicep_race_lint::session::{Configured, Selection};
use bicep_race_lint::workspace::Disk;
use bicep_race_lint::{Roots, Session};

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The output of the tool for a template, as in a terminal of 100 columns without colours, including notes. An optional
/// rule is enabled for its own examples.
fn output(path: &Path, catalog: &Catalog) -> String {
    let base = path.parent().unwrap().to_owned();
    let asked = RULES.iter().filter(|rule| rule.is_optional && base.ends_with(rule.id.as_str()));
    let select = asked.map(|rule| Named::Rule(rule.id)).collect();
    let roots = Roots { named: vec![path.to_owned()], base, ..Roots::default() };
    let selection = Selection { select, ..Selection::default() };
    let mut session = Session::configured(catalog.clone(), Configured::default(), selection);
    session.load(Disk, roots);
    let report = session.check();
    let style = Style { color: false, unicode: true, width: 100, is_terminal: false, level: Level::Note };
    render(&report, Format::Human, style).text().to_owned()
}

fn template(path: &str) -> Option<Example> {
    let template = fs::read_to_string(at(path)).ok()?;
    Some(Example { template, output: None })
}

/// A template together with the tool's output for it.
fn shown(path: &str, catalog: &Catalog) -> Option<Example> {
    let output = Some(output(&at(path), catalog));
    template(path).map(|example| Example { output, ..example })
}

/// The templates of a rule or an entry from `fixtures`, those that exist.
fn examples(id: &str, catalog: &Catalog) -> Examples {
    let of = |file: &str| {
        ["catalog", "rules"]
            .map(|folder| format!("fixtures/{folder}/{id}/{file}"))
            .into_iter()
            .find(|path| at(path).exists())
    };
    Examples {
        racy: of("racy.bicep").and_then(|path| shown(&path, catalog)),
        ordered: of("ordered.bicep").and_then(|path| template(&path)),
        quiet: template(&format!("fixtures/non-races/{id}/main.bicep")),
    }
}

/// `catalog.md`: the list of rules and a table of entries for each domain.
fn overview(catalog: &Catalog) -> String {
    let mut text = String::from(
        "An error of a failed deployment in hand? [Your deployment failed](../failed.md) says which of these it comes from.\n\n# Rules\n\n",
    );
    for rule in RULES {
        writeln!(text, "- [`{}`]({}.md): {}", rule.id, rule.id, rule.means).unwrap();
    }
    text.push_str("\n# What races\n\nEvery entry of the catalogue, by domain.\n");
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
        let page = page(entry, None, &examples(&entry.id, &catalog));
        pages.insert(format!("{}.md", entry.id), page);
    }
    for rule in RULES {
        pages.insert(
            format!("{}.md", rule.id),
            rule_page(rule, &catalog, &examples(rule.id.as_str(), &catalog)),
        );
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
    assert!(stale.is_empty(), "run `.ci/derive`; stale: {stale:?}");
}

/// A page whose rule or entry no longer exists has to be deleted.
#[test]
fn no_page_is_obsolete() {
    let catalog = Catalog::default();
    let is_known = |name: &str| {
        let id = name.trim_end_matches(".md");
        id == "catalog" || catalog.entry(id).is_some() || RULES.iter().any(|rule| rule.id.as_str() == id)
    };
    let names =
        fs::read_dir(at("docs/rules")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = names.filter(|name| !is_known(name)).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Each rule reports its racy template. The ordered template gives no finding of the rule, and no error or warning of another.
#[test]
fn the_example_of_every_rule_shows_it() {
    let catalog = Catalog::default();
    for rule in RULES.iter().filter(|rule| !rule.is_retired) {
        let folder = ["rules", "catalog"]
            .map(|folder| at(&format!("fixtures/{folder}/{}", rule.id)))
            .into_iter()
            .find(|folder| folder.is_dir())
            .unwrap_or_else(|| panic!("no example of `{}`", rule.id));
        let racy = output(&folder.join("racy.bicep"), &catalog);
        // If an entry reports it, the rule has a line of its own.
        let marks = [format!("[{}]: ", rule.id), format!("  rule  {}\n", rule.id)];
        assert!(marks.iter().any(|mark| racy.contains(mark)), "{}:\n{racy}", rule.id);
        let ordered = output(&folder.join("ordered.bicep"), &catalog);
        let loud = ["error[", "warning[", &marks[0], &marks[1]];
        assert!(!loud.iter().any(|loud| ordered.contains(loud)), "{}:\n{ordered}", rule.id);
    }
}
