//! Feasibility: whether a condition can hold, and a small world in which it does.
//!
//! A condition is a formula over atoms: unknown truth values, equalities, and comparisons of integers with numbers. The search
//! assumes one atom after the other, with the theory of equality built in: once two terms are assumed equal, one replaces the
//! other everywhere, also in earlier assumptions, so `kind == 'a'` and `kind == 'b'` exclude each other. A parameter with
//! allowed values tries each of them; an integer tries the numbers with which it is compared, and their neighbours. Operands of
//! a conjunction are assumed first, because they leave no choice.

mod numbers;

use rustc_hash::FxHashSet;

use super::functions::Function;
use super::small_map::SmallMap;
use super::store::{Store, is_constant};
use super::term::{Term, Value};
use super::terms::Terms;
use super::{null, quantifier, world};
use crate::limit::{Budget, Limit, Reached};
use crate::template::ParameterType;

/// Number of parts that may be visited for each formula without using the shared budget.
pub(super) const FREE: u64 = 20_000;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feasibility {
    /// There is no such world.
    Infeasible,
    /// There is one: the terms that matter and their values.
    Feasible(Vec<(Term, Term)>),
    /// The search was given up.
    Undecided(Reached),
}

/// Decides whether a formula can hold.
pub fn feasible(terms: &mut Terms, formula: Term) -> Feasibility {
    feasible_within(terms, formula, &mut Limit::ConditionVisits.budget())
}

/// The same for one of many formulas. Visits beyond the free ones are taken from `left`.
pub fn feasible_within(terms: &mut Terms, formula: Term, left: &mut Budget) -> Feasibility {
    charged(terms, left, |terms, visits| match search(terms, formula, visits) {
        Ok(Some((formula, found))) => Feasibility::Feasible(world::told(terms, formula, found)),
        Ok(None) => Feasibility::Infeasible,
        Err(reached) => Feasibility::Undecided(reached),
    })
}

/// Whether a formula can hold; `None` if the search was given up. Costs less than [`feasible`], because no world is prepared for a
/// message.
pub fn is_feasible(terms: &mut Terms, formula: Term) -> Option<bool> {
    is_feasible_within(terms, formula, &mut Limit::ConditionVisits.budget())
}

/// The same for one of many formulas. Visits beyond the free ones are taken from `left`.
pub fn is_feasible_within(terms: &mut Terms, formula: Term, left: &mut Budget) -> Option<bool> {
    charged(terms, left, |terms, visits| search(terms, formula, visits).ok().map(|found| found.is_some()))
}

/// Runs one search with its budget of visits, and takes the visits beyond the free ones from `left`.
fn charged<R>(terms: &mut Terms, left: &mut Budget, run: impl FnOnce(&mut Terms, Budget) -> R) -> R {
    let begin = terms.visited;
    let visits = left.with(Limit::ConditionVisits.number().min(FREE + left.left()));
    let found = run(terms, visits);
    left.count((terms.visited - begin).saturating_sub(FREE));
    found
}

/// A formula with its quantifiers written out, and all assumptions of a world in which it holds.
type Found = (Term, Vec<(Term, Term)>);

/// Searches a world in which a formula holds; `None` if there is none.
fn search(terms: &mut Terms, formula: Term, visits: Budget) -> Result<Option<Found>, Reached> {
    let begin = terms.visited;
    let formula = quantifier::written_out(terms, formula);
    let mut search = Search { terms, tried: Limit::Assumptions.budget(), begin, visits };
    let start = State { open: formula, facts: Vec::new(), assumed: Vec::new() };
    Ok(search.world(start, 0)?.map(|world| (formula, world)))
}

/// Whether an assumption makes a value `null`. Ex) `empty(list)` makes `list[0]` `null`
pub(super) fn makes_null(terms: &mut Terms, (term, value): (Term, Term), asked: Term) -> bool {
    let null = terms.null();
    let state = State { open: asked, facts: Vec::new(), assumed: Vec::new() };
    let (begin, visits) = (terms.visited, Limit::ConditionVisits.budget());
    let mut search = Search { terms, tried: Limit::Assumptions.budget(), begin, visits };
    search.entailed(&state, term, value).contains(&(asked, null))
}

struct Search<'t> {
    terms: &'t mut Terms,
    tried: Budget,
    /// Visits before this formula, and the maximum from here on.
    begin: u64,
    visits: Budget,
}

/// A state of the search: assumptions so far, and conditions that must still hold.
#[derive(Clone)]
struct State {
    open: Term,
    /// Assumptions about compound terms: later assumptions about their parts may contradict them.
    facts: Vec<(Term, Term)>,
    assumed: Vec<(Term, Term)>,
}

/// The next step for an atom.
enum Step {
    /// There is one way to make it so.
    Assume(Term, Term),
    /// Each of these, one after the other.
    Choose(Vec<(Term, Term)>),
}

impl Search<'_> {
    /// The assumptions of a world in which everything holds; `None` if there is none.
    fn world(&mut self, mut state: State, depth: usize) -> Result<Option<Vec<(Term, Term)>>, Reached> {
        let mut undecided = None;
        let choices = loop {
            match self.terms.get(state.open) {
                Value::Bool(true) => return Ok(Some(state.assumed)),
                Value::Bool(false) | Value::Null => return undecided.map_or(Ok(None), Err),
                _ => {}
            }
            if let Some((alternative, rest)) = self.alternatives(state.open) {
                // Try one alternative with all its parts at once; if that fails, the remaining formula is tried.
                if let Err(reached) = self.count() {
                    return Err(undecided.unwrap_or(reached));
                }
                Limit::OpenChoices.check(depth + 1)?;
                let chosen = State { open: alternative, ..state.clone() };
                match self.world(chosen, depth + 1) {
                    Ok(Some(world)) => return Ok(Some(world)),
                    Ok(None) => {}
                    Err(reached) => undecided = undecided.or(Some(reached)),
                }
                state.open = rest;
                continue;
            }
            let (atom, wanted, forced) = self.next(state.open);
            match self.step(&state, atom, wanted, forced) {
                Step::Assume(term, value) => {
                    if let Err(reached) = self.count() {
                        return Err(undecided.unwrap_or(reached));
                    }
                    match self.assume(&state, term, value) {
                        Some(next) => state = next,
                        None => return undecided.map_or(Ok(None), Err),
                    }
                }
                Step::Choose(choices) => break choices,
            }
        };
        Limit::OpenChoices.check(depth + 1)?;
        for (term, value) in choices {
            if let Err(reached) = self.count() {
                // The limit that was reached first says why.
                return Err(undecided.unwrap_or(reached));
            }
            if let Some(next) = self.assume(&state, term, value) {
                match self.world(next, depth + 1) {
                    Ok(Some(world)) => return Ok(Some(world)),
                    Ok(None) => {}
                    Err(reached) => undecided = undecided.or(Some(reached)),
                }
            }
        }
        undecided.map_or(Ok(None), Err)
    }

    fn count(&mut self) -> Result<(), Reached> {
        self.tried.spend(1)?;
        self.visits.allows(self.terms.visited - self.begin)?;
        self.terms.work()
    }

    /// The state with one more assumption; `None` if that is a contradiction.
    fn assume(&mut self, state: &State, term: Term, value: Term) -> Option<State> {
        let mut next = state.clone();
        let entailed = self.entailed(&next, term, value);
        self.put(&mut next, term, value);
        let is_present = self.is_present(term, value);
        let is_kept = !is_present
            && !matches!(
                self.terms.get(term),
                Value::Parameter(..) | Value::Ambient(_) | Value::CopyIndex(_)
            );
        if is_kept {
            next.facts.push((term, value));
        }
        if is_present || self.terms.is_never_null(term) && !self.terms.is_never_null(value) {
            let null = self.terms.null();
            let missing = self.terms.equal(value, null);
            let present = self.terms.not(missing);
            next.open = self.terms.and(&[next.open, present]);
        }
        for (part, value) in entailed {
            self.put(&mut next, part, value);
        }
        if !self.terms.is_literal(value) {
            // Facts about the replaced term now apply to the other one.
            for (fact, known) in next.facts.clone() {
                for (part, value) in self.entailed(&next, fact, known) {
                    self.put(&mut next, part, value);
                }
            }
        }
        if self.terms.is_false(next.open) || self.is_nothing(&next, term, value) {
            return None;
        }
        next.assumed.push((term, value));
        Some(next)
    }

    /// Replaces a term by a value everywhere; facts that change must still hold.
    fn put(&mut self, state: &mut State, term: Term, value: Term) {
        let mut open = null::assume_in(self.terms, state.open, term, value);
        let mut kept = Vec::with_capacity(state.facts.len() + 1);
        for &(fact, known) in &state.facts {
            let (now, then) =
                (self.terms.replace_term(fact, term, value), self.terms.replace_term(known, term, value));
            if (now, then) == (fact, known) {
                kept.push((fact, known));
                continue;
            }
            let holds = self.terms.equal(now, then);
            open = self.terms.and(&[open, holds]);
        }
        (state.open, state.facts) = (open, kept);
    }

    /// Whether a condition is known to be neither `true` nor `false` nor `null`.
    fn is_nothing(&mut self, state: &State, term: Term, value: Term) -> bool {
        let all = [self.terms.bool(true), self.terms.bool(false), self.terms.null()];
        let asked = match self.terms.get(term) {
            Value::Equal(one, other) if self.terms.is_false(value) && all.contains(&one) => other,
            _ => return false,
        };
        let mut is_not = |literal: Term| {
            let equal = self.terms.equal(literal, asked);
            state.facts.contains(&(equal, value))
        };
        all.into_iter().all(&mut is_not)
    }

    /// Whether the assumption says that `left ?? right` is `left`, which is then not `null`.
    fn is_present(&self, term: Term, value: Term) -> bool {
        matches!(self.terms.get(term), Value::Coalesce(left, _) if left == value)
    }

    /// Consequences of an assumption: an empty value has no properties and no elements and contains nothing; an object without
    /// a key lacks that property.
    fn entailed(&mut self, state: &State, term: Term, value: Term) -> Vec<(Term, Term)> {
        let Value::Call(function, seq) = self.terms.get(term) else {
            return self.entailed_of_key(state, term, value);
        };
        let (whole, lacking) = match (function, self.terms.seq(seq)) {
            (Function::Length, &[whole]) if self.terms.known_int(value) == Some(0) => (whole, None),
            (Function::Contains, &[whole, key]) if self.terms.is_false(value) => match self.terms.get(key) {
                Value::Text(name) => (whole, Some(name)),
                _ => return Vec::new(),
            },
            _ => return self.entailed_of_text(state, term, value),
        };
        let no = self.terms.bool(false);
        let mut found = self.entailed_of_text(state, term, value);
        self.each_part(state, |terms, part| match terms.get(part) {
            Value::Member(base, name)
                if terms.or_nothing(base) == whole && lacking.is_none_or(|key| key == name) =>
            {
                found.push((part, terms.null()));
            }
            Value::Index(base, _) if terms.or_nothing(base) == whole && lacking.is_none() => {
                found.push((part, terms.null()));
            }
            Value::Call(Function::Contains | Function::StartsWith | Function::EndsWith, seq)
                if lacking.is_none() =>
            {
                let &[inside, wanted] = terms.seq(seq) else { return };
                let inside = terms.or_nothing(inside);
                // Every text contains the empty text.
                if inside == whole && terms.known_text(wanted).is_some_and(|wanted| !wanted.is_empty()) {
                    found.push((part, no));
                }
            }
            _ => {}
        });
        found
    }

    /// Consequences of a known key of an object: its other items have other keys.
    /// Ex) `items(apps)[1].key` is not `'web'` if `items(apps)[0].key` is
    fn entailed_of_key(&mut self, state: &State, term: Term, value: Term) -> Vec<(Term, Term)> {
        let Some((object, at)) = key_of_item(self.terms, term).filter(|_| self.terms.is_literal(value))
        else {
            return Vec::new();
        };
        let (no, mut found) = (self.terms.bool(false), Vec::new());
        self.each_part(state, |terms, part| {
            let Value::Equal(one, other) = terms.get(part) else { return };
            let other = match (one == value, other == value) {
                (true, _) => other,
                (_, true) => one,
                _ => return,
            };
            let is_of_another = |(its, place)| its == object && place != at;
            if key_of_item(terms, other).is_some_and(is_of_another) {
                found.push((part, no));
            }
        });
        found
    }

    /// Consequences of a known start, end or part of a text for other questions about it: a text that starts with `prod` starts
    /// with `pr`, and not with `dev`.
    fn entailed_of_text(&mut self, state: &State, term: Term, value: Term) -> Vec<(Term, Term)> {
        let Value::Call(function, seq) = self.terms.get(term) else { return Vec::new() };
        let (yes, no) = (self.terms.bool(true), self.terms.bool(false));
        let (&[whole, key], Some(holds)) = (self.terms.seq(seq), self.terms.known_bool(value)) else {
            return Vec::new();
        };
        let (Some(key), true) = (self.terms.known_text(key), self.terms.is_text(whole)) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        self.each_part(state, |terms, part| {
            let Value::Call(asked, seq) = terms.get(part) else { return };
            let &[inside, other] = terms.seq(seq) else { return };
            if asked != function || inside != whole || part == term {
                return;
            }
            if let Some(other) =
                terms.known_text(other).and_then(|other| follows(function, key, holds, other))
            {
                found.push((part, if other { yes } else { no }));
            }
        });
        found
    }

    /// Splits a disjunction: the formula with one alternative, and the formula with the others. If the alternative is a
    /// conjunction, its atoms then need no further choice. Ex) `(a && b) || (c && d)`
    fn alternatives(&mut self, formula: Term) -> Option<(Term, Term)> {
        let (least, mut operands) = match self.terms.get(formula) {
            Value::Or(_) => (0, vec![formula]),
            Value::And(seq) => {
                let operands = self.terms.seq(seq).to_vec();
                (self.least(&operands)?, operands)
            }
            _ => return None,
        };
        let Value::Or(seq) = self.terms.get(operands[least]) else { return None };
        let mut rest = self.terms.seq(seq).to_vec();
        let Value::And(_) = self.terms.get(rest[0]) else { return None };
        // The alternative with the fewest parts gives the smallest world.
        let at = (0..rest.len()).min_by_key(|&at| match self.terms.get(rest[at]) {
            Value::And(seq) => self.terms.seq(seq).len(),
            _ => usize::MAX,
        })?;
        let first = rest.remove(at);
        operands[least] = first;
        let one = self.terms.and(&operands);
        operands[least] = self.terms.or(&rest);
        Some((one, self.terms.and(&operands)))
    }

    /// The operand of a conjunction with the fewest choices; `None` if one of them is an atom.
    fn least(&self, operands: &[Term]) -> Option<usize> {
        let is_literal = |&operand: &Term| match self.terms.get(operand) {
            Value::Not(inner) => self.is_atom(inner),
            _ => self.is_atom(operand),
        };
        if operands.iter().any(is_literal) {
            return None;
        }
        (0..operands.len()).min_by_key(|&at| match self.terms.get(operands[at]) {
            Value::Or(seq) => self.terms.seq(seq).len(),
            _ => 2,
        })
    }

    /// Chooses the next atom: the atom, the helpful value, and whether the atom must have it.
    fn next(&self, formula: Term) -> (Term, bool, bool) {
        if let Value::And(seq) = self.terms.get(formula) {
            let operands = self.terms.seq(seq);
            for &operand in operands {
                let (atom, wanted) = match self.terms.get(operand) {
                    Value::Not(inner) => (inner, false),
                    _ => (operand, true),
                };
                if self.is_atom(atom) {
                    return (atom, wanted, true);
                }
            }
            // The alternative with the fewest parts leaves the least choice.
            let least = operands.iter().copied().min_by_key(|&operand| match self.terms.get(operand) {
                Value::Or(seq) => self.terms.seq(seq).len(),
                _ => 2,
            });
            let (atom, wanted) = self.first_atom(least.unwrap_or(formula), true);
            return (atom, wanted, false);
        }
        let (atom, wanted) = self.first_atom(formula, true);
        let is_literal = match self.terms.get(formula) {
            Value::Not(inner) => inner == atom,
            _ => formula == atom,
        };
        (atom, wanted, is_literal)
    }

    fn is_atom(&self, term: Term) -> bool {
        match self.terms.get(term) {
            Value::And(_) | Value::Or(_) | Value::Not(_) | Value::If(..) | Value::Bool(_) => false,
            Value::Equal(one, other) => !self.is_formula(one) && !self.is_formula(other),
            _ => self.chosen_number(term).is_none(),
        }
    }

    /// Whether it is made of atoms, or is a truth value itself.
    fn is_formula(&self, term: Term) -> bool {
        !self.terms.is_literal(term)
            && (self.terms.is_truth(term) || matches!(self.terms.get(term), Value::If(..)))
    }

    /// The first atom, and the value of it that helps.
    fn first_atom(&self, formula: Term, wanted: bool) -> (Term, bool) {
        match self.terms.get(formula) {
            Value::Not(inner) => self.first_atom(inner, !wanted),
            Value::And(seq) | Value::Or(seq) => match self.terms.seq(seq).first() {
                Some(&first) => self.first_atom(first, wanted),
                None => (formula, wanted),
            },
            Value::If(condition, ..) => self.first_atom(condition, true),
            Value::Equal(one, _) if self.is_formula(one) => self.first_atom(one, true),
            Value::Equal(_, other) if self.is_formula(other) => self.first_atom(other, true),
            _ => match self.chosen_number(formula) {
                Some(condition) => self.first_atom(condition, true),
                None => (formula, wanted),
            },
        }
    }

    /// The possible assumptions about an atom.
    fn step(&mut self, state: &State, atom: Term, wanted: bool, forced: bool) -> Step {
        if let Some((chosen, left)) = self.coalesced(state, atom) {
            let null = self.terms.null();
            return Step::Choose(vec![(chosen, left), (left, null)]);
        }
        if let Some(parameter) = self.listed(atom) {
            return Step::Choose(self.values(parameter, atom, wanted));
        }
        if let Some(number) = self.compared(state, atom) {
            let mut choices = self.numbers(state, number);
            if self.is_linked(state, number) {
                choices.extend(self.truths(state, atom, number));
            }
            return Step::Choose(choices);
        }
        let (yes, no) = (self.assumption(atom, true), self.assumption(atom, false));
        match (wanted, forced) {
            (true, true) => Step::Assume(yes.0, yes.1),
            (false, true) => Step::Assume(no.0, no.1),
            (true, false) => Step::Choose(vec![yes, no]),
            (false, false) => Step::Choose(vec![no, yes]),
        }
    }

    /// The replacement (term, value) that gives an atom its value.
    fn assumption(&mut self, atom: Term, value: bool) -> (Term, Term) {
        if let (Value::Equal(one, other), true) = (self.terms.get(atom), value) {
            // Ex) kind == 'a'; of two unknown terms the newer, which cannot be part of the older
            return match (is_constant(self.terms, one), is_constant(self.terms, other)) {
                (true, false) => (other, one),
                (false, true) => (one, other),
                _ => (one.max(other), one.min(other)),
            };
        }
        // A value that may be `null` is not necessarily `false` if it is not `true`.
        let truth = self.terms.truth(atom);
        let assumed = if !value && self.terms.condition(truth) == atom { truth } else { atom };
        (assumed, self.terms.bool(value))
    }

    /// A part `left ?? right` of an atom, if something else depends on `left` too. If nothing does, the part may have any
    /// value.
    fn coalesced(&self, state: &State, atom: Term) -> Option<(Term, Term)> {
        let mut open = vec![atom];
        let mut seen = SmallMap::default();
        while let Some(term) = open.pop() {
            if !seen.is_new(term) {
                continue;
            }
            let value = self.terms.get(term);
            if let Value::Coalesce(left, _) = value
                && self.terms.free(left) == 0
                && self.occurs_outside(state, left, term)
            {
                return Some((term, left));
            }
            self.terms.each_child(value, |child| open.push(child));
        }
        None
    }

    /// Whether a term occurs anywhere except inside another one. A test for an empty list does not count: it is true for `null`
    /// as well as for a list without elements.
    fn occurs_outside(&self, state: &State, term: Term, other: Term) -> bool {
        let mut open = vec![state.open];
        open.extend(state.facts.iter().map(|&(fact, _)| fact));
        let mut seen = SmallMap::default();
        while let Some(part) = open.pop() {
            if part == term {
                return true;
            }
            let value = self.terms.get(part);
            let is_length =
                matches!(value, Value::Call(Function::Length, seq) if self.terms.seq(seq) == [term]);
            if part != other && !is_length && self.terms.may_occur(term, part) && seen.is_new(part) {
                self.terms.each_child(value, |child| open.push(child));
            }
        }
        false
    }

    /// A parameter in an atom that has a list of values, or is a truth value inside another term.
    fn listed(&self, atom: Term) -> Option<Term> {
        let mut open = vec![atom];
        let mut seen = FxHashSet::default();
        while let Some(term) = open.pop() {
            if let Some(domain) = self.terms.domain(term)
                && (domain.allowed.is_some() || (domain.ty == ParameterType::Bool && term != atom))
            {
                return Some(term);
            }
            if self.terms.depends_on_call(term) && seen.insert(term) {
                self.terms.each_child(self.terms.get(term), |child| open.push(child));
            }
        }
        None
    }

    /// The values of a parameter; values that give the atom its helpful value come first.
    fn values(&mut self, parameter: Term, atom: Term, wanted: bool) -> Vec<(Term, Term)> {
        let allowed = self.terms.domain(parameter).and_then(|domain| domain.allowed.clone());
        let values = allowed.unwrap_or_else(|| {
            let mut values = vec![self.terms.bool(true), self.terms.bool(false)];
            if !self.terms.is_never_null(parameter) {
                values.push(self.terms.null());
            }
            values
        });
        let mut all: Vec<(bool, (Term, Term))> = Vec::with_capacity(values.len());
        for value in values {
            let found = self.terms.replace_term(atom, parameter, value);
            all.push((self.terms.known_bool(found) != Some(wanted), (parameter, value)));
        }
        all.sort_by_key(|&(late, _)| late);
        all.into_iter().map(|(_, choice)| choice).collect()
    }

    /// Calls a function for every part of what must hold and what is assumed.
    fn each_part(&self, state: &State, mut each: impl FnMut(&Terms, Term)) {
        let mut open = vec![state.open];
        open.extend(state.facts.iter().map(|&(fact, _)| fact));
        let mut seen = SmallMap::default();
        while let Some(term) = open.pop() {
            if seen.is_new(term) {
                each(self.terms, term);
                self.terms.each_child(self.terms.get(term), |child| open.push(child));
            }
        }
    }
}

/// The object and the number of the item whose key a term is. Ex) `items(apps)[0].key`
fn key_of_item(terms: &Store, term: Term) -> Option<(Term, i64)> {
    let Value::Member(item, name) = terms.get(term) else { return None };
    let Value::Index(items, at) = terms.get(item) else { return None };
    let Value::Call(Function::Items, seq) = terms.get(items) else { return None };
    let at = terms.known_int(at).filter(|_| terms.name(name) == "key")?;
    Some((*terms.seq(seq).first()?, at))
}

impl Store {
    /// Removes `?? []` or `?? {}`, which do not change whether a value is empty.
    fn or_nothing(&self, term: Term) -> Term {
        match self.get(term) {
            Value::Coalesce(left, right) => match self.get(right) {
                Value::Array(seq) | Value::Object(seq) if self.seq(seq).is_empty() => left,
                _ => term,
            },
            _ => term,
        }
    }

    /// The two sides of a comparison with a number.
    pub fn at_least_of(&self, term: Term) -> Option<(Term, i64)> {
        let Value::Call(Function::AtLeast, seq) = self.get(term) else { return None };
        let &[number, bound] = self.seq(seq) else { return None };
        Some((number, self.known_int(bound)?))
    }
}

/// From whether a text starts with (ends with, contains) `key`: whether it does so with `other`, if that follows.
fn follows(function: Function, key: &str, has_key: bool, other: &str) -> Option<bool> {
    let (key, other) = match function {
        Function::Contains => (key.to_owned(), other.to_owned()),
        // These ignore case.
        Function::StartsWith | Function::EndsWith => (key.to_lowercase(), other.to_lowercase()),
        _ => return None,
    };
    let is_part = |part: &str, whole: &str| match function {
        Function::StartsWith => whole.starts_with(part),
        Function::EndsWith => whole.ends_with(part),
        _ => whole.contains(part),
    };
    match (has_key, is_part(&other, &key), is_part(&key, &other)) {
        (true, true, _) => Some(true),
        (true, false, false) if function != Function::Contains => Some(false),
        (false, _, true) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::store::Domain;
    use crate::eval::term::CopyVariable;
    use crate::template::ParameterId;
    use crate::workspace::TemplateId;

    fn parameter(terms: &mut Terms, at: u32, allowed: &[&str]) -> Term {
        let allowed: Vec<Term> = allowed.iter().map(|text| terms.text(text)).collect();
        let allowed = (!allowed.is_empty()).then_some(allowed);
        terms.parameter(TemplateId(0), ParameterId(at), || Domain {
            name: "p".into(),
            ty: ParameterType::Any,
            is_never_null: true,
            allowed,
            ..Domain::default()
        })
    }

    #[test]
    fn one_value_excludes_another() {
        let mut terms = Terms::default();
        let kind = parameter(&mut terms, 0, &[]);
        let (a, b) = (terms.text("a"), terms.text("b"));
        let (is_a, is_b) = (terms.equal(kind, a), terms.equal(kind, b));
        let both = terms.and(&[is_a, is_b]);
        assert_eq!(feasible(&mut terms, both), Feasibility::Infeasible);
        let not_b = terms.not(is_b);
        let one = terms.and(&[is_a, not_b]);
        assert_eq!(feasible(&mut terms, one), Feasibility::Feasible(vec![(kind, a)]));
    }

    #[test]
    fn allowed_values_bound_the_rest() {
        let mut terms = Terms::default();
        let kind = parameter(&mut terms, 0, &["a", "b"]);
        let (a, b) = (terms.text("a"), terms.text("b"));
        let (is_a, is_b) = (terms.equal(kind, a), terms.equal(kind, b));
        let (not_a, not_b) = (terms.not(is_a), terms.not(is_b));
        let neither = terms.and(&[not_a, not_b]);
        assert_eq!(feasible(&mut terms, neither), Feasibility::Infeasible);
    }

    #[test]
    fn a_list_is_not_empty_and_of_one() {
        let mut terms = Terms::default();
        let list = parameter(&mut terms, 0, &[]);
        let empty = terms.call(Function::Empty, &[list]);
        let (length, one) = (terms.call(Function::Length, &[list]), terms.int(1));
        let single = terms.equal(length, one);
        let both = terms.and(&[empty, single]);
        assert_eq!(feasible(&mut terms, both), Feasibility::Infeasible);
    }

    #[test]
    fn two_instances_are_not_the_same_one() {
        let mut terms = Terms::default();
        let (one, other, zero) =
            (terms.copy_index(CopyVariable::Own), terms.copy_index(CopyVariable::Other), terms.int(0));
        let same = terms.equal(one, other);
        let apart = terms.not(same);
        let (first, second) = (terms.equal(one, zero), terms.equal(other, zero));
        let formula = terms.and(&[apart, first, second]);
        assert_eq!(feasible(&mut terms, formula), Feasibility::Infeasible);
    }
}
