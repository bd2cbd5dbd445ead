//! Values that may be one of several, told apart: each with the condition under which it is that one.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::functions::Function;
use super::store::Store;
use super::term::{CopyVariable, Term, Value};
use super::terms::Terms;
use crate::limit::{Limit, Reached};

/// The values that a term may stand for, each with the condition under which it does.
pub type Alternatives = SmallVec<[(Term, Term); 2]>;

/// Which copy indexes a condition may depend on by which an id is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tellable {
    /// Any of them.
    All,
    /// Those of no callee.
    NotInner,
    /// Those of the loops of a template itself.
    Loops,
    /// None of them, and conditions only.
    Conditions,
}

impl Tellable {
    fn tells(self, copy: CopyVariable) -> bool {
        match self {
            Self::All => true,
            Self::NotInner => !matches!(copy, CopyVariable::Inner(_)),
            Self::Loops => matches!(copy, CopyVariable::Loop(_)),
            Self::Conditions => false,
        }
    }
}

/// What decides a part of an id.
#[derive(Clone, Copy, Debug)]
enum Decision {
    /// A condition holds or not.
    Condition(Term),
    /// A value is `null` or not: the value, and what it decides.
    Missing { asked: Term, value: Term, left: Term, right: Term },
    /// What is looked up in a table of known keys: the table, the key, and what is found.
    Lookup { table: Term, key: Term, value: Term },
}

impl Store {
    /// What decides a part of an id, the outermost first.
    fn decision_inside(&self, value: Term, tellable: Tellable) -> Option<Decision> {
        if !self.has_branches(value) {
            return None;
        }
        match self.get(value) {
            Value::If(condition, ..) => Some(Decision::Condition(condition)),
            Value::Coalesce(..) | Value::Index(..) | Value::Call(..) | Value::Member(..)
                if tellable == Tellable::Conditions =>
            {
                None
            }
            Value::Coalesce(left, right) => Some(Decision::Missing { asked: left, value, left, right }),
            Value::Index(table, key) if self.properties(table).is_some() => self
                .decision_inside(key, tellable)
                .or_else(|| self.is_short(table, key).then_some(Decision::Lookup { table, key, value })),
            Value::Concat(seq) => self.first_decision(self.seq(seq), tellable),
            // What a function makes of its arguments is text, an id or a part of a list, not a condition over them.
            Value::Call(function, seq) if function.keeps_case() && function != Function::Each => {
                self.first_decision(self.seq(seq), tellable)
            }
            Value::Index(base, index) => self.first_decision(&[base, index], tellable),
            Value::Member(base, _) => self.decision_inside(base, tellable),
            Value::ResourceId { scope, names, .. } => self
                .decision_inside(scope, tellable)
                .or_else(|| self.first_decision(self.seq(names), tellable)),
            Value::ResourceGroup(subscription, name) => self.first_decision(&[subscription, name], tellable),
            Value::Resource(inner) | Value::Subscription(inner) | Value::ManagementGroup(inner) => {
                self.decision_inside(inner, tellable)
            }
            _ => None,
        }
    }

    /// Whether what is looked up in a table has few values.
    fn is_short(&self, table: Term, key: Term) -> bool {
        let listed = self.domain(key).and_then(|domain| domain.allowed.as_ref()).map(Vec::len);
        let all = self.properties(table).map_or(0, |properties| properties.len());
        listed.map_or(all, |listed| listed.min(all)) <= COMBINATIONS
    }

    fn first_decision(&self, parts: &[Term], tellable: Tellable) -> Option<Decision> {
        parts.iter().find_map(|&part| self.decision_inside(part, tellable))
    }

    /// Whether a resource can have this id.
    fn may_be_named(&self, id: Term) -> bool {
        let is_name = |name: Term| match self.get(name) {
            Value::Null => false,
            Value::Text(text) => !self.name(text).is_empty(),
            // Ex) `name: isValid ? name : fail('…')`
            Value::Call(Function::Fail, _) => false,
            _ => true,
        };
        match self.get(id) {
            Value::ResourceId { scope, names, .. } => {
                self.seq(names).iter().all(|&name| is_name(name)) && self.may_be_named(scope)
            }
            Value::ResourceGroup(subscription, name) => is_name(subscription) && is_name(name),
            Value::Subscription(name) | Value::ManagementGroup(name) => is_name(name),
            _ => is_name(id),
        }
    }
}

/// Whether no object can have this id: it is a value of another kind.
fn is_no_id(terms: &Terms, value: Term) -> bool {
    matches!(terms.get(value), Value::Bool(_) | Value::Int(_) | Value::Array(_) | Value::Object(_))
}

/// The values that a term is one of as a whole: branches of conditions, and elements of a list. `null` is left out.
/// Ex) `external ? outer.id : inner.id`
pub fn values(terms: &mut Terms, value: Term) -> Alternatives {
    let always = terms.bool(true);
    let mut open: SmallVec<[(Term, Term); 8]> = smallvec![(value, always)];
    let mut found = Alternatives::new();
    while let Some((value, guard)) = open.pop() {
        let more = match terms.get(value) {
            Value::Null => continue,
            Value::If(condition, yes, no) => {
                let not = terms.not(condition);
                let (with, without) = (terms.and(&[guard, condition]), terms.and(&[guard, not]));
                Some(vec![(no, without), (yes, with)])
            }
            Value::Coalesce(left, right) => {
                let null = terms.null();
                let missing = terms.equal(left, null);
                let there = terms.not(missing);
                let (there, missing) = (terms.and(&[guard, there]), terms.and(&[guard, missing]));
                Some(vec![(right, missing), (left, there)])
            }
            Value::Call(Function::Each, seq) => terms
                .elements(terms.seq(seq)[0])
                .map(|elements| elements.iter().rev().map(|&element| (element, guard)).collect()),
            _ => None,
        };
        match more {
            Some(more) => match Limit::PropertyAlternatives.check(open.len() + found.len() + more.len()) {
                Ok(()) => open.extend(more.into_iter().filter(|&(_, guard)| !terms.is_false(guard))),
                Err(reached) => {
                    terms.reach(reached);
                    found.push((value, guard));
                }
            },
            None => found.push((value, guard)),
        }
    }
    found
}

/// What an id may be.
pub enum Ids {
    /// One id, or nothing that a resource can be called.
    Only(Option<(Term, Term)>),
    /// Those that were told apart.
    Several(Arc<Alternatives>),
}

impl Ids {
    /// Each with its condition.
    pub fn as_slice(&self) -> &[(Term, Term)] {
        match self {
            Self::Only(only) => only.as_slice(),
            Self::Several(all) => all,
        }
    }
}

/// The ids that an id may be, each with the condition under which it is that one: conditions in its names and scopes are told
/// apart. What no resource can be called is left out. Ex) `last(split(useHub ? hub.id : '', '/'))` as a name
///
/// With too many conditions, or one that is not `tellable`, the id stays as it is.
pub fn ids(terms: &mut Terms, id: Term, tellable: Tellable) -> Ids {
    if terms.decision_inside(id, tellable).is_none() {
        // Most ids: nothing of them is worth remembering.
        let is_one = terms.may_be_named(id) && !is_no_id(terms, id);
        return Ids::Only(is_one.then(|| (id, terms.bool(true))));
    }
    let known = terms.split.get(&(id, tellable));
    let (found, reached) = if let Some((found, reached)) = known {
        (Arc::clone(found), reached.clone())
    } else {
        let (found, reached) = match split(terms, id, tellable) {
            Ok(found) => (Arc::new(found), None),
            Err(reached) => (Arc::new(smallvec![(id, terms.bool(true))]), Some(reached)),
        };
        // What was cut off here need not be for others.
        if terms.work().is_ok() {
            terms.split.insert((id, tellable), (Arc::clone(&found), reached.clone()));
        }
        (found, reached)
    };
    if let Some(reached) = reached {
        terms.reach(reached);
    }
    Ids::Several(found)
}

/// So many ids are told apart whatever decides them.
const COMBINATIONS: usize = 16;

fn split(terms: &mut Terms, id: Term, tellable: Tellable) -> Result<Alternatives, Reached> {
    let always = terms.bool(true);
    let mut open = vec![(id, always, terms.decision_inside(id, tellable))];
    let mut found = Alternatives::new();
    // Whether of the outcomes of each decision one alone leads to another: then there are as many ids as decisions. Where all are asked
    // in every combination, they are soon too many. Ex) `a ? 'x' : b ? 'y' : 'z'`, but not `'${a ? 'x' : 'y'}${b ? 'x' : 'y'}'`
    let mut is_row = true;
    while let Some((value, guard, decision)) = open.pop() {
        let Some(decision) = decision else {
            if terms.may_be_named(value) && !is_no_id(terms, value) {
                add(terms, &mut found, value, guard);
            }
            continue;
        };
        let branches = branches(terms, value, decision);
        let count = open.len() + found.len() + branches.len();
        let mut decisions = 0;
        for (branch, so) in branches {
            if terms.copies(so).into_iter().any(|copy| !tellable.tells(copy)) {
                return Ok(smallvec![(id, always)]);
            }
            let guard = terms.and(&[guard, so]);
            if !terms.is_false(guard) {
                let decision = terms.decision_inside(branch, tellable);
                decisions += usize::from(decision.is_some());
                open.push((branch, guard, decision));
            }
        }
        is_row &= decisions <= 1;
        let most = if is_row { Limit::IdAlternatives.number() } else { COMBINATIONS as u64 };
        Limit::IdAlternatives.budget_of(most).allows(count as u64)?;
    }
    Ok(found)
}

/// A value under each outcome of what decides it, with the condition of the outcome.
fn branches(terms: &mut Terms, whole: Term, decision: Decision) -> Alternatives {
    match decision {
        Decision::Condition(condition) => {
            let (yes, no) = (terms.bool(true), terms.bool(false));
            let not = terms.not(condition);
            smallvec![
                (terms.replace_term(whole, condition, no), not),
                (terms.replace_term(whole, condition, yes), condition),
            ]
        }
        Decision::Missing { asked, value, left, right } => {
            let null = terms.null();
            let missing = terms.equal(asked, null);
            let there = terms.not(missing);
            smallvec![
                (terms.replace_term(whole, value, right), missing),
                (terms.replace_term(whole, value, left), there),
            ]
        }
        Decision::Lookup { table, key, value } => {
            let mut all = Alternatives::new();
            for (name, found) in terms.properties(table).unwrap_or_default() {
                let text = terms.name(name).to_owned();
                let text = terms.text(&text);
                let allowed = terms.domain(key).and_then(|domain| domain.allowed.as_ref());
                if allowed.is_some_and(|allowed| !allowed.contains(&text)) {
                    continue;
                }
                let so = terms.equal(key, text);
                all.push((terms.replace_term(whole, value, found), so));
            }
            all
        }
    }
}

/// A value where a condition holds: its branches that are decided by that. Ex) `on ? 2 : 0` under `on` is 2
pub fn under(terms: &mut Terms, value: Term, condition: Term) -> Term {
    if !terms.has_branches(value) {
        return value;
    }
    let all = match terms.get(condition) {
        Value::And(seq) => terms.seq(seq).to_vec(),
        _ => vec![condition],
    };
    all.into_iter().fold(value, |value, holds| match terms.get(holds) {
        Value::Bool(_) => value,
        Value::Not(inner) => {
            let no = terms.bool(false);
            terms.replace_term(value, inner, no)
        }
        _ => {
            let yes = terms.bool(true);
            terms.replace_term(value, holds, yes)
        }
    })
}

/// Adds an id; one that is there already has both conditions.
pub fn add(terms: &mut Terms, found: &mut Alternatives, value: Term, guard: Term) {
    match found.iter_mut().find(|(known, _)| *known == value) {
        Some((_, known)) => *known = terms.or(&[*known, guard]),
        None => found.push((value, guard)),
    }
}
