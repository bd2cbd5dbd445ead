//! An order that holds only while something else is deployed.
//!
//! Azure drops a dependency on a resource or module that is not deployed, because its condition is false or its loop is empty.
//! Two writers that are ordered only through such a link lose their order in exactly those deployments: `A` waits for `B`, `B`
//! waits for `C`, and without `B` nothing makes `A` wait for `C`.
//!
//! Make the one wait for the other directly as well.

use super::finding::{Level, RuleId};
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule};
use crate::race::pair::Fault;

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: RuleId::FragileOrder,
    level: Some(Level::Warning),
    means: "the order holds only while a conditional (or possibly empty) link is deployed",
    remedy: Remedy::Order,
    is_gap: false,
    is_suppressible: true,
    races: Some(&FragileOrder),
    source: include_str!("fragile_order.rs"),
};

#[derive(Debug)]
struct FragileOrder;

impl Races for FragileOrder {
    fn claim(&self, case: &Case<'_, '_, '_>) -> Option<Claim> {
        (case.race.fault == Fault::Fragile).then_some(Claim::Order)
    }

    /// An order that is lost at times weighs no more than what is lost with it.
    fn level(&self, case: &Case<'_, '_, '_>) -> Level {
        Level::Warning.min(case.level())
    }

    fn message(&self, group: &Group<'_, '_, '_>) -> String {
        let (all, object) = (group.all(), group.object());
        let both = if group.participants.len() > 2 { "all" } else { "both" };
        match group.when {
            Some(when) => format!("{all} are not ordered when {when}, and {both} write {object}"),
            None => format!(
                "{all} are ordered only through links that may not be deployed, and {both} write {object}"
            ),
        }
    }

    fn says_when(&self) -> bool {
        true
    }

    fn wants_order(&self) -> bool {
        false
    }
}
