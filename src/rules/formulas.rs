//! The formulas that decide races under the roots, and which conditions are told of them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::describe;
use super::worlds::Raced;
use crate::eval::feasibility::is_feasible;
use crate::eval::parameter_file::values_of;
use crate::eval::show::{Named, tell_named};
use crate::eval::store::occurs;
use crate::eval::term::{Function, Term, Value};
use crate::eval::terms::Terms;
use crate::eval::world::{assume_all, deciding, without_choice};
use crate::race::analysis::{Analysis, Key, Race, World, decided};
use crate::small_sort::SmallSort as _;
use crate::template::{Language, ParameterId};
use crate::workspace::TemplateId;

/// The names that a root gives to the values in conditions.
#[derive(Default)]
pub(super) struct Names {
    /// The values of its variables.
    pub(super) values: Named,
    /// The terms that say that a variable is not empty or true.
    pub(super) facts: FxHashMap<Term, Fact>,
    /// The terms that say that the object which pairs write has a name at all.
    pub(super) unsaid: FxHashSet<Term>,
    /// For worlds with conditions that no reader finds in the source: the conditions that are told, and what is said in place of the
    /// others.
    pub(super) instead: FxHashMap<World, (World, String)>,
}

/// A fact about a variable.
pub(super) enum Fact {
    /// It is not empty.
    NotEmpty(Box<str>),
    /// It is true.
    True(Box<str>),
}

/// Maximum number of races of a pair, on different objects, of which one is enough for it.
const MAX_OF_PAIR: usize = 40;

/// A condition with a longer text, or about something with a longer text, is expressed by a variable, if one has that value.
const MAX_CONDITION: usize = 60;
const MAX_SUBJECT: usize = 40;

/// A cache of the formulas that decide races under the roots, and of the facts about them in parameter files.
#[derive(Default)]
pub(super) struct Formulas {
    of: FxHashMap<TemplateId, FxHashMap<Key, Term>>,
    facts: FxHashMap<(TemplateId, Term), Option<World>>,
    /// Whether a formula also holds where conditions that are told do not.
    otherwise: FxHashMap<(TemplateId, Term, World), bool>,
    /// The roots that call other roots.
    pub(super) callers: Option<FxHashSet<TemplateId>>,
}

impl Formulas {
    /// The formula of a race in terms of a root, as it is decided; `None` if it is decided as part of a crowd.
    pub(super) fn formula(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        root: TemplateId,
        race: &Race,
    ) -> Option<Term> {
        let formulas = self.of.entry(root).or_insert_with(|| {
            let hazards = analysis.summaries.get(root).map(|summary| &summary.hazards);
            let single = hazards.into_iter().flat_map(|hazards| &hazards.potentials);
            let single = single.map(|one| ((one.at, one.first, one.second, one.fault), one.formula));
            let shared = hazards.into_iter().flat_map(|hazards| &hazards.batches).flat_map(|batch| {
                let key = |&(first, second, fault): &_| ((batch.at, first, second, fault), batch.formula);
                batch.pairs.all.iter().map(key)
            });
            shared.chain(single).collect()
        });
        let formula = *formulas.get(&(race.at, race.first, race.second, race.fault))?;
        let aspect = analysis.summary(race.at).effect(race.first).aspect;
        Some(decided(analysis.evaluator.terms(), &analysis.writers, aspect, (race.fault, formula)))
    }

    /// A world; under a parameter file, only the values that make the race happen.
    pub(super) fn deciding(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        (file, world): (TemplateId, &World),
        race: &Race,
    ) -> World {
        let workspace = analysis.evaluator.workspace();
        let is_file = workspace.template(file).language == Language::Params;
        let template = workspace.deployed_by(file).filter(|_| is_file && world.is_empty());
        let Some(template) = template else { return world.clone() };
        let Some(formula) = self.formula(analysis, template, race) else { return world.clone() };
        let facts = self.facts.entry((file, formula)).or_insert_with(|| {
            let by = values_of(&mut analysis.evaluator, file, template);
            let count = workspace.template(template).parameters.len() as u32;
            let parameters: Vec<Term> =
                (0..count).map(|at| analysis.evaluator.parameter(template, ParameterId(at))).collect();
            let terms = analysis.evaluator.terms();
            let given: World = parts_of(terms, formula, &parameters)
                .into_iter()
                .map(|part| (part, terms.substitute(part, &by)))
                .collect();
            deciding(terms, formula, &given)
        });
        facts.clone().unwrap_or_default()
    }

    /// Whether a pair races whatever holds, by one entry: in one world on one object, in another world on another object.
    pub(super) fn happens_always(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        root: TemplateId,
        raced: &Raced<'_>,
    ) -> bool {
        let own = analysis.kind_of(raced.race);
        let of_kind: Vec<&Race> = raced.of_pair().filter(|race| analysis.kind_of(race) == own).collect();
        let formulas: Vec<Term> =
            of_kind.into_iter().filter_map(|race| self.formula(analysis, root, race)).collect();
        let terms = analysis.evaluator.terms();
        let any = terms.or(&formulas);
        let none = terms.not(any);
        is_feasible(terms, none) == Some(false)
    }

    /// Whether a race, or the same race of the pair on another object, also happens where not all of the conditions hold. Not
    /// asked under a parameter file, whose values are what they are.
    pub(super) fn happens_otherwise(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        (root, world): (TemplateId, &World),
        raced: &Raced<'_>,
    ) -> bool {
        if world.is_empty() || analysis.evaluator.workspace().template(root).language == Language::Params {
            return false;
        }
        let of_pair = raced.of_pair();
        let formulas: Vec<Term> = of_pair.filter_map(|race| self.formula(analysis, root, race)).collect();
        formulas.into_iter().any(|formula| {
            let asked = (root, formula, world.clone());
            *self.otherwise.entry(asked).or_insert_with(|| {
                let terms = analysis.evaluator.terms();
                let facts: Vec<Term> = world.iter().map(|&(term, value)| terms.equal(term, value)).collect();
                let all = terms.and(&facts);
                let not = terms.not(all);
                let otherwise = terms.and(&[formula, not]);
                is_feasible(terms, otherwise) == Some(true)
            })
        })
    }

    /// Removes an allowed value of a parameter from a world if it matters no more than the others.
    pub(super) fn without_choice(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        (root, world): (TemplateId, World),
        race: &Race,
    ) -> World {
        let terms = analysis.evaluator.known_terms();
        let has_list =
            |&(term, _): &(Term, Term)| terms.domain(term).is_some_and(|known| known.allowed.is_some());
        if !world.iter().any(has_list) {
            return world;
        }
        match self.formula(analysis, root, race) {
            Some(formula) => without_choice(analysis.evaluator.terms(), formula, world),
            None => world,
        }
    }

    /// Removes from a world what the pair does not need: it races without that fact too, on whatever object.
    /// Ex) `name` is not `null`, where the account has another name without it
    pub(super) fn needed(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        (root, world): (TemplateId, World),
        raced: &Raced<'_>,
    ) -> World {
        let terms = analysis.evaluator.known_terms();
        let own = analysis.kind_of(raced.race);
        let of_pair = raced.of_pair().take(MAX_OF_PAIR);
        let of_pair: Vec<(&Race, bool)> = of_pair.map(|race| (race, analysis.kind_of(race) == own)).collect();
        let is_one_of = of_pair.iter().filter(|(_, is_of_kind)| *is_of_kind).count() > 1;
        // The search keeps few facts that its own formula does not need: what follows from a `null`, and choices.
        let is_choice = |term: Term| terms.domain(term).is_some_and(|known| known.allowed.is_some());
        // That a list is not empty is half of what a reader is told about its length.
        let is_asked = |&fact: &(Term, Term)| {
            let is_of_length = describe::length_of(terms, fact.0).is_some();
            is_present(terms, fact) || is_choice(fact.0) || is_one_of && !is_of_length
        };
        let may_go: World = world.iter().copied().filter(is_asked).collect();
        if may_go.is_empty() {
            return world;
        }
        let (mut formulas, mut of_kind) = (Vec::new(), Vec::new());
        for (race, is_of_kind) in of_pair {
            let Some(formula) = self.formula(analysis, root, race) else { continue };
            formulas.push(formula);
            of_kind.extend(is_of_kind.then_some(formula));
        }
        let terms = analysis.evaluator.terms();
        let [none, none_of_kind] = [formulas, of_kind].map(|formulas| {
            let any = terms.or(&formulas);
            terms.not(any)
        });
        let mut left = world;
        for fact in may_go {
            let others: World = left.iter().copied().filter(|&other| other != fact).collect();
            let mut fails: Vec<Term> = others.iter().map(|&(term, value)| terms.equal(term, value)).collect();
            // Without a name, the pair may share an object of another kind.
            fails.push(if is_present(terms, fact) { none } else { none_of_kind });
            let fails = terms.and(&fails);
            if is_feasible(terms, fails) == Some(false) {
                left = others;
            }
        }
        left
    }

    /// A world that says of values with a default that they are not given or something else, where the search took one of both.
    /// Ex) `names` is not given or not empty; `access` is `'Deny'` or not given
    pub(super) fn with_defaults(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        (root, world): (TemplateId, World),
        race: &Race,
    ) -> World {
        let terms = analysis.evaluator.known_terms();
        let is_chosen = |&fact: &(Term, Term)| given(terms, fact).is_some();
        if !world.iter().any(is_chosen) {
            return world;
        }
        let Some(formula) = self.formula(analysis, root, race) else { return world };
        let terms = analysis.evaluator.terms();
        let mut told = world.clone();
        for fact in world {
            let Some((subject, value)) = given(terms, fact) else { continue };
            let null = terms.null();
            let other = if value == null {
                let empty = terms.call(Function::Empty, &[subject]);
                terms.not(empty)
            } else {
                terms.equal(subject, value)
            };
            let is_null = terms.equal(subject, null);
            let says = terms.or(&[is_null, other]);
            if describe::or_null(terms, says).is_none() {
                continue;
            }
            let others: World = told.iter().copied().filter(|&other| other != fact).collect();
            let rest = assume_all(terms, formula, &others);
            let denied = terms.not(rest);
            let fails = terms.and(&[says, denied]);
            if is_feasible(terms, fails) == Some(false) {
                let place = told.iter().position(|&other| other == fact).unwrap_or_default();
                told[place] = (says, terms.bool(true));
            }
        }
        told
    }

    /// A world in which variables replace long conditions, if that is still sufficient for the race.
    /// Ex) `hubName` is not empty, instead of: `take(replace(pattern, 'TYPE', 'vnet'), 80)` is not empty
    pub(super) fn in_names(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        (root, world): (TemplateId, &World),
        race: &Race,
        names: &mut Names,
    ) -> World {
        let terms = analysis.evaluator.known_terms();
        let is_long = |&(term, _): &(Term, Term)| {
            let length = |term| tell_named(terms, term, &names.values).len();
            length(describe::tested(terms, term)) > MAX_SUBJECT || length(term) > MAX_CONDITION
        };
        if names.values.is_empty() || !world.iter().any(is_long) {
            return world.clone();
        }
        let long: Vec<(Term, Term)> = world.iter().copied().filter(is_long).collect();
        let Some(formula) = self.formula(analysis, root, race) else { return world.clone() };
        let mut told = world.clone();
        let mut variables: Vec<(Term, Box<str>)> =
            names.values.iter().map(|(&term, name)| (term, name.clone())).collect();
        variables.small_sort();
        let terms = analysis.evaluator.terms();
        for fact in long {
            let subject = describe::subject(terms, fact.0);
            let around = variables.iter().filter(|(variable, _)| occurs(terms, subject, *variable));
            for (variable, name) in around.cloned().collect::<Vec<_>>() {
                let (says, fact_of) = if terms.is_truth(variable) {
                    (variable, Fact::True(name))
                } else {
                    let empty = terms.call(Function::Empty, &[variable]);
                    (terms.not(empty), Fact::NotEmpty(name))
                };
                let others: World = told.iter().copied().filter(|&other| other != fact).collect();
                // The other conditions of the world already decide most of the formula.
                let rest = assume_all(terms, formula, &others);
                let (holds, denied) = (terms.and(&[says, rest]), terms.not(rest));
                let fails = terms.and(&[says, denied]);
                let is_enough =
                    is_feasible(terms, fails) == Some(false) && is_feasible(terms, holds) == Some(true);
                if is_enough {
                    told = others;
                    told.push((says, terms.bool(true)));
                    names.facts.insert(says, fact_of);
                    break;
                }
            }
        }
        told
    }
}

/// The value that a fact gives to something that may be `null`: a text, or `null` itself.
fn given(terms: &Terms, (term, value): (Term, Term)) -> Option<(Term, Term)> {
    let (subject, value) = match terms.get(term) {
        Value::Equal(one, other) if terms.known_bool(value) == Some(true) => {
            if terms.is_literal(one) {
                (other, one)
            } else {
                (one, other)
            }
        }
        _ => (term, value),
    };
    let is_value = matches!(terms.get(value), Value::Null | Value::Text(_));
    let mut base = subject;
    while let Value::Member(inner, _) | Value::Index(inner, _) = terms.get(base) {
        base = inner;
    }
    // Ex) not `split(tier, ' ')[0]`
    let is_given = matches!(terms.get(base), Value::Parameter(..));
    (is_value && is_given && !terms.is_literal(subject) && !terms.is_never_null(subject))
        .then_some((subject, value))
}

/// Whether a fact says that something is not `null`.
fn is_present(terms: &Terms, (term, value): (Term, Term)) -> bool {
    let Value::Equal(one, other) = terms.get(term) else { return false };
    terms.known_bool(value) == Some(false) && [one, other].iter().any(|&side| terms.get(side) == Value::Null)
}

/// The parts of some parameters that a formula depends on: the properties that it reads, or the whole parameter.
fn parts_of(terms: &Terms, formula: Term, parameters: &[Term]) -> Vec<Term> {
    let (mut open, mut seen) = (vec![formula], FxHashSet::default());
    let mut found = Vec::new();
    while let Some(part) = open.pop() {
        if !seen.insert(part) {
            continue;
        }
        let mut base = part;
        while let Value::Member(inner, _) = terms.get(base) {
            base = inner;
        }
        if parameters.contains(&base) {
            found.push(part);
        } else {
            terms.each_child(terms.get(part), |child| open.push(child));
        }
    }
    found.small_sort();
    found
}
