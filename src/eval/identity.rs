//! When two values name one Azure object: same, different, or not known.

use super::term::{Term, Value};
use super::terms::Terms;

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// One object, in every world.
    Same,
    /// Two objects, in every world.
    Different,
    /// It depends on what is not known.
    Unknown,
}

/// Compares two ids, names or scopes, without case.
pub fn compare(terms: &mut Terms, one: Term, other: Term) -> Identity {
    let (one, other) = (terms.fold_case(one), terms.fold_case(other));
    if one == other {
        Identity::Same
    } else if differ(terms, one, other, 0) {
        Identity::Different
    } else {
        Identity::Unknown
    }
}

/// Whether two different terms with case folded are different for certain, whatever a call says of their parameters. What
/// depends on an index of a loop may be about two instances, and is not told.
pub fn are_apart(terms: &Terms, one: Term, other: Term) -> bool {
    !terms.mentions_any_copy(one) && !terms.mentions_any_copy(other) && differ(terms, one, other, 0)
}

/// So deep branches and scopes are followed.
const DEPTH: u32 = 32;

/// Whether two terms with case folded are different for certain.
fn differ(terms: &Terms, one: Term, other: Term, depth: u32) -> bool {
    if one == other || depth > DEPTH {
        return false;
    }
    let next = depth + 1;
    match (terms.get(one), terms.get(other)) {
        (Value::If(_, yes, no), _) => differ(terms, yes, other, next) && differ(terms, no, other, next),
        (_, Value::If(_, yes, no)) => differ(terms, one, yes, next) && differ(terms, one, no, next),
        (
            Value::ResourceId { scope, ty, names },
            Value::ResourceId { scope: other_scope, ty: other_ty, names: other_names },
        ) => {
            let (names, other_names) = (terms.seq(names), terms.seq(other_names));
            ty != other_ty
                || names.len() != other_names.len()
                || names.iter().zip(other_names).any(|(&name, &other)| differ(terms, name, other, next))
                || differ(terms, scope, other_scope, next)
        }
        (Value::Resource(one), Value::Resource(other)) => differ(terms, one, other, next),
        (
            Value::ResourceGroup(subscription, group),
            Value::ResourceGroup(other_subscription, other_group),
        ) => differ(terms, subscription, other_subscription, next) || differ(terms, group, other_group, next),
        (Value::Subscription(one), Value::Subscription(other))
        | (Value::ManagementGroup(one), Value::ManagementGroup(other)) => differ(terms, one, other, next),
        (Value::Parameter(..), _) if terms.is_literal(other) => excludes(terms, one, other, next),
        (_, Value::Parameter(..)) if terms.is_literal(one) => excludes(terms, other, one, next),
        (Value::Text(name), Value::ResourceId { .. }) | (Value::ResourceId { .. }, Value::Text(name)) => {
            !terms.name(name).starts_with('/')
        }
        _ if terms.is_literal(one) && terms.is_literal(other) => true,
        _ if is_scope(terms, one) && is_scope(terms, other) => true,
        _ => texts_differ(terms, one, other),
    }
}

/// Scopes of two kinds are two scopes.
fn is_scope(terms: &Terms, term: Term) -> bool {
    matches!(
        terms.get(term),
        Value::Tenant
            | Value::ManagementGroup(_)
            | Value::Subscription(_)
            | Value::ResourceGroup(..)
            | Value::ResourceId { .. }
    )
}

/// Whether a parameter may have only other values than a literal.
fn excludes(terms: &Terms, parameter: Term, literal: Term, depth: u32) -> bool {
    let allowed = terms.domain(parameter).and_then(|domain| domain.allowed.as_ref());
    allowed.is_some_and(|allowed| {
        allowed.iter().all(|&value| match (terms.known_text(value), terms.known_text(literal)) {
            (Some(value), Some(literal)) => value.to_lowercase() != literal,
            _ => differ(terms, value, literal, depth),
        })
    })
}

/// Whether two texts of several parts cannot be one: what is left behind the parts that are the same at both ends starts or
/// ends with known text that differs.
fn texts_differ(terms: &Terms, one: Term, other: Term) -> bool {
    let parts = |term: Term| match terms.get(term) {
        Value::Concat(seq) => terms.seq(seq).to_vec(),
        _ => vec![term],
    };
    let (ones, others) = (parts(one), parts(other));
    let same = ones.iter().zip(&others).take_while(|(one, other)| one == other).count();
    let (ones, others) = (&ones[same..], &others[same..]);
    let same = ones.iter().rev().zip(others.iter().rev()).take_while(|(one, other)| one == other).count();
    let (ones, others) = (&ones[..ones.len() - same], &others[..others.len() - same]);
    let known = |part: Option<&Term>| part.map_or(Some(""), |&part| terms.known_text(part));
    let clash = |one: Option<&str>, other: Option<&str>, meets: fn(&str, &str) -> bool| {
        one.zip(other).is_some_and(|(one, other)| !meets(one, other) && !meets(other, one))
    };
    // One of them has ended, and the other goes on with text that is not empty.
    let longer = |ended: &[Term], on: &[Term]| {
        ended.is_empty() && on.iter().any(|&part| terms.known_text(part).is_some_and(|text| !text.is_empty()))
    };
    let both_known = ones.len() == 1
        && others.len() == 1
        && terms.known_text(ones[0]).is_some()
        && terms.known_text(others[0]).is_some();
    both_known
        || longer(ones, others)
        || longer(others, ones)
        || clash(known(ones.first()), known(others.first()), |one, other| one.starts_with(other))
        || clash(known(ones.last()), known(others.last()), |one, other| one.ends_with(other))
}
