//! Finds the node that a text, a name or an id names.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use crate::small_sort::SmallSort as _;
use crate::source::Span;
use crate::template::{Expr, ExprId, LocalId, NodeId};

use super::Maker;
use super::alike::Comparison;
use super::id::{Id, Part, segments};

/// The nodes of a template, as they can be found.
#[derive(Debug, Default)]
pub(super) struct Known {
    by_symbol: FxHashMap<String, NodeId>,
    by_copy: FxHashMap<String, NodeId>,
    by_type: FxHashMap<String, Vec<NodeId>>,
    nodes: Vec<Named>,
    by_name: OnceCell<NamedAlike>,
}

/// The nodes that a literal name may mean: those with that name, and those whose name is not a literal.
#[derive(Debug, Default)]
struct NamedAlike {
    /// Nodes by name in lower case, both with the names of the parent resources and as written.
    literal: FxHashMap<String, Vec<NodeId>>,
    others: Vec<NodeId>,
}

impl NamedAlike {
    /// The nodes that may have a name, in their order.
    fn candidates(&self, name: &str) -> Vec<NodeId> {
        let literal = self.literal.get(name).map_or(&[][..], Vec::as_slice);
        let mut all: Vec<NodeId> = literal.iter().chain(&self.others).copied().collect();
        all.small_sort();
        all.dedup();
        all
    }
}

/// The names of a node.
#[derive(Debug)]
pub(super) struct Named {
    /// Its type in lower case.
    pub(super) ty: String,
    /// Its name, with those of the resources that it is written in.
    pub(super) name: Option<ExprId>,
    /// Its name as written.
    pub(super) own_name: Option<ExprId>,
    pub(super) scope: Option<ExprId>,
    /// The index of its loop.
    pub(super) index: Option<LocalId>,
}

/// Which instance of a loop is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instance {
    /// None, or all of them.
    Whole,
    At(ExprId),
    Number(i64),
}

impl Known {
    pub(super) fn add(&mut self, id: NodeId, symbol: Option<&str>, copy: Option<&str>, named: Named) {
        if let Some(symbol) = symbol {
            self.by_symbol.insert(symbol.to_ascii_lowercase(), id);
        }
        if let Some(copy) = copy {
            self.by_copy.insert(copy.to_ascii_lowercase(), id);
        }
        self.by_type.entry(named.ty.clone()).or_default().push(id);
        self.nodes.push(named);
        self.by_name.take();
    }

    pub(super) fn set_scope(&mut self, id: NodeId, scope: Option<ExprId>) {
        self.nodes[id.ix()].scope = scope;
    }
}

impl Maker<'_> {
    /// The node and the instance that a text or an id means, if it is one of this template.
    pub(super) fn one_named(&mut self, expr: ExprId, span: Span) -> Option<(NodeId, ExprId)> {
        let found = self.named(expr);
        let &(node, instance) = found.first()?;
        Some((node, self.node_expr(node, instance, span)))
    }

    /// A node, or an instance of it, as an expression.
    pub(super) fn node_expr(&mut self, node: NodeId, instance: Instance, span: Span) -> ExprId {
        let base = self.template.exprs.add(Expr::Node(node), span);
        let index = match instance {
            Instance::Whole => return base,
            Instance::At(index) => index,
            Instance::Number(index) => self.template.exprs.add(Expr::Int(index), span),
        };
        self.template.exprs.add(Expr::Index { base, index, safe: false, from_end: false }, span)
    }

    /// All nodes that a text or an id may mean. There are several if declarations of one object exclude each other by
    /// condition.
    pub(super) fn named(&self, expr: ExprId) -> Vec<(NodeId, Instance)> {
        if self.known.nodes.is_empty() {
            return Vec::new();
        }
        let parts = self.parts(expr);
        if let Some(found) = self.by_symbol(&parts) {
            return vec![found];
        }
        if let Some(id) = self.id_of(expr) {
            let found = self.by_id(&id);
            if !found.is_empty() {
                return found;
            }
        }
        self.by_name(&parts)
    }

    /// `symbol`, `symbol[0]`, the name of a loop
    fn by_symbol(&self, parts: &[Part]) -> Option<(NodeId, Instance)> {
        match parts {
            [Part::Text(text)] => {
                let key = text.to_ascii_lowercase();
                if let Some(&node) = self.known.by_symbol.get(&key).or_else(|| self.known.by_copy.get(&key)) {
                    return Some((node, Instance::Whole));
                }
                let (symbol, index) = key.strip_suffix(']')?.split_once('[')?;
                let node = *self.known.by_symbol.get(symbol)?;
                Some((node, Instance::Number(index.parse().ok()?)))
            }
            [Part::Text(before), Part::Expr(index), Part::Text(after)] if after == "]" => {
                let symbol = before.strip_suffix('[')?.to_ascii_lowercase();
                let node = *self.known.by_symbol.get(&symbol)?;
                Some((node, Instance::At(*index)))
            }
            _ => None,
        }
    }

    fn by_id(&self, id: &Id) -> Vec<(NodeId, Instance)> {
        let Some(candidates) = self.known.by_type.get(&id.ty) else { return Vec::new() };
        let mut found = Vec::new();
        let alike = self.alike(&id.names);
        for &node in alike.as_deref().unwrap_or(candidates) {
            if self.known.nodes[node.ix()].ty != id.ty {
                continue;
            }
            if let Some(instance) = self.is_named(node, id) {
                found.push((!self.has_scope(node, id), node, instance));
            }
        }
        let least = found.iter().map(|(other_scope, ..)| *other_scope).min();
        let best = found.into_iter().filter(|(other_scope, ..)| Some(*other_scope) == least);
        let same: Vec<(NodeId, Instance)> = best.map(|(_, node, instance)| (node, instance)).collect();
        if !same.is_empty() {
            return same;
        }
        // A `dependsOn` can only name a resource of this template, so if one resource has the type, it is meant.
        match candidates[..] {
            [only] if !self.is_other(only, id) => vec![(only, Instance::Whole)],
            _ => Vec::new(),
        }
    }

    /// The nodes that may have a name of these segments, if all segments are literals. It is called for each entry of a
    /// `dependsOn`, so it uses the index.
    fn alike(&self, segments: &[Vec<Part>]) -> Option<Vec<NodeId>> {
        let literal = |parts: &Vec<Part>| match &parts[..] {
            [] => Some(String::new()),
            [Part::Text(text)] => Some(text.to_ascii_lowercase()),
            _ => None,
        };
        let names: Vec<String> = segments.iter().map(literal).collect::<Option<_>>()?;
        let known = self.known.by_name.get_or_init(|| {
            let mut known = NamedAlike::default();
            for (at, named) in self.known.nodes.iter().enumerate() {
                let node = NodeId(at as u32);
                for name in [named.name, named.own_name].into_iter().flatten() {
                    match literal(&self.parts(name)) {
                        Some(name) => known.literal.entry(name).or_default().push(node),
                        None => known.others.push(node),
                    }
                }
            }
            known
        });
        Some(known.candidates(&names.join("/")))
    }

    /// Whether a node has the name of an id, and with which index.
    fn is_named(&self, node: NodeId, id: &Id) -> Option<Instance> {
        let named = &self.known.nodes[node.ix()];
        let name = named.name?;
        let parts = self.parts(name);
        let segments = segments(&parts);
        let mut piecewise = Comparison::new(named.index);
        let is_it = segments.len() == id.names.len()
            && segments.iter().zip(&id.names).all(|(own, other)| self.same_parts(own, other, &mut piecewise));
        if is_it {
            return Some(piecewise.instance);
        }
        // Ex) split(name, '/')[0]
        let mut cut = Comparison::new(named.index);
        let mut others = id.names.iter().enumerate();
        others.all(|(at, other)| self.is_cut(name, at, other, &mut cut)).then_some(cut.instance)
    }

    /// Whether a part is the segment of a name that is cut at slashes.
    fn is_cut(&self, name: ExprId, at: usize, part: &[Part], comparison: &mut Comparison) -> bool {
        let exprs = &self.template.exprs;
        let [Part::Expr(part)] = part else { return false };
        let Expr::Index { base, index, .. } = exprs.get(*part) else { return false };
        let Expr::Call { function, arguments } = exprs.get(base) else { return false };
        let &[whole, _] = exprs.list(arguments) else { return false };
        let is_at = matches!(exprs.get(index), Expr::Int(index) if usize::try_from(index) == Ok(at));
        is_at && exprs.text(function).eq_ignore_ascii_case("split") && self.same(name, whole, comparison)
    }

    /// Whether a literal in a node's name differs from one in an id.
    fn is_other(&self, node: NodeId, id: &Id) -> bool {
        let Some(name) = self.known.nodes[node.ix()].name else { return false };
        let parts = self.parts(name);
        let segments = segments(&parts);
        segments.len() == id.names.len()
            && segments.iter().zip(&id.names).any(|(own, other)| match (&own[..], &other[..]) {
                ([Part::Text(own)], [Part::Text(other)]) => !own.eq_ignore_ascii_case(other),
                _ => false,
            })
    }

    fn has_scope(&self, node: NodeId, id: &Id) -> bool {
        let (Some(own), Some(other)) = (self.known.nodes[node.ix()].scope, id.scope) else {
            return self.known.nodes[node.ix()].scope.is_none() == id.scope.is_none();
        };
        let index = self.known.nodes[node.ix()].index;
        let mut comparison = Comparison::new(index);
        match (self.id_of(own), self.id_of(other)) {
            (Some(own), Some(other)) => {
                own.ty == other.ty
                    && own.names.len() == other.names.len()
                    && own.names.iter().zip(&other.names).all(|(a, b)| self.same_parts(a, b, &mut comparison))
            }
            _ => self.same(own, other, &mut comparison),
        }
    }

    /// Looks up a bare name, as written or with the names of the parent resources.
    fn by_name(&self, parts: &[Part]) -> Vec<(NodeId, Instance)> {
        let mut found = Vec::new();
        let all = || (0..self.known.nodes.len() as u32).map(NodeId).collect();
        for node in self.alike(&[parts.to_vec()]).unwrap_or_else(all) {
            let named = &self.known.nodes[node.ix()];
            let written = [named.name, named.own_name];
            let instance = written.into_iter().flatten().find_map(|name| {
                let mut comparison = Comparison::new(named.index);
                self.same_parts(&self.parts(name), parts, &mut comparison).then_some(comparison.instance)
            });
            found.extend(instance.map(|instance| (node, instance)));
        }
        found
    }
}
