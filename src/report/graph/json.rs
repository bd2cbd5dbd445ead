//! The graph as JSON, by the contract.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::deployment::Graph;
use crate::template::{NodeKind, Template};

use super::{is_conditional, type_name, waits, written};

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

/// The graph as one JSON document, nodes and dependencies sorted by symbol, with a line end.
pub fn json(template: &Template, graph: &Graph) -> Result<String, serde_json::Error> {
    let nodes = written(template, graph).map(|id| {
        let node = template.node(id);
        let mut depends_on: Vec<_> = waits(graph, id)
            .into_iter()
            .map(|(target, each)| Dependency { symbol: &template.node(target).symbol, each })
            .collect();
        depends_on.sort_unstable();
        let kind = match node.kind {
            NodeKind::Resource(_) => "resource",
            NodeKind::Existing(_) => "existing",
            NodeKind::Module(_) => "module",
        };
        let copy = node.copy.as_ref().map(|copy| Loop { batch_size: copy.batch_size });
        let conditional = is_conditional(template, id);
        (&*node.symbol, Node { ty: type_name(template, id), kind, copy, conditional, depends_on })
    });
    let mut text = serde_json::to_string_pretty(&Document { nodes: nodes.collect() })?;
    text.push('\n');
    Ok(text)
}
