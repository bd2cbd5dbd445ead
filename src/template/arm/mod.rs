//! Makes templates from ARM JSON: both shapes of `resources`, nested deployments as templates of their own, and ARM's
//! functions as Bicep's operators and forms.
//!
//! `reference('x')` of a resource of the same template becomes that node, so it orders like a reference in Bicep. Ids
//! from `resourceId(…)` stay calls: they name an object and order nothing.

mod alike;
mod call;
mod copies;
mod depends_on;
pub mod expression;
mod id;
mod identity;
pub mod json;
mod names;
mod parameters;
mod resource;
mod scope;
mod section;
mod value;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::sync::Arc;

use crate::limit::{Reached, Record};
use crate::small_sort::SmallSort as _;
use crate::source::{FileId, Span};
use crate::syntax::ast::SyntaxError;
use crate::template::{
    ExprId, Exprs, Language, LocalId, ParameterId, Problem, TargetScope, Template, VariableId,
};

use self::copies::Copies;
use self::identity::Known;
use self::json::{Json, Kind, ValueId};
use self::names::{Names, Passed};

/// Makes the template of an ARM JSON text, with the errors in its JSON and its expressions.
///
/// It never fails: the JSON after a syntax error is left out, and an expression without a meaning becomes
/// [`Expr::Unknown`](crate::template::Expr::Unknown) and a [`Problem`]. For a version of a template spec, as the compiler
/// restores it, the template inside it is read; a JSON parameter file is read as such.
pub fn make(file: FileId, text: Arc<str>) -> (Template, Vec<SyntaxError>) {
    make_with(file, text, Nested::Each)
}

/// What becomes of nested templates that are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nested {
    /// Each is a template of its own, with its own places.
    Each,
    /// The later ones are copies of the first. The compiler writes a module into a template once for each call.
    Once,
}

/// The same, with a choice for nested templates.
pub fn make_with(file: FileId, text: Arc<str>, nested: Nested) -> (Template, Vec<SyntaxError>) {
    let (json, root, mut errors) = json::read(&text);
    if let Some(root) = root.filter(|&root| parameters::is_one(&json, &text, root)) {
        return (parameters::make(file, text, &json, root), errors);
    }
    let root = root.map(|root| {
        let spec = json.path(&text, root, &["properties", "mainTemplate"]);
        spec.filter(|_| json.member(&text, root, "resources").is_none()).unwrap_or(root)
    });
    let resources = root.and_then(|root| json.member(&text, root, "resources"));
    if resources.is_none() && errors.is_empty() {
        let end = text.chars().next().map_or(0, char::len_utf8) as u32;
        errors.push(SyntaxError {
            span: Span::new(0, end),
            message: "this is not an ARM template: it has no `resources`".to_owned(),
            help: None,
        });
    }
    let Some(root) = root else { return (empty(file, text), errors) };
    let source = Arc::clone(&text);
    let sections = Sections::of(&json, &source, root);
    let copies = RefCell::new(Copies::new(nested));
    let mut maker = Maker::new(&json, &source, empty(file, text), (sections, false), &copies);
    maker.template(root);
    errors.append(&mut maker.errors);
    errors.small_sort_by_key(|error| error.span);
    (maker.template, errors)
}

/// A template with nothing in it yet.
fn empty(file: FileId, source: Arc<str>) -> Template {
    Template {
        file,
        language: Language::Arm,
        target_scope: TargetScope::default(),
        parameters: Vec::new(),
        variables: Vec::new(),
        functions: Vec::new(),
        imports: Vec::new(),
        exports: Vec::new(),
        nodes: Vec::new(),
        outputs: Vec::new(),
        assignments: None,
        symbolic_names: false,
        has_secure_output: false,
        waitless: Vec::new(),
        exprs: Exprs { source, ..Exprs::default() },
        inline: Vec::new(),
        problems: Vec::new(),
        limits: Record::default(),
    }
}

/// The sections of the JSON that declare the names of a template.
#[derive(Clone, Copy, Debug, Default)]
struct Sections {
    parameters: Option<ValueId>,
    variables: Option<ValueId>,
    functions: Option<ValueId>,
    definitions: Option<ValueId>,
}

impl Sections {
    fn of(json: &Json, text: &str, root: ValueId) -> Self {
        let section = |name| json.member(text, root, name);
        Self {
            parameters: section("parameters"),
            variables: section("variables"),
            functions: section("functions"),
            definitions: section("definitions"),
        }
    }
}

/// A loop around the value that is made.
#[derive(Clone, Debug)]
struct Loop {
    name: Option<String>,
    /// Whether `copyIndex()` without a name refers to it.
    is_nameless: bool,
    index: LocalId,
}

/// One run over one template.
struct Maker<'j> {
    json: &'j Json,
    text: &'j str,
    template: Template,
    /// Where names are declared: in the template itself, or in the one around it.
    sections: Sections,
    names: Names,
    /// Whether the template's expressions are evaluated in the template around it, whose names it then uses.
    is_outer: bool,
    /// The scope in which the expressions are evaluated, if it differs from the deployment's scope.
    evaluated_in: Option<TargetScope>,
    /// Names that it uses from the outer template: parameters made for them, and their meaning.
    passed: Vec<(ParameterId, Passed)>,
    /// Variables without their values.
    pending: Vec<(VariableId, names::Written)>,
    loops: Vec<Loop>,
    /// Parameters of lambdas and functions in scope, innermost last.
    locals: Vec<(String, LocalId)>,
    /// The nodes, as far as they can be found by name; none before they are declared.
    known: Known,
    errors: Vec<SyntaxError>,
    /// The templates of the file so far.
    copies: &'j RefCell<Copies>,
    /// Limits that were reached, also by look-ups that change nothing else.
    limits: RefCell<Record<Span>>,
}

impl<'j> Maker<'j> {
    fn new(
        json: &'j Json,
        text: &'j str,
        template: Template,
        (sections, is_outer): (Sections, bool),
        copies: &'j RefCell<Copies>,
    ) -> Self {
        Self {
            json,
            text,
            template,
            sections,
            names: Names::default(),
            is_outer,
            evaluated_in: None,
            passed: Vec::new(),
            pending: Vec::new(),
            loops: Vec::new(),
            locals: Vec::new(),
            known: Known::default(),
            errors: Vec::new(),
            copies,
            limits: RefCell::default(),
        }
    }

    fn template(&mut self, root: ValueId) {
        if let Some(scope) = self.member_text(root, "$schema").and_then(|schema| target_scope(&schema)) {
            self.template.target_scope = scope;
        }
        if !self.is_outer {
            self.declare();
        }
        self.fill_pending();
        if let Some(resources) = self.json.member(self.text, root, "resources") {
            self.template.symbolic_names = matches!(self.json.get(resources).kind, Kind::Object(_));
            self.resources(resources);
        }
        if let Some(outputs) = self.json.member(self.text, root, "outputs") {
            self.outputs(outputs);
        }
        self.fill_pending();
        self.template.limits = self.limits.take();
    }

    /// Records that a limit was reached at an expression.
    fn beyond(&self, expr: ExprId, reached: Reached) {
        self.limits.borrow_mut().add(self.template.exprs.span(expr), reached);
    }

    /// Notes something that has no meaning.
    fn problem(&mut self, span: Span, message: String) {
        self.template.problems.push(Problem { span, message });
    }

    fn member(&self, of: ValueId, key: &str) -> Option<ValueId> {
        self.json.member(self.text, of, key)
    }

    fn member_text(&self, of: ValueId, key: &str) -> Option<String> {
        let value = self.member(of, key)?;
        self.json.text(self.text, value).map(std::borrow::Cow::into_owned)
    }

    fn span(&self, of: ValueId) -> Span {
        self.json.get(of).span
    }
}

/// The scope that a template's `$schema` implies.
fn target_scope(schema: &str) -> Option<TargetScope> {
    let name = schema.trim_end_matches('#').rsplit('/').next()?.to_ascii_lowercase();
    match name.as_str() {
        "deploymenttemplate.json" => Some(TargetScope::ResourceGroup),
        "subscriptiondeploymenttemplate.json" => Some(TargetScope::Subscription),
        "managementgroupdeploymenttemplate.json" => Some(TargetScope::ManagementGroup),
        "tenantdeploymenttemplate.json" => Some(TargetScope::Tenant),
        _ => None,
    }
}
