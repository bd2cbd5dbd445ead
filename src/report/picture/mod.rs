//! The deployment as a picture: modules as clusters around their resources, racing pairs in red, edges of the remedy
//! dashed.

mod dot;
mod layout;
mod mermaid;
mod svg;

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::{COLOURS, inline, svg};

use std::collections::{BTreeMap, BTreeSet};

use crate::timeline::{Plan, Presence, Remedy, Task, TaskId};

/// The contents of a picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The template's name for the title.
    pub root: String,
    /// The boxes; the contents of a module follow it.
    pub plan: Plan,
    /// The edges that would remove the races.
    pub remedy: Remedy,
}

/// The meaning of a line between two boxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    /// The second waits for the first.
    Waits,
    /// The second waits for the first, instance by instance.
    Each,
    /// The remedy would make the second wait for the first.
    Remedy,
    /// Both write one object, and nothing orders them.
    Race,
}

impl Picture {
    /// A picture of a whole plan.
    pub fn of(root: impl Into<String>, plan: Plan, remedy: Remedy) -> Self {
        Self { root: root.into(), plan, remedy }
    }

    /// A picture of the racing declarations, the modules around them, and their direct neighbours in the graph: their
    /// dependencies and the declarations that depend on them.
    #[must_use]
    pub fn around_races(&self) -> Self {
        let mut keep = self.plan.racing();
        let near: Vec<TaskId> = self
            .plan
            .all_waits()
            .filter(|(one, other, _)| keep.contains(one) || keep.contains(other))
            .flat_map(|(one, other, _)| [one, other])
            .collect();
        keep.extend(near);
        keep.extend(self.remedy.order.iter().flat_map(|&(one, other)| [one, other]));
        self.only(&keep)
    }

    /// The surroundings of the races if they have at most `boxes` boxes; otherwise only the racing declarations and the
    /// remedy; `None` if that is too much as well.
    pub fn within(&self, boxes: usize) -> Option<Self> {
        let around = self.around_races();
        if around.plan.tasks.len() <= boxes {
            return Some(around);
        }
        let mut keep = self.plan.racing();
        keep.extend(self.remedy.order.iter().flat_map(|&(one, other)| [one, other]));
        (keep.len() <= boxes).then(|| self.only(&keep))
    }

    fn only(&self, keep: &BTreeSet<TaskId>) -> Self {
        let new: BTreeMap<TaskId, TaskId> =
            keep.iter().enumerate().map(|(at, id)| (*id, TaskId(at as u32))).collect();
        let mut plan = Plan::default();
        for id in keep {
            let mut task = self.plan.task(*id).clone();
            task.parent = task.parent.and_then(|parent| new.get(&parent).copied());
            task.waits_for.retain(|wait| new.contains_key(&wait.on));
            for wait in &mut task.waits_for {
                wait.on = new[&wait.on];
            }
            plan.add(task);
        }
        for pair in &self.plan.contentions {
            if let (Some(&first), Some(&second)) = (new.get(&pair.first), new.get(&pair.second)) {
                plan.contentions.push(crate::timeline::Contention {
                    first,
                    second,
                    object: pair.object.clone(),
                });
            }
        }
        let both = |&(one, other): &(TaskId, TaskId)| Some((*new.get(&one)?, *new.get(&other)?));
        let remedy = Remedy {
            order: self.remedy.order.iter().filter_map(both).collect(),
            each: self.remedy.each.iter().filter_map(both).collect(),
            one_at_a_time: self.remedy.one_at_a_time.iter().filter_map(|id| new.get(id).copied()).collect(),
        };
        Self { root: self.root.clone(), plan, remedy }
    }

    /// All lines without duplicates, from the node that finishes first to the one after it, sorted.
    fn lines(&self) -> Vec<(TaskId, TaskId, Line)> {
        let waits = self
            .plan
            .all_waits()
            .map(|(earlier, later, each)| (earlier, later, if each { Line::Each } else { Line::Waits }));
        let remedy = self.remedy.order.iter().map(|&(earlier, later)| (earlier, later, Line::Remedy));
        let races = self.plan.contentions.iter().map(|pair| (pair.first, pair.second, Line::Race));
        let lines: BTreeSet<_> = waits.chain(remedy).chain(races).collect();
        lines.into_iter().collect()
    }

    /// The path of a box: `vpn/gateway`.
    fn full_name(&self, id: TaskId) -> String {
        let way = std::iter::successors(Some(id), |id| self.plan.task(*id).parent);
        let mut names: Vec<&str> = way.map(|id| self.plan.task(id).symbol.as_str()).collect();
        names.reverse();
        names.join("/")
    }

    /// The boxes that race.
    fn racing(&self) -> BTreeSet<TaskId> {
        self.plan.contentions.iter().flat_map(|pair| [pair.first, pair.second]).collect()
    }

    /// The boxes inside each box; those of the root have the key `None`.
    fn inside(&self) -> BTreeMap<Option<TaskId>, Vec<TaskId>> {
        let mut inside: BTreeMap<Option<TaskId>, Vec<TaskId>> = BTreeMap::new();
        for (at, task) in self.plan.tasks.iter().enumerate() {
            inside.entry(task.parent).or_default().push(TaskId(at as u32));
        }
        inside
    }
}

impl Plan {
    /// Every dependency: the node that finishes first, the node that waits, and whether the order is only instance by
    /// instance.
    fn all_waits(&self) -> impl Iterator<Item = (TaskId, TaskId, bool)> {
        self.tasks.iter().enumerate().flat_map(|(at, task)| {
            task.waits_for.iter().map(move |wait| (wait.on, TaskId(at as u32), wait.each))
        })
    }
}

/// Additional properties of a box next to its type.
fn remarks(task: &Task) -> String {
    let mut remarks = Vec::new();
    if let Some(copies) = task.copies {
        remarks.push(match copies.batch {
            Some(batch) => format!("loop, batches of {batch}"),
            None => "loop".to_owned(),
        });
    }
    match task.presence {
        Presence::Always => {}
        Presence::Conditional => remarks.push("conditional".to_owned()),
        Presence::Skipped => remarks.push("not deployed".to_owned()),
    }
    remarks.join(", ")
}

#[cfg(test)]
mod tests;
