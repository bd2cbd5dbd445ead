//! Compares what a template predicts with what was observed: the minutes of each declaration, and other differences.
//!
//! The template is scheduled with typical minutes, as in `timeline`, and each declaration gets the operations that were
//! matched to it. An operation that began before the template lets it begin proves that another version was deployed;
//! durations alone never prove that.

use super::conflict::{At, TOUCHING};
use super::declared::Declared;
use super::read::State;
use super::runs::{Attempt, Run, Step};
use super::time::Instant;
use crate::azure::durations::Typical;
use crate::eval::term::Term;
use crate::small_sort::SmallSort as _;
use crate::template::NodeId;
use crate::timeline::{Plan, Predicted, Presence, Schedule, Status, TaskId, predict, schedule};
use crate::workspace::TemplateId;

const MS_OF_MINUTE: Instant = 60_000;

/// An instance took far longer if it exceeded the top of the range by more than this many minutes, and took more than
/// twice as long.
const LONGER: Instant = 5;

/// An instance took far less if it needed less than a fourth of the bottom of the range, and the bottom is at least
/// this many minutes.
const SHORTER: Instant = 5;

/// The comparison of one run with the template.
#[derive(Clone, Debug)]
pub struct Beside {
    /// Index of the run.
    pub run: usize,
    /// Its predicted duration, in minutes.
    pub predicted: u32,
    /// The declarations in the order of the template, then the operations without one.
    pub lines: Vec<Line>,
}

/// A declaration, or an operation without one.
#[derive(Clone, Debug)]
pub struct Line {
    /// Name of the declaration; for an operation without one, its path.
    pub name: String,
    /// File and line of the declaration; `None` for an operation without one.
    pub place: Option<String>,
    /// Predicted start and end, in minutes from the start of the root; for a loop, over all instances. `None` if its
    /// minutes, or those of something in it, are not known.
    pub predicted: Option<(u32, u32)>,
    /// The typical minutes of one instance.
    pub typical: Option<Typical>,
    /// Its operations, as steps of the run.
    pub steps: Vec<usize>,
    /// Observed start and end, in milliseconds from the start of the run.
    pub observed: Option<(Instant, Instant)>,
    /// The differences between prediction and observation.
    pub differences: Vec<Difference>,
}

/// A difference between prediction and observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It began before the end of a declaration that it waits for: the name of that declaration, and how many
    /// milliseconds before.
    Early(String, Instant),
    /// An instance took far longer than is typical of its type: its duration.
    Longer(Instant),
    /// An instance took far less than is typical of its type: its duration.
    Shorter(Instant),
    /// It is declared but never ran, with the reason.
    NeverRan(Why),
    /// It ran, but the operations inside it are not in the exports.
    Unseen,
    /// It ran but is not declared.
    Undeclared,
    /// It ran, but several declarations fit equally well.
    Several,
}

/// Why a declaration never ran, as far as that can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It waits for a declaration that failed.
    After(String),
    /// It is declared under a condition, or as a loop that may be empty.
    Condition,
    /// An operation did not succeed, so the deployment may have ended first.
    Ended,
    /// The exports lack pages.
    Cut,
    /// Another version of the template was deployed.
    Version,
}

impl Difference {
    /// Its name in JSON.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Early(..) => "early",
            Self::Longer(_) => "longer",
            Self::Shorter(_) => "shorter",
            Self::NeverRan(_) => "neverRan",
            Self::Unseen => "unseen",
            Self::Undeclared => "undeclared",
            Self::Several => "several",
        }
    }

    /// What it means, in one line; `typical` has the typical minutes of the type.
    pub fn words(&self, typical: Option<Typical>) -> String {
        let clock = super::text::clock;
        let known = typical.map_or_else(String::new, |known| {
            if known.is_range() {
                format!("{} to {} minutes", known.low, known.high)
            } else {
                format!("{} minutes", known.likely)
            }
        });
        match self {
            Self::Early(of, by) => format!(
                "began {} before the end of `{of}`, which it waits for here: another version of the template was deployed",
                clock(*by)
            ),
            Self::Longer(took) => format!("took {}, far longer than the typical {known}", clock(*took)),
            Self::Shorter(took) => {
                format!(
                    "took {}, far shorter than the typical {known}: perhaps it existed before",
                    clock(*took)
                )
            }
            Self::NeverRan(why) => format!("declared, but never ran: {}", why.words()),
            Self::Unseen => "its own operations are not here: export them too".to_owned(),
            Self::Undeclared => {
                "ran, but is not declared: another version of the template was deployed".to_owned()
            }
            Self::Several => "ran, but several declarations fit it equally well".to_owned(),
        }
    }
}

impl Why {
    fn words(&self) -> String {
        match self {
            Self::After(name) => format!("it waits for `{name}`, which failed"),
            Self::Condition => "its condition or its loop may say so".to_owned(),
            Self::Ended => "the deployment ended before".to_owned(),
            Self::Cut => "the operations are cut at `nextLink`".to_owned(),
            Self::Version => "another version of the template was deployed".to_owned(),
        }
    }
}

/// The path to a declaration: the module calls, outermost first, then the declaration itself.
type Way = Vec<(TemplateId, NodeId)>;

/// The instances of one declaration, and the steps that were matched to them.
struct Group {
    task: TaskId,
    instances: Vec<usize>,
    steps: Vec<(usize, Option<Term>)>,
    is_unseen: bool,
}

/// Compares each run that has a matched declaration with the template.
pub(super) fn beside(declared: &mut Declared<'_>, runs: &[Run], is_cut: bool) -> Vec<Beside> {
    if declared.count() == 0 {
        return Vec::new();
    }
    let session = declared.session;
    let predicted = predict(&mut declared.analysis, declared.root, &|ty| session.minutes(ty));
    let comparing = Comparing {
        declared,
        schedule: schedule(&predicted.plan),
        tasks: tasks(&predicted),
        plan: &predicted.plan,
        is_cut,
    };
    runs.iter().enumerate().filter_map(|(number, run)| comparing.run(number, run)).collect()
}

/// The task of each declaration, sorted by the path of the declaration.
fn tasks(predicted: &Predicted) -> Vec<(Way, TaskId)> {
    let mut ways: Vec<Way> = Vec::new();
    for (at, task) in predicted.plan.tasks.iter().enumerate() {
        let mut way = task.parent.map_or_else(Vec::new, |parent| ways[parent.0 as usize].clone());
        way.push(predicted.node(TaskId(at as u32)));
        ways.push(way);
    }
    let mut tasks: Vec<_> = ways.into_iter().enumerate().map(|(at, way)| (way, TaskId(at as u32))).collect();
    tasks.small_sort();
    tasks
}

struct Comparing<'d, 's> {
    declared: &'d Declared<'s>,
    plan: &'d Plan,
    schedule: Schedule,
    tasks: Vec<(Way, TaskId)>,
    is_cut: bool,
}

impl Comparing<'_, '_> {
    fn run(&self, number: usize, run: &Run) -> Option<Beside> {
        let mut steps: Vec<Vec<usize>> = vec![Vec::new(); self.declared.instances.len()];
        for (at, (instance, _)) in self.declared.matched.iter().filter(|(at, _)| at.run == number) {
            steps[*instance].push(at.step);
        }
        if steps.iter().all(Vec::is_empty) {
            return None;
        }
        let outermost = &self.declared.bases[number];
        let groups = self.groups(outermost, &steps, run);
        let start = run.time.map_or(0, |(start, _)| start);
        let mut ordered: Vec<&Group> = groups.iter().flatten().collect();
        // A module comes before its content.
        ordered.small_sort_by_key(|group| group.instances.iter().min());
        let mut lines: Vec<Line> =
            ordered.into_iter().map(|group| self.line(group, &groups, run, start)).collect();
        lines.extend(self.others(number, run, start));
        let whole = outermost.iter().filter_map(|&one| self.span(self.task(one)?));
        let whole = whole.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1), false));
        Some(Beside { run: number, predicted: whole.map_or(0, |(from, to, _)| to - from), lines })
    }

    fn task(&self, instance: usize) -> Option<TaskId> {
        let way = &self.declared.instances[instance].way;
        let at = self.tasks.binary_search_by(|(known, _)| known.cmp(way)).ok()?;
        Some(self.tasks[at].1)
    }

    /// The group of each task. The content of a module is included only if its operations are known.
    fn groups(&self, outermost: &[usize], steps: &[Vec<usize>], run: &Run) -> Vec<Option<Group>> {
        let mut has_inside = vec![false; run.steps.len()];
        run.steps.iter().filter_map(|step| step.parent).for_each(|parent| has_inside[parent] = true);
        let mut open = outermost.to_vec();
        let mut groups: Vec<Option<Group>> = self.plan.tasks.iter().map(|_| None).collect();
        while let Some(at) = open.pop() {
            let instance = &self.declared.instances[at];
            let is_open = steps[at].iter().any(|&step| has_inside[step]);
            if is_open {
                open.extend(&instance.inside);
            }
            // Declarations beyond the limits of the schedule are not compared.
            let Some(task) = self.task(at) else { continue };
            let none = || Group { task, instances: Vec::new(), steps: Vec::new(), is_unseen: false };
            let group = groups[task.0 as usize].get_or_insert_with(none);
            group.instances.push(at);
            group.steps.extend(steps[at].iter().map(|&step| (step, instance.index)));
            group.is_unseen |= !is_open && !instance.inside.is_empty() && !steps[at].is_empty();
        }
        for group in groups.iter_mut().flatten() {
            group.steps.small_sort_by_key(|(step, _)| *step);
        }
        groups
    }

    /// Predicted start and end of a task, and whether its minutes are only assumed.
    fn span(&self, task: TaskId) -> Option<(u32, u32, bool)> {
        let is_drawn = |status: Status| matches!(status, Status::Runs | Status::Conditional);
        let rows = self.schedule.rows.iter().filter(|row| row.task == task && is_drawn(row.status));
        rows.map(|row| (row.start, row.end, row.assumed))
            .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1), one.2 || other.2))
    }

    fn line(&self, group: &Group, groups: &[Option<Group>], run: &Run, start: Instant) -> Line {
        let session = self.declared.session;
        let workspace = session.workspace();
        let instance = &self.declared.instances[group.instances[0]];
        let (id, node) = instance.way[instance.way.len() - 1];
        let place = workspace.template(id).place(workspace.template(id).node(node).symbol_span);
        let file = workspace.sources.file(place.file);
        let is_module = instance.ty.is_empty();
        let typical = if is_module { None } else { session.minutes(&instance.ty) };
        let predicted = self.span(group.task).filter(|(_, _, is_assumed)| !is_assumed);
        let steps: Vec<usize> = group.steps.iter().map(|(step, _)| *step).collect();
        let mut differences = Vec::new();
        differences.extend(self.early(group, groups, run));
        differences.extend(typical.and_then(|typical| unusual(typical, &steps, run)));
        let is_perhaps_there = || group.instances.iter().any(|one| self.declared.maybe.contains(one));
        if steps.is_empty() && !is_perhaps_there() {
            differences.push(Difference::NeverRan(self.why(group.task, groups, run)));
        }
        if group.is_unseen {
            differences.push(Difference::Unseen);
        }
        Line {
            name: self.name(group),
            place: Some(format!("{}:{}", file.path, file.position(place.span.start).line)),
            predicted: predicted.map(|(from, to, _)| (from, to)),
            typical,
            observed: observed(&steps, run, start),
            steps,
            differences,
        }
    }

    fn name(&self, group: &Group) -> String {
        self.declared.session.workspace().name_of(&self.declared.instances[group.instances[0]].way)
    }

    /// The wait that was violated by the longest time.
    fn early(&self, group: &Group, groups: &[Option<Group>], run: &Run) -> Option<Difference> {
        let mut worst: Option<(Instant, &Group)> = None;
        for wait in &self.plan.task(group.task).waits_for {
            let Some(early) = &groups[wait.on.0 as usize] else { continue };
            // The last end in each nested deployment that contains both, and for each element of a loop.
            let mut ends: Vec<_> = early
                .steps
                .iter()
                .filter_map(|&step| {
                    Some((self.beside_which(step, wait.each, run)?, run.steps[step.0].time()?))
                })
                .map(|(which, (from, to))| (which, to, from))
                .collect();
            ends.small_sort();
            for &step in &group.steps {
                let (Some(which), Some((start, end))) =
                    (self.beside_which(step, wait.each, run), run.steps[step.0].time())
                else {
                    continue;
                };
                let behind = ends.partition_point(|(known, ..)| *known <= which);
                let Some(&(known, to, from)) = behind.checked_sub(1).map(|at| &ends[at]) else { continue };
                let shorter = (to - from).min(end - start);
                let by = to - start;
                let is_early = known == which && by > TOUCHING.min(shorter / 2);
                if is_early && worst.is_none_or(|(most, _)| by > most) {
                    worst = Some((by, early));
                }
            }
        }
        let (by, early) = worst?;
        Some(Difference::Early(self.name(early), by))
    }

    /// The nested deployment that contains a step, and with `each` also its element of the loop; `None` if that is not
    /// known.
    fn beside_which(
        &self,
        (step, index): (usize, Option<Term>),
        each: bool,
        run: &Run,
    ) -> Option<(Option<usize>, i64)> {
        let terms = self.declared.analysis.evaluator.known_terms();
        let element = if each { terms.known_int(index?)? } else { 0 };
        Some((run.steps[step].parent, element))
    }

    /// Why a declaration never ran.
    fn why(&self, task: TaskId, groups: &[Option<Group>], run: &Run) -> Why {
        if self.is_cut {
            return Why::Cut;
        }
        let (mut open, mut seen) = (vec![task], vec![false; groups.len()]);
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at.0 as usize], true) {
                continue;
            }
            for wait in &self.plan.task(at).waits_for {
                let Some(group) = &groups[wait.on.0 as usize] else { continue };
                if group.steps.iter().any(|&(step, _)| run.steps[step].state == State::Failed) {
                    return Why::After(self.name(group));
                }
                open.push(wait.on);
            }
        }
        let task = self.plan.task(task);
        if task.presence == Presence::Conditional || task.copies.is_some() {
            Why::Condition
        } else if run.steps.iter().any(|step| step.state != State::Succeeded) {
            Why::Ended
        } else {
            Why::Version
        }
    }

    /// The operations without a declaration, except those inside another operation without one.
    fn others(&self, number: usize, run: &Run, start: Instant) -> Vec<Line> {
        let is_matched = |step: usize| self.declared.matched.contains_key(&At { run: number, step });
        let is_other = |&(at, step): &(usize, &Step)| {
            step.is_write && !is_matched(at) && step.parent.is_none_or(is_matched)
        };
        let lines = run.steps.iter().enumerate().filter(is_other).map(|(at, _)| {
            let is_several = self.declared.several.contains(&At { run: number, step: at });
            Line {
                name: run.way(at),
                place: None,
                predicted: None,
                typical: None,
                steps: vec![at],
                observed: observed(&[at], run, start),
                differences: vec![if is_several { Difference::Several } else { Difference::Undeclared }],
            }
        });
        lines.collect()
    }
}

/// Start of the first and end of the last of some steps, from the start of their run.
fn observed(steps: &[usize], run: &Run, start: Instant) -> Option<(Instant, Instant)> {
    let times = steps.iter().filter_map(|&step| run.steps[step].time());
    let whole = times.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    whole.map(|(from, to)| (from - start, to - start))
}

/// The longest instance, if it took far longer than is typical; otherwise the shortest, if it took far less.
fn unusual(typical: Typical, steps: &[usize], run: &Run) -> Option<Difference> {
    let well = |one: &&Attempt| one.state == State::Succeeded;
    let attempts = steps.iter().flat_map(|&step| run.steps[step].attempts.iter().filter(well));
    let took: Vec<Instant> = attempts.map(|one| one.end - one.start).collect();
    let (most, least) = (took.iter().max()?, took.iter().min()?);
    let (low, high) = (Instant::from(typical.low) * MS_OF_MINUTE, Instant::from(typical.high) * MS_OF_MINUTE);
    if *most > 2 * high && *most > high + LONGER * MS_OF_MINUTE {
        Some(Difference::Longer(*most))
    } else if Instant::from(typical.low) >= SHORTER && *least < low / 4 {
        Some(Difference::Shorter(*least))
    } else {
        None
    }
}
