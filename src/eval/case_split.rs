//! Ids with conditions inside, told apart by what the conditions come to, and ids that elements of a list name.

use smallvec::{SmallVec, smallvec};

use super::functions::Function;
use super::store::Store;
use super::term::{CopyVariable, Term, Value};
use super::terms::Terms;
use crate::limit::Limit;

/// The ids that a name may stand for, each with the condition under which it does.
pub type Alternatives = SmallVec<[(Term, Term); 2]>;

impl Store {
    /// The index of an element of a known list that an id is made of, and the length of the list.
    fn element_inside(&self, value: Term) -> Option<(CopyVariable, usize)> {
        if !self.mentions_any_copy(value) {
            return None;
        }
        match self.get(value) {
            Value::Index(list, index) => match (self.get(list), self.get(index)) {
                (Value::Array(seq), Value::CopyIndex(variable @ CopyVariable::Element(_))) => {
                    Some((variable, self.seq(seq).len()))
                }
                _ => self.element_inside(list),
            },
            Value::Member(base, _) => self.element_inside(base),
            Value::Coalesce(left, right) => self.element_inside(left).or_else(|| self.element_inside(right)),
            Value::Concat(seq) | Value::Call(_, seq) | Value::ResourceId { names: seq, .. } => {
                self.seq(seq).iter().find_map(|&part| self.element_inside(part))
            }
            _ => None,
        }
    }

    /// The condition of a conditional value that decides a part of an id.
    fn condition_inside(&self, value: Term) -> Option<Term> {
        if !self.has_branches(value) {
            return None;
        }
        match self.get(value) {
            Value::If(condition, ..) => Some(condition),
            Value::Concat(seq) => self.seq(seq).iter().find_map(|&part| self.condition_inside(part)),
            Value::ResourceId { scope, names, .. } => self
                .condition_inside(scope)
                .or_else(|| self.seq(names).iter().find_map(|&name| self.condition_inside(name))),
            Value::ResourceGroup(subscription, name) => {
                self.condition_inside(subscription).or_else(|| self.condition_inside(name))
            }
            Value::Resource(inner) | Value::Subscription(inner) | Value::ManagementGroup(inner) => {
                self.condition_inside(inner)
            }
            _ => None,
        }
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

/// The ids that an id with conditions in its names or scopes may be, each with the condition under which it is that one.
/// What no resource can be called is left out. Ex) `last(split(useHub ? hub.id : '', '/'))` as a name
///
/// Each element of a list that has become known is an id of its own. Ex) `[{ id: one }, { id: other }][element].id`
pub fn alternatives(terms: &mut Terms, id: Term) -> Alternatives {
    let always = terms.bool(true);
    if !terms.has_branches(id) && !terms.mentions_any_copy(id) {
        return if terms.may_be_named(id) { smallvec![(id, always)] } else { SmallVec::new() };
    }
    let mut open = vec![(id, always)];
    let mut found = Alternatives::new();
    while let Some((value, guard)) = open.pop() {
        if let Some((variable, length)) = terms.element_inside(value) {
            match Limit::IdAlternatives.check(open.len() + found.len() + length) {
                Ok(()) => {
                    for at in (0..length).rev() {
                        let at = terms.int(at as i64);
                        open.push((terms.replace_copy(value, variable, at), guard));
                    }
                    continue;
                }
                Err(reached) => terms.reach(reached),
            }
        }
        let Some(condition) = terms.condition_inside(value) else {
            if terms.may_be_named(value) {
                match found.iter_mut().find(|(known, _)| *known == value) {
                    Some((_, known)) => *known = terms.or(&[*known, guard]),
                    None => found.push((value, guard)),
                }
            }
            continue;
        };
        if let Err(reached) = Limit::IdAlternatives.check(open.len() + found.len() + 1) {
            terms.reach(reached);
            return smallvec![(id, always)];
        }
        for holds in [false, true] {
            let known = terms.bool(holds);
            let branch = terms.replace_term(value, condition, known);
            let so = if holds { condition } else { terms.not(condition) };
            let guard = terms.and(&[guard, so]);
            if !terms.is_false(guard) {
                open.push((branch, guard));
            }
        }
    }
    found
}
