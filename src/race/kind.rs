//! What may be one object at all, told by topic and type alone: most of what a root deploys is the only one of its kind.

use rustc_hash::FxHashMap;

use super::effect::Effect;
use crate::eval::term::Name;
use crate::eval::terms::Terms;
use crate::template::NodeId;

/// The topic of an effect, and the type of its object where that is known to be an id.
pub type Kind = (Option<u32>, Option<Name>);

impl Effect {
    /// What kind of object it is on.
    pub fn kind(&self, terms: &Terms) -> Kind {
        (self.aspect.topic(), terms.type_of_id(self.object))
    }
}

/// Who has to do with objects of which kind. A writer is whatever is told apart: a node, or a group of effects.
#[derive(Debug)]
pub struct Kinds<W> {
    /// The only writer of a kind; none where there are several.
    of_kind: FxHashMap<Kind, Option<W>>,
    of_topic: FxHashMap<Option<u32>, Option<W>>,
}

impl<W> Default for Kinds<W> {
    fn default() -> Self {
        Self { of_kind: FxHashMap::default(), of_topic: FxHashMap::default() }
    }
}

impl<W: Copy + PartialEq> Kinds<W> {
    /// Adds a writer of a kind.
    pub fn add(&mut self, kind: Kind, writer: W) {
        let only = |known: &mut Option<W>| *known = known.filter(|known| *known == writer);
        self.of_kind.entry(kind).and_modify(only).or_insert(Some(writer));
        self.of_topic.entry(kind.0).and_modify(only).or_insert(Some(writer));
    }

    /// Whether a writer of a kind may meet another one on some object: what is not known to be an id may be of any type.
    pub fn is_shared(&self, kind: Kind, writer: W) -> bool {
        let by_other = |only: Option<&Option<W>>| only.is_some_and(|only| *only != Some(writer));
        let (topic, ty) = kind;
        match ty {
            Some(_) => by_other(self.of_kind.get(&kind)) || by_other(self.of_kind.get(&(topic, None))),
            None => by_other(self.of_topic.get(&topic)),
        }
    }
}

/// The nodes of a template by what they write.
pub type NodeKinds = Kinds<NodeId>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::terms::Terms;

    #[test]
    fn the_only_writer_of_a_type_meets_nothing_unless_something_may_be_of_any_type() {
        let mut terms = Terms::default();
        let (one, other) = (Some(terms.intern("a/one")), Some(terms.intern("a/other")));
        let mut kinds = Kinds::default();
        kinds.add((Some(1), one), 'a');
        kinds.add((Some(1), one), 'a');
        kinds.add((Some(1), other), 'b');
        kinds.add((Some(2), one), 'c');
        assert!(!kinds.is_shared((Some(1), one), 'a'));
        assert!(!kinds.is_shared((Some(1), other), 'b'));
        assert!(kinds.is_shared((Some(1), other), 'a'));
        assert!(kinds.is_shared((Some(1), None), 'a'));
        assert!(!kinds.is_shared((Some(2), None), 'c'));
        assert!(!kinds.is_shared((None, one), 'a'));
        kinds.add((Some(1), None), 'd');
        assert!(kinds.is_shared((Some(1), one), 'a'));
        assert!(!kinds.is_shared((Some(2), one), 'c'));
    }
}
