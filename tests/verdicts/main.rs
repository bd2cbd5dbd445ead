//! What is a race and what is none: deployments in the forms that people write, each with its verdict.

// In tests a panic is how a failure is told.
#![allow(clippy::unwrap_used)]

#[path = "../common/form.rs"]
mod form;
#[path = "../common/remedied.rs"]
mod remedied;

mod arm;
mod catalog;
mod conditions;
mod constraints;
mod defaults;
mod elements;
mod forms;
mod identities;
mod imports;
mod language;
mod many;
mod missing;
mod names;
mod needless;
mod order;
mod plan;
mod remedies;
mod retry;
mod session;
mod stories;
mod when;
