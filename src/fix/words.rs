//! New edges in a sentence.

use rustc_hash::{FxHashMap, FxHashSet};

use super::element::Index;
use super::plan::Before;
use crate::rules::sentence;
use crate::template::{NodeId, Template};

/// Minimum length of a chain that is described as one: "each of b, c and d wait for the one before it".
const ROW: usize = 4;

/// Describes edges in a sentence: "`b` wait for `a`", "`b[i]` wait for `a[i]`" where only elements of one index wait, or for a
/// chain "each of `b`, `c` and `d` wait for the one before it".
pub(super) fn said(edges: &[Before], template: &Template, each: &FxHashSet<Before>) -> String {
    let symbol = |node: NodeId| format!("`{}`", template.node(node).symbol);
    let is_each = |early: NodeId, late: NodeId| each.contains(&Before { early, late });
    let is_row = edges.len() + 1 >= ROW
        && edges.windows(2).all(|two| two[0].late == two[1].early)
        && !edges.iter().any(|edge| each.contains(edge));
    if let (true, Some(first), Some(last)) = (is_row, edges.first(), edges.last()) {
        let (first, second, last) = (symbol(first.early), symbol(first.late), symbol(last.late));
        return match edges {
            [_, third, _] => {
                format!(
                    "each of {second}, {} and {last} wait for the one before it, {first} first",
                    symbol(third.late)
                )
            }
            _ => format!("each of {second} to {last} wait for the one before it, {first} first"),
        };
    }
    let steps = by_late(edges).into_iter().map(|(late, all)| {
        let index = Index::of(template, late).map_or_else(String::new, |index| format!("[{}]", index.name));
        let element = |node: NodeId| format!("`{}{index}`", template.node(node).symbol);
        let is_all = all.iter().all(|&early| is_each(early, late));
        let of = |early: NodeId| if is_each(early, late) { element(early) } else { symbol(early) };
        let early: Vec<String> = all.iter().map(|&early| of(early)).collect();
        let late = if is_all { element(late) } else { symbol(late) };
        format!("{late} wait for {}", sentence(&early))
    });
    steps.collect::<Vec<_>>().join(", ")
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
