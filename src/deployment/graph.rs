//! The graph: what waits for what.

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
/// **from the node that waits to the node that it waits for**. Nodes that the compiler does not write (existing resources in
/// classic mode, inlined ones in symbolic mode) are there without edges; see [`Graph::is_written`].
#[derive(Debug)]
pub struct Graph {
    /// The nodes and edges.
    pub graph: DiGraph<NodeId, Edge>,
    /// Whether the compiler writes symbolic names, so that existing resources take part.
    pub symbolic: bool,
    /// Entries of a `dependsOn` that name an existing resource, in source order.
    pub through_existing: Vec<ThroughExisting>,
    /// Nodes that wait for one another: each with a way around.
    pub cycles: Vec<Cycle>,
    /// Limits that were reached, with the place of each.
    pub limits: Record<Span>,
    written: Vec<bool>,
}

/// Why and how one node waits for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// None: for the node, or for every instance of a loop. Some: for one instance, found by following the hops.
    pub element: Option<Box<[Hop]>>,
    /// Where it comes from, in the text of the waiting declaration.
    pub because: Vec<Because>,
}

/// One step from a waiting node to an element of a loop.
///
/// To evaluate: start with the copy index of the waiting node; at each hop evaluate `index` with the loop variables of the
/// place before, then bind the loop variables of `target` to it (the item to the list's element). The last hop's index is
/// the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Where it leads.
    pub target: Target,
    /// Which element of it.
    pub index: Option<ExprId>,
}

/// What a reference names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A resource or module.
    Node(NodeId),
    /// A variable.
    Variable(VariableId),
}

/// A place that makes a node wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Because {
    /// What kind of place.
    pub reason: Reason,
    /// The reference, in the waiting declaration (not in a variable that it goes through).
    pub span: Span,
}

/// Kinds of places that make a node wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An entry of `dependsOn`.
    Explicit,
    /// `parent`, or nesting.
    Parent,
    /// Any other mention.
    Reference,
}

/// An entry of a `dependsOn` that names an existing resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThroughExisting {
    /// The node whose `dependsOn` it is.
    pub node: NodeId,
    /// The existing resource.
    pub existing: NodeId,
    /// The entry.
    pub span: Span,
}

/// Nodes that wait for one another: the first waits for the second, …, the last for the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle(pub Vec<NodeId>);

impl Graph {
    /// The graph of a template, in the mode that [`symbolic_mode`](super::symbolic_mode) decides.
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

    /// Whether the compiler writes the node into the template.
    pub fn is_written(&self, id: NodeId) -> bool {
        self.written[id.ix()]
    }

    /// What a node waits for directly. One target may come more than once, for different elements.
    pub fn waits_for(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Edge)> {
        self.graph.edges(index(id)).map(|edge| (node_id(edge.target()), edge.weight()))
    }

    /// What waits for a node directly.
    pub fn waited_for_by(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Edge)> {
        let edges = self.graph.edges_directed(index(id), Direction::Incoming);
        edges.map(|edge| (node_id(edge.source()), edge.weight()))
    }

    /// The cycles as problems of the template.
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

/// Petgraph's index of a node.
pub fn index(id: NodeId) -> NodeIndex {
    NodeIndex::new(id.0 as usize)
}

/// The node of a petgraph index.
pub fn node_id(index: NodeIndex) -> NodeId {
    NodeId(index.index() as u32)
}

/// One cycle for each group of nodes that wait for one another, from its first node in source order.
fn cycles(graph: &DiGraph<NodeId, Edge>) -> Vec<Cycle> {
    let mut found: Vec<Cycle> = tarjan_scc(graph)
        .into_iter()
        .filter_map(|group| {
            let start = group.iter().copied().min()?;
            (group.len() > 1 || graph.contains_edge(start, start)).then(|| way_around(graph, start, &group))
        })
        .collect();
    found.small_sort_by_key(|cycle| cycle.0.first().copied());
    found
}

/// A shortest way from a node back to itself inside its group.
fn way_around(graph: &DiGraph<NodeId, Edge>, start: NodeIndex, group: &[NodeIndex]) -> Cycle {
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
