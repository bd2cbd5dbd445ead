//! The TOML form of the catalogue, and the checks that turn it into entries. Both the build, for the built-in files,
//! and a run, for a user's entries, use this code, so both follow the same rules and show the same messages.
//!
//! The JSON Schema of the configuration is also generated from these types. It does not cover rules that types cannot
//! express: the syntax of a path, a condition or a conflict, and the fields that an entry with a level requires.
//! [`checked`] reports these with their place.

use std::borrow::Cow;

use serde::Deserialize;
use toml::Spanned;

use super::entry::{
    Access, Before, BodyCondition, Conflict, Elements, Entry, Evidence, Many, ObjectPath, ObjectSource, Seq,
    Sources, Step, Str, Test, Writer,
};
use crate::azure::mistake::Mistake;
use crate::level::Level;
use crate::rule_id::RuleId;

const LEVELS: [&str; 4] = ["error", "warning", "note", "off"];
const ACCESSES: [&str; 3] = ["exclusive", "commit", "replace"];
const CERTAINTIES: [&str; 3] = ["certain", "likely", "possible"];
const EVIDENCE_KINDS: [&str; 8] = [
    "official-docs",
    "product-group",
    "maintainer",
    "microsoft-code",
    "provider-lock",
    "many-users",
    "one-user",
    "inference",
];

/// A file of entries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    entry: Vec<WrittenEntry>,
}

/// A shared object and its writers.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(schema, derive(schemars::JsonSchema), schemars(rename = "Entry"))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WrittenEntry {
    /// Its name, also of its page: lower case letters, digits and hyphens. One of the built-in names replaces that
    /// entry.
    #[cfg_attr(schema, schemars(with = "String"))]
    id: Spanned<String>,
    /// One line for tables.
    #[cfg_attr(schema, schemars(with = "String"))]
    title: Spanned<String>,
    /// The rule that reports a pair of different declarations; `parallel-writers` by default.
    #[cfg_attr(schema, schemars(with = "Option<String>", extend("enum" = RuleId::OF_ENTRIES.map(RuleId::as_str))))]
    rule: Option<Spanned<String>>,
    /// The level of its findings; `off` keeps it as a documented non-race.
    #[cfg_attr(schema, schemars(with = "String", extend("enum" = LEVELS)))]
    level: Spanned<String>,
    /// Its level in version 0.1, if it was different; `levels = "0.1"` restores it.
    #[cfg_attr(schema, schemars(with = "Option<String>", extend("enum" = LEVELS)))]
    level_before: Option<Spanned<String>>,
    /// The level of a finding in which many writers meet that nothing orders.
    many: Option<WrittenMany>,
    /// The type of the shared object, for messages: `Microsoft.Network/virtualHubs`. An entry with a level has it.
    #[cfg_attr(schema, schemars(with = "Option<String>"))]
    object_type: Option<Spanned<String>>,
    /// If given, the entry applies only to objects that are known to have one of these types.
    #[serde(default)]
    #[cfg_attr(schema, schemars(with = "Vec<String>"))]
    object_types: Vec<Spanned<String>>,
    /// What both writers do to the object, as the end of a sentence that starts with “both”. An entry with a level must have
    /// it.
    #[serde(default)]
    why: String,
    /// Codes of the errors that Azure shows: `AnotherOperationInProgress`. `@retryOn` names such codes.
    #[serde(default)]
    #[cfg_attr(schema, schemars(with = "Vec<String>"))]
    codes: Vec<Spanned<String>>,
    /// Phrases in the messages of those errors.
    #[serde(default)]
    texts: Vec<String>,
    /// The older form of `codes` and `texts`: a single word is a code, anything else a phrase.
    #[serde(default)]
    errors: Vec<String>,
    /// The remedy, if it is more than adding an order.
    #[serde(default)]
    remedy: String,
    /// Whether the ranks of its writers matter only while the object does not exist. If it does, a remedy may turn them round where that
    /// saves time.
    #[serde(default)]
    order_of_creation: bool,
    /// What to do about a race inside a published module, if it is more than using another version of it.
    #[serde(default)]
    published: String,
    /// When it does not matter, or matters more.
    #[serde(default)]
    conditions: String,
    /// How well it is known; `likely` by default.
    #[cfg_attr(schema, schemars(with = "Option<String>", extend("enum" = CERTAINTIES)))]
    certainty: Option<Spanned<String>>,
    /// Why a contested entry has its level.
    #[serde(default)]
    contested: String,
    /// Pairs of roles that must not run at the same time: `role + role`, or `role < role` if the first must finish first. If
    /// none are given, no two writers may.
    #[serde(default)]
    #[cfg_attr(schema, schemars(with = "Vec<String>"))]
    conflicts: Vec<Spanned<String>>,
    /// For an entry with writers that replace a list and others that add to it: the properties that make two elements equal. An
    /// added element that the list also has is not lost. `name` is the last segment of a resource's name.
    #[serde(default)]
    #[cfg_attr(schema, schemars(with = "Vec<String>"))]
    alike: Vec<Spanned<String>>,
    /// Kinds of declarations that write the object. An entry with a level has at least one.
    #[serde(default)]
    writer: Vec<WrittenWriter>,
    /// Evidence for it.
    #[serde(default)]
    evidence: Vec<WrittenEvidence>,
    /// Evidence against it.
    #[serde(default)]
    counter_evidence: Vec<WrittenEvidence>,
    /// The address of its page, for findings.
    #[serde(default)]
    docs: String,
}

/// A different level for findings with many writers.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(schema, derive(schemars::JsonSchema), schemars(rename = "Many"))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenMany {
    /// Minimum number of writers that may all run at the same time; at least 3. Instances of a loop count if its list is known.
    #[cfg_attr(schema, schemars(with = "u32"))]
    writers: Spanned<u32>,
    /// The level for that many writers or more.
    #[cfg_attr(schema, schemars(with = "String", extend("enum" = LEVELS)))]
    level: Spanned<String>,
}

/// A kind of declaration that writes the object of its entry.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(schema, derive(schemars::JsonSchema), schemars(rename = "Writer"))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenWriter {
    /// Short name of its role in the entry, unique there: lower case letters, digits and hyphens.
    #[cfg_attr(schema, schemars(with = "String"))]
    role: Spanned<String>,
    /// Its name in messages, with an article: `an S2S gateway`.
    #[cfg_attr(schema, schemars(with = "String"))]
    label: Spanned<String>,
    /// Whether findings use the name of its type instead, because the label stands for many types.
    #[serde(default)]
    named_by_type: bool,
    /// Full resource types; case does not matter. `a/b/*` stands for every type below `a/b`, and `*` for every type.
    #[cfg_attr(schema, schemars(with = "Vec<String>"))]
    types: Spanned<Vec<Spanned<String>>>,
    /// Where it names the object: `self`, `parent`, `scope` or a property path such as `properties.virtualHub.id`,
    /// `a.b[*].c`, each followed by any number of `/..`, which removes one name from the id.
    #[cfg_attr(schema, schemars(with = "Vec<String>"))]
    objects: Spanned<Vec<Spanned<String>>>,
    /// Conditions on its body, which must all hold: `path`, `!path`, `path == 'text'`, `path != 'text'`.
    #[serde(default)]
    #[cfg_attr(schema, schemars(with = "Vec<String>"))]
    when: Vec<Spanned<String>>,
    /// Conditions that must be known to hold. A value that depends on a parameter without a default does not satisfy them.
    #[serde(default)]
    #[cfg_attr(schema, schemars(with = "Vec<String>"))]
    certain_when: Vec<Spanned<String>>,
    /// Kind of access to the object: one writer at a time (the default), after every other writer, or rewriting what others
    /// add.
    #[cfg_attr(schema, schemars(with = "Option<String>", extend("enum" = ACCESSES)))]
    access: Option<Spanned<String>>,
    /// The list that it replaces, or the element that it adds to the list: a property path such as `properties.subnets[*]`, or
    /// `self` if its body is the element. `alike` of the entry says how elements are compared.
    #[cfg_attr(schema, schemars(with = "Option<String>"))]
    elements: Option<Spanned<String>>,
    /// The level of a finding in which it only starts after the writer that must come last.
    #[cfg_attr(schema, schemars(with = "Option<String>", extend("enum" = LEVELS)))]
    late: Option<Spanned<String>>,
    /// Place in the preferred order, lowest first; equal ones keep file order.
    #[serde(default)]
    rank: u32,
    /// Typical minutes that it takes; 0 if unknown.
    #[serde(default)]
    minutes: u32,
}

/// A public source.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(schema, derive(schemars::JsonSchema), schemars(rename = "Evidence"))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenEvidence {
    /// The kind of source.
    #[cfg_attr(schema, schemars(with = "String", extend("enum" = EVIDENCE_KINDS)))]
    kind: Spanned<String>,
    /// A summary of what it says, in your own words.
    #[cfg_attr(schema, schemars(with = "String"))]
    says: Spanned<String>,
    /// Its address.
    #[serde(default)]
    url: String,
    /// When it was read or written (`2026-11`), if known.
    #[serde(default)]
    date: String,
}

/// The author of an entry. Built-in entries must have evidence; a user's need none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// It comes with the tool.
    BuiltIn,
    /// It comes from a configuration.
    User,
}

/// Reads a file of entries.
pub fn entries_of(text: &str, domain: &str, author: Author) -> Result<Vec<Entry>, Vec<Mistake>> {
    let file: File = toml::from_str(text).map_err(|error| vec![Mistake::of_toml(&error)])?;
    checked(file.entry, domain, author)
}

/// Checks entries that were read as part of a larger file.
pub fn checked(written: Vec<WrittenEntry>, domain: &str, author: Author) -> Result<Vec<Entry>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    for entry in written {
        if entries.iter().any(|earlier| earlier.id == *entry.id.get_ref()) {
            mistakes
                .push(Mistake::at(&entry.id, format!("there is already an entry `{}`", entry.id.get_ref())));
        }
        entries.push(Check { mistakes: &mut mistakes, author }.entry(entry, domain));
    }
    if mistakes.is_empty() { Ok(entries) } else { Err(mistakes) }
}

fn seq<T: Clone>(items: Vec<T>) -> Seq<T> {
    Cow::Owned(items)
}

fn text(written: impl Into<String>) -> Str {
    Cow::Owned(written.into())
}

/// Turns written entries into checked ones and collects mistakes. If there is a mistake, the result is discarded, so
/// its content does not matter.
struct Check<'a> {
    mistakes: &'a mut Vec<Mistake>,
    author: Author,
}

impl Check<'_> {
    fn wrong<T>(&mut self, at: &Spanned<T>, message: impl Into<String>) {
        self.mistakes.push(Mistake::at(at, message));
    }

    fn entry(&mut self, written: WrittenEntry, domain: &str) -> Entry {
        if !is_slug(written.id.get_ref()) {
            self.wrong(&written.id, "an id is lower case letters, digits and hyphens");
        }
        if written.title.get_ref().trim().is_empty() {
            self.wrong(&written.title, "the title is empty");
        }
        let level = self.level(&written.level);
        let level_before = written.level_before.as_ref().map(|before| Before(self.level(before)));
        let many = written.many.as_ref().and_then(|many| self.many(many));
        let rule = written.rule.as_ref().and_then(|rule| self.rule(rule)).unwrap_or(RuleId::ParallelWriters);
        let certainty = match &written.certainty {
            None => "likely".to_owned(),
            Some(certainty) => {
                self.one_of(certainty, "certainty", &CERTAINTIES);
                certainty.get_ref().clone()
            }
        };
        if level.is_some() {
            self.what_a_finding_needs(&written, rule);
        }
        let writers: Vec<Writer> = written.writer.iter().map(|writer| self.writer(writer)).collect();
        for (index, writer) in written.writer.iter().enumerate() {
            if written.writer[..index].iter().any(|earlier| earlier.role.get_ref() == writer.role.get_ref()) {
                self.wrong(&writer.role, format!("there is already a writer `{}`", writer.role.get_ref()));
            }
        }
        let mut elements = written.writer.iter().filter_map(|writer| writer.elements.as_ref());
        match (elements.next(), written.alike.first()) {
            (Some(first), None) => {
                self.wrong(
                    first,
                    "an entry with `elements` needs `alike`, the properties that make two elements equal",
                );
            }
            (None, Some(first)) => {
                self.wrong(first, "`alike` applies to the `elements` of writers, but no writer has any");
            }
            _ => {}
        }
        let conflicts = written.conflicts.iter().filter_map(|conflict| self.conflict(conflict, &writers));
        let conflicts: Vec<Conflict> = conflicts.collect();
        let (codes, texts): (Vec<_>, Vec<_>) = written.errors.into_iter().partition(|error| is_code(error));
        let known = written.codes.iter().map(|code| self.code(code));
        let codes: Vec<_> = known.chain(codes.into_iter().map(text)).collect();
        Entry {
            id: text(written.id.into_inner()),
            domain: text(domain),
            title: text(written.title.into_inner()),
            rule,
            level,
            level_before,
            many,
            object_types: seq(written.object_types.iter().map(|ty| self.resource_type(ty)).collect()),
            object_type: text(written.object_type.map(Spanned::into_inner).unwrap_or_default()),
            alike: seq(written.alike.iter().filter_map(|name| self.property_name(name)).collect()),
            writers: seq(writers),
            conflicts: seq(conflicts),
            why: text(written.why),
            codes: seq(codes),
            texts: seq(written.texts.into_iter().chain(texts).map(Cow::Owned).collect()),
            remedy: text(written.remedy),
            published: text(written.published),
            conditions: text(written.conditions),
            certainty: text(certainty),
            order_of_creation: written.order_of_creation,
            contested: text(written.contested),
            evidence: self.evidence(written.evidence),
            counter_evidence: self.evidence(written.counter_evidence),
            docs: text(written.docs),
        }
    }

    /// An entry that is only documented may lack fields that an entry with findings requires.
    fn what_a_finding_needs(&mut self, written: &WrittenEntry, rule: RuleId) {
        let id = &written.id;
        match &written.object_type {
            None => self.wrong(id, "`object-type` is missing"),
            Some(ty) if !ty.get_ref().contains('/') => {
                self.wrong(ty, "`object-type` is a full resource type: `Microsoft.Network/virtualHubs`");
            }
            Some(_) => {}
        }
        // Such an entry documents a race that the rule detects by itself, so it has no writers.
        let finds_itself = rule == RuleId::DeclaredTwice;
        if written.writer.is_empty() && !finds_itself {
            self.wrong(id, "an entry with a level has at least one `[[entry.writer]]`");
        }
        if written.why.trim().is_empty() && !finds_itself {
            self.wrong(id, "`why` is missing: what both writers do to the object, as the end of a sentence that starts with “both”");
        }
        if self.author == Author::BuiltIn && written.evidence.is_empty() {
            self.wrong(id, "an entry with a level has evidence");
        }
        if self.author == Author::BuiltIn && written.certainty.is_none() {
            self.wrong(id, "`certainty` is missing");
        }
    }

    fn level(&mut self, written: &Spanned<String>) -> Option<Level> {
        let level = written.get_ref().parse().ok();
        if level.is_none() && written.get_ref() != "off" {
            self.wrong(written, format!("a level is one of {}", LEVELS.join(", ")));
        }
        level
    }

    fn many(&mut self, written: &WrittenMany) -> Option<Many> {
        let writers = *written.writers.get_ref();
        if writers < 3 {
            self.wrong(&written.writers, "`writers` must be 3 or more; `level` applies to two");
        }
        self.level(&written.level).map(|level| Many { writers, level })
    }

    fn rule(&mut self, written: &Spanned<String>) -> Option<RuleId> {
        let rule = written.get_ref().parse().ok().filter(|rule| RuleId::OF_ENTRIES.contains(rule));
        if rule.is_none() {
            let known = RuleId::OF_ENTRIES.map(RuleId::as_str).join(", ");
            self.wrong(written, format!("a rule is one of {known}"));
        }
        rule
    }

    fn one_of(&mut self, written: &Spanned<String>, what: &str, known: &[&str]) {
        if !known.contains(&written.get_ref().as_str()) {
            self.wrong(written, format!("a {what} is one of {}", known.join(", ")));
        }
    }

    fn writer(&mut self, written: &WrittenWriter) -> Writer {
        if !is_slug(written.role.get_ref()) {
            self.wrong(&written.role, "a role is lower case letters, digits and hyphens");
        }
        if written.label.get_ref().trim().is_empty() {
            self.wrong(&written.label, "the label is empty");
        }
        if written.types.get_ref().is_empty() {
            self.wrong(&written.types, "a writer has at least one type");
        }
        if written.objects.get_ref().is_empty() {
            self.wrong(&written.objects, "a writer names its object by at least one path");
        }
        let access = written.access.as_ref().map_or(Access::Exclusive, |access| {
            self.one_of(access, "access", &ACCESSES);
            match access.get_ref().as_str() {
                "commit" => Access::Commit,
                "replace" => Access::Replace,
                _ => Access::Exclusive,
            }
        });
        Writer {
            role: text(written.role.get_ref().as_str()),
            label: text(written.label.get_ref().as_str()),
            is_named_by_type: written.named_by_type,
            types: seq(written.types.get_ref().iter().map(|ty| self.resource_type(ty)).collect()),
            objects: seq(written.objects.get_ref().iter().filter_map(|path| self.object(path)).collect()),
            when: seq(self.conditions(&written.when)),
            certain_when: seq(self.conditions(&written.certain_when)),
            access,
            elements: written.elements.as_ref().and_then(|path| self.elements(path)),
            late: written.late.as_ref().and_then(|late| self.level(late)),
            rank: written.rank,
            minutes: written.minutes,
        }
    }

    fn resource_type(&mut self, written: &Spanned<String>) -> Str {
        let ty = written.get_ref().as_str();
        if ty == "*" {
            return text(ty);
        }
        let mut segments = ty.split('/');
        let provider = segments.next().unwrap_or_default();
        let star_inside = ty.trim_end_matches("/*").contains('*');
        if !provider.contains('.')
            || segments.clone().next().is_none()
            || ty.split('/').any(str::is_empty)
            || star_inside
        {
            self.wrong(
                written,
                "a type is `Provider.Name/type/child`, or `Provider.Name/type/*` for all below it",
            );
        }
        text(ty)
    }

    fn object(&mut self, written: &Spanned<String>) -> Option<ObjectPath> {
        let mut path = written.get_ref().as_str();
        let mut up = 0;
        while let Some(shorter) = path.strip_suffix("/..") {
            path = shorter;
            up += 1;
        }
        let from = match path {
            "self" => ObjectSource::Own,
            "parent" => {
                up += 1;
                ObjectSource::Own
            }
            "scope" => ObjectSource::Scope,
            _ if path.starts_with("parent/") => self.below(path, written)?,
            _ => ObjectSource::Body(seq(self.steps(path, written)?)),
        };
        Some(ObjectPath { from, up })
    }

    /// `parent/namedValues/{{{properties.displayName}}}`: the innermost braces contain the path.
    fn below(&mut self, path: &str, at: &Spanned<String>) -> Option<ObjectSource> {
        let parts = path.strip_prefix("parent/").and_then(|rest| rest.split_once('/'));
        let parts = parts.and_then(|(ty, name)| {
            let (before, rest) = name.rsplit_once('{')?;
            let (path, after) = rest.split_once('}')?;
            Some((ty, before, path, after))
        });
        let Some((ty, before, path, after)) = parts.filter(|(ty, ..)| !ty.is_empty()) else {
            self.wrong(at, "what a property names below the parent is `parent/type/{path}`");
            return None;
        };
        let path = seq(self.steps(path, at)?);
        Some(ObjectSource::Below { ty: text(ty), path, before: text(before), after: text(after) })
    }

    /// `self`, or all elements of one list, such as `properties.subnets[*]`.
    fn elements(&mut self, written: &Spanned<String>) -> Option<Elements> {
        if written.get_ref() == "self" {
            return Some(Elements::Body);
        }
        let list = written.get_ref().strip_suffix("[*]").filter(|list| !list.contains("[*]"));
        if list.is_none() {
            self.wrong(written, "elements are `self` or those of one list: `a.b[*]`");
        }
        Some(Elements::List(seq(self.steps(list?, written)?)))
    }

    fn code(&mut self, written: &Spanned<String>) -> Str {
        let code = written.get_ref().as_str();
        if !is_code(code) {
            self.wrong(written, "a code is one word, such as `Conflict`; a phrase is one of `texts`");
        }
        text(code)
    }

    fn property_name(&mut self, written: &Spanned<String>) -> Option<Str> {
        let [Step::Member(ref name)] = self.steps(written.get_ref(), written)?[..] else {
            self.wrong(written, "a property that elements are compared by is one name");
            return None;
        };
        Some(name.clone())
    }

    /// `properties.ipConfigurations[*].properties.subnet.id`
    fn steps(&mut self, path: &str, at: &Spanned<String>) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        for part in path.split('.') {
            let (name, every) = match part.strip_suffix("[*]") {
                Some(name) => (name, true),
                None => (part, false),
            };
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if name.is_empty() || !name.chars().all(plain) {
                self.wrong(
                    at,
                    "a path is `self`, `parent`, `scope` or `a.b[*].c`, each followed by any number of `/..`",
                );
                return None;
            }
            steps.push(Step::Member(text(name)));
            if every {
                steps.push(Step::Every);
            }
        }
        Some(steps)
    }

    fn conditions(&mut self, written: &[Spanned<String>]) -> Vec<BodyCondition> {
        written.iter().filter_map(|condition| self.condition(condition)).collect()
    }

    fn condition(&mut self, written: &Spanned<String>) -> Option<BodyCondition> {
        let condition = written.get_ref().trim();
        let compared = |by| condition.split_once(by).map(|(path, value)| (path.trim(), value.trim()));
        let (path, test) = if let Some((path, value)) = compared("==") {
            (path, Test::Equals(self.quoted(value, written)?))
        } else if let Some((path, value)) = compared("!=") {
            (path, Test::Differs(self.quoted(value, written)?))
        } else if condition.contains('=') {
            return self.quoted("", written).and(None);
        } else if let Some(path) = condition.strip_prefix('!') {
            (path.trim(), Test::Absent)
        } else {
            (condition, Test::Present)
        };
        Some(BodyCondition { path: seq(self.steps(path, written)?), test })
    }

    fn quoted(&mut self, value: &str, at: &Spanned<String>) -> Option<Str> {
        let inner = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        if inner.is_none() {
            self.wrong(at, "a condition is `path`, `!path`, `path == 'text'` or `path != 'text'`");
        }
        inner.map(text)
    }

    /// `a + b`: they conflict. `a < b`: they conflict, and `a` must come first.
    fn conflict(&mut self, written: &Spanned<String>, writers: &[Writer]) -> Option<Conflict> {
        let split = |operator| written.get_ref().split_once(operator);
        let (pair, ordered) = match (split('+'), split('<')) {
            (Some(pair), None) => (pair, false),
            (None, Some(pair)) => (pair, true),
            _ => {
                self.wrong(
                    written,
                    "a conflict is `role + role`, or `role < role` where the first must come first",
                );
                return None;
            }
        };
        let (first, second) = (pair.0.trim(), pair.1.trim());
        for role in [first, second] {
            if !writers.iter().any(|writer| writer.role == role) {
                self.wrong(written, format!("no writer has the role `{role}`"));
            }
        }
        Some(Conflict { first: text(first), second: text(second), ordered })
    }

    fn evidence(&mut self, written: Vec<WrittenEvidence>) -> Sources {
        let mut all = Vec::new();
        for evidence in written {
            self.one_of(&evidence.kind, "kind of evidence", &EVIDENCE_KINDS);
            if evidence.says.get_ref().trim().is_empty() {
                self.wrong(&evidence.says, "evidence says something");
            }
            let inferred = evidence.kind.get_ref() == "inference";
            if self.author == Author::BuiltIn && !inferred && !evidence.url.starts_with("https://") {
                self.wrong(&evidence.kind, "evidence has an address that starts with https://");
            }
            all.push(Evidence {
                kind: text(evidence.kind.into_inner()),
                says: text(evidence.says.into_inner()),
                url: text(evidence.url),
                date: text(evidence.date),
            });
        }
        Sources::Read(all)
    }
}

/// Whether a text can be an error code, such as `AnotherOperationInProgress`.
fn is_code(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_slug(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

// The build reads this file too, from another folder.
#[cfg(test)]
#[path = "form/tests.rs"]
mod tests;
