//! All pairs of effects on one object, without looking at all pairs.
//!
//! Up to [`Limit::ObjectEffects`] writers every pair is judged. Beyond, reachability among the writers is computed in one pass
//! over the graph by a cover with chains: for each node the last member of each chain that it waits for. A chain of 100,000
//! writers has one chain, 100,000 independent ones have one entry each, so both take linear time.
//!
//! ```bicep
//! resource a '…/subnets@…' = { … }
//! resource b '…/subnets@…' = { …  dependsOn: [a] }   // chain a, b: b waits for the first member of it
//! resource c '…/subnets@…' = { …  dependsOn: [a] }   // a chain of its own; it waits for the first member of a's
//! ```
//!
//! Of the three pairs two are ordered; what is left is `b` and `c`.

use std::rc::Rc;

use super::effect::EffectId;
use super::summary::Summary;
use crate::limit::Limit;
use crate::template::NodeId;

/// So many pairs of one object are reported; the rest is counted.
const REPORTED: usize = Limit::ObjectPairs.number() as usize;
/// Pairs that are looked at in file order to find those; after that only the writers are that someone is known not to wait
/// for. Not a limit, as both ways are exact.
const LOOKED_AT: usize = 4_000_000;

/// The unordered pairs of a large group.
#[derive(Debug, Default)]
pub struct Large {
    /// The first of them in file order.
    pub pairs: Vec<(EffectId, EffectId)>,
    /// How many there are in all.
    pub total: u64,
}

/// For each chain of writers the number of its members that a node waits for, sorted by chain.
type Waits = Rc<[(u32, u32)]>;

/// Chain and number in it of each writer, by node; others have none.
type Places = Vec<Option<(u32, u32)>>;

/// Finds the unordered pairs of a large group of effects, each on a node of its own, by the order alone.
pub fn large(summary: &Summary, members: &[EffectId]) -> Large {
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
    // The writers so far, and those that do not wait for all of them.
    let mut before: u64 = 0;
    let mut late: Vec<NodeId> = Vec::new();
    for &node in &by_rank {
        let node = NodeId(node);
        let found = gather(summary, node, &waits, &places, &nothing);
        if is_writer[node.ix()] {
            let waited = found.iter().map(|&(_, length)| u64::from(length)).sum::<u64>();
            ordered += waited;
            if waited < before && late.len() < REPORTED {
                late.push(node);
            }
            before += 1;
            // A chain grows where the node waits for its last member.
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
        let unordered = all.take(LOOKED_AT).filter(|&(one, two)| {
            let (one, two) = (summary.effect(one).node, summary.effect(two).node);
            !waits_for(one, two) && !waits_for(two, one)
        });
        pairs.extend(unordered.take(REPORTED));
    }
    if (pairs.len() as u64) < total.min(REPORTED as u64) {
        // Each of these has a pair with a writer of lower rank, wherever that stands in the file.
        pairs.clear();
        'all: for late in late {
            let Some(&own) = members.iter().find(|&&id| summary.effect(id).node == late) else { continue };
            let rank = summary.links.ranks[late.ix()];
            for &other in members {
                let node = summary.effect(other).node;
                if summary.links.ranks[node.ix()] < rank && !waits_for(late, node) {
                    pairs.push((own.min(other), own.max(other)));
                    if pairs.len() == REPORTED {
                        break 'all;
                    }
                }
            }
        }
        pairs.sort_unstable();
    }
    Large { pairs, total }
}

/// What a node waits for: the union over its dependencies, and they themselves.
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
