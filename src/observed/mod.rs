//! What really happened in a deployment: the operations that Azure keeps of it, as a schedule, with what the catalogue
//! knows of what ran at the same time.
//!
//! Exports become runs (`runs`), runs a schedule in the form of the timeline (`drawn`), and what overlapped
//! conflicts (`conflict`). A failure that no conflict explains has the answer that `explain` gives.

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

/// What some exports come to.
pub struct Observed<'c> {
    /// The runs, by start.
    pub runs: Vec<Run>,
    /// What ran at the same time and may not, the weightiest first.
    pub conflicts: Vec<Conflict<'c>>,
    /// The failures that no conflict explains.
    pub failures: Vec<Failed<'c>>,
    /// The declarations that steps are of.
    pub declarations: BTreeMap<At, String>,
    /// The runs beside what the template predicts.
    pub beside: Vec<Beside>,
    /// What is to be known of the exports, each in one line.
    pub notes: Vec<String>,
}

/// A failure that no conflict explains.
pub struct Failed<'c> {
    /// The run.
    pub run: usize,
    /// The step in it; none where only the deployment as a whole says that it failed.
    pub step: Option<usize>,
    /// What is known of it.
    pub explained: Explained<'c>,
}

impl<'c> Observed<'c> {
    /// What some exports come to, with what a template knows of the objects.
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

    /// Whether any operation says when it ran: else nothing was compared.
    pub fn has_looked(&self) -> bool {
        self.runs.iter().flat_map(|run| &run.steps).any(|step| !step.attempts.is_empty())
            || self.runs.iter().any(|run| run.others > 0)
    }

    /// Whether a conflict overlapped: of one object, or one that failed as such a conflict fails.
    pub fn has_overlapped(&self) -> bool {
        self.conflicts.iter().any(Conflict::counts)
    }
}

impl Conflict<'_> {
    /// Whether it is more than a possibility.
    pub fn counts(&self) -> bool {
        match self.sure {
            Sure::Possible => false,
            Sure::Overlapped => self.level >= Level::Warning,
            Sure::Likely | Sure::Cause => true,
        }
    }
}

/// What has no time is in no schedule.
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

/// What failed, but for what a conflict explains and for deployments in which something failed that says more.
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
