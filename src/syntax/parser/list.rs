//! The kinds of list: elements separated by line ends or commas, arguments and parameters separated by commas.

use nom::Err;

use super::input::{Fail, Input, Parsed};
use crate::source::Span;
use crate::syntax::token::TokenKind;

/// The closing bracket of a list.
#[derive(Clone, Copy)]
pub(super) struct Brackets {
    pub(super) close: TokenKind,
    /// Which words start no statement in it.
    pub(super) place: Place,
}

/// Line starts that may be a new statement, because a bracket before them was not closed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Among values, or between statements.
    Anywhere,
    /// Bodies: decorators are allowed, and `resource name 'type'` is nested.
    Body,
    /// Import lists: `param as name` is an item.
    Imports,
}

/// `elements = NLS , [ x , { gap , x } , [ gap ] ]` and the closing token, whose span is returned. `open` is the opening token,
/// which has been read. A broken element is reported and passed to `broken` with its span; the other elements are kept.
pub(super) fn elements<'s>(
    input: Input<'s>,
    open: Span,
    brackets: Brackets,
    mut element: impl FnMut(Input<'s>) -> Parsed<'s, ()>,
    mut broken: impl FnMut(Input<'s>, Span),
) -> Parsed<'s, Span> {
    let Brackets { close, place } = brackets;
    let cx = input.cx;
    let mut input = input.skip_newlines();
    cx.expect_closer(close, 1);
    loop {
        if input.kind() == close {
            cx.expect_closer(close, -1);
            return Ok((input.advance(), input.span()));
        }
        if input.kind() == TokenKind::EndOfFile || input.is_statement_start(place) || closes_outer(input) {
            cx.expect_closer(close, -1);
            return Ok((input, unclosed(input, open)));
        }
        let start = input;
        let marks = cx.marks();
        match element(input) {
            Ok((rest, ())) => input = rest,
            Err(Err::Error(fail)) => {
                // Drop the parts of the broken element, which must not become part of an outer list.
                cx.back_to(marks);
                start.report(&fail);
                input = resume(start, fail.found.span, brackets);
                broken(start, start.span_until(input));
            }
            Err(other) => return Err(other),
        }
        if !ends_element(input, brackets) {
            input.report(&Fail { found: input.token(), expected: "a line end or `,`", help: advice(input) });
            input = resume(input, input.span(), brackets);
        }
        input = gap(input);
    }
}

/// `gap = NL , NLS | ","`, if present.
fn gap(input: Input<'_>) -> Input<'_> {
    if input.kind() != TokenKind::Comma {
        return input.skip_newlines();
    }
    let rest = input.advance();
    if rest.kind() == TokenKind::NewLine {
        let help = Some("separate elements by a comma or by a line end, not by both");
        let message = "expected an element on the same line after `,`, found the end of the line".to_owned();
        rest.cx.error(input.span(), message, help);
    }
    rest.skip_newlines()
}

/// Whether an element may end before this token.
fn ends_element(input: Input<'_>, brackets: Brackets) -> bool {
    match input.kind() {
        TokenKind::NewLine | TokenKind::Comma | TokenKind::EndOfFile => true,
        kind => kind == brackets.close || input.is_statement_start(brackets.place) || closes_outer(input),
    }
}

/// Whether this is a closing bracket that a list further out waits for.
fn closes_outer(input: Input<'_>) -> bool {
    matches!(input.kind(), TokenKind::RightBrace | TokenKind::RightSquare) && input.cx.expects(input.kind())
}

/// Advice for common mistakes.
pub(super) fn advice(input: Input<'_>) -> Option<&'static str> {
    match (input.kind(), input.ahead(1).kind) {
        (TokenKind::Question, TokenKind::Dot) => Some("safe access is written `a.?b`"),
        (TokenKind::Question, TokenKind::LeftSquare) => Some("safe access is written `a[?b]`"),
        _ => None,
    }
}

/// Skips a syntax error: to the next line break, comma or closing bracket of this list after `found`.
fn resume(mut input: Input<'_>, found: Span, brackets: Brackets) -> Input<'_> {
    let at_found = input.at(found.start);
    if at_found.kind() == TokenKind::EndOfFile || at_found.is_statement_start(brackets.place) {
        return at_found;
    }
    let mut depth = 0_u32;
    loop {
        let reached = input.span().start >= found.start;
        match input.kind() {
            TokenKind::EndOfFile => return input,
            _ if input.is_statement_start(brackets.place) => return input,
            TokenKind::LeftBrace | TokenKind::LeftParen | TokenKind::LeftSquare => depth += 1,
            TokenKind::RightBrace | TokenKind::RightParen | TokenKind::RightSquare if depth > 0 => depth -= 1,
            kind if kind == brackets.close || closes_outer(input) => return input,
            TokenKind::NewLine | TokenKind::Comma if depth == 0 && reached => return input,
            _ => {}
        }
        input = input.advance();
    }
}

/// Reports an unclosed bracket, and returns an empty span for the missing one. If several are missing at one place, the
/// innermost is named.
fn unclosed(input: Input<'_>, open: Span) -> Span {
    let at = input.span();
    if input.cx.unclosed_at.replace(at.start) != at.start {
        let bracket = open.of(input.cx.text);
        let help = match input.kind() {
            TokenKind::EndOfFile => "the file ends before the closing bracket",
            TokenKind::RightBrace | TokenKind::RightSquare => "another bracket is closed first",
            _ => "a new statement starts before the closing bracket",
        };
        input.cx.error(open, format!("this `{bracket}` is not closed"), Some(help));
    }
    Span::empty(at.start)
}

/// `arguments = NLS , [ x , { "," , NLS , x } , NLS ]` and the closing token, whose span is returned.
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

/// `parameters = NLS , [ x , NLS , { "," , NLS , x , NLS } , [ "," , NLS ] ]`: and the closing parenthesis.
pub(super) fn parameters<'s, T>(
    input: Input<'s>,
    parameter: impl Fn(Input<'s>) -> Parsed<'s, T>,
) -> Parsed<'s, Vec<T>> {
    let mut found = Vec::new();
    let mut input = input.skip_newlines();
    while input.kind() != TokenKind::RightParen {
        let (rest, one) = parameter(input)?;
        found.push(one);
        input = rest.skip_newlines();
        match input.kind() {
            TokenKind::Comma => input = input.advance().skip_newlines(),
            TokenKind::RightParen => {}
            _ => return input.fail("`,` or `)` after the parameter"),
        }
    }
    Ok((input.advance(), found))
}
