//! The catalogue of shared objects: which declarations write which object, and which writers disturb each other. The
//! built-in entries are TOML files beside this one, turned into static tables by the build; a user's entries have the same
//! form and are read at run time.

pub mod entry;
pub mod form;

pub use entry::{
    Access, BodyCondition, Conflict, Elements, Entry, Evidence, ObjectPath, ObjectSource, Seq, Step, Str,
    Test, Writer,
};

/// The tables that the build makes of the TOML files.
mod built_in {
    use std::borrow::Cow::Borrowed;

    use super::entry::{
        Access, BodyCondition, Conflict, Elements, Entry, Evidence, ObjectPath, ObjectSource, Step, Test,
        Writer,
    };
    use crate::level::Level;
    use crate::rule_id::RuleId;

    include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
}

/// Everything that is known: the built-in entries and the user's.
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
}

impl Catalog {
    /// The built-in entries, and these.
    pub fn with(user: Vec<Entry>) -> Self {
        Self { user }
    }

    /// The built-in entries.
    pub fn builtin() -> Self {
        Self::default()
    }

    /// The same with more entries.
    #[must_use]
    pub fn and(mut self, more: impl IntoIterator<Item = Entry>) -> Self {
        self.user.extend(more);
        self
    }

    /// All entries, also those that are only documented: the built-in ones by domain and id, then the user's as written.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        built_in::ENTRIES.iter().chain(&self.user)
    }

    /// The entry of this id; a user's comes before a built-in one of the same id.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        let user = self.user.iter().find(|entry| entry.id == id);
        user.or_else(|| built_in::ENTRIES.iter().find(|entry| entry.id == id))
    }

    /// Whether an entry comes from the user.
    pub fn is_user(&self, id: &str) -> bool {
        self.user.iter().any(|entry| entry.id == id)
    }

    /// What resources of this type (full, lower case) may write, by the entries that have a level. A user's entry hides a
    /// built-in one of the same id.
    pub fn writers_of<'a>(&'a self, ty: &'a str) -> impl Iterator<Item = (&'a Entry, &'a Writer)> {
        let shorter = |(entry, writer): (&'static Entry, &'static Writer)| -> (&'a Entry, &'a Writer) {
            (entry, writer)
        };
        let built_in = built_in_writers(ty).filter(|(entry, _)| !self.is_user(&entry.id)).map(shorter);
        let user = self.user.iter().flat_map(move |entry| {
            let writers = entry.writers.iter().filter(|writer| writer.writes_with(ty));
            writers.map(move |writer| (entry, writer))
        });
        built_in.chain(user).filter(|(entry, _)| entry.level.is_some())
    }
}

fn built_in_writers(ty: &str) -> impl Iterator<Item = (&'static Entry, &'static Writer)> {
    let exact = indexed(ty, built_in::BY_TYPE);
    let below = ancestors(ty).flat_map(|ancestor| indexed(ancestor, built_in::BELOW_TYPE));
    exact.chain(below).chain(indexed("*", built_in::BY_TYPE)).filter_map(|&(_, entry, writer)| {
        let entry = built_in::ENTRIES.get(usize::from(entry))?;
        Some((entry, entry.writers.get(usize::from(writer))?))
    })
}

/// A type, and the place of a writer that has it: entry, and writer in it.
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
    /// Whether it is of certain types, not of whatever type.
    pub fn is_special(&self) -> bool {
        self.types.iter().all(|ty| ty != "*")
    }

    /// Whether a resource of this type (full, in any case) is such a writer.
    pub fn writes_with(&self, ty: &str) -> bool {
        self.types.iter().any(|own| match own.strip_suffix("/*") {
            None => own.eq_ignore_ascii_case(ty) || own == "*",
            Some(ancestor) => ty
                .split_at_checked(ancestor.len())
                .is_some_and(|(start, rest)| start.eq_ignore_ascii_case(ancestor) && rest.starts_with('/')),
        })
    }
}

/// Codes and phrases that wrap every kind of failure.
const WRAPPERS: [&str; 4] = ["Conflict", "BadRequest", "InternalServerError", "429"];

/// Whether every kind of failure may have this code or phrase.
pub fn is_wrapper(error: &str) -> bool {
    WRAPPERS.contains(&error)
}

impl Entry {
    /// The errors that Azure shows: codes, then phrases.
    pub fn errors(&self) -> impl Iterator<Item = &Str> {
        self.codes.iter().chain(self.texts.iter())
    }

    /// The error that says most in few words: the first code, or the first phrase where that code may mean anything.
    pub fn telling_error(&self) -> Option<&Str> {
        let code = self.codes.first().filter(|code| !is_wrapper(code));
        code.or_else(|| self.texts.first()).or_else(|| self.codes.first())
    }

    /// How two roles disturb each other, if they do: `Some(true)` where the first must come first.
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
        // A read-only lock stops a write of whatever type; it says nothing about this one.
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
    fn the_error_that_is_shown_says_something() {
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
    fn a_users_entry_stands_beside_the_built_in_ones() {
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
