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

use super::calls::Calls;
use super::finding::{Condition, PairWitness, When};
use super::findings::displayed;
use super::formulas::{Formulas, Names};
use super::{describe, instead};
use crate::eval::evaluator::named as named_in;
use crate::eval::feasibility::is_feasible;
use crate::eval::term::{Function, Term, Value};
use crate::eval::terms::Terms;
use crate::race::analysis::{Analysis, Race, World};
use crate::small_sort::SmallSort as _;
use crate::template::Language;
use crate::workspace::TemplateId;

/// A root with a world under it, if one was found.
pub(super) type UnderRoot = (TemplateId, Option<World>);

/// The two sides of a race, as indexes into the participants of a finding.
type Sides = (usize, usize);

/// Maximum number of joint conditions for pairs that need different ones. With more, the message says which pair needs
/// which.
const MAX_JOINT: usize = 4;

/// Maximum number of characters of the conditions of pairs that need different ones, but for the first.
const MAX_OPTIONS: usize = 480;

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
    pub(super) fn of_pair(&self) -> impl Iterator<Item = &'r Race> {
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
    (symbols, formulas, calls): (&[&str], &mut Formulas, &mut Calls),
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
    let mut is_whole = true;
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
        let world = formulas.with_defaults(analysis, (*root, world), one.race);
        let world = formulas.in_names(analysis, (*root, &world), one.race, &mut names);
        let terms = analysis.evaluator.known_terms();
        let object = analysis.summary(one.race.at).effect(one.race.first).object;
        names.unsaid.extend(that_say_names(terms, &world, object));
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
            let asked = (*root, &shown, *sides);
            let own = (&mut *formulas, &mut *calls);
            let is_only = say_instead(analysis, own, (&mut names, symbols), asked, (one, is_whole));
            is_whole &= is_only.unwrap_or(!is_otherwise || shown.is_empty());
        }
        told[place].1.extend(sides);
        more[place] |= is_otherwise && !shown.is_empty();
    }
    let joint = joint(analysis.evaluator.terms(), &told);
    if let Some(joint) = joint.as_ref().filter(|_| told.len() > 1) {
        is_whole = false;
        say_jointly(&mut names, joint, &told);
    }
    // Pairs that need less than all conditions together happen where the rest does not hold.
    let is_more = more.contains(&true) || joint.is_some() && told.len() > 1;
    let in_words = describe::Worlds { terms: analysis.evaluator.known_terms(), names: &names };
    let mut when = match (&joint, told.as_slice()) {
        (Some(world), _) => {
            When { clauses: in_words.clauses(world), also_otherwise: is_more, ..When::default() }
        }
        (None, []) => When::default(),
        (None, told) => of_pairs((&in_words, symbols), told, is_more),
    };
    when.is_whole = is_whole;
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

/// Finds what is said in place of conditions of a world that no reader finds in the source. Returns whether its pair does not race
/// where what is told does not hold; `None` if nothing is said in their place.
fn say_instead(
    analysis: &mut Analysis<'_, '_>,
    own: (&mut Formulas, &mut Calls),
    (names, symbols): (&mut Names, &[&str]),
    (root, shown, sides): (TemplateId, &World, Option<Sides>),
    asked: (&Raced<'_>, bool),
) -> Option<bool> {
    let words = describe::Worlds { terms: analysis.evaluator.known_terms(), names };
    let readable = words.readable(shown)?;
    let found = instead::instead(analysis, own, (root, shown, &readable), asked)?;
    let loop_of = sides.and_then(|(one, other)| symbols.get(one).filter(|_| one == other));
    let instead = instead::told(loop_of.copied(), symbols.len());
    names.instead.insert(shown.clone(), (found.beside, instead));
    Some(found.is_only)
}

/// Says the same of the joint conditions of pairs as in place of those of each.
fn say_jointly(names: &mut Names, joint: &World, told: &[(World, Vec<Sides>)]) {
    let all: Option<Vec<&(World, String)>> = told.iter().map(|(world, _)| names.instead.get(world)).collect();
    if let Some([(first, instead), others @ ..]) = all.as_deref().filter(|all| alike(all)) {
        let mut beside = first.clone();
        beside.extend(others.iter().flat_map(|(beside, _)| beside));
        let instead = instead.clone();
        names.instead.insert(joint.clone(), (beside, instead));
    }
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
    When { clauses, options, also_otherwise, ..When::default() }
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

/// Whether the same is said in place of all conditions.
fn alike(all: &[&(World, String)]) -> bool {
    all.windows(2).all(|two| two[0].1 == two[1].1)
}

/// The terms of a world that say only whether the object has a name.
fn that_say_names(terms: &Terms, world: &World, object: Term) -> Vec<Term> {
    world.iter().map(|&(term, _)| term).filter(|&term| says_name(terms, term, object)).collect()
}

/// Whether a term says only whether there is the id or the name that an object has.
/// Ex) `subnets.endpoints.id` is `null`, of the subnet that has this id
fn says_name(terms: &Terms, term: Term, object: Term) -> bool {
    let Value::Equal(one, other) = terms.get(term) else { return false };
    let part = match (terms.get(one), terms.get(other)) {
        (Value::Null, _) => other,
        (_, Value::Null) => one,
        _ => return false,
    };
    matches!(terms.get(part), Value::Member(..)) && is_id(terms, object, part)
}

/// Whether an object is what a term names, without regard to case.
fn is_id(terms: &Terms, object: Term, part: Term) -> bool {
    match terms.get(object) {
        _ if object == part => true,
        Value::Call(Function::Folded, seq) => terms.seq(seq).iter().any(|&inner| is_id(terms, inner, part)),
        Value::ResourceId { names, .. } => {
            terms.seq(names).last().is_some_and(|&name| is_id(terms, name, part))
        }
        _ => false,
    }
}
