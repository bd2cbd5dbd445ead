//! What is written, and where; what is said, and how; and a run that gets neither threads nor memory.

// In tests a panic is how a failure is told.
#![allow(clippy::unwrap_used)]
#![cfg(unix)]

#[path = "../common/formats.rs"]
mod formats;
mod means;
mod outputs;
#[path = "../common/process.rs"]
mod process;
mod remedies;
mod saying;
mod secrets;
