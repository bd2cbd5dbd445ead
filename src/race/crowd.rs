//! A crowd is a very large number of effects on one object. This module finds those that may be deployed together without comparing
//! all pairs.
//!
//! ```bicep
//! resource a '…/vpnGateways@…' = if (mode == 'a') { … hub … }
//! resource b '…/vpnGateways@…' = if (mode == 'b') { … hub … }
//! resource c '…/vpnGateways@…' = if (mode == 'c') { … hub … }        // and so on, by the thousand
//! ```
//!
//! A root splits the conditions by the values that they test: `mode` is `'a'`, `'b'`, `'c'` or none of these. It assumes each value in
//! turn and continues with the members that may still be deployed, here one at a time. Members that are in order need no comparison:
//! it is enough that each waits for the one before it. The remaining pairs have no order, and no single test excludes them; whether
//! their two conditions can hold together is decided for each, as for any other pair.
//!
//! A callee cannot do that, because its caller may set `mode`: its crowds are carried to the root, with their conditions in terms of
//! each caller on the path.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::analysis::{Decided, Key, World, decided};
use super::bucket::REPORTED;
use super::build::Builder;
use super::effect::{Effect, EffectId, Instance, Writers};
use super::link::Run;
use super::pair::Fault;
use super::summary::{Hazards, Omitted, Summary};
use crate::eval::feasibility::{Feasibility, feasible_within};
use crate::eval::substitution::Substituting;
use crate::eval::term::{CopyVariable, Term, Value};
use crate::eval::terms::{TRUE, Terms};
use crate::limit::{Budget, Limit, Reached};
use crate::small_sort::SmallSort as _;
use crate::template::NodeId;
use crate::workspace::TemplateId;

/// The cost of deciding one pair of conditions, in steps.
const STEPS_OF_PAIR: u64 = 20;
/// Maximum number of members that are compared pair by pair when the split of their conditions takes too long.
const PAIRED: usize = 450;
/// Maximum number of assumptions at once.
const DEEPEST_ASSUMPTION: usize = 500;
/// Maximum number of effects of crowds that are split by the instances of one call.
const OF_INSTANCES: i64 = 100_000;

/// Effects on one object. Every pair of them that is deployed together and unordered is a race.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// The template in which the paths to them part.
    pub at: TemplateId,
    /// The effects of that template.
    pub members: Arc<[EffectId]>,
    /// The condition of each, in terms of the parameters of the template that has this summary.
    pub guards: Vec<Term>,
    /// Number of unordered pairs, whatever their conditions.
    pub unordered: u64,
    /// Whether a call has substituted its arguments in the conditions.
    pub is_carried: bool,
}

/// The result for a crowd.
#[derive(Default)]
pub(super) struct Found {
    /// Pairs that may overlap, each with a world.
    pub(super) pairs: Vec<(Key, Option<World>)>,
    /// The limits that stopped the search.
    pub(super) undecided: Vec<Reached>,
    /// The pairs that are only counted.
    pub(super) omitted: Option<Omitted>,
}

/// An assumption about a value that conditions compare with constants.
#[derive(Clone, Copy)]
enum Assumed {
    Number(i64),
    Is(Term),
    /// None of the constants that it is compared with, and no number if it is compared with numbers.
    Other,
}

/// A test of a value in a condition.
#[derive(Clone, Copy)]
enum Asked {
    Is(Term),
    AtLeast(i64),
}

/// The values that a condition requires.
enum Forced {
    Is(Term),
    /// A number in this range.
    Between(i64, i64),
}

/// The constants that a value is compared with. A truth value is compared with `true`.
#[derive(Default)]
struct Compared {
    constants: Vec<Term>,
    /// The numbers among them, if the value is compared for more than equality.
    numbers: Vec<i64>,
}

/// Places of members by the values that their conditions require.
#[derive(Default)]
struct Spread {
    of_constant: FxHashMap<Term, Vec<usize>>,
    /// Ranges with their members, those with the largest start first.
    between: Vec<(i64, i64, usize)>,
    /// The ends of the ranges that have started.
    begun: Vec<(i64, usize)>,
    rest: Vec<usize>,
}

impl Spread {
    /// The members that may be deployed under an assumption about the value. Numbers must be passed in ascending order.
    fn under(&mut self, assumed: Assumed) -> Vec<usize> {
        let own = match assumed {
            Assumed::Is(constant) => self.of_constant.remove(&constant).unwrap_or_default(),
            Assumed::Number(number) => {
                while let Some(&(_, to, place)) = self.between.last().filter(|&&(from, ..)| from <= number) {
                    self.begun.push((to, place));
                    self.between.pop();
                }
                self.begun.retain(|&(to, _)| number <= to);
                self.begun.iter().map(|&(_, place)| place).collect()
            }
            Assumed::Other => Vec::new(),
        };
        if own.is_empty() && self.rest.len() < 2 {
            return Vec::new();
        }
        let mut places: Vec<usize> = self.rest.iter().copied().chain(own).collect();
        places.small_sort();
        places
    }
}

struct Search<'s, 'c> {
    terms: &'s mut Terms,
    summary: &'s Summary,
    writers: &'s Writers<'c>,
    /// The members by rank and index, with their conditions.
    members: Vec<(EffectId, Term)>,
    compared: FxHashMap<Term, Compared>,
    assumed: FxHashMap<Term, Assumed>,
    known: &'s mut Decided,
    visits: &'s mut Budget,
    left: Budget,
    steps: u64,
    seen: FxHashSet<(usize, usize)>,
    found: Found,
    is_carried: bool,
}

/// Decides a crowd of a root.
pub(super) fn decide(
    (terms, summary, writers): (&mut Terms, &Summary, &Writers<'_>),
    crowd: &Crowd,
    known: &mut Decided,
    visits: &mut Budget,
) -> Found {
    let mut members: Vec<(EffectId, Term)> = crowd
        .members
        .iter()
        .copied()
        .zip(crowd.guards.iter().copied())
        .filter(|&(_, guard)| !terms.is_false(guard))
        .collect();
    members.small_sort_by_key(|&(id, _)| {
        let effect = summary.effect(id);
        (summary.links.ranks[effect.node.ix()], index_of(effect.instance), id)
    });
    let compared = compared(terms, &members);
    let mut search = Search {
        terms,
        summary,
        writers,
        members,
        compared,
        assumed: FxHashMap::default(),
        known,
        visits,
        left: Limit::ObjectEffects.budget(),
        steps: 0,
        seen: FxHashSet::default(),
        found: Found::default(),
        is_carried: crowd.is_carried,
    };
    let all: Vec<(usize, bool)> = (0..search.members.len()).map(|at| (at, false)).collect();
    if let Err(reached) = search.visit(&all, true, 0)
        && let Err(reached) = search.pair_by_pair(reached)
    {
        search.found.undecided.push(reached);
    }
    let mut found = search.found;
    found.pairs.small_sort_by_key(|&(key, _)| key);
    if found.pairs.len() >= REPORTED {
        let pairs = crowd.unordered.saturating_sub(found.pairs.len() as u64);
        found.omitted = Some(Omitted { at: crowd.at, effect: crowd.members[0], pairs });
    }
    found
}

const fn index_of(instance: Instance) -> u32 {
    if let Instance::Fixed(at) = instance { at } else { 0 }
}

/// The value that a condition tests, and the test; `None` for a compound condition.
fn question(terms: &Terms, term: Term) -> Option<(Term, Asked)> {
    match terms.get(term) {
        Value::And(_) | Value::Or(_) | Value::Not(_) | Value::If(..) | Value::Bool(_) | Value::Null => None,
        Value::Equal(one, other) if terms.is_literal(one) => Some((other, Asked::Is(one))),
        Value::Equal(one, other) if terms.is_literal(other) => Some((one, Asked::Is(other))),
        _ => match terms.at_least_of(term) {
            Some((number, bound)) => Some((number, Asked::AtLeast(bound))),
            None => Some((term, Asked::Is(TRUE))),
        },
    }
}

/// The constants that each tested value is compared with.
fn compared(terms: &Terms, members: &[(EffectId, Term)]) -> FxHashMap<Term, Compared> {
    let mut found: FxHashMap<Term, Compared> = FxHashMap::default();
    let mut bounded: Vec<Term> = Vec::new();
    let mut walked = FxHashSet::default();
    let mut open: Vec<Term> = members.iter().map(|&(_, guard)| guard).collect();
    while let Some(term) = open.pop() {
        if !walked.insert(term) {
            continue;
        }
        match question(terms, term) {
            Some((value, Asked::Is(constant))) => found.entry(value).or_default().constants.push(constant),
            Some((value, Asked::AtLeast(bound))) => {
                bounded.push(value);
                found.entry(value).or_default().numbers.push(bound);
            }
            None => terms.each_child(terms.get(term), |part| open.push(part)),
        }
    }
    bounded.small_sort();
    bounded.dedup();
    for value in bounded {
        // The neighbours of each number stand for all others up to the next one.
        let compared = found.entry(value).or_default();
        let equal = compared.constants.iter().filter_map(|&constant| terms.known_int(constant));
        let all = compared.numbers.iter().copied().chain(equal);
        let near = |at: i64| [at.saturating_sub(1), at, at.saturating_add(1)];
        compared.numbers = all.flat_map(near).collect();
        compared.numbers.small_sort();
        compared.numbers.dedup();
        compared.constants.retain(|&constant| terms.known_int(constant).is_none());
    }
    found
}

impl Search<'_, '_> {
    fn is_full(&self) -> bool {
        self.found.pairs.len() >= REPORTED
    }

    fn guard(&self, member: usize) -> Term {
        self.members[member].1
    }

    /// Whether a condition holds under the assumptions; `None` if that is open. A value that may be `null` counts as `false`, so that
    /// too many conditions may hold: every pair that is found is decided again.
    fn holds(&mut self, term: Term) -> Option<bool> {
        self.steps += 1;
        if let Some((value, asked)) = question(self.terms, term) {
            return self.assumed.get(&value).map(|assumed| match (*assumed, asked) {
                (Assumed::Number(number), Asked::AtLeast(bound)) => number >= bound,
                (Assumed::Number(number), Asked::Is(constant)) => {
                    self.terms.known_int(constant) == Some(number)
                }
                (Assumed::Is(known), Asked::Is(constant)) => known == constant,
                _ => false,
            });
        }
        match self.terms.get(term) {
            Value::Bool(known) => Some(known),
            Value::Not(inner) => self.holds(inner).map(|holds| !holds),
            Value::And(seq) => self.all_are(seq, true),
            Value::Or(seq) => self.all_are(seq, false),
            Value::If(condition, yes, no) => match self.holds(condition) {
                Some(true) => self.holds(yes),
                Some(false) => self.holds(no),
                None => {
                    let (yes, no) = (self.holds(yes), self.holds(no));
                    if yes == no { yes } else { None }
                }
            },
            _ => Some(false),
        }
    }

    /// Whether all operands have the value `so`. `Some(false)` if one has the other value, `None` if some are open.
    fn all_are(&mut self, seq: crate::eval::term::Seq, so: bool) -> Option<bool> {
        let mut open = false;
        for at in 0..self.terms.seq(seq).len() {
            match self.holds(self.terms.seq(seq)[at]) {
                Some(holds) if holds == so => {}
                Some(_) => return Some(!so),
                None => open = true,
            }
        }
        if open { None } else { Some(so) }
    }

    /// Visits the members that may still be deployed, each with whether that is certain, and decides the pairs that are not in order.
    fn visit(&mut self, possible: &[(usize, bool)], is_first: bool, depth: usize) -> Result<(), Reached> {
        let steps = std::mem::take(&mut self.steps);
        self.left.spend(steps + possible.len() as u64)?;
        if self.is_full() || possible.len() < 2 || self.are_in_order(possible.iter().map(|&(at, _)| at)) {
            return Ok(());
        }
        if depth > DEEPEST_ASSUMPTION {
            return self.left.spend(u64::MAX);
        }
        let mut possible = possible.to_vec();
        if is_first {
            // Ex) members without a condition
            for (at, is_certain) in &mut possible {
                *is_certain = self.holds(self.members[*at].1) == Some(true);
            }
        }
        self.pairs_among(&possible)?;
        let Some(value) = self.most_asked(&possible).filter(|_| !self.is_full()) else { return Ok(()) };
        let mut spread = self.spread(&possible, value);
        for assumed in self.choices(value) {
            let places = spread.under(assumed);
            self.steps += places.len() as u64;
            if places.len() < 2 {
                continue;
            }
            self.assumed.insert(value, assumed);
            let mut next = Vec::with_capacity(places.len());
            for (at, is_certain) in places.into_iter().map(|place| possible[place]) {
                match if is_certain { Some(true) } else { self.holds(self.guard(at)) } {
                    Some(false) => {}
                    holds => next.push((at, holds == Some(true))),
                }
            }
            let done = self.visit(&next, false, depth + 1);
            self.assumed.remove(&value);
            done?;
        }
        Ok(())
    }

    /// Members by the values that their conditions require.
    fn spread(&self, possible: &[(usize, bool)], value: Term) -> Spread {
        let mut spread = Spread::default();
        for (place, &(at, is_certain)) in possible.iter().enumerate() {
            match self.forced(self.guard(at), value).filter(|_| !is_certain) {
                Some(Forced::Is(constant)) => spread.of_constant.entry(constant).or_default().push(place),
                Some(Forced::Between(from, to)) => spread.between.push((from, to, place)),
                None => spread.rest.push(place),
            }
        }
        spread.between.small_sort_by(|one, other| other.cmp(one));
        spread
    }

    /// The value that most of the open conditions test.
    fn most_asked(&mut self, possible: &[(usize, bool)]) -> Option<Term> {
        let mut asked: FxHashMap<Term, u32> = FxHashMap::default();
        for &(at, _) in possible.iter().filter(|(_, is_certain)| !is_certain) {
            let (mut open, mut seen) = (vec![self.guard(at)], FxHashSet::default());
            while let Some(term) = open.pop() {
                self.steps += 1;
                match question(self.terms, term) {
                    Some((value, _)) if self.assumed.contains_key(&value) || !seen.insert(value) => {}
                    Some((value, _)) => *asked.entry(value).or_default() += 1,
                    None => self.terms.each_child(self.terms.get(term), |part| open.push(part)),
                }
            }
        }
        asked
            .into_iter()
            .max_by_key(|&(value, count)| (count, std::cmp::Reverse(value)))
            .map(|(value, _)| value)
    }

    /// The values that a condition requires, by its tests outside alternatives.
    fn forced(&self, guard: Term, value: Term) -> Option<Forced> {
        let is_number = self.compared.get(&value).is_some_and(|compared| !compared.numbers.is_empty());
        let (mut from, mut to, mut is_bounded) = (i64::MIN, i64::MAX, false);
        let parts = match self.terms.get(guard) {
            Value::And(seq) => self.terms.seq(seq),
            _ => &[guard],
        };
        for &part in parts {
            let (asked, holds) = match self.terms.get(part) {
                Value::Not(inner) => (inner, false),
                _ => (part, true),
            };
            match (question(self.terms, asked).filter(|&(of, _)| of == value), holds) {
                (Some((_, Asked::Is(constant))), true) => match self.terms.known_int(constant) {
                    Some(number) if is_number => return Some(Forced::Between(number, number)),
                    _ => return Some(Forced::Is(constant)),
                },
                (Some((_, Asked::AtLeast(bound))), true) => (from, is_bounded) = (from.max(bound), true),
                // A value that is not a number is not less than one, but counts as less here.
                (Some((_, Asked::AtLeast(bound))), false) => to = to.min(bound.saturating_sub(1)),
                _ => {}
            }
        }
        is_bounded.then_some(Forced::Between(from, to))
    }

    /// The values that conditions can distinguish.
    fn choices(&self, value: Term) -> Vec<Assumed> {
        let Some(compared) = self.compared.get(&value) else { return Vec::new() };
        let allowed = self.terms.domain(value).and_then(|domain| domain.allowed.as_ref());
        let numbers = compared.numbers.iter().map(|&number| Assumed::Number(number));
        let mut constants = compared.constants.clone();
        constants.small_sort();
        constants.dedup();
        constants.retain(|constant| allowed.is_none_or(|all| all.contains(constant)));
        let is_other_left = !compared.numbers.is_empty()
            || allowed.is_none_or(|all| all.iter().any(|one| !compared.constants.contains(one)));
        let other = is_other_left.then_some(Assumed::Other);
        numbers.chain(constants.into_iter().map(Assumed::Is)).chain(other).collect()
    }

    /// Whether each member, by rank and index, waits for the one before it: then all are in order.
    fn are_in_order(&mut self, members: impl Iterator<Item = usize>) -> bool {
        let mut before = None;
        for member in members {
            if before.is_some_and(|before| !self.is_ordered(before, member)) {
                return false;
            }
            before = Some(member);
        }
        true
    }

    fn is_ordered(&mut self, early: usize, late: usize) -> bool {
        self.order(early, late).is_none_or(|after| self.terms.is_true(after))
    }

    /// The condition under which the second member, of higher rank or index, starts after the first has finished, in terms of their
    /// template; `None` if they are one instance.
    fn order(&mut self, early: usize, late: usize) -> Option<Term> {
        let [one, other] = [early, late].map(|member| self.summary.effect(self.members[member].0));
        if !one.is_apart_from(other) {
            return None;
        }
        let links = &self.summary.links;
        let index = |effect: &Effect| match effect.instance {
            Instance::Fixed(at) => Some(i64::from(at)),
            _ => None,
        };
        Some(if one.node == other.node {
            let size = links.batch_size(one.node).map(i64::from);
            let batch = |effect| index(effect).zip(size).map(|(at, size)| at / size);
            self.terms.bool(size.is_some() && batch(one) != batch(other))
        } else if !links.may_reach(other.node, one.node) {
            self.terms.bool(false)
        } else if links.is_surely_after(other.node, one.node) {
            self.terms.bool(true)
        } else {
            // Ex) `er[1]` waits for `s2s[1]` alone
            let [early, late] = [one, other]
                .map(|effect| Run { node: effect.node, index: index(effect).map(|at| self.terms.int(at)) });
            links.after(self.terms, late, early)
        })
    }

    /// Decides the unordered pairs of members that are certain under the assumptions.
    fn pairs_among(&mut self, possible: &[(usize, bool)]) -> Result<(), Reached> {
        let certain: Vec<usize> =
            possible.iter().filter(|(_, is_certain)| *is_certain).map(|&(at, _)| at).collect();
        if self.are_in_order(certain.iter().copied()) {
            return Ok(());
        }
        for (place, &late) in certain.iter().enumerate() {
            for &early in &certain[..place] {
                self.left.spend(1)?;
                if !self.is_ordered(early, late) {
                    self.pair(early, late)?;
                }
                if self.is_full() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Decides every pair of a few members.
    fn pair_by_pair(&mut self, reached: Reached) -> Result<(), Reached> {
        if self.is_full() {
            return Ok(());
        }
        if self.members.len() > PAIRED {
            return Err(reached);
        }
        self.left = Limit::ObjectEffects.budget();
        for late in 0..self.members.len() {
            for early in 0..late {
                if !self.is_full() && !self.is_ordered(early, late) {
                    self.pair(early, late)?;
                }
            }
        }
        Ok(())
    }

    /// Decides one pair.
    fn pair(&mut self, early: usize, late: usize) -> Result<(), Reached> {
        if !self.seen.insert((early, late)) {
            return Ok(());
        }
        self.left.spend(STEPS_OF_PAIR)?;
        let ((one, guard), (other, its_guard)) = (self.members[early], self.members[late]);
        let Some(after) = self.order(early, late) else { return Ok(()) };
        let mut both = self.terms.and(&[guard, its_guard]);
        if !self.is_carried {
            let not = self.terms.not(after);
            both = self.terms.and(&[both, not]);
        }
        let aspect = self.summary.effect(one).aspect;
        let formula = decided(self.terms, self.writers, aspect, (Fault::Unordered, both));
        let (terms, visits) = (&mut *self.terms, &mut *self.visits);
        let decision = self.known.entry(formula).or_insert_with(|| feasible_within(terms, formula, visits));
        let world = match decision {
            Feasibility::Infeasible => return Ok(()),
            Feasibility::Feasible(world) => Some(world.clone()),
            Feasibility::Undecided(reached) => {
                self.found.undecided.push(reached.clone());
                None
            }
        };
        self.found.undecided.extend(self.terms.reached().map(|((), reached)| reached));
        if self.is_carried && self.terms.known_bool(after).is_none() {
            // The order does not contain the arguments of the calls.
            self.found.undecided.extend(Limit::ObjectEffects.check(u64::MAX).err());
        }
        let key = (self.summary.template, one.min(other), one.max(other), Fault::Unordered);
        self.found.pairs.push((key, world));
        Ok(())
    }
}

impl Hazards {
    /// Adds a crowd, unless it is known: calls of one module with the same arguments have the same crowd.
    pub(super) fn add_crowd(&mut self, crowd: Crowd) {
        let is_known = |known: &Crowd| {
            known.at == crowd.at && known.guards == crowd.guards && known.members == crowd.members
        };
        if crowd.members.len() > 1 && !self.crowds.iter().any(is_known) {
            self.crowds.push(crowd);
        }
    }
}

impl Builder<'_, '_, '_> {
    /// Adds a crowd of a callee in terms of the caller: it happens in some instance of the call.
    pub(super) fn carry_crowd(
        &mut self,
        summary: &mut Summary,
        node: NodeId,
        crowd: &Crowd,
        by: &mut Substituting<'_>,
    ) {
        let terms = self.evaluator.terms();
        let guards: Vec<Term> = crowd.guards.iter().map(|&guard| terms.substitute_among(guard, by)).collect();
        let own = summary.links.guards[node.ix()];
        let Some(count) = summary.links.counts[node.ix()] else {
            let here = guards.into_iter().map(|guard| terms.and(&[own, guard])).collect();
            return summary.hazards.add_crowd(carried(terms, crowd, here));
        };
        if !guards.iter().any(|&guard| terms.mentions_copy(guard, CopyVariable::OF_NODE)) {
            let is_called = terms.exists(count, CopyVariable::OF_NODE, own);
            let here = guards.into_iter().map(|guard| terms.and(&[is_called, guard])).collect();
            return summary.hazards.add_crowd(carried(terms, crowd, here));
        }
        let all = guards.len() as i64;
        let known = terms.known_int(count).filter(|count| count.saturating_mul(all) <= OF_INSTANCES);
        let Some(known) = known else {
            // It is not checked whether two conditions hold for the same instance.
            if let Err(reached) = Limit::ObjectEffects.check(u64::MAX) {
                summary.hazards.limits.add(Some(node), reached);
            }
            let some = |guard| {
                let here = terms.and(&[own, guard]);
                terms.exists(count, CopyVariable::OF_NODE, here)
            };
            let here = guards.into_iter().map(some).collect();
            return summary.hazards.add_crowd(carried(terms, crowd, here));
        };
        for at in 0..known {
            let index = terms.int(at);
            let mut here = Vec::with_capacity(guards.len());
            for &guard in &guards {
                let guard = terms.and(&[own, guard]);
                here.push(terms.replace_copy(guard, CopyVariable::OF_NODE, index));
            }
            summary.hazards.add_crowd(carried(terms, crowd, here));
        }
    }
}

/// A crowd with its conditions in a caller, without members that never happen.
fn carried(terms: &Terms, crowd: &Crowd, guards: Vec<Term>) -> Crowd {
    if !guards.iter().any(|&guard| terms.is_false(guard)) {
        return Crowd { guards, is_carried: true, ..crowd.clone() };
    }
    let all = crowd.members.iter().copied().zip(guards);
    let (members, guards): (Vec<EffectId>, Vec<Term>) =
        all.filter(|&(_, guard)| !terms.is_false(guard)).unzip();
    Crowd { at: crowd.at, members: members.into(), guards, unordered: crowd.unordered, is_carried: true }
}
