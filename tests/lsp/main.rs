//! The language server, played as editors play it: whole days against the binary.

mod client;
mod day;
mod dirty;
mod equal;

/// The server's program.
fn server() -> &'static str {
    env!("CARGO_BIN_EXE_bicep-race-lint")
}
