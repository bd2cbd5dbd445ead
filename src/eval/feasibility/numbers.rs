//! Feasibility of conditions that compare integers with numbers.

use super::{Search, State};
use crate::eval::functions::Function;
use crate::eval::small_map::SmallMap;
use crate::eval::store::bounds_of;
use crate::eval::term::{Term, Value};
use crate::small_sort::SmallSort as _;

impl Search<'_> {
    /// The integer that an atom compares with a number, if it is compared for more than equality anywhere.
    pub(super) fn compared(&self, state: &State, atom: Term) -> Option<Term> {
        let number = match self.terms.get(atom) {
            Value::Call(..) => return self.terms.at_least_of(atom).map(|(number, _)| number),
            Value::Equal(one, other) if self.terms.known_int(one).is_some() => other,
            Value::Equal(one, other) if self.terms.known_int(other).is_some() => one,
            _ => return None,
        };
        if !self.terms.has_comparisons {
            return None;
        }
        let mut compared = false;
        self.each_part(state, |terms, part| {
            compared |= terms.at_least_of(part).is_some_and(|(found, _)| found == number);
        });
        compared.then_some(number)
    }

    /// The candidate numbers for an integer: those that it is compared with, and their neighbours.
    pub(super) fn numbers(&mut self, state: &State, number: Term) -> Vec<(Term, Term)> {
        let mut bounds: Vec<i64> = Vec::new();
        self.each_part(state, |terms, part| {
            let found = match terms.get(part) {
                Value::Equal(one, other) if one == number => terms.known_int(other),
                Value::Equal(one, other) if other == number => terms.known_int(one),
                _ => terms.at_least_of(part).filter(|(found, _)| *found == number).map(|(_, bound)| bound),
            };
            bounds.extend(found);
        });
        let mut values: Vec<i64> = bounds
            .into_iter()
            .flat_map(|bound| [bound.saturating_sub(1), bound, bound.saturating_add(1)])
            .collect();
        if self.terms.is_never_negative(number) {
            values.retain(|&value| value >= 0);
        }
        let admitted = bounds_of(self.terms, number);
        values.retain(|&value| admitted.holds(value));
        values.small_sort_by_key(|&value| (value < 0, value.unsigned_abs()));
        values.dedup();
        let mut choices: Vec<(Term, Term)> =
            values.into_iter().map(|value| (number, self.terms.int(value))).collect();
        if !self.terms.is_never_null(number) {
            choices.push((number, self.terms.null()));
        }
        choices
    }

    /// The condition that decides which number is compared. Ex) `(isLarge ? count : 1) >= 3`
    pub(super) fn chosen_number(&self, term: Term) -> Option<Term> {
        let (number, _) = self.terms.at_least_of(term)?;
        match self.terms.get(number) {
            Value::If(condition, ..) => Some(condition),
            _ => None,
        }
    }

    /// Whether a number shares an unknown with another part of the formula. Then the rest may exclude all candidates
    /// next to the compared numbers, although another number is possible. Ex) `n * 2 >= 4 && n >= 50`,
    /// `(f ? 1 : n) < 1 && n < 3`
    pub(super) fn is_linked(&self, state: &State, number: Term) -> bool {
        if self.is_computed(number) {
            return self
                .any_inside(number, |term| term != number && self.occurs_outside(state, term, number));
        }
        let is_number = |fact: &&(Term, Term)| self.terms.known_int(fact.1).is_some();
        let mut computed: Vec<Term> = state.facts.iter().filter(is_number).map(|&(fact, _)| fact).collect();
        self.each_part(state, |terms, part| {
            if let Value::Equal(one, other) = terms.get(part) {
                // Ex) `n >= 3 && n * 2 == m && m == 100`
                computed.extend([one, other].into_iter().filter(|&side| side != number));
            } else {
                let other = terms.at_least_of(part).map(|(other, _)| other);
                computed.extend(other.filter(|&other| other != number));
            }
        });
        let holds_it =
            |&other: &Term| self.is_computed(other) && self.any_inside(other, |term| term == number);
        computed.iter().any(holds_it)
    }

    /// Whether a number is computed from others, or is one of several. A length does not count, because it may be any
    /// number.
    fn is_computed(&self, number: Term) -> bool {
        match self.terms.get(number) {
            Value::Call(function, _) => function != Function::Length,
            // Ex) `(isSmall ? 1 : n) > 2 && n > 0`: the neighbours of 0 are all too small for the other test
            Value::If(..) | Value::Coalesce(..) => true,
            _ => false,
        }
    }

    /// Whether a term, or an unknown part of it, passes a test.
    fn any_inside(&self, whole: Term, is_one: impl Fn(Term) -> bool) -> bool {
        let (mut open, mut seen) = (vec![whole], SmallMap::default());
        while let Some(term) = open.pop() {
            if self.terms.is_literal(term) || !seen.is_new(term) {
                continue;
            }
            if is_one(term) {
                return true;
            }
            self.terms.each_child(self.terms.get(term), |child| open.push(child));
        }
        false
    }

    /// The two assumptions that an atom holds and that it does not, without a value for the number, as far as earlier
    /// assumptions of this kind about the number allow them.
    pub(super) fn truths(&mut self, state: &State, atom: Term, number: Term) -> Vec<(Term, Term)> {
        let Some((_, bound)) = self.terms.at_least_of(atom) else {
            return vec![self.assumption(atom, false)];
        };
        let mut admitted = [true, false].to_vec();
        for &(fact, known) in &state.facts {
            let other = self.terms.at_least_of(fact).filter(|(found, _)| *found == number);
            match (other, self.terms.known_bool(known)) {
                (Some((_, least)), Some(true)) if bound <= least => admitted.retain(|&value| value),
                (Some((_, least)), Some(false)) if least <= bound => admitted.retain(|&value| !value),
                _ => {}
            }
        }
        admitted.into_iter().map(|value| self.assumption(atom, value)).collect()
    }
}
