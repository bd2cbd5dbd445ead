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
    /// The file counts as unreadable: `unread-file` where a template refers to it.
    Unreadable,
    /// Where the output shows what it leaves out.
    Output(&'static str),
}

impl fmt::Display for Told {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warning(place) => write!(out, "`limit-reached` at {place}"),
            Self::Syntax => out.write_str("`syntax` there; the rest is read"),
            Self::Unreadable => out.write_str("`unread-file` where it is named; a root cannot be read"),
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
    /// What is written of them.
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
    /// Bytes of a configuration (`bicep-race-lint.toml`, `bicepconfig.json`) or a `.gitignore`
    SettingsBytes = 4 << 20, Reading, Told::Output("a configuration is a usage error; a `bicepconfig.json` cannot be read; a `.gitignore` is left out, with a message"),
        "settings of more than {number} bytes are not read";
    /// Bytes of all files of a run; a file counts for each path that templates refer to it by
    RunBytes = 1 << 30, Reading, Told::Warning("the first root; the others cannot be read"),
        "a run reads at most {number} bytes; the files beyond them count as unreadable";
    /// Files of a run
    Files = 200_000, Reading, Told::Warning("the first root; the others cannot be read"),
        "a run reads at most {number} files; the others count as unreadable";
    /// Levels of modules, imports and parameter files
    ModuleLevels = 1000, Reading, Told::Warning("the call, which is `unresolved-module` too"),
        "modules refer to each other in more than {number} levels; this one is not followed";
    /// Brackets and other nesting in a Bicep file
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
    Mistakes = 1000, Reading, Told::Warning("the first that is left out"),
        "only the first {number} mistakes of this template are reported; more exist from here on";
    /// Type aliases and other types that a parameter's type leads through
    TypeDepth = 32, Reading, Told::Warning("the type; the parameter may have any value"),
        "this type leads through more than {number} others, and counts as any";
    /// Parts of a parameter's type
    TypeParts = 10_000, Reading, Told::Warning("the type; the parameter may have any value"),
        "this type has more than {number} parts, and counts as any";
    /// Links of `extends` from one `bicepconfig.json` to the next
    ConfigurationChain = 64, Reading, Told::Output("the rest of the chain is not used, which is told as unreadable"),
        "more than {number} configurations extend each other";
    /// Files in a row that extend one another, of `bicep-race-lint.toml`
    ExtendsChain = 32, Reading, Told::Output("a mistake at the `extends`, which is not followed"),
        "more than {number} configurations extend each other";
    /// Files that one `bicep-race-lint.toml` extends
    ExtendedFiles = 64, Reading, Told::Output("a mistake at the first `extends` that is not followed"),
        "a configuration extends more than {number} files";
    /// Definitions that the type of an ARM parameter leads through
    ArmDefinitions = 32, Reading, Told::Warning("the parameter, which may have any value"),
        "this type leads through more than {number} definitions, and counts as any";
    /// Branches and variables that an entry of an ARM `dependsOn` leads through
    ArmDependency = 256, Reading, Told::Warning("the entry, of which the rest is not followed"),
        "this entry leads through more than {number} branches and variables; the rest is not followed";
    /// Variables, texts and ids inside each other in a name of an ARM template
    ArmVariables = 32, Reading, Told::Warning("the expression, which equals nothing else"),
        "this name leads through more than {number} variables or texts, and is not compared with others";
    /// Parts of a name in an ARM template
    ArmNameParts = 4000, Reading, Told::Warning("the expression, which equals nothing else"),
        "this name is made of more than {number} parts, and is not compared with others";
    /// Steps of comparing a name of an ARM template with another
    ArmComparison = 4000, Reading, Told::Warning("the expression, which equals nothing else"),
        "this name is too long to be compared with others";
    /// Depth to which names of an ARM template are compared
    ArmComparisonDepth = 120, Reading, Told::Warning("the expression, which equals nothing else"),
        "this name is nested too deeply to be compared with others";
    /// Declarations of existing resources and variables that lead to one another
    DeclarationChain = 200, Reading, Told::Warning("the declaration, whose value counts as known early"),
        "more than {number} declarations lead to one another here; the rest is not followed";
    /// Variables that a `parent` or `scope` leads through
    ParentVariables = 32, Reading, Told::Warning("the `parent` or `scope`, which orders nothing"),
        "this leads through more than {number} variables, and is not followed";
    /// Bytes of a text
    TextBytes = 64 * 1024, Values, Told::Warning("the expression, which counts as unknown"),
        "this text is longer than {number} bytes, and counts as unknown";
    /// Parts of a text
    TextParts = 1024, Values, Told::Warning("the expression, which counts as unknown"),
        "this text has more than {number} parts, and counts as unknown";
    /// Bytes that `replace` may make of a text
    ReplacedBytes = 1 << 20, Values, Told::Warning("the expression, which counts as unknown"),
        "`replace` would make a text of more than {number} bytes, which counts as unknown";
    /// Characters to which `padLeft` fills up
    PaddedCharacters = 4096, Values, Told::Warning("the expression, which counts as unknown"),
        "`padLeft` would make a text of more than {number} characters, which counts as unknown";
    /// Elements of a list
    ListElements = 64 * 1024, Values, Told::Warning("the expression, which counts as unknown"),
        "this list has more than {number} elements, and counts as unknown";
    /// Elements that `range` and loops of known length write out; longer ones stay rules for their elements
    WrittenElements = 4096, Values, Told::Warning("the expression, which counts as unknown"),
        "a function needs all elements of a list of more than {number}, and its value counts as unknown";
    /// Elements that `sort` compares, or `union` and `distinct` where they are no literals
    ComparedElements = 512, Values, Told::Warning("the expression, which counts as unknown"),
        "the elements of a list of more than {number} are not compared, and it counts as unknown";
    /// Conditional lists that one function puts together in every combination
    ConditionalLists = 4, Values, Told::Warning("the expression, which counts as unknown"),
        "more than {number} conditional lists are not combined; the value counts as unknown";
    /// Operands of one `&&` or `||`
    Operands = 4096, Values, Told::Warning("the expression, which counts as unknown"),
        "this condition has more than {number} operands, and counts as unknown";
    /// Bytes of all texts of a root and those beside it
    AllTextBytes = 128 << 20, Values, Told::Warning("the expression, which counts as unknown"),
        "the texts of this root take more than {number} bytes; this one counts as unknown";
    /// Elements of all lists of a root and those beside it
    AllElements = 16 << 20, Values, Told::Warning("the expression, which counts as unknown"),
        "the lists of this root have more than {number} elements; this one counts as unknown";
    /// Depth of a value
    ValueDepth = 400, Values, Told::Warning("the expression, which counts as unknown"),
        "this value is nested more than {number} levels deep, and counts as unknown";
    /// Depth of variables, functions and expressions inside each other
    ExpressionDepth = 384, Values, Told::Warning("the expression, which counts as unknown"),
        "this expression leads through more than {number} levels, and counts as unknown";
    /// Lambdas and loops around one expression
    ExpressionBinders = 48, Values, Told::Warning("the expression, which counts as unknown"),
        "more than {number} lambdas and loops stand inside each other here; the value counts as unknown";
    /// Lambdas and loops that one value has inside each other
    ValueBinders = 58, Values, Told::Warning("the expression, which counts as unknown"),
        "more than {number} lambdas and loops are inside each other in this value, which counts as unknown";
    /// Steps of evaluation for all expressions of a template, beyond 50,000 for each
    ExpressionSteps = 400_000, Values, Told::Warning("the expression, which counts as unknown"),
        "the evaluation budget of this template is exhausted; this expression counts as unknown";
    /// Parts visited to apply lambdas for all expressions of a template, beyond 50,000 for each
    LambdaVisits = 1_000_000, Values, Told::Warning("the expression, which counts as unknown"),
        "the lambda budget of this template is exhausted; this expression counts as unknown";
    /// Nodes of a YAML file that `loadYamlContent` reads, and fewer where they are deep or aliases
    YamlNodes = 250_000, Values, Told::Unreadable,
        "this YAML has more than {number} nodes, or too deep ones; it is not read and counts as unknown";
    /// Work for one root: terms made, with their parts; 2,000 more for each declaration
    RootWork = 5_000_000, Values, Told::Warning("the root, and where it ended; what comes last is unknown"),
        "the analysis budget of this root is exhausted; what comes last counts as unknown";
    /// Ids that a row of conditions chooses from, and 16 where conditions are asked in every combination
    IdAlternatives = 256, Values, Told::Warning("the declaration; the id is compared as a whole"),
        "this id depends on more conditions or elements than are told apart";
    /// Assumptions that are tried for one condition
    Assumptions = 4096, Conditions, Told::Warning("the declaration, which counts as possible"),
        "undecided within {number} assumptions; treated as possible";
    /// Choices of one condition that are open at once
    OpenChoices = 200, Conditions, Told::Warning("the declaration, which counts as possible"),
        "undecided within {number} open choices; treated as possible";
    /// Parts of conditions that are visited for one root, beyond 20,000 for each condition
    ConditionVisits = 20_000_000, Conditions, Told::Warning("the declaration, which counts as possible"),
        "undecided within the budget of this root; treated as possible";
    /// Instances of a loop of known length that a condition is written out for, times the operands of the condition
    KnownInstances = 250_000, Conditions, Told::Warning("the declaration; some instance counts as possible"),
        "a condition over the elements of loops has more than {number} parts, and is not decided for each element";
    /// Instances of a loop of unknown length that a condition is written out for
    UnknownInstances = 12, Conditions, Told::Warning("the declaration; later instances are left out"),
        "a condition compares the index of a loop with too large a number; not all instances are looked at";
    /// Conditions of calls, and of the calls above them, that are looked at to find out whether one template is ever deployed
    CallConditions = 200, Races, Told::Output("nothing is left out: the template is judged by itself too"),
        "whether the callers deploy this template takes more than {number} conditions; it is judged by itself";
    /// Groups of effects taken over by one call
    CallEffects = 20_000, Races, Told::Warning("the call; the others are left out"),
        "the module has more than {number} groups of effects; the rest were not analysed for this call";
    /// Pairs inside of a module judged anew for one call
    CallPairs = 10_000, Races, Told::Warning("the call; the others are left out"),
        "more than {number} pairs meet inside the module; the rest were not analysed for this call";
    /// Conditions under which two declarations meet
    PairConditions = 32, Races, Told::Warning("the template; the others are left out"),
        "two declarations meet under more than {number} distinct conditions; the rest were not analysed";
    /// Values that one property may have, by conditions and elements of lists
    PropertyAlternatives = 256, Races, Told::Warning("the expression; the others are left out"),
        "this property has more than {number} possible values; the rest were not analysed";
    /// Elements of a list of known length that are told apart, with those of loops inside each other
    ToldElements = 10_000, Races, Told::Warning("the declaration; its elements are not told apart"),
        "this loop has more than {number} elements, which are not told apart";
    /// Steps of finding out which of very many effects on one object happen together
    ObjectEffects = 10_000_000, Races, Told::Warning("the first of them; their conditions are not all looked at"),
        "very many declarations write one object; not all of their conditions are looked at in {number} steps";
    /// Pairs of gateways of one hub that are looked at for `gateway-order`
    OrderedGateways = 100_000, Races, Told::Warning("the template; the others are left out"),
        "only the first {number} pairs of gateways of a hub are looked at for `gateway-order`";
    /// Steps of finding out what the orders of a template protect, for `needless-order`, `slow` and `timeline`
    OrderPairs = 4_000_000, Races, Told::Warning("the template; the orders that are left are not judged"),
        "what the orders of this template protect takes more than {number} steps; the rest is not judged";
    /// Pairs of one object that are told
    ObjectPairs = 100, Races, Told::Output("`pairsOmitted`, with the rest"),
        "the first {number} pairs are listed; {beyond} more exist";
    /// Findings of one root
    RootFindings = 10_000, Races, Told::Warning("the root, with how many are left out"),
        "only the first {number} findings of this root are reported; {beyond} more exist";
    /// Findings with pictures, the weightiest first
    Scenes = 300, Output, Told::Output("where the picture would be, with the command that draws it"),
        "only the first {number} findings have pictures";
    /// Races that `explain` explains for an error, the likeliest first
    Causes = 4, Output, Told::Output("a line with how many more there are"),
        "the {number} likeliest are explained; {beyond} more are only named";
    /// Errors of one failure that `explain` answers, those first of which most is known
    ExplainedErrors = 10, Output, Told::Output("a line with how many more there are"),
        "only the first {number} errors are answered; there are {beyond} more";
    /// Operations that `observed` reads from all exports
    ObservedOperations = 50_000, Output, Told::Output("a line with how many are left out"),
        "only the first {number} operations are read; {beyond} more exist";
    /// Levels of nested deployments that `observed` follows
    ObservedLevels = 100, Output, Told::Output("a deployment that is nested deeper is told as a run of its own"),
        "deployments are nested in more than {number} levels";
    /// Instances of a template's declarations that `observed` compares operations with
    ObservedInstances = 20_000, Output, Told::Output("a line; operations of what is beyond them are of no declaration"),
        "only the first {number} instances of the template are compared with operations";
    /// Pairs of operations that `observed` compares
    ObservedPairs = 2_000_000, Output, Told::Output("a line, after which nothing is said of other pairs"),
        "only the first {number} pairs of operations that ran together are compared";
    /// Overlaps that `observed` tells, the weightiest first
    ObservedOverlaps = 50, Output, Told::Output("a line with how many more there are"),
        "only the first {number} overlaps are told; {beyond} more exist";
    /// Rows of one schedule that `observed` draws
    ObservedRows = 2000, Output, Told::Output("a line with how many are left out"),
        "only the first {number} rows are drawn; {beyond} more exist";
    /// Bytes of one message of an editor
    MessageBytes = 64 << 20, Output, Told::Output("an error answers the message, which is not looked at"),
        "a message of more than {number} bytes is not read";
    /// Writers of one object that a message in an editor leads to
    RelatedPlaces = 20, Output, Told::Output("the last place, with how many more there are"),
        "{beyond} more write it";
    /// Results of a SARIF file, the weightiest first: GitHub keeps no more
    SarifResults = 5000, Output, Told::Output("`resultsOmitted` among the properties of the run"),
        "{beyond} more results are left out";
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
            Some(beyond) => Err(Reached { limit: self, number: self.number(), beyond }),
        }
    }

    /// Whether a message tells of this limit, whatever the numbers.
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

    /// For a bound that a library keeps, where that says that it was reached.
    pub const fn in_library(self) -> Reached {
        Reached { limit: self, number: self.number(), beyond: 0 }
    }

    /// As much work as its number says.
    pub const fn budget(self) -> Budget {
        self.budget_of(self.number())
    }

    /// Another amount of the same work: a share of it, or a small one for tests.
    pub const fn budget_of(self, work: u64) -> Budget {
        Budget { limit: self, number: work, left: work }
    }
}

/// Work that is left, in the unit of its limit.
#[derive(Clone, Debug)]
pub struct Budget {
    limit: Limit,
    /// What was left at the beginning.
    number: u64,
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
            return Err(self.reached(beyond));
        };
        self.left = left;
        Ok(())
    }

    /// Whether so much work is allowed that is counted elsewhere.
    ///
    /// # Errors
    ///
    /// [`Reached`] if there is less left.
    pub fn allows(&self, work: u64) -> Result<(), Reached> {
        match work.checked_sub(self.left) {
            None | Some(0) => Ok(()),
            Some(beyond) => Err(self.reached(beyond)),
        }
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
        if self.left == 0 { Err(self.reached(0)) } else { Ok(()) }
    }

    /// Adds work that may be done.
    pub fn add(&mut self, work: u64) {
        self.left = self.left.saturating_add(work);
    }

    /// Another amount of the same work.
    #[must_use]
    pub const fn with(&self, work: u64) -> Self {
        self.limit.budget_of(work)
    }

    /// At least so much is left from here on.
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
#[must_use = "a limit that is reached must be told: record it"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    limit: Limit,
    /// How much was allowed.
    number: u64,
    /// How much there is beyond it, where that is known.
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

    /// The words of a limit that a syntax error tells, which have no holes.
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

    /// Takes all of them out.
    pub fn take(&mut self) -> impl Iterator<Item = (P, Reached)> + use<P> {
        std::mem::take(&mut self.reached).into_iter().map(|((place, _), reached)| (place, reached))
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
