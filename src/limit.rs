//! The bounds of the analysis: each with its number, its words, and where it is told.
//!
//! Untrusted input is analysed in bounded time and memory, and no bound depends on a clock: the same input gives the same
//! report on every machine. [`LIMITS`](Limit::ALL) is the only list: `docs/limits.md` is derived from it.
//!
//! Code does not compare with a number of its own. It asks a [`Limit`] whether a count is allowed, or spends from a
//! [`Budget`]; both answer with [`Reached`] where there is no more. Nothing else makes one, it must be used, and the only
//! use of it is to record it in a [`Record`]. So whoever stops early has named the limit that made them stop:
//!
//! ```
//! use bicep_race_lint::limit::{Limit, Reached, Record};
//!
//! fn first(names: &[&str], record: &mut Record<()>) -> usize {
//!     let allowed: Result<(), Reached> = Limit::TextParts.check(names.len());
//!     match allowed {
//!         Ok(()) => names.len(),
//!         Err(reached) => {
//!             record.add((), reached);
//!             0
//!         }
//!     }
//! }
//!
//! let mut record = Record::default();
//! assert_eq!(first(&["a"; 2000], &mut record), 0);
//! assert_eq!(record.iter().count(), 1);
//! ```

use std::collections::BTreeMap;
use std::fmt;

/// Where a limit is told that is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A `limit-reached` warning at this kind of place; it counts in `coverage.limits`.
    Warning(&'static str),
    /// A `syntax` error there; what follows is read.
    Syntax,
    /// The file counts as unreadable; a module is `unresolved-module`.
    Unreadable,
    /// Where the output shows what it leaves out.
    Output(&'static str),
}

impl fmt::Display for Told {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warning(place) => write!(out, "`limit-reached` at {place}"),
            Self::Syntax => out.write_str("`syntax` there; the rest is read"),
            Self::Unreadable => out.write_str("the file cannot be read; a module is `unresolved-module`"),
            Self::Output(how) => out.write_str(how),
        }
    }
}

/// The part of the analysis that a limit belongs to: a chapter of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Files, and what they refer to.
    Reading,
    /// Values of expressions.
    Values,
    /// Whether conditions hold.
    Conditions,
    /// Effects, pairs and findings.
    Races,
}

impl Stage {
    /// The heading of its chapter.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Reading => "Files and templates",
            Self::Values => "Values",
            Self::Conditions => "Conditions",
            Self::Races => "Races and findings",
        }
    }
}

macro_rules! limits {
    ($($(#[doc = $what:literal])+ $name:ident = $number:expr, $stage:ident, $told:expr, $message:literal;)+) => {
        /// A bound of the analysis.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Limit {
            $($(#[doc = $what])+ $name,)+
        }

        impl Limit {
            /// All of them, in the order of the page.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The number. For messages, pages and tests: code that stops asks [`Limit::check`] or a [`Budget`].
            pub const fn number(self) -> u64 {
                match self {
                    $(Self::$name => $number,)+
                }
            }

            /// What is counted: its row on the page.
            pub const fn what(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($what),+).trim_ascii(),)+
                }
            }

            /// The chapter that it stands in.
            pub const fn stage(self) -> Stage {
                match self {
                    $(Self::$name => Stage::$stage,)+
                }
            }

            /// Where it is told.
            pub const fn told(self) -> Told {
                match self {
                    $(Self::$name => $told,)+
                }
            }

            /// The message, with holes for the number and for how much is beyond it.
            const fn words(self) -> &'static str {
                match self {
                    $(Self::$name => $message,)+
                }
            }
        }
    };
}

limits! {
    /// Bytes of a file
    FileBytes = 64 << 20, Reading, Told::Unreadable, "it is larger than 64 MiB";
    /// Files of a run
    Files = 200_000, Reading, Told::Warning("the first root; the others cannot be read"),
        "a run reads at most {number} files; the others count as unreadable";
    /// Levels of modules, imports and parameter files
    ModuleLevels = 1000, Reading, Told::Warning("the call, which is `unresolved-module` too"),
        "modules refer to each other in more than {number} levels; this one is not followed";
    /// Brackets and other nesting in a file
    Nesting = 200, Reading, Told::Syntax, "expected less nesting";
    /// Operators or accesses in a row
    Chain = 300, Reading, Told::Syntax, "expected a shorter chain";
    /// Height of one expression or type
    Height = 400, Reading, Told::Syntax, "expected less nesting";
    /// Syntax errors of a file
    SyntaxErrors = 1000, Reading, Told::Warning("the last one"),
        "of one file {number} syntax errors are told; there may be more";
    /// Other mistakes of a template, such as names that nothing declares
    Mistakes = 1000, Reading, Told::Warning("the first that is left out"),
        "of one template {number} mistakes are told; there are more from here on";
    /// Parts of a text that is built
    TextParts = 1024, Values, Told::Warning("the expression, which counts as unknown"),
        "this expression is too large to be evaluated, and counts as unknown";
}

impl Limit {
    /// Whether so many are allowed.
    ///
    /// # Errors
    ///
    /// [`Reached`] if they are more than the number.
    #[inline]
    pub fn check(self, count: impl TryInto<u64>) -> Result<(), Reached> {
        // What is negative is allowed; nothing counts beyond 64 bits.
        match count.try_into().unwrap_or(0).checked_sub(self.number()) {
            None | Some(0) => Ok(()),
            Some(beyond) => Err(Reached { limit: self, beyond }),
        }
    }

    /// As much work as its number says.
    pub const fn budget(self) -> Budget {
        self.budget_of(self.number())
    }

    /// Another amount of the same work: a share of it, or a small one for tests.
    pub const fn budget_of(self, work: u64) -> Budget {
        Budget { limit: self, left: work }
    }
}

/// Work that is left, in the unit of its limit.
#[derive(Clone, Debug)]
pub struct Budget {
    limit: Limit,
    left: u64,
}

impl Budget {
    /// Does so much work.
    ///
    /// # Errors
    ///
    /// [`Reached`] if there is less left; then nothing is left.
    pub fn spend(&mut self, work: u64) -> Result<(), Reached> {
        let Some(left) = self.left.checked_sub(work) else {
            let beyond = work - self.left;
            self.left = 0;
            return Err(Reached { limit: self.limit, beyond });
        };
        self.left = left;
        Ok(())
    }

    /// Counts work that is done already, whether or not there was enough left.
    pub fn count(&mut self, work: u64) {
        self.left = self.left.saturating_sub(work);
    }

    /// Whether something is left.
    ///
    /// # Errors
    ///
    /// [`Reached`] if nothing is.
    pub fn check(&self) -> Result<(), Reached> {
        if self.left == 0 { Err(Reached { limit: self.limit, beyond: 0 }) } else { Ok(()) }
    }

    /// Adds work that may be done.
    pub fn add(&mut self, work: u64) {
        self.left = self.left.saturating_add(work);
    }

    /// How much is left.
    pub const fn left(&self) -> u64 {
        self.left
    }
}

/// The proof that a limit was reached. Only [`Limit::check`] and a [`Budget`] make one.
#[must_use = "a limit that is reached must be told: record it"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    limit: Limit,
    /// How much there is beyond it, where that is known.
    beyond: u64,
}

impl Reached {
    /// Which limit it was.
    pub const fn limit(&self) -> Limit {
        self.limit
    }
}

/// The message: the fact, in lower case.
impl fmt::Display for Reached {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.limit.words().replace("{number}", &self.limit.number().to_string());
        out.write_str(&words.replace("{beyond}", &self.beyond.to_string()))
    }
}

/// The limits that were reached, and where: each once for a place, in order.
#[derive(Clone, Debug)]
pub struct Record<P> {
    reached: BTreeMap<(P, Limit), Reached>,
}

impl<P> Default for Record<P> {
    fn default() -> Self {
        Self { reached: BTreeMap::new() }
    }
}

impl<P: Ord> Record<P> {
    /// Records that a limit was reached at a place.
    pub fn add(&mut self, place: P, reached: Reached) {
        let beyond = reached.beyond;
        let known = self.reached.entry((place, reached.limit)).or_insert(reached);
        known.beyond = known.beyond.max(beyond);
    }

    /// Whether none was reached.
    pub fn is_empty(&self) -> bool {
        self.reached.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&P, &Reached)> {
        self.reached.iter().map(|((place, _), reached)| (place, reached))
    }

    /// Takes over what another record holds, each at the place that `at` says.
    pub fn extend<Q>(&mut self, other: Record<Q>, mut at: impl FnMut(Q) -> P) {
        for ((place, _), reached) in other.reached {
            self.add(at(place), reached);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_allowed_up_to_the_number() {
        let number = Limit::TextParts.number();
        assert_eq!(Limit::TextParts.check(number), Ok(()));
        assert_eq!(Limit::TextParts.check(-1), Ok(()));
        let reached = Limit::TextParts.check(number + 3).unwrap_err();
        assert_eq!((reached.limit(), reached.beyond), (Limit::TextParts, 3));
    }

    #[test]
    fn a_budget_ends_once_it_is_spent() {
        let mut budget = Limit::TextParts.budget_of(3);
        assert_eq!((budget.spend(2), budget.left()), (Ok(()), 1));
        assert!(budget.spend(2).is_err());
        assert!(budget.check().is_err());
        budget.add(1);
        assert_eq!(budget.spend(1), Ok(()));
    }

    #[test]
    fn a_limit_is_recorded_once_for_a_place() {
        let mut record = Record::default();
        for (place, count) in [(1, 1030), (1, 1025), (2, 1025)] {
            record.add(place, Limit::TextParts.check(count).unwrap_err());
        }
        let all: Vec<(i32, u64)> = record.iter().map(|(place, reached)| (*place, reached.beyond)).collect();
        assert_eq!(all, [(1, 6), (2, 1)]);
    }

    #[test]
    fn every_limit_has_words() {
        for &limit in Limit::ALL {
            let message = Reached { limit, beyond: 7 }.to_string();
            assert!(!message.contains(['{', '}']) && !message.ends_with('.'), "{message}");
            assert!(message.starts_with(|first: char| first.is_lowercase()), "{message}");
            assert!(limit.number() > 0 && limit.what().starts_with(char::is_uppercase), "{limit:?}");
        }
    }
}
