//! Routing intent does not come last.
//!
//! Routing intent is the final commit of a virtual hub: it rewrites the routes of everything that is in the hub. When a
//! gateway or the hub's firewall is still being provisioned at that moment, Azure refuses it or leaves routes behind that are
//! not those of the intent. So it must wait for every gateway and for the firewall of its hub.
//!
//! A finding means that routing intent may start while such a writer runs, or that a writer is made to wait for routing
//! intent, which is the wrong way round.

use super::describe;
use super::finding::Finding;
use super::finding::{Level, RuleId};
use super::registry::Rule;
use crate::azure::catalog::Access;
use crate::race::analysis::{Analysis, Race};
use crate::race::pair::Fault;
use crate::template::NodeId;
use crate::workspace::TemplateId;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    RuleId::RoutingIntentLast,
    Some(Level::Error),
    "routing intent of a hub does not wait for a gateway or the firewall of that hub, or a gateway waits for it",
    true,
    include_str!("routing_intent_last.rs"),
);

/// The fact in one line: who comes too early, and for whom.
pub(super) fn message<'r>(
    finding: &Finding,
    at: TemplateId,
    races: impl Iterator<Item = &'r Race>,
    analysis: &Analysis<'_, '_>,
) -> String {
    let mut waiting: Vec<NodeId> = Vec::new();
    for race in races.filter(|race| race.fault == Fault::Reversed) {
        let summary = analysis.summary(race.at);
        waiting.extend([race.first, race.second].map(|id| summary.effect(id).node));
    }
    let template = analysis.evaluator.workspace().template(at);
    let waits = |symbol: &str| waiting.iter().any(|node| template.node(*node).symbol == symbol);
    let (mut last, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for participant in &finding.participants {
        let is_commit =
            analysis.writers.access_of(finding.entry.as_deref(), &participant.ty) == Some(Access::Commit);
        let side = match (is_commit, waits(&participant.symbol)) {
            (true, _) => &mut last,
            (false, true) => &mut after,
            (false, false) => &mut before,
        };
        side.push(participant.symbol.clone());
    }
    let hub = format!("{} `{}`", describe::noun(&finding.object.ty), finding.object.name);
    let wait = if after.len() == 1 { "waits" } else { "wait" };
    let (last, before, after_names) =
        (describe::list(&last), describe::list(&before), describe::list(&after));
    match (before.is_empty(), after.is_empty()) {
        (true, _) => format!("{after_names} {wait} for routing intent {last} of {hub}, which must come last"),
        (false, true) => format!("routing intent {last} does not wait for {before} of {hub}"),
        (false, false) => {
            format!(
                "routing intent {last} does not wait for {before} of {hub}, and {after_names} {wait} for it"
            )
        }
    }
}
