//! The two kinds of list: elements separated by line ends or commas, and arguments separated by commas.

use nom::Err;

use super::input::{Input, Parsed};
use crate::source::Span;
use crate::syntax::token::TokenKind;

/// What a list is closed by.
#[derive(Clone, Copy)]
pub(super) struct Brackets {
    /// The closing token.
    pub(super) close: TokenKind,
    /// Whether resources may stand in it.
    pub(super) resource_body: bool,
}

/// `elements`: each gap is either line ends or one comma. The opening token has been read and stands at `open`; the
/// closing one is read. A broken element is reported and left out, the others are kept.
pub(super) fn elements<'s>(
    mut input: Input<'s>,
    open: Span,
    brackets: Brackets,
    mut element: impl FnMut(Input<'s>) -> Parsed<'s, ()>,
) -> Parsed<'s, Span> {
    let Brackets { close, resource_body, .. } = brackets;
    input = input.skip_newlines();
    loop {
        if input.kind() == close {
            return Ok((input.advance(), input.span()));
        }
        if input.kind() == TokenKind::EndOfFile || input.is_statement_start(resource_body) {
            return Ok((input, unclosed(input, open)));
        }
        let start = input;
        match element(input) {
            Ok((rest, ())) => input = rest,
            Err(Err::Error(fail)) => {
                input.report(&fail);
                input = resume(input, fail.found.span, brackets);
            }
            Err(other) => return Err(other),
        }
        match input.kind() {
            TokenKind::NewLine => input = input.skip_newlines(),
            TokenKind::Comma => {
                let comma = input.span();
                input = input.advance();
                if input.kind() == TokenKind::NewLine {
                    let help = Some("separate elements by a comma or by a line end, not by both");
                    input.cx.error(comma, "expected an element on the same line after `,`".to_owned(), help);
                    input = input.skip_newlines();
                }
            }
            kind if kind == close => {}
            TokenKind::EndOfFile => {}
            _ => {
                let fail = super::input::Fail {
                    found: input.token(),
                    expected: "a line end or `,`",
                    help: advice(input),
                };
                input.report(&fail);
                let found = input.span();
                input = resume(start, found, brackets);
            }
        }
    }
}

/// Advice for what is often written by mistake.
fn advice(input: Input<'_>) -> Option<&'static str> {
    match (input.kind(), input.ahead(1).kind) {
        (TokenKind::Question, TokenKind::Dot) => Some("safe access is written `a.?b`"),
        (TokenKind::Question, TokenKind::LeftSquare) => Some("safe access is written `a[?b]`"),
        _ => None,
    }
}

/// Behind what could not be parsed: the next line end, comma or closing bracket of this list after `found`.
fn resume(mut input: Input<'_>, found: Span, brackets: Brackets) -> Input<'_> {
    let mut depth = 0_u32;
    loop {
        let reached = input.span().start >= found.start;
        match input.kind() {
            TokenKind::EndOfFile => return input,
            _ if input.is_statement_start(brackets.resource_body) => return input,
            TokenKind::LeftBrace | TokenKind::LeftParen | TokenKind::LeftSquare => depth += 1,
            TokenKind::RightBrace | TokenKind::RightParen | TokenKind::RightSquare if depth > 0 => depth -= 1,
            kind if kind == brackets.close => return input,
            TokenKind::NewLine | TokenKind::Comma if depth == 0 && reached => return input,
            _ => {}
        }
        input = input.advance();
    }
}

/// Reports a bracket that is not closed; gives an empty span where the closing one is missing.
fn unclosed(input: Input<'_>, open: Span) -> Span {
    let bracket = open.of(input.cx.text);
    let already =
        input.cx.tree().errors.iter().rev().take(64).any(|error| error.message.ends_with("is not closed"));
    let help = "a new statement starts before the closing bracket";
    if !already || input.kind() == TokenKind::EndOfFile {
        input.cx.error(open, format!("this `{bracket}` is not closed"), Some(help));
    }
    Span::empty(input.span().start)
}

/// `args`: after the opening parenthesis; line ends may stand before and after elements, but a comma is needed between
/// them. Gives the span of the closing token.
pub(super) fn arguments<'s>(
    input: Input<'s>,
    close: TokenKind,
    expected: &'static str,
    mut argument: impl FnMut(Input<'s>) -> Parsed<'s, ()>,
) -> Parsed<'s, Span> {
    let mut input = input.skip_newlines();
    if input.kind() == close {
        return Ok((input.advance(), input.span()));
    }
    loop {
        input = argument(input)?.0;
        let after = input.skip_newlines();
        if after.kind() == close {
            return Ok((after.advance(), after.span()));
        }
        if input.kind() != TokenKind::Comma {
            return input.fail(expected);
        }
        input = input.advance().skip_newlines();
    }
}
