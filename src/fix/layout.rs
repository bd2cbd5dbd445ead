//! The layout of a text: where in a bracket a new element goes, with its indentation and line ends.

use crate::source::Span;
use crate::syntax::lexer::lex;
use crate::syntax::token::TokenKind;

/// The text around a new last element of a bracket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// The element gets lines of its own.
    Lines {
        /// Byte offset.
        at: u32,
        /// Text before the element.
        before: String,
        /// The indentation of elements.
        indent: String,
        /// The line end.
        end: &'static str,
        /// Text after the element.
        after: String,
    },
    /// The element goes on the same line as its neighbour.
    Inline {
        /// Byte offset.
        at: u32,
        /// Text before the element.
        before: &'static str,
        /// Text after the element.
        after: &'static str,
    },
}

/// The place for the next element of `{ … }` or `[ … ]`; `None` if this bracket, or one inside it, is not closed.
pub(super) fn spot(text: &str, bracket: Span) -> Option<Spot> {
    let inside = bracket.of(text);
    let tokens = lex(inside).tokens;
    let [.., before, closer, _end_of_file] = tokens.as_slice() else { return None };
    let mut open: Vec<TokenKind> = Vec::new();
    for token in &tokens {
        match token.kind {
            TokenKind::LeftBrace => open.push(TokenKind::RightBrace),
            TokenKind::LeftSquare => open.push(TokenKind::RightSquare),
            TokenKind::LeftParen => open.push(TokenKind::RightParen),
            kind @ (TokenKind::RightBrace | TokenKind::RightSquare | TokenKind::RightParen)
                if open.pop() != Some(kind) =>
            {
                return None;
            }
            _ => {}
        }
    }
    let is_closed = matches!(closer.kind, TokenKind::RightBrace | TokenKind::RightSquare) && open.is_empty();
    if !is_closed {
        return None;
    }
    let at = bracket.start + before.span.end;
    if before.kind == TokenKind::NewLine {
        let close = bracket.start + closer.span.start;
        let line = line_start(text, close);
        let outer = indent_at(text, line);
        let indent = element_indent(text, bracket).unwrap_or_else(|| format!("{outer}{}", unit(text)));
        let end = line_end(text, bracket);
        let mut lines = tokens.iter().enumerate().rev().skip(2);
        let last = lines.find(|(_, token)| token.kind != TokenKind::NewLine).map_or(0, |(at, _)| at);
        if closer.kind == TokenKind::RightSquare && last > 0 {
            // After the last element and a comment on its line.
            let at = bracket.start + tokens[last + 1].span.start;
            return Some(Spot::Lines {
                at,
                before: format!("{end}{indent}"),
                indent,
                end,
                after: String::new(),
            });
        }
        let preceding = Span::new(line, close).of(text);
        return Some(if preceding.trim().is_empty() {
            Spot::Lines { at: line, before: indent.clone(), indent, end, after: end.to_owned() }
        } else {
            // Ex) /* the last comment */ }
            Spot::Lines { at: close, before: String::new(), indent, end, after: format!("{end}{outer}") }
        });
    }
    if tokens.len() == 3 {
        // The bracket contains only comments and white space.
        let (before, after) = if before.span.end < closer.span.start {
            (" ", if inside[1..].starts_with([' ', '\t']) { "" } else { " " })
        } else if closer.kind == TokenKind::RightBrace {
            (" ", " ")
        } else {
            ("", "")
        };
        return Some(Spot::Inline { at, before, after });
    }
    let before = if before.kind == TokenKind::Comma { " " } else { ", " };
    Some(Spot::Inline { at, before, after: "" })
}

/// The additional indentation of the elements relative to the closing bracket.
pub(super) fn step<'t>(text: &'t str, outer: &str, indent: &'t str) -> &'t str {
    indent.strip_prefix(outer).filter(|step| !step.is_empty()).unwrap_or_else(|| unit(text))
}

/// The indentation of the first element that starts a line.
fn element_indent(text: &str, bracket: Span) -> Option<String> {
    let inside = bracket.of(text);
    let tokens = lex(inside).tokens;
    let mut depth = 0_u32;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::LeftBrace | TokenKind::LeftSquare | TokenKind::LeftParen => depth += 1,
            TokenKind::RightBrace | TokenKind::RightSquare | TokenKind::RightParen => {
                depth = depth.saturating_sub(1);
            }
            TokenKind::NewLine if depth == 1 => {
                let next = tokens.get(at + 1).filter(|next| {
                    !matches!(
                        next.kind,
                        TokenKind::NewLine
                            | TokenKind::RightBrace
                            | TokenKind::RightSquare
                            | TokenKind::EndOfFile
                    )
                });
                let Some(next) = next else { continue };
                let line = line_start(text, bracket.start + next.span.start);
                return Some(indent_at(text, line).to_owned());
            }
            _ => {}
        }
    }
    None
}

/// The start of the line that contains an offset.
pub(super) fn line_start(text: &str, offset: u32) -> u32 {
    text[..offset as usize].rfind(['\n', '\r']).map_or(0, |end| end as u32 + 1)
}

/// The white space at an offset.
pub(super) fn indent_at(text: &str, offset: u32) -> &str {
    let rest = &text[offset as usize..];
    &rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()]
}

/// The line end in use: inside the span or, if it has none, in the file.
pub(super) fn line_end(text: &str, near: Span) -> &'static str {
    let first = |text: &str| {
        let at = text.find(['\n', '\r'])?;
        Some(match &text.as_bytes()[at..] {
            [b'\r', b'\n', ..] => "\r\n",
            [b'\r', ..] => "\r",
            _ => "\n",
        })
    };
    first(near.of(text)).or_else(|| first(text)).unwrap_or("\n")
}

/// One step of indentation, taken from the first indented line of the file.
fn unit(text: &str) -> &str {
    let indented =
        text.split(['\n', '\r']).filter(|line| !line.trim().is_empty()).map(|line| indent_at(line, 0));
    indented
        .into_iter()
        .find(|indent| indent.starts_with('\t') || indent.len() >= 2)
        .map_or("  ", |indent| if indent.starts_with('\t') { "\t" } else { indent })
}
