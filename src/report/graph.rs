//! The graph of one template as JSON, in a documented format: the direct dependencies that the compiler would write.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::deployment::Graph;
use crate::small_sort::SmallSort as _;
use crate::template::{NodeId, NodeKind, Template};

/// Whether a node, or a resource that it is nested in, has a condition.
fn is_conditional(template: &Template, id: NodeId) -> bool {
    let outward = std::iter::successors(Some(id), |&id| template.node(id).outer);
    outward.into_iter().any(|id| template.node(id).condition.is_some())
}

/// The nodes of the compiled template, in source order.
fn written<'g>(template: &Template, graph: &'g Graph) -> impl Iterator<Item = NodeId> + use<'g> {
    template.node_ids().filter(|&id| graph.is_written(id))
}

/// The dependencies of a node, without duplicates and in source order. The flag tells whether a dependency is only
/// element by element.
fn waits(graph: &Graph, id: NodeId) -> Vec<(NodeId, bool)> {
    let mut waits: Vec<_> =
        graph.waits_for(id).map(|(target, edge)| (target, edge.element.is_some())).collect();
    waits.small_sort();
    waits.dedup();
    waits
}

#[derive(Serialize)]
struct Document<'t> {
    nodes: BTreeMap<&'t str, Node<'t>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Node<'t> {
    #[serde(rename = "type")]
    ty: &'t str,
    kind: &'static str,
    #[serde(rename = "loop")]
    copy: Option<Loop>,
    conditional: bool,
    depends_on: Vec<Dependency<'t>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Loop {
    batch_size: Option<u32>,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Dependency<'t> {
    symbol: &'t str,
    each: bool,
}

/// The graph as one JSON document with a line end. Nodes and dependencies are sorted by symbol.
pub fn json(template: &Template, graph: &Graph) -> Result<String, serde_json::Error> {
    let nodes = written(template, graph).map(|id| {
        let node = template.node(id);
        let mut depends_on: Vec<_> = waits(graph, id)
            .into_iter()
            .map(|(target, each)| Dependency { symbol: &template.node(target).symbol, each })
            .collect();
        depends_on.small_sort();
        let kind = match node.kind {
            NodeKind::Resource(_) => "resource",
            NodeKind::Existing(_) => "existing",
            NodeKind::Module(_) => "module",
        };
        let copy = node.copy.as_ref().map(|copy| Loop { batch_size: copy.batch_size });
        let conditional = is_conditional(template, id);
        (&*node.symbol, Node { ty: node.kind.type_name(), kind, copy, conditional, depends_on })
    });
    let mut text = serde_json::to_string_pretty(&Document { nodes: nodes.collect() })?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests;
