//! What a module call does: the effects of its callee in terms of the caller, and the pairs inside that its arguments make
//! meet.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::build::{Builder, Inside, UNROLLED, combine};
use super::effect::{Aspect, Effect, EffectId, GroupId, Index, Instance};
use super::kind::Kinds;
use super::summary::{Call, Met, Potential, Summary};
use crate::eval::arguments::Asked;
use crate::eval::substitution::{Substituting, Substitution};
use crate::eval::term::{CopyVariable, Term};
use crate::template::NodeId;
use crate::workspace::TemplateId;

/// So many groups of effects are taken over from one call.
const TAKEN_OVER: usize = 20_000;
/// So many pairs inside a callee are judged anew for one call.
const JUDGED_INSIDE: usize = 10_000;
/// Potentials are combined when there are so many new ones and twice as many as before: many calls of one module carry the
/// same.
const COMBINED: usize = 10_000;
/// What is put for copy indexes, by the numbers of their loops.
type Indexes = Vec<(u16, Term)>;

/// What a group of a callee does, in terms of a caller.
struct Taken {
    group: GroupId,
    aspect: Aspect,
    object: Term,
    /// When it happens; none where that is not asked, as it meets nothing outside of the callee.
    guard: Option<Term>,
    /// The condition under which the object has this id.
    so: Term,
    inside: Vec<Inside>,
    /// What has been put for copy indexes of the group.
    fixed: Indexes,
    /// The index of the call, where its loop is of known length.
    at: Option<i64>,
}

/// An effect of a callee that is judged against another.
struct Judged<'f> {
    id: EffectId,
    /// The effect, with what is put for its copy indexes.
    effect: Cow<'f, Effect>,
    fixed: &'f [(u16, Term)],
}

impl Builder<'_, '_, '_> {
    /// The effect of a module call itself, and its callee if it is ever called.
    pub(super) fn deployment(&mut self, summary: &mut Summary, node: NodeId) -> Option<(NodeId, TemplateId)> {
        let template = summary.template;
        let guard = summary.links.guards[node.ix()];
        if self.evaluator.terms().is_false(guard) {
            return None;
        }
        if let Some(own) = self.evaluator.explicit_deployment_id(template, node) {
            let own = self.evaluator.terms().fold_case(own);
            self.declare(summary, node, Aspect::Declaration, own, guard);
        }
        self.evaluator.callee(template, node).map(|callee| (node, callee))
    }

    /// The effects of what a module call calls, and what is wrong inside it.
    pub(super) fn module(&mut self, summary: &mut Summary, node: NodeId, callee: TemplateId) {
        let Some(inside) = self.known.get(&callee) else { return };
        let groups = self.groups_to_take(summary, node, inside);
        if groups.is_empty() && inside.potentials.is_empty() && inside.omitted.is_empty() {
            return;
        }
        let asked = Asked::These(&inside.depends_on);
        let substitution = self.evaluator.module_substitution(summary.template, node, asked);
        self.call(summary, node, (inside, &groups), substitution);
    }

    /// The groups of a callee that may meet something through a call, and whether that may be outside of the callee.
    pub(super) fn groups_to_take(
        &mut self,
        summary: &mut Summary,
        node: NodeId,
        inside: &Summary,
    ) -> Vec<(GroupId, bool)> {
        // Instances of a loop meet each other, but one after the other they do no harm.
        let is_loop = summary.links.counts[node.ix()].is_some() && summary.batch_size(node) != Some(1);
        let mut wanted = Vec::new();
        for (at, group) in inside.groups.iter().enumerate() {
            let (aspect, ty) = inside.effect(group.members[0]).kind(self.evaluator.known_terms());
            let against = self.writers.against(aspect);
            let is_effect =
                is_loop || self.kinds.as_ref().is_none_or(|kinds| kinds.is_met(&against, ty, node));
            summary.is_partial |= !is_effect;
            if is_effect || group.may_meet {
                wanted.push((GroupId(at as u32), is_effect));
            }
        }
        wanted
    }

    /// What some groups of a callee do, under the substitution of a call, and what is wrong inside.
    pub(super) fn call(
        &mut self,
        summary: &mut Summary,
        node: NodeId,
        (inside, wanted): (&Summary, &[(GroupId, bool)]),
        substitution: Substitution,
    ) {
        // The callee's copy indexes are renamed instead: they and those of the arguments must not meet.
        let substitution = Substitution { shift: 0, ..substitution };
        // For terms in no loop of the callee, in one, and so on.
        let mut inside_loops = vec![Substituting::new(&substitution)];
        let mut groups = Vec::new();
        for &(at, is_effect) in wanted {
            if self.evaluator.terms().is_exhausted() {
                break;
            }
            if groups.len() >= TAKEN_OVER {
                summary.reached(Some(node), "the module has more effects than are followed through one call");
                break;
            }
            let group = inside.group(at);
            let effect = inside.effect(group.members[0]);
            let loops = effect.loops().len();
            while inside_loops.len() <= loops {
                let deeper = Substituting::inside(&substitution, inside_loops.len());
                inside_loops.push(deeper);
            }
            let by = &mut inside_loops[loops];
            let terms = self.evaluator.terms();
            let mut in_caller = |term: Term| terms.substitute_among(term, by);
            let object = in_caller(effect.object);
            let guard = is_effect.then(|| in_caller(group.guard));
            let lengths = effect.loops().iter().enumerate();
            let loops: Vec<Inside> = lengths
                .map(|(at, &length)| Inside { variable: CopyVariable::inner(at), length: in_caller(length) })
                .collect();
            let object = terms.fold_case(object);
            for (object, so) in
                self.alternatives(effect.aspect, object, |variable| matches!(variable, CopyVariable::Loop(_)))
            {
                let terms = self.evaluator.terms();
                let guard = guard.map(|guard| terms.and(&[summary.links.guards[node.ix()], guard, so]));
                groups.push(Taken {
                    group: at,
                    aspect: effect.aspect,
                    object,
                    guard,
                    so,
                    inside: loops.clone(),
                    fixed: Vec::new(),
                    at: None,
                });
            }
        }
        let by = &mut inside_loops[0];
        self.carry(summary, node, inside, by);
        self.meet_inside(summary, node, inside, by, &groups);
        drop(inside_loops);
        if std::mem::take(&mut self.is_cut) {
            summary.reached(Some(node), "more pairs meet inside of the module than are judged for one call");
        }
        // Groups that are alike from here on are one effect.
        let mut merged: FxHashMap<(Aspect, Term, Term, Vec<Inside>), Vec<GroupId>> = FxHashMap::default();
        let mut order = Vec::new();
        for Taken { group, aspect, object, guard, inside, .. } in groups {
            let Some(guard) = guard else { continue };
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
            let effect = Effect::new(aspect, object, guard, node).of_call(inner);
            self.instances(summary, effect, &inside);
        }
        if summary.potentials.len() > 2 * self.combined + COMBINED {
            combine(self.evaluator, summary);
            self.combined = summary.potentials.len();
        }
        summary.calls.insert(node, Call { callee: inside.template, substitution });
    }

    /// Pairs inside a callee, under the arguments of the call.
    fn carry(&mut self, summary: &mut Summary, node: NodeId, inside: &Summary, by: &mut Substituting<'_>) {
        for potential in &inside.potentials {
            let formula = self.evaluator.terms().substitute_among(potential.formula, by);
            self.potential(summary, node, &Potential { formula, ..potential.clone() });
        }
        for omitted in &inside.omitted {
            if !summary.omitted.iter().any(|known| known.at == omitted.at && known.effect == omitted.effect) {
                summary.omitted.push(omitted.clone());
            }
        }
    }

    /// Adds a pair inside a callee, in terms of the caller: it happens if it does in some instance of the call.
    fn potential(&mut self, summary: &mut Summary, node: NodeId, potential: &Potential) {
        let terms = self.evaluator.terms();
        let formula = summary.for_some(terms, node, potential.formula);
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
        by: &mut Substituting<'_>,
        groups: &[Taken],
    ) {
        let mut by_object: FxHashMap<(Option<u32>, Term), Vec<Taken>> = FxHashMap::default();
        let (mut order, mut apart) = (Vec::new(), Vec::new());
        let own =
            summary.links.counts[node.ix()].map(|length| Inside { variable: CopyVariable::OF_NODE, length });
        let mut kinds = Kinds::default();
        let may_meet = |group: &&Taken| inside.group(group.group).may_meet;
        for group in groups.iter().filter(may_meet) {
            let ty = self.evaluator.known_terms().type_of_id(group.object);
            kinds.add((group.aspect, ty), group.group);
        }
        for group in groups.iter().filter(may_meet) {
            let ty = self.evaluator.known_terms().type_of_id(group.object);
            if !kinds.is_met(&self.writers.against(group.aspect), ty, group.group) {
                continue;
            }
            let inside = own.into_iter().chain(group.inside.iter().copied()).collect();
            self.taken_apart(&Taken { inside, fixed: Vec::new(), ..*group }, &mut apart);
        }
        for group in apart {
            let terms = self.evaluator.terms();
            let copies = terms.copies(group.object);
            let place = |variable: CopyVariable| copies.iter().position(|known| *known == variable);
            let object = terms.rename_copies(group.object, &|variable| match (variable, place(variable)) {
                (CopyVariable::Loop(_) | CopyVariable::Inner(_) | CopyVariable::Element(_), Some(at)) => {
                    CopyVariable::numbered(at)
                }
                _ => variable,
            });
            let key = (group.aspect.topic(), object);
            let met = by_object.entry(key).or_default();
            if met.is_empty() {
                order.push(key);
            }
            met.push(group);
        }
        // Where not all can be judged, few on many objects are worth more than many on one.
        order.sort_by_key(|key| by_object[key].len());
        self.judged_left = JUDGED_INSIDE;
        for key in order {
            let met = &by_object[&key];
            for (at, one) in met.iter().enumerate() {
                for other in &met[at + 1..] {
                    if self.is_cut || self.evaluator.terms().is_exhausted() {
                        return;
                    }
                    if one.at.zip(other.at).is_some_and(|(one, other)| one != other) {
                        continue;
                    }
                    let (first, second) =
                        (inside.group(one.group).members[0], inside.group(other.group).members[0]);
                    if inside.effect(first).object == inside.effect(second).object {
                        // They met before; the callee's own summary has judged them.
                        continue;
                    }
                    for found in self.met(inside, one, other) {
                        let terms = self.evaluator.terms();
                        let formula = terms.substitute_among(found.formula, by);
                        let mut formula = terms.rename_copies(formula, &|variable| match variable {
                            CopyVariable::OfCall => CopyVariable::OF_NODE,
                            other => other,
                        });
                        if let Some(at) = one.at.or(other.at) {
                            let (index, at) = (terms.copy_index(CopyVariable::OF_NODE), terms.int(at));
                            let here = terms.equal(index, at);
                            formula = terms.and(&[formula, here]);
                        }
                        formula = terms.and(&[formula, one.so, other.so]);
                        self.potential(summary, node, &Potential { formula, ..found });
                    }
                }
            }
        }
    }

    /// What is wrong with two groups that meet, which other calls may have made meet too.
    fn met(&mut self, inside: &Summary, one: &Taken, other: &Taken) -> Vec<Potential> {
        let [fixed, its_fixed] = self.alike(one, other);
        let meeting = [(one.group, fixed), (other.group, its_fixed)];
        let before = self.judged_left;
        if let Some(known) = inside.met.borrow().get(&meeting).filter(|known| known.judged <= before) {
            self.judged_left -= known.judged;
            return known.found.clone();
        }
        let [(_, fixed), (_, its_fixed)] = &meeting;
        let found = self.judge_groups(inside, (one.group, fixed), (other.group, its_fixed));
        if !self.is_cut && !self.evaluator.terms().is_exhausted() {
            let met = Met { found: found.clone(), judged: before - self.judged_left };
            inside.met.borrow_mut().insert(meeting, met);
        }
        found
    }

    /// What is put for the copy indexes of two groups that meet: where one has the index of the call, the other has it too.
    fn alike(&mut self, one: &Taken, other: &Taken) -> [Indexes; 2] {
        let terms = self.evaluator.terms();
        let (ones, others) = (terms.copies(one.object), terms.copies(other.object));
        let of_call = terms.copy_index(CopyVariable::OfCall);
        let (mut fixed, mut its_fixed) = (one.fixed.clone(), other.fixed.clone());
        for pair in ones.into_iter().zip(others) {
            match pair {
                (CopyVariable::OF_NODE, CopyVariable::Inner(number)) => its_fixed.push((number, of_call)),
                (CopyVariable::Inner(number), CopyVariable::OF_NODE) => fixed.push((number, of_call)),
                _ => {}
            }
        }
        [fixed, its_fixed]
    }

    /// A group for each index of those of its loops whose length the call makes known.
    fn taken_apart(&mut self, taken: &Taken, apart: &mut Vec<Taken>) {
        let terms = self.evaluator.terms();
        let known = taken.inside.iter().find_map(|inner| {
            let count = terms.known_int(inner.length).filter(|&count| count <= UNROLLED)?;
            terms.mentions_exactly(taken.object, inner.variable).then_some((*inner, count))
        });
        let Some((inner, count)) = known else {
            apart.push(Taken { inside: taken.inside.clone(), fixed: taken.fixed.clone(), ..*taken });
            return;
        };
        for at in 0..count {
            let terms = self.evaluator.terms();
            let index = terms.int(at);
            let mut put = |term: Term| terms.replace_copy(term, inner.variable, index);
            let (object, guard, so) = (put(taken.object), taken.guard.map(&mut put), put(taken.so));
            let others = taken.inside.iter().filter(|other| other.variable != inner.variable);
            let inside = others.map(|other| Inside { length: put(other.length), ..*other }).collect();
            let object = terms.fold_case(object);
            let mut one = Taken { object, guard, so, inside, fixed: taken.fixed.clone(), ..*taken };
            match inner.variable.as_inner() {
                Some(number) => one.fixed.push((number, index)),
                None => one.at = Some(at),
            }
            self.taken_apart(&one, apart);
        }
    }

    /// Judges every effect of one group against every effect of another, in terms of the callee.
    fn judge_groups(
        &mut self,
        inside: &Summary,
        (one, fixed): (GroupId, &[(u16, Term)]),
        (other, its_fixed): (GroupId, &[(u16, Term)]),
    ) -> Vec<Potential> {
        let mut found = Vec::new();
        let mut members = |group: GroupId, fixed| {
            let ids = inside.group(group).members.iter().take(JUDGED_INSIDE);
            ids.map(|&id| Judged { id, effect: self.with_indexes(inside.effect(id), fixed), fixed }).collect()
        };
        let (ones, others): (Vec<Judged<'_>>, Vec<Judged<'_>>) =
            (members(one, fixed), members(other, its_fixed));
        let pairs = ones.iter().flat_map(|one| others.iter().map(move |other| (one, other)));
        for (one, other) in pairs {
            if self.judged_left == 0 {
                self.is_cut = true;
                break;
            }
            self.judged_left -= 1;
            let (one, other) = if one.id <= other.id { (one, other) } else { (other, one) };
            self.judge(inside, one, other, &mut found);
        }
        found
    }

    /// An effect with other terms for some of its copy indexes.
    fn with_indexes<'e>(&mut self, effect: &'e Effect, fixed: &[(u16, Term)]) -> Cow<'e, Effect> {
        if fixed.is_empty() {
            return Cow::Borrowed(effect);
        }
        let mut effect = effect.clone();
        for &(number, index) in fixed {
            let terms = self.evaluator.terms();
            let length = effect.loops()[usize::from(number)];
            let at = terms.known_int(index);
            let inside = match at {
                Some(at) => terms.at_least(length, at + 1),
                None => terms.is_index(length, index),
            };
            let variable = CopyVariable::Loop(number);
            let guard = terms.replace_copy(effect.guard, variable, index);
            effect.guard = terms.and(&[guard, inside]);
            effect.object = terms.replace_copy(effect.object, variable, index);
            if effect.instance == Instance::Each(variable) {
                effect.instance = match at {
                    Some(at) => Instance::Fixed(u32::try_from(at).unwrap_or(u32::MAX)),
                    None => Instance::Each(CopyVariable::OfCall),
                };
            }
        }
        Cow::Owned(effect)
    }

    /// Judges two effects of a complete summary, which are one object for its caller.
    fn judge(
        &mut self,
        inside: &Summary,
        first: &Judged<'_>,
        second: &Judged<'_>,
        found: &mut Vec<Potential>,
    ) {
        let (one, other) = (&*first.effect, &*second.effect);
        if inside.are_apart(one, other) {
            for (fault, formula) in inside.judge(self.evaluator.terms(), self.writers, one, other) {
                let (first, second) = (first.id, second.id);
                found.push(Potential { at: inside.template, first, second, fault, formula });
            }
        }
        if one.node == other.node
            && let Some(call) = inside.calls.get(&one.node)
            && let Some(deeper) = self.known.get(&call.callee)
            && let Some(instance) = self.one_instance(one, other)
        {
            let (fixed, its_fixed) = (self.deeper(first), self.deeper(second));
            for &group in one.inner() {
                for &against in other.inner().iter().filter(|&&against| against != group) {
                    for potential in self.judge_groups(deeper, (group, &fixed), (against, &its_fixed)) {
                        let terms = self.evaluator.terms();
                        let formula = terms.substitute(potential.formula, &call.substitution);
                        let mut formula = terms.and(&[formula, instance]);
                        if one.loops().is_empty() && other.loops().is_empty() {
                            formula = terms.and(&[formula, one.guard, other.guard]);
                        }
                        let formula = inside.for_some(terms, one.node, formula);
                        found.push(Potential { formula, ..potential });
                    }
                }
            }
        }
    }

    /// What is put for copy indexes, in terms of the callee that an effect comes from.
    fn deeper(&mut self, judged: &Judged<'_>) -> Indexes {
        let put = |&(callees, index): &(u16, Index)| match index {
            Index::At(at) => Some((callees, self.evaluator.terms().int(at))),
            Index::Loop(number) => {
                judged.fixed.iter().find(|(fixed, _)| *fixed == number).map(|&(_, term)| (callees, term))
            }
        };
        judged.effect.indexes().iter().filter_map(put).collect()
    }

    /// That two effects of one call belong to one instance of it, in terms of its copy index; none where they cannot.
    fn one_instance(&mut self, one: &Effect, other: &Effect) -> Option<Term> {
        let terms = self.evaluator.terms();
        let mut all = Vec::new();
        for effect in [one, other] {
            let index = match effect.instance {
                Instance::Fixed(at) => terms.int(i64::from(at)),
                Instance::Each(CopyVariable::OfCall) => terms.copy_index(CopyVariable::OfCall),
                Instance::Only | Instance::Each(_) | Instance::Every => continue,
            };
            let own = terms.copy_index(CopyVariable::OF_NODE);
            all.push(terms.equal(own, index));
        }
        match (one.instance, other.instance) {
            (Instance::Fixed(one), Instance::Fixed(other)) if one != other => None,
            _ => Some(terms.and(&all)),
        }
    }
}
