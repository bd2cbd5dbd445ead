//! An arbitrary element of a list, as one value. It is the value at the end of a path with `[*]`, if the list is not
//! completely known.
//!
//! ```bicep
//! param more array
//! ipConfigurations: concat([ { properties: { subnet: { id: inner.id } } } ], more)   // [*].properties.subnet.id
//! ```
//!
//! The value is `inner.id` or the id of any element of `more`. It stays an expression over `more`: if a call gives the
//! list, the value is computed again by the same rules. [`super::case_split`] splits it into its cases.

use rustc_hash::FxHashSet;

use super::attributes::{fresh, levels};
use super::functions::Function;
use super::small_map::SmallMap;
use super::store::Store;
use super::term::{Term, Value};
use super::terms::Terms;

/// The function that is applied to an element.
type OfElement<'f> = &'f mut dyn FnMut(&mut Terms, Term) -> Term;

impl Store {
    /// Whether some elements of a list differ in form from the others.
    fn is_composed(&self, list: Term) -> bool {
        match self.get(list) {
            Value::Null | Value::Array(_) | Value::If(..) | Value::Coalesce(..) => true,
            Value::Call(
                Function::Concat
                | Function::Distinct
                | Function::Filter
                | Function::Flatten
                | Function::Sort
                | Function::Union,
                _,
            ) => true,
            Value::Call(Function::Skip | Function::Take, seq) => self.elements(self.seq(seq)[0]).is_some(),
            _ => false,
        }
    }

    /// A list inside a term whose elements differ in form, and from which a bound variable takes an element.
    fn composed_inside(&self, term: Term, level: u32, seen: &mut SmallMap<()>) -> Option<Term> {
        if self.free(term) & levels(level, 1) == 0 || !seen.is_new(term) {
            return None;
        }
        let value = self.get(term);
        if let Value::Index(list, index) = value
            && self.get(index) == Value::Bound(level)
            && self.free(list) & levels(level, 1) == 0
            && self.is_composed(list)
        {
            return Some(list);
        }
        let mut found = None;
        self.each_child(value, |part| found = found.or_else(|| self.composed_inside(part, level, seen)));
        found
    }
}

/// Applies a function to an arbitrary element of a list. The result is one value, `null` for an empty list.
pub fn of_list(terms: &mut Terms, list: Term, make: OfElement<'_>) -> Term {
    Elements::new(0, make).of(terms, list)
}

/// Applies a function to a value that may be one of several, branch by branch.
pub fn of_value(terms: &mut Terms, value: Term, make: OfElement<'_>) -> Term {
    of_branches(terms, value, make, &mut SmallMap::default())
}

/// The same with a cache, because branches may share parts many times.
fn of_branches(terms: &mut Terms, value: Term, make: OfElement<'_>, known: &mut SmallMap<Term>) -> Term {
    let Some([condition, yes, no]) = branches(terms, value) else { return make(terms, value) };
    if let Some(known) = known.get(value) {
        return known;
    }
    let (yes, no) = (of_branches(terms, yes, make, known), of_branches(terms, no, make, known));
    let found = terms.if_(condition, yes, no);
    known.add(value, found);
    found
}

/// The condition of a value with two branches, its value if the condition holds, and its value if it does not.
fn branches(terms: &mut Terms, value: Term) -> Option<[Term; 3]> {
    match terms.get(value) {
        Value::If(condition, yes, no) => Some([condition, yes, no]),
        Value::Coalesce(left, right) => {
            let null = terms.null();
            Some([terms.equal(left, null), right, left])
        }
        _ => None,
    }
}

/// Whether a condition holds for some element of a list.
pub fn any_element(terms: &mut Terms, list: Term, holds: OfElement<'_>) -> Term {
    // Elements for which it does not hold become `null` and are left out, so the result tells whether any remain.
    let yes = terms.bool(true);
    let found = of_list(terms, list, &mut |terms, element| {
        let (holds, null) = (holds(terms, element), terms.null());
        terms.if_(holds, yes, null)
    });
    is_there(terms, found, &mut SmallMap::default())
}

/// Whether a value that is `true` or `null` is `true`, branch by branch.
fn is_there(terms: &mut Terms, value: Term, known: &mut SmallMap<Term>) -> Term {
    if let Some(known) = known.get(value) {
        return known;
    }
    let found = match terms.get(value) {
        Value::Null => terms.bool(false),
        Value::If(condition, yes, no) => {
            let (yes, no) = (is_there(terms, yes, known), is_there(terms, no, known));
            terms.if_(condition, yes, no)
        }
        Value::Call(Function::Each, seq) => {
            let list = terms.seq(seq)[0];
            match terms.get(list) {
                Value::Array(seq) => {
                    let values = terms.seq(seq).to_vec();
                    let any: Vec<Term> =
                        values.into_iter().map(|value| is_there(terms, value, known)).collect();
                    terms.or(&any)
                }
                Value::Sequence { length, element, level } => {
                    let holds = is_there(terms, element, known);
                    let all = terms.sequence(length, holds, level);
                    terms.call(Function::AnyOf, &[all])
                }
                _ => terms.truth(value),
            }
        }
        _ => terms.truth(value),
    };
    known.add(value, found);
    found
}

/// Applies a function to the elements of lists.
struct Elements<'f> {
    /// The levels of the variables that the results may leave free.
    apart: u64,
    make: OfElement<'f>,
    /// Results for lists that may be shared.
    known: SmallMap<Term>,
}

impl<'f> Elements<'f> {
    fn new(apart: u64, make: OfElement<'f>) -> Self {
        Self { apart, make, known: SmallMap::default() }
    }

    /// The result for an arbitrary element of a list.
    fn of(&mut self, terms: &mut Terms, list: Term) -> Term {
        if terms.get(list) == Value::Null {
            return list;
        }
        if let Some(known) = self.known.get(list) {
            return known;
        }
        let found = if let Some([condition, yes, no]) = branches(terms, list) {
            let (yes, no) = (self.of(terms, yes), self.of(terms, no));
            terms.if_(condition, yes, no)
        } else {
            match terms.get(list) {
                Value::Array(seq) => {
                    let elements = terms.seq(seq).to_vec();
                    let made: Vec<Term> =
                        elements.into_iter().map(|element| (self.make)(terms, element)).collect();
                    of_these(terms, &made)
                }
                Value::Call(function, seq) if terms.is_composed(list) => {
                    let arguments = terms.seq(seq).to_vec();
                    self.of_call(terms, list, function, &arguments)
                }
                _ => self.of_alike(terms, list),
            }
        };
        self.known.add(list, found);
        found
    }

    /// The result for an arbitrary element of the list that a function returns.
    fn of_call(&mut self, terms: &mut Terms, list: Term, function: Function, arguments: &[Term]) -> Term {
        match (function, arguments) {
            (Function::Flatten, &[lists]) => {
                Elements::new(self.apart, &mut |terms, inner| self.of(terms, inner)).of(terms, lists)
            }
            // An arbitrary element does not depend on order or repetition.
            (Function::Sort | Function::Distinct, &[inner, ..]) => self.of(terms, inner),
            (Function::Filter, &[inner, lambda]) if takes_element_alone(terms, lambda) => {
                let apart = self.apart | terms.free(lambda);
                let mut make = |terms: &mut Terms, element| {
                    let Some(holds) = terms.apply(lambda, &[element]) else { return terms.opaque() };
                    let (made, null) = ((self.make)(terms, element), terms.null());
                    terms.if_(holds, made, null)
                };
                Elements::new(apart, &mut make).of(terms, inner)
            }
            (Function::Take | Function::Skip, &[inner, count]) => {
                let elements = terms.elements(inner).map(<[Term]>::to_vec).unwrap_or_default();
                let mut made = Vec::with_capacity(elements.len());
                for (at, element) in elements.into_iter().enumerate() {
                    let at = terms.int(at as i64);
                    let is_before = terms.call(Function::More, &[count, at]);
                    let (value, null) = ((self.make)(terms, element), terms.null());
                    made.push(match function {
                        Function::Take => terms.if_(is_before, value, null),
                        _ => terms.if_(is_before, null, value),
                    });
                }
                of_these(terms, &made)
            }
            (Function::Concat | Function::Union, lists) => {
                let made: Vec<Term> = lists.iter().map(|&inner| self.of(terms, inner)).collect();
                of_these(terms, &made)
            }
            _ => self.of_alike(terms, list),
        }
    }

    /// The result for an arbitrary element of a list whose elements all have the same form.
    fn of_alike(&mut self, terms: &mut Terms, list: Term) -> Term {
        let level = match fresh(terms.free(list) | self.apart) {
            Ok(level) => level,
            Err(reached) => return terms.cut(reached),
        };
        let index = terms.bound(level);
        let element = terms.index(list, index);
        let made = (self.make)(terms, element);
        let length = terms.call(Function::Length, &[list]);
        let all = terms.sequence(length, made, level);
        terms.call(Function::Each, &[all])
    }
}

/// An arbitrary one of some values, as one value: `null` if there are none.
pub fn of_these(terms: &mut Terms, values: &[Term]) -> Term {
    let all = terms.array(values);
    terms.call(Function::Each, &[all])
}

/// An arbitrary element of a sequence, split as far as its elements differ in form.
fn of_rule(terms: &mut Terms, length: Term, element: Term, level: u32) -> Option<Term> {
    let bit = levels(level, 1);
    if terms.free(element) & bit == 0 {
        let (some, null) = (terms.at_least(length, 1), terms.null());
        return Some(terms.if_(some, element, null));
    }
    if let Some(list) = terms.composed_inside(element, level, &mut SmallMap::default()) {
        let index = terms.bound(level);
        let taken = terms.index(list, index);
        let others = terms.replace_term(element, taken, terms.null());
        if terms.free(others) & bit == 0 {
            let apart = terms.free(element);
            let mut make = |terms: &mut Terms, found| terms.replace_term(element, taken, found);
            return Some(Elements::new(apart, &mut make).of(terms, list));
        }
    }
    match terms.get(element) {
        Value::If(condition, yes, no) => {
            let is_free = |term: Term| terms.free(term) & bit == 0;
            let (of_condition, of_yes, of_no) = (!is_free(condition), !is_free(yes), !is_free(no));
            if !of_condition {
                let (yes, no) = (terms.sequence(length, yes, level), terms.sequence(length, no, level));
                let (yes, no) = (terms.call(Function::Each, &[yes]), terms.call(Function::Each, &[no]));
                return Some(terms.if_(condition, yes, no));
            }
            if of_yes || of_no {
                return None;
            }
            // Ex) [for x in list: x.on ? net.id : null]
            let not = terms.not(condition);
            let both = [(condition, yes), (not, no)].map(|(condition, value)| {
                let all = terms.sequence(length, condition, level);
                let (some, null) = (terms.call(Function::AnyOf, &[all]), terms.null());
                terms.if_(some, value, null)
            });
            Some(of_these(terms, &both))
        }
        Value::Call(Function::Each, seq) => {
            let values = terms.elements(terms.seq(seq)[0])?.to_vec();
            let each: Vec<Term> = values
                .into_iter()
                .map(|value| {
                    let all = terms.sequence(length, value, level);
                    terms.call(Function::Each, &[all])
                })
                .collect();
            Some(of_these(terms, &each))
        }
        _ => None,
    }
}

fn takes_element_alone(terms: &Terms, lambda: Term) -> bool {
    matches!(terms.get(lambda), Value::Lambda { count: 1, .. })
}

/// Folds [`Function::Each`]: `null` is left out, and a single remaining value is the result.
pub(super) fn each(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let list = *arguments.first()?;
    match terms.get(list) {
        Value::Array(seq) => {
            let values = terms.seq(seq);
            let mut kept: Vec<Term> = Vec::with_capacity(values.len());
            let mut seen = FxHashSet::default();
            for &value in values {
                let inside = match terms.get(value) {
                    Value::Null => continue,
                    Value::Call(Function::Each, seq) => terms.elements(terms.seq(seq)[0]),
                    _ => None,
                };
                for &value in inside.unwrap_or(&[value]) {
                    if seen.insert(value) {
                        kept.push(value);
                    }
                }
            }
            match kept[..] {
                [] => Some(terms.null()),
                [only] => Some(only),
                _ if kept == values => None,
                _ => {
                    let kept = terms.array(&kept);
                    Some(terms.unfolded(Function::Each, &[kept]))
                }
            }
        }
        Value::Sequence { length, element, level } => of_rule(terms, length, element, level),
        _ if terms.is_composed(list) => Some(of_list(terms, list, &mut |_, element| element)),
        _ => None,
    }
}
