//! The form of the knowledge: which declarations write which shared object.

use std::borrow::Cow;

use crate::level::Level;
use crate::rule_id::RuleId;

/// A text that is static in a built-in entry and owned in a user's.
pub type Str = Cow<'static, str>;
/// A list that is static in a built-in entry and owned in a user's.
pub type Seq<T> = Cow<'static, [T]>;

/// One kind of race: a shared object, who writes it, and which writers disturb each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, also of its page: lower case with hyphens.
    pub id: Str,
    /// The file that it stands in, without ending.
    pub domain: Str,
    /// One line for tables.
    pub title: Str,
    /// The rule that reports a pair of different declarations (`hub-gateways`, `routing-intent-last`, `parallel-writers`,
    /// `lost-update`). A loop that races with itself is `parallel-loop` unless the entry has a rule of its own.
    pub rule: RuleId,
    /// The level of its findings; `None` keeps it as a documented non-race.
    pub level: Option<Level>,
    /// Its level in version 0.1, where that was another one.
    pub level_before: Option<Before>,
    /// The level of a finding in which many writers meet.
    pub many: Option<Many>,
    /// The type of the shared object, for messages.
    pub object_type: Str,
    /// Where not empty: the entry counts only for objects that are known to be of one of these types (lower case).
    pub object_types: Seq<Str>,
    /// The properties by which two elements of a list that some write whole and others add to are the same, `name` being the last
    /// segment of a resource's name. What the list holds is not lost.
    pub alike: Seq<Str>,
    /// Who writes it.
    pub writers: Seq<Writer>,
    /// Which roles disturb each other. Empty: every writer disturbs every writer.
    pub conflicts: Seq<Conflict>,
    /// What both do to the object, to follow "both": `write the routing state of the hub`.
    pub why: Str,
    /// Codes of the errors that Azure shows: `AnotherOperationInProgress`. `@retryOn` names such codes.
    pub codes: Seq<Str>,
    /// Phrases in the messages of those errors.
    pub texts: Seq<Str>,
    /// What to do, where it is not simply an order.
    pub remedy: Str,
    /// When it does not matter, or matters more.
    pub conditions: Str,
    /// How well it is known: `certain`, `likely`, `possible`.
    pub certainty: Str,
    /// Why a contested entry has the level that it has.
    pub contested: Str,
    /// Evidence for it.
    pub evidence: Seq<Evidence>,
    /// Evidence against it.
    pub counter_evidence: Seq<Evidence>,
    /// The address of its page, where its author gives one; a built-in entry's page is among ours.
    pub docs: Str,
}

/// The level of an entry in an earlier version; none where it did not report, or was not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before(pub Option<Level>);

/// The level of a finding in which many writers meet: what one in a hundred pairs meets, a crowd meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Many {
    /// From how many writers on, of which each may run beside each other one.
    pub writers: u32,
    /// The level from there on.
    pub level: Level,
}

/// A kind of declaration that writes the object of its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Short name of its role in the entry, unique there.
    pub role: Str,
    /// What it is in a reader's words, with article: `an S2S gateway`.
    pub label: Str,
    /// Full resource types, as Azure writes them; their case does not matter. `a/b/*` stands for every type below `a/b`, at any depth, and `*` for every type.
    pub types: Seq<Str>,
    /// How it names the object; each path that leads to an object is an effect of its own.
    pub objects: Seq<ObjectPath>,
    /// What must hold of the body; all of them.
    pub when: Seq<BodyCondition>,
    /// What must be known to hold of the body; all of them. A value that nobody knows passes no such condition.
    pub certain_when: Seq<BodyCondition>,
    /// How it touches the object.
    pub access: Access,
    /// The list of the object that it writes whole, or what it adds to that list, where the catalogue says it.
    pub elements: Option<Elements>,
    /// Place in the preferred order, lowest first; equal ones keep file order.
    pub rank: u32,
    /// Typical minutes that it takes; 0 is not known.
    pub minutes: u32,
}

/// How a declaration touches the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// One writer at a time.
    Exclusive,
    /// Must come after every other writer.
    Commit,
    /// Rewrites what others add: order does not help.
    Replace,
}

/// How a declaration names the object that it writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPath {
    /// Where the id is found.
    pub from: ObjectSource,
    /// How many name segments are cut from the end of that id: 1 makes a VNet out of a subnet.
    pub up: u8,
}

/// Where an object's id is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectSource {
    /// The declaration's own id.
    Own,
    /// What it is deployed to: the resource of `scope:` for an extension resource, else the resource group, subscription,
    /// management group or tenant.
    Scope,
    /// A property that holds an id.
    Body(Seq<Step>),
}

/// A step of a property path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `.name`
    Member(Str),
    /// `[*]`: every element.
    Every,
}

/// Where the elements of a list are found that a declaration writes or adds to.
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
    /// What must hold of it.
    pub test: Test,
}

/// What must hold of a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It is written, and not `null`.
    Present,
    /// It is not written, or `null`.
    Absent,
    /// It equals the text, case ignored.
    Equals(Str),
    /// It differs from the text, case ignored; also where it is not written.
    Differs(Str),
}

/// Two roles that disturb each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// One role.
    pub first: Str,
    /// The other; may be the same.
    pub second: Str,
    /// Whether the first must finish before the second, so that the other order is wrong too.
    pub ordered: bool,
}

/// A public source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What kind: `official-docs`, `product-group`, `maintainer`, `microsoft-code`, `provider-lock`, `many-users`,
    /// `one-user`, `inference`.
    pub kind: Str,
    /// What it says, in our words.
    pub says: Str,
    /// Its address.
    pub url: Str,
    /// When it was read or written (`2026-11`), where known.
    pub date: Str,
}
