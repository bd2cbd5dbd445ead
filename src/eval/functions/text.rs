//! Functions of texts.

use crate::eval::id::id_segments;
use crate::eval::term::{Term, Value};
use crate::eval::terms::Terms;
use crate::limit::Limit;

fn known<'t>(terms: &'t Terms, arguments: &[Term], at: usize) -> Option<&'t str> {
    terms.known_text(*arguments.get(at)?)
}

fn number(terms: &Terms, arguments: &[Term], at: usize) -> Option<usize> {
    terms.known_int(*arguments.get(at)?).and_then(|value| usize::try_from(value).ok())
}

pub(super) fn to_lower(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let lower = known(terms, arguments, 0)?.to_lowercase();
    Some(terms.text(&lower))
}

pub(super) fn to_upper(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let upper = known(terms, arguments, 0)?.to_uppercase();
    Some(terms.text(&upper))
}

pub(super) fn trim(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let trimmed = known(terms, arguments, 0)?.trim().to_owned();
    Some(terms.text(&trimmed))
}

/// Without case; of a text of several parts where the known start decides.
pub(super) fn starts_with(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let wanted = known(terms, arguments, 1)?.to_lowercase();
    let (start, is_whole) = match terms.get(arguments[0]) {
        Value::Concat(seq) => (*terms.seq(seq).first()?, false),
        _ => (arguments[0], true),
    };
    let start = terms.known_text(start)?.to_lowercase();
    match (start.starts_with(&wanted), wanted.starts_with(&start)) {
        (true, _) => Some(terms.bool(true)),
        (false, true) if !is_whole => None,
        (false, _) => Some(terms.bool(false)),
    }
}

/// Without case; of a text of several parts where the known end decides.
pub(super) fn ends_with(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let wanted = known(terms, arguments, 1)?.to_lowercase();
    let (end, is_whole) = match terms.get(arguments[0]) {
        Value::Concat(seq) => (*terms.seq(seq).last()?, false),
        _ => (arguments[0], true),
    };
    let end = terms.known_text(end)?.to_lowercase();
    match (end.ends_with(&wanted), wanted.ends_with(&end)) {
        (true, _) => Some(terms.bool(true)),
        (false, true) if !is_whole => None,
        (false, _) => Some(terms.bool(false)),
    }
}

pub(super) fn replace(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (text, from, to) =
        (known(terms, arguments, 0)?, known(terms, arguments, 1)?, known(terms, arguments, 2)?);
    if from.is_empty() {
        return None;
    }
    if let Err(reached) = Limit::ReplacedBytes.check(text.len().saturating_mul(to.len().max(1))) {
        terms.reach(reached);
        return None;
    }
    let replaced = text.replace(from, to);
    Some(terms.text(&replaced))
}

/// Offsets and lengths count characters; the compiler counts UTF-16 units, which differ only outside the basic plane.
pub(super) fn substring(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let text = known(terms, arguments, 0)?;
    let start = number(terms, arguments, 1)?;
    let all = text.chars().count();
    let length = if arguments.len() > 2 { number(terms, arguments, 2)? } else { all.checked_sub(start)? };
    if start.checked_add(length)? > all {
        // The deployment fails: there is no value.
        return None;
    }
    let part: String = text.chars().skip(start).take(length).collect();
    Some(terms.text(&part))
}

pub(super) fn pad_left(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    let text = terms
        .known_text(value)
        .map(str::to_owned)
        .or_else(|| terms.known_int(value).map(|value| value.to_string()))?;
    let width = number(terms, arguments, 1)?;
    if let Err(reached) = Limit::PaddedCharacters.check(width) {
        terms.reach(reached);
        return None;
    }
    let filler = if arguments.len() > 2 { known(terms, arguments, 2)?.chars().next()? } else { ' ' };
    let missing = width.saturating_sub(text.chars().count());
    let padded: String = std::iter::repeat_n(filler, missing).chain(text.chars()).collect();
    Some(terms.text(&padded))
}

/// `string(x)`: of texts, numbers and truth values.
pub(super) fn string(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    match terms.get(value) {
        Value::Text(_) | Value::Concat(_) | Value::ResourceId { .. } => Some(value),
        Value::Int(_) | Value::Bool(_) => Some(terms.concat(&[value])),
        _ => None,
    }
}

/// `format('{0}-{1}', a, b)`; formats with width or precision are left alone.
pub(super) fn format(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let pattern = known(terms, arguments, 0)?.to_owned();
    let mut parts = Vec::new();
    let mut rest = pattern.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        let (before, found) = rest.split_at(at);
        if found.starts_with("{{") || found.starts_with("}}") {
            let text = format!("{before}{}", &found[..1]);
            parts.push(terms.text(&text));
            rest = &found[2..];
            continue;
        }
        let end = found.find('}')?;
        let index: usize = found.get(1..end)?.parse().ok()?;
        parts.push(terms.text(before));
        parts.push(*arguments.get(index + 1)?);
        rest = &found[end + 1..];
    }
    parts.push(terms.text(rest));
    Some(terms.concat(&parts))
}

/// `split(text, '/')` of an id, or of a text with one known delimiter.
pub(super) fn split(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let delimiter = known(terms, arguments, 1)?.to_owned();
    let value = arguments[0];
    if delimiter == "/"
        && let Some(segments) = id_segments(terms, value)
    {
        return Some(terms.array(&segments));
    }
    if delimiter.is_empty() {
        return None;
    }
    let text = terms.known_text(value)?.to_owned();
    let parts: Vec<Term> = text.split(&delimiter).map(|part| terms.text(part)).collect();
    Some(terms.array(&parts))
}

/// One segment of a resource's name of so many, as [`Terms::name_segments`] cuts it.
pub(super) fn name_segment(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[name, at, count] = arguments else { return None };
    let (at, count) = (terms.known_int(at)?, terms.known_int(count)?);
    let segments = terms.known_segments(name, usize::try_from(count).ok()?)?;
    segments.get(usize::try_from(at).ok()?).copied()
}

pub(super) fn join(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let delimiter = *arguments.get(1)?;
    terms.known_text(delimiter)?;
    let elements = terms.elements(*arguments.first()?)?.to_vec();
    let mut parts = Vec::with_capacity(elements.len() * 2);
    for (at, element) in elements.into_iter().enumerate() {
        parts.extend((at > 0).then_some(delimiter));
        parts.push(element);
    }
    Some(terms.concat(&parts))
}
