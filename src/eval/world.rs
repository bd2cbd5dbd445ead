//! The world that a message shows: only assumptions that the condition needs, each of them definite.
//!
//! ```bicep
//! resource s2s '…/vpnGateways@…' = if (withVpn && kind != 'dev') { … }
//! ```
//!
//! The search may find that `withVpn` is true, `kind` is `'prod'` and `region` is `'west'`. The condition holds without
//! the last one, so the message shows two.

use super::feasibility::is_feasible;
use super::functions::Function;
use super::small_map::SmallMap;
use super::term::{Term, Value};
use super::terms::Terms;
use super::{feasibility, null, quantifier};
use crate::small_sort::SmallSort as _;

/// Worlds with more assumptions than this are not reduced.
// This affects no verdict: the condition also holds in a larger world.
const SMALL: usize = 48;

/// With more excluded values than this, the message shows a possible value instead, which is shorter.
const MANY: usize = 3;

/// A formula with more atoms is not shown by them.
const MANY_ATOMS: usize = 256;

/// The world that was found for a formula, as a message shows it: the terms that matter, and their values.
pub(super) fn told(terms: &mut Terms, formula: Term, found: Vec<(Term, Term)>) -> Vec<(Term, Term)> {
    let world = smallest(terms, formula, found);
    let world = definite(terms, formula, world);
    listed(terms, world)
}

/// Those of the given values without which a formula does not hold; `None` if it does not hold under all of them.
pub fn deciding(terms: &mut Terms, formula: Term, given: &[(Term, Term)]) -> Option<Vec<(Term, Term)>> {
    let formula = quantifier::written_out(terms, formula);
    let whole = assume_all(terms, formula, given);
    let mut kept = Vec::new();
    let is_decided = terms.is_true(whole);
    if is_decided {
        keep_needed(terms, formula, given, &mut kept);
    }
    is_decided.then_some(kept)
}

/// The assumptions that the formula needs. Earlier assumptions are removed first.
fn smallest(terms: &mut Terms, formula: Term, world: Vec<(Term, Term)>) -> Vec<(Term, Term)> {
    if world.len() > SMALL {
        return world;
    }
    let mut kept = Vec::with_capacity(world.len());
    keep_needed(terms, formula, &world, &mut kept);
    kept
}

/// Adds the assumptions that a formula needs to `kept`. It assumes each half of the others at once, so that n
/// assumptions take n log n steps.
fn keep_needed(terms: &mut Terms, formula: Term, world: &[(Term, Term)], kept: &mut Vec<(Term, Term)>) {
    if terms.is_true(formula) || world.is_empty() {
        return;
    }
    if let [one] = world {
        kept.push(*one);
        return;
    }
    let (first, second) = world.split_at(world.len() / 2);
    let before = kept.len();
    let rest = assume_all(terms, formula, second);
    keep_needed(terms, rest, first, kept);
    let needed = kept[before..].to_vec();
    let rest = assume_all(terms, formula, &needed);
    keep_needed(terms, rest, second, kept);
}

/// A formula under several assumptions, which are made until it is decided.
pub fn assume_all(terms: &mut Terms, formula: Term, world: &[(Term, Term)]) -> Term {
    let mut rest = formula;
    for &(from, to) in world {
        if terms.known_bool(rest).is_some() {
            break;
        }
        rest = null::assume_in(terms, rest, from, to);
    }
    rest
}

/// The assumptions, with `false` or `null` for a term that is only known not to be `true`.
fn definite(terms: &mut Terms, formula: Term, mut world: Vec<(Term, Term)>) -> Vec<(Term, Term)> {
    for at in 0..world.len() {
        let Some(asked) = terms.not_true(world[at].0, world[at].1) else { continue };
        let (no, null) = (terms.bool(false), terms.null());
        // Ex) `empty(settings)`, under which `settings.?on` is `null`
        let is_null =
            (0..world.len()).any(|other| other != at && feasibility::makes_null(terms, world[other], asked));
        for value in if is_null { [null, no] } else { [no, null] } {
            let mut rest = terms.replace_term(formula, asked, value);
            for (other, &(from, to)) in world.iter().enumerate() {
                if other != at && world.len() <= SMALL {
                    rest = null::assume_in(terms, rest, from, to);
                }
            }
            if terms.is_true(rest) || world.len() > SMALL {
                world[at] = (asked, value);
                break;
            }
        }
    }
    world
}

/// The assumptions, with excluded values in place of one possible value of a list of allowed values. The search takes
/// the first possible value, which has no meaning of its own.
/// Ex) `sku` is not `'Basic'`, where the search took `'Premium'` of three
pub fn without_choice(terms: &mut Terms, formula: Term, world: Vec<(Term, Term)>) -> Vec<(Term, Term)> {
    let has_list =
        |&(term, _): &(Term, Term)| terms.domain(term).is_some_and(|known| known.allowed.is_some());
    if world.len() > SMALL || !world.iter().any(has_list) {
        return world;
    }
    let formula = quantifier::written_out(terms, formula);
    let world = in_own_atoms(terms, formula, world);
    let mut told = world.clone();
    for &(term, value) in &world {
        let Some(allowed) = terms.domain(term).and_then(|domain| domain.allowed.clone()) else { continue };
        let others: Vec<(Term, Term)> = told.iter().copied().filter(|&fact| fact != (term, value)).collect();
        let rest = assume_all(terms, formula, &others);
        let fails = |terms: &mut Terms, &value: &Term| {
            let rest = null::assume_in(terms, rest, term, value);
            !terms.is_true(rest)
        };
        let ruled_out: Vec<Term> = allowed.iter().copied().filter(|value| fails(terms, value)).collect();
        let is_only = ruled_out.len() + 1 == allowed.len();
        if is_only || ruled_out.len() > MANY || ruled_out.contains(&value) {
            continue;
        }
        let no = terms.bool(false);
        let place = told.iter().position(|&fact| fact == (term, value)).unwrap_or_default();
        told = others;
        for (at, value) in ruled_out.into_iter().enumerate() {
            told.insert(place + at, (terms.equal(term, value), no));
        }
    }
    told
}

/// The assumptions about the atoms of the formula itself, if those decide it without a choice from a list of allowed values. The
/// search takes such a value first, and then makes assumptions about what it turned the atoms into.
/// Ex) `servers['${env}-a']` is not empty, where the search took `env` = `'dev'` and then `servers['dev-a']` is not empty
fn in_own_atoms(terms: &mut Terms, formula: Term, world: Vec<(Term, Term)>) -> Vec<(Term, Term)> {
    let is_choice = |terms: &Terms, term: Term, value: Term| {
        terms.known_bool(value).is_none() && terms.domain(term).is_some_and(|known| known.allowed.is_some())
    };
    let mut chosen = world.clone();
    chosen.retain(|&(term, value)| is_choice(terms, term, value));
    if chosen.is_empty() {
        return world;
    }
    let Some(atoms) = atoms(terms, formula) else { return world };
    // Comparisons with single values are told as such.
    let is_compared = |terms: &Terms, atom: Term, term: Term| match terms.get(atom) {
        Value::Equal(one, other) => {
            one == term && terms.is_literal(other) || other == term && terms.is_literal(one)
        }
        _ => !terms.may_occur(term, atom),
    };
    chosen.retain(|&(term, _)| !atoms.iter().all(|&atom| is_compared(terms, atom, term)));
    let is_about = |terms: &Terms, atom: Term, (term, _): &(Term, Term)| terms.may_occur(*term, atom);
    if chosen.is_empty() {
        return world;
    }
    let mut given = Vec::new();
    for atom in atoms {
        let value = assume_all(terms, atom, &world);
        if terms.known_bool(value).is_some() {
            given.push((atom, value));
        }
    }
    // The values that these assumptions do not force.
    let facts: Vec<Term> = given.iter().map(|&(atom, value)| terms.equal(atom, value)).collect();
    let all = terms.and(&facts);
    chosen.retain(|&(term, value)| {
        let is_it = terms.equal(term, value);
        let other = terms.not(is_it);
        let other = terms.and(&[all, other]);
        is_feasible(terms, other) == Some(true)
    });
    given.retain(|&(atom, _)| chosen.iter().any(|one| is_about(terms, atom, one)));
    if given.is_empty() {
        return world;
    }
    // Assumptions that come first are removed first: those of the search that only a chosen value made.
    let kept = world.iter().copied().filter(|fact| !chosen.contains(fact));
    let all: Vec<(Term, Term)> = kept.chain(given).collect();
    let Some(mut told) = deciding(terms, formula, &all) else { return world };
    // In the order of the search, with an atom in the place of the value that it is about.
    let place = |terms: &Terms, &(atom, value): &(Term, Term)| {
        let is_it = |fact: &(Term, Term)| *fact == (atom, value);
        let own = world.iter().position(is_it);
        own.or_else(|| world.iter().position(|fact| chosen.contains(fact) && is_about(terms, atom, fact)))
    };
    let places: Vec<Option<usize>> = told.iter().map(|fact| place(terms, fact)).collect();
    let mut at: Vec<usize> = (0..told.len()).collect();
    at.small_sort_by_key(|&at| places[at]);
    told = at.into_iter().map(|at| told[at]).collect();
    told
}

/// The atoms of a formula, in order; `None` if there are more than [`MANY_ATOMS`]. Shared parts are visited once.
fn atoms(terms: &Terms, formula: Term) -> Option<Vec<Term>> {
    let (mut open, mut found, mut seen) = (vec![formula], Vec::new(), SmallMap::default());
    while let Some(part) = open.pop() {
        if !seen.is_new(part) {
            continue;
        }
        match terms.get(part) {
            Value::And(parts) | Value::Or(parts) => open.extend(terms.seq(parts).iter().rev()),
            Value::Not(inner) => open.push(inner),
            Value::Bool(_) => {}
            _ if found.len() == MANY_ATOMS => return None,
            _ => found.push(part),
        }
    }
    Some(found)
}

/// The assumptions as they are shown, each once. A value that is not empty need not also be shown as not `null`.
fn listed(terms: &mut Terms, world: Vec<(Term, Term)>) -> Vec<(Term, Term)> {
    let mut told = Vec::with_capacity(world.len());
    for (term, value) in world {
        let fact = shown(terms, term, value);
        if !told.contains(&fact) {
            told.push(fact);
        }
    }
    let null = terms.null();
    let mut empty = Vec::new();
    for &(term, value) in &told {
        if let Value::Equal(one, other) = terms.get(term)
            && one == null
            && terms.is_false(value)
        {
            empty.push((terms.call(Function::Empty, &[other]), value, (term, value)));
        }
    }
    for (term, value, less) in empty {
        if told.contains(&(term, value)) {
            told.retain(|&fact| fact != less);
        }
    }
    told
}

/// An assumption as it is shown: as an equality, if it is about two equal terms or the length of a list.
fn shown(terms: &mut Terms, term: Term, value: Term) -> (Term, Term) {
    if matches!(terms.get(term), Value::Coalesce(left, _) if left == value) {
        // Ex) hubs ?? [], which is hubs: it is not null
        let (null, no) = (terms.null(), terms.bool(false));
        return (terms.equal(value, null), no);
    }
    if terms.is_literal(value) && !matches!(terms.get(term), Value::Call(Function::Length, _)) {
        return (term, value);
    }
    let yes = terms.bool(true);
    (terms.equal(term, value), yes)
}
