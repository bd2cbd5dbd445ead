//! Pairs inside a callee whose objects become one through the arguments of a call.
//!
//! ```bicep
//! // gateways.bicep                                         main.bicep
//! param one string                                         module m 'gateways.bicep' = {
//! param other string                                         params: { one: 'hub', other: 'hub' }
//! resource a '…/vpnGateways@…' = { … one … }               }
//! resource b '…/expressRouteGateways@…' = { … other … }
//! ```
//!
//! In the callee, `a` and `b` write two hubs that may or may not be one; with these arguments they are one. So the groups of the callee
//! are sorted by their objects in terms of the caller, and groups with different objects in the callee are now compared. The order between
//! `a` and `b` is that of the callee. The results are kept for other calls of the same module.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::build::Builder;
use super::by_parts;
use super::call::{Indexes, Taken};
use super::effect::{Aspect, Effect, EffectId, GroupId, Index, Instance};
use super::instance::{Inside, longest, told_in};
use super::kind::Kinds;
use super::summary::{CalleeSummary, Potential, Summary};
use crate::eval::case_split::Tellable;
use crate::eval::substitution::Substituting;
use crate::eval::term::{CopyVariable, Term};
use crate::eval::terms::Terms;
use crate::limit::{Budget, Limit, Reached};
use crate::small_sort::SmallSort as _;
use crate::template::NodeId;
use crate::workspace::TemplateId;

/// Two groups that meet, each with the replacements of its copy indexes.
type Meeting = [(GroupId, Indexes); 2];

/// The results for pairs of groups that meet through calls: many calls have the same pairs.
#[derive(Debug, Default)]
pub struct Meetings(FxHashMap<(TemplateId, Meeting), Met>);

/// The result for two groups that meet.
#[derive(Debug)]
struct Met {
    /// The faults, in terms of the callee.
    found: Vec<Potential>,
    /// Number of pairs of effects that were compared.
    judged: u64,
}

/// An effect of a callee that is compared with another.
struct Judged<'f> {
    id: EffectId,
    /// The effect after the replacement of copy indexes.
    effect: Cow<'f, Effect>,
    fixed: &'f [(u16, Term)],
}

/// The budget of pairs for one call.
struct Allowance {
    left: Budget,
    /// The limit that was reached.
    cut: Option<Reached>,
}

impl Builder<'_, '_, '_> {
    /// Adds the pairs inside a callee that meet on one object through this call.
    pub(super) fn meet_inside(
        &mut self,
        summary: &mut Summary,
        node: NodeId,
        inside: &CalleeSummary,
        by: &mut Substituting<'_>,
        groups: &[Taken],
    ) {
        let own =
            summary.links.counts[node.ix()].map(|length| Inside { variable: CopyVariable::OF_NODE, length });
        let apart = self.groups_that_meet(inside, own, groups);
        let mut allowance = Allowance { left: Limit::CallPairs.budget(), cut: None };
        'all: for met in by_object(self.evaluator.terms(), apart) {
            let object = |taken: &Taken| inside.lead(inside.group(taken.group)).object;
            if met.iter().all(|taken| taken.fixed.is_empty() && object(taken) == object(&met[0])) {
                // They all had one object in the callee.
                continue;
            }
            for (at, one) in met.iter().enumerate() {
                for other in &met[at + 1..] {
                    if let Err(reached) = self.evaluator.terms().work() {
                        allowance.cut = Some(reached);
                    }
                    if allowance.cut.is_some() {
                        break 'all;
                    }
                    if one.at.zip(other.at).is_some_and(|(one, other)| one != other) {
                        continue;
                    }
                    let objects = [one, other].map(|taken| inside.lead(inside.group(taken.group)).object);
                    if objects[0] == objects[1] && !are_two(one.aspect, &one.fixed, &other.fixed) {
                        // They had one object in the callee, so its own summary has compared them.
                        continue;
                    }
                    for found in self.met(inside, one, other, &mut allowance) {
                        let formula = self.in_caller(found.formula, by, one, other);
                        self.potential(summary, node, &Potential { formula, ..found });
                    }
                }
            }
        }
        if let Some(reached) = allowance.cut {
            summary.hazards.limits.add(Some(node), reached);
        }
    }

    /// The groups that may meet another one, each once for each instance that can be distinguished. `own` is the loop of the call.
    fn groups_that_meet(
        &mut self,
        inside: &CalleeSummary,
        own: Option<Inside>,
        groups: &[Taken],
    ) -> Vec<Taken> {
        let mut kinds = Kinds::default();
        let may_meet = |taken: &&Taken| inside.group(taken.group).may_meet_inside();
        for group in groups.iter().filter(may_meet) {
            let ty = self.evaluator.known_terms().type_of_id(group.object);
            kinds.add((group.aspect, ty), group.group);
        }
        let mut apart = Vec::new();
        for group in groups.iter().filter(may_meet) {
            let ty = self.evaluator.known_terms().type_of_id(group.object);
            if !inside.group(group.group).may_meet_itself
                && !kinds.is_met(&self.writers.against(group.aspect), ty, group.group)
            {
                continue;
            }
            let loops = own.into_iter().chain(group.inside.iter().copied()).collect();
            self.taken_apart(&Taken { inside: loops, fixed: Vec::new(), ..*group }, &mut apart);
        }
        apart
    }

    /// A formula about two groups that meet, in terms of the caller.
    fn in_caller(&mut self, formula: Term, by: &mut Substituting<'_>, one: &Taken, other: &Taken) -> Term {
        let terms = self.evaluator.terms();
        let formula = terms.substitute_among(formula, by);
        let mut formula = terms.rename_copies(formula, &|variable| match variable {
            CopyVariable::OfCall => CopyVariable::OF_NODE,
            other => other,
        });
        if let Some(at) = one.at.or(other.at) {
            let (index, at) = (terms.copy_index(CopyVariable::OF_NODE), terms.int(at));
            let here = terms.equal(index, at);
            formula = terms.and(&[formula, here]);
        }
        let mut all = vec![formula];
        for taken in [one, other] {
            // The lists are unknown: the formula holds for some element.
            let so = taken.inside.iter().fold(taken.so, |so, inner| match inner.variable {
                CopyVariable::Inner(_) if terms.mentions_exactly(so, inner.variable) => {
                    terms.exists(inner.length, inner.variable, so)
                }
                _ => so,
            });
            all.push(so);
        }
        terms.and(&all)
    }

    /// The result for two groups that meet, which may be known from another call.
    fn met(
        &mut self,
        inside: &CalleeSummary,
        one: &Taken,
        other: &Taken,
        allowance: &mut Allowance,
    ) -> Vec<Potential> {
        let [fixed, its_fixed] = self.alike(one, other);
        let key = (inside.summary.template, [(one.group, fixed), (other.group, its_fixed)]);
        let before = allowance.left.left();
        if let Some(known) = self.meetings.0.get(&key).filter(|known| known.judged <= before) {
            allowance.left.count(known.judged);
            return known.found.clone();
        }
        let [(_, fixed), (_, its_fixed)] = &key.1;
        let found = self.judge_groups(inside, (one.group, fixed), (other.group, its_fixed), allowance);
        if allowance.cut.is_none() && self.evaluator.terms().work().is_ok() {
            let met = Met { found: found.clone(), judged: before - allowance.left.left() };
            self.meetings.0.insert(key, met);
        }
        found
    }

    /// The replacements of the copy indexes of two groups that meet: if one has the index of the call, the other has it too.
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

    /// Splits a group by the indexes of those loops whose length the call determines, or makes dependent on conditions only.
    fn taken_apart(&mut self, taken: &Taken, apart: &mut Vec<Taken>) {
        let terms = self.evaluator.terms();
        let mut known = None;
        for (at, inner) in taken.inside.iter().enumerate() {
            if !terms.mentions_exactly(taken.object, inner.variable) {
                continue;
            }
            let Some(count) = longest(terms, inner.length) else { continue };
            let (before, after) = (&taken.inside[..at], &taken.inside[at + 1..]);
            let others: Vec<Inside> = before.iter().chain(after).copied().collect();
            match Limit::ToldElements.check(told_in(terms, taken.object, count, &others)) {
                Ok(()) => {
                    known = Some((*inner, count));
                    break;
                }
                Err(reached) => terms.reach(reached),
            }
        }
        let Some((inner, count)) = known else {
            for (object, so) in self.alternatives(taken.aspect, taken.object, Tellable::NotInner) {
                let terms = self.evaluator.terms();
                let so = terms.and(&[taken.so, so]);
                let (inside, fixed) = (taken.inside.clone(), taken.fixed.clone());
                apart.push(Taken { object, so, inside, fixed, ..*taken });
            }
            return;
        };
        for at in 0..count {
            let terms = self.evaluator.terms();
            if let Err(reached) = terms.work() {
                terms.reach(reached);
                return;
            }
            let index = terms.int(at);
            let mut put = |term: Term| terms.replace_copy(term, inner.variable, index);
            let (object, so) = (put(taken.object), put(taken.so));
            let length = put(inner.length);
            let others = taken.inside.iter().filter(|other| other.variable != inner.variable);
            let inside = others.map(|other| Inside { length: put(other.length), ..*other }).collect();
            let object = terms.fold_case(object);
            let is_there = terms.at_least(length, at + 1);
            let so = terms.and(&[so, is_there]);
            let mut one = Taken { object, so, inside, fixed: taken.fixed.clone(), ..*taken };
            match inner.variable.as_inner() {
                Some(number) => one.fixed.push((number, index)),
                None => one.at = Some(at),
            }
            self.taken_apart(&one, apart);
        }
    }

    /// Compares every effect of one group with every effect of another, in terms of the callee.
    fn judge_groups(
        &mut self,
        inside: &CalleeSummary,
        (one, fixed): (GroupId, &[(u16, Term)]),
        (other, its_fixed): (GroupId, &[(u16, Term)]),
        allowance: &mut Allowance,
    ) -> Vec<Potential> {
        let mut found = Vec::new();
        let mut members = |group: GroupId, fixed| {
            // One more than the budget, so that the limit is noticed.
            let most = Limit::CallPairs.number() as usize + 1;
            let ids = inside.group(group).members.iter().take(most);
            ids.map(|&id| Judged { id, effect: self.with_indexes(inside.summary.effect(id), fixed), fixed })
                .collect()
        };
        let (ones, others): (Vec<Judged<'_>>, Vec<Judged<'_>>) =
            (members(one, fixed), members(other, its_fixed));
        let pairs = ones.iter().flat_map(|one| others.iter().map(move |other| (one, other)));
        for (one, other) in pairs {
            if let Err(reached) = allowance.left.spend(1) {
                allowance.cut = Some(reached);
                break;
            }
            let (one, other) = if one.id <= other.id { (one, other) } else { (other, one) };
            self.judge(inside, one, other, allowance, &mut found);
        }
        found
    }

    /// An effect with replacements of some of its copy indexes.
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
            let elements = effect.elements().map(|list| terms.replace_copy(list, variable, index));
            effect = effect.with_elements(elements);
            if effect.instance == Instance::Each(variable) {
                effect.instance = match at {
                    Some(at) => Instance::Fixed(u32::try_from(at).unwrap_or(u32::MAX)),
                    None => Instance::Each(CopyVariable::OfCall),
                };
            }
        }
        Cow::Owned(effect)
    }

    /// Compares two effects of a complete summary whose objects are one for the caller.
    fn judge(
        &mut self,
        inside: &CalleeSummary,
        first: &Judged<'_>,
        second: &Judged<'_>,
        allowance: &mut Allowance,
        found: &mut Vec<Potential>,
    ) {
        let (one, other) = (&*first.effect, &*second.effect);
        let summary = &inside.summary;
        if one.is_apart_from(other) {
            for (fault, formula) in summary.links.judge(self.evaluator.terms(), self.writers, one, other) {
                let (first, second) = (first.id, second.id);
                found.push(Potential { at: summary.template, first, second, fault, formula });
            }
        }
        if one.node == other.node
            && let Some(call) = summary.calls.get(&one.node)
            && let Some(deeper) = self.summaries.callee(call.callee)
            && let Some(instance) = self.one_instance(one, other)
        {
            let (fixed, its_fixed) = (self.deeper(first), self.deeper(second));
            for &group in one.inner() {
                for &against in other.inner() {
                    let aspect = deeper.lead(deeper.group(group)).aspect;
                    if group == against && !are_two(aspect, &fixed, &its_fixed) {
                        continue;
                    }
                    for potential in
                        self.judge_groups(deeper, (group, &fixed), (against, &its_fixed), allowance)
                    {
                        let terms = self.evaluator.terms();
                        let formula = terms.substitute(potential.formula, &call.substitution);
                        let mut formula = terms.and(&[formula, instance]);
                        if one.loops().is_empty() && other.loops().is_empty() {
                            formula = terms.and(&[formula, one.guard, other.guard]);
                        }
                        let formula = summary.links.for_some(terms, one.node, formula);
                        found.push(Potential { formula, ..potential });
                    }
                }
            }
        }
    }

    /// The replacements of copy indexes, in terms of the callee that an effect comes from.
    fn deeper(&mut self, judged: &Judged<'_>) -> Indexes {
        let put = |&(callees, index): &(u16, Index)| match index {
            Index::At(at) => Some((callees, self.evaluator.terms().int(at))),
            Index::Loop(number) => {
                judged.fixed.iter().find(|(fixed, _)| *fixed == number).map(|&(_, term)| (callees, term))
            }
        };
        judged.effect.indexes().iter().filter_map(put).collect()
    }

    /// The condition that two effects of one call belong to one instance of it, in terms of its copy index; `None` if they cannot.
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

/// Whether two groups on one object of a callee are different: elements of a list with different indexes.
fn are_two(aspect: Aspect, fixed: &[(u16, Term)], its_fixed: &[(u16, Term)]) -> bool {
    aspect.races_within_list() && fixed != its_fixed
}

/// Sorts groups by object, small buckets first: if the budget does not allow all pairs, a few pairs of many objects are worth more than
/// many pairs of one. A copy index of one group corresponds to that of another in the same place of the object.
fn by_object(terms: &mut Terms, groups: Vec<Taken>) -> Vec<Vec<Taken>> {
    let mut groups = groups;
    let of = |taken: &Taken| (taken.aspect.topic(), taken.object);
    by_parts::join(terms, &mut groups, of, |taken, object| taken.object = object);
    let mut places: FxHashMap<(Option<u32>, Term), usize> = FxHashMap::default();
    let mut buckets: Vec<Vec<Taken>> = Vec::new();
    for group in groups {
        let copies = terms.copies(group.object);
        let place = |variable: CopyVariable| copies.iter().position(|known| *known == variable);
        let object = terms.rename_copies(group.object, &|variable| match (variable, place(variable)) {
            (CopyVariable::Loop(_) | CopyVariable::Inner(_), Some(at)) => CopyVariable::numbered(at),
            _ => variable,
        });
        let at = *places.entry((group.aspect.topic(), object)).or_insert(buckets.len());
        if at == buckets.len() {
            buckets.push(Vec::new());
        }
        buckets[at].push(group);
    }
    buckets.small_sort_by_key(Vec::len);
    buckets
}
