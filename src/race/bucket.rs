//! Finds the unordered pairs of effects on one object without comparing all pairs.
//!
//! If there are few writers, every pair is compared. For very many unconditional writers only the order matters. One pass over the graph
//! computes reachability among them with a chain cover: for each node, the last member of each chain that it waits for. 100,000 writers in
//! a row are one chain, and 100,000 independent writers have one entry each, so both take linear time.
//!
//! ```bicep
//! resource a '…/subnets@…' = { … }
//! resource b '…/subnets@…' = { …  dependsOn: [a] }   // chain a, b: b waits for the first member of it
//! resource c '…/subnets@…' = { …  dependsOn: [a] }   // a chain of its own; it waits for the first member of a's
//! ```
//!
//! Two of the three pairs are ordered; the remaining one is `b` and `c`.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::build::Builder;
use super::crowd::Crowd;
use super::effect::{Aspect, Conflict, Effect, EffectId, Instance, conflict};
use super::pair::fitting_type;
use super::summary::{Hazards, Omitted, Potential, Summary};
use crate::limit::Limit;
use crate::template::NodeId;

/// Maximum number of pairs of one object that are reported; the others are counted.
pub(super) const REPORTED: usize = Limit::ObjectPairs.number() as usize;
/// Maximum number of effects on one object up to which every pair is compared. Not a limit, because both methods are exact.
pub(super) const JUDGED: usize = 256;
/// Maximum number of unordered pairs of a large group that are compared one by one. Not a limit, because both methods are exact.
const SPARSE: usize = 10_000;
/// Maximum number of pairs with effects outside the crowd that are compared for one object.
pub(super) const APART: u64 = 200_000;
/// Maximum number of pairs that are tried in file order; after that, only writers that do not wait for all earlier ones are tried. Not a
/// limit, because both methods are exact.
const LOOKED_AT: usize = 4_000_000;

/// The unordered pairs of a large group.
#[derive(Debug, Default)]
pub struct Large {
    /// The first of them in file order.
    pub pairs: Vec<(EffectId, EffectId)>,
    /// Their total number.
    pub total: u64,
}

/// For each chain of writers the number of its members that a node waits for, sorted by chain.
type Waits = Rc<[(u32, u32)]>;

/// Chain of each writer and its number in the chain, by node; `None` for other nodes.
type Places = Vec<Option<(u32, u32)>>;

/// Finds the unordered pairs of a large group of effects, each of another node, by the order alone: all pairs if there are at most `few`,
/// otherwise the first `REPORTED`.
pub fn large(summary: &Summary, members: &[EffectId], few: usize) -> Large {
    large_within(summary, members, few, LOOKED_AT)
}

/// The same, with another maximum of pairs that are tried in file order.
pub(super) fn large_within(summary: &Summary, members: &[EffectId], few: usize, looked_at: usize) -> Large {
    let nodes = summary.links.ranks.len();
    let mut is_writer = vec![false; nodes];
    for &id in members {
        is_writer[summary.effect(id).node.ix()] = true;
    }
    let mut by_rank: Vec<u32> = (0..nodes as u32).collect();
    by_rank.sort_unstable_by_key(|&node| summary.links.ranks[node as usize]);

    let nothing: Waits = Rc::default();
    let mut waits: Vec<Waits> = vec![Rc::clone(&nothing); nodes];
    let mut places: Places = vec![None; nodes];
    let mut chain_lengths: Vec<u32> = Vec::new();
    let mut ordered: u64 = 0;
    // The number of writers so far, and those writers that do not wait for all before them.
    let mut before: u64 = 0;
    let mut late: Vec<NodeId> = Vec::new();
    for &node in &by_rank {
        let node = NodeId(node);
        let found = gather(summary, node, &waits, &places, &nothing);
        if is_writer[node.ix()] {
            let waited = found.iter().map(|&(_, length)| u64::from(length)).sum::<u64>();
            ordered += waited;
            if waited < before && late.len() < few.max(REPORTED) {
                late.push(node);
            }
            before += 1;
            // A chain grows if the node waits for its last member.
            let grown = found.iter().find(|&&(chain, length)| chain_lengths[chain as usize] == length);
            let chain = grown.map_or(chain_lengths.len() as u32, |&(chain, _)| chain);
            if grown.is_none() {
                chain_lengths.push(0);
            }
            places[node.ix()] = Some((chain, chain_lengths[chain as usize]));
            chain_lengths[chain as usize] += 1;
        }
        waits[node.ix()] = found;
    }

    let count = members.len() as u64;
    let total = count * (count - 1) / 2 - ordered;
    let most = if total <= few as u64 { few } else { REPORTED };
    let waits_for = |late: NodeId, early: NodeId| {
        let Some((chain, at)) = places[early.ix()] else { return false };
        let found = &waits[late.ix()];
        found.binary_search_by_key(&chain, |&(chain, _)| chain).is_ok_and(|ix| found[ix].1 > at)
    };
    let mut pairs = Vec::new();
    if total > 0 {
        let all = members
            .iter()
            .enumerate()
            .flat_map(|(ix, &one)| members[ix + 1..].iter().map(move |&two| (one, two)));
        let unordered = all.take(looked_at).filter(|&(one, two)| {
            let (one, two) = (summary.effect(one).node, summary.effect(two).node);
            !waits_for(one, two) && !waits_for(two, one)
        });
        pairs.extend(unordered.take(most));
    }
    if (pairs.len() as u64) < total.min(most as u64) {
        // Each of these has a pair with a writer of lower rank, wherever that writer is in the file.
        pairs.clear();
        'all: for late in late {
            let Some(&own) = members.iter().find(|&&id| summary.effect(id).node == late) else { continue };
            let rank = summary.links.ranks[late.ix()];
            for &other in members {
                let node = summary.effect(other).node;
                if summary.links.ranks[node.ix()] < rank && !waits_for(late, node) {
                    pairs.push((own.min(other), own.max(other)));
                    if pairs.len() == most {
                        break 'all;
                    }
                }
            }
        }
        pairs.sort_unstable();
    }
    Large { pairs, total }
}

/// The writers that a node waits for: the union over its dependencies, including the dependencies themselves.
fn gather(summary: &Summary, node: NodeId, waits: &[Waits], places: &Places, nothing: &Waits) -> Waits {
    let links = &summary.links.waits[node.ix()];
    if let [only] = links[..]
        && places[only.target.ix()].is_none()
    {
        return Rc::clone(&waits[only.target.ix()]);
    }
    let mut found: Vec<(u32, u32)> = Vec::new();
    for link in links {
        found.extend_from_slice(&waits[link.target.ix()]);
        found.extend(places[link.target.ix()].map(|(chain, at)| (chain, at + 1)));
    }
    if found.is_empty() {
        return Rc::clone(nothing);
    }
    found.sort_unstable_by_key(|&(chain, length)| (chain, std::cmp::Reverse(length)));
    found.dedup_by_key(|&mut (chain, _)| chain);
    found.into()
}

/// The effects of a large bucket by the method that finds their pairs.
struct Sorted {
    /// Effects of which every pair that is deployed together and unordered is a race.
    crowd: Vec<EffectId>,
    /// All other effects.
    apart: Vec<EffectId>,
}

impl Builder<'_, '_, '_> {
    /// The pairs of a large bucket.
    pub(super) fn large(&mut self, summary: &Summary, bucket: &[EffectId], hazards: &mut Hazards) {
        let mut of_node = bucket.to_vec();
        of_node.dedup_by_key(|id| summary.effect(*id).node);
        let aspect = summary.effect(bucket[0]).aspect;
        let is_plain = |id: &EffectId| {
            let effect = summary.effect(*id);
            effect.instance == Instance::Only
                && self.evaluator.known_terms().is_true(effect.guard)
                && effect.aspect == aspect
        };
        if of_node.len() == bucket.len() && bucket.iter().all(is_plain) {
            return self.by_order(summary, &of_node, hazards);
        }
        let Sorted { crowd, apart } = self.sorted(summary, bucket);
        let mut of_aspect: FxHashMap<Aspect, Vec<EffectId>> = FxHashMap::default();
        for &id in bucket {
            of_aspect.entry(summary.effect(id).aspect).or_default().push(id);
        }
        let mut pairs: Vec<(EffectId, &[EffectId])> = Vec::new();
        for &one in &apart {
            let own = summary.effect(one).aspect;
            let disturbed =
                of_aspect.iter().filter(|&(&aspect, _)| conflict(self.writers, own, aspect).is_some());
            pairs.extend(disturbed.map(|(_, others)| (one, others.as_slice())));
        }
        let count: usize = pairs.iter().map(|(_, others)| others.len()).sum();
        if let Err(reached) = Limit::ObjectEffects.budget_of(APART).allows(count as u64) {
            hazards.limits.add(Some(summary.effect(bucket[0]).node), reached);
            return self.by_order(summary, &of_node, hazards);
        }
        let is_apart: FxHashSet<EffectId> = apart.iter().copied().collect();
        for (one, others) in pairs {
            for &other in others.iter().filter(|&other| one <= *other || !is_apart.contains(other)) {
                self.one_pair(summary, one.min(other), one.max(other), hazards);
            }
        }
        hazards.potentials.sort_by_key(|potential| (potential.first, potential.second, potential.fault));
        if crowd.len() <= JUDGED {
            return self.exact(summary, &crowd, hazards);
        }
        self.crowd(summary, crowd, hazards);
    }

    /// Adds a crowd. If only few pairs are unordered, each is compared instead.
    fn crowd(&mut self, summary: &Summary, crowd: Vec<EffectId>, hazards: &mut Hazards) {
        let mut of_node = crowd.clone();
        of_node.dedup_by_key(|id| summary.effect(*id).node);
        let large = large(summary, &of_node, SPARSE);
        if of_node.len() == crowd.len()
            && crowd.iter().all(|&id| summary.effect(id).instance == Instance::Only)
            && large.total <= SPARSE as u64
        {
            for (one, other) in large.pairs {
                self.one_pair(summary, one, other, hazards);
            }
            return;
        }
        let mut guard = |&id: &EffectId| {
            let effect = summary.effect(id);
            let mut all = vec![effect.guard];
            all.extend(fitting_type(self.evaluator.terms(), self.writers, effect));
            self.evaluator.terms().and(&all)
        };
        let guards = crowd.iter().map(&mut guard).collect();
        let (at, unordered) = (summary.template, large.total);
        hazards.add_crowd(Crowd { at, members: crowd.into(), guards, unordered, is_carried: false });
    }

    /// Splits a bucket. The crowd has the effects of single instances with the most frequent aspects that all conflict with each other.
    fn sorted(&self, summary: &Summary, bucket: &[EffectId]) -> Sorted {
        let is_one = |effect: &Effect| {
            matches!(effect.instance, Instance::Only | Instance::Fixed(_)) && effect.loops().is_empty()
        };
        let mut counts: FxHashMap<Aspect, usize> = FxHashMap::default();
        for &id in bucket {
            *counts.entry(summary.effect(id).aspect).or_default() += 1;
        }
        let mut aspects: Vec<(Aspect, usize)> = counts.into_iter().collect();
        aspects.sort_unstable_by_key(|&(aspect, count)| (std::cmp::Reverse(count), aspect));
        let mut kept: Vec<Aspect> = Vec::new();
        for (aspect, _) in aspects {
            let disturbs =
                |&other: &Aspect| conflict(self.writers, aspect, other) == Some(Conflict::Unordered);
            if disturbs(&aspect) && kept.iter().all(disturbs) {
                kept.push(aspect);
            }
        }
        let (crowd, apart) = bucket.iter().copied().partition(|&id| {
            let effect = summary.effect(id);
            is_one(effect) && kept.contains(&effect.aspect)
        });
        Sorted { crowd, apart }
    }

    fn one_pair(&mut self, summary: &Summary, first: EffectId, second: EffectId, hazards: &mut Hazards) {
        let (one, other) = (summary.effect(first), summary.effect(second));
        if !one.is_apart_from(other) {
            return;
        }
        for (fault, formula) in summary.links.judge(self.evaluator.terms(), self.writers, one, other) {
            hazards.potentials.push(Potential { at: summary.template, first, second, fault, formula });
        }
    }

    /// Compares every pair of a small bucket, including a loop with itself.
    pub(super) fn exact(&mut self, summary: &Summary, bucket: &[EffectId], hazards: &mut Hazards) {
        for (at, &first) in bucket.iter().enumerate() {
            for &second in &bucket[at..] {
                self.one_pair(summary, first, second, hazards);
            }
        }
    }

    /// Compares some pairs of effects, one effect for each node, and counts the others by the order alone. This is exact if all effects are
    /// unconditional and of one aspect, because then only the order decides. `hazards` has no pairs so far.
    fn by_order(&mut self, summary: &Summary, of_node: &[EffectId], hazards: &mut Hazards) {
        let large = large(summary, of_node, REPORTED);
        for &(first, second) in &large.pairs {
            self.one_pair(summary, first, second, hazards);
        }
        for &id in of_node {
            if Limit::ObjectPairs.check(hazards.potentials.len() + 1).is_ok() {
                self.one_pair(summary, id, id, hazards);
            }
        }
        let rest = large.total.saturating_sub(large.pairs.len() as u64);
        if rest > 0 && !hazards.potentials.is_empty() {
            hazards.omitted.push(Omitted { at: summary.template, effect: of_node[0], pairs: rest });
        }
    }
}
