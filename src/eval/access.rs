//! Property and element access in expressions. An access to an output of a module, or to the name of a resource, is
//! resolved there; any other selects a part of a value.

use super::attributes::fresh;
use super::evaluator::Evaluator;
use super::functions::Function;
use super::term::{CopyVariable, Term, Value};
use crate::template::{Expr, ExprId, Exprs, NodeId, NodeKind};
use crate::workspace::TemplateId;

impl Evaluator<'_> {
    pub(super) fn member(&mut self, id: TemplateId, base: ExprId, name: &str, safe: bool) -> Term {
        let exprs = &self.template(id).exprs;
        let inner = exprs.peel(base);
        if let Expr::Import(import) = exprs.get(inner)
            && self.template(id).imports[import.ix()].symbol.is_none()
        {
            return self.import(id, import, Some(name));
        }
        // Ex) hub.outputs.name, gateways[i].outputs.resourceId
        if let Expr::Member { base: module, name: outputs, .. } = exprs.get(inner)
            && exprs.text(outputs) == "outputs"
            && let Some((node, index)) = self.module_reference(id, module)
        {
            return self.output_of(id, node, index, name);
        }
        if let Some((node, index)) = self.module_reference(id, base)
            && name == "name"
        {
            return self.deployment_name(id, node, index);
        }
        if name == "name"
            && let Some(whole) = self.slashed_name(id, base)
        {
            return whole;
        }
        if let Expr::Member { base: resource, name: properties, .. } = exprs.get(inner)
            && exprs.text(properties) == "properties"
            && let Some(children) = written_children(self, id, resource, name)
        {
            return children;
        }
        let base = match exprs.get(inner) {
            // Access without `?` relies on the resource being deployed.
            Expr::Node(node) if !safe => self.node(id, node),
            _ => self.value(id, base),
        };
        self.terms.member(base, name)
    }

    /// The name of a resource, written with the names of its parents. Ex) `'${vnet.name}/default'`
    fn slashed_name(&mut self, id: TemplateId, base: ExprId) -> Option<Term> {
        let template = self.template(id);
        let exprs = &template.exprs;
        let (node, index) = named_node(exprs, base)?;
        let declared = template.node(node);
        let (NodeKind::Resource(ty) | NodeKind::Existing(ty)) = &declared.kind else { return None };
        if declared.outer.is_some() || declared.parent.is_some() || ty.name.matches('/').count() < 2 {
            return None;
        }
        let name = self.value(id, declared.name?);
        Some(match index {
            Some(index) => {
                let index = self.value(id, index);
                self.terms.replace_copy(name, CopyVariable::OF_NODE, index)
            }
            None => name,
        })
    }

    /// The module and the element that an expression names, if it is one.
    fn module_reference(&mut self, id: TemplateId, expr: ExprId) -> Option<(NodeId, Option<Term>)> {
        let template = self.template(id);
        let exprs = &template.exprs;
        if let Expr::Variable(variable) = exprs.get(exprs.peel(expr)) {
            // A variable that is just a module.
            let value = template.variables[variable.ix()].value;
            return matches!(exprs.get(exprs.peel(value)), Expr::Node(_))
                .then(|| self.module_reference(id, value))
                .flatten();
        }
        let (node, index) = named_node(exprs, expr)?;
        if !matches!(template.node(node).kind, NodeKind::Module(_)) {
            return None;
        }
        Some((node, index.map(|index| self.value(id, index))))
    }

    pub(super) fn index(
        &mut self,
        id: TemplateId,
        base: ExprId,
        index: ExprId,
        from_end: bool,
        safe: bool,
    ) -> Term {
        let exprs = &self.template(id).exprs;
        let index = self.value(id, index);
        if let Expr::Node(node) = exprs.get(exprs.peel(base))
            && !from_end
        {
            return self.node_element(id, node, index);
        }
        let base = self.value(id, base);
        if !from_end {
            return if safe { self.terms.index_safely(base, index) } else { self.terms.index(base, index) };
        }
        self.terms.call(Function::FromEnd, &[base, index])
    }
}

/// The node that an expression names, and the index of the instance. Ex) `vnet`, `vnets[0]`
fn named_node(exprs: &Exprs, expr: ExprId) -> Option<(NodeId, Option<ExprId>)> {
    match exprs.get(exprs.peel(expr)) {
        Expr::Node(node) => Some((node, None)),
        Expr::Index { base, index, from_end: false, .. } => match exprs.get(exprs.peel(base)) {
            Expr::Node(node) => Some((node, Some(index))),
            _ => None,
        },
        _ => None,
    }
}

/// A list in the body of a resource, as Azure returns it: an element with a name and without an id is a child of the
/// resource, and has the child's id. Everything else about it is known only after the deployment.
/// Ex) `vnet.properties.subnets[0].id`, where `vnet` lists its subnets
///
/// Resource providers let clients address an inline element as a child:
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/child-resource-name-type>
fn written_children(
    evaluator: &mut Evaluator<'_>,
    id: TemplateId,
    resource: ExprId,
    list: &str,
) -> Option<Term> {
    let template = evaluator.template(id);
    let exprs = &template.exprs;
    let (node, index) = named_node(exprs, resource)?;
    let declared = template.node(node);
    let NodeKind::Resource(ty) = &declared.kind else { return None };
    if declared.copy.is_some() != index.is_some() {
        return None;
    }
    let properties = exprs.property(exprs.peel(declared.body), "properties")?;
    let written = exprs.property(exprs.peel(properties), list)?;
    let of_node = evaluator.node_id(id, node);
    let Value::ResourceId { scope, names, .. } = evaluator.terms.get(of_node) else { return None };
    let written = evaluator.value(id, written);
    if !matches!(evaluator.terms.get(written), Value::Array(_) | Value::Sequence { .. } | Value::Call(..)) {
        return None;
    }
    let terms = &mut evaluator.terms;
    let level = fresh(terms.free(written) | terms.free(of_node)).ok()?;
    let (element, at) = (terms.bound(level), terms.bound(level + 1));
    let (name, own) = (terms.member(element, "name"), terms.member(element, "id"));
    let mut child = terms.seq(names).to_vec();
    child.push(name);
    let child = terms.resource_id(scope, format!("{}/{list}", ty.name).as_str(), &child);
    let whole = terms.resource(of_node);
    let all = terms.member(whole, "properties");
    let all = terms.member(all, list);
    let given_back = terms.index(all, at);
    let (unknown, null) = (terms.member(given_back, "id"), terms.null());
    let unnamed = terms.equal(name, null);
    let child = terms.if_(unnamed, unknown, child);
    let own = terms.coalesce(own, child);
    let (id_key, name_key) = (terms.intern("id"), terms.intern("name"));
    let known = terms.object(&[(id_key, own), (name_key, name)]);
    let value = terms.call(Function::Merged, &[given_back, known]);
    let lambda = terms.lambda(level, 2, value);
    let children = terms.call(Function::Map, &[written, lambda]);
    Some(match index {
        Some(index) => {
            let index = evaluator.value(id, index);
            evaluator.terms.replace_copy(children, CopyVariable::OF_NODE, index)
        }
        None => children,
    })
}
