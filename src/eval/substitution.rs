//! Replaces unknown values by those of a caller, and keeps the normal form.

use smallvec::SmallVec;

use super::attributes::{fresh, levels};
use super::small_map::SmallMap;
use super::store::Store;
use super::term::{Ambient, CopyVariable, Seq, Term, Value};
use super::terms::{FREE_VISITS, Terms};
use crate::limit::{Limit, Reached};
use crate::workspace::TemplateId;

/// The parameters, facts of the deployment and copy indexes of a callee in terms of a call.
#[derive(Clone, Debug)]
pub struct Substitution {
    /// The template with the parameters.
    pub template: TemplateId,
    /// A term for each parameter that is replaced.
    pub arguments: Vec<Option<Term>>,
    /// Facts of the deployment that the call changes.
    pub ambient: Vec<(Ambient, Term)>,
    /// Number of loops around the call: the copy indexes of the callee move by this many levels.
    pub shift: u16,
}

/// A substitution with a cache of its results.
#[derive(Debug)]
pub struct Substituting<'s> {
    by: &'s Substitution,
    /// Loops below this number become loops of a callee.
    inner: u16,
    /// The levels that its arguments leave free, computed on demand.
    free: Option<u64>,
    known: SmallMap<Term>,
}

impl<'s> Substituting<'s> {
    /// A substitution with an empty cache.
    pub fn new(by: &'s Substitution) -> Self {
        Self { by, inner: 0, free: None, known: SmallMap::default() }
    }

    /// The same for terms inside this number of loops of the callee.
    pub fn inside(by: &'s Substitution, loops: usize) -> Self {
        Self { inner: u16::try_from(loops).unwrap_or(u16::MAX), ..Self::new(by) }
    }
}

/// Maximum number of cached replacements for one copy index: the effects of one template share their guards.
const REPLACED: usize = 4096;
/// Maximum number of copy indexes with cached replacements.
const INDEXES: usize = 64;

/// The parts of a value, which are usually few.
type Parts = SmallVec<[Term; 8]>;

type Rebuild<'r> = dyn FnMut(&mut Terms, Term) -> Term + 'r;

impl Store {
    fn arity(&self, lambda: Term) -> Option<u32> {
        if let Value::Lambda { count, .. } = self.get(lambda) { Some(count) } else { None }
    }

    /// The list whose elements the loop takes in order, if the loop does nothing else.
    fn whole_list(&self, length: Term, element: Term, level: u32) -> Option<Term> {
        let Value::Index(list, index) = self.get(element) else { return None };
        let is_whole = self.get(index) == Value::Bound(level)
            && self.free(list) & levels(level, 1) == 0
            && self.as_length(length) == Some(list);
        is_whole.then_some(list)
    }
}

impl Terms {
    /// Expresses a term in terms of the caller.
    pub fn substitute(&mut self, term: Term, substitution: &Substitution) -> Term {
        self.substitute_among(term, &mut Substituting::new(substitution))
    }

    /// The same for one of several terms, which share parts.
    pub fn substitute_among(&mut self, term: Term, by: &mut Substituting<'_>) -> Term {
        self.visits.at_least(FREE_VISITS);
        substitute_with(self, term, by)
    }

    /// Replaces one copy index by a term. Results are cached.
    pub fn replace_copy(&mut self, term: Term, variable: CopyVariable, index: Term) -> Term {
        if !self.mentions_copy(term, variable) {
            return term;
        }
        let mut known = self.replaced.remove(&(variable, index)).unwrap_or_default();
        let free = self.free(index);
        let found = replace(self, term, &mut known, free, &|terms, term| match terms.get(term) {
            Value::CopyIndex(found) if found == variable => Some(index),
            _ => (!terms.mentions_copy(term, variable)).then_some(term),
        });
        // A result that the work budget cut off is not cached.
        if known.len() < REPLACED && self.work().is_ok() {
            if self.replaced.len() >= INDEXES {
                self.replaced.clear();
            }
            self.replaced.insert((variable, index), known);
        }
        found
    }

    /// Replaces the variable that is bound outside at a level by a term.
    pub fn replace_bound(&mut self, term: Term, level: u32, by: Term) -> Term {
        let bit = levels(level, 1);
        if self.free(term) & bit == 0 {
            return term;
        }
        let free = self.free(by) | bit;
        replace_once(self, term, free, &|terms, term| match terms.get(term) {
            Value::Bound(found) if found == level => Some(by),
            _ => (terms.free(term) & bit == 0).then_some(term),
        })
    }

    /// Replaces one term by another, wherever it occurs.
    pub fn replace_term(&mut self, term: Term, from: Term, to: Term) -> Term {
        let free = self.free(to);
        replace_once(self, term, free, &|terms, term| {
            if term == from { Some(to) } else { (!terms.may_occur(from, term)).then_some(term) }
        })
    }

    /// Applies a function value to arguments; `None` if there are too few.
    pub(in crate::eval) fn apply(&mut self, lambda: Term, arguments: &[Term]) -> Option<Term> {
        if arguments.len() < self.arity(lambda)? as usize {
            return None;
        }
        if let Err(reached) = self.visits.check() {
            self.reach(reached);
            return None;
        }
        let free = arguments.iter().fold(0, |free, &argument| free | self.free(argument));
        let apart = with_binder_apart(self, lambda, free);
        let Value::Lambda { level, count, body } = self.get(apart) else { return None };
        let before = self.visited;
        let mut value = body;
        for (at, &argument) in (0..count).zip(arguments) {
            value = self.replace_bound(value, level + at, argument);
        }
        self.visits.count(self.visited - before + 1);
        Some(value)
    }

    /// A function value; its parameters are the bound variables from `level` on.
    pub fn lambda(&mut self, level: u32, count: u32, body: Term) -> Term {
        match lowest(self, level, count, body) {
            Ok((level, body)) => self.make(Value::Lambda { level, count, body }),
            Err(reached) => self.cut(reached),
        }
    }

    /// A list of unknown length; of known length if that is a number.
    pub fn sequence(&mut self, length: Term, element: Term, level: u32) -> Term {
        // A longer list stays a rule for its elements, which loses nothing; functions that need all elements report the limit.
        if let Some(count) = self.known_int(length).filter(|&count| count >= 0)
            && Limit::WrittenElements.check(count).is_ok()
        {
            let elements: Vec<Term> = (0..count)
                .map(|at| {
                    let index = self.int(at);
                    self.replace_bound(element, level, index)
                })
                .collect();
            return self.array(&elements);
        }
        match lowest(self, level, 1, element) {
            // Ex) [for x in list: x]
            Ok((level, element)) => match self.whole_list(length, element, level) {
                Some(list) => list,
                None => self.make(Value::Sequence { length, element, level }),
            },
            Err(reached) => self.cut(reached),
        }
    }
}

fn substitute_with(terms: &mut Terms, term: Term, substituting: &mut Substituting<'_>) -> Term {
    let by = substituting.by;
    let loops = substituting.inner;
    let keeps_copies = by.shift == 0 && loops == 0;
    if !terms.depends_on_call(term) && (keeps_copies || !terms.mentions_any_copy(term)) {
        return term;
    }
    if let Some(known) = substituting.known.get(term) {
        return known;
    }
    if let Err(reached) = terms.work() {
        return terms.cut(reached);
    }
    let found = match terms.get(term) {
        Value::Parameter(template, parameter) if template == by.template => {
            by.arguments.get(parameter.ix()).copied().flatten().unwrap_or(term)
        }
        Value::Ambient(fact) => {
            by.ambient.iter().find(|(known, _)| *known == fact).map_or(term, |&(_, value)| value)
        }
        Value::CopyIndex(CopyVariable::Loop(number)) if number < loops => {
            terms.copy_index(CopyVariable::Inner(number))
        }
        Value::CopyIndex(CopyVariable::Loop(depth)) => {
            terms.copy_index(CopyVariable::Loop(depth.saturating_add(by.shift)))
        }
        Value::Sequence { .. } | Value::Lambda { .. } => {
            // Arguments come from outside: their free variables must stay free.
            let free = *substituting.free.get_or_insert_with(|| by.free(terms));
            let apart = with_binder_apart(terms, term, free);
            rebuild(terms, apart, &mut |terms, child| substitute_with(terms, child, substituting))
        }
        _ => rebuild(terms, term, &mut |terms, child| substitute_with(terms, child, substituting)),
    };
    substituting.known.add(term, found);
    found
}

/// Replaces the terms that `leaf` selects; `free` are the levels that the replacements leave free.
fn replace(
    terms: &mut Terms,
    term: Term,
    known: &mut SmallMap<Term>,
    free: u64,
    leaf: &dyn Fn(&mut Terms, Term) -> Option<Term>,
) -> Term {
    terms.visited += 1;
    if let Some(found) = leaf(terms, term) {
        return found;
    }
    if let Some(known) = known.get(term) {
        return known;
    }
    if let Err(reached) = terms.work() {
        return terms.cut(reached);
    }
    let apart = with_binder_apart(terms, term, free);
    let found = rebuild(terms, apart, &mut |terms, child| replace(terms, child, known, free, leaf));
    known.add(term, found);
    found
}

/// The same for a single term.
pub(super) fn replace_once(
    terms: &mut Terms,
    term: Term,
    free: u64,
    leaf: &dyn Fn(&mut Terms, Term) -> Option<Term>,
) -> Term {
    let mut known = terms.spare.pop().unwrap_or_default();
    let found = replace(terms, term, &mut known, free, leaf);
    terms.spare.extend(known.emptied());
    found
}

/// The same list or function value with a bound variable at a level outside `free`.
fn with_binder_apart(terms: &mut Terms, term: Term, free: u64) -> Term {
    let (level, count, body) = match terms.get(term) {
        Value::Sequence { element, level, .. } => (level, 1, element),
        Value::Lambda { level, count, body } => (level, count, body),
        _ => return term,
    };
    if levels(level, count) & free == 0 {
        return term;
    }
    let fresh = match fresh(free | terms.free(body)) {
        Ok(fresh) => fresh,
        Err(reached) => return terms.cut(reached),
    };
    let body = rename(terms, body, level, count, fresh);
    match terms.get(term) {
        Value::Sequence { length, .. } => terms.make(Value::Sequence { length, element: body, level: fresh }),
        _ => terms.make(Value::Lambda { level: fresh, count, body }),
    }
}

/// A body whose bound variables have other levels.
fn rename(terms: &mut Terms, body: Term, from: u32, count: u32, to: u32) -> Term {
    let mut renamed = body;
    for step in 0..count {
        // The two ranges must not overlap while levels are renamed.
        let at = if to < from { step } else { count - 1 - step };
        let bound = terms.bound(to + at);
        renamed = terms.replace_bound(renamed, from + at, bound);
    }
    renamed
}

/// A body with its bound variables at the lowest level above the free ones, so that values that differ only in the names
/// of their variables are one term.
fn lowest(terms: &mut Terms, level: u32, count: u32, body: Term) -> Result<(u32, Term), Reached> {
    let lowest = fresh(terms.free(body) & !levels(level, count))?;
    Ok(if lowest == level { (level, body) } else { (lowest, rename(terms, body, level, count, lowest)) })
}

/// The same term with other parts, in normal form again.
pub(super) fn rebuild(terms: &mut Terms, term: Term, part: &mut Rebuild<'_>) -> Term {
    let value = terms.get(term);
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
        Value::Concat(seq) | Value::Array(seq) | Value::Call(_, seq) | Value::And(seq) | Value::Or(seq) => {
            match parts(terms, seq, part) {
                Some(parts) => with_parts(terms, value, &parts),
                None => term,
            }
        }
        Value::Object(seq) => {
            // Keys are texts: they stay.
            let mut is_key = false;
            let mut value = |terms: &mut Terms, term: Term| {
                is_key = !is_key;
                if is_key { term } else { part(terms, term) }
            };
            match parts(terms, seq, &mut value) {
                Some(flat) => {
                    let seq = terms.list(&flat);
                    terms.make(Value::Object(seq))
                }
                None => term,
            }
        }
        Value::Sequence { length, element, level } => {
            let (length, element) = (part(terms, length), part(terms, element));
            terms.sequence(length, element, level)
        }
        Value::Lambda { level, count, body } => {
            let body = part(terms, body);
            terms.lambda(level, count, body)
        }
        Value::Member(old, name) => {
            let base = part(terms, old);
            if base == old { term } else { terms.member_named(base, name) }
        }
        Value::Index(old_base, old_index) => {
            let (base, index) = (part(terms, old_base), part(terms, old_index));
            if (base, index) == (old_base, old_index) { term } else { terms.index(base, index) }
        }
        Value::If(condition, yes, no) => rebuild_if(terms, term, (condition, yes, no), part),
        Value::Coalesce(left, right) => {
            let (left, right) = (part(terms, left), part(terms, right));
            terms.coalesce(left, right)
        }
        Value::Not(old) => {
            let operand = part(terms, old);
            if operand == old {
                term
            } else if operand == terms.null() && terms.is_never_null(old) {
                // Ex) !(count >= 3), where the count is `null`: Azure refuses both
                operand
            } else {
                terms.not(operand)
            }
        }
        Value::Equal(old_one, old_other) => {
            let (one, other) = (part(terms, old_one), part(terms, old_other));
            if (one, other) == (old_one, old_other) { term } else { terms.equal(one, other) }
        }
        Value::ResourceId { .. }
        | Value::Resource(_)
        | Value::ManagementGroup(_)
        | Value::Subscription(_)
        | Value::ResourceGroup(..) => rebuild_scope(terms, term, part),
    }
}

/// A value that consists of a list of parts, with other parts.
fn with_parts(terms: &mut Terms, value: Value, parts: &[Term]) -> Term {
    match value {
        Value::Concat(_) => terms.concat(parts),
        Value::Array(_) => terms.array(parts),
        Value::Call(function, _) => terms.call(function, parts),
        Value::And(_) => terms.and(parts),
        _ => terms.or(parts),
    }
}

/// A conditional value with other parts: only the selected branch if the condition is known.
fn rebuild_if(terms: &mut Terms, term: Term, old: (Term, Term, Term), part: &mut Rebuild<'_>) -> Term {
    let condition = part(terms, old.0);
    match terms.known_bool(condition) {
        Some(true) => part(terms, old.1),
        Some(false) => part(terms, old.2),
        None => {
            let (yes, no) = (part(terms, old.1), part(terms, old.2));
            if (condition, yes, no) == old { term } else { terms.if_(condition, yes, no) }
        }
    }
}

/// An id, a resource or a scope with other parts.
fn rebuild_scope(terms: &mut Terms, term: Term, part: &mut Rebuild<'_>) -> Term {
    match terms.get(term) {
        Value::ResourceId { scope: old, ty, names } => {
            let (scope, others) = (part(terms, old), parts(terms, names, part));
            match others {
                Some(names) => terms.resource_id(scope, &ty, &names),
                None if scope == old => term,
                None => terms.make(Value::ResourceId { scope, ty, names }),
            }
        }
        Value::Resource(id) => {
            let id = part(terms, id);
            terms.make(Value::Resource(id))
        }
        Value::ManagementGroup(name) => {
            let name = part(terms, name);
            terms.make(Value::ManagementGroup(name))
        }
        Value::Subscription(id) => {
            let id = part(terms, id);
            terms.make(Value::Subscription(id))
        }
        Value::ResourceGroup(subscription, name) => {
            let (subscription, name) = (part(terms, subscription), part(terms, name));
            terms.make(Value::ResourceGroup(subscription, name))
        }
        _ => term,
    }
}

/// The rebuilt parts of a list, if any of them changed.
fn parts(terms: &mut Terms, seq: Seq, part: &mut Rebuild<'_>) -> Option<Parts> {
    let count = terms.seq(seq).len();
    let mut others: Option<Parts> = None;
    for at in 0..count {
        let old = terms.seq(seq)[at];
        let new = part(terms, old);
        if let Some(parts) = &mut others {
            parts.push(new);
        } else if new != old {
            let mut parts = Parts::with_capacity(count);
            parts.extend_from_slice(&terms.seq(seq)[..at]);
            parts.push(new);
            others = Some(parts);
        }
    }
    others
}

impl Substitution {
    /// The levels that its arguments leave free.
    fn free(&self, terms: &Terms) -> u64 {
        let ambient = self.ambient.iter().map(|&(_, value)| value);
        self.arguments
            .iter()
            .copied()
            .flatten()
            .chain(ambient)
            .fold(0, |free, value| free | terms.free(value))
    }
}
