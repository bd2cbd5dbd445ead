//! The deployment graph as text: JSON by the contract, Mermaid, DOT.

mod dot;
mod json;
mod mermaid;

#[cfg(test)]
mod tests;

pub use dot::dot;
pub use json::json;
pub use mermaid::mermaid;

use crate::deployment::Graph;
use crate::template::{NodeId, NodeKind, Template};

/// The type of a module call in a compiled template.
const MODULE_TYPE: &str = "Microsoft.Resources/deployments";

/// The type that a node has in a compiled template.
fn type_name(template: &Template, id: NodeId) -> &str {
    match &template.node(id).kind {
        NodeKind::Resource(ty) | NodeKind::Existing(ty) => &ty.name,
        NodeKind::Module(_) => MODULE_TYPE,
    }
}

/// Whether a node, or a resource that it is nested in, has a condition.
fn is_conditional(template: &Template, id: NodeId) -> bool {
    let outward = std::iter::successors(Some(id), |&id| template.node(id).outer);
    outward.into_iter().any(|id| template.node(id).condition.is_some())
}

/// The nodes of the compiled template, in source order.
fn written<'g>(template: &Template, graph: &'g Graph) -> impl Iterator<Item = NodeId> + use<'g> {
    template.node_ids().filter(|&id| graph.is_written(id))
}

/// What a node waits for, and whether only element by element; in source order, each once.
fn waits(graph: &Graph, id: NodeId) -> Vec<(NodeId, bool)> {
    let mut waits: Vec<_> =
        graph.waits_for(id).map(|(target, edge)| (target, edge.element.is_some())).collect();
    waits.sort_unstable();
    waits.dedup();
    waits
}

/// What a picture says beside the type: a loop, a condition, a reference to what is there already.
fn remarks(template: &Template, id: NodeId) -> String {
    let node = template.node(id);
    let mut remarks = Vec::new();
    if matches!(node.kind, NodeKind::Existing(_)) {
        remarks.push("existing".to_owned());
    }
    if let Some(copy) = &node.copy {
        remarks.push(
            copy.batch_size.map_or_else(|| "loop".to_owned(), |size| format!("loop, batches of {size}")),
        );
    }
    if is_conditional(template, id) {
        remarks.push("conditional".to_owned());
    }
    remarks.join(", ")
}
