//! The summary of a template in terms of its parameters: its effects, and the pairs of them that may overlap.
//!
//! A template is analysed once, and others then use its summary. What a summary must contain depends on the user:
//!
//! - a **caller** ([`CalleeSummary`]) substitutes its arguments. They may bring two objects of the callee together, so it needs
//!   every effect, the groups of effects that are alike for it, and the parameters that anything depends on;
//! - a **root** ([`RootSummary`]) has no caller: only races count, so an effect inside a call that can meet nothing is left out.
//!
//! What both have is the [`Summary`].

use std::ops::Index;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::crowd::Crowd;
use super::effect::{Effect, EffectId, GroupId};
use super::link::Links;
use super::pair::Fault;
use crate::eval::substitution::Substitution;
use crate::eval::term::Term;
use crate::eval::terms::Terms;
use crate::limit::Record;
use crate::template::{NodeId, ParameterId};
use crate::workspace::TemplateId;

/// The part of a summary that every user needs.
#[derive(Debug)]
pub struct Summary {
    /// The template that is summarised.
    pub template: TemplateId,
    /// What each node waits for, and when it is deployed.
    pub links: Links,
    /// The effects of its nodes, in node order.
    pub effects: Vec<Effect>,
    /// The module calls among its nodes.
    pub calls: FxHashMap<NodeId, Call>,
    /// Possible races, in this template and in the modules that it calls.
    pub hazards: Hazards,
}

/// A summary for callers.
#[derive(Debug)]
pub struct CalleeSummary {
    /// The summary itself.
    pub summary: Summary,
    /// Its effects in groups that are alike for a caller: same aspect, object, guard and elements.
    pub groups: Vec<Group>,
    /// The parameters that anything here depends on: callers substitute only these.
    pub depends_on: Box<[ParameterId]>,
}

/// The summary of a root that nothing calls.
#[derive(Debug)]
pub struct RootSummary {
    /// The summary, reduced to what may be part of a race.
    pub summary: Summary,
    /// Whether effects of calls are left out because nothing can meet them.
    pub is_partial: bool,
}

/// Possible races in a template, under formulas over its parameters; a root decides them.
#[derive(Debug, Default)]
pub struct Hazards {
    /// Pairs that may overlap.
    pub potentials: Vec<Potential>,
    /// More pairs, in the form in which callees share them with their callers.
    pub batches: Vec<Batch>,
    /// Very many writers of one object, of which any two may overlap.
    pub crowds: Vec<Crowd>,
    /// Large groups of writers, of which only some pairs are among the potentials.
    pub omitted: Vec<Omitted>,
    /// Limits that were reached, each once for a node or the template.
    pub limits: Record<Option<NodeId>>,
}

/// Effects that are alike for a caller.
#[derive(Debug)]
pub struct Group {
    /// The effects, in node order; at least one.
    pub members: Vec<EffectId>,
    /// The effect that represents the group in findings: the first, or the one with the shortest path if the first is far
    /// below.
    pub told: EffectId,
    /// Number of module calls on the path to it.
    pub depth: u32,
    /// When one of their instances happens, in terms of the object's copy indexes.
    pub guard: Term,
    /// The list that they rewrite, or the elements that they add to one; `None` if it is unknown.
    pub elements: Option<Term>,
    /// Whether arguments of a call may put it on the same object as another group of the template.
    pub may_meet: bool,
    /// Whether arguments of a call may put instances of its loop on one object.
    /// Ex) `[for x in list: …]` on the hub `x.hub`, if the list names a hub twice
    pub may_meet_itself: bool,
}

impl Group {
    /// Whether a call may make it meet something of the template.
    pub const fn may_meet_inside(&self) -> bool {
        self.may_meet || self.may_meet_itself
    }
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
    /// The kind of fault.
    pub fault: Fault,
    /// The condition, in terms of the parameters of the template that has this summary.
    pub formula: Term,
}

/// Pairs of one template that hold under the same formula. A caller takes them over as a whole, and all callers share the list,
/// so the pairs of a module with a hundred calls are stored once.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The template in which the paths part.
    pub at: TemplateId,
    /// The pairs, which all callers share.
    pub pairs: Arc<Pairs>,
    /// The condition, in terms of the parameters of the template that has this summary.
    pub formula: Term,
}

/// The content of a batch.
#[derive(Debug, Default)]
pub struct Pairs {
    /// Two effects, and what is wrong.
    pub all: Vec<(EffectId, EffectId, Fault)>,
    /// Pairs that are only counted.
    pub omitted: Vec<Omitted>,
}

/// Pairs of one object that are only counted.
#[derive(Clone, Debug)]
pub struct Omitted {
    /// The template in which the paths part.
    pub at: TemplateId,
    /// One of the effects on the object.
    pub effect: EffectId,
    /// Number of pairs that are not among the potentials.
    pub pairs: u64,
}

impl Summary {
    /// An empty summary: only the nodes and their order are known.
    pub(super) fn new(template: TemplateId, links: Links) -> Self {
        Self {
            template,
            links,
            effects: Vec::new(),
            calls: FxHashMap::default(),
            hazards: Hazards::default(),
        }
    }

    /// The effect with an id.
    pub fn effect(&self, id: EffectId) -> &Effect {
        &self.effects[id.0 as usize]
    }
}

impl CalleeSummary {
    /// The group with an id.
    pub fn group(&self, id: GroupId) -> &Group {
        &self.groups[id.0 as usize]
    }

    /// The effect that stands for a group.
    pub fn lead(&self, group: &Group) -> &Effect {
        self.summary.effect(group.members[0])
    }
}

impl Hazards {
    /// Whether there is no possible race.
    pub(super) fn is_empty(&self) -> bool {
        self.potentials.is_empty()
            && self.batches.is_empty()
            && self.crowds.is_empty()
            && self.omitted.is_empty()
    }

    /// Puts the pairs of a template into batches, for its callers.
    pub(super) fn share(&mut self, template: TemplateId, terms: &Terms) {
        let mut places: FxHashMap<Term, usize> = FxHashMap::default();
        let mut batches: Vec<(Term, Pairs)> = Vec::new();
        self.potentials.retain(|potential| {
            let Potential { at, first, second, fault, formula } = *potential;
            if at == template {
                let place = *places.entry(formula).or_insert(batches.len());
                if place == batches.len() {
                    batches.push((formula, Pairs::default()));
                }
                batches[place].1.all.push((first, second, fault));
            }
            at != template
        });
        self.potentials.shrink_to_fit();
        // They happen whenever the template is deployed, as these do.
        if let Some((_, always)) = batches.iter_mut().find(|(formula, _)| terms.is_true(*formula)) {
            let (own, others) = self.omitted.drain(..).partition(|omitted| omitted.at == template);
            (always.omitted, self.omitted) = (own, others);
        }
        let shared = |(formula, pairs)| Batch { at: template, pairs: Arc::new(pairs), formula };
        self.batches.extend(batches.into_iter().map(shared));
    }

    /// The potentials of a template itself, in its own summary.
    pub fn own(&self, template: TemplateId) -> impl Iterator<Item = (EffectId, EffectId, Fault, Term)> {
        let own = self.potentials.iter().filter(move |potential| potential.at == template);
        let shared = self.batches.iter().filter(move |batch| batch.at == template);
        let shared = shared.flat_map(|batch| {
            batch.pairs.all.iter().map(|&(first, second, fault)| (first, second, fault, batch.formula))
        });
        own.map(|known| (known.first, known.second, known.fault, known.formula)).chain(shared)
    }

    /// Adds the hazards of another summary.
    pub(super) fn add(&mut self, other: Self) {
        self.potentials.extend(other.potentials);
        self.batches.extend(other.batches);
        self.crowds.extend(other.crowds);
        self.omitted.extend(other.omitted);
        self.limits.extend(other.limits, |node| node);
    }

    /// Adds pairs that are only counted, once for each object.
    pub(super) fn omit(&mut self, omitted: &Omitted) {
        if !self.omitted.iter().any(|known| (known.at, known.effect) == (omitted.at, omitted.effect)) {
            self.omitted.push(omitted.clone());
        }
    }
}

/// The summaries of a run.
#[derive(Debug, Default)]
pub struct Summaries {
    callees: FxHashMap<TemplateId, CalleeSummary>,
    roots: FxHashMap<TemplateId, RootSummary>,
}

impl Summaries {
    /// Keeps the summary of a template that something calls.
    pub fn add_callee(&mut self, summary: CalleeSummary) {
        self.callees.insert(summary.summary.template, summary);
    }

    /// Keeps the summary of a root that nothing calls.
    pub fn add_root(&mut self, summary: RootSummary) {
        self.roots.insert(summary.summary.template, summary);
    }

    /// The summary of a template.
    pub fn get(&self, template: TemplateId) -> Option<&Summary> {
        let callee = self.callees.get(&template).map(|callee| &callee.summary);
        callee.or_else(|| self.roots.get(&template).map(|root| &root.summary))
    }

    /// The summary of a template for its callers.
    pub fn callee(&self, template: TemplateId) -> Option<&CalleeSummary> {
        self.callees.get(&template)
    }

    /// The summary of a root that nothing calls.
    pub fn root(&self, template: TemplateId) -> Option<&RootSummary> {
        self.roots.get(&template)
    }
}

impl Index<TemplateId> for Summaries {
    type Output = Summary;

    fn index(&self, template: TemplateId) -> &Summary {
        match self.callees.get(&template) {
            Some(callee) => &callee.summary,
            None => &self.roots[&template].summary,
        }
    }
}
