//! Routing intent does not come last.
//!
//! Routing intent is the final commit of a virtual hub: it rewrites the routes of everything in the hub. If a gateway or the
//! hub's firewall is still being provisioned at that moment, Azure rejects routing intent or leaves routes behind that do not
//! belong to it. Routing intent must therefore wait for every gateway and for the firewall of its hub.
//!
//! A finding means that routing intent may start while such a writer runs, or that a writer waits for routing intent, which is
//! the wrong order.

use super::describe;
use super::finding::{Level, RuleId};
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule};
use crate::azure::catalog::Access;
use crate::azure::types;
use crate::race::pair::Fault;
use crate::template::NodeId;

pub(super) const RULE: Rule = Rule {
    id: RuleId::RoutingIntentLast,
    level: Some(Level::Error),
    means: "routing intent of a hub does not wait for a gateway or the firewall of that hub, or a gateway waits for it",
    remedy: Remedy::Order,
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    is_optional: false,
    races: Some(&RoutingIntentLast),
};

#[derive(Debug)]
struct RoutingIntentLast;

impl Races for RoutingIntentLast {
    fn claim(&self, case: &Case<'_, '_, '_>) -> Option<Claim> {
        case.claim_by_entry(RuleId::RoutingIntentLast)
    }

    /// Names the writers that come too early, and what they must wait for.
    fn message(&self, group: &Group<'_, '_, '_>) -> String {
        let summary = group.analysis.summary(group.at);
        let reversed = group.races.iter().filter(|race| race.fault == Fault::Reversed);
        let waiting: Vec<NodeId> =
            reversed.flat_map(|race| [race.first, race.second].map(|id| summary.effect(id).node)).collect();
        let template = group.analysis.evaluator.workspace().template(group.at);
        let waits = |symbol: &str| waiting.iter().any(|node| template.node(*node).symbol == symbol);
        let entry = group.entry.map(|entry| entry.id.as_ref());
        let (mut last, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
        for participant in group.participants {
            let is_commit = group.analysis.writers.access_of(entry, &participant.ty) == Some(Access::Commit);
            let side = match (is_commit, waits(&participant.symbol)) {
                (true, _) => &mut last,
                (false, true) => &mut after,
                (false, false) => &mut before,
            };
            side.push(participant.symbol.clone());
        }
        let hub = format!("{} `{}`", types::noun(&group.object.ty), group.object.name);
        let wait = if after.len() == 1 { "waits" } else { "wait" };
        let (last, before, after_names) =
            (describe::list(&last), describe::list(&before), describe::list(&after));
        match (before.is_empty(), after.is_empty()) {
            (true, _) => {
                format!("{after_names} {wait} for routing intent {last} of {hub}, which must come last")
            }
            (false, true) => format!("routing intent {last} does not wait for {before} of {hub}"),
            (false, false) => format!(
                "routing intent {last} does not wait for {before} of {hub}, and {after_names} {wait} for it"
            ),
        }
    }
}
