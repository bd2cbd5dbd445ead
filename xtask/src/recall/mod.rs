//! Removes explicit orders from real repositories and checks whether the tool reports each missing one: `cargo xtask
//! recall [--home DIR] [--unlabelled FILE] DIR…`.
//!
//! Each element of a `dependsOn` and each `@batchSize(1)` is removed by itself, in memory. A removal counts if the
//! types of both ends are conflicting roles of one catalogue entry, even if the tool takes the objects for different
//! ones, unless another path implies the order. The types of a module call are those that it deploys, directly or
//! through other modules. Every removal that counts should be reported. The others are listed, and
//! `tests/recall/labels.json` gives the reason for each, found by reading the templates:
//!
//! | label | meaning |
//! | --- | --- |
//! | `other object` | the two ends never write the same object |
//! | `known non-race` | they write the same object, but the evidence shows that nothing is lost |
//! | `miss` | they race, and the tool does not report it |
//!
//! If only entries without a level cover both types, the catalogue itself says that this is no race. Exits with 1 if a
//! removal is neither reported nor labelled. A DIR is named after its repository, with `+` for the slash, as `cargo
//! xtask official` lays it out; `--home` is the home folder with the module cache, and `--unlabelled` writes the
//! removals without a label to a file, ready to be filled in.

mod counts;
mod ends;
mod judge;
mod labels;
mod removal;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use self::counts::Counts;
use self::judge::{Outcome, judge};
use self::labels::Labels;
use crate::Ending;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The home folder with the module cache
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Write removals without a label into this file, ready to be filled in
    #[arg(long, value_name = "FILE")]
    unlabelled: Option<PathBuf>,
    /// Checkouts, each named like its repository with `+` for the slash
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Ending {
    match &options.home {
        Some(home) => again(home, options),
        None => hold(options),
    }
}

/// Runs this program again with another home folder, where the module cache is looked up.
fn again(home: &Path, options: &Options) -> Ending {
    let said = |error: std::io::Error| error.to_string();
    let mut command = Command::new(std::env::current_exe().map_err(said)?);
    command.arg("recall").env("HOME", home).env("USERPROFILE", home);
    if let Some(file) = &options.unlabelled {
        command.arg("--unlabelled").arg(file);
    }
    let status = command.args(&options.folders).status().map_err(said)?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(2)))
}

/// Removes each order, judges the removal, and prints the result. Fails if a removal is neither reported nor labelled.
fn hold(options: &Options) -> Ending {
    let mut labels = Labels::read(&crate::root().join("tests/recall/labels.json"))?;
    let (mut all, mut unlabelled) = (Counts::default(), Vec::new());
    for folder in &options.folders {
        let folder = folder.canonicalize().map_err(|error| format!("{}: {error}", folder.display()))?;
        let repository = crate::repository_of(&folder);
        let (begin, surveyed) = (Instant::now(), judge(&folder));
        let mut counts = Counts::of(&surveyed);
        for lost in surveyed.lost {
            let label = labels.of(&repository, &lost);
            counts.add(&lost, label.as_ref());
            match (&lost.outcome, label) {
                (Outcome::Silent, Some(label)) => {
                    println!("{}: {repository} {lost}: {}", label.kind, label.reason);
                }
                (Outcome::Silent, None) => {
                    println!("unlabelled: {repository} {lost}");
                    unlabelled.push((repository.clone(), lost));
                }
                _ => {}
            }
        }
        println!("{repository}, {:.1} s: {counts}", begin.elapsed().as_secs_f64());
        all += &counts;
        for stale in labels.unused(&repository) {
            println!("  label without a silent removal: {stale}");
        }
    }
    println!("all: {all}");
    if let Some(file) = &options.unlabelled {
        let text = labels::to_fill_in(&unlabelled);
        std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(if unlabelled.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
