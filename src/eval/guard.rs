//! Feasibility: whether a condition can hold, and the smallest world in which it does.
//!
//! Conditions are formulas over atoms: truth values that are not known, and equalities. They are decided by trying the
//! values of one atom after the other, with the theory of equality built in: a term that is assumed equal to a constant is
//! replaced by it everywhere, also in what was assumed before, so that `kind == 'a'` and `kind == 'b'` exclude each other.

use super::term::{Term, Value};
use super::terms::Terms;

/// So many assignments are tried before the answer is "feasible, bound reached".
const TRIED: u32 = 4096;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feasibility {
    /// There is no such world.
    Infeasible,
    /// There is one: the atoms that matter and their values.
    Feasible(Vec<(Term, Term)>),
    /// The search was given up.
    BoundReached,
}

/// Decides whether a formula can hold.
pub fn feasible(terms: &mut Terms, formula: Term) -> Feasibility {
    let mut search = Search { terms, tried: 0, assumed: Vec::new() };
    match search.holds(formula) {
        Some(true) => {
            let world = std::mem::take(&mut search.assumed);
            Feasibility::Feasible(smallest(terms, formula, world))
        }
        Some(false) => Feasibility::Infeasible,
        None => Feasibility::BoundReached,
    }
}

struct Search<'t> {
    terms: &'t mut Terms,
    tried: u32,
    /// What is assumed: a term, and its value.
    assumed: Vec<(Term, Term)>,
}

impl Search<'_> {
    /// Whether the formula can hold together with what is assumed. None at the bound.
    fn holds(&mut self, formula: Term) -> Option<bool> {
        if let Some(known) = self.terms.known_bool(formula) {
            return Some(known && self.is_consistent());
        }
        let Some(atom) = first_atom(self.terms, formula) else { return Some(true) };
        let mut bounded = false;
        for (term, value) in choices(self.terms, atom) {
            self.tried += 1;
            if self.tried > TRIED {
                return None;
            }
            let rest = self.terms.replace_term(formula, term, value);
            if self.terms.is_false(rest) {
                continue;
            }
            self.assumed.push((term, value));
            if self.is_consistent() {
                match self.holds(rest) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => bounded = true,
                }
            }
            self.assumed.pop();
        }
        if bounded { None } else { Some(false) }
    }

    /// Whether what is assumed can all be so: every assumption still has its value when the others are put into it.
    fn is_consistent(&mut self) -> bool {
        for at in 0..self.assumed.len() {
            let (mut term, value) = self.assumed[at];
            for other in 0..self.assumed.len() {
                if other != at {
                    let (from, to) = self.assumed[other];
                    term = self.terms.replace_term(term, from, to);
                }
            }
            let equal = self.terms.equal(term, value);
            if self.terms.is_false(equal) || self.is_outside_domain(at) {
                return false;
            }
        }
        true
    }

    /// Whether a parameter with a list of allowed values has none left.
    fn is_outside_domain(&mut self, at: usize) -> bool {
        let (term, value) = self.assumed[at];
        let Value::Equal(one, other) = self.terms.get(term) else { return false };
        if !self.terms.is_false(value) {
            return false;
        }
        [one, other].into_iter().any(|parameter| {
            let Some(allowed) = self.terms.domain(parameter).and_then(|domain| domain.allowed.clone()) else {
                return false;
            };
            allowed.into_iter().all(|allowed| {
                self.assumed.iter().any(|&(term, value)| {
                    let excluded = self.terms.get(term) == pair(parameter, allowed);
                    excluded && self.terms.is_false(value)
                })
            })
        })
    }
}

/// The equality of two terms, in its normal order.
fn pair(one: Term, other: Term) -> Value {
    if one <= other { Value::Equal(one, other) } else { Value::Equal(other, one) }
}

/// The first atom of a formula, from the left: what decides its junctions.
fn first_atom(terms: &Terms, formula: Term) -> Option<Term> {
    match terms.get(formula) {
        Value::Bool(_) => None,
        Value::Not(inner) => first_atom(terms, inner),
        Value::And(seq) | Value::Or(seq) => terms.seq(seq).iter().find_map(|&part| first_atom(terms, part)),
        Value::If(condition, ..) => first_atom(terms, condition),
        _ => Some(formula),
    }
}

/// What an atom may be: assumptions to try, the likelier first.
fn choices(terms: &mut Terms, atom: Term) -> Vec<(Term, Term)> {
    if let Value::Equal(one, other) = terms.get(atom) {
        // Ex) kind == 'a', where kind has a list of allowed values
        let listed = [one, other].into_iter().find_map(|parameter| {
            let allowed = terms.domain(parameter)?.allowed.clone()?;
            Some((parameter, allowed))
        });
        if let Some((parameter, allowed)) = listed {
            return allowed.into_iter().map(|value| (parameter, value)).collect();
        }
        let no = terms.bool(false);
        // Ex) kind == 'a'
        if terms.is_literal(one) && !terms.is_literal(other) {
            return vec![(other, one), (atom, no)];
        }
        if terms.is_literal(other) && !terms.is_literal(one) {
            return vec![(one, other), (atom, no)];
        }
    }
    let (yes, no) = (terms.bool(true), terms.bool(false));
    vec![(atom, yes), (atom, no)]
}

/// The assumptions without those that the formula holds without.
fn smallest(terms: &mut Terms, formula: Term, mut world: Vec<(Term, Term)>) -> Vec<(Term, Term)> {
    let mut at = 0;
    while at < world.len() {
        let mut rest = formula;
        for (other, &(from, to)) in world.iter().enumerate() {
            if other != at {
                rest = terms.replace_term(rest, from, to);
            }
        }
        if terms.is_true(rest) {
            world.remove(at);
        } else {
            at += 1;
        }
    }
    world
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::terms::Domain;
    use crate::template::ParameterId;
    use crate::workspace::TemplateId;

    fn parameter(terms: &mut Terms, at: u32, allowed: &[&str]) -> Term {
        let allowed: Vec<Term> = allowed.iter().map(|text| terms.text(text)).collect();
        let allowed = (!allowed.is_empty()).then_some(allowed);
        terms.parameter(TemplateId(0), ParameterId(at), || Domain {
            name: "p".into(),
            is_bool: false,
            allowed,
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
        let empty = terms.call("empty", &[list]);
        let (length, one) = (terms.call("length", &[list]), terms.int(1));
        let single = terms.equal(length, one);
        let both = terms.and(&[empty, single]);
        assert_eq!(feasible(&mut terms, both), Feasibility::Infeasible);
    }

    #[test]
    fn two_instances_are_not_the_same_one() {
        let mut terms = Terms::default();
        let (one, other, zero) = (terms.copy_index(0), terms.copy_index(1000), terms.int(0));
        let same = terms.equal(one, other);
        let apart = terms.not(same);
        let (first, second) = (terms.equal(one, zero), terms.equal(other, zero));
        let formula = terms.and(&[apart, first, second]);
        assert_eq!(feasible(&mut terms, formula), Feasibility::Infeasible);
    }
}
