//! The tree of one file: arenas of small nodes with spans. Names and texts are spans into the source, never copies.

use crate::limit::Record;
use crate::source::Span;

/// An expression, as an index into [`Tree::exprs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprId(pub u32);

/// A type, as an index into [`Tree::types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TypeId(pub u32);

/// A run of elements in one of the tree's pools; the field that holds it says which pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct List {
    /// Index of the first element.
    pub start: u32,
    /// Number of elements.
    pub len: u32,
}

impl List {
    /// The range in the pool.
    pub const fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

/// Which of the two languages a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `.bicep`
    Bicep,
    /// `.bicepparam`
    Params,
}

/// The tree of one file. Parsing never fails as a whole: a part with a syntax error becomes an error node and an entry in
/// `errors`.
#[derive(Debug)]
pub struct Tree {
    /// The language.
    pub kind: FileKind,
    /// The statements in source order.
    pub statements: Vec<Statement>,
    /// Every expression.
    pub exprs: Vec<Expr>,
    /// Pool of lists of expressions: array elements, arguments, parts of an interpolation.
    pub expr_lists: Vec<ExprId>,
    /// The heads of for-expressions.
    pub for_heads: Vec<ForHead>,
    /// Pool of object items.
    pub items: Vec<ObjectItem>,
    /// Pool of decorators.
    pub decorators: Vec<Decorator>,
    /// Pool of names: lambda parameters.
    pub names: Vec<Span>,
    /// Every resource and module declaration, nested ones too (children after their parents).
    pub deployables: Vec<Deployable>,
    /// Every type.
    pub types: Vec<Type>,
    /// Pool of lists of types: union members, type arguments.
    pub type_lists: Vec<TypeId>,
    /// Pool of object type members and tuple items.
    pub type_members: Vec<TypeMember>,
    /// `#disable-…` and `#restore-…` directives in source order.
    pub directives: Vec<Directive>,
    /// Syntax errors, in source order.
    pub errors: Vec<SyntaxError>,
    /// Limits that were reached, except those that an error already reports.
    pub limits: Record<()>,
}

/// A syntax error: its place, what was expected and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Place of the error.
    pub span: Span,
    /// The fact, in lower case: what was expected and what was found.
    pub message: String,
    /// Advice, if there is any.
    pub help: Option<String>,
}

/// One statement with its decorators.
#[derive(Debug)]
pub struct Statement {
    /// From the first decorator to the last token.
    pub span: Span,
    /// In [`Tree::decorators`].
    pub decorators: List,
    /// The kind of statement.
    pub kind: StatementKind,
}

/// `@name(args)`
#[derive(Clone, Copy, Debug)]
pub struct Decorator {
    /// With the `@`.
    pub span: Span,
    /// A name, call, member or method expression.
    pub expr: ExprId,
}

/// The statements of both languages.
#[derive(Debug)]
pub enum StatementKind {
    /// `targetScope = value`
    TargetScope(ExprId),
    /// `metadata name = value`
    Metadata { name: Span, value: ExprId },
    /// `param name type = default`
    Param { name: Span, ty: Option<TypeId>, default: Option<ExprId> },
    /// `var name type = value`
    Variable { name: Span, ty: Option<TypeId>, value: ExprId },
    /// `type name = type`
    TypeDeclaration { name: Span, ty: TypeId },
    /// `func name(parameters) type => body`
    Function { name: Span, parameters: Vec<(Span, TypeId)>, result: TypeId, body: ExprId },
    /// `output name type = value`
    Output { name: Span, ty: Option<TypeId>, value: ExprId },
    /// `resource …`
    Resource(DeployableId),
    /// `module …`
    Module(DeployableId),
    /// `test name 'path' = value`
    Test { name: Span, path: ExprId, value: ExprId },
    /// `assert name = value`
    Assert { name: Span, value: ExprId },
    /// `import … from 'path'`
    Import { what: Imported, from: ExprId },
    /// `extension specification with config as alias`; `specification` is a name or a string.
    Extension { specification: ExprId, config: Option<ExprId>, alias: Option<Span> },
    /// `using 'path' with config`; no path is `using none`.
    Using { path: Option<ExprId>, config: Option<ExprId> },
    /// `extends 'path'`
    Extends(ExprId),
    /// `param name = value` of a parameter file
    Assignment { name: Span, value: ExprId },
    /// `extensionConfig name with config`
    ExtensionConfig { name: Span, config: ExprId },
    /// A statement with a syntax error, which is in [`Tree::errors`].
    Error,
}

/// What an `import` statement imports.
#[derive(Debug)]
pub enum Imported {
    /// `{ name as alias, 'quoted' as alias }`
    Items(Vec<ImportItem>),
    /// `* as alias`
    All { alias: Span },
}

/// One item of an import list.
#[derive(Clone, Copy, Debug)]
pub struct ImportItem {
    /// The exported name: an identifier, or a quoted string without its quotes.
    pub name: Span,
    /// The local name, if one is given with `as`.
    pub alias: Option<Span>,
}

/// A resource or module declaration, as an index into [`Tree::deployables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeployableId(pub u32);

/// `resource name 'type' existing = …` or `module name 'path' = …`
#[derive(Debug)]
pub struct Deployable {
    /// From the keyword to the last token; decorators excluded.
    pub span: Span,
    /// In [`Tree::decorators`].
    pub decorators: List,
    /// The symbolic name.
    pub name: Span,
    /// The type or path string; normally [`ExprKind::Text`].
    pub target: ExprId,
    /// The keyword `existing`.
    pub existing: Option<Span>,
    /// `for … in …`
    pub copy: Option<ForHead>,
    /// The condition of `if (…)`, without the parentheses.
    pub condition: Option<ExprId>,
    /// The body: an [`ExprKind::Object`] or [`ExprKind::Error`].
    pub body: ExprId,
    /// The resource whose body this one is nested in.
    pub outer: Option<DeployableId>,
}

/// `for item in list`, `for (item, index) in list`
#[derive(Clone, Copy, Debug)]
pub struct ForHead {
    /// The item variable.
    pub item: Span,
    /// The index variable.
    pub index: Option<Span>,
    /// The expression whose elements the loop takes.
    pub list: ExprId,
}

/// An expression with its span, including quotes, brackets and parentheses.
#[derive(Clone, Copy, Debug)]
pub struct Expr {
    /// Its span.
    pub span: Span,
    /// The form of the expression.
    pub kind: ExprKind,
}

/// The forms of an expression.
#[derive(Clone, Copy, Debug)]
pub enum ExprKind {
    /// Could not be parsed.
    Error,
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer; the lexer has checked that the digits fit in 64 bits without sign.
    Integer,
    /// A string without holes, or one literal piece of an interpolation.
    Text(Piece),
    /// A string with holes: [`ExprKind::Text`] pieces (empty ones are left out) and hole expressions in order, in
    /// [`Tree::expr_lists`].
    Interpolation(List),
    /// `{ … }`, in [`Tree::items`]
    Object(List),
    /// `[ … ]`, in [`Tree::expr_lists`]
    Array(List),
    /// `...value`
    Spread(ExprId),
    /// `[for … : body]`
    For { head: ForId, body: ExprId },
    /// `(inner)`
    Paren(ExprId),
    /// `parameters => body`, in [`Tree::names`]
    Lambda { parameters: List, body: ExprId },
    /// An identifier; its text is the span.
    Name,
    /// `name(arguments)`
    Call { name: Span, arguments: List },
    /// `base.name`, `base.?name`
    Member { base: ExprId, name: Span, safe: bool },
    /// `base.name(arguments)`
    Method { base: ExprId, name: Span, arguments: List },
    /// `base[index]`, `base[?index]`, `base[^index]`
    Index { base: ExprId, index: ExprId, safe: bool, from_end: bool },
    /// `base::name`
    Nested { base: ExprId, name: Span },
    /// `base!`
    NonNull(ExprId),
    /// `!operand`, `-operand`
    Unary { operator: UnaryOperator, operand: ExprId },
    /// `left operator right`
    Binary { operator: BinaryOperator, left: ExprId, right: ExprId },
    /// `condition ? yes : no`
    Ternary { condition: ExprId, yes: ExprId, no: ExprId },
}

/// The head of a for-expression, as an index into [`Tree::for_heads`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ForId(pub u32);

/// The literal text of a string: the span of its content, without quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The content as written.
    pub content: Span,
    /// Whether escapes must be decoded (single-line strings with a `\`).
    pub escaped: bool,
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOperator {
    /// `!`
    Not,
    /// `-`
    Minus,
}

/// Infix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    EqualInsensitive,
    /// `!~`
    NotEqualInsensitive,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `??`
    Coalesce,
}

/// One element of an object.
#[derive(Clone, Copy, Debug)]
pub enum ObjectItem {
    /// `key: value`; the key is a [`ExprKind::Name`], [`ExprKind::Text`] or [`ExprKind::Interpolation`].
    Property { key: ExprId, value: ExprId },
    /// `...value`
    Spread(ExprId),
    /// A nested resource, in a resource body only.
    Resource(DeployableId),
    /// Could not be parsed.
    Error(Span),
}

/// A type with its span.
#[derive(Clone, Copy, Debug)]
pub struct Type {
    /// Its span.
    pub span: Span,
    /// The form of the type.
    pub kind: TypeKind,
}

/// The forms of a type.
#[derive(Clone, Copy, Debug)]
pub enum TypeKind {
    /// Could not be parsed.
    Error,
    /// An identifier, ambient or declared; its text is the span.
    Name,
    /// `name<arguments>`, in [`Tree::type_lists`]
    Generic { name: Span, arguments: List },
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer literal.
    Integer,
    /// A string literal; the expression is a [`ExprKind::Text`] or [`ExprKind::Interpolation`].
    Text(ExprId),
    /// `{ … }`, in [`Tree::type_members`]
    Object(List),
    /// `[ … ]`, in [`Tree::type_members`]
    Tuple(List),
    /// `(inner)`
    Paren(TypeId),
    /// `element[]`
    Array(TypeId),
    /// `base[*]`
    ElementOf(TypeId),
    /// `base[index]`
    ItemOf { base: TypeId, index: ExprId },
    /// `base.*`
    AdditionalOf(TypeId),
    /// `base.name`, `base.name<arguments>`
    MemberOf { base: TypeId, name: Span, arguments: List },
    /// `inner?`
    Nullable(TypeId),
    /// `inner!`
    NonNull(TypeId),
    /// `-operand`, `!operand`
    Unary { operator: UnaryOperator, operand: TypeId },
    /// `a | b`, in [`Tree::type_lists`]
    Union(List),
    /// `resource 'type@version'`
    Resource(Option<ExprId>),
}

/// A member of an object type, or an item of a tuple.
#[derive(Clone, Copy, Debug)]
pub struct TypeMember {
    /// In [`Tree::decorators`].
    pub decorators: List,
    /// The key; none for `*: type` and tuple items.
    pub key: Option<ExprId>,
    /// Whether it is `*: type`.
    pub additional: bool,
    /// The type.
    pub ty: TypeId,
}

/// A `#…` directive.
#[derive(Clone, Debug)]
pub struct Directive {
    /// From the `#` to the last code.
    pub span: Span,
    /// Which of the three directives.
    pub kind: DirectiveKind,
    /// The codes in order.
    pub codes: Vec<Span>,
}

/// The three directives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectiveKind {
    /// `#disable-next-line`
    DisableNextLine,
    /// `#disable-diagnostics`
    DisableDiagnostics,
    /// `#restore-diagnostics`
    RestoreDiagnostics,
}
