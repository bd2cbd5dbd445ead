//! Profiles: named sets of default levels for rules without a configured level.

use crate::level::Level;

/// A named set of levels. A configured level of a rule or an entry takes precedence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Profile {
    /// Notes become warnings, so that everything that is known is shown
    Strict,
    /// The levels of the catalogue
    #[default]
    Default,
    /// Warnings become notes; races with evidence of failures remain errors
    Calm,
}

impl Profile {
    /// Every one, the loudest first.
    pub const ALL: [Self; 3] = [Self::Strict, Self::Default, Self::Calm];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Default => "default",
            Self::Calm => "calm",
        }
    }

    /// The level of a rule in this profile, from its level without one. Findings about something that was not analysed are
    /// never lowered.
    pub const fn level(self, own: Level, is_gap: bool) -> Level {
        match (self, own) {
            (Self::Strict, Level::Note) => Level::Warning,
            (Self::Calm, Level::Warning) if !is_gap => Level::Note,
            (_, own) => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_moves_one_level_and_never_an_error() {
        let of = |profile: Profile| Level::ALL.map(|level| profile.level(level, false));
        assert_eq!(of(Profile::Strict), [Level::Warning, Level::Warning, Level::Error]);
        assert_eq!(of(Profile::Default), Level::ALL);
        assert_eq!(of(Profile::Calm), [Level::Note, Level::Note, Level::Error]);
        assert_eq!(Profile::Calm.level(Level::Warning, true), Level::Warning);
    }
}
