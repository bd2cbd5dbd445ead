//! Module calls: the surroundings that a call gives to its callee, and outputs that are read through it.

use rustc_hash::FxHashMap;

use super::arguments::{Arguments, Asked};
use super::builtin::default_scope;
use super::evaluator::Evaluator;
use super::functions::Function;
use super::template_number::template_number;
use super::term::{Ambient, CopyVariable, Term, Value};
use crate::template::{DEPLOYMENTS, NodeId};
use crate::workspace::TemplateId;

/// Caches of facts about calls and outputs.
#[derive(Debug, Default)]
pub struct Calls {
    pub(super) arguments: FxHashMap<(TemplateId, NodeId), Option<Box<Arguments>>>,
    outputs: FxHashMap<(TemplateId, Box<str>), Option<Term>>,
}

/// The id of the deployment of a template, in terms that its caller decides.
pub fn own_deployment_id(evaluator: &mut Evaluator<'_>, template: TemplateId) -> Term {
    let template = evaluator.workspace().template(template);
    let terms = evaluator.terms();
    let scope = default_scope(terms, template);
    let name = terms.ambient(Ambient::DeploymentName);
    let own = terms.resource_id(scope, DEPLOYMENTS, &[name]);
    terms.fold_case(own)
}

impl Evaluator<'_> {
    /// The template that a module call refers to, if it could be read.
    pub fn callee(&self, template: TemplateId, node: NodeId) -> Option<TemplateId> {
        self.workspace().callee(template, node)
    }

    /// The facts of the deployment that a call changes.
    pub(super) fn surroundings(&mut self, template: TemplateId, node: NodeId) -> Vec<(Ambient, Term)> {
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
                // The scope is not known: the callee's group is this scope, whatever it is.
                let terms = self.terms();
                for (fact, part) in [
                    (Ambient::SubscriptionId, Function::SubscriptionOf),
                    (Ambient::ResourceGroupName, Function::GroupOf),
                    (Ambient::ManagementGroupName, Function::ManagementGroupOf),
                ] {
                    facts.push((fact, terms.call(part, &[scope])));
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
            None => default_scope(&mut self.terms, self.workspace.template(template)),
        }
    }

    /// The name of a call's deployment. A call without an explicit name gets a term that no other call has.
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
            let (of, at) = (template_number(terms, template), terms.int(i64::from(node.0)));
            let copy = terms.copy_index(CopyVariable::OF_NODE);
            let outer = terms.ambient(Ambient::DeploymentName);
            if declared.copy.is_some() {
                terms.unfolded(Function::DeploymentName, &[of, at, outer, copy])
            } else {
                terms.unfolded(Function::DeploymentName, &[of, at, outer])
            }
        };
        match index {
            Some(index) => self.terms().replace_copy(name, CopyVariable::OF_NODE, index),
            None => name,
        }
    }

    /// The id of a call's deployment, if it has an explicit name.
    pub fn explicit_deployment_id(&mut self, template: TemplateId, node: NodeId) -> Option<Term> {
        let name = self.template(template).node(node).name?;
        let name = self.value(template, name);
        let scope = self.module_scope(template, node);
        Some(self.terms().resource_id(scope, DEPLOYMENTS, &[name]))
    }

    /// An output of a template, over its own parameters.
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
            let by = self.module_substitution(template, node, Asked::In(value));
            self.terms().substitute(value, &by)
        } else {
            let module = self.module_value(template, node);
            let outputs = self.terms().member(module, "outputs");
            self.terms().member(outputs, name)
        };
        match index {
            Some(index) => self.terms().replace_copy(value, CopyVariable::OF_NODE, index),
            None => value,
        }
    }

    /// A module call as a value, of which only its identity is known.
    pub(super) fn module_value(&mut self, template: TemplateId, node: NodeId) -> Term {
        let is_loop = self.template(template).node(node).copy.is_some();
        let symbol = &self.template(template).node(node).symbol;
        let terms = self.terms();
        let symbol = terms.text(symbol);
        let (of, at) = (template_number(terms, template), terms.int(i64::from(node.0)));
        let copy = terms.copy_index(CopyVariable::OF_NODE);
        let outer = terms.ambient(Ambient::DeploymentName);
        if is_loop {
            terms.unfolded(Function::Module, &[symbol, of, at, outer, copy])
        } else {
            terms.unfolded(Function::Module, &[symbol, of, at, outer])
        }
    }
}
