//! The doors of a run, tried from outside: what strangers may put into a repository, and what honest people have in theirs.

// In tests a panic is how a failure is told.
#![allow(clippy::unwrap_used)]
#![cfg(unix)]

#[path = "../common/formats.rs"]
mod formats;
mod ordinary;
mod reading;
mod swapped;
mod tree;
