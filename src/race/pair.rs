//! Two effects on one object: whether some world lets them overlap, as a formula over the template's parameters.

use super::effect::{Effect, Instance};
use super::link::{OTHER, Run, at_least};
use super::summary::Summary;
use crate::eval::term::Term;
use crate::eval::terms::Terms;

/// What is wrong with a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Nothing orders the two.
    Unordered,
    /// They are ordered only while something between them is deployed.
    Fragile,
    /// The one that must come last comes first.
    Reversed,
    /// Order does not help: one rewrites what the other adds.
    LostUpdate,
}

/// How the instances of two effects of one object meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Index of the first.
    pub first: Option<Term>,
    /// Index of the second.
    pub second: Option<Term>,
    /// Whether the copy indexes of the second are others than those of the first.
    pub apart: bool,
}

/// How two effects of one object meet. For two instances of one loop they are different instances.
pub fn meeting(terms: &mut Terms, first: &Effect, second: &Effect) -> Meeting {
    let apart = !terms.mentions_copy(first.object, 0);
    let mut index = |effect: &Effect, level: u32| match effect.instance {
        Instance::Only => None,
        Instance::Fixed(at) => Some(terms.int(i64::from(at))),
        Instance::Each | Instance::Every => Some(terms.copy_index(level)),
    };
    Meeting { first: index(first, 0), second: index(second, if apart { OTHER } else { 0 }), apart }
}

/// The guard of the second effect of a meeting, in terms of its own copy indexes.
fn second_guard(terms: &mut Terms, second: &Effect, meeting: Meeting) -> Term {
    if meeting.apart { terms.shift_copies(second.guard, OTHER) } else { second.guard }
}

impl Summary {
    /// When both effects happen, for instances that meet on the object; false where they never do.
    pub fn together(&self, terms: &mut Terms, first: &Effect, second: &Effect) -> (Meeting, Term) {
        let meeting = meeting(terms, first, second);
        let mut all = vec![first.guard, second_guard(terms, second, meeting)];
        for effect in [first, second] {
            let Some(count) = self.links.counts[effect.node.ix()] else { continue };
            let least =
                if effect.node == second.node && first.node == second.node && meeting.apart { 2 } else { 1 };
            if !matches!(effect.instance, Instance::Fixed(_)) {
                all.push(at_least(terms, count, least));
            }
        }
        if let (Some(one), Some(other), true) = (meeting.first, meeting.second, first.node == second.node) {
            let same = terms.equal(one, other);
            all.push(terms.not(same));
        }
        (meeting, terms.and(&all))
    }

    /// The formula under which two effects of different instances overlap although one at a time is allowed, and whether
    /// a conditional link is all that orders them otherwise. False where they are ordered or never meet.
    pub fn unordered(&self, terms: &mut Terms, first: &Effect, second: &Effect) -> (Fault, Term) {
        let (meeting, both) = self.together(terms, first, second);
        if terms.is_false(both) {
            return (Fault::Unordered, both);
        }
        if first.node == second.node {
            return (Fault::Unordered, self.of_one_loop(terms, first, second, both));
        }
        let first = Run { node: first.node, index: meeting.first };
        let second = Run { node: second.node, index: meeting.second };
        let (late, early) = if self.links.ranks[first.node.ix()] > self.links.ranks[second.node.ix()] {
            (first, second)
        } else {
            (second, first)
        };
        if !self.may_reach(late.node, early.node) {
            return (Fault::Unordered, both);
        }
        let ordered = self.links.after(terms, late, early);
        if terms.is_false(ordered) {
            return (Fault::Unordered, both);
        }
        let not = terms.not(ordered);
        (Fault::Fragile, terms.and(&[both, not]))
    }

    /// The formula under which `first` has finished before `second` starts, both being deployed.
    pub fn ordered(&self, terms: &mut Terms, first: &Effect, second: &Effect) -> Term {
        let (meeting, both) = self.together(terms, first, second);
        if first.node == second.node || !self.may_reach(second.node, first.node) {
            return terms.bool(false);
        }
        let early = Run { node: first.node, index: meeting.first };
        let late = Run { node: second.node, index: meeting.second };
        let ordered = self.links.after(terms, late, early);
        terms.and(&[both, ordered])
    }

    /// Two instances of one loop: batches of one are in order, larger ones are not.
    fn of_one_loop(&self, terms: &mut Terms, first: &Effect, second: &Effect, both: Term) -> Term {
        match (self.batch_size(first.node), first.instance, second.instance) {
            (Some(1), ..) => terms.bool(false),
            (Some(size), Instance::Fixed(one), Instance::Fixed(other)) if one / size != other / size => {
                terms.bool(false)
            }
            _ => both,
        }
    }
}
