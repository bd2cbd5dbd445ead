//! The predicted schedule of a deployment, now and after the remedy, and its pictures. The pictures also show an
//! observed schedule.

pub mod json;
pub mod mermaid;
pub mod plan;
pub mod predict;
pub mod schedule;
pub mod svg;
pub mod text;
mod world;

pub use plan::{Contention, Copies, Minutes, Plan, Presence, Remedy, Task, TaskId, Wait};
pub use predict::{Predicted, plan_of, predict};
pub use schedule::{Decides, Overlap, Row, RowId, Schedule, Status, schedule};

/// The content of a picture: the schedule of one deployment now and, if it has a remedy, after that.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// Displayed path of the root.
    pub root: String,
    /// The current schedule.
    pub now: Schedule,
    /// The schedule after the remedy; `None` if there is nothing to fix.
    pub after: Option<Schedule>,
    /// What each edge on the critical path of `now` protects, if that was requested.
    pub decides: Vec<Decides>,
}

impl Timeline {
    /// Predicts both schedules.
    pub fn of(root: impl Into<String>, plan: &Plan, remedy: &Remedy) -> Self {
        let after = (!remedy.is_empty()).then(|| schedule(&plan.remedied(remedy)));
        Self { root: root.into(), now: schedule(plan), after, decides: Vec::new() }
    }

    /// Predicts both schedules from two plans: the second is that of the text with the remedy in it.
    pub fn compare(root: impl Into<String>, now: &Plan, after: Option<&Plan>) -> Self {
        Self { root: root.into(), now: schedule(now), after: after.map(schedule), decides: Vec::new() }
    }

    /// Only the rows of some tasks, with the modules and loops around them; the times stay those of the whole.
    #[must_use]
    pub fn only(&self, keep: &dyn Fn(TaskId) -> bool) -> Self {
        let after = self.after.as_ref().map(|after| after.only(keep));
        Self { root: self.root.clone(), now: self.now.only(keep), after, decides: Vec::new() }
    }

    /// The schedules with their titles.
    fn titled(&self) -> impl Iterator<Item = (&'static str, &Schedule)> {
        let first = match (self.now.unit, &self.after) {
            (Unit::Seconds, _) => "observed",
            (Unit::Minutes, Some(_)) => "as it is",
            (Unit::Minutes, None) => "predicted",
        };
        std::iter::once((first, &self.now)).chain(self.after.iter().map(|after| ("after the remedy", after)))
    }
}

/// The unit of the times in a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Minutes of a predicted schedule.
    Minutes,
    /// Seconds of an observed schedule.
    Seconds,
}

impl Unit {
    /// A time in hours: 113 minutes are `1:53`, 75 seconds are `0:01:15`.
    pub fn clock(self, time: u32) -> String {
        match self {
            Self::Minutes => clock(time),
            Self::Seconds => format!("{}:{:02}", clock(time / 60), time % 60),
        }
    }

    /// Steps of an axis that are easy to read.
    const fn steps(self) -> &'static [u32] {
        match self {
            Self::Minutes => &[1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440],
            Self::Seconds => {
                &[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400]
            }
        }
    }
}

/// Minutes as hours and minutes: 113 is `1:53`.
pub fn clock(minutes: u32) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests;
