//! The texts of a finding.

use super::finding::Assumed;
use super::published::what_to_do;
use super::races::{Group, Races};
use super::retried;

/// What a rule says about a group of races.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) message: String,
    pub(super) explanation: String,
    pub(super) help: String,
}

impl Texts {
    pub(super) fn of(races: &dyn Races, group: &Group<'_, '_, '_>, assumes: &[Assumed]) -> Self {
        let (mut message, mut explanation) = (races.message(group), races.why(group));
        explanation.extend(retried::told(group).map(|told| format!("; {told}")));
        if !assumes.is_empty() {
            message.push_str(", with default values");
        }
        Self { message, explanation, help: what_to_do(races, group) }
    }
}
