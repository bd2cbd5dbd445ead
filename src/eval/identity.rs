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
    } else if differ(terms, one, other, Instances::Same, 0) {
        Identity::Different
    } else {
        Identity::Unknown
    }
}

/// Whether two different terms with case folded are different for certain, whatever a call says of their parameters, and
/// whichever instances of loops they are about.
pub fn are_apart(terms: &Terms, one: Term, other: Term) -> bool {
    differ(terms, one, other, Instances::Any, 0)
}

/// Which instances of loops two terms are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instances {
    /// Both about the same.
    Same,
    /// Each about any: copy indexes that look alike may have two values.
    Any,
}

/// So deep branches and scopes are followed.
const DEPTH: u32 = 32;

/// Whether two terms with case folded are different for certain.
fn differ(terms: &Terms, one: Term, other: Term, instances: Instances, depth: u32) -> bool {
    if one == other || depth > DEPTH {
        return false;
    }
    let next = |one, other| differ(terms, one, other, instances, depth + 1);
    match (terms.get(one), terms.get(other)) {
        (Value::If(_, yes, no), _) => next(yes, other) && next(no, other),
        (_, Value::If(_, yes, no)) => next(one, yes) && next(one, no),
        (
            Value::ResourceId { scope, ty, names },
            Value::ResourceId { scope: other_scope, ty: other_ty, names: other_names },
        ) => {
            let (names, other_names) = (terms.seq(names), terms.seq(other_names));
            ty != other_ty
                || names.len() != other_names.len()
                || names.iter().zip(other_names).any(|(&name, &other)| next(name, other))
                || next(scope, other_scope)
        }
        (Value::Resource(one), Value::Resource(other)) => next(one, other),
        (
            Value::ResourceGroup(subscription, group),
            Value::ResourceGroup(other_subscription, other_group),
        ) => next(subscription, other_subscription) || next(group, other_group),
        (Value::Subscription(one), Value::Subscription(other))
        | (Value::ManagementGroup(one), Value::ManagementGroup(other)) => next(one, other),
        (Value::Parameter(..), _) if terms.is_literal(other) => excludes(terms, one, other, &next),
        (_, Value::Parameter(..)) if terms.is_literal(one) => excludes(terms, other, one, &next),
        (Value::Text(name), Value::ResourceId { .. }) | (Value::ResourceId { .. }, Value::Text(name)) => {
            !terms.name(name).starts_with('/')
        }
        _ if terms.is_literal(one) && terms.is_literal(other) => true,
        _ if is_scope(terms, one) && is_scope(terms, other) => true,
        _ => texts_differ(terms, one, other, instances),
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
fn excludes(terms: &Terms, parameter: Term, literal: Term, differ: &dyn Fn(Term, Term) -> bool) -> bool {
    let allowed = terms.domain(parameter).and_then(|domain| domain.allowed.as_ref());
    allowed.is_some_and(|allowed| {
        allowed.iter().all(|&value| match (terms.known_text(value), terms.known_text(literal)) {
            (Some(value), Some(literal)) => value.to_lowercase() != literal,
            _ => differ(value, literal),
        })
    })
}

/// Whether two texts of several parts cannot be one: what is left behind the parts that are the same at both ends starts or
/// ends with known text that differs.
fn texts_differ(terms: &Terms, one: Term, other: Term, instances: Instances) -> bool {
    let parts = |term: Term| match terms.get(term) {
        Value::Concat(seq) => terms.seq(seq).to_vec(),
        _ => vec![term],
    };
    let is_same = |(one, other): &(&Term, &Term)| {
        one == other && (instances == Instances::Same || !terms.mentions_any_copy(**one))
    };
    let (ones, others) = (parts(one), parts(other));
    let same = ones.iter().zip(&others).take_while(is_same).count();
    let (ones, others) = (&ones[same..], &others[same..]);
    let same = ones.iter().rev().zip(others.iter().rev()).take_while(is_same).count();
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
