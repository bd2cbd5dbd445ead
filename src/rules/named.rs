//! What stands where a rule is named: the id of a rule, or that of an entry of the catalogue.
//!
//! A finding shows both, so both may be asked for, left out and suppressed. The id of a rule means all that the rule reports,
//! the id of an entry all that comes from the entry, whichever rule reports it.

use super::RuleId;
use super::nearest::nearest;
use crate::azure::catalog::Catalog;

/// The id of a rule or of an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// A rule.
    Rule(RuleId),
    /// An entry of the catalogue, built in or the user's, by its id.
    Entry(String),
}

impl Named {
    /// What a text names, in any case. Where a rule and an entry have one id, it is the rule's.
    pub fn of(text: &str, catalog: &Catalog) -> Option<Self> {
        let rule = RuleId::ALL.iter().copied().find(|rule| rule.as_str().eq_ignore_ascii_case(text));
        rule.map(Self::Rule).or_else(|| {
            let entry = catalog.entries().find(|entry| entry.id.eq_ignore_ascii_case(text))?;
            Some(Self::Entry(entry.id.to_string()))
        })
    }

    /// Its id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Rule(rule) => rule.as_str(),
            Self::Entry(id) => id,
        }
    }

    /// What it is, as a word.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Rule(_) => "rule",
            Self::Entry(_) => "entry",
        }
    }

    /// The rule, where it is one.
    pub const fn rule(&self) -> Option<RuleId> {
        match self {
            Self::Rule(rule) => Some(*rule),
            Self::Entry(_) => None,
        }
    }

    /// All that mean a result of a rule and maybe an entry.
    pub fn all_for(rule: RuleId, entry: Option<&str>) -> Vec<Self> {
        let of_entry = |id: &str| id.parse().map_or_else(|_| Self::Entry(id.to_owned()), Self::Rule);
        let mut all = vec![Self::Rule(rule)];
        all.extend(entry.map(of_entry).filter(|of_entry| *of_entry != all[0]));
        all
    }

    /// Whether it means a result of a rule and maybe an entry. An entry of a rule's name is meant with the rule.
    pub fn means(&self, rule: RuleId, entry: Option<&str>) -> bool {
        self.rule() == Some(rule) || entry == Some(self.as_str())
    }
}

/// The rule or the entry that somebody may have meant who wrote a name that is not known.
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
    fn an_entry_is_meant_whichever_rule_reports_it() {
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
        // An order through what exists, between gateways of a hub: the entry has the name of a rule.
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
