//! Bounds on a parameter's value from decorators and types: numbers, lengths, and the values of properties.
//!
//! ```bicep
//! @discriminator('kind')
//! type gateway = { kind: 'vpn', scale: int } | { kind: 'er' }
//! @minValue(1)
//! param count int
//! param made gateway          // made.kind is 'vpn' or 'er'
//! ```

use crate::limit::{Limit, Reached};
use crate::syntax::ast::{self, ExprKind, List, TypeId, TypeKind};
use crate::template::ParameterType;
use crate::template::bounds::{Bounds, PropertyBounds, Sealed};

use super::Maker;

/// Maximum depth of properties, and maximum number of aliases that are followed. Not a limit, because beyond it all values
/// count as possible.
const DEPTH: usize = 4;

/// A property of a type: its name, and its type.
type Member<'t> = (&'t str, TypeId);

/// The bounds that the decorators and the type of a parameter put on its value.
pub(super) fn bounds(maker: &mut Maker<'_>, decorators: List, ty: Option<TypeId>) -> Option<Box<Bounds>> {
    Reader { maker }.bounds(decorators, ty)
}

/// Reads decorators and types.
struct Reader<'m, 't> {
    maker: &'m mut Maker<'t>,
}

impl<'t> Reader<'_, 't> {
    fn bounds(&mut self, decorators: List, ty: Option<TypeId>) -> Option<Box<Bounds>> {
        let mut bounds = self.decorated(decorators);
        let mut is_sealed = self.maker.decorator(decorators, "sealed").is_some();
        let Some(mut ty) = ty else { return bounds.if_any() };
        for _ in 0..DEPTH {
            match self.type_kind(ty) {
                TypeKind::Paren(inner) | TypeKind::Nullable(inner) | TypeKind::NonNull(inner) => ty = inner,
                TypeKind::Name => {
                    let span = self.maker.tree.types[ty.0 as usize].span;
                    let Some(&declared) = self.maker.names.types.get(self.maker.word(span)) else { break };
                    let of_type = self.decorated(declared.decorators);
                    bounds.or(of_type);
                    is_sealed |= self.maker.decorator(declared.decorators, "sealed").is_some();
                    ty = declared.ty;
                }
                _ => break,
            }
        }
        if let Err(reached) = self.add_properties((ty, is_sealed), false, &mut Vec::new(), &mut bounds) {
            self.maker.beyond(ty, reached);
        }
        bounds.if_any()
    }

    fn type_kind(&self, ty: TypeId) -> TypeKind {
        self.maker.tree.types[ty.0 as usize].kind
    }

    fn decorated(&self, decorators: List) -> Bounds {
        let number = |name: &str| match self.maker.decorator(decorators, name)? {
            &[argument] => self.integer(argument),
            _ => None,
        };
        Bounds {
            least: number("minValue"),
            most: number("maxValue"),
            least_length: number("minLength"),
            most_length: number("maxLength"),
            ..Bounds::default()
        }
    }

    /// The value of a number literal. A computed value gives no bound.
    fn integer(&self, written: ast::ExprId) -> Option<i64> {
        let expr = self.maker.syntax(written);
        match expr.kind {
            ExprKind::Integer => self.maker.word(expr.span).parse().ok(),
            ExprKind::Unary { operator: ast::UnaryOperator::Minus, operand } => {
                self.integer(operand).and_then(i64::checked_neg)
            }
            _ => None,
        }
    }

    /// Adds the properties of an object type that have few values or must be there, or those that all objects of a union have.
    fn add_properties(
        &mut self,
        (ty, is_sealed): (TypeId, bool),
        may_be_missing: bool,
        path: &mut Vec<Box<str>>,
        bounds: &mut Bounds,
    ) -> Result<(), Reached> {
        Limit::TypeDepth.check(path.len())?;
        if path.len() >= DEPTH {
            return Ok(());
        }
        let objects: Vec<TypeId> = match self.type_kind(ty) {
            TypeKind::Object(_) => vec![ty],
            TypeKind::Union(members) => self.maker.tree.type_lists[members.range()].to_vec(),
            _ => return Ok(()),
        };
        let Some(objects) = objects.into_iter().map(|of| self.members(of)).collect::<Option<Vec<_>>>() else {
            return Ok(());
        };
        let Some(first) = objects.first() else { return Ok(()) };
        for &(name, of_first) in first {
            let types: Option<Vec<TypeId>> = objects
                .iter()
                .map(|object| object.iter().find(|(known, _)| *known == name).map(|it| it.1))
                .collect();
            let Some(types) = types else { continue };
            path.push(name.into());
            let (mut allowed, mut may_be_missing, mut is_listed) = (Vec::new(), may_be_missing, true);
            let mut known = self.maker.parameter_type(of_first).0;
            for &ty in &types {
                let (own, nullable) = self.maker.parameter_type(ty);
                may_be_missing |= nullable;
                if own != known {
                    known = ParameterType::Any;
                }
                match self.maker.literal_union(ty) {
                    Some(literals) => allowed.extend(literals),
                    None => is_listed = false,
                }
            }
            if is_listed || !may_be_missing && known != ParameterType::Any {
                allowed.truncate(if is_listed { allowed.len() } else { 0 });
                let path = path.clone();
                bounds.properties.push(PropertyBounds { path, allowed, ty: known, may_be_missing });
            }
            if !is_listed && types.len() == 1 {
                self.add_properties(self.resolved(of_first), may_be_missing, path, bounds)?;
            }
            path.pop();
        }
        if let ([only], true) = (&objects[..], is_sealed) {
            let names = only.iter().map(|&(name, _)| name.into()).collect();
            bounds.sealed.push(Sealed { path: path.clone(), names });
        }
        Ok(())
    }

    /// Follows the aliases of a type; also whether one of them is sealed.
    fn resolved(&self, mut ty: TypeId) -> (TypeId, bool) {
        let mut is_sealed = false;
        for _ in 0..DEPTH {
            match self.type_kind(ty) {
                TypeKind::Paren(inner) | TypeKind::Nullable(inner) | TypeKind::NonNull(inner) => ty = inner,
                TypeKind::Name => {
                    let span = self.maker.tree.types[ty.0 as usize].span;
                    let Some(declared) = self.maker.names.types.get(self.maker.word(span)) else { break };
                    is_sealed |= self.maker.decorator(declared.decorators, "sealed").is_some();
                    ty = declared.ty;
                }
                _ => break,
            }
        }
        (ty, is_sealed)
    }

    /// The properties of an object type, through its names; none of any other type.
    fn members(&self, ty: TypeId) -> Option<Vec<Member<'t>>> {
        let TypeKind::Object(list) = self.type_kind(self.resolved(ty).0) else { return None };
        let members = &self.maker.tree.type_members[list.range()];
        Some(members.iter().filter_map(|member| Some((self.name_of(member.key?)?, member.ty))).collect())
    }

    fn name_of(&self, key: ast::ExprId) -> Option<&'t str> {
        let written = self.maker.syntax(key);
        match written.kind {
            ExprKind::Name => Some(self.maker.word(written.span)),
            ExprKind::Text(piece) if !piece.escaped => Some(self.maker.word(piece.content)),
            _ => None,
        }
    }
}
