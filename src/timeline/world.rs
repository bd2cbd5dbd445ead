//! Evaluates a node's condition in the world of a witness. Both are over the root's parameters, in one analysis, so the
//! values that the world gives to terms are looked up wherever these terms occur in the condition.

use rustc_hash::FxHashMap;

use crate::eval::term::{Term, Value};
use crate::eval::terms::Terms;
use crate::race::analysis::World;

/// Maximum nesting of conditions that are evaluated; a deeper one is not known.
const DEEPEST: usize = 32;

/// When a node is deployed, and how often, in terms of the root's parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given {
    pub(super) condition: Term,
    /// The length of its loop, if it has one.
    pub(super) length: Option<Term>,
}

/// The facts of a world, by their terms.
pub(super) struct Facts<'t> {
    terms: &'t Terms,
    values: FxHashMap<Term, Term>,
}

impl<'t> Facts<'t> {
    pub(super) fn of(terms: &'t Terms, world: &World) -> Self {
        Self { terms, values: world.iter().copied().collect() }
    }

    /// Whether a node is not deployed.
    pub(super) fn is_skipped(&self, given: &Given) -> bool {
        self.holds(given.condition, 0) == Some(false)
    }

    /// Whether a node's loop runs over nothing.
    pub(super) fn is_empty(&self, given: &Given) -> bool {
        let Some(length) = given.length else { return false };
        let is_zero = |(&fact, &value): (&Term, &Term)| match self.terms.get(fact) {
            // Ex) length(names) == 0, which is true
            Value::Equal(one, other) => {
                let zero = |term: Term| self.terms.known_int(term) == Some(0);
                let says = (one == length && zero(other)) || (other == length && zero(one));
                says && self.terms.known_bool(value) == Some(true)
            }
            // Ex) length(names), which is 0
            _ => fact == length && self.terms.known_int(value) == Some(0),
        };
        self.values.iter().any(is_zero)
    }

    /// Whether a condition holds; `None` if the world does not decide it.
    fn holds(&self, condition: Term, depth: usize) -> Option<bool> {
        if depth > DEEPEST {
            return None;
        }
        // A condition that is `null` does not hold.
        let null = self.terms.null();
        let known = |value: Term| if value == null { Some(false) } else { self.terms.known_bool(value) };
        let truth = |term: Term| self.values.get(&term).and_then(|&value| known(value));
        let all = |parts: &[Term]| parts.iter().map(|&part| self.holds(part, depth + 1)).collect::<Vec<_>>();
        match self.terms.get(condition) {
            Value::Bool(holds) => Some(holds),
            Value::Not(inner) => self.holds(inner, depth + 1).map(|holds| !holds),
            Value::And(parts) => {
                let parts = all(self.terms.seq(parts));
                let is_known = !parts.contains(&None);
                if parts.contains(&Some(false)) { Some(false) } else { is_known.then_some(true) }
            }
            Value::Or(parts) => {
                let parts = all(self.terms.seq(parts));
                let is_known = !parts.contains(&None);
                if parts.contains(&Some(true)) { Some(true) } else { is_known.then_some(false) }
            }
            Value::Equal(one, other) => {
                truth(condition).or_else(|| self.equals(one, other)).or_else(|| self.equals(other, one))
            }
            _ => truth(condition),
        }
    }

    /// Whether the value that the world gives a term is this literal.
    fn equals(&self, term: Term, literal: Term) -> Option<bool> {
        let value = *self.values.get(&term)?;
        let both_known = self.terms.is_literal(value) && self.terms.is_literal(literal);
        both_known.then_some(value == literal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::store::Domain;
    use crate::eval::term::Function;
    use crate::template::ParameterId;
    use crate::workspace::TemplateId;

    fn parameter(terms: &mut Terms, at: u32) -> Term {
        terms.parameter(TemplateId(0), ParameterId(at), Domain::default)
    }

    fn holds(terms: &Terms, condition: Term, world: &[(Term, Term)]) -> Option<bool> {
        Facts::of(terms, &world.to_vec()).holds(condition, 0)
    }

    #[test]
    fn what_the_world_does_not_say_is_not_known() {
        let mut terms = Terms::default();
        let [a, b] = [0, 1].map(|at| parameter(&mut terms, at));
        let [yes, no] = [true, false].map(|holds| terms.bool(holds));
        let not_b = terms.not(b);
        let both = terms.and(&[a, not_b]);
        assert_eq!(holds(&terms, both, &[(a, yes)]), None);
        assert_eq!(holds(&terms, both, &[(a, no)]), Some(false));
        assert_eq!(holds(&terms, both, &[(a, yes), (b, no)]), Some(true));
        let either = terms.or(&[a, b]);
        assert_eq!(holds(&terms, either, &[(a, no)]), None);
        assert_eq!(holds(&terms, either, &[(a, no), (b, no)]), Some(false));
        assert_eq!(holds(&terms, either, &[(b, yes)]), Some(true));
    }

    #[test]
    fn an_equality_follows_from_itself_or_from_a_value() {
        let mut terms = Terms::default();
        let [kind, other] = [0, 1].map(|at| parameter(&mut terms, at));
        let [a, b] = ["a", "b"].map(|text| terms.text(text));
        let no = terms.bool(false);
        let equal = terms.equal(kind, a);
        assert_eq!(holds(&terms, equal, &[(equal, no)]), Some(false));
        assert_eq!(holds(&terms, equal, &[(kind, b)]), Some(false));
        assert_eq!(holds(&terms, equal, &[(kind, a)]), Some(true));
        assert_eq!(holds(&terms, equal, &[(other, a)]), None);
        let same = terms.equal(kind, other);
        assert_eq!(holds(&terms, same, &[(kind, a)]), None, "nothing is known of the other");
    }

    #[test]
    fn a_loop_over_an_empty_list_does_not_run() {
        let mut terms = Terms::default();
        let names = parameter(&mut terms, 0);
        let length = terms.call(Function::Length, &[names]);
        let [zero, one] = [0, 1].map(|count| terms.int(count));
        let [yes, no] = [true, false].map(|holds| terms.bool(holds));
        let is_empty = terms.equal(length, zero);
        let given = Given { condition: yes, length: Some(length) };
        let empty = |world: &[(Term, Term)]| Facts::of(&terms, &world.to_vec()).is_empty(&given);
        assert!(empty(&[(is_empty, yes)]));
        assert!(empty(&[(length, zero)]));
        assert!(!empty(&[(is_empty, no)]));
        assert!(!empty(&[(length, one)]));
        assert!(!Facts::of(&terms, &vec![(is_empty, yes)]).is_skipped(&given));
    }
}
