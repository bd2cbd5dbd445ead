//! The types of the catalogue: which declarations write which shared object.

use std::borrow::Cow;

use crate::level::Level;
use crate::rule_id::RuleId;

/// A text that is static in a built-in entry and owned in a user's.
pub type Str = Cow<'static, str>;
/// A list that is static in a built-in entry and owned in a user's.
pub type Seq<T> = Cow<'static, [T]>;

/// One kind of race: a shared object, its writers, and which of them must not run at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The id, in lower case with hyphens; also the name of its page.
    pub id: Str,
    /// Name of the catalogue file that contains it, without extension.
    pub domain: Str,
    /// Title for tables, in one line.
    pub title: Str,
    /// The rule that reports a pair of different declarations (`hub-gateways`, `routing-intent-last`, `parallel-writers`,
    /// `lost-update`). A loop that races with itself is `parallel-loop` unless the entry has a rule of its own.
    pub rule: RuleId,
    /// The level of its findings; `None` keeps it as a documented non-race.
    pub level: Option<Level>,
    /// Its level in version 0.1, if it was different.
    pub level_before: Option<Before>,
    /// A different level for findings with many writers.
    pub many: Option<Many>,
    /// The type of the shared object, for messages.
    pub object_type: Str,
    /// If not empty, the entry applies only to objects that are known to have one of these types (lower case).
    pub object_types: Seq<Str>,
    /// For `lost-update`: the properties that make two list elements equal, such as `name` and `properties` of subnets; `name`
    /// is the last segment of a resource's name. An added element that the rewritten list also contains is not lost.
    pub alike: Seq<Str>,
    /// The declarations that write the object.
    pub writers: Seq<Writer>,
    /// Pairs of roles that must not run at the same time. Empty: no two writers may.
    pub conflicts: Seq<Conflict>,
    /// What both writers do to the object, as the end of a sentence that starts with "both": `write the routing state of the
    /// hub`.
    pub why: Str,
    /// Error codes that Azure shows, such as `AnotherOperationInProgress`. A declaration with `@retryOn` lists such codes.
    pub codes: Seq<Str>,
    /// Phrases in the messages of those errors.
    pub texts: Seq<Str>,
    /// The remedy, if it is more than adding an order.
    pub remedy: Str,
    /// Whether the preferred order of its writers matters only while the object does not exist.
    pub order_of_creation: bool,
    /// What to do about a race inside a published module, if it is more than using another version.
    pub published: Str,
    /// Conditions under which the race does no harm, or more harm.
    pub conditions: Str,
    /// Strength of the evidence: `certain`, `likely` or `possible`.
    pub certainty: Str,
    /// For an entry with evidence on both sides: why it has this level.
    pub contested: Str,
    /// Evidence for it.
    pub evidence: Sources,
    /// Evidence against it.
    pub counter_evidence: Sources,
    /// Address of its documentation, if the author of a custom entry gives one; built-in entries have a page on the site.
    pub docs: Str,
}

/// The level of an entry in an earlier version; `None` if it was off or did not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before(pub Option<Level>);

/// The level of a finding with many writers: a failure that is rare for one pair is likely with a hundred writers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Many {
    /// Minimum number of writers that may all run at the same time.
    pub writers: u32,
    /// The level for that many writers or more.
    pub level: Level,
}

/// A kind of declaration that writes the object of its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Name of the writer's role, unique in the entry.
    pub role: Str,
    /// Its name in messages, with an article: `an S2S gateway`.
    pub label: Str,
    /// Whether messages use the name of its type instead, because the label stands for many types.
    pub is_named_by_type: bool,
    /// Full resource types, as Azure writes them; case is ignored. `a/b/*` stands for every type below `a/b`, at any
    /// depth, and `*` for every type.
    pub types: Seq<Str>,
    /// Paths to the objects that it writes. Each path that leads to an object is an effect.
    pub objects: Seq<ObjectPath>,
    /// Conditions on its body, which must all hold.
    pub when: Seq<BodyCondition>,
    /// Conditions on its body that must all be known to hold. An unknown value does not satisfy them.
    pub certain_when: Seq<BodyCondition>,
    /// Kind of access to the object.
    pub access: Access,
    /// The list of the object that it rewrites, or the element that it adds to the list, if the catalogue says so.
    pub elements: Option<Elements>,
    /// The level of a finding in which it only starts after the writer that must come last, and overlaps with nothing.
    pub late: Option<Level>,
    /// Place in the preferred order, lowest first; equal ones keep file order.
    pub rank: u32,
    /// Typical duration in minutes; 0 if it is not known.
    pub minutes: u32,
}

/// Kind of access to the shared object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Only one writer at a time may run.
    Exclusive,
    /// It must run after every other writer.
    Commit,
    /// It rewrites what others add, so no order helps.
    Replace,
}

/// How a declaration names the object that it writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPath {
    /// Where the id is found.
    pub from: ObjectSource,
    /// Number of name segments to remove from the end of the id: 1 turns a subnet into its VNet.
    pub up: u8,
}

/// Where an object's id is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectSource {
    /// The declaration's own id.
    Own,
    /// Its deployment scope: the resource in `scope:` for an extension resource, else the resource group, subscription,
    /// management group or tenant.
    Scope,
    /// A property that holds an id.
    Body(Seq<Step>),
    /// What a property of the body names below the parent: an object of this type, with this text before and after the value.
    /// Ex) `parent/namedValues/{{{properties.displayName}}}`: the named value that others call `{{name}}`
    Below {
        /// The last segment of its type.
        ty: Str,
        /// The property with the name.
        path: Seq<Step>,
        /// The text before the value.
        before: Str,
        /// The text after it.
        after: Str,
    },
}

/// A step of a property path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `.name`
    Member(Str),
    /// `[*]`: every element.
    Every,
}

/// Where a declaration has the list, or the element of the list, that it writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elements {
    /// Its body is the element.
    Body,
    /// The property that is the list.
    List(Seq<Step>),
}

/// A condition on a declaration's body or name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyCondition {
    /// The property; `name` is the last segment of the resource's name.
    pub path: Seq<Step>,
    /// The test of the property's value.
    pub test: Test,
}

/// A test of a property's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It is set and not `null`.
    Present,
    /// It is not set, or `null`.
    Absent,
    /// It equals the text, case ignored.
    Equals(Str),
    /// It differs from the text, ignoring case, or is not set.
    Differs(Str),
}

/// Two roles that must not run at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// One role.
    pub first: Str,
    /// The other; may be the same.
    pub second: Str,
    /// Whether the first role must finish before the second starts, so that the reverse order is wrong too.
    pub ordered: bool,
}

/// Public sources, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sources {
    /// The sources themselves, of an entry that was read from a file.
    Read(Vec<Evidence>),
    /// The sources of a built-in entry, as a range of all sources that the build packs. Few runs show one.
    Packed(u16, u16),
}

/// A public source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The kind of source: `official-docs`, `product-group`, `maintainer`, `microsoft-code`, `provider-lock`,
    /// `many-users`, `one-user`, `inference`.
    pub kind: Str,
    /// A summary in this project's own words.
    pub says: Str,
    /// Its address.
    pub url: Str,
    /// When it was read or written (`2026-11`), if known.
    pub date: Str,
}
