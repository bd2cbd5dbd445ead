//! Whole files, statement by statement. A broken statement is reported, and parsing resumes at the next one.

use super::declaration::{KEYWORDS, declaration, decorators};
use super::expression::expr;
use super::input::{Context, Fail, Input, Marks, Parsed};
use super::list::{Place, advice};
use super::params::{self, p_declaration};
use crate::limit::{Limit, Record};
use crate::small_sort::SmallSort as _;
use crate::source::Span;
use crate::syntax::ast::{ExprId, ExprKind, FileKind, List, Statement, StatementKind, SyntaxError, Tree};
use crate::syntax::height::limit_height;
use crate::syntax::lexer::{lex, lex_into};
use crate::syntax::token::{Token, TokenKind as K};

/// The buffers of a parser, kept from one file to the next, so that a run does not allocate them for each file.
#[derive(Debug, Default)]
pub struct ParseBuffers {
    tokens: Vec<Token>,
    tree: Option<Tree>,
}

/// Buffers for more tokens than this are given back: few files need them again.
const KEPT_TOKENS: usize = 1 << 16;

impl ParseBuffers {
    /// Parses a file. Syntax errors are in the tree's `errors`; the rest of the file is in the tree.
    pub fn parse(&mut self, text: &str, kind: FileKind) -> Tree {
        let lexed = lex_into(std::mem::take(&mut self.tokens), text);
        let mut tree = self.tree.take().map_or_else(|| Tree::empty(kind), |last| last.cleared(kind));
        tree.reserve(lexed.tokens.len());
        (tree.directives, tree.limits) = (lexed.directives, lexed.limits);
        let cx = Context::new(text, &lexed.tokens, tree);
        match kind {
            FileKind::Bicep => bicep_file(Input::new(&cx)),
            FileKind::Params => params_file(Input::new(&cx)),
        }
        let tree = finish(cx, lexed.errors);
        self.tokens = lexed.tokens;
        tree
    }

    /// Takes back the memory of a tree that is not needed any more.
    pub fn take_back(&mut self, tree: Tree) {
        if self.tokens.capacity() > KEPT_TOKENS {
            *self = Self::default();
        } else {
            self.tree = Some(tree);
        }
    }
}

/// Parses a file. Syntax errors are in the tree's `errors`; the rest of the file is in the tree.
pub fn parse(text: &str, kind: FileKind) -> Tree {
    ParseBuffers::default().parse(text, kind)
}

/// The tree with all its errors in order, and no higher than is allowed.
fn finish(cx: Context<'_>, lexical: Vec<SyntaxError>) -> Tree {
    let may_be_high = cx.may_be_high.get();
    let mut tree = cx.tree.into_inner();
    if may_be_high {
        limit_height(&mut tree);
    }
    if !lexical.is_empty() {
        // An error of the lexer explains an error of the parser at the same place, so the latter is dropped.
        let explained = |error: &SyntaxError| {
            let behind = lexical.partition_point(|known| known.span.start <= error.span.start);
            behind > 0 && lexical[behind - 1].span.touches(error.span.start)
        };
        tree.errors.retain(|error| !explained(error));
        tree.errors.extend(lexical);
    }
    tree.errors.small_sort_by_key(|error| error.span);
    if let Err(reached) = Limit::SyntaxErrors.check(tree.errors.len()) {
        tree.errors.truncate(reached.number() as usize);
        tree.limits.add((), reached);
    }
    tree
}

/// Parses a text that is one expression.
pub fn parse_expression(text: &str) -> (Tree, ExprId) {
    let lexed = lex(text);
    let cx = Context::new(text, &lexed.tokens, Tree { limits: lexed.limits, ..Tree::empty(FileKind::Bicep) });
    let input = Input::new(&cx).skip_newlines();
    let value = match expr(input) {
        Ok((rest, value)) if rest.skip_newlines().kind() == K::EndOfFile => value,
        Ok((rest, value)) => {
            rest.report(&Fail { found: rest.token(), expected: "the end of the expression", help: None });
            value
        }
        Err(nom::Err::Error(fail) | nom::Err::Failure(fail)) => {
            input.report(&fail);
            cx.expr(ExprKind::Error, fail.found.span)
        }
        Err(nom::Err::Incomplete(_)) => cx.expr(ExprKind::Error, input.span()),
    };
    (finish(cx, lexed.errors), value)
}

impl Tree {
    fn empty(kind: FileKind) -> Self {
        Self {
            kind,
            statements: Vec::new(),
            exprs: Vec::new(),
            expr_lists: Vec::new(),
            for_heads: Vec::new(),
            items: Vec::new(),
            decorators: Vec::new(),
            names: Vec::new(),
            deployables: Vec::new(),
            types: Vec::new(),
            type_lists: Vec::new(),
            type_members: Vec::new(),
            directives: Vec::new(),
            errors: Vec::new(),
            limits: Record::default(),
        }
    }

    /// Reserves capacity for the tree of about this many tokens.
    fn reserve(&mut self, tokens: usize) {
        self.exprs.reserve(tokens / 2);
        self.expr_lists.reserve(tokens / 16);
        self.items.reserve(tokens / 8);
        self.types.reserve(tokens / 32);
    }

    /// An empty tree in the memory of this one.
    fn cleared(mut self, kind: FileKind) -> Self {
        self.kind = kind;
        self.statements.clear();
        self.exprs.clear();
        self.expr_lists.clear();
        self.for_heads.clear();
        self.items.clear();
        self.decorators.clear();
        self.names.clear();
        self.deployables.clear();
        self.types.clear();
        self.type_lists.clear();
        self.type_members.clear();
        self.directives.clear();
        self.errors.clear();
        self.limits = Record::default();
        self
    }
}

/// `bicep_file = { NL | statement , ( NL | EOF ) } , EOF`
fn bicep_file(input: Input<'_>) {
    statements(input, statement);
}

/// `params_file = { NL | p_statement , ( NL | EOF ) } , EOF`
fn params_file(input: Input<'_>) {
    statements(input, p_statement);
}

/// `statement = { decorator } , declaration`
fn statement(input: Input<'_>) -> Parsed<'_, (List, StatementKind)> {
    let (rest, decorators) = decorators(input)?;
    let (rest, kind) = declaration(rest, decorators)?;
    Ok((rest, (decorators, kind)))
}

/// `p_statement = { decorator } , p_declaration`
fn p_statement(input: Input<'_>) -> Parsed<'_, (List, StatementKind)> {
    let (rest, decorators) = decorators(input)?;
    let (rest, kind) = p_declaration(rest)?;
    Ok((rest, (decorators, kind)))
}

fn statements<'s>(mut input: Input<'s>, parser: fn(Input<'s>) -> Parsed<'s, (List, StatementKind)>) {
    loop {
        input = input.skip_newlines();
        if input.kind() == K::EndOfFile {
            return;
        }
        let start = input;
        let (decorators, kind) = match parser(input) {
            Ok((rest, parsed)) => {
                input = end_of_statement(start, rest);
                parsed
            }
            Err(nom::Err::Error(fail) | nom::Err::Failure(fail)) => {
                explain(start, &fail);
                input = next_statement(start, fail.found.span);
                rescued(start)
            }
            Err(nom::Err::Incomplete(_)) => return,
        };
        start.cx.back_to(Marks::default());
        let span = start.span_until(input);
        start.cx.tree().statements.push(Statement { span, decorators, kind });
    }
}

/// Keeps what is known about a statement with a syntax error: the name and target of a resource or module.
fn rescued(start: Input<'_>) -> (List, StatementKind) {
    let Some(id) = start.cx.rescued.take() else {
        return (List::default(), StatementKind::Error);
    };
    let tree = start.cx.tree();
    let declared = &tree.deployables[id.0 as usize];
    let is_resource =
        Span::new(declared.span.start, declared.name.start).of(start.cx.text).starts_with("resource");
    let kind = if is_resource { StatementKind::Resource(id) } else { StatementKind::Module(id) };
    (declared.decorators, kind)
}

/// A statement ends at a line break, or at the next statement if a bracket was left open.
fn end_of_statement<'s>(start: Input<'s>, rest: Input<'s>) -> Input<'s> {
    if matches!(rest.kind(), K::NewLine | K::EndOfFile)
        || (rest.is_statement_start(Place::Anywhere) && rest.span() != start.span())
    {
        return rest;
    }
    rest.report(&Fail { found: rest.token(), expected: "the end of the line", help: advice(rest) });
    next_statement(start, rest.span())
}

/// Finds where parsing resumes: the first line after `found` that starts a statement, with brackets closed as far as
/// that can be determined.
fn next_statement(start: Input<'_>, found: Span) -> Input<'_> {
    let mut input = start.advance();
    let mut depth = 0_i32;
    let mut after_line_end = false;
    loop {
        let reached = input.span().start >= found.start;
        match input.kind() {
            K::EndOfFile => return input,
            _ if reached && after_line_end && input.is_statement_start(Place::Anywhere) => return input,
            K::At if reached && after_line_end && depth <= 0 => return input,
            K::Identifier if reached && after_line_end && depth <= 0 && is_keyword(input) => return input,
            K::LeftBrace | K::LeftParen | K::LeftSquare => depth += 1,
            K::RightBrace | K::RightParen | K::RightSquare => depth -= 1,
            _ => {}
        }
        after_line_end = input.kind() == K::NewLine;
        input = input.advance();
    }
}

fn is_keyword(input: Input<'_>) -> bool {
    KEYWORDS.contains(&input.text()) || params::KEYWORDS.contains(&input.text())
}

/// Reports why a statement could not be parsed; a mistyped keyword is recognised.
fn explain(start: Input<'_>, fail: &Fail) {
    let is_first = fail.found.span.start == start.span().start || fail.expected.ends_with("a declaration");
    if !is_first || fail.found.kind != K::Identifier {
        return start.report(fail);
    }
    let written = fail.found.span.of(start.cx.text);
    let keywords = match start.cx.tree().kind {
        FileKind::Bicep => KEYWORDS,
        FileKind::Params => params::KEYWORDS,
    };
    let near = keywords.iter().find(|keyword| is_near(written, keyword));
    let help = near.map(|keyword| format!("did you mean `{keyword}`?"));
    let kind = if keywords == KEYWORDS { "a declaration" } else { "a statement of a parameter file" };
    start.cx.error(fail.found.span, format!("expected {kind}, found `{written}`"), help.as_deref());
}

/// Whether one word becomes the other by one or two edits: a letter added, removed or changed, or two letters
/// exchanged.
fn is_near(written: &str, keyword: &str) -> bool {
    let (written, keyword) = (written.to_ascii_lowercase(), keyword.to_ascii_lowercase());
    if written.len().abs_diff(keyword.len()) > 2 {
        return false;
    }
    let keyword = keyword.as_bytes();
    let mut before: Vec<usize> = (0..=keyword.len()).collect();
    for (row, byte) in written.bytes().enumerate() {
        let mut current = vec![row + 1];
        for (column, wanted) in keyword.iter().enumerate() {
            let change = before[column] + usize::from(byte != *wanted);
            current.push(change.min(before[column + 1] + 1).min(current[column] + 1));
        }
        before = current;
    }
    before[keyword.len()] <= if keyword.len() > 4 { 2 } else { 1 }
}
