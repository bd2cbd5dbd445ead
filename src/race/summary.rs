//! What one template does, in terms of its parameters: its effects, and the pairs of them that may overlap.

use std::cell::{OnceCell, RefCell};

use rustc_hash::FxHashMap;

use super::effect::{Conflict, Effect, EffectId, GroupId, Instance, Writers, conflict};
use super::link::{Element, Links};
use super::pair::Fault;
use crate::deployment::{Order, Reach};
use crate::eval::substitution::Substitution;
use crate::eval::term::{CopyVariable, Term};
use crate::eval::terms::Terms;
use crate::template::{NodeId, ParameterId};
use crate::workspace::TemplateId;

/// A template, analysed once for all its callers.
#[derive(Debug)]
pub struct Summary {
    /// The template.
    pub template: TemplateId,
    /// What each node waits for, and when it is deployed.
    pub links: Links,
    /// Which nodes wait for which, conditions aside.
    pub order: Order,
    /// Which nodes wait for which in every world, once that is asked for.
    pub sure: OnceCell<Order>,
    /// The effects of its nodes, in node order.
    pub effects: Vec<Effect>,
    /// Effects that are alike for a caller: same aspect, object and guard.
    pub groups: Vec<Group>,
    /// The calls of its nodes.
    pub calls: FxHashMap<NodeId, Call>,
    /// Pairs that may overlap, here or inside what is called, under formulas over this template's parameters.
    pub potentials: Vec<Potential>,
    /// Large groups of writers, of which only some pairs are among the potentials.
    pub omitted: Vec<Omitted>,
    /// Bounds that were reached, each once for a node or the template.
    pub limits: Vec<(Option<NodeId>, &'static str)>,
    /// Pairs of groups that callers have made meet, and what was wrong with them.
    pub(super) met: RefCell<FxHashMap<Meeting, Met>>,
    /// The parameters of the template that anything here depends on, where callers ask for that.
    pub depends_on: Box<[ParameterId]>,
    /// Whether effects of calls are left out because nothing can meet them here.
    pub is_partial: bool,
}

/// Effects that are alike for a caller.
#[derive(Debug)]
pub struct Group {
    /// The effects, in node order; at least one.
    pub members: Vec<EffectId>,
    /// When one of their instances happens, in terms of the object's copy indexes.
    pub guard: Term,
    /// Whether a call may make it meet another group of the template that it does not meet otherwise.
    pub may_meet: bool,
}

/// Two groups that meet, each with what is put for its copy indexes.
pub(super) type Meeting = [(GroupId, Vec<(u16, Term)>); 2];

/// What is wrong with two groups that meet.
#[derive(Clone, Debug)]
pub(super) struct Met {
    /// In terms of the template.
    pub(super) found: Vec<Potential>,
    /// How many pairs were judged.
    pub(super) judged: usize,
}

/// A call of a module.
#[derive(Debug)]
pub struct Call {
    /// The module.
    pub callee: TemplateId,
    /// Its parameters and surroundings, as the call gives them.
    pub substitution: Substitution,
}

/// Two effects of one template that may overlap.
#[derive(Clone, Debug)]
pub struct Potential {
    /// The template in which the paths to the two part.
    pub at: TemplateId,
    /// One effect of that template.
    pub first: EffectId,
    /// The other; the same for a loop.
    pub second: EffectId,
    /// What is wrong.
    pub fault: Fault,
    /// When, in terms of the parameters of the template whose summary this is in.
    pub formula: Term,
}

/// Pairs of one object that are counted only.
#[derive(Clone, Debug)]
pub struct Omitted {
    /// The template in which the paths part.
    pub at: TemplateId,
    /// One of the effects on the object.
    pub effect: EffectId,
    /// How many pairs are not among the potentials.
    pub pairs: u64,
}

impl Summary {
    /// An effect.
    pub fn effect(&self, id: EffectId) -> &Effect {
        &self.effects[id.0 as usize]
    }

    /// Says that a bound was reached.
    pub(super) fn reached(&mut self, node: Option<NodeId>, limit: &'static str) {
        if !self.limits.contains(&(node, limit)) {
            self.limits.push((node, limit));
        }
    }

    /// A group.
    pub fn group(&self, id: GroupId) -> &Group {
        &self.groups[id.0 as usize]
    }

    /// `@batchSize` of a node.
    pub fn batch_size(&self, node: NodeId) -> Option<u32> {
        self.links.batches[node.ix()]
    }

    /// Whether `late` waits for `early` at least in part and in some world.
    pub fn may_reach(&self, late: NodeId, early: NodeId) -> bool {
        self.order.reaches(late, early) != Reach::None
    }

    /// Whether `late` waits for all of `early` in every world where both are deployed. There may be more such pairs.
    pub fn is_surely_after(&self, terms: &Terms, late: NodeId, early: NodeId) -> bool {
        let waits_for = |node: NodeId| {
            let links = &self.links.waits[node.ix()];
            links.iter().any(|link| link.target == early && link.element == Element::All)
        };
        if waits_for(late) {
            return true;
        }
        let sure = self.sure.get_or_init(|| self.links.in_every_world(terms));
        self.order.waiting_for(early).any(|node| waits_for(node) && sure.reaches(late, node) != Reach::None)
    }

    /// A formula inside a call, for some instance of the call that is deployed.
    pub fn for_some(&self, terms: &mut Terms, node: NodeId, formula: Term) -> Term {
        let formula = terms.and(&[self.links.guards[node.ix()], formula]);
        match self.links.counts[node.ix()] {
            Some(count) => terms.exists(count, CopyVariable::OF_NODE, formula),
            None => formula,
        }
    }

    /// Judges two effects of different instances of this template's nodes on one object.
    pub fn judge(
        &self,
        terms: &mut Terms,
        writers: &Writers<'_>,
        first: &Effect,
        second: &Effect,
    ) -> Vec<(Fault, Term)> {
        let Some(conflict) = conflict(writers, first.aspect, second.aspect) else { return Vec::new() };
        let same_node = first.node == second.node;
        let mut found = Vec::new();
        match conflict {
            Conflict::LostUpdate if same_node => {}
            Conflict::LostUpdate => found.push((Fault::LostUpdate, self.together(terms, first, second))),
            Conflict::Unordered | Conflict::FirstBeforeSecond | Conflict::SecondBeforeFirst => {
                found.push(self.unordered(terms, first, second));
            }
        }
        match conflict {
            // The instances of one loop deploy the same again; no edge can put parts of one before parts of another.
            _ if same_node => {}
            Conflict::FirstBeforeSecond => {
                found.push((Fault::Reversed, self.ordered(terms, second, first)));
            }
            Conflict::SecondBeforeFirst => {
                found.push((Fault::Reversed, self.ordered(terms, first, second)));
            }
            _ => {}
        }
        found.retain(|&(_, formula)| !terms.is_false(formula));
        found
    }

    /// Whether two effects can belong to different instances: of two nodes, or of one loop.
    pub fn are_apart(&self, first: &Effect, second: &Effect) -> bool {
        first.node != second.node
            || match (first.instance, second.instance) {
                (Instance::Only, _) | (_, Instance::Only) => false,
                (Instance::Fixed(one), Instance::Fixed(other)) => one != other,
                (Instance::Each(one), Instance::Each(other)) => one != other,
                _ => true,
            }
    }
}
