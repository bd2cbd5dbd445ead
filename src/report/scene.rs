//! The two pictures of one race: its neighbourhood in the graph, and the schedule in which it happens.

use std::collections::{BTreeMap, BTreeSet};

use super::picture::Picture;
use crate::rules::finding::Finding;
use crate::timeline::{Plan, Remedy, TaskId, Timeline};

/// Maximum number of boxes in a picture; nobody reads a larger one.
const MAX_BOXES: usize = 40;
/// Maximum number of rows in a schedule. A longer one keeps only the racing tasks and those that they wait for.
const MAX_ROWS: usize = 24;

/// The pictures of one race.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The race and its neighbourhood in the graph.
    pub picture: Picture,
    /// The schedule as written and after the remedy.
    pub timeline: Timeline,
}

impl Scene {
    /// Builds the scene for the races in `plan`. `remedy` may cover other races too. `None` if there are no races or too many
    /// boxes or rows.
    pub fn of(root: &str, plan: Plan, remedy: &Remedy) -> Option<Self> {
        if plan.contentions.is_empty() {
            return None;
        }
        let remedy = remedy_of(&plan, remedy);
        let timeline = Timeline::of(root, &plan, &remedy);
        let waits = |id: TaskId| plan.task(id).waits_for.iter().map(|wait| wait.on);
        let racing = plan.racing();
        let beside = racing.iter().copied().flat_map(waits).chain(racing.iter().copied()).collect::<Vec<_>>();
        let is_long = timeline.now.rows.len() > MAX_ROWS;
        let timeline = if is_long { timeline.only(&|task| beside.contains(&task)) } else { timeline };
        if timeline.now.rows.len() > 4 * MAX_ROWS {
            return None;
        }
        let picture = Picture::of(root, plan, remedy).within(MAX_BOXES)?;
        Some(Self { picture, timeline })
    }
}

/// The part of the remedy that orders the tasks racing here, if that part alone removes these races; else the whole remedy.
fn remedy_of(plan: &Plan, whole: &Remedy) -> Remedy {
    let racing = plan.racing();
    let part = Remedy {
        order: whole
            .order
            .iter()
            .filter(|(one, other)| racing.contains(one) && racing.contains(other))
            .copied()
            .collect(),
        each: whole.each.clone(),
        one_at_a_time: whole.one_at_a_time.iter().filter(|id| racing.contains(id)).copied().collect(),
    };
    let is_enough = |remedy: &Remedy| plan.remedied(remedy).contentions.is_empty();
    if is_enough(&part) || !is_enough(whole) { part } else { whole.clone() }
}

/// The scenes of a report by the fingerprint of the finding.
#[derive(Clone, Debug, Default)]
pub struct Scenes {
    drawn: BTreeMap<String, Scene>,
    left_out: BTreeSet<String>,
}

impl Scenes {
    /// Adds the scene of a finding.
    pub fn add(&mut self, finding: &Finding, scene: Scene) {
        self.drawn.insert(finding.fingerprint.clone(), scene);
    }

    /// The scene of a finding, if one was drawn.
    pub fn of(&self, finding: &Finding) -> Option<&Scene> {
        self.drawn.get(&finding.fingerprint)
    }

    /// Records that a finding has a scene that is not drawn, because it is too large or there are too many.
    pub fn leave_out(&mut self, finding: &Finding) {
        self.left_out.insert(finding.fingerprint.clone());
    }

    /// Whether a finding has a scene that is not drawn.
    pub fn lacks(&self, finding: &Finding) -> bool {
        self.left_out.contains(&finding.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::durations::Typical;
    use crate::timeline::{Contention, Minutes, Presence, Task, Wait};

    fn task(symbol: String, waits: &[u32]) -> Task {
        Task {
            symbol,
            ty: "A.B/c".to_owned(),
            minutes: Minutes::Typical(Typical::of(5)),
            waits_for: waits.iter().map(|&on| Wait { on: TaskId(on), each: false }).collect(),
            presence: Presence::Always,
            copies: None,
            parent: None,
        }
    }

    /// A chain of `length` tasks, and two racing tasks that wait for its first task.
    fn chain(length: u32) -> Plan {
        let mut plan = Plan::default();
        for at in 0..length {
            plan.add(task(format!("link{at}"), at.checked_sub(1).as_slice()));
        }
        let first = plan.add(task("one".to_owned(), &[0]));
        let second = plan.add(task("other".to_owned(), &[0]));
        plan.contentions.push(Contention { first, second, object: "the object".to_owned() });
        plan
    }

    fn names(timeline: &Timeline) -> Vec<&str> {
        timeline.now.rows.iter().map(|row| row.name.as_str()).collect()
    }

    #[test]
    fn a_short_schedule_is_shown_whole() {
        let scene = Scene::of("main.bicep", chain(5), &Remedy::default()).unwrap();
        assert_eq!(names(&scene.timeline), ["link0", "link1", "link2", "link3", "link4", "one", "other"]);
    }

    #[test]
    fn a_long_schedule_shows_only_what_is_near_the_race_with_its_real_times() {
        let scene = Scene::of("main.bicep", chain(200), &Remedy::default()).unwrap();
        assert_eq!(names(&scene.timeline), ["link0", "one", "other"]);
        assert_eq!(scene.timeline.now.total, 1_000);
        assert_eq!(scene.timeline.now.row(crate::timeline::RowId(1)).contested, [(5, 10)]);
        assert!(scene.picture.plan.tasks.len() <= 4);
        let svg = crate::timeline::svg::render(&scene.timeline, "t");
        assert!(!svg.contains("8:00"), "the axis ends where the rows end: {svg}");
    }

    #[test]
    fn too_many_racing_are_not_drawn() {
        let mut plan = chain(1);
        for at in 0..100 {
            let id = plan.add(task(format!("more{at}"), &[]));
            plan.contentions.push(Contention { first: TaskId(1), second: id, object: String::new() });
        }
        assert!(Scene::of("main.bicep", plan, &Remedy::default()).is_none());
        assert!(Scene::of("main.bicep", Plan::default(), &Remedy::default()).is_none());
    }

    #[test]
    fn a_scene_has_its_own_part_of_the_remedy() {
        let mut plan = chain(3);
        let [third, fourth] = ["third", "fourth"].map(|name| plan.add(task(name.to_owned(), &[])));
        let whole = Remedy {
            order: vec![(TaskId(3), TaskId(4)), (third, fourth)],
            one_at_a_time: vec![third],
            ..Remedy::default()
        };
        let scene = Scene::of("main.bicep", plan, &whole).unwrap();
        assert_eq!(scene.picture.remedy.order.len(), 1);
        assert!(scene.timeline.after.unwrap().is_reliable());
    }
}
