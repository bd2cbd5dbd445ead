//! Functions on objects.

use super::Function;
use super::undecided::{self, Element};
use crate::eval::term::{Name, Term, Value};
use crate::eval::terms::Terms;
use crate::template::arm::json::plain;

pub(super) fn create_object(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let mut properties = Vec::new();
    for pair in arguments.chunks_exact(2) {
        properties.push((name(terms, pair[0])?, pair[1]));
    }
    Some(terms.object(&properties))
}

/// An object made of several parts. Adjacent known parts become one; a single known part is the object itself.
pub(super) fn merged(terms: &mut Terms, parts: &[Term]) -> Option<Term> {
    let mut kept: Vec<Term> = Vec::with_capacity(parts.len());
    let mut changed = false;
    for &part in parts {
        let known = terms.properties(part);
        let before = kept.last().and_then(|&last| terms.properties(last));
        match (before, known) {
            (_, None) if terms.get(part) == Value::Null => changed = true,
            (Some(mut before), Some(known)) => {
                before.extend(known);
                kept.pop();
                kept.push(terms.object(&before));
                changed = true;
            }
            _ => kept.push(part),
        }
    }
    match kept[..] {
        [] => Some(terms.object(&[])),
        [only] if terms.properties(only).is_some() => Some(only),
        _ if changed => Some(terms.unfolded(Function::Merged, &kept)),
        _ => None,
    }
}

fn name(terms: &mut Terms, key: Term) -> Option<Name> {
    let key = terms.known_text(key)?.to_owned();
    Some(terms.intern(&key))
}

/// The key and the value of an object whose only key is computed. Ex) `{ '${name}': 1 }`
pub(in crate::eval) fn only_computed(terms: &Terms, object: Term) -> Option<(Term, Term)> {
    match terms.get(object) {
        Value::Call(Function::CreateObject, seq) => match terms.seq(seq) {
            &[key, value] => Some((key, value)),
            _ => None,
        },
        Value::Call(Function::Merged, seq) => match terms.seq(seq) {
            &[only] => only_computed(terms, only),
            _ => None,
        },
        _ => None,
    }
}

/// `[{ key: …, value: … }]`, sorted by key.
pub(super) fn items(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let object = *arguments.first()?;
    let (key, value) = (terms.intern("key"), terms.intern("value"));
    if let Some((of_key, of_value)) = only_computed(terms, object) {
        let item = terms.object(&[(key, of_key), (value, of_value)]);
        return Some(terms.array(&[item]));
    }
    let properties = terms.properties(object)?;
    let mut all = Vec::with_capacity(properties.len());
    for (name, found) in properties {
        let text = terms.name(name).to_owned();
        let text = terms.text(&text);
        all.push(terms.object(&[(key, text), (value, found)]));
    }
    Some(terms.array(&all))
}

pub(super) fn object_keys(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let object = *arguments.first()?;
    if let Some((key, _)) = only_computed(terms, object) {
        return Some(terms.array(&[key]));
    }
    let properties = terms.properties(object)?;
    let names: Vec<String> = properties.into_iter().map(|(key, _)| terms.name(key).to_owned()).collect();
    let keys: Vec<Term> = names.iter().map(|key| terms.text(key)).collect();
    Some(terms.array(&keys))
}

/// The properties of both objects. Objects under the same key are merged; otherwise the later value counts unless it is
/// `null`.
pub(super) fn join(terms: &mut Terms, one: Term, other: Term) -> Option<Term> {
    let mut all = terms.properties(one)?;
    for (key, value) in terms.properties(other)? {
        // Keys are compared without regard to case, and the later spelling counts.
        let is_same = |known: Name| known == key || terms.name(known).eq_ignore_ascii_case(terms.name(key));
        match all.iter().position(|&(known, _)| is_same(known)) {
            Some(at) => {
                let (spelled, before) = all[at];
                let joined = join(terms, before, value).unwrap_or_else(|| terms.coalesce(value, before));
                all[at] = (if value == terms.null() { spelled } else { key }, joined);
            }
            None => all.push((key, value)),
        }
    }
    Some(terms.object(&all))
}

pub(super) fn shallow_merge(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let parts = terms.elements(*arguments.first()?)?.to_vec();
    Some(terms.call(Function::Merged, &parts))
}

/// `tryGet(value, name or index…)`
pub(super) fn try_get(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (&base, path) = arguments.split_first()?;
    Some(path.iter().fold(base, |value, &step| terms.index(value, step)))
}

pub(super) fn to_object(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let elements = undecided::elements(terms, *arguments.first()?)?;
    let (mut parts, mut known) = (Vec::new(), Vec::with_capacity(elements.len()));
    for Element { value: element, is_there } in elements {
        let key = terms.apply(*arguments.get(1)?, &[element])?;
        let value = match arguments.get(2) {
            Some(&lambda) => terms.apply(lambda, &[element])?,
            None => element,
        };
        let property = (name(terms, key)?, value);
        if terms.is_true(is_there) {
            known.push(property);
            continue;
        }
        let [before, one, none] = [&*known, &[property], &[]].map(|properties| terms.object(properties));
        known.clear();
        parts.extend([before, terms.if_(is_there, one, none)]);
    }
    let rest = terms.object(&known);
    if parts.is_empty() {
        return Some(rest);
    }
    parts.push(rest);
    Some(terms.call(Function::Merged, &parts))
}

pub(super) fn group_by(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let elements = terms.elements(*arguments.first()?)?.to_vec();
    let mut groups: Vec<(Name, Vec<Term>)> = Vec::new();
    for element in elements {
        let key = terms.apply(*arguments.get(1)?, &[element])?;
        let key = name(terms, key)?;
        let member = match arguments.get(2) {
            Some(&lambda) => terms.apply(lambda, &[element])?,
            None => element,
        };
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, members)) => members.push(member),
            None => groups.push((key, vec![member])),
        }
    }
    let properties: Vec<(Name, Term)> =
        groups.into_iter().map(|(key, members)| (key, terms.array(&members))).collect();
    Some(terms.object(&properties))
}

pub(super) fn map_values(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let mut properties = terms.properties(*arguments.first()?)?;
    for property in &mut properties {
        property.1 = terms.apply(*arguments.get(1)?, &[property.1])?;
    }
    Some(terms.object(&properties))
}

/// The character before and after the number of an unknown part in a JSON text. A text that contains it is not parsed.
const HOLE: char = '\u{10fffd}';

/// `json('…')` of a text in which everything is known except some values, or parts of values.
pub(super) fn json(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let text = *arguments.first()?;
    match terms.get(text) {
        Value::Text(name) => {
            let value = plain(terms.name(name))?;
            Some(from_json(terms, &value))
        }
        Value::Concat(seq) => {
            let parts = terms.seq(seq).to_vec();
            let (text, holes) = with_holes(terms, &parts)?;
            let value = plain(&text)?;
            Some(filled(terms, &value, &holes))
        }
        Value::Int(_) => Some(text),
        _ => None,
    }
}

/// A JSON text with [`HOLE`] for each unknown part, and those parts. `None` if one of them may be something other than
/// a single value: an element, a key, or text between values. Unknown parts of texts are assumed to contain no quotes.
/// Ex) `{"id":"${hub.id}","count":${n}}`
fn with_holes(terms: &Terms, parts: &[Term]) -> Option<(String, Vec<Hole>)> {
    let (mut text, mut holes) = (String::new(), Vec::new());
    let (mut in_text, mut escaped) = (false, false);
    for &part in parts {
        if let Some(known) = terms.known_text(part) {
            if known.contains(HOLE) {
                return None;
            }
            for sign in known.chars() {
                (in_text, escaped) = match (sign, in_text, escaped) {
                    (_, true, true) => (true, false),
                    ('\\', true, false) => (true, true),
                    ('"', ..) => (!in_text, false),
                    _ => (in_text, false),
                };
            }
            text.push_str(known);
        } else {
            let is_whole = !in_text;
            if is_whole && !text.trim_end().ends_with(':') {
                return None;
            }
            let quote = if is_whole { "\"" } else { "" };
            text.push_str(&format!("{quote}{HOLE}{}{HOLE}{quote}", holes.len()));
            holes.push(Hole { part, is_whole });
        }
    }
    Some((text, holes))
}

/// An unknown part of a JSON text.
struct Hole {
    part: Term,
    /// Whether it is a value rather than a part of a text.
    is_whole: bool,
}

fn filled(terms: &mut Terms, value: &serde_json::Value, holes: &[Hole]) -> Term {
    match value {
        serde_json::Value::String(text) if text.contains(HOLE) => {
            let mut parts = Vec::new();
            // Known text and the numbers of holes alternate.
            for (at, piece) in text.split(HOLE).enumerate() {
                match piece.parse().ok().filter(|_| at % 2 == 1).and_then(|number: usize| holes.get(number)) {
                    Some(hole) if hole.is_whole => return terms.call(Function::Json, &[hole.part]),
                    Some(hole) => parts.push(hole.part),
                    None => parts.push(terms.text(piece)),
                }
            }
            terms.concat(&parts)
        }
        serde_json::Value::Array(elements) => {
            let elements: Vec<Term> = elements.iter().map(|element| filled(terms, element, holes)).collect();
            terms.array(&elements)
        }
        serde_json::Value::Object(map) => {
            let properties: Vec<(Name, Term)> =
                map.iter().map(|(key, value)| (terms.intern(key), filled(terms, value, holes))).collect();
            terms.object(&properties)
        }
        known => from_json(terms, known),
    }
}

/// A JSON value as a term. Numbers that are not integers become texts, because nothing computes with them.
pub(in crate::eval) fn from_json(terms: &mut Terms, value: &serde_json::Value) -> Term {
    match value {
        serde_json::Value::Null => terms.null(),
        serde_json::Value::Bool(value) => terms.bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(value) => terms.int(value),
            None => terms.text(&number.to_string()),
        },
        serde_json::Value::String(text) => terms.literal(text),
        serde_json::Value::Array(elements) => {
            let elements: Vec<Term> = elements.iter().map(|element| from_json(terms, element)).collect();
            terms.array(&elements)
        }
        serde_json::Value::Object(map) => {
            let properties: Vec<(Name, Term)> =
                map.iter().map(|(key, value)| (terms.intern(key), from_json(terms, value))).collect();
            terms.object(&properties)
        }
    }
}
