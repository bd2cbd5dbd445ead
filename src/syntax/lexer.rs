//! Text to tokens, by nom over the bytes. One pass, one dispatch on the first byte of each token.

use memchr::{memchr, memchr2, memmem};
use nom::bytes::complete::{take_while, take_while1};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::ast::{Directive, DirectiveKind, SyntaxError};
use super::run;
use super::token::{LONGEST_NAME, Token, TokenKind};
use crate::limit::{Limit, Record};
use crate::source::Span;

/// The tokens and directives of a text, and its errors.
#[derive(Debug, Default)]
pub struct Lexed {
    /// The tokens; the last is [`TokenKind::EndOfFile`].
    pub tokens: Vec<Token>,
    /// The directives, in order.
    pub directives: Vec<Directive>,
    /// Errors for text that is not a token, in order.
    pub errors: Vec<SyntaxError>,
    /// Whether there were more errors than are listed.
    pub limits: Record<()>,
}

/// A string whose hole the lexer is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// `'…${`
    Single,
    /// `$'''…${` with this many dollars.
    Multi(u32),
    /// A `{` inside a hole.
    Brace,
}

/// Splits a text into tokens.
pub fn lex(text: &str) -> Lexed {
    lex_into(Vec::new(), text)
}

/// The same in the memory of tokens that are not needed any more.
pub(super) fn lex_into(mut tokens: Vec<Token>, text: &str) -> Lexed {
    tokens.clear();
    tokens.reserve(text.len() / 6 + 8);
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        open: Vec::new(),
        out: Lexed { tokens, ..Lexed::default() },
        directive_allowed: true,
    };
    while lexer.step() {}
    lexer.out
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    open: Vec<Open>,
    out: Lexed,
    /// Nothing but blanks precedes on this line.
    directive_allowed: bool,
}

/// The kind of token that a byte can start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    Blank,
    LineEnd,
    Letter,
    Digit,
    Quote,
    /// A token of one byte, whatever follows.
    Single(TokenKind),
}

const CLASSES: [Class; 256] = {
    use TokenKind as K;
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b' ' | b'\t' => Class::Blank,
            b'\r' | b'\n' => Class::LineEnd,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'\'' => Class::Quote,
            b'(' => Class::Single(K::LeftParen),
            b')' => Class::Single(K::RightParen),
            b'[' => Class::Single(K::LeftSquare),
            b']' => Class::Single(K::RightSquare),
            b'@' => Class::Single(K::At),
            b',' => Class::Single(K::Comma),
            b';' => Class::Single(K::Semicolon),
            b'+' => Class::Single(K::Plus),
            b'-' => Class::Single(K::Minus),
            b'*' => Class::Single(K::Asterisk),
            b'%' => Class::Single(K::Modulo),
            b'^' => Class::Single(K::Hat),
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

const fn class(byte: u8) -> Class {
    CLASSES[byte as usize]
}

fn is_word(byte: u8) -> bool {
    matches!(class(byte), Class::Letter | Class::Digit)
}

type Scan<'b> = IResult<&'b [u8], &'b [u8]>;

/// `INT`
fn digits(input: &[u8]) -> Scan<'_> {
    take_while(|byte| class(byte) == Class::Digit)(input)
}

/// `NL`: a run of line ends.
fn line_ends(input: &[u8]) -> Scan<'_> {
    take_while(|byte| class(byte) == Class::LineEnd)(input)
}

fn is_code(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

/// `code = blanks , word`, in which the word may contain `-`. Returns the word.
fn code(input: &[u8]) -> Scan<'_> {
    preceded(take_while1(|byte| class(byte) == Class::Blank), take_while1(is_code)).parse(input)
}

/// Number of bytes that a scanner accepts. Scanners of runs cannot fail.
fn length(scan: fn(&[u8]) -> Scan<'_>, bytes: &[u8]) -> usize {
    scan(bytes).map_or(0, |(_, taken)| taken.len())
}

impl Lexer<'_> {
    fn step(&mut self) -> bool {
        let Some(&byte) = self.bytes.get(self.at) else {
            if !self.open.is_empty() {
                self.unterminated_hole();
            }
            self.push(TokenKind::EndOfFile, self.at);
            return false;
        };
        match class(byte) {
            Class::Blank => self.skip_blanks(),
            Class::Single(kind) => self.push(kind, self.at + 1),
            Class::Letter => {
                let end = self.at + run::word(&self.bytes[self.at..]);
                let kind = match &self.bytes[self.at..end] {
                    b"true" => TokenKind::TrueKeyword,
                    b"false" => TokenKind::FalseKeyword,
                    b"null" => TokenKind::NullKeyword,
                    _ => TokenKind::Identifier,
                };
                if end - self.at > LONGEST_NAME {
                    let message = format!("this name is longer than {LONGEST_NAME} characters");
                    self.error(self.at, end, &message, None);
                }
                self.push(kind, end);
            }
            Class::LineEnd if !self.open.is_empty() => self.unterminated_hole(),
            Class::LineEnd => {
                let end = self.at + length(line_ends, &self.bytes[self.at..]);
                self.push(TokenKind::NewLine, end);
                self.directive_allowed = true;
                self.skip_blanks();
            }
            Class::Quote => self.string(),
            Class::Digit => {
                let end = self.at + length(digits, &self.bytes[self.at..]);
                // Up to nineteen digits always fit.
                if end - self.at > 19 && self.text[self.at..end].parse::<u64>().is_err() {
                    self.error(self.at, end, "this integer does not fit in 64 bits", None);
                }
                self.push(TokenKind::Integer, end);
            }
            Class::Other => self.symbol(byte),
        }
        true
    }

    fn push(&mut self, kind: TokenKind, end: usize) {
        self.out.tokens.push(Token { span: Span::new(self.at as u32, end as u32), kind });
        self.at = end;
        // The most common gap is a single space.
        if self.next_is(0, b' ') {
            self.at += 1;
        }
        self.directive_allowed = false;
    }

    fn skip_blanks(&mut self) {
        self.at += run::blanks(&self.bytes[self.at..]);
    }

    fn error(&mut self, start: usize, end: usize, message: &str, help: Option<&str>) {
        if let Err(reached) = Limit::SyntaxErrors.check(self.out.errors.len() + 1) {
            self.out.limits.add((), reached);
            return;
        }
        self.out.errors.push(SyntaxError {
            span: Span::new(start as u32, end as u32),
            message: message.to_owned(),
            help: help.map(str::to_owned),
        });
    }

    /// A line end or the end of the file inside a hole: all strings that are open end here, with one last piece.
    fn unterminated_hole(&mut self) {
        self.error(self.at, self.at, "expected `}` to end the interpolation before the line ends", None);
        self.open.clear();
        self.push(TokenKind::StringRightPiece, self.at);
    }

    fn next_is(&self, ahead: usize, byte: u8) -> bool {
        self.bytes.get(self.at + ahead) == Some(&byte)
    }

    /// A token that starts with neither letter, digit, quote nor blank, and whose first byte does not decide its kind.
    fn symbol(&mut self, byte: u8) {
        use TokenKind as K;
        let next = self.bytes.get(self.at + 1).copied().unwrap_or(0);
        let (kind, len) = match (byte, next) {
            (b'/', b'/') => return self.line_comment(),
            (b'/', b'*') => return self.block_comment(),
            (b'#', _) if self.directive_allowed && self.directive() => return,
            (b'$', _) if self.dollars_before_quotes().is_some() => return self.string(),
            (b'{', _) => {
                if !self.open.is_empty() {
                    self.open.push(Open::Brace);
                }
                (K::LeftBrace, 1)
            }
            (b'}', _) => match self.open.last() {
                Some(Open::Single) => return self.quoted(1, true),
                Some(&Open::Multi(dollars)) => return self.verbatim(1, dollars, true),
                Some(Open::Brace) | None => (K::RightBrace, 1),
            },
            (b'.', b'.') if self.next_is(2, b'.') => (K::Ellipsis, 3),
            (b'.', _) => (K::Dot, 1),
            (b'?', b'?') => (K::DoubleQuestion, 2),
            (b'?', _) => (K::Question, 1),
            (b':', b':') => (K::DoubleColon, 2),
            (b':', _) => (K::Colon, 1),
            (b'=', b'=') => (K::Equals, 2),
            (b'=', b'~') => (K::EqualsInsensitive, 2),
            (b'=', b'>') => (K::Arrow, 2),
            (b'=', _) => (K::Assignment, 1),
            (b'/', _) => (K::Slash, 1),
            (b'!', b'=') => (K::NotEquals, 2),
            (b'!', b'~') => (K::NotEqualsInsensitive, 2),
            (b'!', _) => (K::Exclamation, 1),
            (b'<', b'=') => (K::LessThanOrEqual, 2),
            (b'<', _) => (K::LeftChevron, 1),
            (b'>', b'=') => (K::GreaterThanOrEqual, 2),
            (b'>', _) => (K::RightChevron, 1),
            (b'&', b'&') => (K::LogicalAnd, 2),
            (b'|', b'|') => (K::LogicalOr, 2),
            (b'|', _) => (K::Pipe, 1),
            _ => return self.unrecognized(),
        };
        self.push(kind, self.at + len);
    }

    fn unrecognized(&mut self) {
        if self.continues_double_quotes() {
            return self.push(TokenKind::Unrecognized, self.at + 1);
        }
        let found = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        let end = self.at + found;
        let shown = self.text[self.at..end].escape_debug().to_string();
        let help = match shown.as_str() {
            "\\\"" => Some("strings are written with single quotes: `'text'`"),
            "&" => Some("the logical operator is `&&`"),
            "#" => Some(
                "known directives are `#disable-next-line`, `#disable-diagnostics` and `#restore-diagnostics`, with at least one code",
            ),
            _ => None,
        };
        let shown = if shown == "\\\"" { "\"".to_owned() } else { shown };
        self.error(self.at, end, &format!("`{shown}` means nothing here"), help);
        self.push(TokenKind::Unrecognized, end);
    }

    /// Whether this double quote closes one earlier on the line. If so, the earlier error is extended over the whole string.
    fn continues_double_quotes(&mut self) -> bool {
        let Some(last) = self.out.errors.last_mut().filter(|_| self.bytes[self.at] == b'"') else {
            return false;
        };
        let start = last.span.start as usize;
        let between = &self.bytes[last.span.end as usize..self.at];
        let same_line = self.bytes[start] == b'"' && memchr2(b'\n', b'\r', between).is_none();
        if same_line {
            last.span.end = self.at as u32 + 1;
        }
        same_line
    }

    fn line_comment(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        self.directive_allowed = false;
    }

    fn block_comment(&mut self) {
        let rest = &self.bytes[self.at..];
        if let Some(end) = memmem::find(&rest[2..], b"*/") {
            self.at += end + 4;
        } else {
            self.error(self.at, self.at + 2, "this comment is not closed", Some("close it with `*/`"));
            self.at = self.bytes.len();
        }
        self.directive_allowed = false;
    }

    /// `#disable-next-line CODE …`; returns false if it is not a directive.
    fn directive(&mut self) -> bool {
        let rest = &self.text[self.at + 1..];
        let name = &rest[..rest.bytes().position(|byte| !is_code(byte)).unwrap_or(rest.len())];
        let kind = match name {
            "disable-next-line" => DirectiveKind::DisableNextLine,
            "disable-diagnostics" => DirectiveKind::DisableDiagnostics,
            "restore-diagnostics" => DirectiveKind::RestoreDiagnostics,
            _ => return false,
        };
        let mut end = self.at + 1 + name.len();
        let mut codes = Vec::new();
        while let Ok((rest, found)) = code(&self.bytes[end..]) {
            end = self.bytes.len() - rest.len();
            codes.push(Span::new((end - found.len()) as u32, end as u32));
        }
        if codes.is_empty() {
            self.error(self.at, end, "this directive names no code", Some("write the codes after it"));
        }
        self.out.directives.push(Directive { span: Span::new(self.at as u32, end as u32), kind, codes });
        self.at = end;
        self.directive_allowed = false;
        true
    }

    /// The number of `$` directly before three quotes, if it is that.
    fn dollars_before_quotes(&self) -> Option<usize> {
        let rest = &self.bytes[self.at..];
        let dollars = rest.iter().take_while(|&&byte| byte == b'$').count();
        rest[dollars..].starts_with(b"'''").then_some(dollars)
    }

    fn string(&mut self) {
        match self.dollars_before_quotes() {
            Some(dollars) => self.verbatim(dollars + 3, dollars as u32, false),
            None => self.quoted(1, false),
        }
    }

    /// From a quote or `}` to the next `${` or the closing quote.
    fn quoted(&mut self, skip: usize, inside: bool) {
        let mut at = self.at + skip;
        loop {
            at += run::content(&self.bytes[at..]);
            match self.bytes.get(at) {
                None | Some(b'\n' | b'\r') => break self.unterminated_string(at, inside),
                Some(b'\'') => {
                    let kind = if inside { TokenKind::StringRightPiece } else { TokenKind::StringComplete };
                    if inside {
                        self.open.pop();
                    }
                    break self.push(kind, at + 1);
                }
                Some(b'$') if self.bytes.get(at + 1) == Some(&b'{') => {
                    if !inside {
                        self.open.push(Open::Single);
                    }
                    let kind = if inside { TokenKind::StringMiddlePiece } else { TokenKind::StringLeftPiece };
                    break self.push(kind, at + 2);
                }
                Some(b'\\') => at = self.escape(at),
                Some(_) => at += 1,
            }
        }
    }

    fn unterminated_string(&mut self, end: usize, inside: bool) {
        self.error(self.at, end, "this string is not closed on its line", Some("close it with `'`"));
        if inside {
            self.open.pop();
        }
        let kind = if inside { TokenKind::StringRightPiece } else { TokenKind::StringComplete };
        self.push(kind, end);
    }

    /// Checks an escape sequence and returns its end.
    fn escape(&mut self, at: usize) -> usize {
        const HELP: &str = r"the escapes are `\n`, `\r`, `\t`, `\\`, `\'`, `\$` and `\u{…}`";
        match self.bytes.get(at + 1) {
            Some(b'n' | b'r' | b't' | b'\\' | b'\'' | b'$') => at + 2,
            Some(b'u') if self.bytes.get(at + 2) == Some(&b'{') => {
                let digits = &self.bytes[at + 3..];
                let len = digits.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
                let value = u32::from_str_radix(&self.text[at + 3..at + 3 + len], 16);
                let closed = digits.get(len) == Some(&b'}');
                let end = at + 3 + len + usize::from(closed);
                if !closed || !value.is_ok_and(|value| value <= 0x0010_FFFF) {
                    self.error(at, end, "expected a hexadecimal code point up to 10FFFF in `\\u{…}`", None);
                }
                end
            }
            None | Some(b'\n' | b'\r') => at + 1,
            Some(_) => {
                let len = self.text[at + 1..].chars().next().map_or(0, char::len_utf8);
                self.error(at, at + 1 + len, "this escape is not known", Some(HELP));
                at + 1 + len
            }
        }
    }

    /// From `'''` or `}` to the next hole or the closing quotes.
    fn verbatim(&mut self, skip: usize, dollars: u32, inside: bool) {
        let mut at = self.at + skip;
        loop {
            let rest = &self.bytes[at..];
            let found = if dollars == 0 { memchr(b'\'', rest) } else { memchr2(b'\'', b'$', rest) };
            let Some(found) = found else {
                self.error(self.at, self.at + skip, "this string is not closed", Some("close it with `'''`"));
                if inside {
                    self.open.pop();
                }
                let kind = if inside { TokenKind::StringRightPiece } else { TokenKind::StringComplete };
                return self.push(kind, self.bytes.len());
            };
            at += found;
            let mark = self.bytes[at];
            let run = self.bytes[at..].iter().take_while(|&&byte| byte == mark).count();
            if mark == b'\'' && run >= 3 {
                if inside {
                    self.open.pop();
                }
                let kind = if inside { TokenKind::StringRightPiece } else { TokenKind::StringComplete };
                return self.push(kind, at + run);
            }
            if mark == b'$' && run >= dollars as usize && self.bytes.get(at + run) == Some(&b'{') {
                if !inside {
                    self.open.push(Open::Multi(dollars));
                }
                let kind = if inside { TokenKind::StringMiddlePiece } else { TokenKind::StringLeftPiece };
                return self.push(kind, at + run + 1);
            }
            at += run;
        }
    }
}
