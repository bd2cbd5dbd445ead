//! Ids that are built from the parts of an unknown id.
//!
//! ```bicep
//! param hubId string
//! resource hub '…/virtualHubs@…' existing = {
//!   name: last(split(hubId, '/'))
//!   scope: resourceGroup(split(hubId, '/')[2], split(hubId, '/')[4])
//! }
//! ```
//!
//! Then `hub.id` is `hubId`, or its parent if `hubId` is the id of a child. The other writers of the template decide which of the two.
//! If a call supplies the id, its parts are known, and there is no question. A resource group whose name comes from the id is in the
//! subscription of the id, even if the template names only its own subscription.
//!
//! If one hub is named `last(split(hubId, '/'))` and another in the same scope `split(hubId, '/')[8]`, the id must be that of a hub: with
//! a longer id the first would have a wrong name, and with a shorter one the second would have none. So they are one hub.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::eval::spellings::as_name;
use crate::eval::term::{Ambient, Function, Name, Term, Value};
use crate::eval::terms::Terms;

/// The positions of subscription, resource group and first name in an id that is split at slashes.
const SUBSCRIPTION: i64 = 2;
const GROUP: i64 = 4;
const FIRST_NAME: i64 = 8;
/// Maximum number of parents of an id that are tried.
const PARENTS: usize = 2;

/// The parts of an id.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Parts {
    /// The id that was split.
    whole: Term,
    ty: Name,
    /// The scope; `None` for the resource group of the id.
    scope: Option<Term>,
    /// The names; `None` for those of the id.
    names: SmallVec<[Option<Term>; 2]>,
}

/// Replaces each object that is built from the parts of another id by that id. `of` returns the topic and the object of an item; only
/// objects of one topic are compared.
pub(super) fn join<I>(
    terms: &mut Terms,
    items: &mut [I],
    of: impl Fn(&I) -> (Option<u32>, Term),
    set: impl Fn(&mut I, Term),
) {
    join_spellings(terms, items, &of, &set);
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
        let mut is_known = false;
        if parts.are_all_of_it() {
            let mut whole = terms.fold_case(parts.whole);
            let mut left = PARENTS;
            while left > 0 && !known.contains(&(topic, whole)) {
                let parent = terms.call(Function::Parent, &[whole]);
                whole = terms.fold_case(parent);
                left -= 1;
            }
            is_known = known.contains(&(topic, whole));
            if is_known {
                set(&mut items[at], whole);
            }
        }
        if !is_known {
            set(&mut items[at], *first.entry((topic, parts)).or_insert(object));
        }
    }
}

/// Gives objects that are written in several ways the one that is written plainly, or first. Ex) `trim(hubId)` and `hubId`
fn join_spellings<I>(
    terms: &mut Terms,
    items: &mut [I],
    of: &impl Fn(&I) -> (Option<u32>, Term),
    set: &impl Fn(&mut I, Term),
) {
    let mut respelled = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let object = of(item).1;
        let name = as_name(terms, object);
        if name != object {
            respelled.push((at, terms.fold_case(name)));
        }
    }
    if respelled.is_empty() {
        return;
    }
    let known: FxHashSet<(Option<u32>, Term)> = items.iter().map(of).collect();
    let mut first: FxHashMap<(Option<u32>, Term), Term> = FxHashMap::default();
    for (at, name) in respelled {
        let (topic, object) = of(&items[at]);
        let same =
            if known.contains(&(topic, name)) { name } else { *first.entry((topic, name)).or_insert(object) };
        set(&mut items[at], same);
    }
}

impl Parts {
    /// Whether all parts come from the id.
    fn are_all_of_it(&self) -> bool {
        self.scope.is_none() && self.names.iter().all(Option::is_none)
    }
}

/// The parts of an id, if its name comes from another id.
fn parts_of(terms: &Terms, id: Term) -> Option<Parts> {
    let Value::ResourceId { scope, ty, names } = terms.get(id) else { return None };
    let names = terms.seq(names);
    let &first = names.first()?;
    let whole = piece(terms, first, FIRST_NAME).or_else(|| last_piece(terms, first))?;
    let is_of_whole = |at: usize, name: Term| {
        let number = FIRST_NAME + 2 * at as i64;
        let is_an_end = at == 0 || at + 1 == names.len();
        piece(terms, name, number) == Some(whole) || is_an_end && last_piece(terms, name) == Some(whole)
    };
    let is_its_group = |scope| {
        let Value::ResourceGroup(subscription, group) = terms.get(scope) else { return false };
        let is_own = terms.get(subscription) == Value::Ambient(Ambient::SubscriptionId);
        piece(terms, group, GROUP) == Some(whole)
            && (is_own || piece(terms, subscription, SUBSCRIPTION) == Some(whole))
    };
    let names = names.iter().enumerate();
    Some(Parts {
        whole,
        ty,
        scope: (!is_its_group(scope)).then_some(scope),
        names: names.map(|(at, &name)| (!is_of_whole(at, name)).then_some(name)).collect(),
    })
}

/// The text of which a term is the piece with this number. Ex) `split(hubId, '/')[2]`
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
