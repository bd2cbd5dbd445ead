//! Bicep's functions. `table.rs` declares each one; the file of its family implements it.

mod array;
mod date;
mod encoding;
mod format;
mod id;
pub(super) mod json_text;
mod logic;
mod network;
mod object;
mod table;
mod text;
mod undecided;

pub(super) use encoding::encoded;
pub(super) use object::{from_json, only_computed};
pub use table::Function;

use std::borrow::Cow;

use super::term::Term;
use super::terms::Terms;

/// Evaluates a function call; `None` if the value is not known.
pub(super) fn fold(terms: &mut Terms, function: Function, arguments: &[Term]) -> Option<Term> {
    let row = function.row();
    let fold = row.fold.filter(|_| row.arity.takes(arguments.len()))?;
    if row.refuses_null && arguments.contains(&terms.null()) {
        return Some(terms.null());
    }
    if row.distributes
        && let Some(distributed) = distribute(terms, function, arguments)
    {
        return Some(distributed);
    }
    fold(terms, arguments)
}

/// Moves a call into a conditional first argument: `length(big ? [1, 2] : [])` becomes `big ? length([1, 2]) : length([])`.
fn distribute(terms: &mut Terms, function: Function, arguments: &[Term]) -> Option<Term> {
    let (condition, yes, no) = terms.as_if(*arguments.first()?)?;
    let mut arguments = arguments.to_vec();
    arguments[0] = yes;
    let yes = terms.call(function, &arguments);
    arguments[0] = no;
    let no = terms.call(function, &arguments);
    Some(terms.if_(condition, yes, no))
}

impl Function {
    /// Looks up a function of Bicep or ARM by name, ignoring case.
    pub(super) fn by_name(terms: &mut Terms, name: &str) -> Self {
        let lower = in_lower_case(name);
        Self::named(&lower).unwrap_or_else(|| Self::Other(terms.intern(&lower)))
    }

    /// A method by name, ignoring case: `vault.getSecret(…)`.
    pub(super) fn method(terms: &mut Terms, name: &str) -> Self {
        Self::Method(terms.intern(&in_lower_case(name)))
    }
}

fn in_lower_case(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}
