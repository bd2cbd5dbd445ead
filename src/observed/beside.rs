//! What was predicted beside what was observed: for each declaration its minutes, and where the two differ in more than
//! that.
//!
//! The template is scheduled with typical minutes, as `timeline` does it, and each declaration has the operations that
//! were matched to it. What began before the template lets it begin shows that another version was deployed, which
//! minutes alone never show.

use std::collections::{BTreeSet, HashMap};

use super::conflict::{At, TOUCHING};
use super::declared::Declared;
use super::read::State;
use super::runs::{Attempt, Run, Step};
use super::time::Instant;
use crate::azure::durations::Typical;
use crate::eval::term::Term;
use crate::template::NodeId;
use crate::timeline::{Plan, Predicted, Presence, Schedule, Status, TaskId, predict, schedule};
use crate::workspace::TemplateId;

const MS_OF_MINUTE: Instant = 60_000;

/// What takes this many minutes more than the range says, and more than twice as long, is far longer.
const LONGER: Instant = 5;

/// What takes a fourth of the least of its range is far shorter, where that is at least this many minutes.
const SHORTER: u32 = 5;

/// A run beside the template.
#[derive(Clone, Debug)]
pub struct Beside {
    /// The run.
    pub run: usize,
    /// The minutes that it was predicted to take.
    pub predicted: u32,
    /// The declarations in the order of the template, then the operations without one.
    pub lines: Vec<Line>,
}

/// A declaration, or an operation without one.
#[derive(Clone, Debug)]
pub struct Line {
    /// The declaration; the way down to the operation where it is of none.
    pub name: String,
    /// Where it is declared; none for an operation without a declaration.
    pub place: Option<String>,
    /// From when to when it was predicted to run, in minutes from the start; of a loop, all instances. None where its
    /// minutes, or those of something in it, are not known.
    pub predicted: Option<(u32, u32)>,
    /// The typical minutes of one instance.
    pub typical: Option<Typical>,
    /// Its operations, as steps of the run.
    pub steps: Vec<usize>,
    /// From when to when they ran, from the start of the run.
    pub observed: Option<(Instant, Instant)>,
    /// Where the two differ.
    pub differences: Vec<Difference>,
}

/// Where prediction and observation differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It began before the end of what it waits for: the declaration, and how long before.
    Early(String, Instant),
    /// An instance took far longer than is known of its type: how long.
    Longer(Instant),
    /// An instance took far less than is known of its type: how long.
    Shorter(Instant),
    /// It is declared and never ran; why.
    NeverRan(Why),
    /// It ran, and the operations inside it are not in the exports.
    Unseen,
    /// It ran and is not declared.
    Undeclared,
    /// It ran, and several declarations fit equally well.
    Several,
}

/// Why a declaration never ran, as far as that can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It waits for a declaration that failed.
    After(String),
    /// It is declared under a condition, or as a loop that may be empty.
    Condition,
    /// The deployment did not end well.
    Ended,
    /// The exports are cut.
    Cut,
    /// The template is of another version.
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

    /// What it means, in one line; `typical` is what is known of the type.
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
            Self::Longer(took) => format!("took {}, where {known} are typical: far longer", clock(*took)),
            Self::Shorter(took) => {
                format!("took {}, where {known} are typical: perhaps it existed before", clock(*took))
            }
            Self::NeverRan(why) => format!("declared, and never ran: {}", why.words()),
            Self::Unseen => "its own operations are not here: export them too".to_owned(),
            Self::Undeclared => {
                "ran, and is not declared: another version of the template was deployed".to_owned()
            }
            Self::Several => "ran, and several declarations fit it equally well".to_owned(),
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

/// The module calls from the outermost, then the declaration.
type Way = Vec<(TemplateId, NodeId)>;

/// The instances of one declaration, with the steps of each.
struct Group {
    way: Way,
    instances: Vec<usize>,
    steps: Vec<(usize, Option<Term>)>,
    is_unseen: bool,
}

/// Each run of which something is declared, beside the template.
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

/// The task of each way.
fn tasks(predicted: &Predicted) -> HashMap<Way, TaskId> {
    let mut ways: Vec<Way> = Vec::new();
    for (at, task) in predicted.plan.tasks.iter().enumerate() {
        let mut way = task.parent.map_or_else(Vec::new, |parent| ways[parent.0 as usize].clone());
        way.push(predicted.node(TaskId(at as u32)));
        ways.push(way);
    }
    ways.into_iter().enumerate().map(|(at, way)| (way, TaskId(at as u32))).collect()
}

struct Comparing<'d, 's> {
    declared: &'d Declared<'s>,
    plan: &'d Plan,
    schedule: Schedule,
    tasks: HashMap<Way, TaskId>,
    is_cut: bool,
}

impl Comparing<'_, '_> {
    fn run(&self, number: usize, run: &Run) -> Option<Beside> {
        let mut steps: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, (instance, _)) in self.declared.matched.iter().filter(|(at, _)| at.run == number) {
            steps.entry(*instance).or_default().push(at.step);
        }
        if steps.is_empty() {
            return None;
        }
        let outermost = &self.declared.bases[number];
        let groups = self.groups(outermost, &steps, run);
        let of_task: HashMap<TaskId, &Group> =
            groups.iter().filter_map(|group| Some((*self.tasks.get(&group.way)?, group))).collect();
        let start = run.time.map_or(0, |(start, _)| start);
        let mut lines: Vec<Line> =
            groups.iter().map(|group| self.line(group, &of_task, run, start)).collect();
        lines.extend(self.others(number, run, start));
        let is_outermost = |way: &Way| outermost.iter().any(|&one| self.declared.instances[one].way == *way);
        let whole = groups.iter().filter(|group| is_outermost(&group.way));
        let whole = whole.filter_map(|group| self.span(*self.tasks.get(&group.way)?));
        let whole = whole.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1), false));
        Some(Beside { run: number, predicted: whole.map_or(0, |(from, to, _)| to - from), lines })
    }

    /// The declarations, in the order of the template. What is inside a module is there where its operations are.
    fn groups(&self, outermost: &[usize], steps: &HashMap<usize, Vec<usize>>, run: &Run) -> Vec<Group> {
        let has_inside: BTreeSet<usize> = run.steps.iter().filter_map(|step| step.parent).collect();
        let mut open = outermost.to_vec();
        let mut seen = Vec::new();
        while let Some(at) = open.pop() {
            let inside = &self.declared.instances[at].inside;
            let is_open = steps.get(&at).is_some_and(|own| own.iter().any(|step| has_inside.contains(step)));
            if is_open {
                open.extend(inside);
            }
            seen.push((at, !is_open && !inside.is_empty() && steps.contains_key(&at)));
        }
        seen.sort_unstable();
        let mut groups: Vec<Group> = Vec::new();
        let mut known: HashMap<&Way, usize> = HashMap::new();
        for (at, is_unseen) in seen {
            let instance = &self.declared.instances[at];
            let group = *known.entry(&instance.way).or_insert_with(|| {
                let way = instance.way.clone();
                groups.push(Group { way, instances: Vec::new(), steps: Vec::new(), is_unseen: false });
                groups.len() - 1
            });
            let group = &mut groups[group];
            group.instances.push(at);
            group.steps.extend(steps.get(&at).into_iter().flatten().map(|&step| (step, instance.index)));
            group.is_unseen |= is_unseen;
        }
        groups
    }

    /// From when to when a task was predicted to run, and whether its minutes are only assumed.
    fn span(&self, task: TaskId) -> Option<(u32, u32, bool)> {
        let is_drawn = |status: Status| matches!(status, Status::Runs | Status::Conditional);
        let rows = self.schedule.rows.iter().filter(|row| row.task == task && is_drawn(row.status));
        rows.map(|row| (row.start, row.end, row.assumed))
            .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1), one.2 || other.2))
    }

    fn line(&self, group: &Group, of_task: &HashMap<TaskId, &Group>, run: &Run, start: Instant) -> Line {
        let session = self.declared.session;
        let workspace = session.workspace();
        let (id, node) = group.way[group.way.len() - 1];
        let place = workspace.template(id).place(workspace.template(id).node(node).symbol_span);
        let file = workspace.sources.file(place.file);
        let instance = &self.declared.instances[group.instances[0]];
        let is_module = instance.ty.is_empty();
        let typical = if is_module { None } else { session.minutes(&instance.ty) };
        let task = self.tasks.get(&group.way).copied();
        let predicted = task.and_then(|task| self.span(task)).filter(|(_, _, is_assumed)| !is_assumed);
        let steps: Vec<usize> = group.steps.iter().map(|(step, _)| *step).collect();
        let mut differences = Vec::new();
        if let Some(task) = task {
            differences.extend(self.early(group, task, of_task, run));
        }
        differences.extend(typical.and_then(|typical| unusual(typical, &steps, run)));
        let is_perhaps_there = || group.instances.iter().any(|one| self.declared.maybe.contains(one));
        if steps.is_empty() && !is_perhaps_there() {
            differences.push(Difference::NeverRan(self.why(task, of_task, run)));
        }
        if group.is_unseen {
            differences.push(Difference::Unseen);
        }
        Line {
            name: workspace.name_of(&group.way),
            place: Some(format!("{}:{}", file.path, file.position(place.span.start).line)),
            predicted: predicted.map(|(from, to, _)| (from, to)),
            typical,
            observed: observed(&steps, run, start),
            steps,
            differences,
        }
    }

    /// The wait that did not hold, by most.
    fn early(
        &self,
        group: &Group,
        task: TaskId,
        of_task: &HashMap<TaskId, &Group>,
        run: &Run,
    ) -> Option<Difference> {
        let mut worst: Option<(Instant, &Group)> = None;
        let terms = self.declared.analysis.evaluator.known_terms();
        let index = |index: Option<Term>| index.and_then(|index| terms.known_int(index));
        for wait in &self.plan.task(task).waits_for {
            let Some(early) = of_task.get(&wait.on) else { continue };
            // What ends last, in each module that the two stand in, and for each element of a loop.
            let mut ends: HashMap<(Option<usize>, Option<i64>), (Instant, Instant)> = HashMap::new();
            for &(step, element) in &early.steps {
                let Some(time) = run.steps[step].time() else { continue };
                let element = if wait.each { index(element) } else { None };
                let last = ends.entry((run.steps[step].parent, element)).or_insert(time);
                if time.1 > last.1 {
                    *last = time;
                }
            }
            for &(step, element) in &group.steps {
                let Some((start, end)) = run.steps[step].time() else { continue };
                let element = if wait.each { index(element) } else { None };
                if wait.each && element.is_none() {
                    continue;
                }
                let Some(&(from, to)) = ends.get(&(run.steps[step].parent, element)) else { continue };
                let shorter = (to - from).min(end - start);
                let by = to - start;
                if by > TOUCHING.min(shorter / 2) && worst.is_none_or(|(most, _)| by > most) {
                    worst = Some((by, early));
                }
            }
        }
        let (by, early) = worst?;
        Some(Difference::Early(self.declared.session.workspace().name_of(&early.way), by))
    }

    /// Why a declaration never ran.
    fn why(&self, task: Option<TaskId>, of_task: &HashMap<TaskId, &Group>, run: &Run) -> Why {
        if self.is_cut {
            return Why::Cut;
        }
        let (mut open, mut seen): (Vec<TaskId>, BTreeSet<TaskId>) =
            (task.into_iter().collect(), BTreeSet::new());
        while let Some(at) = open.pop() {
            if !seen.insert(at) {
                continue;
            }
            for wait in &self.plan.task(at).waits_for {
                let Some(group) = of_task.get(&wait.on) else { continue };
                let has_failed = |&(step, _): &(usize, Option<Term>)| run.steps[step].state == State::Failed;
                if group.steps.iter().any(has_failed) {
                    return Why::After(self.declared.session.workspace().name_of(&group.way));
                }
                open.push(wait.on);
            }
        }
        let is_open = task.is_none_or(|task| {
            let task = self.plan.task(task);
            task.presence == Presence::Conditional || task.copies.is_some()
        });
        let is_well = |step: &Step| step.state == State::Succeeded;
        if is_open {
            Why::Condition
        } else if !run.steps.iter().all(is_well) {
            Why::Ended
        } else {
            Why::Version
        }
    }

    /// The operations without a declaration; what is inside one of them is told by it.
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

/// From when to when some steps ran, from the start of their run.
fn observed(steps: &[usize], run: &Run, start: Instant) -> Option<(Instant, Instant)> {
    let times = steps.iter().filter_map(|&step| run.steps[step].time());
    let whole = times.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    whole.map(|(from, to)| (from - start, to - start))
}

/// The instance that took the most beyond what is typical, or else the least.
fn unusual(typical: Typical, steps: &[usize], run: &Run) -> Option<Difference> {
    let well = |one: &&Attempt| one.state == State::Succeeded;
    let attempts = steps.iter().flat_map(|&step| run.steps[step].attempts.iter().filter(well));
    let took: Vec<Instant> = attempts.map(|one| one.end - one.start).collect();
    let (most, least) = (took.iter().max()?, took.iter().min()?);
    let (low, high) = (Instant::from(typical.low) * MS_OF_MINUTE, Instant::from(typical.high) * MS_OF_MINUTE);
    if *most > 2 * high && *most > high + LONGER * MS_OF_MINUTE {
        Some(Difference::Longer(*most))
    } else if typical.low >= SHORTER && *least < low / 4 {
        Some(Difference::Shorter(*least))
    } else {
        None
    }
}
