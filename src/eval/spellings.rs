//! Different spellings of one unknown value become the same term.
//!
//! ```bicep
//! int(string(count))                // count
//! join(split(hubId, '/'), '/')      // hubId
//! concat([ first ], list)[1].id     // list[0].id
//! ```
//!
//! Some spellings are the same value wherever Azure accepts both (`of_call`, `element`); others only as names of
//! objects ([`as_name`]): Azure accepts no id with spaces at its ends, so `trim(hubId)` names the same object as
//! `hubId`. The latter stay as written, in messages and fingerprints, until two of them are compared.

use super::functions::{Function, only_computed};
use super::store::Store;
use super::substitution;
use super::sum::sum_of;
use super::term::{Name, Term, Value};
use super::terms::Terms;
use crate::template::ParameterType;

/// Whether a term is certainly of this type and not `null`.
fn is_given_as(terms: &Store, term: Term, ty: ParameterType) -> bool {
    terms.domain(term).is_some_and(|domain| domain.ty == ty && domain.is_never_null)
}

/// The arguments of a call of a function.
fn arguments_of(terms: &Store, term: Term, function: Function) -> Option<&[Term]> {
    match terms.get(term) {
        Value::Call(found, seq) if found == function => Some(terms.seq(seq)),
        _ => None,
    }
}

/// A call that does not fold, in the common spelling of its value.
pub(super) fn of_call(terms: &mut Terms, function: Function, arguments: &[Term]) -> Option<Term> {
    match (function, arguments) {
        (Function::Int, &[value]) => {
            let number = match arguments_of(terms, value, Function::String) {
                Some(&[inner]) => inner,
                _ => value,
            };
            is_given_as(terms, number, ParameterType::Int).then_some(number)
        }
        // The pieces are joined with the delimiter at which they were split.
        (Function::Join, &[pieces, delimiter]) => {
            let &[text, by] = arguments_of(terms, pieces, Function::Split)? else { return None };
            (by == delimiter && terms.known_text(by).is_some()).then_some(text)
        }
        (Function::Replace, &[text, from, to]) => {
            (from == to && terms.known_text(from).is_some()).then_some(text)
        }
        (Function::Skip, &[whole, count]) if terms.known_int(count) == Some(0) => Some(whole),
        (Function::Take, &[whole, count]) if terms.as_length(count) == Some(whole) => Some(whole),
        (Function::Base64ToString, &[text]) => only(terms, text, Function::Base64),
        (Function::UriComponentToString, &[text]) => only(terms, text, Function::UriComponent),
        (Function::DataUriToString, &[text]) => only(terms, text, Function::DataUri),
        (Function::Reference, &[id, ref rest @ ..]) => {
            let Value::ResourceId { .. } = terms.get(id) else { return None };
            let resource = terms.resource(id);
            match rest {
                [] | [_] => Some(terms.member(resource, "properties")),
                [_, how] => {
                    let is_full = terms.known_text(*how)?.eq_ignore_ascii_case("full");
                    is_full.then_some(resource)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The argument of a call, if it is one of this function.
fn only(terms: &Terms, term: Term, function: Function) -> Option<Term> {
    match arguments_of(terms, term, function)? {
        &[only] => Some(only),
        _ => None,
    }
}

/// `list[index]` of a derived list, as an element of the original one.
pub(super) fn element(terms: &mut Terms, list: Term, index: Term) -> Option<Term> {
    let Value::Call(function, seq) = terms.get(list) else { return key_of(terms, list, index) };
    // Ex) { '${name}': 1 }[name]
    if let Some((_, value)) = only_computed(terms, list).filter(|(key, _)| *key == index) {
        return Some(value);
    }
    let (at, arguments) = (terms.known_int(index), terms.seq(seq).to_vec());
    match (function, &arguments[..], at) {
        (Function::Take, &[inner, count], Some(at)) => {
            let is_inside = terms.known_int(count).is_some_and(|count| at < count);
            is_inside.then(|| terms.index(inner, index))
        }
        (Function::Skip, &[inner, count], Some(at)) => {
            let at = terms.known_int(count)?.max(0).checked_add(at)?;
            let at = terms.int(at);
            Some(terms.index(inner, at))
        }
        (Function::Concat, parts, Some(at)) => element_of_several(terms, parts, at),
        (Function::ObjectKeys, &[object], _) => {
            let items = terms.call(Function::Items, &[object]);
            let item = terms.index(items, index);
            Some(terms.member(item, "key"))
        }
        _ => None,
    }
}

/// An element of concatenated lists, as far as the lengths of the first ones are known.
fn element_of_several(terms: &mut Terms, parts: &[Term], at: i64) -> Option<Term> {
    let mut at = at;
    for (number, &part) in parts.iter().enumerate() {
        match terms.elements(part).map(<[Term]>::len) {
            Some(length) if at < length as i64 => {
                let index = terms.int(at);
                return Some(terms.index(part, index));
            }
            Some(length) => at -= length as i64,
            None if number + 1 == parts.len() => {
                let index = terms.int(at);
                return Some(terms.index(part, index));
            }
            None => return None,
        }
    }
    None
}

/// `object[item.key]` of one of its own items is the value of the item.
fn key_of(terms: &mut Terms, object: Term, key: Term) -> Option<Term> {
    let Value::Member(item, name) = terms.get(key) else { return None };
    let Value::Index(items, _) = terms.get(item) else { return None };
    let is_own = terms.name(name) == "key"
        && matches!(arguments_of(terms, items, Function::Items), Some(&[of]) if of == object);
    is_own.then(|| terms.member(item, "value"))
}

/// `mapValues(object, lambda).name` of an unknown object.
pub(super) fn mapped_property(terms: &mut Terms, arguments: &[Term], key: Name) -> Option<Term> {
    let &[object, lambda] = arguments else { return None };
    let value = terms.member_named(object, key);
    terms.apply(lambda, &[value])
}

/// A value as the name of an object: all spellings that make no difference to a name become one.
pub fn as_name(terms: &mut Terms, value: Term) -> Term {
    let is_made = match terms.get(value) {
        Value::Call(function, _) => function.keeps_case(),
        Value::Concat(_)
        | Value::Member(..)
        | Value::Index(..)
        | Value::If(..)
        | Value::Coalesce(..)
        | Value::ResourceId { .. }
        | Value::Resource(_)
        | Value::ManagementGroup(_)
        | Value::Subscription(_)
        | Value::ResourceGroup(..) => true,
        _ => false,
    };
    if !is_made {
        return value;
    }
    if let Some(&known) = terms.spelled.get(&value) {
        return known;
    }
    // Conditions stay, because they test values, not names.
    let named = if let Value::If(condition, yes, no) = terms.get(value) {
        let (yes, no) = (as_name(terms, yes), as_name(terms, no));
        terms.if_(condition, yes, no)
    } else {
        let named = substitution::rebuild(terms, value, &mut |terms, part| as_name(terms, part));
        of_object(terms, named)
    };
    // A result that the work budget cut off is not cached.
    if terms.work().is_ok() {
        terms.spelled.insert(value, named);
    }
    named
}

/// The same for a value whose parts are already in that form.
fn of_object(terms: &mut Terms, value: Term) -> Term {
    let found = match terms.get(value) {
        Value::Call(function, seq) => {
            let arguments = terms.seq(seq).to_vec();
            call_of_object(terms, function, &arguments)
        }
        Value::Index(list, index) => from_end(terms, list, index),
        _ => None,
    };
    found.unwrap_or(value)
}

fn call_of_object(terms: &mut Terms, function: Function, arguments: &[Term]) -> Option<Term> {
    match (function, arguments) {
        (Function::Trim | Function::String, &[text]) => Some(text),
        (Function::First, &[list]) if !terms.is_text(list) => {
            let start = terms.int(0);
            Some(terms.index(list, start))
        }
        // Azure rejects a text that is too short.
        (Function::Substring, &[text, start]) => Some(terms.call(Function::Skip, &[text, start])),
        (Function::Substring, &[text, start, count]) => {
            let rest = terms.call(Function::Skip, &[text, start]);
            Some(terms.call(Function::Take, &[rest, count]))
        }
        _ => None,
    }
}

/// `list[length(list) - 1]` as `list[^1]`.
fn from_end(terms: &mut Terms, list: Term, index: Term) -> Option<Term> {
    let (length, back) = sum_of(terms, index)?;
    if terms.as_length(length) != Some(list) || back >= 0 {
        return None;
    }
    let back = terms.int(back.checked_neg()?);
    Some(terms.call(Function::FromEnd, &[list, back]))
}
