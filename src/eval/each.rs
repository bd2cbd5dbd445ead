//! Any element of a list, as one value: what a path with `[*]` leads to where not all of the list is known.
//!
//! ```bicep
//! param more array
//! ipConfigurations: concat([ { properties: { subnet: { id: inner.id } } } ], more)   // [*].properties.subnet.id
//! ```
//!
//! The value is any of `inner.id` and, for each element of `more`, its id. It stays an expression over `more`: where a call gives
//! the list, it is computed again, by the same rules. What it may be is taken apart in [`super::case_split`].

use rustc_hash::FxHashSet;

use super::attributes::{fresh, levels};
use super::functions::Function;
use super::small_map::SmallMap;
use super::store::Store;
use super::term::{Term, Value};
use super::terms::Terms;

/// What is made of an element.
type OfElement<'f> = &'f mut dyn FnMut(&mut Terms, Term) -> Term;

impl Store {
    /// Whether some elements of a list stand apart from others.
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

    /// A list in a term of which an element is taken by a bound variable, and whose elements stand apart.
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

impl Terms {
    /// What is made of any element of a list, as one value: `null` where there is none.
    pub fn each_of(&mut self, list: Term, make: OfElement<'_>) -> Term {
        self.each_apart(list, 0, make)
    }

    /// What is made of a value that may be one of several, branch by branch.
    pub fn each_value(&mut self, value: Term, make: OfElement<'_>) -> Term {
        match self.get(value) {
            Value::If(condition, yes, no) => {
                let (yes, no) = (self.each_value(yes, make), self.each_value(no, make));
                self.if_(condition, yes, no)
            }
            Value::Coalesce(left, right) => {
                let null = self.null();
                let missing = self.equal(left, null);
                let (left, right) = (self.each_value(left, make), self.each_value(right, make));
                self.if_(missing, right, left)
            }
            _ => make(self, value),
        }
    }

    /// Whether a condition holds for an element of a list.
    pub fn any_of_elements(&mut self, list: Term, holds: OfElement<'_>) -> Term {
        // What an element does not hold for is left out: what is left is one value, if any.
        let yes = self.bool(true);
        let found = self.each_of(list, &mut |terms, element| {
            let (holds, null) = (holds(terms, element), terms.null());
            terms.if_(holds, yes, null)
        });
        self.is_there(found)
    }

    /// Whether a value that is `true` or `null` is there, branch by branch.
    fn is_there(&mut self, value: Term) -> Term {
        match self.get(value) {
            Value::Null => self.bool(false),
            Value::If(condition, yes, no) => {
                let (yes, no) = (self.is_there(yes), self.is_there(no));
                self.if_(condition, yes, no)
            }
            Value::Call(Function::Each, seq) => {
                let list = self.seq(seq)[0];
                match self.get(list) {
                    Value::Array(seq) => {
                        let values = self.seq(seq).to_vec();
                        let any: Vec<Term> = values.into_iter().map(|value| self.is_there(value)).collect();
                        self.or(&any)
                    }
                    Value::Sequence { length, element, level } => {
                        let holds = self.is_there(element);
                        let all = self.sequence(length, holds, level);
                        self.call(Function::AnyOf, &[all])
                    }
                    _ => self.truth(value),
                }
            }
            _ => self.truth(value),
        }
    }

    /// The same; `apart` are the levels of variables that what is made may leave free.
    fn each_apart(&mut self, list: Term, apart: u64, make: OfElement<'_>) -> Term {
        match self.get(list) {
            Value::Null => list,
            Value::Array(seq) => {
                let elements = self.seq(seq).to_vec();
                let made: Vec<Term> = elements.into_iter().map(|element| make(self, element)).collect();
                self.any_of_these(&made)
            }
            Value::If(condition, yes, no) => {
                let (yes, no) = (self.each_apart(yes, apart, make), self.each_apart(no, apart, make));
                self.if_(condition, yes, no)
            }
            Value::Coalesce(left, right) => {
                let null = self.null();
                let missing = self.equal(left, null);
                let (left, right) = (self.each_apart(left, apart, make), self.each_apart(right, apart, make));
                self.if_(missing, right, left)
            }
            Value::Call(function, seq) if self.is_composed(list) => {
                let arguments = self.seq(seq).to_vec();
                self.each_of_call(list, (function, &arguments), apart, make)
            }
            _ => self.each_alike(list, apart, make),
        }
    }

    /// Any element of what a function of lists gives.
    fn each_of_call(
        &mut self,
        list: Term,
        (function, arguments): (Function, &[Term]),
        apart: u64,
        make: OfElement<'_>,
    ) -> Term {
        match (function, arguments) {
            (Function::Flatten, &[lists]) => {
                self.each_apart(lists, apart, &mut |terms, inner| terms.each_apart(inner, apart, make))
            }
            // Neither order nor repetition matters to any of them.
            (Function::Sort | Function::Distinct, &[inner, ..]) => self.each_apart(inner, apart, make),
            (Function::Filter, &[inner, lambda]) if self.takes_element_alone(lambda) => {
                let apart = apart | self.free(lambda);
                self.each_apart(inner, apart, &mut |terms, element| {
                    let Some(holds) = terms.apply(lambda, &[element]) else { return terms.opaque() };
                    let (made, null) = (make(terms, element), terms.null());
                    terms.if_(holds, made, null)
                })
            }
            (Function::Take | Function::Skip, &[inner, count]) => {
                let elements = self.elements(inner).map(<[Term]>::to_vec).unwrap_or_default();
                let mut made = Vec::with_capacity(elements.len());
                for (at, element) in elements.into_iter().enumerate() {
                    let at = self.int(at as i64);
                    let is_before = self.call(Function::More, &[count, at]);
                    let (value, null) = (make(self, element), self.null());
                    made.push(match function {
                        Function::Take => self.if_(is_before, value, null),
                        _ => self.if_(is_before, null, value),
                    });
                }
                self.any_of_these(&made)
            }
            (Function::Concat | Function::Union, lists) => {
                let made: Vec<Term> =
                    lists.iter().map(|&inner| self.each_apart(inner, apart, make)).collect();
                self.any_of_these(&made)
            }
            _ => self.each_alike(list, apart, make),
        }
    }

    /// Any element of a list of which nothing is known but that all elements are alike.
    fn each_alike(&mut self, list: Term, apart: u64, make: OfElement<'_>) -> Term {
        let level = match fresh(self.free(list) | apart) {
            Ok(level) => level,
            Err(reached) => return self.cut(reached),
        };
        let index = self.bound(level);
        let element = self.index(list, index);
        let made = make(self, element);
        let length = self.call(Function::Length, &[list]);
        let all = self.sequence(length, made, level);
        self.call(Function::Each, &[all])
    }

    /// Any of some values, as one value: `null` where there is none.
    pub fn any_of_these(&mut self, values: &[Term]) -> Term {
        let all = self.array(values);
        self.call(Function::Each, &[all])
    }

    /// Any element of a rule for elements, told apart as far as they are different.
    fn each_of_rule(&mut self, length: Term, element: Term, level: u32) -> Option<Term> {
        let bit = levels(level, 1);
        if self.free(element) & bit == 0 {
            let (some, null) = (self.at_least(length, 1), self.null());
            return Some(self.if_(some, element, null));
        }
        if let Some(list) = self.composed_inside(element, level, &mut SmallMap::default()) {
            let index = self.bound(level);
            let taken = self.index(list, index);
            let others = self.replace_term(element, taken, self.null());
            if self.free(others) & bit == 0 {
                let apart = self.free(element);
                return Some(
                    self.each_apart(list, apart, &mut |terms, found| {
                        terms.replace_term(element, taken, found)
                    }),
                );
            }
        }
        match self.get(element) {
            Value::If(condition, yes, no) => {
                let is_free = |term: Term| self.free(term) & bit == 0;
                let (of_condition, of_yes, of_no) = (!is_free(condition), !is_free(yes), !is_free(no));
                if !of_condition {
                    let (yes, no) = (self.sequence(length, yes, level), self.sequence(length, no, level));
                    let (yes, no) = (self.call(Function::Each, &[yes]), self.call(Function::Each, &[no]));
                    return Some(self.if_(condition, yes, no));
                }
                if of_yes || of_no {
                    return None;
                }
                // Ex) [for x in list: x.on ? net.id : null]
                let not = self.not(condition);
                let both = [(condition, yes), (not, no)].map(|(condition, value)| {
                    let all = self.sequence(length, condition, level);
                    let (some, null) = (self.call(Function::AnyOf, &[all]), self.null());
                    self.if_(some, value, null)
                });
                Some(self.any_of_these(&both))
            }
            Value::Call(Function::Each, seq) => {
                let values = self.elements(self.seq(seq)[0])?.to_vec();
                let each: Vec<Term> = values
                    .into_iter()
                    .map(|value| {
                        let all = self.sequence(length, value, level);
                        self.call(Function::Each, &[all])
                    })
                    .collect();
                Some(self.any_of_these(&each))
            }
            _ => None,
        }
    }

    fn takes_element_alone(&self, lambda: Term) -> bool {
        matches!(self.get(lambda), Value::Lambda { count: 1, .. })
    }
}

/// The value of [`Function::Each`]: `null` is left out, and one that is alone is that one.
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
        Value::Sequence { length, element, level } => terms.each_of_rule(length, element, level),
        _ if terms.is_composed(list) => Some(terms.each_of(list, &mut |_, element| element)),
        _ => None,
    }
}
