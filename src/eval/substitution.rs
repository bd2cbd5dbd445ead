//! Replacing what is not known by what a caller knows, with the normal form kept.

use rustc_hash::FxHashMap;

use super::term::{Ambient, Term, Value};
use super::terms::Terms;
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

type Rebuild<'r> = dyn FnMut(&mut Terms, Term) -> Term + 'r;

impl Terms {
    /// A term in terms of the caller.
    pub fn substitute(&mut self, term: Term, substitution: &Substitution) -> Term {
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
            _ => self.rebuild(term, &mut |terms, child| terms.substitute_with(child, by, known)),
        };
        known.insert(term, found);
        found
    }

    /// Every copy index by so many levels deeper.
    pub fn shift_copies(&mut self, term: Term, by: u32) -> Term {
        if by == 0 || !self.mentions_any_copy(term) {
            return term;
        }
        self.replace(term, &mut FxHashMap::default(), &|terms, term| match terms.get(term) {
            Value::CopyIndex(depth) => Some(terms.copy_index(depth + by)),
            _ => (!terms.mentions_any_copy(term)).then_some(term),
        })
    }

    /// One copy index by a term.
    pub fn replace_copy(&mut self, term: Term, depth: u32, index: Term) -> Term {
        if !self.mentions_copy(term, depth) {
            return term;
        }
        self.replace(term, &mut FxHashMap::default(), &|terms, term| match terms.get(term) {
            Value::CopyIndex(found) if found == depth => Some(index),
            _ => (!terms.mentions_copy(term, depth)).then_some(term),
        })
    }

    /// One bound variable by a term.
    pub fn replace_bound(&mut self, term: Term, level: u32, by: Term) -> Term {
        if !self.mentions_bound(term) {
            return term;
        }
        self.replace(term, &mut FxHashMap::default(), &|terms, term| match terms.get(term) {
            Value::Bound(found) if found == level => Some(by),
            _ => (!terms.mentions_bound(term)).then_some(term),
        })
    }

    /// One term by another, wherever it occurs.
    pub fn replace_term(&mut self, term: Term, from: Term, to: Term) -> Term {
        // Parts are always older than what they are part of.
        self.replace(term, &mut FxHashMap::default(), &|_, term| {
            if term == from { Some(to) } else { (term < from).then_some(term) }
        })
    }

    fn replace(
        &mut self,
        term: Term,
        known: &mut FxHashMap<Term, Term>,
        leaf: &dyn Fn(&mut Self, Term) -> Option<Term>,
    ) -> Term {
        if let Some(&known) = known.get(&term) {
            return known;
        }
        let found = match leaf(self, term) {
            Some(found) => found,
            None => self.rebuild(term, &mut |terms, child| terms.replace(child, known, leaf)),
        };
        known.insert(term, found);
        found
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
                self.make(Value::Lambda { level, count, body })
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
        self.make(Value::Lambda { level, count, body })
    }

    /// A list of unknown length; of known length if that is a number.
    pub fn sequence(&mut self, length: Term, element: Term, level: u32) -> Term {
        match self.known_int(length) {
            Some(count @ 0..=4096) => {
                let elements: Vec<Term> = (0..count)
                    .map(|at| {
                        let index = self.int(at);
                        self.replace_bound(element, level, index)
                    })
                    .collect();
                self.array(&elements)
            }
            _ => self.make(Value::Sequence { length, element, level }),
        }
    }
}
