//! What really happened in a deployment: the schedule of the operations that Azure recorded, and the conflicts between
//! those that ran at the same time.
//!
//! Exports become runs (`runs`), runs become schedules in the form of the timeline (`drawn`), and overlaps become
//! conflicts (`conflict`). A failure that no conflict explains gets the answer that `explain` gives.

pub mod beside;
pub mod conflict;
pub mod declared;
pub mod drawn;
pub mod html;
mod ids;
pub mod json;
pub mod learn;
pub mod read;
pub mod runs;
pub mod text;
mod time;

use std::collections::{BTreeMap, BTreeSet};

use crate::azure::catalog::Catalog;
use crate::azure::explain::{Explained, explain};
use crate::level::Level;
use crate::limit::{Limit, Reached};

use self::beside::Beside;
use self::conflict::{At, Conflict, Known, Sure, conflicts};
use self::read::{Exports, State};
use self::runs::{Run, runs};

/// The runs in some exports, with their conflicts and failures.
pub struct Observed<'c> {
    /// The runs, by start.
    pub runs: Vec<Run>,
    /// Operations that overlapped although they must not: the most certain conflict first, then the most severe.
    pub conflicts: Vec<Conflict<'c>>,
    /// The failures that no conflict explains.
    pub failures: Vec<Failed<'c>>,
    /// The declarations of the steps that were matched to one.
    pub declarations: BTreeMap<At, String>,
    /// The comparison of each run with the prediction of the template.
    pub beside: Vec<Beside>,
    /// Notes for the user, one line each.
    pub notes: Vec<String>,
}

/// A failure that no conflict explains.
pub struct Failed<'c> {
    /// Index of the run.
    pub run: usize,
    /// Index of the step in it; `None` if only the deployment as a whole reports the failure.
    pub step: Option<usize>,
    /// The answer that `explain` gives.
    pub explained: Explained<'c>,
}

impl<'c> Observed<'c> {
    /// Analyses some exports. `make` builds what a template adds, from the runs.
    pub fn of(
        exports: &Exports,
        catalog: &'c Catalog,
        make: impl FnOnce(&[Run]) -> Box<dyn Known + 'c>,
    ) -> Self {
        let runs = runs(exports);
        let mut known = make(&runs);
        let mut found = conflicts(&runs, catalog, &mut *known);
        for conflict in found.all.iter_mut().take(Limit::ObservedOverlaps.number() as usize) {
            conflict.advice = known.advice(conflict.steps);
        }
        let steps = runs
            .iter()
            .enumerate()
            .flat_map(|(run, of)| (0..of.steps.len()).map(move |step| At { run, step }));
        let declarations = steps.filter_map(|at| Some((at, known.name(at)?))).collect();
        let beside = known.beside(&runs, !exports.cut.is_empty());
        let failures = failures(&runs, catalog, &found.all);
        let mut notes = exports.notes.clone();
        let alone = runs.iter().filter(|run| run.steps.is_empty() && run.others == 0);
        notes.extend(alone.map(|run| {
            let name = run.name();
            format!("`{name}` has no operations here: `az deployment operation group list` says what it did")
        }));
        notes.extend(known.notes());
        notes.extend(untimed(&runs));
        let count = exports.operations.len() + exports.left_out;
        notes.extend(Limit::ObservedOperations.check(count).err().as_ref().map(Reached::to_string));
        notes.extend(found.reached.as_ref().map(Reached::to_string));
        Self { runs, conflicts: found.all, failures, declarations, beside, notes }
    }

    /// Whether there was anything to compare: an operation with times, or one that only reads.
    pub fn has_looked(&self) -> bool {
        self.runs.iter().flat_map(|run| &run.steps).any(|step| !step.attempts.is_empty())
            || self.runs.iter().any(|run| run.others > 0)
    }

    /// Whether any conflict counts, as in [`Conflict::counts`].
    pub fn has_overlapped(&self) -> bool {
        self.conflicts.iter().any(Conflict::counts)
    }
}

impl Conflict<'_> {
    /// Whether it is more than a possibility: it explains a failure, or wrote one object and is at least a warning.
    pub fn counts(&self) -> bool {
        match self.sure {
            Sure::Possible => false,
            Sure::Overlapped => self.level >= Level::Warning,
            Sure::Likely | Sure::Cause => true,
        }
    }
}

/// A note about operations without times, which are missing from the schedule.
fn untimed(runs: &[Run]) -> Option<String> {
    let steps = runs.iter().flat_map(|run| &run.steps);
    let count = steps.filter(|step| step.attempts.is_empty()).count();
    let they = match count {
        0 => return None,
        1 => "1 operation has no `timestamp` or no `duration`, and stands".to_owned(),
        count => format!("{count} operations have no `timestamp` or no `duration`, and stand"),
    };
    Some(format!("{they} in no schedule; `az deployment operation group list` gives it"))
}

/// The failures that no conflict explains. A deployment is omitted if something inside it failed with a better error.
fn failures<'c>(runs: &[Run], catalog: &'c Catalog, conflicts: &[Conflict<'_>]) -> Vec<Failed<'c>> {
    let explained: BTreeSet<At> = conflicts
        .iter()
        .flat_map(|one| &one.failures)
        .filter(|one| one.is_known)
        .map(|one| one.step)
        .collect();
    let mut all = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        let mut has_failed = false;
        for (at, step) in run.steps.iter().enumerate().filter(|(_, step)| step.state == State::Failed) {
            has_failed = true;
            let says_more = step.is_deployment && run.has_failed_inside(at);
            let Some(error) = step.error.as_ref().filter(|_| !says_more) else { continue };
            if !explained.contains(&At { run: number, step: at }) {
                let explained = explain(catalog, &conflict::told(error, &step.target));
                all.push(Failed { run: number, step: Some(at), explained });
            }
        }
        if let Some(error) = run.error.as_ref().filter(|_| !has_failed) {
            let explained = explain(catalog, &conflict::told(error, &run.deployment));
            all.push(Failed { run: number, step: None, explained });
        }
    }
    all
}

#[cfg(test)]
mod tests;
