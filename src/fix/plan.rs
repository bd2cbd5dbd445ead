//! Chooses new edges for unordered pairs: as few as possible, and never a cycle.
//!
//! All new edges of a template follow one order of its nodes, which keeps every existing dependency and otherwise
//! prefers the usual order of the writers of one object, then what can start earlier, then the order of the file. Pairs
//! that are close in this order come first, so that an edge is added only if shorter ones do not already lead there.
//! This gives the smallest set.

use std::collections::VecDeque;

use petgraph::algo::has_path_connecting;
use petgraph::graphmap::DiGraphMap;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::deployment::order::sorted;
use crate::small_sort::SmallSort as _;
use crate::template::NodeId;

/// Maximum number of pairs that are tested one by one if some of them form a cycle.
const MAX_SINGLY: usize = 256;

/// Two nodes of one template; `early` runs before `late`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Before {
    /// The node that finishes first.
    pub early: NodeId,
    /// The node that starts afterwards.
    pub late: NodeId,
}

/// The nodes of one template and their dependencies, by number.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    /// For each node, the nodes that it waits for, including loops of which it waits for single instances.
    pub of: Vec<Vec<NodeId>>,
    /// For each node, the nodes that it should wait for: as the catalogue prescribes, or in the usual order of the writers of one
    /// object. No cycle with `of`, see [`circular`].
    pub should: Vec<Vec<NodeId>>,
    /// For each node, the nodes that it waits for as a whole. Only these order every instance.
    pub whole: Vec<Vec<NodeId>>,
    /// For each loop, the loops with the same number of instances whose instances it waits for one by one: a node that
    /// waits for the whole loop also waits for all of those.
    pub each: Vec<Vec<NodeId>>,
    /// Number of whole [`SLOW`] before each node can start.
    pub starts: Vec<u32>,
}

/// A difference of fewer minutes does not decide which of two nodes waits for the other.
pub const SLOW: u32 = 10;

/// The edges to add for pairs whose direction is free. `passes(order, middle)` tells whether a path through `middle`
/// counts as an order for them.
pub fn edges(
    waits: &Waits,
    pairs: &[(NodeId, NodeId)],
    mut passes: impl FnMut(Before, NodeId) -> bool,
) -> Vec<Before> {
    let place = place_of_each(waits);
    let place_of = |node: NodeId| place[node.ix()];
    let apart = pairs.iter().filter(|(one, other)| one != other);
    let mut wanted: Vec<Before> = apart.map(|&pair| directed(&place, pair)).collect();
    wanted.small_sort_by_key(|order| (place_of(order.late) - place_of(order.early), place_of(order.late)));
    wanted.dedup();
    let mut whole = waits.whole.clone();
    let mut added = Vec::new();
    for order in wanted {
        if !reaches((&whole, &waits.each), &place, order, &mut passes) {
            whole[order.late.ix()].push(order.early);
            added.push(order);
        }
    }
    added.small_sort_by_key(|order| (place_of(order.late), place_of(order.early)));
    added
}

/// A pair in the order that all new edges follow.
pub fn directed(place: &[usize], (one, other): (NodeId, NodeId)) -> Before {
    let (early, late) = if place[one.ix()] > place[other.ix()] { (other, one) } else { (one, other) };
    Before { early, late }
}

/// The new edges of the path that orders two nodes; `None` if there is no path. `new` has the new edges by their late node. Of
/// several paths it is one that takes the fewest new edges of nodes that are not `own`.
pub(super) fn way(
    (waits, new, own): (&Waits, &[Vec<NodeId>], &FxHashSet<NodeId>),
    place: &[usize],
    order: Before,
    passes: &mut impl FnMut(Before, NodeId) -> bool,
) -> Option<Vec<Before>> {
    let mut from: FxHashMap<NodeId, (usize, NodeId, bool)> = FxHashMap::default();
    let mut open = VecDeque::from([(0, order.late)]);
    while let Some((cost, node)) = open.pop_front() {
        if node == order.early {
            break;
        }
        let is_end = node == order.late;
        if from.get(&node).is_some_and(|&(least, ..)| least < cost) || !is_end && !passes(order, node) {
            continue;
        }
        let through: &[NodeId] = if is_end { &[] } else { &waits.each[node.ix()] };
        let known = waits.whole[node.ix()].iter().chain(through).map(|&early| (early, false));
        for (early, is_new) in known.chain(new[node.ix()].iter().map(|&early| (early, true))) {
            let is_free = !is_new || own.contains(&node);
            let cost = cost + usize::from(!is_free);
            let is_between = place[early.ix()] >= place[order.early.ix()];
            if !is_between || from.get(&early).is_some_and(|&(least, ..)| least <= cost) {
                continue;
            }
            from.insert(early, (cost, node, is_new));
            if is_free {
                open.push_front((cost, early));
            } else {
                open.push_back((cost, early));
            }
        }
    }
    let (mut node, mut edges) = (order.early, Vec::new());
    while node != order.late {
        let &(_, late, is_new) = from.get(&node)?;
        if is_new {
            edges.push(Before { early: node, late });
        }
        node = late;
    }
    edges.reverse();
    Some(edges)
}

/// The position of each node in the order that all new edges follow.
pub fn place_of_each(waits: &Waits) -> Vec<usize> {
    let both = waits.of.iter().zip(&waits.should).map(|(of, should)| [of.as_slice(), should].concat());
    places(&both.collect::<Vec<_>>(), &waits.starts).unwrap_or_else(|| (0..waits.of.len()).collect())
}

/// Sorts nodes by the order that all new edges follow.
pub fn in_order(waits: &Waits, mut nodes: Vec<NodeId>) -> Vec<NodeId> {
    let place = place_of_each(waits);
    nodes.small_sort_by_key(|node| place[node.ix()]);
    nodes
}

/// The orders that would close a cycle with the existing dependencies and the orders before them. If there are more
/// than `MAX_SINGLY` orders and a cycle among them, all of them count as circular.
pub fn circular(of: &[Vec<NodeId>], orders: &[Before]) -> Vec<Before> {
    let mut all = of.to_vec();
    for order in orders {
        all[order.late.ix()].push(order.early);
    }
    if places(&all, &vec![0; all.len()]).is_some() {
        return Vec::new();
    }
    if orders.len() > MAX_SINGLY {
        return orders.to_vec();
    }
    let mut waits: DiGraphMap<NodeId, ()> = DiGraphMap::new();
    for (late, targets) in of.iter().enumerate() {
        let late = NodeId(late as u32);
        waits.add_node(late);
        for &early in targets {
            waits.add_edge(late, early, ());
        }
    }
    let mut found = Vec::new();
    for &order in orders {
        if has_path_connecting(&waits, order.early, order.late, None) {
            found.push(order);
        } else {
            waits.add_edge(order.late, order.early, ());
        }
    }
    found
}

/// The position of each node in an order that keeps all dependencies. Among free nodes the one that can start earlier comes
/// first, then the first in the file. `None` if the dependencies form a cycle.
fn places(of: &[Vec<NodeId>], starts: &[u32]) -> Option<Vec<usize>> {
    let count = of.len();
    let mut open: Vec<usize> = vec![0; count];
    let mut waited: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (late, targets) in of.iter().enumerate() {
        let mut targets = targets.clone();
        targets.small_sort();
        targets.dedup();
        open[late] = targets.len();
        for early in targets {
            waited[early.ix()].push(late);
        }
    }
    let order = sorted(open, |node| waited[node].iter().copied(), |node| starts[node]);
    let mut place = vec![usize::MAX; count];
    for (at, &node) in order.iter().enumerate() {
        place[node] = at;
    }
    (order.len() == count).then_some(place)
}

/// Whether an order holds in every world: directly, or through nodes that are deployed whenever both ends are.
fn reaches(
    (whole, each): (&[Vec<NodeId>], &[Vec<NodeId>]),
    place: &[usize],
    order: Before,
    passes: &mut impl FnMut(Before, NodeId) -> bool,
) -> bool {
    let mut seen = FxHashSet::default();
    let mut open = vec![order.late];
    while let Some(node) = open.pop() {
        let through: &[NodeId] = if node == order.late { &[] } else { &each[node.ix()] };
        let mut of = whole[node.ix()].iter().chain(through);
        if of.clone().any(|&next| next == order.early) {
            return true;
        }
        for &next in &mut of {
            let is_between = place[next.ix()] > place[order.early.ix()];
            if is_between && seen.insert(next) && passes(order, next) {
                open.push(next);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn node(at: usize) -> NodeId {
        NodeId(at as u32)
    }

    fn before(early: usize, late: usize) -> Before {
        Before { early: node(early), late: node(late) }
    }

    fn all_pairs(members: &[usize]) -> Vec<(NodeId, NodeId)> {
        members
            .iter()
            .enumerate()
            .flat_map(|(at, &one)| members[at + 1..].iter().map(move |&two| (node(one), node(two))))
            .collect()
    }

    fn nodes(of: Vec<Vec<usize>>) -> Vec<Vec<NodeId>> {
        of.into_iter().map(|targets| targets.into_iter().map(node).collect()).collect()
    }

    fn of(of: Vec<Vec<usize>>, starts: &[u32]) -> Waits {
        let (of, none) = (nodes(of), vec![Vec::new(); starts.len()]);
        Waits { whole: of.clone(), should: none.clone(), each: none, of, starts: starts.to_vec() }
    }

    #[test]
    fn gateways_become_a_chain_in_the_usual_order() {
        // 0: hub, 1: ExpressRoute, 2: P2S, 3: S2S; every gateway waits for the hub.
        let should = nodes(vec![vec![], vec![2, 3], vec![3], vec![]]);
        let waits = Waits { should, ..of(vec![vec![], vec![0], vec![0], vec![0]], &[0; 4]) };
        assert_eq!(edges(&waits, &all_pairs(&[1, 2, 3]), |_, _| true), [before(3, 2), before(2, 1)]);
    }

    #[test]
    fn a_chain_keeps_dependencies_and_then_begins_with_what_starts_first() {
        let waits = of(vec![vec![3], vec![], vec![], vec![]], &[1, 3, 2, 4]);
        let row = in_order(&waits, vec![node(1), node(0), node(3), node(2)]);
        assert_eq!(row, [node(2), node(1), node(3), node(0)]);
    }

    #[test]
    fn the_ordering_edge_is_found_behind_existing_edges() {
        // 2 waits for 1; a new edge makes 1 wait for 0.
        let waits = of(vec![vec![], vec![], vec![1], vec![]], &[0, 0, 0, 0]);
        let new = nodes(vec![vec![], vec![0], vec![], vec![]]);
        let own = FxHashSet::default();
        let found = |order| way((&waits, &new, &own), &[0, 1, 2, 3], order, &mut |_, _| true);
        assert_eq!(found(before(0, 2)), Some(vec![before(0, 1)]));
        assert_eq!(found(before(1, 2)), Some(vec![]), "ordered already, by nothing new");
        assert_eq!(found(before(0, 3)), None, "not ordered");
    }

    #[test]
    fn existing_edges_are_preferred_to_new_ones() {
        // 4 waits for 3, and 3 for 2. New edges: 2 waits for 0; and 4 for 1, which waits for 0.
        let waits = of(vec![vec![], vec![], vec![], vec![2], vec![3]], &[0; 5]);
        let new = nodes(vec![vec![], vec![0], vec![0], vec![], vec![1]]);
        let own = FxHashSet::default();
        let found = way((&waits, &new, &own), &[0, 1, 2, 3, 4], before(0, 4), &mut |_, _| true);
        assert_eq!(found, Some(vec![before(0, 2)]));
    }

    #[test]
    fn own_edges_are_preferred_to_those_of_others() {
        // 3 waits for 0 by an edge of its own, or through 2 and 1.
        let waits = of(vec![vec![]; 4], &[0; 4]);
        let new = nodes(vec![vec![], vec![0], vec![0, 1], vec![2]]);
        let found = |own: &[usize]| {
            let own = own.iter().map(|&at| node(at)).collect();
            way((&waits, &new, &own), &[0, 1, 2, 3], before(0, 3), &mut |_, _| true)
        };
        assert_eq!(found(&[2, 3]), Some(vec![before(2, 3), before(0, 2)]));
        assert_eq!(found(&[1, 3]), Some(vec![before(2, 3), before(0, 2)]), "one foreign edge and not two");
    }

    #[test]
    fn a_conditional_link_is_not_relied_on() {
        let waits = of(vec![vec![]; 3], &[1, 2, 3]);
        let passes = |_, middle| middle != node(1);
        let expected = [before(0, 1), before(0, 2), before(1, 2)];
        assert_eq!(edges(&waits, &all_pairs(&[0, 1, 2]), passes), expected);
    }

    #[test]
    fn an_edge_to_one_instance_orders_no_loop_but_gives_the_direction() {
        // Each instance of 0 waits for one instance of 1.
        let waits = Waits { whole: vec![vec![]; 2], ..of(vec![vec![1], vec![]], &[0, 1]) };
        assert_eq!(edges(&waits, &[(node(0), node(1))], |_, _| true), [before(1, 0)]);
    }

    #[test]
    fn of_pairs_that_form_a_cycle_the_first_are_kept() {
        // 2 waits for 1; 1 should wait for 0, and 0 for 2.
        let of = nodes(vec![vec![], vec![], vec![1]]);
        assert_eq!(circular(&of, &[before(0, 1), before(2, 0)]), [before(2, 0)]);
        assert_eq!(circular(&of, &[before(0, 1), before(0, 2)]), []);
        let many: Vec<Before> = (0..MAX_SINGLY).map(|_| before(0, 1)).chain([before(2, 0)]).collect();
        assert_eq!(circular(&of, &many), many);
    }

    proptest! {
        #[test]
        fn all_pairs_are_ordered_without_a_cycle_and_each_edge_is_needed(
            count in 2_usize..9,
            bits in proptest::collection::vec(any::<bool>(), 36),
            certain in proptest::collection::vec(any::<bool>(), 9),
            starts in proptest::collection::vec(0_u32..4, 9),
            members in proptest::collection::vec(any::<bool>(), 9),
        ) {
            let mut bits = bits.into_iter();
            let waiting: Vec<Vec<usize>> =
                (0..count).map(|late| (0..late).filter(|_| bits.next() == Some(true)).collect()).collect();
            let waits = of(waiting, &starts[..count]);
            let mut passes = |_, middle: NodeId| certain[middle.ix()];
            let members: Vec<usize> = (0..count).filter(|&node| members[node]).collect();
            let pairs = all_pairs(&members);
            let added = edges(&waits, &pairs, &mut passes);
            let mut ordered = |added: &[Before]| {
                let mut of = waits.of.clone();
                for order in added {
                    of[order.late.ix()].push(order.early);
                }
                // Position 0 for the early node turns off the pruning of the search.
                pairs.iter().all(|&(one, other)| {
                    let mut reach = |late: NodeId, early: NodeId| {
                        let mut place = vec![1; count];
                        place[early.ix()] = 0;
                        reaches((&of, &waits.each), &place, Before { early, late }, &mut passes)
                    };
                    reach(one, other) || reach(other, one)
                })
            };
            prop_assert!(ordered(&added));
            for at in 0..added.len() {
                let mut fewer = added.clone();
                fewer.remove(at);
                prop_assert!(!ordered(&fewer), "{:?} is not needed", added[at]);
            }
            let mut of = waits.of.clone();
            for order in &added {
                of[order.late.ix()].push(order.early);
            }
            let all = Waits { of, ..waits.clone() };
            prop_assert!(places(&all.of, &all.starts).is_some(), "a circle");
        }
    }
}
