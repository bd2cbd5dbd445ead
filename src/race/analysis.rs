//! The whole analysis: summaries bottom-up, then a decision at each root.
//!
//! A template is summarised after all templates that it calls, for every value of its parameters. Formulas are decided only at a root:
//! for each pair, the analysis searches a world in which its formula holds. A template that is deployed directly may get any values of
//! its parameters; a parameter file is a call that supplies them.
//!
//! ```bicep
//! param withP2s bool                                        // main.bicep: a race where `withP2s` is true
//! resource p2s '…/p2sVpnGateways@…' = if (withP2s) { … hub … }
//! resource s2s '…/vpnGateways@…' = { … hub … }              // dev.bicepparam: `param withP2s = false`, no race
//! ```

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::assumed::Assumption;
use super::build::{Builder, Effects};
use super::crowd;
use super::effect::{Aspect, EffectId, Writers};
use super::inside::Meetings;
use super::many;
use super::pair::Fault;
use super::summary::{Batch, Hazards, Omitted, Pairs, Potential, Summaries, Summary};
use crate::azure::catalog::Catalog;
use crate::deployment::{Graph, mode::SYMBOLIC_FLAGS, symbolic_mode};
use crate::eval::evaluator::Evaluator;
use crate::eval::feasibility::{Feasibility, feasible_within};
use crate::eval::identity::as_known;
use crate::eval::term::{Name, Term};
use crate::eval::terms::Terms;
use crate::limit::{Budget, Limit, Reached, Record};
use crate::parallel;
use crate::small_sort::SmallSort as _;
use crate::source::{Place, Span};
use crate::template::{Language, NodeId};
use crate::workspace::{TemplateId, Workspace};

/// Roots that were analysed together. They identify the analysis: if the same roots of the same workspace are analysed again, the
/// terms have the same numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots(Arc<[TemplateId]>);

impl Roots {
    /// Creates the list of roots.
    pub fn new(ids: &[TemplateId]) -> Self {
        Self(ids.into())
    }

    /// The roots, in the order in which they were analysed.
    pub fn ids(&self) -> &[TemplateId] {
        &self.0
    }
}

/// The result of an analysis.
pub struct Analysis<'w, 'c> {
    /// The roots, which identify this analysis.
    pub roots: Roots,
    /// The summaries of all templates that a root reaches.
    pub summaries: Summaries,
    /// Their graphs.
    pub graphs: FxHashMap<TemplateId, Graph>,
    /// The evaluator, which can show terms.
    pub evaluator: Evaluator<'w>,
    /// The catalogue's writers.
    pub writers: Writers<'c>,
    /// The pairs that may overlap, in order of template and effects.
    pub races: Vec<Race>,
    /// Number of pairs of an object that are only counted, by template, topic and object.
    pub omitted: FxHashMap<(TemplateId, Option<u32>, Term), u64>,
    /// The objects with many writers, as defined by `many` of their entries, by template, topic and object.
    crowded: FxHashSet<many::Of>,
    /// Each root, and the templates that it reaches through calls.
    pub reached: Vec<(TemplateId, Vec<TemplateId>)>,
    /// Limits that were reached, with the place of each.
    pub limits: Record<Place>,
    /// Results that calls of one module share.
    meetings: Meetings,
    /// The roots whose objects depend on defaults of parameters, with these defaults.
    assumable: FxHashMap<TemplateId, Vec<Assumption>>,
}

/// A pair and what is wrong with it.
pub(crate) type Key = (TemplateId, EffectId, EffectId, Fault);

/// Decisions by formula: many pairs have the same formula.
pub(super) type Decided = FxHashMap<Term, Feasibility>;

/// Two effects that overlap in some world.
#[derive(Clone, Debug)]
pub struct Race {
    /// The template in which the paths to the two part.
    pub at: TemplateId,
    /// One effect of that template.
    pub first: EffectId,
    /// The other; the same for a loop.
    pub second: EffectId,
    /// What is wrong.
    pub fault: Fault,
    /// The roots under which it happens, with the smallest world for each; `None` if the search was stopped.
    pub worlds: Vec<(TemplateId, Option<World>)>,
    /// The parameters of the root that must keep their defaults for it; empty if it does not depend on defaults.
    pub assumes: Vec<Assumption>,
}

/// The terms that decide a formula, with their values.
pub type World = Vec<(Term, Term)>;

/// Analyses what the roots reach.
pub fn analyse<'w, 'c>(
    workspace: &'w Workspace,
    catalog: &'c Catalog,
    roots: &[TemplateId],
) -> Analysis<'w, 'c> {
    of_roots(workspace, catalog, roots, (Effects::Meeting, &Limit::RootWork.budget()))
}

/// The same with all effects of the roots, including those that can conflict with nothing, to explain what a declaration writes.
pub fn analyse_whole<'w, 'c>(
    workspace: &'w Workspace,
    catalog: &'c Catalog,
    roots: &[TemplateId],
) -> Analysis<'w, 'c> {
    of_roots(workspace, catalog, roots, (Effects::All, &Limit::RootWork.budget()))
}

/// Analyses what the roots reach, with a work budget for each root. `effects` selects the effects in the summaries of the roots.
fn of_roots<'w, 'c>(
    workspace: &'w Workspace,
    catalog: &'c Catalog,
    roots: &[TemplateId],
    (effects, work): (Effects, &Budget),
) -> Analysis<'w, 'c> {
    let mut analysis = Analysis::new(workspace, catalog, Roots::new(roots));
    let orders: Vec<Vec<TemplateId>> = roots.iter().map(|&root| workspace.callees_first([root])).collect();
    let called: FxHashSet<TemplateId> =
        orders.iter().flatten().flat_map(|&id| workspace.refers_to(id)).collect();
    let mut graphs = graphs_of(workspace, orders.iter().flatten());
    for (&root, mut reached) in roots.iter().zip(orders) {
        analysis.evaluator.terms().begin_root(work);
        for &template in &reached {
            if let Some(graph) = graphs.remove(&template) {
                analysis.summarise(template, graph, called.contains(&template), effects);
            }
        }
        analysis.tell_exhausted(root);
        reached.retain(|template| analysis.summaries.get(*template).is_some());
        analysis.reached.push((root, reached));
    }
    let mut found: FxHashMap<Key, Race> = FxHashMap::default();
    let mut decided = Decided::default();
    for &root in roots {
        analysis.evaluator.terms().begin_root(work);
        analysis.decide(root, &mut decided, &mut found);
    }
    let files = roots.iter().filter(|&&root| workspace.template(root).language == Language::Params);
    let given: FxHashSet<TemplateId> = files.filter_map(|&file| workspace.deployed_by(file)).collect();
    for &root in roots {
        // A root with parameter files has known values, so no defaults are assumed.
        if let Some(defaults) = analysis.assumable.remove(&root).filter(|_| !given.contains(&root)) {
            analysis.assume(root, &defaults, &mut decided, &mut found);
        }
    }
    analysis.evaluator.terms().begin_root(work);
    for (id, expr, reached) in analysis.evaluator.beyond_limits() {
        let template = workspace.template(id);
        let span = expr.map(|expr| template.exprs.span(expr)).unwrap_or_default();
        analysis.limits.add(template.place(span), reached);
    }
    analysis.races = found.into_values().collect();
    analysis.races.small_sort_by_key(|race| (race.at, race.first, race.second, race.fault));
    analysis.crowded = many::crowded(&analysis);
    analysis
}

/// Number of graphs from which on threads are worth their start.
const WORTH_THREADS: usize = 64;

/// The graphs of templates. They depend only on the text, so many are built in parallel; everything after them is one evaluation.
fn graphs_of<'i>(
    workspace: &Workspace,
    ids: impl Iterator<Item = &'i TemplateId>,
) -> FxHashMap<TemplateId, Graph> {
    let distinct: FxHashSet<TemplateId> = ids.copied().collect();
    let graph = |id: TemplateId| {
        let template = workspace.template(id);
        let has_graph = template.language != Language::Params;
        has_graph.then(|| (id, Graph::of(template, mode_of(workspace, id))))
    };
    if distinct.len() < WORTH_THREADS {
        return distinct.into_iter().filter_map(graph).collect();
    }
    // Threads take one graph at a time, because graphs differ much in size.
    parallel::map(distinct.into_iter().collect(), 1, graph).into_iter().flatten().collect()
}

/// Whether the compiler would emit a template with symbolic names.
pub fn mode_of(workspace: &Workspace, id: TemplateId) -> bool {
    let template = workspace.template(id);
    let calls_secure = template.node_ids().any(|node| {
        workspace.callee(id, node).is_some_and(|callee| workspace.template(callee).has_secure_output)
    });
    let is_flagged = workspace.features(id).iter().any(|feature| SYMBOLIC_FLAGS.contains(&feature.as_str()));
    symbolic_mode(template, calls_secure, is_flagged)
}

/// The formula that is decided for a fault: if the entry needs certainty, unknown values do not count.
pub(crate) fn decided(
    terms: &mut Terms,
    writers: &Writers<'_>,
    aspect: Aspect,
    (fault, formula): (Fault, Term),
) -> Term {
    match writers.of(aspect) {
        Some((entry, _)) if !entry.needs_knowledge() && fault != Fault::LostUpdate => formula,
        _ => as_known(terms, formula),
    }
}

/// The pairs that race, each with a world, and the pairs for which the search was stopped.
pub(super) struct Worlds {
    pub(super) found: Vec<(Key, Option<World>)>,
    pub(super) undecided: Vec<(TemplateId, EffectId, Reached)>,
    /// Pairs that are only counted.
    pub(super) omitted: Vec<Omitted>,
}

/// Decides the formulas of some pairs.
pub(super) fn worlds(
    (terms, summaries, writers): (&mut Terms, &Summaries, &Writers<'_>),
    hazards: &Hazards,
    known: &mut Decided,
) -> Worlds {
    let mut deciding = Deciding {
        known,
        visits: Limit::ConditionVisits.budget(),
        worlds: Worlds { found: Vec::new(), undecided: Vec::new(), omitted: Vec::new() },
    };
    let Split { single, shared } = Split::of(terms, hazards);
    for (at, formula, pairs) in shared {
        // All pairs have one formula, but some entries need certainty.
        let mut decisions: FxHashMap<Term, Option<Holds>> = FxHashMap::default();
        let mut formulas: FxHashMap<(Aspect, Fault), Term> = FxHashMap::default();
        for &(first, second, fault) in
            pairs.all.iter().filter(|&&pair| !single.contains_key(&key_of(at, pair)))
        {
            let aspect = summaries[at].effect(first).aspect;
            let formula = *formulas
                .entry((aspect, fault))
                .or_insert_with(|| decided(terms, writers, aspect, (fault, formula)));
            let decision =
                decisions.entry(formula).or_insert_with(|| deciding.decide(terms, (at, first), formula));
            if let Some(Holds { world }) = decision {
                deciding.worlds.found.push(((at, first, second, fault), world.clone()));
            }
        }
        if decisions.is_empty() || decisions.values().any(Option::is_some) {
            deciding.worlds.omitted.extend(pairs.omitted.iter().cloned());
        }
    }
    for &Potential { at, first, second, fault, formula } in &hazards.potentials {
        let key = (at, first, second, fault);
        let formula = single.get(&key).copied().unwrap_or(formula);
        let formula = decided(terms, writers, summaries[at].effect(first).aspect, (fault, formula));
        if let Some(Holds { world }) = deciding.decide(terms, (at, first), formula) {
            deciding.worlds.found.push((key, world));
        }
    }
    // Another call of the module may have the same result.
    let mut seen: FxHashSet<Key> = FxHashSet::default();
    for crowd in &hazards.crowds {
        let Deciding { known, visits, worlds } = &mut deciding;
        let of_crowd = crowd::decide((terms, &summaries[crowd.at], writers), crowd, known, visits);
        worlds.found.extend(of_crowd.pairs.into_iter().filter(|&(key, _)| seen.insert(key)));
        let first = crowd.members[0];
        worlds.undecided.extend(of_crowd.undecided.into_iter().map(|reached| (crowd.at, first, reached)));
        worlds.omitted.extend(of_crowd.omitted);
    }
    deciding.worlds
}

/// The pairs of a template by how they are decided: pairs with a common formula together, and others one by one.
struct Split<'h> {
    /// The formulas of pairs that are decided one by one, if there are also common formulas.
    single: FxHashMap<Key, Term>,
    shared: Vec<(TemplateId, Term, &'h Pairs)>,
}

const fn key_of(at: TemplateId, (first, second, fault): (EffectId, EffectId, Fault)) -> Key {
    (at, first, second, fault)
}

impl<'h> Split<'h> {
    /// A call may bring a pair of its module together under another formula than the module itself: the pair races under either.
    fn of(terms: &mut Terms, hazards: &'h Hazards) -> Self {
        if hazards.batches.is_empty() {
            return Self { single: FxHashMap::default(), shared: Vec::new() };
        }
        let of_pair = |one: &Potential| ((one.at, one.first, one.second, one.fault), one.formula);
        let mut single: FxHashMap<Key, Term> = hazards.potentials.iter().map(of_pair).collect();
        let places: FxHashSet<TemplateId> = hazards.potentials.iter().map(|one| one.at).collect();
        let mut shared = Vec::with_capacity(hazards.batches.len());
        for Batch { at, pairs, formula } in &hazards.batches {
            if places.contains(at) {
                for &pair in &pairs.all {
                    if let Some(own) = single.get_mut(&key_of(*at, pair)) {
                        *own = terms.or(&[*own, *formula]);
                    }
                }
            }
            shared.push((*at, *formula, &**pairs));
        }
        Self { single, shared }
    }
}

/// A formula holds in some world.
struct Holds {
    /// The world, if one was found.
    world: Option<World>,
}

/// Decides one formula after the other.
struct Deciding<'k> {
    known: &'k mut Decided,
    visits: Budget,
    worlds: Worlds,
}

impl Deciding<'_> {
    /// Decides a formula about an effect; `None` if it holds in no world.
    fn decide(
        &mut self,
        terms: &mut Terms,
        (at, effect): (TemplateId, EffectId),
        formula: Term,
    ) -> Option<Holds> {
        let Self { known, visits, worlds } = self;
        let decision = known.entry(formula).or_insert_with(|| feasible_within(terms, formula, visits));
        for ((), reached) in terms.reached() {
            worlds.undecided.push((at, effect, reached));
        }
        match decision {
            Feasibility::Infeasible => None,
            Feasibility::Feasible(world) => Some(Holds { world: Some(world.clone()) }),
            Feasibility::Undecided(reached) => {
                worlds.undecided.push((at, effect, reached.clone()));
                Some(Holds { world: None })
            }
        }
    }
}

impl<'w, 'c> Analysis<'w, 'c> {
    fn new(workspace: &'w Workspace, catalog: &'c Catalog, roots: Roots) -> Self {
        Self {
            roots,
            summaries: Summaries::default(),
            graphs: FxHashMap::default(),
            evaluator: Evaluator::new(workspace),
            writers: Writers::new(catalog),
            races: Vec::new(),
            omitted: FxHashMap::default(),
            crowded: FxHashSet::default(),
            limits: Record::default(),
            reached: Vec::new(),
            meetings: Meetings::default(),
            assumable: FxHashMap::default(),
        }
    }

    /// The summaries of some templates for their callers; nothing is decided.
    pub(super) fn of_callees(
        workspace: &'w Workspace,
        catalog: &'c Catalog,
        templates: &[TemplateId],
    ) -> Self {
        let mut analysis = Self::new(workspace, catalog, Roots::default());
        let order = workspace.callees_first(templates.iter().copied());
        analysis.evaluator.terms().begin_root(&Limit::RootWork.budget());
        for id in order.into_iter().filter(|&id| workspace.template(id).language != Language::Params) {
            let graph = Graph::of(workspace.template(id), mode_of(workspace, id));
            analysis.summarise(id, graph, true, Effects::All);
        }
        analysis
    }

    /// Whether the object of a race has many writers, as defined by `many` of its entry.
    pub fn is_crowded(&self, race: &Race) -> bool {
        self.crowded.contains(&many::of(self, race))
    }

    fn summarise(&mut self, id: TemplateId, graph: Graph, is_called: bool, effects: Effects) {
        let template = self.evaluator.workspace().template(id);
        self.evaluator.terms().add_nodes(template.nodes.len());
        // A wait through an existing resource is compared with the declarations of all other nodes.
        let is_whole = !graph.through_existing.is_empty();
        let effects = if is_whole { Effects::All } else { effects };
        let mut builder = self.builder();
        if is_called {
            let summary = builder.callee(id, &graph);
            self.summaries.add_callee(summary);
        } else {
            let (summary, defaults) = builder.root(id, &graph, effects);
            if defaults.is_empty() {
                self.summaries.add_root(summary);
            } else {
                let summary = builder.callee(id, &graph);
                self.summaries.add_callee(summary);
                self.assumable.insert(id, defaults);
            }
        }
        for (&node, reached) in self.summary(id).hazards.limits.clone().iter() {
            self.reached_at(id, node, reached.clone());
        }
        for (&span, reached) in graph.limits.iter() {
            self.limits.add(template.place(span), reached.clone());
        }
        for through in &graph.through_existing {
            // Rules compare it with the objects of other writers.
            let existing = self.evaluator.node_id(id, through.existing);
            self.evaluator.terms().fold_case(existing);
        }
        self.graphs.insert(id, graph);
    }

    /// A builder of summaries that uses the known ones.
    pub(super) fn builder(&mut self) -> Builder<'_, 'w, 'c> {
        Builder {
            writers: &mut self.writers,
            evaluator: &mut self.evaluator,
            summaries: &self.summaries,
            meetings: &mut self.meetings,
        }
    }

    /// Records that the work budget of a root is exhausted.
    fn tell_exhausted(&mut self, root: TemplateId) {
        if let Err(reached) = self.evaluator.terms().work() {
            self.reached_at(root, None, reached);
        }
    }

    fn reached_at(&mut self, template: TemplateId, node: Option<NodeId>, reached: Reached) {
        let template = self.evaluator.workspace().template(template);
        let span = node.map(|node| template.node(node).symbol_span).unwrap_or_default();
        self.limits.add(template.place(span), reached);
    }

    /// Decides the formulas of a root, for all values of its parameters or for those of its parameter file.
    fn decide(&mut self, root: TemplateId, known: &mut Decided, found: &mut FxHashMap<Key, Race>) {
        let workspace = self.evaluator.workspace();
        let is_params = workspace.template(root).language == Language::Params;
        let given = if is_params { self.with_values(root) } else { None };
        if let Some(hazards) = &given {
            // The only node of a parameter file is the call of its template, which has no place in the text.
            let file = workspace.template(root).file;
            let place = Place { file, span: Span::default() };
            for (_, reached) in hazards.limits.iter() {
                self.limits.add(place, reached.clone());
            }
        }
        let own = self.summaries.get(root).map(|summary| &summary.hazards);
        let Some(hazards) = given.as_ref().or(own) else { return };
        self.evaluator.settle();
        let deciding = (self.evaluator.terms(), &self.summaries, &self.writers);
        let Worlds { found: worlds, undecided, omitted } = worlds(deciding, hazards, known);
        for (key, world) in worlds {
            let (at, first, second, fault) = key;
            let race = found.entry(key).or_insert_with(|| Race {
                at,
                first,
                second,
                fault,
                worlds: Vec::new(),
                assumes: Vec::new(),
            });
            race.worlds.push((root, world));
        }
        for omitted in hazards.omitted.iter().chain(&omitted) {
            let effect = self.summaries[omitted.at].effect(omitted.effect);
            let key = (omitted.at, effect.aspect.topic(), effect.object);
            self.omitted.entry(key).or_insert(omitted.pairs);
        }
        self.tell_exhausted(root);
        self.tell_undecided(undecided);
    }

    /// Records the places where the search for a world was stopped.
    pub(super) fn tell_undecided(&mut self, undecided: Vec<(TemplateId, EffectId, Reached)>) {
        for (at, effect, reached) in undecided {
            let node = self.summary(at).effect(effect).node;
            self.reached_at(at, Some(node), reached);
        }
    }

    /// The hazards under a parameter file: those of its template with the values of the file.
    fn with_values(&mut self, root: TemplateId) -> Option<Hazards> {
        let template = self.evaluator.workspace().deployed_by(root)?;
        self.builder().with_values(template, root)
    }

    /// The id of a node, if it was computed, with case folded as in effects.
    pub fn known_id(&self, template: TemplateId, node: crate::template::NodeId) -> Option<Term> {
        self.evaluator.known_node_id(template, node)
    }

    /// The ids that a template declares, with the declaring nodes; includes declarations inside modules. Those of other types than `ty`
    /// may be left out.
    pub fn declarations(&mut self, id: TemplateId, ty: Option<Name>) -> Vec<(Term, NodeId)> {
        let declared = |summary: &Summary| {
            let own = summary.effects.iter().filter(|effect| effect.aspect == Aspect::Declaration);
            own.map(|effect| (effect.object, effect.node)).collect()
        };
        let is_partial = self.summaries.root(id).is_some_and(|root| root.is_partial);
        let Some(graph) = self.graphs.get(&id).filter(|_| is_partial) else {
            return declared(self.summary(id));
        };
        let mut builder = Builder {
            writers: &mut self.writers,
            evaluator: &mut self.evaluator,
            summaries: &self.summaries,
            meetings: &mut self.meetings,
        };
        declared(&builder.unpaired(id, graph, ty.map_or(Effects::All, Effects::Declared)))
    }

    /// The summary of a template that a root reaches.
    pub fn summary(&self, id: TemplateId) -> &Summary {
        &self.summaries[id]
    }

    /// What makes a race: the entry of its effects, and the fault.
    pub fn kind_of(&self, race: &Race) -> (Option<u32>, Fault) {
        (self.summary(race.at).effect(race.first).aspect.topic(), race.fault)
    }

    /// The aspects of a race's effects.
    pub fn aspects(&self, race: &Race) -> (Aspect, Aspect) {
        let summary = self.summary(race.at);
        (summary.effect(race.first).aspect, summary.effect(race.second).aspect)
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::workspace::{Knowledge, Memory};

    struct Nothing;

    impl Knowledge for Nothing {}

    /// Two gateways of one hub; `name` is the name of the hub.
    fn gateways(name: &str) -> String {
        let gateway = |at: usize| {
            format!(
                "resource g{at} 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: 'g{at}'\n  properties: {{\n    \
                 virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', {name}) }}\n  }}\n}}\n"
            )
        };
        [1, 2].map(gateway).concat()
    }

    #[test]
    fn a_root_that_takes_too_much_work_is_told_and_others_have_work_of_their_own() {
        let words: Vec<String> = (0..10_000).map(|at| format!("'w{at}'")).collect();
        let heavy = format!("var words = [{}]\n{}", words.join(", "), gateways("join(words, '')"));
        let files = Memory::default().with("/heavy.bicep", heavy).with("/light.bicep", gateways("'hub'"));
        let paths = ["/heavy.bicep", "/light.bicep"].map(PathBuf::from);
        let workspace = Workspace::load(&files, &Nothing, &paths, &[], Path::new("/"));
        let roots: Vec<TemplateId> = workspace.roots.iter().filter_map(|(_, root)| *root).collect();
        let catalog = Catalog::default();
        let told = |work: u64| {
            let analysis =
                of_roots(&workspace, &catalog, &roots, (Effects::Meeting, &Limit::RootWork.budget_of(work)));
            let at: Vec<TemplateId> = analysis.races.iter().map(|race| race.at).collect();
            let limits: Vec<_> =
                analysis.limits.iter().map(|(place, reached)| (place.file, reached.to_string())).collect();
            (at, limits)
        };
        let heavy = workspace.template(roots[0]).file;
        let (races, limits) = told(100);
        assert_eq!(races, [roots[1]]);
        assert!(
            limits.iter().any(|(file, why)| *file == heavy && why.contains("budget of this root")),
            "{limits:?}"
        );
        assert!(limits.iter().all(|(file, _)| *file == heavy), "{limits:?}");
        assert_eq!(told(Limit::RootWork.number()), (roots.clone(), Vec::new()));
    }
}
