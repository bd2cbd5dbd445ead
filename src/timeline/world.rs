//! What a node's condition comes to in the world of a witness: both are written in terms of the root's parameters, so the
//! world's conditions are looked up in the node's.

use crate::eval::term::{Term, Value};
use crate::eval::terms::Terms;
use crate::rules::finding::Condition;

/// Conditions nest no deeper here than this; what does is not known.
const DEEPEST: usize = 32;

/// When a node is deployed, and how often.
#[derive(Clone, Debug)]
pub(super) struct Given {
    condition: Formula,
    /// The length of its loop as text, where it is one.
    length: Option<String>,
}

#[derive(Clone, Debug)]
enum Formula {
    Unknown,
    Known(bool),
    Atom(String),
    Equal(String, String, String),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Given {
    pub(super) fn of(terms: &Terms, condition: Term, length: Option<Term>) -> Self {
        let length = length.map(|length| terms.show(length));
        Self { condition: formula(terms, condition, 0), length }
    }

    /// Whether it is not deployed in a world.
    pub(super) fn is_skipped(&self, world: &[Condition]) -> bool {
        self.condition.holds(world) == Some(false)
    }

    /// Whether its loop runs over nothing in a world.
    pub(super) fn is_empty(&self, world: &[Condition]) -> bool {
        let Some(length) = &self.length else { return false };
        let list = length.strip_prefix("length(").and_then(|rest| rest.strip_suffix(')'));
        let says = |expression: &str| {
            world.iter().any(|known| known.expression == expression && known.value == "true")
        };
        says(&format!("{length} == 0")) || list.is_some_and(|list| says(&format!("empty({list})")))
    }
}

fn formula(terms: &Terms, term: Term, depth: usize) -> Formula {
    if depth > DEEPEST {
        return Formula::Unknown;
    }
    let all = |terms_of: &[Term]| terms_of.iter().map(|&one| formula(terms, one, depth + 1)).collect();
    match terms.get(term) {
        Value::Bool(holds) => Formula::Known(holds),
        Value::Not(inner) => Formula::Not(Box::new(formula(terms, inner, depth + 1))),
        Value::And(seq) => Formula::All(all(terms.seq(seq))),
        Value::Or(seq) => Formula::Any(all(terms.seq(seq))),
        Value::Equal(one, other) => Formula::Equal(terms.show(term), terms.show(one), terms.show(other)),
        _ => Formula::Atom(terms.show(term)),
    }
}

impl Formula {
    fn holds(&self, world: &[Condition]) -> Option<bool> {
        let value = |expression: &str| {
            world.iter().find(|known| known.expression == expression).map(|known| known.value.as_str())
        };
        let truth = |expression: &str| value(expression).and_then(|value| value.parse::<bool>().ok());
        match self {
            Self::Unknown => None,
            Self::Known(holds) => Some(*holds),
            Self::Atom(text) => truth(text),
            Self::Equal(text, one, other) => truth(text)
                .or_else(|| Some(value(one)? == other.as_str()))
                .or_else(|| Some(value(other)? == one.as_str())),
            Self::Not(inner) => inner.holds(world).map(|holds| !holds),
            Self::All(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| part.holds(world)).collect();
                if parts.contains(&Some(false)) {
                    return Some(false);
                }
                (!parts.contains(&None)).then_some(true)
            }
            Self::Any(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| part.holds(world)).collect();
                if parts.contains(&Some(true)) {
                    return Some(true);
                }
                (!parts.contains(&None)).then_some(false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(facts: &[(&str, &str)]) -> Vec<Condition> {
        let one = |&(expression, value): &(&str, &str)| Condition {
            expression: expression.to_owned(),
            value: value.to_owned(),
        };
        facts.iter().map(one).collect()
    }

    fn atom(text: &str) -> Formula {
        Formula::Atom(text.to_owned())
    }

    #[test]
    fn what_the_world_does_not_say_is_not_known() {
        let both = Formula::All(vec![atom("a"), Formula::Not(Box::new(atom("b")))]);
        assert_eq!(both.holds(&world(&[("a", "true")])), None);
        assert_eq!(both.holds(&world(&[("a", "false")])), Some(false));
        assert_eq!(both.holds(&world(&[("a", "true"), ("b", "false")])), Some(true));
        let either = Formula::Any(vec![atom("a"), atom("b")]);
        assert_eq!(either.holds(&world(&[("a", "false")])), None);
        assert_eq!(either.holds(&world(&[("a", "false"), ("b", "false")])), Some(false));
        assert_eq!(either.holds(&world(&[("b", "true")])), Some(true));
    }

    #[test]
    fn an_equality_follows_from_itself_or_from_a_value() {
        let equal = Formula::Equal("kind == 'a'".to_owned(), "kind".to_owned(), "'a'".to_owned());
        assert_eq!(equal.holds(&world(&[("kind == 'a'", "false")])), Some(false));
        assert_eq!(equal.holds(&world(&[("kind", "'b'")])), Some(false));
        assert_eq!(equal.holds(&world(&[("kind", "'a'")])), Some(true));
        assert_eq!(equal.holds(&world(&[("other", "'a'")])), None);
    }

    #[test]
    fn a_loop_over_an_empty_list_does_not_run() {
        let given = Given { condition: Formula::Known(true), length: Some("length(names)".to_owned()) };
        assert!(given.is_empty(&world(&[("empty(names)", "true")])));
        assert!(given.is_empty(&world(&[("length(names) == 0", "true")])));
        assert!(!given.is_empty(&world(&[("length(names) == 0", "false")])));
        assert!(!given.is_skipped(&world(&[("empty(names)", "true")])));
    }
}
