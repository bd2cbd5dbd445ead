//! Races and non-races: deployments in realistic forms, each with its verdict.

// A test reports a failure by a panic.
#![allow(clippy::unwrap_used)]

#[path = "../common/form.rs"]
mod form;
#[path = "../common/remedied.rs"]
mod remedied;

mod arm;
mod catalog;
mod conditions;
mod constraints;
mod counted;
mod defaults;
mod elements;
mod forms;
mod identities;
mod imports;
mod language;
mod lists;
mod many;
mod missing;
mod names;
mod needless;
mod order;
mod plan;
mod remedies;
mod retry;
mod session;
mod spellings;
mod stories;
mod when;
mod words;
