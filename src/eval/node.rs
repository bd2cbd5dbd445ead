//! Nodes: their ids, names, scopes, conditions and loops.

use super::builtin::default_scope;
use super::evaluator::Evaluator;
use super::functions::Function;
use super::term::{CopyVariable, Term, Value};
use crate::template::{ExprId, NodeId, NodeKind, VariableId};
use crate::workspace::TemplateId;

impl Evaluator<'_> {
    /// The list that a node loops over.
    pub(super) fn copy_list(&mut self, template: TemplateId, node: NodeId) -> Option<Term> {
        let list = self.template(template).node(node).copy.as_ref()?.list;
        if let Some(&known) = self.copy_lists.get(&(template, node)) {
            return Some(known);
        }
        let list = self.value_alone(template, list);
        self.copy_lists.insert((template, node), list);
        Some(list)
    }

    /// The length of a node's loop; `None` if it has no loop.
    pub fn copy_length(&mut self, template: TemplateId, node: NodeId) -> Option<Term> {
        let list = self.copy_list(template, node)?;
        Some(self.terms().call(Function::Length, &[list]))
    }

    /// The condition under which a node is deployed: its own condition, and those of the resources that it is nested
    /// in. A child that uses `parent:` does not inherit.
    pub fn condition(&mut self, template: TemplateId, node: NodeId) -> Term {
        let mut conditions = Vec::new();
        let mut at = Some(node);
        while let Some(node) = at {
            let declared = self.template(template).node(node);
            conditions.extend(declared.condition);
            at = declared.outer;
        }
        let all: Vec<Term> =
            conditions.into_iter().rev().map(|condition| self.value(template, condition)).collect();
        self.terms().and(&all)
    }

    /// The id of a resource; for a loop, over its copy index.
    pub fn node_id(&mut self, template: TemplateId, node: NodeId) -> Term {
        match self.node_ids.get(&(template, node)) {
            Some(Some(known)) => return *known,
            // A resource that is its own parent.
            Some(None) => return self.terms().opaque(),
            None => {}
        }
        self.node_ids.insert((template, node), None);
        let id = self.id_of(template, node);
        self.node_ids.insert((template, node), Some(id));
        id
    }

    /// The case-folded id of a resource, if both the id and its folded form have been requested before.
    pub fn known_node_id(&self, template: TemplateId, node: NodeId) -> Option<Term> {
        let id = (*self.node_ids.get(&(template, node))?)?;
        self.known_terms().known_fold(id)
    }

    fn id_of(&mut self, template: TemplateId, node: NodeId) -> Term {
        let declared = self.template(template).node(node);
        let (NodeKind::Resource(ty) | NodeKind::Existing(ty)) = &declared.kind else {
            return self.terms().opaque();
        };
        let name = if let Some(name) = declared.name {
            self.value(template, name)
        } else {
            // A resource of an extension has no name, so its body identifies it. An empty body names nothing.
            let body = self.value(template, declared.body);
            let is_empty = self.terms().properties(body).is_some_and(|written| written.is_empty());
            if is_empty { self.terms().null() } else { body }
        };
        if let Some(parent) = self.parent_id_of(template, node) {
            let terms = self.terms();
            let ty = terms.text(&ty.name);
            return terms.call(Function::Child, &[parent, ty, name]);
        }
        let segments = ty.name.matches('/').count().max(1);
        let names = self.terms().name_segments(name, segments);
        let scope = self.node_scope(template, node);
        self.terms().resource_id(scope, ty.name.as_str(), &names)
    }

    fn parent_id_of(&mut self, template: TemplateId, node: NodeId) -> Option<Term> {
        let declared = self.template(template).node(node);
        if let Some(outer) = declared.outer {
            return Some(self.node_id(template, outer));
        }
        let parent = self.value(template, declared.parent?);
        Some(if let Value::Resource(id) = self.terms().get(parent) { id } else { parent })
    }

    /// The last segment of a resource's name.
    pub fn node_last_name(&mut self, template: TemplateId, node: NodeId) -> Term {
        let id = self.node_id(template, node);
        let terms = self.terms();
        match terms.get(id) {
            Value::ResourceId { names, .. } => terms.seq(names).last().copied().unwrap_or(id),
            _ => id,
        }
    }

    /// The scope that a resource is deployed to: a group, or the resource that it extends. Children share their
    /// parent's scope.
    pub fn node_scope(&mut self, template: TemplateId, node: NodeId) -> Term {
        let declared = self.template(template).node(node);
        if declared.outer.is_some() || declared.parent.is_some() {
            let parent = self.parent_id_of(template, node);
            if let Some(Value::ResourceId { scope, .. }) = parent.map(|parent| self.terms().get(parent)) {
                return scope;
            }
        }
        match declared.scope {
            Some(scope) => {
                let scope = self.value(template, scope);
                self.terms().as_scope(scope)
            }
            None => default_scope(&mut self.terms, self.workspace.template(template)),
        }
    }

    /// A resource as a value; a loop as the list of its instances.
    pub(super) fn node(&mut self, template: TemplateId, node: NodeId) -> Term {
        let declared = self.template(template).node(node);
        if declared.copy.is_some() {
            let Some(length) = self.copy_length(template, node) else { return self.terms().opaque() };
            let index = self.terms().bound(0);
            let element = self.node_element(template, node, index);
            return self.terms().sequence(length, element, 0);
        }
        match declared.kind {
            NodeKind::Module(_) => self.module_value(template, node),
            NodeKind::Resource(_) | NodeKind::Existing(_) => {
                let id = self.node_id(template, node);
                self.terms().resource(id)
            }
        }
    }

    /// One instance of a loop as a value.
    pub(super) fn node_element(&mut self, template: TemplateId, node: NodeId, index: Term) -> Term {
        let value = match self.template(template).node(node).kind {
            NodeKind::Module(_) => self.module_value(template, node),
            NodeKind::Resource(_) | NodeKind::Existing(_) => {
                let id = self.node_id(template, node);
                self.terms().resource(id)
            }
        };
        self.terms().replace_copy(value, CopyVariable::OF_NODE, index)
    }

    /// The index in an access to an element of a loop, for the instance `at` of the loop around the access: that of the
    /// variable `inside` or, without one, that of a node.
    pub fn index_inside(
        &mut self,
        template: TemplateId,
        inside: Option<VariableId>,
        at: Term,
        index: ExprId,
    ) -> Term {
        if let Some(variable) = inside {
            self.value_in_loop(template, variable, at, index)
        } else {
            let index = self.value(template, index);
            self.terms().replace_copy(index, CopyVariable::OF_NODE, at)
        }
    }
}

/// A resource as a value. One that may be missing is `null` if it does not exist.
pub(super) fn node_or_null(evaluator: &mut Evaluator<'_>, template: TemplateId, node: NodeId) -> Term {
    let value = evaluator.node(template, node);
    if !evaluator.template(template).node(node).may_be_missing
        || !matches!(evaluator.terms.get(value), Value::Resource(_))
    {
        return value;
    }
    let terms = evaluator.terms();
    let is_there = Function::by_name(terms, "exists");
    let (is_there, null) = (terms.unfolded(is_there, &[value]), terms.null());
    terms.if_(is_there, value, null)
}
