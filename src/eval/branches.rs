//! Ids with conditions inside, told apart by what the conditions come to.

use super::term::{Term, Value};
use super::terms::Terms;

/// Ids of more alternatives than this stay as they are.
const ALTERNATIVES: usize = 8;

impl Terms {
    /// The ids that an id with conditions in its names or scopes may be, each with the condition under which it is that one.
    /// What no resource can be called is left out. Ex) `last(split(useHub ? hub.id : '', '/'))` as a name
    pub fn alternatives(&mut self, id: Term) -> Vec<(Term, Term)> {
        let always = self.bool(true);
        let mut open = vec![(id, always)];
        let mut found = Vec::new();
        while let Some((value, guard)) = open.pop() {
            let Some(condition) = self.condition_inside(value) else {
                if self.may_be_named(value) {
                    found.push((value, guard));
                }
                continue;
            };
            if open.len() + found.len() >= ALTERNATIVES {
                return vec![(id, always)];
            }
            for holds in [false, true] {
                let known = self.bool(holds);
                let branch = self.replace_term(value, condition, known);
                let so = if holds { condition } else { self.not(condition) };
                let guard = self.and(&[guard, so]);
                if !self.is_false(guard) {
                    open.push((branch, guard));
                }
            }
        }
        found
    }

    /// The condition of a conditional value that decides a part of an id.
    fn condition_inside(&self, value: Term) -> Option<Term> {
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
            Value::Call(function, _) => self.name(function) != "fail",
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
