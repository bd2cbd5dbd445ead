//! An order that goes through an `existing` resource is none.
//!
//! `dependsOn` on a resource that is declared with `existing` makes Azure look the resource up; it waits for no one who writes
//! it. When another declaration or module of the same deployment writes that resource, the two still overlap.
//!
//! Depend on the declaration or module that writes the resource.

use super::finding::{Level, RuleId};
use super::registry::Rule;
use crate::race::analysis::{Analysis, Race};
use crate::race::effect::Aspect;

/// The rule.
pub(super) const RULE: Rule = Rule::new(
    RuleId::OrderThroughExisting,
    Some(Level::Warning),
    "`dependsOn` names an `existing` resource, which waits for no write, where a race remains",
    true,
    include_str!("order_through_existing.rs"),
);

/// Whether one side of a race has a `dependsOn` on an existing resource that the other side writes.
pub(super) fn applies(analysis: &Analysis<'_, '_>, race: &Race) -> bool {
    let Some(graph) = analysis.graphs.get(&race.at) else { return false };
    let summary = analysis.summary(race.at);
    let (first, second) = (summary.effect(race.first), summary.effect(race.second));
    graph.through_existing.iter().any(|through| {
        [(first, second), (second, first)].into_iter().any(|(one, other)| {
            through.node == one.node
                && analysis.known_id(race.at, through.existing).is_some_and(|existing| {
                    let written = |effect: &crate::race::effect::Effect| {
                        effect.node == other.node
                            && effect.object == existing
                            && effect.aspect == Aspect::Declaration
                    };
                    existing == one.object || summary.effects.iter().any(written)
                })
        })
    })
}
