//! Reads the graph from a compiled template with symbolic names.

use std::collections::BTreeSet;

use bicep_race_lint::template::{NodeId, NodeKind, Template};
use serde_json::{Map, Value};

/// A graph as sets: nodes, and edges with a flag for edges to a single loop element.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub(super) nodes: BTreeSet<String>,
    pub(super) edges: BTreeSet<(String, String, bool)>,
}

pub(super) fn is_symbolic(template: &Value) -> bool {
    template["resources"].is_object()
}

pub(super) fn is_from_bicep(template: &Value) -> bool {
    template["metadata"]["_generator"]["name"] == "bicep"
}

pub(super) fn has_secure_output(template: &Value) -> bool {
    let outputs = template["outputs"].as_object().into_iter().flat_map(Map::values);
    outputs.filter_map(|output| output["type"].as_str()).any(|ty| ty.to_lowercase().starts_with("secure"))
}

pub(super) fn properties(node: &Value) -> &Value {
    &node["properties"]
}

pub(super) fn depends_on(node: &Value) -> impl Iterator<Item = &str> {
    node["dependsOn"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The graph of a template with symbolic names.
pub(super) fn symbolic(template: &Value) -> Drawn {
    let mut drawn = Drawn::default();
    for (symbol, node) in template["resources"].as_object().into_iter().flatten() {
        drawn.nodes.insert(symbol.clone());
        for entry in depends_on(node) {
            let (target, element) = element(entry).map_or((entry, false), |target| (target, true));
            drawn.edges.insert((symbol.clone(), target.replace("''", "'"), element));
        }
    }
    drawn
}

/// The loop of an entry such as `[format('vnets[{0}]', copyIndex())]`.
fn element(entry: &str) -> Option<&str> {
    let rest = entry.strip_prefix("[format('")?;
    rest.ends_with(")]").then_some(())?;
    Some(rest.split_once("[{0}]', ")?.0)
}

/// The compiled form of each node of a template.
pub(super) fn nodes<'j>(template: &Template, json: &'j Value) -> Vec<Option<&'j Value>> {
    if let Value::Object(resources) = &json["resources"] {
        return template.nodes.iter().map(|node| resources.get(&node.symbol)).collect();
    }
    let mut found = vec![None; template.nodes.len()];
    let written = json["resources"].as_array().into_iter().flatten();
    for (id, written) in positions(template).into_iter().zip(written) {
        found[id.ix()] = Some(written);
    }
    found
}

/// The nodes in the order of a template without symbolic names: nested ones, top-level ones, modules.
pub(super) fn positions(template: &Template) -> Vec<NodeId> {
    let mut order = Vec::new();
    scope(template, None, &mut order);
    let is_module = |id: &NodeId| matches!(template.node(*id).kind, NodeKind::Module(_));
    let (modules, mut resources): (Vec<_>, Vec<_>) = order.into_iter().partition(is_module);
    resources.extend(modules);
    resources.retain(|id| !matches!(template.node(*id).kind, NodeKind::Existing(_)));
    resources
}

fn scope(template: &Template, outer: Option<NodeId>, order: &mut Vec<NodeId>) {
    let children: Vec<NodeId> = template.node_ids().filter(|id| template.node(*id).outer == outer).collect();
    for child in &children {
        scope(template, Some(*child), order);
    }
    order.extend(children);
}
