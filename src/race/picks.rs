//! Finds pairs of effects on elements of one list that are selected in different ways.
//!
//! ```bicep
//! resource a '…/vpnGateways@…' = [for x in list: { … x.hub … }]
//! resource b '…/p2sVpnGateways@…' = [for x in filter(list, x => x.on): { … x.hub … }]
//! resource c '…/expressRouteGateways@…' = { … last(list).hub … }
//! ```
//!
//! Each writes the hub of some `list[j]`: `a` of every element, `b` of those that are on, `c` of the last. So an effect
//! on an element of an unknown list has a *view* over `j`, with the condition on `j` in its guard, and views of one
//! object are judged like effects. Views serve only to find pairs: callers and findings use the effects. If a caller
//! gives the list, its loop is unrolled there.

use rustc_hash::{FxHashMap, FxHashSet};

use super::bucket::JUDGED;
use super::build::Builder;
use super::effect::{Aspect, Effect, EffectId, Instance};
use super::summary::{Hazards, Potential, Summary};
use crate::eval::picked::{self, By, Pick, Picked, pick_inside};
use crate::eval::spellings::as_name;
use crate::eval::term::{CopyVariable, Function, Term, Value};
use crate::eval::terms::Terms;
use crate::limit::Limit;

/// The kind of selection that a view stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Elements of a loop.
    Loop,
    /// The element at an index.
    Place,
    /// The element for which a condition holds.
    Named(Term),
}

impl Kind {
    /// Whether two selections may mean the same element. It is not known whether a condition holds at a given index.
    fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::Loop, _) | (_, Self::Loop) => true,
            (Self::Named(one), Self::Named(other)) => one == other,
            _ => false,
        }
    }
}

/// An effect over the index of an element.
struct View {
    id: EffectId,
    kind: Kind,
    effect: Effect,
}

/// The effects of one topic.
#[derive(Default)]
struct OfTopic {
    all: Vec<EffectId>,
    of_elements: Vec<OfElement>,
}

/// An effect on an element of an unknown list.
struct OfElement {
    id: EffectId,
    /// Its object, as the effect names it.
    object: Term,
    pick: Pick,
    is_loop: bool,
}

impl Builder<'_, '_, '_> {
    /// Adds the pairs of effects on elements of one list that are selected in different ways.
    pub(super) fn by_elements(&mut self, summary: &Summary, found: &mut Hazards) {
        let mut of_topic: FxHashMap<u32, OfTopic> = FxHashMap::default();
        for at in 0..summary.effects.len() as u32 {
            let effect = summary.effect(EffectId(at));
            let Aspect::Catalogued { entry, .. } = effect.aspect else { continue };
            if effect.elements().is_none() && effect.loops().len() <= 1 {
                let of_element = of_element(self.evaluator.terms(), EffectId(at), effect);
                let topic = of_topic.entry(entry).or_default();
                topic.all.push(EffectId(at));
                topic.of_elements.extend(of_element);
            }
        }
        let mut topics: Vec<(u32, OfTopic)> = of_topic.into_iter().collect();
        topics.sort_unstable_by_key(|&(topic, _)| topic);
        for (_, topic) in topics {
            // Elements at fixed indexes are compared only with those that are selected in another way.
            let is_other = |one: &OfElement| one.is_loop || one.pick.by == By::Condition;
            if topic.all.len() > 1 && topic.of_elements.iter().any(is_other) {
                let views = views(self.evaluator.terms(), summary, &topic);
                judge_views(self, summary, &views, found);
            }
        }
    }
}

/// The views of the effects of one topic.
fn views(terms: &mut Terms, summary: &Summary, topic: &OfTopic) -> Vec<View> {
    let mut views = Vec::new();
    let mut objects: FxHashSet<Term> = FxHashSet::default();
    for one in &topic.of_elements {
        let effect = summary.effect(one.id);
        for picked in picked::picked(terms, &one.pick) {
            let kind = match one.pick.by {
                _ if one.is_loop => Kind::Loop,
                By::Condition => Kind::Named(picked.holds),
                By::Index(_) => Kind::Place,
            };
            if let Value::Call(Function::Items, seq) = terms.get(picked.list) {
                let object = terms.seq(seq)[0];
                objects.insert(object);
            }
            views.extend(view(terms, effect, one, &picked).map(|effect| View { id: one.id, kind, effect }));
        }
    }
    // Ex) `object.a` beside a loop over `items(object)`
    for &id in topic.all.iter().filter(|&&id| !objects.is_empty() && summary.effect(id).loops().is_empty()) {
        let effect = summary.effect(id);
        if let Some((part, object, key)) =
            picked::property_inside(terms, effect.object, |object| objects.contains(&object))
        {
            let picked = picked::item_of(terms, object, key);
            let pick = Pick { part, from: object, by: By::Condition };
            let one = OfElement { id, object: effect.object, pick, is_loop: false };
            let kind = Kind::Named(picked.holds);
            views.extend(view(terms, effect, &one, &picked).map(|effect| View { id: one.id, kind, effect }));
        }
    }
    views
}

/// Judges the views of one object.
fn judge_views(builder: &mut Builder<'_, '_, '_>, summary: &Summary, views: &[View], found: &mut Hazards) {
    let mut buckets: FxHashMap<Term, Vec<&View>> = FxHashMap::default();
    let mut order = Vec::new();
    for view in views {
        let bucket = buckets.entry(view.effect.object).or_default();
        if bucket.is_empty() {
            order.push(view.effect.object);
        }
        bucket.push(view);
    }
    for object in order {
        let bucket = &buckets[&object];
        let count = bucket.len().min(JUDGED);
        if let Err(reached) = Limit::ObjectEffects.budget_of(JUDGED as u64).allows(bucket.len() as u64) {
            found.limits.add(Some(bucket[0].effect.node), reached);
        }
        for (at, one) in bucket[..count].iter().enumerate() {
            for other in &bucket[at + 1..count] {
                let (one, other) = if one.id <= other.id { (one, other) } else { (other, one) };
                let is_known = summary.effect(one.id).object == summary.effect(other.id).object;
                if is_known || one.effect.node == other.effect.node || !one.kind.meets(other.kind) {
                    continue;
                }
                let terms = builder.evaluator.terms();
                let judged = summary.links.judge(terms, builder.writers, &one.effect, &other.effect);
                for (fault, formula) in judged {
                    let (at, first, second) = (summary.template, one.id, other.id);
                    found.potentials.push(Potential { at, first, second, fault, formula });
                }
            }
        }
    }
}

/// The element from which the object of an effect is taken.
fn of_element(terms: &mut Terms, id: EffectId, effect: &Effect) -> Option<OfElement> {
    let object = as_name(terms, effect.object);
    let pick = pick_inside(terms, object)?;
    let copies = match pick.by {
        By::Index(index) => terms.copies(index),
        By::Condition => terms.copies(pick.part),
    };
    let is_loop = copies == [CopyVariable::numbered(0)];
    let is_plain = match pick.by {
        By::Index(index) => !is_loop || matches!(terms.get(index), Value::CopyIndex(_)),
        By::Condition => true,
    };
    (is_plain && is_loop != effect.loops().is_empty()).then_some(OfElement { id, object, pick, is_loop })
}

/// An effect over the index of the element; `None` if its object depends on anything else.
fn view(terms: &mut Terms, effect: &Effect, one: &OfElement, picked: &Picked) -> Option<Effect> {
    let (place, first) = (terms.copy_index(CopyVariable::Between), CopyVariable::numbered(0));
    let object = terms.replace_term(one.object, one.pick.part, picked.value);
    if terms.copies(object).iter().any(|&copy| copy != CopyVariable::Between) {
        return None;
    }
    let guard = terms.replace_term(effect.guard, one.pick.part, picked.value);
    let guard = terms.and(&[guard, picked.holds]);
    let is_own = effect.instance == Instance::Each(first);
    let is_same = picked.place == Some(place);
    let mut instance = effect.instance;
    let guard = match one.pick.by {
        // The index of the element is the index of the loop.
        By::Index(_) if is_own && is_same => guard,
        by => {
            let is_there = match (by, picked.place) {
                (By::Index(index), Some(at)) => terms.equal(index, at),
                _ => terms.bool(true),
            };
            let guard = terms.and(&[guard, is_there]);
            if is_own {
                instance = Instance::Every;
                let own = terms.copy_index(CopyVariable::Own);
                terms.replace_copy(guard, first, own)
            } else if let (true, &[length]) = (one.is_loop, effect.loops()) {
                terms.exists(length, first, guard)
            } else {
                guard
            }
        }
    };
    let index = terms.copy_index(first);
    let mut numbered = |term: Term| terms.replace_copy(term, CopyVariable::Between, index);
    let (object, guard) = (numbered(object), numbered(guard));
    let object = as_name(terms, object);
    let object = terms.fold_case(object);
    let mut view = Effect { instance, ..Effect::new(effect.aspect, object, guard, effect.node) };
    if terms.mentions_exactly(object, first) {
        let length = terms.call(Function::Length, &[picked.list]);
        view.set_loops(vec![length]);
    }
    Some(view)
}
