//! Renders observed runs for a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::beside::{Beside, Line};
use super::conflict::{At, Conflict, Sure};
use super::declared::Advice;
use super::read::State;
use super::runs::Run;
use super::time::{self, Instant};
use super::{Observed, drawn, ids};
use crate::escape::visible;
use crate::limit::Limit;
use crate::rules::explained::{Verdict, noun};
use crate::rules::finding::SharedObject;
use crate::rules::registry::{rule, url_of};
use crate::timeline::Unit;
use crate::timeline::text::{Style, render};

/// Renders the schedules, then the conflicts.
pub fn text(observed: &Observed<'_>, style: Style) -> String {
    let mut out = String::new();
    for (number, run) in observed.runs.iter().enumerate() {
        let _ = writeln!(out, "{}", headline(run));
        if let Some((timeline, reached)) = drawn::timeline(&observed.runs, number, &observed.conflicts) {
            // The headline already shows the name.
            let chart = render(&timeline, style);
            let chart = chart.split_once("\n\n").map_or(chart.as_str(), |(_, chart)| chart);
            let _ = writeln!(out, "{}", chart.trim_end());
            if let Some(reached) = reached {
                let _ = writeln!(out, "{reached}");
            }
        }
        for beside in observed.beside.iter().filter(|beside| beside.run == number) {
            out.push('\n');
            out.push_str(&beside_text(run, beside));
        }
        out.push('\n');
    }
    let most = Limit::ObservedOverlaps.number() as usize;
    let shown = &observed.conflicts[..observed.conflicts.len().min(most)];
    let (told, possible): (Vec<_>, Vec<_>) =
        shown.iter().partition(|one| one.sure != Sure::Possible || !one.failures.is_empty());
    for conflict in told {
        one(&mut out, observed, conflict);
    }
    out.push_str(&possibles(observed, &possible));
    if let Err(reached) = Limit::ObservedOverlaps.check(observed.conflicts.len()) {
        let _ = writeln!(out, "{reached}\n");
    }
    out
}

/// The comparison with the prediction: lines with a difference, and lines with minutes to compare.
fn beside_text(run: &Run, beside: &Beside) -> String {
    let mut out = format!("predicted beside observed: {}\n", beside_total(run, beside));
    let (shown, rest) = beside_lines(beside);
    let names: Vec<String> = shown.iter().map(|line| visible(&line.name)).collect();
    let width = names.iter().map(|name| name.width()).max().unwrap_or(0).min(WIDEST);
    for (line, name) in shown.iter().zip(&names) {
        let gap = width.saturating_sub(name.width());
        let [predicted, took] = beside_cells(line);
        let row = format!("  {name}{:gap$}  {predicted:>5}  {took:>8}  {}", "", beside_words(line));
        let _ = writeln!(out, "{}", row.trim_end());
    }
    out.push_str(&rest);
    out
}

/// Maximum width of the column of names. A longer name pushes its cells to the right.
const WIDEST: usize = 48;

/// Ex) `1:53 h predicted, 1:53:00 observed`
pub(super) fn beside_total(run: &Run, beside: &Beside) -> String {
    let took = run.time.map_or_else(|| "no time".to_owned(), |(start, end)| clock(end - start));
    format!("{} h predicted, {took} observed", Unit::Minutes.clock(beside.predicted))
}

/// The lines with a difference or predicted minutes, and a line that counts the others.
pub(super) fn beside_lines(beside: &Beside) -> (Vec<&Line>, String) {
    let most = Limit::ObservedRows.number() as usize;
    let says = |line: &&Line| !line.differences.is_empty() || line.predicted.is_some();
    let shown: Vec<&Line> = beside.lines.iter().filter(says).collect();
    let mut rest = match beside.lines.len() - shown.len() {
        0 => String::new(),
        1 => "  1 more has no predicted minutes, and ran as the template orders it\n".to_owned(),
        count => format!("  {count} more have no predicted minutes, and ran as the template orders them\n"),
    };
    if let Err(reached) = Limit::ObservedRows.check(shown.len()) {
        let _ = writeln!(rest, "  {reached}");
    }
    (shown.into_iter().take(most).collect(), rest)
}

/// Predicted and observed duration of a line.
pub(super) fn beside_cells(line: &Line) -> [String; 2] {
    let none = || "-".to_owned();
    let predicted = line.predicted.map_or_else(none, |(from, to)| Unit::Minutes.clock(to - from));
    [predicted, line.observed.map_or_else(none, |(from, to)| clock(to - from))]
}

/// The differences of a line, in words.
pub(super) fn beside_words(line: &Line) -> String {
    let words = line.differences.iter().map(|one| visible(&one.words(line.typical)));
    words.collect::<Vec<_>>().join("; ")
}

/// Adds what the template says: the declarations, the missing edge or the difference, and the remedy.
fn advised(out: &mut String, advice: &Advice, sure: Sure) {
    let [one, other] = &advice.names;
    let [place, other_place] = &advice.places;
    let _ = writeln!(
        out,
        "  here    `{}` ({}) and `{}` ({})",
        visible(one),
        visible(place),
        visible(other),
        visible(other_place)
    );
    let _ = writeln!(out, "  edge    {}", visible(&edge(advice, sure)));
    if let Some(help) = &advice.help {
        let _ = writeln!(out, "  remedy  {}", visible(help));
    }
}

/// How the order in the template relates to the overlap.
pub fn edge(advice: &Advice, sure: Sure) -> String {
    let differs = "these operations are of another version of the template, or of other parameters";
    match (advice.verdict, sure) {
        (Verdict::Race | Verdict::NotReported, _) => format!("missing: {}", advice.message),
        (
            Verdict::Ordered | Verdict::NeverTogether | Verdict::DifferentObjects,
            Sure::Overlapped | Sure::Cause,
        ) => {
            format!("the template says otherwise, {}: {differs}", advice.message)
        }
        (Verdict::Ordered | Verdict::NeverTogether, _) => {
            format!("{}, yet both ran at the same time: {differs}", advice.message)
        }
        _ => advice.message.clone(),
    }
}

/// Possible conflicts without a failure: one line each, grouped by entry.
fn possibles(observed: &Observed<'_>, all: &[&Conflict<'_>]) -> String {
    let mut out = String::new();
    let mut by_entry: BTreeMap<&str, Vec<&Conflict<'_>>> = BTreeMap::new();
    for one in all {
        by_entry.entry(id_of(one)).or_default().push(one);
    }
    for (id, all) in by_entry {
        let object = all.first().map_or_else(String::new, |first| object(first));
        let _ = writeln!(out, "possible[{id}]: these ran at the same time, and wrote {object}");
        for conflict in all {
            let [first, second] = conflict.steps.map(|at| visible(&name(observed, conflict, at)));
            let _ = writeln!(out, "  `{first}` and `{second}` {}", span(observed, conflict));
        }
        let _ = writeln!(
            out,
            "  sure    the operations do not say which object each of them wrote; `--template` may\n"
        );
    }
    out
}

fn id_of<'a>(conflict: &'a Conflict<'_>) -> &'a str {
    conflict.entry.map_or(conflict.rule.as_str(), |entry| entry.id.as_ref())
}

/// The path to a step, with its run if the two steps belong to different runs.
fn name(observed: &Observed<'_>, conflict: &Conflict<'_>, at: At) -> String {
    let run = &observed.runs[at.run];
    let way = run.way(at.step);
    if conflict.steps[0].run == conflict.steps[1].run { way } else { format!("{}/{way}", run.name()) }
}

/// When both ran, from the start of the first one's run.
fn span(observed: &Observed<'_>, conflict: &Conflict<'_>) -> String {
    let start = observed.runs[conflict.steps[0].run].time.map_or(conflict.time.0, |(start, _)| start);
    format!("from {} to {}", clock(conflict.time.0 - start), clock(conflict.time.1 - start))
}

/// A deployment, when it ran, and how it ended.
pub fn headline(run: &Run) -> String {
    let mut text = visible(&run.name());
    if let Some(scope) = ids::scope_of_deployment(&run.deployment).filter(|scope| !scope.is_empty()) {
        let _ = write!(text, " in {}", visible(scope.rsplit('/').next().unwrap_or(scope)));
    }
    if let Some((start, end)) = run.time {
        let _ = write!(text, ", {} to {}", time::shown(start), time::shown(end));
    }
    let count =
        |state: State| run.steps.iter().filter(|step| !step.is_deployment && step.state == state).count();
    let words = [(State::Failed, "failed"), (State::Canceled, "canceled"), (State::Running, "still running")];
    for (state, word) in words {
        match count(state) {
            0 => {}
            count => _ = write!(text, ", {count} {word}"),
        }
    }
    if run.steps.is_empty() && run.state == Some(State::Failed) {
        text.push_str(", failed");
    }
    if run.idle() >= 1000 {
        let _ = write!(text, "; nothing ran for {}", clock(run.idle()));
    }
    text
}

pub(super) fn clock(ms: Instant) -> String {
    Unit::Seconds.clock(u32::try_from(ms.max(0) / 1000).unwrap_or(u32::MAX))
}

/// The fact in one line, with the rule.
pub fn message(observed: &Observed<'_>, conflict: &Conflict<'_>) -> String {
    let name = |at: At| name(observed, conflict, at);
    let object = object(conflict);
    let [first, second] = conflict.steps;
    match conflict.failures.iter().max_by_key(|one| (one.is_known, one.names_it)) {
        Some(failure) => {
            let other = if failure.step == first { second } else { first };
            let step = &observed.runs[failure.step.run].steps[failure.step.step];
            let after =
                step.time().map_or_else(String::new, |(start, end)| format!(" after {}", clock(end - start)));
            format!(
                "`{}` failed{after} with {} while `{}` wrote {object}",
                name(failure.step),
                failure.code,
                name(other)
            )
        }
        None => format!("`{}` and `{}` wrote {object} at the same time", name(first), name(second)),
    }
}

/// The object in a reader's words.
fn object(conflict: &Conflict<'_>) -> String {
    let named =
        |name: String| noun(&SharedObject { ty: conflict.object_type.clone(), name, declared_at: None });
    if let Some(id) = &conflict.object {
        return named(ids::name_of(id));
    }
    let noun = named(String::new());
    let noun = noun.trim_end_matches('`').trim();
    match conflict.sure {
        Sure::Overlapped | Sure::Cause => format!("one {noun}"),
        Sure::Possible | Sure::Likely => format!("what may be one {noun}"),
    }
}

/// What is certain of a conflict, and what is not.
pub fn certainty(conflict: &Conflict<'_>) -> String {
    let names = if conflict.failures.iter().any(|one| one.is_known && one.names_it) {
        ", and it names the other side"
    } else {
        ""
    };
    let other_error = conflict.failures.iter().any(|one| !one.is_known);
    match conflict.sure {
        Sure::Cause => format!(
            "certain: one object, written at the same time; \
             the error is one that this race shows{names}"
        ),
        Sure::Overlapped if other_error => "certain: one object, written at the same time; but this race may not be the cause of the failure, because it is not known to show this error"
            .to_owned(),
        Sure::Overlapped => {
            "certain: one object, written at the same time; this time it caused no failure".to_owned()
        }
        Sure::Likely => format!(
            "suspected: the error is one that this race shows{names}; \
             the operations do not say whether both wrote one object, but `--template` may"
        ),
        Sure::Possible => "possible: both ran at the same time; \
             the operations do not say whether both wrote one object, but `--template` may"
            .to_owned(),
    }
}

fn one(out: &mut String, observed: &Observed<'_>, conflict: &Conflict<'_>) {
    let id = id_of(conflict);
    let _ = writeln!(out, "{}[{id}]: {}", conflict.level, visible(&message(observed, conflict)));
    let _ = writeln!(out, "  when    both ran {}", span(observed, conflict));
    if let Some(id) = &conflict.object {
        let _ = writeln!(out, "  object  {}", visible(id));
    }
    let _ = writeln!(out, "  sure    {}", certainty(conflict));
    if let Some(advice) = &conflict.advice {
        advised(out, advice, conflict.sure);
    }
    if let Some(entry) = conflict.entry {
        if !entry.why.is_empty() {
            let _ = writeln!(out, "  why     both {}", entry.why);
        }
        let has_help = conflict.advice.as_ref().is_some_and(|advice| advice.help.is_some());
        if !entry.remedy.is_empty() && !has_help {
            let _ = writeln!(out, "  remedy  {}", entry.remedy);
        }
    }
    let url = conflict.entry.map_or_else(|| rule(conflict.rule).url(), url_of);
    let _ = writeln!(out, "  page    {url}\n");
}
