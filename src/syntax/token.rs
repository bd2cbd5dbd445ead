//! Tokens: kind and span.

use crate::source::Span;

/// Maximum length of a name in bytes. A longer one is also an error of the compiler (BCP024).
pub const LONGEST_NAME: usize = 255;

/// A token of Bicep. Blanks, comments and directives are the gaps between tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its span.
    pub span: Span,
    /// Its kind.
    pub kind: TokenKind,
}

/// The kinds of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TokenKind {
    /// A name; all keywords but three are names.
    Identifier,
    /// Digits.
    Integer,
    /// A whole string without holes.
    StringComplete,
    /// A string from its start to its first `${`.
    StringLeftPiece,
    /// From a `}` to the next `${`.
    StringMiddlePiece,
    /// From a `}` to the end of the string.
    StringRightPiece,
    /// `true`
    TrueKeyword,
    /// `false`
    FalseKeyword,
    /// `null`
    NullKeyword,
    /// A run of line ends.
    NewLine,
    /// The end of the file; an empty token.
    EndOfFile,
    /// `{`
    LeftBrace,
    /// `}`
    RightBrace,
    /// `(`
    LeftParen,
    /// `)`
    RightParen,
    /// `[`
    LeftSquare,
    /// `]`
    RightSquare,
    /// `@`
    At,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `?`
    Question,
    /// `:`
    Colon,
    /// `;`
    Semicolon,
    /// `=`
    Assignment,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Asterisk,
    /// `/`
    Slash,
    /// `%`
    Modulo,
    /// `!`
    Exclamation,
    /// `<`
    LeftChevron,
    /// `>`
    RightChevron,
    /// `<=`
    LessThanOrEqual,
    /// `>=`
    GreaterThanOrEqual,
    /// `==`
    Equals,
    /// `!=`
    NotEquals,
    /// `=~`
    EqualsInsensitive,
    /// `!~`
    NotEqualsInsensitive,
    /// `&&`
    LogicalAnd,
    /// `||`
    LogicalOr,
    /// `??`
    DoubleQuestion,
    /// `::`
    DoubleColon,
    /// `=>`
    Arrow,
    /// `|`
    Pipe,
    /// `...`
    Ellipsis,
    /// `^`
    Hat,
    /// A character that starts no token.
    Unrecognized,
}

impl TokenKind {
    /// The text of punctuation; `None` for tokens whose text varies.
    pub const fn punctuation(self) -> Option<&'static str> {
        Some(match self {
            Self::LeftBrace => "{",
            Self::RightBrace => "}",
            Self::LeftParen => "(",
            Self::RightParen => ")",
            Self::LeftSquare => "[",
            Self::RightSquare => "]",
            Self::At => "@",
            Self::Comma => ",",
            Self::Dot => ".",
            Self::Question => "?",
            Self::Colon => ":",
            Self::Semicolon => ";",
            Self::Assignment => "=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Asterisk => "*",
            Self::Slash => "/",
            Self::Modulo => "%",
            Self::Exclamation => "!",
            Self::LeftChevron => "<",
            Self::RightChevron => ">",
            Self::LessThanOrEqual => "<=",
            Self::GreaterThanOrEqual => ">=",
            Self::Equals => "==",
            Self::NotEquals => "!=",
            Self::EqualsInsensitive => "=~",
            Self::NotEqualsInsensitive => "!~",
            Self::LogicalAnd => "&&",
            Self::LogicalOr => "||",
            Self::DoubleQuestion => "??",
            Self::DoubleColon => "::",
            Self::Arrow => "=>",
            Self::Pipe => "|",
            Self::Ellipsis => "...",
            Self::Hat => "^",
            _ => return None,
        })
    }

    /// Whether it is one of the three reserved words.
    pub const fn is_reserved_word(self) -> bool {
        matches!(self, Self::TrueKeyword | Self::FalseKeyword | Self::NullKeyword)
    }
}
