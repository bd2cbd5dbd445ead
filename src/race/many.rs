//! Objects with many writers: a failure that is rare for two writers is likely for many.
//!
//! ```bicep
//! resource a '…/privateEndpoints@…' = { … subnet … }                       // one writer
//! resource b '…/privateEndpoints@…' = [for n in ['x', 'y', 'z']: { … }]    // three, as the list is known
//! ```
//!
//! The number that counts is that of the writers that may run at the same time, which is estimated from their races:
//! each of them races with as many others. Writers that are ordered, or never deployed together, race with few.

use rustc_hash::{FxHashMap, FxHashSet};

use super::analysis::{Analysis, Race};
use super::effect::{EffectId, Instance};
use super::pair::Fault;
use crate::eval::term::Term;
use crate::template::NodeId;
use crate::workspace::TemplateId;

/// An object of an entry, identified by the first effect of a race.
pub(super) type Of = (TemplateId, Option<u32>, Term);

/// A writer, or one instance of it.
type One = (NodeId, Option<u32>);

/// The writers of one object, and which of them race.
#[derive(Default)]
struct Meeting {
    /// Number of instances that each writer stands for.
    counts: FxHashMap<One, u64>,
    others: FxHashMap<One, FxHashSet<One>>,
}

impl Meeting {
    fn add(&mut self, (one, of_one): (One, u64), (other, of_other): (One, u64)) {
        self.counts.insert(one, of_one);
        self.counts.insert(other, of_other);
        self.others.entry(one).or_default().insert(other);
        self.others.entry(other).or_default().insert(one);
    }

    /// Whether `wanted` writers may run at the same time, as far as their races show it.
    fn has(&self, wanted: u64) -> bool {
        let count = |one: &One| self.counts.get(one).copied().unwrap_or(1);
        let meets = |(one, others): &(&One, &FxHashSet<One>)| {
            // A loop that races with itself is already among the others.
            let itself = u64::from(!others.contains(*one));
            others.iter().map(count).sum::<u64>() + itself >= wanted
        };
        self.others.iter().filter(meets).map(|(one, _)| count(one)).sum::<u64>() >= wanted
    }
}

/// The objects with as many racing writers as `many` of their entries requires.
pub(super) fn crowded(analysis: &Analysis<'_, '_>) -> FxHashSet<Of> {
    let mut meetings: FxHashMap<Of, (u32, Meeting)> = FxHashMap::default();
    for race in analysis.races.iter().filter(|race| race.fault == Fault::Unordered) {
        let Some(wanted) = wanted(analysis, race) else { continue };
        let pair = [race.first, race.second].map(|id| writer(analysis, race, id));
        let (_, meeting) = meetings.entry(of(analysis, race)).or_insert_with(|| (wanted, Meeting::default()));
        meeting.add(pair[0], pair[1]);
    }
    // An object with more pairs than are kept has many writers.
    let is_crowded = |(of, (wanted, meeting)): (Of, (u32, Meeting))| {
        (analysis.omitted.contains_key(&of) || meeting.has(u64::from(wanted))).then_some(of)
    };
    meetings.into_iter().filter_map(is_crowded).collect()
}

/// The object that a race is about.
pub(super) fn of(analysis: &Analysis<'_, '_>, race: &Race) -> Of {
    let first = analysis.summary(race.at).effect(race.first);
    (race.at, first.aspect.topic(), first.object)
}

fn wanted(analysis: &Analysis<'_, '_>, race: &Race) -> Option<u32> {
    let first = analysis.summary(race.at).effect(race.first);
    let (entry, _) = analysis.writers.of(first.aspect)?;
    entry.many.map(|many| many.writers)
}

/// The writer of an effect, and the number of instances that it stands for: the length of a loop if it is known,
/// otherwise 1.
fn writer(analysis: &Analysis<'_, '_>, race: &Race, id: EffectId) -> (One, u64) {
    let summary = analysis.summary(race.at);
    let effect = summary.effect(id);
    if let Instance::Fixed(instance) = effect.instance {
        return ((effect.node, Some(instance)), 1);
    }
    let length = summary.links.counts[effect.node.ix()]
        .and_then(|length| analysis.evaluator.known_terms().known_int(length))
        .and_then(|length| u64::try_from(length).ok());
    ((effect.node, None), length.unwrap_or(1).max(1))
}
