//! Files and messages that a run writes, and runs without enough threads or memory.

// A test reports a failure by a panic.
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
