//! The predicted schedule of a deployment, as it is and as it would be after the remedy, and its pictures.

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
pub use schedule::{Overlap, Row, RowId, Schedule, Status, schedule};

/// What a picture shows: one deployment now, and after its remedy where it has one.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// Displayed path of the root.
    pub root: String,
    /// As it is.
    pub now: Schedule,
    /// After the remedy; none where there is nothing to mend.
    pub after: Option<Schedule>,
}

impl Timeline {
    /// Predicts both schedules.
    pub fn of(root: impl Into<String>, plan: &Plan, remedy: &Remedy) -> Self {
        let after = (!remedy.is_empty()).then(|| schedule(&plan.remedied(remedy)));
        Self { root: root.into(), now: schedule(plan), after }
    }

    /// Predicts both schedules from two plans: the second is that of the text with the remedy in it.
    pub fn compare(root: impl Into<String>, now: &Plan, after: Option<&Plan>) -> Self {
        Self { root: root.into(), now: schedule(now), after: after.map(schedule) }
    }

    /// Only the rows of some tasks, with the modules and loops around them; the times stay those of the whole.
    #[must_use]
    pub fn only(&self, keep: &dyn Fn(TaskId) -> bool) -> Self {
        let after = self.after.as_ref().map(|after| after.only(keep));
        Self { root: self.root.clone(), now: self.now.only(keep), after }
    }

    /// The schedules with the words that stand above them.
    fn titled(&self) -> impl Iterator<Item = (&'static str, &Schedule)> {
        let first = if self.after.is_some() { "as it is" } else { "predicted" };
        std::iter::once((first, &self.now)).chain(self.after.iter().map(|after| ("after the remedy", after)))
    }
}

/// Minutes as hours and minutes: 113 is `1:53`.
pub fn clock(minutes: u32) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests;
