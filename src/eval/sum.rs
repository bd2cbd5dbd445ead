//! Sums with a known number: `i + 1` is not `i`, and is 3 if `i` is 2.

use super::functions::Function;
use super::store::Store;
use super::term::{Term, Value};
use super::terms::Terms;

/// Splits a sum with a known number into the rest and the number, which comes last in the normal form.
pub(super) fn sum_of(terms: &Store, sum: Term) -> Option<(Term, i64)> {
    let Value::Call(Function::Plus | Function::ArmAdd, seq) = terms.get(sum) else { return None };
    let &[rest, known] = terms.seq(seq) else { return None };
    Some((rest, terms.known_int(known)?))
}

/// `one == other` for two different terms, at least one of which is such a sum, as far as the numbers decide it.
pub(super) fn equal_sums(terms: &mut Terms, one: Term, other: Term) -> Option<Term> {
    let (ones, others) = (sum_of(terms, one), sum_of(terms, other));
    let (sum, known) = ones.or(others)?;
    let its_other = if ones.is_some() { other } else { one };
    if let Some(number) = terms.known_int(its_other) {
        let rest = terms.int(number.checked_sub(known)?);
        return Some(terms.equal(sum, rest));
    }
    let (other_sum, other_known) = others.filter(|_| ones.is_some()).unwrap_or((its_other, 0));
    (sum == other_sum).then(|| terms.bool(known == other_known))
}
