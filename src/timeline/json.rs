//! The schedule as JSON. Its types are separate from those of the analysis, and only gain fields.

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::Serialize;

use super::schedule::{Schedule, Status};
use super::{Timeline, schedule};

/// The document that `timeline --format json` writes.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Version of this format.
    schema_version: u32,
    /// The schedules: one for each root.
    timelines: Vec<Pictured>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Pictured {
    /// Displayed path of the root.
    root: String,
    /// The current schedule.
    now: Predicted,
    /// The schedule after the remedy; null if there is nothing to fix.
    after: Option<Predicted>,
    /// The waits on the critical path of `now`, in order, and what each protects.
    decides: Vec<Waiting>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Waiting {
    /// Path to the declaration that is waited for.
    early: String,
    /// Path to the declaration that waits.
    late: String,
    /// What the wait protects, in words.
    protects: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Predicted {
    /// Total duration in minutes.
    total_minutes: u32,
    /// The shortest and the longest total duration, by the known ranges; null if there is no range.
    total_range: Option<Range>,
    /// Whether no two writers of one object are unordered.
    reliable: bool,
    /// Indexes into `rows` of the rows that decide the total, by start.
    critical_path: Vec<u32>,
    /// The rows: one for each task, loop instance, loop and module.
    rows: Vec<Line>,
    /// The unordered writers of one object.
    overlaps: Vec<Together>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Range {
    low_minutes: u32,
    high_minutes: u32,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Line {
    /// The symbol; `conn[0]` for an instance.
    name: String,
    /// The resource type, or `module`.
    #[serde(rename = "type")]
    ty: String,
    /// Index of the module or loop that contains it.
    parent: Option<u32>,
    /// Whether it is deployed.
    status: Happens,
    /// Start in minutes; null if it does not run.
    start_minute: Option<u32>,
    /// End in minutes; null if it does not run.
    end_minute: Option<u32>,
    /// Whether its duration, or that of something inside it, is unknown and was counted as one minute.
    assumed: bool,
    /// Whether it decides the total.
    critical: bool,
    /// The times in which another writer of the same object also runs.
    contested: Vec<Times>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Happens {
    Runs,
    Conditional,
    Skipped,
    Never,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Times {
    start_minute: u32,
    end_minute: u32,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Together {
    /// Path to one writer: `vpn/gateway`.
    first: String,
    /// Path to the other writer.
    second: String,
    /// The object that both write.
    object: String,
    /// When both run, by typical durations; null if these happen to keep them apart.
    predicted: Option<Times>,
}

/// Renders the document for some roots, with a line end.
pub fn render(timelines: &[Timeline]) -> String {
    let document = Document { schema_version: 1, timelines: timelines.iter().map(pictured).collect() };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn pictured(timeline: &Timeline) -> Pictured {
    Pictured {
        root: timeline.root.clone(),
        now: predicted(&timeline.now),
        after: timeline.after.as_ref().map(predicted),
        decides: timeline.decides.iter().map(waiting).collect(),
    }
}

fn waiting(decides: &schedule::Decides) -> Waiting {
    let schedule::Decides { early, late, why } = decides.clone();
    Waiting { early, late, protects: why }
}

fn predicted(schedule: &Schedule) -> Predicted {
    Predicted {
        total_minutes: schedule.total,
        total_range: schedule.range.map(|(low_minutes, high_minutes)| Range { low_minutes, high_minutes }),
        reliable: schedule.is_reliable(),
        critical_path: schedule.critical.iter().map(|row| row.0).collect(),
        rows: schedule.rows.iter().map(line).collect(),
        overlaps: schedule.overlaps.iter().map(together).collect(),
    }
}

fn line(row: &schedule::Row) -> Line {
    let runs = matches!(row.status, Status::Runs | Status::Conditional);
    Line {
        name: row.name.clone(),
        ty: row.ty.clone(),
        parent: row.parent.map(|parent| parent.0),
        status: match row.status {
            Status::Runs => Happens::Runs,
            Status::Conditional => Happens::Conditional,
            Status::Skipped => Happens::Skipped,
            Status::Never => Happens::Never,
        },
        start_minute: runs.then_some(row.start),
        end_minute: runs.then_some(row.end),
        assumed: row.assumed,
        critical: row.critical,
        contested: row.contested.iter().copied().map(times).collect(),
    }
}

fn together(overlap: &schedule::Overlap) -> Together {
    Together {
        first: overlap.first.clone(),
        second: overlap.second.clone(),
        object: overlap.object.clone(),
        predicted: overlap.predicted.map(times),
    }
}

fn times((start_minute, end_minute): (u32, u32)) -> Times {
    Times { start_minute, end_minute }
}
