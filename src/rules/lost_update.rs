//! One declaration rewrites what another adds.
//!
//! A resource that lists its children inline replaces the whole list each time it is deployed. Children that other declarations
//! add are then lost, or the deployment fails because a child that is in use would be deleted. An order does not help: whichever
//! comes last wins, and on the next deployment the game starts again.
//!
//! Keep the children in one place: all of them inline, or all of them as declarations of their own.

use super::finding::{Level, RuleId};
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: RuleId::LostUpdate,
    level: Some(Level::Warning),
    means: "one declaration rewrites what another adds; order does not cure it, merging does",
    remedy: Remedy::None,
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    races: Some(&LostUpdate),
    source: include_str!("lost_update.rs"),
};

#[derive(Debug)]
struct LostUpdate;

impl Races for LostUpdate {
    fn claim(&self, case: &Case<'_, '_, '_>) -> Option<Claim> {
        case.claim_by_entry(RuleId::LostUpdate)
    }

    fn level(&self, case: &Case<'_, '_, '_>) -> Level {
        Level::Warning.min(case.level())
    }

    fn message(&self, group: &Group<'_, '_, '_>) -> String {
        format!("{} overwrite each other's part of {}", group.all(), group.object())
    }

    fn help(&self, group: &Group<'_, '_, '_>) -> String {
        group.entry.map_or_else(String::new, |entry| lower_first(&entry.remedy))
    }

    fn page(&self, group: &Group<'_, '_, '_>) -> String {
        group.page_of_entry()
    }

    fn wants_order(&self) -> bool {
        false
    }
}

/// A sentence of the catalogue as a clause: lower case at the start, no full stop.
fn lower_first(sentence: &str) -> String {
    let mut chars = sentence.trim_end_matches('.').chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
