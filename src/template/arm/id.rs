//! Parses resource ids as templates write them: function calls, text, or one id appended to another.

use crate::limit::{Budget, Limit};
use crate::template::{Expr, ExprId};

use super::Maker;

/// A resource id.
#[derive(Clone, Debug)]
pub(super) struct Id {
    /// Its type in lower case.
    pub(super) ty: String,
    pub(super) names: Vec<Vec<Part>>,
    /// For an extension resource, the resource that it extends.
    pub(super) scope: Option<ExprId>,
}

/// A part of a text.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Text(String),
    Expr(ExprId),
}

impl Maker<'_> {
    /// The id that an expression is.
    pub(super) fn id_of(&self, expr: ExprId) -> Option<Id> {
        self.id_inside(expr, 0)
    }

    fn id_inside(&self, expr: ExprId, bases: u32) -> Option<Id> {
        let expr = self.through_variables(expr);
        let exprs = &self.template.exprs;
        match exprs.get(expr) {
            Expr::Call { function, arguments } => {
                let arguments = exprs.list(arguments);
                let function = exprs.text(function).to_ascii_lowercase();
                let scope = match function.as_str() {
                    "extensionresourceid" => Some(*arguments.first()?),
                    "resourceid"
                    | "subscriptionresourceid"
                    | "tenantresourceid"
                    | "managementgroupresourceid" => None,
                    _ => return self.id_in_text(expr, bases),
                };
                let at = arguments.iter().position(|&argument| self.is_type(argument))?;
                let ty = self.literal_text(arguments[at])?;
                let ty = ty.trim_end_matches('/').to_ascii_lowercase();
                let mut names: Vec<Vec<Part>> =
                    arguments[at + 1..].iter().map(|&name| self.parts(name)).collect();
                let wanted = ty.matches('/').count();
                if names.len() != wanted {
                    names = names.iter().flat_map(|name| segments(name)).collect();
                }
                (names.len() == wanted).then_some(Id { ty, names, scope })
            }
            _ => self.id_in_text(expr, bases),
        }
    }

    /// Ex) `Microsoft.Network/virtualNetworks`
    pub(super) fn is_type(&self, expr: ExprId) -> bool {
        self.literal_text(expr).is_some_and(|text| {
            text.split_once('/').is_some_and(|(provider, rest)| provider.contains('.') && !rest.is_empty())
        })
    }

    pub(super) fn literal_text(&self, expr: ExprId) -> Option<String> {
        match &self.parts(expr)[..] {
            [Part::Text(text)] => Some(text.clone()),
            _ => None,
        }
    }

    /// An id that others begin with.
    fn id_below(&self, expr: ExprId, bases: u32) -> Option<Id> {
        match Limit::ArmVariables.check(bases) {
            Ok(()) => self.id_inside(expr, bases),
            Err(reached) => {
                self.beyond(expr, reached);
                None
            }
        }
    }

    /// Ex) `/subscriptions/…/providers/Microsoft.A/b/c`, `Microsoft.A/b/c`, `${id}/d/e`
    fn id_in_text(&self, expr: ExprId, bases: u32) -> Option<Id> {
        let parts = self.parts(expr);
        if let [Part::Expr(base), rest @ ..] = &parts[..]
            && !rest.is_empty()
            && let Some(mut id) = self.id_below(*base, bases + 1)
        {
            for pair in segments(rest).get(1..)?.chunks(2) {
                let [ty, name] = pair else { return None };
                let [Part::Text(ty)] = &ty[..] else { return None };
                id.ty = format!("{}/{}", id.ty, ty.to_ascii_lowercase());
                id.names.push(name.clone());
            }
            return Some(id);
        }
        let segments = segments(&parts);
        let is_providers = |segment: &Vec<Part>| matches!(&segment[..], [Part::Text(text)] if text.eq_ignore_ascii_case("providers"));
        let start = segments.iter().rposition(is_providers).map_or(0, |at| at + 1);
        let [provider, rest @ ..] = &segments[start..] else { return None };
        let [Part::Text(provider)] = &provider[..] else { return None };
        if !provider.contains('.') || rest.is_empty() {
            return None;
        }
        let mut id = Id { ty: provider.to_ascii_lowercase(), names: Vec::new(), scope: None };
        for pair in rest.chunks(2) {
            let [ty, name] = pair else { return None };
            let [Part::Text(ty)] = &ty[..] else { return None };
            id.ty = format!("{}/{}", id.ty, ty.to_ascii_lowercase());
            id.names.push(name.clone());
        }
        Some(id)
    }

    pub(super) fn through_variables(&self, mut expr: ExprId) -> ExprId {
        let (whole, mut left) = (expr, Limit::ArmVariables.budget());
        loop {
            let next = match self.template.exprs.get(expr) {
                Expr::Variable(id) => self.template.variables[id.ix()].value,
                Expr::Paren(inner) => inner,
                _ => return expr,
            };
            if let Err(reached) = left.spend(1) {
                self.beyond(whole, reached);
                return expr;
            }
            expr = next;
        }
    }

    /// The parts of a text, variables and nested texts dissolved.
    pub(super) fn parts(&self, expr: ExprId) -> Vec<Part> {
        let mut parts = Vec::new();
        self.add_parts(expr, &mut Limit::ArmNameParts.budget(), 1, &mut parts);
        parts
    }

    fn add_parts(&self, expr: ExprId, steps: &mut Budget, depth: u32, parts: &mut Vec<Part>) {
        let expr = self.through_variables(expr);
        let exprs = &self.template.exprs;
        let mut text = |text: &str| match parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ => parts.push(Part::Text(text.to_owned())),
        };
        if let Err(reached) = steps.spend(1).and_then(|()| Limit::ArmVariables.check(depth)) {
            self.beyond(expr, reached);
            parts.push(Part::Expr(expr));
            return;
        }
        match exprs.get(expr) {
            Expr::Text(written) => text(exprs.text(written)),
            Expr::Interpolation(list) => {
                for &part in exprs.list(list) {
                    self.add_parts(part, steps, depth + 1, parts);
                }
            }
            Expr::Call { function, arguments } if exprs.text(function).eq_ignore_ascii_case("concat") => {
                for &part in exprs.list(arguments) {
                    self.add_parts(part, steps, depth + 1, parts);
                }
            }
            _ => parts.push(Part::Expr(expr)),
        }
    }
}

/// The parts between slashes.
pub(super) fn segments(parts: &[Part]) -> Vec<Vec<Part>> {
    let mut segments: Vec<Vec<Part>> = vec![Vec::new()];
    for part in parts {
        match part {
            Part::Text(text) => {
                for (at, piece) in text.split('/').enumerate() {
                    if at > 0 {
                        segments.push(Vec::new());
                    }
                    if !piece.is_empty()
                        && let Some(last) = segments.last_mut()
                    {
                        last.push(Part::Text(piece.to_owned()));
                    }
                }
            }
            Part::Expr(expr) => segments.iter_mut().next_back().into_iter().for_each(|last| {
                last.push(Part::Expr(*expr));
            }),
        }
    }
    segments
}
