//! Makes the summary of one template out of its nodes and the summaries of what it calls.

use rustc_hash::FxHashMap;

use super::bucket::{self, EXACT, REPORTED};
use super::effect::{Aspect, Effect, EffectId, GroupId, Instance, Writers};
use super::link::{Element, Link, Links, OWN};
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

/// A loop inside a module: its copy index, and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Inside {
    depth: u32,
    length: Term,
}

/// What a group of a callee does, in terms of a caller.
struct Taken {
    group: GroupId,
    aspect: Aspect,
    object: Term,
    guard: Term,
    inside: Vec<Inside>,
    /// What has been put for copy indexes of the group.
    fixed: Vec<(u32, Term)>,
    /// The index of the call, where its loop is of known length.
    at: Option<i64>,
}

/// Copy indexes from here on are those of a callee, in terms of its caller.
const INNER: u32 = 100;
/// The copy index of the call, in terms of its callee.
const OF_CALL: u32 = 800;

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
        let mut summary = Summary {
            template,
            links,
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
        group(self.evaluator, &mut summary);
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
                batches: vec![None],
                ranks: vec![0],
            },
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
            let copy = self.evaluator.workspace().template(template).node(node).copy.as_ref();
            links.batches.push(copy.and_then(|copy| copy.batch_size));
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
        let effect = Effect {
            aspect,
            object,
            guard,
            node,
            instance: Instance::Only,
            loops: Box::default(),
            inner: Box::default(),
        };
        self.instances(summary, effect, &[]);
    }

    /// Adds an effect of a node: once where it is no loop, else for each instance that is known apart. The node's own copy
    /// index is 0 here; `inside` has those of the loops inside its module, with their lengths.
    fn instances(&mut self, summary: &mut Summary, effect: Effect, inside: &[Inside]) {
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
        let by_element = terms.mentions_copy(effect.object, 0);
        let depends = by_element
            || terms.mentions_copy(effect.guard, 0)
            || inside.iter().any(|inner| terms.mentions_copy(inner.length, 0));
        match terms.known_int(count) {
            Some(count) if depends && count <= UNROLLED => {
                for at in 0..count {
                    let instance = Instance::Fixed(u32::try_from(at).unwrap_or(u32::MAX));
                    let (effect, inside) =
                        self.at_index(&Effect { instance, ..effect.clone() }, inside, 0, at);
                    self.settle(summary, effect, &inside, None);
                }
            }
            _ if by_element => self.settle(summary, effect, inside, Some(count)),
            _ => {
                let own = |depth| if depth == 0 { OWN } else { depth };
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
    fn at_index(&mut self, effect: &Effect, inside: &[Inside], depth: u32, at: i64) -> (Effect, Vec<Inside>) {
        let terms = self.evaluator.terms();
        let index = terms.int(at);
        let object = terms.replace_copy(effect.object, depth, index);
        let object = terms.fold_case(object);
        let guard = terms.replace_copy(effect.guard, depth, index);
        let with =
            |inner: &Inside| Inside { length: terms.replace_copy(inner.length, depth, index), ..*inner };
        let inside = inside.iter().map(with).collect();
        (Effect { object, guard, ..effect.clone() }, inside)
    }

    /// Adds an effect whose own instances are told apart. Loops inside that the object does not depend on are closed; those
    /// of known length are taken apart; the indexes of the others are numbered as they occur in the object. `own` is the
    /// length of the node's loop, where the object depends on its index.
    fn settle(&mut self, summary: &mut Summary, effect: Effect, inside: &[Inside], own: Option<Term>) {
        let mut effect = effect;
        let mut left: Vec<Inside> = Vec::new();
        for (at, inner) in inside.iter().enumerate() {
            let terms = self.evaluator.terms();
            if !terms.mentions_exactly(effect.object, inner.depth) {
                effect.guard = terms.exists(inner.length, inner.depth, effect.guard);
                continue;
            }
            if let Some(count) = terms.known_int(inner.length).filter(|&count| count <= UNROLLED) {
                for index in 0..count {
                    let rest: Vec<Inside> = left.iter().chain(&inside[at + 1..]).copied().collect();
                    let (effect, rest) = self.at_index(&effect, &rest, inner.depth, index);
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
        left.extend(own.map(|length| Inside { depth: 0, length }));
        let copies = terms.copies(effect.object);
        let order: Vec<Inside> = copies
            .iter()
            .filter_map(|depth| left.iter().find(|inner| inner.depth == *depth))
            .copied()
            .collect();
        let rename = |depth: u32| {
            let at = order.iter().position(|inner| inner.depth == depth);
            at.map_or(depth, |at| at as u32)
        };
        effect.object = terms.rename_copies(effect.object, &rename);
        effect.guard = terms.rename_copies(effect.guard, &rename);
        effect.loops = order.iter().map(|inner| terms.rename_copies(inner.length, &rename)).collect();
        if own.is_some() {
            effect.instance = Instance::Each(rename(0));
        }
        summary.effects.push(effect);
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
        // The callee's copy indexes are renamed instead: they and those of the arguments must not meet.
        let substitution = Substitution { shift: 0, ..substitution };
        let mut groups = Vec::new();
        for (at, known) in inside.groups.iter().enumerate() {
            if at >= TAKEN_OVER {
                summary.limits.push("a module has more effects than are followed through one call");
                break;
            }
            let effect = inside.effect(known.members[0]);
            let rename =
                |depth: u32| if (depth as usize) < effect.loops.len() { depth + INNER } else { depth };
            let terms = self.evaluator.terms();
            let mut in_caller = |term: Term| {
                let term = terms.rename_copies(term, &rename);
                terms.substitute(term, &substitution)
            };
            let (object, guard) = (in_caller(effect.object), in_caller(known.guard));
            let loops: Vec<Inside> = (0..effect.loops.len() as u32)
                .map(|at| Inside { depth: at + INNER, length: in_caller(effect.loops[at as usize]) })
                .collect();
            let object = terms.fold_case(object);
            let guard = terms.and(&[summary.links.guards[node.ix()], guard]);
            let group = GroupId(at as u32);
            groups.push(Taken {
                group,
                aspect: effect.aspect,
                object,
                guard,
                inside: loops,
                fixed: Vec::new(),
                at: None,
            });
        }
        self.carry(summary, node, inside, &substitution);
        self.meet_inside(summary, node, inside, &substitution, &groups);
        // Groups that are alike from here on are one effect.
        let mut merged: FxHashMap<(Aspect, Term, Term, Vec<Inside>), Vec<GroupId>> = FxHashMap::default();
        let mut order = Vec::new();
        for Taken { group, aspect, object, guard, inside, .. } in groups {
            let key = (aspect, object, guard, inside);
            let members = merged.entry(key.clone()).or_default();
            if members.is_empty() {
                order.push(key);
            }
            members.push(group);
        }
        for key in order {
            let inner = merged.remove(&key).unwrap_or_default().into_boxed_slice();
            let (aspect, object, guard, inside) = key;
            let instance = Instance::Only;
            let effect = Effect { aspect, object, guard, node, instance, loops: Box::default(), inner };
            self.instances(summary, effect, &inside);
        }
        summary.calls.insert(node, Call { callee: inside.template, substitution });
    }

    /// Pairs inside a callee, under the arguments of the call.
    fn carry(&mut self, summary: &mut Summary, node: NodeId, inside: &Summary, substitution: &Substitution) {
        for potential in &inside.potentials {
            let formula = self.evaluator.terms().substitute(potential.formula, substitution);
            self.potential(summary, node, Potential { formula, ..potential.clone() });
        }
        for omitted in &inside.omitted {
            if !summary.omitted.iter().any(|known| known.at == omitted.at && known.effect == omitted.effect) {
                summary.omitted.push(omitted.clone());
            }
        }
    }

    /// Adds a pair inside a callee, in terms of the caller: it happens if it does in some instance of the call.
    fn potential(&mut self, summary: &mut Summary, node: NodeId, potential: Potential) {
        let terms = self.evaluator.terms();
        let formula = summary.for_some(terms, node, potential.formula);
        if !terms.is_false(formula) {
            summary.potentials.push(Potential { formula, ..potential });
        }
    }

    /// Pairs inside a callee that this call makes meet on one object.
    fn meet_inside(
        &mut self,
        summary: &mut Summary,
        node: NodeId,
        inside: &Summary,
        substitution: &Substitution,
        groups: &[Taken],
    ) {
        let mut by_object: FxHashMap<(Option<u32>, Term), Vec<Taken>> = FxHashMap::default();
        let (mut order, mut apart) = (Vec::new(), Vec::new());
        let own = summary.links.counts[node.ix()].map(|length| Inside { depth: 0, length });
        for group in groups {
            let inside = own.into_iter().chain(group.inside.iter().copied()).collect();
            self.taken_apart(&Taken { inside, fixed: Vec::new(), ..*group }, &mut apart);
        }
        for group in apart {
            let terms = self.evaluator.terms();
            let copies = terms.copies(group.object);
            let place = |depth: u32| copies.iter().position(|known| *known == depth);
            let object = terms.rename_copies(group.object, &|depth| match place(depth) {
                Some(at) if depth < OF_CALL => at as u32,
                _ => depth,
            });
            let key = (group.aspect.topic(), object);
            let met = by_object.entry(key).or_default();
            if met.is_empty() {
                order.push(key);
            }
            met.push(group);
        }
        for key in order {
            let met = &by_object[&key];
            for (at, one) in met.iter().enumerate() {
                for other in &met[at + 1..] {
                    if one.at.zip(other.at).is_some_and(|(one, other)| one != other) {
                        continue;
                    }
                    let (first, second) =
                        (inside.group(one.group).members[0], inside.group(other.group).members[0]);
                    if inside.effect(first).object == inside.effect(second).object {
                        // They met before; the callee's own summary has judged them.
                        continue;
                    }
                    let (fixed, its_fixed) = self.alike(one, other);
                    for found in self.judge_groups(inside, (one.group, &fixed), (other.group, &its_fixed)) {
                        let terms = self.evaluator.terms();
                        let formula = terms.substitute(found.formula, substitution);
                        let mut formula =
                            terms.rename_copies(formula, &|depth| if depth == OF_CALL { 0 } else { depth });
                        if let Some(at) = one.at.or(other.at) {
                            let (index, at) = (terms.copy_index(0), terms.int(at));
                            let here = terms.equal(index, at);
                            formula = terms.and(&[formula, here]);
                        }
                        self.potential(summary, node, Potential { formula, ..found });
                    }
                }
            }
        }
    }

    /// What is put for the copy indexes of two groups that meet: where one has the index of the call, the other has it too.
    fn alike(&mut self, one: &Taken, other: &Taken) -> (Vec<(u32, Term)>, Vec<(u32, Term)>) {
        let terms = self.evaluator.terms();
        let (ones, others) = (terms.copies(one.object), terms.copies(other.object));
        let of_call = terms.copy_index(OF_CALL);
        let (mut fixed, mut its_fixed) = (one.fixed.clone(), other.fixed.clone());
        for pair in ones.into_iter().zip(others) {
            match pair {
                (0, INNER..OF_CALL) => its_fixed.push((pair.1 - INNER, of_call)),
                (INNER..OF_CALL, 0) => fixed.push((pair.0 - INNER, of_call)),
                _ => {}
            }
        }
        (fixed, its_fixed)
    }

    /// A group for each index of those of its loops whose length the call makes known.
    fn taken_apart(&mut self, taken: &Taken, apart: &mut Vec<Taken>) {
        let terms = self.evaluator.terms();
        let known = taken.inside.iter().find_map(|inner| {
            let count = terms.known_int(inner.length).filter(|&count| count <= UNROLLED)?;
            terms.mentions_exactly(taken.object, inner.depth).then_some((*inner, count))
        });
        let Some((inner, count)) = known else {
            apart.push(Taken { inside: taken.inside.clone(), fixed: taken.fixed.clone(), ..*taken });
            return;
        };
        for at in 0..count {
            let terms = self.evaluator.terms();
            let index = terms.int(at);
            let mut put = |term: Term| terms.replace_copy(term, inner.depth, index);
            let (object, guard) = (put(taken.object), put(taken.guard));
            let others = taken.inside.iter().filter(|other| other.depth != inner.depth);
            let inside = others.map(|other| Inside { length: put(other.length), ..*other }).collect();
            let object = terms.fold_case(object);
            let mut one = Taken { object, guard, inside, fixed: taken.fixed.clone(), ..*taken };
            match inner.depth.checked_sub(INNER) {
                Some(depth) => one.fixed.push((depth, index)),
                None => one.at = Some(at),
            }
            self.taken_apart(&one, apart);
        }
    }

    /// Judges every effect of one group against every effect of another, in terms of the callee.
    fn judge_groups(
        &mut self,
        inside: &Summary,
        (one, fixed): (GroupId, &[(u32, Term)]),
        (other, its_fixed): (GroupId, &[(u32, Term)]),
    ) -> Vec<Potential> {
        let mut found = Vec::new();
        let (ones, others) = (&inside.group(one).members, &inside.group(other).members);
        let pairs = ones.iter().flat_map(|&first| others.iter().map(move |&second| (first, second)));
        for (first, second) in pairs.take(JUDGED_INSIDE) {
            let one = (first, self.with_indexes(inside.effect(first), fixed));
            let other = (second, self.with_indexes(inside.effect(second), its_fixed));
            let (one, other) = if first <= second { (one, other) } else { (other, one) };
            self.judge(inside, &one, &other, &mut found);
        }
        found
    }

    /// An effect with other terms for some of its copy indexes.
    fn with_indexes(&mut self, effect: &Effect, fixed: &[(u32, Term)]) -> Effect {
        let mut effect = effect.clone();
        for &(depth, index) in fixed {
            let terms = self.evaluator.terms();
            let length = effect.loops[depth as usize];
            let at = terms.known_int(index);
            let inside = match at {
                Some(at) => terms.at_least(length, at + 1),
                None => terms.is_index(length, index),
            };
            let guard = terms.replace_copy(effect.guard, depth, index);
            effect.guard = terms.and(&[guard, inside]);
            effect.object = terms.replace_copy(effect.object, depth, index);
            if effect.instance == Instance::Each(depth) {
                effect.instance = match at {
                    Some(at) => Instance::Fixed(u32::try_from(at).unwrap_or(u32::MAX)),
                    None => Instance::Each(OF_CALL),
                };
            }
        }
        effect
    }

    /// Judges two effects of a complete summary, which are one object for its caller.
    fn judge(
        &mut self,
        inside: &Summary,
        (first, one): &(EffectId, Effect),
        (second, other): &(EffectId, Effect),
        found: &mut Vec<Potential>,
    ) {
        let (first, second) = (*first, *second);
        if inside.are_apart(one, other) {
            for (fault, formula) in inside.judge(self.evaluator.terms(), self.writers, one, other) {
                found.push(Potential { at: inside.template, first, second, fault, formula });
            }
        }
        if one.node == other.node
            && let Some(call) = inside.calls.get(&one.node)
            && let Some(deeper) = self.known.get(&call.callee)
            && let Some(instance) = self.one_instance(one, other)
        {
            for &group in &one.inner {
                for &against in other.inner.iter().filter(|&&against| against != group) {
                    for potential in self.judge_groups(deeper, (group, &[]), (against, &[])) {
                        let terms = self.evaluator.terms();
                        let formula = terms.substitute(potential.formula, &call.substitution);
                        let formula = terms.and(&[formula, instance]);
                        let formula = inside.for_some(terms, one.node, formula);
                        found.push(Potential { formula, ..potential });
                    }
                }
            }
        }
    }

    /// That two effects of one call belong to one instance of it, in terms of its copy index; none where they cannot.
    fn one_instance(&mut self, one: &Effect, other: &Effect) -> Option<Term> {
        let terms = self.evaluator.terms();
        let mut all = Vec::new();
        for effect in [one, other] {
            let index = match effect.instance {
                Instance::Fixed(at) => terms.int(i64::from(at)),
                Instance::Each(OF_CALL) => terms.copy_index(OF_CALL),
                Instance::Only | Instance::Each(_) | Instance::Every => continue,
            };
            let own = terms.copy_index(0);
            all.push(terms.equal(own, index));
        }
        match (one.instance, other.instance) {
            (Instance::Fixed(one), Instance::Fixed(other)) if one != other => None,
            _ => Some(terms.and(&all)),
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
fn group(evaluator: &mut Evaluator<'_>, summary: &mut Summary) {
    let mut known: FxHashMap<(Aspect, Term, Term, Box<[Term]>), usize> = FxHashMap::default();
    for at in 0..summary.effects.len() as u32 {
        let effect = summary.effect(EffectId(at));
        let guard = match (effect.instance, summary.links.counts[effect.node.ix()]) {
            (Instance::Every, Some(count)) => evaluator.terms().exists(count, OWN, effect.guard),
            _ => effect.guard,
        };
        let next = summary.groups.len();
        let group = *known.entry((effect.aspect, effect.object, guard, effect.loops.clone())).or_insert(next);
        if group == next {
            summary.groups.push(Group { members: Vec::new(), guard });
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
