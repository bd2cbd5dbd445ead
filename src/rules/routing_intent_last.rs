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
use super::finding::Level;
use super::registry::Rule;
use crate::azure::catalog::Access;
use crate::race::analysis::{Analysis, Race};
use crate::race::pair::Fault;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    "routing-intent-last",
    Some(Level::Error),
    "routing intent of a hub does not wait for a gateway or the firewall of that hub, or a gateway waits for it",
    true,
    include_str!("routing_intent_last.rs"),
);

/// The fact in one line: who comes too early, and for whom.
pub(super) fn message<'r>(
    finding: &Finding,
    mut races: impl Iterator<Item = &'r Race>,
    analysis: &Analysis<'_, '_>,
) -> String {
    let is_reversed = races.any(|race| race.fault == Fault::Reversed);
    let (mut last, mut before) = (Vec::new(), Vec::new());
    for participant in &finding.participants {
        let is_commit =
            analysis.writers.access_of(finding.entry.as_deref(), &participant.ty) == Some(Access::Commit);
        if is_commit {
            last.push(participant.symbol.clone());
        } else {
            before.push(participant.symbol.clone());
        }
    }
    let hub = format!("{} `{}`", describe::noun(&finding.object.ty), finding.object.name);
    if is_reversed {
        return format!(
            "{} wait for routing intent {} of {hub}, which must come last",
            describe::list(&before),
            describe::list(&last)
        );
    }
    format!("routing intent {} does not wait for {} of {hub}", describe::list(&last), describe::list(&before))
}
