//! The program as users run it: arguments, files and streams, output and exit codes.

// A test reports a failure by a panic.
#![allow(clippy::unwrap_used)]

#[path = "../common/formats.rs"]
mod formats;
#[path = "../common/process.rs"]
mod process;

mod behind;
mod beside;
mod changed;
mod cli;
mod completions;
mod control;
mod decided;
mod explain;
mod failed;
mod fingerprints;
mod hostile;
mod ids;
mod mistakes;
mod nothing;
mod observed;
mod order;
mod pair;
mod parameters;
mod quieter;
mod roots;
mod unread;
