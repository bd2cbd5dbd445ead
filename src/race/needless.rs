//! Finds out what an explicit order protects, and which orders protect nothing that is known.
//!
//! ```bicep
//! resource logs 'Microsoft.OperationalInsights/workspaces@…' = { … }
//! resource ip 'Microsoft.Network/publicIPAddresses@…' = { …  dependsOn: [logs] }   // nothing that is known
//! ```
//!
//! Removing an edge loses every order that the edge passes on: between its early end or anything before that, and its
//! late end or anything after that, unless the two are ordered without the edge. Each of these pairs is tested for
//! something in common: an object that both write, by any entry of the catalogue, even one that is off; a parent; a
//! name that one computes and the other declares; a resource that both name. An order between declarations that are not
//! known well enough stays. A module stands for everything inside it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::analysis::Analysis;
use super::effect::{Aspect, conflict};
use super::mentions::{Mention, Mentions, given_in, may_be_one, may_name, named_in, type_of, whole_of};
use crate::azure::plain::Plain;
use crate::deployment::{Graph, Reason};
use crate::eval::identity::are_apart;
use crate::eval::term::{CopyVariable, Term, Value};
use crate::eval::terms::Terms;
use crate::limit::{Budget, Limit, Reached};
use crate::source::Span;
use crate::template::{Expr, Language, NodeId, NodeKind};
use crate::workspace::{Provenance, TemplateId};

/// An explicit order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The declaration that waits.
    pub late: NodeId,
    /// What it waits for.
    pub on: On,
    /// The entry in `dependsOn`; for a batch, the symbol of the declaration.
    pub span: Span,
    /// The reason to keep it, or the finding that there is none.
    pub protects: Protects,
}

/// The target of an explicit order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// Another declaration.
    Node(NodeId),
    /// The previous batch of the same loop, by `@batchSize`.
    Batch(u32),
}

/// What an order protects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protects {
    /// Nothing: the same order also holds through another declaration.
    Again(NodeId),
    /// Nothing that is known.
    Nothing,
    /// A reference, which needs the order.
    Reference,
    /// An object that both write, by its type.
    Object(String),
    /// An object that two other declarations write, which the edge also orders: its type, and their symbols.
    ObjectOf(String, [String; 2]),
    /// It is not known well enough, for this reason.
    Unknown(String),
}

impl Protects {
    /// Whether the order can be removed.
    pub const fn is_needless(&self) -> bool {
        matches!(self, Self::Again(_) | Self::Nothing)
    }
}

/// Facts about a declaration and everything inside it.
#[derive(Debug, Default)]
struct Facts {
    /// The objects that it writes.
    effects: Vec<(Aspect, Term)>,
    /// The ids of the resources that it declares.
    ids: Vec<Term>,
    types: Vec<String>,
    /// The reason why its resources are not known, if they are not.
    gap: Option<String>,
    mentions: Vec<Mention>,
    /// The resources that it names and may write.
    named: Vec<Term>,
}

/// The explicit orders of a template in the order of the text, and the limit, if it was reached. All needless orders
/// can be removed together, because each is judged as if those before it were already removed.
pub fn written(
    analysis: &mut Analysis<'_, '_>,
    id: TemplateId,
    plain: Plain,
) -> (Vec<Written>, Option<Reached>) {
    let mut judge = Judge::new(analysis, id, plain);
    let mut found = Vec::new();
    for (late, on, span) in judge.orders() {
        match judge.protects(late, on) {
            Ok(protects) => {
                if let (On::Node(early), true) = (on, protects.is_needless()) {
                    judge.remove(late, early);
                }
                found.push(Written { late, on, span, protects });
            }
            Err(reached) => return (found, Some(reached)),
        }
    }
    (found, None)
}

/// What the order between two declarations of a template protects, whether it is explicit or not.
pub fn protects(
    analysis: &mut Analysis<'_, '_>,
    id: TemplateId,
    (late, early): (NodeId, NodeId),
    plain: Plain,
) -> Protects {
    let mut judge = Judge::new(analysis, id, plain);
    judge.protects(late, On::Node(early)).unwrap_or_else(|reached| Protects::Unknown(reached.to_string()))
}

struct Judge<'j, 'w, 'c> {
    analysis: &'j mut Analysis<'w, 'c>,
    id: TemplateId,
    plain: Plain,
    facts: FxHashMap<NodeId, Facts>,
    mentions: Mentions,
    /// The targets that each node waits for, and whether it waits for all of the target.
    waits: Vec<Vec<(NodeId, bool)>>,
    waited: Vec<Vec<NodeId>>,
    left: Budget,
}

impl<'j, 'w, 'c> Judge<'j, 'w, 'c> {
    fn new(analysis: &'j mut Analysis<'w, 'c>, id: TemplateId, plain: Plain) -> Self {
        let count = analysis.evaluator.workspace().template(id).nodes.len();
        let (mut waits, mut waited) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        if let Some(graph) = analysis.graphs.get(&id).filter(|graph| graph.cycles.is_empty()) {
            for (at, own) in waits.iter_mut().enumerate() {
                let node = NodeId(at as u32);
                for (target, edge) in graph.waits_for(node) {
                    own.push((target, edge.element.is_none()));
                    waited[target.ix()].push(node);
                }
            }
        }
        let (facts, mentions) = (FxHashMap::default(), Mentions::default());
        Self { analysis, id, plain, facts, mentions, waits, waited, left: Limit::OrderPairs.budget() }
    }

    fn graph(&self) -> Option<&Graph> {
        self.analysis.graphs.get(&self.id).filter(|graph| graph.cycles.is_empty())
    }

    /// The explicit orders: entries of `dependsOn` that are a symbol, and batches.
    fn orders(&self) -> Vec<(NodeId, On, Span)> {
        let template = self.analysis.evaluator.workspace().template(self.id);
        if template.language != Language::Bicep || self.graph().is_none() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for late in template.node_ids() {
            let declared = template.node(late);
            if matches!(declared.kind, NodeKind::Existing(_)) {
                continue;
            }
            if let Some(size) = declared.copy.as_ref().and_then(|copy| copy.batch_size) {
                found.push((late, On::Batch(size), declared.symbol_span));
            }
            let list = declared.depends_on.map(|list| template.exprs.get(list));
            let Some(Expr::Array(elements)) = list else { continue };
            for &element in template.exprs.list(elements) {
                if let Expr::Node(early) = template.exprs.get(element) {
                    found.push((late, On::Node(early), template.exprs.span(element)));
                }
            }
        }
        found
    }

    /// Removes an edge for all later questions.
    fn remove(&mut self, late: NodeId, early: NodeId) {
        self.waits[late.ix()].retain(|&(target, _)| target != early);
        self.waited[early.ix()].retain(|&node| node != late);
    }

    fn protects(&mut self, late: NodeId, on: On) -> Result<Protects, Reached> {
        match on {
            On::Batch(_) => Ok(self.of_batch(late)),
            On::Node(early) => match self.of_text(late, early) {
                Some(known) => Ok(known),
                None => self.of_edge(late, early),
            },
        }
    }

    /// The answer for an edge, if the text alone decides it.
    fn of_text(&self, late: NodeId, early: NodeId) -> Option<Protects> {
        let template = self.analysis.evaluator.workspace().template(self.id);
        let unknown = |why: &str| Some(Protects::Unknown(why.to_owned()));
        let Some(graph) = self.graph() else { return unknown("the declarations wait for one another") };
        if matches!(template.node(early).kind, NodeKind::Existing(_)) {
            return unknown("it goes through an `existing` resource");
        }
        let mut edges = graph.waits_for(late).filter(|&(target, _)| target == early).peekable();
        if edges.peek().is_none() {
            return unknown("no order is known between the two");
        }
        let mut is_element = false;
        for (_, edge) in edges {
            if edge.because.iter().any(|because| because.reason != Reason::Explicit) {
                return Some(Protects::Reference);
            }
            is_element |= edge.element.is_some();
        }
        if is_element { unknown("it orders elements of loops one by one") } else { None }
    }

    /// The answer for an edge that only `dependsOn` makes.
    fn of_edge(&mut self, late: NodeId, early: NodeId) -> Result<Protects, Reached> {
        if let Some(why) = self.gap(early).or_else(|| self.gap(late)) {
            // An order that also holds without the edge is needless even so.
            return Ok(self.again(late, early)?.unwrap_or(Protects::Unknown(why)));
        }
        if let Some(object) = self.shared(early, late)? {
            return Ok(Protects::Object(object));
        }
        if let Some(again) = self.again(late, early)? {
            return Ok(again);
        }
        for node in [early, late] {
            let is_apart = self.plain.is_apart;
            if let Some(ty) = self.facts(node).types.iter().find(|ty| !is_apart(ty)) {
                return Ok(Protects::Unknown(format!("`{ty}` is not known well enough")));
            }
        }
        if let Some(why) = self.is_given(late) {
            return Ok(Protects::Unknown(why));
        }
        for (one, other) in self.lost(late, early)? {
            if let Some(found) = self.between(one, other)? {
                return Ok(self.of_others((late, early), (one, other), found));
            }
        }
        Ok(Protects::Nothing)
    }

    /// An answer for two declarations that an edge orders indirectly, which names the two.
    fn of_others(&self, ends: (NodeId, NodeId), (one, other): (NodeId, NodeId), found: Protects) -> Protects {
        if ends == (other, one) {
            return found;
        }
        let (one, other) = (self.symbol(one), self.symbol(other));
        match found {
            Protects::Object(ty) => Protects::ObjectOf(ty, [one, other]),
            Protects::Unknown(why) => Protects::Unknown(format!("{why} (`{one}` and `{other}`)")),
            other => other,
        }
    }

    fn symbol(&self, node: NodeId) -> String {
        self.analysis.evaluator.workspace().template(self.id).node(node).symbol.clone()
    }

    /// The declaration through which the order also holds without the edge, whatever is deployed. If both ends write
    /// one object, the order stays, because it is meant to be seen.
    fn again(&mut self, late: NodeId, early: NodeId) -> Result<Option<Protects>, Reached> {
        if self.gap(early).is_none() && self.gap(late).is_none() && self.shared(early, late)?.is_some() {
            return Ok(None);
        }
        let first: Vec<NodeId> = self.waits[late.ix()].iter().map(|&(target, _)| target).collect();
        for middle in first {
            if middle != early && self.is_kept(late, middle) && self.before(middle, None)?.contains(&early) {
                return Ok(Some(Protects::Again(middle)));
            }
        }
        Ok(None)
    }

    /// Whether `late` waits for all of a declaration that is always deployed.
    fn is_kept(&self, late: NodeId, middle: NodeId) -> bool {
        self.waits[late.ix()].contains(&(middle, true)) && self.is_always(middle)
    }

    /// Whether a declaration is always deployed, and is not a loop, which may be empty.
    fn is_always(&self, node: NodeId) -> bool {
        let links = &self.analysis.summaries[self.id].links;
        links.counts[node.ix()].is_none()
            && self.analysis.evaluator.known_terms().is_true(links.guards[node.ix()])
    }

    /// All declarations that a declaration waits for as a whole, through declarations that are always deployed, without
    /// one edge.
    fn before(
        &mut self,
        late: NodeId,
        without: Option<(NodeId, NodeId)>,
    ) -> Result<FxHashSet<NodeId>, Reached> {
        let (mut seen, mut open) = (FxHashSet::default(), vec![late]);
        while let Some(at) = open.pop() {
            self.left.spend(1 + self.waits[at.ix()].len() as u64)?;
            if at != late && !self.is_always(at) {
                continue;
            }
            for &(target, is_whole) in &self.waits[at.ix()] {
                if is_whole && without != Some((at, target)) && seen.insert(target) {
                    open.push(target);
                }
            }
        }
        Ok(seen)
    }

    /// The pairs whose order is lost without an edge, each with the early declaration first. The ends of the edge are
    /// the first pair.
    fn lost(&mut self, late: NodeId, early: NodeId) -> Result<Vec<(NodeId, NodeId)>, Reached> {
        let before = all_from(early, |node| self.waits[node.ix()].iter().map(|wait| wait.0).collect());
        let after = all_from(late, |node| self.waited[node.ix()].clone());
        let mut lost = Vec::new();
        for &other in &after {
            let kept = self.before(other, Some((late, early)))?;
            self.left.spend(before.len() as u64)?;
            lost.extend(before.iter().filter(|one| !kept.contains(one)).map(|&one| (one, other)));
        }
        Ok(lost)
    }

    /// A possible reason for an order between two declarations.
    fn between(&mut self, early: NodeId, late: NodeId) -> Result<Option<Protects>, Reached> {
        if let Some(why) = self.gap(early).or_else(|| self.gap(late)) {
            return Ok(Some(Protects::Unknown(why)));
        }
        if let Some(object) = self.shared(early, late)? {
            return Ok(Some(Protects::Object(object)));
        }
        let unknown = |why: String| Ok(Some(Protects::Unknown(why)));
        let Plain { is_apart, is_alone, .. } = self.plain;
        let strange = self.facts(early).types.iter().find(|ty| !is_apart(ty)).cloned();
        if let Some(ty) = strange
            && !self.facts(late).types.iter().all(|ty| is_alone(ty))
        {
            return unknown(format!("`{ty}` is not known well enough"));
        }
        let (one, other) = (&self.facts[&early], &self.facts[&late]);
        let terms = self.analysis.evaluator.known_terms();
        let size = |facts: &Facts| facts.ids.len() + facts.mentions.len() + facts.named.len();
        self.left.spend(size(one) as u64 * size(other) as u64)?;
        let names = |id: Term| other.mentions.iter().any(|&(value, _)| may_name(terms, value, id));
        if let Some(&id) = one.ids.iter().find(|&&id| names(id)) {
            let ty = type_of(terms, id).unwrap_or_default();
            return unknown(format!("the later one may name the `{ty}` of the earlier one"));
        }
        let is_shared = |term: &&Term| other.named.iter().any(|&own| may_be_one(terms, **term, own));
        if let Some(&named) = one.named.iter().find(is_shared) {
            let what = type_of(terms, named).map_or_else(|| terms.show(named), |ty| format!("`{ty}`"));
            return unknown(format!("both name one {what}"));
        }
        Ok(None)
    }

    /// The type of an object that both may write, or of a parent of resources that both declare.
    fn shared(&mut self, early: NodeId, late: NodeId) -> Result<Option<String>, Reached> {
        self.facts(early);
        self.facts(late);
        let (one, other) = (&self.facts[&early], &self.facts[&late]);
        self.left.spend(one.effects.len() as u64 * other.effects.len() as u64)?;
        let Analysis { writers, evaluator, .. } = &mut *self.analysis;
        let is_special = |aspect| writers.of(aspect).is_some_and(|(_, writer)| writer.is_special());
        for &(aspect, object) in &one.effects {
            for &(against, its) in &other.effects {
                let is_disturbed =
                    aspect.topic() == against.topic() && conflict(writers, aspect, against).is_some();
                // Two declarations meet only if their ids are equal, because different names usually mean different
                // resources.
                let may_meet = match (aspect, against) {
                    (Aspect::Declaration, Aspect::Declaration) => object == its,
                    // Writers by two entries, or in roles that are not known to conflict, also keep the order.
                    _ if is_disturbed || is_special(aspect) && is_special(against) => {
                        object == its || !are_apart(evaluator.known_terms(), object, its)
                    }
                    _ => false,
                };
                if may_meet {
                    let entry = writers.of(aspect).map(|(entry, _)| entry.object_type.to_string());
                    let ty = entry.or_else(|| type_of(evaluator.known_terms(), object));
                    return Ok(Some(ty.unwrap_or_default()));
                }
            }
        }
        let terms = evaluator.terms();
        let mut wholes = |facts: &Facts| -> Vec<Term> {
            let parts = facts.ids.iter().copied().filter(|&id| is_part(terms, id)).collect::<Vec<_>>();
            let mut all: Vec<Term> = parts.into_iter().map(|id| whole_of(terms, id)).collect();
            let written = facts.effects.iter().filter(|(aspect, _)| is_special(*aspect));
            all.extend(written.map(|&(_, object)| object));
            all
        };
        let (ones, others) = (wholes(one), wholes(other));
        let found = ones.iter().find(|&&whole| others.iter().any(|&own| may_be_one(terms, whole, own)));
        Ok(found.map(|&whole| type_of(terms, whole).unwrap_or_default()))
    }

    /// Why it is not known what a declaration deploys.
    fn gap(&mut self, node: NodeId) -> Option<String> {
        self.facts(node).gap.clone()
    }

    /// Whether a declaration contains an id from outside the template, which may be that of any resource.
    fn is_given(&mut self, node: NodeId) -> Option<String> {
        self.facts(node);
        let terms = self.analysis.evaluator.known_terms();
        let given = self.facts[&node].mentions.iter().find_map(|&mention| given_in(terms, mention));
        given.map(|value| format!("`{}` may be the id of what it waits for", terms.show(value)))
    }

    fn facts(&mut self, node: NodeId) -> &Facts {
        if !self.facts.contains_key(&node) {
            let facts = self.facts_of(node);
            self.facts.insert(node, facts);
        }
        &self.facts[&node]
    }

    fn facts_of(&mut self, node: NodeId) -> Facts {
        let (id, is_read, is_carrier) = (self.id, self.plain.is_read, self.plain.is_carrier);
        let workspace = self.analysis.evaluator.workspace();
        let mut facts = Facts::default();
        match &workspace.template(id).node(node).kind {
            NodeKind::Resource(ty) => {
                facts.types.push(ty.name.to_lowercase());
                if !ty.azure {
                    facts.gap = Some(format!("`{}` is of an extension", ty.name));
                }
            }
            NodeKind::Existing(_) => {}
            NodeKind::Module(_) => facts.gap = unread(workspace, id, node),
        }
        let summary = &self.analysis.summaries[id];
        let reached = summary.hazards.limits.iter().find(|(at, _)| at.is_none_or(|at| at == node));
        if let Some((_, reached)) = reached {
            facts.gap = Some(reached.to_string());
        }
        let own = summary.effects.iter().filter(|effect| effect.node == node);
        facts.effects = own.map(|effect| (effect.aspect, effect.object)).collect();
        let terms = self.analysis.evaluator.known_terms();
        for &(_, object) in facts.effects.iter().filter(|(aspect, _)| *aspect == Aspect::Declaration) {
            match type_of(terms, object) {
                Some(ty) if is_carrier(&ty) => {}
                Some(ty) => {
                    facts.ids.push(object);
                    facts.types.push(ty);
                }
                None => facts.gap = Some("the id of a resource is not known".to_owned()),
            }
        }
        facts.types.sort_unstable();
        facts.types.dedup();
        if facts.types.is_empty() && facts.gap.is_none() {
            facts.gap = Some("it is not known to deploy anything".to_owned());
        }
        facts.mentions = self.mentions.of(self.analysis, id, node);
        let terms = self.analysis.evaluator.terms();
        for &mention in &facts.mentions {
            named_in(terms, mention, is_read, &mut facts.named);
        }
        facts.named.sort_unstable();
        facts.named.dedup();
        facts
    }

    /// What the batches of a loop protect: its instances from each other.
    fn of_batch(&mut self, node: NodeId) -> Protects {
        if let Some(why) = self.gap(node) {
            return Protects::Unknown(why);
        }
        let is_by_element = self.waits[node.ix()].iter().any(|wait| !wait.1)
            || self.waited[node.ix()].iter().any(|late| self.waits[late.ix()].contains(&(node, false)));
        if is_by_element {
            return Protects::Unknown("it orders elements of loops one by one".to_owned());
        }
        let facts = &self.facts[&node];
        let analysis = &mut *self.analysis;
        for &(aspect, _) in &facts.effects {
            if let Some((entry, _)) = analysis.writers.of(aspect).filter(|(_, writer)| writer.is_special()) {
                return Protects::Object(entry.object_type.to_string());
            }
        }
        let terms = analysis.evaluator.terms();
        let own = |terms: &Terms, term: Term| terms.mentions_copy(term, CopyVariable::OF_NODE);
        // Ex) a module that is deployed a second time with the same names, to test that this changes nothing
        if let Some(&id) = facts.ids.iter().find(|&&id| !own(terms, id)) {
            return Protects::Object(type_of(terms, id).unwrap_or_default());
        }
        let is_apart = self.plain.is_apart;
        if let Some(ty) = facts.types.iter().find(|ty| !is_apart(ty)) {
            return Protects::Unknown(format!("`{ty}` is not known well enough"));
        }
        for &id in &facts.ids {
            let whole = whole_of(terms, id);
            if whole != id && !facts.ids.contains(&whole) {
                return Protects::Object(type_of(terms, whole).unwrap_or_default());
            }
        }
        if let Some(&named) = facts.named.iter().find(|&&named| !own(terms, named)) {
            let what = type_of(terms, named).map_or_else(|| terms.show(named), |ty| format!("`{ty}`"));
            return Protects::Unknown(format!("all of them name one {what}"));
        }
        Protects::Nothing
    }
}

/// A node, and all nodes that can be reached from it.
fn all_from(node: NodeId, next: impl Fn(NodeId) -> Vec<NodeId>) -> Vec<NodeId> {
    let (mut all, mut seen, mut at) = (vec![node], FxHashSet::from_iter([node]), 0);
    while at < all.len() {
        all.extend(next(all[at]).into_iter().filter(|&other| seen.insert(other)));
        at += 1;
    }
    all
}

/// Whether an id is that of a child resource.
fn is_part(terms: &Terms, id: Term) -> bool {
    matches!(terms.get(id), Value::ResourceId { names, .. } if terms.seq(names).len() > 1)
}

/// Why it is not known what a module deploys.
fn unread(workspace: &crate::workspace::Workspace, id: TemplateId, node: NodeId) -> Option<String> {
    let Some(callee) = workspace.callee(id, node) else {
        return Some("the module cannot be read".to_owned());
    };
    let is_known =
        |template| matches!(workspace.provenance(template), Provenance::File | Provenance::Restored);
    let mut open = vec![callee];
    let mut seen = FxHashSet::default();
    while let Some(template) = open.pop() {
        if !seen.insert(template) {
            continue;
        }
        let modules = workspace.template(template);
        let calls = modules.node_ids().filter(|&at| matches!(modules.node(at).kind, NodeKind::Module(_)));
        let callees: Vec<Option<TemplateId>> = calls.map(|at| workspace.callee(template, at)).collect();
        if !is_known(template) || callees.contains(&None) {
            return Some("a module inside it cannot be read".to_owned());
        }
        open.extend(callees.into_iter().flatten());
    }
    None
}
