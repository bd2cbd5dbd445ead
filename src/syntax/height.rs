//! Limits the height of a tree. Code that walks a tree recurses, so a tree must never be high enough to overflow the stack.
//!
//! The parser limits brackets and chains separately, but a chain in brackets in a chain in brackets could still be too high. A
//! node comes after its children in the arena, so one pass computes all heights.

use crate::limit::{Limit, Reached};
use crate::source::Span;

use super::ast::{ExprId, ExprKind, ObjectItem, SyntaxError, Tree, TypeId, TypeKind};

/// Replaces subtrees that are too high by error nodes.
pub(super) fn limit_height(tree: &mut Tree) {
    let exprs = limit_exprs(tree);
    limit_types(tree, &exprs);
}

fn limit_exprs(tree: &mut Tree) -> Vec<u16> {
    let mut heights: Vec<u16> = Vec::with_capacity(tree.exprs.len());
    for id in 0..tree.exprs.len() {
        let mut below = 0;
        tree.each_child(ExprId(id as u32), |child| {
            below = below.max(heights.get(child.0 as usize).copied().unwrap_or(0) + 1);
        });
        if let Err(reached) = Limit::Height.check(below) {
            tree.exprs[id].kind = ExprKind::Error;
            let span = tree.exprs[id].span;
            tree.errors.push(too_high("expression", span, &reached));
            below = 0;
        }
        heights.push(below);
    }
    heights
}

fn limit_types(tree: &mut Tree, exprs: &[u16]) {
    let mut heights: Vec<u16> = Vec::with_capacity(tree.types.len());
    for id in 0..tree.types.len() {
        let mut below = match tree.types[id].kind {
            TypeKind::Text(text) => exprs[text.0 as usize] + 1,
            TypeKind::ItemOf { index, .. } => exprs[index.0 as usize] + 1,
            _ => 0,
        };
        tree.each_inner_type(TypeId(id as u32), |inner| {
            below = below.max(heights.get(inner.0 as usize).copied().unwrap_or(0) + 1);
        });
        if let Err(reached) = Limit::Height.check(below) {
            tree.types[id].kind = TypeKind::Error;
            let span = tree.types[id].span;
            tree.errors.push(too_high("type", span, &reached));
            below = 0;
        }
        heights.push(below);
    }
}

fn too_high(what: &str, span: Span, reached: &Reached) -> SyntaxError {
    SyntaxError {
        span,
        message: format!("expected less nesting, found this {what} of more than {} levels", reached.number()),
        help: Some("move parts of it into separate declarations".to_owned()),
    }
}

impl Tree {
    /// Calls `found` with every direct part of an expression, in source order; for a nested resource, these are its
    /// type, loop list, condition and body.
    pub fn each_child(&self, id: ExprId, mut found: impl FnMut(ExprId)) {
        use ExprKind as E;
        match self.exprs[id.0 as usize].kind {
            E::Error | E::Null | E::Bool(_) | E::Integer | E::Text(_) | E::Name => {}
            E::Interpolation(list) | E::Array(list) | E::Call { arguments: list, .. } => {
                self.expr_lists[list.range()].iter().copied().for_each(found);
            }
            E::Object(list) => {
                for item in &self.items[list.range()] {
                    match *item {
                        ObjectItem::Property { key, value } => {
                            found(key);
                            found(value);
                        }
                        ObjectItem::Spread(value) => found(value),
                        ObjectItem::Resource(nested) => {
                            let nested = &self.deployables[nested.0 as usize];
                            found(nested.target);
                            nested.copy.iter().for_each(|head| found(head.list));
                            nested.condition.iter().copied().for_each(&mut found);
                            found(nested.body);
                        }
                        ObjectItem::Error(_) => {}
                    }
                }
            }
            E::For { head, body } => {
                found(self.for_heads[head.0 as usize].list);
                found(body);
            }
            E::Spread(inner)
            | E::Paren(inner)
            | E::Lambda { body: inner, .. }
            | E::NonNull(inner)
            | E::Unary { operand: inner, .. }
            | E::Member { base: inner, .. }
            | E::Nested { base: inner, .. } => found(inner),
            E::Method { base, arguments, .. } => {
                found(base);
                self.expr_lists[arguments.range()].iter().copied().for_each(found);
            }
            E::Index { base: left, index: right, .. } | E::Binary { left, right, .. } => {
                found(left);
                found(right);
            }
            E::Ternary { condition, yes, no } => {
                found(condition);
                found(yes);
                found(no);
            }
        }
    }

    /// Calls `found` with every direct part of a type, in source order.
    pub fn each_inner_type(&self, id: TypeId, mut found: impl FnMut(TypeId)) {
        use TypeKind as T;
        match self.types[id.0 as usize].kind {
            T::Error | T::Name | T::Null | T::Bool(_) | T::Integer | T::Text(_) | T::Resource(_) => {}
            T::Generic { arguments: list, .. } | T::Union(list) => {
                self.type_lists[list.range()].iter().copied().for_each(found);
            }
            T::Object(list) | T::Tuple(list) => {
                self.type_members[list.range()].iter().for_each(|member| found(member.ty));
            }
            T::Paren(inner)
            | T::Array(inner)
            | T::ElementOf(inner)
            | T::AdditionalOf(inner)
            | T::Nullable(inner)
            | T::NonNull(inner)
            | T::Unary { operand: inner, .. }
            | T::ItemOf { base: inner, .. } => found(inner),
            T::MemberOf { base, arguments, .. } => {
                found(base);
                self.type_lists[arguments.range()].iter().copied().for_each(found);
            }
        }
    }
}
