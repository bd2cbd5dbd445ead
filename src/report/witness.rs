//! The witness of a finding in JSON: when it happens, and a schedule that shows it.

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::Serialize;

use crate::rules::finding::{Condition as Known, Finding};

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Witness {
    /// Conditions that are sufficient for every pair; if there are no such conditions, those of the first item of
    /// `ofPairs`.
    conditions: Vec<Condition>,
    /// The conditions of each pair, if pairs need different ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    of_pairs: Vec<PairWitness>,
    /// Whether some pair also happens if these conditions do not hold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    also_otherwise: bool,
    /// When each writer runs.
    schedule: Vec<Scheduled>,
    /// Whether the search for a world stopped at a limit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    bound_reached: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct PairWitness {
    /// The pairs, by symbol.
    pairs: Vec<(String, String)>,
    /// Conditions that are sufficient for them; empty if they always happen.
    conditions: Vec<Condition>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct Condition {
    /// The condition as it would be written.
    expression: String,
    /// Its value in this world.
    value: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Scheduled {
    /// The writer; `conn[0]` for an instance of a loop.
    symbol: String,
    /// Minutes from the start.
    start_minute: u32,
    /// Minutes from the start.
    end_minute: u32,
}

impl Witness {
    /// The witness of a finding.
    pub(super) fn of(finding: &Finding) -> Self {
        let symbol = |ix: usize| finding.participants[ix].symbol.clone();
        let of_pairs = &finding.witness.of_pairs;
        let of_pairs = of_pairs.iter().filter(|_| of_pairs.len() > 1).map(|witness| PairWitness {
            pairs: witness.pairs.iter().map(|&(one, other)| (symbol(one), symbol(other))).collect(),
            conditions: witness.conditions.iter().map(condition).collect(),
        });
        let schedule = finding.witness.schedule.iter().map(|run| Scheduled {
            symbol: run.symbol.clone(),
            start_minute: run.start_minute,
            end_minute: run.end_minute,
        });
        Self {
            conditions: finding.witness.conditions.iter().map(condition).collect(),
            of_pairs: of_pairs.collect(),
            also_otherwise: finding.witness.when.also_otherwise,
            schedule: schedule.collect(),
            bound_reached: finding.witness.bound_reached,
        }
    }
}

fn condition(condition: &Known) -> Condition {
    Condition { expression: condition.expression.clone(), value: condition.value.clone() }
}
