//! The usual order of the writers of one object, where the catalogue gives their roles a rank.

use rustc_hash::FxHashSet;

use super::plan::{self, Before, SLOW, Waits};
use crate::azure::catalog::{Access, ObjectSource};
use crate::eval::held;
use crate::eval::term::Function;
use crate::race::analysis::{Analysis, Race};
use crate::race::effect::EffectId;
use crate::race::pair::Fault;
use crate::race::summary::Summary;
use crate::small_sort::SmallSort as _;
use crate::template::NodeId;
use crate::workspace::TemplateId;

/// The usual orders of racing pairs of a template, as far as they contradict neither an existing dependency, nor an order that the
/// catalogue prescribes (`possible`), nor each other. Ranks of different entries are not compared.
pub(super) fn usual(
    analysis: &mut Analysis<'_, '_>,
    id: TemplateId,
    waits: &Waits,
    possible: &[Before],
) -> Vec<Before> {
    let starts = started(analysis, id);
    let ranked = ranked(analysis, id);
    let all: FxHashSet<Before> =
        ranked.iter().map(|(order, _)| *order).chain(possible.iter().copied()).collect();
    let mut wanted: Vec<Before> = Vec::new();
    for (order, effects) in ranked {
        let Before { early, late } = order;
        let is_contradicted = all.contains(&Before { early: late, late: early });
        let is_slow = starts[early.ix()] >= starts[late.ix()] + SLOW;
        let is_turned = is_slow && is_there_before(analysis, id, effects);
        if !(is_contradicted || is_turned) {
            wanted.push(order);
        }
    }
    wanted.small_sort();
    wanted.dedup();
    let mut of = waits.of.clone();
    for order in possible {
        of[order.late.ix()].push(order.early);
    }
    let circular: FxHashSet<Before> = plan::circular(&of, &wanted).into_iter().collect();
    wanted.retain(|order| !circular.contains(order));
    wanted
}

/// The pairs whose writers have different ranks, lower rank first, each with its two effects in that order.
fn ranked(analysis: &Analysis<'_, '_>, id: TemplateId) -> Vec<(Before, [EffectId; 2])> {
    let Some(summary) = analysis.summaries.get(id) else { return Vec::new() };
    let rank = |effect: EffectId| {
        let known = analysis.writers.of(summary.effect(effect).aspect);
        known.map_or(0, |(_, writer)| writer.rank)
    };
    let is_free = |race: &&Race| race.at == id && race.fault == Fault::Unordered;
    let ranked = analysis.races.iter().filter(is_free).filter_map(|race| {
        let (first, second) = if rank(race.first) <= rank(race.second) {
            (race.first, race.second)
        } else {
            (race.second, race.first)
        };
        let (early, late) = (summary.effect(first).node, summary.effect(second).node);
        (early != late && rank(first) != rank(second)).then_some((Before { early, late }, [first, second]))
    });
    ranked.collect()
}

/// The minute at which each node of a template can start: when everything has ended that it waits for.
pub(super) fn started(analysis: &Analysis<'_, '_>, id: TemplateId) -> Vec<u32> {
    let Some(summary) = analysis.summaries.get(id) else { return Vec::new() };
    let links = &summary.links;
    let mut minutes = vec![0; links.waits.len()];
    for effect in &summary.effects {
        let own = analysis.writers.of(effect.aspect).map_or(0, |(_, writer)| writer.minutes);
        let known: &mut u32 = &mut minutes[effect.node.ix()];
        *known = own.max(*known);
    }
    let mut nodes: Vec<NodeId> = (0..links.waits.len() as u32).map(NodeId).collect();
    nodes.small_sort_by_key(|node| links.ranks[node.ix()]);
    let mut starts = vec![0_u32; nodes.len()];
    for node in nodes {
        let ends = links.waits[node.ix()].iter().map(|link| {
            let target = link.target.ix();
            starts[target].saturating_add(minutes[target])
        });
        starts[node.ix()] = ends.max().unwrap_or(0);
    }
    starts
}

/// Whether the object that two effects are about is there before both of them, so that the first need not come first: it is not what
/// the first declares, or it is an element of a list that something writes for which both wait.
/// Ex) a network whose subnets are written again; a subnet that its network lists too, and that is later given a route table
fn is_there_before(analysis: &mut Analysis<'_, '_>, id: TemplateId, [first, second]: [EffectId; 2]) -> bool {
    let Some(summary) = analysis.summaries.get(id) else { return false };
    let (own, user) = (summary.effect(first).clone(), summary.effect(second).node);
    let Some((entry, writer)) = analysis.writers.of(own.aspect) else { return false };
    if !entry.order_of_creation {
        return false;
    }
    let is_own = writer.objects.iter().any(|path| match path.from {
        ObjectSource::Own => path.up == 0,
        ObjectSource::Below { .. } => true,
        ObjectSource::Scope | ObjectSource::Body(_) => false,
    });
    if is_own {
        return is_listed_before(analysis, id, [first, second]);
    }
    let ty = analysis.evaluator.known_terms().type_of_id(own.object);
    let declared = analysis.declarations(id, ty);
    let Some(summary) = analysis.summaries.get(id) else { return false };
    let is_before = |node: NodeId| {
        [own.node, user].into_iter().all(|late| late != node && summary.links.is_surely_after(late, node))
    };
    declared.iter().filter(|(known, _)| *known == own.object).all(|&(_, node)| is_before(node))
}

/// Whether the object that the first effect declares is an element of a list that something writes for which both wait.
fn is_listed_before(analysis: &mut Analysis<'_, '_>, id: TemplateId, [first, second]: [EffectId; 2]) -> bool {
    let Analysis { summaries, evaluator, writers, .. } = analysis;
    let Some(summary) = summaries.get(id) else { return false };
    let summary: &Summary = summary;
    let terms = evaluator.terms();
    let (own, user) = (summary.effect(first), summary.effect(second));
    let parent = terms.call(Function::Parent, &[own.object]);
    for added in summary.effects.iter().filter(|effect| effect.node == own.node && effect.object == parent) {
        let (Some((entry, _)), Some(element)) = (writers.of(added.aspect), added.elements()) else {
            continue;
        };
        let Some(name) = entry.alike.first() else { continue };
        let name = terms.text(name);
        for whole in summary.effects.iter().filter(|effect| effect.object == parent) {
            let is_whole = whole.aspect.topic() == added.aspect.topic()
                && writers.of(whole.aspect).is_some_and(|(_, writer)| writer.access == Access::Replace);
            let is_before = |late: NodeId| summary.links.is_surely_after(late, whole.node);
            let (true, Some(list)) =
                (is_whole && is_before(own.node) && is_before(user.node), whole.elements())
            else {
                continue;
            };
            if terms.is_true(whole.guard) {
                let holds = held::holds(terms, list, element, &[name]);
                if terms.is_true(holds) {
                    return true;
                }
            }
        }
    }
    false
}
