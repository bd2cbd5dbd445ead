//! Input and output of the parser functions: a slice of tokens, and the tree under construction.

use std::cell::{Cell, RefCell, RefMut};

use nom::IResult;
use nom::error::{ErrorKind, ParseError};

use super::list::Place;
use crate::limit::Limit;
use crate::source::Span;
use crate::syntax::ast::{
    DeployableId, Expr, ExprId, ExprKind, List, ObjectItem, SyntaxError, Tree, Type, TypeId, TypeKind,
};
use crate::syntax::token::{Token, TokenKind};

/// A tree with chains and brackets below these bounds is too low to reach [`Limit::Height`].
const LOW_CHAIN: u32 = 8;
const LOW_NESTING: u32 = 40;

/// How much of a token a message shows.
const SHOWN_CHARACTERS: usize = 60;

/// Maximum number of tokens of decorators that are skipped to see what they decorate.
const DECORATOR_TOKENS: usize = 100;

/// The rest of the tokens. The last one is always the end of the file. Parsers pass it on by the million, so it is small
/// enough for two registers.
#[derive(Clone, Copy)]
pub(super) struct Input<'s> {
    /// The file and its tree.
    pub(super) cx: &'s Context<'s>,
    /// Index of the next token.
    at: u32,
    /// Whether object, array and loop literals are allowed: not directly inside `${ }`.
    pub(super) literals: bool,
}

/// The text, and the tree under construction.
pub(super) struct Context<'s> {
    pub(super) text: &'s str,
    tokens: &'s [Token],
    pub(super) tree: RefCell<Tree>,
    /// Elements of lists that are not complete yet; each list takes its own off the end.
    pub(super) open_exprs: RefCell<Vec<ExprId>>,
    /// The same for the items of objects.
    pub(super) open_items: RefCell<Vec<ObjectItem>>,
    /// The same for types.
    pub(super) open_types: RefCell<Vec<TypeId>>,
    /// The declaration that could not be parsed, if its name and type could.
    pub(super) rescued: Cell<Option<DeployableId>>,
    /// Offset at which an unclosed bracket was last reported.
    pub(super) unclosed_at: Cell<u32>,
    /// Number of open lists that wait for `}` and for `]`.
    expected_closers: Cell<[i32; 2]>,
    depth: Cell<u32>,
    /// Whether the tree may be higher than is allowed.
    pub(super) may_be_high: Cell<bool>,
}

/// How far the lists that are not complete reach.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks {
    exprs: usize,
    items: usize,
    types: usize,
}

/// A parser could not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fail {
    /// The token that was found.
    pub(super) found: Token,
    /// What was expected, as the end of a sentence "expected …".
    pub(super) expected: &'static str,
    /// Advice, if there is any.
    pub(super) help: Option<&'static str>,
}

/// The result of a parser.
pub(super) type Parsed<'s, T> = IResult<Input<'s>, T, Fail>;

impl<'s> ParseError<Input<'s>> for Fail {
    fn from_error_kind(input: Input<'s>, _: ErrorKind) -> Self {
        Self { found: input.token(), expected: "something else", help: None }
    }

    fn append(_: Input<'s>, _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl<'s> Context<'s> {
    /// Starts an empty tree for a text and its tokens; the last token is the end of the file.
    pub(super) fn new(text: &'s str, tokens: &'s [Token], tree: Tree) -> Self {
        Self {
            text,
            tokens,
            tree: RefCell::new(tree),
            open_exprs: RefCell::default(),
            open_items: RefCell::default(),
            open_types: RefCell::default(),
            rescued: Cell::new(None),
            unclosed_at: Cell::new(u32::MAX),
            expected_closers: Cell::default(),
            depth: Cell::new(0),
            may_be_high: Cell::new(false),
        }
    }

    /// A list that is closed by this token begins (1) or ends (-1).
    pub(super) fn expect_closer(&self, close: TokenKind, change: i32) {
        let mut expected = self.expected_closers.get();
        expected[usize::from(close == TokenKind::RightSquare)] += change;
        self.expected_closers.set(expected);
    }

    /// Whether an open list is closed by this token.
    pub(super) fn expects(&self, close: TokenKind) -> bool {
        self.expected_closers.get()[usize::from(close == TokenKind::RightSquare)] > 0
    }

    /// Whether the height of the tree need not be computed, even with one more level.
    pub(super) fn is_low(&self) -> bool {
        self.depth.get() < LOW_NESTING
    }

    /// Numbers of elements in the incomplete lists.
    pub(super) fn marks(&self) -> Marks {
        Marks {
            exprs: self.open_exprs.borrow().len(),
            items: self.open_items.borrow().len(),
            types: self.open_types.borrow().len(),
        }
    }

    /// Drops the elements that were added after the marks.
    pub(super) fn back_to(&self, marks: Marks) {
        self.open_exprs.borrow_mut().truncate(marks.exprs);
        self.open_items.borrow_mut().truncate(marks.items);
        self.open_types.borrow_mut().truncate(marks.types);
    }

    /// The tree, for adding to it.
    pub(super) fn tree(&self) -> RefMut<'_, Tree> {
        self.tree.borrow_mut()
    }

    /// Adds an expression.
    pub(super) fn expr(&self, kind: ExprKind, span: Span) -> ExprId {
        let mut tree = self.tree();
        tree.exprs.push(Expr { span, kind });
        ExprId(tree.exprs.len() as u32 - 1)
    }

    /// The span of an expression.
    pub(super) fn expr_span(&self, id: ExprId) -> Span {
        self.tree.borrow().exprs[id.0 as usize].span
    }

    /// Adds a type.
    pub(super) fn ty(&self, kind: TypeKind, span: Span) -> TypeId {
        let mut tree = self.tree();
        tree.types.push(Type { span, kind });
        TypeId(tree.types.len() as u32 - 1)
    }

    pub(super) fn type_span(&self, id: TypeId) -> Span {
        self.tree.borrow().types[id.0 as usize].span
    }

    /// Closes a list of expressions that began at this mark of `open_exprs`.
    pub(super) fn close_exprs(&self, mark: usize) -> List {
        let mut tree = self.tree();
        let mut open = self.open_exprs.borrow_mut();
        let list = List { start: tree.expr_lists.len() as u32, len: (open.len() - mark) as u32 };
        tree.expr_lists.extend(open.drain(mark..));
        list
    }

    /// Closes the items of an object that began at this mark of `open_items`.
    pub(super) fn close_items(&self, mark: usize) -> List {
        let mut tree = self.tree();
        let mut open = self.open_items.borrow_mut();
        let list = List { start: tree.items.len() as u32, len: (open.len() - mark) as u32 };
        tree.items.extend(open.drain(mark..));
        list
    }

    /// Closes a list of types that began at this mark of `open_types`.
    pub(super) fn close_types(&self, mark: usize) -> List {
        let mut tree = self.tree();
        let mut open = self.open_types.borrow_mut();
        let list = List { start: tree.type_lists.len() as u32, len: (open.len() - mark) as u32 };
        tree.type_lists.extend(open.drain(mark..));
        list
    }

    /// Records an error. Of several errors at one place, only the first is kept.
    pub(super) fn error(&self, span: Span, message: String, help: Option<&str>) {
        let mut tree = self.tree();
        if let Err(reached) = Limit::SyntaxErrors.check(tree.errors.len() + 1) {
            tree.limits.add((), reached);
            return;
        }
        if tree.errors.iter().rev().take(8).any(|known| known.span.start == span.start) {
            return;
        }
        tree.errors.push(SyntaxError { span, message, help: help.map(str::to_owned) });
    }
}

impl<'s> Input<'s> {
    /// All tokens of a file.
    pub(super) const fn new(cx: &'s Context<'s>) -> Self {
        Self { cx, at: 0, literals: true }
    }

    /// The next token and all after it.
    fn rest(self) -> &'s [Token] {
        &self.cx.tokens[self.at as usize..]
    }

    /// The next token.
    pub(super) const fn token(self) -> Token {
        self.cx.tokens[self.at as usize]
    }

    pub(super) const fn kind(self) -> TokenKind {
        self.token().kind
    }

    pub(super) const fn span(self) -> Span {
        self.token().span
    }

    /// The token after `count` others; the end of the file if there are fewer.
    pub(super) fn ahead(self, count: usize) -> Token {
        let tokens = self.cx.tokens;
        tokens[(self.at as usize + count).min(tokens.len() - 1)]
    }

    /// The text of the next token.
    pub(super) fn text(self) -> &'s str {
        self.span().of(self.cx.text)
    }

    /// The input after the next token. The end of the file is never passed.
    #[must_use]
    pub(super) fn advance(self) -> Self {
        let is_last = self.at as usize + 1 == self.cx.tokens.len();
        Self { at: self.at + u32::from(!is_last), ..self }
    }

    /// Moves to the first token that starts at an offset or after it.
    pub(super) fn at(self, offset: u32) -> Self {
        let before = self.rest().partition_point(|token| token.span.start < offset);
        let last = self.cx.tokens.len() - 1;
        Self { at: (self.at as usize + before).min(last) as u32, ..self }
    }

    /// The input after `count` tokens.
    #[must_use]
    pub(super) fn skip(mut self, count: usize) -> Self {
        for _ in 0..count {
            self = self.advance();
        }
        self
    }

    /// Whether the next token is the word.
    pub(super) fn is_word(self, word: &str) -> bool {
        self.kind() == TokenKind::Identifier && self.text() == word
    }

    /// Number of line-end tokens that follow.
    pub(super) fn count_newlines(self) -> usize {
        self.rest().iter().take_while(|token| token.kind == TokenKind::NewLine).count()
    }

    /// Behind the line ends: `NLS`.
    #[must_use]
    pub(super) fn skip_newlines(self) -> Self {
        if self.kind() == TokenKind::NewLine { self.skip(self.count_newlines()) } else { self }
    }

    /// The tokens from here up to another place.
    pub(super) fn until(self, end: Self) -> &'s [Token] {
        &self.cx.tokens[self.at as usize..end.at as usize]
    }

    /// The text from here to the last token before another place, line ends left out.
    pub(super) fn span_until(self, end: Self) -> Span {
        let last = self.until(end).iter().rev().find(|token| token.kind != TokenKind::NewLine);
        Span::new(self.span().start, last.map_or(self.span().end, |token| token.span.end))
    }

    /// The same place with or without literals allowed.
    #[must_use]
    pub(super) const fn with_literals(self, literals: bool) -> Self {
        Self { literals, ..self }
    }

    /// Fails at this place.
    pub(super) fn fail<T>(self, expected: &'static str) -> Parsed<'s, T> {
        Err(nom::Err::Error(Fail { found: self.token(), expected, help: None }))
    }

    /// Fails here, with advice.
    pub(super) fn fail_with<T>(self, expected: &'static str, help: &'static str) -> Parsed<'s, T> {
        Err(nom::Err::Error(Fail { found: self.token(), expected, help: Some(help) }))
    }

    /// Whether a new statement starts here: at the start of a line, a keyword with the continuation of a statement.
    /// Inside brackets that means that one of them was not closed.
    pub(super) fn is_statement_start(self, place: Place) -> bool {
        let start = self.span().start as usize;
        let at_line_start = start == 0 || matches!(self.cx.text.as_bytes()[start - 1], b'\n' | b'\r');
        if !at_line_start {
            return false;
        }
        if self.kind() == TokenKind::At {
            let is_decorator = self.ahead(1).kind == TokenKind::Identifier;
            return is_decorator && (place != Place::Body || self.decorates_statement());
        }
        if self.kind() != TokenKind::Identifier {
            return false;
        }
        let next = self.ahead(1).kind;
        match self.text() {
            _ if place == Place::Imports && self.ahead(1).span.of(self.cx.text) == "as" => false,
            "resource" if place == Place::Body => self.ahead(2).span.of(self.cx.text).contains('/'),
            "param" | "var" | "output" | "resource" | "module" | "type" | "func" | "metadata" | "assert"
            | "test" | "extension" | "extensionConfig" => next == TokenKind::Identifier,
            "targetScope" => next == TokenKind::Assignment,
            "import" => {
                matches!(next, TokenKind::LeftBrace | TokenKind::Asterisk | TokenKind::StringComplete)
            }
            "using" | "extends" => next == TokenKind::StringComplete,
            _ => false,
        }
    }

    /// Whether the decorators here belong to a statement, and not to a part of a body.
    fn decorates_statement(self) -> bool {
        let mut depth = 0_u32;
        let ahead = self.rest().iter().enumerate().take(DECORATOR_TOKENS);
        for (at, token) in ahead {
            match token.kind {
                TokenKind::LeftParen => depth += 1,
                TokenKind::RightParen => depth = depth.saturating_sub(1),
                TokenKind::NewLine if depth == 0 => {
                    let next = self.skip(at + 1);
                    if !matches!(next.kind(), TokenKind::At | TokenKind::NewLine) {
                        return next.is_statement_start(Place::Body);
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// The error of a failure.
    pub(super) fn report(self, fail: &Fail) {
        let text = self.cx.text;
        let found = describe(fail.found, text);
        let span = if fail.found.kind == TokenKind::NewLine {
            Span::empty(fail.found.span.start)
        } else {
            fail.found.span
        };
        self.cx.error(span, format!("expected {}, found {found}", fail.expected), fail.help);
    }
}

/// A token in a reader's words.
fn describe(token: Token, text: &str) -> String {
    match token.kind {
        TokenKind::NewLine => "the end of the line".to_owned(),
        TokenKind::EndOfFile => "the end of the file".to_owned(),
        TokenKind::StringComplete
        | TokenKind::StringLeftPiece
        | TokenKind::StringMiddlePiece
        | TokenKind::StringRightPiece => "a string".to_owned(),
        _ => {
            let mut shown = token.span.of(text).chars();
            let start: String = shown.by_ref().take(SHOWN_CHARACTERS).flat_map(char::escape_debug).collect();
            format!("`{start}{}`", if shown.next().is_some() { "…" } else { "" })
        }
    }
}

pub(super) fn token(kind: TokenKind, expected: &'static str) -> impl Fn(Input<'_>) -> Parsed<'_, Span> {
    move |input| if input.kind() == kind { Ok((input.advance(), input.span())) } else { input.fail(expected) }
}

/// `IDENT`
pub(super) fn identifier<'s>(input: Input<'s>, expected: &'static str) -> Parsed<'s, Span> {
    match input.kind() {
        TokenKind::Identifier => Ok((input.advance(), input.span())),
        kind if kind.is_reserved_word() => input.fail_with(
            expected,
            "`true`, `false` and `null` are reserved; choose another name, or quote a property",
        ),
        _ => input.fail(expected),
    }
}

/// One link more in a chain of operators or accesses; fails past [`Limit::Chain`].
pub(super) fn link<'s>(input: Input<'s>, length: &mut u32) -> Parsed<'s, ()> {
    *length += 1;
    if *length > LOW_CHAIN {
        input.cx.may_be_high.set(true);
    }
    if let Err(reached) = Limit::Chain.check(*length) {
        return input.fail_with("a shorter chain", reached.fixed());
    }
    Ok((input, ()))
}

/// One level deeper; fails past [`Limit::Nesting`].
pub(super) fn nested<'s, T>(
    input: Input<'s>,
    inner: impl FnOnce(Input<'s>) -> Parsed<'s, T>,
) -> Parsed<'s, T> {
    let depth = &input.cx.depth;
    if let Err(reached) = Limit::Nesting.check(depth.get() + 1) {
        return input.fail_with("less nesting", reached.fixed());
    }
    depth.set(depth.get() + 1);
    if depth.get() > LOW_NESTING {
        input.cx.may_be_high.set(true);
    }
    let parsed = inner(input);
    depth.set(depth.get() - 1);
    parsed
}
