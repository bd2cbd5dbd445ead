//! Parses one configuration file. It is read key by key, so that one run reports all mistakes in it.

#[cfg(schema)]
use std::borrow::Cow;
#[cfg(schema)]
use std::collections::BTreeMap;
use std::ops::Range;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
#[cfg(schema)]
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::mistakes::in_plain_words;
use crate::azure::catalog::form::{self, Author, WrittenEntry};
use crate::azure::catalog::{Catalog, Entry};
use crate::azure::durations::Typical;
use crate::azure::mistake::Mistake;
use crate::azure::modules;
use crate::level::Level;
use crate::profile::Profile;
use crate::rules::RuleId;
use crate::rules::finding::Confidence;
use crate::rules::nearest::nearest;
use crate::small_sort::SmallSort as _;

/// Declares the keys of a table: documentation, type of the value, and the method that reads it. The reader, the suggestions
/// for unknown keys and the JSON Schema are generated from these rows, so they cannot disagree.
macro_rules! keys {
    (
        $(#[$meta:meta])* $form:ident, read by $reader:ty;
        $($(#[doc = $what:literal])+ $key:literal: $value:ty => $method:ident;)+
    ) => {
        #[cfg(schema)]
        #[derive(JsonSchema)]
        #[schemars(deny_unknown_fields)]
        $(#[$meta])*
        #[allow(dead_code, reason = "only its schema is used")]
        pub(super) struct $form {
            $($(#[doc = $what])+ #[schemars(rename = $key)] $method: $value,)+
        }

        impl $reader {
            /// The keys, as they are written.
            pub(super) const KEYS: &'static [&'static str] = &[$($key),+];

            /// Reads the value of a key; returns false if the key is unknown.
            fn value_of(&mut self, key: &str, value: &Value<'_>) -> bool {
                match key {
                    $($key => self.$method(value),)+
                    _ => return false,
                }
                true
            }
        }
    };
}

keys! {
    /// Configuration for the templates in this folder and below.
    #[schemars(title = "bicep-race-lint.toml")]
    Form, read by Reading;
    /// Configuration files, relative to this one, whose values apply first.
    "extends": Option<OneOrMore> => extends;
    /// Files and folders that are not checked: patterns as in a .gitignore, relative to this file.
    "exclude": Option<Vec<String>> => exclude;
    /// The run fails if there is a finding of this level or above.
    "fail-on": Option<FailOn> => fail_on;
    /// If true, a suppression without a reason is a warning, which fails the run; otherwise it is a note.
    "require-reasons": Option<bool> => require_reasons;
    /// How parameter files decide which findings are reported.
    "environments": Option<EnvironmentsForm> => environments;
    /// Default levels for rules without a configured level: `strict` turns notes into warnings, `calm` turns warnings into
    /// notes.
    "profile": Option<Profile> => profile;
    /// Minimum confidence; findings below it are not reported.
    "confidence": Option<Confidence> => confidence;
    /// Rule or entry → level.
    "rules": Option<BTreeMap<String, RuleLevel>> => rules;
    /// Catalogue entry → level, whichever rule reports it.
    "entries": Option<BTreeMap<String, RuleLevel>> => entry_levels;
    /// Use the levels of built-in entries from an earlier version: `0.1`.
    "levels": Option<OldLevels> => levels;
    /// Levels for some paths only; a later table wins.
    "path": Option<Vec<PathForm>> => paths;
    /// Resource type → typical minutes of its deployment.
    "minutes": Option<BTreeMap<String, Minutes>> => minutes;
    /// Additional shared objects and their writers, in the form of the built-in catalogue.
    "entry": Option<Vec<WrittenEntry>> => entries;
    /// Additional modules and what they deploy, in the form of the built-in ones.
    "module": Option<Vec<modules::form::Module>> => modules;
}

keys! {
    /// How parameter files decide which findings are reported.
    EnvironmentsForm, read by ReadingEnvironments<'_>;
    /// If a template has parameter files, report only findings that occur under one of them.
    "only": Option<bool> => only;
}

keys! {
    /// Levels for some paths.
    PathForm, read by ReadingPath<'_>;
    /// Patterns as in a .gitignore, relative to this file.
    "glob": OneOrMore => glob;
    /// Rule or entry → level.
    "rules": BTreeMap<String, RuleLevel> => rules;
}

/// The only earlier version whose levels can be selected.
const OLD_LEVELS: &str = "0.1";

/// Levels of an earlier version.
#[cfg(schema)]
#[allow(dead_code, reason = "only its schema is used")]
enum OldLevels {}

#[cfg(schema)]
impl JsonSchema for OldLevels {
    fn schema_name() -> Cow<'static, str> {
        "OldLevels".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": [OLD_LEVELS] })
    }
}

/// A string, or a list of strings.
#[cfg(schema)]
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// Typical minutes of a resource type, at most a week.
#[cfg(schema)]
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
enum Minutes {
    One(#[schemars(range(max = MAX_MINUTES))] u32),
    Range(RangeForm),
}

keys! {
    /// Minutes of a type with their range.
    RangeForm, read by ReadingRange<'_>;
    /// The usual duration, with which a schedule is computed.
    "likely": u32 => likely;
    /// The shortest usual duration.
    "low": u32 => low;
    /// The longest usual duration.
    "high": u32 => high;
}

/// Maximum number of minutes: one week.
const MAX_MINUTES: u32 = 7 * 24 * 60;

/// A value with its span in the file.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// The contents of a configuration file.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) extends: Vec<At<String>>,
    pub(super) exclude: Option<(At<Vec<String>>, Gitignore)>,
    pub(super) fail_on: Option<At<FailOn>>,
    pub(super) require_reasons: Option<At<bool>>,
    pub(super) only_environments: Option<At<bool>>,
    pub(super) profile: Option<At<Profile>>,
    pub(super) confidence: Option<At<Confidence>>,
    pub(super) rules: Vec<(RuleId, At<RuleLevel>)>,
    /// Levels of catalogue entries, by id.
    pub(super) entry_levels: Vec<EntryLevel>,
    /// Set if built-in entries have the levels of version 0.1.
    pub(super) old_levels: Option<At<()>>,
    pub(super) paths: Vec<PathLevels>,
    pub(super) minutes: Vec<(String, At<Typical>)>,
    pub(super) entries: Vec<At<Entry>>,
    /// The registry path of each described module, and its stub.
    pub(super) modules: Vec<At<(String, String)>>,
    pub(super) mistakes: Vec<Mistake>,
}

/// The level of an entry.
#[derive(Debug)]
pub(super) struct EntryLevel {
    pub(super) id: At<String>,
    pub(super) level: At<RuleLevel>,
    /// Whether it comes from `[entries]`, in which only catalogue entries are allowed, and not from `[rules]`.
    pub(super) is_among_entries: bool,
}

/// Levels of rules, and of entries.
type Levels = (Vec<(RuleId, At<RuleLevel>)>, Vec<EntryLevel>);

/// The level from which a finding fails the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// At this level and above.
    Level(Level),
    /// Findings never fail it.
    Never,
}

/// The configured level of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleLevel {
    /// It is not reported.
    Off,
    /// It has this level.
    Level(Level),
}

impl RuleLevel {
    /// The level; `None` if the rule is off.
    pub const fn level(self) -> Option<Level> {
        match self {
            Self::Off => None,
            Self::Level(level) => Some(level),
        }
    }

    /// All levels, lowest first.
    const ALL: [Self; 4] =
        [Self::Off, Self::Level(Level::Note), Self::Level(Level::Warning), Self::Level(Level::Error)];

    /// The word in a configuration file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Level(level) => level.as_str(),
        }
    }
}

impl FailOn {
    /// All values, strictest first.
    const ALL: [Self; 4] =
        [Self::Level(Level::Note), Self::Level(Level::Warning), Self::Level(Level::Error), Self::Never];

    /// The word in a configuration file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Level(level) => level.as_str(),
        }
    }
}

#[cfg(schema)]
impl JsonSchema for Profile {
    fn schema_name() -> Cow<'static, str> {
        "Profile".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": Self::ALL.map(Self::as_str) })
    }
}

#[cfg(schema)]
impl JsonSchema for Confidence {
    fn schema_name() -> Cow<'static, str> {
        "Confidence".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": Self::ALL.map(Self::as_str) })
    }
}

#[cfg(schema)]
impl JsonSchema for RuleLevel {
    fn schema_name() -> Cow<'static, str> {
        "RuleLevel".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": Self::ALL.map(Self::word) })
    }
}

#[cfg(schema)]
impl JsonSchema for FailOn {
    fn schema_name() -> Cow<'static, str> {
        "FailOn".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": Self::ALL.map(Self::word) })
    }
}

/// Levels for some paths.
#[derive(Debug)]
pub(super) struct PathLevels {
    pub(super) globs: Vec<String>,
    pub(super) matcher: Gitignore,
    pub(super) rules: Vec<(RuleId, At<RuleLevel>)>,
    pub(super) entries: Vec<EntryLevel>,
}

/// Parses a file; mistakes are collected in [`Written::mistakes`].
pub(super) fn read(text: &str) -> Written {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading { written: Written::default() };
    reading.written.mistakes = errors.iter().map(Mistake::of_toml).collect();
    for (key, value) in table.get_ref() {
        if !reading.value_of(key.get_ref(), value) {
            reading.unknown("key", key.get_ref(), key.span(), Reading::KEYS);
        }
    }
    reading.written.mistakes.small_sort_by_key(|mistake| mistake.span.start);
    reading.written
}

pub(super) struct Reading {
    written: Written,
}

/// Reads `[environments]`.
struct ReadingEnvironments<'r>(&'r mut Reading);

impl ReadingEnvironments<'_> {
    fn only(&mut self, value: &Value<'_>) {
        self.0.written.only_environments = self.0.truth(value);
    }
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reading {
    fn extends(&mut self, value: &Value<'_>) {
        self.written.extends = self.one_or_more(value);
    }

    fn rules(&mut self, value: &Value<'_>) {
        let (rules, mut entries) = self.rule_levels(value);
        self.written.rules = rules;
        self.written.entry_levels.append(&mut entries);
    }

    fn profile(&mut self, value: &Value<'_>) {
        self.written.profile = self.word("profile", value, Profile::ALL, Profile::as_str);
    }

    fn confidence(&mut self, value: &Value<'_>) {
        self.written.confidence = self.word("confidence", value, Confidence::ALL, Confidence::as_str);
    }

    /// Reads a value that must be one of the words in `all`.
    fn word<T: Copy, const N: usize>(
        &mut self,
        what: &str,
        value: &Value<'_>,
        all: [T; N],
        word: impl Fn(T) -> &'static str,
    ) -> Option<At<T>> {
        let written = self.text(value)?;
        let known = all.into_iter().find(|one| word(*one) == written.value);
        if known.is_none() {
            self.unknown(what, &written.value, written.span.clone(), &all.map(word));
        }
        Some(At { value: known?, span: written.span })
    }

    fn wrong(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.written.mistakes.push(Mistake { span, message: message.into() });
    }

    fn unknown(&mut self, what: &str, name: &str, at: Range<usize>, known: &[&str]) {
        // Suggest the nearest word, or list all if none is near.
        let hint = match nearest(name, known.iter().copied()) {
            Some(meant) => format!("; did you mean `{meant}`?"),
            None => format!(
                "; expected one of {}",
                known.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ")
            ),
        };
        self.wrong(at, format!("unknown {what} `{name}`{hint}"));
    }

    fn expected(&mut self, what: &str, value: &Value<'_>) {
        let found = value.get_ref().type_str();
        self.wrong(value.span(), format!("expected {what}, found {found}"));
    }

    fn text(&mut self, value: &Value<'_>) -> Option<At<String>> {
        let Some(text) = value.get_ref().as_str() else {
            self.expected("a string", value);
            return None;
        };
        Some(At { value: text.to_owned(), span: value.span() })
    }

    fn texts(&mut self, value: &Value<'_>) -> Vec<At<String>> {
        let Some(items) = value.get_ref().as_array() else {
            self.expected("a list of strings", value);
            return Vec::new();
        };
        items.iter().filter_map(|item| self.text(item)).collect()
    }

    fn one_or_more(&mut self, value: &Value<'_>) -> Vec<At<String>> {
        if value.get_ref().is_array() { self.texts(value) } else { self.text(value).into_iter().collect() }
    }

    fn exclude(&mut self, value: &Value<'_>) {
        let globs = self.texts(value);
        let matcher = self.matcher(&globs);
        let value = At { value: globs.into_iter().map(|glob| glob.value).collect(), span: value.span() };
        self.written.exclude = Some((value, matcher));
    }

    fn matcher(&mut self, globs: &[At<String>]) -> Gitignore {
        let mut builder = GitignoreBuilder::new("");
        for glob in globs {
            if glob.value.trim().is_empty() {
                self.wrong(glob.span.clone(), "an empty glob matches nothing");
            } else if let Err(error) = builder.add_line(None, &glob.value) {
                self.wrong(glob.span.clone(), format!("`{}` is not a valid glob: {error}", glob.value));
            }
        }
        builder.build().unwrap_or_else(|_| Gitignore::empty())
    }

    fn fail_on(&mut self, value: &Value<'_>) {
        self.written.fail_on = self.word("level", value, FailOn::ALL, FailOn::word);
    }

    fn require_reasons(&mut self, value: &Value<'_>) {
        self.written.require_reasons = self.truth(value);
    }

    fn truth(&mut self, value: &Value<'_>) -> Option<At<bool>> {
        let Some(truth) = value.get_ref().as_bool() else {
            self.expected("true or false", value);
            return None;
        };
        Some(At { value: truth, span: value.span() })
    }

    fn environments(&mut self, value: &Value<'_>) {
        let Some(table) = value.get_ref().as_table() else { return self.expected("a table", value) };
        let mut reading = ReadingEnvironments(self);
        for (key, value) in table {
            if !reading.value_of(key.get_ref(), value) {
                reading.0.unknown("key", key.get_ref(), key.span(), ReadingEnvironments::KEYS);
            }
        }
    }

    /// An id that is not a rule counts as an entry. It is checked later, when all files and therefore all entries are known.
    fn rule_levels(&mut self, value: &Value<'_>) -> Levels {
        let mut levels = Levels::default();
        for (id, level) in self.table_of_levels("rules", value) {
            match id.value.parse::<RuleId>() {
                Ok(rule) => levels.0.push((rule, level)),
                Err(_) => levels.1.push(EntryLevel { id, level, is_among_entries: false }),
            }
        }
        levels
    }

    fn entry_levels(&mut self, value: &Value<'_>) {
        let levels = self.table_of_levels("entries", value).into_iter();
        let mut levels: Vec<EntryLevel> =
            levels.map(|(id, level)| EntryLevel { id, level, is_among_entries: true }).collect();
        // Put `[entries]` first, so that `[rules]` wins for the same entry.
        levels.append(&mut self.written.entry_levels);
        self.written.entry_levels = levels;
    }

    /// Reads a table of names and levels.
    fn table_of_levels(&mut self, of: &str, value: &Value<'_>) -> Vec<(At<String>, At<RuleLevel>)> {
        let Some(table) = value.get_ref().as_table() else {
            self.expected(&format!("a table of {of} and levels"), value);
            return Vec::new();
        };
        let mut levels = Vec::new();
        for (name, value) in table {
            if let Some(level) = self.word("level", value, RuleLevel::ALL, RuleLevel::word) {
                levels.push((At { value: name.get_ref().to_string(), span: name.span() }, level));
            }
        }
        levels
    }

    fn levels(&mut self, value: &Value<'_>) {
        let Some(version) = self.text(value) else { return };
        if version.value == OLD_LEVELS {
            self.written.old_levels = Some(At { value: (), span: version.span });
        } else {
            let message = format!(
                "`levels` can only be `{OLD_LEVELS}`; without the key the levels are the current ones"
            );
            self.wrong(version.span, message);
        }
    }

    fn paths(&mut self, value: &Value<'_>) {
        let Some(items) = value.get_ref().as_array() else {
            return self.expected("`[[path]]`, a list of tables", value);
        };
        for item in items {
            let Some(table) = item.get_ref().as_table() else {
                self.expected("a table", item);
                continue;
            };
            let mut path = ReadingPath { reading: self, globs: None, levels: None };
            for (key, value) in table {
                if !path.value_of(key.get_ref(), value) {
                    path.reading.unknown("key", key.get_ref(), key.span(), ReadingPath::KEYS);
                }
            }
            let ReadingPath { globs: Some(globs), levels: Some((rules, entries)), .. } = path else {
                self.wrong(item.span(), "a path has `glob` and `rules`");
                continue;
            };
            let matcher = self.matcher(&globs);
            let globs = globs.into_iter().map(|glob| glob.value).collect();
            self.written.paths.push(PathLevels { globs, matcher, rules, entries });
        }
    }

    fn minutes(&mut self, value: &Value<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            return self.expected("a table of resource types and minutes", value);
        };
        for (ty, value) in table {
            if !ty.get_ref().contains('/') || ty.get_ref().contains('@') {
                self.wrong(ty.span(), "a type is `Provider.Name/type`, without version");
            }
            if let Some(typical) = self.typical(value) {
                let minutes = At { value: typical, span: value.span() };
                self.written.minutes.push((ty.get_ref().to_ascii_lowercase(), minutes));
            }
        }
    }

    /// Reads minutes, with or without a range.
    fn typical(&mut self, value: &Value<'_>) -> Option<Typical> {
        let Some(table) = value.get_ref().as_table() else {
            return self.whole_minutes(value).map(Typical::of);
        };
        let mut range = ReadingRange { reading: self, of: [None; 3] };
        for (key, value) in table {
            if !range.value_of(key.get_ref(), value) {
                range.reading.unknown("key", key.get_ref(), key.span(), ReadingRange::KEYS);
            }
        }
        let [Some(likely), Some(low), Some(high)] = range.of else {
            self.wrong(value.span(), "minutes are a number, or `likely`, `low` and `high`");
            return None;
        };
        if low > likely || likely > high {
            self.wrong(value.span(), "`likely` must be between `low` and `high`");
            return None;
        }
        Some(Typical { likely, low, high })
    }

    fn whole_minutes(&mut self, value: &Value<'_>) -> Option<u32> {
        let digits = value.get_ref().as_integer().map(|number| number.as_str().replace('_', ""));
        let Some(digits) = digits else {
            self.expected("whole minutes", value);
            return None;
        };
        let minutes = digits.parse().ok().filter(|&minutes| minutes <= MAX_MINUTES);
        if minutes.is_none() {
            self.wrong(value.span(), format!("minutes are from 0 to {MAX_MINUTES}, a week"));
        }
        minutes
    }

    fn entries(&mut self, value: &Value<'_>) {
        let read: Vec<(Range<usize>, WrittenEntry)> = self.tables("[[entry]]", value);
        let mut seen: Vec<String> = Vec::new();
        for (span, written) in read {
            match form::checked(vec![written], Catalog::OF_CONFIGURATION, Author::User) {
                Ok(entries) => {
                    for value in entries {
                        if seen.contains(&value.id.to_string()) {
                            let message = format!("there is already an entry `{}` in this file", value.id);
                            self.wrong(span.clone(), message);
                        }
                        let is_address =
                            ["https://", "http://"].iter().any(|way| value.docs.starts_with(way));
                        if !value.docs.is_empty() && !is_address {
                            let message =
                                format!("`docs` of `{}` is not an address: expected `https://…`", value.id);
                            self.wrong(span.clone(), message);
                        }
                        seen.push(value.id.to_string());
                        self.written.entries.push(At { value, span: span.clone() });
                    }
                }
                Err(mistakes) => self.written.mistakes.extend(mistakes),
            }
        }
    }

    fn modules(&mut self, value: &Value<'_>) {
        let read: Vec<(Range<usize>, modules::form::Module)> = self.tables("[[module]]", value);
        for (span, written) in read {
            match modules::form::checked(std::slice::from_ref(&written)) {
                Ok(stubs) => {
                    self.written
                        .modules
                        .extend(stubs.into_iter().map(|value| At { value, span: span.clone() }));
                }
                Err(mistakes) => self.written.mistakes.extend(mistakes),
            }
        }
    }

    /// Parses each table of a list separately, so that a mistake in one does not hide mistakes in others.
    fn tables<T: DeserializeOwned>(&mut self, what: &str, value: &Value<'_>) -> Vec<(Range<usize>, T)> {
        let Some(items) = value.get_ref().as_array() else {
            self.expected(&format!("`{what}`, a list of tables"), value);
            return Vec::new();
        };
        let mut read = Vec::new();
        for item in items {
            match T::deserialize(ValueDeserializer::from(item.clone())) {
                Ok(value) => read.push((item.span(), value)),
                Err(error) => {
                    let mut mistake = Mistake::of_toml(&error);
                    mistake.message = in_plain_words(&mistake.message);
                    if mistake.span.is_empty() {
                        mistake.span = item.span();
                    }
                    self.written.mistakes.push(mistake);
                }
            }
        }
        read
    }
}

/// A `[[path]]` that is being read.
struct ReadingPath<'r> {
    reading: &'r mut Reading,
    globs: Option<Vec<At<String>>>,
    levels: Option<Levels>,
}

impl ReadingPath<'_> {
    fn glob(&mut self, value: &Value<'_>) {
        self.globs = Some(self.reading.one_or_more(value));
    }

    fn rules(&mut self, value: &Value<'_>) {
        self.levels = Some(self.reading.rule_levels(value));
    }
}

/// Reads minutes with their range: `likely`, `low` and `high`.
struct ReadingRange<'r> {
    reading: &'r mut Reading,
    of: [Option<u32>; 3],
}

impl ReadingRange<'_> {
    fn likely(&mut self, value: &Value<'_>) {
        self.of[0] = self.reading.whole_minutes(value);
    }

    fn low(&mut self, value: &Value<'_>) {
        self.of[1] = self.reading.whole_minutes(value);
    }

    fn high(&mut self, value: &Value<'_>) {
        self.of[2] = self.reading.whole_minutes(value);
    }
}
