//! Whether a name in a `dependsOn` is a node's: expressions are compared as they are written, variables dissolved, and the
//! index of the node's own loop is like anything.

use crate::limit::{Budget, Limit};
use crate::template::{BinaryOperator, Expr, ExprId, List, LocalId, Property};

use super::Maker;
use super::id::Part;
use super::identity::Instance;

/// One comparison of a node's name with another.
pub(super) struct Comparison {
    index: Option<LocalId>,
    pub(super) instance: Instance,
    steps: Budget,
    depth: u32,
}

impl Comparison {
    pub(super) const fn new(index: Option<LocalId>) -> Self {
        Self { index, instance: Instance::Whole, steps: Limit::ArmComparison.budget(), depth: 0 }
    }
}

impl Maker<'_> {
    pub(super) fn same_parts(&self, own: &[Part], other: &[Part], comparison: &mut Comparison) -> bool {
        if let (Some(number), [Part::Text(_)]) = (self.number_in(own, other, comparison.index), other) {
            comparison.instance = Instance::Number(number);
            return true;
        }
        own.len() == other.len()
            && own.iter().zip(other).all(|pair| match pair {
                (Part::Text(own), Part::Text(other)) => own.eq_ignore_ascii_case(other),
                (Part::Expr(own), Part::Expr(other)) => self.same(*own, *other, comparison),
                (Part::Expr(own), Part::Text(other)) => self.is_index(*own, other, comparison),
                (Part::Text(_), Part::Expr(_)) => false,
            })
    }

    fn is_index(&self, own: ExprId, other: &str, comparison: &mut Comparison) -> bool {
        let Expr::Local(local) = self.template.exprs.get(own) else { return false };
        let Ok(number) = other.parse() else { return false };
        let is_it = Some(local) == comparison.index && comparison.instance == Instance::Whole;
        if is_it {
            comparison.instance = Instance::Number(number);
        }
        is_it
    }

    /// The index at which two names are equal: 2 for `vm${copyIndex()}` and `vm2`.
    fn number_in(&self, own: &[Part], other: &[Part], index: Option<LocalId>) -> Option<i64> {
        let [Part::Text(other)] = other else { return None };
        let (before, hole, after) = match own {
            [Part::Text(before), Part::Expr(hole)] => (before.as_str(), *hole, ""),
            [Part::Expr(hole), Part::Text(after)] => ("", *hole, after.as_str()),
            [Part::Text(before), Part::Expr(hole), Part::Text(after)] => {
                (before.as_str(), *hole, after.as_str())
            }
            _ => return None,
        };
        let (local, offset) = match self.template.exprs.get(hole) {
            Expr::Local(local) => (local, 0),
            Expr::Binary { operator: BinaryOperator::Add, left, right } => {
                match (self.template.exprs.get(left), self.template.exprs.get(right)) {
                    (Expr::Local(local), Expr::Int(offset)) => (local, offset),
                    _ => return None,
                }
            }
            _ => return None,
        };
        let start = other.get(..before.len())?;
        let rest = &other[before.len()..];
        let end = rest.get(rest.len().checked_sub(after.len())?..)?;
        let is_around = start.eq_ignore_ascii_case(before) && end.eq_ignore_ascii_case(after);
        let number: i64 = rest[..rest.len() - after.len()].parse().ok()?;
        (is_around && Some(local) == index).then(|| number - offset)
    }

    /// Whether two expressions are written in the same way, with variables replaced by their values. The index of the
    /// node's own loop equals any expression.
    pub(super) fn same(&self, own: ExprId, other: ExprId, comparison: &mut Comparison) -> bool {
        comparison.depth += 1;
        let allowed = comparison.steps.spend(1);
        let is_same = match allowed.and_then(|()| Limit::ArmComparisonDepth.check(comparison.depth)) {
            Ok(()) => self.same_inside(own, other, comparison),
            Err(reached) => {
                self.beyond(other, reached);
                false
            }
        };
        comparison.depth -= 1;
        is_same
    }

    fn same_inside(&self, own: ExprId, other: ExprId, comparison: &mut Comparison) -> bool {
        let (own, other) = (self.through_variables(own), self.through_variables(other));
        // The value of one variable; the index of a loop is in none.
        if own == other {
            return true;
        }
        let exprs = &self.template.exprs;
        if let Expr::Local(local) = exprs.get(own)
            && Some(local) == comparison.index
        {
            return match comparison.instance {
                Instance::Whole => {
                    comparison.instance = Instance::At(other);
                    true
                }
                Instance::At(bound) => bound == other || self.same_value(bound, other, comparison),
                Instance::Number(number) => matches!(exprs.get(other), Expr::Int(other) if other == number),
            };
        }
        self.same_value(own, other, comparison)
    }

    fn same_value(&self, own: ExprId, other: ExprId, comparison: &mut Comparison) -> bool {
        let exprs = &self.template.exprs;
        match (exprs.get(own), exprs.get(other)) {
            (Expr::Null, Expr::Null) => true,
            (Expr::Bool(a), Expr::Bool(b)) => a == b,
            (Expr::Int(a), Expr::Int(b)) => a == b,
            (Expr::Parameter(a), Expr::Parameter(b)) => a == b,
            (Expr::Local(a), Expr::Local(b)) => a == b,
            (Expr::Node(a), Expr::Node(b)) => a == b,
            (Expr::Text(_) | Expr::Interpolation(_), Expr::Text(_) | Expr::Interpolation(_)) => {
                let (own, other) = (self.parts(own), self.parts(other));
                comparison.steps.count((own.len() + other.len()) as u64);
                self.same_parts(&own, &other, comparison)
            }
            (Expr::Array(a), Expr::Array(b)) => self.same_lists(a, b, comparison),
            (Expr::Object(a), Expr::Object(b)) => self.same_objects(a, b, comparison),
            (Expr::Call { function: f, arguments: a }, Expr::Call { function: g, arguments: b }) => {
                exprs.text(f).eq_ignore_ascii_case(exprs.text(g)) && self.same_lists(a, b, comparison)
            }
            (Expr::UserCall { function: f, arguments: a }, Expr::UserCall { function: g, arguments: b }) => {
                f == g && self.same_lists(a, b, comparison)
            }
            (Expr::Member { base: a, name: m, .. }, Expr::Member { base: b, name: n, .. }) => {
                exprs.text(m).eq_ignore_ascii_case(exprs.text(n)) && self.same(a, b, comparison)
            }
            (
                Expr::Index { base, index, from_end, .. },
                Expr::Index { base: base_2, index: index_2, from_end: from_end_2, .. },
            ) => from_end == from_end_2 && self.all_same([base, index], [base_2, index_2], comparison),
            (Expr::Unary { operator: f, operand: a }, Expr::Unary { operator: g, operand: b }) => {
                f == g && self.same(a, b, comparison)
            }
            (
                Expr::Binary { operator, left, right },
                Expr::Binary { operator: operator_2, left: left_2, right: right_2 },
            ) => operator == operator_2 && self.all_same([left, right], [left_2, right_2], comparison),
            (
                Expr::Ternary { condition, yes, no },
                Expr::Ternary { condition: condition_2, yes: yes_2, no: no_2 },
            ) => self.all_same([condition, yes, no], [condition_2, yes_2, no_2], comparison),
            _ => false,
        }
    }

    fn all_same<const N: usize>(
        &self,
        own: [ExprId; N],
        other: [ExprId; N],
        comparison: &mut Comparison,
    ) -> bool {
        own.into_iter().zip(other).all(|(own, other)| self.same(own, other, comparison))
    }

    fn same_lists(&self, own: List, other: List, comparison: &mut Comparison) -> bool {
        let (own, other) = (self.template.exprs.list(own), self.template.exprs.list(other));
        own.len() == other.len() && own.iter().zip(other).all(|(&a, &b)| self.same(a, b, comparison))
    }

    fn same_objects(&self, own: List, other: List, comparison: &mut Comparison) -> bool {
        let exprs = &self.template.exprs;
        let (own, other) = (exprs.object(own), exprs.object(other));
        own.len() == other.len()
            && own.iter().zip(other).all(|pair| match pair {
                (Property::Named { key: k, value: a }, Property::Named { key: l, value: b }) => {
                    exprs.text(*k) == exprs.text(*l) && self.same(*a, *b, comparison)
                }
                (Property::Computed { key: k, value: a }, Property::Computed { key: l, value: b }) => {
                    self.same(*k, *l, comparison) && self.same(*a, *b, comparison)
                }
                _ => false,
            })
    }
}
