//! Bracket expressions: ARM's functions become the operators and forms that Bicep has for them.

use std::borrow::Cow;

use crate::source::Span;
use crate::template::{
    BinaryOperator, Binder, Expr, ExprId, NodeId, NodeKind, Property, TargetScope, Text, UnaryOperator,
};

use super::Maker;
use super::expression::{Form, Key, Step, Tree};
use super::names::Passed;
use super::value::Origin;

/// The kind of an expression, where it changes the meaning of a property access on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Nothing special.
    Plain,
    /// A resource as a whole: `reference('gw', '…', 'full')`.
    Resource,
    /// A deployment as a whole: `reference('m', '…', 'full')`.
    Deployment,
    /// The properties of a deployment: `reference('m')`.
    Properties,
    /// Its outputs.
    Outputs,
    /// One of them, still with its type.
    Output,
}

/// Functions of two arguments that are operators.
const OPERATORS: [(&str, BinaryOperator); 10] = [
    ("add", BinaryOperator::Add),
    ("div", BinaryOperator::Divide),
    ("equals", BinaryOperator::Equal),
    ("greater", BinaryOperator::Greater),
    ("greaterorequals", BinaryOperator::GreaterOrEqual),
    ("less", BinaryOperator::Less),
    ("lessorequals", BinaryOperator::LessOrEqual),
    ("mod", BinaryOperator::Modulo),
    ("mul", BinaryOperator::Multiply),
    ("sub", BinaryOperator::Subtract),
];

/// Operators that take any number of arguments.
const JOINING: [(&str, BinaryOperator); 3] =
    [("and", BinaryOperator::And), ("coalesce", BinaryOperator::Coalesce), ("or", BinaryOperator::Or)];

/// Functions about the deployment. Their value depends on the template in which they are evaluated, the inner or the outer one.
const FACTS: [&str; 5] = ["deployment", "managementgroup", "resourcegroup", "subscription", "tenant"];

impl Maker<'_> {
    pub(super) fn tree(&mut self, tree: &Tree<'_>, origin: &Origin) -> ExprId {
        self.shaped(tree, origin).0
    }

    fn trees(&mut self, trees: &[Tree<'_>], origin: &Origin) -> Vec<ExprId> {
        trees.iter().map(|tree| self.tree(tree, origin)).collect()
    }

    fn shaped(&mut self, tree: &Tree<'_>, origin: &Origin) -> (ExprId, Shape) {
        let span = origin.span(tree.start, tree.end);
        let made = match &tree.form {
            Form::Text(text) => Expr::Text(self.literal(text, span, origin)),
            Form::Int(value) => Expr::Int(*value),
            Form::Number(written) => {
                let text = self.template.exprs.add_text(written);
                let text = self.template.exprs.add(Expr::Text(text), span);
                return (self.built_in("json", &[text], span), Shape::Plain);
            }
            Form::Call(name, arguments) => return self.call(name, arguments, origin, span),
            Form::Access(base, steps) => {
                let based = self.shaped(base, origin);
                let start = origin.span(base.start, base.start).start;
                return steps.iter().fold(based, |based, step| self.step(based, step, start, origin));
            }
        };
        (self.template.exprs.add(made, span), Shape::Plain)
    }

    #[expect(clippy::ptr_arg, reason = "whether it is borrowed tells whether it is written so")]
    fn literal(&mut self, text: &Cow<'_, str>, span: Span, origin: &Origin) -> Text {
        match text {
            Cow::Borrowed(_) if origin.is_source => Text::source(Span::new(span.start + 1, span.end - 1)),
            _ => self.template.exprs.add_text(text),
        }
    }

    /// `.name`, `[index]`
    fn step(
        &mut self,
        (base, shape): (ExprId, Shape),
        step: &Step<'_>,
        start: u32,
        origin: &Origin,
    ) -> (ExprId, Shape) {
        let span = Span::new(start, origin.span(step.end, step.end).end);
        let name: Option<&str> = match &step.key {
            Key::Name(name) => Some(name),
            Key::Index(Tree { form: Form::Text(text), .. }) => Some(text),
            Key::Index(_) => None,
        };
        let Some(name) = name else {
            let Key::Index(index) = &step.key else { return (base, Shape::Plain) };
            let index = self.tree(index, origin);
            let index = Expr::Index { base, index, safe: step.safe, from_end: false };
            return (self.template.exprs.add(index, span), Shape::Plain);
        };
        let next = match shape {
            // Azure's property `resourceId` is Bicep's `id`.
            Shape::Resource if name.eq_ignore_ascii_case("resourceId") => {
                return (self.member_of(base, "id", step.safe, span), Shape::Plain);
            }
            Shape::Deployment if name.eq_ignore_ascii_case("properties") => return (base, Shape::Properties),
            Shape::Properties if name.eq_ignore_ascii_case("outputs") => Shape::Outputs,
            Shape::Outputs => Shape::Output,
            // `.value` of an output in ARM is the output itself in Bicep.
            Shape::Output if name.eq_ignore_ascii_case("value") => return (base, Shape::Plain),
            _ => Shape::Plain,
        };
        (self.member_of(base, name, step.safe, span), next)
    }

    pub(super) fn member_of(&mut self, base: ExprId, name: &str, safe: bool, span: Span) -> ExprId {
        let name = self.template.exprs.add_text(name);
        self.template.exprs.add(Expr::Member { base, name, safe }, span)
    }

    fn call(&mut self, name: &str, arguments: &[Tree<'_>], origin: &Origin, span: Span) -> (ExprId, Shape) {
        let function = name.to_ascii_lowercase();
        let made = match (function.as_str(), arguments) {
            ("tryget", [base, keys @ ..]) => return self.try_get(base, keys, origin, span),
            ("reference" | "resourceinfo", [of, ..]) => {
                return self.reference(&function, name, of, arguments, origin, span);
            }
            ("parameters", [Tree { form: Form::Text(name), .. }]) => self.parameter(name, span),
            ("variables", [Tree { form: Form::Text(name), .. }]) => self.variable(name, span),
            ("lambdavariables", [Tree { form: Form::Text(name), .. }]) => self.lambda_variable(name, span),
            ("parameters" | "variables", _) => {
                self.problem(span, format!("the name in `{name}(…)` is computed"));
                self.trees(arguments, origin);
                Expr::Unknown
            }
            ("copyindex", _) => self.copy_index_call(arguments, origin, span),
            ("true", []) => Expr::Bool(true),
            ("false", []) => Expr::Bool(false),
            ("null", []) => Expr::Null,
            ("if", [condition, yes, no]) => Expr::Ternary {
                condition: self.tree(condition, origin),
                yes: self.tree(yes, origin),
                no: self.tree(no, origin),
            },
            ("not", [operand]) => {
                Expr::Unary { operator: UnaryOperator::Not, operand: self.tree(operand, origin) }
            }
            ("createarray", _) => {
                let elements = self.trees(arguments, origin);
                Expr::Array(self.template.exprs.add_list(elements))
            }
            ("createobject", _) if arguments.len().is_multiple_of(2) => self.create_object(arguments, origin),
            ("format", [Tree { form: Form::Text(pattern), .. }, values @ ..]) => {
                return (self.format(name, pattern, arguments, values, origin, span), Shape::Plain);
            }
            ("concat", _) => return (self.concat(name, arguments, origin, span), Shape::Plain),
            ("lambda", [names @ .., body]) => self.lambda(names, body, origin),
            ("indexfromend" | "tryindexfromend", [base, index]) => Expr::Index {
                base: self.tree(base, origin),
                index: self.tree(index, origin),
                safe: function.starts_with("try"),
                from_end: true,
            },
            (fact, []) if FACTS.contains(&fact) => self.fact(name),
            (list, [of, rest @ ..]) if list.starts_with("list") => {
                return (self.list_call(name, of, rest, origin, span), Shape::Plain);
            }
            (other, _) => self.other_call(other, name, arguments, origin, span),
        };
        (self.template.exprs.add(made, span), Shape::Plain)
    }

    fn other_call(
        &mut self,
        function: &str,
        name: &str,
        arguments: &[Tree<'_>],
        origin: &Origin,
        span: Span,
    ) -> Expr {
        let mut made = self.trees(arguments, origin);
        if ["resourceid", "subscriptionresourceid"].contains(&function)
            && let Some(function) = self.where_it_is_evaluated(function, &mut made, span)
        {
            let arguments = self.template.exprs.add_list(made);
            return Expr::Call { function: self.template.exprs.add_text(function), arguments };
        }
        let joining = JOINING.iter().find(|(known, _)| *known == function);
        if let (Some((_, operator)), Some((&first, rest))) = (joining, made.split_first()) {
            return self.joined(*operator, first, rest, span);
        }
        let operator = OPERATORS.iter().find(|(known, _)| *known == function);
        if let (Some(&(_, operator)), &[left, right]) = (operator, &made[..]) {
            return Expr::Binary { operator, left, right };
        }
        let arguments = self.template.exprs.add_list(made);
        if function.contains('.') {
            let known = self.names.functions.get(function).copied();
            if let Some(function) = known.or_else(|| self.function_around(function)) {
                return Expr::UserCall { function, arguments };
            }
            self.problem(span, format!("`{name}` is not a function of this template"));
        }
        Expr::Call { function: self.template.exprs.add_text(name), arguments }
    }

    /// Adds the scope to the arguments of a function that makes an id in the current scope. In an inner template that is
    /// evaluated in the outer one, the current scope is that of the outer one, wherever the inner template is deployed.
    /// <https://learn.microsoft.com/azure/azure-resource-manager/templates/scope-functions>
    fn where_it_is_evaluated(
        &mut self,
        function: &str,
        arguments: &mut Vec<ExprId>,
        span: Span,
    ) -> Option<&'static str> {
        let scopes = arguments.iter().position(|&argument| self.is_type(argument))?;
        let fact = |maker: &mut Self, function: &str, name: &str| {
            let of = maker.fact(function);
            let of = maker.template.exprs.add(of, span);
            maker.member_of(of, name, false, span)
        };
        match (self.evaluated_in?, function) {
            (TargetScope::ResourceGroup, "resourceid") if scopes < 2 => {
                if scopes == 0 {
                    let group = fact(self, "resourceGroup", "name");
                    arguments.insert(0, group);
                }
                let subscription = fact(self, "subscription", "subscriptionId");
                arguments.insert(0, subscription);
                Some("resourceId")
            }
            (TargetScope::Subscription, "resourceid") if scopes == 1 => {
                let subscription = fact(self, "subscription", "subscriptionId");
                arguments.insert(0, subscription);
                Some("resourceId")
            }
            (TargetScope::Subscription, "resourceid")
            | (TargetScope::ResourceGroup | TargetScope::Subscription, _)
                if scopes == 0 =>
            {
                let subscription = fact(self, "subscription", "subscriptionId");
                arguments.insert(0, subscription);
                Some("subscriptionResourceId")
            }
            _ => None,
        }
    }

    fn joined(&mut self, operator: BinaryOperator, first: ExprId, rest: &[ExprId], span: Span) -> Expr {
        let Some((&last, before)) = rest.split_last() else { return Expr::Paren(first) };
        let mut left = first;
        for &right in before {
            left = self.template.exprs.add(Expr::Binary { operator, left, right }, span);
        }
        Expr::Binary { operator, left, right: last }
    }

    /// `tryGet(value, 'key', 0, …)`
    fn try_get(
        &mut self,
        base: &Tree<'_>,
        keys: &[Tree<'_>],
        origin: &Origin,
        span: Span,
    ) -> (ExprId, Shape) {
        let mut based = self.shaped(base, origin);
        for key in keys {
            let step = Step { end: key.end, key: Key::Index(key.clone()), safe: true };
            based = self.step(based, &step, span.start, origin);
        }
        based
    }

    /// `copyIndex()`, `copyIndex(1)`, `copyIndex('loop')`, `copyIndex('loop', 1)`
    fn copy_index_call(&mut self, arguments: &[Tree<'_>], origin: &Origin, span: Span) -> Expr {
        let (name, offset) = match arguments {
            [Tree { form: Form::Text(name), .. }, rest @ ..] => (Some(&**name), rest.first()),
            rest => (None, rest.first()),
        };
        let index = self.copy_index(name, span);
        match offset {
            Some(offset) => {
                let offset = self.tree(offset, origin);
                self.plus(index, offset, span)
            }
            None => index,
        }
    }

    fn lambda_variable(&mut self, name: &str, span: Span) -> Expr {
        let found = self.locals.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some(&(_, local)) = found {
            return Expr::Local(local);
        }
        self.problem(span, format!("`{name}` is not a variable of a lambda around"));
        Expr::Unknown
    }

    fn lambda(&mut self, names: &[Tree<'_>], body: &Tree<'_>, origin: &Origin) -> Expr {
        let mark = self.locals.len();
        let mut parameters = Vec::with_capacity(names.len());
        for name in names {
            let Form::Text(word) = &name.form else { continue };
            let text = self.literal(word, origin.span(name.start, name.end), origin);
            let local = self.template.exprs.add_local(text, Binder::Lambda);
            self.locals.push((word.to_string(), local));
            parameters.push(local);
        }
        let body = self.tree(body, origin);
        self.locals.truncate(mark);
        Expr::Lambda { parameters: self.template.exprs.add_local_list(parameters), body }
    }

    fn create_object(&mut self, arguments: &[Tree<'_>], origin: &Origin) -> Expr {
        let mut properties = Vec::with_capacity(arguments.len() / 2);
        for pair in arguments.chunks_exact(2) {
            let [key, value] = pair else { continue };
            properties.push(match &key.form {
                Form::Text(text) => {
                    let key = self.literal(text, origin.span(key.start, key.end), origin);
                    Property::Named { key, value: self.tree(value, origin) }
                }
                _ => Property::Computed { key: self.tree(key, origin), value: self.tree(value, origin) },
            });
        }
        Expr::Object(self.template.exprs.add_properties(properties))
    }

    /// Converts `format('{0}/{1}', a, b)` to an interpolation, if the pattern is plain.
    fn format(
        &mut self,
        name: &str,
        pattern: &str,
        arguments: &[Tree<'_>],
        values: &[Tree<'_>],
        origin: &Origin,
        span: Span,
    ) -> ExprId {
        let Some(pieces) = pieces(pattern, values.len()) else {
            let arguments = self.trees(arguments, origin);
            return self.built_in(name, &arguments, span);
        };
        let values = self.trees(values, origin);
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            parts.push(match piece {
                Piece::Text(text) => {
                    let text = self.template.exprs.add_text(&text);
                    self.template.exprs.add(Expr::Text(text), span)
                }
                Piece::Hole(at) => values[at],
            });
        }
        let parts = self.template.exprs.add_list(parts);
        self.template.exprs.add(Expr::Interpolation(parts), span)
    }

    /// A `concat` with a text in it is an interpolation; any other may be one of lists.
    fn concat(&mut self, name: &str, arguments: &[Tree<'_>], origin: &Origin, span: Span) -> ExprId {
        let made = self.trees(arguments, origin);
        let exprs = &mut self.template.exprs;
        let is_text = |&id: &ExprId| matches!(exprs.get(id), Expr::Text(_) | Expr::Interpolation(_));
        if !made.iter().any(is_text) {
            return self.built_in(name, &made, span);
        }
        let mut parts = Vec::with_capacity(made.len());
        for part in made {
            match exprs.get(part) {
                Expr::Interpolation(inner) => parts.extend_from_slice(&exprs.lists[inner.range()]),
                _ => parts.push(part),
            }
        }
        let parts = exprs.add_list(parts);
        exprs.add(Expr::Interpolation(parts), span)
    }

    /// The node of `reference('symbol')` or `reference(resourceId(…))`, if there is one. With an id and an API version it reads
    /// an existing resource, so nothing waits for it:
    /// <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource#reference>
    fn reference(
        &mut self,
        function: &str,
        name: &str,
        of: &Tree<'_>,
        arguments: &[Tree<'_>],
        origin: &Origin,
        span: Span,
    ) -> (ExprId, Shape) {
        let target = self.tree(of, origin);
        let Some((node, base)) = self.one_named(target, span) else {
            let mut all = vec![target];
            all.extend(self.trees(&arguments[1..], origin));
            return (self.built_in(name, &all, span), Shape::Plain);
        };
        if arguments.len() > 1 && self.id_of(target).is_some() {
            // An instance of a loop is an index of its node.
            let of_node =
                if let Expr::Index { base: all, .. } = self.template.exprs.get(base) { all } else { base };
            self.template.waitless.push(of_node);
        }
        let is_full = function == "resourceinfo"
            || matches!(arguments.get(2), Some(Tree { form: Form::Text(text), .. }) if text.eq_ignore_ascii_case("full"));
        match (self.is_module(node), is_full) {
            (true, true) => (base, Shape::Deployment),
            (true, false) => (base, Shape::Properties),
            (false, true) => (base, Shape::Resource),
            (false, false) => (self.member_of(base, "properties", false, span), Shape::Plain),
        }
    }

    pub(super) fn is_module(&self, node: NodeId) -> bool {
        matches!(self.template.node(node).kind, NodeKind::Module(_))
    }

    /// `listKeys('symbol', version)` is a method of the node, `listKeys(id, version)` a function of an id.
    fn list_call(
        &mut self,
        name: &str,
        of: &Tree<'_>,
        rest: &[Tree<'_>],
        origin: &Origin,
        span: Span,
    ) -> ExprId {
        let target = self.tree(of, origin);
        let rest = self.trees(rest, origin);
        let is_id = matches!(of.form, Form::Call(..)) && self.id_of(target).is_some();
        if let Some((_, base)) = self.one_named(target, span).filter(|_| !is_id) {
            let (name, arguments) = (self.template.exprs.add_text(name), self.template.exprs.add_list(rest));
            return self.template.exprs.add(Expr::Method { base, name, arguments }, span);
        }
        let mut all = vec![target];
        all.extend(rest);
        self.built_in(name, &all, span)
    }

    /// The arguments of a call that is evaluated here but made for a template inside.
    pub(super) fn passed_object(&mut self, passed: &[(Text, String, Passed)], span: Span) -> ExprId {
        let mut properties = Vec::with_capacity(passed.len());
        for (_, name, what) in passed {
            let value = self.passed_value(what, span);
            let key = self.template.exprs.add_text(name);
            properties.push(Property::Named { key, value });
        }
        let properties = self.template.exprs.add_properties(properties);
        self.template.exprs.add(Expr::Object(properties), span)
    }
}

enum Piece {
    Text(String),
    Hole(usize),
}

/// Splits a pattern such as `{0}/{1}`; `None` if a placeholder also has a format, such as `{0:D2}`.
fn pieces(pattern: &str, values: usize) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            text.push_str(&rest[..1]);
            rest = after;
            continue;
        }
        let (number, after) = rest.strip_prefix('{')?.split_once('}')?;
        let hole = number.parse().ok().filter(|&hole| hole < values)?;
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(Piece::Hole(hole));
        rest = after;
    }
    text.push_str(rest);
    if !text.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Some(pieces)
}
