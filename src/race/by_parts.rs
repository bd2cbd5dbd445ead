//! Ids that are put together from the parts of one that is not known.
//!
//! ```bicep
//! param hubId string
//! resource hub '…/virtualHubs@…' existing = {
//!   name: last(split(hubId, '/'))
//!   scope: resourceGroup(split(hubId, '/')[2], split(hubId, '/')[4])
//! }
//! ```
//!
//! `hub.id` is `hubId` then, or its parent where that is the id of a child: which of the two, the other writers of the template
//! tell. Where a call gives the id, its parts are known, and nothing has to be told.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::eval::term::{Function, Name, Term, Value};
use crate::eval::terms::Terms;

/// Where the subscription stands between the slashes of an id, the resource group, and the first name.
const SUBSCRIPTION: i64 = 2;
const GROUP: i64 = 4;
const FIRST_NAME: i64 = 8;
/// So many parents of an id may be meant.
const PARENTS: usize = 2;

/// What an id is made of: the id that was taken apart, the type of the resource, and how many names it has.
type Parts = (Term, Name, usize);

/// Gives each object that is made of the parts of another that other one. `of` tells the object of an item, and what is compared with
/// it: the entry of the catalogue.
pub(super) fn join<I>(
    terms: &mut Terms,
    items: &mut [I],
    of: impl Fn(&I) -> (Option<u32>, Term),
    set: impl Fn(&mut I, Term),
) {
    let mut apart = Vec::new();
    for (at, item) in items.iter().enumerate() {
        apart.extend(parts_of(terms, of(item).1).map(|parts| (at, parts)));
    }
    if apart.is_empty() {
        return;
    }
    let known: FxHashSet<(Option<u32>, Term)> = items.iter().map(&of).collect();
    let mut first: FxHashMap<(Option<u32>, Parts), Term> = FxHashMap::default();
    for (at, parts) in apart {
        let (topic, object) = of(&items[at]);
        let mut whole = terms.fold_case(parts.0);
        let mut left = PARENTS;
        while left > 0 && !known.contains(&(topic, whole)) {
            let parent = terms.call(Function::Parent, &[whole]);
            whole = terms.fold_case(parent);
            left -= 1;
        }
        let is_known = known.contains(&(topic, whole));
        let object = if is_known { whole } else { *first.entry((topic, parts)).or_insert(object) };
        set(&mut items[at], object);
    }
}

/// The parts of which an id is made, if all of them are of one text.
fn parts_of(terms: &Terms, id: Term) -> Option<Parts> {
    let Value::ResourceId { scope, ty, names } = terms.get(id) else { return None };
    let Value::ResourceGroup(subscription, group) = terms.get(scope) else { return None };
    let whole = piece(terms, subscription, SUBSCRIPTION)?;
    if piece(terms, group, GROUP) != Some(whole) {
        return None;
    }
    let names = terms.seq(names);
    let is_piece = |(at, &name): (usize, &Term)| {
        let number = FIRST_NAME + 2 * at as i64;
        piece(terms, name, number) == Some(whole)
            || at + 1 == names.len() && last_piece(terms, name) == Some(whole)
    };
    names.iter().enumerate().all(is_piece).then_some((whole, ty, names.len()))
}

/// The text of which a term is the piece of this number. Ex) `split(hubId, '/')[2]`
fn piece(terms: &Terms, term: Term, number: i64) -> Option<Term> {
    let Value::Index(pieces, at) = terms.get(term) else { return None };
    if terms.known_int(at) == Some(number) { split_at_slashes(terms, pieces) } else { None }
}

/// The text of which a term is the last piece.
fn last_piece(terms: &Terms, term: Term) -> Option<Term> {
    match terms.get(term) {
        Value::Call(Function::Last, seq) => split_at_slashes(terms, *terms.seq(seq).first()?),
        Value::Call(Function::FromEnd, seq) => match *terms.seq(seq) {
            [pieces, at] if terms.known_int(at) == Some(1) => split_at_slashes(terms, pieces),
            _ => None,
        },
        _ => None,
    }
}

fn split_at_slashes(terms: &Terms, pieces: Term) -> Option<Term> {
    let Value::Call(Function::Split, seq) = terms.get(pieces) else { return None };
    let &[text, delimiter] = terms.seq(seq) else { return None };
    (terms.known_text(delimiter) == Some("/")).then_some(text)
}
