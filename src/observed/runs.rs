//! Groups operations into runs: which operations belong to one deployment, which deployment contains which, and what was retried.
//!
//! An export names the deployment of each operation, and a nested deployment is an operation of the one around it. The next run uses
//! the same name of the deployment. So two lists of one deployment are two pages of one run if they have different operations, and
//! two runs if they have the same operations at different times.

use std::collections::{HashMap, HashSet};

use super::ids;
use super::read::{Exports, Operation, State};
use super::time::Instant;
use crate::limit::Limit;
use crate::small_sort::SmallSort as _;
use serde_json::Value;

/// A deployment with everything that is nested in it.
#[derive(Clone, Debug)]
pub struct Run {
    /// The id of the outermost deployment, or the name of its export.
    pub deployment: String,
    /// Its steps by start; a nested deployment comes before its content.
    pub steps: Vec<Step>,
    /// From the start of the first step to the end of the last; `None` without times.
    pub time: Option<(Instant, Instant)>,
    /// How it ended, if an export says so.
    pub state: Option<State>,
    /// The error of the deployment as a whole, if no step has a better one.
    pub error: Option<Value>,
    /// Number of operations that only read, evaluated or computed outputs.
    pub others: usize,
}

/// A resource that was written, or a nested deployment.
#[derive(Clone, Debug)]
pub struct Step {
    /// The key of the operation in its deployment.
    pub id: String,
    /// Whether it creates or changes its resource; otherwise it failed to read it, or to compute an output.
    pub is_write: bool,
    /// The id of its resource; empty where it has none.
    pub target: String,
    /// The type of its resource.
    pub ty: String,
    /// The nested deployment that contains it.
    pub parent: Option<usize>,
    /// Its depth; 0 in the outermost deployment.
    pub depth: usize,
    /// Whether it is a nested deployment.
    pub is_deployment: bool,
    /// Its attempts by start; empty without times.
    pub attempts: Vec<Attempt>,
    /// How it ended.
    pub state: State,
    /// The last error.
    pub error: Option<Value>,
    /// The request body.
    pub body: Option<Value>,
}

/// One attempt to write a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub start: Instant,
    /// When it ended.
    pub end: Instant,
    /// How it ended.
    pub state: State,
}

impl Step {
    /// From the start of the first attempt to the end of the last.
    pub fn time(&self) -> Option<(Instant, Instant)> {
        let start = self.attempts.first()?.start;
        Some((start, self.attempts.iter().map(|one| one.end).max().unwrap_or(start)))
    }

    /// The name of its resource.
    pub fn name(&self) -> String {
        if self.target.is_empty() { format!("operation {}", self.id) } else { ids::name_of(&self.target) }
    }
}

impl Run {
    /// The name of the outermost deployment.
    pub fn name(&self) -> String {
        if ids::is_deployment(&self.deployment) {
            ids::name_of(&self.deployment)
        } else {
            self.deployment.clone()
        }
    }

    /// The path to a step. Ex) `vpn/gw`
    pub fn way(&self, step: usize) -> String {
        let ways = std::iter::successors(Some(step), |&step| self.steps[step].parent);
        let mut names: Vec<String> = ways.map(|step| self.steps[step].name()).collect();
        names.reverse();
        names.join("/")
    }

    /// Whether a step in a nested deployment also failed, with a better error.
    pub fn has_failed_inside(&self, outer: usize) -> bool {
        let depth = self.steps[outer].depth;
        let inside = self.steps[outer + 1..].iter().take_while(|step| step.depth > depth);
        inside.filter(|step| !step.is_deployment).any(|step| step.state == State::Failed)
    }

    /// Total time in which nothing ran, in milliseconds.
    pub fn idle(&self) -> Instant {
        let leaves = self.steps.iter().filter(|step| !step.is_deployment);
        let mut busy: Vec<(Instant, Instant)> =
            leaves.flat_map(|step| &step.attempts).map(|one| (one.start, one.end)).collect();
        busy.small_sort();
        let Some((start, end)) = self.time.filter(|_| !busy.is_empty()) else { return 0 };
        let (mut idle, mut until) = (0, start);
        for (from, to) in busy {
            idle += (from - until).max(0);
            until = until.max(to);
        }
        idle + (end - until).max(0)
    }
}

/// Operations of one run of one deployment.
struct Part<'e> {
    deployment: String,
    is_cut: bool,
    operations: Vec<&'e Operation>,
    time: Option<(Instant, Instant)>,
    ids: HashSet<&'e str>,
    keys: HashSet<Key<'e>>,
}

/// The key of an operation in all runs.
type Key<'e> = (&'e str, Option<(Instant, Instant)>, String);

fn key(one: &Operation) -> Key<'_> {
    (&one.id, one.time, one.target.to_ascii_lowercase())
}

impl<'e> Part<'e> {
    fn new(deployment: &str, is_cut: bool, operations: Vec<&'e Operation>) -> Self {
        let mut part = Self {
            deployment: deployment.to_owned(),
            is_cut,
            operations: Vec::new(),
            time: None,
            ids: HashSet::new(),
            keys: HashSet::new(),
        };
        part.add(operations);
        part
    }

    fn add(&mut self, operations: Vec<&'e Operation>) {
        self.time = whole(self.time.into_iter().chain(operations.iter().filter_map(|one| one.time)));
        self.ids.extend(operations.iter().map(|one| one.id.as_str()).filter(|id| !id.is_empty()));
        self.keys.extend(operations.iter().map(|one| key(one)));
        self.operations.extend(operations);
    }

    /// Whether another list is a page of the same run: it has other operations, and one of them was cut, or both ran
    /// together.
    fn continues_with(&self, other: &Self) -> bool {
        let meets = match (self.time, other.time) {
            (Some(one), Some(other)) => one.0 <= other.1 && other.0 <= one.1,
            _ => true,
        };
        (self.is_cut || other.is_cut || meets) && other.ids.is_disjoint(&self.ids)
    }

    /// Whether another list repeats this one: the same operations at the same times.
    fn is_repeated_by(&self, other: &Self) -> bool {
        other.keys.is_subset(&self.keys)
    }
}

fn whole(times: impl Iterator<Item = (Instant, Instant)>) -> Option<(Instant, Instant)> {
    times.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
}

/// The runs of some exports, by start.
pub fn runs(exports: &Exports) -> Vec<Run> {
    let parts = parts(exports);
    let parents = parents(&parts);
    let mut inside: HashMap<(usize, usize), Vec<usize>> = HashMap::new();
    for (part, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            inside.entry(*parent).or_default().push(part);
        }
    }
    let outermost = (0..parts.len()).filter(|&part| parents[part].is_none());
    let mut runs: Vec<Run> = outermost
        .map(|part| {
            let mut building = Building { parts: &parts, inside: &inside, steps: Vec::new(), others: 0 };
            building.part(part, None, 0);
            let Building { steps, others, .. } = building;
            let time = whole(steps.iter().filter_map(Step::time));
            Run { deployment: parts[part].deployment.clone(), steps, time, state: None, error: None, others }
        })
        .collect();
    for deployment in &exports.deployments {
        add_deployment(&mut runs, deployment);
    }
    runs.small_sort_by_key(|run| (run.time.is_none(), run.time, run.deployment.clone()));
    runs
}

/// Sets the result of a run as a whole; a deployment without operations is a run of its own.
fn add_deployment(runs: &mut Vec<Run>, deployment: &super::read::Deployment) {
    let is_nested =
        runs.iter().flat_map(|run| &run.steps).any(|step| step.target.eq_ignore_ascii_case(&deployment.id));
    let is_same = |run: &&mut Run| {
        let together = match (run.time, deployment.time) {
            (Some(one), Some(other)) => one.0 <= other.1 && other.0 <= one.1,
            _ => true,
        };
        together
            && (run.deployment.eq_ignore_ascii_case(&deployment.id)
                || ids::name_of(&run.deployment).eq_ignore_ascii_case(&deployment.id))
    };
    if let Some(run) = runs.iter_mut().find(is_same) {
        run.state = Some(deployment.state);
        run.error.clone_from(&deployment.error);
        run.time = whole(run.time.into_iter().chain(deployment.time));
    } else if !is_nested {
        runs.push(Run {
            deployment: deployment.id.clone(),
            steps: Vec::new(),
            time: deployment.time,
            state: Some(deployment.state),
            error: deployment.error.clone(),
            others: 0,
        });
    }
}

fn parts(exports: &Exports) -> Vec<Part<'_>> {
    let mut by_list: Vec<(&str, bool, Vec<&Operation>)> = Vec::new();
    let mut known: HashMap<(usize, String), usize> = HashMap::new();
    for operation in &exports.operations {
        let key = (operation.list, operation.deployment.to_ascii_lowercase());
        let at = *known.entry(key).or_insert_with(|| {
            by_list.push((&operation.deployment, exports.cut.contains(&operation.list), Vec::new()));
            by_list.len() - 1
        });
        by_list[at].2.push(operation);
    }
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut of: HashMap<String, Vec<usize>> = HashMap::new();
    for (deployment, is_cut, operations) in by_list {
        for operations in split(operations) {
            let part = Part::new(deployment, is_cut, operations);
            let alike = of.entry(deployment.to_ascii_lowercase()).or_default();
            let same =
                alike.iter().find(|&&at| parts[at].is_repeated_by(&part) || parts[at].continues_with(&part));
            match same {
                Some(&at) if parts[at].is_repeated_by(&part) => {}
                Some(&at) => parts[at].add(part.operations),
                None => {
                    alike.push(parts.len());
                    parts.push(part);
                }
            }
        }
    }
    parts
}

/// Splits a list that contains several runs of a deployment: an operation that occurs again belongs to the next run.
/// The runs are separated at the longest pause before that.
fn split(mut operations: Vec<&Operation>) -> Vec<Vec<&Operation>> {
    operations.small_sort_by_key(|one| one.time);
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(next) = next_run(&operations[from..]) {
        all.push(operations[from..from + next].to_vec());
        from += next;
    }
    all.push(operations.split_off(from));
    all
}

/// Index at which the next run begins; `None` if all operations belong to one run.
fn next_run(operations: &[&Operation]) -> Option<usize> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let (first, second) = operations.iter().enumerate().find_map(|(at, one)| {
        let timed = one.time.filter(|_| !one.id.is_empty())?;
        let first = *seen.entry(&one.id).or_insert(at);
        (operations[first].time != Some(timed)).then_some((first, at))
    })?;
    let mut busy_until = Instant::MIN;
    let mut best = (second, Instant::MIN);
    for (at, one) in operations.iter().enumerate().take(second + 1) {
        let Some((start, end)) = one.time else { continue };
        let gap = start.saturating_sub(busy_until);
        if at > first && gap > best.1 {
            best = (at, gap);
        }
        busy_until = busy_until.max(end);
    }
    Some(best.0)
}

/// For each part, the operation that it is nested in, by the indexes of its part and its place: of those with its id,
/// the one that it overlaps for the longest time.
fn parents(parts: &[Part<'_>]) -> Vec<Option<(usize, usize)>> {
    let mut calls: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    for (at, part) in parts.iter().enumerate() {
        for (place, operation) in part.operations.iter().enumerate() {
            if operation.is_write && ids::is_deployment(&operation.target) {
                calls.entry(operation.target.to_ascii_lowercase()).or_default().push((at, place));
            }
        }
    }
    let mut parents: Vec<Option<(usize, usize)>> = Vec::with_capacity(parts.len());
    for part in parts {
        let together = |&(of, place): &(usize, usize)| match (part.time, parts[of].operations[place].time) {
            (Some(one), Some(other)) => one.1.min(other.1) - one.0.max(other.0),
            _ => 0,
        };
        let candidates = calls.get(&part.deployment.to_ascii_lowercase());
        let best = candidates.into_iter().flatten().copied().max_by_key(together);
        parents.push(best.filter(|best| together(best) >= 0));
    }
    // A deployment that is nested too deeply, or in itself, becomes a run of its own.
    for at in 0..parents.len() {
        let above = std::iter::successors(Some(at), |&at| parents[at].map(|(of, _)| of));
        if Limit::ObservedLevels
            .check(above.take(Limit::ObservedLevels.number() as usize + 1).count())
            .is_err()
        {
            parents[at] = None;
        }
    }
    parents
}

/// Builds the steps of one run.
struct Building<'p, 'e> {
    parts: &'p [Part<'e>],
    inside: &'p HashMap<(usize, usize), Vec<usize>>,
    steps: Vec<Step>,
    others: usize,
}

impl Building<'_, '_> {
    fn part(&mut self, at: usize, parent: Option<usize>, depth: usize) {
        let operations = &self.parts[at].operations;
        let mut by_target: Vec<(String, Vec<usize>)> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (place, operation) in operations.iter().enumerate() {
            let is_told = operation.is_write || operation.state == State::Failed;
            if !is_told {
                self.others += 1;
                continue;
            }
            // A failed read or output is a step of its own.
            let target = if operation.is_write {
                operation.target.to_ascii_lowercase()
            } else {
                format!("operation {}", operation.id)
            };
            let group = *known.entry(target.clone()).or_insert_with(|| {
                by_target.push((target, Vec::new()));
                by_target.len() - 1
            });
            by_target[group].1.push(place);
        }
        let start = |places: &[usize]| places.iter().filter_map(|&place| operations[place].time).min();
        by_target
            .small_sort_by_key(|(target, places)| (start(places).is_none(), start(places), target.clone()));
        for (_, places) in by_target {
            let of: Vec<&Operation> = places.iter().map(|&place| operations[place]).collect();
            let own = self.steps.len();
            self.steps.push(step(&of, parent, depth));
            let inside: Vec<usize> =
                places.iter().filter_map(|&place| self.inside.get(&(at, place))).flatten().copied().collect();
            for part in inside {
                self.part(part, Some(own), depth + 1);
            }
        }
    }
}

/// All attempts at one resource.
fn step(operations: &[&Operation], parent: Option<usize>, depth: usize) -> Step {
    let mut attempts: Vec<Attempt> = operations
        .iter()
        .filter_map(|one| one.time.map(|(start, end)| Attempt { start, end, state: one.state }))
        .collect();
    attempts.small_sort_by_key(|one| (one.start, one.end));
    attempts.dedup();
    let last =
        operations.iter().copied().max_by_key(|one| one.time.map(|(_, end)| end)).unwrap_or(operations[0]);
    let failed = operations.iter().rev().find(|one| one.error.is_some());
    Step {
        id: last.id.clone(),
        is_write: last.is_write,
        target: last.target.clone(),
        ty: last.ty.clone(),
        parent,
        depth,
        is_deployment: ids::is_deployment(&last.target),
        attempts,
        state: last.state,
        error: last.error.clone().or_else(|| failed.and_then(|one| one.error.clone())),
        body: operations.iter().find_map(|one| one.body.clone()),
    }
}
