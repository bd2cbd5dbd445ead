//! What made a run quieter: who turned off, accepted, replaced or left out something, and how much of it.

use std::collections::BTreeMap;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quieting {
    /// A rule is off in a configuration.
    RuleOff,
    /// A rule has a lower level than its own in a configuration.
    LevelLowered,
    /// A profile has lower levels than the catalogue.
    Profile,
    /// A finding is less sure than what is asked for.
    Confidence,
    /// No parameter file allows what was found, and a configuration says that only these count.
    NoEnvironment,
    /// The run does not fail at warnings, as a configuration says.
    FailOn,
    /// A rule was not asked for, or asked not to be told.
    NotSelected,
    /// A directive suppresses findings.
    Suppressed,
    /// A baseline accepts findings or diagnostics.
    Baselined,
    /// A configuration leaves files out.
    Excluded,
    /// A `.gitignore` leaves files out.
    Ignored,
    /// An entry has a lower level than its own in a configuration, or none.
    EntryLowered,
    /// A configuration asks for the levels of version 0.1, of which some are lower.
    OldLevels,
    /// A configuration has an entry of its own in the place of a built-in one.
    EntryReplaced,
    /// A configuration describes a module in the place of what is built in.
    ModuleReplaced,
}

impl Quieting {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RuleOff => "rule-off",
            Self::LevelLowered => "level-lowered",
            Self::Profile => "profile",
            Self::Confidence => "confidence",
            Self::NoEnvironment => "no-environment",
            Self::FailOn => "fail-on",
            Self::NotSelected => "not-selected",
            Self::Suppressed => "suppressed",
            Self::Baselined => "baselined",
            Self::Excluded => "excluded",
            Self::Ignored => "ignored",
            Self::EntryLowered => "entry-lowered",
            Self::OldLevels => "old-levels",
            Self::EntryReplaced => "entry-replaced",
            Self::ModuleReplaced => "module-replaced",
        }
    }
}

/// One thing that made a run quieter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quieter {
    /// What was done.
    pub what: Quieting,
    /// To which rule, entry or module; none for files and levels of the run.
    pub id: Option<String>,
    /// Who did it: a displayed path, or an option.
    pub by: String,
    /// How many findings, diagnostics or files that left out; 1 for an entry or a module.
    pub count: u64,
}

/// Counts what makes a run quieter.
#[derive(Clone, Debug, Default)]
pub struct Quiet(BTreeMap<(Quieting, Option<String>, String), u64>);

impl Quiet {
    /// Counts one more.
    pub fn add(&mut self, what: Quieting, id: Option<&str>, by: &str) {
        *self.0.entry((what, id.map(str::to_owned), by.to_owned())).or_default() += 1;
    }

    /// All of it, in order.
    pub fn into_list(self) -> Vec<Quieter> {
        let one = |((what, id, by), count)| Quieter { what, id, by, count };
        self.0.into_iter().map(one).collect()
    }
}
