//! What decorators and types say that a race depends on: admitted values, batch sizes, secure outputs.

use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, List, Statement, TypeId, TypeKind};
use crate::template::{Expr, ExprId, ParameterType};

use super::Maker;

/// How far declared types are followed; a longer chain is a cycle or nobody's.
const MAX_ALIASES: u32 = 32;
/// How many parts a type is looked at in: aliases of unions of aliases may name more than there are atoms.
const MAX_MEMBERS: u32 = 10_000;

impl<'t> Maker<'t> {
    /// The arguments of the decorator of a name, which may be written with `sys.`.
    pub(super) fn decorator(&self, decorators: List, wanted: &str) -> Option<&'t [ast::ExprId]> {
        self.tree.decorators[decorators.range()].iter().find_map(|decorator| {
            let (name, arguments) = self.decorator_call(decorator.expr)?;
            (name == wanted).then_some(arguments)
        })
    }

    /// Name and arguments of a decorator.
    pub(super) fn decorator_call(&self, expr: ast::ExprId) -> Option<(&'t str, &'t [ast::ExprId])> {
        let expr = self.syntax(expr);
        let (name, arguments) = match expr.kind {
            ExprKind::Name => (expr.span, List::default()),
            ExprKind::Member { name, .. } => (name, List::default()),
            ExprKind::Call { name, arguments } | ExprKind::Method { name, arguments, .. } => {
                (name, arguments)
            }
            _ => return None,
        };
        Some((self.word(name), &self.tree.expr_lists[arguments.range()]))
    }

    /// Fills in a parameter.
    pub(super) fn parameter(
        &mut self,
        at: usize,
        statement: &Statement,
        ty: Option<TypeId>,
        default: Option<ast::ExprId>,
    ) {
        let default = default.map(|default| self.expr(default));
        let (kind, nullable) = ty.map_or((ParameterType::Any, false), |ty| self.parameter_type(ty, 0));
        let mut allowed = ty.and_then(|ty| self.literal_union(ty));
        if kind != ParameterType::Array
            && let Some(&[list]) = self.decorator(statement.decorators, "allowed")
            && let ExprKind::Array(elements) = self.syntax(list).kind
        {
            let elements = &self.tree.expr_lists[elements.range()];
            allowed = Some(elements.iter().map(|&element| self.expr(element)).collect());
        }
        let parameter = &mut self.template.parameters[at];
        parameter.default = default;
        parameter.ty = kind;
        parameter.nullable = nullable;
        parameter.allowed = allowed;
    }

    /// As much of a type as counts, and whether it admits `null`.
    fn parameter_type(&self, ty: TypeId, depth: u32) -> (ParameterType, bool) {
        self.bounded_type(ty, depth, &mut 0)
    }

    fn bounded_type(&self, ty: TypeId, depth: u32, seen: &mut u32) -> (ParameterType, bool) {
        let ty = self.tree.types[ty.0 as usize];
        *seen += 1;
        if depth > MAX_ALIASES || *seen > MAX_MEMBERS {
            return (ParameterType::Any, false);
        }
        match ty.kind {
            TypeKind::Name => match self.names.types.get(self.word(ty.span)) {
                Some(declared) => self.bounded_type(declared.ty, depth + 1, seen),
                None => (ambient(self.word(ty.span)), false),
            },
            TypeKind::MemberOf { base, name, .. } if self.is_sys(base) => (ambient(self.word(name)), false),
            TypeKind::Paren(inner) => self.bounded_type(inner, depth + 1, seen),
            TypeKind::Nullable(inner) => (self.bounded_type(inner, depth + 1, seen).0, true),
            TypeKind::NonNull(inner) => (self.bounded_type(inner, depth + 1, seen).0, false),
            TypeKind::Bool(_) => (ParameterType::Bool, false),
            TypeKind::Integer => (ParameterType::Int, false),
            TypeKind::Text(_) => (ParameterType::String, false),
            TypeKind::Unary { operand, .. } => self.bounded_type(operand, depth + 1, seen),
            TypeKind::Object(_) => (ParameterType::Object, false),
            TypeKind::Array(_) | TypeKind::Tuple(_) => (ParameterType::Array, false),
            TypeKind::Null => (ParameterType::Any, true),
            TypeKind::Union(members) => self.union_type(members, depth, seen),
            TypeKind::Error
            | TypeKind::Generic { .. }
            | TypeKind::ElementOf(_)
            | TypeKind::ItemOf { .. }
            | TypeKind::AdditionalOf(_)
            | TypeKind::MemberOf { .. }
            | TypeKind::Resource(_) => (ParameterType::Any, false),
        }
    }

    fn union_type(&self, members: List, depth: u32, seen: &mut u32) -> (ParameterType, bool) {
        let mut common = None;
        let mut nullable = false;
        for &member in &self.tree.type_lists[members.range()] {
            let (kind, admits_null) = self.bounded_type(member, depth + 1, seen);
            nullable |= admits_null;
            if matches!(self.tree.types[member.0 as usize].kind, TypeKind::Null) {
                continue;
            }
            common = Some(if common.is_none_or(|known| known == kind) { kind } else { ParameterType::Any });
        }
        (common.unwrap_or_default(), nullable)
    }

    fn is_sys(&self, ty: TypeId) -> bool {
        let ty = self.tree.types[ty.0 as usize];
        matches!(ty.kind, TypeKind::Name) && self.word(ty.span) == "sys"
    }

    /// The literals of a type that is one, or a union of nothing else (`null` aside, which `nullable` tells).
    fn literal_union(&mut self, ty: TypeId) -> Option<Vec<ExprId>> {
        let mut literals = Vec::new();
        self.literals(ty, 0, &mut 0, &mut literals)?;
        (!literals.is_empty())
            .then(|| literals.into_iter().map(|(expr, span)| self.template.exprs.add(expr, span)).collect())
    }

    fn literals(
        &mut self,
        ty: TypeId,
        depth: u32,
        seen: &mut u32,
        into: &mut Vec<(Expr, Span)>,
    ) -> Option<()> {
        let tree = self.tree;
        let ty = tree.types[ty.0 as usize];
        *seen += 1;
        if depth > MAX_ALIASES || *seen > MAX_MEMBERS {
            return None;
        }
        match ty.kind {
            TypeKind::Text(text) => match self.syntax(text).kind {
                ExprKind::Text(piece) => into.push((Expr::Text(self.piece(piece)), ty.span)),
                _ => return None,
            },
            TypeKind::Integer => into.push((Expr::Int(self.word(ty.span).parse().ok()?), ty.span)),
            TypeKind::Bool(value) => into.push((Expr::Bool(value), ty.span)),
            TypeKind::Unary { operator: ast::UnaryOperator::Minus, operand } => {
                let digits = tree.types[operand.0 as usize].span;
                into.push((Expr::Int(-self.word(digits).parse::<i64>().ok()?), ty.span));
            }
            TypeKind::Null => {}
            TypeKind::Paren(inner) | TypeKind::Nullable(inner) | TypeKind::NonNull(inner) => {
                self.literals(inner, depth + 1, seen, into)?;
            }
            TypeKind::Name => {
                let declared = *self.names.types.get(self.word(ty.span))?;
                self.literals(declared.ty, depth + 1, seen, into)?;
            }
            TypeKind::Union(members) => {
                for &member in &tree.type_lists[members.range()] {
                    self.literals(member, depth + 1, seen, into)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Whether a type is declared with `@secure()`.
    pub(super) fn is_secure_type(&self, mut ty: TypeId) -> bool {
        for _ in 0..MAX_ALIASES {
            let written = self.tree.types[ty.0 as usize];
            match written.kind {
                TypeKind::Paren(inner) | TypeKind::Nullable(inner) | TypeKind::NonNull(inner) => ty = inner,
                TypeKind::Name => match self.names.types.get(self.word(written.span)) {
                    Some(declared) if declared.secure => return true,
                    Some(declared) => ty = declared.ty,
                    None => return false,
                },
                _ => return false,
            }
        }
        false
    }

    /// Whether the file has a type that the classic template language cannot say.
    pub(super) fn has_type_syntax(&self) -> bool {
        self.tree.types.iter().any(|ty| {
            matches!(
                ty.kind,
                TypeKind::Object(_)
                    | TypeKind::Array(_)
                    | TypeKind::Tuple(_)
                    | TypeKind::Union(_)
                    | TypeKind::Nullable(_)
            )
        })
    }
}

/// The types that are there without a declaration.
fn ambient(name: &str) -> ParameterType {
    match name {
        "bool" => ParameterType::Bool,
        "string" => ParameterType::String,
        "int" => ParameterType::Int,
        "array" => ParameterType::Array,
        "object" => ParameterType::Object,
        _ => ParameterType::Any,
    }
}
