//! Counts what was decided: the objects and pairs that a run examined, also if it found no race.

use rustc_hash::FxHashMap;

use super::analysis::Analysis;
use super::bucket;
use super::effect::{Aspect, Effect, EffectId, Instance, Writers, conflict};
use super::summary::Summary;
use crate::eval::term::Term;
use crate::small_sort::SmallSort as _;
use crate::workspace::Provenance;

/// Numbers of decided objects and pairs. Each counts once, in the template in which the paths to its writers part,
/// however often that template is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// Objects with two writers that conflict if they overlap, or with one such writer that is a loop.
    pub objects: u64,
    /// Pairs of writers of one object. The instances of a loop count as one pair.
    pub pairs: u64,
}

impl Decided {
    /// Adds the numbers of another count.
    pub fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.pairs += other.pairs;
    }

    /// Whether there was nothing to decide.
    pub(super) fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// The counts of an analysis, for the templates that were read from files.
pub fn decided(analysis: &Analysis<'_, '_>) -> Decided {
    let workspace = analysis.evaluator.workspace();
    let mut all: Vec<_> = analysis.reached.iter().flat_map(|(_, reached)| reached).copied().collect();
    all.small_sort();
    all.dedup();
    let mut sum = Decided::default();
    for template in all.into_iter().filter(|&id| workspace.provenance(id) == Provenance::File) {
        if let Some(summary) = analysis.summaries.get(template) {
            sum.add(of_template(&analysis.writers, summary));
        }
    }
    sum
}

/// The counts for the effects of one template on objects that are equal in its own terms.
pub(super) fn of_template(writers: &Writers<'_>, summary: &Summary) -> Decided {
    let ids = || (0..summary.effects.len() as u32).map(EffectId);
    let mut counts: FxHashMap<(Option<u32>, Term), u32> = FxHashMap::default();
    let key = |effect: &Effect| (effect.aspect.topic(), effect.object);
    for effect in &summary.effects {
        *counts.entry(key(effect)).or_default() += 1;
    }
    let mut several: FxHashMap<(Option<u32>, Term), Vec<EffectId>> = FxHashMap::default();
    let mut sum = Decided::default();
    for id in ids() {
        let effect = summary.effect(id);
        let count = counts.get(&key(effect)).copied().unwrap_or_default();
        if count > 1 {
            several.entry(key(effect)).or_default().push(id);
        } else if is_pair(writers, effect, effect) {
            sum.add(Decided { objects: 1, pairs: 1 });
        }
    }
    let of_bucket = |bucket: &Vec<EffectId>| pairs(writers, summary, bucket);
    several.values().map(of_bucket).fold(sum, |mut sum, pairs| {
        sum.add(Decided { objects: u64::from(pairs > 0), pairs });
        sum
    })
}

/// Number of pairs among some effects on one object.
fn pairs(writers: &Writers<'_>, summary: &Summary, ids: &[EffectId]) -> u64 {
    if ids.len() > bucket::JUDGED {
        // In a large group only the order decides, so every pair counts.
        let count = ids.len() as u64;
        return count * (count - 1) / 2;
    }
    if let Some(pairs) = of_single_nodes(writers, summary, ids) {
        return pairs;
    }
    let of = |&id: &EffectId| summary.effect(id);
    let all = ids.iter().enumerate().flat_map(|(at, one)| ids[at..].iter().map(move |two| (one, two)));
    all.filter(|&(one, two)| is_pair(writers, of(one), of(two))).count() as u64
}

/// The same without comparing each pair, if no effect belongs to a loop. The effects are in node order.
fn of_single_nodes(writers: &Writers<'_>, summary: &Summary, bucket: &[EffectId]) -> Option<u64> {
    let is_only = |&id: &EffectId| summary.effect(id).instance == Instance::Only;
    if !bucket.iter().all(is_only) {
        return None;
    }
    let among = |ids: &[EffectId]| {
        let mut counts: Vec<(Aspect, u64)> = Vec::new();
        for aspect in ids.iter().map(|&id| summary.effect(id).aspect) {
            match counts.iter_mut().find(|(known, _)| *known == aspect) {
                Some((_, count)) => *count += 1,
                None => counts.push((aspect, 1)),
            }
        }
        let mut pairs = 0;
        for (at, &(one, count)) in counts.iter().enumerate() {
            let own = if conflict(writers, one, one).is_some() { count * (count - 1) / 2 } else { 0 };
            let others =
                counts[at + 1..].iter().filter(|(other, _)| conflict(writers, one, *other).is_some());
            pairs += own + others.map(|(_, others)| count * others).sum::<u64>();
        }
        pairs
    };
    // Two effects of one node are not a pair.
    let of_one = bucket.chunk_by(|&one, &other| summary.effect(one).node == summary.effect(other).node);
    Some(among(bucket) - of_one.map(among).sum::<u64>())
}

/// Whether two effects on one object belong to different instances and conflict if they overlap.
fn is_pair(writers: &Writers<'_>, one: &Effect, other: &Effect) -> bool {
    one.is_apart_from(other) && conflict(writers, one.aspect, other.aspect).is_some()
}
