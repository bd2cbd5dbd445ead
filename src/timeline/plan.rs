//! The input of a schedule: tasks, their waits, and the tasks that write one object.

use std::collections::BTreeSet;

use crate::azure::durations::Typical;

/// A task, as an index into [`Plan::tasks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u32);

/// A deployment as tasks with an order.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Every task; a module's children after it.
    pub tasks: Vec<Task>,
    /// The pairs that write one object with no order between them.
    pub contentions: Vec<Contention>,
}

/// One declaration.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its symbol in its template; `parent::child` for a nested one.
    pub symbol: String,
    /// Its resource type, or `module`.
    pub ty: String,
    /// Duration of one instance, if it has no children of its own.
    pub minutes: Minutes,
    /// Its waits for tasks of the same template.
    pub waits_for: Vec<Wait>,
    /// Whether it is deployed.
    pub presence: Presence,
    /// Its copy loop, if it has one.
    pub copies: Option<Copies>,
    /// The module call that contains it; `None` in the root.
    pub parent: Option<TaskId>,
}

/// The duration of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Minutes {
    /// Typical minutes from the catalogue or the configuration.
    Typical(Typical),
    /// Unknown: drawn as one minute and marked.
    Unknown,
}

impl Minutes {
    /// The minutes that a schedule uses.
    pub fn count(self) -> u32 {
        self.typical().likely
    }

    /// The minutes as a range; both ends are equal if no range is known.
    fn typical(self) -> Typical {
        match self {
            Self::Typical(minutes) => minutes,
            Self::Unknown => Typical::of(1),
        }
    }
}

/// Waits for another task of the same template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The task that it waits for.
    pub on: TaskId,
    /// Whether instance `i` waits for instance `i` alone.
    pub each: bool,
}

/// Whether a task is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is always deployed.
    Always,
    /// It is deployed in the world of the picture, but not in every world.
    Conditional,
    /// It is not deployed in the world of the picture: nothing waits for it.
    Skipped,
}

/// A copy loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copies {
    /// Number of instances, if the template determines it; otherwise two are drawn.
    pub count: Option<u32>,
    /// `@batchSize`.
    pub batch: Option<u32>,
}

/// Two tasks that write one object and that nothing orders.
#[derive(Clone, Debug)]
pub struct Contention {
    /// One of the two.
    pub first: TaskId,
    /// The other; the same for a loop that races with itself.
    pub second: TaskId,
    /// The object as messages name it: `virtual hub hub`.
    pub object: String,
}

/// The changes that would fix a plan.
#[derive(Clone, Debug, Default)]
pub struct Remedy {
    /// New edges: the second waits for the first; both of one template.
    pub order: Vec<(TaskId, TaskId)>,
    /// The subset of the edges in which instance `i` waits only for instance `i`.
    pub each: Vec<(TaskId, TaskId)>,
    /// Loops that would run one instance at a time.
    pub one_at_a_time: Vec<TaskId>,
}

impl Remedy {
    /// The edges and serial loops that one plan has in addition to another plan of the same tasks.
    pub fn between(now: &Plan, after: &Plan) -> Self {
        let mut remedy = Self::default();
        if now.tasks.len() != after.tasks.len() {
            return remedy;
        }
        for (at, (old, new)) in now.tasks.iter().zip(&after.tasks).enumerate() {
            let id = TaskId(at as u32);
            for wait in new.waits_for.iter().filter(|wait| !old.waits_for.contains(wait)) {
                remedy.order.push((wait.on, id));
                remedy.each.extend(wait.each.then_some((wait.on, id)));
            }
            let batch = |task: &Task| task.copies.and_then(|copies| copies.batch);
            if batch(new) == Some(1) && batch(old) != Some(1) {
                remedy.one_at_a_time.push(id);
            }
        }
        remedy
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty() && self.one_at_a_time.is_empty()
    }
}

impl Plan {
    /// Adds a task and returns its id.
    pub fn add(&mut self, task: Task) -> TaskId {
        self.tasks.push(task);
        TaskId(self.tasks.len() as u32 - 1)
    }

    /// Whether the minutes of a task are known as a range.
    pub fn has_range(&self) -> bool {
        self.tasks.iter().any(|task| task.minutes.typical().is_range())
    }

    /// The same plan, with durations that a function computes from the old ones.
    #[must_use]
    pub fn taking(&self, minutes: impl Fn(Typical) -> u32) -> Self {
        let mut plan = self.clone();
        for task in &mut plan.tasks {
            if let Minutes::Typical(typical) = &mut task.minutes {
                *typical = Typical::of(minutes(*typical));
            }
        }
        plan
    }

    /// Returns a task.
    pub fn task(&self, id: TaskId) -> &Task {
        &self.tasks[id.0 as usize]
    }

    /// The task at the end of a path: a symbol of the root, then symbols inside the modules. Symbols are compared as
    /// written. If the path does not exist completely, it is the last task on the path that exists.
    pub fn find<'a>(&self, way: impl IntoIterator<Item = &'a str>) -> Option<TaskId> {
        let mut found = None;
        for symbol in way {
            let next = self.tasks.iter().position(|task| task.parent == found && task.symbol == symbol);
            match next {
                Some(at) => found = Some(TaskId(at as u32)),
                None => break,
            }
        }
        found
    }

    /// The racing tasks, and the modules that contain them.
    pub fn racing(&self) -> BTreeSet<TaskId> {
        let ends = self.contentions.iter().flat_map(|pair| [pair.first, pair.second]);
        ends.flat_map(|id| std::iter::successors(Some(id), |id| self.task(*id).parent)).collect()
    }

    /// The plan with the remedy applied. A pair is no longer contended if one now finishes before the other starts.
    #[must_use]
    pub fn remedied(&self, remedy: &Remedy) -> Self {
        let mut plan = self.clone();
        for &(earlier, later) in &remedy.order {
            let wait = Wait { on: earlier, each: remedy.each.contains(&(earlier, later)) };
            let waits = &mut plan.tasks[later.0 as usize].waits_for;
            if !waits.contains(&wait) {
                waits.push(wait);
            }
        }
        for id in &remedy.one_at_a_time {
            if let Some(copies) = &mut plan.tasks[id.0 as usize].copies {
                copies.batch = Some(1);
            }
        }
        let contentions = std::mem::take(&mut plan.contentions);
        plan.contentions = contentions.into_iter().filter(|pair| !plan.orders(pair)).collect();
        plan
    }

    /// Whether the waits order a pair.
    fn orders(&self, pair: &Contention) -> bool {
        let (first, second) = self.part(pair.first, pair.second);
        if first == second {
            return self.task(first).copies.is_none_or(|copies| copies.batch == Some(1))
                && pair.first == pair.second;
        }
        self.waits(first, second) || self.waits(second, first)
    }

    /// The two siblings at which the paths to two tasks part.
    fn part(&self, first: TaskId, second: TaskId) -> (TaskId, TaskId) {
        let (ways_first, ways_second) = (self.way(first), self.way(second));
        let parted = ways_first.iter().zip(&ways_second).find(|(one, other)| one != other);
        parted.map_or((first, first), |(&one, &other)| (one, other))
    }

    /// The path from the root to a task.
    fn way(&self, id: TaskId) -> Vec<TaskId> {
        let mut way: Vec<_> = std::iter::successors(Some(id), |id| self.task(*id).parent).collect();
        way.reverse();
        way
    }

    /// Whether `later` waits for `earlier`, directly or through other deployed tasks.
    fn waits(&self, later: TaskId, earlier: TaskId) -> bool {
        let mut seen = vec![false; self.tasks.len()];
        let mut open = vec![later];
        while let Some(id) = open.pop() {
            if id == earlier {
                return true;
            }
            if std::mem::replace(&mut seen[id.0 as usize], true)
                || self.task(id).presence == Presence::Skipped
            {
                continue;
            }
            open.extend(self.task(id).waits_for.iter().map(|wait| wait.on));
        }
        false
    }
}
