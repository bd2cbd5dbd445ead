//! Walking expressions without recursion on the stack.

use super::{Expr, ExprId, Exprs, Property};

impl Exprs {
    /// Calls `visit` for every direct part of an expression, in source order.
    pub fn each_part(&self, id: ExprId, visit: &mut impl FnMut(ExprId)) {
        match self.get(id) {
            Expr::Unknown
            | Expr::Null
            | Expr::Bool(_)
            | Expr::Int(_)
            | Expr::Text(_)
            | Expr::Parameter(_)
            | Expr::Variable(_)
            | Expr::Node(_)
            | Expr::Local(_)
            | Expr::Import(_)
            | Expr::ParentAssignments => {}
            Expr::Spread(inner) | Expr::Paren(inner) | Expr::NonNull(inner) => visit(inner),
            Expr::Interpolation(list) | Expr::Array(list) => self.list(list).iter().copied().for_each(visit),
            Expr::Call { arguments, .. }
            | Expr::UserCall { arguments, .. }
            | Expr::ImportCall { arguments, .. } => self.list(arguments).iter().copied().for_each(visit),
            Expr::Object(list) => {
                for property in self.object(list) {
                    match *property {
                        Property::Named { value, .. } | Property::Spread(value) => visit(value),
                        Property::Computed { key, value } => {
                            visit(key);
                            visit(value);
                        }
                    }
                }
            }
            Expr::Member { base, .. } => visit(base),
            Expr::Method { base, arguments, .. } => {
                visit(base);
                self.list(arguments).iter().copied().for_each(visit);
            }
            Expr::Index { base, index, .. } => {
                visit(base);
                visit(index);
            }
            Expr::Unary { operand, .. } => visit(operand),
            Expr::Binary { left, right, .. } => {
                visit(left);
                visit(right);
            }
            Expr::Ternary { condition, yes, no } => {
                visit(condition);
                visit(yes);
                visit(no);
            }
            Expr::Lambda { body, .. } => visit(body),
            Expr::For { list, body, .. } => {
                visit(list);
                visit(body);
            }
        }
    }

    /// Calls `visit` for an expression and everything in it, in source order, descending wherever it returns true.
    pub fn each_inside(&self, root: ExprId, visit: &mut impl FnMut(ExprId) -> bool) {
        let mut stack = vec![root];
        while let Some(id) = stack.pop() {
            if visit(id) {
                let mark = stack.len();
                self.each_part(id, &mut |part| stack.push(part));
                stack[mark..].reverse();
            }
        }
    }
}
