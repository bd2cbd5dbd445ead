//! Why two declarations race, or do not: what the analysis knows of one pair, put together again.
//!
//! Nothing is decided here. A pair races where [`Analysis::races`] has it; for the others it is found out which part of the
//! formula that was decided is false: the order, the conditions, or that what is written is one object.
//!
//! ```bicep
//! module vpn 'vpn.bicep' = { … }        // `vpn.gw` and `er` part here, in main.bicep: the nodes `vpn` and `er` are compared,
//! resource er '…' = { … }               // by the effects of `vpn` that come from `gw` inside
//! ```
//!
//! A loop around both is a place of its own: `m[0].a` may race with `m[1].b`, whatever orders `a` and `b` inside of `m`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::analysis::{Analysis, Race, decided};
use super::effect::{Aspect, Conflict, Effect, EffectId, Instance, conflict};
use super::link::{Element, Links};
use super::pair::{Fault, fitting_type};
use super::summary::{Summaries, Summary};
use crate::eval::arguments::Asked;
use crate::eval::feasibility::{Feasibility, feasible};
use crate::eval::identity::{are_apart, as_known};
use crate::eval::parameter_file::values_of;
use crate::eval::term::Term;
use crate::eval::terms::Terms;
use crate::small_sort::SmallSort as _;
use crate::template::{Language, NodeId, NodeKind};
use crate::workspace::TemplateId;

/// A step on the way down to a declaration: a module call, or the declaration itself.
pub type Step = (TemplateId, NodeId);

/// A template in which the ways to two declarations part, and what is known of the two there.
#[derive(Debug)]
pub struct Site {
    /// The template.
    pub at: TemplateId,
    /// The nodes: the declarations, or the module calls around them. The same one for a loop.
    pub nodes: [NodeId; 2],
    /// What each writes there, as far as the declaration that was asked for does it.
    pub effects: [Vec<EffectId>; 2],
    /// What they write both, or might: each kind of object once, and what races always.
    pub shared: Vec<Shared>,
    /// The template in whose terms the objects of `shared` are: the outermost on the way.
    pub seen_from: TemplateId,
    /// How one waits for the other, if it does at least in part.
    pub order: Option<Waiting>,
    /// How many more pairs of effects there are that were not looked at.
    pub omitted: usize,
}

/// Two effects on what may be one object, and what came of them.
#[derive(Clone, Debug)]
pub struct Shared {
    /// What each of the nodes writes.
    pub effects: [EffectId; 2],
    /// The two objects, with the values that the calls on the way and a parameter file give.
    pub objects: [Term; 2],
    /// Why they race, or do not.
    pub reason: Reason,
}

/// Why two effects race, or do not. The first is the most that can be said.
#[derive(Clone, Debug)]
pub enum Reason {
    /// They race.
    Race(Race),
    /// Nothing orders them; the object has so many writers that pairs are only counted.
    Counted,
    /// One waits for the other.
    Ordered,
    /// The instances of the loop are in order.
    InBatches,
    /// The list that one writes holds what the other adds.
    NothingLost,
    /// It hangs on values that are not known whether one writes the list whole.
    NotSurelyLost,
    /// They are never deployed together. By the values that calls and parameter files give, where the template alone does not say so.
    NeverTogether {
        /// Whether it takes those values.
        by_values: bool,
    },
    /// Nothing says that the two objects are one.
    PerhapsOne,
    /// They are two objects.
    Apart,
    /// Nothing says that the object is of a type for which it matters.
    OtherType,
    /// Both may write the object at the same time.
    Harmless,
}

impl Reason {
    /// The order in which reasons are told.
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

/// How one node waits for another, over the fewest links that may not be deployed.
#[derive(Debug)]
pub struct Waiting {
    /// The links: the late node waits for the next, and so on, down to the early one.
    pub links: Vec<Waits>,
    /// Whether all instances wait for all; else some elements of loops do.
    pub is_whole: bool,
}

/// One link: a node waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// Who waits.
    pub late: NodeId,
    /// For whom.
    pub early: NodeId,
    /// For which of its instances.
    pub element: Element,
}

/// So many pairs of effects are looked at for a reason; races are found among all.
const MOST_PAIRS: usize = 20_000;

/// What is known of two declarations, each by the way down to it: at every template in which they may meet.
pub fn sites(analysis: &mut Analysis<'_, '_>, one: &[Step], other: &[Step]) -> Vec<Site> {
    let alike = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let mut sites = Vec::new();
    for (depth, (&(at, node), &(_, against))) in one.iter().zip(other).enumerate().take(alike + 1) {
        let is_known = analysis.summaries.get(at).is_some();
        let is_loop = is_known && analysis.summary(at).links.counts[node.ix()].is_some();
        if is_known && (node != against || is_loop) {
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

/// Puts the values that calls and a parameter file give for the parameters of the objects. They may tell two objects apart, for
/// this way: another call of the same module may give others.
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

/// Whether an effect of a template is, or stands for, one of the declaration that some steps lead to.
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

/// What two nodes write both, each kind of object once; `is_single` where both are resources, not what lies in modules.
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
            if looked_at <= MOST_PAIRS
                && let Some(reason) = asking.reason(one, other)
            {
                let summary = asking.analysis.summary(at);
                let objects = [one, other].map(|id| summary.effect(id).object);
                found.push(Shared { effects: [one, other], objects, reason });
            }
        }
    }
    (weightiest(&analysis.summaries[at], found), looked_at.saturating_sub(MOST_PAIRS))
}

/// What is worth telling: of each object the most that can be said, and of a kind of object that is not shared, one pair.
fn weightiest(summary: &Summary, mut found: Vec<Shared>) -> Vec<Shared> {
    found.small_sort_by_key(|shared| (shared.reason.rank(), shared.effects));
    let mut seen = FxHashSet::default();
    let mut is_shared = FxHashSet::default();
    let harmless = Reason::Harmless.rank();
    let least = found.first().map_or(harmless, |shared| shared.reason.rank());
    // What both may do at the same time is of interest where there is nothing else.
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

/// Asks the analysis about effects of one template.
struct Asking<'a, 'w, 'c> {
    analysis: &'a mut Analysis<'w, 'c>,
    at: TemplateId,
}

impl Asking<'_, '_, '_> {
    /// Whether two effects are about one kind of object. That two declarations may be one resource is asked only of two resources.
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

    /// Why two effects that are not among the races do not race; none where there is nothing to say.
    fn reason(&mut self, first: EffectId, second: EffectId) -> Option<Reason> {
        let Analysis { summaries, evaluator, writers, omitted, .. } = &mut *self.analysis;
        let summary = &summaries[self.at];
        let (links, terms) = (&summary.links, evaluator.terms());
        let (one, other) = (summary.effect(first), summary.effect(second));
        let is_same = one.object == other.object;
        let is_special =
            |effect: &Effect| writers.of(effect.aspect).is_some_and(|(_, writer)| writer.is_special());
        let Some(conflict) = conflict(writers, one.aspect, other.aspect) else {
            // What every resource does is no news.
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
                // That two declarations are two resources goes without saying.
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
            // What only counts where it is known says nothing of the order.
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
    terms.is_false(formula) || feasible(terms, formula) == Feasibility::Infeasible
}

/// Whether one of two nodes waits for the other.
fn is_ordered(
    links: &Links,
    one: &Effect,
    other: &Effect,
    waits: impl Fn(&Links, NodeId, NodeId) -> bool,
) -> bool {
    one.node != other.node && (waits(links, one.node, other.node) || waits(links, other.node, one.node))
}

/// How one of two nodes waits for the other.
pub fn waiting(links: &Links, terms: &mut Terms, [one, other]: [NodeId; 2]) -> Option<Waiting> {
    let (late, early) =
        if links.ranks[one.ix()] > links.ranks[other.ix()] { (one, other) } else { (other, one) };
    if one == other || !links.may_reach(late, early) {
        return None;
    }
    let is_whole = links.is_surely_after(late, early);
    // A link that may not be deployed weighs more than all others together.
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

/// Whether it is not certain that a node is deployed, whatever the parameters: it has a condition, or its loop may be empty.
pub fn may_be_missing(links: &Links, terms: &mut Terms, node: NodeId) -> bool {
    let deployed = links.deployed(terms, node);
    !terms.is_true(deployed)
}
