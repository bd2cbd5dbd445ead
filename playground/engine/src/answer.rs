//! The causes of a pasted failure, in the form that the page shows.

use bicep_race_lint::Catalog;
use bicep_race_lint::azure::answers::Answer;
use bicep_race_lint::azure::explain::{Cause, Verdict, explain};
use bicep_race_lint::rules::registry::url_of;
use serde::Serialize;

/// A cause below this percentage of the top weight is left out.
const MIN_SHARE_PERCENT: u32 = 60;
/// Maximum number of causes that are shown for one error.
const MAX_CAUSES: usize = 5;

/// One error with its causes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answered {
    code: String,
    message: String,
    targets: Vec<String>,
    /// `races`, `common`, `other` or `unknown`.
    verdict: &'static str,
    races: Vec<Race>,
    /// The cause that is not a race, or an alternative one.
    other: Option<Other>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Race {
    entry: String,
    title: String,
    level: Option<&'static str>,
    why: String,
    look_for: Vec<String>,
    remedy: String,
    url: String,
    matched: Vec<String>,
}

#[derive(Serialize)]
struct Other {
    title: &'static str,
    what: &'static str,
    todo: &'static str,
}

/// All innermost errors of a pasted text, the best known first.
pub(crate) fn answers(catalog: &Catalog, pasted: &str) -> Vec<Answered> {
    let explained = explain(catalog, pasted);
    let one = |answered: bicep_race_lint::azure::explain::Answered<'_>| {
        let (verdict, races, other) = match &answered.verdict {
            Verdict::Races(causes) => ("races", likely(causes), answered.or_else),
            Verdict::Common(causes) => ("common", likely(causes), answered.or_else),
            Verdict::Other(answer) => ("other", Vec::new(), Some(*answer)),
            Verdict::Unknown => ("unknown", Vec::new(), answered.or_else),
        };
        let said = answered.said;
        let other =
            other.map(|answer: &Answer| Other { title: answer.title, what: answer.what, todo: answer.todo });
        Answered { code: said.code, message: said.message, targets: said.targets, verdict, races, other }
    };
    explained.errors.into_iter().map(one).collect()
}

fn likely(causes: &[Cause<'_>]) -> Vec<Race> {
    let best = causes.first().map_or(0, |cause| cause.weight);
    let told = causes.iter().filter(|cause| cause.weight * 100 >= best * MIN_SHARE_PERCENT);
    told.take(MAX_CAUSES).map(race).collect()
}

fn race(cause: &Cause<'_>) -> Race {
    let entry = cause.entry;
    Race {
        entry: entry.id.to_string(),
        title: entry.title.to_string(),
        level: entry.level.map(bicep_race_lint::Level::as_str),
        why: entry.why.to_string(),
        look_for: entry.writers.iter().map(|writer| writer.label.to_string()).collect(),
        remedy: entry.remedy.to_string(),
        url: url_of(entry),
        matched: cause.matched.clone(),
    }
}
