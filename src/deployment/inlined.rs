//! Existing resources that the compiler inlines. In a template with symbolic names an existing resource is written out, except
//! if its name is known only at run time: then each use of it is replaced by its id.
//!
//! ```bicep
//! resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = { name: deployVault.outputs.name }  // inlined
//! ```

use crate::limit::{Limit, Reached, Record};
use crate::source::Span;
use crate::template::{Expr, ExprId, Language, NodeId, NodeKind, Property, Template, VariableId};

use super::reference::{Element, ancestor, resource_of};

/// Functions that are evaluated only at run time, besides those that start with `list`.
const RUN_TIME: [&str; 6] =
    ["reference", "references", "toLogicalZone", "toLogicalZones", "toPhysicalZone", "toPhysicalZones"];

/// For each node, whether the compiler inlines it. In a broken file references may form a cycle; the search stops where it
/// meets a node again.
pub(super) fn inlined(template: &Template, limits: &mut Record<Span>) -> Vec<bool> {
    let mut search = Search {
        template,
        nodes: vec![None; template.nodes.len()],
        variables: vec![None; template.variables.len()],
        depth: 0,
        limits,
    };
    if template.language == Language::Arm {
        return vec![false; template.nodes.len()];
    }
    template.node_ids().map(|id| search.node(id)).collect()
}

struct Search<'t> {
    template: &'t Template,
    nodes: Vec<Option<bool>>,
    variables: Vec<Option<bool>>,
    depth: u32,
    limits: &'t mut Record<Span>,
}

impl Search<'_> {
    fn node(&mut self, id: NodeId) -> bool {
        if let Some(known) = self.nodes[id.ix()] {
            return known;
        }
        self.nodes[id.ix()] = Some(false);
        let node = self.template.node(id);
        let found = match &node.kind {
            NodeKind::Existing(ty) if ty.azure => self.one_deeper(node.symbol_span, |search| {
                search.inlined_ancestor(id) || search.inlined_scope(id) || search.has_run_time_body(id)
            }),
            _ => false,
        };
        self.nodes[id.ix()] = Some(found);
        found
    }

    /// Runs `find` one level deeper. Beyond the limit a value is assumed to be known at compile time.
    fn one_deeper(&mut self, span: Span, find: impl FnOnce(&mut Self) -> bool) -> bool {
        if let Err(reached) = Limit::DeclarationChain.check(self.depth + 1) {
            self.limits.add(span, reached);
            return false;
        }
        self.depth += 1;
        let found = find(self);
        self.depth -= 1;
        found
    }

    fn inlined_ancestor(&mut self, id: NodeId) -> bool {
        let node = self.template.node(id);
        let span = node.parent.map_or(node.symbol_span, |parent| self.template.exprs.span(parent));
        let above = ancestor(self.template, id);
        self.is_inlined(span, above)
    }

    fn is_inlined(&mut self, span: Span, found: Result<Option<Element>, Reached>) -> bool {
        match found {
            Ok(found) => found.is_some_and(|(node, _)| self.node(node)),
            Err(reached) => {
                self.limits.add(span, reached);
                false
            }
        }
    }

    fn inlined_scope(&mut self, id: NodeId) -> bool {
        let Some(scope) = self.template.node(id).scope else { return false };
        let found = resource_of(self.template, scope);
        self.is_inlined(self.template.exprs.span(scope), found)
    }

    fn has_run_time_body(&mut self, id: NodeId) -> bool {
        let node = self.template.node(id);
        // Like the compiler, ignore loops and conditional resources.
        if node.copy.is_some() || node.condition.is_some() {
            return false;
        }
        let Expr::Object(properties) = self.template.exprs.get(node.body) else { return false };
        let elsewhere = [node.parent, node.scope, node.depends_on];
        self.template.exprs.object(properties).iter().any(|property| match *property {
            Property::Named { value, .. } => !elsewhere.contains(&Some(value)) && self.is_run_time(value),
            Property::Computed { key, value } => self.is_run_time(key) || self.is_run_time(value),
            Property::Spread(value) => self.is_run_time(value),
        })
    }

    /// Whether a value is known only at run time.
    fn is_run_time(&mut self, root: ExprId) -> bool {
        let template = self.template;
        let exprs = &template.exprs;
        let mut found = false;
        exprs.each_inside(root, &mut |id| {
            if found {
                return false;
            }
            match exprs.get(id) {
                Expr::Member { base, name, .. } => {
                    if let Some(node) = self.accessed_node(base) {
                        found = self.is_run_time_property(node, exprs.text(name));
                        return false;
                    }
                }
                Expr::Node(_) => found = true,
                Expr::Variable(variable) => found = self.variable(variable),
                Expr::Call { function, .. } => {
                    let name = exprs.text(function);
                    found = RUN_TIME.contains(&name) || name.starts_with("list");
                }
                _ => {}
            }
            !found
        });
        found
    }

    fn accessed_node(&self, mut base: ExprId) -> Option<NodeId> {
        loop {
            match self.template.exprs.get(base) {
                Expr::NonNull(inner) | Expr::Index { base: inner, .. } => base = inner,
                Expr::Node(id) => return Some(id),
                _ => return None,
            }
        }
    }

    fn is_run_time_property(&mut self, id: NodeId, name: &str) -> bool {
        match &self.template.node(id).kind {
            NodeKind::Module(_) => name != "name",
            NodeKind::Resource(_) | NodeKind::Existing(_) => match name {
                "id" | "name" => self.node(id),
                "type" | "apiVersion" => false,
                _ => true,
            },
        }
    }

    fn variable(&mut self, id: VariableId) -> bool {
        if let Some(known) = self.variables[id.ix()] {
            return known;
        }
        self.variables[id.ix()] = Some(false);
        let value = self.template.variables[id.ix()].value;
        let found = self.one_deeper(self.template.exprs.span(value), |search| search.is_run_time(value));
        self.variables[id.ix()] = Some(found);
        found
    }
}
