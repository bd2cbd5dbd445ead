//! Applies a module call: expresses the effects of its callee in terms of the caller.
//!
//! The callee was analysed once, in terms of its parameters. A call substitutes its arguments for them:
//!
//! ```bicep
//! // vpn.bicep: `gw` writes the hub named `hubName`            main.bicep: `a` writes the hub `h1` if `on`
//! param hubName string                                      module a 'vpn.bicep' = if (on) { params: { hubName: 'h1' } }
//! ```
//!
//! Effects that the caller cannot tell apart (a [group](super::group)) become one effect of the call. The callee's own pairs
//! are carried over under the arguments. Pairs that only the arguments bring together are judged in [`super::inside`].

use rustc_hash::FxHashMap;

use super::build::{Builder, Draft, Met, Take, combine};
use super::effect::{Aspect, Effect, GroupId};
use super::instance::Inside;
use super::summary::{Batch, Call, CalleeSummary, Hazards, Potential, Summary};
use crate::eval::arguments::Asked;
use crate::eval::case_split::{Tellable, under, values};
use crate::eval::substitution::{Substituting, Substitution};
use crate::eval::term::{CopyVariable, Term};
use crate::eval::terms::Terms;
use crate::limit::Limit;
use crate::template::NodeId;
use crate::workspace::TemplateId;

/// Potentials are merged once there are this many new ones and twice as many as after the last merge: many calls of one module
/// produce the same ones.
const COMBINED: usize = 10_000;

/// Replacements of copy indexes, by the number of their loop.
pub(super) type Indexes = Vec<(u16, Term)>;

/// A group of a callee, expressed in terms of a caller.
pub(super) struct Taken {
    pub(super) group: GroupId,
    pub(super) aspect: Aspect,
    pub(super) object: Term,
    /// Its condition; `None` if it is not needed, because the group meets nothing outside the callee.
    pub(super) guard: Option<Term>,
    /// The list that it rewrites or the elements that it adds; present if `guard` is.
    pub(super) elements: Option<Term>,
    /// The condition under which the object has this id.
    pub(super) so: Term,
    pub(super) inside: Vec<Inside>,
    /// Replacements of the group's copy indexes.
    pub(super) fixed: Indexes,
    /// The index of the call, where its loop is of known length.
    pub(super) at: Option<i64>,
}

/// The substitution of a call, one for each loop depth in the callee.
struct ByLoops<'s> {
    substitution: &'s Substitution,
    known: Vec<Substituting<'s>>,
}

impl<'s> ByLoops<'s> {
    fn new(substitution: &'s Substitution) -> Self {
        Self { substitution, known: vec![Substituting::new(substitution)] }
    }

    /// The substitution for terms inside `loops` loops.
    fn inside(&mut self, loops: usize) -> &mut Substituting<'s> {
        while self.known.len() <= loops {
            self.known.push(Substituting::inside(self.substitution, self.known.len()));
        }
        &mut self.known[loops]
    }
}

impl Builder<'_, '_, '_> {
    /// Adds the effect of a module call itself. Returns its callee, if it is ever called.
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

    /// Adds the effects of the called module, and its hazards.
    pub(super) fn module(&mut self, draft: &mut Draft, node: NodeId, callee: TemplateId, take: &Take) {
        let Some(inside) = self.summaries.callee(callee) else { return };
        let groups = self.groups_to_take(draft, node, inside, take);
        let hazards = &inside.summary.hazards;
        if groups.is_empty() && hazards.is_empty() {
            return;
        }
        let asked = Asked::These(&inside.depends_on);
        let substitution = self.evaluator.module_substitution(draft.summary.template, node, asked);
        self.call(draft, node, (inside, &groups), substitution);
    }

    /// The groups of a callee that may meet something through a call, each with whether that may be outside the callee.
    pub(super) fn groups_to_take(
        &mut self,
        draft: &mut Draft,
        node: NodeId,
        inside: &CalleeSummary,
        take: &Take,
    ) -> Vec<(GroupId, bool)> {
        // Instances of a serial loop meet, but never at the same time.
        let links = &draft.summary.links;
        let is_loop = links.counts[node.ix()].is_some() && links.batch_size(node) != Some(1);
        let mut wanted = Vec::new();
        for (at, group) in inside.groups.iter().enumerate() {
            let (aspect, ty) = inside.lead(group).kind(self.evaluator.known_terms());
            let against = self.writers.against(aspect);
            let is_effect = is_loop || take.takes(&against, ty, node);
            draft.is_partial |= !is_effect;
            if is_effect || group.may_meet_inside() {
                wanted.push((GroupId(at as u32), is_effect));
            }
        }
        wanted
    }

    /// Adds groups of a callee under the substitution of a call, and its hazards.
    pub(super) fn call(
        &mut self,
        draft: &mut Draft,
        node: NodeId,
        (inside, wanted): (&CalleeSummary, &[(GroupId, bool)]),
        substitution: Substitution,
    ) {
        let summary = &mut draft.summary;
        // Do not shift: the callee's copy indexes are renamed, so that they cannot clash with those of the arguments.
        let substitution = Substitution { shift: 0, ..substitution };
        let mut by = ByLoops::new(&substitution);
        self.evaluator.settle();
        let groups = self.take_over(summary, node, (inside, wanted), &mut by);
        let may_meet = groups.iter().filter(|taken| inside.group(taken.group).may_meet_inside());
        draft.inside.extend(may_meet.map(|taken| {
            let meets_itself = inside.group(taken.group).may_meet_itself;
            let loops = taken.inside.iter().map(|inner| inner.length).filter(|_| meets_itself).collect();
            Met { call: node, topic: taken.aspect.topic(), object: taken.object, loops }
        }));
        let by = by.inside(0);
        self.carry(summary, node, inside, by);
        self.meet_inside(summary, node, inside, by, &groups);
        self.record(summary, node);
        self.add_groups(summary, node, groups);
        let count = |hazards: &Hazards| hazards.potentials.len() + hazards.batches.len();
        if count(&summary.hazards) > 2 * draft.combined + COMBINED {
            combine(self.evaluator, &mut summary.hazards);
            draft.combined = count(&summary.hazards);
        }
        summary.calls.insert(node, Call { callee: inside.summary.template, substitution });
    }

    /// Expresses groups of a callee in terms of the caller.
    fn take_over(
        &mut self,
        summary: &mut Summary,
        node: NodeId,
        (inside, wanted): (&CalleeSummary, &[(GroupId, bool)]),
        by: &mut ByLoops<'_>,
    ) -> Vec<Taken> {
        let mut groups = Vec::new();
        for &(at, is_effect) in wanted {
            let allowed = self.evaluator.terms().work();
            if let Err(reached) = allowed.and_then(|()| Limit::CallEffects.check(groups.len() + 1)) {
                summary.hazards.limits.add(Some(node), reached);
                break;
            }
            let group = inside.group(at);
            let effect = inside.lead(group);
            let by = by.inside(effect.loops().len());
            let terms = self.evaluator.terms();
            let mut in_caller = |term: Term| terms.substitute_among(term, by);
            let guard = in_caller(group.guard);
            let lengths = effect.loops().iter().enumerate();
            let loops: Vec<Inside> = lengths
                .map(|(at, &length)| Inside { variable: CopyVariable::inner(at), length: in_caller(length) })
                .collect();
            // A call usually enables only a small part of a module.
            if terms.is_false(guard) || loops.iter().any(|inner| terms.known_int(inner.length) == Some(0)) {
                continue;
            }
            if !is_effect && !group.may_meet && !self.may_have_two(summary, node, &loops) {
                continue;
            }
            let terms = self.evaluator.terms();
            let mut in_caller = |term: Term| terms.substitute_among(term, by);
            let object = in_caller(effect.object);
            let guard = is_effect.then_some(guard);
            let elements = group.elements.filter(|_| is_effect).map(&mut in_caller);
            let object = terms.fold_case(object);
            for (object, so) in self.alternatives(effect.aspect, object, Tellable::Loops) {
                let terms = self.evaluator.terms();
                let guard = guard.map(|guard| terms.and(&[summary.links.guards[node.ix()], guard, so]));
                // Ex) `on ? [a, b] : []` has two elements where `a` and `b` are meant
                let limited = |inner: &Inside| Inside { length: under(terms, inner.length, so), ..*inner };
                let inside = loops.iter().map(limited).collect();
                groups.push(Taken {
                    group: at,
                    aspect: effect.aspect,
                    object,
                    guard,
                    elements,
                    so,
                    inside,
                    fixed: Vec::new(),
                    at: None,
                });
            }
        }
        groups
    }

    /// Whether the call's loop or the effect's loops may be known to have two instances. Only then an effect can meet
    /// itself. Ex) `on ? [a, b] : list`
    fn may_have_two(&mut self, summary: &Summary, node: NodeId, loops: &[Inside]) -> bool {
        let terms = self.evaluator.terms();
        let own = summary.links.counts[node.ix()];
        let mut lengths = loops.iter().map(|inner| inner.length).chain(own);
        let is_many = |terms: &Terms, length: Term| terms.known_int(length).is_some_and(|count| count > 1);
        lengths.any(|length| values(terms, length).iter().any(|&(length, _)| is_many(terms, length)))
    }

    /// Adds groups as effects of the call, and merges groups that the caller cannot tell apart.
    fn add_groups(&mut self, summary: &mut Summary, node: NodeId, groups: Vec<Taken>) {
        type Alike = (Aspect, Term, Term, Option<Term>, Vec<Inside>);
        let mut merged: FxHashMap<Alike, Vec<GroupId>> = FxHashMap::default();
        let mut order = Vec::new();
        for Taken { group, aspect, object, guard, elements, inside, .. } in groups {
            let Some(guard) = guard else { continue };
            let key = (aspect, object, guard, elements, inside);
            let members = merged.entry(key.clone()).or_default();
            if members.is_empty() {
                order.push(key);
            }
            members.push(group);
        }
        for key in order {
            let inner = merged.remove(&key).unwrap_or_default().into_boxed_slice();
            let (aspect, object, guard, elements, inside) = key;
            let effect = Effect::new(aspect, object, guard, node).of_call(inner).with_elements(elements);
            self.instances(summary, effect, &inside);
        }
    }

    /// Carries the pairs of a callee over, under the arguments of the call.
    fn carry(
        &mut self,
        summary: &mut Summary,
        node: NodeId,
        inside: &CalleeSummary,
        by: &mut Substituting<'_>,
    ) {
        for potential in &inside.summary.hazards.potentials {
            let formula = self.evaluator.terms().substitute_among(potential.formula, by);
            self.potential(summary, node, &Potential { formula, ..potential.clone() });
        }
        for batch in &inside.summary.hazards.batches {
            let terms = self.evaluator.terms();
            let formula = terms.substitute_among(batch.formula, by);
            let formula = summary.links.for_some(terms, node, formula);
            if !terms.is_false(formula) {
                summary.hazards.batches.push(Batch { formula, ..batch.clone() });
            }
        }
        for crowd in &inside.summary.hazards.crowds {
            self.carry_crowd(summary, node, crowd, by);
        }
        for omitted in &inside.summary.hazards.omitted {
            summary.hazards.omit(omitted);
        }
    }

    /// Adds a pair of a callee in terms of the caller: it happens if it does in some instance of the call.
    pub(super) fn potential(&mut self, summary: &mut Summary, node: NodeId, potential: &Potential) {
        let terms = self.evaluator.terms();
        let formula = summary.links.for_some(terms, node, potential.formula);
        if !terms.is_false(formula) {
            summary.hazards.potentials.push(Potential { formula, ..potential.clone() });
        }
    }
}
