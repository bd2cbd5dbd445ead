//! The static description of a rule. `rule_id.rs` lists the rules; tables, documentation pages, schemas and reports are derived
//! from that list.

use super::finding::{Diagnostic, Level, RuleId, Subject};
use super::races::Races;
use super::{PAGES, RULES};
use crate::azure::catalog::{Catalog, Entry};
use crate::source::Place;

/// How the findings of a rule are fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Add an edge: one of the writers waits for another.
    Order,
    /// Add `@batchSize(1)` to the loop.
    Batch,
    /// The finding comes with its own edits.
    Own,
    /// By hand, for a reason.
    ByHand(&'static str),
    /// No change of the text would remove the finding.
    None,
}

/// One row of the rule table: what is known about a rule without running it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The id that users write in configuration, directives and `--select`.
    pub id: RuleId,
    /// Level of its findings. `None`: the catalogue entry of each finding sets the level.
    pub level: Option<Level>,
    /// What a finding of this rule means, in one line: the text of the `rules` table and of SARIF.
    pub means: &'static str,
    /// How its findings are fixed.
    pub remedy: Remedy,
    /// Whether the rule reports that something was not analysed. Neither `--select`, `--ignore` nor a directive hides such
    /// findings.
    pub is_gap: bool,
    /// Whether a directive such as `#disable-next-line` can suppress its findings.
    pub is_suppressible: bool,
    /// Whether it no longer reports anything. Its id is kept for one release, so that anyone who names it gets a note.
    pub is_retired: bool,
    /// Whether it reports only on request, by `--select` or a configuration.
    pub is_optional: bool,
    /// How it reports races; `None` for a rule about files.
    pub races: Option<&'static dyn Races>,
}

impl Rule {
    /// Whether its remedy can be written into the file.
    pub fn is_fixable(&self) -> bool {
        !matches!(self.remedy, Remedy::ByHand(_) | Remedy::None)
    }

    /// Whether its findings are about a missing order, so that an added edge can fix them.
    pub fn wants_order(&self) -> bool {
        self.races.is_some_and(Races::wants_order)
    }

    /// The documentation page as Markdown: the doc comment at the top of the rule's file.
    pub fn page(&self) -> &'static str {
        PAGES[self.id as usize]
    }

    /// Splits the page into its first sentence, used as a heading, and the rest.
    pub fn headed(&self) -> (String, String) {
        let page = self.page();
        let (first, rest) = page.split_once("\n\n").unwrap_or((page, ""));
        (first.trim_end_matches('.').to_owned(), rest.to_owned())
    }

    /// Address of the documentation page on the site.
    pub fn url(&self) -> String {
        url(self.id.as_str())
    }

    /// A diagnostic of this rule about the source text at `place`.
    pub(super) fn diagnostic(&self, place: Place, message: String) -> Diagnostic {
        Diagnostic::new(self.id, self.level.unwrap_or(Level::Warning), place, message, Subject::Text)
    }
}

/// Base address of the site that `cargo xtask site` builds and `.github/workflows/pages.yml` publishes.
pub const SITE: &str = "https://bicep-race-lint.github.io/bicep-race-lint/";

/// Address of the documentation page for a rule id or a catalogue entry id.
pub fn url(id: &str) -> String {
    format!("{SITE}rules/{id}.html")
}

/// Address of the page for a catalogue entry: `docs` of the entry if its author set it (custom catalogues), else its page on
/// the site. An entry of a configuration has none there, so the page of its rule is used.
pub fn url_of(entry: &Entry) -> String {
    match entry.docs.as_ref() {
        "" if entry.domain == Catalog::OF_CONFIGURATION => url(entry.rule.as_str()),
        "" => url(&entry.id),
        docs => docs.to_owned(),
    }
}

/// Looks up a rule. `RULES` and [`RuleId`] come from one list, so the id is the index.
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
