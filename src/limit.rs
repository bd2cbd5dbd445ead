//! The limits of the analysis: each with its number, its message, and the place where it is reported.
//!
//! Untrusted input is analysed in bounded time and memory, and no limit depends on a clock: the same input gives the same
//! report on every machine. [`LIMITS`](Limit::ALL) is the only list: `docs/limits.md` is derived from it.
//!
//! Code does not compare with a number of its own. It asks a [`Limit`] whether a count is allowed, or spends from a
//! [`Budget`]; both return [`Reached`] if the limit is exceeded. Nothing else makes one, it must be used, and the only
//! use of it is to add it to a [`Record`]. So code that stops early has named the limit that made it stop:
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

/// Where a limit that was reached is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A `limit-reached` warning at this kind of place; it counts in `coverage.limits`.
    Warning(&'static str),
    /// A `syntax` error there; the rest of the file is read.
    Syntax,
    /// The file counts as unreadable: `unread-file` at the reference of a template.
    Unreadable,
    /// The output says what it leaves out.
    Output(&'static str),
}

impl fmt::Display for Told {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warning(place) => write!(out, "`limit-reached` at {place}"),
            Self::Syntax => out.write_str("`syntax` there; the rest is read"),
            Self::Unreadable => out.write_str("`unread-file` at the reference; a root cannot be read"),
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
    /// The output.
    Output,
}

impl Stage {
    /// The heading of its chapter.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Reading => "Files and templates",
            Self::Values => "Values",
            Self::Conditions => "Conditions",
            Self::Races => "Races and findings",
            Self::Output => "Reports, pictures and remedies",
        }
    }
}

macro_rules! limits {
    ($($(#[doc = $what:literal])+ $name:ident = $number:expr, $stage:ident, $told:expr, $message:literal;)+) => {
        /// A limit of the analysis.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Limit {
            $($(#[doc = $what])+ $name,)+
        }

        impl Limit {
            /// All limits, in the order of the page.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The number, for messages, pages and tests. Code that stops early asks [`Limit::check`] or a [`Budget`].
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

            /// The chapter that contains it.
            pub const fn stage(self) -> Stage {
                match self {
                    $(Self::$name => Stage::$stage,)+
                }
            }

            /// Where it is reported.
            pub const fn told(self) -> Told {
                match self {
                    $(Self::$name => $told,)+
                }
            }

            /// The message, with placeholders for the number and for the amount beyond it.
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
    /// Bytes of a configuration (`bicep-race-lint.toml`, `bicepconfig.json`) or a `.gitignore`
    SettingsBytes = 4 << 20, Reading, Told::Output("a configuration is a usage error; a `bicepconfig.json` cannot be read; a `.gitignore` is ignored, with a message"),
        "settings of more than {number} bytes are not read";
    /// Bytes of all files of a run; a file counts once for each path that refers to it
    RunBytes = 1 << 30, Reading, Told::Warning("the first root; the others cannot be read"),
        "a run reads at most {number} bytes; the files beyond them count as unreadable";
    /// Files of a run
    Files = 200_000, Reading, Told::Warning("the first root; the others cannot be read"),
        "a run reads at most {number} files; the others count as unreadable";
    /// Levels of modules, imports and parameter files
    ModuleLevels = 1000, Reading, Told::Warning("the call, which also gets `unresolved-module`"),
        "modules refer to each other in more than {number} levels; this one is not followed";
    /// Nesting of brackets and operators in a Bicep file
    Nesting = 200, Reading, Told::Syntax, "more than 200 levels of brackets and operators are not read";
    /// Operators or accesses in a row
    Chain = 300, Reading, Told::Syntax, "more than 300 operators or accesses in a row are not read";
    /// Height of one expression or type
    Height = 400, Reading, Told::Syntax, "more than 400 levels are not read";
    /// Nesting of a JSON file
    JsonNesting = 200, Reading, Told::Syntax, "at most 200 levels of nesting";
    /// Nesting of an expression in an ARM template
    ArmNesting = 100, Reading, Told::Syntax, "at most 100 levels of nesting";
    /// Syntax errors of a file
    SyntaxErrors = 1000, Reading, Told::Warning("the last one"),
        "only the first {number} syntax errors of this file are reported; there may be more";
    /// Other mistakes of a template, such as names that nothing declares
    Mistakes = 1000, Reading, Told::Warning("the first one that is not reported"),
        "only the first {number} mistakes of this template are reported; more exist from here on";
    /// Types that a parameter's type refers to, directly or through others
    TypeDepth = 32, Reading, Told::Warning("the type; the parameter may have any value"),
        "this type refers to more than {number} others, and counts as any";
    /// Parts of a parameter's type
    TypeParts = 10_000, Reading, Told::Warning("the type; the parameter may have any value"),
        "this type has more than {number} parts, and counts as any";
    /// Links of `extends` from one `bicepconfig.json` to the next
    ConfigurationChain = 64, Reading, Told::Output("the rest of the chain is not used, and is reported as unreadable"),
        "more than {number} configurations extend each other";
    /// Links of `extends` from one `bicep-race-lint.toml` to the next
    ExtendsChain = 32, Reading, Told::Output("a mistake at the `extends`, which is not followed"),
        "more than {number} configurations extend each other";
    /// Files that one `bicep-race-lint.toml` extends
    ExtendedFiles = 64, Reading, Told::Output("a mistake at the first `extends` that is not followed"),
        "a configuration extends more than {number} files";
    /// Definitions that the type of an ARM parameter refers to
    ArmDefinitions = 32, Reading, Told::Warning("the parameter, which may have any value"),
        "this type refers to more than {number} definitions, and counts as any";
    /// Branches and variables that one entry of an ARM `dependsOn` refers to
    ArmDependency = 256, Reading, Told::Warning("the entry; the rest of it is not followed"),
        "this entry refers to more than {number} branches and variables; the rest is not followed";
    /// Nesting of variables, texts and ids in a name of an ARM template
    ArmVariables = 32, Reading, Told::Warning("the expression, which equals nothing else"),
        "this name refers to more than {number} variables or texts, and is not compared with others";
    /// Parts of a name in an ARM template
    ArmNameParts = 4000, Reading, Told::Warning("the expression, which equals nothing else"),
        "this name has more than {number} parts, and is not compared with others";
    /// Steps of comparing two names of an ARM template
    ArmComparison = 4000, Reading, Told::Warning("the expression, which equals nothing else"),
        "this name is too long to be compared with others";
    /// Depth of the comparison of two names of an ARM template
    ArmComparisonDepth = 120, Reading, Told::Warning("the expression, which equals nothing else"),
        "this name is nested too deeply to be compared with others";
    /// Length of a chain of existing resources and variables that refer to one another
    DeclarationChain = 200, Reading, Told::Warning("the declaration, whose value counts as known early"),
        "more than {number} declarations refer to one another here; the rest is not followed";
    /// Length of a chain of variables in a `parent` or `scope`
    ParentVariables = 32, Reading, Told::Warning("the `parent` or `scope`, which orders nothing"),
        "this refers to more than {number} variables, and is not followed";
    /// Bytes of a text
    TextBytes = 64 * 1024, Values, Told::Warning("the expression, which counts as unknown"),
        "this text is longer than {number} bytes, and counts as unknown";
    /// Parts of a text
    TextParts = 1024, Values, Told::Warning("the expression, which counts as unknown"),
        "this text has more than {number} parts, and counts as unknown";
    /// Bytes of the result of `replace`
    ReplacedBytes = 1 << 20, Values, Told::Warning("the expression, which counts as unknown"),
        "`replace` would make a text of more than {number} bytes, which counts as unknown";
    /// Characters of the result of `padLeft`
    PaddedCharacters = 4096, Values, Told::Warning("the expression, which counts as unknown"),
        "`padLeft` would make a text of more than {number} characters, which counts as unknown";
    /// Elements of a list
    ListElements = 64 * 1024, Values, Told::Warning("the expression, which counts as unknown"),
        "this list has more than {number} elements, and counts as unknown";
    /// Elements of a `range` or a loop of known length that are computed one by one; longer lists stay a rule for their elements
    WrittenElements = 4096, Values, Told::Warning("the expression, which counts as unknown"),
        "a function needs all elements of a list of more than {number}, and its value counts as unknown";
    /// Elements that `sort` compares; for `union` and `distinct`, elements that are not literals
    ComparedElements = 512, Values, Told::Warning("the expression, which counts as unknown"),
        "the elements of a list of more than {number} are not compared, and it counts as unknown";
    /// Conditional lists that one function combines
    ConditionalLists = 4, Values, Told::Warning("the expression, which counts as unknown"),
        "more than {number} conditional lists are not combined; the value counts as unknown";
    /// Operands of one `&&` or `||`
    Operands = 4096, Values, Told::Warning("the expression, which counts as unknown"),
        "this condition has more than {number} operands, and counts as unknown";
    /// Bytes of all texts of a root and the roots of its component
    AllTextBytes = 128 << 20, Values, Told::Warning("the expression, which counts as unknown"),
        "the texts of this root take more than {number} bytes; this one counts as unknown";
    /// Elements of all lists of a root and the roots of its component
    AllElements = 16 << 20, Values, Told::Warning("the expression, which counts as unknown"),
        "the lists of this root have more than {number} elements; this one counts as unknown";
    /// Depth of a value
    ValueDepth = 400, Values, Told::Warning("the expression, which counts as unknown"),
        "this value is nested more than {number} levels deep, and counts as unknown";
    /// Nesting of variables, functions and expressions
    ExpressionDepth = 384, Values, Told::Warning("the expression, which counts as unknown"),
        "this expression has more than {number} levels, and counts as unknown";
    /// Lambdas and loops around one expression
    ExpressionBinders = 48, Values, Told::Warning("the expression, which counts as unknown"),
        "more than {number} lambdas and loops are nested here; the value counts as unknown";
    /// Nesting of lambdas and loops in one value
    ValueBinders = 58, Values, Told::Warning("the expression, which counts as unknown"),
        "more than {number} lambdas and loops are nested in this value, which counts as unknown";
    /// Steps of evaluation for all expressions of a template, beyond 50,000 for each
    ExpressionSteps = 400_000, Values, Told::Warning("the expression, which counts as unknown"),
        "the evaluation budget of this template is exhausted; this expression counts as unknown";
    /// Parts visited to apply lambdas for all expressions of a template, beyond 50,000 for each
    LambdaVisits = 1_000_000, Values, Told::Warning("the expression, which counts as unknown"),
        "the lambda budget of this template is exhausted; this expression counts as unknown";
    /// Nodes of a YAML file that `loadYamlContent` reads; fewer if they are deep or aliases
    YamlNodes = 250_000, Values, Told::Unreadable,
        "this YAML has more than {number} nodes, or is nested too deeply; it is not read and counts as unknown";
    /// Work for one root: number of terms with their parts; 2,000 more for each declaration, at most 15,000,000
    RootWork = 5_000_000, Values, Told::Warning("the root, and where it ended; what comes last is unknown"),
        "the analysis budget of this root is exhausted; what comes last counts as unknown";
    /// Ids that a chain of conditions selects from; 16 if the conditions are independent of each other
    IdAlternatives = 256, Values, Told::Warning("the declaration; the id is compared as a whole"),
        "this id depends on more conditions or elements than the analysis distinguishes";
    /// Assumptions that are tried for one condition
    Assumptions = 4096, Conditions, Told::Warning("the declaration, which counts as possible"),
        "undecided within {number} assumptions; treated as possible";
    /// Open choices of one condition
    OpenChoices = 200, Conditions, Told::Warning("the declaration, which counts as possible"),
        "undecided within {number} open choices; treated as possible";
    /// Parts of conditions that are visited for one root, beyond 20,000 for each condition
    ConditionVisits = 20_000_000, Conditions, Told::Warning("the declaration, which counts as possible"),
        "undecided within the budget of this root; treated as possible";
    /// Instances of a loop of known length for which a condition is written out, times its operands
    KnownInstances = 250_000, Conditions, Told::Warning("the declaration; some instance counts as possible"),
        "a condition over the elements of loops has more than {number} parts, and is not decided for each element";
    /// Instances of a loop of unknown length for which a condition is written out
    UnknownInstances = 12, Conditions, Told::Warning("the declaration; later instances are left out"),
        "a condition compares the index of a loop with too large a number; not all instances are analysed";
    /// Conditions of calls, and of the calls above them, that decide whether a template is ever deployed
    CallConditions = 200, Races, Told::Output("nothing is left out: the template is also analysed by itself"),
        "whether the callers deploy this template depends on more than {number} conditions; it is analysed by itself";
    /// Groups of effects taken over by one call
    CallEffects = 20_000, Races, Told::Warning("the call; the others are left out"),
        "the module has more than {number} groups of effects; the rest were not analysed for this call";
    /// Pairs inside a module that are analysed again for one call
    CallPairs = 10_000, Races, Told::Warning("the call; the others are left out"),
        "more than {number} pairs meet inside the module; the rest were not analysed for this call";
    /// Conditions under which two declarations meet
    PairConditions = 32, Races, Told::Warning("the template; the others are left out"),
        "two declarations meet under more than {number} distinct conditions; the rest were not analysed";
    /// Values that one property may have, by conditions and elements of lists
    PropertyAlternatives = 256, Races, Told::Warning("the expression; the others are left out"),
        "this property has more than {number} possible values; the rest were not analysed";
    /// Elements of a list of known length that are distinguished, including those of nested loops
    ToldElements = 10_000, Races, Told::Warning("the declaration; its elements are not distinguished"),
        "this loop has more than {number} elements, which are not distinguished";
    /// Steps of finding out which of very many effects on one object happen together
    ObjectEffects = 10_000_000, Races, Told::Warning("the first of them; not all of their conditions are analysed"),
        "very many declarations write one object; not all of their conditions are analysed in {number} steps";
    /// Pairs of gateways of one hub that are checked for `gateway-order`
    OrderedGateways = 100_000, Races, Told::Warning("the template; the others are left out"),
        "only the first {number} pairs of gateways of a hub are checked for `gateway-order`";
    /// Steps of finding out what the orders of a template protect, for `needless-order`, `slow` and `timeline`
    OrderPairs = 4_000_000, Races, Told::Warning("the template; the remaining orders are not analysed"),
        "what the orders of this template protect takes more than {number} steps; the rest is not analysed";
    /// Listed pairs of one object
    ObjectPairs = 100, Races, Told::Output("`pairsOmitted` has the number of the others"),
        "the first {number} pairs are listed; {beyond} more exist";
    /// Findings of one root
    RootFindings = 10_000, Races, Told::Warning("the root, with how many are left out"),
        "only the first {number} findings of this root are reported; {beyond} more exist";
    /// Findings with pictures, the most severe first
    Scenes = 300, Output, Told::Output("a line in place of the picture, with the command that draws it"),
        "only the first {number} findings have pictures";
    /// Races that `explain` explains for an error, the likeliest first
    Causes = 4, Output, Told::Output("a line with how many more there are"),
        "the {number} likeliest are explained; {beyond} more are only named";
    /// Errors of one failure that `explain` answers, the best known first
    ExplainedErrors = 10, Output, Told::Output("a line with how many more there are"),
        "only the first {number} errors are answered; there are {beyond} more";
    /// Operations that `observed` reads from all exports
    ObservedOperations = 50_000, Output, Told::Output("a line with how many are left out"),
        "only the first {number} operations are read; {beyond} more exist";
    /// Levels of nested deployments that `observed` follows
    ObservedLevels = 100, Output, Told::Output("a deployment that is nested deeper is reported as a run of its own"),
        "deployments are nested in more than {number} levels";
    /// Instances of a template's declarations that `observed` compares operations with
    ObservedInstances = 20_000, Output, Told::Output("a line; operations of other instances belong to no declaration"),
        "only the first {number} instances of the template are compared with operations";
    /// Pairs of operations that `observed` compares
    ObservedPairs = 2_000_000, Output, Told::Output("a line; other pairs are not compared"),
        "only the first {number} pairs of operations that ran together are compared";
    /// Overlaps that `observed` reports, the most severe first
    ObservedOverlaps = 50, Output, Told::Output("a line with how many more there are"),
        "only the first {number} overlaps are reported; {beyond} more exist";
    /// Rows of one schedule that `observed` draws
    ObservedRows = 2000, Output, Told::Output("a line with how many are left out"),
        "only the first {number} rows are drawn; {beyond} more exist";
    /// Bytes of one message of an editor
    MessageBytes = 64 << 20, Output, Told::Output("the message is not read, and the answer is an error"),
        "a message of more than {number} bytes is not read";
    /// Writers of one object that a diagnostic in an editor links to
    RelatedPlaces = 20, Output, Told::Output("the last place says how many more there are"),
        "{beyond} more write it";
    /// Results of a SARIF file, the most severe first; GitHub accepts no more
    SarifResults = 5000, Output, Told::Output("`resultsOmitted` among the properties of the run"),
        "{beyond} more results are left out";
}

impl Limit {
    /// Checks whether a count is allowed.
    ///
    /// # Errors
    ///
    /// [`Reached`] if the count is larger than the number.
    #[inline]
    pub fn check(self, count: impl TryInto<u64>) -> Result<(), Reached> {
        // A negative count is allowed; no count has more than 64 bits.
        match count.try_into().unwrap_or(0).checked_sub(self.number()) {
            None | Some(0) => Ok(()),
            Some(beyond) => Err(Reached { limit: self, number: self.number(), beyond }),
        }
    }

    /// Whether a message is about this limit, whatever its numbers.
    pub fn is_told_by(self, message: &str) -> bool {
        let mut rest = message;
        let mut pieces = self.words().split(['{', '}']).step_by(2);
        pieces.all(|piece| match rest.find(piece) {
            Some(at) => {
                rest = &rest[at + piece.len()..];
                true
            }
            None => false,
        })
    }

    /// For a limit inside a library that reports that it was reached.
    pub const fn in_library(self) -> Reached {
        Reached { limit: self, number: self.number(), beyond: 0 }
    }

    /// A budget of as much work as its number.
    pub const fn budget(self) -> Budget {
        self.budget_of(self.number())
    }

    /// A budget of another amount: a share of it, or a small one for tests.
    pub const fn budget_of(self, work: u64) -> Budget {
        Budget { limit: self, number: work, left: work }
    }
}

/// Work that is left, in the unit of its limit.
#[derive(Clone, Debug)]
pub struct Budget {
    limit: Limit,
    /// The initial amount.
    number: u64,
    left: u64,
}

impl Budget {
    /// Spends an amount of work.
    ///
    /// # Errors
    ///
    /// [`Reached`] if less is left; then nothing is left.
    pub fn spend(&mut self, work: u64) -> Result<(), Reached> {
        let Some(left) = self.left.checked_sub(work) else {
            let beyond = work - self.left;
            self.left = 0;
            return Err(self.reached(beyond));
        };
        self.left = left;
        Ok(())
    }

    /// Checks whether an amount of work that is counted elsewhere is allowed.
    ///
    /// # Errors
    ///
    /// [`Reached`] if less is left.
    pub fn allows(&self, work: u64) -> Result<(), Reached> {
        match work.checked_sub(self.left) {
            None | Some(0) => Ok(()),
            Some(beyond) => Err(self.reached(beyond)),
        }
    }

    /// Counts work that is already done, whether or not enough was left.
    pub fn count(&mut self, work: u64) {
        self.left = self.left.saturating_sub(work);
    }

    /// Checks whether anything is left.
    ///
    /// # Errors
    ///
    /// [`Reached`] if nothing is.
    pub fn check(&self) -> Result<(), Reached> {
        if self.left == 0 { Err(self.reached(0)) } else { Ok(()) }
    }

    /// Adds work to the budget.
    pub fn add(&mut self, work: u64) {
        self.left = self.left.saturating_add(work);
    }

    /// A budget of another amount for the same limit.
    #[must_use]
    pub const fn with(&self, work: u64) -> Self {
        self.limit.budget_of(work)
    }

    /// Raises the rest of the budget to at least this amount.
    pub fn at_least(&mut self, work: u64) {
        self.left = self.left.max(work);
    }

    /// How much is left.
    pub const fn left(&self) -> u64 {
        self.left
    }

    const fn reached(&self, beyond: u64) -> Reached {
        Reached { limit: self.limit, number: self.number, beyond }
    }
}

/// The proof that a limit was reached. Only a [`Limit`] and a [`Budget`] make one.
#[must_use = "a limit that was reached must be reported: add it to a `Record`"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    limit: Limit,
    /// How much was allowed.
    number: u64,
    /// How much is beyond it, if that is known.
    beyond: u64,
}

impl Reached {
    /// Which limit it was.
    pub const fn limit(&self) -> Limit {
        self.limit
    }

    /// How much was allowed.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The message of a limit that is reported as a syntax error. It has no placeholders.
    pub const fn fixed(&self) -> &'static str {
        self.limit.words()
    }
}

/// The message: the fact, in lower case.
impl fmt::Display for Reached {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.limit.words().replace("{number}", &self.number.to_string());
        out.write_str(&words.replace("{beyond}", &self.beyond.to_string()))
    }
}

/// The limits that were reached, with their places: each once for a place, in order.
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

    /// Whether no limit was reached.
    pub fn is_empty(&self) -> bool {
        self.reached.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&P, &Reached)> {
        self.reached.iter().map(|((place, _), reached)| (place, reached))
    }

    /// Removes and returns all of them.
    pub fn take(&mut self) -> impl Iterator<Item = (P, Reached)> + use<P> {
        std::mem::take(&mut self.reached).into_iter().map(|((place, _), reached)| (place, reached))
    }

    /// Adds the limits of another record, each at the place that `at` returns.
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
            let message = Reached { limit, number: limit.number(), beyond: 7 }.to_string();
            assert!(!message.contains(['{', '}']) && !message.ends_with('.'), "{message}");
            assert!(!message.starts_with(char::is_uppercase), "{message}");
            if limit.told() == Told::Syntax {
                assert!(limit.words().contains(&limit.number().to_string()), "{message}");
            }
            assert!(limit.number() > 0 && limit.what().starts_with(char::is_uppercase), "{limit:?}");
        }
    }
}
