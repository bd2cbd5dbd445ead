//! Operators and functions on truth values and numbers. Operators are functions that are named by their sign.

use super::Function;
use crate::eval::freshness;
use crate::eval::store::bounds_of;
use crate::eval::sum::sum_of;
use crate::eval::term::{Term, Value};
use crate::eval::terms::Terms;

/// Whether one of a list of conditions holds.
pub(super) fn any_of(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let Value::Array(seq) = terms.get(*arguments.first()?) else { return None };
    let conditions = terms.seq(seq).to_vec();
    Some(terms.or(&conditions))
}

/// A condition that counts only if it is known to hold.
pub(super) fn surely(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[condition] = arguments else { return None };
    match terms.get(condition) {
        Value::Bool(_) => Some(condition),
        Value::Null => Some(terms.bool(false)),
        _ => None,
    }
}

pub(super) fn not_equal(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[one, other] = arguments else { return None };
    let equal = terms.equal(one, other);
    Some(terms.not(equal))
}

pub(super) fn equal_ignoring_case(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[one, other] = arguments else { return None };
    // A value that is still unknown may contain capitals later.
    let (one, other) = (terms.call(Function::ToLower, &[one]), terms.call(Function::ToLower, &[other]));
    Some(terms.equal(one, other))
}

fn arithmetic(terms: &mut Terms, arguments: &[Term], compute: fn(i64, i64) -> Option<i64>) -> Option<Term> {
    let (one, other) = (terms.known_int(*arguments.first()?)?, terms.known_int(*arguments.get(1)?)?);
    let value = compute(one, other)?;
    Some(terms.int(value))
}

pub(super) fn remainder(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    arithmetic(terms, arguments, i64::checked_rem)
}

pub(super) fn times(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    arithmetic(terms, arguments, i64::checked_mul)
}

/// A difference becomes a sum with the negative number. Ex) `i - 1` is `i + -1`, so that `i + 1 - 1` is `i`
pub(super) fn minus(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[one, other] = arguments else { return None };
    match (terms.known_int(one), terms.known_int(other)) {
        (Some(one), Some(other)) => one.checked_sub(other).map(|rest| terms.int(rest)),
        (None, Some(other)) => {
            let negative = terms.int(other.checked_neg()?);
            Some(terms.call(Function::Plus, &[one, negative]))
        }
        _ => None,
    }
}

pub(super) fn divided(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    if let &[one, other] = arguments
        && terms.known_int(other) == Some(1)
    {
        return Some(one);
    }
    arithmetic(terms, arguments, i64::checked_div)
}

/// Adding 0 changes nothing. Known numbers are added up, and come last. Ex) `1 + (i + 2)` is `i + 3`
pub(super) fn plus(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[one, other] = arguments else { return None };
    match (terms.known_int(one), terms.known_int(other)) {
        (Some(one), Some(other)) => one.checked_add(other).map(|sum| terms.int(sum)),
        (Some(0), None) => Some(other),
        (None, Some(0)) => Some(one),
        (Some(_), None) => Some(terms.call(Function::Plus, &[other, one])),
        (None, Some(added)) => {
            let (rest, known) = sum_of(terms, one)?;
            let sum = terms.int(known.checked_add(added)?);
            Some(terms.call(Function::Plus, &[rest, sum]))
        }
        (None, None) => {
            // Ex) (a + 1) + b is (a + b) + 1
            let (known, rest) = match (sum_of(terms, one), sum_of(terms, other)) {
                (Some((rest, known)), _) => (known, [rest, other]),
                (None, Some((rest, known))) => (known, [one, rest]),
                (None, None) => return None,
            };
            let (rest, known) = (terms.call(Function::Plus, &rest), terms.int(known));
            Some(terms.call(Function::Plus, &[rest, known]))
        }
    }
}

pub(super) fn less(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    compare(terms, arguments, std::cmp::Ordering::is_lt)
}

pub(super) fn at_most(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    compare(terms, arguments, std::cmp::Ordering::is_le)
}

pub(super) fn more(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    compare(terms, arguments, std::cmp::Ordering::is_gt)
}

pub(super) fn at_least(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    compare(terms, arguments, std::cmp::Ordering::is_ge)
}

fn compare(terms: &mut Terms, arguments: &[Term], holds: fn(std::cmp::Ordering) -> bool) -> Option<Term> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let &[one, other] = arguments else { return None };
    let order = match (terms.get(one), terms.get(other)) {
        (Value::Int(one), Value::Int(other)) => one.cmp(&other),
        (Value::Text(one), Value::Text(other)) => {
            let holds = texts_compare(terms.name(one), terms.name(other), holds)?;
            return Some(terms.bool(holds));
        }
        _ if one == other => Equal,
        _ => {
            if let Some(known) = by_bounds(terms, one, other, holds) {
                return Some(terms.bool(known));
            }
            return more_than_few(terms, one, other, holds)
                .or_else(|| as_at_least(terms, one, other, [Less, Equal, Greater].map(holds)));
        }
    };
    Some(terms.bool(holds(order)))
}

/// Decides a comparison with a number by the declared bounds of a parameter. Ex) `n < 3` under `@minValue(3)`
fn by_bounds(terms: &Terms, one: Term, other: Term, holds: fn(std::cmp::Ordering) -> bool) -> Option<bool> {
    match (terms.known_int(one), terms.known_int(other)) {
        (None, Some(number)) => bounds_of(terms, one).compared(number, holds),
        (Some(number), None) => bounds_of(terms, other).compared(number, |order| holds(order.reverse())),
        _ => None,
    }
}

/// Compares texts, ignoring case. It is not documented whether the engine compares characters or follows the rules of a
/// language, so the result is known only if both agree.
fn texts_compare(one: &str, other: &str, holds: fn(std::cmp::Ordering) -> bool) -> Option<bool> {
    let order = one.to_ascii_lowercase().cmp(&other.to_ascii_lowercase());
    if one == other {
        return Some(holds(order));
    }
    if order.is_eq() {
        // The rules of languages put small letters first.
        let by_language = one.cmp(other).reverse();
        return (holds(order) == holds(by_language)).then_some(holds(order));
    }
    let is_simple = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_simple(one) && is_simple(other)).then_some(holds(order))
}

/// Rewrites any other comparison with `>=`. Ex) `count > 2` is `count >= 3`, `2 > count` is `!(count >= 2)`
pub(super) fn as_at_least(terms: &mut Terms, one: Term, other: Term, holds: [bool; 3]) -> Option<Term> {
    let (one, other, holds) = match terms.get(one) {
        Value::Int(_) => (other, one, [holds[2], holds[1], holds[0]]),
        _ => (one, other, holds),
    };
    let [less, equal, _] = holds;
    // Ex) `count + 1 >= 3` is `count >= 2`
    if let (Some((rest, known)), Some(bound)) = (sum_of(terms, one), terms.known_int(other)) {
        let bound = terms.int(bound.checked_sub(known)?);
        return as_at_least(terms, rest, bound, holds);
    }
    if let Some(bound) = terms.known_int(other) {
        let bound = if less == equal { bound.checked_add(1)? } else { bound };
        let is_reached = terms.is_never_negative(one) && bound <= 0
            || terms.as_length(one).is_some_and(|value| bound <= terms.least_length(value));
        let least = if is_reached {
            terms.bool(true)
        } else {
            let bound = terms.int(bound);
            terms.unfolded(Function::AtLeast, &[one, bound])
        };
        return Some(if less { terms.not(least) } else { least });
    }
    // Ex) a <= b is b >= a
    let (one, other, less) = if less == equal { (other, one, !less) } else { (one, other, less) };
    let least = terms.unfolded(Function::AtLeast, &[one, other]);
    Some(if less { terms.not(least) } else { least })
}

/// Rewrites the comparison of a length with a small number as equalities, with which feasibility can work.
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
    if !matches!(terms.get(value), Value::Call(Function::Length, _)) || !(0..=4).contains(&bound) {
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

pub(super) fn bool(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
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

pub(super) fn int(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
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

#[allow(clippy::unnecessary_wraps)] // the table needs this type
pub(super) fn and(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    Some(terms.and(arguments))
}

#[allow(clippy::unnecessary_wraps)] // the table needs this type
pub(super) fn or(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    Some(terms.or(arguments))
}

#[allow(clippy::unnecessary_wraps)] // the table needs this type
pub(super) fn always(terms: &mut Terms, _: &[Term]) -> Option<Term> {
    Some(terms.bool(true))
}

#[allow(clippy::unnecessary_wraps)] // the table needs this type
pub(super) fn never(terms: &mut Terms, _: &[Term]) -> Option<Term> {
    Some(terms.bool(false))
}

#[allow(clippy::unnecessary_wraps)] // the table needs this type
pub(super) fn null(terms: &mut Terms, _: &[Term]) -> Option<Term> {
    Some(terms.null())
}

pub(super) fn coalesce(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (&last, before) = arguments.split_last()?;
    Some(before.iter().rev().fold(last, |right, &left| terms.coalesce(left, right)))
}

/// Not folded if a caller may still give the parameter that makes the value fresh.
pub(super) fn is_fresh(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    (!terms.depends_on_call(value)).then(|| {
        let is_fresh = freshness::is_fresh(terms, value);
        terms.bool(is_fresh)
    })
}

/// `any(x)` is `x`: it only silences the type checker.
pub(super) fn any(_: &mut Terms, arguments: &[Term]) -> Option<Term> {
    if let [only] = arguments { Some(*only) } else { None }
}

pub(super) fn equals(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[one, other] = arguments else { return None };
    Some(terms.equal(one, other))
}

pub(super) fn not(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[operand] = arguments else { return None };
    Some(terms.not(operand))
}

pub(super) fn if_(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[condition, yes, no] = arguments else { return None };
    Some(terms.if_(condition, yes, no))
}
