//! The manual page and completions of a release: `cargo xtask pages DIR` writes `DIR/man` and `DIR/completions` with
//! the output of the tool. They are the same on every platform.

use std::fs::{create_dir_all, write};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bicep_race_lint::cli::{Shell, manual};

use crate::Ending;

#[derive(clap::Args)]
pub(crate) struct Options {
    folder: PathBuf,
}

pub(crate) fn run(options: &Options) -> Ending {
    let folder = &options.folder;
    write_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn write_all(folder: &Path) -> io::Result<()> {
    let (pages, completions) = (folder.join("man"), folder.join("completions"));
    create_dir_all(&pages)?;
    create_dir_all(&completions)?;
    write(pages.join("bicep-race-lint.1"), manual())?;
    for shell in Shell::ALL {
        let (name, script) = shell.script();
        write(completions.join(name), script)?;
    }
    Ok(())
}
