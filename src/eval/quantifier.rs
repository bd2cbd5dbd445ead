//! Existential quantifiers over loop instances: "for some index of the loop …".
//!
//! If the length is known, the quantifier is a disjunction over all indexes. If not, the term keeps the body with a bound
//! variable, so that a caller's substitution can still supply the length; only when a formula is decided, the first few
//! instances are written out. That is exact: beyond the numbers with which a formula compares an index, or what it says an index
//! is, all instances behave alike.
//!
//! ```bicep
//! resource conn '…/hubVirtualNetworkConnections@…' = [for (spoke, i) in spokes: if (i != 2) { … hub … }]
//! ```
//!
//! Some instance is deployed: for three known spokes, `0 != 2 || 1 != 2 || 2 != 2`. For a list that is a parameter, the formula
//! names the number 2, so the instances 0 to 5 are written out, each where the list is that long.

use rustc_hash::FxHashSet;

use super::attributes::fresh;
use super::functions::Function;
use super::small_map::SmallMap;
use super::store::{Store, bounds_of};
use super::substitution;
use super::sum::sum_of;
use super::term::{CopyVariable, Term, Value};
use super::terms::Terms;
use crate::limit::Limit;

/// Maximum number of excluded lengths that are listed one by one; beyond it the length is compared.
const LISTED: i64 = 256;

impl Store {
    /// Whether exactly this copy index occurs.
    pub fn mentions_exactly(&self, term: Term, variable: CopyVariable) -> bool {
        self.mentions_copy(term, variable)
            && (variable == CopyVariable::OF_NODE || self.copies(term).contains(&variable))
    }

    /// The copy indexes that occur, in order of first occurrence.
    pub fn copies(&self, term: Term) -> Vec<CopyVariable> {
        let mut found = Vec::new();
        if self.mentions_any_copy(term) {
            self.gather_copies(term, &mut SmallMap::default(), &mut found);
        }
        found
    }

    fn gather_copies(&self, term: Term, seen: &mut SmallMap<()>, found: &mut Vec<CopyVariable>) {
        if !self.mentions_any_copy(term) || !seen.is_new(term) {
            return;
        }
        if let Value::CopyIndex(variable) = self.get(term) {
            found.push(variable);
        }
        self.each_child(self.get(term), |part| self.gather_copies(part, seen, found));
    }

    fn visit(&self, term: Term, seen: &mut SmallMap<()>, see: &mut dyn FnMut(&Self, Value)) {
        if !seen.is_new(term) {
            return;
        }
        let value = self.get(term);
        see(self, value);
        self.each_child(value, |part| self.visit(part, seen, see));
    }
}

/// The largest number with which a formula compares one of these values, directly or through other values.
/// Ex) 5, for `k` in `k == m && m >= 5`
fn largest_beside(terms: &Store, formula: Term, values: &[Term]) -> Option<i64> {
    let mut linked: FxHashSet<Value> = parameters(terms, values).into_iter().collect();
    if linked.is_empty() {
        return None;
    }
    let mut compared = Vec::new();
    terms.visit(formula, &mut SmallMap::default(), &mut |store, value| {
        let both = match value {
            Value::Equal(one, other) => [one, other],
            Value::Call(Function::AtLeast, seq) if store.seq(seq).len() == 2 => {
                [store.seq(seq)[0], store.seq(seq)[1]]
            }
            _ => return,
        };
        let number = both.into_iter().filter_map(|side| store.known_int(side)).max();
        compared.push((parameters(store, &both), number));
    });
    let mut largest = None;
    loop {
        let before = compared.len();
        compared.retain(|(own, number)| {
            let is_linked = own.iter().any(|parameter| linked.contains(parameter));
            if is_linked {
                linked.extend(own);
                largest = largest.max(*number);
            }
            !is_linked
        });
        if compared.len() == before {
            return largest;
        }
    }
}

/// The parameters that values depend on.
fn parameters(terms: &Store, values: &[Term]) -> Vec<Value> {
    let (mut seen, mut found) = (SmallMap::default(), Vec::new());
    for &value in values {
        terms.visit(value, &mut seen, &mut |_, part| {
            found.extend(Some(part).filter(|part| matches!(part, Value::Parameter(..))));
        });
    }
    found
}

impl Terms {
    /// The formula that a list has at least `least` elements, expressed by equalities.
    pub fn at_least(&mut self, count: Term, least: i64) -> Term {
        if let Some(count) = self.known_int(count) {
            return self.bool(count >= least);
        }
        if bounds_of(self, count).most.is_some_and(|most| most < least) {
            return self.bool(false);
        }
        if let Some((condition, yes, no)) = self.as_if(count) {
            let (yes, no) = (self.at_least(yes, least), self.at_least(no, least));
            return self.if_(condition, yes, no);
        }
        if least > LISTED {
            let least = self.int(least);
            return self.call(Function::AtLeast, &[count, least]);
        }
        let mut all = Vec::new();
        for short in 0..least {
            let short = self.int(short);
            let equal = self.equal(count, short);
            all.push(self.not(equal));
        }
        self.and(&all)
    }

    /// The formula that a condition holds for some index of a loop of this length.
    pub fn exists(&mut self, count: Term, variable: CopyVariable, body: Term) -> Term {
        if self.is_false(body) || !self.mentions_exactly(body, variable) {
            let some = self.at_least(count, 1);
            return self.and(&[some, body]);
        }
        if let Some(last) = one_from_end(self, (count, variable), body) {
            return last;
        }
        if let Some(known) = self.known_int(count) {
            return exists_below(self, known, (count, variable), body);
        }
        let level = match fresh(self.free(body)) {
            Ok(level) => level,
            Err(reached) => return self.cut(reached),
        };
        let index = self.bound(level);
        let element = self.replace_copy(body, variable, index);
        let list = self.sequence(count, element, level);
        self.call(Function::AnyOf, &[list])
    }

    /// The formula that a term is a valid index of a list of this length.
    pub fn is_index(&mut self, count: Term, index: Term) -> Term {
        let any = self.copy_index(CopyVariable::Any);
        let same = self.equal(any, index);
        self.exists(count, CopyVariable::Any, same)
    }

    /// Renames copy indexes.
    pub fn rename_copies(&mut self, term: Term, rename: &dyn Fn(CopyVariable) -> CopyVariable) -> Term {
        if !self.mentions_any_copy(term) {
            return term;
        }
        substitution::replace_once(self, term, 0, &|terms, term| match terms.get(term) {
            Value::CopyIndex(variable) => Some(terms.copy_index(rename(variable))),
            _ => (!terms.mentions_any_copy(term)).then_some(term),
        })
    }
}

/// [`Terms::exists`] of a condition that fixes the index by its distance from the end of the list, and does not depend
/// on it otherwise.
/// Ex) `i == length(list) - 1 && on` is `on`, where the list is not empty
fn one_from_end(terms: &mut Terms, (count, variable): (Term, CopyVariable), body: Term) -> Option<Term> {
    let mut operands = match terms.get(body) {
        Value::And(seq) => terms.seq(seq).to_vec(),
        _ => vec![body],
    };
    let back = |operand: Term| {
        let Value::Equal(one, other) = terms.get(operand) else { return None };
        let is_index = |term: Term| terms.get(term) == Value::CopyIndex(variable);
        let sum = if is_index(one) { other } else { Some(one).filter(|_| is_index(other))? };
        sum_of(terms, sum).filter(|&(rest, known)| rest == count && known < 0).map(|(_, known)| known)
    };
    let (at, back) = operands.iter().enumerate().find_map(|(at, &operand)| Some((at, back(operand)?)))?;
    operands.remove(at);
    if operands.iter().any(|&operand| terms.mentions_exactly(operand, variable)) {
        return None;
    }
    operands.push(terms.at_least(count, back.checked_neg()?));
    Some(terms.and(&operands))
}

/// [`Terms::exists`] for a loop of known length.
fn exists_below(terms: &mut Terms, known: i64, (count, variable): (Term, CopyVariable), body: Term) -> Term {
    let parts = match terms.get(body) {
        Value::And(seq) | Value::Or(seq) => terms.seq(seq).len() as i64,
        _ => 1,
    };
    if let Err(reached) = Limit::KnownInstances.check(known.saturating_mul(parts)) {
        terms.reach(reached);
        let number = terms.int(variable.number());
        let some = terms.unfolded(Function::SomeIndex, &[count, number]);
        return terms.replace_copy(body, variable, some);
    }
    let mut each = Vec::new();
    for at in 0..known {
        let index = terms.int(at);
        let here = terms.replace_copy(body, variable, index);
        if terms.is_true(here) {
            return here;
        }
        each.push(here);
    }
    terms.or(&each)
}

/// A formula with the first instances of each loop of unknown length written out.
pub(super) fn written_out(terms: &mut Terms, formula: Term) -> Term {
    let (mut any, mut largest, mut batch) = (false, -1, 1);
    let mut beside = Vec::new();
    terms.visit(formula, &mut SmallMap::default(), &mut |terms, value| match value {
        Value::Call(Function::AnyOf, _) => any = true,
        Value::Call(Function::Divided, seq) => {
            batch = terms.seq(seq).iter().filter_map(|&part| terms.known_int(part)).fold(batch, i64::max);
        }
        // Ex) `i % 3`, which is `i` up to 2 only
        Value::Call(
            Function::Plus | Function::ArmAdd | Function::Remainder | Function::ArmMod | Function::ArmDiv,
            seq,
        ) => {
            let parts = terms.seq(seq);
            if parts.iter().any(|&part| terms.free(part) != 0) {
                let numbers = parts.iter().filter_map(|&part| terms.known_int(part));
                largest = numbers.fold(largest, |largest, number| largest.max(number.saturating_abs()));
            }
        }
        Value::Equal(one, other) => {
            for (value, index) in [(one, other), (other, one)] {
                match terms.known_int(value) {
                    _ if terms.free(index) == 0 => {}
                    Some(number) => largest = largest.max(number),
                    None => beside.push(value),
                }
            }
        }
        _ => {}
    });
    if !any {
        return formula;
    }
    largest = largest_beside(terms, formula, &beside).map_or(largest, |number| largest.max(number));
    // At least two instances beyond all compared numbers, and within one batch.
    let mut instances = (largest + 1 + batch.max(2) + 1).max(2);
    if let Err(reached) = Limit::UnknownInstances.check(instances) {
        instances = reached.number() as i64;
        terms.reach(reached);
    }
    write_out(terms, formula, instances, &mut SmallMap::default())
}

fn write_out(terms: &mut Terms, term: Term, instances: i64, known: &mut SmallMap<Term>) -> Term {
    if let Some(known) = known.get(term) {
        return known;
    }
    let found = match terms.get(term) {
        Value::Call(Function::AnyOf, seq)
            if let [list] = *terms.seq(seq)
                && let Value::Sequence { length, element, level } = terms.get(list) =>
        {
            let mut each = Vec::new();
            for at in 0..instances {
                let index = terms.int(at);
                let body = terms.replace_bound(element, level, index);
                let body = write_out(terms, body, instances, known);
                let some = terms.at_least(length, at + 1);
                each.push(terms.and(&[some, body]));
            }
            terms.or(&each)
        }
        Value::And(_) | Value::Or(_) | Value::Not(_) | Value::If(..) => {
            substitution::rebuild(terms, term, &mut |terms, part| write_out(terms, part, instances, known))
        }
        _ => term,
    };
    known.add(term, found);
    found
}
