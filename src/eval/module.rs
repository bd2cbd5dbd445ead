//! Module calls: what a call makes of its callee's parameters and surroundings, and outputs read through it.

use rustc_hash::FxHashMap;

use super::evaluator::Evaluator;
use super::substitution::Substitution;
use super::term::{Ambient, Term, Value};
use crate::template::{Expr, NodeId, ParameterId};
use crate::workspace::TemplateId;

/// The type of a module call's own resource.
const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";

/// What has been found of calls and outputs.
#[derive(Debug, Default)]
pub struct Calls {
    substitutions: FxHashMap<(TemplateId, NodeId), Option<Substitution>>,
    outputs: FxHashMap<(TemplateId, Box<str>), Option<Term>>,
}

impl Evaluator<'_> {
    /// The template that a module call refers to, if it could be read.
    pub fn callee(&self, template: TemplateId, node: NodeId) -> Option<TemplateId> {
        self.workspace().callee(template, node)
    }

    /// What a call makes of its callee's parameters: its arguments, else the defaults, else `null`.
    pub fn module_substitution(&mut self, template: TemplateId, node: NodeId) -> Substitution {
        match self.calls.substitutions.get(&(template, node)) {
            Some(Some(known)) => return known.clone(),
            Some(None) => {
                return Substitution { template, arguments: Vec::new(), ambient: Vec::new(), shift: 0 };
            }
            None => {}
        }
        self.calls.substitutions.insert((template, node), None);
        let found = self.substitution_of(template, node);
        self.calls.substitutions.insert((template, node), Some(found.clone()));
        found
    }

    fn substitution_of(&mut self, template: TemplateId, node: NodeId) -> Substitution {
        let declared = self.template(template).node(node);
        let shift = u32::from(declared.copy.is_some());
        let Some(callee) = self.callee(template, node) else {
            return Substitution { template, arguments: Vec::new(), ambient: Vec::new(), shift };
        };
        let ambient = self.surroundings(template, node);
        let parameters = &self.template(callee).parameters;
        let mut given = Vec::with_capacity(parameters.len());
        for parameter in parameters {
            let name = self.template(callee).exprs.text(parameter.name);
            given.push(self.argument(template, node, name));
        }
        self.with_defaults(callee, &given, ambient, shift)
    }

    /// The substitution of given arguments, with the callee's defaults for the missing ones.
    pub fn with_defaults(
        &mut self,
        callee: TemplateId,
        given: &[Option<Term>],
        ambient: Vec<(Ambient, Term)>,
        shift: u32,
    ) -> Substitution {
        let parameters = &self.template(callee).parameters;
        let mut defaults = Vec::new();
        let mut arguments = Vec::with_capacity(parameters.len());
        for (at, parameter) in parameters.iter().enumerate() {
            let free = self.parameter(callee, ParameterId(at as u32));
            let missing = if parameter.nullable { self.terms().null() } else { free };
            arguments.push(given[at].unwrap_or(missing));
            if let Some(default) = parameter.default
                && !given[at].is_some_and(|given| self.terms().is_never_null(given))
            {
                defaults.push((at, self.value(callee, default)));
            }
        }
        let mut by = Substitution { template: callee, arguments, ambient, shift };
        // Defaults may name parameters that have defaults: each round settles at least one more.
        for _ in 0..=defaults.len() {
            let mut changed = false;
            for &(at, default) in &defaults {
                let default = self.terms().substitute(default, &by);
                let value = given[at].map_or(default, |given| self.terms().coalesce(given, default));
                changed |= by.arguments[at] != value;
                by.arguments[at] = value;
            }
            if !changed {
                break;
            }
        }
        by
    }

    /// The argument of a call for a parameter, if it gives one.
    fn argument(&mut self, template: TemplateId, node: NodeId, name: &str) -> Option<Term> {
        let arguments = self.template(template).node(node).arguments?;
        let exprs = &self.template(template).exprs;
        if let Some(given) = exprs.property(exprs.peel(arguments), name) {
            let given = self.value(template, given);
            return (self.terms().get(given) != Value::Null).then_some(given);
        }
        if let Expr::Object(list) = exprs.get(exprs.peel(arguments))
            && exprs
                .object(list)
                .iter()
                .all(|property| matches!(property, crate::template::Property::Named { .. }))
        {
            return None;
        }
        let all = self.value(template, arguments);
        let given = self.terms().member(all, name);
        (self.terms().get(given) != Value::Null).then_some(given)
    }

    /// The facts of the deployment that a call changes.
    fn surroundings(&mut self, template: TemplateId, node: NodeId) -> Vec<(Ambient, Term)> {
        let name = self.deployment_name(template, node, None);
        let mut facts = vec![(Ambient::DeploymentName, name)];
        let Some(scope) = self.template(template).node(node).scope else { return facts };
        let scope = self.value(template, scope);
        let scope = self.terms().as_scope(scope);
        match self.terms().get(scope) {
            Value::ResourceGroup(subscription, group) => {
                let location = self.terms().member(scope, "location");
                facts.push((Ambient::SubscriptionId, subscription));
                facts.push((Ambient::ResourceGroupName, group));
                facts.push((Ambient::ResourceGroupLocation, location));
            }
            Value::Subscription(subscription) => facts.push((Ambient::SubscriptionId, subscription)),
            Value::ManagementGroup(name) => facts.push((Ambient::ManagementGroupName, name)),
            Value::Tenant => {}
            _ => {
                // Not known: the callee's group is this scope, whatever it is.
                let terms = self.terms();
                for (fact, part) in [
                    (Ambient::SubscriptionId, "subscriptionOf"),
                    (Ambient::ResourceGroupName, "groupOf"),
                    (Ambient::ManagementGroupName, "managementGroupOf"),
                ] {
                    facts.push((fact, terms.unfolded(part, &[scope])));
                }
            }
        }
        facts
    }

    /// The scope that a module call deploys to.
    pub fn module_scope(&mut self, template: TemplateId, node: NodeId) -> Term {
        match self.template(template).node(node).scope {
            Some(scope) => {
                let scope = self.value(template, scope);
                self.terms().as_scope(scope)
            }
            None => self.default_scope(template),
        }
    }

    /// The name of a call's deployment; without one of its own it is one of a kind.
    pub(super) fn deployment_name(
        &mut self,
        template: TemplateId,
        node: NodeId,
        index: Option<Term>,
    ) -> Term {
        let declared = self.template(template).node(node);
        let name = if let Some(name) = declared.name {
            self.value(template, name)
        } else {
            let terms = self.terms();
            let (of, at) = (terms.int(i64::from(template.0)), terms.int(i64::from(node.0)));
            let copy = terms.copy_index(0);
            let outer = terms.ambient(Ambient::DeploymentName);
            if declared.copy.is_some() {
                terms.unfolded("deploymentName", &[of, at, outer, copy])
            } else {
                terms.unfolded("deploymentName", &[of, at, outer])
            }
        };
        match index {
            Some(index) => self.terms().replace_copy(name, 0, index),
            None => name,
        }
    }

    /// The id of a call's deployment, where it is named explicitly.
    pub fn explicit_deployment_id(&mut self, template: TemplateId, node: NodeId) -> Option<Term> {
        let name = self.template(template).node(node).name?;
        let name = self.value(template, name);
        let scope = self.module_scope(template, node);
        Some(self.terms().resource_id(scope, DEPLOYMENTS, &[name]))
    }

    /// An output of a template, in terms of its own parameters.
    pub fn output(&mut self, template: TemplateId, name: &str) -> Option<Term> {
        let key = (template, name.into());
        if let Some(&known) = self.calls.outputs.get(&key) {
            return known;
        }
        self.calls.outputs.insert(key.clone(), None);
        let declared = self.template(template);
        let found = declared.outputs.iter().find(|output| declared.exprs.text(output.name) == name);
        let value = found.map(|output| self.value_alone(template, output.value));
        self.calls.outputs.insert(key, value);
        value
    }

    /// An output read through a call.
    pub(super) fn output_of(
        &mut self,
        template: TemplateId,
        node: NodeId,
        index: Option<Term>,
        name: &str,
    ) -> Term {
        let through = self.callee(template, node).and_then(|callee| self.output(callee, name));
        let value = if let Some(value) = through {
            let by = self.module_substitution(template, node);
            self.terms().substitute(value, &by)
        } else {
            let module = self.module_value(template, node);
            let outputs = self.terms().member(module, "outputs");
            self.terms().member(outputs, name)
        };
        match index {
            Some(index) => self.terms().replace_copy(value, 0, index),
            None => value,
        }
    }

    /// A module call as a value: nothing is known of it but that it is this one.
    pub(super) fn module_value(&mut self, template: TemplateId, node: NodeId) -> Term {
        let is_loop = self.template(template).node(node).copy.is_some();
        let symbol = &self.template(template).node(node).symbol;
        let terms = self.terms();
        let symbol = terms.text(symbol);
        let (of, at) = (terms.int(i64::from(template.0)), terms.int(i64::from(node.0)));
        let copy = terms.copy_index(0);
        let outer = terms.ambient(Ambient::DeploymentName);
        if is_loop {
            terms.unfolded("module", &[symbol, of, at, outer, copy])
        } else {
            terms.unfolded("module", &[symbol, of, at, outer])
        }
    }
}
