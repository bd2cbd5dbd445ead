//! Functions on lists, some of which also take texts and objects.

use rustc_hash::FxHashSet;

use super::Function;
use super::undecided::{self, Element};
use crate::eval::attributes::fresh;
use crate::eval::id::id_segments;
use crate::eval::partly_known;
use crate::eval::term::{Name, Seq, Term, Value};
use crate::eval::terms::Terms;
use crate::limit::Limit;

/// Maximum number of elements that are there only under a condition and over which `reduce` is computed: each may double the value.
const UNDECIDED: usize = 8;

/// The index of an element that does not occur.
const NOWHERE: i64 = -1;

/// The elements of a list of known length. A list that is too long to be written out is recorded as a limit.
fn list(terms: &mut Terms, arguments: &[Term], at: usize) -> Option<Vec<Term>> {
    let list = *arguments.get(at)?;
    if let Value::Sequence { length, .. } = terms.get(list)
        && let Some(length) = terms.known_int(length)
        && let Err(reached) = Limit::WrittenElements.check(length)
    {
        terms.reach(reached);
    }
    terms.elements(list).map(<[Term]>::to_vec)
}

pub(super) fn array(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    match terms.get(value) {
        Value::Array(_) | Value::Sequence { .. } => Some(value),
        Value::Text(_) | Value::Int(_) | Value::Bool(_) | Value::Object(_) => Some(terms.array(&[value])),
        _ => None,
    }
}

#[allow(clippy::unnecessary_wraps)] // the table needs this type
pub(super) fn create_array(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    Some(terms.array(arguments))
}

/// Concatenates lists, or texts.
pub(super) fn concat(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
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
    // An empty list adds nothing. Ex) concat([], rules)
    let is_filled = |part: &Term| terms.elements(*part).is_none_or(|elements| !elements.is_empty());
    let filled: Vec<Term> = arguments.iter().copied().filter(is_filled).collect();
    if filled.len() < arguments.len() {
        return Some(terms.call(Function::Concat, &filled));
    }
    // Ex) concat(rules, more ? [rule] : [])
    if let Some(branches) = over_lists(terms, Function::Concat, arguments) {
        return Some(branches);
    }
    if let [only] = arguments { Some(*only) } else { None }
}

/// Moves a function of lists into the branches of its conditional arguments.
fn over_lists(terms: &mut Terms, function: Function, arguments: &[Term]) -> Option<Term> {
    let is_list = |term: Term| terms.elements(term).is_some();
    let mut conditional = Vec::new();
    for (at, &argument) in arguments.iter().enumerate() {
        match terms.as_if(argument) {
            Some((condition, yes, no)) if is_list(yes) && is_list(no) => {
                conditional.push((at, condition, yes, no));
            }
            _ if is_list(argument) => {}
            _ => return None,
        }
    }
    if let Err(reached) = Limit::ConditionalLists.check(conditional.len()) {
        terms.reach(reached);
        return None;
    }
    let &(at, condition, yes, no) = conditional.first()?;
    let mut arguments = arguments.to_vec();
    arguments[at] = yes;
    let yes = terms.call(function, &arguments);
    arguments[at] = no;
    let no = terms.call(function, &arguments);
    Some(terms.if_(condition, yes, no))
}

pub(super) fn length(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    let length = match terms.get(value) {
        Value::Array(seq) => terms.seq(seq).len(),
        Value::Object(seq) => terms.seq(seq).len() / 2,
        Value::Text(name) => terms.name(name).encode_utf16().count(),
        Value::Null => 0,
        Value::Sequence { length, .. } => return Some(length),
        Value::Coalesce(left, right) => {
            // Ex) length(list ?? [])
            let missing = terms.call(Function::Length, &[right]);
            let null = terms.null();
            let is_null = terms.equal(left, null);
            let present = terms.unfolded(Function::Length, &[left]);
            if terms.known_int(missing) == Some(0) {
                // The length of `null` counts as 0 here, so that the two lists are recognized as equal.
                return Some(present);
            }
            return Some(terms.if_(is_null, missing, present));
        }
        // Sorting only changes the order of the elements.
        Value::Call(Function::Sort, seq) => {
            let list = *terms.seq(seq).first()?;
            return Some(terms.call(Function::Length, &[list]));
        }
        _ => return terms.exact_length(value).map(|length| terms.int(length)),
    };
    Some(terms.int(length as i64))
}

/// `empty(x)` is `length(x) == 0`.
pub(super) fn empty(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    if let Value::Concat(seq) = terms.get(value)
        && terms.seq(seq).iter().any(|&part| terms.known_text(part).is_some())
    {
        return Some(terms.bool(false));
    }
    if matches!(terms.get(value), Value::ResourceId { .. }) {
        return Some(terms.bool(false));
    }
    let length = terms.call(Function::Length, &[value]);
    let zero = terms.int(0);
    Some(terms.equal(length, zero))
}

pub(super) fn contains(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[inside, wanted] = arguments else { return None };
    match terms.get(inside) {
        Value::Array(seq) => {
            let elements = terms.seq(seq).to_vec();
            let any: Vec<Term> = elements.into_iter().map(|element| terms.equal(element, wanted)).collect();
            Some(terms.or(&any))
        }
        Value::Object(_) | Value::Parameter(..) | Value::Member(..) => {
            let found = terms.holds_property(inside, terms.known_text(wanted)?)?;
            Some(terms.bool(found))
        }
        Value::Text(name) => {
            let text = terms.name(name);
            let found = match terms.get(wanted) {
                Value::Text(wanted) => text.contains(terms.name(wanted)),
                // Ex) contains('abc', 'x${name}')
                Value::Concat(parts) if !partly_known::hold_in_turn(terms, text, terms.seq(parts)) => false,
                _ => return None,
            };
            Some(terms.bool(found))
        }
        Value::ResourceId { .. } => {
            let wanted = terms.known_text(wanted)?.to_owned();
            let mut known = String::new();
            for (at, segment) in id_segments(terms, inside)?.into_iter().enumerate() {
                known.push_str(if at > 0 { "/" } else { "" });
                match terms.known_text(segment) {
                    Some(text) => known.push_str(text),
                    // A separator for an unknown part: a match must not cross it.
                    None => known.push('\0'),
                }
            }
            known.contains(&wanted).then(|| terms.bool(true))
        }
        Value::Concat(parts) => {
            let wanted = terms.known_text(wanted)?;
            let mut known = terms.seq(parts).iter().filter_map(|&part| terms.known_text(part));
            let found = wanted.is_empty() || known.any(|part| part.contains(wanted));
            found.then(|| terms.bool(true))
        }
        // The whole contains what any of its parts contains. Ex) contains(concat(names, ['a']), 'a')
        Value::Call(Function::Concat | Function::Union | Function::Merged, seq)
            if is_list_or_object(terms, terms.seq(seq), wanted) =>
        {
            let parts = terms.seq(seq).to_vec();
            let any: Vec<Term> =
                parts.into_iter().map(|part| terms.call(Function::Contains, &[part, wanted])).collect();
            Some(terms.or(&any))
        }
        // Azure rejects `contains` on `null`.
        Value::Null => Some(inside),
        _ => None,
    }
}

/// Whether one of the parts shows that all are lists, or objects that are searched for a known key.
fn is_list_or_object(terms: &Terms, parts: &[Term], wanted: Term) -> bool {
    parts.iter().any(|&part| match terms.get(part) {
        Value::Array(_) => true,
        Value::Object(_) => terms.known_text(wanted).is_some(),
        _ => false,
    })
}

pub(super) fn first(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    if let Some(text) = terms.known_text(value) {
        let first: String = text.chars().take(1).collect();
        return Some(terms.text(&first));
    }
    match terms.get(value) {
        Value::Sequence { .. } => {
            let zero = terms.int(0);
            return Some(terms.index_safely(value, zero));
        }
        Value::Concat(_) => {
            let first = terms.head(value).text.chars().next()?;
            return Some(terms.text(first.encode_utf8(&mut [0; 4])));
        }
        Value::Call(Function::Concat, seq) => {
            return terms.elements(*terms.seq(seq).first()?)?.first().copied();
        }
        Value::Call(Function::Split, _) => return partly_known::piece_from_start(terms, value, 0),
        _ => {}
    }
    let elements = list(terms, arguments, 0)?;
    Some(elements.first().copied().unwrap_or_else(|| terms.null()))
}

pub(super) fn last(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    if let Some(text) = terms.known_text(value) {
        let last: String = text.chars().last().into_iter().collect();
        return Some(terms.text(&last));
    }
    match terms.get(value) {
        Value::Concat(_) => {
            let last = terms.tail(value).text.chars().last()?;
            return Some(terms.text(last.encode_utf8(&mut [0; 4])));
        }
        Value::Call(Function::Concat, seq) => {
            return terms.elements(*terms.seq(seq).last()?)?.last().copied();
        }
        Value::Call(Function::Split, _) => return partly_known::piece_from_end(terms, value, 1),
        Value::Sequence { length, .. } if terms.known_int(length).is_none() => {
            let one = terms.int(1);
            let at = terms.call(Function::Minus, &[length, one]);
            let (some, last, null) = (terms.at_least(length, 1), terms.index(value, at), terms.null());
            return Some(terms.if_(some, last, null));
        }
        _ => {}
    }
    let elements = list(terms, arguments, 0)?;
    Some(elements.last().copied().unwrap_or_else(|| terms.null()))
}

fn bound(terms: &Terms, arguments: &[Term]) -> Option<usize> {
    terms.known_int(*arguments.get(1)?).map(|count| usize::try_from(count).unwrap_or(0))
}

pub(super) fn take(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let count = bound(terms, arguments)?;
    if let Some(text) = terms.known_text(arguments[0]) {
        let taken: String = text.chars().take(count).collect();
        return Some(terms.text(&taken));
    }
    if terms.is_text(arguments[0]) {
        // It is enough that `count` characters are known, or that the whole text is not longer.
        let head = terms.head(arguments[0]).text;
        let is_all = |length| usize::try_from(length).is_ok_and(|length: usize| length <= count);
        if terms.exact_length(arguments[0]).is_some_and(is_all) {
            return Some(arguments[0]);
        }
        let taken: String = head.chars().take(count).collect();
        return (taken.chars().count() == count).then(|| terms.text(&taken));
    }
    let elements = list(terms, arguments, 0)?;
    Some(terms.array(&elements[..count.min(elements.len())]))
}

pub(super) fn skip(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let count = bound(terms, arguments)?;
    if let Some(text) = terms.known_text(arguments[0]) {
        let rest: String = text.chars().skip(count).collect();
        return Some(terms.text(&rest));
    }
    if let Value::Concat(seq) = terms.get(arguments[0]) {
        return skip_of_parts(terms, seq, count);
    }
    let elements = list(terms, arguments, 0)?;
    Some(terms.array(&elements[count.min(elements.len())..]))
}

/// A text of several parts without its first `count` characters, if they are known.
fn skip_of_parts(terms: &mut Terms, parts: Seq, count: usize) -> Option<Term> {
    let mut rest = terms.seq(parts).to_vec();
    let mut left = count;
    while left > 0 {
        let text = terms.known_text(*rest.first()?)?;
        let length = text.chars().count();
        if length <= left {
            rest.remove(0);
            left -= length;
        } else {
            let cut: String = text.chars().skip(left).collect();
            rest[0] = terms.text(&cut);
            left = 0;
        }
    }
    Some(terms.concat(&rest))
}

/// `range(start, count)`; a sequence if the count is unknown or large.
pub(super) fn range(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[start, count] = arguments else { return None };
    let from = terms.known_int(start)?;
    if let Some(count) = terms.known_int(count).filter(|&count| count >= 0)
        && Limit::WrittenElements.check(count).is_ok()
    {
        let elements: Vec<Term> = (0..count).map(|at| terms.int(from.saturating_add(at))).collect();
        return Some(terms.array(&elements));
    }
    let index = terms.bound(0);
    let element = terms.call(Function::Plus, &[index, start]);
    Some(terms.sequence(count, element, 0))
}

pub(super) fn index_of(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    if let &[inside, wanted] = arguments
        && let Value::Concat(_) = terms.get(inside)
    {
        // The first match is the result, whatever follows.
        let at =
            in_text_of(&terms.head(inside).text, terms.known_text(wanted)?, |text, part| text.find(part))?;
        return Some(terms.int(at as i64));
    }
    position(
        terms,
        arguments,
        |text, wanted| text.find(wanted),
        |terms, list, wanted| place_of(terms, list.iter().enumerate(), wanted),
    )
}

pub(super) fn last_index_of(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    position(
        terms,
        arguments,
        |text, wanted| text.rfind(wanted),
        |terms, list, wanted| place_of(terms, list.iter().enumerate().rev(), wanted),
    )
}

/// The index of a value: case-sensitive in a list, case-insensitive in a text.
fn position(
    terms: &mut Terms,
    arguments: &[Term],
    in_text: fn(&str, &str) -> Option<usize>,
    in_list: fn(&Terms, &[Term], Term) -> Option<i64>,
) -> Option<Term> {
    let &[inside, wanted] = arguments else { return None };
    let found = if let (Some(text), Some(part)) = (terms.known_text(inside), terms.known_text(wanted)) {
        in_text_of(text, part, in_text).map_or(NOWHERE, |at| at as i64)
    } else {
        let elements = terms.elements(inside)?;
        if !terms.is_literal(wanted) {
            return None;
        }
        in_list(terms, elements, wanted)?
    };
    Some(terms.int(found))
}

fn in_text_of(text: &str, part: &str, find: fn(&str, &str) -> Option<usize>) -> Option<usize> {
    let (text, part) = (text.to_lowercase(), part.to_lowercase());
    find(&text, &part).map(|at| text[..at].encode_utf16().count())
}

/// The first element that is equal to a literal; `None` if an unknown element before it may be equal too.
fn place_of<'e>(
    terms: &Terms,
    mut elements: impl Iterator<Item = (usize, &'e Term)>,
    wanted: Term,
) -> Option<i64> {
    let found = elements.find(|&(_, &element)| element == wanted || !terms.is_literal(element));
    match found {
        Some((at, &element)) if element == wanted => Some(at as i64),
        Some(_) => None,
        None => Some(NOWHERE),
    }
}

/// Removes duplicates.
pub(super) fn distinct(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let list = *arguments.first()?;
    terms.elements(list)?;
    union(terms, &[list])
}

pub(super) fn flatten(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let elements = list(terms, arguments, 0)?;
    let mut all = Vec::new();
    for &element in &elements {
        match terms.elements(element) {
            Some(inner) => all.extend_from_slice(inner),
            // Ex) flatten([ rules, more ])
            None => return Some(terms.call(Function::Concat, &elements)),
        }
    }
    Some(terms.array(&all))
}

/// For lists, the elements without duplicates. For objects, the later value counts, and nested objects are merged.
pub(super) fn union(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    if arguments.iter().all(|&part| terms.elements(part).is_some()) {
        let all: Vec<Term> =
            arguments.iter().filter_map(|&part| terms.elements(part)).flatten().copied().collect();
        let once = each_once(terms, all)?;
        return Some(terms.array(&once));
    }
    if let Some(branches) = over_lists(terms, Function::Union, arguments) {
        return Some(branches);
    }
    // Ex) `union(before, 'text')` for one key of two merged objects: the later value counts
    if let [.., last] = *arguments
        && matches!(
            terms.get(last),
            Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::ResourceId { .. }
        )
    {
        return Some(last);
    }
    let mut joined = *arguments.first()?;
    terms.properties(joined)?;
    for &part in &arguments[1..] {
        joined = super::object::join(terms, joined, part)?;
    }
    Some(joined)
}

/// The elements without those that are equal to an earlier one; `None` if that is not known for two of them.
fn each_once(terms: &mut Terms, all: Vec<Term>) -> Option<Vec<Term>> {
    let mut seen = FxHashSet::default();
    let mut once: Vec<Term> = Vec::with_capacity(all.len());
    // Different literals are different values, so literals are compared only with other elements.
    let mut composed: Vec<Term> = Vec::new();
    for element in all {
        if !seen.insert(element) {
            continue;
        }
        let is_literal = terms.is_literal(element);
        let before = if is_literal { &composed } else { &once };
        let mut is_new = true;
        for &other in before {
            let equal = terms.equal(element, other);
            is_new &= !terms.known_bool(equal)?;
        }
        if !is_new {
            continue;
        }
        once.push(element);
        if !is_literal {
            composed.push(element);
            if let Err(reached) = Limit::ComparedElements.check(composed.len()) {
                terms.reach(reached);
                return None;
            }
        }
    }
    Some(once)
}

pub(super) fn intersection(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    if let Some(properties) = terms.properties(*arguments.first()?) {
        return common_properties(terms, properties, &arguments[1..]);
    }
    let first = list(terms, arguments, 0)?;
    let mut others = Vec::new();
    for at in 1..arguments.len() {
        others.push(list(terms, arguments, at)?);
    }
    let is_literal = |element: &Term| terms.is_literal(*element);
    let are_literals = first.iter().all(is_literal) && others.iter().flatten().all(is_literal);
    let is_common = |element: &Term| others.iter().all(|other| other.contains(element));
    // Two unknown elements may be equal.
    if !are_literals && !first.iter().all(is_common) {
        return None;
    }
    let common: Vec<Term> = first.into_iter().filter(is_common).collect();
    Some(terms.array(&common))
}

/// The properties that every object has with the same value.
fn common_properties(terms: &mut Terms, mut common: Vec<(Name, Term)>, others: &[Term]) -> Option<Term> {
    for &other in others {
        let properties = terms.properties(other)?;
        let mut kept = Vec::new();
        for (key, value) in common {
            let Some(&(_, found)) = properties.iter().find(|(known, _)| *known == key) else { continue };
            let equal = terms.equal(value, found);
            if terms.known_bool(equal)? {
                kept.push((key, value));
            }
        }
        common = kept;
    }
    Some(terms.object(&common))
}

fn numbers(terms: &Terms, arguments: &[Term]) -> Option<Vec<i64>> {
    let flat = match arguments {
        [only] => terms.elements(*only)?,
        _ => arguments,
    };
    flat.iter().map(|&number| terms.known_int(number)).collect()
}

pub(super) fn min(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let least = numbers(terms, arguments)?.into_iter().min()?;
    Some(terms.int(least))
}

pub(super) fn max(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let most = numbers(terms, arguments)?.into_iter().max()?;
    Some(terms.int(most))
}

/// For a list of unknown length, the result is a sequence.
pub(super) fn map(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[over, lambda] = arguments else { return None };
    if let Some(elements) = terms.elements(over).map(<[Term]>::to_vec) {
        let mut mapped = Vec::with_capacity(elements.len());
        for (at, element) in elements.into_iter().enumerate() {
            let at = terms.int(at as i64);
            mapped.push(terms.apply(lambda, &[element, at])?);
        }
        return Some(terms.array(&mapped));
    }
    if !matches!(terms.get(lambda), Value::Lambda { .. }) {
        return None;
    }
    let level = match fresh(terms.free(over) | terms.free(lambda)) {
        Ok(level) => level,
        Err(reached) => {
            terms.reach(reached);
            return None;
        }
    };
    let index = terms.bound(level);
    let element = terms.index(over, index);
    let mapped = terms.apply(lambda, &[element, index])?;
    let length = terms.call(Function::Length, &[over]);
    Some(terms.sequence(length, mapped, level))
}

pub(super) fn filter(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
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

/// Sorts by a function value that says whether one element comes before another.
pub(super) fn sort(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let elements = list(terms, arguments, 0)?;
    let lambda = *arguments.get(1)?;
    if let Err(reached) = Limit::ComparedElements.check(elements.len()) {
        terms.reach(reached);
        return None;
    }
    let mut sorted: Vec<Term> = Vec::with_capacity(elements.len());
    for element in elements {
        let mut at = sorted.len();
        while at > 0 {
            let before = terms.apply(lambda, &[element, sorted[at - 1]])?;
            if !terms.known_bool(before)? {
                break;
            }
            at -= 1;
        }
        sorted.insert(at, element);
    }
    Some(terms.array(&sorted))
}

pub(super) fn reduce(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[over, mut value, lambda] = arguments else { return None };
    if let Some(elements) = list(terms, arguments, 0) {
        for (at, element) in elements.into_iter().enumerate() {
            let at = terms.int(at as i64);
            value = terms.apply(lambda, &[value, element, at])?;
        }
        return Some(value);
    }
    let elements = undecided::elements(terms, over)?;
    let count = elements.iter().filter(|element| !terms.is_true(element.is_there)).count();
    if count > UNDECIDED {
        return None;
    }
    for Element { value: element, is_there } in elements {
        let with = terms.apply(lambda, &[value, element])?;
        value = terms.if_(is_there, with, value);
    }
    Some(value)
}

/// `base[^index]`, which counts from 1.
pub(super) fn from_end(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[base, index] = arguments else { return None };
    match (terms.elements(base).map(<[Term]>::len), terms.known_int(index)) {
        (Some(length), Some(back)) => {
            let at = terms.int(length as i64 - back);
            Some(terms.index(base, at))
        }
        (None, Some(1)) => Some(terms.call(Function::Last, &[base])),
        (None, Some(back)) => partly_known::piece_from_end(terms, base, back),
        _ => None,
    }
}
