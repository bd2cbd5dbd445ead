//! Name resolution inside a declaration.

use rustc_hash::FxHashMap;

use crate::template::{Copy, NodeId, Template};

/// The names of a template's declarations, computed once.
#[derive(Debug)]
pub struct Names<'t> {
    /// The template whose declarations are named.
    pub template: &'t Template,
    /// The declarations by enclosing declaration and name.
    declared: FxHashMap<(Option<NodeId>, &'t str), NodeId>,
}

impl<'t> Names<'t> {
    /// Collects the names of a template.
    pub fn new(template: &'t Template) -> Self {
        let mut declared = FxHashMap::default();
        for id in template.node_ids() {
            declared.entry((template.node(id).outer, word(template, id))).or_insert(id);
        }
        Self { template, declared }
    }

    /// The shortest name by which the body of `node` can refer to `target`.
    /// Ex) `sibling` from one nested child to another, `parent::child` from elsewhere.
    pub fn visible(&self, node: NodeId, target: NodeId) -> Option<String> {
        let mut tail = Vec::new();
        let mut at = Some(target);
        while let Some(id) = at {
            tail.push(word(self.template, id));
            if self.meaning(node, word(self.template, id)) == Some(id) {
                tail.reverse();
                return Some(tail.join("::"));
            }
            at = self.template.node(id).outer;
        }
        None
    }

    /// The declaration that a name refers to inside the body of a node: its own children and loop variables come first,
    /// then those of the enclosing declarations, then those of the file.
    fn meaning(&self, node: NodeId, name: &str) -> Option<NodeId> {
        let exprs = &self.template.exprs;
        let child = |outer: Option<NodeId>| self.declared.get(&(outer, name)).copied();
        let outward = || std::iter::successors(Some(node), |&id| self.template.node(id).outer);
        if let Some(own) = child(Some(node)) {
            return Some(own);
        }
        let is_variable = |copy: &Copy| {
            [copy.item, copy.index]
                .iter()
                .any(|local| exprs.text(exprs.locals[local.0 as usize].name) == name)
        };
        if outward().any(|id| self.template.node(id).copy.as_ref().is_some_and(is_variable)) {
            return None;
        }
        outward().skip(1).find_map(|id| child(Some(id))).or_else(|| child(None))
    }
}

fn word(template: &Template, id: NodeId) -> &str {
    template.node(id).symbol_span.of(&template.exprs.source)
}
