//! Functions of lists, and those that texts and objects share with them.

use super::Fold;
use crate::eval::term::{Term, Value};
use crate::eval::terms::Terms;

/// Lists longer than this stay as they are.
const LONGEST: i64 = 4096;

pub(super) const TABLE: &[(&str, Fold)] = &[
    ("array", array),
    ("concat", concat),
    ("contains", contains),
    ("createarray", create_array),
    ("empty", empty),
    ("filter", filter),
    ("first", first),
    ("flatten", flatten),
    ("indexof", index_of),
    ("intersection", intersection),
    ("last", last),
    ("length", length),
    ("map", map),
    ("max", max),
    ("min", min),
    ("range", range),
    ("reduce", reduce),
    ("skip", skip),
    ("take", take),
    ("union", union),
];

fn list(terms: &Terms, arguments: &[Term], at: usize) -> Option<Vec<Term>> {
    terms.elements(*arguments.get(at)?).map(<[Term]>::to_vec)
}

fn array(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    match terms.get(value) {
        Value::Array(_) | Value::Sequence { .. } => Some(value),
        Value::Text(_) | Value::Int(_) | Value::Bool(_) | Value::Object(_) => Some(terms.array(&[value])),
        _ => None,
    }
}

#[allow(clippy::unnecessary_wraps)] // it stands in a table
fn create_array(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    Some(terms.array(arguments))
}

/// Of lists, or of texts.
fn concat(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    if arguments.iter().all(|&part| terms.elements(part).is_some()) {
        let all: Vec<Term> =
            arguments.iter().filter_map(|&part| terms.elements(part)).flatten().copied().collect();
        return Some(terms.array(&all));
    }
    let is_text = |term: &Term| {
        matches!(terms.get(*term), Value::Text(_) | Value::Concat(_) | Value::ResourceId { .. })
    };
    if arguments.iter().any(is_text) {
        return Some(terms.concat(arguments));
    }
    if let [only] = arguments { Some(*only) } else { None }
}

fn length(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    let length = match terms.get(value) {
        Value::Array(seq) => terms.seq(seq).len(),
        Value::Object(seq) => terms.seq(seq).len() / 2,
        Value::Text(name) => terms.name(name).encode_utf16().count(),
        Value::Null => 0,
        Value::Sequence { length, .. } => return Some(length),
        Value::Coalesce(left, right) => {
            // Ex) length(list ?? [])
            let missing = terms.call("length", &[right]);
            let null = terms.null();
            let is_null = terms.equal(left, null);
            let present = terms.unfolded("length", &[left]);
            if terms.known_int(missing) == Some(0) {
                // The length of `null` counts as 0 here, so that the two lists are told to be alike.
                return Some(present);
            }
            return Some(terms.if_(is_null, missing, present));
        }
        _ => return None,
    };
    Some(terms.int(length as i64))
}

/// `empty(x)` is `length(x) == 0`.
fn empty(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    if let Value::Concat(seq) = terms.get(value)
        && terms.seq(seq).iter().any(|&part| terms.known_text(part).is_some())
    {
        return Some(terms.bool(false));
    }
    if matches!(terms.get(value), Value::ResourceId { .. }) {
        return Some(terms.bool(false));
    }
    let length = terms.call("length", &[value]);
    let zero = terms.int(0);
    Some(terms.equal(length, zero))
}

fn contains(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[inside, wanted] = arguments else { return None };
    match terms.get(inside) {
        Value::Array(seq) => {
            let elements = terms.seq(seq).to_vec();
            let any: Vec<Term> = elements.into_iter().map(|element| terms.equal(element, wanted)).collect();
            Some(terms.or(&any))
        }
        Value::Object(_) => {
            let wanted = terms.known_text(wanted)?.to_lowercase();
            let known = terms.properties(inside)?;
            let found = known.into_iter().any(|(key, _)| terms.name(key).to_lowercase() == wanted);
            Some(terms.bool(found))
        }
        Value::Text(name) => {
            let found = terms.name(name).to_lowercase().contains(&terms.known_text(wanted)?.to_lowercase());
            Some(terms.bool(found))
        }
        _ => None,
    }
}

fn first(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    if let Some(text) = terms.known_text(value) {
        let first: String = text.chars().take(1).collect();
        return Some(terms.text(&first));
    }
    if let Value::Sequence { .. } = terms.get(value) {
        let zero = terms.int(0);
        return Some(terms.index(value, zero));
    }
    let elements = list(terms, arguments, 0)?;
    Some(elements.first().copied().unwrap_or_else(|| terms.null()))
}

fn last(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    if let Some(text) = terms.known_text(value) {
        let last: String = text.chars().last().into_iter().collect();
        return Some(terms.text(&last));
    }
    let elements = list(terms, arguments, 0)?;
    Some(elements.last().copied().unwrap_or_else(|| terms.null()))
}

fn bound(terms: &Terms, arguments: &[Term]) -> Option<usize> {
    terms.known_int(*arguments.get(1)?).map(|count| usize::try_from(count).unwrap_or(0))
}

fn take(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let count = bound(terms, arguments)?;
    if let Some(text) = terms.known_text(arguments[0]) {
        let taken: String = text.chars().take(count).collect();
        return Some(terms.text(&taken));
    }
    let elements = list(terms, arguments, 0)?;
    Some(terms.array(&elements[..count.min(elements.len())]))
}

fn skip(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let count = bound(terms, arguments)?;
    if let Some(text) = terms.known_text(arguments[0]) {
        let rest: String = text.chars().skip(count).collect();
        return Some(terms.text(&rest));
    }
    let elements = list(terms, arguments, 0)?;
    Some(terms.array(&elements[count.min(elements.len())..]))
}

/// `range(start, count)`; of unknown or great count a sequence.
fn range(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[start, count] = arguments else { return None };
    let from = terms.known_int(start)?;
    if let Some(count @ 0..=LONGEST) = terms.known_int(count) {
        let elements: Vec<Term> = (0..count).map(|at| terms.int(from.saturating_add(at))).collect();
        return Some(terms.array(&elements));
    }
    let index = terms.bound(RANGE);
    let element = terms.call("+", &[index, start]);
    Some(terms.sequence(count, element, RANGE))
}

/// The level of the bound variable of a range: its element holds no other.
const RANGE: u32 = u32::MAX;

fn index_of(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let elements = list(terms, arguments, 0)?;
    let wanted = *arguments.get(1)?;
    if !terms.is_literal(wanted) || !elements.iter().all(|&element| terms.is_literal(element)) {
        return None;
    }
    let found = elements.iter().position(|&element| element == wanted);
    Some(terms.int(found.map_or(-1, |at| at as i64)))
}

fn flatten(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let elements = list(terms, arguments, 0)?;
    let mut all = Vec::new();
    for element in elements {
        all.extend_from_slice(terms.elements(element)?);
    }
    Some(terms.array(&all))
}

/// Of lists: every element once. Of objects: the later value counts, objects inside are joined.
fn union(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    if arguments.iter().all(|&part| terms.elements(part).is_some()) {
        let all: Vec<Term> =
            arguments.iter().filter_map(|&part| terms.elements(part)).flatten().copied().collect();
        if all.len() > 1 && !all.iter().all(|&element| terms.is_literal(element)) {
            return None;
        }
        let mut once: Vec<Term> = Vec::new();
        for element in all {
            if !once.contains(&element) {
                once.push(element);
            }
        }
        return Some(terms.array(&once));
    }
    let mut joined = *arguments.first()?;
    terms.properties(joined)?;
    for &part in &arguments[1..] {
        joined = super::object::join(terms, joined, part)?;
    }
    Some(joined)
}

fn intersection(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let first = list(terms, arguments, 0)?;
    let mut others = Vec::new();
    for at in 1..arguments.len() {
        others.push(list(terms, arguments, at)?);
    }
    let literal = |element: &Term| terms.is_literal(*element);
    if !first.iter().all(literal) || !others.iter().flatten().all(literal) {
        return None;
    }
    let common: Vec<Term> =
        first.into_iter().filter(|element| others.iter().all(|other| other.contains(element))).collect();
    Some(terms.array(&common))
}

fn numbers(terms: &Terms, arguments: &[Term]) -> Option<Vec<i64>> {
    let flat = match arguments {
        [only] => terms.elements(*only)?,
        _ => arguments,
    };
    flat.iter().map(|&number| terms.known_int(number)).collect()
}

fn min(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let least = numbers(terms, arguments)?.into_iter().min()?;
    Some(terms.int(least))
}

fn max(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let most = numbers(terms, arguments)?.into_iter().max()?;
    Some(terms.int(most))
}

impl Terms {
    /// The value of a function value for its arguments; missing ones are left out.
    pub(in crate::eval) fn apply(&mut self, lambda: Term, arguments: &[Term]) -> Option<Term> {
        let Value::Lambda { level, count, body } = self.get(lambda) else { return None };
        let mut value = body;
        for (at, &argument) in (0..count).zip(arguments) {
            value = self.replace_bound(value, level + at, argument);
        }
        Some(value)
    }

    fn level_of(&self, lambda: Term) -> Option<u32> {
        if let Value::Lambda { level, .. } = self.get(lambda) { Some(level) } else { None }
    }
}

/// Over a list of unknown length a sequence.
fn map(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[over, lambda] = arguments else { return None };
    if let Some(elements) = terms.elements(over).map(<[Term]>::to_vec) {
        let mut mapped = Vec::with_capacity(elements.len());
        for (at, element) in elements.into_iter().enumerate() {
            let at = terms.int(at as i64);
            mapped.push(terms.apply(lambda, &[element, at])?);
        }
        return Some(terms.array(&mapped));
    }
    let level = terms.level_of(lambda)?;
    // The element is replaced first, in terms of the index that takes its level.
    let index = terms.bound(level + 1);
    let element = terms.index(over, index);
    let mapped = terms.apply(lambda, &[element, index])?;
    let length = terms.call("length", &[over]);
    Some(terms.sequence(length, mapped, level + 1))
}

fn filter(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let elements = list(terms, arguments, 0)?;
    let lambda = *arguments.get(1)?;
    let mut kept = Vec::new();
    for (at, element) in elements.into_iter().enumerate() {
        let at = terms.int(at as i64);
        let holds = terms.apply(lambda, &[element, at])?;
        if terms.known_bool(holds)? {
            kept.push(element);
        }
    }
    Some(terms.array(&kept))
}

fn reduce(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let elements = list(terms, arguments, 0)?;
    let &[_, mut value, lambda] = arguments else { return None };
    for (at, element) in elements.into_iter().enumerate() {
        let at = terms.int(at as i64);
        value = terms.apply(lambda, &[value, element, at])?;
    }
    Some(value)
}
