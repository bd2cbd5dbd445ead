//! Properties and elements in expressions. Those that lead to an output of a module, or to the name of a resource, are followed
//! there; the others are parts of a value.

use super::evaluator::Evaluator;
use super::functions::Function;
use super::term::{CopyVariable, Term};
use crate::template::{Expr, ExprId, NodeId, NodeKind};
use crate::workspace::TemplateId;

impl Evaluator<'_> {
    pub(super) fn member(&mut self, id: TemplateId, expr: ExprId, base: ExprId, name: &str) -> Term {
        let exprs = &self.template(id).exprs;
        let inner = exprs.peel(base);
        if let Expr::Import(import) = exprs.get(inner)
            && self.template(id).imports[import.ix()].symbol.is_none()
        {
            return self.import(id, import, Some(name), expr);
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
        let base = self.value(id, base);
        self.terms.member(base, name)
    }

    /// The name of a resource that is written with its parents' names. Ex) `'${vnet.name}/default'`
    fn slashed_name(&mut self, id: TemplateId, base: ExprId) -> Option<Term> {
        let template = self.template(id);
        let exprs = &template.exprs;
        let (node, index) = match exprs.get(exprs.peel(base)) {
            Expr::Node(node) => (node, None),
            Expr::Index { base, index, from_end: false, .. } => match exprs.get(exprs.peel(base)) {
                Expr::Node(node) => (node, Some(index)),
                _ => return None,
            },
            _ => return None,
        };
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
        let (node, index) = match exprs.get(exprs.peel(expr)) {
            Expr::Node(node) => (node, None),
            Expr::Index { base, index, from_end: false, .. } => match exprs.get(exprs.peel(base)) {
                Expr::Node(node) => (node, Some(index)),
                _ => return None,
            },
            Expr::Variable(variable) => {
                // A variable that is just a module.
                let value = template.variables[variable.ix()].value;
                return matches!(exprs.get(exprs.peel(value)), Expr::Node(_))
                    .then(|| self.module_reference(id, value))
                    .flatten();
            }
            _ => return None,
        };
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
