//! Happens-before: which nodes have finished before others start, when everything is deployed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::algo::toposort;
use petgraph::visit::EdgeRef;

use crate::small_sort::SmallSort as _;
use crate::template::NodeId;

use super::graph::{Graph, index, node_id};

/// How the instances of one node wait for those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// There is no path.
    None,
    /// Only through elements of loops: the hops of the edges determine which instances wait for which.
    Each,
    /// Every instance waits for every instance.
    Whole,
}

/// Answers "does A wait for B?" for a graph. Memory is linear in the graph. Most questions take constant time; the others
/// search, but skip nodes that cannot lead to the target.
#[derive(Debug, Default)]
pub struct Order {
    /// Targets that each node waits for, and whether it waits for the target as a whole.
    waits: Vec<Vec<(u32, bool)>>,
    /// Nodes that wait for each node, and whether they wait for all of it.
    waited: Vec<Vec<(u32, bool)>>,
    /// Length of the longest path to a node that waits for nothing: a node is higher than those it waits for.
    level: Vec<u32>,
    /// Intervals from two different walks. If A waits for B, the intervals of B lie inside those of A, so a violated inclusion
    /// answers no.
    walks: [Intervals; 2],
    /// Interval of the tree that the first walk followed; for nodes inside it there is certainly a path.
    tree: Intervals,
    topological: Vec<NodeId>,
}

impl Order {
    /// The order of a graph. Edges inside a cycle are left out: the compiler rejects such a template.
    pub fn new(graph: &Graph) -> Self {
        let count = graph.graph.node_count();
        let mut waits = vec![Vec::new(); count];
        let group = groups(graph);
        for edge in graph.graph.edge_references() {
            let (from, to) = (edge.source().index(), edge.target().index());
            if group[from] != group[to] {
                waits[from].push((to as u32, edge.weight().element.is_none()));
            }
        }
        Self::of_lists(waits)
    }

    /// Builds the order from lists: for each node its targets, and whether it waits for all of the target. The lists must have
    /// no cycle.
    pub fn of_lists(mut waits: Vec<Vec<(u32, bool)>>) -> Self {
        let mut waited = vec![Vec::new(); waits.len()];
        for (from, targets) in waits.iter_mut().enumerate() {
            targets.small_sort();
            targets.dedup();
            targets.shrink_to_fit();
            for &(to, whole) in targets.iter() {
                waited[to as usize].push((from as u32, whole));
            }
        }
        waited.iter_mut().for_each(Vec::shrink_to_fit);
        let topological = topological(&waits, &waited);
        let mut level = vec![0; waits.len()];
        for &id in &topological {
            level[id.ix()] = waits[id.ix()].iter().map(|&(to, _)| level[to as usize] + 1).max().unwrap_or(0);
        }
        let (forward, tree) = walk(&waits, &topological, false);
        let (backward, _) = walk(&waits, &topological, true);
        Self { waits, waited, level, walks: [forward, backward], tree, topological }
    }

    /// Every node after all that it waits for; otherwise in source order.
    pub fn topological(&self) -> &[NodeId] {
        &self.topological
    }

    /// The nodes that wait for a node directly.
    pub fn waiting_for(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.waited[node.ix()].iter().map(|&(from, _)| NodeId(from))
    }

    /// How `late` waits for `early`, directly or through others. A node does not wait for itself.
    pub fn reaches(&self, late: NodeId, early: NodeId) -> Reach {
        if !self.has_path(late, early) {
            return Reach::None;
        }
        let whole = self.waited[early.ix()]
            .iter()
            .any(|&(from, whole)| whole && (from == late.0 || self.has_path(late, NodeId(from))));
        if whole { Reach::Whole } else { Reach::Each }
    }

    /// Whether one of the two waits for the other, and how.
    pub fn between(&self, a: NodeId, b: NodeId) -> Reach {
        self.reaches(a, b).max(self.reaches(b, a))
    }

    /// Whether there is a path from `late` to `early`.
    fn has_path(&self, late: NodeId, early: NodeId) -> bool {
        match self.quick(late.0, early.0) {
            Some(known) => known,
            None => self.search(late.0, early.0),
        }
    }

    /// The answer, if the interval labels alone decide it.
    fn quick(&self, late: u32, early: u32) -> Option<bool> {
        let (from, to) = (late as usize, early as usize);
        if self.level[from] <= self.level[to] {
            return Some(false);
        }
        let inside = |outer: (u32, u32), inner: (u32, u32)| outer.0 <= inner.0 && inner.1 <= outer.1;
        if self.walks.iter().any(|labels| !inside(labels[from], labels[to])) {
            return Some(false);
        }
        inside(self.tree[from], self.tree[to]).then_some(true)
    }

    fn search(&self, late: u32, early: u32) -> bool {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut open = vec![late];
        while let Some(at) = open.pop() {
            for &(next, _) in &self.waits[at as usize] {
                if next == early {
                    return true;
                }
                match self.quick(next, early) {
                    Some(true) => return true,
                    Some(false) => {}
                    None => {
                        if seen.insert(next) {
                            open.push(next);
                        }
                    }
                }
            }
        }
        false
    }
}

/// The cycle of each node: nodes that wait for one another have the same number.
fn groups(graph: &Graph) -> Vec<usize> {
    let count = graph.graph.node_count();
    if toposort(&graph.graph, None).is_ok() {
        return (0..count).collect();
    }
    let mut group = vec![0; count];
    for (number, members) in petgraph::algo::tarjan_scc(&graph.graph).into_iter().enumerate() {
        for member in members {
            group[index(node_id(member)).index()] = number;
        }
    }
    group
}

/// Every node after those that it waits for, the first in source order first.
fn topological(waits: &[Vec<(u32, bool)>], waited: &[Vec<(u32, bool)>]) -> Vec<NodeId> {
    let missing = waits.iter().map(Vec::len).collect();
    let next = |at: usize| waited[at].iter().map(|&(from, _)| from as usize);
    sorted(missing, next, |_| 0).into_iter().map(|at| NodeId(at as u32)).collect()
}

/// Topological order by Kahn's algorithm: each index comes after those that it waits for. Among those that are free the
/// lowest rank comes first, then the lowest index. Indexes on a cycle, and those that wait for one, are left out.
///
/// `missing` has the number of indexes that each waits for; `next` gives those that wait for an index.
pub fn sorted<I: Iterator<Item = usize>>(
    mut missing: Vec<usize>,
    next: impl Fn(usize) -> I,
    rank: impl Fn(usize) -> u32,
) -> Vec<usize> {
    let free = (0..missing.len()).filter(|&at| missing[at] == 0).map(|at| Reverse((rank(at), at)));
    let mut free: BinaryHeap<_> = free.collect();
    let mut order = Vec::with_capacity(missing.len());
    while let Some(Reverse((_, at))) = free.pop() {
        order.push(at);
        for after in next(at) {
            missing[after] -= 1;
            if missing[after] == 0 {
                free.push(Reverse((rank(after), after)));
            }
        }
    }
    order
}

/// An interval for each node, both ends included.
type Intervals = Vec<(u32, u32)>;

/// Numbers the nodes in the order in which a depth-first walk leaves them. Returns for each node the numbers from the
/// lowest of all that it waits for to its own, and those of its tree of the walk.
/// (The labels of GRAIL: Yıldırım, Chaoji, Zaki, <https://doi.org/10.14778/1920841.1920879>.)
fn walk(waits: &[Vec<(u32, bool)>], order: &[NodeId], backward: bool) -> (Intervals, Intervals) {
    let mut labels = vec![(u32::MAX, 0); waits.len()];
    let mut tree = vec![(u32::MAX, 0); waits.len()];
    let mut seen = vec![false; waits.len()];
    let mut next = 0;
    let mut stack: Vec<(u32, usize)> = Vec::new();
    let roots: Box<dyn Iterator<Item = &NodeId>> =
        if backward { Box::new(order.iter()) } else { Box::new(order.iter().rev()) };
    // Start at nodes that nothing waits for, so that the trees are as large as possible.
    let mut waited = vec![false; waits.len()];
    for &(to, _) in waits.iter().flatten() {
        waited[to as usize] = true;
    }
    for root in roots.filter(|root| !waited[root.ix()]) {
        stack.push((root.0, 0));
        seen[root.ix()] = true;
        let mut first = vec![next];
        while let Some((at, child)) = stack.last_mut() {
            let targets = &waits[*at as usize];
            if let Some(&(to, _)) =
                targets.get(if backward { targets.len().wrapping_sub(*child + 1) } else { *child })
            {
                *child += 1;
                if !std::mem::replace(&mut seen[to as usize], true) {
                    stack.push((to, 0));
                    first.push(next);
                }
                continue;
            }
            let at = *at as usize;
            stack.pop();
            let low = targets.iter().map(|&(to, _)| labels[to as usize].0).min().unwrap_or(next).min(next);
            labels[at] = (low, next);
            tree[at] = (first.pop().unwrap_or(next), next);
            next += 1;
        }
    }
    (labels, tree)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any graph in which nodes wait for earlier ones only.
    fn graphs() -> impl Strategy<Value = Vec<Vec<(u32, bool)>>> {
        prop::collection::vec(
            prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..4),
            1..40,
        )
        .prop_map(|nodes| {
            let waits = |(at, edges): (usize, Vec<(prop::sample::Index, bool)>)| {
                let earlier = edges.into_iter().filter(|_| at > 0);
                earlier.map(|(to, whole)| (to.index(at) as u32, whole)).collect()
            };
            nodes.into_iter().enumerate().map(waits).collect()
        })
    }

    fn naive(waits: &[Vec<(u32, bool)>], late: usize, early: usize) -> Reach {
        waits[late]
            .iter()
            .map(|&(next, whole)| {
                let here = match (next as usize == early, whole) {
                    (true, true) => Reach::Whole,
                    (true, false) => Reach::Each,
                    (false, _) => Reach::None,
                };
                here.max(naive(waits, next as usize, early))
            })
            .max()
            .unwrap_or(Reach::None)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_pair_is_ordered_as_a_search_says(waits in graphs()) {
            let order = Order::of_lists(waits.clone());
            for late in 0..waits.len() {
                for early in 0..waits.len() {
                    let found = order.reaches(NodeId(late as u32), NodeId(early as u32));
                    prop_assert_eq!(found, naive(&waits, late, early), "{} {}", late, early);
                }
            }
            let mut place = vec![0; waits.len()];
            for (at, id) in order.topological().iter().enumerate() {
                place[id.ix()] = at;
            }
            prop_assert_eq!(order.topological().len(), waits.len());
            for (from, targets) in waits.iter().enumerate() {
                prop_assert!(targets.iter().all(|&(to, _)| place[to as usize] < place[from]));
            }
        }
    }
}
