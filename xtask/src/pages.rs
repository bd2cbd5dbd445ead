//! The manual pages and completions of a release: `cargo xtask pages DIR` writes `DIR/man` and `DIR/completions`. They are the
//! same on every platform.

use std::fs::create_dir_all;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap_complete::Shell;

pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let [folder] = arguments else {
        eprintln!("usage: pages DIR");
        return ExitCode::from(2);
    };
    match write(Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<()> {
    let (pages, completions) = (folder.join("man"), folder.join("completions"));
    create_dir_all(&pages)?;
    create_dir_all(&completions)?;
    let command = bicep_race_lint::cli::command;
    // Not a page for `help`, and none for the help of each command.
    clap_mangen::generate_to(command().disable_help_subcommand(true), &pages)?;
    for shell in [Shell::Bash, Shell::Elvish, Shell::Fish, Shell::PowerShell, Shell::Zsh] {
        clap_complete::generate_to(shell, &mut command(), "bicep-race-lint", &completions)?;
    }
    Ok(())
}
