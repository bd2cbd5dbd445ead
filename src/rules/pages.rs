//! Rules and catalogue entries as text: tables, pages in the terminal, and JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::RULES;
use super::finding::Level;
use super::registry::{Rule, url_of};
use crate::azure::catalog::{Catalog, Entry};
use crate::azure::page::{Examples, example, how_to_accept, page};

fn level_name(level: Option<Level>, otherwise: &'static str) -> &'static str {
    level.map_or(otherwise, Level::as_str)
}

/// The level of a rule's findings; a retired one has none.
fn level_of(rule: &Rule, otherwise: &'static str) -> &'static str {
    if rule.is_retired { "retired" } else { level_name(rule.level, otherwise) }
}

/// The column at which [`table`] shows the meaning of a rule.
#[cfg(feature = "cli")]
pub const MEANS: usize = 46;

/// All rules, a line each.
pub fn table() -> String {
    let mut out = String::new();
    for rule in RULES {
        let level = level_of(rule, "varies");
        let fixable = if rule.is_fixable() { "fixable" } else { "" };
        let _ = writeln!(out, "{:<28}{level:<9}{fixable:<9}{}", rule.id, rule.means);
    }
    out.push_str(
        "\nA level that varies comes from the catalogue entry; `rules --format json` lists all of them.\n",
    );
    out
}

#[derive(Serialize)]
struct RuleRecord {
    id: &'static str,
    level: &'static str,
    fixable: bool,
    means: &'static str,
    url: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryRecord<'e> {
    id: &'e str,
    domain: &'e str,
    rule: &'e str,
    level: &'static str,
    certainty: &'e str,
    title: &'e str,
    types: Vec<&'e str>,
    source: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Listing<'e> {
    rules: Vec<RuleRecord>,
    entries: Vec<EntryRecord<'e>>,
}

/// All rules and entries, with level and where they come from.
pub fn json(catalog: &Catalog) -> String {
    let rules = RULES.iter().map(|rule| RuleRecord {
        id: rule.id.as_str(),
        level: level_of(rule, "entry"),
        fixable: rule.is_fixable(),
        means: rule.means,
        url: rule.url(),
    });
    let entries = catalog.entries().map(|entry| EntryRecord {
        id: &entry.id,
        domain: &entry.domain,
        rule: entry.rule.as_str(),
        level: level_name(entry.level, "off"),
        certainty: &entry.certainty,
        title: &entry.title,
        types: entry.writers.iter().flat_map(|writer| writer.types.iter().map(AsRef::as_ref)).collect(),
        source: if catalog.is_user(&entry.id) { "configuration" } else { "built-in" },
        url: url_of(entry),
    });
    let listing = Listing { rules: rules.collect(), entries: entries.collect() };
    let mut text = serde_json::to_string_pretty(&listing).unwrap_or_default();
    text.push('\n');
    text
}

/// The page of a rule, in Markdown. A rule that has a catalogue entry of its own name has one page with it.
pub fn rule_page(rule: &Rule, catalog: &Catalog, examples: &Examples) -> String {
    let (title, text) = rule.headed();
    if let Some(entry) = catalog.entry(rule.id.as_str()) {
        return page(entry, Some(&text), examples);
    }
    if rule.is_retired {
        return format!("# {title}\n\n`{}` · retired\n\n{}\n", rule.id, text.trim());
    }
    let mut out = format!("# {title}\n\n`{}` · level ", rule.id);
    let level = level_name(rule.level, "by catalogue entry");
    let fixable = if rule.is_fixable() { "can be remedied by `--fix`" } else { "is remedied by hand" };
    let _ = writeln!(out, "{level} · {fixable}\n\n{}", text.trim());
    example(&mut out, "A template with this finding", examples.racy.as_ref());
    example(&mut out, "A template without this finding", examples.ordered.as_ref());
    let found: Vec<&Entry> =
        catalog.entries().filter(|entry| entry.rule == rule.id && entry.level.is_some()).collect();
    if !found.is_empty() {
        let _ = writeln!(out, "\n## What it finds\n");
        for entry in found {
            let _ = writeln!(out, "- [{}]({}.md), {}", entry.title, entry.id, level_name(entry.level, "off"));
        }
    }
    if rule.races.is_some() {
        how_to_accept(&mut out, rule.id);
    }
    out
}
