//! Effects: which shared objects a declaration writes, and when.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::azure::catalog::{Access, Catalog, Entry, Writer};
use crate::eval::term::{CopyVariable, Term};
use crate::rule_id::RuleId;
use crate::template::NodeId;

/// A node's access to a shared object, under a guard, in terms of its template's parameters.
#[derive(Clone, Debug)]
pub struct Effect {
    /// The knowledge that it comes from.
    pub aspect: Aspect,
    /// The object's id, case folded: equal ids are one object.
    pub object: Term,
    /// When it happens: the node's condition, joined with those inside a module. It is in terms of the object's copy indexes and, if the
    /// object does not depend on the index of the node's loop, of [`CopyVariable::Own`], which is that index.
    pub guard: Term,
    /// The node of the template that has it: a resource, or the module call that contains it.
    pub node: NodeId,
    /// The instances of the node that have it.
    pub instance: Instance,
    /// Fields that few effects have; there may be millions of effects.
    pub(super) rare: Option<Box<Rare>>,
}

/// Fields of effects of loops, effects of calls and effects on lists.
#[derive(Clone, Debug, Default)]
pub(super) struct Rare {
    elements: Option<Term>,
    loops: Box<[Term]>,
    inner: Box<[GroupId]>,
    indexes: Box<[(u16, Index)]>,
}

impl Effect {
    /// An effect of a node, with [`Instance::Only`].
    pub fn new(aspect: Aspect, object: Term, guard: Term, node: NodeId) -> Self {
        Self { aspect, object, guard, node, instance: Instance::Only, rare: None }
    }

    /// An effect of a module call, which stands for groups of its callee.
    #[must_use]
    pub fn of_call(self, inner: Box<[GroupId]>) -> Self {
        Self { rare: Some(Box::new(Rare { inner, ..Rare::default() })), ..self }
    }

    /// An effect on a list of its object.
    #[must_use]
    pub fn with_elements(mut self, elements: Option<Term>) -> Self {
        if elements.is_some() || self.rare.is_some() {
            self.rare.get_or_insert_default().elements = elements;
        }
        self
    }

    /// Whether two effects can belong to different instances: two nodes, or two instances of one loop.
    pub fn is_apart_from(&self, other: &Self) -> bool {
        self.node != other.node
            || match (self.instance, other.instance) {
                (Instance::Only, _) | (_, Instance::Only) => false,
                (Instance::Fixed(one), Instance::Fixed(other)) => one != other,
                (Instance::Each(one), Instance::Each(other)) => one != other,
                _ => true,
            }
    }

    /// The list that this effect writes as a whole, or the elements that it adds to a list, as the catalogue says; `None` if they are
    /// unknown. They are not part of the guard, so an unknown list makes no condition of it.
    pub fn elements(&self) -> Option<Term> {
        self.rare.as_ref().and_then(|rare| rare.elements)
    }

    /// The lengths of the loops whose copy indexes occur in the object, by depth: the indexes are numbered as they occur.
    pub fn loops(&self) -> &[Term] {
        self.rare.as_ref().map_or(&[], |rare| &rare.loops)
    }

    /// The writers inside a module that this stands for: groups of the callee's summary. Empty for a resource.
    pub fn inner(&self) -> &[GroupId] {
        self.rare.as_ref().map_or(&[], |rare| &rare.inner)
    }

    /// The copy indexes of those groups in terms of this effect, by the numbers of their loops in the callee.
    pub fn indexes(&self) -> &[(u16, Index)] {
        self.rare.as_ref().map_or(&[], |rare| &rare.indexes)
    }

    /// Adds copy indexes of a callee.
    pub fn add_indexes(&mut self, more: impl IntoIterator<Item = (u16, Index)>) {
        let mut more = more.into_iter().peekable();
        if more.peek().is_some() {
            let indexes = self.indexes().iter().copied().chain(more).collect();
            self.rare.get_or_insert_default().indexes = indexes;
        }
    }

    /// Sets the lengths of the loops of the object's copy indexes.
    pub fn set_loops(&mut self, loops: Vec<Term>) {
        if !loops.is_empty() {
            self.rare.get_or_insert_default().loops = loops.into_boxed_slice();
        }
    }
}

/// A copy index of a callee, in terms of its caller's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Index {
    /// A number: the length of the loop is known, and each instance is an effect of its own.
    At(i64),
    /// The loop of this number.
    Loop(u16),
}

/// A group of effects, as an index into [`super::summary::CalleeSummary::groups`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// An effect, as an index into [`super::summary::Summary::effects`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectId(pub u32);

/// The kind of access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// A writer of an entry of the catalogue.
    Catalogued {
        /// Index of the entry.
        entry: u32,
        /// Index of the writer in the entry.
        writer: u32,
    },
    /// The declaration itself: two of one id are the same Azure resource.
    Declaration,
}

impl Aspect {
    /// The topic: effects can be about one object only if they have the same entry, or both are declarations.
    pub const fn topic(self) -> Option<u32> {
        match self {
            Self::Catalogued { entry, .. } => Some(entry),
            Self::Declaration => None,
        }
    }

    /// Whether two elements of one list race if the list gives both the same object. Declarations do not: a name that a list contains
    /// twice, or omits twice, is a mistake in the list, which Azure rejects.
    pub(super) const fn races_within_list(self) -> bool {
        !matches!(self, Self::Declaration)
    }
}

/// The catalogue, with its entries and writers numbered.
pub struct Writers<'c> {
    entries: Vec<&'c Entry>,
    catalog: &'c Catalog,
    of_type: FxHashMap<Box<str>, Vec<(u32, u32)>>,
    /// The aspects that conflict with each aspect.
    against: FxHashMap<Aspect, Arc<[Aspect]>>,
}

impl<'c> Writers<'c> {
    /// The writers of a catalogue; entries that are off are left out.
    pub fn new(catalog: &'c Catalog) -> Self {
        let entries = catalog.entries().filter(|entry| entry.level.is_some()).collect();
        Self { entries, catalog, of_type: FxHashMap::default(), against: FxHashMap::default() }
    }

    /// The entry and the writer of an effect.
    pub fn of(&self, aspect: Aspect) -> Option<(&'c Entry, &'c Writer)> {
        let Aspect::Catalogued { entry, writer } = aspect else { return None };
        let entry = self.entries[entry as usize];
        Some((entry, &entry.writers[writer as usize]))
    }

    /// The entry about several declarations of one resource of a type, even if it is off.
    pub fn about_declarations(&self, ty: &str) -> Option<&'c Entry> {
        let mut entries = self.catalog.entries();
        entries
            .find(|entry| entry.rule == RuleId::DeclaredTwice && entry.object_type.eq_ignore_ascii_case(ty))
    }

    /// Every aspect that conflicts with this one.
    pub fn against(&mut self, aspect: Aspect) -> Arc<[Aspect]> {
        if let Some(known) = self.against.get(&aspect) {
            return Arc::clone(known);
        }
        let found: Arc<[Aspect]> = match (aspect, self.of(aspect)) {
            (Aspect::Catalogued { entry, .. }, Some((known, _))) => {
                let all = (0..known.writers.len() as u32).map(|writer| Aspect::Catalogued { entry, writer });
                let disturbs = |&other: &Aspect| {
                    conflict(self, aspect, other).or_else(|| conflict(self, other, aspect)).is_some()
                };
                all.filter(disturbs).collect()
            }
            _ => Arc::from([Aspect::Declaration]),
        };
        self.against.insert(aspect, Arc::clone(&found));
        found
    }

    /// A resource type in lower case as the catalogue spells it.
    pub fn spelling_of_type(&self, ty: &str) -> Option<&'c str> {
        let of_entry = |entry: &'c Entry| {
            let written = entry.writers.iter().flat_map(|writer| writer.types.iter());
            let about = entry.object_types.iter().chain(std::iter::once(&entry.object_type));
            written.chain(about).map(AsRef::as_ref).find(|known: &&str| known.eq_ignore_ascii_case(ty))
        };
        self.catalog.entries().find_map(of_entry)
    }

    /// How a resource type accesses the object of an entry.
    pub fn access_of(&self, entry: Option<&str>, ty: &str) -> Option<Access> {
        let entry = self.entries.iter().find(|known| Some(known.id.as_ref()) == entry)?;
        entry
            .writers
            .iter()
            .find(|writer| writer.types.iter().any(|known| known.eq_ignore_ascii_case(ty)))
            .map(|writer| writer.access)
    }

    /// The writers of a resource type (in lower case), as numbers of entry and writer.
    pub fn of_type(&mut self, ty: &str) -> Vec<(u32, u32)> {
        if let Some(known) = self.of_type.get(ty) {
            return known.clone();
        }
        let mut found = Vec::new();
        for (entry, writer) in self.catalog.writers_of(ty) {
            let at = self.entries.iter().position(|known| std::ptr::eq(*known, entry));
            let writer = entry.writers.iter().position(|known| std::ptr::eq(known, writer));
            found.extend(at.zip(writer).map(|(at, writer)| (at as u32, writer as u32)));
        }
        self.of_type.insert(ty.into(), found.clone());
        found
    }
}

/// Which instances of its node an effect belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Instance {
    /// The only instance: the node is not a loop.
    Only,
    /// One instance of a loop over a list of known length.
    Fixed(u32),
    /// Each instance of a loop, on an object of its own: the object depends on the index.
    Each(CopyVariable),
    /// Every instance of a loop, all on one object.
    Every,
}

/// How two effects on one object conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Conflict {
    /// Only one may run at a time, in any order.
    Unordered,
    /// The first must finish before the second starts.
    FirstBeforeSecond,
    /// The second must finish before the first starts.
    SecondBeforeFirst,
    /// Order does not help.
    LostUpdate,
}

/// How two accesses of one object conflict; `None` if they may overlap.
pub fn conflict(writers: &Writers<'_>, first: Aspect, second: Aspect) -> Option<Conflict> {
    let (Some((entry, one)), Some((_, other))) = (writers.of(first), writers.of(second)) else {
        return Some(Conflict::Unordered);
    };
    let listed = entry.conflicts.iter().find_map(|pair| {
        let forward = pair.first == one.role && pair.second == other.role;
        let backward = pair.first == other.role && pair.second == one.role;
        match (forward, backward, pair.ordered) {
            (true, _, true) => Some(Conflict::FirstBeforeSecond),
            (_, true, true) => Some(Conflict::SecondBeforeFirst),
            (true, ..) | (_, true, _) => Some(Conflict::Unordered),
            _ => None,
        }
    });
    let found = if entry.conflicts.is_empty() { Some(Conflict::Unordered) } else { listed }?;
    Some(match (found, one.access, other.access) {
        (_, Access::Replace, _) | (_, _, Access::Replace) => Conflict::LostUpdate,
        (Conflict::Unordered, Access::Commit, Access::Commit) => Conflict::Unordered,
        (Conflict::Unordered, Access::Commit, _) => Conflict::SecondBeforeFirst,
        (Conflict::Unordered, _, Access::Commit) => Conflict::FirstBeforeSecond,
        (found, ..) => found,
    })
}
