//! What a rule is. The rules themselves are listed in `rule_id.rs`; tables, pages, schemas and reports derive from them.

use super::RULES;
use super::finding::{Diagnostic, Level, RuleId, Subject};
use super::races::Races;
use crate::azure::catalog::Entry;
use crate::source::Place;

/// How a rule's findings are mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// One of the writers is made to wait for another.
    Order,
    /// `@batchSize(1)` on the loop.
    Batch,
    /// The finding comes with its own edits.
    Own,
    /// By hand.
    None,
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// The level of its findings; none where the catalogue entry decides.
    pub level: Option<Level>,
    /// What a finding means, in one line.
    pub means: &'static str,
    /// How its findings are mended.
    pub remedy: Remedy,
    /// Whether it says that something was not analysed: it is told whatever is asked for, and no directive suppresses it.
    pub is_gap: bool,
    /// Whether a directive suppresses it.
    pub is_suppressible: bool,
    /// Whether it reports nothing any more. Its id is known for one release, so that who names it is told.
    pub is_retired: bool,
    /// What it says of races; none where it is about files.
    pub races: Option<&'static dyn Races>,
    /// The text of its file; the doc comment at its head is the rule's page.
    pub(super) source: &'static str,
}

impl Rule {
    /// Whether its remedy can be written into the file.
    pub fn is_fixable(&self) -> bool {
        self.remedy != Remedy::None
    }

    /// Whether its writers want an order that is not there.
    pub fn wants_order(&self) -> bool {
        self.races.is_some_and(Races::wants_order)
    }

    /// Its page, as Markdown.
    pub fn page(&self) -> String {
        let head = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        head.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }

    /// The first sentence of its page, as a heading, and what follows.
    pub fn headed(&self) -> (String, String) {
        let page = self.page();
        let (first, rest) = page.split_once("\n\n").unwrap_or((&page, ""));
        (first.trim_end_matches('.').to_owned(), rest.to_owned())
    }

    /// The address of its page.
    pub fn url(&self) -> String {
        url(self.id.as_str())
    }

    /// A diagnostic of this rule, about the text that stands there.
    pub(super) fn diagnostic(&self, place: Place, message: String) -> Diagnostic {
        Diagnostic::new(self.id, self.level.unwrap_or(Level::Warning), place, message, Subject::Text)
    }
}

/// The site, as `cargo xtask site` builds it and `.github/workflows/pages.yml` publishes it.
pub const SITE: &str = "https://bicep-race-lint.github.io/bicep-race-lint/";

/// The address of the page of a rule or catalogue entry.
pub fn url(id: &str) -> String {
    format!("{SITE}rules/{id}.html")
}

/// The address of the page of an entry: its own, where its author gives one.
pub fn url_of(entry: &Entry) -> String {
    if entry.docs.is_empty() { url(&entry.id) } else { entry.docs.clone().into_owned() }
}

/// The rule of an id.
pub fn rule(id: RuleId) -> &'static Rule {
    &RULES[id as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_has_its_rule() {
        assert!(RULES.iter().map(|rule| rule.id).eq(RuleId::ALL.iter().copied()));
    }

    #[test]
    fn what_was_not_analysed_cannot_be_suppressed() {
        assert!(RULES.iter().all(|rule| !(rule.is_gap && rule.is_suppressible)));
    }
}
