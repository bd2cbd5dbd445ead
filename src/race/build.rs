//! Builds the summary of one template from its nodes and from the summaries of the templates that it calls.
//!
//! ```bicep
//! resource a '…/vpnGateways@…' = { … hub … }      // an effect on `hub`
//! module m 'vpn.bicep' = { params: { hub: hub.id } } // the callee's effects, with `hub.id` for its parameter
//! ```
//!
//! First it collects the effects: those of resources from the catalogue, those of calls from the callees' summaries. Then it compares
//! pairs: effects are sorted by object, so only effects on one object are compared. The result of a pair is a formula over the
//! parameters; a caller substitutes its arguments, and the root decides the formula. So a template is analysed once, however many
//! callers it has. (`RacerD` summarises procedures in the same way: <https://doi.org/10.1145/3276514>.)

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::assumed::Assumption;
use super::bucket;
use super::by_parts;
use super::effect::{Aspect, Effect, EffectId, Writers};
use super::group::groups;
use super::inside::Meetings;
use super::kind::NodeKinds;
use super::link::Links;
use super::object::Body;
use super::pair::Fault;
use super::plain::Plain;
use super::summary::{
    Batch, CalleeSummary, Group, Hazards, Pairs, Potential, RootSummary, Summaries, Summary,
};
use crate::azure::catalog::Access;
use crate::deployment::Graph;
use crate::eval::arguments::Mentioned;
use crate::eval::evaluator::Evaluator;
use crate::eval::module::own_deployment_id;
use crate::eval::parameter_file::values_of;
use crate::eval::substitution::Substitution;
use crate::eval::term::{Function, Name, Term};
use crate::eval::terms::Terms;
use crate::limit::{Limit, Reached, Record};
use crate::template::{NodeId, NodeKind, ParameterId};
use crate::workspace::TemplateId;

/// Builds summaries.
pub struct Builder<'b, 'w, 'c> {
    /// The catalogue.
    pub writers: &'b mut Writers<'c>,
    /// Evaluates the template's expressions.
    pub evaluator: &'b mut Evaluator<'w>,
    /// The summaries of its callees.
    pub summaries: &'b Summaries,
    /// Results of earlier calls of the same modules.
    pub meetings: &'b mut Meetings,
}

/// The effects of calls in the summary of a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effects {
    /// All of them.
    All,
    /// Those that may conflict with another one.
    Meeting,
    /// Declarations of resources of a type.
    Declared(Name),
}

/// The effects of a call that are taken over.
pub(super) enum Take {
    /// All of them.
    All,
    /// Those that may conflict with an effect of another node.
    Meeting(NodeKinds),
    /// Declarations of resources of a type.
    Declared(Name),
}

impl Take {
    /// Whether an effect of a node is taken over. `against` are the aspects that it conflicts with, `ty` is the type of its object.
    pub(super) fn takes(&self, against: &[Aspect], ty: Option<Name>, node: NodeId) -> bool {
        match self {
            Self::All => true,
            Self::Meeting(kinds) => kinds.is_met(against, ty, node),
            // An object that is not known to be an id may have any type.
            Self::Declared(wanted) => {
                against.contains(&Aspect::Declaration) && ty.is_none_or(|ty| ty == *wanted)
            }
        }
    }
}

/// A summary under construction.
pub(super) struct Draft {
    pub(super) summary: Summary,
    /// Number of potentials after they were last combined.
    pub(super) combined: usize,
    /// Whether effects of calls were left out.
    pub(super) is_partial: bool,
    /// Groups of callees that may meet another group of the same callee.
    pub(super) inside: Vec<Met>,
}

/// The object, in terms of the caller, of a group that may meet another group of the same callee.
#[derive(Clone, Debug)]
pub(super) struct Met {
    pub(super) call: NodeId,
    pub(super) topic: Option<u32>,
    pub(super) object: Term,
    /// The lengths of the loops whose elements may meet each other.
    pub(super) loops: Vec<Term>,
}

impl Draft {
    fn new(template: TemplateId, links: Links) -> Self {
        Self { summary: Summary::new(template, links), combined: 0, is_partial: false, inside: Vec::new() }
    }
}

impl Builder<'_, '_, '_> {
    /// The summary of a template for its callers. Its own callees have their summaries.
    pub fn callee(&mut self, template: TemplateId, graph: &Graph) -> CalleeSummary {
        let Draft { mut summary, .. } = self.draft(template, graph, Effects::All);
        self.pairs(&mut summary);
        self.contained(&mut summary);
        let mut groups = groups(self.evaluator, self.writers, &summary);
        self.find_meetings(&summary, &mut groups);
        self.find_ways(&summary, &mut groups);
        combine(self.evaluator, &mut summary.hazards);
        summary.hazards.share(template, self.evaluator.known_terms());
        let depends_on = self.parameters_in(&summary, &groups);
        CalleeSummary { summary, groups, depends_on }
    }

    /// The summary of a root that nothing calls, and the defaults under which it may have more races. Its callees have their summaries.
    pub fn root(
        &mut self,
        template: TemplateId,
        graph: &Graph,
        effects: Effects,
    ) -> (RootSummary, Vec<Assumption>) {
        let Draft { mut summary, is_partial, inside, .. } = self.draft(template, graph, effects);
        self.pairs(&mut summary);
        self.contained(&mut summary);
        combine(self.evaluator, &mut summary.hazards);
        let assumable = self.assumable(&summary, &inside);
        (RootSummary { summary, is_partial }, assumable)
    }

    /// Effects of the nodes of a template, including effects of calls that conflict with nothing. Its pairs are not compared.
    pub fn unpaired(&mut self, template: TemplateId, graph: &Graph, effects: Effects) -> Summary {
        self.draft(template, graph, effects).summary
    }

    /// The hazards of a template with the values of a parameter file, as if the file called it.
    pub fn with_values(&mut self, template: TemplateId, file: TemplateId) -> Option<Hazards> {
        let substitution = values_of(self.evaluator, file, template);
        self.with_substitution(template, substitution)
    }

    /// The same with any substitution of its parameters.
    pub(super) fn with_substitution(
        &mut self,
        template: TemplateId,
        substitution: Substitution,
    ) -> Option<Hazards> {
        let inside = self.summaries.callee(template)?;
        let mut draft = Draft::new(template, Links::one_call(self.evaluator.terms()));
        let node = NodeId(0);
        // There is no other node whose effects could conflict.
        let groups = self.groups_to_take(&mut draft, node, inside, &Take::Meeting(NodeKinds::default()));
        self.call(&mut draft, node, (inside, &groups), substitution);
        combine(self.evaluator, &mut draft.summary.hazards);
        Some(draft.summary.hazards)
    }

    /// The effects of all nodes of a template, without the pairs of these effects.
    fn draft(&mut self, template: TemplateId, graph: &Graph, effects: Effects) -> Draft {
        let links = Links::new(self.evaluator, template, graph);
        let nodes = &self.evaluator.workspace().template(template).nodes;
        let mut draft = Draft::new(template, links);
        let mut calls = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            let id = NodeId(at as u32);
            match &node.kind {
                NodeKind::Resource(ty) if ty.azure => {
                    self.resource(&mut draft.summary, id, &ty.name.to_ascii_lowercase());
                }
                NodeKind::Resource(_) | NodeKind::Existing(_) => {}
                NodeKind::Module(_) => calls.extend(self.deployment(&mut draft.summary, id)),
            }
        }
        let take = match effects {
            Effects::All => Take::All,
            Effects::Declared(ty) => Take::Declared(ty),
            Effects::Meeting => Take::Meeting(self.kinds_of(&draft.summary, &calls)),
        };
        for &(node, callee) in &calls {
            self.module(&mut draft, node, callee, &take);
        }
        draft.summary.effects.sort_by_key(|effect| effect.node);
        let of = |effect: &Effect| (effect.aspect.topic(), effect.object);
        by_parts::join(self.evaluator.terms(), &mut draft.summary.effects, of, |effect, object| {
            effect.object = object;
        });
        draft
    }

    /// The parameters that the effects and pairs of a template depend on, and those that conditions, lengths and arguments of inner calls
    /// depend on, which are analysed again for a caller.
    fn parameters_in(&self, summary: &Summary, groups: &[Group]) -> Box<[ParameterId]> {
        let terms = self.evaluator.known_terms();
        let count = self.evaluator.workspace().template(summary.template).parameters.len();
        let mut all = Vec::new();
        for effect in &summary.effects {
            all.extend([effect.object, effect.guard]);
            all.extend(effect.elements());
            all.extend(effect.loops());
        }
        all.extend(groups.iter().map(|group| group.guard));
        all.extend(groups.iter().filter_map(|group| group.elements));
        all.extend(summary.hazards.potentials.iter().map(|potential| potential.formula));
        all.extend(summary.hazards.batches.iter().map(|batch| batch.formula));
        all.extend(summary.hazards.crowds.iter().flat_map(|crowd| &crowd.guards));
        all.extend(&summary.links.guards);
        all.extend(summary.links.counts.iter().flatten());
        let calls = (0..summary.links.guards.len() as u32).filter_map(|at| summary.calls.get(&NodeId(at)));
        for by in calls.map(|call| &call.substitution) {
            all.extend(by.arguments.iter().flatten());
            all.extend(by.ambient.iter().map(|&(_, value)| value));
        }
        let mut found = Mentioned::new(summary.template, count);
        found.add_terms(terms, all);
        found.found().into()
    }

    /// The kinds of objects that the nodes of a template write. The effects of its resources are already known.
    fn kinds_of(&self, summary: &Summary, calls: &[(NodeId, TemplateId)]) -> NodeKinds {
        let terms = self.evaluator.known_terms();
        let mut kinds = NodeKinds::default();
        for effect in &summary.effects {
            kinds.add(effect.kind(terms), effect.node);
        }
        for (node, callee) in calls {
            let Some(inside) = self.summaries.callee(*callee) else { continue };
            for group in &inside.groups {
                kinds.add(inside.lead(group).kind(terms), *node);
            }
        }
        kinds
    }

    /// The effects of a resource.
    fn resource(&mut self, summary: &mut Summary, node: NodeId, ty: &str) {
        let template = summary.template;
        let guard = summary.links.guards[node.ix()];
        if self.evaluator.terms().is_false(guard) {
            return;
        }
        let own = self.evaluator.node_id(template, node);
        let own = self.evaluator.terms().fold_case(own);
        self.declare(summary, node, Aspect::Declaration, own, guard);
        for (entry, writer) in self.writers.of_type(ty) {
            let aspect = Aspect::Catalogued { entry, writer };
            let Some((entry, known)) = self.writers.of(aspect) else { continue };
            let mut all = vec![guard];
            // A writer that replaces a list must be known to do so, at the latest when a call supplies the values: a property that
            // may be missing replaces nothing.
            let is_replace = known.access == Access::Replace;
            let conditions = known.when.iter().map(|condition| (condition, is_replace));
            let certain = known.certain_when.iter().map(|condition| (condition, true));
            for (condition, must_be_known) in conditions.chain(certain) {
                let holds = Body::new(self.evaluator, template, node).holds(condition);
                let terms = self.evaluator.terms();
                all.push(if must_be_known { terms.call(Function::Surely, &[holds]) } else { holds });
            }
            let guard = self.evaluator.terms().and(&all);
            if self.evaluator.terms().is_false(guard) {
                continue;
            }
            let object = Body::new(self.evaluator, template, node).objects(&known.objects);
            let elements = known
                .elements
                .as_ref()
                .map(|elements| Body::new(self.evaluator, template, node).elements(elements, &entry.alike));
            let effect = Effect::new(aspect, object, guard, node).with_elements(elements);
            self.instances(summary, effect, &[]);
        }
    }

    /// Deployments inside a template that may have the name of the deployment of the template, which runs as long as they do.
    fn contained(&mut self, summary: &mut Summary) {
        let own = own_deployment_id(self.evaluator, summary.template);
        let terms = self.evaluator.terms();
        let deployment = terms.type_of_id(own);
        for at in 0..summary.effects.len() as u32 {
            let id = EffectId(at);
            let effect = summary.effect(id);
            if effect.aspect != Aspect::Declaration || terms.type_of_id(effect.object) != deployment {
                continue;
            }
            let formula = summary.links.contained(terms, effect, own);
            if !terms.is_false(formula) {
                let (at, fault) = (summary.template, Fault::Contained);
                summary.hazards.potentials.push(Potential { at, first: id, second: id, fault, formula });
            }
        }
    }

    /// Compares the effects of this template.
    fn pairs(&mut self, summary: &mut Summary) {
        let mut ids: Vec<EffectId> = (0..summary.effects.len() as u32).map(EffectId).collect();
        let key = |id: &EffectId| {
            let effect = summary.effect(*id);
            (effect.aspect.topic(), effect.object, *id)
        };
        ids.sort_unstable_by_key(key);
        let mut found = Hazards::default();
        let mut plain = Plain::default();
        for bucket in ids.chunk_by(|one, other| (key(one).0, key(one).1) == (key(other).0, key(other).1)) {
            if bucket.len() > bucket::JUDGED {
                let mut of_object = Hazards::default();
                self.large(summary, bucket, &mut of_object);
                found.add(of_object);
            } else if bucket.len() > 1 && self.is_plain(summary, bucket) {
                plain.add(bucket);
            } else {
                self.exact(summary, bucket, &mut found);
            }
        }
        if plain.is_small() {
            plain.buckets().for_each(|bucket| self.exact(summary, bucket, &mut found));
        } else {
            self.plain(summary, &plain, &mut found);
        }
        self.by_elements(summary, &mut found);
        summary.hazards.add(found);
    }
}

/// The conditions under which two declarations meet. The formulas of several calls are alternatives.
#[derive(Default)]
struct Conditions {
    formulas: Vec<Term>,
    left_out: Option<Reached>,
}

impl Conditions {
    fn add(&mut self, formula: Term) {
        if self.formulas.contains(&formula) {
            return;
        }
        match Limit::PairConditions.check(self.formulas.len() + 1) {
            Ok(()) => self.formulas.push(formula),
            Err(reached) => self.left_out = Some(reached),
        }
    }

    /// The disjunction. Records if formulas were left out.
    fn any(self, terms: &mut Terms, limits: &mut Record<Option<NodeId>>) -> Term {
        let formula = terms.or(&self.formulas);
        if let Some(reached) = self.left_out
            && !terms.is_true(formula)
        {
            limits.add(None, reached);
        }
        formula
    }
}

/// Combines potentials of the same pair and fault, and batches of the same pairs.
pub(super) fn combine(evaluator: &mut Evaluator<'_>, hazards: &mut Hazards) {
    type Key = (TemplateId, EffectId, EffectId, Fault);
    let terms = evaluator.terms();
    let mut places: FxHashMap<Key, usize> = FxHashMap::default();
    let mut of_pairs: Vec<(Key, Conditions)> = Vec::new();
    for potential in &hazards.potentials {
        let key = (potential.at, potential.first, potential.second, potential.fault);
        let place = *places.entry(key).or_insert(of_pairs.len());
        if place == of_pairs.len() {
            of_pairs.push((key, Conditions::default()));
        }
        of_pairs[place].1.add(potential.formula);
    }
    let one = |((at, first, second, fault), conditions): (Key, Conditions)| {
        let formula = conditions.any(terms, &mut hazards.limits);
        Potential { at, first, second, fault, formula }
    };
    hazards.potentials = of_pairs.into_iter().map(one).collect();

    let mut places: FxHashMap<*const Pairs, usize> = FxHashMap::default();
    let mut batches: Vec<(Batch, Conditions)> = Vec::new();
    for batch in hazards.batches.drain(..) {
        let place = *places.entry(Arc::as_ptr(&batch.pairs)).or_insert(batches.len());
        let formula = batch.formula;
        if place == batches.len() {
            batches.push((batch, Conditions::default()));
        }
        batches[place].1.add(formula);
    }
    let terms = evaluator.terms();
    let one = |(batch, conditions): (Batch, Conditions)| {
        let formula = conditions.any(terms, &mut hazards.limits);
        Batch { formula, ..batch }
    };
    hazards.batches = batches.into_iter().map(one).collect();
}
