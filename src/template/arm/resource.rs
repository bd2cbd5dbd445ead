//! Resources, and nested deployments as module calls.

use std::sync::Arc;

use crate::source::Span;
use crate::template::{
    Binder, Copy, DEPLOYMENTS, Expr, ExprId, Inline, ModuleTarget, Node, NodeId, NodeKind, Property,
    ResourceType, TargetScope, Text,
};

use super::identity::Named;
use super::json::{Kind, Quoted, ValueId};
use super::names::Passed;
use super::{Loop, Maker, Sections, empty};

/// The extension that the compiler writes for a module of a local deployment.
const LOCAL_MODULE: &str = "az0synthesized";
/// Members of a resource that define its identity and its deployment; all others are its body.
const FRAME: [&str; 10] = [
    "type",
    "apiVersion",
    "dependsOn",
    "condition",
    "copy",
    "resources",
    "existing",
    "comments",
    "scope",
    "@options",
];

/// A resource as written, with the resources that contain it, outermost first.
struct Plan {
    written: ValueId,
    symbol: Option<Quoted>,
    around: Vec<ValueId>,
}

impl Maker<'_> {
    /// Two passes: first declare all nodes with type and name, then fill in their bodies, because bodies refer to other nodes.
    pub(super) fn resources(&mut self, section: ValueId) {
        let mut plans = Vec::new();
        self.plan(section, &[], &mut plans);
        let mut inner: Vec<Option<ValueId>> = Vec::with_capacity(plans.len());
        for plan in &plans {
            inner.push(self.declare_node(plan));
        }
        self.fill_pending();
        for (at, plan) in plans.iter().enumerate() {
            self.fill_node(NodeId(at as u32), plan, inner[at]);
        }
        // `dependsOn` is resolved last, when all scopes are known.
        for (at, plan) in plans.iter().enumerate() {
            if let Some(written) = self.member(plan.written, "dependsOn") {
                let id = NodeId(at as u32);
                self.enter(id);
                let depends_on = self.depends_on(id, written);
                self.loops.clear();
                self.template.nodes[at].depends_on = Some(depends_on);
            }
        }
    }

    fn plan(&mut self, section: ValueId, around: &[ValueId], plans: &mut Vec<Plan>) {
        let json = self.json;
        let symbolic = json.members(section).iter().map(|member| (Some(member.key), member.value));
        let classic = json.elements(section).iter().map(|&value| (None, value));
        let all: Vec<(Option<Quoted>, ValueId)> = symbolic.chain(classic).collect();
        for (symbol, written) in all {
            if !matches!(json.get(written).kind, Kind::Object(_)) {
                self.problem(self.span(written), "a resource is not an object".to_owned());
                continue;
            }
            plans.push(Plan { written, symbol, around: around.to_vec() });
            if let Some(children) = self.member(written, "resources") {
                let mut inside = around.to_vec();
                inside.push(written);
                self.plan(children, &inside, plans);
            }
        }
    }

    /// Puts the loop of a node around the expressions that are made next.
    fn enter(&mut self, id: NodeId) {
        self.loops.clear();
        let node = &self.template.nodes[id.ix()];
        if let Some(copy) = &node.copy {
            let name = self.template.exprs.text(self.template.exprs.locals[copy.item.ix()].name).to_owned();
            self.loops.push(Loop { name: Some(name), is_nameless: true, index: copy.index });
        }
    }

    /// Declares a node with its type and name. Returns its inner template, if it has one.
    fn declare_node(&mut self, plan: &Plan) -> Option<ValueId> {
        let id = NodeId(self.template.nodes.len() as u32);
        let span = self.span(plan.written);
        let ty = self.resource_type(plan);
        let (kind, inner) = self.kind(plan, &ty, span);
        let body = self.template.exprs.add(Expr::Unknown, span);
        self.template.nodes.push(Node {
            symbol: String::new(),
            symbol_span: self.symbol_span(plan),
            span,
            full_span: span,
            kind,
            outer: None,
            parent: None,
            copy: None,
            condition: None,
            name: None,
            scope: None,
            depends_on: None,
            body,
            other: Vec::new(),
            arguments: None,
            may_be_missing: self
                .json
                .path(self.text, plan.written, &["@options", "nullIfNotFound"])
                .is_some(),
            retry_on: self.retry_on(plan.written),
        });
        let copy_name = self.copy(id, plan);
        self.enter(id);
        let own_name = self.member(plan.written, "name").map(|name| self.value(name));
        let name = self.full_name(plan, own_name);
        self.loops.clear();
        let symbol = match plan.symbol {
            Some(symbol) => symbol.decoded(self.text).into_owned(),
            None => self.invented_symbol(&ty, plan),
        };
        let index = self.template.nodes[id.ix()].copy.as_ref().map(|copy| copy.index);
        let ty = ty.name.to_ascii_lowercase();
        let named = Named { ty, name, own_name, scope: None, index };
        let written_symbol = plan.symbol.is_some().then_some(symbol.as_str());
        self.known.add(id, written_symbol, copy_name.as_deref(), named);
        let node = &mut self.template.nodes[id.ix()];
        node.symbol = symbol;
        node.name = name;
        inner
    }

    /// The codes of `"@options": { "retryOn": [["Conflict"], 5] }`.
    fn retry_on(&self, written: ValueId) -> Option<Box<[String]>> {
        let arguments = self.json.path(self.text, written, &["@options", "retryOn"])?;
        let codes = self.json.elements(*self.json.elements(arguments).first()?);
        Some(codes.iter().filter_map(|&code| Some(self.json.text(self.text, code)?.into_owned())).collect())
    }

    /// A readable symbol for a resource without one: `Microsoft.Network/vpnGateways hub-gw`, without the brackets of an
    /// expression.
    fn invented_symbol(&self, ty: &ResourceType, plan: &Plan) -> String {
        let name = self.member_text(plan.written, "name").unwrap_or_default();
        let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(&name);
        format!("{} {name}", ty.name)
    }

    fn symbol_span(&self, plan: &Plan) -> Span {
        let named = self.member(plan.written, "name").or_else(|| self.member(plan.written, "type"));
        match plan.symbol {
            Some(symbol) => symbol.content,
            None => self.span(named.unwrap_or(plan.written)),
        }
    }

    /// The type, with those of the resources around it, which a child leaves out.
    fn resource_type(&mut self, plan: &Plan) -> ResourceType {
        let mut name = String::new();
        for &written in plan.around.iter().chain([&plan.written]) {
            let own = self.type_text(written);
            let is_full = own.split('/').next().is_some_and(|provider| provider.contains('.'));
            if name.is_empty() || is_full {
                name = own;
            } else {
                name = format!("{name}/{own}");
            }
        }
        let extension = ["extension", "import"].iter().find_map(|key| self.member_text(plan.written, key));
        let azure = extension.is_none_or(|extension| extension == "az" || extension == LOCAL_MODULE);
        let mut version = self.member_text(plan.written, "apiVersion");
        if let Some((bare, at)) = name.clone().split_once('@').filter(|_| !azure) {
            (name, version) = (bare.to_owned(), Some(at.to_owned()));
        }
        ResourceType { name, version, azure }
    }

    fn type_text(&mut self, written: ValueId) -> String {
        let Some(ty) = self.member(written, "type") else {
            self.problem(self.span(written), "a resource has no `type`".to_owned());
            return String::new();
        };
        let made = self.value(ty);
        self.fill_pending();
        self.literal_text(made).unwrap_or_else(|| {
            self.problem(self.span(ty), "the `type` of a resource is computed".to_owned());
            String::new()
        })
    }

    fn kind(&mut self, plan: &Plan, ty: &ResourceType, span: Span) -> (NodeKind, Option<ValueId>) {
        let existing = self.member(plan.written, "existing");
        if existing.is_some_and(|value| matches!(self.json.get(value).kind, Kind::Bool(true))) {
            return (NodeKind::Existing(Arc::new(ty.clone())), None);
        }
        let properties = self.member(plan.written, "properties").filter(|_| is_deployment(&ty.name));
        let Some(properties) = properties else { return (NodeKind::Resource(Arc::new(ty.clone())), None) };
        let template = self.member(properties, "template");
        if let Some(inner) = template.filter(|&inner| matches!(self.json.get(inner).kind, Kind::Object(_))) {
            // The index comes with the template.
            return (NodeKind::Module(ModuleTarget::Unknown(span)), Some(inner));
        }
        let Some(link) = template.or_else(|| self.member(properties, "templateLink")) else {
            return (NodeKind::Resource(Arc::new(ty.clone())), None);
        };
        let target = match self.member(link, "relativePath").map(|path| (path, self.json.get(path))) {
            Some((path, value)) if matches!(value.kind, Kind::String(_)) => {
                let reference = self.json.text(self.text, path).unwrap_or_default().into_owned();
                if super::expression::is_expression(&reference) {
                    ModuleTarget::Unknown(value.span)
                } else {
                    ModuleTarget::Reference { reference, span: value.span }
                }
            }
            _ => ModuleTarget::Unknown(self.span(link)),
        };
        (NodeKind::Module(target), None)
    }

    /// The loop of a resource, or of the one that it is written in. Returns its name.
    fn copy(&mut self, id: NodeId, plan: &Plan) -> Option<String> {
        let of = |maker: &Self, written| maker.member(written, "copy");
        let own = of(self, plan.written);
        let written = own.or_else(|| plan.around.iter().rev().find_map(|&around| of(self, around)))?;
        if !matches!(self.json.get(written).kind, Kind::Object(_)) {
            return None;
        }
        let span = self.span(written);
        let count = match self.member(written, "count") {
            Some(count) => self.value(count),
            None => self.template.exprs.add(Expr::Unknown, span),
        };
        let list = self.range(count, span);
        let name = self.member_text(written, "name").unwrap_or_default();
        let text = self.template.exprs.add_text(&name);
        let item = self.template.exprs.add_local(text, Binder::NodeItem(id));
        let index = self.index_local(Binder::NodeIndex(id));
        let is_serial =
            self.member_text(written, "mode").is_some_and(|mode| mode.eq_ignore_ascii_case("serial"));
        let batch_size = is_serial.then(|| {
            let size = self.member(written, "batchSize").map(|size| self.span(size).of(self.text).parse());
            size.and_then(Result::ok).filter(|&size| size > 0).unwrap_or(1)
        });
        self.template.nodes[id.ix()].copy =
            Some(Copy { list, item, index, batch_size, batch_span: Span::default() });
        own.map(|_| name)
    }

    /// The name with those of the resources around it, which a child leaves out.
    fn full_name(&mut self, plan: &Plan, own: Option<ExprId>) -> Option<ExprId> {
        let own = own?;
        // Ex) an extension resource written inside another, with its full type and name
        let is_full = self
            .member_text(plan.written, "type")
            .is_some_and(|ty| ty.split('/').next().is_some_and(|provider| provider.contains('.')));
        if plan.around.is_empty() || is_full {
            return Some(own);
        }
        let span = self.template.exprs.span(own);
        let slash = self.template.exprs.add_text("/");
        let slash = self.template.exprs.add(Expr::Text(slash), span);
        let mut parts = Vec::new();
        for &written in &plan.around {
            if let Some(name) = self.member(written, "name") {
                parts.extend([self.value(name), slash]);
            }
        }
        parts.push(own);
        let parts = self.template.exprs.add_list(parts);
        Some(self.template.exprs.add(Expr::Interpolation(parts), span))
    }

    fn fill_node(&mut self, id: NodeId, plan: &Plan, inner: Option<ValueId>) {
        let written = plan.written;
        self.enter(id);
        let condition = self.member(written, "condition").map(|condition| self.value(condition));
        let scope = self.scope(written, plan.around.first().copied());
        self.known.set_scope(id, scope);
        let name = self.template.nodes[id.ix()].name;
        let mut properties = Vec::new();
        for (key, value) in [("name", name), ("scope", scope)] {
            let Some(value) = value else { continue };
            properties.push(Property::Named { key: self.template.exprs.add_text(key), value });
        }
        let mut arguments = None;
        if self.is_module(id) {
            arguments = Some(match inner {
                Some(inner) => self.inline(id, written, inner),
                None => self.arguments(written),
            });
            let key = self.template.exprs.add_text("params");
            properties.extend(arguments.map(|value| Property::Named { key, value }));
        } else {
            let without: Vec<&str> = FRAME.into_iter().chain(["name"]).collect();
            properties.extend(self.properties(written, &without));
        }
        self.loops.clear();
        let properties = self.template.exprs.add_properties(properties);
        let body = self.template.exprs.add(Expr::Object(properties), self.span(written));
        let node = &mut self.template.nodes[id.ix()];
        node.condition = condition;
        node.scope = scope;
        node.body = body;
        node.arguments = arguments;
    }

    /// The values of the parameters that a deployment gives its template.
    fn arguments(&mut self, written: ValueId) -> ExprId {
        let given = self.json.path(self.text, written, &["properties", "parameters"]);
        let Some(given) = given else {
            return self
                .template
                .exprs
                .add(Expr::Object(crate::template::List::default()), self.span(written));
        };
        if !matches!(self.json.get(given).kind, Kind::Object(_)) {
            self.problem(
                self.span(given),
                "the parameters of a deployment are computed as a whole".to_owned(),
            );
            return self.template.exprs.add(Expr::Unknown, self.span(given));
        }
        let mut properties = Vec::new();
        for member in self.json.members(given) {
            let key = self.quoted(member.key);
            let value = match (self.member(member.value, "value"), self.member(member.value, "reference")) {
                (Some(value), _) => self.value(value),
                // A secret of a key vault is unknown before the deployment.
                (None, Some(secret)) => {
                    let secret = self.value(secret);
                    self.built_in("getSecret", &[secret], self.span(member.value))
                }
                // Ex) "[if(empty(x), createObject('value', null()), createObject('value', x))]"
                (None, None) => {
                    let whole = self.value(member.value);
                    self.value_of(whole, self.span(member.value))
                }
            };
            properties.push(Property::Named { key, value });
        }
        let properties = self.template.exprs.add_properties(properties);
        self.template.exprs.add(Expr::Object(properties), self.span(given))
    }

    /// The `value` of an argument that is an expression.
    fn value_of(&mut self, whole: ExprId, span: Span) -> ExprId {
        match self.template.exprs.get(whole) {
            Expr::Ternary { condition, yes, no } => {
                let (yes, no) = (self.value_of(yes, span), self.value_of(no, span));
                self.template.exprs.add(Expr::Ternary { condition, yes, no }, span)
            }
            _ => match self.template.exprs.property(whole, "value") {
                Some(value) => value,
                None => self.member_of(whole, "value", true, span),
            },
        }
    }

    /// Makes the template inside a deployment, and returns its arguments.
    fn inline(&mut self, id: NodeId, written: ValueId, inner: ValueId) -> ExprId {
        let options = ["properties", "expressionEvaluationOptions", "scope"];
        let scope = self.json.path(self.text, written, &options).and_then(|id| self.json.text(self.text, id));
        let is_local = self.member_text(written, "extension").is_some_and(|name| name == LOCAL_MODULE);
        let is_outer = !is_local && !scope.is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
        let known = (self.inner_scope(written), !is_outer && !is_local);
        if let Some(known) = self.copies.borrow_mut().earlier((self.json, self.text), inner, known) {
            self.push_inline(id, Inline::Copy(known));
            return self.arguments(written);
        }
        let sections = if is_outer { self.sections } else { Sections::of(self.json, self.text, inner) };
        let mut template = empty(self.template.file, std::sync::Arc::clone(&self.template.exprs.source));
        template.target_scope = self.inner_scope(written);
        let mut maker = Maker::new(self.json, self.text, template, (sections, is_outer), self.copies);
        if is_outer {
            let is_elsewhere = ["resourceGroup", "subscriptionId", "scope"]
                .iter()
                .any(|key| self.member(written, key).is_some());
            let here = is_elsewhere.then_some(self.template.target_scope);
            maker.evaluated_in = self.evaluated_in.or(here);
        }
        maker.template(inner);
        let Maker { mut template, passed, mut errors, .. } = maker;
        if self.member(written, "resourceGroup").is_none()
            && template.target_scope == TargetScope::ResourceGroup
        {
            template.target_scope = self.inner_scope(written);
        }
        let passed: Vec<(Text, String, Passed)> = passed
            .into_iter()
            .map(|(parameter, what)| {
                let name = template.parameters[parameter.ix()].name;
                (name, template.exprs.text(name).to_owned(), what)
            })
            .collect();
        self.errors.append(&mut errors);
        self.push_inline(id, Inline::Own(Box::new(template)));
        if is_outer { self.passed_object(&passed, self.span(written)) } else { self.arguments(written) }
    }

    fn push_inline(&mut self, id: NodeId, template: Inline) {
        let index = self.template.inline.len() as u32;
        self.template.nodes[id.ix()].kind = NodeKind::Module(ModuleTarget::Inline(index));
        self.template.inline.push(template);
    }

    /// The scope of an inner template whose `$schema` does not tell: the scope of its deployment, else that of the outer
    /// template.
    fn inner_scope(&self, written: ValueId) -> TargetScope {
        if self.member(written, "resourceGroup").is_some() {
            TargetScope::ResourceGroup
        } else if self.member(written, "subscriptionId").is_some() {
            TargetScope::Subscription
        } else {
            self.template.target_scope
        }
    }
}

fn is_deployment(ty: &str) -> bool {
    ty.eq_ignore_ascii_case(DEPLOYMENTS)
}
