//! Facts from decorators and types on which a race can depend: allowed values, batch sizes, secure outputs.

use rustc_hash::FxHashMap;

use crate::limit::{Budget, Limit, Reached};
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, List, Statement, Tree, TypeId, TypeKind};
use crate::template::{Expr, ExprId, ParameterType};

use super::Maker;
use super::bounds::bounds;
use super::scope::DeclaredType;

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
        let is_secure = self.decorator(statement.decorators, "secure").is_some()
            || ty.is_some_and(|ty| self.is_secure_type(ty));
        let (kind, nullable) = ty.map_or((ParameterType::Any, false), |ty| self.parameter_type(ty));
        let mut allowed = ty.and_then(|ty| self.literal_union(ty));
        if kind != ParameterType::Array
            && let Some(&[list]) = self.decorator(statement.decorators, "allowed")
            && let ExprKind::Array(elements) = self.syntax(list).kind
        {
            let elements = &self.tree.expr_lists[elements.range()];
            allowed = Some(elements.iter().map(|&element| self.expr(element)).collect());
        }
        let bounds = bounds(self, statement.decorators, ty);
        let parameter = &mut self.template.parameters[at];
        parameter.default = default;
        parameter.ty = kind;
        parameter.nullable = nullable;
        parameter.allowed = allowed;
        parameter.is_secure = is_secure;
        parameter.bounds = bounds;
    }

    /// As much of a type as counts, and whether it admits `null`.
    pub(super) fn parameter_type(&mut self, ty: TypeId) -> (ParameterType, bool) {
        let found = self.declared_types().bounded(ty, 0, &mut Limit::TypeParts.budget());
        found.unwrap_or_else(|reached| {
            self.beyond(ty, reached);
            (ParameterType::Any, false)
        })
    }

    fn declared_types(&self) -> Types<'_, 't> {
        Types { tree: self.tree, text: self.text, declared: &self.names.types }
    }

    /// Records that a type was not examined completely.
    pub(super) fn beyond(&mut self, ty: TypeId, reached: Reached) {
        let span = self.tree.types[ty.0 as usize].span;
        self.template.limits.add(span, reached);
    }

    /// The literals of a type that is a literal or a union of literals; `null` is left out, because `nullable` records
    /// it.
    pub(super) fn literal_union(&mut self, ty: TypeId) -> Option<Vec<ExprId>> {
        let mut literals = Vec::new();
        match self.literals(ty, 0, &mut Limit::TypeParts.budget(), &mut literals) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(reached) => {
                self.beyond(ty, reached);
                return None;
            }
        }
        (!literals.is_empty())
            .then(|| literals.into_iter().map(|(expr, span)| self.template.exprs.add(expr, span)).collect())
    }

    /// Adds the literals of a type. Returns whether it consists only of literals.
    fn literals(
        &mut self,
        ty: TypeId,
        depth: u32,
        left: &mut Budget,
        into: &mut Vec<(Expr, Span)>,
    ) -> Result<bool, Reached> {
        let tree = self.tree;
        let ty = tree.types[ty.0 as usize];
        left.spend(1)?;
        Limit::TypeDepth.check(depth)?;
        let literal = match ty.kind {
            TypeKind::Text(text) => match self.syntax(text).kind {
                ExprKind::Text(piece) => Some(Expr::Text(self.piece(piece))),
                _ => None,
            },
            TypeKind::Integer => self.word(ty.span).parse().ok().map(Expr::Int),
            TypeKind::Bool(value) => Some(Expr::Bool(value)),
            TypeKind::Unary { operator: ast::UnaryOperator::Minus, operand } => {
                let digits = tree.types[operand.0 as usize].span;
                self.word(digits).parse::<i64>().ok().map(|value| Expr::Int(-value))
            }
            TypeKind::Null => return Ok(true),
            TypeKind::Paren(inner) | TypeKind::Nullable(inner) | TypeKind::NonNull(inner) => {
                return self.literals(inner, depth + 1, left, into);
            }
            TypeKind::Name => {
                return match self.names.types.get(self.word(ty.span)).copied() {
                    Some(declared) => self.literals(declared.ty, depth + 1, left, into),
                    None => Ok(false),
                };
            }
            TypeKind::Union(members) => {
                for &member in &tree.type_lists[members.range()] {
                    if !self.literals(member, depth + 1, left, into)? {
                        return Ok(false);
                    }
                }
                return Ok(true);
            }
            _ => None,
        };
        into.extend(literal.map(|literal| (literal, ty.span)));
        Ok(literal.is_some())
    }

    /// Whether a type is declared with `@secure()`.
    pub(super) fn is_secure_type(&mut self, ty: TypeId) -> bool {
        let found = self.declared_types().leads_to_secure(ty);
        found.unwrap_or_else(|reached| {
            self.beyond(ty, reached);
            false
        })
    }
}

/// The types of a file, to read.
#[derive(Clone, Copy)]
struct Types<'m, 't> {
    tree: &'t Tree,
    text: &'t str,
    declared: &'m FxHashMap<&'t str, DeclaredType>,
}

impl Types<'_, '_> {
    fn word(&self, span: Span) -> &str {
        span.of(self.text)
    }

    /// As much of a type as counts, and whether it admits `null`.
    fn bounded(&self, ty: TypeId, depth: u32, left: &mut Budget) -> Result<(ParameterType, bool), Reached> {
        let ty = self.tree.types[ty.0 as usize];
        left.spend(1)?;
        Limit::TypeDepth.check(depth)?;
        Ok(match ty.kind {
            TypeKind::Name => match self.declared.get(self.word(ty.span)) {
                Some(declared) => self.bounded(declared.ty, depth + 1, left)?,
                None => (ambient(self.word(ty.span)), false),
            },
            TypeKind::MemberOf { base, name, .. } if self.is_sys(base) => (ambient(self.word(name)), false),
            TypeKind::Paren(inner) => self.bounded(inner, depth + 1, left)?,
            TypeKind::Nullable(inner) => (self.bounded(inner, depth + 1, left)?.0, true),
            TypeKind::NonNull(inner) => (self.bounded(inner, depth + 1, left)?.0, false),
            TypeKind::Bool(_) => (ParameterType::Bool, false),
            TypeKind::Integer => (ParameterType::Int, false),
            TypeKind::Text(_) => (ParameterType::String, false),
            TypeKind::Unary { operand, .. } => self.bounded(operand, depth + 1, left)?,
            TypeKind::Object(_) => (ParameterType::Object, false),
            TypeKind::Array(_) | TypeKind::Tuple(_) => (ParameterType::Array, false),
            TypeKind::Null => (ParameterType::Any, true),
            TypeKind::Union(members) => self.union(members, depth, left)?,
            TypeKind::Error
            | TypeKind::Generic { .. }
            | TypeKind::ElementOf(_)
            | TypeKind::ItemOf { .. }
            | TypeKind::AdditionalOf(_)
            | TypeKind::MemberOf { .. }
            | TypeKind::Resource(_) => (ParameterType::Any, false),
        })
    }

    fn union(&self, members: List, depth: u32, left: &mut Budget) -> Result<(ParameterType, bool), Reached> {
        let mut common = None;
        let mut nullable = false;
        for &member in &self.tree.type_lists[members.range()] {
            let (kind, admits_null) = self.bounded(member, depth + 1, left)?;
            nullable |= admits_null;
            if matches!(self.tree.types[member.0 as usize].kind, TypeKind::Null) {
                continue;
            }
            common = Some(if common.is_none_or(|known| known == kind) { kind } else { ParameterType::Any });
        }
        Ok((common.unwrap_or_default(), nullable))
    }

    fn is_sys(&self, ty: TypeId) -> bool {
        let ty = self.tree.types[ty.0 as usize];
        matches!(ty.kind, TypeKind::Name) && self.word(ty.span) == "sys"
    }

    /// Whether a type leads to one that is declared with `@secure()`.
    fn leads_to_secure(&self, mut ty: TypeId) -> Result<bool, Reached> {
        let mut left = Limit::TypeDepth.budget();
        loop {
            left.spend(1)?;
            let written = self.tree.types[ty.0 as usize];
            match written.kind {
                TypeKind::Paren(inner) | TypeKind::Nullable(inner) | TypeKind::NonNull(inner) => ty = inner,
                TypeKind::Name => match self.declared.get(self.word(written.span)) {
                    Some(declared) if declared.secure => return Ok(true),
                    Some(declared) => ty = declared.ty,
                    None => return Ok(false),
                },
                _ => return Ok(false),
            }
        }
    }
}

/// Whether the file has a type that the classic template language cannot say.
pub(super) fn has_type_syntax(tree: &Tree) -> bool {
    tree.types.iter().any(|ty| {
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

/// The types that exist without a declaration.
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
