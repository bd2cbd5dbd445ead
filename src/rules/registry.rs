//! The one list of rules. Tables, pages, schemas and reports derive from it.

use super::finding::{Level, RuleId};

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// The level of its findings; none where the catalogue entry decides.
    pub level: Option<Level>,
    /// What a finding means, in one line.
    pub means: &'static str,
    /// Whether its remedy can be written into the file.
    pub fixable: bool,
    /// The text of the file that makes its findings; the doc comment at its head is the rule's page.
    source: &'static str,
}

impl Rule {
    pub(super) const fn new(
        id: RuleId,
        level: Option<Level>,
        means: &'static str,
        fixable: bool,
        source: &'static str,
    ) -> Self {
        Self { id, level, means, fixable, source }
    }

    /// The rule's page, as Markdown.
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
}

/// The address of the page of a rule or catalogue entry.
pub fn url(id: &str) -> String {
    format!("{}/blob/main/docs/rules/{id}.md", env!("CARGO_PKG_REPOSITORY"))
}

/// Every rule, in the order of their ids.
pub const RULES: &[Rule] = &[
    super::hub_gateways::RULE,
    super::routing_intent_last::RULE,
    super::declared_twice::RULE,
    super::lost_update::RULE,
    super::order_through_existing::RULE,
    super::parallel_loop::RULE,
    super::parallel_writers::RULE,
    super::fragile_order::RULE,
    super::gateway_order::RULE,
    super::unresolved_module::RULE,
    super::unused_suppression::RULE,
    super::limit_reached::RULE,
    super::syntax::RULE,
];

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
}
