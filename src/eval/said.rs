//! Removes the different ways in which a value says that it is not given.
//!
//! ```bicep
//! natGateway: contains(subnet, 'nat') ? { id: subnet.nat } : null     // both say `{ id: subnet.nat }`
//! natGateway: !empty(subnet.?nat) ? { id: subnet.nat } : null
//! delegations: subnet.?delegations ?? []                               // says `subnet.delegations`
//! ```
//!
//! Azure treats a property that is missing, `null` or empty as not given. A condition that tests anything else stays:
//! `withNat ? { id: natId } : null` says something else than `{ id: natId }`.

use super::functions::Function;
use super::store;
use super::term::{Name, Term, Value};
use super::terms::Terms;

/// Maximum depth of objects that are rewritten. It is not a limit, because deeper parts are compared as they are.
const DEPTH: u32 = 16;
/// A value without the conditions that only test whether it is given; `null` if it is empty.
pub(super) fn said(terms: &mut Terms, value: Term) -> Term {
    within(terms, value, 0)
}

/// A list without the condition that only tests whether it is given. Ex) `rules` of
/// `contains(o, 'rules') ? o.rules : []`
pub(super) fn listed(terms: &mut Terms, list: Term) -> Term {
    match terms.get(list) {
        Value::If(condition, yes, no) if is_nothing(terms, no) && asks_for(terms, condition, yes) => yes,
        Value::If(condition, yes, no) if is_nothing(terms, yes) && asks_for(terms, condition, no) => no,
        Value::Coalesce(left, right) if is_nothing(terms, right) => left,
        _ => list,
    }
}

fn within(terms: &mut Terms, value: Term, depth: u32) -> Term {
    if is_nothing(terms, value) {
        return terms.null();
    }
    if depth > DEPTH {
        return value;
    }
    terms.work.count(1);
    let chosen = listed(terms, value);
    if chosen != value {
        return within(terms, chosen, depth + 1);
    }
    match terms.get(value) {
        Value::Object(_) => {
            let mut known: Vec<(Name, Term)> = Vec::new();
            for (key, property) in terms.properties(value).unwrap_or_default() {
                let property = within(terms, property, depth + 1);
                if property != terms.null() {
                    let lower = terms.name(key).to_lowercase();
                    known.push((terms.intern(&lower), property));
                }
            }
            if known.is_empty() { terms.null() } else { terms.object(&known) }
        }
        Value::Array(seq) => {
            let elements = terms.seq(seq).to_vec();
            let elements: Vec<Term> =
                elements.into_iter().map(|element| within(terms, element, depth + 1)).collect();
            terms.array(&elements)
        }
        Value::If(condition, yes, no) => {
            let (yes, no) = (within(terms, yes, depth + 1), within(terms, no, depth + 1));
            terms.if_(condition, yes, no)
        }
        _ => value,
    }
}

fn is_nothing(terms: &Terms, value: Term) -> bool {
    match terms.get(value) {
        Value::Null => true,
        Value::Text(name) => terms.name(name).is_empty(),
        Value::Array(seq) | Value::Object(seq) => terms.seq(seq).is_empty(),
        _ => false,
    }
}

/// Whether a condition only tests whether a part of a value is given.
pub(super) fn asks_for(terms: &mut Terms, condition: Term, value: Term) -> bool {
    match terms.get(condition) {
        Value::Not(inner) => asks_for(terms, inner, value),
        Value::And(seq) | Value::Or(seq) => {
            let operands = terms.seq(seq).to_vec();
            operands.into_iter().all(|operand| asks_for(terms, operand, value))
        }
        Value::Equal(one, other) => {
            let zero = terms.int(0);
            let asked = if is_nothing(terms, one) || one == zero {
                other
            } else if is_nothing(terms, other) || other == zero {
                one
            } else {
                return false;
            };
            let asked = match terms.get(asked) {
                Value::Call(Function::Length, seq) => terms.seq(seq)[0],
                _ => asked,
            };
            occurs(terms, asked, value)
        }
        Value::Call(Function::Contains, seq) => {
            let &[object, key] = terms.seq(seq) else { return false };
            let Value::Text(key) = terms.get(key) else { return false };
            let name = terms.name(key).to_owned();
            let property = terms.member(object, &name);
            occurs(terms, property, value)
        }
        _ => false,
    }
}

/// Whether a term is a part of a value, ignoring case.
fn occurs(terms: &mut Terms, part: Term, value: Term) -> bool {
    let folded = terms.fold_case(part);
    [part, folded].into_iter().any(|part| store::occurs(terms, part, value))
}
