//! New edges in a sentence.

use rustc_hash::{FxHashMap, FxHashSet};

use super::element::Index;
use super::plan::Before;
use crate::rules::sentence;
use crate::template::{NodeId, Template};

/// Minimum length of a chain that is described as one: "a, b, c and d deploy one after the other".
const ROW: usize = 4;
/// A longer chain is described by its ends.
const LONGEST: usize = 8;
/// Of more edges that are no chain, the first are named and the others counted, if edits are shown that name each.
const MANY: usize = 6;
const FEW: usize = 3;

/// Describes edges in a sentence: "`b` wait for `a`", "`b[i]` wait for `a[i]`" where only elements of one index wait, or for a
/// chain "`a`, `b`, `c` and `d` deploy one after the other".
pub(super) fn said(edges: &[Before], template: &Template, each: &FxHashSet<Before>) -> String {
    if let Some(row) = row(edges, template, each) {
        return row;
    }
    sayings(edges, template, each).join(", ")
}

/// The same where the edits name each edge.
pub(super) fn said_beside_edits(edges: &[Before], template: &Template, each: &FxHashSet<Before>) -> String {
    if let Some(row) = row(edges, template, each) {
        return row;
    }
    let all = sayings(edges, template, each);
    if all.len() <= MANY {
        return all.join(", ");
    }
    format!("{} and {} more wait as the edits say", all[..FEW].join(", "), all.len() - FEW)
}

/// A chain in words.
fn row(edges: &[Before], template: &Template, each: &FxHashSet<Before>) -> Option<String> {
    let symbol = |node: NodeId| format!("`{}`", template.node(node).symbol);
    let is_row = edges.len() + 1 >= ROW
        && edges.windows(2).all(|two| two[0].late == two[1].early)
        && !edges.iter().any(|edge| each.contains(edge));
    let (first, last) = (edges.first()?, edges.last().filter(|_| is_row)?);
    let names = std::iter::once(first.early).chain(edges.iter().map(|edge| edge.late));
    let names: Vec<String> = names.map(symbol).collect();
    if names.len() > LONGEST {
        let (first, last) = (symbol(first.early), symbol(last.late));
        return Some(format!(
            "{} declarations deploy one after the other, from {first} to {last}",
            names.len()
        ));
    }
    Some(format!("{} deploy one after the other", sentence(&names)))
}

/// What one declaration waits for, in words. Ex) `c` waits for `a` and `b`
pub(super) fn waits(late: NodeId, all: &[NodeId], template: &Template, each: &FxHashSet<Before>) -> String {
    let edges: Vec<Before> = all.iter().map(|&early| Before { early, late }).collect();
    sayings(&edges, template, each).join(", ").replacen(" wait for ", " waits for ", 1)
}

/// For each waiting declaration, what it waits for.
fn sayings(edges: &[Before], template: &Template, each: &FxHashSet<Before>) -> Vec<String> {
    let symbol = |node: NodeId| format!("`{}`", template.node(node).symbol);
    let is_each = |early: NodeId, late: NodeId| each.contains(&Before { early, late });
    let steps = by_late(edges).into_iter().map(|(late, all)| {
        let index = Index::of(template, late).map_or_else(String::new, |index| format!("[{}]", index.name));
        let element = |node: NodeId| format!("`{}{index}`", template.node(node).symbol);
        let is_all = all.iter().all(|&early| is_each(early, late));
        let of = |early: NodeId| if is_each(early, late) { element(early) } else { symbol(early) };
        let early: Vec<String> = all.iter().map(|&early| of(early)).collect();
        let late = if is_all { element(late) } else { symbol(late) };
        format!("{late} wait for {}", sentence(&early))
    });
    steps.collect()
}

/// Groups edges by the waiting node, in their order.
pub(super) fn by_late(edges: &[Before]) -> Vec<(NodeId, Vec<NodeId>)> {
    let mut of_late: Vec<(NodeId, Vec<NodeId>)> = Vec::new();
    let mut places: FxHashMap<NodeId, usize> = FxHashMap::default();
    for &Before { early, late } in edges {
        let at = *places.entry(late).or_insert(of_late.len());
        if at == of_late.len() {
            of_late.push((late, Vec::new()));
        }
        of_late[at].1.push(early);
    }
    of_late
}
