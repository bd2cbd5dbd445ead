//! The language server under simulated editors: whole days against the binary.

// A test reports a failure by a panic, and helpers take message parameters by value for readability.
#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)]

mod client;
mod day;
mod dirty;
mod equal;

/// The binary of the server.
fn server() -> &'static str {
    env!("CARGO_BIN_EXE_bicep-race-lint")
}
