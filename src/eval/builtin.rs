//! Functions that need the template around the call: scopes, values that differ in each deployment, and the content of
//! files. All others are in [`super::functions`].

use super::environment::environment;
use super::evaluator::Evaluator;
use super::functions::{self, Function};
use super::template_number::template_number;
use super::term::{Ambient, Term};
use super::terms::Terms;
use super::withheld::written_beside;
use super::written_json::written_json;
use crate::template::{Expr, ExprId, List, TargetScope, Template};
use crate::workspace::TemplateId;

impl Evaluator<'_> {
    pub(super) fn call(&mut self, id: TemplateId, expr: ExprId, function: &str, arguments: List) -> Term {
        let function = Function::by_name(&mut self.terms, function);
        let exprs = &self.template(id).exprs;
        if function == Function::NameOf {
            return match exprs.list(arguments).first().map(|&named| exprs.get(exprs.peel(named))) {
                Some(Expr::Node(node)) => {
                    let symbol = &self.template(id).node(node).symbol;
                    self.terms.text(symbol.rsplit("::").next().unwrap_or(symbol))
                }
                Some(Expr::Member { name, .. }) => self.terms.text(exprs.text(name)),
                _ => self.unknown(id, expr),
            };
        }
        if function == Function::String
            && let &[only] = exprs.list(arguments)
            && let Some(text) = written_json(self, id, only)
        {
            return self.terms.literal(&text);
        }
        let arguments = self.list(id, arguments);
        match (function, &arguments[..]) {
            (Function::ResourceGroup, []) => default_group(&mut self.terms),
            (Function::ResourceGroup, &[group]) => {
                let subscription = self.terms.ambient(Ambient::SubscriptionId);
                self.terms.resource_group(subscription, group)
            }
            (Function::ResourceGroup, &[subscription, group]) => {
                self.terms.resource_group(subscription, group)
            }
            (Function::Subscription, []) => {
                let subscription = self.terms.ambient(Ambient::SubscriptionId);
                self.terms.subscription(subscription)
            }
            (Function::Subscription, &[subscription]) => self.terms.subscription(subscription),
            (Function::ManagementGroup, []) => {
                let name = self.terms.ambient(Ambient::ManagementGroupName);
                self.terms.management_group(name)
            }
            (Function::ManagementGroup, &[name]) => self.terms.management_group(name),
            (Function::Tenant, []) => self.terms.tenant(),
            (Function::Deployment, []) => {
                let name = self.terms.ambient(Ambient::DeploymentName);
                let location = self.terms.ambient(Ambient::DeploymentLocation);
                self.terms.unfolded(Function::Deployment, &[name, location])
            }
            // There is one value for each deployment, so a parameter default of a module differs in each call.
            (Function::NewGuid, []) => {
                let (of, at) = (template_number(&mut self.terms, id), self.terms.int(i64::from(expr.0)));
                let deployment = self.terms.ambient(Ambient::DeploymentName);
                self.terms.unfolded(Function::NewGuid, &[of, at, deployment])
            }
            (Function::UtcNow, _) => {
                let mut all = vec![self.terms.ambient(Ambient::DeploymentName)];
                all.extend(arguments);
                self.terms.unfolded(Function::UtcNow, &all)
            }
            (Function::Environment, []) => match self.workspace.cloud(id) {
                Some(cloud) => environment(&mut self.terms, cloud),
                None => self.terms.call(function, &arguments),
            },
            (Function::ResourceId, _) => resource_id(self, id, &arguments),
            (function, _) if function.loads() => {
                let known = self.loaded(id, function, &arguments);
                known.unwrap_or_else(|| {
                    let mut all = vec![template_number(&mut self.terms, id)];
                    all.extend(arguments);
                    self.terms.unfolded(function, &all)
                })
            }
            _ => self.terms.call(function, &arguments),
        }
    }

    /// The content of a file beside the template, or the part of it at a path of members (`$.a.b`, `.a.b`, `a.b`).
    fn loaded(&mut self, id: TemplateId, function: Function, arguments: &[Term]) -> Option<Term> {
        let path = self.terms.known_text(*arguments.first()?)?.to_owned();
        if function == Function::LoadDirectoryFileInfo {
            return None;
        }
        if function == Function::LoadFileAsBase64 {
            let bytes = self.workspace.content_bytes(id, &path)?;
            return Some(self.terms.literal(&functions::encoded(bytes)));
        }
        let text = self.workspace.content(id, &path)?;
        if function == Function::LoadTextContent {
            return Some(self.terms.text(text));
        }
        let value: serde_json::Value = if function == Function::LoadJsonContent {
            crate::template::arm::json::plain(text)?
        } else {
            // Invalid or oversized YAML was reported when the file was read.
            crate::workspace::yaml(text).ok()?
        };
        let mut term = functions::from_json(&mut self.terms, &value);
        if let Some(&inside) = arguments.get(1) {
            let inside = self.terms.known_text(inside)?.to_owned();
            for step in inside.split(['.', '[', ']']) {
                let name = step.trim_matches(['\'', '"']);
                term = match (name, name.parse()) {
                    ("" | "$", _) => term,
                    (_, Ok(at)) if self.terms.elements(term).is_some() => {
                        let at = self.terms.int(at);
                        self.terms.index(term, at)
                    }
                    _ => self.terms.member(term, name),
                };
            }
        }
        written_beside(&mut self.terms, self.workspace.template(id).language, term);
        Some(term)
    }
}

/// `resourceId(…)`: in a template that is not deployed to a resource group, it names resources of the subscription or
/// the tenant.
fn resource_id(evaluator: &mut Evaluator<'_>, id: TemplateId, arguments: &[Term]) -> Term {
    let function = match evaluator.template(id).target_scope {
        TargetScope::Subscription => Function::SubscriptionResourceId,
        TargetScope::Tenant => Function::TenantResourceId,
        _ => Function::ResourceId,
    };
    let first = arguments.first().and_then(|&first| evaluator.terms.known_text(first));
    // With two scope arguments before the type, it names a resource group in any template.
    let is_short = first.is_some_and(|first| first.contains('/'))
        || arguments.get(1).and_then(|&second| evaluator.terms.known_text(second)).is_some_and(is_type);
    evaluator.terms.call(if is_short { function } else { Function::ResourceId }, arguments)
}

/// Whether a text is a resource type. Ex) `Microsoft.Network/virtualHubs`
fn is_type(text: &str) -> bool {
    text.contains('/') && !text.starts_with('/')
}

/// The resource group of the deployment.
fn default_group(terms: &mut Terms) -> Term {
    let subscription = terms.ambient(Ambient::SubscriptionId);
    let name = terms.ambient(Ambient::ResourceGroupName);
    terms.resource_group(subscription, name)
}

/// The scope of the deployment itself.
pub(super) fn default_scope(terms: &mut Terms, template: &Template) -> Term {
    match template.target_scope {
        TargetScope::Tenant | TargetScope::Local => terms.tenant(),
        TargetScope::ManagementGroup => {
            let name = terms.ambient(Ambient::ManagementGroupName);
            terms.management_group(name)
        }
        TargetScope::Subscription => {
            let subscription = terms.ambient(Ambient::SubscriptionId);
            terms.subscription(subscription)
        }
        TargetScope::ResourceGroup => default_group(terms),
    }
}
