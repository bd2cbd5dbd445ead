//! The read-only store of terms: every value once, with facts about it.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::attributes::Attributes;
use super::functions::Function;
use super::interner::{Lists, Texts, Values};
use super::partly_known;
use super::small_map::SmallMap;
use super::term::{Name, Seq, Term, Value};
use super::withheld::Withheld;
use crate::template::ParameterType;

/// `null`, which always exists.
pub(super) const NULL: Term = Term(0);
/// No term.
pub(super) const NONE: Term = Term(u32::MAX);

/// The terms of an analysis. Methods of the store create no terms.
#[derive(Debug, Default)]
pub struct Store {
    pub(super) values: Values<Value>,
    pub(super) attributes: Vec<Attributes>,
    pub(super) names: Texts,
    pub(super) seqs: Lists<Term>,
    /// The case-folded form of each term, if it has been requested; otherwise [`NONE`].
    pub(super) folded: Vec<Term>,
    /// The domains of parameters: their names and possible values.
    pub(super) parameters: FxHashMap<Term, Domain>,
    /// The values that messages do not quote.
    pub(super) withheld: Withheld,
}

/// What is known about a parameter.
#[derive(Clone, Debug, Default)]
pub struct Domain {
    /// Its name, for messages.
    pub name: Box<str>,
    /// Its type, `null` aside.
    pub ty: ParameterType,
    /// Whether it cannot be `null`.
    pub is_never_null: bool,
    /// Its possible values, if they are listed.
    pub allowed: Option<Vec<Term>>,
    /// Bounds of the number.
    pub numbers: Between,
    /// Bounds of the length.
    pub lengths: Between,
    /// The names of its properties, if it has no others.
    pub sealed: Option<Box<[Box<str>]>>,
    /// Whether its default differs in each deployment.
    pub is_fresh: bool,
}

/// Maximum number of integers in a range that are tried one by one.
const FEW: i64 = 16;

/// The bounds of a number; `None` for a side without a bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// The smallest number.
    pub least: Option<i64>,
    /// The largest number.
    pub most: Option<i64>,
}

impl Between {
    /// Whether a number is within the bounds.
    pub fn holds(self, number: i64) -> bool {
        self.least.is_none_or(|least| least <= number) && self.most.is_none_or(|most| number <= most)
    }

    /// All numbers within the bounds, if there are few.
    pub fn few(self) -> Option<std::ops::RangeInclusive<i64>> {
        let (least, most) = (self.least?, self.most?);
        (most.checked_sub(least)? < FEW).then_some(least..=most)
    }

    /// The result of a comparison with `other`, if it is the same for all numbers within the bounds; otherwise `None`.
    pub fn compared(self, other: i64, holds: impl Fn(std::cmp::Ordering) -> bool) -> Option<bool> {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let possible = [
            (Less, self.least.is_none_or(|least| least < other)),
            (Equal, self.holds(other)),
            (Greater, self.most.is_none_or(|most| other < most)),
        ];
        let mut found =
            possible.into_iter().filter(|&(_, is_possible)| is_possible).map(|(order, _)| holds(order));
        let first = found.next()?;
        found.all(|holds| holds == first).then_some(first)
    }
}

/// Whether a value is completely known: a literal, or a list or object of literals.
pub(super) fn is_constant(terms: &Store, term: Term) -> bool {
    match terms.get(term) {
        Value::Array(seq) | Value::Object(seq) => terms.seq(seq).iter().all(|&part| is_constant(terms, part)),
        _ => terms.is_literal(term),
    }
}

/// Whether a term or any part of it passes a test. Each part is tested once at most.
pub fn any_part(terms: &Store, term: Term, mut passes: impl FnMut(Term) -> bool) -> bool {
    let (mut open, mut seen) = (vec![term], FxHashSet::default());
    while let Some(part) = open.pop() {
        if seen.insert(part) {
            if passes(part) {
                return true;
            }
            terms.each_child(terms.get(part), |child| open.push(child));
        }
    }
    false
}

/// Whether a term is a part of another one, or that term itself.
pub fn occurs(terms: &Store, term: Term, inside: Term) -> bool {
    let mut seen = SmallMap::default();
    let mut open: SmallVec<[Term; 16]> = SmallVec::new();
    open.push(inside);
    while let Some(part) = open.pop() {
        if part == term {
            return true;
        }
        if terms.may_occur(term, part) && seen.is_new(part) {
            terms.each_child(terms.get(part), |child| open.push(child));
        }
    }
    false
}

/// The bounds of a number or of a length.
pub(super) fn bounds_of(terms: &Store, number: Term) -> Between {
    let (of, is_length) = match terms.as_length(number) {
        Some(whole) => (whole, true),
        None => (number, false),
    };
    match terms.domain(of) {
        // A value that is `null` is not a number, and its length counts as 0.
        Some(domain) if domain.is_never_null && is_length => domain.lengths,
        Some(domain) if domain.is_never_null => domain.numbers,
        _ if is_length => Between { least: None, most: partly_known::most_length(terms, of) },
        _ => Between::default(),
    }
}

impl Store {
    /// The form of a term.
    pub fn get(&self, term: Term) -> Value {
        self.values.get(term.0)
    }

    /// Number of terms.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no terms yet.
    pub fn is_empty(&self) -> bool {
        self.values.len() == 0
    }

    /// The text of a name.
    pub fn name(&self, name: Name) -> &str {
        self.names.get(name.0)
    }

    /// The terms of a list.
    pub fn seq(&self, seq: Seq) -> &[Term] {
        self.seqs.get(seq.0)
    }

    /// Calls a function for every direct part of a value.
    pub fn each_child(&self, value: Value, mut each: impl FnMut(Term)) {
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
            | Value::Opaque(_) => {}
            Value::Concat(seq)
            | Value::Array(seq)
            | Value::Object(seq)
            | Value::Call(_, seq)
            | Value::And(seq)
            | Value::Or(seq) => self.seq(seq).iter().copied().for_each(each),
            Value::Sequence { length: one, element: two, .. }
            | Value::Index(one, two)
            | Value::Coalesce(one, two)
            | Value::Equal(one, two)
            | Value::ResourceGroup(one, two) => {
                each(one);
                each(two);
            }
            Value::Lambda { body: one, .. }
            | Value::Member(one, _)
            | Value::Not(one)
            | Value::Resource(one)
            | Value::ManagementGroup(one)
            | Value::Subscription(one) => each(one),
            Value::If(one, two, three) => {
                each(one);
                each(two);
                each(three);
            }
            Value::ResourceId { scope, names, .. } => {
                each(scope);
                self.seq(names).iter().copied().for_each(each);
            }
        }
    }

    /// The domain of a parameter, or of one of its properties.
    pub fn domain(&self, term: Term) -> Option<&Domain> {
        self.parameters.get(&term)
    }

    /// `null`
    pub fn null(&self) -> Term {
        NULL
    }

    /// Keys and values of an object with known keys.
    pub fn properties(&self, object: Term) -> Option<Vec<(Name, Term)>> {
        let Value::Object(seq) = self.get(object) else { return None };
        let pairs = self.seq(seq).chunks_exact(2);
        Some(pairs.filter_map(|pair| Some((self.known_name(pair[0])?, pair[1]))).collect())
    }

    /// The elements of a list of known length.
    pub fn elements(&self, list: Term) -> Option<&[Term]> {
        if let Value::Array(seq) = self.get(list) { Some(self.seq(seq)) } else { None }
    }

    pub(super) fn known_name(&self, term: Term) -> Option<Name> {
        if let Value::Text(name) = self.get(term) { Some(name) } else { None }
    }

    /// The text, if it is known.
    pub fn known_text(&self, term: Term) -> Option<&str> {
        self.known_name(term).map(|name| self.name(name))
    }

    /// The integer, if it is known.
    pub fn known_int(&self, term: Term) -> Option<i64> {
        if let Value::Int(value) = self.get(term) { Some(value) } else { None }
    }

    /// The truth value, if it is known.
    pub fn known_bool(&self, term: Term) -> Option<bool> {
        if let Value::Bool(value) = self.get(term) { Some(value) } else { None }
    }

    /// Whether a term is certainly `false`.
    pub fn is_false(&self, term: Term) -> bool {
        self.get(term) == Value::Bool(false)
    }

    /// Whether a term is certainly `true`.
    pub fn is_true(&self, term: Term) -> bool {
        self.get(term) == Value::Bool(true)
    }

    /// The parts of a conditional value.
    pub fn as_if(&self, term: Term) -> Option<(Term, Term, Term)> {
        if let Value::If(condition, yes, no) = self.get(term) { Some((condition, yes, no)) } else { None }
    }

    /// Whether a term is a literal: completely known, and different from every other literal.
    pub fn is_literal(&self, term: Term) -> bool {
        matches!(self.get(term), Value::Null | Value::Bool(_) | Value::Int(_) | Value::Text(_))
    }

    /// Whether a term is a text, list or object that cannot be empty.
    pub fn is_never_empty(&self, term: Term) -> bool {
        self.least_length(term) > 0
    }

    /// Whether a term is certainly `true` or `false`.
    pub fn is_truth(&self, term: Term) -> bool {
        match self.get(term) {
            Value::Bool(_) | Value::Not(_) | Value::And(_) | Value::Or(_) | Value::Equal(..) => true,
            Value::Call(function, _) => function.is_truth(),
            _ => self
                .domain(term)
                .is_some_and(|domain| domain.ty == ParameterType::Bool && domain.is_never_null),
        }
    }

    /// Whether a term is a number that is never negative.
    pub(super) fn is_never_negative(&self, term: Term) -> bool {
        matches!(self.get(term), Value::CopyIndex(_) | Value::Call(Function::Length, _))
    }

    /// Appends a literal to a longer text, as Bicep writes it there.
    pub(super) fn push_known(&self, term: Term, text: &mut String) -> bool {
        match self.get(term) {
            Value::Text(name) => text.push_str(self.name(name)),
            Value::Int(value) => text.push_str(&value.to_string()),
            Value::Bool(value) => text.push_str(if value { "True" } else { "False" }),
            _ => return false,
        }
        true
    }

    /// The list (or text, or object) whose length the term is.
    pub fn as_length(&self, term: Term) -> Option<Term> {
        let Value::Call(Function::Length, seq) = self.get(term) else { return None };
        self.seq(seq).first().copied()
    }

    /// The case-folded form of a term, if it has been requested before.
    pub(super) fn known_fold(&self, term: Term) -> Option<Term> {
        self.folded.get(term.0 as usize).copied().filter(|&folded| folded != NONE)
    }
}
