//! Tests of the door from outside: attacks by files in a repository, and legitimate repositories that must keep
//! working.

// A test reports a failure by a panic.
#![allow(clippy::unwrap_used)]
#![cfg(unix)]

#[path = "../common/formats.rs"]
mod formats;
mod ordinary;
mod reading;
mod swapped;
mod tree;
