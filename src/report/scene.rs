//! What one race looks like: its surroundings in the graph, and the schedule in which it happens.

use std::collections::BTreeMap;

use super::picture::Picture;
use crate::rules::finding::Finding;
use crate::timeline::{Plan, Remedy, TaskId, Timeline};

/// A picture of more boxes is not read any more.
const MOST_BOXES: usize = 40;
/// Nor is a schedule of more rows; then it has only the rows that the picture has.
const MOST_ROWS: usize = 24;

/// One race, ready to be drawn.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Its surroundings.
    pub picture: Picture,
    /// Its schedule, as it is and after the remedy.
    pub timeline: Timeline,
}

impl Scene {
    /// The scene of the races in a plan; `remedy` mends these and maybe others. None where there is too much to see.
    pub fn of(root: &str, plan: Plan, remedy: &Remedy) -> Option<Self> {
        if plan.contentions.is_empty() {
            return None;
        }
        let remedy = remedy_of(&plan, remedy);
        let timeline = Timeline::of(root, &plan, &remedy);
        let waits = |id: TaskId| plan.task(id).waits_for.iter().map(|wait| wait.on);
        let racing = plan.racing();
        let beside = racing.iter().copied().flat_map(waits).chain(racing.iter().copied()).collect::<Vec<_>>();
        let is_long = timeline.now.rows.len() > MOST_ROWS;
        let timeline = if is_long { timeline.only(&|task| beside.contains(&task)) } else { timeline };
        if timeline.now.rows.len() > 4 * MOST_ROWS {
            return None;
        }
        let picture = Picture::of(root, plan, remedy).within(MOST_BOXES)?;
        Some(Self { picture, timeline })
    }
}

/// The part of a remedy between what races here, where that part is enough.
fn remedy_of(plan: &Plan, whole: &Remedy) -> Remedy {
    let racing = plan.racing();
    let part = Remedy {
        order: whole
            .order
            .iter()
            .filter(|(one, other)| racing.contains(one) && racing.contains(other))
            .copied()
            .collect(),
        one_at_a_time: whole.one_at_a_time.iter().filter(|id| racing.contains(id)).copied().collect(),
    };
    let is_enough = |remedy: &Remedy| plan.remedied(remedy).contentions.is_empty();
    if is_enough(&part) || !is_enough(whole) { part } else { whole.clone() }
}

/// The scenes of a report, by the fingerprints of its findings.
#[derive(Clone, Debug, Default)]
pub struct Scenes(BTreeMap<String, Scene>);

impl Scenes {
    /// Adds the scene of a finding.
    pub fn add(&mut self, finding: &Finding, scene: Scene) {
        self.0.insert(finding.fingerprint.clone(), scene);
    }

    /// The scene of a finding, where it can be drawn.
    pub fn of(&self, finding: &Finding) -> Option<&Scene> {
        self.0.get(&finding.fingerprint)
    }
}
