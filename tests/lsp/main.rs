//! The language server, played as editors play it: whole days against the binary.

// Tests may end in a panic, and the parameters of messages are written where they are sent.
#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)]

mod client;
mod day;
mod dirty;
mod equal;

/// The server's program.
fn server() -> &'static str {
    env!("CARGO_BIN_EXE_bicep-race-lint")
}
