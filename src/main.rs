//! Arguments in, exit code out.

use std::process::ExitCode;

/// A run makes millions of small lists and terms on several threads: the system's allocator takes a tenth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    bicep_race_lint::cli::run()
}
