//! Derives typical minutes from observed durations, and writes them as configuration.

use crate::small_sort::SmallSort as _;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Observed;
use super::conflict::At;
use super::read::State;
use super::time::Instant;
use crate::azure::durations::Typical;

const MS_OF_MINUTE: Instant = 60_000;

/// The durations of a type or a declaration, over all runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// The resource type, or the declaration.
    pub name: String,
    /// The duration of each success, in milliseconds, shortest first.
    took: Vec<Instant>,
}

impl Learned {
    /// The median in milliseconds; 0 without a duration.
    fn median(&self) -> Instant {
        let middle = self.took.len() / 2;
        match self.took.as_slice() {
            [] => 0,
            all if all.len() % 2 == 1 => all[middle],
            all => all[middle - 1].midpoint(all[middle]),
        }
    }

    /// In whole minutes: the low end is rounded down, the high end up.
    fn minutes(&self) -> Typical {
        let whole = |ms: Instant| u32::try_from(ms / MS_OF_MINUTE).unwrap_or(u32::MAX);
        let likely = whole(self.median() + MS_OF_MINUTE / 2);
        match self.took.as_slice() {
            [first, .., last] => Typical {
                likely,
                low: whole(*first).min(likely),
                high: whole(*last + MS_OF_MINUTE - 1).max(likely),
            },
            _ => Typical::of(likely),
        }
    }
}

/// The durations of each type, from the successful attempts of all runs.
pub fn types(observed: &Observed<'_>) -> Vec<Learned> {
    learned(observed, |at| {
        let step = &observed.runs[at.run].steps[at.step];
        (!step.ty.is_empty()).then(|| step.ty.clone())
    })
}

/// The same for each declaration of the template.
pub fn declarations(observed: &Observed<'_>) -> Vec<Learned> {
    learned(observed, |at| observed.declarations.get(&at).cloned())
}

fn learned(observed: &Observed<'_>, name: impl Fn(At) -> Option<String>) -> Vec<Learned> {
    let mut all: BTreeMap<String, Learned> = BTreeMap::new();
    for (number, run) in observed.runs.iter().enumerate() {
        for (at, step) in
            run.steps.iter().enumerate().filter(|(_, step)| step.is_write && !step.is_deployment)
        {
            let Some(name) = name(At { run: number, step: at }) else { continue };
            let went_well = step.attempts.iter().filter(|one| one.state == State::Succeeded);
            let took: Vec<Instant> = went_well.map(|one| (one.end - one.start).max(0)).collect();
            if !took.is_empty() {
                // Types are compared without regard to case.
                let key = name.to_ascii_lowercase();
                all.entry(key).or_insert_with(|| Learned { name, took: Vec::new() }).took.extend(took);
            }
        }
    }
    let mut all: Vec<Learned> = all.into_values().collect();
    for one in &mut all {
        one.took.small_sort();
    }
    all
}

/// A configuration with the typical minutes of each type and their range. The exact times, and each declaration, are
/// comments.
pub fn configuration(observed: &Observed<'_>) -> String {
    let mut text = String::from(
        "# Typical minutes, learned from operations by `bicep-race-lint observed --learn`.\n\n[minutes]\n",
    );
    for one in types(observed) {
        let (name, minutes) = (toml_text(&one.name), one.minutes());
        let _ = writeln!(text, "{name} = {minutes} # {}", spread(&one));
    }
    let declarations = declarations(observed);
    if !declarations.is_empty() {
        text.push_str("\n# By declaration:\n");
    }
    for one in declarations {
        let _ = writeln!(text, "# {}: {}", crate::escape::visible(&one.name), spread(&one));
    }
    text
}

/// Ex) `30:12 minutes, from 27:05 to 41:40 in 12 writes`
fn spread(one: &Learned) -> String {
    let clock = |ms: Instant| format!("{}:{:02}", ms / MS_OF_MINUTE, ms % MS_OF_MINUTE / 1000);
    let median = clock(one.median());
    match one.took.as_slice() {
        [only] => format!("{} minutes, in 1 write", clock(*only)),
        [first, .., last] => {
            format!(
                "{median} minutes, from {} to {} in {} writes",
                clock(*first),
                clock(*last),
                one.took.len()
            )
        }
        [] => String::new(),
    }
}

/// A quoted TOML key. The type in an export may be any text.
fn toml_text(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
