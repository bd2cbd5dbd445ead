//! Races that happen only if parameters of a root keep their defaults.
//!
//! ```bicep
//! param rg string = resourceGroup().name
//! module a 'subnet.bicep' = { scope: resourceGroup(rg), … vnet … }
//! module b 'subnet.bicep' = { … vnet … }
//! ```
//!
//! For any value of `rg` it is unknown whether the two networks are one; with the default they are. A deployment may pass another value,
//! so the finding states its assumption and has a lower level. Two parameters that merely have the same default are probably meant to
//! differ, so that gives no finding.

use rustc_hash::{FxHashMap, FxHashSet};

use super::analysis::{Analysis, Decided, Key, Race, World, Worlds, worlds};
use super::build::{Builder, Met};
use super::summary::Summary;
use crate::eval::arguments::Mentioned;
use crate::eval::substitution::{Substituting, Substitution};
use crate::eval::term::Term;
use crate::small_sort::SmallSort as _;
use crate::template::{NodeId, ParameterId};
use crate::workspace::TemplateId;

/// A parameter of a root that keeps its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assumption {
    /// The parameter that keeps its default.
    pub parameter: ParameterId,
    /// Its default, in terms of the other parameters.
    pub value: Term,
}

impl Builder<'_, '_, '_> {
    /// The parameters of a root whose defaults may turn two objects that it writes into one; empty if there are none.
    pub(super) fn assumable(&mut self, summary: &Summary, inside: &[Met]) -> Vec<Assumption> {
        let template = self.evaluator.workspace().template(summary.template);
        let with_default = |at: ParameterId| template.parameters[at.ix()].default;
        if template.parameters.iter().all(|parameter| parameter.default.is_none()) {
            return Vec::new();
        }
        let mut found = Mentioned::new(summary.template, template.parameters.len());
        let own = summary.effects.iter().map(|effect| effect.object);
        let objects = own.chain(inside.iter().map(|met| met.object)).collect();
        found.add_terms(self.evaluator.known_terms(), objects);
        let mut defaults = Vec::new();
        for &parameter in found.found() {
            if let Some(default) = with_default(parameter) {
                let value = self.evaluator.value(summary.template, default);
                // An empty default is a placeholder for a value.
                let terms = self.evaluator.known_terms();
                if value != terms.null() && terms.exact_length(value) != Some(0) {
                    defaults.push(Assumption { parameter, value });
                }
            }
        }
        let is_one = !defaults.is_empty() && self.joins(summary, inside, &defaults);
        if is_one { defaults } else { Vec::new() }
    }

    /// Whether defaults turn two objects, or the objects of list elements, into one.
    fn joins(&mut self, summary: &Summary, inside: &[Met], defaults: &[Assumption]) -> bool {
        let by = self.by_defaults(summary.template, defaults);
        let by = &mut Substituting::new(&by);
        let own =
            summary.effects.iter().map(|effect| (None, effect.aspect.topic(), effect.object, effect.loops()));
        let inside = inside.iter().map(|met| (Some(met.call), met.topic, met.object, &met.loops[..]));
        let mut objects: FxHashMap<(Option<NodeId>, Option<u32>, Term), Term> = FxHashMap::default();
        own.chain(inside).any(|(call, topic, object, loops)| {
            let terms = self.evaluator.terms();
            // Two elements can be known to have one object only if the list is known.
            let mut is_told = |&length: &Term| {
                let with_defaults = terms.substitute_among(length, by);
                with_defaults != length && terms.known_int(with_defaults).is_some_and(|count| count > 1)
            };
            if loops.iter().any(&mut is_told) {
                return true;
            }
            let with_defaults = terms.substitute_among(object, by);
            let with_defaults = terms.fold_case(with_defaults);
            *objects.entry((call, topic, with_defaults)).or_insert(object) != object
        })
    }

    /// The substitution of parameters by their defaults; other parameters are kept.
    fn by_defaults(&mut self, template: TemplateId, defaults: &[Assumption]) -> Substitution {
        let count = self.evaluator.workspace().template(template).parameters.len();
        let mut by = Substitution { template, arguments: vec![None; count], ambient: Vec::new(), shift: 0 };
        // Defaults may refer to other parameters: each round resolves at least one more.
        for _ in 0..=defaults.len() {
            let mut changed = false;
            for default in defaults {
                let value = self.evaluator.terms().substitute(default.value, &by);
                let known = &mut by.arguments[default.parameter.ix()];
                changed |= *known != Some(value);
                *known = Some(value);
            }
            if !changed {
                break;
            }
        }
        by
    }
}

/// The results for sets of defaults, by the numbers of the defaults that are kept.
struct Trials<'d> {
    root: TemplateId,
    defaults: &'d [Assumption],
    known: FxHashMap<Vec<usize>, FxHashMap<Key, Option<World>>>,
}

impl Analysis<'_, '_> {
    /// Adds the races of a root that happen only if its parameters keep their defaults.
    pub(super) fn assume(
        &mut self,
        root: TemplateId,
        defaults: &[Assumption],
        decided: &mut Decided,
        found: &mut FxHashMap<Key, Race>,
    ) {
        let mut trials = Trials { root, defaults, known: FxHashMap::default() };
        let all: Vec<usize> = (0..defaults.len()).collect();
        let with_all = self.tried(&mut trials, &all, decided);
        let mut new: Vec<Key> = with_all.into_keys().filter(|key| !found.contains_key(key)).collect();
        new.small_sort();
        for key in new {
            let is_needed =
                |analysis: &mut Self, trials: &mut Trials<'_>, at: usize, decided: &mut Decided| {
                    let others: Vec<usize> = all.iter().copied().filter(|&other| other != at).collect();
                    !analysis.tried(trials, &others, decided).contains_key(&key)
                };
            let mut needed = Vec::new();
            for &at in &all {
                if is_needed(self, &mut trials, at, decided) {
                    needed.push(at);
                }
            }
            let world = self.tried(&mut trials, &needed, decided).remove(&key);
            let (needed, world) = match world {
                Some(world) => (needed, world),
                None => (all.clone(), self.tried(&mut trials, &all, decided).remove(&key).flatten()),
            };
            if self.evaluator.terms().work().is_err() {
                return;
            }
            if self.have_the_same_default(&trials, &needed, key, decided) {
                continue;
            }
            let (at, first, second, fault) = key;
            let assumes: Vec<Assumption> = needed.iter().map(|&at| defaults[at]).collect();
            let world = world.map(|world| self.with_assumptions(root, &assumes, world));
            found.insert(key, Race { at, first, second, fault, worlds: vec![(root, world)], assumes });
        }
    }

    /// A world together with the assumed defaults.
    fn with_assumptions(&mut self, root: TemplateId, assumes: &[Assumption], world: World) -> World {
        let mut all = World::new();
        for assumption in assumes {
            let own = self.evaluator.parameter(root, assumption.parameter);
            all.push((own, assumption.value));
        }
        all.extend(world);
        all
    }

    /// The races under some of the defaults.
    fn tried(
        &mut self,
        trials: &mut Trials<'_>,
        kept: &[usize],
        decided: &mut Decided,
    ) -> FxHashMap<Key, Option<World>> {
        if let Some(known) = trials.known.get(kept) {
            return known.clone();
        }
        let defaults: Vec<Assumption> = kept.iter().map(|&at| trials.defaults[at]).collect();
        let found = self.under(trials.root, &defaults, decided);
        trials.known.insert(kept.to_vec(), found.clone());
        found
    }

    fn under(
        &mut self,
        root: TemplateId,
        defaults: &[Assumption],
        decided: &mut Decided,
    ) -> FxHashMap<Key, Option<World>> {
        let mut builder = self.builder();
        let by = builder.by_defaults(root, defaults);
        let Some(hazards) = builder.with_substitution(root, by) else { return FxHashMap::default() };
        self.evaluator.settle();
        let deciding = (self.evaluator.terms(), &self.summaries, &self.writers);
        let Worlds { found, undecided, .. } = worlds(deciding, &hazards, decided);
        self.tell_undecided(undecided);
        found.into_iter().collect()
    }

    /// Whether a race needs only that two parameters have the same default: it also happens with any other common value.
    fn have_the_same_default(
        &mut self,
        trials: &Trials<'_>,
        needed: &[usize],
        key: Key,
        decided: &mut Decided,
    ) -> bool {
        let mut seen: FxHashSet<Term> = FxHashSet::default();
        let twice: Vec<Term> =
            needed.iter().map(|&at| trials.defaults[at].value).filter(|&value| !seen.insert(value)).collect();
        twice.into_iter().any(|value| {
            let other = self.evaluator.terms().opaque();
            let changed = needed.iter().map(|&at| trials.defaults[at]);
            let changed: Vec<Assumption> = changed
                .map(|one| Assumption { value: if one.value == value { other } else { one.value }, ..one })
                .collect();
            self.under(trials.root, &changed, decided).contains_key(&key)
        })
    }
}
