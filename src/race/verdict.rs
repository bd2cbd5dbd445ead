//! Explains why two declarations race or do not: collects what the analysis knows about one pair.
//!
//! This file decides nothing. A pair races if [`Analysis::races`] contains it; for any other pair it finds which part of the
//! formula is false: that nothing orders them, that both are deployed, or that they write one object.
//!
//! ```bicep
//! module vpn 'vpn.bicep' = { … }   // The paths to `vpn.gw` and `er` part in main.bicep: there `vpn` and `er` are compared,
//! resource er '…' = { … }          // by those effects of `vpn` that come from `gw` inside the module.
//! ```
//!
//! A loop around both declarations is a second such place: `m[0].a` may race with `m[1].b`, whatever orders `a` and `b` inside
//! `m`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::analysis::{Analysis, Race, decided};
use super::effect::{Aspect, Conflict, Effect, EffectId, Instance, conflict};
use super::link::{Element, Links};
use super::pair::{Fault, fitting_type};
use super::summary::{Summaries, Summary};
use crate::eval::arguments::Asked;
use crate::eval::feasibility::is_feasible;
use crate::eval::identity::{are_apart, as_known};
use crate::eval::parameter_file::values_of;
use crate::eval::term::Term;
use crate::eval::terms::Terms;
use crate::small_sort::SmallSort as _;
use crate::template::{Language, NodeId, NodeKind};
use crate::workspace::TemplateId;

/// One step of the path from a template to a declaration: a module call, or the declaration itself.
pub type Step = (TemplateId, NodeId);

/// A template in which the paths to two declarations part, and the analysis of the pair in that template.
#[derive(Debug)]
pub struct Site {
    /// Where the paths part.
    pub at: TemplateId,
    /// The declarations, or the module calls that contain them. Both are the same node if two instances of one loop are
    /// compared.
    pub nodes: [NodeId; 2],
    /// The effects of each node that come from the declaration in question; a module call may have others.
    pub effects: [Vec<EffectId>; 2],
    /// Pairs of effects on objects that are or may be one: one pair for each object that both write; if they share none, one
    /// for each kind of object.
    pub shared: Vec<Shared>,
    /// The outermost template on the path; the objects of `shared` are expressed in its parameters.
    pub seen_from: TemplateId,
    /// How one node waits for the other; `None` if no instance waits.
    pub order: Option<Waiting>,
    /// Number of pairs of effects that were not compared, because of `MAX_PAIRS`.
    pub omitted: usize,
}

/// Two effects on objects that may be one, and the outcome.
#[derive(Clone, Debug)]
pub struct Shared {
    /// One effect of each node.
    pub effects: [EffectId; 2],
    /// The objects that the effects write, after substituting the arguments of the calls on the path and the parameter file.
    pub objects: [Term; 2],
    /// Why they race, or do not.
    pub reason: Reason,
}

/// Why two effects race or do not. Variants are in the order of their rank: the first is the strongest statement.
#[derive(Clone, Debug)]
pub enum Reason {
    /// They race.
    Race(Race),
    /// Nothing orders them, but the object has so many writers that the analysis only counts the pairs.
    Counted,
    /// One waits for the other.
    Ordered,
    /// The instances of the loop are in order.
    InBatches,
    /// One effect rewrites a list (`subnets` of a network) and the other adds an element that the list contains: nothing is
    /// lost.
    NothingLost,
    /// Whether one effect rewrites the whole list depends on values that are not known.
    NotSurelyLost,
    /// They are never deployed together.
    NeverTogether {
        /// Whether that follows only from the values that calls and parameter files pass, not from the template alone.
        by_values: bool,
    },
    /// The objects may be one, but nothing proves it.
    PerhapsOne,
    /// The objects are proved to be different.
    Apart,
    /// The object is not known to have a type for which the catalogue reports this conflict.
    OtherType,
    /// The catalogue says that both may write the object at the same time.
    Harmless,
}

impl Reason {
    /// Reasons with a lower rank are shown first.
    fn rank(&self) -> u8 {
        match self {
            Self::Race(_) => 0,
            Self::Counted => 1,
            Self::Ordered | Self::InBatches => 2,
            Self::NothingLost | Self::NotSurelyLost | Self::NeverTogether { .. } => 3,
            Self::PerhapsOne => 4,
            Self::Apart => 5,
            Self::OtherType | Self::Harmless => 6,
        }
    }
}

/// A path along which one node waits for another: the one with the fewest intermediate nodes that may be missing.
#[derive(Debug)]
pub struct Waiting {
    /// From the late node to the early one, each link starting where the previous one ends.
    pub links: Vec<Waits>,
    /// Whether every instance waits for every instance. If not, only some elements of loops do.
    pub is_whole: bool,
}

/// One link of the path: `late` waits for `early`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// The node that waits.
    pub late: NodeId,
    /// The node that it waits for.
    pub early: NodeId,
    /// The instances of `early` that it waits for.
    pub element: Element,
}

/// Maximum number of pairs of effects that are compared for a reason. Races come from the analysis, which has no such limit.
const MAX_PAIRS: usize = 20_000;

/// Compares two declarations, each given by its path, in every template in which they may meet.
pub fn sites(analysis: &mut Analysis<'_, '_>, one: &[Step], other: &[Step]) -> Vec<Site> {
    let alike = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let mut sites = Vec::new();
    for (depth, (&(at, node), &(_, against))) in one.iter().zip(other).enumerate().take(alike + 1) {
        let is_known = analysis.summaries.get(at).is_some();
        let is_loop = is_known && analysis.summary(at).links.counts[node.ix()].is_some();
        let is_contained = |race: &Race| {
            race.at == at
                && race.fault == Fault::Contained
                && analysis.summary(at).effect(race.first).node == node
        };
        let is_with_itself = is_loop || is_known && analysis.races.iter().any(is_contained);
        if is_known && (node != against || is_with_itself) {
            let below = [&one[depth + 1..], &other[depth + 1..]];
            let mut site = site(analysis, at, [node, against], below);
            see_from_root(analysis, &one[..depth], &mut site);
            sites.push(site);
        }
    }
    sites
}

fn site(analysis: &mut Analysis<'_, '_>, at: TemplateId, nodes: [NodeId; 2], below: [&[Step]; 2]) -> Site {
    let summary = &analysis.summaries[at];
    let of = |side: usize| -> Vec<EffectId> {
        let ids = (0..summary.effects.len() as u32).map(EffectId);
        let own = ids.filter(|&id| summary.effect(id).node == nodes[side]);
        own.filter(|&id| comes_from(&analysis.summaries, summary, id, below[side])).collect()
    };
    let effects = [of(0), of(1)];
    let order = waiting(&summary.links, analysis.evaluator.terms(), nodes);
    let template = analysis.evaluator.workspace().template(at);
    let is_resource = |side: usize| {
        below[side].is_empty() && matches!(template.node(nodes[side]).kind, NodeKind::Resource(_))
    };
    let is_single = is_resource(0) && is_resource(1);
    let (shared, omitted) = shared(analysis, at, &effects, is_single);
    Site { at, nodes, effects, shared, seen_from: at, order, omitted }
}

/// Substitutes the values that the calls on the path and a parameter file pass for the parameters of the objects. With these
/// values two objects may turn out to be different, but only on this path: another call of the same module may pass others.
fn see_from_root(analysis: &mut Analysis<'_, '_>, calls: &[Step], site: &mut Site) {
    let Analysis { evaluator, roots, .. } = analysis;
    let workspace = evaluator.workspace();
    let file =
        roots.ids().first().copied().filter(|&root| workspace.template(root).language == Language::Params);
    site.seen_from = calls.first().map_or(site.at, |&(at, _)| at);
    for shared in &mut site.shared {
        for object in &mut shared.objects {
            for &(template, node) in calls.iter().rev() {
                let by = evaluator.module_substitution(template, node, Asked::In(*object));
                *object = evaluator.terms().substitute(*object, &by);
            }
            if let Some(file) = file {
                let by = values_of(evaluator, file, site.seen_from);
                *object = evaluator.terms().substitute(*object, &by);
            }
            *object = evaluator.terms().fold_case(*object);
        }
        let [one, other] = shared.objects;
        if matches!(shared.reason, Reason::PerhapsOne) && are_apart(evaluator.known_terms(), one, other) {
            shared.reason = Reason::Apart;
        }
    }
}

/// Whether an effect comes from the declaration at the end of the path `below`: it is that declaration's own effect, or a
/// module call stands for it.
fn comes_from(summaries: &Summaries, summary: &Summary, id: EffectId, below: &[Step]) -> bool {
    let [(_, node), rest @ ..] = below else { return true };
    let effect = summary.effect(id);
    let Some(call) = summary.calls.get(&effect.node) else { return false };
    let Some(inside) = summaries.callee(call.callee) else { return false };
    let mut members = effect.inner().iter().flat_map(|&group| &inside.group(group).members);
    members.any(|&id| {
        inside.summary.effect(id).node == *node && comes_from(summaries, &inside.summary, id, rest)
    })
}

/// The pairs of effects on a common object, one for each kind of object. `is_single`: both nodes are resources, not module
/// calls.
fn shared(
    analysis: &mut Analysis<'_, '_>,
    at: TemplateId,
    [ones, others]: &[Vec<EffectId>; 2],
    is_single: bool,
) -> (Vec<Shared>, usize) {
    let (first, second): (FxHashSet<_>, FxHashSet<_>) = (ones.iter().collect(), others.iter().collect());
    let is_here = |race: &&Race| {
        race.at == at
            && (first.contains(&race.first) && second.contains(&race.second)
                || first.contains(&race.second) && second.contains(&race.first))
    };
    let mut found: Vec<Shared> = Vec::new();
    let objects = |one, other| [one, other].map(|id| analysis.summary(at).effect(id).object);
    for race in analysis.races.iter().filter(is_here) {
        let is_turned = !(first.contains(&race.first) && second.contains(&race.second));
        let (one, other) = if is_turned { (race.second, race.first) } else { (race.first, race.second) };
        found.push(Shared {
            effects: [one, other],
            objects: objects(one, other),
            reason: Reason::Race(race.clone()),
        });
    }
    let raced: FxHashSet<[EffectId; 2]> =
        found.iter().flat_map(|shared| [shared.effects, [shared.effects[1], shared.effects[0]]]).collect();
    let mut asking = Asking { analysis, at };
    let mut looked_at = 0;
    for &one in ones {
        for &other in others {
            if raced.contains(&[one, other]) || !asking.are_of_one_kind(one, other, is_single) {
                continue;
            }
            looked_at += 1;
            if looked_at <= MAX_PAIRS
                && let Some(reason) = asking.reason(one, other)
            {
                let summary = asking.analysis.summary(at);
                let objects = [one, other].map(|id| summary.effect(id).object);
                found.push(Shared { effects: [one, other], objects, reason });
            }
        }
    }
    (strongest(&analysis.summaries[at], found), looked_at.saturating_sub(MAX_PAIRS))
}

/// Keeps what is worth showing: for each object its strongest reason; for a kind of object that the two do not share, one pair.
fn strongest(summary: &Summary, mut found: Vec<Shared>) -> Vec<Shared> {
    found.small_sort_by_key(|shared| (shared.reason.rank(), shared.effects));
    let mut seen = FxHashSet::default();
    let mut is_shared = FxHashSet::default();
    let harmless = Reason::Harmless.rank();
    let least = found.first().map_or(harmless, |shared| shared.reason.rank());
    // Harmless pairs are of interest only if there is nothing else.
    found.retain(|shared| least >= harmless || shared.reason.rank() != harmless);
    found.retain(|shared| {
        let [one, other] = shared.effects.map(|id| summary.effect(id));
        let topic = one.aspect.topic().filter(|_| !matches!(shared.reason, Reason::Harmless));
        let is_in_order = matches!(shared.reason, Reason::Ordered) && one.object != other.object;
        if is_in_order || matches!(shared.reason, Reason::PerhapsOne | Reason::Apart) {
            return !is_shared.contains(&topic) && seen.insert((topic, None));
        }
        is_shared.insert(topic);
        let fault = if let Reason::Race(race) = &shared.reason { Some(race.fault) } else { None };
        let mut objects = [one.object, other.object];
        objects.small_sort();
        seen.insert((topic, Some((objects, fault.filter(|fault| *fault == Fault::LostUpdate)))))
    });
    found
}

/// Queries about pairs of effects in one template.
struct Asking<'a, 'w, 'c> {
    analysis: &'a mut Analysis<'w, 'c>,
    at: TemplateId,
}

impl Asking<'_, '_, '_> {
    /// Whether two effects are about one kind of object. Only two resources can be the same resource; a module call is none.
    fn are_of_one_kind(&self, one: EffectId, other: EffectId, is_single: bool) -> bool {
        let summary = self.analysis.summary(self.at);
        let (one, other) = (summary.effect(one), summary.effect(other));
        let is_each = std::ptr::eq(one, other) && matches!(one.instance, Instance::Each(_));
        if one.aspect.topic() != other.aspect.topic() || !(one.is_apart_from(other) || is_each) {
            return false;
        }
        let terms = self.analysis.evaluator.known_terms();
        one.aspect != Aspect::Declaration
            || one.object == other.object
            || is_single && terms.type_of_id(one.object) == terms.type_of_id(other.object)
    }

    /// Why two effects outside [`Analysis::races`] do not race; `None` if there is nothing worth saying.
    fn reason(&mut self, first: EffectId, second: EffectId) -> Option<Reason> {
        let Analysis { summaries, evaluator, writers, omitted, .. } = &mut *self.analysis;
        let summary = &summaries[self.at];
        let (links, terms) = (&summary.links, evaluator.terms());
        let (one, other) = (summary.effect(first), summary.effect(second));
        let is_same = one.object == other.object;
        let is_special =
            |effect: &Effect| writers.of(effect.aspect).is_some_and(|(_, writer)| writer.is_special());
        let Some(conflict) = conflict(writers, one.aspect, other.aspect) else {
            // Effects that every resource has, such as its own declaration, say nothing about this pair.
            return (is_same && (is_special(one) || is_special(other))).then_some(Reason::Harmless);
        };
        if first == second {
            // Ex) each instance of a loop has a hub of its own, `hubs[i]`
            let is_known = one.aspect != Aspect::Declaration;
            let is_in_order = links.batch_size(one.node) == Some(1);
            return is_known.then_some(if is_in_order { Reason::InBatches } else { Reason::PerhapsOne });
        }
        let is_catalogued = one.aspect != Aspect::Declaration;
        let is_surely_ordered = is_ordered(links, one, other, Links::is_surely_after);
        if !is_same {
            let (one, other) = (terms.fold_case(one.object), terms.fold_case(other.object));
            return match are_apart(terms, one, other) {
                // Two declarations are usually two resources: that needs no mention.
                true => is_catalogued.then_some(Reason::Apart),
                false if is_surely_ordered && conflict != Conflict::LostUpdate => Some(Reason::Ordered),
                false => Some(Reason::PerhapsOne),
            };
        }
        if let Some(fits) = fitting_type(terms, writers, one) {
            let fits = as_known(terms, fits);
            if terms.is_false(fits) {
                return Some(Reason::OtherType);
            }
        }
        let both = links.both(terms, writers, one, other);
        if is_never(terms, both) {
            return Some(Reason::NeverTogether { by_values: false });
        }
        let is_lost = conflict == Conflict::LostUpdate;
        let fault = if is_lost { Fault::LostUpdate } else { Fault::Unordered };
        let both = decided(terms, writers, one.aspect, (fault, both));
        if is_never(terms, both) {
            // A lost update counts only if it is certain, so its formula says nothing about the order.
            return is_lost.then_some(Reason::NotSurelyLost);
        }
        let is_counted = |object: Term| omitted.contains_key(&(self.at, one.aspect.topic(), object));
        let may_be_ordered = is_ordered(links, one, other, Links::may_reach);
        if is_counted(one.object) && !may_be_ordered && one.node != other.node {
            return Some(Reason::Counted);
        }
        let (one, other) = if one.node <= other.node { (one, other) } else { (other, one) };
        let is_open = links.judge(terms, writers, one, other).into_iter().any(|(fault, formula)| {
            let formula = decided(terms, writers, one.aspect, (fault, formula));
            !is_never(terms, formula)
        });
        Some(match conflict {
            _ if is_open => Reason::NeverTogether { by_values: true },
            Conflict::LostUpdate => Reason::NothingLost,
            _ if one.node == other.node && links.batch_size(one.node).is_some() => Reason::InBatches,
            _ if may_be_ordered => Reason::Ordered,
            _ => Reason::NeverTogether { by_values: false },
        })
    }
}

fn is_never(terms: &mut Terms, formula: Term) -> bool {
    terms.is_false(formula) || is_feasible(terms, formula) == Some(false)
}

/// Whether `waits` holds between the two nodes in either direction.
fn is_ordered(
    links: &Links,
    one: &Effect,
    other: &Effect,
    waits: impl Fn(&Links, NodeId, NodeId) -> bool,
) -> bool {
    one.node != other.node && (waits(links, one.node, other.node) || waits(links, other.node, one.node))
}

/// The path along which one of two nodes waits for the other, by Dijkstra's algorithm. A link through a node that may not be
/// deployed costs more than all other links together, so the path uses as few of them as possible; then the shortest one wins.
pub fn waiting(links: &Links, terms: &mut Terms, [one, other]: [NodeId; 2]) -> Option<Waiting> {
    let (late, early) =
        if links.ranks[one.ix()] > links.ranks[other.ix()] { (one, other) } else { (other, one) };
    if one == other || !links.may_reach(late, early) {
        return None;
    }
    let is_whole = links.is_surely_after(late, early);
    // Weight of an intermediate node that may be missing.
    let heavy = links.waits.len() as u64 + 1;
    let mut best: FxHashMap<NodeId, (u64, Option<Waits>)> = FxHashMap::from_iter([(late, (0, None))]);
    let mut open = BinaryHeap::from([Reverse((0, late))]);
    while let Some(Reverse((far, node))) = open.pop() {
        if node == early {
            break;
        }
        if best.get(&node).is_some_and(|&(known, _)| known < far) {
            continue;
        }
        for link in &links.waits[node.ix()] {
            if is_whole && link.element != Element::All {
                continue;
            }
            let is_missing = link.target != early && may_be_missing(links, terms, link.target);
            let next = far + if is_missing { heavy } else { 1 };
            if best.get(&link.target).is_none_or(|&(known, _)| next < known) {
                let waits = Waits { late: node, early: link.target, element: link.element };
                best.insert(link.target, (next, Some(waits)));
                open.push(Reverse((next, link.target)));
            }
        }
    }
    let back = std::iter::successors(best.get(&early)?.1, |waits| best.get(&waits.late)?.1);
    let mut links: Vec<Waits> = back.collect();
    links.reverse();
    Some(Waiting { links, is_whole })
}

/// Whether a node may be absent for some parameters: it has a condition, or its loop may be empty.
pub fn may_be_missing(links: &Links, terms: &mut Terms, node: NodeId) -> bool {
    let deployed = links.deployed(terms, node);
    !terms.is_true(deployed)
}
