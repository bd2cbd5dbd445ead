//! An order through an `existing` resource orders nothing.
//!
//! `dependsOn` on a resource that is declared with `existing` makes Azure look the resource up; it waits for nothing that
//! writes it. If another declaration or module of the same deployment writes that resource, the two still overlap. The level is
//! that of the race that remains.
//!
//! Depend on the declaration or module that writes the resource.

use super::finding::RuleId;
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule};
use crate::race::effect::{Aspect, Effect};
use crate::race::pair::Fault;

pub(super) const RULE: Rule = Rule {
    id: RuleId::OrderThroughExisting,
    level: None,
    means: "`dependsOn` on an `existing` resource does not wait for whoever writes it, and a race remains",
    remedy: Remedy::Order,
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    is_optional: false,
    races: Some(&OrderThroughExisting),
};

#[derive(Debug)]
struct OrderThroughExisting;

impl Races for OrderThroughExisting {
    fn claim(&self, case: &Case<'_, '_, '_>) -> Option<Claim> {
        (case.race.fault == Fault::Unordered && is_through_existing(case)).then_some(Claim::Order)
    }

    fn message(&self, group: &Group<'_, '_, '_>) -> String {
        let (all, object) = (group.all(), group.object());
        format!(
            "{all} may write {object} at the same time: `dependsOn` on an `existing` resource waits for no write"
        )
    }

    fn help(&self, _: &Group<'_, '_, '_>) -> String {
        "depend on the declaration that writes it, not on the `existing` reference".to_owned()
    }
}

/// Whether one side of a race has a `dependsOn` on an existing resource that the other side writes.
fn is_through_existing(case: &Case<'_, '_, '_>) -> bool {
    let (analysis, at) = (case.analysis, case.race.at);
    let Some(graph) = analysis.graphs.get(&at) else { return false };
    let summary = analysis.summary(at);
    let (first, second) = case.effects();
    graph.through_existing.iter().any(|through| {
        [(first, second), (second, first)].into_iter().any(|(one, other)| {
            through.node == one.node
                && analysis.known_id(at, through.existing).is_some_and(|existing| {
                    let written = |effect: &Effect| {
                        effect.node == other.node
                            && effect.object == existing
                            && effect.aspect == Aspect::Declaration
                    };
                    existing == one.object || summary.effects.iter().any(written)
                })
        })
    })
}
