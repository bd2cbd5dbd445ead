//! Resolves the entries of `dependsOn` to nodes.

use crate::limit::{Budget, Limit};
use crate::source::Span;
use crate::template::{Expr, ExprId, NodeId};

use super::Maker;
use super::json::{Kind, ValueId};

impl Maker<'_> {
    /// Resolves the entries of a node to nodes of this template. An entry that names none of them is reported as a
    /// problem and left out.
    pub(super) fn depends_on(&mut self, own: NodeId, written: ValueId) -> ExprId {
        let mut found = Vec::new();
        if matches!(self.json.get(written).kind, Kind::Array(_)) {
            for &entry in self.json.elements(written) {
                self.entry(own, entry, &mut found);
            }
        } else {
            self.entry(own, written, &mut found);
        }
        let list = self.template.exprs.add_list(found);
        self.template.exprs.add(Expr::Array(list), self.span(written))
    }

    fn entry(&mut self, own: NodeId, written: ValueId, found: &mut Vec<ExprId>) {
        let span = self.span(written);
        let value = self.value(written);
        self.fill_pending();
        let before = found.len();
        let mut steps = Limit::ArmDependency.budget();
        let is_list = self.targets(own, value, span, &mut steps, found);
        if found.len() == before && !is_list {
            let shown = span.of(self.text).trim_matches('"').to_owned();
            self.problem(
                span,
                format!("`dependsOn` names `{shown}`, which is not a resource of this template"),
            );
        }
    }

    /// Adds the nodes that an entry names, in both branches of a condition and in every element of a list. Returns
    /// whether the value is an empty list.
    fn targets(
        &mut self,
        own: NodeId,
        value: ExprId,
        span: Span,
        steps: &mut Budget,
        found: &mut Vec<ExprId>,
    ) -> bool {
        if let Err(reached) = steps.spend(1) {
            self.limits.borrow_mut().add(span, reached);
            return false;
        }
        match self.template.exprs.get(value) {
            Expr::Ternary { yes, no, .. } => {
                let yes = self.targets(own, yes, span, steps, found);
                self.targets(own, no, span, steps, found) || yes
            }
            Expr::Array(list) => {
                for element in self.template.exprs.list(list).to_vec() {
                    self.targets(own, element, span, steps, found);
                }
                list.len == 0
            }
            Expr::Variable(id) => {
                self.targets(own, self.template.variables[id.ix()].value, span, steps, found)
            }
            Expr::Paren(inner) => self.targets(own, inner, span, steps, found),
            _ => {
                let mut named = self.named(value);
                // If several declarations have the same name, the entry means the others, because none waits for
                // itself.
                if named.iter().any(|(node, _)| *node != own) {
                    named.retain(|(node, _)| *node != own);
                }
                for (node, instance) in named {
                    let node = self.node_expr(node, instance, span);
                    found.push(node);
                }
                false
            }
        }
    }
}
