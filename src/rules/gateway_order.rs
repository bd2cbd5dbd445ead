//! Gateways of a hub are ordered, but not in the usual order.
//!
//! Any order keeps gateways from overlapping. The usual one is S2S, then P2S, then ExpressRoute, then routing intent.
//! Deployments that follow it are easier to compare and to support.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::finding::{Finding, Level, RuleId};
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule};
use crate::eval::term::Term;
use crate::limit::{Limit, Record};
use crate::race::analysis::{Analysis, Race};
use crate::race::effect::{EffectId, Instance};
use crate::race::pair::Fault;
use crate::race::summary::Summary;
use crate::small_sort::SmallSort as _;
use crate::source::Span;
use crate::workspace::TemplateId;

pub(super) const RULE: Rule = Rule {
    id: RuleId::GatewayOrder,
    level: Some(Level::Note),
    means: "gateways are ordered, but not S2S, P2S, ExpressRoute, routing intent",
    remedy: Remedy::ByHand("the gateways are already ordered, and edits cannot reverse an order"),
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    is_optional: false,
    races: Some(&GatewayOrder),
};

#[derive(Debug)]
struct GatewayOrder;

impl Races for GatewayOrder {
    fn claim(&self, _: &Case<'_, '_, '_>) -> Option<Claim> {
        None
    }

    fn level(&self, _: &Case<'_, '_, '_>) -> Level {
        Level::Note
    }

    fn others(&self, analysis: &mut Analysis<'_, '_>, found: &[Finding]) -> Vec<Race> {
        unusual(analysis, found)
    }

    fn message(&self, group: &Group<'_, '_, '_>) -> String {
        let (early, late) = group.first_pair();
        format!("the gateways of {} are ordered, but `{early}` comes before `{late}`", group.object())
    }

    fn why(&self, _: &Group<'_, '_, '_>) -> String {
        "any order keeps them apart; the usual one is easier to compare and to support".to_owned()
    }

    fn help(&self, _: &Group<'_, '_, '_>) -> String {
        "the usual order is S2S, P2S, ExpressRoute, and routing intent last".to_owned()
    }

    fn may_overlap(&self) -> bool {
        false
    }
}

/// Pairs of gateways in an unusual order, the one that comes too late first. Hubs with a race are skipped, because the
/// race is the more important finding.
fn unusual(analysis: &mut Analysis<'_, '_>, found: &[Finding]) -> Vec<Race> {
    let mut unusual: Vec<Race> = Vec::new();
    let mut places: FxHashMap<(TemplateId, EffectId, EffectId), usize> = FxHashMap::default();
    let mut limits = Record::default();
    let of_hubs = found.iter().filter(|finding| finding.rule == RuleId::HubGateways);
    let racing: FxHashSet<&str> =
        of_hubs.flat_map(|finding| &finding.participants).map(|writer| writer.symbol.as_str()).collect();
    for &(root, ref reached) in &analysis.reached {
        for &at in reached {
            let summary = analysis.summary(at);
            for (late, early) in reversed(analysis, summary, &mut limits) {
                let template = analysis.evaluator.workspace().template(at);
                if racing.contains(template.node(summary.effect(late).node).symbol.as_str()) {
                    continue;
                }
                let place = *places.entry((at, early, late)).or_insert(unusual.len());
                if place == unusual.len() {
                    unusual.push(Race {
                        assumes: Vec::new(),
                        at,
                        first: early,
                        second: late,
                        fault: Fault::Reversed,
                        worlds: Vec::new(),
                    });
                }
                unusual[place].worlds.push((root, Some(Vec::new())));
            }
        }
    }
    for (at, reached) in limits.take() {
        let place = analysis.evaluator.workspace().template(at).place(Span::default());
        analysis.limits.add(place, reached);
    }
    unusual.small_sort_by_key(|race| {
        let effect = analysis.summary(race.at).effect(race.first);
        (race.at, effect.object, race.first, race.second)
    });
    unusual
}

/// Pairs of gateways of one hub in which the one that usually comes first waits for the other.
fn reversed(
    analysis: &Analysis<'_, '_>,
    summary: &Summary,
    limits: &mut Record<TemplateId>,
) -> Vec<(EffectId, EffectId)> {
    let mut hubs: BTreeMap<Term, Vec<(EffectId, u32)>> = BTreeMap::new();
    for at in 0..summary.effects.len() as u32 {
        let id = EffectId(at);
        let effect = summary.effect(id);
        let writer = analysis.writers.of(effect.aspect);
        if let Some((_, writer)) = writer.filter(|(entry, _)| entry.rule == RuleId::HubGateways) {
            hubs.entry(effect.object).or_default().push((id, writer.rank));
        }
    }
    let mut found = Vec::new();
    for mut gateways in hubs.into_values() {
        // Sorted by rank, the gateways that should come later are contiguous. Most hubs have gateways of one rank only.
        gateways.small_sort_by_key(|&(_, rank)| rank);
        // A loop over many hubs has the same order for each hub, and a node without dependencies comes after nothing.
        let may_wait = |&&(id, _): &&(EffectId, u32)| {
            let effect = summary.effect(id);
            !matches!(effect.instance, Instance::Fixed(_))
                && !summary.links.waits[effect.node.ix()].is_empty()
        };
        let mut left = Limit::OrderedGateways.budget();
        'all: for &(late, rank) in gateways.iter().filter(may_wait) {
            let behind = gateways.partition_point(|&(_, other)| other <= rank);
            for &(early, _) in &gateways[behind..] {
                if let Err(reached) = left.spend(1) {
                    limits.add(summary.template, reached);
                    break 'all;
                }
                if summary.links.may_reach(summary.effect(late).node, summary.effect(early).node) {
                    found.push((late, early));
                }
            }
        }
    }
    found.small_sort();
    found
}
