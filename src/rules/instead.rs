//! What a message says in place of conditions that no reader finds in a source: that both writers are deployed, if that is enough.
//!
//! ```bicep
//! module m 'm.bicep' = { params: { list: concat(names, [for n in more: { n: n }]) } }   // main.bicep
//! resource x '…/subnets@…' = [for one in map(list, x => { name: x }): { … }]              // m.bicep: at least two instances of `x`
//! ```

use rustc_hash::FxHashMap;

use super::calls::{Calls, in_root};
use super::formulas::Formulas;
use super::worlds::Raced;
use crate::eval::feasibility::is_feasible;
use crate::eval::store::occurs;
use crate::eval::term::Term;
use crate::eval::terms::{Terms, with_work};
use crate::eval::world::assume_all;
use crate::limit::Limit;
use crate::race::analysis::{Analysis, Race, World};
use crate::race::effect::EffectId;
use crate::template::Language;
use crate::workspace::TemplateId;

/// Part of the work of a root that is done for one pair, and for all pairs together, apart from the work for conditions.
const FOR_ONE: u64 = 16;
const IN_ALL: u64 = 1;

/// What is told in place of some conditions of a pair.
pub(super) struct Instead {
    /// The conditions that are told.
    pub(super) beside: World,
    /// Whether the pair does not race where these do not hold.
    pub(super) is_only: bool,
}

/// Which facts of a root are told of the pairs of a template beside that both of their effects happen, as the first pair that asked
/// decided.
pub(super) type Beside = FxHashMap<(TemplateId, TemplateId, (Term, Term)), bool>;

/// What is told of a pair beside that both of its effects happen, if that is enough for the race. `world` is its world, and `told` the
/// facts of it that are told.
pub(super) fn instead(
    analysis: &mut Analysis<'_, '_>,
    (formulas, calls): (&mut Formulas, &mut Calls),
    asked @ (root, _, told): (TemplateId, &World, &World),
    (raced, asks_otherwise): (&Raced<'_>, bool),
) -> Option<Instead> {
    let at = raced.race.at;
    if analysis.evaluator.workspace().template(root).language == Language::Params
        || !is_enough(analysis, formulas, raced.race)
    {
        return None;
    }
    let is_known = |calls: &Calls| told.iter().all(|&fact| calls.beside.contains_key(&(root, at, fact)));
    if !is_known(calls) {
        let kept = within(analysis, calls, |analysis, calls| {
            beside_both(analysis, (&mut *formulas, calls), asked, raced.race)
        });
        // Without an answer, all is told.
        let kept = kept.unwrap_or_else(|| told.clone());
        for &fact in told {
            calls.beside.entry((root, at, fact)).or_insert_with(|| kept.contains(&fact));
        }
    }
    let mut beside = told.clone();
    beside.retain(|&fact| calls.beside.get(&(root, at, fact)) != Some(&false));
    // Whenever the pair races, both happen.
    let is_only = beside.is_empty()
        || asks_otherwise
            && within(analysis, calls, |analysis, _| {
                !formulas.happens_otherwise(analysis, (root, &beside), raced)
            }) == Some(true);
    Some(Instead { beside, is_only })
}

/// Runs a part of the question with a work budget of its own; `None` if that is exhausted.
fn within<'w, 'c, R>(
    analysis: &mut Analysis<'w, 'c>,
    calls: &mut Calls,
    run: impl FnOnce(&mut Analysis<'w, 'c>, &mut Calls) -> R,
) -> Option<R> {
    let whole = Limit::RootWork.budget();
    let left = calls.for_both.unwrap_or(whole.left() / IN_ALL);
    let work = left.min(whole.left() / FOR_ONE);
    let outside = with_work(analysis.evaluator.terms(), whole.with(work));
    let found = run(analysis, calls);
    let own = with_work(analysis.evaluator.terms(), outside);
    calls.for_both = Some(left - (work - own.left()));
    own.check().is_ok().then_some(found)
}

/// Whether a pair races whenever both of its effects happen, in the template where the paths to them part.
fn is_enough(analysis: &mut Analysis<'_, '_>, formulas: &mut Formulas, race: &Race) -> bool {
    let Some(formula) = formulas.formula(analysis, race.at, race) else { return false };
    let Analysis { summaries, evaluator, writers, .. } = analysis;
    let Some(summary) = summaries.get(race.at) else { return false };
    let [first, second] = [race.first, race.second].map(|id: EffectId| summary.effect(id));
    let terms = evaluator.terms();
    let Some(both) = summary.links.together(terms, writers, first, second) else { return false };
    both == formula || {
        let denied = terms.not(formula);
        let fails = terms.and(&[both, denied]);
        is_feasible(terms, fails) == Some(false)
    }
}

/// The facts of a world of a pair that are told beside that both of its effects happen: those of `told` without which they do not happen
/// by the calls that the world is about. If these are not known, all of `told`.
fn beside_both(
    analysis: &mut Analysis<'_, '_>,
    (formulas, calls): (&mut Formulas, &mut Calls),
    (root, world, told): (TemplateId, &World, &World),
    race: &Race,
) -> World {
    let formula = formulas.formula(analysis, race.at, race);
    let (Some(ways), Some(formula)) = (calls.steps(analysis, root, race.at), formula) else {
        return told.clone();
    };
    let by_way: Vec<Term> = ways.iter().map(|steps| in_root(analysis, steps, formula)).collect();
    let terms = analysis.evaluator.terms();
    let sure = match by_way.as_slice() {
        [_] => Some(0),
        all => (0..all.len()).find(|&at| follows(terms, world, all[at])),
    };
    let Some(at) = sure else { return told.clone() };
    // Of several ways, what leads to this one is told.
    let always = terms.bool(ways.len() > 1);
    let calls = in_root(analysis, &ways[at], always);
    let terms = analysis.evaluator.terms();
    let mut left = told.clone();
    left.retain(|&(term, value)| {
        let fact = terms.equal(term, value);
        let otherwise = terms.not(fact);
        let otherwise = terms.and(&[by_way[at], otherwise]);
        occurs(terms, calls, term) || is_feasible(terms, otherwise) == Some(false)
    });
    left
}

/// Whether a formula holds in a world.
fn follows(terms: &mut Terms, world: &World, formula: Term) -> bool {
    let rest = assume_all(terms, formula, world);
    let mut all: Vec<Term> = world.iter().map(|&(term, value)| terms.equal(term, value)).collect();
    all.push(terms.not(rest));
    let fails = terms.and(&all);
    is_feasible(terms, fails) == Some(false)
}

/// Says that both writers of a pair are deployed. `loop_of` is the loop whose instances they are, and `count` the number of writers of
/// the finding.
pub(super) fn told(loop_of: Option<&str>, count: usize) -> String {
    match loop_of {
        Some(symbol) => format!("at least two instances of `{symbol}` are deployed"),
        None if count == 2 => "both are deployed".to_owned(),
        None => "both of a pair are deployed".to_owned(),
    }
}
