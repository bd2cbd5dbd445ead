//! Traces a value that is selected from a derived list back to an element of the original list.
//!
//! ```bicep
//! filter(list, x => x.name == 'a')[i]     // list[j], where list[j].name == 'a'
//! skip(list, 2)[i]                        // list[j], where j is i + 2
//! toObject(list, x => x.name).a           // list[j], where list[j].name == 'a'
//! items(object)[i].value, object.a        // one of the items, where its key is 'a'
//! ```
//!
//! If `j` is not known, the value may be any of the elements. So this module can show that two values may be the same
//! element, but never that they are different ones, and the normal form of terms does not use it.

use smallvec::{SmallVec, smallvec};

use super::functions::Function;
use super::small_map::SmallMap;
use super::store::Store;
use super::term::{CopyVariable, Term, Value};
use super::terms::Terms;

/// Maximum nesting of list functions that are followed.
const DEPTH: u32 = 8;

/// An element of a list, over its index there: [`CopyVariable::Between`].
#[derive(Clone, Copy, Debug)]
pub struct Picked {
    /// The original list.
    pub list: Term,
    /// The selected value, as an expression over the element.
    pub value: Term,
    /// The condition that the element must fulfil.
    pub holds: Term,
    /// The index of the element, if it is known.
    pub place: Option<Term>,
}

/// How a value is selected from a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By its index, which may be that of a loop.
    Index(Term),
    /// By a condition. Ex) `first(filter(list, x => x.name == 'a'))`
    Condition,
}

/// A part of a value that is selected from a list, with that list as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Pick {
    /// The selected part.
    pub part: Term,
    /// The list.
    pub from: Term,
    /// How the part is selected.
    pub by: By,
}

/// The outermost part of a value that is selected from a list. Function values and lists are not searched.
pub fn pick_inside(terms: &mut Terms, value: Term) -> Option<Pick> {
    let (mut open, mut seen): (SmallVec<[Term; 16]>, _) = (smallvec![value], SmallMap::default());
    while let Some(term) = open.pop() {
        if !seen.is_new(term) {
            continue;
        }
        if let Some(pick) = as_pick(terms, term).or_else(|| from_end(terms, term)) {
            return Some(pick);
        }
        each_part_of_name(terms, term, &mut |part| open.push(part));
    }
    None
}

/// A part of an id that is a property of one of the objects, with the object and the key.
pub fn property_inside(
    terms: &mut Terms,
    value: Term,
    is_one: impl Fn(Term) -> bool,
) -> Option<(Term, Term, Term)> {
    let (mut open, mut seen): (SmallVec<[Term; 16]>, _) = (smallvec![value], SmallMap::default());
    while let Some(term) = open.pop() {
        if !seen.is_new(term) {
            continue;
        }
        match terms.get(term) {
            Value::Member(base, name) if is_one(base) => {
                let name = terms.name(name).to_owned();
                return Some((term, base, terms.text(&name)));
            }
            Value::Index(base, key) if is_one(base) => return Some((term, base, key)),
            _ => each_part_of_name(terms, term, &mut |part| open.push(part)),
        }
    }
    None
}

/// Calls a function for the parts of an id or a name that are ids and names themselves, and for the values that they
/// are taken from.
fn each_part_of_name(terms: &Store, term: Term, each: &mut dyn FnMut(Term)) {
    let value = terms.get(term);
    match value {
        Value::Call(function, _) if !function.keeps_case() || function == Function::Each => {}
        Value::ResourceId { .. }
        | Value::Concat(_)
        | Value::Call(..)
        | Value::ResourceGroup(..)
        | Value::Member(..)
        | Value::Index(..)
        | Value::Subscription(_)
        | Value::Resource(_)
        | Value::ManagementGroup(_) => terms.each_child(value, each),
        _ => {}
    }
}

fn as_pick(terms: &Store, part: Term) -> Option<Pick> {
    match terms.get(part) {
        Value::Index(from, _) if matches!(terms.get(from), Value::Call(Function::Split, _)) => None,
        Value::Index(from, index) if !matches!(terms.get(index), Value::Text(_)) => {
            let is_first = terms.known_int(index) == Some(0) && is_conditional(terms, from);
            let by = if is_first { By::Condition } else { By::Index(index) };
            // A value that is looked up by a key is not an element of a list.
            (terms.properties(from).is_none() || is_first).then_some(Pick { part, from, by })
        }
        Value::Call(Function::Last, seq) => {
            let from = *terms.seq(seq).first()?;
            let by = By::Condition;
            is_conditional(terms, from).then_some(Pick { part, from, by })
        }
        Value::Member(from, _) if matches!(terms.get(from), Value::Call(Function::ToObject, _)) => {
            Some(Pick { part, from: part, by: By::Condition })
        }
        _ => None,
    }
}

/// Whether a list contains only some elements of another one, as far as it is known.
fn is_conditional(terms: &Store, list: Term) -> bool {
    match terms.get(list) {
        Value::Call(Function::Filter, _) => true,
        Value::Member(base, _) => match terms.get(base) {
            Value::Call(Function::GroupBy, _) => true,
            // Ex) `items(groupBy(list, x => x.name))[i].value`
            Value::Index(items, _) => matches!(terms.get(items), Value::Call(Function::Items, seq)
                if matches!(terms.get(terms.seq(seq)[0]), Value::Call(Function::GroupBy, _))),
            _ => false,
        },
        _ => false,
    }
}

/// The last element of a list, or one before it, by its index: the length of the list plus a number.
fn from_end(terms: &mut Terms, value: Term) -> Option<Pick> {
    let Value::Call(function, seq) = terms.get(value) else { return None };
    let (from, back) = match (function, terms.seq(seq)) {
        (Function::Last, &[from]) => (from, 1),
        (Function::FromEnd, &[from, back]) => (from, terms.known_int(back)?),
        _ => return None,
    };
    // The pieces of a text are not a list that a loop iterates over.
    if matches!(terms.get(from), Value::Call(Function::Split, _)) {
        return None;
    }
    let (length, back) = (terms.call(Function::Length, &[from]), terms.int(back));
    let index = terms.call(Function::Minus, &[length, back]);
    Some(Pick { part: value, from, by: By::Index(index) })
}

/// The elements that `pick` may select, each over its index.
pub fn picked(terms: &mut Terms, pick: &Pick) -> Vec<Picked> {
    let mut found = Vec::new();
    let holds = terms.bool(true);
    if pick.from == pick.part {
        by_key(terms, pick.part, holds, 0, &mut found);
    } else {
        elements(terms, pick.from, holds, 0, &mut found);
    }
    found
}

/// The property of an object as one of its items.
pub fn item_of(terms: &mut Terms, object: Term, key: Term) -> Picked {
    let list = terms.call(Function::Items, &[object]);
    let at = terms.copy_index(CopyVariable::Between);
    let item = terms.index(list, at);
    let (value, own) = (terms.member(item, "value"), terms.member(item, "key"));
    let holds = terms.equal(own, key);
    Picked { list, value, holds, place: None }
}

/// Adds the elements of a list.
fn elements(terms: &mut Terms, list: Term, holds: Term, depth: u32, found: &mut Vec<Picked>) {
    if depth > DEPTH {
        return;
    }
    let at = terms.copy_index(CopyVariable::Between);
    let before = found.len();
    match terms.get(list) {
        Value::Call(function, seq) => {
            let arguments = terms.seq(seq).to_vec();
            of_call(terms, (function, &arguments), holds, depth, found);
        }
        Value::Member(base, key) if matches!(terms.get(base), Value::Call(Function::GroupBy, _)) => {
            let name = terms.name(key).to_owned();
            let name = terms.text(&name);
            of_group(terms, base, Some(name), holds, depth, found);
        }
        Value::Member(item, key)
            if terms.name(key) == "value"
                && let Value::Index(items, _) = terms.get(item)
                && let Value::Call(Function::Items, seq) = terms.get(items) =>
        {
            let object = terms.seq(seq)[0];
            of_group(terms, object, None, holds, depth, found);
        }
        _ => {}
    }
    if found.len() == before && !matches!(terms.get(list), Value::Array(_) | Value::Null) {
        let value = terms.index(list, at);
        found.push(Picked { list, value, holds, place: Some(at) });
    }
}

/// Adds the elements of a list that a function derives from others; nothing if the function makes new elements.
fn of_call(
    terms: &mut Terms,
    (function, arguments): (Function, &[Term]),
    holds: Term,
    depth: u32,
    found: &mut Vec<Picked>,
) {
    let from = found.len();
    match (function, arguments) {
        (Function::Sort, &[inner, _]) => {
            elements(terms, inner, holds, depth + 1, found);
            forget_places(found, from);
        }
        (Function::Filter, &[inner, lambda]) => {
            elements(terms, inner, holds, depth + 1, found);
            forget_places(found, from);
            keep_where(terms, found, from, &mut |terms, value| terms.apply(lambda, &[value]));
        }
        (Function::Concat, parts) => {
            let mut before = terms.int(0);
            for &part in parts {
                let own = found.len();
                add_part(terms, part, holds, depth, found);
                move_places(terms, found, own, |terms, place| terms.call(Function::Plus, &[place, before]));
                let length = terms.call(Function::Length, &[part]);
                before = terms.call(Function::Plus, &[before, length]);
            }
        }
        (Function::Union, parts) => {
            for &part in parts {
                add_part(terms, part, holds, depth, found);
            }
            forget_places(found, from);
        }
        (Function::Intersection, &[inner, ref others @ ..]) => {
            elements(terms, inner, holds, depth + 1, found);
            forget_places(found, from);
            keep_where(terms, found, from, &mut |terms, value| {
                let all: Vec<Term> =
                    others.iter().map(|&other| terms.call(Function::Contains, &[other, value])).collect();
                Some(terms.and(&all))
            });
        }
        (Function::Take, &[inner, count]) => {
            elements(terms, inner, holds, depth + 1, found);
            for one in &mut found[from..] {
                if let Some(place) = one.place {
                    let is_before = terms.call(Function::Less, &[place, count]);
                    one.holds = terms.and(&[one.holds, is_before]);
                }
            }
        }
        (Function::Skip, &[inner, count]) => {
            elements(terms, inner, holds, depth + 1, found);
            for one in &mut found[from..] {
                if let Some(place) = one.place {
                    let is_behind = terms.call(Function::AtLeast, &[place, count]);
                    one.holds = terms.and(&[one.holds, is_behind]);
                }
            }
            move_places(terms, found, from, |terms, place| terms.call(Function::Minus, &[place, count]));
        }
        (Function::Items, &[object]) => of_items(terms, object, holds, depth, found),
        _ => {}
    }
}

/// Adds the elements of a part of a list; those of a literal list one by one.
fn add_part(terms: &mut Terms, part: Term, holds: Term, depth: u32, found: &mut Vec<Picked>) {
    let Some(written) = terms.elements(part).map(<[Term]>::to_vec) else {
        return elements(terms, part, holds, depth + 1, found);
    };
    for (at, value) in written.into_iter().enumerate() {
        let place = Some(terms.int(at as i64));
        found.push(Picked { list: part, value, holds, place });
    }
}

/// Adds the items of an object that is derived from a list.
fn of_items(terms: &mut Terms, object: Term, holds: Term, depth: u32, found: &mut Vec<Picked>) {
    let Value::Call(Function::ToObject, seq) = terms.get(object) else { return };
    let arguments = terms.seq(seq).to_vec();
    let from = found.len();
    elements(terms, arguments[0], holds, depth + 1, found);
    forget_places(found, from);
    let (key, value) = (terms.intern("key"), terms.intern("value"));
    for at in (from..found.len()).rev() {
        let element = found[at].value;
        let made = made_of(terms, element, &arguments);
        match made {
            Some((name, made)) => found[at].value = terms.object(&[(key, name), (value, made)]),
            None => {
                found.remove(at);
            }
        }
    }
}

/// The key and the value that `toObject` or `groupBy` derives from an element.
fn made_of(terms: &mut Terms, element: Term, arguments: &[Term]) -> Option<(Term, Term)> {
    let name = terms.apply(*arguments.get(1)?, &[element])?;
    let made = match arguments.get(2) {
        Some(&lambda) => terms.apply(lambda, &[element])?,
        None => element,
    };
    Some((name, made))
}

/// Adds the elements of a list that have this key in an object that is derived from the list.
fn by_key(terms: &mut Terms, part: Term, holds: Term, depth: u32, found: &mut Vec<Picked>) {
    let Value::Member(object, key) = terms.get(part) else { return };
    let Value::Call(Function::ToObject, _) = terms.get(object) else { return };
    let name = terms.name(key).to_owned();
    let name = terms.text(&name);
    of_group(terms, object, Some(name), holds, depth, found);
}

/// Adds the elements of a list that `toObject` or `groupBy` stores under a key, or under any key.
fn of_group(
    terms: &mut Terms,
    object: Term,
    key: Option<Term>,
    holds: Term,
    depth: u32,
    found: &mut Vec<Picked>,
) {
    let Value::Call(Function::ToObject | Function::GroupBy, seq) = terms.get(object) else { return };
    let arguments = terms.seq(seq).to_vec();
    let from = found.len();
    elements(terms, arguments[0], holds, depth + 1, found);
    forget_places(found, from);
    for at in (from..found.len()).rev() {
        let element = found[at].value;
        match made_of(terms, element, &arguments) {
            Some((name, made)) => {
                found[at].value = made;
                if let Some(key) = key {
                    let same = terms.equal(name, key);
                    found[at].holds = terms.and(&[found[at].holds, same]);
                }
            }
            None => {
                found.remove(at);
            }
        }
    }
}

fn forget_places(found: &mut [Picked], from: usize) {
    for one in &mut found[from..] {
        one.place = None;
    }
}

fn move_places(
    terms: &mut Terms,
    found: &mut [Picked],
    from: usize,
    mut to: impl FnMut(&mut Terms, Term) -> Term,
) {
    for one in &mut found[from..] {
        one.place = one.place.map(|place| to(terms, place));
    }
}

/// Keeps the elements for which a condition may hold.
fn keep_where(
    terms: &mut Terms,
    found: &mut Vec<Picked>,
    from: usize,
    holds: &mut dyn FnMut(&mut Terms, Term) -> Option<Term>,
) {
    for at in (from..found.len()).rev() {
        match holds(terms, found[at].value) {
            Some(so) => found[at].holds = terms.and(&[found[at].holds, so]),
            None => {
                found.remove(at);
            }
        }
    }
}
