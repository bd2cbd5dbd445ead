//! Conclusions from the known part of a value, whatever the rest is: the start and the end of a text, its minimum
//! length, the elements that a list certainly has.
//!
//! Ex) `'kv-${name}'` begins with `kv-`, is not `'hub'`, and has at least three characters; `concat(rules, ['a'])`
//! contains `'a'` and is not empty.
//!
//! Nothing here guesses: a value that is later substituted for the rest never changes an answer. A test compares, for
//! random texts, the early answers with those for the known texts.

use super::functions::Function;
use super::identity;
use super::store::Store;
use super::term::{Term, Value};
use super::terms::Terms;
use crate::template::ParameterType;

/// Maximum nesting of parts that are inspected.
const DEPTH: u32 = 8;
/// Maximum number of parts that are inspected for a length.
const PARTS_OF_LENGTH: u32 = 256;
/// Length of the result of `uniqueString(…)`.
const UNIQUE: i64 = 13;
const GUID: i64 = 36;

/// One end of a text, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Edge {
    pub(super) text: String,
    /// Whether that is the whole text.
    pub(super) is_whole: bool,
}

impl Store {
    /// The known start of a text; empty if the term may be something else.
    pub(super) fn head(&self, term: Term) -> Edge {
        let mut text = String::new();
        let is_whole = add_edge(self, term, Side::Start, &mut text, 0);
        Edge { text, is_whole }
    }

    /// The known end of a text.
    pub(super) fn tail(&self, term: Term) -> Edge {
        let mut text = String::new();
        let is_whole = add_edge(self, term, Side::End, &mut text, 0);
        Edge { text, is_whole }
    }

    /// Whether a term is certainly a text or `null`.
    pub(super) fn is_text(&self, term: Term) -> bool {
        match self.get(term) {
            Value::Text(_) | Value::Concat(_) | Value::ResourceId { .. } => true,
            Value::Call(function, _) => function.is_text(),
            _ => self.domain(term).is_some_and(|domain| domain.ty == ParameterType::String),
        }
    }

    /// Minimum number of characters (UTF-16 units), elements or properties of a value.
    pub(super) fn least_length(&self, term: Term) -> i64 {
        length_within(self, term, 0, &mut { PARTS_OF_LENGTH }).0
    }

    /// Exact number of them, if it is known.
    pub(crate) fn exact_length(&self, term: Term) -> Option<i64> {
        let (least, is_exact) = length_within(self, term, 0, &mut { PARTS_OF_LENGTH });
        is_exact.then_some(least)
    }
}

/// The inspected end of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Start,
    End,
}

impl Side {
    /// Adds a part that is further from the end.
    fn add(self, part: &str, known: &mut String) {
        match self {
            Self::Start => known.push_str(part),
            Self::End => known.insert_str(0, part),
        }
    }

    /// The part of a text from this end up to the first byte that fails the test.
    fn cut(self, text: &str, is_wanted: fn(&u8) -> bool) -> &str {
        let is_other = |byte: &u8| !is_wanted(byte);
        match self {
            Self::Start => &text[..text.as_bytes().iter().position(is_other).unwrap_or(text.len())],
            Self::End => &text[text.as_bytes().iter().rposition(is_other).map_or(0, |at| at + 1)..],
        }
    }
}

fn sum(lengths: impl Iterator<Item = (i64, bool)>) -> (i64, bool) {
    lengths
        .fold((0, true), |(sum, is_exact), (length, exact)| (sum.saturating_add(length), is_exact && exact))
}

/// Adds the known part of one end of a text. Returns whether that is the whole text.
fn add_edge(terms: &Store, term: Term, side: Side, known: &mut String, depth: u32) -> bool {
    let inside = |term: Term| {
        let mut inner = String::new();
        let is_whole = add_edge(terms, term, side, &mut inner, depth + 1);
        (inner, is_whole)
    };
    match terms.get(term) {
        Value::Text(name) => {
            side.add(terms.name(name), known);
            true
        }
        Value::Concat(seq) => {
            let parts = terms.seq(seq);
            let mut add = |&part: &Term| add_edge(terms, part, side, known, depth + 1);
            match side {
                _ if depth > DEPTH => false,
                Side::Start => parts.iter().all(&mut add),
                Side::End => parts.iter().rev().all(&mut add),
            }
        }
        // Every id begins like this, whatever its scope.
        Value::ResourceId { .. } => {
            if side == Side::Start {
                known.push('/');
            }
            false
        }
        Value::Call(function, seq) if depth <= DEPTH => match (function, terms.seq(seq)) {
            (Function::Take, &[text, count]) if side == Side::Start => {
                let Some(count) = terms.known_int(count) else { return false };
                let count = usize::try_from(count).unwrap_or(0);
                let (inner, is_whole) = inside(text);
                let cut = inner.char_indices().nth(count).map(|(at, _)| at);
                side.add(&inner[..cut.unwrap_or(inner.len())], known);
                is_whole || (cut.is_some() || inner.chars().count() == count) && terms.is_text(text)
            }
            (Function::ToLower | Function::ToUpper | Function::Folded, &[text]) => {
                let (inner, is_whole) = inside(text);
                // How the case of other letters changes depends on the function.
                let plain = side.cut(&inner, u8::is_ascii);
                let changed = if function == Function::ToUpper {
                    plain.to_ascii_uppercase()
                } else {
                    plain.to_ascii_lowercase()
                };
                side.add(&changed, known);
                is_whole && plain.len() == inner.len()
            }
            (Function::Replace, &[text, from, to]) => {
                let (Some(from), Some(to)) = (terms.known_text(from), terms.known_text(to)) else {
                    return false;
                };
                // A longer text may match across the border to an unknown part.
                if from.chars().count() != 1 || to.len() > PARTS_OF_LENGTH as usize {
                    return false;
                }
                let (inner, is_whole) = inside(text);
                side.add(&inner.replace(from, to), known);
                is_whole
            }
            _ => false,
        },
        _ => false,
    }
}

/// The minimum length, and whether it is the exact length.
fn length_within(terms: &Store, term: Term, depth: u32, left: &mut u32) -> (i64, bool) {
    let Some(now) = left.checked_sub(1).filter(|_| depth <= DEPTH) else { return (0, false) };
    *left = now;
    let mut inside = |term: Term| length_within(terms, term, depth + 1, left);
    match terms.get(term) {
        Value::Text(name) => (terms.name(name).encode_utf16().count() as i64, true),
        Value::Array(seq) => (terms.seq(seq).len() as i64, true),
        Value::Object(seq) => (terms.seq(seq).len() as i64 / 2, true),
        Value::Sequence { length, .. } => terms.known_int(length).map_or((0, false), |length| (length, true)),
        Value::Concat(seq) => sum(terms.seq(seq).iter().map(|&part| match terms.get(part) {
            // Other parts are converted to texts of unknown length.
            Value::Text(_) | Value::Call(..) if terms.is_text(part) => inside(part),
            _ => (0, false),
        })),
        Value::ResourceId { .. } | Value::Ambient(_) => (1, false),
        Value::Parameter(..) => match terms.domain(term) {
            Some(domain) if domain.is_never_null => {
                let (least, most) = (domain.lengths.least.unwrap_or(0), domain.lengths.most);
                (least, most == Some(least))
            }
            _ => (0, false),
        },
        Value::If(_, yes, no) => {
            let (yes, no) = (inside(yes), inside(no));
            (yes.0.min(no.0), yes.1 && yes == no)
        }
        Value::Coalesce(left, right) => (inside(left).0.min(inside(right).0), false),
        Value::Call(function, seq) => {
            let arguments = terms.seq(seq);
            length_of_call(terms, function, arguments, &mut inside)
        }
        _ => (0, false),
    }
}

fn length_of_call(
    terms: &Store,
    function: Function,
    arguments: &[Term],
    inside: &mut dyn FnMut(Term) -> (i64, bool),
) -> (i64, bool) {
    let count = || Some(terms.known_int(*arguments.get(1)?)?.max(0));
    match (function, arguments) {
        (Function::UniqueString, _) => (UNIQUE, true),
        (Function::Guid | Function::NewGuid, _) => (GUID, true),
        (Function::Concat, parts) => sum(parts.iter().map(|&part| inside(part))),
        (Function::Union | Function::Merged, parts) => (least_of_union(terms, parts), false),
        (Function::Sort, &[list, _]) => inside(list),
        (Function::Items | Function::ObjectKeys, &[object]) => (inside(object).0, false),
        (Function::Take, &[whole, _]) => match (inside(whole), count()) {
            ((length, is_exact), Some(count)) => (length.min(count), is_exact || length >= count),
            _ => (0, false),
        },
        (Function::Skip, &[whole, _]) => match (inside(whole), count()) {
            ((length, is_exact), Some(count)) => ((length - count).max(0), is_exact),
            _ => (0, false),
        },
        (Function::Split, &[text, delimiter]) => {
            let delimiter = terms.known_text(delimiter).filter(|delimiter| !delimiter.is_empty());
            let pieces = delimiter.map_or(1, |delimiter| least_pieces(terms, text, delimiter));
            (pieces as i64, false)
        }
        _ => (0, false),
    }
}

/// Maximum number of elements of a list, if something bounds it. Ex) `take(list, 1)`
pub(super) fn most_length(terms: &Store, list: Term) -> Option<i64> {
    most_within(terms, list, 0)
}

fn most_within(terms: &Store, list: Term, depth: u32) -> Option<i64> {
    if depth > DEPTH {
        return None;
    }
    let inside = |list: Term| most_within(terms, list, depth + 1);
    match terms.get(list) {
        Value::Array(seq) => Some(terms.seq(seq).len() as i64),
        Value::Parameter(..) => {
            terms.domain(list).filter(|domain| domain.ty == ParameterType::Array)?.lengths.most
        }
        Value::If(_, yes, no) => Some(inside(yes)?.max(inside(no)?)),
        Value::Call(Function::Take, seq) => {
            let &[whole, count] = terms.seq(seq) else { return None };
            let count = terms.known_int(count).map(|count| count.max(0));
            inside(whole).map_or(count, |most| Some(count.map_or(most, |count| count.min(most))))
        }
        Value::Call(Function::Skip, seq) => {
            let &[whole, count] = terms.seq(seq) else { return None };
            let (most, count) = (inside(whole)?, terms.known_int(count)?);
            Some((most - count.max(0)).max(0))
        }
        Value::Call(Function::Filter | Function::Sort | Function::Intersection, seq) => {
            inside(*terms.seq(seq).first()?)
        }
        Value::Call(Function::Concat | Function::Union, seq) => {
            terms.seq(seq).iter().try_fold(0, |sum: i64, &part| Some(sum.saturating_add(inside(part)?)))
        }
        _ => None,
    }
}

/// Minimum number of pieces between the delimiters in a text.
fn least_pieces(terms: &Store, text: Term, delimiter: &str) -> usize {
    let Value::Concat(seq) = terms.get(text) else { return 1 };
    let known = terms.seq(seq).iter().filter_map(|&part| terms.known_text(part));
    // A longer delimiter at a border may use a letter of the next part.
    let is_one = delimiter.chars().count() == 1;
    let mut found = known.map(|part| part.matches(delimiter).count());
    1 + if is_one { found.sum() } else { found.next().filter(|_| starts_known(terms, seq)).unwrap_or(0) }
}

fn starts_known(terms: &Store, parts: super::term::Seq) -> bool {
    terms.seq(parts).first().is_some_and(|&part| terms.known_text(part).is_some())
}

/// Minimum number of distinct elements or properties in the union of some values.
fn least_of_union(terms: &Store, parts: &[Term]) -> i64 {
    let mut keys: Vec<String> = Vec::new();
    let (mut elements, mut is_filled): (Vec<Term>, bool) = (Vec::new(), false);
    for &part in parts {
        match terms.get(part) {
            Value::Array(seq) => {
                is_filled |= !terms.seq(seq).is_empty();
                elements.extend(terms.seq(seq).iter().filter(|&&element| terms.is_literal(element)));
            }
            Value::Object(_) => {
                let known = terms.properties(part).unwrap_or_default();
                keys.extend(known.into_iter().map(|(key, _)| terms.name(key).to_lowercase()));
            }
            _ => {}
        }
    }
    keys.sort_unstable();
    keys.dedup();
    elements.sort_unstable();
    elements.dedup();
    (keys.len().max(elements.len()).max(usize::from(is_filled))) as i64
}

/// Whether two different values are certainly different, by what is known of them as texts and lists.
pub(super) fn cannot_be_equal(terms: &Store, one: Term, other: Term) -> bool {
    if is_of_another_length(terms, one, other) || is_of_another_length(terms, other, one) {
        return true;
    }
    let is_part = |term: Term| matches!(terms.get(term), Value::Concat(_) | Value::ResourceId { .. });
    let is_call = |term: Term| matches!(terms.get(term), Value::Call(..));
    let is_whole = |term: Term| matches!(terms.get(term), Value::Text(_) | Value::Array(_));
    if !(is_part(one) || is_part(other) || is_call(one) && is_whole(other) || is_whole(one) && is_call(other))
    {
        return false;
    }
    let (head, other_head) = (terms.head(one).text, terms.head(other).text);
    let (tail, other_tail) = (terms.tail(one).text, terms.tail(other).text);
    let longer = |one: Term, other: Term| {
        terms.exact_length(one).is_some_and(|length| length < terms.least_length(other))
    };
    !head.starts_with(&other_head) && !other_head.starts_with(&head)
        || !tail.ends_with(&other_tail) && !other_tail.ends_with(&tail)
        || longer(one, other)
        || longer(other, one)
        || does_not_fit(terms, one, other)
        || does_not_fit(terms, other, one)
        || is_part(one) && is_part(other) && identity::are_texts_apart(terms, one, other)
}

/// Whether a parameter cannot have the length of a known value. Ex) `'ab'` under `@minLength(3)`
fn is_of_another_length(terms: &Store, parameter: Term, value: Term) -> bool {
    matches!(terms.get(parameter), Value::Parameter(..))
        && matches!(terms.get(value), Value::Text(_) | Value::Array(_))
        && terms.domain(parameter).is_some_and(|domain| {
            terms.exact_length(value).is_some_and(|length| !domain.lengths.holds(length))
        })
}

/// Whether a known text cannot consist of the parts of another text.
fn does_not_fit(terms: &Store, text: Term, parts: Term) -> bool {
    let (Some(text), Value::Concat(seq)) = (terms.known_text(text), terms.get(parts)) else { return false };
    let parts = terms.seq(seq);
    let known = |part: Option<&Term>| part.and_then(|&part| terms.known_text(part)).unwrap_or("");
    let (start, end) = (known(parts.first()), known(parts.last()));
    let inner = text.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
    !inner.is_some_and(|inner| hold_in_turn(terms, inner, &parts[1..parts.len() - 1]))
}

/// Whether a text contains the known parts of another in order, without overlaps.
pub(super) fn hold_in_turn(terms: &Store, text: &str, parts: &[Term]) -> bool {
    let mut rest = text;
    parts.iter().filter_map(|&part| terms.known_text(part)).all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

/// `length(value) == length`, if it is decided or can be expressed without the length.
pub(super) fn length_is(terms: &mut Terms, value: Term, length: i64) -> Option<Term> {
    if let Some(exact) = terms.exact_length(value) {
        return Some(terms.bool(exact == length));
    }
    if length < terms.least_length(value) {
        return Some(terms.bool(false));
    }
    if length == 0
        && let Value::Call(Function::Filter, seq) = terms.get(value)
        && let &[list, lambda] = terms.seq(seq)
        && let Value::Lambda { level, body, .. } = terms.get(lambda)
    {
        let wanted = asked_for(terms, body, level)?;
        let found: Vec<Term> =
            wanted.into_iter().map(|element| terms.call(Function::Contains, &[list, element])).collect();
        let any = terms.or(&found);
        return Some(terms.not(any));
    }
    None
}

/// The values one of which a bound variable must have. Ex) `x => x == 'a' || x == 'b'`
fn asked_for(terms: &Terms, body: Term, level: u32) -> Option<Vec<Term>> {
    match terms.get(body) {
        Value::Equal(one, other) => {
            let is_bound = |term: Term| terms.get(term) == Value::Bound(level);
            let wanted = if is_bound(one) {
                other
            } else if is_bound(other) {
                one
            } else {
                return None;
            };
            // `null` may be asked for where nothing is.
            (terms.free(wanted) == 0 && terms.is_literal(wanted) && wanted != terms.null())
                .then(|| vec![wanted])
        }
        Value::Or(seq) => {
            let found: Option<Vec<_>> =
                terms.seq(seq).iter().map(|&part| asked_for(terms, part, level)).collect();
            Some(found?.concat())
        }
        _ => None,
    }
}

/// A piece of `split(text, delimiter)`, counted from 0 at the start, if it is in the known part.
pub(super) fn piece_from_start(terms: &mut Terms, split: Term, at: i64) -> Option<Term> {
    let (text, delimiter) = split_by(terms, split)?;
    let Edge { text, is_whole } = terms.head(text);
    let mut pieces = text.split(&delimiter);
    let piece = pieces.nth(usize::try_from(at).ok()?)?;
    // The last known piece may continue in the unknown part.
    (is_whole || pieces.next().is_some()).then(|| terms.text(piece))
}

/// The same from the end, where the last piece is 1.
pub(super) fn piece_from_end(terms: &mut Terms, split: Term, at: i64) -> Option<Term> {
    let (text, delimiter) = split_by(terms, split)?;
    let Edge { text, is_whole } = terms.tail(text);
    // A longer delimiter may begin in the unknown part.
    if delimiter.chars().count() > 1 && !is_whole {
        return None;
    }
    let mut pieces: Vec<&str> = text.split(&delimiter).collect();
    if !is_whole {
        pieces.remove(0);
    }
    let at = pieces.len().checked_sub(usize::try_from(at).ok()?)?;
    pieces.get(at).map(|piece| terms.text(piece))
}

fn split_by(terms: &Terms, split: Term) -> Option<(Term, String)> {
    let Value::Call(Function::Split, seq) = terms.get(split) else { return None };
    let &[text, delimiter] = terms.seq(seq) else { return None };
    let delimiter = terms.known_text(delimiter).filter(|delimiter| !delimiter.is_empty())?;
    Some((text, delimiter.to_owned()))
}
