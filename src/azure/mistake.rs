//! What is wrong in written knowledge, and where.

use std::ops::Range;

use toml::Spanned;

/// Something wrong in a knowledge file or in a user's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The bytes of the text that are wrong.
    pub span: Range<usize>,
    /// What is wrong, in one line.
    pub message: String,
}

impl Mistake {
    /// Something wrong at a value.
    pub fn at<T>(place: &Spanned<T>, message: impl Into<String>) -> Self {
        Self { span: place.span(), message: message.into() }
    }

    /// What the TOML reader found.
    pub fn of_toml(error: &toml::de::Error) -> Self {
        Self { span: error.span().unwrap_or(0..0), message: error.message().to_owned() }
    }
}
