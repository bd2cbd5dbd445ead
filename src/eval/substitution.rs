//! Replacing what is not known by what a caller knows, with the normal form kept.

use rustc_hash::FxHashMap;

use super::term::{Ambient, Term, Value};
use super::terms::{FREE_VISITS, Terms, levels};
use crate::workspace::TemplateId;

/// What a call makes of its callee's parameters, surroundings and copy indexes.
#[derive(Clone, Debug)]
pub struct Substitution {
    /// Whose parameters.
    pub template: TemplateId,
    /// A term for each parameter.
    pub arguments: Vec<Term>,
    /// Facts of the deployment that the call changes.
    pub ambient: Vec<(Ambient, Term)>,
    /// How many loops the call itself stands in: the callee's copy indexes move down by so many levels.
    pub shift: u32,
}

/// Lists of unknown length that turn out to be longer than this stay as they are.
const LONGEST: i64 = 4096;

type Rebuild<'r> = dyn FnMut(&mut Terms, Term) -> Term + 'r;

impl Terms {
    /// A term in terms of the caller.
    pub fn substitute(&mut self, term: Term, substitution: &Substitution) -> Term {
        self.visits_left = self.visits_left.max(FREE_VISITS);
        self.substitute_with(term, substitution, &mut FxHashMap::default())
    }

    fn substitute_with(&mut self, term: Term, by: &Substitution, known: &mut FxHashMap<Term, Term>) -> Term {
        if !self.depends_on_call(term) && (by.shift == 0 || !self.mentions_any_copy(term)) {
            return term;
        }
        if let Some(&known) = known.get(&term) {
            return known;
        }
        let found = match self.get(term) {
            Value::Parameter(template, parameter) if template == by.template => {
                by.arguments.get(parameter.ix()).copied().unwrap_or(term)
            }
            Value::Ambient(fact) => {
                by.ambient.iter().find(|(known, _)| *known == fact).map_or(term, |&(_, value)| value)
            }
            Value::CopyIndex(depth) => self.copy_index(depth + by.shift),
            Value::Sequence { .. } | Value::Lambda { .. } => {
                // Arguments come from outside: what they leave free must stay free.
                let free = by.free(self);
                let apart = self.with_binder_apart(term, free);
                self.rebuild(apart, &mut |terms, child| terms.substitute_with(child, by, known))
            }
            _ => self.rebuild(term, &mut |terms, child| terms.substitute_with(child, by, known)),
        };
        known.insert(term, found);
        found
    }

    /// One copy index by a term.
    pub fn replace_copy(&mut self, term: Term, depth: u32, index: Term) -> Term {
        if !self.mentions_copy(term, depth) {
            return term;
        }
        let free = self.free(index);
        self.replace(term, &mut FxHashMap::default(), free, &|terms, term| match terms.get(term) {
            Value::CopyIndex(found) if found == depth => Some(index),
            _ => (!terms.mentions_copy(term, depth)).then_some(term),
        })
    }

    /// The variable that is bound outside at a level by a term.
    pub fn replace_bound(&mut self, term: Term, level: u32, by: Term) -> Term {
        let bit = levels(level, 1);
        if self.free(term) & bit == 0 {
            return term;
        }
        let free = self.free(by) | bit;
        self.replace(term, &mut FxHashMap::default(), free, &|terms, term| match terms.get(term) {
            Value::Bound(found) if found == level => Some(by),
            _ => (terms.free(term) & bit == 0).then_some(term),
        })
    }

    /// One term by another, wherever it occurs.
    pub fn replace_term(&mut self, term: Term, from: Term, to: Term) -> Term {
        let free = self.free(to);
        // Parts are always older than what they are part of.
        self.replace(term, &mut FxHashMap::default(), free, &|_, term| {
            if term == from { Some(to) } else { (term < from).then_some(term) }
        })
    }

    /// Replaces what `leaf` names; `free` are the levels that what is put in leaves free.
    pub(super) fn replace(
        &mut self,
        term: Term,
        known: &mut FxHashMap<Term, Term>,
        free: u64,
        leaf: &dyn Fn(&mut Self, Term) -> Option<Term>,
    ) -> Term {
        if let Some(&known) = known.get(&term) {
            return known;
        }
        self.visited += 1;
        let found = if let Some(found) = leaf(self, term) {
            found
        } else {
            let apart = self.with_binder_apart(term, free);
            self.rebuild(apart, &mut |terms, child| terms.replace(child, known, free, leaf))
        };
        known.insert(term, found);
        found
    }

    /// The same list or function value with a bound variable of another level than these.
    fn with_binder_apart(&mut self, term: Term, free: u64) -> Term {
        let (level, count, body) = match self.get(term) {
            Value::Sequence { element, level, .. } => (level, 1, element),
            Value::Lambda { level, count, body } => (level, count, body),
            _ => return term,
        };
        if levels(level, count) & free == 0 {
            return term;
        }
        let Some(fresh) = Self::fresh(free | self.free(body)) else { return self.cut() };
        let body = self.rename(body, level, count, fresh);
        match self.get(term) {
            Value::Sequence { length, .. } => {
                self.make(Value::Sequence { length, element: body, level: fresh })
            }
            _ => self.make(Value::Lambda { level: fresh, count, body }),
        }
    }

    /// A body whose bound variables have other levels.
    fn rename(&mut self, body: Term, from: u32, count: u32, to: u32) -> Term {
        let mut renamed = body;
        for step in 0..count {
            // Neither range may run into the other.
            let at = if to < from { step } else { count - 1 - step };
            let bound = self.bound(to + at);
            renamed = self.replace_bound(renamed, from + at, bound);
        }
        renamed
    }

    /// A body with its bound variables at the lowest level above the free ones, so that values that differ only in the names
    /// of their variables are one term.
    fn lowest(&mut self, level: u32, count: u32, body: Term) -> Option<(u32, Term)> {
        let lowest = Self::fresh(self.free(body) & !levels(level, count))?;
        Some(if lowest == level { (level, body) } else { (lowest, self.rename(body, level, count, lowest)) })
    }

    /// The value of a function value for its arguments, of which there must be enough.
    pub(in crate::eval) fn apply(&mut self, lambda: Term, arguments: &[Term]) -> Option<Term> {
        if arguments.len() < self.arity(lambda)? as usize || self.visits_left == 0 {
            return None;
        }
        let free = arguments.iter().fold(0, |free, &argument| free | self.free(argument));
        let apart = self.with_binder_apart(lambda, free);
        let Value::Lambda { level, count, body } = self.get(apart) else { return None };
        let before = self.visited;
        let mut value = body;
        for (at, &argument) in (0..count).zip(arguments) {
            value = self.replace_bound(value, level + at, argument);
        }
        self.visits_left = self.visits_left.saturating_sub(self.visited - before + 1);
        Some(value)
    }

    fn arity(&self, lambda: Term) -> Option<u32> {
        if let Value::Lambda { count, .. } = self.get(lambda) { Some(count) } else { None }
    }

    /// The same term with other parts, in normal form again.
    pub(super) fn rebuild(&mut self, term: Term, part: &mut Rebuild<'_>) -> Term {
        let value = self.get(term);
        match value {
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Text(_)
            | Value::Parameter(..)
            | Value::Ambient(_)
            | Value::CopyIndex(_)
            | Value::Bound(_)
            | Value::Tenant
            | Value::Opaque(_) => term,
            Value::Concat(seq) => {
                let parts = self.parts(seq, part);
                self.concat(&parts)
            }
            Value::Array(seq) => {
                let parts = self.parts(seq, part);
                self.array(&parts)
            }
            Value::Object(seq) => {
                let mut flat = self.seq(seq).to_vec();
                for value in flat.iter_mut().skip(1).step_by(2) {
                    *value = part(self, *value);
                }
                let seq = self.list(&flat);
                self.make(Value::Object(seq))
            }
            Value::Sequence { length, element, level } => {
                let (length, element) = (part(self, length), part(self, element));
                self.sequence(length, element, level)
            }
            Value::Lambda { level, count, body } => {
                let body = part(self, body);
                self.lambda(level, count, body)
            }
            Value::Member(base, name) => {
                let base = part(self, base);
                let name = self.name(name).to_owned();
                self.member(base, &name)
            }
            Value::Index(base, index) => {
                let (base, index) = (part(self, base), part(self, index));
                self.index(base, index)
            }
            Value::Call(name, seq) => {
                let parts = self.parts(seq, part);
                let name = self.name(name).to_owned();
                self.call(&name, &parts)
            }
            Value::If(condition, yes, no) => {
                let condition = part(self, condition);
                match self.known_bool(condition) {
                    Some(true) => part(self, yes),
                    Some(false) => part(self, no),
                    None => {
                        let (yes, no) = (part(self, yes), part(self, no));
                        self.if_(condition, yes, no)
                    }
                }
            }
            Value::Coalesce(left, right) => {
                let (left, right) = (part(self, left), part(self, right));
                self.coalesce(left, right)
            }
            Value::Not(operand) => {
                let operand = part(self, operand);
                self.not(operand)
            }
            Value::And(seq) => {
                let parts = self.parts(seq, part);
                self.and(&parts)
            }
            Value::Or(seq) => {
                let parts = self.parts(seq, part);
                self.or(&parts)
            }
            Value::Equal(one, other) => {
                let (one, other) = (part(self, one), part(self, other));
                self.equal(one, other)
            }
            Value::ResourceId { scope, ty, names } => {
                let (scope, names) = (part(self, scope), self.parts(names, part));
                self.resource_id(scope, &ty, &names)
            }
            Value::Resource(id) => {
                let id = part(self, id);
                self.make(Value::Resource(id))
            }
            Value::ManagementGroup(name) => {
                let name = part(self, name);
                self.make(Value::ManagementGroup(name))
            }
            Value::Subscription(id) => {
                let id = part(self, id);
                self.make(Value::Subscription(id))
            }
            Value::ResourceGroup(subscription, name) => {
                let (subscription, name) = (part(self, subscription), part(self, name));
                self.make(Value::ResourceGroup(subscription, name))
            }
        }
    }

    fn parts(&mut self, seq: super::term::Seq, part: &mut Rebuild<'_>) -> Vec<Term> {
        self.seq(seq).to_vec().into_iter().map(|term| part(self, term)).collect()
    }

    /// A function value; its parameters are the bound variables from `level` on.
    pub fn lambda(&mut self, level: u32, count: u32, body: Term) -> Term {
        match self.lowest(level, count, body) {
            Some((level, body)) => self.make(Value::Lambda { level, count, body }),
            None => self.cut(),
        }
    }

    /// A list of unknown length; of known length if that is a number.
    pub fn sequence(&mut self, length: Term, element: Term, level: u32) -> Term {
        if let Some(count @ 0..=LONGEST) = self.known_int(length) {
            let elements: Vec<Term> = (0..count)
                .map(|at| {
                    let index = self.int(at);
                    self.replace_bound(element, level, index)
                })
                .collect();
            return self.array(&elements);
        }
        match self.lowest(level, 1, element) {
            // Ex) [for x in list: x]
            Some((level, element)) => match self.whole_list(length, element, level) {
                Some(list) => list,
                None => self.make(Value::Sequence { length, element, level }),
            },
            None => self.cut(),
        }
    }

    /// The list whose elements are taken one after the other, if that is all that is done.
    fn whole_list(&self, length: Term, element: Term, level: u32) -> Option<Term> {
        let Value::Index(list, index) = self.get(element) else { return None };
        let Value::Call(name, seq) = self.get(length) else { return None };
        let is_whole = self.get(index) == Value::Bound(level)
            && self.free(list) & levels(level, 1) == 0
            && self.name(name) == "length"
            && self.seq(seq) == [list];
        is_whole.then_some(list)
    }
}

impl Substitution {
    /// The levels that its arguments leave free.
    fn free(&self, terms: &Terms) -> u64 {
        let ambient = self.ambient.iter().map(|&(_, value)| value);
        self.arguments.iter().copied().chain(ambient).fold(0, |free, value| free | terms.free(value))
    }
}
