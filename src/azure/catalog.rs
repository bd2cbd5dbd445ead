//! The catalogue of shared objects: which declarations write which object, and which writers must not run at the same time. The
//! built-in entries are TOML files in this folder, which the build turns into static tables; a user's entries have the same
//! form and are read at run time.

pub mod entry;
pub mod form;
mod sources;

use std::collections::BTreeMap;

use crate::azure::answers::is_wrapper;
use crate::level::Level;

pub use entry::{
    Access, Before, BodyCondition, Conflict, Elements, Entry, Evidence, Many, ObjectPath, ObjectSource, Seq,
    Sources, Step, Str, Test, Writer,
};

/// The tables that the build generates from the TOML files.
mod built_in {
    use std::borrow::Cow::Borrowed;

    use super::entry::{
        Access, Before, BodyCondition, Conflict, Elements, Entry, Many, ObjectPath, ObjectSource, Sources,
        Step, Test, Writer,
    };
    use crate::level::Level;
    use crate::rule_id::RuleId;

    include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
}

/// The catalogue in use: the built-in entries and the user's.
///
/// ```
/// use bicep_race_lint::Catalog;
///
/// let catalog = Catalog::builtin();
/// assert!(catalog.entries().any(|entry| entry.object_type == "Microsoft.Network/virtualHubs"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    user: Vec<Entry>,
    /// Built-in entries with a changed level, by index.
    leveled: BTreeMap<u16, Entry>,
}

impl Catalog {
    /// The domain of entries that a configuration adds; the domains of built-in entries are names of files.
    pub const OF_CONFIGURATION: &'static str = "configuration";

    /// A catalogue of the built-in entries and these.
    pub fn with(user: Vec<Entry>) -> Self {
        Self { user, leveled: BTreeMap::new() }
    }

    /// The built-in entries.
    pub fn builtin() -> Self {
        Self::default()
    }

    /// Adds entries.
    #[must_use]
    pub fn and(mut self, more: impl IntoIterator<Item = Entry>) -> Self {
        self.user.extend(more);
        self
    }

    /// A copy with changed levels: `level` gives the level of each entry, and `counts_many` tells whether findings with
    /// many writers still get a level of their own.
    #[must_use]
    pub fn with_levels(
        mut self,
        level: impl Fn(&Entry) -> Option<Level>,
        counts_many: impl Fn(&Entry) -> bool,
    ) -> Self {
        let changed = |entry: &Entry| {
            let many = entry.many.filter(|_| counts_many(entry));
            let level = level(entry);
            (level != entry.level || many != entry.many).then(|| Entry { level, many, ..entry.clone() })
        };
        for entry in &mut self.user {
            if let Some(changed) = changed(entry) {
                *entry = changed;
            }
        }
        let leveled = std::mem::take(&mut self.leveled);
        for (at, entry) in built_in::ENTRIES.iter().enumerate() {
            let Ok(at) = u16::try_from(at) else { break };
            let before = leveled.get(&at);
            let changed = changed(before.unwrap_or(entry)).or_else(|| before.cloned());
            self.leveled.extend(changed.map(|entry| (at, entry)));
        }
        self
    }

    /// A copy with every entry turned on that has writers, for questions about the purpose of an order.
    #[must_use]
    pub fn with_all(self) -> Self {
        let level =
            |entry: &Entry| entry.level.or_else(|| (!entry.writers.is_empty()).then_some(Level::Note));
        self.with_levels(level, |_| true)
    }

    /// All entries, including those that are only documented: the built-in ones by domain and id, then the user's as
    /// written.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        let built_in = built_in::ENTRIES.iter().enumerate();
        let built_in = built_in.map(|(at, entry)| self.leveled(at).unwrap_or(entry));
        built_in.chain(&self.user)
    }

    /// The entry with this id. A user's entry hides a built-in one with the same id.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        let user = self.user.iter().find(|entry| entry.id == id);
        user.or_else(|| {
            let at = built_in::ENTRIES.iter().position(|entry| entry.id == id)?;
            self.leveled(at).or_else(|| built_in::ENTRIES.get(at))
        })
    }

    /// A built-in entry, if its level was changed.
    fn leveled(&self, at: usize) -> Option<&Entry> {
        if self.leveled.is_empty() {
            return None;
        }
        self.leveled.get(&u16::try_from(at).ok()?)
    }

    /// Whether an entry comes from the user.
    pub fn is_user(&self, id: &str) -> bool {
        self.user.iter().any(|entry| entry.id == id)
    }

    /// The objects that resources of this type (full, lower case) may write, by the entries with a level. A user's entry hides
    /// a built-in one with the same id.
    pub fn writers_of<'a>(&'a self, ty: &'a str) -> impl Iterator<Item = (&'a Entry, &'a Writer)> {
        let built_in = built_in_writers(ty).filter_map(|(entry, writer)| {
            let entry = self.leveled(entry).or_else(|| built_in::ENTRIES.get(entry))?;
            Some((entry, entry.writers.get(writer)?))
        });
        let built_in = built_in.filter(|(entry, _)| !self.is_user(&entry.id));
        let user = self.user.iter().flat_map(move |entry| {
            let writers = entry.writers.iter().filter(|writer| writer.writes_with(ty));
            writers.map(move |writer| (entry, writer))
        });
        built_in.chain(user).filter(|(entry, _)| entry.level.is_some())
    }
}

/// The entries that have a writer of this type, as indexes of the entry and of the writer in it.
fn built_in_writers(ty: &str) -> impl Iterator<Item = (usize, usize)> {
    let exact = indexed(ty, built_in::BY_TYPE);
    let below = ancestors(ty).flat_map(|ancestor| indexed(ancestor, built_in::BELOW_TYPE));
    let all = exact.chain(below).chain(indexed("*", built_in::BY_TYPE));
    all.map(|&(_, entry, writer)| (usize::from(entry), usize::from(writer)))
}

/// A type, with the index of an entry and the index of a writer of that type in it.
type Indexed = (&'static str, u16, u16);

fn indexed<'a>(ty: &'a str, index: &'static [Indexed]) -> impl Iterator<Item = &'static Indexed> + use<'a> {
    let start = index.partition_point(|(other, ..)| *other < ty);
    index[start..].iter().take_while(move |(other, ..)| *other == ty)
}

/// `a/b/c/d` → `a/b/c`, `a/b`.
fn ancestors(ty: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(ty.rsplit_once('/').map(|(parent, _)| parent), |ty| {
        ty.rsplit_once('/').map(|(parent, _)| parent)
    })
}

impl Writer {
    /// Whether it has specific types, so not `*`.
    pub fn is_special(&self) -> bool {
        self.types.iter().all(|ty| ty != "*")
    }

    /// Whether a resource of this type (full, any case) is such a writer.
    pub fn writes_with(&self, ty: &str) -> bool {
        self.types.iter().any(|own| match own.strip_suffix("/*") {
            None => own.eq_ignore_ascii_case(ty) || own == "*",
            Some(ancestor) => ty
                .split_at_checked(ancestor.len())
                .is_some_and(|(start, rest)| start.eq_ignore_ascii_case(ancestor) && rest.starts_with('/')),
        })
    }
}

impl Entry {
    /// The errors that Azure shows: codes, then phrases.
    pub fn errors(&self) -> impl Iterator<Item = &Str> {
        self.codes.iter().chain(self.texts.iter())
    }

    /// The most specific error in a few words: the first code, or the first phrase if that code is a wrapper.
    pub fn telling_error(&self) -> Option<&Str> {
        let code = self.codes.first().filter(|code| !is_wrapper(code));
        code.or_else(|| self.texts.first()).or_else(|| self.codes.first())
    }

    /// Whether it applies only if something is known about the object or about its writer.
    pub fn needs_knowledge(&self) -> bool {
        !self.object_types.is_empty() || self.writers.iter().any(|writer| !writer.certain_when.is_empty())
    }

    /// How two roles conflict, if they do: `Some(true)` if the first must run first.
    pub fn conflict(&self, first: &str, second: &str) -> Option<bool> {
        if self.conflicts.is_empty() {
            return Some(false);
        }
        let found = self.conflicts.iter().find(|conflict| {
            conflict.first == first && conflict.second == second
                || !conflict.ordered && conflict.first == second && conflict.second == first
        });
        found.map(|conflict| conflict.ordered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(ty: &str) -> Vec<String> {
        let catalog = Catalog::default();
        // A read-only lock blocks writes of every type; that says nothing about this one.
        let special = catalog.writers_of(ty).filter(|(entry, _)| entry.id != "read-only-lock");
        let mut roles: Vec<_> =
            special.map(|(entry, writer)| format!("{}/{}", entry.id, writer.role)).collect();
        roles.sort();
        roles
    }

    #[test]
    fn a_gateway_is_found_by_its_type() {
        assert!(roles("microsoft.network/vpngateways").contains(&"hub-gateways/s2s".to_owned()));
        assert!(roles("microsoft.network/vpnsites").is_empty());
    }

    #[test]
    fn routing_intent_comes_after_a_gateway_and_not_the_other_way_round() {
        let catalog = Catalog::default();
        let entry = catalog.entry("routing-intent-last").unwrap();
        assert_eq!(entry.conflict("s2s", "intent"), Some(true));
        assert_eq!(entry.conflict("intent", "s2s"), None);
        assert_eq!(entry.conflict("s2s", "p2s"), None);
    }

    #[test]
    fn the_shown_error_is_specific() {
        let shown = |codes: &[&str], texts: &[&str]| {
            let list =
                |items: &[&str]| items.iter().map(|item| format!("'{item}'")).collect::<Vec<_>>().join(", ");
            let text = format!(
                "[[entry]]\nid = 'x'\ntitle = 'X'\nlevel = 'off'\ncodes = [{}]\ntexts = [{}]\n",
                list(codes),
                list(texts)
            );
            let entry = form::entries_of(&text, "test", form::Author::User).unwrap().remove(0);
            entry.telling_error().map(ToString::to_string)
        };
        assert_eq!(shown(&["Busy", "Conflict"], &["is busy"]).unwrap(), "Busy");
        assert_eq!(shown(&["Conflict", "Busy"], &["is busy"]).unwrap(), "is busy");
        assert_eq!(shown(&["Conflict", "Busy"], &[]).unwrap(), "Conflict");
        assert_eq!(shown(&[], &["is busy", "is late"]).unwrap(), "is busy");
        assert_eq!(shown(&[], &[]), None);
    }

    #[test]
    fn a_phrase_is_not_a_code() {
        for (written, place) in
            [("''", "''"), ("'Busy', 'is busy'", "'is busy'"), ("'429 Busy'", "'429 Busy'")]
        {
            let text = format!("[[entry]]\nid = 'x'\ntitle = 'X'\nlevel = 'off'\ncodes = [{written}]\n");
            let found: Vec<(String, String)> = form::entries_of(&text, "test", form::Author::User)
                .unwrap_err()
                .into_iter()
                .map(|mistake| (text[mistake.span].to_owned(), mistake.message))
                .collect();
            let message = "a code is one word, such as `Conflict`; a phrase is one of `texts`".to_owned();
            assert_eq!(found, [(place.to_owned(), message)]);
        }
        let text =
            "[[entry]]\nid = 'x'\ntitle = 'X'\nlevel = 'off'\ncodes = ['Busy']\ntexts = ['is busy', '']\n";
        let entry = form::entries_of(text, "test", form::Author::User).unwrap().remove(0);
        assert_eq!(entry.codes, [Str::from("Busy")].as_slice());
        assert_eq!(entry.texts, [Str::from("is busy"), Str::from("")].as_slice());
    }

    #[test]
    fn errors_of_an_older_entry_are_told_apart() {
        let text = "[[entry]]\nid = 'x'\ntitle = 'X'\nlevel = 'off'\ncodes = ['Busy']\n\
                    errors = ['Conflict', 'is busy', '429', '409 Conflict']\n";
        let entry = form::entries_of(text, "test", form::Author::User).unwrap().remove(0);
        assert_eq!(entry.codes, [Str::from("Busy"), Str::from("Conflict")].as_slice());
        assert_eq!(entry.texts, ["is busy", "429", "409 Conflict"].map(Str::from).as_slice());
    }

    #[test]
    fn a_users_entry_is_added_to_the_built_in_ones() {
        let text = "[[entry]]\nid = 'mine'\ntitle = 'Mine'\nlevel = 'error'\nobject-type = 'A.B/c'\nwhy = 'write it'\n\
                    [[entry.writer]]\nrole = 'x'\nlabel = 'an x'\ntypes = ['A.B/c/*']\nobjects = ['parent']\n";
        let catalog = Catalog::with(form::entries_of(text, "user", form::Author::User).unwrap());
        let of_the_user = |ty| catalog.writers_of(ty).filter(|(entry, _)| entry.id == "mine").count();
        assert_eq!(of_the_user("a.b/c/d/e"), 1);
        assert_eq!(of_the_user("a.b/c"), 0);
        assert_eq!(of_the_user("a.b/cd"), 0);
        assert!(catalog.is_user("mine") && catalog.entry("hub-gateways").is_some());
    }
}
