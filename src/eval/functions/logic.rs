//! Operators and functions of truth values and numbers. Operators are functions named by their sign.

use super::Fold;
use crate::eval::quantifier::ANY_OF;
use crate::eval::term::{Term, Value};
use crate::eval::terms::Terms;

pub(super) const TABLE: &[(&str, Fold)] = &[
    ("!=", |terms, arguments| not_equal(terms, arguments)),
    ("%", |terms, arguments| arithmetic(terms, arguments, i64::checked_rem)),
    ("*", |terms, arguments| arithmetic(terms, arguments, i64::checked_mul)),
    ("+", add),
    ("-", |terms, arguments| arithmetic(terms, arguments, i64::checked_sub)),
    ("/", |terms, arguments| arithmetic(terms, arguments, i64::checked_div)),
    ("<", |terms, arguments| compare(terms, arguments, std::cmp::Ordering::is_lt)),
    ("<=", |terms, arguments| compare(terms, arguments, std::cmp::Ordering::is_le)),
    ("=~", equal_ignoring_case),
    (">", |terms, arguments| compare(terms, arguments, std::cmp::Ordering::is_gt)),
    (">=", |terms, arguments| compare(terms, arguments, std::cmp::Ordering::is_ge)),
    ("add", add),
    ("and", |terms, arguments| Some(terms.and(arguments))),
    ("any", any),
    (ANY_OF, any_of),
    ("bool", bool),
    ("coalesce", coalesce),
    ("div", |terms, arguments| arithmetic(terms, arguments, i64::checked_div)),
    ("equals", equals),
    ("false", |terms, _| Some(terms.bool(false))),
    ("greater", |terms, arguments| compare(terms, arguments, std::cmp::Ordering::is_gt)),
    ("greaterorequals", |terms, arguments| compare(terms, arguments, std::cmp::Ordering::is_ge)),
    ("if", if_),
    ("int", int),
    ("less", |terms, arguments| compare(terms, arguments, std::cmp::Ordering::is_lt)),
    ("lessorequals", |terms, arguments| compare(terms, arguments, std::cmp::Ordering::is_le)),
    ("mod", |terms, arguments| arithmetic(terms, arguments, i64::checked_rem)),
    ("mul", |terms, arguments| arithmetic(terms, arguments, i64::checked_mul)),
    ("not", not),
    ("null", |terms, _| Some(terms.null())),
    ("or", |terms, arguments| Some(terms.or(arguments))),
    ("sub", |terms, arguments| arithmetic(terms, arguments, i64::checked_sub)),
    ("true", |terms, _| Some(terms.bool(true))),
];

/// Whether one condition of a list holds.
fn any_of(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let Value::Array(seq) = terms.get(*arguments.first()?) else { return None };
    let conditions = terms.seq(seq).to_vec();
    Some(terms.or(&conditions))
}

fn not_equal(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[one, other] = arguments else { return None };
    let equal = terms.equal(one, other);
    Some(terms.not(equal))
}

fn equal_ignoring_case(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[one, other] = arguments else { return None };
    // What is not known yet may still get capitals.
    let (one, other) = (terms.call("tolower", &[one]), terms.call("tolower", &[other]));
    Some(terms.equal(one, other))
}

fn arithmetic(terms: &mut Terms, arguments: &[Term], compute: fn(i64, i64) -> Option<i64>) -> Option<Term> {
    let (one, other) = (terms.known_int(*arguments.first()?)?, terms.known_int(*arguments.get(1)?)?);
    let value = compute(one, other)?;
    Some(terms.int(value))
}

/// Nothing is added by 0; the order of the terms does not matter.
fn add(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[one, other] = arguments else { return None };
    match (terms.known_int(one), terms.known_int(other)) {
        (Some(one), Some(other)) => one.checked_add(other).map(|sum| terms.int(sum)),
        (Some(0), None) => Some(other),
        (None, Some(0)) => Some(one),
        _ => None,
    }
}

fn compare(terms: &mut Terms, arguments: &[Term], holds: fn(std::cmp::Ordering) -> bool) -> Option<Term> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let &[one, other] = arguments else { return None };
    let order = match (terms.get(one), terms.get(other)) {
        (Value::Int(one), Value::Int(other)) => one.cmp(&other),
        _ if one == other => Equal,
        _ => {
            return more_than_few(terms, one, other, holds)
                .or_else(|| at_least(terms, one, other, [Less, Equal, Greater].map(holds)));
        }
    };
    Some(terms.bool(holds(order)))
}

/// Every other comparison is put as one with `>=`. Ex) `count > 2` is `count >= 3`, `2 > count` is `!(count >= 2)`
fn at_least(terms: &mut Terms, one: Term, other: Term, holds: [bool; 3]) -> Option<Term> {
    let (one, other, holds) = match terms.get(one) {
        Value::Int(_) => (other, one, [holds[2], holds[1], holds[0]]),
        _ => (one, other, holds),
    };
    let [less, equal, _] = holds;
    if let Some(bound) = terms.known_int(other) {
        let bound = if less == equal { bound.checked_add(1)? } else { bound };
        let least = if terms.is_never_negative(one) && bound <= 0 {
            terms.bool(true)
        } else {
            let bound = terms.int(bound);
            terms.unfolded(">=", &[one, bound])
        };
        return Some(if less { terms.not(least) } else { least });
    }
    // Ex) a <= b is b >= a
    let (one, other, less) = if less == equal { (other, one, !less) } else { (one, other, less) };
    let least = terms.unfolded(">=", &[one, other]);
    Some(if less { terms.not(least) } else { least })
}

/// Comparisons of a length with a small number are put as equalities, which conditions are decided by.
/// Ex) `length(list) > 0` is `!(length(list) == 0)`
fn more_than_few(
    terms: &mut Terms,
    one: Term,
    other: Term,
    holds: fn(std::cmp::Ordering) -> bool,
) -> Option<Term> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let (value, bound, holds_for): (Term, i64, [bool; 3]) =
        match (terms.known_int(one), terms.known_int(other)) {
            (None, Some(bound)) => (one, bound, [holds(Less), holds(Equal), holds(Greater)]),
            (Some(bound), None) => (other, bound, [holds(Greater), holds(Equal), holds(Less)]),
            _ => return None,
        };
    let is_length = matches!(terms.get(value), Value::Call(name, _) if terms.name(name) == "length");
    if !is_length || !(0..=4).contains(&bound) {
        return None;
    }
    let mut short = Vec::new();
    for count in 0..=bound {
        let count = terms.int(count);
        short.push(terms.equal(value, count));
    }
    let below = terms.or(&short[..short.len() - 1]);
    let at = short[short.len() - 1];
    let up_to = terms.or(&short);
    let [less, equal, greater] = holds_for;
    Some(match (less, equal, greater) {
        (false, false, true) => terms.not(up_to),
        (false, true, true) => terms.not(below),
        (true, false, false) => below,
        (true, true, false) => up_to,
        (false, true, false) => at,
        _ => return None,
    })
}

fn bool(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    match terms.get(value) {
        Value::Bool(_) => Some(value),
        Value::Int(number) => Some(terms.bool(number != 0)),
        Value::Text(name) => match terms.name(name).to_ascii_lowercase().as_str() {
            "true" => Some(terms.bool(true)),
            "false" => Some(terms.bool(false)),
            _ => None,
        },
        _ => None,
    }
}

fn int(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    match terms.get(value) {
        Value::Int(_) => Some(value),
        Value::Text(name) => {
            let number = terms.name(name).parse().ok()?;
            Some(terms.int(number))
        }
        _ => None,
    }
}

fn coalesce(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (&last, before) = arguments.split_last()?;
    Some(before.iter().rev().fold(last, |right, &left| terms.coalesce(left, right)))
}

/// `any(x)` is `x`: it quiets the type checker.
fn any(_: &mut Terms, arguments: &[Term]) -> Option<Term> {
    if let [only] = arguments { Some(*only) } else { None }
}

fn equals(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[one, other] = arguments else { return None };
    Some(terms.equal(one, other))
}

fn not(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[operand] = arguments else { return None };
    Some(terms.not(operand))
}

fn if_(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[condition, yes, no] = arguments else { return None };
    Some(terms.if_(condition, yes, no))
}
