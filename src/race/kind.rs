//! Finds effects that cannot conflict with any other effect, by entry and type alone: most resources of a root are the
//! only one of their kind.

use rustc_hash::FxHashMap;

use super::effect::{Aspect, Effect};
use crate::eval::term::Name;
use crate::eval::terms::Terms;
use crate::template::NodeId;

/// The aspect of an effect, and the type of its object if the object is known to be an id.
pub type Kind = (Aspect, Option<Name>);

impl Effect {
    /// Its aspect, with the type of its object.
    pub fn kind(&self, terms: &Terms) -> Kind {
        (self.aspect, terms.type_of_id(self.object))
    }
}

/// The writers of each kind of object. `W` identifies a writer: a node, or a group of effects.
#[derive(Debug)]
pub struct Kinds<W> {
    /// The only writer of a kind; `None` if there are several.
    of_kind: FxHashMap<Kind, Option<W>>,
    of_aspect: FxHashMap<Aspect, Option<W>>,
}

impl<W> Default for Kinds<W> {
    fn default() -> Self {
        Self { of_kind: FxHashMap::default(), of_aspect: FxHashMap::default() }
    }
}

impl<W: Copy + PartialEq> Kinds<W> {
    /// Records that a writer writes objects of a kind.
    pub fn add(&mut self, kind: Kind, writer: W) {
        let only = |known: &mut Option<W>| *known = known.filter(|known| *known == writer);
        self.of_kind.entry(kind).and_modify(only).or_insert(Some(writer));
        self.of_aspect.entry(kind.0).and_modify(only).or_insert(Some(writer));
    }

    /// Whether a writer of objects of a type may meet another writer with one of these `aspects`. An object that is not known to be
    /// an id may have any type.
    pub fn is_met(&self, aspects: &[Aspect], ty: Option<Name>, writer: W) -> bool {
        let by_other = |only: Option<&Option<W>>| only.is_some_and(|only| *only != Some(writer));
        aspects.iter().any(|&aspect| match ty {
            Some(_) => {
                by_other(self.of_kind.get(&(aspect, ty))) || by_other(self.of_kind.get(&(aspect, None)))
            }
            None => by_other(self.of_aspect.get(&aspect)),
        })
    }
}

/// The nodes of a template by the kinds of objects that they write.
pub type NodeKinds = Kinds<NodeId>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_writer_of_a_type_meets_nothing_unless_something_may_be_of_any_type() {
        let mut terms = Terms::default();
        let (this, that) = (Some(terms.intern("a/this")), Some(terms.intern("a/that")));
        let [add, take] = [0, 1].map(|writer| Aspect::Catalogued { entry: 0, writer });
        let mut kinds = Kinds::default();
        kinds.add((add, this), 'a');
        kinds.add((add, this), 'a');
        kinds.add((add, that), 'b');
        kinds.add((take, this), 'c');
        assert!(!kinds.is_met(&[add], this, 'a'));
        assert!(!kinds.is_met(&[add], that, 'b'));
        assert!(kinds.is_met(&[add], that, 'a'));
        assert!(kinds.is_met(&[add], None, 'a'));
        assert!(!kinds.is_met(&[take], None, 'c'));
        assert!(kinds.is_met(&[add, take], this, 'a'));
        assert!(!kinds.is_met(&[Aspect::Declaration], this, 'a'));
        kinds.add((add, None), 'd');
        assert!(kinds.is_met(&[add], this, 'a'));
        assert!(!kinds.is_met(&[take], this, 'c'));
    }
}
