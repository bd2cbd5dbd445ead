//! When a finding happens: conditions that are sufficient for its pairs.
//!
//! A finding has many pairs, and each has its own world. The message must not mix them up:
//!
//! ```bicep
//! resource a '…/subnets@…' = if (isProd) { … }      // a and b: `isProd` is true
//! resource b '…/subnets@…' = if (isProd) { … }
//! resource c '…/subnets@…' = if (!isProd) { … }     // c and d: `isProd` is false
//! resource d '…/subnets@…' = if (!isProd) { … }
//! ```
//!
//! If a few conditions together are sufficient for every pair, the message lists those; otherwise it lists the
//! conditions of each pair.

use rustc_hash::{FxHashMap, FxHashSet};

use super::describe;
use super::finding::{Condition, PairWitness, When};
use super::findings::displayed;
use crate::eval::evaluator::named as named_in;
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

/// A root with a world under it, if one was found.
pub(super) type UnderRoot = (TemplateId, Option<World>);

/// The two sides of a race, as indexes into the participants of a finding.
type Sides = (usize, usize);

/// Maximum number of joint conditions for pairs that need different ones. With more, the message says which pair needs
/// which.
const MAX_JOINT: usize = 4;

/// Maximum number of characters of the conditions of pairs that need different ones, but for the first.
const MAX_OPTIONS: usize = 200;

/// A pair of a finding.
pub(super) struct Raced<'r> {
    /// The race.
    pub(super) race: &'r Race,
    /// The same race in the other worlds of a conditional object.
    pub(super) twins: &'r [&'r Race],
    /// Races of the same pair on other objects, which the finding stands for.
    pub(super) beside: &'r [&'r Race],
}

impl<'r> Raced<'r> {
    /// All races of the pair.
    fn of_pair(&self) -> impl Iterator<Item = &'r Race> {
        let others = self.twins.iter().chain(self.beside).copied();
        std::iter::once(self.race).chain(others)
    }
}

/// When a finding happens.
#[derive(Default)]
pub(super) struct Happens {
    /// The root in whose terms the conditions are.
    pub(super) root: Option<TemplateId>,
    /// The roots by displayed path, each with its smallest world.
    pub(super) under: Vec<UnderRoot>,
    /// The conditions in words.
    pub(super) when: When,
    /// The conditions that are sufficient for every pair, or for the first item of `of_pairs`.
    pub(super) conditions: Vec<Condition>,
    /// The conditions of each pair.
    pub(super) of_pairs: Vec<PairWitness>,
    /// Whether no world was found because every search was given up.
    pub(super) bound_reached: bool,
}

/// Computes when a finding happens.
pub(super) fn happens(
    analysis: &mut Analysis<'_, '_>,
    raced: &[Raced<'_>],
    sides: &[Option<Sides>],
    (symbols, formulas): (&[&str], &mut Formulas),
) -> Happens {
    let terms = analysis.evaluator.known_terms();
    let worlds: Vec<Vec<(TemplateId, World)>> = raced.iter().map(|one| of_race(terms, one)).collect();
    let under = under(analysis, raced, &worlds);
    let callers = formulas.callers.get_or_insert_with(|| callers(analysis));
    let chosen = chosen(analysis, callers, &worlds);
    let mut told: Vec<(World, Vec<Sides>)> = Vec::new();
    let mut more: Vec<bool> = Vec::new();
    let mut places: FxHashMap<World, usize> = FxHashMap::default();
    let mut names = Names::default();
    for ((one, worlds), sides) in raced.iter().zip(&worlds).zip(sides) {
        let of_chosen = worlds.iter().find(|(root, _)| Some(*root) == chosen);
        let Some((root, world)) = of_chosen.or_else(|| worlds.first()) else { continue };
        if Some(*root) == chosen && told.is_empty() {
            names.values = named_in(&analysis.evaluator, *root);
            names.values.extend(given_in(analysis, *root));
        }
        let world = formulas.deciding(analysis, (*root, world), one.race);
        let world = formulas.without_choice(analysis, (*root, world), one.race);
        let world = formulas.needed(analysis, (*root, world), one);
        let world = formulas.in_names(analysis, (*root, &world), one.race, &mut names);
        let terms = analysis.evaluator.known_terms();
        let mut shown: World =
            world.into_iter().filter(|&(term, _)| !describe::is_about_instances(terms, term)).collect();
        let is_otherwise = formulas.happens_otherwise(analysis, (*root, &shown), one);
        if is_otherwise && formulas.happens_always(analysis, *root, one) {
            shown.clear();
        }
        let place = *places.entry(shown.clone()).or_insert(told.len());
        if place == told.len() {
            told.push((shown.clone(), Vec::new()));
            more.push(false);
        }
        told[place].1.extend(sides);
        more[place] |= is_otherwise && !shown.is_empty();
    }
    let joint = joint(analysis.evaluator.terms(), &told);
    // Pairs that need less than all conditions together happen where the rest does not hold.
    let is_more = more.contains(&true) || joint.is_some() && told.len() > 1;
    let in_words = describe::Worlds { terms: analysis.evaluator.known_terms(), names: &names };
    let when = match (&joint, told.as_slice()) {
        (Some(world), _) => {
            When { clauses: in_words.clauses(world), also_otherwise: is_more, ..When::default() }
        }
        (None, []) => When::default(),
        (None, told) => of_pairs((&in_words, symbols), told, is_more),
    };
    let of_pairs = told.into_iter().zip(more).map(|((world, pairs), also_otherwise)| PairWitness {
        pairs,
        conditions: in_words.conditions(&world),
        world,
        also_otherwise,
    });
    let of_pairs: Vec<PairWitness> = of_pairs.collect();
    let conditions = match &joint {
        Some(world) => in_words.conditions(world),
        None => of_pairs.first().map(|first| first.conditions.clone()).unwrap_or_default(),
    };
    let bound_reached = of_pairs.is_empty() && raced.iter().any(|one| !one.race.worlds.is_empty());
    let root = chosen.or_else(|| under.first().map(|(root, _)| *root));
    Happens { root, under, when, conditions, of_pairs, bound_reached }
}

/// The lists and objects that a parameter file assigns, with the names of the parameters: a reader would not recognize
/// their text.
fn given_in(analysis: &mut Analysis<'_, '_>, root: TemplateId) -> Vec<(Term, Box<str>)> {
    if analysis.evaluator.workspace().template(root).language != Language::Params {
        return Vec::new();
    }
    let assigned = analysis.evaluator.assignments(root);
    let terms = analysis.evaluator.known_terms();
    let is_structured = |value: Term| match terms.get(value) {
        Value::Array(parts) | Value::Object(parts) => !terms.seq(parts).is_empty(),
        _ => false,
    };
    // A value that two parameters share is named after neither.
    let is_one = |value: Term| assigned.iter().filter(|(_, other)| *other == value).count() == 1;
    let given = assigned.iter().filter(|&&(_, value)| is_structured(value) && is_one(value));
    given.map(|(name, value)| (*value, name.as_str().into())).collect()
}

/// The worlds of a race, without irrelevant facts.
fn of_race(terms: &Terms, raced: &Raced<'_>) -> Vec<(TemplateId, World)> {
    let found = raced.race.worlds.iter().filter_map(|(root, world)| Some((*root, world.as_ref()?)));
    let mut found: Vec<_> =
        found.map(|(root, world)| (root, without_twins(terms, root, world, raced.twins))).collect();
    found.small_sort_by_key(|(_, world)| world.len());
    found
}

/// The roots of a finding, each with its smallest world.
pub(super) fn under(
    analysis: &Analysis<'_, '_>,
    raced: &[Raced<'_>],
    worlds: &[Vec<(TemplateId, World)>],
) -> Vec<UnderRoot> {
    let mut under: Vec<UnderRoot> = Vec::new();
    let mut places: FxHashMap<TemplateId, usize> = FxHashMap::default();
    for (root, _) in raced.iter().flat_map(|one| &one.race.worlds) {
        places.entry(*root).or_insert_with(|| {
            under.push((*root, None));
            under.len() - 1
        });
    }
    for (root, world) in worlds.iter().flatten() {
        let known = &mut under[places[root]].1;
        if known.as_ref().is_none_or(|known| world.len() < known.len()) {
            *known = Some(world.clone());
        }
    }
    under.small_sort_by(|(one, _), (other, _)| displayed(analysis, *one).cmp(displayed(analysis, *other)));
    under.dedup_by(|(one, _), (other, _)| displayed(analysis, *one) == displayed(analysis, *other));
    under
}

/// The root in whose terms the conditions are expressed, for all pairs that happen under it: the one with the most
/// pairs, then the fewest conditions. A template that leaves a value open says more than a parameter file, or a calling
/// root, that sets it.
fn chosen(
    analysis: &Analysis<'_, '_>,
    callers: &FxHashSet<TemplateId>,
    worlds: &[Vec<(TemplateId, World)>],
) -> Option<TemplateId> {
    let workspace = analysis.evaluator.workspace();
    let mut roots: FxHashMap<TemplateId, (usize, usize)> = FxHashMap::default();
    for (root, world) in worlds.iter().flatten() {
        let (pairs, facts) = roots.entry(*root).or_default();
        *pairs += 1;
        *facts += world.len();
    }
    let is_file = |root: TemplateId| workspace.template(root).language == Language::Params;
    let ranked = roots.into_iter().map(|(root, (pairs, facts))| {
        let decides = (is_file(root), callers.contains(&root));
        (std::cmp::Reverse(pairs), decides, facts, displayed(analysis, root), root)
    });
    ranked.min().map(|(.., root)| root)
}

/// The roots that call other roots, such as tests and examples. They set values that the called root leaves open.
fn callers(analysis: &Analysis<'_, '_>) -> FxHashSet<TemplateId> {
    let roots: FxHashSet<TemplateId> = analysis.reached.iter().map(|(root, _)| *root).collect();
    let calls_another = |(root, reached): &&(TemplateId, Vec<TemplateId>)| {
        reached.iter().any(|at| at != root && roots.contains(at))
    };
    analysis.reached.iter().filter(calls_another).map(|(root, _)| *root).collect()
}

/// The conditions of all pairs together, if they are few, some pair needs all of them, and they do not contradict each
/// other. A pair that always happens has none.
fn joint(terms: &mut Terms, told: &[(World, Vec<Sides>)]) -> Option<World> {
    if let [(only, _)] = told {
        return Some(only.clone());
    }
    if told.iter().any(|(world, _)| world.is_empty()) {
        return None;
    }
    let mut all: World = Vec::new();
    for &fact in told.iter().flat_map(|(world, _)| world) {
        if !all.contains(&fact) {
            all.push(fact);
        }
        if all.len() > MAX_JOINT {
            return None;
        }
    }
    if !told.iter().any(|(world, _)| world.len() == all.len()) {
        return None;
    }
    let facts: Vec<Term> = all.iter().map(|&(term, value)| terms.equal(term, value)).collect();
    let together = terms.and(&facts);
    (is_feasible(terms, together) == Some(true)).then_some(all)
}

/// The conditions of each pair, with the common ones first.
/// Ex) `isProd` is true (`a` and `b`) or `isProd` is false (`c` and `d`)
fn of_pairs(
    (words, symbols): (&describe::Worlds<'_>, &[&str]),
    told: &[(World, Vec<Sides>)],
    also_otherwise: bool,
) -> When {
    let mut all: Vec<(Vec<String>, Vec<Sides>)> = Vec::new();
    for (world, pairs) in told {
        let own = words.clauses(world);
        // Worlds may differ in what goes without saying.
        match all.iter_mut().find(|(known, _)| *known == own) {
            Some((_, known)) => known.extend(pairs),
            None => all.push((own, pairs.clone())),
        }
    }
    if let [(clauses, _)] = all.as_slice() {
        return When { clauses: clauses.clone(), also_otherwise, ..When::default() };
    }
    let in_all = |clause: &&String| all.iter().all(|(own, _)| own.contains(clause));
    let clauses: Vec<String> = all[0].0.iter().filter(in_all).cloned().collect();
    for (own, _) in &mut all {
        own.retain(|clause| !clauses.contains(clause));
    }
    // Pairs that always happen come first.
    all.small_sort_by_key(|(own, _)| !own.is_empty());
    let is_always = all[0].0.is_empty();
    let options = options(all, symbols);
    let also_otherwise = also_otherwise && !(clauses.is_empty() && is_always);
    When { clauses, options, also_otherwise }
}

/// What some pairs need beside the common conditions, with the pairs, as far as it fits into a line. Conditions that differ only in
/// what they are about are one option.
/// Ex) always (`a` and `b`); `diskKeys` or `vaultKeys` is not empty (`lock` with `c` and `d`)
fn options(all: Vec<(Vec<String>, Vec<Sides>)>, symbols: &[&str]) -> Vec<String> {
    if let Some(told) = any_two(&all) {
        return vec![told];
    }
    let mut merged: Vec<(Vec<String>, Option<String>, Vec<Sides>)> = Vec::new();
    for (own, pairs) in all {
        let parts = match own.as_slice() {
            [only] => about(only).map(|(name, says)| (name.to_owned(), says.to_owned())),
            _ => None,
        };
        let Some((name, says)) = parts else {
            merged.push((own, None, pairs));
            continue;
        };
        match merged.iter_mut().find(|(_, known, _)| known.as_ref() == Some(&says)) {
            Some((names, _, known)) => {
                names.push(name);
                known.extend(pairs);
            }
            None => merged.push((vec![name], Some(says), pairs)),
        }
    }
    // Ex) one lock, and what it does not wait for: the conditions name the pairs
    let is_of_loops = |pairs: &[Sides]| pairs.iter().all(|(one, other)| one == other);
    let is_clear = merged.len() == 1 && (in_all(&merged[0].2).is_some() || is_of_loops(&merged[0].2));
    let option = |(own, says, pairs): &(Vec<String>, Option<String>, Vec<Sides>)| {
        let when = match says {
            Some(says) => format!("{} {says}", describe::any_of(own)),
            None if own.is_empty() => "always".to_owned(),
            None => describe::sentence(own),
        };
        if is_clear { when } else { format!("{when} ({})", named(pairs, symbols)) }
    };
    let mut options: Vec<String> = Vec::new();
    let (mut length, mut more) = (0, 0);
    for part in &merged {
        let told = option(part);
        length += told.chars().count();
        let is_told =
            !told.starts_with(|first: char| first.is_ascii_digit()) && !told.starts_with("a further");
        if options.is_empty() || more == 0 && is_told && (merged.len() == 2 || length <= MAX_OPTIONS) {
            options.push(told);
        } else {
            more += part.2.len();
        }
    }
    match more {
        0 => {}
        1 => options.push("another condition (one more pair; `explain --pair` shows it)".to_owned()),
        more => options.push(format!("other conditions ({more} more pairs; `explain --pair` shows them)")),
    }
    options
}

/// The conditions of pairs that each need the conditions of both sides. Ex) two of `withA`, `withB` and `withC` are true
fn any_two(all: &[(Vec<String>, Vec<Sides>)]) -> Option<String> {
    let (mut names, mut says): (Vec<String>, Option<&str>) = (Vec::new(), None);
    for (own, _) in all {
        if own.len() != 2 {
            return None;
        }
        for clause in own {
            let (name, its) = about(clause)?;
            if *says.get_or_insert(its) != its {
                return None;
            }
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    let is_every = names.len() > 2 && all.len() == names.len() * (names.len() - 1) / 2;
    let says = says?.strip_prefix("is ").filter(|_| is_every)?;
    Some(format!("two of {} are {says}", describe::list(&names)))
}

/// What a condition is about, and what it says of that. Ex) `names` and "is not empty"
fn about(clause: &str) -> Option<(&str, &str)> {
    clause.strip_prefix('`')?.split_once("` ").filter(|(_, says)| !says.contains('`'))
}

/// Names pairs by their participants. Ex) `a` and `b`; `fw` with `vpn` and `er`
fn named(pairs: &[Sides], symbols: &[&str]) -> String {
    let name = |ix: usize| symbols.get(ix).map_or_else(String::new, |&symbol| symbol.to_owned());
    let mut all: Vec<usize> = pairs.iter().flat_map(|&(one, other)| [one, other]).collect();
    all.small_sort();
    all.dedup();
    let list = |of: &[usize]| describe::list(&of.iter().map(|&ix| name(ix)).collect::<Vec<_>>());
    if pairs.len() == all.len() * all.len().saturating_sub(1) / 2 || all.len() == 1 {
        return list(&all);
    }
    match in_all(pairs) {
        Some(one) => {
            all.retain(|&ix| ix != one);
            format!("{} with {}", list(&[one]), list(&all))
        }
        None => format!("{} pairs", pairs.len()),
    }
}

/// The participant that is in all pairs.
fn in_all(pairs: &[Sides]) -> Option<usize> {
    let &(one, other) = pairs.first()?;
    let is_in_all =
        |ix: &usize| pairs.iter().all(|&(one, other)| one != other && (one == *ix || other == *ix));
    [one, other].into_iter().find(is_in_all)
}

/// The names that a root gives to the values in conditions.
#[derive(Default)]
pub(super) struct Names {
    /// The values of its variables.
    pub(super) values: Named,
    /// The terms that say that a variable is not empty or true.
    pub(super) facts: FxHashMap<Term, Fact>,
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

/// A condition with a longer text is expressed by a variable, if one has that value.
const MAX_CONDITION: usize = 40;

/// A cache of the formulas that decide races under the roots, and of the facts about them in parameter files.
#[derive(Default)]
pub(super) struct Formulas {
    of: FxHashMap<TemplateId, FxHashMap<Key, Term>>,
    facts: FxHashMap<(TemplateId, Term), Option<World>>,
    /// Whether a formula also holds where conditions that are told do not.
    otherwise: FxHashMap<(TemplateId, Term, World), bool>,
    /// The roots that call other roots.
    callers: Option<FxHashSet<TemplateId>>,
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
    fn deciding(
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
    fn happens_always(
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
    fn happens_otherwise(
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
    fn without_choice(
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
    fn needed(
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

    /// A world in which variables replace long conditions, if that is still sufficient for the race.
    /// Ex) `hubName` is not empty, instead of: `take(replace(pattern, 'TYPE', 'vnet'), 80)` is not empty
    fn in_names(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        (root, world): (TemplateId, &World),
        race: &Race,
        names: &mut Names,
    ) -> World {
        let terms = analysis.evaluator.known_terms();
        let is_long =
            |&(term, _): &(Term, Term)| tell_named(terms, term, &names.values).len() > MAX_CONDITION;
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

/// Removes irrelevant facts from a world: those whose opposite also has the same race.
/// Ex) `group` is empty, if the scope of both writers is `empty(group) ? 'rg' : group`
fn without_twins(terms: &Terms, root: TemplateId, world: &World, twins: &[&Race]) -> World {
    let mut left = world.clone();
    for twin in twins {
        for (_, other) in twin.worlds.iter().filter(|(of, _)| *of == root) {
            let Some(other) = other.as_ref().filter(|other| other.len() == left.len()) else { continue };
            let apart: Vec<usize> = (0..left.len()).filter(|&ix| !other.contains(&left[ix])).collect();
            if let &[ix] = apart.as_slice() {
                let (term, value) = left[ix];
                let opposite = terms.known_bool(value).map(|value| !value);
                let otherwise =
                    other.iter().any(|&(same, value)| same == term && terms.known_bool(value) == opposite);
                // A term that may be `null` has a third value.
                if opposite.is_some() && otherwise && terms.is_never_null(term) {
                    left.remove(ix);
                }
            }
        }
    }
    left
}
