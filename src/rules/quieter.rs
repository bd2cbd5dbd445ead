//! Everything that made a run quieter: who turned off, accepted, replaced or excluded something, and how many results
//! it hid.

use std::collections::BTreeMap;

/// The ways in which a run can become quieter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quieting {
    /// A configuration turns a rule off.
    RuleOff,
    /// A configuration gives a rule a lower level than its default.
    LevelLowered,
    /// A profile lowers levels of the catalogue.
    Profile,
    /// A finding is below the requested confidence.
    Confidence,
    /// A configuration says that only parameter files count, and none of them allows the finding.
    NoEnvironment,
    /// A configuration says that warnings do not fail the run.
    FailOn,
    /// A rule was not selected, or was ignored.
    NotSelected,
    /// A directive suppresses findings.
    Suppressed,
    /// A baseline accepts findings or diagnostics.
    Baselined,
    /// A configuration excludes files.
    Excluded,
    /// A `.gitignore` file excludes files.
    Ignored,
    /// A configuration gives an entry a lower level than its default, or turns it off.
    EntryLowered,
    /// A configuration asks for the levels of version 0.1, some of which are lower.
    OldLevels,
    /// A configuration replaces a built-in entry by its own.
    EntryReplaced,
    /// A configuration replaces the built-in description of a module.
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
    /// The way in which it made the run quieter.
    pub what: Quieting,
    /// The affected rule, entry or module; `None` for files and for levels of the whole run.
    pub id: Option<String>,
    /// The source: a displayed path, or an option.
    pub by: String,
    /// The number of hidden findings, diagnostics or files; 1 for an entry or a module.
    pub count: u64,
}

/// Counts what makes a run quieter.
#[derive(Clone, Debug, Default)]
pub struct Quiet(BTreeMap<(Quieting, Option<String>, String), u64>);

impl Quiet {
    /// Adds one to a count.
    pub fn add(&mut self, what: Quieting, id: Option<&str>, by: &str) {
        *self.0.entry((what, id.map(str::to_owned), by.to_owned())).or_default() += 1;
    }

    /// All counts, sorted.
    pub fn into_list(self) -> Vec<Quieter> {
        let one = |((what, id, by), count)| Quieter { what, id, by, count };
        self.0.into_iter().map(one).collect()
    }
}
