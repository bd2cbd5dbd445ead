//! Lists of which some elements are there only under a condition.
//!
//! ```bicep
//! filter([ { name: 'a', on: true }, { name: 'b', on: withB } ], s => s.on)   // `a`, and `b` where `withB` is true
//! ```
//!
//! The list has no known length, but every element is known. An object that is made of it has known properties.

use super::Function;
use crate::eval::store::occurs;
use crate::eval::term::{Term, Value};
use crate::eval::terms::Terms;

/// An element of a list, and the condition under which the list contains it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    pub(super) value: Term,
    pub(super) is_there: Term,
}

/// The elements of a list; `None` if some are not known.
pub(super) fn elements(terms: &mut Terms, list: Term) -> Option<Vec<Element>> {
    match terms.get(list) {
        Value::Array(seq) => {
            let (values, is_there) = (terms.seq(seq).to_vec(), terms.bool(true));
            Some(values.into_iter().map(|value| Element { value, is_there }).collect())
        }
        Value::If(condition, yes, no) => {
            let not = terms.not(condition);
            let mut all = under(terms, yes, condition)?;
            all.extend(under(terms, no, not)?);
            Some(all)
        }
        Value::Call(Function::Concat, seq) => {
            let mut all = Vec::new();
            for part in terms.seq(seq).to_vec() {
                all.extend(elements(terms, part)?);
            }
            Some(all)
        }
        Value::Call(Function::Filter, seq) => {
            let &[of, lambda] = terms.seq(seq) else { return None };
            let mut all = Vec::new();
            for element in elements(terms, of)? {
                let holds = terms.apply(lambda, &[element.value])?;
                let is_there = terms.and(&[element.is_there, holds]);
                if !terms.is_false(is_there) {
                    all.push(Element { is_there, ..element });
                }
            }
            Some(all)
        }
        // Ex) map(filter(list, …), x => x.name)
        Value::Sequence { length, element, level } => {
            let of = terms.as_length(length)?;
            let index = terms.bound(level);
            let whole = terms.index(of, index);
            let mut all = Vec::new();
            for one in elements(terms, of)? {
                let value = terms.replace_term(element, whole, one.value);
                // The value depends on the place of the element, which is not known.
                if occurs(terms, index, value) {
                    return None;
                }
                all.push(Element { value, ..one });
            }
            Some(all)
        }
        _ => None,
    }
}

fn under(terms: &mut Terms, list: Term, condition: Term) -> Option<Vec<Element>> {
    let mut all = elements(terms, list)?;
    for element in &mut all {
        element.is_there = terms.and(&[element.is_there, condition]);
    }
    all.retain(|element| !terms.is_false(element.is_there));
    Some(all)
}
