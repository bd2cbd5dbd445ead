//! The connectives of conditions, `? :`, `!`, `&&`, `||` and `==`, in normal form.

use smallvec::SmallVec;

use super::functions::Function;
use super::null;
use super::partly_known;
use super::store::{Store, bounds_of};
use super::sum;
use super::term::{Seq, Term, Value};
use super::terms::{Operation, Terms};
use crate::limit::Limit;
use crate::template::ParameterType;

impl Terms {
    /// `condition ? yes : no`
    pub fn if_(&mut self, condition: Term, yes: Term, no: Term) -> Term {
        if yes == no {
            return yes;
        }
        let condition = self.condition(condition);
        match (self.get(condition), self.get(yes), self.get(no)) {
            (Value::Bool(true), ..) => yes,
            (Value::Bool(false) | Value::Null, ..) => no,
            (Value::Not(inner), ..) => self.if_(inner, no, yes),
            (_, Value::Bool(true), Value::Bool(false)) => self.truth(condition),
            (_, Value::Bool(yes), _) if self.is_truth(no) => {
                if yes {
                    self.or(&[condition, no])
                } else {
                    let not = self.not(condition);
                    self.and(&[not, no])
                }
            }
            (_, _, Value::Bool(no)) if self.is_truth(yes) => {
                if no {
                    let not = self.not(condition);
                    self.or(&[not, yes])
                } else {
                    self.and(&[condition, yes])
                }
            }
            _ => self.make(Value::If(condition, yes, no)),
        }
    }

    /// `!operand`; `null` counts as `false`.
    pub fn not(&mut self, operand: Term) -> Term {
        let operand = self.condition(operand);
        match self.get(operand) {
            Value::Bool(value) => self.bool(!value),
            Value::Null => self.bool(true),
            Value::Not(inner) => self.truth(inner),
            Value::And(_) | Value::Or(_) | Value::If(..) => {
                self.once(Operation::Not(operand), |terms| not_compound(terms, operand))
            }
            _ => self.make(Value::Not(operand)),
        }
    }

    /// The conjunction of the operands.
    pub fn and(&mut self, operands: &[Term]) -> Term {
        junction(self, operands, true)
    }

    /// The disjunction of the operands.
    pub fn or(&mut self, operands: &[Term]) -> Term {
        junction(self, operands, false)
    }

    /// `one == other`
    pub fn equal(&mut self, one: Term, other: Term) -> Term {
        let (one, other) = if one <= other { (one, other) } else { (other, one) };
        if one == other {
            return self.bool(true);
        }
        if self.is_literal(one) && self.is_literal(other) || self.are_of_two_kinds(one, other) {
            return self.bool(false);
        }
        let nothing = nothing(self, one).map(|ty| (ty, other)).or_else(|| Some((nothing(self, other)?, one)));
        match (self.get(one), self.get(other)) {
            (Value::Int(number), _) if !bounds_of(self, other).holds(number) => return self.bool(false),
            (_, Value::Int(number)) if !bounds_of(self, one).holds(number) => return self.bool(false),
            (Value::Null, _) if self.is_never_null(other) => return self.bool(false),
            (_, Value::Null) if self.is_never_null(one) => return self.bool(false),
            // Unless it is known to be a truth value, it may be `null`, which equals neither.
            (Value::Bool(value), _) if self.is_truth(other) => {
                return if value { other } else { self.not(other) };
            }
            (_, Value::Bool(value)) if self.is_truth(one) => {
                return if value { one } else { self.not(one) };
            }
            (Value::If(condition, yes, no), _) => {
                return self.once(Operation::Equal(one, other), |terms| {
                    let (yes, no) = (terms.equal(yes, other), terms.equal(no, other));
                    terms.if_(condition, yes, no)
                });
            }
            (_, Value::If(condition, yes, no)) => {
                return self.once(Operation::Equal(one, other), |terms| {
                    let (yes, no) = (terms.equal(one, yes), terms.equal(one, no));
                    terms.if_(condition, yes, no)
                });
            }
            (Value::Coalesce(left, right), _) if self.is_literal(other) => {
                if let Some(known) = null::equal_coalesced(self, left, right, other) {
                    return known;
                }
            }
            (_, Value::Coalesce(left, right)) if self.is_literal(one) => {
                if let Some(known) = null::equal_coalesced(self, left, right, one) {
                    return known;
                }
            }
            // Ex) length('${prefix}-hub') == 0
            (Value::Int(length), Value::Call(Function::Length, seq))
            | (Value::Call(Function::Length, seq), Value::Int(length)) => {
                let value = self.seq(seq).first().copied();
                if let Some(known) = value.and_then(|value| partly_known::length_is(self, value, length)) {
                    return known;
                }
            }
            (Value::Call(Function::Plus | Function::ArmAdd, _), _)
            | (_, Value::Call(Function::Plus | Function::ArmAdd, _)) => {
                if let Some(known) = sum::equal_sums(self, one, other) {
                    return known;
                }
            }
            (Value::Array(ones), Value::Array(others)) | (Value::Object(ones), Value::Object(others)) => {
                if let Some(known) = equal_by_parts(self, ones, others) {
                    return known;
                }
            }
            _ if nothing.is_some() => {
                let known = nothing.and_then(|(ty, term)| null::equals_empty(self, term, ty));
                if let Some(known) = known {
                    return known;
                }
            }
            _ if partly_known::cannot_be_equal(self, one, other) => return self.bool(false),
            _ => {}
        }
        self.make(Value::Equal(one, other))
    }
}

impl Store {
    /// Whether one term is a list or an object, and the other is known to be neither.
    fn are_of_two_kinds(&self, one: Term, other: Term) -> bool {
        let kind = |term| match self.get(term) {
            Value::Bool(_) | Value::Int(_) | Value::Text(_) => Some(0),
            Value::Array(_) => Some(1),
            Value::Object(_) => Some(2),
            _ => None,
        };
        kind(one).zip(kind(other)).is_some_and(|(one, other)| one != other)
    }
}

/// The type of an empty list or text; `None` for any other term.
fn nothing(terms: &Store, term: Term) -> Option<ParameterType> {
    match terms.get(term) {
        Value::Array(seq) if terms.seq(seq).is_empty() => Some(ParameterType::Array),
        Value::Text(name) if terms.name(name).is_empty() => Some(ParameterType::String),
        _ => None,
    }
}

/// Whether two lists, or two objects, are equal, as far as their parts decide it. The parts of objects are keys and
/// values in turn.
fn equal_by_parts(terms: &mut Terms, ones: Seq, others: Seq) -> Option<Term> {
    let (ones, others) = (terms.seq(ones).to_vec(), terms.seq(others).to_vec());
    if ones.len() != others.len() {
        return Some(terms.bool(false));
    }
    let mut is_equal = true;
    for (one, other) in ones.into_iter().zip(others) {
        let equal = terms.equal(one, other);
        match terms.known_bool(equal) {
            Some(false) => return Some(equal),
            Some(true) => {}
            None => is_equal = false,
        }
    }
    is_equal.then(|| terms.bool(true))
}

fn not_compound(terms: &mut Terms, operand: Term) -> Term {
    let all = |terms: &mut Terms, seq: Seq| -> Vec<Term> {
        terms.seq(seq).to_vec().into_iter().map(|term| terms.not(term)).collect()
    };
    match terms.get(operand) {
        Value::And(seq) => {
            let not = all(terms, seq);
            terms.or(&not)
        }
        Value::Or(seq) => {
            let not = all(terms, seq);
            terms.and(&not)
        }
        Value::If(condition, yes, no) => {
            let (yes, no) = (terms.not(yes), terms.not(no));
            terms.if_(condition, yes, no)
        }
        _ => terms.make(Value::Not(operand)),
    }
}

fn junction(terms: &mut Terms, operands: &[Term], all: bool) -> Term {
    // Usually all operands but one are trivial, and that one is already in normal form.
    let is_trivial = |&&operand: &&Term| match terms.get(operand) {
        Value::Bool(value) => value == all,
        Value::Null => !all,
        _ => false,
    };
    let mut others = operands.iter().skip_while(is_trivial);
    let Some(&only) = others.next() else { return terms.bool(all) };
    if others.all(|operand| *operand == only || is_trivial(&operand))
        && !matches!(terms.get(only), Value::Bool(_) | Value::Null)
    {
        return terms.truth(only);
    }
    let mut flat: SmallVec<[Term; 16]> = SmallVec::new();
    for &operand in operands {
        let operand = terms.condition(operand);
        match terms.get(operand) {
            Value::Bool(value) if value == all => {}
            Value::Null if !all => {}
            Value::Bool(_) | Value::Null => return terms.bool(!all),
            Value::And(seq) if all => flat.extend_from_slice(terms.seq(seq)),
            Value::Or(seq) if !all => flat.extend_from_slice(terms.seq(seq)),
            _ => flat.push(operand),
        }
    }
    terms.work.count(flat.len() as u64);
    flat.sort_unstable();
    flat.dedup();
    let contradicts = flat.iter().any(|&operand| match terms.get(operand) {
        Value::Not(inner) => flat.binary_search(&inner).is_ok(),
        _ => false,
    });
    if contradicts {
        return terms.bool(!all);
    }
    if let Err(reached) = Limit::Operands.check(flat.len()) {
        return terms.cut(reached);
    }
    match flat[..] {
        [] => terms.bool(all),
        [only] => terms.truth(only),
        _ => {
            let seq = terms.list(&flat);
            terms.make(if all { Value::And(seq) } else { Value::Or(seq) })
        }
    }
}
