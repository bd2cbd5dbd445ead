//! The JSON that `observed` writes. Its types are separate from those of the analysis, and only gain fields.

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::Serialize;

use super::beside::{self, Beside};
use super::conflict::{At, Conflict};
use super::read::State;
use super::runs::Attempt;
use super::{Failed, Observed, text, time};
use crate::azure::explain::Verdict;
use crate::limit::Limit;
use crate::rules::registry::{rule, url_of};

/// What `observed --format json` writes.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Version of this format.
    schema_version: u32,
    /// The runs, by start.
    runs: Vec<Ran>,
    /// Operations that overlapped although they must not: the most certain conflict first, then the most severe.
    conflicts: Vec<Overlapped>,
    /// Number of further conflicts, which are not listed.
    conflicts_omitted: usize,
    /// The failures that no conflict explains.
    failures: Vec<Failure>,
    /// Comparison of each run with the prediction of the template; empty without `--template`.
    comparisons: Vec<Compared>,
    /// Notes about the exports and the template.
    notes: Vec<String>,
}

/// Comparison of one run with the template.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Compared {
    /// Index of the run.
    run: usize,
    /// Predicted duration of the run, in minutes; the observed one is in the run.
    predicted_minutes: u32,
    /// The declarations in the order of the template, then the operations without one.
    lines: Vec<ComparedLine>,
}

/// A declaration, or an operation without one.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ComparedLine {
    /// The declaration; null for an operation without one.
    declaration: Option<String>,
    /// Where it is declared, as file and line.
    place: Option<String>,
    /// Indexes of its rows in the run: one for each instance that ran.
    rows: Vec<usize>,
    /// Its predicted start, in minutes from the start of the root; null if its minutes are not known.
    predicted_start_minute: Option<u32>,
    /// Its predicted duration, in minutes; for a loop, from the start of the first instance to the end of the last.
    predicted_minutes: Option<u32>,
    /// The least and the most typical minutes of one instance; null if its type has none.
    typical_minutes: Option<[u32; 2]>,
    /// Its start, in seconds from the start of the run; null if it did not run, or if its time is not known.
    start_second: Option<f64>,
    /// Its duration, in seconds; for a loop, from the start of the first instance to the end of the last.
    seconds: Option<f64>,
    /// The differences between prediction and observation.
    differences: Vec<Differs>,
}

/// A difference between prediction and observation.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Differs {
    /// `early`: began before the end of a declaration that it waits for; `longer`, `shorter`: took far more or less
    /// than is typical; `neverRan`: declared, and has no operation; `undeclared`: ran, and is not declared; `several`:
    /// ran, and several declarations fit; `unseen`: the operations of the module are not in the exports.
    kind: &'static str,
    /// The meaning in one line.
    message: String,
}

/// A deployment with all that is nested in it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Ran {
    /// The name of the outermost deployment.
    name: String,
    /// Its id, or the name of its export.
    deployment: String,
    /// Its start in UTC; null if no operation has a time.
    start: Option<String>,
    /// Its end in UTC.
    end: Option<String>,
    /// Its duration, in seconds.
    seconds: Option<f64>,
    /// Total time in which nothing ran, in seconds.
    idle_seconds: f64,
    /// Number of operations that only read, evaluated or computed outputs.
    other_operations: usize,
    /// Resources that were written, and nested deployments; a nested deployment comes before its content.
    rows: Vec<Line>,
}

/// A resource that was written, or a nested deployment.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Line {
    /// The name of the resource.
    name: String,
    /// Its type.
    #[serde(rename = "type")]
    ty: String,
    /// Its id.
    id: String,
    /// Its declaration, with `--template`; null if no declaration fits, or if several do.
    declaration: Option<String>,
    /// Index of the nested deployment that contains it.
    parent: Option<usize>,
    /// How it ended: `succeeded`, `failed`, `canceled`, `running`.
    state: &'static str,
    /// Start of the first attempt, in seconds from the start of the run.
    start_second: Option<f64>,
    /// End of the last attempt.
    end_second: Option<f64>,
    /// All attempts, if there were several; the time between two of them is a gap.
    attempts: Vec<Tried>,
}

/// One attempt.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Tried {
    /// Start, in seconds from the start of the run.
    start_second: f64,
    /// End.
    end_second: f64,
    /// How it ended.
    state: &'static str,
}

/// A row of a run.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Place {
    /// Index of the run.
    run: usize,
    /// Index of the row in it; null for the deployment as a whole.
    row: Option<usize>,
}

/// Two writers of one object that ran at the same time.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Overlapped {
    /// The id of the rule.
    rule: String,
    /// The id of the catalogue entry; null if two deployments wrote the same resource.
    entry: Option<String>,
    /// The level: `note`, `warning` or `error`.
    level: String,
    /// `cause`: both wrote one object, and one of them failed with an error of this race; `overlapped`: both wrote one
    /// object; `likely`: both may have written one object, and one of them failed with an error of this race;
    /// `possible`: both may have written one object.
    certainty: &'static str,
    /// The fact in one line.
    message: String,
    /// The two operations, by start.
    steps: [Place; 2],
    /// Start of the time in which both ran, in UTC.
    start: String,
    /// End of that time.
    end: String,
    /// The id of the object in lower case; null if it is not known.
    object: Option<String>,
    /// The type of the object.
    object_type: String,
    /// The operations of the two that failed.
    failures: Vec<FailedSide>,
    /// What the template says; null without a template, or if an operation has no declaration.
    template: Option<Template>,
    /// The remedy of the entry, if it has one.
    remedy: Option<String>,
    /// The page of the entry or rule.
    url: String,
}

/// What the template says about the two.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Template {
    /// The declarations: `symbol`, `parent::child`, `module.symbol`.
    declarations: [String; 2],
    /// Their places, as file and line.
    places: [String; 2],
    /// The verdict on the two, as in `explain --pair`.
    verdict: &'static str,
    /// The edge that is missing, or how the template differs from what happened.
    edge: String,
    /// The remedy, if the two are a race that is reported.
    help: Option<String>,
}

/// A side of a conflict that failed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct FailedSide {
    /// Its run and row.
    step: Place,
    /// Its code.
    code: String,
    /// Whether the error is one that this race is known to cause.
    is_known: bool,
    /// Whether the error names the object or the other side.
    names_other: bool,
}

/// A failure that no conflict explains.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Failure {
    /// Its run and row.
    step: Place,
    /// Its errors.
    errors: Vec<Said>,
}

/// An error, and what `explain` knows about it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Said {
    /// Its code; empty if it has none.
    code: String,
    /// Its message.
    message: String,
    /// The entries whose races show such an error.
    entries: Vec<String>,
    /// The cause, if it is known not to be a race.
    answer: Option<String>,
}

/// Renders the document, with a line end.
pub fn render(observed: &Observed<'_>) -> String {
    let most = Limit::ObservedOverlaps.number() as usize;
    let document = Document {
        schema_version: 1,
        runs: (0..observed.runs.len()).map(|run| ran(observed, run)).collect(),
        conflicts: observed.conflicts.iter().take(most).map(|one| overlapped(observed, one)).collect(),
        conflicts_omitted: observed.conflicts.len().saturating_sub(most),
        failures: observed.failures.iter().map(failed).collect(),
        comparisons: observed.beside.iter().map(compared).collect(),
        notes: observed.notes.clone(),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// The JSON Schema of the document.
#[cfg(feature = "cli")]
pub fn schema() -> String {
    let schema = schemars::schema_for!(Document);
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

const fn word(state: State) -> &'static str {
    match state {
        State::Succeeded => "succeeded",
        State::Failed => "failed",
        State::Canceled => "canceled",
        State::Running => "running",
    }
}

fn ran(observed: &Observed<'_>, number: usize) -> Ran {
    let run = &observed.runs[number];
    let start = run.time.map_or(0, |(start, _)| start);
    let second = |at: i64| seconds(at - start);
    let tried = |one: &Attempt| Tried {
        start_second: second(one.start),
        end_second: second(one.end),
        state: word(one.state),
    };
    let rows = run.steps.iter().enumerate().map(|(at, step)| Line {
        name: step.name(),
        ty: step.ty.clone(),
        id: step.target.clone(),
        declaration: observed.declarations.get(&At { run: number, step: at }).cloned(),
        parent: step.parent,
        state: word(step.state),
        start_second: step.time().map(|(from, _)| second(from)),
        end_second: step.time().map(|(_, to)| second(to)),
        attempts: if step.attempts.len() > 1 {
            step.attempts.iter().map(tried).collect()
        } else {
            Vec::new()
        },
    });
    Ran {
        name: run.name(),
        deployment: run.deployment.clone(),
        start: run.time.map(|(start, _)| time::shown(start)),
        end: run.time.map(|(_, end)| time::shown(end)),
        seconds: run.time.map(|(_, end)| second(end)),
        idle_seconds: seconds(run.idle()),
        other_operations: run.others,
        rows: rows.collect(),
    }
}

/// Milliseconds as seconds.
fn seconds(ms: i64) -> f64 {
    let part = |ms: i64| f64::from(i32::try_from(ms).unwrap_or(i32::MAX));
    part(ms / 1000) + part(ms % 1000) / 1000.0
}

fn compared(beside: &Beside) -> Compared {
    let line = |line: &beside::Line| ComparedLine {
        declaration: line.place.is_some().then(|| line.name.clone()),
        place: line.place.clone(),
        rows: line.steps.clone(),
        predicted_start_minute: line.predicted.map(|(from, _)| from),
        predicted_minutes: line.predicted.map(|(from, to)| to - from),
        typical_minutes: line.typical.map(|typical| [typical.low, typical.high]),
        start_second: line.observed.map(|(from, _)| seconds(from)),
        seconds: line.observed.map(|(from, to)| seconds(to - from)),
        differences: line
            .differences
            .iter()
            .map(|one| Differs { kind: one.as_str(), message: one.words(line.typical) })
            .collect(),
    };
    Compared {
        run: beside.run,
        predicted_minutes: beside.predicted,
        lines: beside.lines.iter().map(line).collect(),
    }
}

fn place(at: At) -> Place {
    Place { run: at.run, row: Some(at.step) }
}

fn overlapped(observed: &Observed<'_>, one: &Conflict<'_>) -> Overlapped {
    let failures = one.failures.iter().map(|failure| FailedSide {
        step: place(failure.step),
        code: failure.code.clone(),
        is_known: failure.is_known,
        names_other: failure.names_it,
    });
    Overlapped {
        rule: one.rule.as_str().to_owned(),
        entry: one.entry.map(|entry| entry.id.to_string()),
        level: one.level.as_str().to_owned(),
        certainty: one.sure.as_str(),
        message: text::message(observed, one),
        steps: one.steps.map(place),
        start: time::shown(one.time.0),
        end: time::shown(one.time.1),
        object: one.object.clone(),
        object_type: one.object_type.clone(),
        failures: failures.collect(),
        template: one.advice.as_ref().map(|advice| Template {
            declarations: advice.names.clone(),
            places: advice.places.clone(),
            verdict: advice.verdict.as_str(),
            edge: text::edge(advice, one.sure),
            help: advice.help.clone(),
        }),
        remedy: one.entry.map(|entry| entry.remedy.to_string()).filter(|remedy| !remedy.is_empty()),
        url: one.entry.map_or_else(|| rule(one.rule).url(), url_of),
    }
}

fn failed(one: &Failed<'_>) -> Failure {
    let errors = one.explained.errors.iter().map(|answered| {
        let (entries, answer) = match &answered.verdict {
            Verdict::Races(causes) | Verdict::Common(causes) => {
                (causes.iter().map(|cause| cause.entry.id.to_string()).collect(), None)
            }
            Verdict::Other(answer) => (Vec::new(), Some(answer.title.to_owned())),
            Verdict::Unknown => (Vec::new(), None),
        };
        let said = &answered.said;
        Said { code: said.code.clone(), message: said.message.clone(), entries, answer }
    });
    Failure { step: Place { run: one.run, row: one.step }, errors: errors.collect() }
}
