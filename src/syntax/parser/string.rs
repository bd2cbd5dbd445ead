//! String literals: single-line and multi-line, with and without interpolation. A hole is the part between `${` and `}`.

use super::expression::expr;
use super::input::{Input, Parsed};
use crate::source::Span;
use crate::syntax::ast::{ExprId, ExprKind, Piece};
use crate::syntax::token::{Token, TokenKind};

/// `string`, `mstring`, `mistring`
pub(super) fn string(input: Input<'_>) -> Parsed<'_, ExprId> {
    match input.kind() {
        TokenKind::StringComplete => string_complete(input),
        TokenKind::StringLeftPiece => interpolation(input),
        _ => input.fail("a string"),
    }
}

/// `SCOMPLETE`, `mstring`: a string without holes.
pub(super) fn string_complete(input: Input<'_>) -> Parsed<'_, ExprId> {
    if input.kind() != TokenKind::StringComplete {
        return input.fail("a string without `${…}`");
    }
    let piece = piece(input.cx.text, input.span(), input.token());
    Ok((input.advance(), input.cx.expr(ExprKind::Text(piece), input.span())))
}

/// `SLEFT , hole , { SMIDDLE , hole } , SRIGHT`
fn interpolation(start: Input<'_>) -> Parsed<'_, ExprId> {
    let cx = start.cx;
    let mark = cx.open_exprs.borrow().len();
    let opening = start.span();
    let mut input = start;
    loop {
        let piece = piece(cx.text, opening, input.token());
        if !piece.content.is_empty() {
            let literal = cx.expr(ExprKind::Text(piece), piece.content);
            cx.open_exprs.borrow_mut().push(literal);
        }
        if input.kind() == TokenKind::StringRightPiece {
            break;
        }
        let parsed = hole(input.advance());
        let (rest, value) = match parsed {
            Ok(parsed) => parsed,
            Err(nom::Err::Error(fail)) => {
                // Recover inside the string: its later pieces are tokens of their own, so they can still be parsed.
                input.report(&fail);
                let rest = to_next_piece(input.advance());
                let hole = Span::new(input.span().end, rest.span().start.max(input.span().end));
                (rest, cx.expr(ExprKind::Error, hole))
            }
            Err(other) => return Err(other),
        };
        cx.open_exprs.borrow_mut().push(value);
        input = match rest.kind() {
            TokenKind::StringMiddlePiece | TokenKind::StringRightPiece => rest,
            kind if ends_line(kind) => rest,
            _ => {
                rest.report(&super::input::Fail {
                    found: rest.token(),
                    expected: "`}` after the value",
                    help: None,
                });
                to_next_piece(rest)
            }
        };
        if ends_line(input.kind()) {
            // An unfinished line: the last piece belonged to a string inside a hole of this one. The lexer has already reported
            // it.
            let parts = cx.close_exprs(mark);
            let span = opening.to(Span::empty(input.span().start));
            return Ok((input.with_literals(start.literals), cx.expr(ExprKind::Interpolation(parts), span)));
        }
    }
    let parts = cx.close_exprs(mark);
    let span = opening.to(input.span());
    Ok((input.advance().with_literals(start.literals), cx.expr(ExprKind::Interpolation(parts), span)))
}

/// `hole`: an expression without object, array and loop literals.
fn hole(input: Input<'_>) -> Parsed<'_, ExprId> {
    let marks = input.cx.marks();
    expr(input.with_literals(false)).inspect_err(|_| input.cx.back_to(marks))
}

/// Skips to the next piece of this string; nested strings are skipped as a whole.
fn to_next_piece(mut input: Input<'_>) -> Input<'_> {
    let mut depth = 0_u32;
    loop {
        match input.kind() {
            kind if ends_line(kind) => return input,
            TokenKind::StringLeftPiece => depth += 1,
            TokenKind::StringMiddlePiece if depth == 0 => return input,
            TokenKind::StringRightPiece if depth == 0 => return input,
            TokenKind::StringRightPiece => depth -= 1,
            _ => {}
        }
        input = input.advance();
    }
}

/// A hole ends at the end of the line at the latest.
const fn ends_line(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::NewLine | TokenKind::EndOfFile)
}

/// The content of one token of a string whose first token is at `opening`, without quotes and delimiters. The opening token
/// decides whether the string is multi-line and how many dollar signs start a hole: `$$'''…$${hole}…'''`.
pub(super) fn piece(text: &str, opening: Span, Token { span: token, kind }: Token) -> Piece {
    let written = token.of(text);
    if let [b'\'', content @ .., b'\''] = written.as_bytes()
        && kind == TokenKind::StringComplete
        && content.first() != Some(&b'\'')
    {
        let content = Span::new(token.start + 1, token.end - 1);
        return Piece { content, escaped: has_escape(content, text) };
    }
    let dollars = opening.of(text).bytes().take_while(|&byte| byte == b'$').count();
    let multi = opening.of(text)[dollars..].starts_with("'''");
    let (mut start, mut end) = (token.start as usize, token.end as usize);
    if token.start == opening.start {
        start += if multi { dollars + 3 } else { 1 };
    } else {
        start += usize::from(written.starts_with('}'));
    }
    if matches!(kind, TokenKind::StringLeftPiece | TokenKind::StringMiddlePiece) {
        end -= if multi { dollars + 1 } else { 2 };
    } else if multi {
        end -= if text[start..end].ends_with("'''") { 3 } else { 0 };
    } else {
        end -= usize::from(text[start..end].ends_with('\'') && written.len() > 1);
    }
    if multi && token.start == opening.start {
        let content = &text[start..end];
        start += if content.starts_with("\r\n") { 2 } else { usize::from(content.starts_with(['\n', '\r'])) };
    }
    let content = Span::new(start as u32, end as u32);
    Piece { content, escaped: !multi && has_escape(content, text) }
}

fn has_escape(content: Span, text: &str) -> bool {
    memchr::memchr(b'\\', content.of(text).as_bytes()).is_some()
}

/// The text of a piece, with its escapes decoded. A surrogate without its partner becomes U+FFFD.
pub fn decode(piece: Piece, text: &str) -> String {
    let content = piece.content.of(text);
    if !piece.escaped {
        return content.to_owned();
    }
    let mut units: Vec<u16> = Vec::with_capacity(content.len());
    let mut chars = content.chars();
    let mut buffer = [0; 2];
    while let Some(char) = chars.next() {
        if char != '\\' {
            units.extend_from_slice(char.encode_utf16(&mut buffer));
            continue;
        }
        match chars.next() {
            Some('n') => units.push(u16::from(b'\n')),
            Some('r') => units.push(u16::from(b'\r')),
            Some('t') => units.push(u16::from(b'\t')),
            Some('u') => {
                let digits: String = chars.by_ref().skip(1).take_while(|&char| char != '}').collect();
                match u32::from_str_radix(&digits, 16).unwrap_or(0xFFFD) {
                    unit @ 0xD800..=0xDFFF => units.push(unit as u16),
                    point => {
                        let char = char::from_u32(point).unwrap_or('\u{FFFD}');
                        units.extend_from_slice(char.encode_utf16(&mut buffer));
                    }
                }
            }
            Some(other) => units.extend_from_slice(other.encode_utf16(&mut buffer)),
            None => units.push(u16::from(b'\\')),
        }
    }
    String::from_utf16_lossy(&units)
}
