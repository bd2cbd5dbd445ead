//! Makes a [`Template`] from a parsed Bicep file, with every name resolved.

mod bounds;
mod circle;
mod expr;
mod facts;
mod node;
mod scope;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::limit::Record;
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, FileKind, Imported, Statement, StatementKind, Tree};
use crate::template::{
    Assignments, Binder, ExprId, Exprs, Function, Import, Language, LocalId, NodeId, Output, Parameter,
    Problem, ResourceType, TargetScope, Template, Text, Variable, VariableId,
};

use self::scope::Names;

/// Makes the template of a parsed file. `text` is the text that the tree's spans refer to.
///
/// It never fails: parts with syntax errors are left out, and a name without a meaning becomes
/// [`Expr::Unknown`](crate::template::Expr::Unknown) and a [`Problem`]. Takes linear time.
pub fn make(file: FileId, tree: &Tree, text: Arc<str>) -> Template {
    let source = Arc::clone(&text);
    let mut maker = Maker {
        tree,
        text: &source,
        names: Names::default(),
        template: empty(file, tree, text),
        locals: Vec::new(),
        spine: Vec::new(),
        within: None,
        own_from: 0,
        inside_body: false,
        in_depends_on: false,
        types: FxHashMap::default(),
        needs: Vec::new(),
    };
    maker.declare();
    maker.fill();
    circle::tell(&mut maker.template, &maker.needs);
    maker.template.symbolic_names |= facts::has_type_syntax(maker.tree);
    maker.template.exprs.fit();
    maker.template
}

/// A template with nothing in it yet.
fn empty(file: FileId, tree: &Tree, text: Arc<str>) -> Template {
    Template {
        file,
        language: if tree.kind == FileKind::Params { Language::Params } else { Language::Bicep },
        target_scope: TargetScope::default(),
        parameters: Vec::new(),
        variables: Vec::new(),
        functions: Vec::new(),
        imports: Vec::new(),
        exports: Vec::new(),
        nodes: Vec::with_capacity(tree.deployables.len()),
        outputs: Vec::new(),
        assignments: (tree.kind == FileKind::Params).then(Assignments::default),
        symbolic_names: false,
        has_secure_output: false,
        waitless: Vec::new(),
        exprs: Exprs {
            nodes: Vec::with_capacity(tree.exprs.len()),
            spans: Vec::with_capacity(tree.exprs.len()),
            lists: Vec::with_capacity(tree.expr_lists.len()),
            properties: Vec::with_capacity(tree.items.len()),
            source: text,
            ..Exprs::default()
        },
        inline: Vec::new(),
        problems: Vec::new(),
        limits: Record::default(),
    }
}

/// One run over one tree.
struct Maker<'t> {
    tree: &'t Tree,
    text: &'t str,
    /// The file-level names and the nested resources.
    names: Names<'t>,
    template: Template,
    /// Loop variables, lambda and function parameters in scope, innermost last.
    locals: Vec<(&'t str, LocalId)>,
    /// Expressions whose left end is being made: `a` of `a.b`, `a[i]`, `a + b`.
    spine: Vec<ast::ExprId>,
    /// The declaration that is being made.
    within: Option<NodeId>,
    /// Index of the first local that is declared inside the body of `within`.
    own_from: usize,
    /// Whether its body is being made; only there its nested resources are visible.
    inside_body: bool,
    /// Whether its `dependsOn` is being made.
    in_depends_on: bool,
    /// The resource types so far: many declarations share one.
    types: FxHashMap<ResourceType, Arc<ResourceType>>,
    /// Of each value of a parameter file, the values that it names.
    needs: Vec<Vec<VariableId>>,
}

impl<'t> Maker<'t> {
    /// The source text of a span.
    fn word(&self, span: Span) -> &'t str {
        span.of(self.text)
    }

    /// Notes something that has no meaning.
    fn problem(&mut self, span: Span, message: String) {
        self.template.problems.push(Problem { span, message });
    }

    /// A new local name; it is not in scope yet.
    fn local(&mut self, name: Span, binder: Binder) -> LocalId {
        self.template.exprs.add_local(Text::source(name), binder)
    }

    /// The second pass: values, bodies and everything else that contains names.
    fn fill(&mut self) {
        let tree = self.tree;
        let (mut parameters, mut variables, mut functions) = (0, 0, 0);
        for statement in &tree.statements {
            match &statement.kind {
                StatementKind::TargetScope(value) => self.target_scope(*value),
                StatementKind::Param { ty, default, .. } => {
                    self.parameter(parameters, statement, *ty, *default);
                    parameters += 1;
                }
                StatementKind::Variable { value, .. } => {
                    circle::value(self, &mut variables, *value);
                }
                StatementKind::Function { parameters: names, body, .. } => {
                    self.function(functions, names, *body);
                    functions += 1;
                }
                StatementKind::Output { name, ty, value } => self.output(statement, *name, *ty, *value),
                StatementKind::Resource(id) | StatementKind::Module(id) => {
                    self.node(*id, Some(statement.span), matches!(statement.kind, StatementKind::Module(_)));
                }
                // A loop that is named as a whole counts everywhere; nothing else of these matters.
                StatementKind::Test { value, .. } | StatementKind::Assert { value, .. } => {
                    self.expr(*value);
                }
                StatementKind::Assignment { name, value } => {
                    let value = circle::value(self, &mut variables, *value);
                    if let Some(assignments) = &mut self.template.assignments {
                        assignments.values.push((Text::source(*name), *name, value));
                    }
                }
                StatementKind::Using { path, .. } => {
                    let using = path.and_then(|path| self.literal(path));
                    if let Some(assignments) = &mut self.template.assignments {
                        assignments.is_for_none = path.is_none();
                        assignments.using = using;
                    }
                }
                StatementKind::Extends(path) => {
                    let extends = self.literal(*path);
                    if let Some(assignments) = &mut self.template.assignments {
                        assignments.extends = extends;
                    }
                }
                StatementKind::Extension { .. } => self.template.symbolic_names = true,
                StatementKind::TypeDeclaration { .. } => self.template.symbolic_names = true,
                StatementKind::Import { .. }
                | StatementKind::Metadata { .. }
                | StatementKind::ExtensionConfig { .. }
                | StatementKind::Error => {}
            }
        }
    }

    fn function(&mut self, at: usize, names: &'t [(Span, ast::TypeId)], body: ast::ExprId) {
        let mut parameters = Vec::with_capacity(names.len());
        for (name, _) in names {
            let local = self.local(*name, Binder::Function);
            self.locals.push((self.word(*name), local));
            parameters.push(local);
        }
        let body = self.expr(body);
        self.locals.clear();
        let function = &mut self.template.functions[at];
        function.parameters = parameters;
        function.body = body;
    }

    fn target_scope(&mut self, value: ast::ExprId) {
        let Some((text, span)) = self.literal(value) else { return };
        self.template.target_scope = match self.template.exprs.text(text) {
            "tenant" => TargetScope::Tenant,
            "managementGroup" => TargetScope::ManagementGroup,
            "subscription" => TargetScope::Subscription,
            "resourceGroup" => TargetScope::ResourceGroup,
            "local" => TargetScope::Local,
            other => {
                let message = format!("`{other}` is not a target scope");
                self.problem(span, message);
                return;
            }
        };
    }

    fn output(&mut self, statement: &Statement, name: Span, ty: Option<ast::TypeId>, value: ast::ExprId) {
        let secure = self.decorator(statement.decorators, "secure").is_some()
            || ty.is_some_and(|ty| self.is_secure_type(ty));
        self.template.has_secure_output |= secure;
        self.template.symbolic_names |= secure;
        let value = self.expr(value);
        let output = Output { name: Text::source(name), span: name, value, condition: None };
        self.template.outputs.push(output);
    }

    /// The text of a string without interpolation, with its span.
    fn literal(&mut self, id: ast::ExprId) -> Option<(Text, Span)> {
        let expr = self.tree.exprs[id.0 as usize];
        match expr.kind {
            ast::ExprKind::Text(piece) => Some((self.piece(piece), expr.span)),
            ast::ExprKind::Paren(inner) => self.literal(inner),
            _ => None,
        }
    }
}

/// The declarations that the first pass makes, still without their values.
impl Maker<'_> {
    /// The first pass: every name of the file, so that the second may refer forward.
    fn declare(&mut self) {
        let tree = self.tree;
        let unknown = self.template.exprs.add(crate::template::Expr::Unknown, Span::default());
        self.names = Names::of_nested(tree, self.text);
        for statement in &tree.statements {
            let (StatementKind::Variable { name, .. }
            | StatementKind::Function { name, .. }
            | StatementKind::TypeDeclaration { name, .. }) = &statement.kind
            else {
                continue;
            };
            if self.decorator(statement.decorators, "export").is_some() {
                self.template.exports.push(Text::source(*name));
            }
        }
        for statement in &tree.statements {
            match &statement.kind {
                StatementKind::Param { name, .. } => {
                    let parameter = Parameter {
                        name: Text::source(*name),
                        span: *name,
                        default: None,
                        ty: crate::template::ParameterType::Any,
                        allowed: None,
                        nullable: false,
                        is_secure: false,
                        bounds: None,
                    };
                    self.template.parameters.push(parameter);
                    self.declare_parameter(*name);
                }
                StatementKind::Variable { name, ty, .. } => {
                    self.template.symbolic_names |= ty.is_some();
                    self.declare_variable(*name, unknown);
                }
                // Other assignments of the file may use its value.
                StatementKind::Assignment { name, .. } => self.declare_variable(*name, unknown),
                StatementKind::Function { name, .. } => {
                    self.template.symbolic_names = true;
                    self.declare_function(*name, unknown);
                }
                StatementKind::TypeDeclaration { name, ty } => {
                    self.declare_type(*name, *ty, statement.decorators);
                }
                StatementKind::Import { what, from } => {
                    self.template.symbolic_names = true;
                    self.import(what, *from);
                }
                StatementKind::Extension { specification, alias, .. } => {
                    self.declare_extension(*specification, *alias);
                }
                StatementKind::Resource(id) | StatementKind::Module(id) => {
                    self.declare_node(*id);
                }
                StatementKind::Extends(_) => self.names.has_parent_assignments = true,
                _ => {}
            }
        }
    }

    fn declare_variable(&mut self, name: Span, value: ExprId) {
        self.template.variables.push(Variable { name: Text::source(name), span: name, value });
        let id = self.template.variables.len() as u32 - 1;
        self.bind(name, scope::Symbol::Variable(VariableId(id)));
    }

    fn declare_function(&mut self, name: Span, body: ExprId) {
        let function = Function { name: Text::source(name), span: name, parameters: Vec::new(), body };
        self.template.functions.push(function);
        let id = self.template.functions.len() as u32 - 1;
        self.bind(name, scope::Symbol::Function(crate::template::FunctionId(id)));
    }

    fn import(&mut self, what: &Imported, from: ast::ExprId) {
        let from_span = self.tree.exprs[from.0 as usize].span;
        let Some((from, _)) = self.literal(from) else {
            self.problem(from_span, "the path of an import is not a literal".to_owned());
            return;
        };
        match what {
            Imported::All { alias } => self.declare_import(*alias, None, from, from_span),
            Imported::Items(items) => {
                for item in items {
                    let local = item.alias.unwrap_or(item.name);
                    self.declare_import(local, Some(Text::source(item.name)), from, from_span);
                }
            }
        }
    }

    fn declare_import(&mut self, name: Span, symbol: Option<Text>, from: Text, from_span: Span) {
        self.template.imports.push(Import { name: Text::source(name), span: name, symbol, from, from_span });
        let id = self.template.imports.len() as u32 - 1;
        self.bind(name, scope::Symbol::Import(crate::template::ImportId(id)));
    }
}
