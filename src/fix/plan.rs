//! Which edges order what is not ordered: as few as possible, and never a circle.
//!
//! All new edges of a template follow one order of its nodes, which keeps every existing dependency and otherwise prefers the
//! usual order of the writers, then the order of the text. Pairs are taken by how far they lie apart in it, so that an edge is
//! added only where no shorter ones lead there: that is the smallest set.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::algo::has_path_connecting;
use petgraph::graphmap::DiGraphMap;

/// So many pairs are looked at one after the other where some of them form a circle.
const TAKEN_SINGLY: usize = 256;

/// The nodes of one template and what they wait for, by number.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    /// For each node what it waits for, of loops also single instances.
    pub of: Vec<Vec<usize>>,
    /// For each node what it should wait for, whatever the ranks; no circle with what it waits for, see [`circular`].
    pub should: Vec<Vec<usize>>,
    /// For each node what it waits for as a whole: only that orders every instance.
    pub whole: Vec<Vec<usize>>,
    /// For each node the loops of as many instances of which each of its own waits for one: who waits for all of it waits for
    /// all of them.
    pub each: Vec<Vec<usize>>,
    /// Place in the usual order of the writers; 0 for others.
    pub ranks: Vec<u32>,
}

/// Edges to add: the first waits for the second. `passes(late, middle, early)` says whether `middle` is deployed wherever
/// the other two are: only then does a path through it order them, since Azure drops a dependency on what is not deployed.
pub fn edges(
    waits: &Waits,
    pairs: &[(usize, usize)],
    mut passes: impl FnMut(usize, usize, usize) -> bool,
) -> Vec<(usize, usize)> {
    let both = waits.of.iter().zip(&waits.should).map(|(of, should)| [of.as_slice(), should].concat());
    let place =
        places(&both.collect::<Vec<_>>(), &waits.ranks).unwrap_or_else(|| (0..waits.of.len()).collect());
    let mut late_first: Vec<(usize, usize)> = pairs
        .iter()
        .filter(|(one, other)| one != other)
        .map(|&(one, other)| if place[one] > place[other] { (one, other) } else { (other, one) })
        .collect();
    late_first.sort_by_key(|&(late, early)| (place[late] - place[early], place[late]));
    late_first.dedup();
    let mut whole = waits.whole.clone();
    let mut added = Vec::new();
    for (late, early) in late_first {
        if !reaches((&whole, &waits.each), &place, (late, early), &mut passes) {
            whole[late].push(early);
            added.push((late, early));
        }
    }
    added.sort_by_key(|&(late, early)| (place[late], place[early]));
    added
}

/// Which of some pairs, of which the first must come before the second, would close a circle with what nodes wait for and the
/// pairs before. Of more than [`TAKEN_SINGLY`] pairs with a circle among them, all count as part of one.
pub fn circular(of: &[Vec<usize>], pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut all = of.to_vec();
    for &(early, late) in pairs {
        all[late].push(early);
    }
    if places(&all, &vec![0; all.len()]).is_some() {
        return Vec::new();
    }
    if pairs.len() > TAKEN_SINGLY {
        return pairs.to_vec();
    }
    let mut waits: DiGraphMap<usize, ()> = DiGraphMap::new();
    for (late, targets) in of.iter().enumerate() {
        waits.add_node(late);
        for &early in targets {
            waits.add_edge(late, early, ());
        }
    }
    let mut found = Vec::new();
    for &(early, late) in pairs {
        if has_path_connecting(&waits, early, late, None) {
            found.push((early, late));
        } else {
            waits.add_edge(late, early, ());
        }
    }
    found
}

/// The place of each node in an order that keeps all dependencies; among free nodes the lowest rank, then the first in the
/// text; none where they form a circle.
fn places(of: &[Vec<usize>], ranks: &[u32]) -> Option<Vec<usize>> {
    let count = of.len();
    let mut open: Vec<usize> = vec![0; count];
    let mut waited: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (late, targets) in of.iter().enumerate() {
        let mut targets = targets.clone();
        targets.sort_unstable();
        targets.dedup();
        open[late] = targets.len();
        for early in targets {
            waited[early].push(late);
        }
    }
    let mut free: BinaryHeap<Reverse<(u32, usize)>> =
        (0..count).filter(|&node| open[node] == 0).map(|node| Reverse((ranks[node], node))).collect();
    let mut place = vec![usize::MAX; count];
    let mut next = 0;
    while let Some(Reverse((_, node))) = free.pop() {
        place[node] = next;
        next += 1;
        for &late in &waited[node] {
            open[late] -= 1;
            if open[late] == 0 {
                free.push(Reverse((ranks[late], late)));
            }
        }
    }
    (next == count).then_some(place)
}

/// Whether one node waits for another in every world: directly, or through nodes that are deployed wherever both are.
fn reaches(
    (whole, each): (&[Vec<usize>], &[Vec<usize>]),
    place: &[usize],
    (late, early): (usize, usize),
    passes: &mut impl FnMut(usize, usize, usize) -> bool,
) -> bool {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut open = vec![late];
    while let Some(node) = open.pop() {
        let through: &[usize] = if node == late { &[] } else { &each[node] };
        let mut of = whole[node].iter().chain(through);
        if of.clone().any(|&next| next == early) {
            return true;
        }
        for &next in &mut of {
            if place[next] > place[early] && seen.insert(next) && passes(late, next, early) {
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

    fn all_pairs(members: &[usize]) -> Vec<(usize, usize)> {
        members
            .iter()
            .enumerate()
            .flat_map(|(at, &one)| members[at + 1..].iter().map(move |&two| (one, two)))
            .collect()
    }

    fn of(of: Vec<Vec<usize>>, ranks: &[u32]) -> Waits {
        let none = vec![Vec::new(); of.len()];
        Waits { whole: of.clone(), should: none.clone(), each: none, of, ranks: ranks.to_vec() }
    }

    #[test]
    fn gateways_become_a_chain_in_the_usual_order() {
        // 0 hub, 1 ExpressRoute, 2 P2S, 3 S2S; every gateway waits for the hub.
        let waits = of(vec![vec![], vec![0], vec![0], vec![0]], &[0, 3, 2, 1]);
        assert_eq!(edges(&waits, &all_pairs(&[1, 2, 3]), |_, _, _| true), [(2, 3), (1, 2)]);
    }

    #[test]
    fn a_conditional_link_is_not_relied_on() {
        let waits = of(vec![vec![]; 3], &[1, 2, 3]);
        let passes = |_, middle, _| middle != 1;
        assert_eq!(edges(&waits, &all_pairs(&[0, 1, 2]), passes), [(1, 0), (2, 0), (2, 1)]);
    }

    #[test]
    fn an_edge_to_one_instance_orders_no_loop_but_gives_the_direction() {
        // Each instance of 0 waits for one of 1.
        let waits = Waits { whole: vec![vec![]; 2], ..of(vec![vec![1], vec![]], &[0, 1]) };
        assert_eq!(edges(&waits, &[(0, 1)], |_, _, _| true), [(0, 1)]);
    }

    #[test]
    fn of_pairs_that_form_a_circle_the_first_are_kept() {
        // 2 waits for 1; 1 should wait for 0, and 0 for 2.
        let of = vec![vec![], vec![], vec![1]];
        assert_eq!(circular(&of, &[(0, 1), (2, 0)]), [(2, 0)]);
        assert_eq!(circular(&of, &[(0, 1), (0, 2)]), []);
        let many: Vec<(usize, usize)> = (0..TAKEN_SINGLY).map(|_| (0, 1)).chain([(2, 0)]).collect();
        assert_eq!(circular(&of, &many), many);
    }

    proptest! {
        #[test]
        fn everything_is_ordered_without_a_circle_and_each_edge_is_needed(
            count in 2_usize..9,
            bits in proptest::collection::vec(any::<bool>(), 36),
            certain in proptest::collection::vec(any::<bool>(), 9),
            ranks in proptest::collection::vec(0_u32..4, 9),
            members in proptest::collection::vec(any::<bool>(), 9),
        ) {
            let mut bits = bits.into_iter();
            let waiting: Vec<Vec<usize>> =
                (0..count).map(|late| (0..late).filter(|_| bits.next() == Some(true)).collect()).collect();
            let waits = of(waiting, &ranks[..count]);
            let mut passes = |_, middle: usize, _| certain[middle];
            let members: Vec<usize> = (0..count).filter(|&node| members[node]).collect();
            let pairs = all_pairs(&members);
            let added = edges(&waits, &pairs, &mut passes);
            let mut ordered = |added: &[(usize, usize)]| {
                let mut of = waits.of.clone();
                for &(late, early) in added {
                    of[late].push(early);
                }
                // Without places that cut the search short: 0 for the early one lets everything through.
                pairs.iter().all(|&(one, other)| {
                    let mut reach = |late: usize, early: usize| {
                        let mut place = vec![1; count];
                        place[early] = 0;
                        reaches((&of, &waits.each), &place, (late, early), &mut passes)
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
            for &(late, early) in &added {
                of[late].push(early);
            }
            let all = Waits { of, ..waits.clone() };
            prop_assert!(places(&all.of, &all.ranks).is_some(), "a circle");
        }
    }
}
