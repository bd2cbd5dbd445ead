//! Resources and module calls.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::ast::{self, DeployableId, ExprKind, ObjectItem};
use crate::template::{
    Binder, Copy, Expr, ExprId, ModuleTarget, Node, NodeId, NodeKind, Property, ResourceType,
};

use super::Maker;

/// The properties of a body that mean the same for every resource or module.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    name: Option<ExprId>,
    parent: Option<ExprId>,
    scope: Option<ExprId>,
    depends_on: Option<ExprId>,
    params: Option<ExprId>,
}

impl Maker<'_> {
    /// Makes a declaration and the resources nested in its body, which follow it.
    pub(super) fn node(&mut self, id: DeployableId, full_span: Option<Span>, module: bool) {
        let tree = self.tree;
        let written = &tree.deployables[id.0 as usize];
        let node = NodeId(id.0);
        // Nodes are numbered like the declarations of the tree, whatever the order in which they are made.
        while self.template.nodes.len() <= node.ix() {
            self.template.nodes.push(placeholder());
        }
        let (outer_within, outer_inside, outer_from) = (self.within, self.inside_body, self.own_from);
        let mark = self.locals.len();
        self.within = Some(node);
        self.inside_body = false;
        self.own_from = mark;

        let other = self.decorator_arguments(written.decorators);
        let copy = written.copy.map(|head| {
            let list = self.expr(head.list);
            let (item, index) = self.loop_variables(head, Binder::NodeItem(node), Binder::NodeIndex(node));
            let (batch_size, batch_span) = self.batch(written.decorators).unzip();
            Copy { list, item, index, batch_size, batch_span: batch_span.unwrap_or_default() }
        });
        let condition = written.condition.map(|condition| self.expr(condition));
        self.inside_body = true;
        self.own_from = self.locals.len();
        let (body, known, children) = self.body(written.body);

        let kind = if module {
            NodeKind::Module(self.module_target(written.target))
        } else {
            self.resource_kind(written)
        };
        self.note_symbolic_names(written, &kind, &known);
        let retry_on = retry_on(self, written.decorators);
        let decorators = &tree.decorators[written.decorators.range()];
        let first = decorators.first().map_or(written.span, |decorator| decorator.span);
        self.template.nodes[node.ix()] = Node {
            symbol: self.symbol(written),
            symbol_span: written.name,
            span: written.span,
            full_span: full_span.unwrap_or_else(|| first.to(written.span)),
            kind,
            outer: written.outer.map(|outer| NodeId(outer.0)),
            parent: known.parent,
            copy,
            condition,
            name: known.name,
            scope: known.scope,
            depends_on: known.depends_on,
            body,
            other,
            arguments: known.params.filter(|_| module),
            may_be_missing: self.decorator(written.decorators, "nullIfNotFound").is_some(),
            retry_on,
        };
        for child in children {
            self.node(child, None, false);
        }
        self.locals.truncate(mark);
        (self.within, self.inside_body, self.own_from) = (outer_within, outer_inside, outer_from);
    }

    /// Every argument of a decorator is visited by the compiler like any other expression; literals say nothing.
    fn decorator_arguments(&mut self, decorators: ast::List) -> Vec<ExprId> {
        let tree = self.tree;
        let mut made = Vec::new();
        for decorator in &tree.decorators[decorators.range()] {
            let Some((_, arguments)) = self.decorator_call(decorator.expr) else { continue };
            for &argument in arguments {
                let literal = matches!(
                    self.syntax(argument).kind,
                    ExprKind::Text(_) | ExprKind::Integer | ExprKind::Bool(_) | ExprKind::Null
                );
                if !literal {
                    made.push(self.expr(argument));
                }
            }
        }
        made
    }

    /// The size of the batches, and the decorator that sets it.
    fn batch(&self, decorators: ast::List) -> Option<(u32, Span)> {
        let is_it = |decorator: &&ast::Decorator| {
            self.decorator_call(decorator.expr).is_some_and(|(name, _)| name == "batchSize")
        };
        let decorator = self.tree.decorators[decorators.range()].iter().find(is_it)?;
        let (_, &[size]) = self.decorator_call(decorator.expr)? else { return None };
        let size = self.word(self.syntax(size).span).parse().ok().filter(|&size| size > 0)?;
        Some((size, decorator.span))
    }

    /// The body, its well-known properties, and the resources nested in it.
    fn body(&mut self, body: ast::ExprId) -> (ExprId, Known, Vec<DeployableId>) {
        let tree = self.tree;
        let written = self.syntax(body);
        let items = if let ExprKind::Object(items) = written.kind { items } else { ast::List::default() };
        let mut known = Known::default();
        let mut children = Vec::new();
        let mut properties = Vec::with_capacity(items.len as usize);
        for item in &tree.items[items.range()] {
            match *item {
                ObjectItem::Property { key, value } => {
                    self.in_depends_on = self.word(self.syntax(key).span).trim_matches('\'') == "dependsOn";
                    let property = self.property(key, value);
                    self.in_depends_on = false;
                    properties.push(property);
                    self.note_known(property, &mut known);
                }
                ObjectItem::Spread(value) => properties.push(Property::Spread(self.expr(value))),
                ObjectItem::Resource(child) => children.push(child),
                ObjectItem::Error(_) => {}
            }
        }
        let properties = self.template.exprs.add_properties(properties);
        let body = self.template.exprs.add(Expr::Object(properties), written.span);
        (body, known, children)
    }

    fn note_known(&self, property: Property, known: &mut Known) {
        let Property::Named { key, value } = property else { return };
        let field = match self.template.exprs.text(key) {
            "name" => &mut known.name,
            "parent" => &mut known.parent,
            "scope" => &mut known.scope,
            "dependsOn" => &mut known.depends_on,
            "params" => &mut known.params,
            _ => return,
        };
        field.get_or_insert(value);
    }

    /// The symbol of a declaration, with its parents: `vnet::subnet`.
    fn symbol(&self, written: &ast::Deployable) -> String {
        let own = self.word(written.name);
        match written.outer {
            Some(outer) => format!("{}::{own}", self.template.nodes[outer.0 as usize].symbol),
            None => own.to_owned(),
        }
    }

    fn module_target(&mut self, target: ast::ExprId) -> ModuleTarget {
        match self.literal(target) {
            Some((reference, span)) => {
                ModuleTarget::Reference { reference: self.template.exprs.text(reference).to_owned(), span }
            }
            None => ModuleTarget::Unknown(self.syntax(target).span),
        }
    }

    fn resource_kind(&mut self, written: &ast::Deployable) -> NodeKind {
        let ty = self.resource_type(written);
        let ty = match self.types.get(&ty) {
            Some(known) => Arc::clone(known),
            None => Arc::clone(self.types.entry(ty.clone()).or_insert_with(|| Arc::new(ty))),
        };
        if written.existing.is_some() { NodeKind::Existing(ty) } else { NodeKind::Resource(ty) }
    }

    /// Parses a type: `'Microsoft.Foo/bars@2024-01-01'`, `'az:Microsoft.Foo/bars@…'`, `'k8s:core/Service@v1'`; `'subnets'` when
    /// nested.
    fn resource_type(&mut self, written: &ast::Deployable) -> ResourceType {
        let literal = self.literal(written.target);
        let full = literal.map_or("", |(text, _)| self.template.exprs.text(text));
        let (path, version) = match full.split_once('@') {
            Some((path, version)) => (path, Some(version.to_owned())),
            None => (full, None),
        };
        let (namespace, path) =
            path.split_once(':').map_or((None, path), |(space, path)| (Some(space), path));
        let outer = written.outer.map(|outer| &self.template.nodes[outer.0 as usize].kind);
        if let (None, Some(NodeKind::Resource(outer) | NodeKind::Existing(outer))) = (namespace, outer) {
            let name = if outer.name.is_empty() { path.to_owned() } else { format!("{}/{path}", outer.name) };
            return ResourceType {
                name,
                version: version.or_else(|| outer.version.clone()),
                azure: outer.azure,
            };
        }
        // A type of Azure has a provider with a dot. Extensions' own types have none, or a version like `v1.0`.
        let azure = match namespace {
            Some(namespace) => namespace == "az",
            None => self.names.extensions.is_empty() || looks_like_azure(path),
        };
        ResourceType { name: path.to_owned(), version, azure }
    }

    /// Notes the features of a declaration that force the compiler to emit symbolic names.
    fn note_symbolic_names(&mut self, written: &ast::Deployable, kind: &NodeKind, known: &Known) {
        let has = |name| self.decorator(written.decorators, name).is_some();
        let needs = match kind {
            NodeKind::Module(_) => known.name.is_none(),
            NodeKind::Existing(ty) => !ty.azure || known.depends_on.is_some(),
            NodeKind::Resource(ty) => !ty.azure,
        };
        self.template.symbolic_names |= needs
            || has("onlyIfNotExists")
            || has("nullIfNotFound")
            || (has("retryOn") && written.outer.is_none());
    }
}

/// The codes of `@retryOn(['Conflict'], 5)`. The compiler takes nothing but literals there.
fn retry_on(maker: &mut Maker<'_>, decorators: ast::List) -> Option<Box<[String]>> {
    let &[list, ..] = maker.decorator(decorators, "retryOn")? else { return None };
    let ExprKind::Array(codes) = maker.syntax(list).kind else { return None };
    let codes = maker.tree.expr_lists[codes.range()].iter().filter_map(|&code| {
        let (text, _) = maker.literal(code)?;
        Some(maker.template.exprs.text(text).to_owned())
    });
    Some(codes.collect())
}

/// Whether a type is of Azure: its provider is a domain-like name (`Microsoft.Network`).
fn looks_like_azure(path: &str) -> bool {
    path.split('/').next().is_some_and(|provider| provider.contains('.')) && path.contains('/')
}

/// Takes the place of a node that is made later.
const fn placeholder() -> Node {
    Node {
        symbol: String::new(),
        symbol_span: Span::empty(0),
        span: Span::empty(0),
        full_span: Span::empty(0),
        kind: NodeKind::Module(ModuleTarget::Unknown(Span::empty(0))),
        outer: None,
        parent: None,
        copy: None,
        condition: None,
        name: None,
        scope: None,
        depends_on: None,
        body: ExprId(0),
        other: Vec::new(),
        arguments: None,
        may_be_missing: false,
        retry_on: None,
    }
}
