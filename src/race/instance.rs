//! Splits an effect into one for each instance that can be distinguished: each conditional id becomes an effect, loops of known length
//! are unrolled, and the copy indexes of other loops are numbered in the order in which they occur in the object.

use super::build::Builder;
use super::effect::{Aspect, Effect, Index, Instance};
use super::summary::Summary;
use crate::azure::catalog::Access;
use crate::eval::case_split::{Alternatives, Tellable, add, ids, under, values};
use crate::eval::held::over_all;
use crate::eval::term::{CopyVariable, Function, Term, Value};
use crate::eval::terms::Terms;
use crate::limit::Limit;
use crate::template::NodeId;

/// A loop inside a module: its copy index, and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Inside {
    pub(super) variable: CopyVariable,
    pub(super) length: Term,
}

/// The condition that a value which only a call gives names an object at all: `null` names none. Elements of a loop are taken to
/// name one.
/// Ex) `cfg.?hubId`, where a call gives `{}`
fn is_there(terms: &mut Terms, id: Term) -> Term {
    let is_given = match terms.get(id) {
        Value::Parameter(..) | Value::Member(..) | Value::Index(..) | Value::Coalesce(..) => true,
        Value::Call(function, _) => matches!(function, Function::Each | Function::Folded),
        _ => false,
    };
    if !is_given || !terms.depends_on_call(id) || !terms.copies(id).is_empty() {
        return terms.bool(true);
    }
    let null = terms.null();
    let missing = terms.equal(id, null);
    terms.not(missing)
}

impl Builder<'_, '_, '_> {
    /// Adds an effect of a resource, one for each instance that can be distinguished.
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

    /// Adds an effect of a node for each id that its object may have: one effect if the node is not a loop, otherwise one for each
    /// instance that can be distinguished. The copy index of the node is 0 here; `inside` has the loops inside its module.
    pub(super) fn instances(&mut self, summary: &mut Summary, effect: Effect, inside: &[Inside]) {
        self.evaluator.settle();
        let mut all = self.alternatives(effect.aspect, effect.object, Tellable::All);
        self.record(summary, effect.node);
        let Some((object, so)) = all.pop() else { return };
        for (object, so) in all {
            let guard = self.evaluator.terms().and(&[effect.guard, so]);
            self.each(summary, Effect { object, guard, ..effect.clone() }, inside);
        }
        let guard = self.evaluator.terms().and(&[effect.guard, so]);
        self.each(summary, Effect { object, guard, ..effect }, inside);
    }

    /// The ids that an object may have, each with its condition. An id that depends on a loop that is not `tellable` stays one; so does an
    /// id that depends on the elements of a list, if these do not race.
    pub(super) fn alternatives(&mut self, aspect: Aspect, object: Term, tellable: Tellable) -> Alternatives {
        let tellable = if aspect.races_within_list() { tellable } else { Tellable::Conditions };
        let terms = self.evaluator.terms();
        let mut all = Alternatives::new();
        for (value, guard) in values(terms, object) {
            for &(id, so) in ids(terms, value, tellable).as_slice() {
                let there = is_there(terms, id);
                let so = terms.and(&[guard, so, there]);
                add(terms, &mut all, id, so);
            }
        }
        all
    }

    /// Records at a node the limits that the store of terms has just reached.
    pub(super) fn record(&mut self, summary: &mut Summary, node: NodeId) {
        for ((), reached) in self.evaluator.terms().reached() {
            summary.hazards.limits.add(Some(node), reached);
        }
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
        let count = under(terms, count, effect.guard);
        let nonempty = terms.at_least(count, 1);
        if terms.is_false(nonempty) {
            return;
        }
        let by_element = terms.mentions_copy(effect.object, CopyVariable::OF_NODE);
        let depends = by_element
            || terms.mentions_copy(effect.guard, CopyVariable::OF_NODE)
            || inside.iter().any(|inner| terms.mentions_copy(inner.length, CopyVariable::OF_NODE));
        let known = longest(terms, count).filter(|_| depends);
        let known = told_apart(terms, summary, &effect, known, inside);
        match known {
            Some(most) => {
                for at in 0..most {
                    if self.is_exhausted(summary, effect.node) {
                        return;
                    }
                    let effect = self.where_longer(&effect, count, at);
                    let instance = Instance::Fixed(u32::try_from(at).unwrap_or(u32::MAX));
                    let (effect, inside) = self.at_index(
                        &Effect { instance, ..effect.clone() },
                        inside,
                        CopyVariable::OF_NODE,
                        at,
                    );
                    self.settle_values(summary, &effect, &inside, None);
                }
            }
            _ if by_element => self.settle(summary, effect, inside, Some(count)),
            _ => self.every(summary, effect, inside, count),
        }
    }

    /// Adds an effect that all instances of a loop have on one object. `count` is the length of the loop.
    fn every(&mut self, summary: &mut Summary, effect: Effect, inside: &[Inside], count: Term) {
        let terms = self.evaluator.terms();
        let own = |variable| match variable {
            CopyVariable::OF_NODE => CopyVariable::Own,
            other => other,
        };
        let mut guard = terms.rename_copies(effect.guard, &own);
        // Ex) `if (element.isDefault)` selects one element, or one element has no name
        if guard != effect.guard && !effect.aspect.races_within_list() {
            guard = terms.call(Function::Surely, &[guard]);
        }
        let elements = self.over_all(&effect, count, CopyVariable::OF_NODE);
        let effect = effect.with_elements(elements);
        let terms = self.evaluator.terms();
        let inside: Vec<Inside> = inside
            .iter()
            .map(|inner| Inside { length: terms.rename_copies(inner.length, &own), ..*inner })
            .collect();
        self.settle(summary, Effect { guard, instance: Instance::Every, ..effect }, &inside, None);
    }

    /// Whether the work budget of the root is exhausted, which is then recorded at the node.
    fn is_exhausted(&mut self, summary: &mut Summary, node: NodeId) -> bool {
        match self.evaluator.terms().work() {
            Ok(()) => false,
            Err(reached) => {
                summary.hazards.limits.add(Some(node), reached);
                true
            }
        }
    }

    /// An effect under the condition that a loop is longer than a number.
    fn where_longer(&mut self, effect: &Effect, length: Term, number: i64) -> Effect {
        let terms = self.evaluator.terms();
        let is_there = terms.at_least(length, number + 1);
        Effect { guard: terms.and(&[effect.guard, is_there]), ..effect.clone() }
    }

    /// An effect with a number in place of a copy index.
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
        let elements = effect.elements().map(|list| terms.replace_copy(list, variable, index));
        let mut effect = Effect { object, guard, ..effect.clone() }.with_elements(elements);
        if let Some(callees) = variable.as_inner() {
            effect.add_indexes([(callees, Index::At(at))]);
        }
        (effect, inside)
    }

    /// Adds an effect of one element, whose possible objects are known only now. Ex) `x.hub` of `[ { hub: a ?? b } ]`
    fn settle_values(
        &mut self,
        summary: &mut Summary,
        effect: &Effect,
        inside: &[Inside],
        own: Option<Term>,
    ) {
        for (object, so) in self.alternatives(effect.aspect, effect.object, Tellable::All) {
            let guard = self.evaluator.terms().and(&[effect.guard, so]);
            self.settle(summary, Effect { object, guard, ..effect.clone() }, inside, own);
        }
    }

    /// Adds an effect after its own instances were split. An inner loop that the object does not depend on becomes a quantifier; one of
    /// known length is unrolled; the indexes of the others are numbered as they occur in the object. `own` is the length of the node's
    /// loop if the object depends on its index.
    fn settle(&mut self, summary: &mut Summary, effect: Effect, inside: &[Inside], own: Option<Term>) {
        let mut effect = effect;
        let mut left: Vec<Inside> = Vec::new();
        for (at, inner) in inside.iter().enumerate() {
            let terms = self.evaluator.terms();
            if !terms.mentions_exactly(effect.object, inner.variable) {
                effect.guard = terms.exists(inner.length, inner.variable, effect.guard);
                let elements = self.over_all(&effect, inner.length, inner.variable);
                effect = effect.with_elements(elements);
                continue;
            }
            let known = longest(terms, inner.length);
            if let Some(most) = told_apart(terms, summary, &effect, known, &inside[at + 1..]) {
                for index in 0..most {
                    if self.is_exhausted(summary, effect.node) {
                        return;
                    }
                    let effect = self.where_longer(&effect, inner.length, index);
                    let rest: Vec<Inside> = left.iter().chain(&inside[at + 1..]).copied().collect();
                    let (effect, rest) = self.at_index(&effect, &rest, inner.variable, index);
                    self.settle_values(summary, &effect, &rest, own);
                }
                return;
            }
            left.push(*inner);
        }
        let terms = self.evaluator.terms();
        if terms.is_false(effect.guard) {
            return;
        }
        // Ex) an inner list with an element that is the same for all instances: `concat([{ hub: 'hub1' }], [item])`
        if let Some(count) = own
            && !terms.mentions_copy(effect.object, CopyVariable::OF_NODE)
        {
            return self.every(summary, effect, &left, count);
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
        // The replacement of one index is cached, because the effects of one loop share their parts.
        let mut renamed = |term: Term| match order[..] {
            [] => term,
            [only] if only.variable == CopyVariable::numbered(0) => term,
            [only] => {
                let index = terms.copy_index(CopyVariable::numbered(0));
                terms.replace_copy(term, only.variable, index)
            }
            _ => terms.rename_copies(term, &rename),
        };
        effect.object = renamed(effect.object);
        effect.guard = renamed(effect.guard);
        let elements = effect.elements().map(&mut renamed);
        effect = effect.with_elements(elements);
        effect.set_loops(order.iter().map(|inner| renamed(inner.length)).collect());
        if own.is_some() {
            effect.instance = Instance::Each(rename(CopyVariable::OF_NODE));
        }
        let loops = order.iter().zip(0..).filter_map(|(inner, at)| Some((inner.variable.as_inner()?, at)));
        effect.add_indexes(loops.map(|(callees, at)| (callees, Index::Loop(at))));
        if summary.effects.len() == summary.effects.capacity() {
            // There may be millions of effects: grow the capacity by a quarter instead of doubling it.
            summary.effects.reserve_exact(64.max(summary.effects.len() / 4));
        }
        summary.effects.push(effect);
    }
}

impl Builder<'_, '_, '_> {
    /// The elements of an effect that stands for all instances of a loop: each added element is added by some instance. If the instances
    /// write whole lists, none of these lists is the final one, so the elements are unknown.
    fn over_all(&mut self, effect: &Effect, length: Term, variable: CopyVariable) -> Option<Term> {
        let list = effect.elements()?;
        let terms = self.evaluator.terms();
        if !terms.mentions_exactly(list, variable) {
            return Some(list);
        }
        let (_, writer) = self.writers.of(effect.aspect)?;
        (writer.access != Access::Replace).then(|| over_all(terms, length, variable, list))
    }
}

/// The maximum length of a loop, if its length is known or depends only on conditions. Ex) `on ? [a, b] : []`
pub(super) fn longest(terms: &mut Terms, length: Term) -> Option<i64> {
    if !matches!(terms.get(length), Value::If(..)) {
        return terms.known_int(length);
    }
    values(terms, length)
        .iter()
        .map(|&(length, _)| terms.known_int(length))
        .collect::<Option<Vec<_>>>()?
        .into_iter()
        .max()
}

/// The length of a loop if it is known and its elements, multiplied by those of the loops inside it, are few enough to be distinguished.
/// Records if there are too many.
fn told_apart(
    terms: &mut Terms,
    summary: &mut Summary,
    effect: &Effect,
    length: Option<i64>,
    rest: &[Inside],
) -> Option<i64> {
    let length = length?;
    match Limit::ToldElements.check(told_in(terms, effect.object, length, rest)) {
        Ok(()) => Some(length),
        Err(reached) => {
            summary.hazards.limits.add(Some(effect.node), reached);
            None
        }
    }
}

/// Number of instances of a loop of known length, multiplied by those of the loops inside it that an object depends on.
pub(super) fn told_in(terms: &mut Terms, object: Term, length: i64, rest: &[Inside]) -> i64 {
    rest.iter().fold(length, |all, inner| {
        let is_told = terms.mentions_exactly(object, inner.variable);
        let known = if is_told { longest(terms, inner.length) } else { None };
        all.saturating_mul(known.unwrap_or(1).max(1))
    })
}
