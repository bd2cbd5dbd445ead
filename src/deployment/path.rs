//! Finds the nodes that a declaration waits for, by following its references through variables and existing resources.

use rustc_hash::FxHashSet;

use crate::template::{ExprId, NodeId, NodeKind, Template};

use super::graph::{Because, Edge, Hop, Target};
use super::reference::{Reference, References};

/// The nodes at which a path may end.
pub(super) struct Ends<'t> {
    pub(super) template: &'t Template,
    pub(super) references: &'t References,
    pub(super) symbolic: bool,
    pub(super) inlined: &'t [bool],
}

/// One step of a path.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// The declaration that contains the reference, and the reference.
    owner: Target,
    at: usize,
    previous: Option<usize>,
    /// Whether the index contains the copy index of the waiting node.
    copy_index: bool,
    /// Whether every step up to here is indexed with the copy index of the waiting node.
    all: bool,
    /// Whether the index at the end of the path is lost.
    collapsed: bool,
}

/// A path that arrives at a node.
struct Arrival {
    node: NodeId,
    step: usize,
    whole: bool,
}

impl Ends<'_> {
    fn is_end(&self, reference: &Reference) -> bool {
        let Target::Node(id) = reference.target else { return false };
        match self.template.node(id).kind {
            NodeKind::Module(_) | NodeKind::Resource(_) => true,
            NodeKind::Existing(_) => self.symbolic && !reference.weak && !self.inlined[id.ix()],
        }
    }

    /// The targets of a node with their edges, in the order in which they are found.
    pub(super) fn edges(&self, from: NodeId) -> Vec<(NodeId, Edge)> {
        let mut steps: Vec<Step> = Vec::new();
        let mut arrivals: Vec<Arrival> = Vec::new();
        // A state that was seen before leads to nothing new, and the compiler counts several paths to one reference once.
        let mut seen = FxHashSet::default();
        let owner = Target::Node(from);
        let mut open: Vec<(Target, usize, Option<usize>)> = Vec::new();
        let push = |open: &mut Vec<_>, owner: Target, previous| {
            let count = self.references.get(owner).len();
            open.extend((0..count).rev().map(|at| (owner, at, previous)));
        };
        push(&mut open, owner, None);
        while let Some((owner, at, previous)) = open.pop() {
            let reference = &self.references.get(owner)[at];
            let before: Option<&Step> = previous.map(|previous: usize| &steps[previous]);
            let all = before.is_none_or(|step| step.all);
            // After a step without an index, the loop variable belongs to a loop that is left out, so it counts like a
            // copy index.
            let bound = before.is_none_or(|step| self.index_of(step).is_none() || step.copy_index);
            if !seen.insert((owner, at, all, bound)) {
                continue;
            }
            let copy_index = reference.index.is_some() && reference.index_has_local && bound;
            let step = Step {
                owner,
                at,
                previous,
                copy_index,
                all: all && copy_index,
                collapsed: copy_index && !all,
            };
            steps.push(step);
            let here = steps.len() - 1;
            if self.is_end(reference) {
                if let Target::Node(node) = reference.target {
                    arrivals.push(Arrival {
                        node,
                        step: here,
                        whole: reference.index.is_none() || step.collapsed,
                    });
                }
            } else {
                push(&mut open, reference.target, Some(here));
            }
        }
        self.grouped(&steps, &arrivals)
    }

    fn index_of(&self, step: &Step) -> Option<ExprId> {
        self.references.get(step.owner)[step.at].index
    }

    /// One edge for each target that is waited for as a whole; otherwise one for each reference that names an element.
    fn grouped(&self, steps: &[Step], arrivals: &[Arrival]) -> Vec<(NodeId, Edge)> {
        let whole: FxHashSet<NodeId> = arrivals.iter().filter(|a| a.whole).map(|a| a.node).collect();
        let mut at: rustc_hash::FxHashMap<(NodeId, Option<(Target, usize)>), usize> =
            rustc_hash::FxHashMap::default();
        let mut edges: Vec<(NodeId, Edge)> = Vec::new();
        for arrival in arrivals {
            let last = steps[arrival.step];
            let element = !whole.contains(&arrival.node);
            let key = (arrival.node, element.then_some((last.owner, last.at)));
            let because = self.because(steps, arrival.step);
            if let Some(&known) = at.get(&key) {
                add_new(&mut edges[known].1.because, because);
                continue;
            }
            at.insert(key, edges.len());
            let element = element.then(|| self.hops(steps, arrival.step));
            edges.push((arrival.node, Edge { element, because: because.to_vec() }));
        }
        edges
    }

    /// The places in the source where the first step of a path is written.
    fn because(&self, steps: &[Step], mut at: usize) -> &[Because] {
        while let Some(previous) = steps[at].previous {
            at = previous;
        }
        &self.references.get(steps[at].owner)[steps[at].at].because
    }

    fn hops(&self, steps: &[Step], at: usize) -> Box<[Hop]> {
        let mut hops: Vec<Hop> = std::iter::successors(Some(at), |&at| steps[at].previous)
            .map(|at| {
                let reference = &self.references.get(steps[at].owner)[steps[at].at];
                Hop { target: reference.target, index: reference.index }
            })
            .collect();
        hops.reverse();
        hops.into_boxed_slice()
    }
}

fn add_new(known: &mut Vec<Because>, more: &[Because]) {
    for because in more {
        if known.len() < MAX_REASONS && !known.contains(because) {
            known.push(*because);
        }
    }
}

/// Maximum number of places that are kept for one edge. Not a limit of the analysis, because one place is enough to
/// make a node wait.
const MAX_REASONS: usize = 16;
