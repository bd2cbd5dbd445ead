//! Name resolution: locals, nested resources, names of the file, and built-in names.

use rustc_hash::FxHashMap;

use crate::source::Span;
use crate::syntax::ast::{self, DeployableId, ExprKind, List, Tree, TypeId};
use crate::template::{FunctionId, ImportId, LocalId, NodeId, ParameterId, VariableId};

use super::Maker;

/// The meaning of a file-level name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Symbol {
    Parameter(ParameterId),
    Variable(VariableId),
    Node(NodeId),
    Function(FunctionId),
    Import(ImportId),
    /// A type, or the alias of an extension: a name that has no value.
    Valueless,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct DeclaredType {
    pub(super) ty: TypeId,
    pub(super) secure: bool,
    pub(super) decorators: List,
}

/// Names that have the same meaning everywhere in the file.
#[derive(Debug, Default)]
pub(super) struct Names<'t> {
    file: FxHashMap<&'t str, Symbol>,
    /// By the resource in whose body they are declared.
    nested: FxHashMap<(DeployableId, &'t str), NodeId>,
    pub(super) types: FxHashMap<&'t str, DeclaredType>,
    /// The aliases of extensions; their prefixes are the namespaces of resource types.
    pub(super) extensions: Vec<&'t str>,
    /// Whether `base` is the parent's assignments.
    pub(super) has_parent_assignments: bool,
}

impl<'t> Names<'t> {
    /// The nested resources of a file.
    pub(super) fn of_nested(tree: &'t Tree, text: &'t str) -> Self {
        let mut names = Self::default();
        for (at, deployable) in tree.deployables.iter().enumerate() {
            if let Some(outer) = deployable.outer {
                names.nested.entry((outer, deployable.name.of(text))).or_insert(NodeId(at as u32));
            }
        }
        names
    }

    /// The resource declared under a name directly in the body of another.
    pub(super) fn child(&self, outer: NodeId, name: &str) -> Option<NodeId> {
        self.nested.get(&(DeployableId(outer.0), name)).copied()
    }
}

/// The meaning of a name at one place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning {
    Local(LocalId),
    Symbol(Symbol),
    /// `base` of a parameter file.
    ParentAssignments,
    /// `sys`, `az`
    Namespace,
    /// `this`
    This,
}

impl Maker<'_> {
    /// Gives a file-level name its meaning; the first declaration of a name wins.
    pub(super) fn bind(&mut self, name: Span, symbol: Symbol) {
        let word = self.word(name);
        if word.is_empty() {
            return;
        }
        if self.names.file.contains_key(word) {
            self.problem(name, format!("`{word}` is declared twice"));
        } else {
            self.names.file.insert(word, symbol);
        }
    }

    pub(super) fn declare_parameter(&mut self, name: Span) {
        let id = self.template.parameters.len() as u32 - 1;
        self.bind(name, Symbol::Parameter(ParameterId(id)));
    }

    pub(super) fn declare_type(&mut self, name: Span, ty: TypeId, decorators: List) {
        self.bind(name, Symbol::Valueless);
        let secure = self.decorator(decorators, "secure").is_some();
        self.names.types.entry(self.word(name)).or_insert(DeclaredType { ty, secure, decorators });
    }

    pub(super) fn declare_node(&mut self, id: DeployableId) {
        self.bind(self.tree.deployables[id.0 as usize].name, Symbol::Node(NodeId(id.0)));
    }

    /// Declares the namespace of `extension kubernetes with { … } as k8s`. Without an alias the name of the extension is its
    /// namespace.
    pub(super) fn declare_extension(&mut self, specification: ast::ExprId, alias: Option<Span>) {
        let expr = self.tree.exprs[specification.0 as usize];
        let name = alias.or((matches!(expr.kind, ExprKind::Name)).then_some(expr.span));
        if let Some(name) = name {
            self.names.extensions.push(self.word(name));
            // `extension az with …` configures a namespace that is there anyway.
            if !matches!(self.word(name), "az" | "sys") {
                self.bind(name, Symbol::Valueless);
            }
        }
    }

    /// Resolves a name here, from the innermost scope outward.
    pub(super) fn meaning(&self, name: &str) -> Option<Meaning> {
        let find =
            |locals: &[(&str, LocalId)]| locals.iter().rev().find(|(word, _)| *word == name).map(|l| l.1);
        let (outer, own) = self.locals.split_at(self.own_from.min(self.locals.len()));
        find(own)
            .map(Meaning::Local)
            .or_else(|| {
                self.inside_body.then_some(self.within).flatten().and_then(|id| self.nested(id, name))
            })
            .or_else(|| find(outer).map(Meaning::Local))
            .or_else(|| self.of_ancestors(name))
            .or_else(|| self.names.file.get(name).copied().map(Meaning::Symbol))
            .or_else(|| self.built_in(name))
    }

    fn nested(&self, outer: NodeId, name: &str) -> Option<Meaning> {
        self.names.child(outer, name).map(|id| Meaning::Symbol(Symbol::Node(id)))
    }

    /// A sibling, or a nested resource of an ancestor.
    fn of_ancestors(&self, name: &str) -> Option<Meaning> {
        let mut at = DeployableId(self.within?.0);
        while let Some(outer) = self.tree.deployables[at.0 as usize].outer {
            if let Some(found) = self.nested(NodeId(outer.0), name) {
                return Some(found);
            }
            at = outer;
        }
        None
    }

    fn built_in(&self, name: &str) -> Option<Meaning> {
        match name {
            "sys" | "az" => Some(Meaning::Namespace),
            "this" if self.within.is_some() => Some(Meaning::This),
            "base" if self.names.has_parent_assignments => Some(Meaning::ParentAssignments),
            _ => None,
        }
    }
}
