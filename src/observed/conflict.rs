//! Finds the conflicts between operations that ran at the same time, by the catalogue.
//!
//! An operation has the id of its resource, and with it the objects that the id names: the parent, the scope, the
//! resource itself. An object in the body of the resource, such as the hub of a gateway, is known only from the
//! request, if the deployment kept it, or from the template. If neither names it, the two writers possibly write one
//! object, and the conflict is reported as possible.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::beside::Beside;
use super::declared::Advice;
use super::ids;
use super::read::{State, member};
use super::runs::{Attempt, Run};
use super::time::Instant;
use crate::azure::answers::is_wrapper;
use crate::azure::catalog::{BodyCondition, Catalog, Entry, ObjectPath, ObjectSource, Step, Test, Writer};
use crate::azure::explain::{Explained, Said, Verdict, explain};
use crate::level::Level;
use crate::limit::{Budget, Limit, Reached};
use crate::rule_id::RuleId;
use crate::small_sort::SmallSort as _;

/// A step of a run, by the indexes of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// Index of the run.
    pub run: usize,
    /// Index of the step in it.
    pub step: usize,
}

/// What is known about the object that a step writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// Its id, in lower case.
    Id(String),
    /// The number of a term. Its id is not known, but equal terms are the same object.
    Same(u64),
    /// An object about which nothing is known.
    Unknown,
}

/// What a template adds to the operations: the objects that steps write, and the declarations of steps.
pub trait Known {
    /// The objects that a step writes as this writer; `None` if the step has no declaration.
    fn objects(&mut self, at: At, writer: &Writer) -> Option<Vec<Object>>;
    /// Whether a condition on the body of a step holds; `None` if that is not known.
    fn holds(&mut self, at: At, condition: &BodyCondition) -> Option<bool>;
    /// The declaration of a step. Ex) `vpn.gateway`
    fn name(&self, at: At) -> Option<String>;
    /// Notes for the user, one line each.
    fn notes(&self) -> Vec<String>;
    /// What the analysis of the template says about two steps that overlapped.
    fn advice(&mut self, steps: [At; 2]) -> Option<Advice>;
    /// Whether two objects are the same; `None` if that is not known.
    fn are_one(&mut self, one: &Object, other: &Object) -> Option<bool>;
    /// Compares the runs with the prediction of the template. `is_cut` says that the exports lack pages.
    fn beside(&mut self, runs: &[Run], is_cut: bool) -> Vec<Beside>;
}

/// Stands for a missing template, which knows nothing.
pub struct Nothing;

impl Known for Nothing {
    fn objects(&mut self, _: At, _: &Writer) -> Option<Vec<Object>> {
        None
    }

    fn holds(&mut self, _: At, _: &BodyCondition) -> Option<bool> {
        None
    }

    fn name(&self, _: At) -> Option<String> {
        None
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    fn advice(&mut self, _: [At; 2]) -> Option<Advice> {
        None
    }

    fn are_one(&mut self, one: &Object, other: &Object) -> Option<bool> {
        match (one, other) {
            (Object::Id(one), Object::Id(other)) => Some(one == other),
            (Object::Same(one), Object::Same(other)) if one == other => Some(true),
            _ => None,
        }
    }

    fn beside(&mut self, _: &[Run], _: bool) -> Vec<Beside> {
        Vec::new()
    }
}

/// How sure a conflict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// Both ran at the same time, and may write one object.
    Possible,
    /// Both ran at the same time and may write one object, and one of them failed with an error of this race.
    Likely,
    /// Both wrote one object at the same time.
    Overlapped,
    /// Both wrote one object at the same time, and one of them failed with an error of this race.
    Cause,
}

impl Sure {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Overlapped => "overlapped",
            Self::Cause => "cause",
        }
    }
}

/// Two steps that ran at the same time and write one object, or may do so.
#[derive(Clone, Debug)]
pub struct Conflict<'c> {
    /// The one that began first, then the other.
    pub steps: [At; 2],
    /// The catalogue entry; `None` if two deployments wrote the same resource.
    pub entry: Option<&'c Entry>,
    /// The rule of the entry; without an entry, `declared-twice`.
    pub rule: RuleId,
    /// The level of the entry, or note if it is off; without an entry, error.
    pub level: Level,
    /// The id of the object in lower case, if it is known.
    pub object: Option<String>,
    /// The type of the object.
    pub object_type: String,
    /// Start and end of the time in which both ran.
    pub time: (Instant, Instant),
    /// How sure it is.
    pub sure: Sure,
    /// The steps that failed, and whether their errors point to this race.
    pub failures: Vec<Failure>,
    /// What the analysis of the template says about the two.
    pub advice: Option<Advice>,
}

/// A step of a conflict that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Run and index of the step.
    pub step: At,
    /// Its code, or the beginning of its message.
    pub code: String,
    /// Whether the error is one that this race is known to cause.
    pub is_known: bool,
    /// Whether the error names the object or the other step.
    pub names_it: bool,
}

/// The result of the search for conflicts.
#[derive(Debug, Default)]
pub struct Conflicts<'c> {
    /// All conflicts: the most certain first, then the most severe.
    pub all: Vec<Conflict<'c>>,
    /// The limit of pairs, if it was reached.
    pub reached: Option<Reached>,
}

/// Maximum overlap, in milliseconds, that counts as none, because clocks differ and times are rounded. For a short step
/// it is half of its duration.
pub(super) const TOUCHING: Instant = 1000;

/// Finds the conflicts between the steps of some runs.
pub fn conflicts<'c>(runs: &[Run], catalog: &'c Catalog, known: &mut dyn Known) -> Conflicts<'c> {
    conflicts_within(runs, catalog, known, &mut Limit::ObservedPairs.budget())
}

/// The same, with a budget of pairs to compare.
pub(super) fn conflicts_within<'c>(
    runs: &[Run],
    catalog: &'c Catalog,
    known: &mut dyn Known,
    budget: &mut Budget,
) -> Conflicts<'c> {
    let mut finding = Finding { runs, catalog, known, errors: HashMap::new(), found: BTreeMap::new() };
    let reached = finding.all(budget).err();
    let mut all: Vec<Conflict<'c>> = finding.found.into_values().collect();
    all.small_sort_by_key(|one| (std::cmp::Reverse((one.sure, one.level)), one.time, one.steps));
    Conflicts { all, reached }
}

/// A step as a writer of an entry.
struct Writing<'c> {
    at: At,
    time: (Instant, Instant),
    writer: &'c Writer,
    /// Whether all conditions of the writer are known to hold.
    is_sure: bool,
    objects: Vec<Object>,
}

/// An entry, and the steps that are its writers.
type Writers<'c> = (&'c Entry, Vec<Writing<'c>>);

/// A step, and when it ran.
type Timed = (At, (Instant, Instant));

struct Finding<'f, 'c> {
    runs: &'f [Run],
    catalog: &'c Catalog,
    known: &'f mut dyn Known,
    errors: HashMap<At, Explained<'c>>,
    /// The best conflict of each pair.
    found: BTreeMap<[At; 2], Conflict<'c>>,
}

impl<'c> Finding<'_, 'c> {
    fn all(&mut self, budget: &mut Budget) -> Result<(), Reached> {
        let mut by_entry: BTreeMap<usize, Writers<'c>> = BTreeMap::new();
        let mut by_target: BTreeMap<String, Vec<Timed>> = BTreeMap::new();
        let places: BTreeMap<*const Entry, usize> =
            self.catalog.entries().enumerate().map(|(at, entry)| (std::ptr::from_ref(entry), at)).collect();
        let runs = self.runs;
        for (run, of) in runs.iter().enumerate() {
            for (step, one) in of.steps.iter().enumerate() {
                let at = At { run, step };
                let Some(time) = one.time().filter(|_| one.is_write && !one.is_deployment) else { continue };
                by_target.entry(one.target.to_ascii_lowercase()).or_default().push((at, time));
                let ty = one.ty.to_ascii_lowercase();
                let writers: Vec<(&'c Entry, &'c Writer)> = writers_of(self.catalog, &ty);
                for (entry, writer) in writers {
                    if let Some(writing) = self.writing(at, time, entry, writer) {
                        let place = places.get(&std::ptr::from_ref(entry)).copied().unwrap_or_default();
                        by_entry.entry(place).or_insert_with(|| (entry, Vec::new())).1.push(writing);
                    }
                }
            }
        }
        for (entry, mut writings) in by_entry.into_values() {
            writings.small_sort_by_key(|one| (one.time, one.at));
            for (at, one) in writings.iter().enumerate() {
                for other in writings[at + 1..].iter().take_while(|other| other.time.0 < one.time.1) {
                    budget.spend(1)?;
                    self.pair(entry, one, other);
                }
            }
        }
        for (target, mut all) in by_target {
            all.small_sort_by_key(|one| (one.1, one.0));
            for (at, one) in all.iter().enumerate() {
                for other in all[at + 1..].iter().take_while(|other| other.1.0 < one.1.1) {
                    budget.spend(1)?;
                    self.declared_twice(&target, one.0, other.0);
                }
            }
        }
        Ok(())
    }

    fn step(&self, at: At) -> &super::runs::Step {
        &self.runs[at.run].steps[at.step]
    }

    /// A step as this writer; `None` if a condition rules that out, or if it writes no object.
    fn writing(
        &mut self,
        at: At,
        time: (Instant, Instant),
        entry: &Entry,
        writer: &'c Writer,
    ) -> Option<Writing<'c>> {
        let step = &self.runs[at.run].steps[at.step];
        let body = step.body.as_ref();
        let name = step.name();
        let last_name = name.rsplit('/').next().unwrap_or_default();
        let mut is_sure = true;
        for condition in writer.when.iter().chain(writer.certain_when.iter()) {
            let own = holds(condition, body, last_name);
            match own.or_else(|| self.known.holds(at, condition)) {
                Some(true) => {}
                Some(false) => return None,
                None => is_sure = false,
            }
        }
        let mut objects: Vec<Object> = self.known.objects(at, writer).unwrap_or_default();
        if objects.is_empty() {
            objects = writer.objects.iter().flat_map(|path| objects_of(path, &step.target, body)).collect();
        }
        if !entry.object_types.is_empty() {
            objects.retain(|object| match object {
                Object::Id(id) => ids::type_of(id)
                    .is_some_and(|ty| entry.object_types.iter().any(|known| known.eq_ignore_ascii_case(&ty))),
                // The entry applies only to objects that are known to have one of these types.
                Object::Same(_) | Object::Unknown => false,
            });
        }
        (!objects.is_empty()).then_some(Writing { at, time, writer, is_sure, objects })
    }

    fn pair(&mut self, entry: &'c Entry, one: &Writing<'c>, other: &Writing<'c>) {
        let (first, second) = (&one.writer.role, &other.writer.role);
        if one.at == other.at
            || entry.conflict(first, second).or_else(|| entry.conflict(second, first)).is_none()
        {
            return;
        }
        let Some(time) = together(&self.step(one.at).attempts, &self.step(other.at).attempts) else { return };
        let mut best: Option<(bool, &Object)> = None;
        for object in &one.objects {
            for against in &other.objects {
                match self.known.are_one(object, against) {
                    Some(true) => {
                        best = Some((true, if matches!(object, Object::Id(_)) { object } else { against }));
                    }
                    Some(false) => {}
                    None if best.is_none() => best = Some((false, object)),
                    None => {}
                }
            }
        }
        let Some((is_one, object)) = best else { return };
        let is_proven = is_one && one.is_sure && other.is_sure;
        let object = match object {
            Object::Id(id) if is_one => Some(id.clone()),
            _ => None,
        };
        let conflict = Conflict {
            steps: [one.at, other.at],
            entry: Some(entry),
            rule: entry.rule,
            level: entry.level.unwrap_or(Level::Note),
            object,
            object_type: entry.object_type.to_string(),
            time,
            sure: if is_proven { Sure::Overlapped } else { Sure::Possible },
            failures: Vec::new(),
            advice: None,
        };
        self.add(conflict);
    }

    fn declared_twice(&mut self, target: &str, one: At, other: At) {
        let Some(time) = together(&self.step(one).attempts, &self.step(other).attempts) else { return };
        self.add(Conflict {
            steps: [one, other],
            entry: None,
            rule: RuleId::DeclaredTwice,
            level: Level::Error,
            object: Some(target.to_owned()),
            object_type: self.step(one).ty.clone(),
            time,
            sure: Sure::Overlapped,
            failures: Vec::new(),
            advice: None,
        });
    }

    /// Keeps the most certain conflict of each pair, and of those the most severe.
    fn add(&mut self, mut conflict: Conflict<'c>) {
        conflict.failures = self.failures(&conflict);
        let is_failed = conflict.failures.iter().any(|one| one.is_known);
        conflict.sure = match conflict.sure {
            Sure::Possible if is_failed => Sure::Likely,
            Sure::Overlapped if is_failed => Sure::Cause,
            sure => sure,
        };
        // A conflict that is only possible and does no harm is not worth a line.
        if conflict.sure == Sure::Possible && conflict.level < Level::Warning {
            return;
        }
        let weight = |one: &Conflict<'_>| (one.sure, one.level);
        let known = self.found.get(&conflict.steps);
        if known.is_none_or(|known| weight(known) < weight(&conflict)) {
            self.found.insert(conflict.steps, conflict);
        }
    }

    fn failures(&mut self, conflict: &Conflict<'_>) -> Vec<Failure> {
        let mut failures = Vec::new();
        for (side, &at) in conflict.steps.iter().enumerate() {
            let step = &self.runs[at.run].steps[at.step];
            let Some(error) = step.error.as_ref().filter(|_| has_failed(&step.attempts, step.state)) else {
                continue;
            };
            let other = self.step(conflict.steps[1 - side]).target.to_ascii_lowercase();
            let named = conflict.object.clone();
            let catalog = self.catalog;
            let explained =
                self.errors.entry(at).or_insert_with(|| explain(catalog, &told(error, &step.target)));
            failures.push(failure(explained, conflict, at, (&step.target, &other, named.as_deref())));
        }
        failures
    }
}

fn writers_of<'c>(catalog: &'c Catalog, ty: &str) -> Vec<(&'c Entry, &'c Writer)> {
    // The iterator borrows the type, so the entries are looked up again by their ids.
    let found: Vec<(String, Str)> =
        catalog.writers_of(ty).map(|(entry, writer)| (entry.id.to_string(), writer.role.clone())).collect();
    let of = |(id, role): (String, Str)| {
        let entry = catalog.entry(&id)?;
        Some((entry, entry.writers.iter().find(|writer| writer.role == role)?))
    };
    found.into_iter().filter_map(of).collect()
}

type Str = crate::azure::catalog::Str;

/// Whether a step failed, in the end or in an earlier attempt.
fn has_failed(attempts: &[Attempt], state: State) -> bool {
    state == State::Failed || attempts.iter().any(|one| one.state == State::Failed)
}

/// An error with the resource that failed, in the form of an operation that `explain` reads.
pub(super) fn told(error: &Value, target: &str) -> String {
    let said = serde_json::json!({
        "properties": { "provisioningState": "Failed", "targetResource": { "id": target }, "statusMessage": error }
    });
    // As a text, an error may look like anything; inside an object it is read as a whole.
    said.to_string()
}

fn failure(
    explained: &Explained<'_>,
    conflict: &Conflict<'_>,
    step: At,
    (own, other, object): (&str, &str, Option<&str>),
) -> Failure {
    let first = explained.errors.first();
    let code = first.map_or_else(String::new, |first| {
        if first.said.code.is_empty() {
            first.said.message.chars().take(80).collect()
        } else {
            first.said.code.clone()
        }
    });
    let is_entry = |entry: &Entry| match conflict.entry {
        Some(known) => known.id == entry.id,
        None => entry.rule == RuleId::DeclaredTwice,
    };
    let is_known = explained.errors.iter().any(|one| {
        let is_cause = match &one.verdict {
            Verdict::Races(causes) | Verdict::Common(causes) => {
                causes.iter().any(|cause| is_entry(cause.entry))
            }
            Verdict::Other(_) | Verdict::Unknown => false,
        };
        is_cause || conflict.entry.is_some_and(|entry| shows(entry, &one.said))
    });
    let names_it = explained.errors.iter().flat_map(|one| &one.said.targets).any(|target| {
        let target = target.to_ascii_lowercase();
        target != own.to_ascii_lowercase() && (target == other || Some(target.as_str()) == object)
    });
    Failure { step, code, is_known, names_it }
}

/// Whether an error has a code or a phrase of an entry. Together with an overlap, that is stronger evidence than other
/// meanings of the words.
fn shows(entry: &Entry, said: &Said) -> bool {
    let message = said.message.to_lowercase();
    // Ex) `VirtualHubFailed` is "virtual hub failed"
    let mut words = String::new();
    for letter in said.code.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    let mut codes = entry.codes.iter().filter(|code| !is_wrapper(code));
    codes.any(|code| code.eq_ignore_ascii_case(&said.code))
        || entry
            .texts
            .iter()
            .map(|text| text.to_lowercase())
            .any(|text| message.contains(&text) || words == text)
}

/// The time in which two steps ran at the same time, over all of their attempts; `None` if they only touched.
fn together(ones: &[Attempt], others: &[Attempt]) -> Option<(Instant, Instant)> {
    let mut found: Option<(Instant, Instant)> = None;
    for one in ones {
        for other in others.iter().filter(|other| other.start < one.end && one.start < other.end) {
            let (start, end) = (one.start.max(other.start), one.end.min(other.end));
            let shorter = (one.end - one.start).min(other.end - other.start);
            if end - start > TOUCHING.min(shorter / 2) {
                found = Some(found.map_or((start, end), |known| (known.0.min(start), known.1.max(end))));
            }
        }
    }
    found
}

/// The objects that a path leads to.
pub(super) fn objects_of(path: &ObjectPath, target: &str, body: Option<&Value>) -> Vec<Object> {
    let id = |id: &str| ids::above(id, path.up).map(|id| Object::Id(id.to_ascii_lowercase()));
    match &path.from {
        ObjectSource::Own => id(target).into_iter().collect(),
        ObjectSource::Scope => ids::scope_of(target).and_then(id).into_iter().collect(),
        ObjectSource::Body(steps) => match body {
            None => vec![Object::Unknown],
            Some(body) => {
                let mut found = Vec::new();
                follow(body, steps, &mut found);
                found
                    .into_iter()
                    .filter_map(Value::as_str)
                    .filter(|text| text.starts_with('/'))
                    .filter_map(id)
                    .collect()
            }
        },
        ObjectSource::Below { ty, path, before, after } => {
            let Some((parent, body)) = ids::above(target, 1).zip(body) else { return vec![Object::Unknown] };
            let mut found = Vec::new();
            follow(body, path, &mut found);
            let name = |name: &str| format!("{parent}/{ty}/{before}{name}{after}").to_ascii_lowercase();
            found.into_iter().filter_map(Value::as_str).map(|text| Object::Id(name(text))).collect()
        }
    }
}

/// The values that a path leads to.
fn follow<'v>(value: &'v Value, steps: &[Step], found: &mut Vec<&'v Value>) {
    match (steps, value) {
        ([], _) => found.push(value),
        ([Step::Member(name), rest @ ..], Value::Object(members)) => {
            if let Some(value) = member(members, name) {
                follow(value, rest, found);
            }
        }
        ([Step::Every, rest @ ..], Value::Array(items)) => {
            for item in items {
                follow(item, rest, found);
            }
        }
        _ => {}
    }
}

/// Whether a condition on a body holds; `None` if the body is not known.
fn holds(condition: &BodyCondition, body: Option<&Value>, name: &str) -> Option<bool> {
    let own = Value::String(name.to_owned());
    let mut found = Vec::new();
    match (condition.path.as_ref(), body) {
        ([Step::Member(path)], _) if path == "name" => found.push(&own),
        (_, None) => return None,
        (steps, Some(body)) => follow(body, steps, &mut found),
    }
    let equals = |value: &Value, wanted: &str| match value {
        Value::String(text) => text.eq_ignore_ascii_case(wanted),
        Value::Bool(value) => wanted.eq_ignore_ascii_case(if *value { "true" } else { "false" }),
        _ => false,
    };
    Some(match &condition.test {
        Test::Present => found.iter().any(|value| !value.is_null()),
        Test::Absent => !found.iter().any(|value| !value.is_null()),
        Test::Equals(wanted) => found.iter().any(|value| equals(value, wanted)),
        Test::Differs(wanted) => !found.iter().any(|value| equals(value, wanted)),
    })
}
