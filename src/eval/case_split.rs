//! Splits a value into its cases: the values that it may have, each with its condition.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::functions::Function;
use super::store::Store;
use super::term::{CopyVariable, Term, Value};
use super::terms::Terms;
use crate::limit::{Limit, Reached};

/// The possible values of a term, each with its condition.
pub type Alternatives = SmallVec<[(Term, Term); 2]>;

/// The copy indexes that a condition may contain if an id is split by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tellable {
    /// All copy indexes.
    All,
    /// All except those of callees.
    NotInner,
    /// Those of the loops of a template itself.
    Loops,
    /// None, and only conditions are split.
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

/// A distinction by which an id is split.
#[derive(Clone, Copy, Debug)]
enum Decision {
    /// Whether a condition holds.
    Condition(Term),
    /// Whether the left side of `??` is `null`: what is tested, the whole value, and its two sides.
    Missing { asked: Term, value: Term, left: Term, right: Term },
    /// The key of a look-up in a table of known keys: the table, the key, and the look-up itself.
    Lookup { table: Term, key: Term, value: Term },
}

impl Store {
    /// The outermost decision inside a part of an id.
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
            // The result of such a function is text, an id or a part of a list, not a condition on its arguments.
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

    /// Whether a look-up in a table has few possible values.
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

/// Whether no object can have this id, because the value is of another kind.
fn is_no_id(terms: &Terms, value: Term) -> bool {
    matches!(terms.get(value), Value::Bool(_) | Value::Int(_) | Value::Array(_) | Value::Object(_))
}

/// The possible values of a term as a whole: the branches of conditionals and the elements of a list. `null` is left
/// out.
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

/// The ids that a term may be.
pub enum Ids {
    /// At most one id; `None` if no resource can have it.
    Only(Option<(Term, Term)>),
    /// The ids of all cases.
    Several(Arc<Alternatives>),
}

impl Ids {
    /// The ids, each with its condition.
    pub fn as_slice(&self) -> &[(Term, Term)] {
        match self {
            Self::Only(only) => only.as_slice(),
            Self::Several(all) => all,
        }
    }
}

/// Splits an id by the conditions in its names and scopes. Returns each case with its condition, except ids that no
/// resource can have. Ex) `last(split(useHub ? hub.id : '', '/'))` as a name
///
/// An id with too many conditions, or with one that is not `tellable`, is returned unchanged.
pub fn ids(terms: &mut Terms, id: Term, tellable: Tellable) -> Ids {
    if terms.decision_inside(id, tellable).is_none() {
        // Most ids have a single case, which is not worth a place in the cache.
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
        // A result that the work budget cut off is not cached.
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

/// Maximum number of cases into which an id is split, whatever decides them.
const COMBINATIONS: usize = 16;

fn split(terms: &mut Terms, id: Term, tellable: Tellable) -> Result<Alternatives, Reached> {
    let always = terms.bool(true);
    let mut open = vec![(id, always, terms.decision_inside(id, tellable))];
    let mut found = Alternatives::new();
    // Whether at most one outcome of each decision leads to another decision. Then the number of ids grows with the
    // number of decisions, not with that of their combinations. Ex) `a ? 'x' : b ? 'y' : 'z'`, but not
    // `'${a ? 'x' : 'y'}${b ? 'x' : 'y'}'`
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

/// The values that a term has under each outcome of a decision, with the conditions of the outcomes.
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

/// A value under a condition that holds: branches that the condition decides are resolved. Ex) `on ? 2 : 0` under `on`
/// is 2
pub fn under(terms: &mut Terms, value: Term, condition: Term) -> Term {
    if !terms.has_branches(value) {
        return value;
    }
    let all = match terms.get(condition) {
        Value::And(seq) => terms.seq(seq).to_vec(),
        _ => vec![condition],
    };
    all.into_iter().fold(value, |value, holds| {
        let (atom, known) = if let Value::Not(inner) = terms.get(holds) {
            (inner, terms.bool(false))
        } else {
            (holds, terms.bool(true))
        };
        terms.replace_term(value, atom, known)
    })
}

/// Adds an id. If it is already there, either condition is enough.
pub fn add(terms: &mut Terms, found: &mut Alternatives, value: Term, guard: Term) {
    match found.iter_mut().find(|(known, _)| *known == value) {
        Some((_, known)) => *known = terms.or(&[*known, guard]),
        None => found.push((value, guard)),
    }
}
