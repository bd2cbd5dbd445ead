//! A name in configuration, options and directives: the id of a rule, or the id of a catalogue entry.
//!
//! A finding shows both ids, so both can be selected, ignored and suppressed. A rule's id means everything that the
//! rule reports; an entry's id means everything that comes from the entry, no matter which rule reports it.

use super::RuleId;
use super::nearest::nearest;
use crate::azure::catalog::Catalog;

/// The id of a rule or of a catalogue entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// A rule.
    Rule(RuleId),
    /// A catalogue entry, built in or custom, by its id.
    Entry(String),
}

impl Named {
    /// Looks up a name, ignoring case. If a rule and an entry have the same id, it is the rule.
    pub fn of(text: &str, catalog: &Catalog) -> Option<Self> {
        let rule = RuleId::ALL.iter().copied().find(|rule| rule.as_str().eq_ignore_ascii_case(text));
        rule.map(Self::Rule).or_else(|| {
            let entry = catalog.entries().find(|entry| entry.id.eq_ignore_ascii_case(text))?;
            Some(Self::Entry(entry.id.to_string()))
        })
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Rule(rule) => rule.as_str(),
            Self::Entry(id) => id,
        }
    }

    /// Its kind in a message: `rule` or `entry`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Rule(_) => "rule",
            Self::Entry(_) => "entry",
        }
    }

    /// The rule; `None` for an entry.
    pub const fn rule(&self) -> Option<RuleId> {
        match self {
            Self::Rule(rule) => Some(*rule),
            Self::Entry(_) => None,
        }
    }

    /// All names that match a result of a rule and an optional entry.
    pub fn all_for(rule: RuleId, entry: Option<&str>) -> Vec<Self> {
        let of_entry = |id: &str| id.parse().map_or_else(|_| Self::Entry(id.to_owned()), Self::Rule);
        let mut all = vec![Self::Rule(rule)];
        all.extend(entry.map(of_entry).filter(|of_entry| *of_entry != all[0]));
        all
    }

    /// Whether this name matches a result of a rule and an optional entry. An entry with the name of a rule also
    /// matches by the rule.
    pub fn means(&self, rule: RuleId, entry: Option<&str>) -> bool {
        self.rule() == Some(rule) || entry == Some(self.as_str())
    }
}

/// The rule or entry with the most similar id to a misspelt name.
pub fn nearest_name(written: &str, catalog: &Catalog) -> Option<Named> {
    let rules = RuleId::ALL.iter().map(|rule| rule.as_str());
    let entries = catalog.entries().map(|entry| entry.id.as_ref());
    Named::of(nearest(written, rules.chain(entries))?, catalog)
}

/// Whether a name in a directive belongs to the Bicep compiler or its linter.
pub fn is_of_bicep(name: &str) -> bool {
    let names = include_str!("../azure/linter_rules.txt").lines().filter(|line| !line.starts_with('#'));
    // Ex) BCP081
    let is_code = name.len() > 3
        && name.is_char_boundary(3)
        && name[..3].eq_ignore_ascii_case("bcp")
        && name[3..].bytes().all(|byte| byte.is_ascii_digit());
    is_code || names.into_iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_entries_are_known_by_their_ids() {
        let catalog = Catalog::builtin();
        let of = |text: &str| Named::of(text, &catalog);
        assert_eq!(of("hub-gateways"), Some(Named::Rule(RuleId::HubGateways)));
        assert_eq!(of("Parallel-Writers"), Some(Named::Rule(RuleId::ParallelWriters)));
        assert_eq!(of("VNET-subnets"), Some(Named::Entry("vnet-subnets".to_owned())));
        assert_eq!(of("vnet-subnet"), None);
        assert_eq!(nearest_name("vnet-subnet", &catalog), of("vnet-subnets"));
        assert_eq!(nearest_name("parallel-writer", &catalog), of("parallel-writers"));
        assert_eq!(nearest_name("no-such-name-at-all", &catalog), None);
    }

    #[test]
    fn an_entry_matches_whichever_rule_reports_it() {
        let subnets = Named::Entry("vnet-subnets".to_owned());
        assert!(subnets.means(RuleId::ParallelLoop, Some("vnet-subnets")));
        assert!(subnets.means(RuleId::ParallelWriters, Some("vnet-subnets")));
        assert!(!subnets.means(RuleId::ParallelWriters, Some("vnet-peerings")));
        assert!(!subnets.means(RuleId::DeclaredTwice, None));
        for (rule, entry, count) in [
            (RuleId::ParallelLoop, Some("vnet-subnets"), 2),
            (RuleId::OrderThroughExisting, Some("hub-gateways"), 2),
            (RuleId::HubGateways, Some("hub-gateways"), 1),
            (RuleId::DeclaredTwice, None, 1),
        ] {
            let all = Named::all_for(rule, entry);
            assert_eq!(all.len(), count, "{all:?}");
            assert!(all.iter().all(|name| name.means(rule, entry)), "{all:?}");
        }
        let writers = Named::Rule(RuleId::ParallelWriters);
        assert!(writers.means(RuleId::ParallelWriters, Some("vnet-subnets")));
        assert!(!writers.means(RuleId::ParallelLoop, Some("vnet-subnets")));
        // An order through an `existing` resource between gateways of a hub: the entry has the id of another rule.
        assert!(Named::Rule(RuleId::HubGateways).means(RuleId::OrderThroughExisting, Some("hub-gateways")));
    }

    #[test]
    fn names_of_bicep_are_known() {
        for name in
            ["BCP081", "bcp1", "no-unused-params", "No-Unnecessary-DependsOn", "what-if-short-circuiting"]
        {
            assert!(is_of_bicep(name), "{name}");
        }
        for name in ["BCP", "BCPx", "vnet-subnets", "#", "", "éé", "no-unused-param"] {
            assert!(!is_of_bicep(name), "{name}");
        }
    }
}
