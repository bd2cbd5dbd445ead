//! A world in which a condition holds, as it is told: no more assumptions than the condition needs, each a definite one.
//!
//! ```bicep
//! resource s2s '…/vpnGateways@…' = if (withVpn && kind != 'dev') { … }
//! ```
//!
//! The search may find `withVpn` is true, `kind` is `'prod'` and `region` is `'west'`. The condition holds without the last, so
//! two are told.

use super::functions::Function;
use super::null;
use super::term::{Term, Value};
use super::terms::Terms;

/// Worlds of more assumptions than this are not made smaller.
// It decides nothing: a larger world holds as well.
const SMALL: usize = 48;

/// A world that was found for a formula, as it is told: the terms that matter and their values.
pub(super) fn told(terms: &mut Terms, formula: Term, found: Vec<(Term, Term)>) -> Vec<(Term, Term)> {
    let world = smallest(terms, formula, found);
    let world = definite(terms, formula, world);
    listed(terms, world)
}

/// The assumptions without those that the formula holds without, those that come first left out first.
fn smallest(terms: &mut Terms, formula: Term, world: Vec<(Term, Term)>) -> Vec<(Term, Term)> {
    if world.len() > SMALL {
        return world;
    }
    let mut kept = Vec::with_capacity(world.len());
    keep_needed(terms, formula, &world, &mut kept);
    kept
}

/// what is put into the formula for all of a half is put in once: n log n steps for n assumptions.
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

/// A formula in which several things are assumed, until it is decided.
fn assume_all(terms: &mut Terms, formula: Term, world: &[(Term, Term)]) -> Term {
    let mut rest = formula;
    for &(from, to) in world {
        if terms.known_bool(rest).is_some() {
            break;
        }
        rest = null::assume_in(terms, rest, from, to);
    }
    rest
}

/// The assumptions, with `false` or `null` for what is only known not to be `true`.
fn definite(terms: &mut Terms, formula: Term, mut world: Vec<(Term, Term)>) -> Vec<(Term, Term)> {
    for at in 0..world.len() {
        let Some(asked) = terms.not_true(world[at].0, world[at].1) else { continue };
        for value in [terms.bool(false), terms.null()] {
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

/// Assumptions as they are shown, each once; what is not empty need not be said to be no `null`.
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

/// An assumption as it is shown: two terms that are the same, and the length of a list, as equalities.
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
