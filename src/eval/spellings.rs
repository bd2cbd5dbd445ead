//! Several ways to write one value that is not known: they meet in one term.
//!
//! ```bicep
//! string(name)                      // name
//! join(split(hubId, '/'), '/')      // hubId
//! concat([ first ], list)[1].id     // list[0].id
//! ```
//!
//! Some are the same value wherever Azure accepts both ([`of_call`], [`element`]); some only as the names of objects ([`of_object`]):
//! Azure accepts no id with spaces at its ends, so `trim(hubId)` names what `hubId` names.

use super::functions::Function;
use super::store::Store;
use super::sum::sum_of;
use super::term::{Name, Term, Value};
use super::terms::Terms;
use crate::template::ParameterType;

impl Store {
    /// Whether it is a text or a number of this type for certain, and not `null`.
    fn is_given_as(&self, term: Term, ty: ParameterType) -> bool {
        self.domain(term).is_some_and(|domain| domain.ty == ty && domain.is_never_null)
    }

    /// The arguments of a call of a function.
    fn arguments_of(&self, term: Term, function: Function) -> Option<&[Term]> {
        match self.get(term) {
            Value::Call(found, seq) if found == function => Some(self.seq(seq)),
            _ => None,
        }
    }
}

/// A call that does not fold, as another spelling of its value.
pub(super) fn of_call(terms: &mut Terms, function: Function, arguments: &[Term]) -> Option<Term> {
    match (function, arguments) {
        (Function::String, &[value]) => {
            let is_text = terms.is_text(value) && terms.is_never_null(value);
            is_text.then_some(value)
        }
        (Function::Int, &[value]) => {
            let number = match terms.arguments_of(value, Function::String) {
                Some(&[inner]) => inner,
                _ => value,
            };
            terms.is_given_as(number, ParameterType::Int).then_some(number)
        }
        // What is cut at each delimiter is put together with the same one.
        (Function::Join, &[pieces, delimiter]) => {
            let &[text, by] = terms.arguments_of(pieces, Function::Split)? else { return None };
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
        (Function::PadLeft, &[value, ref rest @ ..]) => {
            let &[number] = terms.arguments_of(value, Function::String)? else { return None };
            let mut arguments = vec![number];
            arguments.extend(rest);
            Some(terms.call(Function::PadLeft, &arguments))
        }
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
    match terms.arguments_of(term, function)? {
        &[only] => Some(only),
        _ => None,
    }
}

/// `list[index]` of what is made of another list, as an element of that one.
pub(super) fn element(terms: &mut Terms, list: Term, index: Term) -> Option<Term> {
    let Value::Call(function, seq) = terms.get(list) else { return key_of(terms, list, index) };
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

/// An element of several lists, one behind the other, as far as the lengths of the first are known.
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
        && matches!(terms.arguments_of(items, Function::Items), Some(&[of]) if of == object);
    is_own.then(|| terms.member(item, "value"))
}

/// `mapValues(object, lambda).name`, of an object that is not known.
pub(super) fn mapped_property(terms: &mut Terms, arguments: &[Term], key: Name) -> Option<Term> {
    let &[object, lambda] = arguments else { return None };
    let value = terms.member_named(object, key);
    terms.apply(lambda, &[value])
}

/// A value as what an object is called, where it is written in a way that makes no other name. Its parts are in that form.
pub(super) fn of_object(terms: &mut Terms, value: Term) -> Term {
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
        // Where a text is too short Azure refuses it.
        (Function::Substring, &[text, start]) => Some(terms.call(Function::Skip, &[text, start])),
        (Function::Substring, &[text, start, count]) if terms.known_int(start) == Some(0) => {
            Some(terms.call(Function::Take, &[text, count]))
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
