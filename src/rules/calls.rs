//! The calls through which a root deploys the template that a finding is in, by the symbols that the root gives them.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::formulas::Formulas;
use super::instead::Beside;
use crate::eval::feasibility::is_feasible;
use crate::eval::term::Term;
use crate::eval::terms::with_work;
use crate::limit::Limit;
use crate::race::analysis::{Analysis, Race, World};
use crate::race::verdict::Step;
use crate::small_sort::SmallSort as _;
use crate::workspace::TemplateId;

/// Maximum number of ways that a finding keeps; the others are counted.
const MAX_CALLS: usize = 16;
/// A longer way is shown by its ends.
const MAX_STEPS: usize = 6;
/// Number of calls that each end of a long way shows.
const END: usize = 2;

/// Maximum number of calls that are followed for one finding. With more, only ways that are known to race by then are named, or all
/// shortest ways to its template.
const MAX_FOLLOWED: usize = 256;
/// The same for all findings together.
const MAX_FOLLOWED_IN_ALL: usize = 5_000;
/// Part of the work of a root that is done to follow the calls of one finding, and of all findings together.
const FOR_ONE: u64 = 16;
const IN_ALL: u64 = 1;
/// Maximum number of worlds of different pairs that are tried.
const MAX_WORLDS: usize = 4;

/// For each template below a root, the calls of it by those that are nearest to the root, and the number of shortest ways to it.
#[derive(Default)]
struct Callers {
    of: FxHashMap<TemplateId, (Vec<Step>, u64)>,
}

/// The shortest ways from a root to a template.
#[derive(Clone, Default)]
pub(super) struct Ways {
    /// The first of them, each by its symbols; empty if the root is the template.
    /// Ex) `hub1.net` for the call `net` of the module that the root calls as `hub1`
    pub(super) shown: Vec<String>,
    /// The number of the others.
    pub(super) omitted: u64,
}

/// The calls below each root.
#[derive(Default)]
pub(super) struct Calls {
    callers: FxHashMap<TemplateId, Callers>,
    known: FxHashMap<(TemplateId, TemplateId), Ways>,
    /// Number of calls that were followed for findings.
    followed: usize,
    /// What is left of the work budget for that, which is apart from that of the conditions.
    work: Option<u64>,
    /// What is left of the work budget for asking whether pairs race whenever both are deployed.
    pub(super) for_both: Option<u64>,
    /// The facts that are told beside that.
    pub(super) beside: Beside,
}

/// What a way is sought for: some pairs of a template, and the worlds that are told of them in terms of the root.
pub(super) struct Sought<'r> {
    pub(super) at: TemplateId,
    pub(super) races: &'r [&'r Race],
    pub(super) worlds: Vec<World>,
}

/// A way to the template of a finding.
struct Way {
    /// The calls, outermost first.
    steps: Vec<Step>,
    /// Whether the pairs race there in a world that is told, whatever else holds.
    is_sure: bool,
}

impl Calls {
    /// The shortest ways from a root to a template.
    pub(super) fn to(&mut self, analysis: &Analysis<'_, '_>, root: TemplateId, at: TemplateId) -> Ways {
        let Some(root) = analysis.evaluator.workspace().deployed_by(root) else { return Ways::default() };
        let callers = self.callers.entry(root).or_insert_with(|| callers(analysis, root));
        self.known.entry((root, at)).or_insert_with(|| callers.ways(analysis, root, at)).clone()
    }
}

impl Calls {
    /// The calls of each shortest way from a root to a template, outermost first; `None` if there is no way, or too many.
    pub(super) fn steps(
        &mut self,
        analysis: &Analysis<'_, '_>,
        root: TemplateId,
        at: TemplateId,
    ) -> Option<Vec<Vec<Step>>> {
        const MOST: usize = 16;
        let root = analysis.evaluator.workspace().deployed_by(root)?;
        let callers = self.callers.entry(root).or_insert_with(|| callers(analysis, root));
        let (mut ways, mut open): (Vec<Vec<Step>>, _) = (Vec::new(), vec![(at, Vec::new())]);
        while let Some((template, way)) = open.pop() {
            if template == root {
                ways.push(way);
                continue;
            }
            let (calls, _) = callers.of.get(&template)?;
            if open.len() + ways.len() + calls.len() > MOST {
                return None;
            }
            open.extend(calls.iter().map(|&step| {
                let way = std::iter::once(step).chain(way.iter().copied()).collect();
                (step.0, way)
            }));
        }
        Some(ways)
    }

    /// The ways from a root by which pairs of a template race in the worlds that are told of them. If there are too many calls to
    /// follow, all shortest ways.
    pub(super) fn racing(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        formulas: &mut Formulas,
        (root, sought): (TemplateId, &Sought<'_>),
    ) -> Ways {
        let shortest = self.to(analysis, root, sought.at);
        let deployed = analysis.evaluator.workspace().deployed_by(root);
        let Some(root) = deployed.filter(|_| shortest.shown.len() as u64 + shortest.omitted > 0) else {
            return shortest;
        };
        if self.followed > MAX_FOLLOWED_IN_ALL {
            return shortest;
        }
        let (mut ways, mut followed) = (Vec::new(), 0);
        let whole = Limit::RootWork.budget();
        let left = self.work.unwrap_or(whole.left() / IN_ALL);
        let work = left.min(whole.left() / FOR_ONE);
        let outside = with_work(analysis.evaluator.terms(), whole.with(work));
        let mut is_whole = false;
        // First only calls that surely happen in the worlds: other ways need more than what is told.
        let is_told = sought.worlds.iter().all(|world| !world.is_empty());
        for asks_all in [false, true].into_iter().filter(|&asks_all| asks_all || is_told) {
            let asked = Asked { sought, asks_all };
            is_whole =
                follow(analysis, formulas, &asked, (root, &mut Vec::new()), (&mut ways, &mut followed));
            if ways.iter().any(|way| way.is_sure) {
                break;
            }
        }
        let own = with_work(analysis.evaluator.terms(), outside);
        let is_whole = is_whole && own.check().is_ok();
        (self.followed, self.work) = (self.followed + followed, Some(left - (work - own.left())));
        if !is_whole {
            ways.retain(|way| is_told && way.is_sure);
        }
        if ways.is_empty() {
            return shortest;
        }
        // Other ways need more than what is told.
        if is_told && ways.iter().any(|way| way.is_sure) {
            ways.retain(|way| way.is_sure);
        }
        ways.small_sort_by_key(|way| (!way.is_sure, way.steps.len()));
        let mut shown: Vec<String> = Vec::new();
        for way in &ways {
            let inwards: Vec<Step> = way.steps.iter().rev().copied().collect();
            let name = self::shown(analysis, &inwards);
            if !shown.contains(&name) {
                shown.push(name);
            }
        }
        let omitted = shown.len().saturating_sub(MAX_CALLS) as u64;
        shown.truncate(MAX_CALLS);
        Ways { shown, omitted }
    }
}

/// What is followed: the way that is sought, and whether also by calls that may not happen in the worlds.
struct Asked<'s, 'r> {
    sought: &'s Sought<'r>,
    asks_all: bool,
}

/// Follows the calls of a template down to the one that is sought, as long as the pairs may race there; `false` if there are too
/// many. `steps` leads from the root to the template.
fn follow(
    analysis: &mut Analysis<'_, '_>,
    formulas: &mut Formulas,
    asked @ &Asked { sought, asks_all }: &Asked<'_, '_>,
    (template, steps): (TemplateId, &mut Vec<Step>),
    (ways, followed): (&mut Vec<Way>, &mut usize),
) -> bool {
    let Some(summary) = analysis.summaries.get(template) else { return true };
    let mut calls: Vec<_> = summary.calls.iter().map(|(&node, call)| (node, call.callee)).collect();
    calls.small_sort_by_key(|&(node, _)| node);
    for (node, callee) in calls {
        let is_there = callee == sought.at;
        let found: Vec<Term> =
            sought.races.iter().filter_map(|race| formulas.formula(analysis, callee, race)).collect();
        if found.is_empty() && !is_there {
            continue;
        }
        *followed += 1;
        if *followed > MAX_FOLLOWED {
            return false;
        }
        steps.push((template, node));
        if !asks_all {
            let always = analysis.evaluator.terms().bool(true);
            let happens = in_root(analysis, steps, always);
            if !judged(analysis, sought, happens).1 {
                steps.pop();
                continue;
            }
        }
        let terms = analysis.evaluator.terms();
        // Pairs that only the arguments bring together have no formula in the callee.
        let formula = if found.is_empty() { terms.bool(true) } else { terms.or(&found) };
        let is_known = !found.is_empty() && sought.races.iter().all(|race| is_of_callee(analysis, race));
        let formula = in_root(analysis, steps, formula);
        let (may_race, is_sure) = judged(analysis, sought, formula);
        if may_race || !is_known {
            if is_there {
                ways.push(Way { steps: steps.clone(), is_sure: is_sure && !found.is_empty() });
            } else if !follow(analysis, formulas, asked, (callee, steps), (&mut *ways, &mut *followed)) {
                return false;
            }
        }
        steps.pop();
    }
    true
}

/// Whether a race does not depend on the objects that the arguments of a call name.
fn is_of_callee(analysis: &Analysis<'_, '_>, race: &Race) -> bool {
    let summary = analysis.summary(race.at);
    let [one, other] = [race.first, race.second].map(|id| summary.effect(id));
    one.object == other.object && analysis.evaluator.known_terms().copies(one.object).is_empty()
}

/// A formula of a callee in terms of the root, through the calls that lead to it.
pub(super) fn in_root(analysis: &mut Analysis<'_, '_>, steps: &[Step], formula: Term) -> Term {
    let mut formula = formula;
    for &(template, node) in steps.iter().rev() {
        let Some(summary) = analysis.summaries.get(template) else { continue };
        let terms = analysis.evaluator.terms();
        if let Some(call) = summary.calls.get(&node) {
            formula = terms.substitute(formula, &call.substitution);
        }
        formula = summary.links.for_some(terms, node, formula);
    }
    formula
}

/// Whether a formula may hold in one of the worlds that are told, and whether it surely does.
fn judged(analysis: &mut Analysis<'_, '_>, sought: &Sought<'_>, formula: Term) -> (bool, bool) {
    let terms = analysis.evaluator.terms();
    let (mut may_race, mut is_sure) = (false, false);
    for world in sought.worlds.iter().take(MAX_WORLDS) {
        let mut facts: Vec<Term> = world.iter().map(|&(term, value)| terms.equal(term, value)).collect();
        facts.push(formula);
        let both = terms.and(&facts);
        may_race |= is_feasible(terms, both) != Some(false);
        facts.pop();
        facts.push(terms.not(formula));
        let fails = terms.and(&facts);
        is_sure |= is_feasible(terms, fails) == Some(false);
    }
    (may_race, is_sure && may_race)
}

impl Callers {
    /// Follows the calls from a template up to the root, one way after the other.
    fn ways(&self, analysis: &Analysis<'_, '_>, root: TemplateId, at: TemplateId) -> Ways {
        let none: &[Step] = &[];
        let callers = |of: TemplateId| {
            let calls = self.of.get(&of).filter(|_| of != root);
            calls.map_or(none, |(calls, _)| calls).iter()
        };
        let mut ways = Ways::default();
        let mut kept = 0;
        // The steps so far, from the template upwards, and what is left of each template's callers.
        let (mut way, mut open) = (Vec::new(), vec![callers(at)]);
        while let Some(left) = open.last_mut().filter(|_| kept < MAX_CALLS) {
            let Some(&step) = left.next() else {
                open.pop();
                way.pop();
                continue;
            };
            way.push(step);
            if step.0 == root {
                ways.shown.push(shown(analysis, &way));
                kept += 1;
                way.pop();
            } else {
                open.push(callers(step.0));
            }
        }
        let count = self.of.get(&at).filter(|_| at != root).map_or(0, |(_, count)| *count);
        ways.omitted = count.saturating_sub(kept as u64);
        ways.shown.dedup();
        ways
    }
}

/// A way by its symbols, outermost first; `way` starts with the innermost call.
/// Ex) `a.b.…(994 more).y.z`
fn shown(analysis: &Analysis<'_, '_>, way: &[Step]) -> String {
    let name = |steps: &[Step]| {
        let outwards: Vec<Step> = steps.iter().rev().copied().collect();
        analysis.evaluator.workspace().name_of(&outwards)
    };
    if way.len() <= MAX_STEPS {
        return name(way);
    }
    let (inner, outer) = (&way[..END], &way[way.len() - END..]);
    format!("{}.…({} more).{}", name(outer), way.len() - 2 * END, name(inner))
}

/// The calls of each template below a root, found level by level.
fn callers(analysis: &Analysis<'_, '_>, root: TemplateId) -> Callers {
    let mut callers = Callers::default();
    let mut depth: FxHashMap<TemplateId, u32> = FxHashMap::from_iter([(root, 0)]);
    let mut open = vec![root];
    let mut level = 0;
    while !open.is_empty() {
        level += 1;
        let mut next = Vec::new();
        for at in std::mem::take(&mut open) {
            let Some(summary) = analysis.summaries.get(at) else { continue };
            // All ways to a template are known before its own calls are followed.
            let ways = callers.of.get(&at).map_or(1, |(_, ways)| *ways);
            let mut calls: Vec<(Step, TemplateId)> =
                summary.calls.iter().map(|(&node, call)| ((at, node), call.callee)).collect();
            calls.small_sort_by_key(|&((_, node), _)| node);
            for (step, callee) in calls {
                match depth.entry(callee) {
                    Entry::Vacant(place) => {
                        place.insert(level);
                        next.push(callee);
                    }
                    Entry::Occupied(known) if *known.get() < level => continue,
                    Entry::Occupied(_) => {}
                }
                let (steps, count) = callers.of.entry(callee).or_default();
                steps.push(step);
                *count = count.saturating_add(ways);
            }
        }
        open = next;
    }
    callers
}
