//! Scopes of resources and deployments, converted to the functions that Bicep has for them.

use crate::source::Span;
use crate::template::{Expr, ExprId, TargetScope};

use super::Maker;
use super::id::{Part, segments};
use super::json::ValueId;

impl Maker<'_> {
    /// The scope that `scope`, `subscriptionId` and `resourceGroup` give. A child has the scope of its parent.
    pub(super) fn scope(&mut self, written: ValueId, around: Option<ValueId>) -> Option<ExprId> {
        let of = around.unwrap_or(written);
        let subscription = self.member(of, "subscriptionId").map(|value| self.value(value));
        let group = self.member(of, "resourceGroup").map(|value| self.value(value));
        if subscription.is_some() || group.is_some() {
            let function = if group.is_some() { "resourceGroup" } else { "subscription" };
            let arguments: Vec<ExprId> = subscription.into_iter().chain(group).collect();
            let span = self.template.exprs.span(*arguments.last()?);
            return Some(self.built_in(function, &arguments, span));
        }
        let scope = self.member(of, "scope")?;
        let value = self.value(scope);
        self.fill_pending();
        Some(self.as_scope(value, self.span(scope)))
    }

    /// Converts a scope: `/`, `/subscriptions/…`, `[resourceGroup().id]`, `Microsoft.Network/virtualNetworks/hub`.
    fn as_scope(&mut self, value: ExprId, span: Span) -> ExprId {
        let exprs = &self.template.exprs;
        if let Expr::Member { base, name, .. } = exprs.get(value)
            && exprs.text(name).eq_ignore_ascii_case("id")
            && let Expr::Call { function, .. } = exprs.get(base)
            && ["resourcegroup", "subscription", "managementgroup", "tenant"]
                .contains(&exprs.text(function).to_ascii_lowercase().as_str())
        {
            return base;
        }
        let parts = self.parts(value);
        if matches!(&parts[..], [Part::Text(text)] if text == "/") {
            return self.built_in("tenant", &[], span);
        }
        if let Some(id) = self.id_of(value) {
            let group = match id.ty.as_str() {
                "microsoft.management/managementgroups" => Some("managementGroup"),
                "microsoft.resources/resourcegroups" => Some("resourceGroup"),
                _ => None,
            };
            if let (Some(function), [name]) = (group, &id.names[..]) {
                let name = self.text_of(name, span);
                return self.built_in(function, &[name], span);
            }
        }
        self.group_in_text(&parts, span).or_else(|| self.relative_id(&parts, span)).unwrap_or(value)
    }

    /// `/subscriptions/S`, `/subscriptions/S/resourceGroups/G`
    fn group_in_text(&mut self, parts: &[Part], span: Span) -> Option<ExprId> {
        let segments = segments(parts);
        let is = |segment: &[Part], word: &str| matches!(segment, [Part::Text(text)] if text.eq_ignore_ascii_case(word));
        let [empty, rest @ ..] = &segments[..] else { return None };
        match rest {
            [word, subscription] if empty.is_empty() && is(word, "subscriptions") => {
                let subscription = self.text_of(subscription, span);
                Some(self.built_in("subscription", &[subscription], span))
            }
            [word, subscription, group_word, group]
                if empty.is_empty() && is(word, "subscriptions") && is(group_word, "resourceGroups") =>
            {
                let arguments = [self.text_of(subscription, span), self.text_of(group, span)];
                Some(self.built_in("resourceGroup", &arguments, span))
            }
            _ => None,
        }
    }

    /// `Microsoft.Storage/storageAccounts/name`, a resource in the scope of the deployment
    fn relative_id(&mut self, parts: &[Part], span: Span) -> Option<ExprId> {
        let segments = segments(parts);
        let [provider, rest @ ..] = &segments[..] else { return None };
        let [Part::Text(provider)] = &provider[..] else { return None };
        if !provider.contains('.') || rest.is_empty() || !rest.len().is_multiple_of(2) {
            return None;
        }
        let mut ty = provider.clone();
        let mut names = Vec::new();
        for pair in rest.chunks_exact(2) {
            let [word, name] = pair else { return None };
            let [Part::Text(word)] = &word[..] else { return None };
            ty = format!("{ty}/{word}");
            names.push(name.clone());
        }
        let ty = self.template.exprs.add_text(&ty);
        let mut arguments = vec![self.template.exprs.add(Expr::Text(ty), span)];
        for name in names {
            arguments.push(self.text_of(&name, span));
        }
        let function = match self.template.target_scope {
            TargetScope::ResourceGroup | TargetScope::Local => "resourceId",
            TargetScope::Subscription => "subscriptionResourceId",
            TargetScope::ManagementGroup => "managementGroupResourceId",
            TargetScope::Tenant => "tenantResourceId",
        };
        Some(self.built_in(function, &arguments, span))
    }

    /// Joins parts into one expression.
    fn text_of(&mut self, parts: &[Part], span: Span) -> ExprId {
        let mut made = Vec::with_capacity(parts.len());
        for part in parts {
            made.push(match part {
                Part::Text(text) => {
                    let text = self.template.exprs.add_text(text);
                    self.template.exprs.add(Expr::Text(text), span)
                }
                Part::Expr(expr) => *expr,
            });
        }
        if let [only] = made[..] {
            return only;
        }
        let parts = self.template.exprs.add_list(made);
        self.template.exprs.add(Expr::Interpolation(parts), span)
    }
}
