//! The possible removals in a template: elements of a `dependsOn`, and `@batchSize(1)`.

use std::collections::BTreeSet;

use bicep_race_lint::deployment::{Graph, Order, Reach};
use bicep_race_lint::source::Span;
use bicep_race_lint::template::{Expr, ExprId, NodeId, NodeKind, Template};

/// A text that can be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Removal {
    /// The span that is removed.
    pub(super) span: Span,
    /// The pairs that lose their order: the waiting declaration and its dependency. Both are the same for a loop in
    /// batches of one.
    pub(super) ends: BTreeSet<(NodeId, NodeId)>,
    /// The number of other pairs that another path still orders.
    pub(super) implied: usize,
}

/// All possible removals in a template; none for a template with a cycle, which Azure rejects.
pub(super) fn removals(template: &Template, graph: &Graph) -> Vec<Removal> {
    if !graph.cycles.is_empty() {
        return Vec::new();
    }
    let order = Order::new(graph);
    let mut found = Vec::new();
    for node in template.node_ids() {
        if matches!(template.node(node).kind, NodeKind::Existing(_)) {
            continue;
        }
        let mut elements = Vec::new();
        if let Some(written) = template.node(node).depends_on {
            collect(template, written, &mut elements);
        }
        found.extend(elements.into_iter().map(|element| {
            let span = with_comma(&template.exprs.source, template.exprs.span(element));
            of_element(template, graph, &order, (node, template.exprs.span(element), span))
        }));
        found.extend(batch(template, node).map(|span| Removal {
            span,
            ends: [(node, node)].into(),
            implied: 0,
        }));
    }
    found
}

/// The elements of all lists in a `dependsOn`.
fn collect(template: &Template, written: ExprId, elements: &mut Vec<ExprId>) {
    let exprs = &template.exprs;
    match exprs.get(written) {
        Expr::Array(list) => {
            for &element in exprs.list(list) {
                match exprs.get(element) {
                    Expr::Spread(inner) => collect(template, inner, elements),
                    _ => elements.push(element),
                }
            }
        }
        Expr::Paren(inner) => collect(template, inner, elements),
        Expr::Ternary { yes, no, .. } => [yes, no].into_iter().for_each(|of| collect(template, of, elements)),
        Expr::Call { arguments, .. } => {
            exprs.list(arguments).iter().for_each(|&of| collect(template, of, elements));
        }
        _ => {}
    }
}

/// The pairs that only this element orders.
fn of_element(
    template: &Template,
    graph: &Graph,
    order: &Order,
    (node, element, span): (NodeId, Span, Span),
) -> Removal {
    let is_inside = |place: Span| element.start <= place.start && place.end <= element.end;
    let mut waits = vec![Vec::new(); template.nodes.len()];
    let mut ends = BTreeSet::new();
    for from in template.node_ids() {
        for (target, edge) in graph.waits_for(from) {
            let mut because = edge.because.iter();
            if from == node && because.any(|because| is_inside(because.span)) {
                ends.insert((node, target));
                if edge.because.iter().all(|because| is_inside(because.span)) {
                    continue;
                }
            }
            waits[from.ix()].push((target.0, edge.element.is_none()));
        }
    }
    let count = ends.len();
    let left = Order::of_lists(waits);
    let is_lost = |&(late, early): &(NodeId, NodeId)| left.reaches(late, early) < order.reaches(late, early);
    ends.retain(|pair| is_lost(pair) && order.reaches(pair.0, pair.1) != Reach::None);
    Removal { span, implied: count - ends.len(), ends }
}

/// An element together with the comma to remove: the next one or, for the last element, the one before it.
fn with_comma(text: &str, element: Span) -> Span {
    let (before, after) = (&text[..element.start as usize], &text[element.end as usize..]);
    let blank = |letter: char| letter == ' ' || letter == '\t';
    let next = after.trim_start_matches(blank);
    if next.starts_with(',') {
        return Span { end: element.end + (after.len() - next.len()) as u32 + 1, ..element };
    }
    match before.trim_end_matches(blank).strip_suffix(',') {
        Some(kept) => Span { start: kept.len() as u32, ..element },
        None => element,
    }
}

/// The `@batchSize(1)` of a loop.
fn batch(template: &Template, node: NodeId) -> Option<Span> {
    let node = template.node(node);
    if node.copy.as_ref()?.batch_size != Some(1) {
        return None;
    }
    let (start, end) = (node.full_span.start as usize, node.span.start as usize);
    let decorators = template.exprs.source.get(start..end)?;
    let found = ["@batchSize(", "@sys.batchSize("].iter().filter_map(|begin| decorators.find(begin));
    let from = found.min()?;
    let to = from + decorators[from..].find(')')? + 1;
    Some(Span { start: (start + from) as u32, end: (start + to) as u32 })
}

/// A text with blanks in place of the removed part, so that nothing else moves.
pub(super) fn without(text: &str, span: Span) -> String {
    let blank = |letter: char| -> String {
        if letter == '\n' || letter == '\r' { letter.into() } else { " ".repeat(letter.len_utf8()) }
    };
    let (start, end) = (span.start as usize, span.end as usize);
    let removed: String = text[start..end].chars().map(blank).collect();
    format!("{}{removed}{}", &text[..start], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text without the element between `<` and `>`.
    fn left(marked: &str) -> String {
        let (start, end) = (marked.find('<').unwrap(), marked.find('>').unwrap() - 1);
        let text = marked.replace(['<', '>'], "");
        without(&text, with_comma(&text, Span { start: start as u32, end: end as u32 }))
    }

    #[test]
    fn an_element_goes_with_one_comma_and_nothing_else_moves() {
        assert_eq!(left("[<a>, b]"), "[   b]");
        assert_eq!(left("[a, <b>]"), "[a   ]");
        assert_eq!(left("[a, <b>, c]"), "[a,    c]");
        assert_eq!(left("[<a>]"), "[ ]");
        assert_eq!(left("[\n  <x ? a\n  : é>\n  b\n]"), "[\n       \n      \n  b\n]");
    }
}
