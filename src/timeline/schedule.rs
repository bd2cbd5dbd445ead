//! When each task runs, if Azure starts it as soon as everything that it waits for has finished.
//!
//! Every row of the picture has two events, its start and its end. A module starts before its children and ends after
//! the last of them; a loop likewise around its instances. The times are the longest paths through these events, found
//! in one topological pass, so the cost is linear in rows and waits.

use std::collections::HashMap;

use crate::deployment::order::sorted;
use crate::small_sort::SmallSort as _;

use super::Unit;
use super::plan::{Contention, Copies, Minutes, Plan, Presence, TaskId};

/// More instances of one loop than this are drawn as one row.
const MOST_INSTANCES: u32 = 24;
/// Number of instances that are drawn for a loop of unknown length.
const ASSUMED_INSTANCES: u32 = 2;
/// Maximum depth and number of rows; anything beyond is drawn as part of its module.
const DEEPEST: usize = 32;
const MOST_ROWS: usize = 2_000;

/// A row, as an index into [`Schedule::rows`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub u32);

/// A schedule: predicted, or observed.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The rows in the order of the text; the content of a module or loop follows it.
    pub rows: Vec<Row>,
    /// The unit of its times: predicted minutes, or observed seconds.
    pub unit: Unit,
    /// The time from the start of the first row to the end of the last.
    pub total: u32,
    /// The shortest and the longest total, by the known ranges; `None` if there is no range.
    pub range: Option<(u32, u32)>,
    /// The rows that decide the total, by start: a delay of any of them delays the whole deployment.
    pub critical: Vec<RowId>,
    /// The waits between them, by start: the late row starts when the early one has ended.
    pub deciding: Vec<(RowId, RowId)>,
    /// The pairs that write one object with no order between them.
    pub overlaps: Vec<Overlap>,
}

impl Schedule {
    /// Whether nothing can fail by chance: no two writers of one object are unordered.
    pub fn is_reliable(&self) -> bool {
        self.overlaps.is_empty()
    }

    /// The range of the total as text, to be appended to the total.
    pub(super) fn ranged(&self) -> String {
        let told = |(low, high)| format!(", {} to {}", self.unit.clock(low), self.unit.clock(high));
        self.range.map_or_else(String::new, told)
    }

    /// Keeps only the rows of some tasks and the rows that contain them, with the times of the whole schedule.
    #[must_use]
    pub fn only(&self, keep: &dyn Fn(TaskId) -> bool) -> Self {
        let mut kept: Vec<bool> = self.rows.iter().map(|row| keep(row.task)).collect();
        for at in (0..self.rows.len()).rev() {
            if let (true, Some(parent)) = (kept[at], self.rows[at].parent) {
                kept[parent.0 as usize] = true;
            }
        }
        let mut new = Vec::with_capacity(kept.len());
        let mut count = 0;
        for &is_kept in &kept {
            new.push(is_kept.then_some(RowId(count)));
            count += u32::from(is_kept);
        }
        let moved = |id: RowId| new[id.0 as usize];
        let rows = self.rows.iter().zip(&kept).filter(|&(_, &is_kept)| is_kept);
        let rows = rows.map(|(row, _)| Row { parent: row.parent.and_then(moved), ..row.clone() }).collect();
        let critical = self.critical.iter().filter_map(|&id| moved(id)).collect();
        let both = |&(early, late): &(RowId, RowId)| moved(early).zip(moved(late));
        let deciding = self.deciding.iter().filter_map(both).collect();
        let (unit, total, range) = (self.unit, self.total, self.range);
        Self { rows, unit, total, range, critical, deciding, overlaps: self.overlaps.clone() }
    }

    /// Returns a row.
    pub fn row(&self, id: RowId) -> &Row {
        &self.rows[id.0 as usize]
    }

    /// The path to a row: `vpn/gateway`; a loop is left out before its instance.
    pub fn name_of(&self, row: RowId) -> String {
        full_name(&self.rows, row.0 as usize)
    }

    /// The rows on the critical path that contain no other row, by start.
    pub fn critical_leaves(&self) -> impl Iterator<Item = &Row> {
        self.critical.iter().map(|id| self.row(*id)).filter(|row| !row.has_children)
    }
}

/// One line of the picture.
#[derive(Clone, Debug)]
pub struct Row {
    /// The task that it belongs to.
    pub task: TaskId,
    /// The symbol; `conn[0]` for an instance.
    pub name: String,
    /// The resource type, or `module`.
    pub ty: String,
    /// The module or loop that contains it.
    pub parent: Option<RowId>,
    /// Its depth; 0 in the root.
    pub depth: usize,
    /// Whether it contains rows.
    pub has_children: bool,
    /// Whether it is deployed.
    pub status: Status,
    /// Start, from the start of the deployment.
    pub start: u32,
    /// End, in the unit of the schedule.
    pub end: u32,
    /// Whether its minutes, or those of something inside it, are unknown.
    pub assumed: bool,
    /// Whether it decides the total.
    pub critical: bool,
    /// The times in which another writer of the same object also runs; sorted, without overlaps.
    pub contested: Vec<(u32, u32)>,
    /// Whether nothing orders it and another writer of the same object; they may run at the same time even if
    /// `contested` is empty.
    pub is_racing: bool,
    /// A short remark: in an observed schedule, how it ended.
    pub note: String,
}

/// Whether a row is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is deployed.
    Runs,
    /// It is deployed in the world of the picture, though not in every world.
    Conditional,
    /// It is not deployed.
    Skipped,
    /// It waits for itself.
    Never,
}

/// A wait on the critical path, and what it protects.
#[derive(Clone, Debug)]
pub struct Decides {
    /// Path to the declaration that is waited for.
    pub early: String,
    /// Path to the declaration that waits.
    pub late: String,
    /// What the wait protects, in words.
    pub why: String,
}

/// Two writers of one object that nothing orders.
#[derive(Clone, Debug)]
pub struct Overlap {
    /// Path to one row: `vpn/gateway`.
    pub first: String,
    /// Path to the other row.
    pub second: String,
    /// The object as messages name it.
    pub object: String,
    /// Start and end of the time in which both run, by the typical minutes; `None` if these happen to keep them apart.
    pub predicted: Option<(u32, u32)>,
}

/// Predicts when each task runs.
pub fn schedule(plan: &Plan) -> Schedule {
    let mut drawing = Drawing::of(plan);
    let latest = drawing.run();
    let total = drawing.total();
    // A longer duration never makes anything end earlier, so two runs give the range.
    let range = plan.has_range().then(|| {
        (total_of(&plan.taking(|typical| typical.low)), total_of(&plan.taking(|typical| typical.high)))
    });
    let (critical, deciding) = drawing.mark_critical(&latest, total);
    let overlaps = plan.contentions.iter().filter_map(|pair| drawing.overlap(pair)).collect();
    drawing.rows.iter_mut().for_each(Row::merge_contested);
    Schedule { rows: drawing.rows, unit: Unit::Minutes, total, range, critical, deciding, overlaps }
}

/// The total duration of a plan.
pub fn total_of(plan: &Plan) -> u32 {
    let mut drawing = Drawing::of(plan);
    drawing.run();
    drawing.total()
}

impl Row {
    fn is_deployed(&self) -> bool {
        matches!(self.status, Status::Runs | Status::Conditional)
    }

    /// Sorts the contested times and joins those that touch.
    fn merge_contested(&mut self) {
        self.contested.small_sort();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(self.contested.len());
        for &(from, to) in &self.contested {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        self.contested = merged;
    }
}

/// The start or the end of a row: twice its index, and one more for the end.
type Event = usize;

fn start_of(row: usize) -> Event {
    2 * row
}

fn end_of(row: usize) -> Event {
    2 * row + 1
}

/// Rows under construction, with the order of their events.
struct Drawing<'a> {
    plan: &'a Plan,
    children: Vec<Vec<TaskId>>,
    rows: Vec<Row>,
    /// The own duration of each row; 0 for one that contains rows.
    minutes: Vec<u32>,
    /// For each event the events that wait for it.
    before: Vec<Vec<Event>>,
    /// The row of a task under a parent row; for a loop, the row of the loop.
    placed: HashMap<(Option<usize>, TaskId), usize>,
    /// The rows of each task; for a loop, those of its instances.
    drawn: Vec<Vec<usize>>,
}

impl<'a> Drawing<'a> {
    fn of(plan: &'a Plan) -> Self {
        let mut children = vec![Vec::new(); plan.tasks.len()];
        let mut roots = Vec::new();
        for (at, task) in plan.tasks.iter().enumerate() {
            match task.parent {
                Some(parent) => children[parent.0 as usize].push(TaskId(at as u32)),
                None => roots.push(TaskId(at as u32)),
            }
        }
        let mut drawing = Self {
            plan,
            children,
            rows: Vec::new(),
            minutes: Vec::new(),
            before: Vec::new(),
            placed: HashMap::new(),
            drawn: vec![Vec::new(); plan.tasks.len()],
        };
        drawing.template(None, &roots, 0, false);
        drawing
    }

    /// The latest end of a row.
    fn total(&self) -> u32 {
        self.rows.iter().map(|row| row.end).max().unwrap_or(0)
    }

    /// Draws the tasks of one template, then their waits.
    fn template(&mut self, parent: Option<usize>, tasks: &[TaskId], depth: usize, skipped: bool) {
        for &id in tasks {
            self.task(parent, id, depth, skipped);
        }
        for &id in tasks {
            self.waits(parent, id);
        }
    }

    fn task(&mut self, parent: Option<usize>, id: TaskId, depth: usize, skipped: bool) {
        let task = self.plan.task(id);
        let skipped =
            skipped || task.presence == Presence::Skipped || task.copies.is_some_and(|c| c.count == Some(0));
        let row = self.row(parent, id, task.symbol.clone(), depth, skipped);
        self.placed.insert((parent, id), row);
        let Some(copies) = task.copies.filter(|_| !skipped) else {
            self.drawn[id.0 as usize].push(row);
            return self.inside(row, id, depth, skipped, 1);
        };
        let count = copies.count.unwrap_or(ASSUMED_INSTANCES);
        if count > MOST_INSTANCES || depth >= DEEPEST || self.rows.len() >= MOST_ROWS {
            self.drawn[id.0 as usize].push(row);
            let rounds = copies.batch.map_or(1, |batch| count.div_ceil(batch.max(1)));
            return self.inside(row, id, depth, skipped, rounds);
        }
        self.rows[row].has_children = true;
        self.instances(row, id, depth, copies, count);
    }

    /// Draws the instances of a loop: all at once, or batch after batch.
    fn instances(&mut self, container: usize, id: TaskId, depth: usize, copies: Copies, count: u32) {
        let symbol = &self.plan.task(id).symbol;
        let mut instances = Vec::new();
        for at in 0..count {
            let row = self.row(Some(container), id, format!("{symbol}[{at}]"), depth + 1, false);
            self.rows[row].assumed |= copies.count.is_none();
            self.drawn[id.0 as usize].push(row);
            self.inside(row, id, depth + 1, false, 1);
            instances.push(row);
        }
        let Some(batch) = copies.batch else { return };
        let batches: Vec<_> = instances.chunks(batch.max(1) as usize).collect();
        for pair in batches.windows(2) {
            for (&earlier, &later) in
                pair[0].iter().flat_map(|one| pair[1].iter().map(move |other| (one, other)))
            {
                self.before[end_of(earlier)].push(start_of(later));
            }
        }
    }

    /// Draws the content of a row: the tasks of a module, or its own minutes.
    fn inside(&mut self, row: usize, id: TaskId, depth: usize, skipped: bool, rounds: u32) {
        let children = std::mem::take(&mut self.children[id.0 as usize]);
        let shown = !children.is_empty() && rounds == 1 && depth < DEEPEST && self.rows.len() < MOST_ROWS;
        if shown {
            self.rows[row].has_children = true;
            self.template(Some(row), &children, depth + 1, skipped);
        } else if !skipped {
            let minutes = self.plan.task(id).minutes;
            self.minutes[row] = minutes.count().saturating_mul(rounds);
            self.rows[row].assumed |= minutes == Minutes::Unknown || !children.is_empty();
        }
        self.children[id.0 as usize] = children;
    }

    fn row(&mut self, parent: Option<usize>, id: TaskId, name: String, depth: usize, skipped: bool) -> usize {
        let task = self.plan.task(id);
        let status = match task.presence {
            _ if skipped => Status::Skipped,
            Presence::Always => Status::Runs,
            Presence::Conditional => Status::Conditional,
            Presence::Skipped => Status::Skipped,
        };
        let at = self.rows.len();
        self.rows.push(Row {
            task: id,
            name,
            ty: task.ty.clone(),
            parent: parent.map(|row| RowId(row as u32)),
            depth,
            has_children: false,
            status,
            start: 0,
            end: 0,
            assumed: false,
            critical: false,
            contested: Vec::new(),
            is_racing: false,
            note: String::new(),
        });
        self.minutes.push(0);
        self.before.extend([vec![end_of(at)], Vec::new()]);
        if let Some(parent) = parent {
            self.before[start_of(parent)].push(start_of(at));
            self.before[end_of(at)].push(end_of(parent));
        }
        at
    }

    /// Adds the waits of one task. A skipped task takes no time and passes on what it waits for, as in Azure's engine.
    fn waits(&mut self, parent: Option<usize>, id: TaskId) {
        let Some(&later) = self.placed.get(&(parent, id)) else { return };
        let plan = self.plan;
        for wait in &plan.task(id).waits_for {
            let Some(&earlier) = self.placed.get(&(parent, wait.on)) else { continue };
            let (from, to) = (self.instances_in(wait.on, earlier), self.instances_in(id, later));
            if wait.each && !from.is_empty() && from.len() == to.len() {
                for (&one, &other) in from.iter().zip(&to) {
                    self.before[end_of(one)].push(start_of(other));
                }
            } else {
                self.before[end_of(earlier)].push(start_of(later));
            }
        }
    }

    fn instances_in(&self, id: TaskId, container: usize) -> Vec<usize> {
        let inside = |&&row: &&usize| self.rows[row].parent == Some(RowId(container as u32));
        let instances = self.drawn[id.0 as usize].iter().filter(inside);
        instances.copied().filter(|&row| self.rows[row].task == self.rows[container].task).collect()
    }

    /// Gives every row its times; the result is, for each event, the event that came last before it.
    fn run(&mut self) -> Vec<Option<Event>> {
        let mut missing = vec![0; self.before.len()];
        for &event in self.before.iter().flatten() {
            missing[event] += 1;
        }
        let mut time = vec![0_u32; self.before.len()];
        let mut latest = vec![None; self.before.len()];
        let mut done = vec![false; self.before.len()];
        for event in sorted(missing, |event| self.before[event].iter().copied(), |_| 0) {
            done[event] = true;
            let own = if event % 2 == 0 { self.minutes[event / 2] } else { 0 };
            for &next in &self.before[event] {
                let takes = if next == event + 1 && event % 2 == 0 { own } else { 0 };
                let reached = time[event].saturating_add(takes);
                // In a tie the smaller event wins, so that the critical path does not depend on the order of the pass.
                let wins = reached > time[next]
                    || reached == time[next] && latest[next].is_none_or(|other: usize| event < other);
                if wins {
                    (time[next], latest[next]) = (reached, Some(event));
                }
            }
        }
        self.settle(&time, &done);
        latest
    }

    /// Writes the times into the rows. A module or loop starts when the first row inside it starts.
    fn settle(&mut self, time: &[u32], done: &[bool]) {
        for (at, row) in self.rows.iter_mut().enumerate() {
            if !row.is_deployed() {
                continue;
            }
            if done[end_of(at)] {
                (row.start, row.end) = (time[start_of(at)], time[end_of(at)]);
            } else {
                row.status = Status::Never;
            }
        }
        for at in (0..self.rows.len()).rev() {
            let (assumed, parent) = (self.rows[at].assumed, self.rows[at].parent);
            if let Some(parent) = parent.filter(|_| assumed) {
                self.rows[parent.0 as usize].assumed = true;
            }
        }
    }

    /// Walks back from the latest end. Returns the rows on the critical path, and the waits between them.
    fn mark_critical(&mut self, latest: &[Option<Event>], total: u32) -> (Vec<RowId>, Vec<(RowId, RowId)>) {
        let last = (0..self.rows.len()).find(|&at| {
            let row = &self.rows[at];
            row.parent.is_none() && row.is_deployed() && row.end == total && total > 0
        });
        let mut event = last.map(end_of);
        let mut deciding = Vec::new();
        while let Some(at) = event {
            self.rows[at / 2].critical = self.rows[at / 2].is_deployed();
            event = latest[at];
            // An edge from an end to a start is a wait. The content of a module or loop starts with it.
            if let Some(before) = event.filter(|before| at % 2 == 0 && before % 2 == 1) {
                deciding.push((RowId((before / 2) as u32), RowId((at / 2) as u32)));
            }
        }
        deciding.reverse();
        let mut critical: Vec<_> = (0..self.rows.len()).filter(|&at| self.rows[at].critical).collect();
        critical.small_sort_by_key(|&at| (self.rows[at].start, at));
        (critical.into_iter().map(|at| RowId(at as u32)).collect(), deciding)
    }

    /// Marks the rows of a contended pair, and returns when both run.
    fn overlap(&mut self, pair: &Contention) -> Option<Overlap> {
        let (firsts, seconds) = (&self.drawn[pair.first.0 as usize], &self.drawn[pair.second.0 as usize]);
        let same = pair.first == pair.second;
        let mut predicted: Option<(u32, u32)> = None;
        let (mut marks, mut racing) = (Vec::new(), Vec::new());
        let mut example = None;
        for (at, &first) in firsts.iter().enumerate() {
            let from = if same { at + 1 } else { 0 };
            for &second in seconds.get(from..).unwrap_or_default() {
                let (one, other) = (&self.rows[first], &self.rows[second]);
                if !one.is_deployed() || !other.is_deployed() {
                    continue;
                }
                example.get_or_insert((first, second));
                racing.extend([first, second]);
                let (start, end) = (one.start.max(other.start), one.end.min(other.end));
                if start < end {
                    if predicted.is_none() {
                        example = Some((first, second));
                    }
                    predicted = Some(predicted.map_or((start, end), |(a, b)| (a.min(start), b.max(end))));
                    marks.extend([(first, start, end), (second, start, end)]);
                }
            }
        }
        // A long loop is one row, so no other row can be paired with it, but its instances still race.
        let (first, second) = example.or_else(|| firsts.first().filter(|_| same).map(|&row| (row, row)))?;
        if first == second && !self.rows[first].is_deployed() {
            return None;
        }
        if first == second {
            let row = &self.rows[first];
            predicted = Some((row.start, row.end));
            marks.push((first, row.start, row.end));
            racing.push(first);
        }
        let overlap = Overlap {
            first: full_name(&self.rows, first),
            second: full_name(&self.rows, second),
            object: pair.object.clone(),
            predicted,
        };
        for (row, start, end) in marks {
            self.rows[row].contested.push((start, end));
        }
        for row in racing {
            self.rows[row].is_racing = true;
        }
        Some(overlap)
    }
}

/// The path to a row.
fn full_name(rows: &[Row], row: usize) -> String {
    let ways = std::iter::successors(Some(row), |&row| rows[row].parent.map(|parent| parent.0 as usize));
    let mut names: Vec<&str> = Vec::new();
    let mut inner: Option<usize> = None;
    for at in ways {
        if inner.is_none_or(|inner| rows[inner].task != rows[at].task) {
            names.push(&rows[at].name);
        }
        inner = Some(at);
    }
    names.reverse();
    names.join("/")
}
