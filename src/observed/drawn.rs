//! A run in the form of the timeline: the same rows, in seconds.

use super::conflict::{At, Conflict};
use super::read::State;
use super::runs::{Run, Step};
use super::time::Instant;
use crate::limit::{Limit, Reached};
use crate::small_sort::SmallSort as _;
use crate::timeline::{Row, RowId, Schedule, Status, TaskId, Timeline, Unit};

/// A run as a timeline, and the limit of rows if it was reached. `None` without times.
pub fn timeline(
    runs: &[Run],
    number: usize,
    conflicts: &[Conflict<'_>],
) -> Option<(Timeline, Option<Reached>)> {
    let run = &runs[number];
    let (start, end) = run.time.filter(|_| !run.steps.is_empty())?;
    let second = |at: Instant| u32::try_from((at - start).max(0) / 1000).unwrap_or(u32::MAX);
    let most = Limit::ObservedRows.number() as usize;
    let mut rows: Vec<Row> = Vec::new();
    let mut placed: Vec<Option<RowId>> = vec![None; run.steps.len()];
    for (at, step) in run.steps.iter().enumerate().take(most) {
        let Some((from, to)) = step.time() else { continue };
        let parent = step.parent.and_then(|parent| placed[parent]);
        placed[at] = Some(RowId(rows.len() as u32));
        let own = At { run: number, step: at };
        let contested = conflicts.iter().filter(|one| one.steps.contains(&own));
        let contested = merged(contested.map(|one| (second(one.time.0), second(one.time.1))).collect());
        rows.push(Row {
            task: TaskId(at as u32),
            name: step.name(),
            ty: if step.is_deployment { "module".to_owned() } else { step.ty.clone() },
            parent,
            depth: step.depth,
            has_children: run.steps.get(at + 1).is_some_and(|next| next.depth > step.depth),
            status: Status::Runs,
            start: second(from),
            end: second(to),
            assumed: false,
            critical: false,
            is_racing: !contested.is_empty(),
            contested,
            note: note(step),
        });
    }
    if rows.is_empty() {
        return None;
    }
    let now = Schedule {
        rows,
        unit: Unit::Seconds,
        total: second(end),
        range: None,
        critical: Vec::new(),
        deciding: Vec::new(),
        overlaps: Vec::new(),
    };
    let reached = Limit::ObservedRows.check(run.steps.len()).err();
    Some((Timeline { root: run.name(), now, after: None, decides: Vec::new() }, reached))
}

/// Merges times that touch.
fn merged(mut times: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    times.small_sort();
    let mut all: Vec<(u32, u32)> = Vec::with_capacity(times.len());
    for (from, to) in times {
        match all.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => all.push((from, to)),
        }
    }
    all
}

/// How a step ended, unless its first attempt succeeded.
fn note(step: &Step) -> String {
    let ended = match step.state {
        State::Succeeded => "",
        State::Failed => "failed",
        State::Canceled => "canceled",
        State::Running => "still running",
    };
    match (step.attempts.len(), ended) {
        (0 | 1, ended) => ended.to_owned(),
        (count, "") => format!("{count} attempts"),
        (count, ended) => format!("{ended}, {count} attempts"),
    }
}
