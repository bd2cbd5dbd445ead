//! Order between instances: the formula under which one starts only after another has finished.
//!
//! A node that is not deployed takes no time and passes on what it waits for, so the order of nodes does not depend on
//! conditions:
//!
//! ```bicep
//! resource s2s '…/vpnGateways@…' = { … }
//! resource p2s '…/p2sVpnGateways@…' = if (withP2s) { …  dependsOn: [s2s] }
//! resource er '…/expressRouteGateways@…' = { …  dependsOn: [p2s] }   // waits for `s2s` also without `p2s`
//! ```
//!
//! Azure's deployment engine was observed to do this (November 2026): false conditions, empty loops and missing elements all
//! pass the order on. `docs/rules/fragile-order.md` says what was believed before.
//!
//! Only instances of loops need a formula: an edge from element to element orders the elements that exist, and an empty loop
//! passes on only what it waits for as a whole.

use std::cell::{OnceCell, RefCell};

use rustc_hash::FxHashMap;

use crate::deployment::{Edge, Graph, Order, Reach, Target};
use crate::eval::evaluator::Evaluator;
use crate::eval::term::{CopyVariable, Function, Term};
use crate::eval::terms::Terms;
use crate::template::NodeId;
use crate::workspace::TemplateId;

/// An edge: a node waits for instances of `target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The node that must finish first.
    pub target: NodeId,
    /// The instances that are waited for.
    pub element: Element,
}

/// Which instances of a loop are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// All instances; or the node is not a loop.
    All,
    /// The one with the index of the waiting instance.
    Same,
    /// One by its number.
    At(u32),
    /// An instance whose index is an expression over [`CopyVariable::OF_NODE`] (the index of the waiting instance) or over
    /// parameters, such as `v[1 - i]` or `v[k]`. The formula of a pair decides which instance it is.
    By(Term),
}

/// The order of one template in the terms of its parameters: what each node waits for, and when it is deployed.
#[derive(Debug, Default)]
pub struct Links {
    /// The edges of each node.
    pub waits: Vec<Vec<Link>>,
    /// The condition under which each node is deployed, for a loop in terms of its index. Existing resources have one too.
    pub guards: Vec<Term>,
    /// The length of each loop.
    pub counts: Vec<Option<Term>>,
    /// `@batchSize` of each loop.
    pub batches: Vec<Option<u32>>,
    /// Position in a topological order: a node waits only for nodes of lower rank. Nodes of a cycle have none.
    pub ranks: Vec<u32>,
    /// Which nodes wait for which, conditions aside.
    order: Order,
    /// [`Links::by_whole_nodes`]; few templates have a pair that asks for it.
    whole: OnceCell<Order>,
    /// Results of earlier queries, which the pairs of one object share.
    known: RefCell<FxHashMap<Ends, Known>>,
}

/// An early run, the index of late ones, and the length of their loops.
type Ends = (Run, Option<Term>, Option<Term>);

/// For each node on a path to an early run: when it starts after that run.
type Known = FxHashMap<NodeId, After>;

/// Maximum number of early runs whose results are kept; beyond it all are dropped. Not a limit of the analysis, because nothing
/// is lost.
const REMEMBERED: usize = 64;

/// One instance of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    /// The node of which this is an instance.
    pub node: NodeId,
    /// Its index, for a loop.
    pub index: Option<Term>,
}

/// When the instances of a node start after the base has finished.
#[derive(Clone, Copy, Debug)]
struct After {
    /// Every instance; or the node is not a loop.
    all: Term,
    /// The instance with the index of the late run.
    late: Term,
    /// The instance with the index of the early run.
    early: Term,
    /// The instance with the index [`CopyVariable::Between`].
    between: Term,
    /// If `between` holds for an index, for which later indexes it holds too.
    rises: Rises,
}

impl After {
    fn of_all(all: Term) -> Self {
        Self { all, late: all, early: all, between: all, rises: Rises::ByIndex }
    }
}

/// Whether a condition that holds for one index also holds for later ones. Then an order that passes from batch to batch needs
/// to be stated only once; otherwise the formula would grow with each loop of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rises {
    /// It is not known.
    Unknown,
    /// It holds for all instances in later batches of this size.
    ByBatch(u32),
    /// It holds for all later instances.
    ByIndex,
}

impl Rises {
    /// Whether it holds for all later batches of a size. A later batch of four is also a later batch of two.
    fn is_by(self, size: u32) -> bool {
        match self {
            Self::Unknown => false,
            Self::ByBatch(own) => size.is_multiple_of(own),
            Self::ByIndex => true,
        }
    }

    fn of_batch(size: u32) -> Self {
        if size == 1 { Self::ByIndex } else { Self::ByBatch(size) }
    }

    /// The result for the disjunction of two conditions.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::ByIndex, rises) | (rises, Self::ByIndex) => rises,
            (Self::ByBatch(one), _) if other.is_by(one) => self,
            (_, Self::ByBatch(other)) if self.is_by(other) => Self::ByBatch(other),
            _ => Self::Unknown,
        }
    }
}

impl Links {
    /// The order of a template, over its parameters.
    pub fn new(evaluator: &mut Evaluator<'_>, template: TemplateId, graph: &Graph) -> Self {
        let count = evaluator.workspace().template(template).nodes.len();
        let order = Order::new(graph);
        let mut links = Self { ranks: vec![0; count], ..Self::default() };
        for (rank, node) in order.topological().iter().enumerate() {
            links.ranks[node.ix()] = rank as u32;
        }
        for at in 0..count {
            let node = NodeId(at as u32);
            links.guards.push(evaluator.condition(template, node));
            links.counts.push(evaluator.copy_length(template, node));
            let copy = evaluator.workspace().template(template).node(node).copy.as_ref();
            links.batches.push(copy.and_then(|copy| copy.batch_size));
            let mut waits: Vec<Link> = Vec::new();
            for (target, edge) in graph.waits_for(node) {
                // An edge that closes a cycle is reported as an error. Drop it here, so that walks end.
                if links.ranks[target.ix()] >= links.ranks[node.ix()] {
                    continue;
                }
                let link = Link { target, element: element(evaluator, template, edge) };
                if !waits.contains(&link) {
                    waits.push(link);
                }
            }
            links.waits.push(waits);
        }
        Self { order, ..links }
    }

    /// The order of a parameter file: one node that is always deployed, the call of its template.
    pub(super) fn one_call(terms: &mut Terms) -> Self {
        Self {
            waits: vec![Vec::new()],
            guards: vec![terms.bool(true)],
            counts: vec![None],
            batches: vec![None],
            ranks: vec![0],
            ..Self::default()
        }
    }

    /// The same order with more edges, each with the node that waits. They must not close a cycle.
    #[must_use]
    pub fn with(&self, added: &[(NodeId, Link)]) -> Self {
        let mut waits = self.waits.clone();
        for &(late, link) in added {
            if !waits[late.ix()].contains(&link) {
                waits[late.ix()].push(link);
            }
        }
        // Only whether a node waits for another one matters here, not for which instances.
        let list = |links: &Vec<Link>| links.iter().map(|link| (link.target.0, true)).collect();
        let order = Order::of_lists(waits.iter().map(list).collect());
        let mut ranks = vec![0; waits.len()];
        for (rank, node) in order.topological().iter().enumerate() {
            ranks[node.ix()] = rank as u32;
        }
        let (guards, counts) = (self.guards.clone(), self.counts.clone());
        Self { waits, guards, counts, batches: self.batches.clone(), ranks, order, ..Self::default() }
    }

    /// `@batchSize` of a node.
    pub fn batch_size(&self, node: NodeId) -> Option<u32> {
        self.batches[node.ix()]
    }

    /// Whether `late` waits for `early` at least in part.
    pub fn may_reach(&self, late: NodeId, early: NodeId) -> bool {
        self.order.reaches(late, early) != Reach::None
    }

    /// Whether `late` certainly waits for all of `early`, whatever the lengths of loops. May miss some pairs for which that is
    /// true.
    pub fn is_surely_after(&self, late: NodeId, early: NodeId) -> bool {
        self.whole.get_or_init(|| self.by_whole_nodes()).reaches(late, early) != Reach::None
    }

    /// The condition that a formula holds for some deployed instance of a call.
    pub fn for_some(&self, terms: &mut Terms, node: NodeId, formula: Term) -> Term {
        let formula = terms.and(&[self.guards[node.ix()], formula]);
        match self.counts[node.ix()] {
            Some(count) => terms.exists(count, CopyVariable::OF_NODE, formula),
            None => formula,
        }
    }

    /// When the node has at least one instance that is deployed.
    pub fn deployed(&self, terms: &mut Terms, node: NodeId) -> Term {
        let guard = self.guards[node.ix()];
        let Some(count) = self.counts[node.ix()] else { return guard };
        terms.exists(count, CopyVariable::OF_NODE, guard)
    }

    /// The condition that a loop has an instance with an index. The index is a number, or that of a loop with the length `of`.
    fn has_instance(&self, terms: &mut Terms, node: NodeId, index: Term, of: Option<Term>) -> Term {
        let Some(count) = self.counts[node.ix()] else { return terms.bool(true) };
        match terms.known_int(index) {
            Some(index) => terms.at_least(count, index + 1),
            None if of == Some(count) => terms.bool(true),
            None => terms.is_index(count, index),
        }
    }

    /// Whether the first of two instances of a loop is in an earlier batch than the second.
    pub fn in_earlier_batch(&self, terms: &mut Terms, node: NodeId, one: Term, other: Term) -> Term {
        let Some(size) = self.batches[node.ix()] else { return terms.bool(false) };
        let size = terms.int(i64::from(size));
        let (one, other) =
            (terms.call(Function::Divided, &[one, size]), terms.call(Function::Divided, &[other, size]));
        terms.call(Function::Less, &[one, other])
    }

    /// The order over edges to whole nodes, which every node passes on.
    fn by_whole_nodes(&self) -> Order {
        let of_node = |links: &Vec<Link>| {
            let whole = links.iter().filter(|link| link.element == Element::All);
            whole.map(|link| (link.target.0, true)).collect()
        };
        Order::of_lists(self.waits.iter().map(of_node).collect())
    }

    /// The formula under which `late` starts after `early` has finished, both being deployed.
    pub fn after(&self, terms: &mut Terms, late: Run, early: Run) -> Term {
        let key = (early, late.index, self.counts[late.node.ix()]);
        let known = self.known.borrow_mut().remove(&key).unwrap_or_default();
        let mut search = Search { links: self, terms, late, early, known };
        let found = search.node(late.node);
        let Search { known, .. } = search;
        // Do not keep a result that was cut off by the work budget: another query may have more left.
        if terms.work().is_ok() {
            let mut all = self.known.borrow_mut();
            if all.len() >= REMEMBERED {
                all.clear();
            }
            all.insert(key, known);
        }
        if late.index.is_some() { found.late } else { found.all }
    }
}

/// The element to which an edge leads.
fn element(evaluator: &mut Evaluator<'_>, template: TemplateId, edge: &Edge) -> Element {
    let Some(hops) = &edge.element else { return Element::All };
    let mut at = evaluator.terms().copy_index(CopyVariable::OF_NODE);
    let mut inside = None;
    for hop in hops {
        if let Some(index) = hop.index {
            at = evaluator.index_inside(template, inside, at, index);
        }
        inside = match hop.target {
            Target::Variable(variable) => Some(variable),
            Target::Node(_) => None,
        };
    }
    let terms = evaluator.terms();
    match terms.known_int(at).map(u32::try_from) {
        Some(Ok(at)) => Element::At(at),
        _ if at == terms.copy_index(CopyVariable::OF_NODE) => Element::Same,
        _ => Element::By(at),
    }
}

struct Search<'s> {
    links: &'s Links,
    terms: &'s mut Terms,
    late: Run,
    early: Run,
    known: FxHashMap<NodeId, After>,
}

impl Search<'_> {
    /// Depth-first search over the edges, with an explicit stack because chains may be very long.
    fn node(&mut self, start: NodeId) -> After {
        let mut open = vec![(start, 0)];
        while let Some((node, next)) = open.pop() {
            if self.known.contains_key(&node) {
                continue;
            }
            if self.links.ranks[node.ix()] <= self.links.ranks[self.early.node.ix()] {
                let found = self.base(node);
                self.known.insert(node, found);
                continue;
            }
            let waits = &self.links.waits[node.ix()];
            match waits[next..].iter().position(|link| !self.known.contains_key(&link.target)) {
                // A direct edge to the base decides at once; no other path can add to it.
                _ if next == 0 && waits.iter().any(|link| self.is_direct(*link)) => {
                    let always = self.terms.bool(true);
                    self.known.insert(node, After::of_all(always));
                }
                Some(at) => {
                    open.push((node, next + at));
                    open.push((waits[next + at].target, 0));
                }
                None => {
                    let found = self.combine(node);
                    self.known.insert(node, found);
                }
            }
        }
        self.known[&start]
    }

    fn is_direct(&self, link: Link) -> bool {
        link.target == self.early.node && link.element == Element::All
    }

    /// The result for a node that waits for nothing relevant.
    fn base(&mut self, node: NodeId) -> After {
        let never = self.terms.bool(false);
        if node != self.early.node {
            return After::of_all(never);
        }
        let always = self.terms.bool(true);
        let Some(early) = self.early.index else { return After::of_all(always) };
        let between = self.terms.copy_index(CopyVariable::Between);
        let mut of = |index: Term| {
            let same = self.terms.equal(early, index);
            let batched = self.links.in_earlier_batch(self.terms, node, early, index);
            self.terms.or(&[same, batched])
        };
        let late = self.late.index.map_or(never, &mut of);
        let rises = self.links.batches[node.ix()].map_or(Rises::Unknown, Rises::of_batch);
        After { all: never, late, early: always, between: of(between), rises }
    }

    fn combine(&mut self, node: NodeId) -> After {
        let (mut all, mut late, mut early, mut between) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let any_index = self.terms.copy_index(CopyVariable::Between);
        let mut rises = Rises::ByIndex;
        for link in &self.links.waits[node.ix()] {
            let target = link.target;
            let after = self.known[&target];
            // Only loops have elements.
            match link.element {
                Element::Same => {
                    late.extend(self.late.index.map(|index| self.through_own(after.late, target, index)));
                    early.extend(self.early.index.map(|index| self.through_own(after.early, target, index)));
                    let through = self.through_some(after.between, target, any_index, node);
                    let is_all = through == after.between || self.terms.is_false(through);
                    rises = rises.or(if is_all { after.rises } else { Rises::Unknown });
                    between.push(through);
                    if let Some(count) = self.links.counts[node.ix()]
                        && self.links.counts[target.ix()] == Some(count)
                    {
                        // An empty loop has no instance that waits.
                        let is_there = self.terms.at_least(count, 1);
                        all.push(self.terms.and(&[after.all, is_there]));
                    }
                }
                Element::At(at) => {
                    let index = self.terms.int(i64::from(at));
                    let that = self.of_element(after, target, index);
                    all.push(self.through(that, target, index));
                }
                Element::By(which) => {
                    late.extend(self.late.index.map(|own| self.of_computed(after, target, (which, own))));
                    early.extend(self.early.index.map(|own| self.of_computed(after, target, (which, own))));
                    between.push(self.of_computed(after, target, (which, any_index)));
                    if self.terms.mentions_copy(which, CopyVariable::OF_NODE) {
                        rises = Rises::Unknown;
                    } else {
                        // All instances wait for one element.
                        all.push(self.of_element(after, target, which));
                    }
                }
                Element::All => {
                    all.push(after.all);
                    self.add_all_elements(after, target, &mut all);
                }
            }
        }
        let all = self.terms.or(&all);
        for each in [&mut late, &mut early, &mut between] {
            each.push(all);
        }
        let (late, early, between) = (self.terms.or(&late), self.terms.or(&early), self.terms.or(&between));
        self.with_batches(node, After { all, late, early, between, rises })
    }

    /// Adds the order that a batch of a loop passes on to later batches.
    fn with_batches(&mut self, node: NodeId, after: After) -> After {
        let (Some(count), Some(size)) = (self.links.counts[node.ix()], self.links.batches[node.ix()]) else {
            return after;
        };
        if after.between == after.all || after.rises.is_by(size) {
            return after;
        }
        // Ex) each of `p2s` waits for its element of `s2s`, and for the batch of `p2s` before it
        let any_index = self.terms.copy_index(CopyVariable::Between);
        let before = self.terms.copy_index(CopyVariable::Before);
        let through = self.terms.replace_copy(after.between, CopyVariable::Between, before);
        let through = self.through_some(through, node, before, node);
        let mut with = |found: Term, index: Term| {
            let batched = self.links.in_earlier_batch(self.terms, node, before, index);
            let both = self.terms.and(&[batched, through]);
            let some = self.terms.exists(count, CopyVariable::Before, both);
            self.terms.or(&[found, some])
        };
        let late = self.late.index.map_or(after.late, |index| with(after.late, index));
        let between = with(after.between, any_index);
        After { late, between, rises: Rises::of_batch(size), ..after }
    }

    /// Adds the order through a loop whose elements are all waited for.
    fn add_all_elements(&mut self, after: After, target: NodeId, all: &mut Vec<Term>) {
        let Some(count) = self.links.counts[target.ix()] else { return };
        for (index, found) in [(self.late.index, after.late), (self.early.index, after.early)] {
            all.extend(index.map(|index| self.through(found, target, index)));
        }
        if after.between != after.all {
            // Ex) each of `p2s` waits for its element of `s2s`, and this node for all of `p2s`
            let any_index = self.terms.copy_index(CopyVariable::Between);
            let through = self.through_some(after.between, target, any_index, target);
            all.push(self.terms.exists(count, CopyVariable::Between, through));
        }
    }

    /// The order through the element whose index is computed from that of the waiting instance.
    fn of_computed(&mut self, after: After, target: NodeId, (which, own): (Term, Term)) -> Term {
        let index = self.terms.replace_copy(which, CopyVariable::OF_NODE, own);
        self.of_element(after, target, index)
    }

    /// The order through one element of a loop, by its index. Azure rejects an index out of range.
    fn of_element(&mut self, after: After, target: NodeId, index: Term) -> Term {
        let is_late = self.late.index.map(|late| (late, after.late));
        let is_early = self.early.index.map(|early| (early, after.early));
        let mut all = vec![after.all, self.terms.replace_copy(after.between, CopyVariable::Between, index)];
        for (other, found) in is_late.into_iter().chain(is_early) {
            let same = self.terms.equal(index, other);
            all.push(self.terms.and(&[same, found]));
        }
        // Ex) `v[k]` where `k` is -1
        if let Some(count) =
            self.links.counts[target.ix()].filter(|&count| self.terms.known_int(count).is_some())
        {
            let is_there = self.terms.is_index(count, index);
            all.push(self.terms.not(is_there));
        }
        self.terms.or(&all)
    }

    /// `after`, under the condition that the loop has an instance whose index is that of some instance of `of`.
    fn through_some(&mut self, after: Term, target: NodeId, index: Term, of: NodeId) -> Term {
        if self.terms.is_false(after) {
            return after;
        }
        let of = self.links.counts[of.ix()];
        let is_there = self.links.has_instance(self.terms, target, index, of);
        self.terms.and(&[after, is_there])
    }

    /// `after` for the counterpart of an instance. If the loop certainly has no such instance, Azure rejects the
    /// deployment, so any order holds.
    /// Ex) `between[i]` of a loop over `[]`
    fn through_own(&mut self, after: Term, target: NodeId, index: Term) -> Term {
        let count = self.links.counts[target.ix()].and_then(|count| self.terms.known_int(count));
        let is_missing = match (count, self.terms.known_int(index)) {
            (Some(count), _) if count <= 0 => true,
            (Some(count), Some(index)) => index >= count,
            _ => false,
        };
        if is_missing { self.terms.bool(true) } else { self.through(after, target, index) }
    }

    /// `after`, under the condition that the loop has the intermediate instance. The base itself exists.
    fn through(&mut self, after: Term, target: NodeId, index: Term) -> Term {
        if self.terms.is_false(after) || (target == self.early.node && self.early.index == Some(index)) {
            return after;
        }
        let run = if self.late.index == Some(index) { self.late } else { self.early };
        let of = self.links.counts[run.node.ix()];
        let is_there = self.links.has_instance(self.terms, target, index, of);
        self.terms.and(&[after, is_there])
    }
}
