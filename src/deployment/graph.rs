//! The deployment graph of a template: nodes, "waits for" edges, and cycles.

use petgraph::Direction;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::limit::Record;
use crate::small_sort::SmallSort as _;
use crate::source::Span;
use crate::template::{ExprId, NodeId, NodeKind, Problem, Template, VariableId};

use super::inlined::inlined;
use super::path::Ends;
use super::reference::References;

/// The deployment graph of one template.
///
/// Its nodes are the template's, in the same order ([`NodeId`] and petgraph's index are the same number). An edge leads
/// **from the node that waits to the node that it waits for**. The compiler leaves some nodes out of the ARM template: existing
/// resources in classic mode, inlined ones in symbolic mode. They keep their index here but have no edges; see
/// [`Graph::is_written`].
#[derive(Debug)]
pub struct Graph {
    /// Petgraph's graph; prefer [`Graph::waits_for`] and [`Graph::waited_for_by`].
    pub graph: DiGraph<NodeId, Edge>,
    /// Whether the compiler emits symbolic names. Then existing resources are nodes that others wait for.
    pub symbolic: bool,
    /// Entries of a `dependsOn` that name an existing resource, in source order.
    pub through_existing: Vec<ThroughExisting>,
    /// Groups of nodes that wait for one another, each as one shortest cycle.
    pub cycles: Vec<Cycle>,
    /// Limits that building the graph reached, each with its place.
    pub limits: Record<Span>,
    written: Vec<bool>,
}

/// Why and how one node waits for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// `None`: waits for the node as a whole, in a loop for every instance. `Some`: waits for one instance, which the hops lead
    /// to.
    pub element: Option<Box<[Hop]>>,
    /// The places in the waiting declaration that cause the edge.
    pub because: Vec<Because>,
}

/// One step from a waiting node to an element of a loop.
///
/// In `dependsOn: [subnets[indexes[i]]]` there are two hops: the variable `indexes` at `i`, then the resource `subnets` at that
/// item.
///
/// To evaluate: start with the copy index of the waiting node; at each hop evaluate `index` with the loop variables of the
/// place before, then bind the loop variables of `target` to it (the item to the list's element). The last hop's index is
/// the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The target of the step.
    pub target: Target,
    /// The element of `target` that is meant; `None` for all of it.
    pub index: Option<ExprId>,
}

/// The target of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A resource or module.
    Node(NodeId),
    /// A variable, through whose value the path continues.
    Variable(VariableId),
}

/// A place that makes a node wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Because {
    /// Whether it is an entry of `dependsOn`, a parent or another reference.
    pub reason: Reason,
    /// The reference, in the waiting declaration (not in a variable that it goes through).
    pub span: Span,
}

/// Why a place makes a node wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An entry of `dependsOn`.
    Explicit,
    /// The `parent` property, or nesting in the parent's declaration.
    Parent,
    /// Any other reference, such as `hub.id`.
    Reference,
}

/// An entry of a `dependsOn` that names an existing resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThroughExisting {
    /// The node with the `dependsOn`.
    pub node: NodeId,
    /// The existing resource.
    pub existing: NodeId,
    /// Span of the entry.
    pub span: Span,
}

/// A cycle: each node waits for the next, and the last for the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle(pub Vec<NodeId>);

impl Graph {
    /// Builds the graph. `symbolic` is what [`symbolic_mode`](super::symbolic_mode) returns for the template.
    pub fn of(template: &Template, symbolic: bool) -> Self {
        let mut references = References::of(template);
        let mut limits = std::mem::take(&mut references.limits);
        let inlined =
            if symbolic { inlined(template, &mut limits) } else { vec![false; template.nodes.len()] };
        let written: Vec<bool> = template
            .nodes
            .iter()
            .zip(&inlined)
            .map(|(node, inlined)| match node.kind {
                NodeKind::Existing(_) => symbolic && !inlined,
                NodeKind::Resource(_) | NodeKind::Module(_) => true,
            })
            .collect();
        let mut graph = DiGraph::with_capacity(template.nodes.len(), template.nodes.len());
        for id in template.node_ids() {
            graph.add_node(id);
        }
        let ends = Ends { template, references: &references, symbolic, inlined: &inlined };
        for id in template.node_ids().filter(|id| written[id.ix()]) {
            for (target, edge) in ends.edges(id) {
                graph.add_edge(index(id), index(target), edge);
            }
        }
        let cycles = cycles(&graph);
        let through_existing = through_existing(template, &references);
        Self { graph, symbolic, through_existing, cycles, limits, written }
    }

    /// Whether the compiler emits the node into the ARM template.
    pub fn is_written(&self, id: NodeId) -> bool {
        self.written[id.ix()]
    }

    /// The nodes that `id` waits for directly. A target is repeated if the node waits for several of its elements.
    pub fn waits_for(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Edge)> {
        self.graph.edges(index(id)).map(|edge| (node_id(edge.target()), edge.weight()))
    }

    /// The nodes that wait for `id` directly.
    pub fn waited_for_by(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Edge)> {
        let edges = self.graph.edges_directed(index(id), Direction::Incoming);
        edges.map(|edge| (node_id(edge.source()), edge.weight()))
    }

    /// Reports each cycle as a problem of the template.
    pub fn problems(&self, template: &Template) -> Vec<Problem> {
        let symbol = |id: &NodeId| format!("`{}`", template.node(*id).symbol);
        self.cycles
            .iter()
            .filter_map(|Cycle(path)| {
                let first = path.first()?;
                let way: Vec<String> = path.iter().chain([first]).map(symbol).collect();
                let message = format!("these wait for one another: {}", way.join(" -> "));
                Some(Problem { span: template.node(*first).symbol_span, message })
            })
            .collect()
    }
}

/// Petgraph's index of a node: the same number.
pub fn index(id: NodeId) -> NodeIndex {
    NodeIndex::new(id.0 as usize)
}

/// The node at petgraph's index: the same number.
pub fn node_id(index: NodeIndex) -> NodeId {
    NodeId(index.index() as u32)
}

/// One cycle for each strongly connected component. It starts at the component's first node in source order, so that the
/// message is stable.
fn cycles(graph: &DiGraph<NodeId, Edge>) -> Vec<Cycle> {
    let mut found: Vec<Cycle> = tarjan_scc(graph)
        .into_iter()
        .filter_map(|group| {
            let start = group.iter().copied().min()?;
            (group.len() > 1 || graph.contains_edge(start, start))
                .then(|| shortest_cycle(graph, start, &group))
        })
        .collect();
    found.small_sort_by_key(|cycle| cycle.0.first().copied());
    found
}

/// The shortest cycle through `start` inside its component, by breadth-first search.
fn shortest_cycle(graph: &DiGraph<NodeId, Edge>, start: NodeIndex, group: &[NodeIndex]) -> Cycle {
    let group: rustc_hash::FxHashSet<NodeIndex> = group.iter().copied().collect();
    let mut from = rustc_hash::FxHashMap::default();
    let mut queue = std::collections::VecDeque::from([start]);
    'search: while let Some(at) = queue.pop_front() {
        for next in graph.neighbors(at).filter(|next| group.contains(next)) {
            if next == start {
                from.insert(start, at);
                break 'search;
            }
            if let std::collections::hash_map::Entry::Vacant(entry) = from.entry(next) {
                entry.insert(at);
                queue.push_back(next);
            }
        }
    }
    let mut path = vec![node_id(start)];
    let mut at = from.get(&start).copied();
    while let Some(here) = at.filter(|&here| here != start) {
        path.push(node_id(here));
        at = from.get(&here).copied();
    }
    path[1..].reverse();
    Cycle(path)
}

fn through_existing(template: &Template, references: &References) -> Vec<ThroughExisting> {
    let mut found = Vec::new();
    for node in template.node_ids() {
        for reference in references.get(Target::Node(node)) {
            let Target::Node(existing) = reference.target else { continue };
            if !matches!(template.node(existing).kind, NodeKind::Existing(_)) {
                continue;
            }
            let explicit = reference.because.iter().filter(|because| because.reason == Reason::Explicit);
            found.extend(explicit.map(|because| ThroughExisting { node, existing, span: because.span }));
        }
    }
    found
}
