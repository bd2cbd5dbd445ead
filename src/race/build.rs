//! Makes the summary of one template out of its nodes and the summaries of what it calls.

use std::cell::{OnceCell, RefCell};

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::smallvec;

use super::bucket::{self, EXACT, REPORTED};
use super::effect::{Aspect, Effect, EffectId, Index, Instance, Writers};
use super::kind::{Kind, NodeKinds};
use super::link::{Element, Link, Links};
use super::object::Body;
use super::pair::Fault;
use super::summary::{Group, Omitted, Potential, Summary};
use crate::azure::catalog::Access;
use crate::deployment::{Edge, Graph, Order, Target};
use crate::eval::arguments::Mentioned;
use crate::eval::branches::Alternatives;
use crate::eval::evaluator::Evaluator;
use crate::eval::identity::are_apart;
use crate::eval::term::{CopyVariable, Term};
use crate::template::{NodeId, NodeKind, ParameterId};
use crate::workspace::TemplateId;

/// Loops over lists of up to this known length are unrolled where the object or the condition depends on the element.
pub(super) const UNROLLED: i64 = 64;
/// An effect is compared with so many others to find out whether a call may make it meet one of them.
const COMPARED: usize = 64;
/// So many conditions under which one pair overlaps are kept apart.
const VARIANTS: usize = 32;

/// A loop inside a module: its copy index, and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Inside {
    pub(super) variable: CopyVariable,
    pub(super) length: Term,
}

/// Summaries that are complete.
pub type Known = FxHashMap<TemplateId, Summary>;

/// What is needed to make a summary.
pub struct Builder<'b, 'w, 'c> {
    /// The catalogue.
    pub writers: &'b mut Writers<'c>,
    /// Evaluates the template's expressions.
    pub evaluator: &'b mut Evaluator<'w>,
    /// The summaries of its callees.
    pub known: &'b Known,
    /// How many more pairs inside a callee are judged for the call that is looked at.
    pub judged_left: usize,
    /// Whether there were more.
    pub is_cut: bool,
    /// How many potentials were left when they were last combined.
    pub combined: usize,
    /// What the nodes of the template write, where the only one of its kind can be left out.
    pub kinds: Option<NodeKinds>,
}

/// What a summary is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// For callers, which need all effects, in groups.
    Groups,
    /// For every effect of its own.
    Effects,
    /// For the races under it only.
    Races,
}

impl<'b, 'w, 'c> Builder<'b, 'w, 'c> {
    /// Makes summaries out of known ones.
    pub fn new(writers: &'b mut Writers<'c>, evaluator: &'b mut Evaluator<'w>, known: &'b Known) -> Self {
        Self { writers, evaluator, known, judged_left: 0, is_cut: false, combined: 0, kinds: None }
    }
}

impl Builder<'_, '_, '_> {
    /// The summary of a template whose callees are all known.
    pub fn summary(&mut self, template: TemplateId, graph: &Graph, wanted: Wanted) -> Summary {
        let order = Order::new(graph);
        let links = self.links(template, graph, &order);
        let nodes = &self.evaluator.workspace().template(template).nodes;
        let mut summary = Summary {
            template,
            links,
            order,
            sure: OnceCell::new(),
            effects: Vec::new(),
            groups: Vec::new(),
            calls: FxHashMap::default(),
            potentials: Vec::new(),
            omitted: Vec::new(),
            limits: Vec::new(),
            met: RefCell::default(),
            depends_on: Box::default(),
            is_partial: false,
        };
        let mut calls = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            let id = NodeId(at as u32);
            match &node.kind {
                NodeKind::Resource(ty) if ty.azure => {
                    self.resource(&mut summary, id, &ty.name.to_ascii_lowercase());
                }
                NodeKind::Resource(_) | NodeKind::Existing(_) => {}
                NodeKind::Module(_) => calls.extend(self.deployment(&mut summary, id)),
            }
        }
        self.kinds = (wanted == Wanted::Races).then(|| self.kinds_of(&summary, &calls));
        for &(node, callee) in &calls {
            self.module(&mut summary, node, callee);
        }
        summary.effects.sort_by_key(|effect| effect.node);
        self.pairs(&mut summary);
        self.combined = 0;
        if wanted == Wanted::Groups {
            group(self.evaluator, &mut summary);
            self.find_meetings(&mut summary);
        }
        combine(self.evaluator, &mut summary);
        if wanted == Wanted::Groups {
            summary.depends_on = self.parameters_in(&summary);
        }
        summary
    }

    /// The parameters of a template that its effects and pairs depend on, and what is judged anew for a caller: conditions,
    /// lengths, and what the calls inside give to modules.
    fn parameters_in(&self, summary: &Summary) -> Box<[ParameterId]> {
        let terms = self.evaluator.known_terms();
        let count = self.evaluator.workspace().template(summary.template).parameters.len();
        let mut all = Vec::new();
        for effect in &summary.effects {
            all.extend([effect.object, effect.guard]);
            all.extend(effect.loops());
        }
        all.extend(summary.groups.iter().map(|group| group.guard));
        all.extend(summary.potentials.iter().map(|potential| potential.formula));
        all.extend(&summary.links.guards);
        all.extend(summary.links.counts.iter().flatten());
        let calls = (0..summary.links.guards.len() as u32).filter_map(|at| summary.calls.get(&NodeId(at)));
        for by in calls.map(|call| &call.substitution) {
            all.extend(by.arguments.iter().flatten());
            all.extend(by.ambient.iter().map(|&(_, value)| value));
        }
        let mut found = Mentioned::new(summary.template, count);
        found.add_terms(terms, all);
        found.found().into()
    }

    /// The summary of a template with known values of its parameters: as if it were called with them.
    pub fn of_values(&mut self, template: TemplateId, assigned: &[(String, Term)]) -> Option<Summary> {
        let inside = self.known.get(&template)?;
        let declared = self.evaluator.workspace().template(template);
        let given = declared.parameters.iter().map(|parameter| {
            let name = declared.exprs.text(parameter.name);
            assigned.iter().find(|(known, _)| known == name).map(|&(_, value)| value)
        });
        let given: Vec<Option<Term>> = given.collect();
        let substitution = self.evaluator.with_defaults(template, &given, Vec::new(), 0);
        let always = self.evaluator.terms().bool(true);
        let node = NodeId(0);
        let mut summary = Summary {
            template,
            links: Links {
                waits: vec![Vec::new()],
                guards: vec![always],
                counts: vec![None],
                batches: vec![None],
                ranks: vec![0],
            },
            order: Order::default(),
            sure: OnceCell::new(),
            effects: Vec::new(),
            groups: Vec::new(),
            calls: FxHashMap::default(),
            potentials: Vec::new(),
            omitted: Vec::new(),
            limits: Vec::new(),
            met: RefCell::default(),
            depends_on: Box::default(),
            is_partial: false,
        };
        // There is nothing else that its effects could meet.
        self.kinds = Some(NodeKinds::default());
        let groups = self.groups_to_take(&mut summary, node, inside);
        self.call(&mut summary, node, (inside, &groups), substitution);
        combine(self.evaluator, &mut summary);
        Some(summary)
    }

    /// Finds out which groups a call may make meet: those on objects that may be one under some arguments.
    fn find_meetings(&mut self, summary: &mut Summary) {
        let terms = self.evaluator.terms();
        let mut of_kind: FxHashMap<Kind, Vec<[Term; 2]>> = FxHashMap::default();
        let mut of_aspect: FxHashMap<Aspect, Vec<[Term; 2]>> = FxHashMap::default();
        let mut kinds: Vec<(Kind, [Term; 2])> = Vec::with_capacity(summary.groups.len());
        for group in &summary.groups {
            let effect = summary.effect(group.members[0]);
            let kind = effect.kind(terms);
            let object = [effect.object, terms.fold_case(effect.object)];
            of_kind.entry(kind).or_default().push(object);
            of_aspect.entry(kind.0).or_default().push(object);
            kinds.push((kind, object));
        }
        for (group, ((aspect, ty), [object, folded])) in summary.groups.iter_mut().zip(kinds) {
            let against = self.writers.against(aspect);
            let others = against.iter().flat_map(|&other| match ty {
                Some(_) => [of_kind.get(&(other, ty)), of_kind.get(&(other, None))],
                None => [of_aspect.get(&other), None],
            });
            let others: Vec<&[[Term; 2]]> = others.flatten().map(Vec::as_slice).collect();
            let count: usize = others.iter().map(|others| others.len()).sum();
            // Those on the same object in terms of the template meet in it already.
            let meets = |&[other, its_folded]: &[Term; 2]| {
                other != object && !are_apart(self.evaluator.known_terms(), folded, its_folded)
            };
            group.may_meet = count > COMPARED || others.into_iter().flatten().any(meets);
        }
    }

    /// What the nodes of a template write. The effects of its resources are known already.
    fn kinds_of(&self, summary: &Summary, calls: &[(NodeId, TemplateId)]) -> NodeKinds {
        let terms = self.evaluator.known_terms();
        let mut kinds = NodeKinds::default();
        for effect in &summary.effects {
            kinds.add(effect.kind(terms), effect.node);
        }
        for (node, callee) in calls {
            let Some(inside) = self.known.get(callee) else { continue };
            for group in &inside.groups {
                kinds.add(inside.effect(group.members[0]).kind(terms), *node);
            }
        }
        kinds
    }

    /// The graph in terms of the template's parameters.
    fn links(&mut self, template: TemplateId, graph: &Graph, order: &Order) -> Links {
        let count = self.evaluator.workspace().template(template).nodes.len();
        let mut links = Links { ranks: vec![0; count], ..Links::default() };
        for (rank, node) in order.topological().iter().enumerate() {
            links.ranks[node.ix()] = rank as u32;
        }
        for at in 0..count {
            let node = NodeId(at as u32);
            links.guards.push(self.evaluator.condition(template, node));
            links.counts.push(self.evaluator.copy_length(template, node));
            let copy = self.evaluator.workspace().template(template).node(node).copy.as_ref();
            links.batches.push(copy.and_then(|copy| copy.batch_size));
            let mut waits: Vec<Link> = Vec::new();
            for (target, edge) in graph.waits_for(node) {
                // What closes a circle is told as an error; walks over the rest must come to an end.
                if links.ranks[target.ix()] >= links.ranks[node.ix()] {
                    continue;
                }
                let link = Link { target, element: self.element(template, edge) };
                if !waits.contains(&link) {
                    waits.push(link);
                }
            }
            links.waits.push(waits);
        }
        links
    }

    /// Which element an edge leads to. What is neither a number nor depends on the own index is taken to mean them all.
    fn element(&mut self, template: TemplateId, edge: &Edge) -> Element {
        let Some(hops) = &edge.element else { return Element::All };
        let mut at = self.evaluator.terms().copy_index(CopyVariable::OF_NODE);
        let mut inside = None;
        for hop in hops {
            if let Some(index) = hop.index {
                at = self.evaluator.index_inside(template, inside, at, index);
            }
            inside = match hop.target {
                Target::Variable(variable) => Some(variable),
                Target::Node(_) => None,
            };
        }
        let terms = self.evaluator.terms();
        match terms.known_int(at).map(u32::try_from) {
            Some(Ok(at)) => Element::At(at),
            _ if terms.mentions_copy(at, CopyVariable::OF_NODE) => Element::Same,
            _ => Element::All,
        }
    }

    /// The effects of a resource.
    fn resource(&mut self, summary: &mut Summary, node: NodeId, ty: &str) {
        let template = summary.template;
        let guard = summary.links.guards[node.ix()];
        if self.evaluator.terms().is_false(guard) {
            return;
        }
        let own = self.evaluator.node_id(template, node);
        let own = self.evaluator.terms().fold_case(own);
        self.declare(summary, node, Aspect::Declaration, own, guard);
        for (entry, writer) in self.writers.of_type(ty) {
            let aspect = Aspect::Catalogued { entry, writer };
            let Some((_, known)) = self.writers.of(aspect) else { continue };
            let mut all = vec![guard];
            for condition in known.when.iter() {
                all.push(Body::new(self.evaluator, template, node).holds(condition));
            }
            // Who rewrites what others add must be known to: a property that may be missing rewrites nothing.
            let is_replace = known.access == Access::Replace;
            if is_replace && !all[1..].iter().all(|&condition| self.evaluator.terms().is_true(condition)) {
                continue;
            }
            let guard = self.evaluator.terms().and(&all);
            if self.evaluator.terms().is_false(guard) {
                continue;
            }
            // One object that is named in several places is one effect.
            let mut seen: Vec<(Term, Vec<Term>)> = Vec::new();
            for path in known.objects.iter() {
                for found in Body::new(self.evaluator, template, node).objects(path) {
                    let guard = self.evaluator.terms().and(&[guard, found.guard]);
                    match seen.iter_mut().find(|(object, _)| *object == found.value) {
                        Some((_, guards)) => guards.push(guard),
                        None => seen.push((found.value, vec![guard])),
                    }
                }
            }
            for (object, guards) in seen {
                let guard = self.evaluator.terms().or(&guards);
                self.declare(summary, node, aspect, object, guard);
            }
        }
    }

    /// Adds an effect of a resource, for each instance that is known apart.
    pub(super) fn declare(
        &mut self,
        summary: &mut Summary,
        node: NodeId,
        aspect: Aspect,
        object: Term,
        guard: Term,
    ) {
        let effect = Effect::new(aspect, object, guard, node);
        self.instances(summary, effect, &[]);
    }

    /// Adds an effect of a node for each id that its object may have: once where the node is no loop, else for each instance
    /// that is known apart. The node's own copy index is 0 here; `inside` has those of the loops inside its module, with their
    /// lengths.
    pub(super) fn instances(&mut self, summary: &mut Summary, effect: Effect, inside: &[Inside]) {
        let mut all = self.alternatives(effect.aspect, effect.object, |_| true);
        let Some((object, so)) = all.pop() else { return };
        for (object, so) in all {
            let guard = self.evaluator.terms().and(&[effect.guard, so]);
            self.each(summary, Effect { object, guard, ..effect.clone() }, inside);
        }
        let guard = self.evaluator.terms().and(&[effect.guard, so]);
        self.each(summary, Effect { object, guard, ..effect }, inside);
    }

    /// The ids that an object may have, each with its condition. What changes from instance to instance of a loop that is not
    /// `tellable` stays one; so do declarations whose names hang on the elements of a list: two elements that both leave out
    /// their name are a mistake in the list, not a race.
    pub(super) fn alternatives(
        &mut self,
        aspect: Aspect,
        object: Term,
        is_tellable: impl Fn(CopyVariable) -> bool,
    ) -> Alternatives {
        let terms = self.evaluator.terms();
        let found = terms.alternatives(object);
        let hangs_on_elements = found.iter().any(|&(_, so)| {
            let copies = terms.copies(so);
            copies.iter().any(|&variable| !is_tellable(variable))
                || aspect == Aspect::Declaration && !copies.is_empty()
        });
        if hangs_on_elements { smallvec![(object, terms.bool(true))] } else { found }
    }

    /// Adds an effect whose object has one id.
    fn each(&mut self, summary: &mut Summary, effect: Effect, inside: &[Inside]) {
        let terms = self.evaluator.terms();
        if terms.is_false(effect.guard) {
            return;
        }
        let Some(count) = summary.links.counts[effect.node.ix()] else {
            self.settle(summary, effect, inside, None);
            return;
        };
        let nonempty = terms.at_least(count, 1);
        if terms.is_false(nonempty) {
            return;
        }
        let by_element = terms.mentions_copy(effect.object, CopyVariable::OF_NODE);
        let depends = by_element
            || terms.mentions_copy(effect.guard, CopyVariable::OF_NODE)
            || inside.iter().any(|inner| terms.mentions_copy(inner.length, CopyVariable::OF_NODE));
        match terms.known_int(count) {
            Some(count) if depends && count <= UNROLLED => {
                for at in 0..count {
                    let instance = Instance::Fixed(u32::try_from(at).unwrap_or(u32::MAX));
                    let (effect, inside) = self.at_index(
                        &Effect { instance, ..effect.clone() },
                        inside,
                        CopyVariable::OF_NODE,
                        at,
                    );
                    self.settle(summary, effect, &inside, None);
                }
            }
            _ if by_element => self.settle(summary, effect, inside, Some(count)),
            // Ex) the one element that is meant by `if (element.isDefault)`, or leaves out its name
            _ if effect.aspect == Aspect::Declaration
                && terms.mentions_copy(effect.guard, CopyVariable::OF_NODE) => {}
            _ => {
                let own = |variable| match variable {
                    CopyVariable::OF_NODE => CopyVariable::Own,
                    other => other,
                };
                let guard = terms.rename_copies(effect.guard, &own);
                let inside: Vec<Inside> = inside
                    .iter()
                    .map(|inner| Inside { length: terms.rename_copies(inner.length, &own), ..*inner })
                    .collect();
                self.settle(summary, Effect { guard, instance: Instance::Every, ..effect }, &inside, None);
            }
        }
    }

    /// An effect with a number for a copy index.
    fn at_index(
        &mut self,
        effect: &Effect,
        inside: &[Inside],
        variable: CopyVariable,
        at: i64,
    ) -> (Effect, Vec<Inside>) {
        let terms = self.evaluator.terms();
        let index = terms.int(at);
        let object = terms.replace_copy(effect.object, variable, index);
        let object = terms.fold_case(object);
        let guard = terms.replace_copy(effect.guard, variable, index);
        let with =
            |inner: &Inside| Inside { length: terms.replace_copy(inner.length, variable, index), ..*inner };
        let inside = inside.iter().map(with).collect();
        let mut effect = Effect { object, guard, ..effect.clone() };
        if let Some(callees) = variable.as_inner() {
            effect.add_indexes([(callees, Index::At(at))]);
        }
        (effect, inside)
    }

    /// Adds an effect whose own instances are told apart. Loops inside that the object does not depend on are closed; those
    /// of known length are taken apart; the indexes of the others are numbered as they occur in the object. `own` is the
    /// length of the node's loop, where the object depends on its index.
    fn settle(&mut self, summary: &mut Summary, effect: Effect, inside: &[Inside], own: Option<Term>) {
        let mut effect = effect;
        let mut left: Vec<Inside> = Vec::new();
        for (at, inner) in inside.iter().enumerate() {
            let terms = self.evaluator.terms();
            if !terms.mentions_exactly(effect.object, inner.variable) {
                effect.guard = terms.exists(inner.length, inner.variable, effect.guard);
                continue;
            }
            if let Some(count) = terms.known_int(inner.length).filter(|&count| count <= UNROLLED) {
                for index in 0..count {
                    let rest: Vec<Inside> = left.iter().chain(&inside[at + 1..]).copied().collect();
                    let (effect, rest) = self.at_index(&effect, &rest, inner.variable, index);
                    self.settle(summary, effect, &rest, own);
                }
                return;
            }
            left.push(*inner);
        }
        let terms = self.evaluator.terms();
        if terms.is_false(effect.guard) {
            return;
        }
        left.extend(own.map(|length| Inside { variable: CopyVariable::OF_NODE, length }));
        let copies = terms.copies(effect.object);
        let order: Vec<Inside> = copies
            .iter()
            .filter_map(|variable| left.iter().find(|inner| inner.variable == *variable))
            .copied()
            .collect();
        let rename = |variable: CopyVariable| {
            let at = order.iter().position(|inner| inner.variable == variable);
            at.map_or(variable, CopyVariable::numbered)
        };
        effect.object = terms.rename_copies(effect.object, &rename);
        effect.guard = terms.rename_copies(effect.guard, &rename);
        effect.set_loops(order.iter().map(|inner| terms.rename_copies(inner.length, &rename)).collect());
        if own.is_some() {
            effect.instance = Instance::Each(rename(CopyVariable::OF_NODE));
        }
        let loops = order.iter().zip(0..).filter_map(|(inner, at)| Some((inner.variable.as_inner()?, at)));
        effect.add_indexes(loops.map(|(callees, at)| (callees, Index::Loop(at))));
        if summary.effects.len() == summary.effects.capacity() {
            // There may be millions: room for a quarter more, not for twice as many.
            summary.effects.reserve_exact(64.max(summary.effects.len() / 4));
        }
        summary.effects.push(effect);
    }

    /// The pairs of this template's own effects.
    fn pairs(&mut self, summary: &mut Summary) {
        let mut ids: Vec<EffectId> = (0..summary.effects.len() as u32).map(EffectId).collect();
        let key = |id: &EffectId| {
            let effect = summary.effect(*id);
            (effect.aspect.topic(), effect.object, *id)
        };
        ids.sort_unstable_by_key(key);
        let mut found = Vec::new();
        let mut omitted = Vec::new();
        for bucket in ids.chunk_by(|one, other| (key(one).0, key(one).1) == (key(other).0, key(other).1)) {
            if bucket.len() <= EXACT {
                self.exact(summary, bucket, &mut found);
            } else {
                self.large(summary, bucket, &mut found, &mut omitted);
            }
        }
        summary.potentials.extend(found);
        summary.omitted.extend(omitted);
    }

    /// Judges every pair of a small bucket, a loop with itself included.
    fn exact(&mut self, summary: &Summary, bucket: &[EffectId], found: &mut Vec<Potential>) {
        for (at, &first) in bucket.iter().enumerate() {
            for &second in &bucket[at..] {
                let (one, other) = (summary.effect(first), summary.effect(second));
                if !summary.are_apart(one, other) {
                    continue;
                }
                for (fault, formula) in summary.judge(self.evaluator.terms(), self.writers, one, other) {
                    found.push(Potential { at: summary.template, first, second, fault, formula });
                }
            }
        }
    }

    /// Judges some pairs of a large bucket, and counts the others by the order alone.
    fn large(
        &mut self,
        summary: &Summary,
        bucket: &[EffectId],
        found: &mut Vec<Potential>,
        omitted: &mut Vec<Omitted>,
    ) {
        let mut of_node = bucket.to_vec();
        of_node.dedup_by_key(|id| summary.effect(*id).node);
        let large = bucket::large(summary, &of_node);
        let mut reported = 0;
        for &(first, second) in &large.pairs {
            let (one, other) = (summary.effect(first), summary.effect(second));
            for (fault, formula) in summary.judge(self.evaluator.terms(), self.writers, one, other) {
                reported += 1;
                found.push(Potential { at: summary.template, first, second, fault, formula });
            }
        }
        for &id in &of_node {
            let effect = summary.effect(id);
            if reported < REPORTED && summary.are_apart(effect, effect) {
                for (fault, formula) in summary.judge(self.evaluator.terms(), self.writers, effect, effect) {
                    found.push(Potential { at: summary.template, first: id, second: id, fault, formula });
                }
            }
        }
        let rest = large.total.saturating_sub(large.pairs.len() as u64);
        if rest > 0 && reported > 0 {
            omitted.push(Omitted { at: summary.template, effect: bucket[0], pairs: rest });
        }
    }
}

/// Effects that are alike for a caller.
fn group(evaluator: &mut Evaluator<'_>, summary: &mut Summary) {
    type Alike = (Aspect, Term, Term, Box<[Term]>);
    let mut known: FxHashMap<Alike, usize> = FxHashMap::default();
    for at in 0..summary.effects.len() as u32 {
        let effect = summary.effect(EffectId(at));
        let guard = match (effect.instance, summary.links.counts[effect.node.ix()]) {
            (Instance::Every, Some(count)) => {
                evaluator.terms().exists(count, CopyVariable::Own, effect.guard)
            }
            _ => effect.guard,
        };
        let next = summary.groups.len();
        let group =
            *known.entry((effect.aspect, effect.object, guard, effect.loops().into())).or_insert(next);
        if group == next {
            summary.groups.push(Group { members: Vec::new(), guard, may_meet: true });
        }
        summary.groups[group].members.push(EffectId(at));
    }
}

/// One potential for each pair and fault: the formulas of several calls are alternatives.
pub(super) fn combine(evaluator: &mut Evaluator<'_>, summary: &mut Summary) {
    type Key = (TemplateId, EffectId, EffectId, Fault);
    let mut formulas: FxHashMap<Key, Vec<Term>> = FxHashMap::default();
    let mut order: Vec<Key> = Vec::new();
    let mut left_out: FxHashSet<Key> = FxHashSet::default();
    for potential in &summary.potentials {
        let key = (potential.at, potential.first, potential.second, potential.fault);
        let known = formulas.entry(key).or_default();
        if known.is_empty() {
            order.push(key);
        }
        if !known.contains(&potential.formula) {
            if known.len() < VARIANTS {
                known.push(potential.formula);
            } else {
                left_out.insert(key);
            }
        }
    }
    let mut is_cut = false;
    summary.potentials = order
        .into_iter()
        .map(|key| {
            let (at, first, second, fault) = key;
            let formula = evaluator.terms().or(&formulas[&key]);
            is_cut |= left_out.contains(&key) && !evaluator.terms().is_true(formula);
            Potential { at, first, second, fault, formula }
        })
        .collect();
    if is_cut {
        summary.reached(None, "two declarations may meet under more conditions than are kept apart");
    }
}
