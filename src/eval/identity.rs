//! Whether two values name the same Azure object, different ones, or possibly either.

use smallvec::SmallVec;

use super::freshness;
use super::functions::Function;
use super::store::Store;
use super::substitution::replace_once;
use super::term::{Term, Value};
use super::terms::Terms;

/// The result of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// One object, in every world.
    Same,
    /// Two objects, in every world.
    Different,
    /// It depends on values that are not known.
    Unknown,
}

/// Compares two ids, names or scopes, ignoring case.
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

/// Whether two different case-folded terms are certainly different, whatever values a call gives to their parameters,
/// and for all instances of loops.
pub fn are_apart(terms: &Terms, one: Term, other: Term) -> bool {
    differ(terms, one, other, Instances::Any, 0)
}

/// A formula in which only known facts count. A term that is not known to be the id of a resource of a listed type
/// counts as no such id, a list contains no element that it is not known to contain, and a `surely` that is undecided
/// does not hold. A value counts as fresh if the defaults of its parameters make it fresh.
pub fn as_known(terms: &mut Terms, formula: Term) -> Term {
    let no = terms.bool(false);
    replace_once(terms, formula, 0, &|terms, term| match terms.get(term) {
        Value::Call(Function::IsOfType | Function::Holds | Function::Surely, _) => Some(no),
        Value::Call(Function::IsFresh, seq) => {
            let is_fresh = freshness::is_fresh(terms, terms.seq(seq)[0]);
            Some(terms.bool(is_fresh))
        }
        Value::And(_) | Value::Or(_) | Value::Not(_) | Value::If(..) => None,
        Value::Call(Function::AnyOf, _) | Value::Sequence { .. } => None,
        _ => Some(term),
    })
}

/// Whether two different texts are certainly different; case is not folded.
pub(super) fn are_texts_apart(terms: &Store, one: Term, other: Term) -> bool {
    texts_differ(terms, one, other, Instances::Same)
}

/// The instances of loops that two terms are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instances {
    /// Both terms are about the same instance.
    Same,
    /// Each term may be about any instance: equal copy indexes may have different values.
    Any,
}

/// Maximum depth of branches and scopes that are followed.
const DEPTH: u32 = 32;

/// Whether two case-folded terms are certainly different.
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

/// Whether a term is a scope: scopes of different kinds are different.
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

/// Whether a parameter can only have values other than a literal.
fn excludes(terms: &Terms, parameter: Term, literal: Term, differ: &dyn Fn(Term, Term) -> bool) -> bool {
    let allowed = terms.domain(parameter).and_then(|domain| domain.allowed.as_ref());
    allowed.is_some_and(|allowed| {
        allowed.iter().all(|&value| match (terms.known_text(value), terms.known_text(literal)) {
            (Some(value), Some(literal)) => value.to_lowercase() != literal,
            _ => differ(value, literal),
        })
    })
}

fn parts<'t>(terms: &'t Store, text: &'t Term) -> &'t [Term] {
    match terms.get(*text) {
        Value::Concat(seq) => terms.seq(seq),
        _ => std::slice::from_ref(text),
    }
}

/// Whether two texts of several parts cannot be equal: without the common parts at both ends, they start or end with
/// known text that differs.
fn texts_differ(terms: &Store, one: Term, other: Term, instances: Instances) -> bool {
    let is_same = |(one, other): &(&Term, &Term)| {
        one == other && (instances == Instances::Same || !terms.mentions_any_copy(**one))
    };
    let (ones, others) = (parts(terms, &one), parts(terms, &other));
    let same = ones.iter().zip(others).take_while(is_same).count();
    let (ones, others) = (&ones[same..], &others[same..]);
    let same = ones.iter().rev().zip(others.iter().rev()).take_while(is_same).count();
    let (ones, others) = (&ones[..ones.len() - same], &others[..others.len() - same]);
    let first = |parts: &[Term]| parts.first().and_then(|&part| terms.known_text(part));
    // Most texts already differ in their first part as written.
    if first(ones)
        .zip(first(others))
        .is_some_and(|(one, other)| start_apart(one.as_bytes(), other.as_bytes()))
    {
        return true;
    }
    let known = |part: Option<&Term>| part.map_or(Some(""), |&part| terms.known_text(part));
    let end_apart = known(ones.last())
        .zip(known(others.last()))
        .is_some_and(|(one, other)| !one.ends_with(other) && !other.ends_with(one));
    // One text has ended, and the other continues with text that is not empty.
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
        || end_apart
        || start_apart(&start(terms, ones), &start(terms, others))
}

/// An unknown letter or digit in the start of a text.
const ANY: u8 = 0;
/// Number of letters and digits in the result of `uniqueString`.
const UNIQUE: usize = 13;

/// The start of a text, as far as it is known. Ex) `hub-` of `take('hub-${name}', 64)`
fn start(terms: &Store, parts: &[Term]) -> SmallVec<[u8; 64]> {
    let mut known = SmallVec::new();
    parts.iter().all(|&part| add_start(terms, part, &mut known, 0));
    known
}

/// Adds the start of a part. Returns whether that is the whole part.
fn add_start(terms: &Store, part: Term, known: &mut SmallVec<[u8; 64]>, depth: u32) -> bool {
    match terms.get(part) {
        // Inside a call, the case of a text may not be folded.
        Value::Text(name) if depth == 0 || terms.name(name).is_ascii() => {
            known.extend(terms.name(name).bytes().map(|byte| byte.to_ascii_lowercase()));
            true
        }
        Value::Concat(seq) => terms.seq(seq).iter().all(|&part| add_start(terms, part, known, depth)),
        Value::Call(function, seq) if depth <= DEPTH => match (function, terms.seq(seq)) {
            (Function::UniqueString, _) => {
                known.extend([ANY; UNIQUE]);
                true
            }
            (Function::Take, &[text, count]) => {
                let before = known.len();
                let is_all = add_start(terms, text, known, depth + 1);
                let count = terms.known_int(count).and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
                let is_cut = known.len() - before >= count;
                known.truncate(before + count.min(known.len() - before));
                (is_all || is_cut) && count > 0
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether no text can begin with both starts.
fn start_apart(one: &[u8], other: &[u8]) -> bool {
    one.iter().zip(other).any(|pair| match pair {
        (&ANY, &ANY) => false,
        (&ANY, known) | (known, &ANY) => !known.is_ascii_alphanumeric(),
        (one, other) => !one.eq_ignore_ascii_case(other),
    })
}
