//! Makes the summary of one template out of its nodes and the summaries of what it calls.

use rustc_hash::FxHashMap;

use super::bucket::{self, EXACT, REPORTED};
use super::effect::{Aspect, Effect, EffectId, GroupId, Instance, Writers};
use super::link::{Element, Link, Links, nonempty};
use super::object::Body;
use super::pair::Fault;
use super::summary::{Call, Group, Omitted, Potential, Summary};
use crate::azure::catalog::Access;
use crate::deployment::{Edge, Graph, Order, Target};
use crate::eval::evaluator::Evaluator;
use crate::eval::substitution::Substitution;
use crate::eval::term::Term;
use crate::template::{NodeId, NodeKind};
use crate::workspace::TemplateId;

/// Loops over lists of up to this known length are unrolled where the object or the condition depends on the element.
const UNROLLED: i64 = 64;
/// So many groups of effects are taken over from one call.
const TAKEN_OVER: usize = 20_000;
/// So many pairs inside a callee are judged anew for one call.
const JUDGED_INSIDE: usize = 10_000;
/// So many conditions under which one pair overlaps are kept apart.
const VARIANTS: usize = 32;

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
}

impl Builder<'_, '_, '_> {
    /// The summary of a template whose callees are all known.
    pub fn summary(&mut self, template: TemplateId, graph: &Graph) -> Summary {
        let order = Order::new(graph);
        let links = self.links(template, graph, &order);
        let nodes = &self.evaluator.workspace().template(template).nodes;
        let batches = nodes.iter().map(|node| node.copy.as_ref().and_then(|copy| copy.batch_size)).collect();
        let mut summary = Summary {
            template,
            links,
            batches,
            order,
            effects: Vec::new(),
            groups: Vec::new(),
            calls: FxHashMap::default(),
            potentials: Vec::new(),
            omitted: Vec::new(),
            limits: Vec::new(),
        };
        for (at, node) in nodes.iter().enumerate() {
            let id = NodeId(at as u32);
            match &node.kind {
                NodeKind::Resource(ty) if ty.azure => {
                    self.resource(&mut summary, id, &ty.name.to_ascii_lowercase());
                }
                NodeKind::Resource(_) | NodeKind::Existing(_) => {}
                NodeKind::Module(_) => self.module(&mut summary, id),
            }
        }
        self.pairs(&mut summary);
        group(&mut summary);
        combine(self.evaluator, &mut summary);
        summary
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
                ranks: vec![0],
            },
            batches: vec![None],
            order: Order::default(),
            effects: Vec::new(),
            groups: Vec::new(),
            calls: FxHashMap::default(),
            potentials: Vec::new(),
            omitted: Vec::new(),
            limits: Vec::new(),
        };
        self.call(&mut summary, node, inside, substitution);
        combine(self.evaluator, &mut summary);
        Some(summary)
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
            let mut waits: Vec<Link> = Vec::new();
            for (target, edge) in graph.waits_for(node) {
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
        let mut at = self.evaluator.terms().copy_index(0);
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
            _ if terms.mentions_copy(at, 0) => Element::Same,
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
            let mut seen = Vec::new();
            for path in known.objects.iter() {
                for found in Body::new(self.evaluator, template, node).objects(path) {
                    let guard = self.evaluator.terms().and(&[guard, found.guard]);
                    if !seen.contains(&(found.value, guard)) {
                        seen.push((found.value, guard));
                        self.declare(summary, node, aspect, found.value, guard);
                    }
                }
            }
        }
    }

    /// Adds an effect of a resource, for each instance that is known apart.
    fn declare(&mut self, summary: &mut Summary, node: NodeId, aspect: Aspect, object: Term, guard: Term) {
        let effect = Effect { aspect, object, guard, node, instance: Instance::Only, inner: Box::default() };
        self.instances(summary, effect);
    }

    /// Adds an effect of a node: once where it is no loop, else for each instance that is known apart.
    fn instances(&mut self, summary: &mut Summary, effect: Effect) {
        let terms = self.evaluator.terms();
        if terms.is_false(effect.guard) {
            return;
        }
        let Some(count) = summary.links.counts[effect.node.ix()] else {
            summary.effects.push(effect);
            return;
        };
        let nonempty = nonempty(terms, count);
        if terms.is_false(nonempty) {
            return;
        }
        let by_element = terms.mentions_copy(effect.object, 0);
        let depends = by_element || terms.mentions_copy(effect.guard, 0);
        match terms.known_int(count) {
            Some(count) if depends && count <= UNROLLED => {
                for at in 0..count {
                    let index = terms.int(at);
                    let object = terms.replace_copy(effect.object, 0, index);
                    let object = terms.fold_case(object);
                    let guard = terms.replace_copy(effect.guard, 0, index);
                    if !terms.is_false(guard) {
                        let instance = Instance::Fixed(u32::try_from(at).unwrap_or(u32::MAX));
                        summary.effects.push(Effect { object, guard, instance, ..effect.clone() });
                    }
                }
            }
            _ => {
                let instance = if by_element { Instance::Each } else { Instance::Every };
                summary.effects.push(Effect { instance, ..effect });
            }
        }
    }

    /// The effects of a module call, and what is wrong inside it.
    fn module(&mut self, summary: &mut Summary, node: NodeId) {
        let template = summary.template;
        let guard = summary.links.guards[node.ix()];
        if self.evaluator.terms().is_false(guard) {
            return;
        }
        if let Some(own) = self.evaluator.explicit_deployment_id(template, node) {
            let own = self.evaluator.terms().fold_case(own);
            self.declare(summary, node, Aspect::Declaration, own, guard);
        }
        let Some(callee) = self.evaluator.callee(template, node) else { return };
        let Some(inside) = self.known.get(&callee) else { return };
        let substitution = self.evaluator.module_substitution(template, node);
        self.call(summary, node, inside, substitution);
    }

    /// What a callee does, under the substitution of a call.
    fn call(&mut self, summary: &mut Summary, node: NodeId, inside: &Summary, substitution: Substitution) {
        let guard = summary.links.guards[node.ix()];
        let always = summary.links.deployed(self.evaluator.terms(), node);
        let mut groups = Vec::new();
        for (at, known) in inside.groups.iter().enumerate() {
            if at >= TAKEN_OVER {
                summary.limits.push("a module has more effects than are followed through one call");
                break;
            }
            let effect = inside.effect(known.members[0]);
            let (object, inner) = {
                let terms = self.evaluator.terms();
                (
                    terms.substitute(effect.object, &substitution),
                    terms.substitute(effect.guard, &substitution),
                )
            };
            let object = self.evaluator.terms().fold_case(object);
            let guard = self.evaluator.terms().and(&[guard, inner]);
            groups.push((GroupId(at as u32), effect.aspect, object, guard));
        }
        self.carry(summary, node, inside, &substitution, always);
        self.meet_inside(summary, node, inside, &substitution, &groups);
        // Groups that are alike from here on are one effect.
        let mut merged: FxHashMap<(Aspect, Term, Term), Vec<GroupId>> = FxHashMap::default();
        let mut order = Vec::new();
        for (group, aspect, object, guard) in groups {
            let members = merged.entry((aspect, object, guard)).or_default();
            if members.is_empty() {
                order.push((aspect, object, guard));
            }
            members.push(group);
        }
        for key in order {
            let (aspect, object, guard) = key;
            let inner = merged.remove(&key).unwrap_or_default().into_boxed_slice();
            self.instances(summary, Effect { aspect, object, guard, node, instance: Instance::Only, inner });
        }
        summary.calls.insert(node, Call { callee: inside.template, substitution });
    }

    /// Pairs inside a callee, under the arguments of the call.
    fn carry(
        &mut self,
        summary: &mut Summary,
        node: NodeId,
        inside: &Summary,
        substitution: &Substitution,
        always: Term,
    ) {
        for potential in &inside.potentials {
            let formula = self.evaluator.terms().substitute(potential.formula, substitution);
            self.potential(summary, node, always, &Potential { formula, ..potential.clone() });
        }
        for omitted in &inside.omitted {
            if !summary.omitted.iter().any(|known| known.at == omitted.at && known.effect == omitted.effect) {
                summary.omitted.push(omitted.clone());
            }
        }
    }

    /// Adds a pair inside a callee, in terms of the caller.
    fn potential(&mut self, summary: &mut Summary, node: NodeId, always: Term, potential: &Potential) {
        let terms = self.evaluator.terms();
        let count = summary.links.counts[node.ix()].and_then(|count| terms.known_int(count));
        let formula = match count {
            Some(count) if count <= UNROLLED && terms.mentions_copy(potential.formula, 0) => {
                let each: Vec<Term> = (0..count)
                    .map(|at| {
                        let index = terms.int(at);
                        let guard = terms.replace_copy(summary.links.guards[node.ix()], 0, index);
                        let formula = terms.replace_copy(potential.formula, 0, index);
                        terms.and(&[guard, formula])
                    })
                    .collect();
                terms.or(&each)
            }
            _ => terms.and(&[always, potential.formula]),
        };
        if !terms.is_false(formula) {
            summary.potentials.push(Potential { formula, ..potential.clone() });
        }
    }

    /// Pairs inside a callee that this call makes meet on one object.
    fn meet_inside(
        &mut self,
        summary: &mut Summary,
        node: NodeId,
        inside: &Summary,
        substitution: &Substitution,
        groups: &[(GroupId, Aspect, Term, Term)],
    ) {
        let mut by_object: FxHashMap<(Option<u32>, Term), Vec<GroupId>> = FxHashMap::default();
        let mut order = Vec::new();
        for &(group, aspect, object, _) in groups {
            let met = by_object.entry((aspect.topic(), object)).or_default();
            if met.is_empty() {
                order.push((aspect.topic(), object));
            }
            met.push(group);
        }
        let always = summary.links.deployed(self.evaluator.terms(), node);
        for key in order {
            let met = &by_object[&key];
            for (at, &one) in met.iter().enumerate() {
                for &other in &met[at + 1..] {
                    let (first, second) = (inside.group(one).members[0], inside.group(other).members[0]);
                    if inside.effect(first).object == inside.effect(second).object {
                        // They met before; the callee's own summary has judged them.
                        continue;
                    }
                    for found in self.judge_groups(inside, one, other) {
                        let formula = self.evaluator.terms().substitute(found.formula, substitution);
                        self.potential(summary, node, always, &Potential { formula, ..found });
                    }
                }
            }
        }
    }

    /// Judges every effect of one group against every effect of another, in terms of the callee.
    fn judge_groups(&mut self, inside: &Summary, one: GroupId, other: GroupId) -> Vec<Potential> {
        let mut found = Vec::new();
        let (ones, others) = (&inside.group(one).members, &inside.group(other).members);
        let pairs = ones.iter().flat_map(|&first| others.iter().map(move |&second| (first, second)));
        for (first, second) in pairs.take(JUDGED_INSIDE) {
            self.judge(inside, first, second, &mut found);
        }
        found
    }

    /// Judges two effects of a complete summary, which are one object for its caller.
    fn judge(&mut self, inside: &Summary, first: EffectId, second: EffectId, found: &mut Vec<Potential>) {
        let (first, second) = if first <= second { (first, second) } else { (second, first) };
        let (one, other) = (inside.effect(first), inside.effect(second));
        if inside.are_apart(one, other) {
            for (fault, formula) in inside.judge(self.evaluator.terms(), self.writers, one, other) {
                found.push(Potential { at: inside.template, first, second, fault, formula });
            }
        }
        if one.node == other.node
            && let Some(call) = inside.calls.get(&one.node)
            && let Some(deeper) = self.known.get(&call.callee)
        {
            let always = inside.links.deployed(self.evaluator.terms(), one.node);
            for &group in &one.inner {
                for &against in other.inner.iter().filter(|&&against| against != group) {
                    for potential in self.judge_groups(deeper, group, against) {
                        let terms = self.evaluator.terms();
                        let formula = terms.substitute(potential.formula, &call.substitution);
                        let formula = terms.and(&[always, formula]);
                        found.push(Potential { formula, ..potential });
                    }
                }
            }
        }
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
fn group(summary: &mut Summary) {
    let mut known: FxHashMap<(Aspect, Term, Term), usize> = FxHashMap::default();
    for at in 0..summary.effects.len() as u32 {
        let effect = summary.effect(EffectId(at));
        let next = summary.groups.len();
        let group = *known.entry((effect.aspect, effect.object, effect.guard)).or_insert(next);
        if group == next {
            summary.groups.push(Group { members: Vec::new() });
        }
        summary.groups[group].members.push(EffectId(at));
    }
}

/// One potential for each pair and fault: the formulas of several calls are alternatives.
fn combine(evaluator: &mut Evaluator<'_>, summary: &mut Summary) {
    type Key = (TemplateId, EffectId, EffectId, Fault);
    let mut formulas: FxHashMap<Key, Vec<Term>> = FxHashMap::default();
    let mut order: Vec<Key> = Vec::new();
    for potential in &summary.potentials {
        let key = (potential.at, potential.first, potential.second, potential.fault);
        let known = formulas.entry(key).or_default();
        if known.is_empty() {
            order.push(key);
        }
        if !known.contains(&potential.formula) && known.len() < VARIANTS {
            known.push(potential.formula);
        }
    }
    summary.potentials = order
        .into_iter()
        .map(|key| {
            let (at, first, second, fault) = key;
            Potential { at, first, second, fault, formula: evaluator.terms().or(&formulas[&key]) }
        })
        .collect();
}
