//! Whether a list contains the elements of another one: a declaration that rewrites a whole list does not remove them.
//!
//! ```bicep
//! subnets: [for x in nets: { name: x.name, properties: { addressPrefix: x.prefix } }]      // the list of a network
//! resource subnet '…/subnets@…' = { name: 'work', properties: { addressPrefix: prefix } }   // what is added to it
//! ```
//!
//! Two elements are the same if certain properties of them are the same, whatever else they have. Values are compared
//! without regard to case. A property that is missing equals one that is `null`, in whatever way it is left out. The
//! lists stay expressions over the parameters until they are known well enough: a call that gives `nets` decides the
//! question.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::attributes::fresh;
use super::functions::Function;
use super::said;
use super::term::{CopyVariable, Term, Value};
use super::terms::Terms;

/// Maximum depth to which objects and lists are compared by their parts. It is not a limit, because deeper parts are
/// compared as a whole.
const DEPTH: u32 = 32;

/// The properties that identify an element, in a given order.
type Key = SmallVec<[Term; 2]>;

/// A piece of a list.
enum Piece {
    /// One element.
    One(Key),
    /// `length` elements, made by one rule over a bound variable.
    Alike { length: Term, level: u32, key: Key },
}

/// When a list contains each element of another one. Elements are compared by the properties of these names; a list
/// that is `null` has no elements.
pub fn holds(terms: &mut Terms, list: Term, others: Term, names: &[Term]) -> Term {
    let mut arguments = vec![list, others];
    arguments.extend(names);
    terms.call(Function::Holds, &arguments)
}

/// The elements of a `list` for each index of a loop of this length, as one list.
pub fn over_all(terms: &mut Terms, length: Term, variable: CopyVariable, list: Term) -> Term {
    let level = match fresh(terms.free(list)) {
        Ok(level) => level,
        Err(reached) => return terms.cut(reached),
    };
    let index = terms.bound(level);
    let list = terms.replace_copy(list, variable, index);
    if let Some(&[only]) = terms.elements(list) {
        return terms.sequence(length, only, level);
    }
    let lists = terms.sequence(length, list, level);
    terms.call(Function::Flatten, &[lists])
}

/// Folds [`Function::Holds`]: `None` if the answer is not known.
pub(super) fn of_lists(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let &[list, others, ref names @ ..] = arguments else { return None };
    if list == others {
        return Some(terms.bool(true));
    }
    if let Some((condition, yes, no)) = terms.as_if(others) {
        let (yes, no) = (holds(terms, list, yes, names), holds(terms, list, no, names));
        return Some(terms.if_(condition, yes, no));
    }
    let names: Vec<String> =
        names.iter().filter_map(|&name| terms.known_text(name).map(str::to_owned)).collect();
    let others = pieces(terms, others, &names)?;
    let pieces = pieces(terms, list, &names)?;
    let list = Pieces::new(terms, pieces);
    let mut all = Some(true);
    for other in &others {
        match list.hold(terms, other) {
            Some(true) => {}
            Some(false) => return Some(terms.bool(false)),
            None => all = None,
        }
    }
    all.map(|all| terms.bool(all))
}

/// The pieces of a list; `None` if it is too deep.
fn pieces(terms: &mut Terms, list: Term, names: &[String]) -> Option<Vec<Piece>> {
    let mut found = Vec::new();
    let mut open = vec![list];
    while let Some(list) = open.pop() {
        let list = said::listed(terms, list);
        match terms.get(list) {
            Value::Null => {}
            Value::Array(seq) => {
                for element in terms.seq(seq).to_vec() {
                    found.push(Piece::One(key(terms, element, names)));
                }
            }
            Value::Call(Function::Concat, seq) => open.extend_from_slice(terms.seq(seq)),
            Value::Sequence { length, element, level } => {
                // Ex) `contains(o, 'rules') ? length(o.rules) : 0`
                let length = match terms.as_if(length) {
                    Some((condition, yes, no))
                        if terms.known_int(no) == Some(0) && said::asks_for(terms, condition, yes) =>
                    {
                        yes
                    }
                    _ => length,
                };
                found.push(Piece::Alike { length, level, key: key(terms, element, names) });
            }
            _ => {
                let level = fresh(terms.free(list)).ok()?;
                let index = terms.bound(level);
                let element = terms.index(list, index);
                let length = terms.call(Function::Length, &[list]);
                found.push(Piece::Alike { length, level, key: key(terms, element, names) });
            }
        }
    }
    Some(found)
}

/// The values of the properties by which an element is compared.
fn key(terms: &mut Terms, element: Term, names: &[String]) -> Key {
    let property = |name: &String| {
        let value = terms.member_ignoring_case(element, name);
        terms.fold_case(value)
    };
    names.iter().map(property).collect()
}

/// The pieces of the list that is searched.
struct Pieces {
    all: Vec<Piece>,
    /// The elements by the first part of their keys.
    by_first: FxHashMap<Term, Vec<usize>>,
    /// Whether all pieces are single elements whose first part is a literal.
    are_told: bool,
}

impl Pieces {
    fn new(terms: &Terms, all: Vec<Piece>) -> Self {
        let mut by_first: FxHashMap<Term, Vec<usize>> = FxHashMap::default();
        let mut are_told = true;
        for (at, piece) in all.iter().enumerate() {
            let first = match piece {
                Piece::One(key) => key.first().copied(),
                Piece::Alike { .. } => None,
            };
            are_told &= first.is_some_and(|first| terms.is_literal(first));
            if let Some(first) = first {
                by_first.entry(first).or_default().push(at);
            }
        }
        Self { all, by_first, are_told }
    }

    /// Whether a piece of another list, or each of its elements, is among these pieces.
    fn hold(&self, terms: &mut Terms, other: &Piece) -> Option<bool> {
        let first = match other {
            Piece::One(key) => key.first().copied(),
            Piece::Alike { .. } => None,
        };
        let alike = first.and_then(|first| self.by_first.get(&first)).map_or(&[][..], Vec::as_slice);
        let mut found = self.any(terms, alike.iter().copied(), other);
        let others_may = !(self.are_told && first.is_some_and(|first| terms.is_literal(first)));
        if found != Some(true) && others_may {
            found = self.any(terms, 0..self.all.len(), other);
        }
        found
    }

    fn any(&self, terms: &mut Terms, of: impl Iterator<Item = usize>, other: &Piece) -> Option<bool> {
        let mut found = Some(false);
        for at in of {
            terms.work.count(1);
            match same_piece(terms, &self.all[at], other) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => found = None,
            }
        }
        // A piece may be empty, and any list contains the elements of an empty piece.
        match other {
            Piece::Alike { .. } if found == Some(false) => None,
            _ => found,
        }
    }
}

fn same_piece(terms: &mut Terms, one: &Piece, other: &Piece) -> Option<bool> {
    match (one, other) {
        (Piece::One(one), Piece::One(other)) => all_same(terms, one, other, 0),
        (
            Piece::Alike { length, level, key },
            Piece::Alike { length: its_length, level: its_level, key: its_key },
        ) if level == its_level => {
            let is_as_long = terms.equal(*length, *its_length);
            // If the elements at one index differ, those at another may be the same.
            (terms.is_true(is_as_long) && all_same(terms, key, its_key, 0) == Some(true)).then_some(true)
        }
        _ => None,
    }
}

/// Whether two rows of values are the same, value by value.
fn all_same(terms: &mut Terms, ones: &[Term], others: &[Term], depth: u32) -> Option<bool> {
    if ones.len() != others.len() {
        return Some(false);
    }
    let mut all = Some(true);
    for (&one, &other) in ones.iter().zip(others) {
        match same(terms, one, other, depth) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

/// Whether two values are the same, apart from case and from properties that are `null`.
fn same(terms: &mut Terms, one: Term, other: Term, depth: u32) -> Option<bool> {
    let (one, other) = (terms.fold_case(one), terms.fold_case(other));
    if one == other {
        return Some(true);
    }
    terms.work.count(1);
    if depth == 0 && said::said(terms, one) == said::said(terms, other) {
        return Some(true);
    }
    match (terms.get(one), terms.get(other)) {
        (Value::Object(_), Value::Object(_)) if depth < DEPTH => {
            let (ones, others) = (terms.properties(one)?, terms.properties(other)?);
            let is_of = |terms: &Terms, wanted, all: &[(_, Term)]| {
                all.iter().any(|&(key, _)| terms.name(key).eq_ignore_ascii_case(terms.name(wanted)))
            };
            let mut names: Vec<_> = ones.iter().map(|&(name, _)| name).collect();
            names.extend(others.iter().map(|&(name, _)| name).filter(|&name| !is_of(terms, name, &ones)));
            let (mut values, mut its_values) = (Vec::new(), Vec::new());
            for name in names {
                let name = terms.name(name).to_owned();
                values.push(terms.member_ignoring_case(one, &name));
                its_values.push(terms.member_ignoring_case(other, &name));
            }
            all_same(terms, &values, &its_values, depth + 1)
        }
        (Value::Array(ones), Value::Array(others)) if depth < DEPTH => {
            let (ones, others) = (terms.seq(ones).to_vec(), terms.seq(others).to_vec());
            all_same(terms, &ones, &others, depth + 1)
        }
        (Value::If(condition, yes, no), Value::If(its_condition, its_yes, its_no))
            if condition == its_condition && depth < DEPTH =>
        {
            all_same(terms, &[yes, no], &[its_yes, its_no], depth + 1).filter(|&same| same)
        }
        (
            Value::Sequence { length, element, level },
            Value::Sequence { length: its_length, element: its_element, level: its_level },
        ) if level == its_level && depth < DEPTH => {
            all_same(terms, &[length, element], &[its_length, its_element], depth + 1).filter(|&same| same)
        }
        _ => {
            let equal = terms.equal(one, other);
            terms.known_bool(equal)
        }
    }
}
