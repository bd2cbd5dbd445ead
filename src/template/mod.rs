//! The one intermediate form that Bicep and ARM JSON both become: parameters, variables, functions, nodes, outputs,
//! and expressions with spans. Names inside expressions are resolved; nothing is evaluated.

pub mod arm;
pub mod bicep;
pub mod bounds;
mod walk;

use std::num::NonZeroU32;
use std::sync::Arc;

use self::bounds::Bounds;
use crate::limit::Record;
use crate::source::{FileId, Place, Span};
pub use crate::syntax::ast::{BinaryOperator, List, UnaryOperator};

/// One template: a Bicep file, a parameter file, or an ARM JSON template (nested ones are templates of their own).
#[derive(Clone, Debug)]
pub struct Template {
    /// Its file; for a nested ARM template the file of the outermost template.
    pub file: FileId,
    /// The language of its source.
    pub language: Language,
    /// `targetScope`, or the scope from the `$schema` of an ARM template.
    pub target_scope: TargetScope,
    /// Parameters in source order.
    pub parameters: Vec<Parameter>,
    /// Variables in source order.
    pub variables: Vec<Variable>,
    /// User-defined functions in source order.
    pub functions: Vec<Function>,
    /// Names that come from other files.
    pub imports: Vec<Import>,
    /// The exported names, including types; for an ARM template none are known.
    pub exports: Vec<Text>,
    /// Resources, references to existing ones, and module calls: nested children follow their parents.
    pub nodes: Vec<Node>,
    /// Outputs in source order.
    pub outputs: Vec<Output>,
    /// For a parameter file, its assignments and the template that it is for.
    pub assignments: Option<Assignments>,
    /// Whether anything but the module outputs of its callees makes the compiler write symbolic names
    /// (LANGUAGE rule: types, functions, imports, module without a name, …).
    pub symbolic_names: bool,
    /// Modules used directly; a secure output in one of them also makes this template symbolic.
    pub has_secure_output: bool,
    /// Every expression.
    pub exprs: Exprs,
    /// References to nodes that create no edge, in order. An ARM template may read an existing resource:
    /// `reference(resourceId('…', 'gw'), '2024-05-01')`.
    pub waitless: Vec<ExprId>,
    /// Nested templates of an ARM template, by [`ModuleTarget::Inline`].
    pub inline: Vec<Inline>,
    /// Source that was not understood, and how it was treated. `coverage` counts these.
    pub problems: Vec<Problem>,
    /// Limits that were reached, with the place of each.
    pub limits: Record<Span>,
}

/// A template inside an ARM template.
#[derive(Clone, Debug)]
pub enum Inline {
    /// One with a meaning of its own.
    Own(Box<Template>),
    /// A copy of an earlier one of the file. The number is that of the earlier one among the templates of the file, each before those
    /// inside it; the outermost has 0.
    Copy(u32),
}

/// Something in a template that could not be given a meaning.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Its place.
    pub span: Span,
    /// The fact, in lower case, names in back-ticks.
    pub message: String,
}

/// The source language of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `.bicep`
    Bicep,
    /// `.bicepparam`
    Params,
    /// ARM JSON
    Arm,
}

/// The scope to which a template is deployed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TargetScope {
    /// `targetScope = 'tenant'`
    Tenant,
    /// `targetScope = 'managementGroup'`
    ManagementGroup,
    /// `targetScope = 'subscription'`
    Subscription,
    /// `targetScope = 'resourceGroup'`
    #[default]
    ResourceGroup,
    /// Local deployment: nothing in Azure.
    Local,
}

macro_rules! index {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index into the vector.
            pub const fn ix(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

index! {
    /// An index into [`Template::parameters`].
    ParameterId,
    /// An index into [`Template::variables`].
    VariableId,
    /// An index into [`Template::functions`].
    FunctionId,
    /// An index into [`Template::imports`].
    ImportId,
    /// An index into [`Template::nodes`].
    NodeId,
    /// An index into [`Exprs::locals`].
    LocalId,
    /// An index into [`Exprs::nodes`].
    ExprId,
}

/// A parameter that a template declares.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Text,
    /// Span of the name.
    pub span: Span,
    /// The expression of its default, if it has one.
    pub default: Option<ExprId>,
    /// Its type, as far as it is known.
    pub ty: ParameterType,
    /// The literal values that `@allowed` or a union of literals admits.
    pub allowed: Option<Vec<ExprId>>,
    /// Whether `null` is admitted (`type?`).
    pub nullable: bool,
    /// Whether its value is a secret: `@secure()`, `securestring`.
    pub is_secure: bool,
    /// Bounds on its value, if any are known.
    pub bounds: Option<Box<Bounds>>,
}

/// As much of a type as decides conditions and loops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParameterType {
    /// `bool`
    Bool,
    /// `string`
    String,
    /// `int`
    Int,
    /// any array or tuple
    Array,
    /// any object
    Object,
    /// anything else
    #[default]
    Any,
}

/// A variable that a template declares.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Text,
    /// Span of the name.
    pub span: Span,
    /// Its value; a loop is an [`Expr::For`].
    pub value: ExprId,
}

/// A user-defined function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name; in ARM JSON `namespace.name`.
    pub name: Text,
    /// Span of the name.
    pub span: Span,
    /// Its parameters.
    pub parameters: Vec<LocalId>,
    /// The expression of its result.
    pub body: ExprId,
}

/// A name from another file.
#[derive(Clone, Debug)]
pub struct Import {
    /// The local name (for a wildcard its alias).
    pub name: Text,
    /// Its span.
    pub span: Span,
    /// The exported name; none for a wildcard.
    pub symbol: Option<Text>,
    /// The path or reference as written.
    pub from: Text,
    /// Span of the path.
    pub from_span: Span,
}

/// An output that a template declares.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: Text,
    /// Span of the name.
    pub span: Span,
    /// The expression of its value.
    pub value: ExprId,
    /// The condition of an ARM output.
    pub condition: Option<ExprId>,
}

/// The contents of a parameter file.
#[derive(Clone, Debug, Default)]
pub struct Assignments {
    /// The path after `using` with its span; `None` for `using none`.
    pub using: Option<(Text, Span)>,
    /// Whether it has `using none`, so that it has no template of its own.
    pub is_for_none: bool,
    /// The parent of `extends`.
    pub extends: Option<(Text, Span)>,
    /// Whether it is JSON: such a file does not say which template it is for.
    pub is_json: bool,
    /// `param name = value`, in source order.
    pub values: Vec<(Text, Span, ExprId)>,
}

/// A resource, a reference to an existing one, or a module call.
#[derive(Clone, Debug)]
pub struct Node {
    /// The symbol; `parent::child` for a nested child; for an ARM resource without one, its type and name.
    pub symbol: String,
    /// Span of the symbol (for ARM the resource's name or type).
    pub symbol_span: Span,
    /// The whole declaration, decorators excluded.
    pub span: Span,
    /// The whole declaration with its decorators.
    pub full_span: Span,
    /// What it is: a resource, a module call or an existing resource.
    pub kind: NodeKind,
    /// The resource that it is nested in syntactically.
    pub outer: Option<NodeId>,
    /// `parent:` as written. Its target is [`Expr::Node`], or an index of one.
    pub parent: Option<ExprId>,
    /// `for`, or ARM's `copy`.
    pub copy: Option<Copy>,
    /// Its own `if`, without those of the resources it is nested in.
    pub condition: Option<ExprId>,
    /// `name`, as written.
    pub name: Option<ExprId>,
    /// `scope`, as written.
    pub scope: Option<ExprId>,
    /// `dependsOn`, as written.
    pub depends_on: Option<ExprId>,
    /// The body: an [`Expr::Object`].
    pub body: ExprId,
    /// Decorator arguments and other expressions outside the body in which a reference counts as a dependency.
    pub other: Vec<ExprId>,
    /// The arguments of a module call: the value of `params`, normally an [`Expr::Object`].
    pub arguments: Option<ExprId>,
    /// Whether an existing resource may be missing: `@nullIfNotFound`.
    pub may_be_missing: bool,
    /// The codes of errors of Azure after which it is tried again: `@retryOn`.
    pub retry_on: Option<Box<[String]>>,
}

/// The kinds of nodes.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// A resource that is deployed.
    Resource(Arc<ResourceType>),
    /// A reference to a resource that already exists.
    Existing(Arc<ResourceType>),
    /// A module call.
    Module(ModuleTarget),
}

impl NodeKind {
    /// The type of the deployed resource, without version; for a module call [`DEPLOYMENTS`].
    pub fn type_name(&self) -> &str {
        match self {
            Self::Resource(ty) | Self::Existing(ty) => &ty.name,
            Self::Module(_) => DEPLOYMENTS,
        }
    }
}

/// The type of a deployment: a module call becomes one in a compiled template.
pub const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";

/// A resource type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceType {
    /// The full type (`Microsoft.Network/virtualNetworks/subnets`), without version, as written.
    pub name: String,
    /// The API version, if one is given.
    pub version: Option<String>,
    /// Whether it belongs to Azure, not to an extension.
    pub azure: bool,
}

/// The target of a module call.
#[derive(Clone, Debug)]
pub enum ModuleTarget {
    /// A path or reference as written (`./a.bicep`, `br/public:avm/…:1.0`), with its span.
    Reference { reference: String, span: Span },
    /// A template inside an ARM template: an index into [`Template::inline`].
    Inline(u32),
    /// Not a literal, or missing.
    Unknown(Span),
}

/// A copy loop.
#[derive(Clone, Debug)]
pub struct Copy {
    /// The list that the loop runs over. For ARM's `count` it is `range(0, count)`.
    pub list: ExprId,
    /// The loop variable of the element.
    pub item: LocalId,
    /// The loop variable of the index. It always exists; if the source names none, nothing refers to it.
    pub index: LocalId,
    /// `@batchSize`, or ARM's serial mode; instances of one batch run in parallel.
    pub batch_size: Option<u32>,
    /// Span of the decorator that sets it, from its `@`; empty in ARM JSON.
    pub batch_span: Span,
}

/// The arena of a template's expressions.
#[derive(Clone, Debug, Default)]
pub struct Exprs {
    /// Every expression.
    pub nodes: Vec<Expr>,
    /// The span of each node; as long as `nodes`.
    pub spans: Vec<Span>,
    /// Pool of lists: array elements, arguments, parts.
    pub lists: Vec<ExprId>,
    /// Pool of object properties.
    pub properties: Vec<Property>,
    /// Loop variables, lambda and function parameters.
    pub locals: Vec<Local>,
    /// Pool of lambda parameters.
    pub local_lists: Vec<LocalId>,
    /// The text of the file.
    pub source: std::sync::Arc<str>,
    /// Texts that differ from how they are written (escapes, JSON).
    pub decoded: String,
}

/// A piece of text: as written in the source, or decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    /// First byte.
    start: u32,
    /// The length in bytes plus one. With [`DECODED`] the text is in [`Exprs::decoded`] instead of the source. There are
    /// millions of texts, and one of them determines the size of most expressions, so this is packed.
    length: NonZeroU32,
}

const DECODED: u32 = 1 << 31;

/// A loop variable, or a parameter of a lambda or function.
#[derive(Clone, Copy, Debug)]
pub struct Local {
    /// Its name.
    pub name: Text,
    /// The construct that binds it.
    pub binder: Binder,
}

/// The construct that binds a local name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binder {
    /// The `for` of a resource or module: its element.
    NodeItem(NodeId),
    /// The `for` of a resource or module: its index.
    NodeIndex(NodeId),
    /// A for-expression: its element.
    ForItem,
    /// A for-expression: its index.
    ForIndex,
    /// A lambda.
    Lambda,
    /// A user-defined function.
    Function,
}

/// One element of an object.
#[derive(Clone, Copy, Debug)]
pub enum Property {
    /// `key: value` with a literal key.
    Named { key: Text, value: ExprId },
    /// `'${…}': value`
    Computed { key: ExprId, value: ExprId },
    /// `...value`
    Spread(ExprId),
}

/// The forms of an expression, with names resolved.
#[derive(Clone, Copy, Debug)]
pub enum Expr {
    /// Not understood; the reason is among the template's problems or the file's syntax errors.
    Unknown,
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A text.
    Text(Text),
    /// Pieces of text and holes in order, in [`Exprs::lists`].
    Interpolation(List),
    /// In [`Exprs::properties`].
    Object(List),
    /// In [`Exprs::lists`]; elements may be [`Expr::Spread`].
    Array(List),
    /// `...value`
    Spread(ExprId),
    /// `(inner)`, kept because it decides how strong a reference is.
    Paren(ExprId),
    /// `inner!`
    NonNull(ExprId),
    /// A parameter.
    Parameter(ParameterId),
    /// A variable.
    Variable(VariableId),
    /// A resource, existing resource or module (a loop: all of them).
    Node(NodeId),
    /// A loop variable, or a parameter of a lambda or function.
    Local(LocalId),
    /// An imported name, or a wildcard's alias.
    Import(ImportId),
    /// A built-in function, with its name as written but without `sys.` or `az.`. Arguments in [`Exprs::lists`].
    Call { function: Text, arguments: List },
    /// A function of this template.
    UserCall { function: FunctionId, arguments: List },
    /// An imported function: by name, or by a wildcard's alias and a name.
    ImportCall { import: ImportId, function: Option<Text>, arguments: List },
    /// `base.name`
    Member { base: ExprId, name: Text, safe: bool },
    /// `base.name(arguments)` on a resource (`kv.getSecret('x')`, `st.listKeys()`).
    Method { base: ExprId, name: Text, arguments: List },
    /// `base[index]`, `base[^index]` counted from the end.
    Index { base: ExprId, index: ExprId, safe: bool, from_end: bool },
    /// Prefix operator.
    Unary { operator: UnaryOperator, operand: ExprId },
    /// Infix operator.
    Binary { operator: BinaryOperator, left: ExprId, right: ExprId },
    /// `condition ? yes : no`, and ARM's `if()`.
    Ternary { condition: ExprId, yes: ExprId, no: ExprId },
    /// Parameters in [`Exprs::local_lists`].
    Lambda { parameters: List, body: ExprId },
    /// `[for (item, index) in list: body]`
    For { list: ExprId, item: LocalId, index: LocalId, body: ExprId },
    /// `base` of a parameter file with `extends`: the parent's assignments.
    ParentAssignments,
}

// A large repository has millions of them.
const _: () = assert!(size_of::<Expr>() <= 24);

impl Exprs {
    /// Gives back the memory that was set aside for more.
    fn fit(&mut self) {
        self.nodes = self.nodes.as_slice().into();
        self.spans = self.spans.as_slice().into();
        self.lists = self.lists.as_slice().into();
        self.properties = self.properties.as_slice().into();
    }

    /// Adds an expression.
    pub fn add(&mut self, expr: Expr, span: Span) -> ExprId {
        self.nodes.push(expr);
        self.spans.push(span);
        ExprId(self.nodes.len() as u32 - 1)
    }

    /// Adds a list to the pool.
    pub fn add_list(&mut self, elements: impl IntoIterator<Item = ExprId>) -> List {
        let start = self.lists.len() as u32;
        self.lists.extend(elements);
        List { start, len: self.lists.len() as u32 - start }
    }

    /// Adds properties to the pool.
    pub fn add_properties(&mut self, properties: impl IntoIterator<Item = Property>) -> List {
        let start = self.properties.len() as u32;
        self.properties.extend(properties);
        List { start, len: self.properties.len() as u32 - start }
    }

    /// Adds a local name.
    pub fn add_local(&mut self, name: Text, binder: Binder) -> LocalId {
        self.locals.push(Local { name, binder });
        LocalId(self.locals.len() as u32 - 1)
    }

    /// Adds the parameters of a lambda to the pool.
    pub fn add_local_list(&mut self, locals: impl IntoIterator<Item = LocalId>) -> List {
        let start = self.local_lists.len() as u32;
        self.local_lists.extend(locals);
        List { start, len: self.local_lists.len() as u32 - start }
    }

    /// Adds a text that is not written so in the source.
    pub fn add_text(&mut self, text: &str) -> Text {
        let start = self.decoded.len() as u32;
        self.decoded.push_str(text);
        Text::new(start, text.len() as u32, DECODED)
    }

    /// The expression.
    pub fn get(&self, id: ExprId) -> Expr {
        self.nodes[id.ix()]
    }

    /// The span of an expression.
    pub fn span(&self, id: ExprId) -> Span {
        self.spans[id.ix()]
    }

    /// The decoded content of a text.
    pub fn text(&self, text: Text) -> &str {
        let from = if text.length.get() & DECODED != 0 { &self.decoded } else { &*self.source };
        let (start, length) = (text.start as usize, (text.length.get() & !DECODED) as usize - 1);
        &from[start..start + length]
    }

    /// The elements of a list.
    pub fn list(&self, list: List) -> &[ExprId] {
        &self.lists[list.range()]
    }

    /// The properties of an object.
    pub fn object(&self, list: List) -> &[Property] {
        &self.properties[list.range()]
    }

    /// The value of a property with a literal key, compared as written.
    pub fn property(&self, object: ExprId, name: &str) -> Option<ExprId> {
        let Expr::Object(list) = self.get(object) else { return None };
        // The last one wins, but a spread or computed key after it may be the same property.
        let found = self.object(list).iter().rev().find_map(|property| match property {
            Property::Named { key, value } => (self.text(*key) == name).then_some(Some(*value)),
            Property::Computed { .. } | Property::Spread(_) => Some(None),
        });
        found.flatten()
    }

    /// The expression inside parentheses and `!`.
    pub fn peel(&self, mut id: ExprId) -> ExprId {
        while let Expr::Paren(inner) | Expr::NonNull(inner) = self.get(id) {
            id = inner;
        }
        id
    }
}

impl Text {
    /// The text of a span of the source.
    pub const fn source(span: Span) -> Self {
        Self::new(span.start, span.len(), 0)
    }

    const fn new(start: u32, length: u32, decoded: u32) -> Self {
        let length = match NonZeroU32::new((length + 1) | decoded) {
            Some(length) => length,
            None => NonZeroU32::MIN,
        };
        Self { start, length }
    }
}

impl Template {
    /// The node with an id.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.ix()]
    }

    /// Every node with its id, in source order.
    pub fn node_ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// The place of a span in the file of this template.
    pub const fn place(&self, span: Span) -> Place {
        Place { file: self.file, span }
    }
}
