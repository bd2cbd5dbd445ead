//! How much a finding matters: the one scale of catalogue, rules and reports.

use std::fmt;
use std::str::FromStr;

/// The severity of a finding, in ascending order: a note is the lowest.
///
/// ```
/// use bicep_race_lint::Level;
///
/// assert!(Level::Note < Level::Warning && Level::Warning < Level::Error);
/// assert_eq!("error".parse(), Ok(Level::Error));
/// assert_eq!(Level::Error.to_string(), "error");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    #[default]
    Note,
    /// Likely to fail at times.
    Warning,
    /// Fails at random, with evidence.
    Error,
}

impl Level {
    /// Every level, the lowest first.
    pub const ALL: [Self; 3] = [Self::Note, Self::Warning, Self::Error];

    /// Its text, as in configuration and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The next lower one: an error becomes a warning, and all else a note.
    #[must_use]
    pub const fn lowered(self) -> Self {
        match self {
            Self::Error => Self::Warning,
            Self::Warning | Self::Note => Self::Note,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The error for a text that is not a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLevel;

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        Self::ALL.into_iter().find(|level| level.as_str() == text).ok_or(UnknownLevel)
    }
}
