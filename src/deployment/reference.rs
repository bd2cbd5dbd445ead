//! Which resources, modules and variables a declaration names, and how strongly.

use rustc_hash::FxHashMap;

use crate::limit::{Limit, Reached, Record};
use crate::source::Span;
use crate::template::{Binder, Expr, ExprId, Language, LocalId, NodeId, NodeKind, Template, VariableId};

use super::graph::{Because, Reason, Target};

/// Properties of a resource that the compiler knows without reading it at run time.
const IDENTITY: [&str; 4] = ["id", "name", "type", "apiVersion"];

/// One direct dependency of a declaration.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) target: Target,
    /// The index, if the reference names one element of a loop and the index has a meaning outside the place where it is
    /// written.
    pub(super) index: Option<ExprId>,
    /// Whether the index has loop variables of the declaration.
    pub(super) index_has_local: bool,
    /// Whether only the target's identity is read.
    pub(super) weak: bool,
    /// The places where the reference is written.
    pub(super) because: Vec<Because>,
}

/// The direct dependencies of every declaration of a template.
#[derive(Debug)]
pub(super) struct References {
    pub(super) nodes: Vec<Vec<Reference>>,
    pub(super) variables: Vec<Vec<Reference>>,
    /// Limits that were reached.
    pub(super) limits: Record<Span>,
}

impl References {
    pub(super) fn of(template: &Template) -> Self {
        let mut collector = Collector::new(template);
        let nodes = template.node_ids().map(|id| collector.node(id)).collect();
        let variables =
            (0..template.variables.len() as u32).map(|id| collector.variable(VariableId(id))).collect();
        let mut references = Self { nodes, variables, limits: collector.limits };
        references.drop_dead_variables();
        references
    }

    pub(super) fn get(&self, target: Target) -> &[Reference] {
        match target {
            Target::Node(id) => &self.nodes[id.ix()],
            Target::Variable(id) => &self.variables[id.ix()],
        }
    }

    /// Variables that lead to no resource or module say nothing about order.
    fn drop_dead_variables(&mut self) {
        let mut users: Vec<Vec<u32>> = vec![Vec::new(); self.variables.len()];
        let mut alive = vec![false; self.variables.len()];
        let mut queue = Vec::new();
        for (at, references) in self.variables.iter().enumerate() {
            for reference in references {
                match reference.target {
                    Target::Variable(used) => users[used.ix()].push(at as u32),
                    Target::Node(_) if !alive[at] => {
                        alive[at] = true;
                        queue.push(at);
                    }
                    Target::Node(_) => {}
                }
            }
        }
        while let Some(at) = queue.pop() {
            for &user in &users[at] {
                if !std::mem::replace(&mut alive[user as usize], true) {
                    queue.push(user as usize);
                }
            }
        }
        for references in self.nodes.iter_mut().chain(&mut self.variables) {
            references.retain(|reference| match reference.target {
                Target::Variable(used) => alive[used.ix()],
                Target::Node(_) => true,
            });
        }
    }
}

/// The context of an expression, as far as it affects the meaning of a reference.
#[derive(Clone, Copy, Debug)]
struct Around {
    /// The expression is directly indexed by this.
    index: Option<ExprId>,
    /// Only identity is read of it, or a function is called on it.
    weak: bool,
    /// The well-known property that contains the expression.
    within: Within,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Anything,
    /// `parent` or `scope`
    Identity,
    DependsOn,
}

impl Around {
    const fn nothing(within: Within) -> Self {
        Self { index: None, weak: false, within }
    }
}

struct Collector<'t> {
    template: &'t Template,
    stack: Vec<(ExprId, Around)>,
    seen: FxHashMap<(Target, Option<ExprId>, bool), usize>,
    found: Vec<Reference>,
    /// The loop variables of the current variable.
    own: Option<[LocalId; 2]>,
    limits: Record<Span>,
}

impl<'t> Collector<'t> {
    fn new(template: &'t Template) -> Self {
        Self {
            template,
            stack: Vec::new(),
            seen: FxHashMap::default(),
            found: Vec::new(),
            own: None,
            limits: Record::default(),
        }
    }

    fn node(&mut self, id: NodeId) -> Vec<Reference> {
        let template = self.template;
        let node = template.node(id);
        let arm = template.language == Language::Arm;
        let span = node.parent.map_or(node.symbol_span, |parent| template.exprs.span(parent));
        let above = if arm { Ok(None) } else { ancestor(template, id) };
        let above = above.unwrap_or_else(|reached| {
            self.limits.add(span, reached);
            None
        });
        if let Some((ancestor, index)) = above {
            self.add(Target::Node(ancestor), index, true, Because { reason: Reason::Parent, span });
        }
        for &other in &node.other {
            self.walk(other, Within::Anything);
        }
        if let Some(copy) = &node.copy {
            self.walk(copy.list, Within::Anything);
        }
        if let Some(condition) = node.condition {
            self.walk(condition, Within::Anything);
        }
        let mut depends_on = node.depends_on;
        if let Expr::Object(properties) = template.exprs.get(node.body) {
            for property in template.exprs.object(properties) {
                let (key, value) = match *property {
                    crate::template::Property::Named { value, .. }
                    | crate::template::Property::Spread(value) => (None, value),
                    crate::template::Property::Computed { key, value } => (Some(key), value),
                };
                let here = Some(value);
                let within = if here == depends_on {
                    depends_on = None;
                    Within::DependsOn
                } else if here == node.parent || here == node.scope {
                    Within::Identity
                } else {
                    Within::Anything
                };
                // In JSON the name of a parent or scope is text, and orders nothing.
                if arm && within == Within::Identity {
                    continue;
                }
                if let Some(key) = key {
                    self.walk(key, Within::Anything);
                }
                self.walk(value, within);
            }
        }
        if let Some(depends_on) = depends_on {
            self.walk(depends_on, Within::DependsOn);
        }
        self.take()
    }

    fn variable(&mut self, id: VariableId) -> Vec<Reference> {
        let value = self.template.variables[id.ix()].value;
        if let Expr::For { item, index, .. } = self.template.exprs.get(value) {
            self.own = Some([item, index]);
        }
        self.walk(value, Within::Anything);
        self.own = None;
        self.take()
    }

    fn take(&mut self) -> Vec<Reference> {
        self.seen.clear();
        std::mem::take(&mut self.found)
    }

    fn walk(&mut self, root: ExprId, within: Within) {
        let exprs = &self.template.exprs;
        self.stack.push((root, Around::nothing(within)));
        while let Some((id, around)) = self.stack.pop() {
            let plain = Around::nothing(around.within);
            match exprs.get(id) {
                Expr::Node(_) if self.template.waitless.binary_search(&id).is_ok() => {}
                Expr::Node(node) => {
                    self.reference(Target::Node(node), around, exprs.span(id));
                }
                Expr::Variable(variable) => {
                    self.reference(Target::Variable(variable), around, exprs.span(id));
                }
                Expr::Member { base, name, .. } => {
                    let weak = IDENTITY.contains(&exprs.text(name));
                    self.stack.push((base, Around { weak, ..plain }));
                }
                Expr::Method { base, arguments, .. } => {
                    self.stack.extend(exprs.list(arguments).iter().rev().map(|&argument| (argument, plain)));
                    self.stack.push((base, Around { weak: true, ..plain }));
                }
                Expr::NonNull(inner) => self.stack.push((inner, Around { weak: around.weak, ..plain })),
                Expr::Index { base, index, from_end, .. } => {
                    let weak = match self.literal(index, 0) {
                        Some(key) => IDENTITY.contains(&key),
                        None => around.weak && self.is_loop(base),
                    };
                    self.stack.push((index, plain));
                    self.stack.push((base, Around { index: (!from_end).then_some(index), weak, ..plain }));
                }
                _ => {
                    let mark = self.stack.len();
                    let stack = &mut self.stack;
                    exprs.each_part(id, &mut |part| stack.push((part, plain)));
                    self.stack[mark..].reverse();
                }
            }
        }
    }

    fn reference(&mut self, target: Target, around: Around, span: Span) {
        let (looped, azure) = match target {
            Target::Node(id) => {
                let node = self.template.node(id);
                let azure = match &node.kind {
                    NodeKind::Resource(ty) | NodeKind::Existing(ty) => ty.azure,
                    NodeKind::Module(_) => false,
                };
                (node.copy.is_some(), azure && self.template.language != Language::Arm)
            }
            Target::Variable(id) => {
                let value = self.template.variables[id.ix()].value;
                (matches!(self.template.exprs.get(value), Expr::For { .. }), false)
            }
        };
        let weak = azure && (around.weak || around.within == Within::Identity);
        let index = around.index.filter(|&index| looped && self.can_move(index));
        let reason = if around.within == Within::DependsOn { Reason::Explicit } else { Reason::Reference };
        self.add(target, index, weak, Because { reason, span });
    }

    fn add(&mut self, target: Target, index: Option<ExprId>, weak: bool, because: Because) {
        if let Some(&at) = self.seen.get(&(target, index, weak)) {
            self.found[at].because.push(because);
            return;
        }
        self.seen.insert((target, index, weak), self.found.len());
        let index_has_local = index.is_some_and(|index| has_local(self.template, index));
        self.found.push(Reference { target, index, index_has_local, weak, because: vec![because] });
    }

    /// Whether an index means the same in the body of the declaration: it uses no variable of an inner loop or lambda.
    fn can_move(&self, index: ExprId) -> bool {
        let exprs = &self.template.exprs;
        let mut inner = Vec::new();
        let mut movable = true;
        exprs.each_inside(index, &mut |id| {
            match exprs.get(id) {
                Expr::Lambda { parameters, .. } => inner.extend(&exprs.local_lists[parameters.range()]),
                Expr::For { item, index, .. } => inner.extend([item, index]),
                Expr::Local(local) => {
                    let of_node =
                        matches!(exprs.locals[local.ix()].binder, Binder::NodeItem(_) | Binder::NodeIndex(_));
                    let own = self.own.is_some_and(|own| own.contains(&local));
                    movable &= of_node || own || inner.contains(&local);
                }
                _ => {}
            }
            movable
        });
        movable
    }

    /// The text that an index is known to be.
    fn literal(&self, index: ExprId, depth: u32) -> Option<&'t str> {
        let template = self.template;
        match template.exprs.get(template.exprs.peel(index)) {
            Expr::Text(text) => Some(template.exprs.text(text)),
            Expr::Variable(id) if depth < 8 => self.literal(template.variables[id.ix()].value, depth + 1),
            _ => None,
        }
    }

    /// Whether an expression is a loop of resources, or an element of one.
    fn is_loop(&self, mut id: ExprId) -> bool {
        loop {
            match self.template.exprs.get(id) {
                Expr::NonNull(inner) | Expr::Index { base: inner, .. } => id = inner,
                Expr::Node(node) => return self.template.node(node).copy.is_some(),
                _ => return false,
            }
        }
    }
}

/// Whether an expression uses a loop variable from outside it.
fn has_local(template: &Template, root: ExprId) -> bool {
    let exprs = &template.exprs;
    let mut inner = Vec::new();
    let mut found = false;
    exprs.each_inside(root, &mut |id| {
        match exprs.get(id) {
            Expr::Lambda { parameters, .. } => inner.extend(&exprs.local_lists[parameters.range()]),
            Expr::For { item, index, .. } => inner.extend([item, index]),
            Expr::Local(local) => found |= !inner.contains(&local),
            _ => {}
        }
        !found
    });
    found
}

/// The resource that a resource is a child of, and which of its instances.
pub(super) fn ancestor(template: &Template, id: NodeId) -> Result<Option<Element>, Reached> {
    let node = template.node(id);
    if let Some(outer) = node.outer {
        return Ok(Some((outer, None)));
    }
    match node.parent {
        Some(parent) if !matches!(node.kind, NodeKind::Module(_)) => resource_of(template, parent),
        _ => Ok(None),
    }
}

/// A node, and which of its instances.
pub(super) type Element = (NodeId, Option<ExprId>);

/// The resource that an expression is, through variables.
pub(super) fn resource_of(template: &Template, mut expr: ExprId) -> Result<Option<Element>, Reached> {
    let mut left = Limit::ParentVariables.budget();
    loop {
        match template.exprs.get(template.exprs.peel(expr)) {
            Expr::Node(id) => return Ok(Some((id, None))),
            Expr::Index { base, index, .. } => match template.exprs.get(base) {
                Expr::Node(id) => return Ok(Some((id, Some(index)))),
                _ => return Ok(None),
            },
            Expr::Variable(id) => expr = template.variables[id.ix()].value,
            _ => return Ok(None),
        }
        left.spend(1)?;
    }
}
