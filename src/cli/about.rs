//! The answer of `explain` to words that are neither an id nor an error: the rules, entries and answers about them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::azure::answers::{self, is_wrapper};
use crate::azure::catalog::{Catalog, Entry};
use crate::escape::visible;
use crate::level::Level;
use crate::rules::{RuleId, rule};
use crate::small_sort::SmallSort as _;

/// Maximum number of words of a name; more are a sentence, which is an error that is not known.
pub(super) const MAX_WORDS: usize = 3;
/// Minimum length of a word that is also searched inside other words.
const MIN_INNER: usize = 5;

/// The text in place of the level of a rule, because its findings may have several.
const RULE: &str = "rule";

/// How well a rule, an entry or an answer fits the words; the smallest is the best.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// All words are in its id.
    Id,
    /// In its title or in the words for its writers.
    Words,
    /// In the types of its resources, or in a code of its errors.
    Types,
}

/// One line of the list.
struct Row {
    fit: Fit,
    /// The sort key of the level; errors come first.
    loudness: u8,
    level: &'static str,
    id: String,
    title: String,
}

/// The list for some words; `None` if they say nothing about any entry.
///
/// Ex) `vpn`, `key vault`, `private-endpoint`
pub(super) fn about(typed: &str, catalog: &Catalog) -> Option<String> {
    let words: Vec<String> =
        typed.split([' ', '-', '/']).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    let is_plain = |word: &String| word.len() > 1 && word.chars().all(|c| c.is_ascii_alphanumeric());
    if words.is_empty() || words.len() > MAX_WORDS || !words.iter().all(is_plain) {
        return None;
    }
    let mut rows: Vec<Row> =
        rules(&words).chain(entries(&words, catalog)).chain(known_answers(&words)).collect();
    if rows.is_empty() {
        return None;
    }
    // If a rule and an entry have the same id, the entry says more.
    let named: BTreeSet<String> = catalog.entries().map(|entry| entry.id.to_string()).collect();
    rows.retain(|row| row.level != RULE || !named.contains(&row.id));
    rows.small_sort_by(|a, b| (a.fit, a.loudness, &a.id).cmp(&(b.fit, b.loudness, &b.id)));
    let widest = |of: fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or_default();
    let (level, id) = (widest(|row| row.level.len()), widest(|row| row.id.len()));
    let mut out = format!("`{}` is neither an id nor an error. These are related to it:\n\n", visible(typed));
    for row in &rows {
        let line = format!("  {:level$}  {:id$}  {}", row.level, visible(&row.id), visible(&row.title));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out.push_str(
        "\n`bicep-race-lint explain ID` shows one of them; with the text of an error it shows the likely cause.\n",
    );
    Some(out)
}

/// What to do about a code or a status that says only that something failed; `None` for any other text.
pub(super) fn of_wrapper(typed: &str) -> Option<String> {
    let code = answers::code_of_status(typed).unwrap_or(typed);
    is_wrapper(code).then(|| {
        format!(
            "`{}` says only that something failed; the error inside it says what: paste the whole text, such as \
             `az … 2>&1 | bicep-race-lint explain -` or the output of `az deployment operation group list`",
            visible(typed)
        )
    })
}

fn rules(words: &[String]) -> impl Iterator<Item = Row> {
    let all = RuleId::ALL.iter().map(|id| rule(*id));
    all.filter(|rule| !rule.is_retired).filter_map(|rule| {
        let id = rule.id.as_str();
        let fit = fit(words, id, &[rule.means], &[])?;
        Some(Row { fit, loudness: 0, level: RULE, id: id.to_owned(), title: rule.means.to_owned() })
    })
}

fn entries(words: &[String], catalog: &Catalog) -> impl Iterator<Item = Row> {
    catalog.entries().filter_map(|entry| {
        let fit = fit_of_entry(words, entry)?;
        let (level, loudness) = match entry.level {
            Some(Level::Error) => ("error", 1),
            Some(Level::Warning) => ("warning", 2),
            Some(Level::Note) => ("note", 3),
            None => ("off", 4),
        };
        Some(Row { fit, loudness, level, id: entry.id.to_string(), title: entry.title.to_string() })
    })
}

fn fit_of_entry(words: &[String], entry: &Entry) -> Option<Fit> {
    let labels = entry.writers.iter().map(|writer| writer.label.as_ref());
    let texts: Vec<&str> = labels.chain([entry.title.as_ref()]).collect();
    let types = entry.writers.iter().flat_map(|writer| writer.types.iter()).chain([&entry.object_type]);
    let types: Vec<&str> = types.chain(entry.codes.iter()).map(AsRef::as_ref).collect();
    fit(words, &entry.id, &texts, &types)
}

fn known_answers(words: &[String]) -> impl Iterator<Item = Row> {
    answers::answers().iter().filter_map(|answer| {
        let fit = fit(words, answer.id, &[answer.title], &answer.codes)?;
        let id = answer.codes.first().copied().unwrap_or_default().to_owned();
        let row = Row { fit, loudness: 5, level: "no race", id, title: answer.title.to_owned() };
        (!row.id.is_empty()).then_some(row)
    })
}

/// The first place that has all the words.
fn fit(words: &[String], id: &str, texts: &[&str], types: &[&str]) -> Option<Fit> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (fit, added) in [(Fit::Id, &[id] as &[&str]), (Fit::Words, texts), (Fit::Types, types)] {
        known.extend(added.iter().flat_map(|text| words_of(text)));
        let has = |word: &str| {
            known
                .iter()
                .any(|known| known.starts_with(word) || word.len() >= MIN_INNER && known.contains(word))
        };
        let meant = |word: &str| answers::word_of_types(word).map(str::to_ascii_lowercase);
        if words.iter().all(|word| has(word) || meant(word).is_some_and(|meant| has(&meant))) {
            return Some(fit);
        }
    }
    None
}

/// The words of a text or a type in lower case, those in Pascal or camel case also by themselves.
fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for whole in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        words.push(whole.to_ascii_lowercase());
        let humps =
            whole.match_indices(|c: char| c.is_ascii_uppercase()).map(|(at, _)| at).filter(|at| *at > 0);
        words.extend(humps.map(|at| whole[at..].to_ascii_lowercase()));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(typed: &str) -> Vec<String> {
        let list = about(typed, &Catalog::builtin()).unwrap_or_default();
        let rows = list.lines().filter(|line| line.starts_with("  "));
        rows.filter_map(|line| line.trim_start().split("  ").map(str::trim).find(|part| part.contains('-')))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn words_find_what_is_about_them() {
        for (typed, expected) in [
            ("vpn", "hub-gateways"),
            ("VNet", "vnet-subnets"),
            ("key vault", "key-vault-secrets"),
            ("postgres", "postgresql-configurations"),
            ("redis", "redis-access"),
            ("lock", "read-only-lock"),
            ("aks", "agent-pools"),
            ("openai", "model-deployments"),
            ("nsg", "subnets-sharing-nsg"),
            ("gateway", "hub-gateways"),
            ("loop", "parallel-loop"),
            ("RequestConflict", "model-deployments"),
        ] {
            let found = ids(typed);
            assert!(found.iter().any(|id| id == expected), "{typed}: {found:?}");
        }
    }

    #[test]
    fn other_words_find_nothing() {
        for typed in ["", "x", "the weather is fine today", "qwertz", "a_b", "VPN?"] {
            assert_eq!(about(typed, &Catalog::builtin()), None, "{typed}");
        }
    }

    #[test]
    fn a_wrapper_asks_for_the_error_inside_of_it() {
        for typed in ["409", "Conflict", "conflict", "DeploymentFailed"] {
            assert!(of_wrapper(typed).unwrap().contains("paste the whole text"), "{typed}");
        }
        for typed in ["429", "412", "ServerIsBusy", "vpn"] {
            assert_eq!(of_wrapper(typed), None, "{typed}");
        }
    }
}
