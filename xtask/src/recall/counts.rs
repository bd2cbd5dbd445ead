//! Counts removed orders and the outcomes.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use bicep_race_lint::rules::finding::Level;

use super::judge::{Lost, Outcome, Surveyed};
use super::labels::{Kind, Label};

/// The numbers of removed orders, and of each outcome.
#[derive(Debug, Default)]
pub(super) struct Counts {
    removals: usize,
    implied: usize,
    strange: usize,
    elements: Tally,
    batches: Tally,
}

/// The outcomes of removals of one kind.
#[derive(Debug, Default)]
struct Tally {
    reported: BTreeMap<Level, usize>,
    documented: usize,
    labelled: BTreeMap<Kind, usize>,
    unlabelled: usize,
}

impl Counts {
    pub(super) fn of(surveyed: &Surveyed) -> Self {
        let Surveyed { removals, implied, strange, .. } = *surveyed;
        Self { removals, implied, strange, ..Self::default() }
    }

    pub(super) fn add(&mut self, lost: &Lost, label: Option<&Label>) {
        let tally = if lost.late == lost.early { &mut self.batches } else { &mut self.elements };
        match (lost.outcome, label) {
            (Outcome::Reported(level), _) => *tally.reported.entry(level).or_default() += 1,
            (Outcome::Documented, _) => tally.documented += 1,
            (Outcome::Silent, Some(label)) => *tally.labelled.entry(label.kind).or_default() += 1,
            (Outcome::Silent, None) => tally.unlabelled += 1,
        }
    }
}

impl AddAssign<&Self> for Counts {
    fn add_assign(&mut self, other: &Self) {
        self.removals += other.removals;
        self.implied += other.implied;
        self.strange += other.strange;
        self.elements += &other.elements;
        self.batches += &other.batches;
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.documented += other.documented;
        self.unlabelled += other.unlabelled;
        for (&level, count) in &other.reported {
            *self.reported.entry(level).or_default() += count;
        }
        for (&kind, count) in &other.labelled {
            *self.labelled.entry(kind).or_default() += count;
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { removals, implied, strange, elements, batches } = self;
        writeln!(
            out,
            "{removals} removals; {implied} orders implied by another path, {strange} without an entry"
        )?;
        writeln!(out, "  elements of `dependsOn`: {elements}")?;
        writeln!(out, "  batches of one: {batches}")?;
        let mut all = Tally::default();
        all += elements;
        all += batches;
        write!(out, "  together: {all}")
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { documented, unlabelled, .. } = self;
        let reported: usize = self.reported.values().sum();
        write!(out, "{reported} reported")?;
        let by_level = self.reported.iter().rev().map(|(level, count)| format!("{count} {level}"));
        let by_level: Vec<String> = by_level.collect();
        if !by_level.is_empty() {
            write!(out, " ({})", by_level.join(", "))?;
        }
        for (kind, count) in &self.labelled {
            write!(out, ", {count} {kind}")?;
        }
        write!(out, ", {unlabelled} unlabelled, {documented} documented as no race")?;
        let of = |kind| self.labelled.get(&kind).copied().unwrap_or_default();
        // Documented non-races were not reviewed, so they count on neither side.
        let missed = of(Kind::Miss);
        let all = reported + missed + of(Kind::NonRace) + unlabelled;
        let percent = 100.0 * missed as f64 / all.max(1) as f64;
        write!(out, "; missed {missed} of {all} ({percent:.1} %)")
    }
}
