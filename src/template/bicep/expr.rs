//! Expressions, with their names bound.

use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, ObjectItem, Tree};
use crate::syntax::decode;
use crate::template::{Binder, Expr, ExprId, List, LocalId, NodeId, Property, Text};

use super::Maker;
use super::scope::{Meaning, Symbol};

impl Maker<'_> {
    pub(super) fn syntax(&self, id: ast::ExprId) -> ast::Expr {
        self.tree.exprs[id.0 as usize]
    }

    /// Makes an expression. Its left spine, which may be as long as the file, is walked without recursion; everything
    /// else nests only as deep as the parser lets it.
    pub(super) fn expr(&mut self, id: ast::ExprId) -> ExprId {
        let mark = self.spine.len();
        let mut leaf = id;
        while let Some(left) = self.left(leaf) {
            self.spine.push(leaf);
            leaf = left;
        }
        let mut made = self.leaf(leaf, mark);
        while self.spine.len() > mark {
            if let Some(next) = self.spine.pop() {
                made = self.wrap(next, made);
            }
        }
        made
    }

    /// The left operand of an expression, which is made first; `None` if the expression does not start with another one.
    fn left(&self, id: ast::ExprId) -> Option<ast::ExprId> {
        match self.syntax(id).kind {
            ExprKind::Member { base, .. } | ExprKind::Index { base, .. } | ExprKind::NonNull(base) => {
                Some(base)
            }
            ExprKind::Method { base, .. } if !self.is_namespace(base) => Some(base),
            ExprKind::Binary { left, .. } => Some(left),
            _ => None,
        }
    }

    /// Whether an expression is a namespace: `az` in `az.resourceGroup()`, the alias of a wildcard import or of an extension,
    /// or `this`.
    fn is_namespace(&self, id: ast::ExprId) -> bool {
        let expr = self.syntax(id);
        matches!(expr.kind, ExprKind::Name)
            && matches!(
                self.meaning(self.word(expr.span)),
                Some(
                    Meaning::Namespace
                        | Meaning::This
                        | Meaning::Symbol(Symbol::Import(_) | Symbol::Valueless)
                )
            )
    }

    /// An expression whose left end is made.
    fn wrap(&mut self, id: ast::ExprId, left: ExprId) -> ExprId {
        let expr = self.syntax(id);
        let made = match expr.kind {
            ExprKind::Member { name, safe, .. } => {
                Expr::Member { base: left, name: Text::source(name), safe }
            }
            ExprKind::Index { index, safe, from_end, .. } => {
                Expr::Index { base: left, index: self.expr(index), safe, from_end }
            }
            ExprKind::NonNull(_) => Expr::NonNull(left),
            ExprKind::Method { name, arguments, .. } => {
                Expr::Method { base: left, name: Text::source(name), arguments: self.list(arguments) }
            }
            ExprKind::Binary { operator, right, .. } => {
                Expr::Binary { operator, left, right: self.expr(right) }
            }
            _ => Expr::Unknown,
        };
        self.template.exprs.add(made, expr.span)
    }

    /// Makes an expression that does not start with another one. `mark` is the start of its spine.
    fn leaf(&mut self, id: ast::ExprId, mark: usize) -> ExprId {
        let expr = self.syntax(id);
        let made = match expr.kind {
            ExprKind::Error => Expr::Unknown,
            ExprKind::Null => Expr::Null,
            ExprKind::Bool(value) => Expr::Bool(value),
            ExprKind::Integer => integer(self.word(expr.span)),
            ExprKind::Text(piece) => Expr::Text(self.piece(piece)),
            ExprKind::Interpolation(parts) => Expr::Interpolation(self.list(parts)),
            // Ex) {{ .value }}: the mark of another template language, not an object without properties.
            ExprKind::Object(items) if only_errors(self.tree, items) => Expr::Unknown,
            ExprKind::Object(items) => Expr::Object(self.object(items)),
            ExprKind::Array(elements) => Expr::Array(self.list(elements)),
            ExprKind::Spread(value) => Expr::Spread(self.expr(value)),
            ExprKind::For { head, body } => self.for_expression(head, body),
            ExprKind::Paren(inner) => Expr::Paren(self.expr(inner)),
            ExprKind::Lambda { parameters, body } => self.lambda(parameters, body),
            ExprKind::Name => self.name_expression(expr.span, mark),
            ExprKind::Call { name, arguments } => self.call(name, arguments),
            ExprKind::Method { base, name, arguments } => self.namespace_call(base, name, arguments),
            ExprKind::Nested { base, name } => self.nested_resource(base, name),
            ExprKind::Unary { operator, operand } => Expr::Unary { operator, operand: self.expr(operand) },
            ExprKind::Ternary { condition, yes, no } => {
                Expr::Ternary { condition: self.expr(condition), yes: self.expr(yes), no: self.expr(no) }
            }
            // They begin with another expression, so they are on the spine.
            ExprKind::Member { .. }
            | ExprKind::Index { .. }
            | ExprKind::NonNull(_)
            | ExprKind::Binary { .. } => Expr::Unknown,
        };
        self.template.exprs.add(made, expr.span)
    }

    /// The text that a literal piece means.
    pub(super) fn piece(&mut self, piece: ast::Piece) -> Text {
        if piece.escaped {
            self.template.exprs.add_text(&decode(piece, self.text))
        } else {
            Text::source(piece.content)
        }
    }

    pub(super) fn list(&mut self, list: ast::List) -> List {
        let ids = &self.tree.expr_lists[list.range()];
        // Lists inside the elements go to the same pool first.
        match ids {
            [] => List::default(),
            [one] => {
                let one = self.expr(*one);
                self.template.exprs.add_list([one])
            }
            _ => {
                let made: Vec<ExprId> = ids.iter().map(|&id| self.expr(id)).collect();
                self.template.exprs.add_list(made)
            }
        }
    }

    pub(super) fn object(&mut self, items: ast::List) -> List {
        let items = &self.tree.items[items.range()];
        let mut made = Vec::with_capacity(items.len());
        for item in items {
            match *item {
                ObjectItem::Property { key, value } => made.push(self.property(key, value)),
                ObjectItem::Spread(value) => made.push(Property::Spread(self.expr(value))),
                ObjectItem::Resource(_) | ObjectItem::Error(_) => {}
            }
        }
        self.template.exprs.add_properties(made)
    }

    pub(super) fn property(&mut self, key: ast::ExprId, value: ast::ExprId) -> Property {
        let written = self.syntax(key);
        match written.kind {
            ExprKind::Name => Property::Named { key: Text::source(written.span), value: self.expr(value) },
            ExprKind::Text(piece) => Property::Named { key: self.piece(piece), value: self.expr(value) },
            _ => Property::Computed { key: self.expr(key), value: self.expr(value) },
        }
    }

    fn for_expression(&mut self, head: ast::ForId, body: ast::ExprId) -> Expr {
        let head = self.tree.for_heads[head.0 as usize];
        let list = self.expr(head.list);
        let mark = self.locals.len();
        let (item, index) = self.loop_variables(head, Binder::ForItem, Binder::ForIndex);
        let body = self.expr(body);
        self.locals.truncate(mark);
        Expr::For { list, item, index, body }
    }

    /// The variables of a loop, now in scope.
    pub(super) fn loop_variables(
        &mut self,
        head: ast::ForHead,
        item: Binder,
        index: Binder,
    ) -> (LocalId, LocalId) {
        let item = self.local(head.item, item);
        self.locals.push((self.word(head.item), item));
        let at = self.local(head.index.unwrap_or(Span::empty(head.item.end)), index);
        if let Some(name) = head.index {
            self.locals.push((self.word(name), at));
        }
        (item, at)
    }

    fn lambda(&mut self, parameters: ast::List, body: ast::ExprId) -> Expr {
        let mark = self.locals.len();
        let names = &self.tree.names[parameters.range()];
        let mut made = Vec::with_capacity(names.len());
        for &name in names {
            let local = self.local(name, Binder::Lambda);
            self.locals.push((self.word(name), local));
            made.push(local);
        }
        let body = self.expr(body);
        self.locals.truncate(mark);
        Expr::Lambda { parameters: self.template.exprs.add_local_list(made), body }
    }

    fn name_expression(&mut self, span: Span, mark: usize) -> Expr {
        let word = self.word(span);
        match self.meaning(word) {
            Some(Meaning::Local(local)) => Expr::Local(local),
            Some(Meaning::Symbol(symbol)) => match symbol {
                Symbol::Parameter(id) => Expr::Parameter(id),
                Symbol::Variable(id) => Expr::Variable(id),
                Symbol::Node(id) => {
                    self.note_whole_loop(id, mark);
                    Expr::Node(id)
                }
                Symbol::Import(id) => Expr::Import(id),
                // A function has no value; `nameof` may name a type.
                Symbol::Function(_) | Symbol::Valueless => Expr::Unknown,
            },
            Some(Meaning::ParentAssignments) => Expr::ParentAssignments,
            Some(Meaning::Namespace | Meaning::This) => Expr::Unknown,
            None => {
                if !word.is_empty() {
                    self.problem(span, format!("`{word}` is not declared"));
                }
                Expr::Unknown
            }
        }
    }

    /// A loop that is named as a whole, outside `dependsOn`, makes the compiler write symbolic names.
    fn note_whole_loop(&mut self, id: NodeId, mark: usize) {
        if self.in_depends_on || self.tree.deployables[id.0 as usize].copy.is_none() {
            return;
        }
        let accessed = self.spine.len() > mark
            && self.spine.last().is_some_and(|&above| {
                matches!(self.syntax(above).kind, ExprKind::Member { .. } | ExprKind::Index { .. })
            });
        self.template.symbolic_names |= !accessed;
    }

    fn call(&mut self, name: Span, arguments: ast::List) -> Expr {
        let arguments = self.list(arguments);
        match self.meaning(self.word(name)) {
            Some(Meaning::Symbol(Symbol::Function(function))) => Expr::UserCall { function, arguments },
            Some(Meaning::Symbol(Symbol::Import(import))) => {
                Expr::ImportCall { import, function: None, arguments }
            }
            // The compiler refuses to call a variable; the author meant the function.
            _ => Expr::Call { function: Text::source(name), arguments },
        }
    }

    /// A call on a namespace: `az.resourceGroup()`, `shared.fqdn('x')`, `this.exists()`.
    fn namespace_call(&mut self, base: ast::ExprId, name: Span, arguments: ast::List) -> Expr {
        let arguments = self.list(arguments);
        let base = self.syntax(base).span;
        match self.meaning(self.word(base)) {
            Some(Meaning::Symbol(Symbol::Import(import))) => {
                Expr::ImportCall { import, function: Some(Text::source(name)), arguments }
            }
            Some(Meaning::Namespace) => Expr::Call { function: Text::source(name), arguments },
            other => {
                self.template.symbolic_names |= matches!(other, Some(Meaning::This));
                let qualified = format!("{}.{}", self.word(base), self.word(name));
                Expr::Call { function: self.template.exprs.add_text(&qualified), arguments }
            }
        }
    }

    /// `vnet::subnet`; only the last resource is referred to.
    fn nested_resource(&mut self, base: ast::ExprId, name: Span) -> Expr {
        let found = self.resource_named(base).and_then(|outer| self.names.child(outer, self.word(name)));
        found.map_or_else(
            || {
                let message = format!("`{}` is not a nested resource", self.word(name));
                self.problem(name, message);
                Expr::Unknown
            },
            Expr::Node,
        )
    }

    /// The resource that the left side of `::` names.
    fn resource_named(&self, mut base: ast::ExprId) -> Option<NodeId> {
        let mut path = Vec::new();
        let first = loop {
            let expr = self.syntax(base);
            match expr.kind {
                ExprKind::Nested { base: inner, name } => {
                    path.push(name);
                    base = inner;
                }
                ExprKind::Paren(inner) | ExprKind::NonNull(inner) | ExprKind::Index { base: inner, .. } => {
                    base = inner;
                }
                ExprKind::Name => break expr.span,
                _ => return None,
            }
        };
        let Some(Meaning::Symbol(Symbol::Node(mut found))) = self.meaning(self.word(first)) else {
            return None;
        };
        for name in path.into_iter().rev() {
            found = self.names.child(found, self.word(name))?;
        }
        Some(found)
    }
}

/// Whether an object has something in it, and nothing of it was understood.
fn only_errors(tree: &Tree, items: ast::List) -> bool {
    let items = &tree.items[items.range()];
    !items.is_empty() && items.iter().all(|item| matches!(item, ObjectItem::Error(_)))
}

/// Integers beyond 63 bits have no use in a template; they are not understood.
fn integer(written: &str) -> Expr {
    written.parse().map_or(Expr::Unknown, Expr::Int)
}
