//! One Azure resource is declared twice.
//!
//! Two declarations have the same scope, type and name, so they are one resource in Azure, and nothing keeps them from running
//! together. The second request meets the first one's operation and fails with a conflict, or the one that ends last wins. Two
//! module calls with one explicit deployment name in one scope are the same: the second fails with `DeploymentActive`.
//!
//! Declare the resource once and refer to it with `existing` elsewhere, or let one declaration wait for the other.

use super::finding::{Level, RuleId};
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule};
use crate::race::pair::Fault;

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: RuleId::DeclaredTwice,
    level: Some(Level::Error),
    means: "one Azure resource is written by two declarations that may run together",
    remedy: Remedy::None,
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    races: Some(&DeclaredTwice),
    source: include_str!("declared_twice.rs"),
};

#[derive(Debug)]
struct DeclaredTwice;

impl Races for DeclaredTwice {
    fn claim(&self, case: &Case<'_, '_, '_>) -> Option<Claim> {
        let is_declared_twice = case.entry.is_none() && case.race.fault == Fault::Unordered;
        is_declared_twice.then_some(Claim::Object).or_else(|| case.claim_by_entry(RuleId::DeclaredTwice))
    }

    fn message(&self, group: &Group<'_, '_, '_>) -> String {
        let (all, object) = (group.all(), group.object());
        if group.participants.len() == 1 {
            format!("the instances of loop {all} declare the same {object} and may deploy at the same time")
        } else {
            format!("{all} declare the same {object} and may deploy at the same time")
        }
    }

    fn help(&self, _: &Group<'_, '_, '_>) -> String {
        "declare it once and refer to it with `existing`, or let one wait for the other".to_owned()
    }
}
