//! Bicep's string functions. Each returns `None` if it cannot be evaluated, so the call stays a term.

use super::{Function, json_text};
use crate::eval::id::id_segments;
use crate::eval::partly_known::Edge;
use crate::eval::term::{Ambient, Term, Value};
use crate::eval::terms::Terms;
use crate::limit::Limit;

fn known<'t>(terms: &'t Terms, arguments: &[Term], at: usize) -> Option<&'t str> {
    terms.known_text(*arguments.get(at)?)
}

fn number(terms: &Terms, arguments: &[Term], at: usize) -> Option<usize> {
    terms.known_int(*arguments.get(at)?).and_then(|value| usize::try_from(value).ok())
}

pub(super) fn to_lower(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let lower = in_case(known(terms, arguments, 0)?, |letter| one(letter.to_lowercase()));
    Some(terms.text(&lower))
}

pub(super) fn to_upper(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let upper = in_case(known(terms, arguments, 0)?, |letter| one(letter.to_uppercase()));
    Some(terms.text(&upper))
}

/// Case-folds a value. An unknown part stays inside a `folded(…)` call, because its value may have capitals.
pub(super) fn folded(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    match terms.get(value) {
        Value::Concat(seq) => {
            let parts = terms.seq(seq).to_vec();
            let folded: Vec<Term> =
                parts.into_iter().map(|part| terms.call(Function::Folded, &[part])).collect();
            Some(terms.concat(&folded))
        }
        Value::Call(Function::ToLower | Function::ToUpper | Function::Folded, seq) => {
            let inner = *terms.seq(seq).first()?;
            Some(terms.call(Function::Folded, &[inner]))
        }
        _ if terms.is_literal(value) => Some(terms.fold_case(value)),
        _ => None,
    }
}

/// Maps each letter like .NET's invariant culture: a letter outside ASCII is never mapped into ASCII (`ı` stays), and a letter
/// is never mapped to several (`ß` stays).
fn in_case(text: &str, change: fn(char) -> Option<char>) -> String {
    let changed = |letter: char| change(letter).filter(|new| letter.is_ascii() || !new.is_ascii());
    text.chars().map(|letter| changed(letter).unwrap_or(letter)).collect()
}

fn one(mut letters: impl ExactSizeIterator<Item = char>) -> Option<char> {
    if letters.len() == 1 { letters.next() } else { None }
}

/// The default of `readEnvironmentVariable('REGION', 'westeurope')`, because the environment of the compiler is not known.
pub(super) fn environment_default(_: &mut Terms, arguments: &[Term]) -> Option<Term> {
    arguments.get(1).copied()
}

pub(super) fn trim(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let trimmed = known(terms, arguments, 0)?.trim().to_owned();
    Some(terms.text(&trimmed))
}

/// `startsWith`, which ignores case. The text may be partly known, if its start decides.
pub(super) fn starts_with(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let edges = |terms: &Terms, term: Term| terms.head(term);
    decided_by_edge(terms, Function::StartsWith, arguments, edges, |text, start| text.starts_with(start))
}

/// `endsWith`, which ignores case. The text may be partly known, if its end decides.
pub(super) fn ends_with(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let edges = |terms: &Terms, term: Term| terms.tail(term);
    decided_by_edge(terms, Function::EndsWith, arguments, edges, |text, end| text.ends_with(end))
}

/// Decides `startsWith` or `endsWith` from what is known at the start or end of both texts: `startsWith('kv-${x}', 'kv')` is
/// true.
fn decided_by_edge(
    terms: &mut Terms,
    function: Function,
    arguments: &[Term],
    edge: impl Fn(&Terms, Term) -> Edge,
    has: impl Fn(&str, &str) -> bool,
) -> Option<Term> {
    let &[text, wanted] = arguments else { return None };
    let (known, asked) = (edge(terms, text), edge(terms, wanted));
    let (start, end) = (known.text.to_lowercase(), asked.text.to_lowercase());
    let is_known_text = known.is_whole || !start.is_empty();
    match (has(&start, &end), has(&end, &start)) {
        (true, _) if asked.is_whole && is_known_text => Some(terms.bool(true)),
        // The wanted text is longer than the known text.
        (_, true) if known.is_whole && start.len() < end.len() => Some(terms.bool(false)),
        (false, false) => Some(terms.bool(false)),
        _ => match terms.get(text) {
            // The inner text decides, because case is ignored: `startsWith(toLower(name), 'kv')`.
            Value::Call(Function::ToLower | Function::ToUpper, seq) => {
                let inner = *terms.seq(seq).first()?;
                Some(terms.call(function, &[inner, wanted]))
            }
            _ => None,
        },
    }
}

pub(super) fn replace(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    if let Some(replaced) = replace_in_parts(terms, arguments) {
        return Some(replaced);
    }
    let (text, from) = (known(terms, arguments, 0)?, known(terms, arguments, 1)?);
    if from.is_empty() {
        return None;
    }
    let Some(to) = known(terms, arguments, 2) else {
        // Ex) replace('rg-X', 'X', env)
        let pieces: Vec<String> = text.split(from).map(str::to_owned).collect();
        let mut parts = Vec::with_capacity(pieces.len() * 2);
        for (at, piece) in pieces.iter().enumerate() {
            parts.extend((at > 0).then_some(arguments[2]));
            parts.push(terms.text(piece));
        }
        return Some(terms.concat(&parts));
    };
    if let Err(reached) = Limit::ReplacedBytes.check(text.len().saturating_mul(to.len().max(1))) {
        terms.reach(reached);
        return None;
    }
    let replaced = text.replace(from, to);
    Some(terms.text(&replaced))
}

/// Whether a fact of the deployment may contain a character, by Azure's rules for such names.
/// <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules>
fn may_hold(fact: Ambient, letter: char) -> bool {
    match fact {
        Ambient::SubscriptionId | Ambient::TenantId => letter.is_ascii_hexdigit() || letter == '-',
        Ambient::ResourceGroupName => letter.is_alphanumeric() || "_-.()".contains(letter),
        _ => true,
    }
}

/// `replace` in an interpolation, part by part: `replace('${net}/a', '@env', env)`. That is right only if no match can cross
/// from one part into the next: a single character never does, and a text without a slash never crosses a slash.
fn replace_in_parts(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[text, from, to] = arguments else { return None };
    let wanted = known(terms, arguments, 1)?;
    if let Value::Ambient(fact) = terms.get(text)
        && wanted.contains(|letter| !may_hold(fact, letter))
    {
        return Some(text);
    }
    if wanted.is_empty() || wanted.contains('/') {
        return None;
    }
    let is_letter = wanted.chars().count() == 1;
    let slash = terms.text("/");
    let mut pieces: Vec<Term> = Vec::new();
    if let Value::Concat(seq) = terms.get(text) {
        let parts = terms.seq(seq).to_vec();
        let mut open: Vec<Term> = Vec::new();
        for part in parts {
            let Some(known) = terms.known_text(part).map(str::to_owned) else {
                let part = if terms.is_text(part) { part } else { terms.call(Function::String, &[part]) };
                open.push(part);
                if is_letter {
                    pieces.append(&mut open);
                }
                continue;
            };
            for (at, piece) in known.split('/').enumerate() {
                if at > 0 {
                    pieces.push(terms.concat(&open));
                    pieces.push(slash);
                    open.clear();
                }
                open.push(terms.text(piece));
            }
            if is_letter {
                pieces.append(&mut open);
            }
        }
        pieces.push(terms.concat(&open));
    } else {
        for segment in id_segments(terms, text)? {
            pieces.extend((!pieces.is_empty()).then_some(slash));
            pieces.push(segment);
        }
    }
    if pieces.len() < 2 {
        return None;
    }
    let replaced: Vec<Term> = pieces
        .into_iter()
        .map(|piece| if piece == slash { piece } else { terms.call(Function::Replace, &[piece, from, to]) })
        .collect();
    Some(terms.concat(&replaced))
}

/// Offsets and lengths count characters. The compiler counts UTF-16 code units; the difference shows only with characters
/// outside the BMP.
pub(super) fn substring(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let start = number(terms, arguments, 1)?;
    let Some(text) = known(terms, arguments, 0) else {
        let end = start.checked_add(number(terms, arguments, 2)?)?;
        let head = terms.head(arguments[0]).text;
        let part: String = head.chars().take(end).skip(start).collect();
        return (head.chars().count() >= end).then(|| terms.text(&part));
    };
    let all = text.chars().count();
    let length = if arguments.len() > 2 { number(terms, arguments, 2)? } else { all.checked_sub(start)? };
    if start.checked_add(length)? > all {
        // Out of range: the deployment fails, so there is no value.
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

/// `string(x)`: lists and objects become JSON. Object literals were already handled by `written_json`, which keeps their order.
pub(super) fn string(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = *arguments.first()?;
    match terms.get(value) {
        Value::Text(_) | Value::Concat(_) | Value::ResourceId { .. } => Some(value),
        Value::Int(_) | Value::Bool(_) => Some(terms.concat(&[value])),
        Value::Array(_) | Value::Object(_) => {
            let text = json_text::json(terms, value, '"')?;
            Some(terms.literal(&text))
        }
        _ => None,
    }
}

/// `like(text, pattern)`: `*` stands for any text, and the compiler documents that case is ignored. A call is not
/// folded if only the case of letters outside ASCII decides it: how Azure folds their case is not documented.
pub(super) fn like(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (text, pattern) = (known(terms, arguments, 0)?, known(terms, arguments, 1)?);
    let found = fits(&text.to_ascii_lowercase(), &pattern.to_ascii_lowercase(), false);
    // Azure's page names only `*`, so the result is not known if a `?` for any letter would change it.
    let (text, pattern) = (text.to_lowercase(), pattern.to_lowercase());
    let is_known = [false, true].into_iter().all(|any| fits(&text, &pattern, any) == found);
    is_known.then(|| terms.bool(found))
}

/// Whether a text fits a pattern with `*` for any text and, if `any` is set, `?` for any letter.
fn fits(text: &str, pattern: &str, any: bool) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    // The position of the last star, and the end of its match so far.
    let (mut at, mut next, mut star) = (0, 0, None);
    while at < text.len() {
        match pattern.get(next) {
            Some('*') => {
                star = Some((next, at));
                next += 1;
            }
            Some(&wanted) if wanted == text[at] || any && wanted == '?' => (at, next) = (at + 1, next + 1),
            _ => {
                let Some((place, reach)) = star else { return false };
                star = Some((place, reach + 1));
                (at, next) = (reach + 1, place + 1);
            }
        }
    }
    pattern[next..].iter().all(|&rest| rest == '*')
}

/// `split(text, delimiter)` of a known text. With `/` it also splits resource ids, whose segments are known as terms.
pub(super) fn split(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    if let Some(delimiters) = arguments.get(1).and_then(|&list| terms.elements(list)) {
        return match *delimiters {
            [only] => {
                terms.known_text(only)?;
                Some(terms.call(Function::Split, &[arguments[0], only]))
            }
            _ => split_at_any(terms, arguments),
        };
    }
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

/// Splits at each of several delimiters. If two of them match at one place, the one listed first wins.
fn split_at_any(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let listed = terms.elements(arguments[1])?;
    let delimiters: Vec<&str> = listed.iter().map(|&one| terms.known_text(one)).collect::<Option<_>>()?;
    if delimiters.is_empty() || delimiters.contains(&"") {
        return None;
    }
    let mut rest = terms.known_text(arguments[0])?;
    let mut parts = Vec::new();
    let first = |text: &str| {
        let found = delimiters.iter().filter_map(|one| Some((text.find(one)?, one.len())));
        // `min_by_key` returns the first of equal elements.
        found.min_by_key(|&(at, _)| at)
    };
    while let Some((at, length)) = first(rest) {
        parts.push(rest[..at].to_owned());
        rest = &rest[at + length..];
    }
    parts.push(rest.to_owned());
    let parts: Vec<Term> = parts.iter().map(|part| terms.text(part)).collect();
    Some(terms.array(&parts))
}

/// Segment `at` of a resource name with `count` segments, as [`Terms::name_segments`] splits it.
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
