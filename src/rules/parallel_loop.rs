//! The instances of a loop write one shared object.
//!
//! Azure deploys the instances of a loop in parallel. If all of them write the same parent or the same referenced object, they
//! conflict. `@batchSize(1)` deploys one after the other; with a larger batch size the instances of one batch still overlap.
//!
//! No order helps if each instance ends with something that stops the others, such as a read-only lock: then each needs an object of
//! its own.
//!
//! A loop over a list that is known to have at most one element is not reported, nor is a loop in which each instance writes an
//! object of its own.

use super::finding::RuleId;
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule};
use crate::azure::types;
use crate::race::analysis::{Analysis, Race};
use crate::race::effect::{Conflict, conflict};
use crate::race::pair::Fault;

pub(super) const RULE: Rule = Rule {
    id: RuleId::ParallelLoop,
    level: None,
    means: "the instances of one loop write one shared object, without `@batchSize(1)`",
    remedy: Remedy::Batch,
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    is_optional: false,
    races: Some(&ParallelLoop),
};

#[derive(Debug)]
struct ParallelLoop;

impl Races for ParallelLoop {
    fn claim(&self, case: &Case<'_, '_, '_>) -> Option<Claim> {
        let (first, second) = case.effects();
        let is_loop = case.race.fault == Fault::Unordered && first.node == second.node;
        (is_loop && case.entry.is_some()).then_some(Claim::Order)
    }

    fn message(&self, group: &Group<'_, '_, '_>) -> String {
        if let Some([one, other]) = group.instances {
            let (of, object) = (group.all(), group.object());
            return format!("instances {one} and {other} of loop {of} may write {object} at the same time");
        }
        let is_one = group.participants.len() == 1;
        let whose = if is_one { "the instances of loop" } else { "the instances of loops" };
        format!("{whose} {} may write {} at the same time", group.all(), group.object())
    }

    fn why(&self, group: &Group<'_, '_, '_>) -> String {
        group.why(if group.instances.is_some() { "both" } else { "all of them" })
    }

    fn help(&self, group: &Group<'_, '_, '_>) -> String {
        if group.races.iter().any(|race| stops_others(group.analysis, race)) {
            let noun = types::with_article(&types::noun(&group.object.ty));
            return format!(
                "give each instance of {} {noun} of its own: one after the other they fail for certain",
                group.all()
            );
        }
        format!("add `@batchSize(1)` to {}", group.all())
    }

    fn page(&self, group: &Group<'_, '_, '_>) -> String {
        group.page_of_entry()
    }
}

/// Whether each instance of a loop stops the others on the object that all of them write, in any order.
/// Ex) a module that writes a resource and then locks it
pub(crate) fn stops_others(analysis: &Analysis<'_, '_>, race: &Race) -> bool {
    let summary = analysis.summary(race.at);
    let (one, other) = (summary.effect(race.first), summary.effect(race.second));
    let is_of_all = one.node == other.node
        && one.object == other.object
        && analysis.evaluator.known_terms().copies(one.object).is_empty();
    let conflict = conflict(&analysis.writers, one.aspect, other.aspect);
    is_of_all && matches!(conflict, Some(Conflict::FirstBeforeSecond | Conflict::SecondBeforeFirst))
}
