//! `null` in values and in conditions.
//!
//! A value may be `null`, but a condition either holds or does not hold, and a condition whose value is `null` does not
//! hold. So the meaning of a term that may be `null` depends on its position. As an operand of `!`, `&&` or `||`, or as
//! the condition of a conditional, it stands for `term == true` and is written bare. Everywhere else it stands for its
//! value, and `term ?? false` there is `term == true`, which is `false` if the term is `null`:
//!
//! ```bicep
//! a ?? false                 // a == true
//! (a ?? false) == false      // !a, which holds where `a` is null; `a == false` does not
//! a == null && a             // never holds
//! ```

use super::functions::Function;
use super::small_map::SmallMap;
use super::store::Store;
use super::substitution;
use super::term::{Term, Value};
use super::terms::{Operation, Terms};
use crate::template::{Expr, ExprId, Exprs, ParameterId, ParameterType, Template};

/// Maximum depth to which a default is followed.
const DEPTH: u32 = 32;

impl Store {
    /// A value in the position of a condition: `term == true` is the term itself.
    pub(super) fn condition(&self, term: Term) -> Term {
        match self.get(term) {
            Value::Equal(one, other) if self.is_true(one) => other,
            Value::Equal(one, other) if self.is_true(other) => one,
            _ => term,
        }
    }

    /// Whether a term cannot be `null`.
    pub fn is_never_null(&self, term: Term) -> bool {
        self.attributes[term.0 as usize].is_never_null
            || self.domain(term).is_some_and(|domain| domain.is_never_null)
    }

    /// The same for a value whose parts are already terms.
    pub(super) fn never_gives_null(&self, value: Value) -> bool {
        match value {
            Value::Null
            | Value::Parameter(..)
            | Value::Bound(_)
            | Value::Lambda { .. }
            | Value::Member(..)
            | Value::Index(..)
            | Value::Opaque(_) => false,
            Value::If(_, one, other) => self.is_never_null(one) && self.is_never_null(other),
            Value::Coalesce(_, right) => self.is_never_null(right),
            Value::Call(function, _) => function.is_never_null(),
            Value::Bool(_)
            | Value::Int(_)
            | Value::Text(_)
            | Value::Concat(_)
            | Value::Array(_)
            | Value::Object(_)
            | Value::Ambient(_)
            | Value::CopyIndex(_)
            | Value::Sequence { .. }
            | Value::Not(_)
            | Value::And(_)
            | Value::Or(_)
            | Value::Equal(..)
            | Value::ResourceId { .. }
            | Value::Resource(_)
            | Value::Tenant
            | Value::ManagementGroup(_)
            | Value::Subscription(_)
            | Value::ResourceGroup(..) => true,
        }
    }

    /// The term that an assumption says is not `true`, if it says only that.
    pub(super) fn not_true(&self, term: Term, value: Term) -> Option<Term> {
        match self.get(term) {
            Value::Equal(..) if self.is_false(value) => {
                Some(self.condition(term)).filter(|&asked| asked != term)
            }
            _ => None,
        }
    }
}

impl Terms {
    /// A condition in the position of a value: whether the term is `true`.
    pub(super) fn truth(&mut self, term: Term) -> Term {
        if self.is_literal(term) {
            return term;
        }
        let yes = self.bool(true);
        self.equal(yes, term)
    }

    /// `left ?? right`
    pub fn coalesce(&mut self, left: Term, right: Term) -> Term {
        if left == right || self.is_never_null(left) {
            return left;
        }
        match (self.get(left), self.get(right)) {
            (Value::Null, _) => right,
            (Value::If(condition, yes, no), _) => self.once(Operation::Coalesce(left, right), |terms| {
                let (yes, no) = (terms.coalesce(yes, right), terms.coalesce(no, right));
                terms.if_(condition, yes, no)
            }),
            (_, Value::Null) => left,
            // Ex) config.?enabled ?? false is config.?enabled == true
            (_, Value::Bool(false)) => self.truth(left),
            (_, Value::Bool(true)) => {
                let no = self.bool(false);
                let is_no = self.equal(left, no);
                self.not(is_no)
            }
            _ => self.make(Value::Coalesce(left, right)),
        }
    }
}

/// `(left ?? right) == other`, as far as it follows from equalities of the two sides; `other` is a literal.
pub(super) fn equal_coalesced(terms: &mut Terms, left: Term, right: Term, other: Term) -> Option<Term> {
    let null = terms.null();
    if other == null {
        let (one, both) = (terms.equal(left, null), terms.equal(right, null));
        return Some(terms.and(&[one, both]));
    }
    if !terms.is_literal(right) {
        return None;
    }
    let same = terms.equal(left, other);
    if right != other {
        return Some(same);
    }
    let missing = terms.equal(left, null);
    Some(terms.or(&[same, missing]))
}

/// `term == []` or `term == ''`: for a term of that type this is `empty(term)`, except if the term is `null`.
pub(super) fn equals_empty(terms: &mut Terms, term: Term, ty: ParameterType) -> Option<Term> {
    if terms.is_never_null(term) {
        return Some(terms.call(Function::Empty, &[term]));
    }
    if terms.domain(term).is_none_or(|domain| domain.ty != ty) {
        return None;
    }
    let null = terms.null();
    let missing = terms.equal(term, null);
    let (there, empty) = (terms.not(missing), terms.call(Function::Empty, &[term]));
    Some(terms.and(&[there, empty]))
}

/// A formula under an assumption: a term is replaced by a value. If the term is only known not to be `true`, conditions
/// by it do not hold, and its value stays unknown.
pub(super) fn assume_in(terms: &mut Terms, formula: Term, term: Term, value: Term) -> Term {
    let formula = terms.replace_term(formula, term, value);
    match terms.not_true(term, value) {
        Some(asked) => without(terms, formula, asked, &mut SmallMap::default()),
        None => formula,
    }
}

/// A formula in which no condition by a term holds.
fn without(terms: &mut Terms, formula: Term, asked: Term, known: &mut SmallMap<Term>) -> Term {
    if formula == asked {
        return terms.bool(false);
    }
    if !terms.may_occur(asked, formula) {
        return formula;
    }
    if let Some(known) = known.get(formula) {
        return known;
    }
    terms.visited += 1;
    let found = match terms.get(formula) {
        Value::And(_) | Value::Or(_) | Value::Not(_) | Value::If(..) => {
            substitution::rebuild(terms, formula, &mut |terms, part| without(terms, part, asked, known))
        }
        // An equality compares conditions as values.
        Value::Equal(..) => substitution::rebuild(terms, formula, &mut |terms, part| match terms.get(part) {
            Value::And(_) | Value::Or(_) | Value::Not(_) | Value::Equal(..) => {
                without(terms, part, asked, known)
            }
            _ => part,
        }),
        _ => formula,
    };
    known.add(formula, found);
    found
}

/// Whether a parameter may be `null`: its type allows it or is not known, or its default is `null`.
/// Ex) `param hub object = json('null')`
pub(super) fn may_be_null(template: &Template, parameter: ParameterId) -> bool {
    let declared = &template.parameters[parameter.ix()];
    let is_known = declared.ty != ParameterType::Any || declared.allowed.is_some();
    declared.nullable
        || !is_known
        || declared.default.is_some_and(|default| gives_null(&template.exprs, default, 0))
}

/// Whether an expression can evaluate to `null`, as it is written.
fn gives_null(exprs: &Exprs, expr: ExprId, depth: u32) -> bool {
    let inside = |inner: ExprId| depth < DEPTH && gives_null(exprs, inner, depth + 1);
    match exprs.get(exprs.peel(expr)) {
        Expr::Null => true,
        Expr::Ternary { yes, no, .. } => inside(yes) || inside(no),
        Expr::Call { function, arguments } => {
            let function = exprs.text(function).to_ascii_lowercase();
            match (function.as_str(), exprs.list(arguments)) {
                ("null", []) => true,
                ("any", &[inner]) => inside(inner),
                ("json", &[text]) => {
                    matches!(exprs.get(exprs.peel(text)), Expr::Text(text) if exprs.text(text).trim() == "null")
                }
                _ => false,
            }
        }
        _ => false,
    }
}
