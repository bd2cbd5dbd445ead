//! What a pasted failure comes from, as the page shows it.

use bicep_race_lint::Catalog;
use bicep_race_lint::azure::answers::Answer;
use bicep_race_lint::azure::explain::{Cause, Verdict, explain};
use bicep_race_lint::rules::registry::url_of;
use serde::Serialize;

/// A cause with less than this share of the weight of the likeliest is left out, in percent.
const MUCH: u32 = 60;
/// So many causes of one error are shown.
const MOST: usize = 5;

/// One error, and what it comes from.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answered {
    code: String,
    message: String,
    targets: Vec<String>,
    /// `races`, `common`, `other` or `unknown`.
    verdict: &'static str,
    races: Vec<Race>,
    /// What it is where no order cures it, or what else it may be.
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

/// Every innermost error of what was pasted, those first of which most is known.
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
    let told = causes.iter().filter(|cause| cause.weight * 100 >= best * MUCH);
    told.take(MOST).map(race).collect()
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
