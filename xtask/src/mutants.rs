//! Mutation testing: `cargo xtask mutants [--list] [--shard K/N | --sample N] [--cases N]`.
//!
//! cargo-mutants changes the code in one place at a time and runs the library tests and some deployments of the oracle on it. A mutant
//! that no test notices survives: either a test is missing, or the change is equivalent. Equivalent ones are listed with the reason in
//! `.cargo/mutants.toml`.
//!
//! All mutants take many hours, so they are run in shards. Each shard has an output folder of its own; a second run of a shard skips the
//! mutants that its tests noticed before, so that it resumes after an interruption and, after a new test, tries only the survivors.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::Ending;

/// The version of cargo-mutants, which is installed into `target/tools`.
const VERSION: &str = "27.1.0";
/// Default number of deployments of the oracle for each mutant.
const CASES: u32 = 200;
/// The stages between declarations and races, which are tested in full.
const FILES: [&str; 9] = [
    "src/race/link.rs",
    "src/race/pair.rs",
    "src/race/object.rs",
    "src/race/call.rs",
    "src/race/build.rs",
    "src/race/bucket.rs",
    "src/eval/feasibility.rs",
    "src/eval/feasibility/numbers.rs",
    "src/eval/quantifier.rs",
];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Print the number of mutants of each file, and run none
    #[arg(long)]
    list: bool,
    /// Run one of N parts, such as 3/40; the first is 0
    #[arg(long, value_name = "K/N", conflicts_with = "sample")]
    shard: Option<String>,
    /// Run this many mutants, drawn at random
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// The seed of the sample
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The rest of `src` instead of the files that are tested in full
    #[arg(long)]
    rest: bool,
    /// Deployments of the oracle for each mutant; with 0 only the library tests run
    #[arg(long, value_name = "N", default_value_t = CASES)]
    cases: u32,
}

impl Options {
    /// The name of the output folder: one for each set of mutants.
    fn name(&self) -> String {
        let of = if self.rest { "rest" } else { "stages" };
        match (&self.shard, self.sample) {
            (Some(shard), _) => format!("{of}-shard-{}", shard.replace('/', "-of-")),
            (None, Some(sample)) => format!("{of}-sample-{sample}-seed-{}", self.seed),
            (None, None) => format!("{of}-all"),
        }
    }

    /// `cargo mutants` for the chosen files.
    fn command(&self) -> Command {
        let mut command = Command::new("cargo");
        command.arg("mutants").current_dir(crate::root()).env("PATH", path());
        for file in FILES {
            command.args([if self.rest { "--exclude" } else { "--file" }, file]);
        }
        if self.rest {
            command.args(["--file", "src/**/*.rs"]);
        }
        command
    }
}

/// The search path with `target/tools/bin` in front.
fn path() -> std::ffi::OsString {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(tools().join("bin")).chain(std::env::split_paths(&old));
    std::env::join_paths(all).unwrap_or(old)
}

fn tools() -> PathBuf {
    std::path::absolute(crate::root().join("target/tools")).unwrap()
}

/// Installs cargo-mutants where this version is missing.
fn install() -> Result<(), String> {
    let known = Command::new(tools().join("bin/cargo-mutants")).args(["mutants", "--version"]).output();
    let wanted = format!("cargo-mutants {VERSION}");
    if known.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == wanted) {
        return Ok(());
    }
    eprintln!("installing: {wanted}");
    let mut command = Command::new("cargo");
    command.args(["install", "--quiet", "--locked", "--root"]).arg(tools());
    command.arg(format!("cargo-mutants@{VERSION}"));
    // It only starts builds and tests, so its own speed does not matter.
    command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0").env("CARGO_PROFILE_RELEASE_LTO", "false");
    match command.current_dir(crate::root()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{wanted} could not be installed")),
        Err(error) => Err(error.to_string()),
    }
}

/// The names of all mutants, as cargo-mutants prints them.
fn names(options: &Options) -> Result<Vec<String>, String> {
    let output = options.command().args(["--list", "--colors", "never"]).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

/// Some of the names, the same ones for the same seed.
fn drawn(mut names: Vec<String>, count: usize, seed: u64) -> Vec<String> {
    names.sort_by_cached_key(|name| hash(seed, name));
    names.truncate(count);
    names.sort();
    names
}

/// FNV-1a, with a last step that spreads short differences over all bits.
fn hash(seed: u64, text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A name as a pattern for `--re` that matches only this name.
fn pattern(name: &str) -> String {
    let escaped: String = name
        .chars()
        .flat_map(|char| {
            let is_special = r"\.+*?()|[]{}^$".contains(char);
            is_special.then_some('\\').into_iter().chain([char])
        })
        .collect();
    format!("^{escaped}$")
}

pub(crate) fn run(options: &Options) -> Ending {
    install()?;
    if options.list {
        let names = names(options)?;
        let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for name in &names {
            *counts.entry(name.split(':').next().unwrap_or_default()).or_default() += 1;
        }
        for (file, count) in &counts {
            println!("{count:>6}  {file}");
        }
        println!("{:>6}  in all", names.len());
        return Ok(ExitCode::SUCCESS);
    }
    let output = std::path::absolute(crate::root().join("target/mutants").join(options.name()))
        .map_err(|error| error.to_string())?;
    std::fs::create_dir_all(&output).map_err(|error| error.to_string())?;
    let mut command = options.command();
    command.arg("--output").arg(&output).args([
        "--iterate",
        "--no-shuffle",
        "--baseline",
        "skip",
        "--colors",
        "never",
    ]);
    // Without a baseline there is no time to compare with; an endless loop must end.
    command.args(["--timeout", "600"]);
    if let Some(shard) = &options.shard {
        command.args(["--shard", shard]);
    }
    if let Some(count) = options.sample {
        for name in drawn(names(options)?, count, options.seed) {
            command.args(["--re", &pattern(&name)]);
        }
    }
    command.args(["--", "--lib"]);
    if options.cases > 0 {
        command.args(["--test", "oracle"]).env("RACE_ORACLE_CASES", options.cases.to_string());
    }
    // Debug information is most of the time that a build takes.
    command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_PROFILE_TEST_DEBUG", "0");
    let code = command.status().map_err(|error| error.to_string())?.code();
    let survivors = survivors(&output);
    println!("{} survivors in {}", survivors.len(), output.display());
    for name in &survivors {
        println!("  {name}");
    }
    match code {
        Some(0) if survivors.is_empty() => Ok(ExitCode::SUCCESS),
        // Survivors, or tests that ran out of time.
        Some(0 | 2 | 3) => Ok(ExitCode::FAILURE),
        _ => Err("cargo-mutants could not run the mutants".to_owned()),
    }
}

/// The mutants that no test noticed.
fn survivors(output: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(output.join("mutants.out/missed.txt")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_exist() {
        for file in FILES {
            assert!(crate::root().join(file).is_file(), "{file}");
        }
    }

    #[test]
    fn a_sample_is_the_same_for_a_seed_and_another_for_another() {
        let names: Vec<String> =
            (0..100).map(|at| format!("src/a.rs:{at}:1: replace f -> bool with true")).collect();
        let draw = |seed| drawn(names.clone(), 10, seed);
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_eq!(draw(1).len(), 10);
    }

    #[test]
    fn a_pattern_matches_only_its_name() {
        assert_eq!(pattern("a.rs:1:2: replace + with -"), r"^a\.rs:1:2: replace \+ with -$");
    }
}
