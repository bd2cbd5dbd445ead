//! Gateways of a hub are ordered, but not in the usual order.
//!
//! Any order keeps gateways from overlapping. The usual one is S2S, then P2S, then ExpressRoute, then routing intent; those who
//! follow it find their deployments easier to compare and to support.

use std::collections::BTreeMap;

use super::finding::{Finding, Level, RuleId};
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule};
use crate::eval::term::Term;
use crate::limit::{Limit, Record};
use crate::race::analysis::{Analysis, Race};
use crate::race::effect::{EffectId, Instance};
use crate::race::pair::Fault;
use crate::race::summary::Summary;
use crate::source::Span;
use crate::workspace::TemplateId;

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: RuleId::GatewayOrder,
    level: Some(Level::Note),
    means: "gateways are ordered, but not S2S, P2S, ExpressRoute, routing intent",
    remedy: Remedy::None,
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    races: Some(&GatewayOrder),
    source: include_str!("gateway_order.rs"),
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

/// Pairs of gateways that are ordered otherwise, the one that comes too late first. Hubs with a race are left out: there is
/// something better to say.
fn unusual(analysis: &mut Analysis<'_, '_>, found: &[Finding]) -> Vec<Race> {
    let mut unusual = Vec::new();
    let mut limits = Record::default();
    for &(root, ref reached) in &analysis.reached {
        for &at in reached {
            let summary = analysis.summary(at);
            for (late, early) in reversed(analysis, summary, &mut limits) {
                let symbol = |id: EffectId| {
                    let template = analysis.evaluator.workspace().template(at);
                    &template.node(summary.effect(id).node).symbol
                };
                let has_race = found.iter().any(|finding| {
                    finding.rule == RuleId::HubGateways
                        && finding.participants.iter().any(|writer| writer.symbol == *symbol(late))
                });
                let known = unusual
                    .iter_mut()
                    .find(|race: &&mut Race| (race.at, race.first, race.second) == (at, early, late));
                match known {
                    _ if has_race => {}
                    Some(race) => race.worlds.push((root, Some(Vec::new()))),
                    None => unusual.push(Race {
                        assumes: Vec::new(),
                        at,
                        first: early,
                        second: late,
                        fault: Fault::Reversed,
                        worlds: vec![(root, Some(Vec::new()))],
                    }),
                }
            }
        }
    }
    for (at, reached) in limits.take() {
        let place = analysis.evaluator.workspace().template(at).place(Span::default());
        analysis.limits.add(place, reached);
    }
    unusual.sort_by_key(|race| {
        let effect = analysis.summary(race.at).effect(race.first);
        (race.at, effect.object, race.first, race.second)
    });
    unusual
}

/// Gateways of one hub of which the one that usually comes first waits for the other.
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
        // One loop over many hubs is ordered alike for each; a hub has a handful of gateways.
        if let Err(reached) = Limit::OrderedGateways.check(gateways.len()) {
            gateways.truncate(reached.number() as usize);
            limits.add(summary.template, reached);
        }
        for &(late, rank) in &gateways {
            for &(early, other) in &gateways {
                let (one, two) = (summary.effect(late), summary.effect(early));
                let is_one = !matches!(one.instance, Instance::Fixed(_));
                if rank < other && is_one && summary.links.may_reach(one.node, two.node) {
                    found.push((late, early));
                }
            }
        }
    }
    found.sort_unstable();
    found
}
