//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    bicep_race_lint::cli::run()
}
