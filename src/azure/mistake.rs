//! A mistake in a TOML file, with its place.

use std::ops::Range;

use toml::Spanned;

/// An error in a knowledge file or in a user's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The wrong part of the text, in bytes.
    pub span: Range<usize>,
    /// The message, in one line.
    pub message: String,
}

impl Mistake {
    /// A mistake at the place of a value.
    pub fn at<T>(place: &Spanned<T>, message: impl Into<String>) -> Self {
        Self { span: place.span(), message: message.into() }
    }

    /// Converts an error of the TOML parser.
    pub fn of_toml(error: &toml::de::Error) -> Self {
        Self { span: error.span().unwrap_or(0..0), message: error.message().to_owned() }
    }
}
