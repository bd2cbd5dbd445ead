//! Chooses the rule of each race, and the race that each pair is reported under: the most severe one. The other races of the
//! pair stand behind it, and become findings of their own if it is silenced by something that does not cover them too.

use std::cmp::Reverse;
use std::collections::hash_map::Entry as MapEntry;

use rustc_hash::FxHashMap;

use super::finding::{Level, RuleId};
use super::races::Case;
use super::{RULES, retried};
use crate::azure::durations::minutes_of;
use crate::eval::term::Term;
use crate::race::analysis::{Analysis, Race};
use crate::race::effect::EffectId;
use crate::small_sort::SmallSort as _;
use crate::template::{NodeId, NodeKind};
use crate::workspace::{Provenance, TemplateId};

/// A race with the rule that reports it.
pub(super) struct Judged<'r> {
    pub(super) race: &'r Race,
    pub(super) rule: RuleId,
    pub(super) level: Level,
    pub(super) entry: Option<u32>,
    /// Whether the race is only about the name of a deployment, so that the same pair may share a more important
    /// object.
    is_beside: bool,
    pub(super) object: Term,
    /// The same race in the other worlds of a conditional object, or on other objects of the pair.
    pub(super) twins: Vec<&'r Race>,
    /// The lighter races of the same pair.
    pub(super) beside: Vec<&'r Race>,
    /// What is reported if this race is silenced: the next lighter race of the pair with another id, and those races of the same
    /// id that can be silenced apart from this one.
    behind: Vec<Self>,
}

impl<'r> Judged<'r> {
    pub(super) fn new(analysis: &Analysis<'_, '_>, race: &'r Race, rule: RuleId, level: Level) -> Self {
        let first = analysis.summary(race.at).effect(race.first);
        let (entry, object) = (first.aspect.topic(), object_of(analysis, race));
        // The caller may set these parameters to other values.
        let level = if race.assumes.is_empty() { level } else { level.lowered() };
        let case = Case::new(analysis, race);
        let is_beside = rule == RuleId::DeclaredTwice && is_deployment(analysis, race);
        let is_retried = retried::is_retried(&case);
        let level = if is_retried { level.lowered() } else { level };
        let (twins, beside, behind) = Default::default();
        Self { race, rule, level, entry, is_beside, object, twins, beside, behind }
    }

    /// The lowest is reported.
    fn rank(&self) -> (Reverse<Level>, RuleId, bool, Option<u32>) {
        (Reverse(self.level), self.rule, self.is_beside, self.entry)
    }

    /// Whether one id names both.
    fn has_id_of(&self, other: &Self) -> bool {
        (self.rule, self.entry) == (other.rule, other.entry)
    }

    fn races(&self) -> impl Iterator<Item = &'r Race> {
        std::iter::once(self.race).chain(self.twins.iter().copied())
    }

    /// Takes what stands behind it.
    pub(super) fn take_behind(&mut self) -> Vec<Self> {
        std::mem::take(&mut self.behind)
    }
}

/// What each pair of declarations is reported under, in order of template and effects.
pub(super) fn of_pairs<'r>(analysis: &Analysis<'_, '_>, races: &'r [Race]) -> Vec<Judged<'r>> {
    let mut of_pair: FxHashMap<(TemplateId, NodeId, NodeId), Vec<Judged<'r>>> = FxHashMap::default();
    for race in races {
        let Some(mut judged) = judge(analysis, race) else { continue };
        let summary = analysis.summary(race.at);
        let key = (race.at, summary.effect(race.first).node, summary.effect(race.second).node);
        let all = match of_pair.entry(key) {
            MapEntry::Vacant(place) => place.insert(Vec::new()),
            MapEntry::Occupied(known) => known.into_mut(),
        };
        match all.iter_mut().find(|known| known.rank() == judged.rank()) {
            Some(known) => {
                if known.entry.is_none() && weight(analysis, known.object) < weight(analysis, judged.object) {
                    std::mem::swap(&mut known.race, &mut judged.race);
                    std::mem::swap(&mut known.object, &mut judged.object);
                }
                known.twins.push(judged.race);
            }
            None => all.push(judged),
        }
    }
    let mut all: Vec<Judged<'_>> =
        of_pair.into_values().filter_map(|pair| heaviest(analysis, pair)).collect();
    all.small_sort_by_key(|judged| (judged.race.at, judged.race.first, judged.race.second));
    all
}

/// The heaviest race of a pair, with the others behind it.
fn heaviest<'r>(analysis: &Analysis<'_, '_>, mut pair: Vec<Judged<'r>>) -> Option<Judged<'r>> {
    pair.small_sort_by_key(Judged::rank);
    let mut lighter: Vec<&'r Race> = Vec::new();
    let mut told: Vec<Judged<'r>> = Vec::new();
    let mut of_one_id: Vec<Judged<'r>> = Vec::new();
    while let Some(mut one) = pair.pop() {
        one.beside.clone_from(&lighter);
        lighter.extend(one.races());
        let is_first = !pair.iter().any(|heavier| heavier.has_id_of(&one));
        if !is_first {
            of_one_id.push(one);
            continue;
        }
        let twins = one.twins.iter().filter(|twin| stands_apart(analysis, one.race, twin));
        let mut apart: Vec<Judged<'r>> = twins.filter_map(|twin| judge(analysis, twin)).collect();
        let same = of_one_id.extract_if(.., |other| other.has_id_of(&one));
        apart.extend(same.filter(|other| stands_apart(analysis, one.race, other.race)));
        one.behind = apart;
        one.behind.extend(told.pop());
        told.push(one);
    }
    told.pop()
}

/// Whether something may silence the first race and not the second of the same pair and id: a directive in a module that only the
/// first one is written in, or a bound of confidence or environments that only the second one passes.
fn stands_apart(analysis: &Analysis<'_, '_>, one: &Race, other: &Race) -> bool {
    if object_of(analysis, one) == object_of(analysis, other) {
        return false;
    }
    let is_of_one = |root: TemplateId| one.worlds.iter().any(|(of, _)| *of == root);
    if other.worlds.iter().any(|(root, _)| !is_of_one(*root)) {
        return true;
    }
    let ways = |race: &Race| [race.first, race.second].map(|id| way(analysis, race.at, id));
    let (ones, others) = (ways(one), ways(other));
    let workspace = analysis.evaluator.workspace();
    let is_guessed = |(at, _): &(TemplateId, NodeId)| workspace.provenance(*at) == Provenance::Guessed;
    let has_directive = |(at, _): &(TemplateId, NodeId)| !workspace.directives(*at).is_empty();
    ones.iter().flatten().any(is_guessed) && !others.iter().flatten().any(is_guessed)
        || ones != others && ones.iter().flatten().any(has_directive)
}

/// The declarations through which an effect is written, below the one of its template.
pub(super) fn way(analysis: &Analysis<'_, '_>, at: TemplateId, id: EffectId) -> Vec<(TemplateId, NodeId)> {
    let (mut inside, mut effect) = (at, analysis.summary(at).effect(id));
    let mut way = Vec::new();
    while let (Some(&group), Some(call)) =
        (effect.inner().first(), analysis.summary(inside).calls.get(&effect.node))
    {
        let Some(summary) = analysis.summaries.callee(call.callee) else { break };
        inside = call.callee;
        effect = summary.summary.effect(summary.group(group).told);
        way.push((inside, effect.node));
    }
    way
}

/// The importance of an object that is declared twice: the minutes that its deployment takes.
pub(super) fn weight(analysis: &Analysis<'_, '_>, object: Term) -> u32 {
    let terms = analysis.evaluator.known_terms();
    terms.type_of_id(object).and_then(|ty| minutes_of(terms.name(ty))).map_or(0, |minutes| minutes.likely)
}

/// The object of a race. If only the arguments of a call make two parameters the same object, it has two names; the
/// order of the writers must not decide which one is shown.
pub(super) fn object_of(analysis: &Analysis<'_, '_>, race: &Race) -> Term {
    let summary = analysis.summary(race.at);
    let (one, other) = (summary.effect(race.first).object, summary.effect(race.second).object);
    if one == other {
        return one;
    }
    let terms = analysis.evaluator.known_terms();
    if terms.show(other) < terms.show(one) { other } else { one }
}

/// The rule and level under which a race is reported; `None` if it is not reported.
pub(super) fn reported(analysis: &Analysis<'_, '_>, race: &Race) -> Option<(RuleId, Level)> {
    judge(analysis, race).map(|judged| (judged.rule, judged.level))
}

/// Chooses the rule and the level for a race; `None` if it is not worth reporting.
fn judge<'r>(analysis: &Analysis<'_, '_>, race: &'r Race) -> Option<Judged<'r>> {
    let workspace = analysis.evaluator.workspace();
    // Do not report inside modules that the user cannot change: known by their public path only, or guessed.
    if matches!(workspace.provenance(race.at), Provenance::Known | Provenance::Guessed) {
        return None;
    }
    let case = Case::new(analysis, race);
    let claims = RULES.iter().filter_map(|rule| {
        let races = rule.races?;
        Some((races.claim(&case)?, std::cmp::Reverse(rule.id), races))
    });
    let (_, std::cmp::Reverse(rule), races) = claims.max_by_key(|&(claim, rule, _)| (claim, rule))?;
    Some(Judged::new(analysis, race, rule, races.level(&case)))
}

/// Whether the duplicate declaration is the deployment of a module: if two calls declare the same resources, those say
/// more.
fn is_deployment(analysis: &Analysis<'_, '_>, race: &Race) -> bool {
    let workspace = analysis.evaluator.workspace();
    let own = analysis.summary(race.at).effect(race.first).node;
    let (inside, node) = way(analysis, race.at, race.first).pop().unwrap_or((race.at, own));
    matches!(workspace.template(inside).node(node).kind, NodeKind::Module(_))
}
