//! Mutation testing: `cargo xtask mutants [--file FILE…] [--sample N --seed N] [--open] [--shard K/N] [--cases N] [--seconds N]
//! [--program NAME…]`, or with `--list` or `--table`.
//!
//! A mutant is a change of the code in one place, as cargo-mutants lists them. One that no test notices survives: a test is missing, the
//! code does nothing, or the change is equivalent; equivalent ones are listed with the reason in `tests/readings/mutants.json`.
//!
//! A build for each mutant would take days. So all mutants are compiled into one build, each behind a switch ([`rewrite`]), and an
//! environment variable selects the one that runs. The tests of the library judge it first, then the verdicts, then deployments of the
//! oracle, and only tests that reach its code ([`mod@judge`]). A mutant in one of [`FILES`] must be noticed by these; others also by tests of
//! the parser, the outputs and the command line.
//!
//! `target/mutants` contains the copy of the repository, the build and the results. A second run continues: it judges what is not
//! judged yet, and survivors again after any change of code or tests.

mod judge;
mod mutant;
mod results;
mod rewrite;
mod scratch;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use self::judge::Judge;
use self::mutant::Mutant;
use self::results::{Line, Outcome, Results};
use crate::Ending;

/// Default number of deployments of the oracle for each mutant.
const CASES: u32 = 2000;
/// The stages between declarations and races, which are tested in full.
const FILES: [&str; 10] = [
    "src/race/link.rs",
    "src/race/pair.rs",
    "src/race/object.rs",
    "src/race/call.rs",
    "src/race/build.rs",
    "src/race/bucket.rs",
    "src/eval/feasibility.rs",
    "src/eval/feasibility/numbers.rs",
    "src/eval/quantifier.rs",
    "src/eval/case_split.rs",
];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Print the number of mutants of each file, and run none
    #[arg(long)]
    list: bool,
    /// Print the results of earlier runs, and run none
    #[arg(long)]
    table: bool,
    /// All mutants of this file, instead of those of the stages between declarations and races
    #[arg(long, value_name = "FILE")]
    file: Vec<String>,
    /// Also this many mutants of the other files of `src`, drawn at random
    #[arg(long, value_name = "N", default_value_t = 0)]
    sample: usize,
    /// The seed of the sample
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Build and judge only those that have no test and no reason so far; the build is faster
    #[arg(long)]
    open: bool,
    /// Judge one of N parts, such as 3/40; the first is 0
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
    /// Deployments of the oracle for each mutant; with 0 only the other tests judge it, which takes a tenth of the time
    #[arg(long, value_name = "N", default_value_t = CASES)]
    cases: u32,
    /// For a first pass: seconds for the tests of one program on a mutant, the fastest first
    #[arg(long, value_name = "N")]
    seconds: Option<f64>,
    /// Judge with this test program alone, such as `command`, instead of all; the library's own tests are `bicep_race_lint`
    #[arg(long, value_name = "NAME")]
    program: Vec<String>,
}

impl Options {
    /// The files whose mutants are all in the set.
    fn files(&self) -> Vec<String> {
        if self.file.is_empty() { FILES.map(str::to_owned).to_vec() } else { self.file.clone() }
    }

    /// Whether the shard contains this one of the mutants.
    fn is_mine(&self, at: usize) -> Result<bool, String> {
        let Some(shard) = &self.shard else { return Ok(true) };
        let parts = shard
            .split_once('/')
            .and_then(|(k, n)| Some((k.parse::<usize>().ok()?, n.parse::<usize>().ok()?)));
        match parts {
            Some((k, n)) if k < n => Ok(at % n == k),
            _ => Err(format!("`{shard}` is no shard; the first of 40 is `0/40`")),
        }
    }
}

pub(crate) fn run(options: &Options) -> Ending {
    mutant::install()?;
    let all = mutant::list()?;
    let files = options.files();
    if let Some(file) = files.iter().find(|file| !all.iter().any(|mutant| mutant.file == **file)) {
        return Err(format!("`{file}` has no mutants"));
    }
    let (mut set, rest): (Vec<Mutant>, Vec<Mutant>) =
        all.iter().cloned().partition(|mutant| files.contains(&mutant.file));
    set.extend(mutant::drawn(rest, options.sample, options.seed));
    if options.list {
        list(&set);
        return Ok(ExitCode::SUCCESS);
    }
    let folder =
        std::path::absolute(crate::root().join("target/mutants")).map_err(|error| error.to_string())?;
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let mut results = Results::read(&folder)?;
    if !options.table {
        judge(options, &set, &folder, &mut results)?;
    }
    println!("\n{}\n", results.table(&set, &files));
    let survivors = results.survivors(&set);
    for mutant in &survivors {
        println!("survives: {}:{}", mutant.start.0, mutant.key);
    }
    let stale = results.stale(&all);
    for key in &stale {
        println!("listed as equivalent, but gone or noticed by a test: {key}");
    }
    let is_good = survivors.is_empty() && stale.is_empty();
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(set: &[Mutant]) {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for mutant in set {
        *counts.entry(&mutant.file).or_default() += 1;
    }
    for (file, count) in &counts {
        println!("{count:>6}  {file}");
    }
    println!("{:>6}  in all", set.len());
}

/// Builds the set and judges what is not judged yet.
fn judge(options: &Options, set: &[Mutant], folder: &Path, results: &mut Results) -> Result<(), String> {
    let is_dropped = |mutant: &&Mutant| {
        let outcome = results.outcome(&mutant.key);
        matches!(outcome, Some(Outcome::DoesNotBuild | Outcome::NotExpressible))
    };
    let is_wanted = |mutant: &&Mutant| !options.open || results.is_open(&mutant.key);
    let wanted: Vec<(usize, &Mutant)> =
        set.iter().enumerate().filter(|(_, mutant)| is_wanted(mutant)).collect();
    let switched: Vec<&Mutant> =
        wanted.iter().map(|&(_, mutant)| mutant).filter(|mutant| !is_dropped(mutant)).collect();
    let begin = Instant::now();
    let mut drop = |mutant: &Mutant, outcome| {
        let (key, test, version) = (mutant.key.clone(), String::new(), String::new());
        results.add(Line { key, outcome, test, seconds: 0.0, version })
    };
    let mut programs = scratch::programs(options.sample > 0);
    programs.retain(|&(_, outcome)| options.cases > 0 || outcome != Outcome::Oracle);
    if let Some(name) = options.program.iter().find(|name| !programs.iter().any(|(known, _)| known == name)) {
        return Err(format!("`{name}` is no test program that judges these mutants"));
    }
    programs.retain(|(name, _)| {
        options.program.is_empty() || options.program.iter().any(|wanted| wanted == name)
    });
    let scratch = scratch::build(folder, &switched, &programs, &mut drop)?;
    println!("built {} mutants in {:.0} s", switched.len(), begin.elapsed().as_secs_f64());
    // A survivor of fewer deployments or tests is judged again.
    let (cases, names) = (options.cases, options.program.join(","));
    let version = format!("{} {cases} {:?} {names}", scratch.version, options.seconds);
    let known = std::collections::BTreeMap::new();
    let seconds = options.seconds.unwrap_or(f64::INFINITY);
    let mut judge = Judge { scratch: &scratch, folder, programs, cases: options.cases, seconds, known };
    let files = options.files();
    for (at, mutant) in wanted {
        if !options.is_mine(at)? || results.is_settled(&mutant.key, &version) {
            continue;
        }
        // A run of all tests costs a minute or more, and the reason says why it would find nothing.
        if results.is_equivalent(&mutant.key) && results.outcome(&mutant.key).is_some() {
            continue;
        }
        let begin = Instant::now();
        let (outcome, test) = judge.judge(mutant.number, files.contains(&mutant.file))?;
        let seconds = begin.elapsed().as_secs_f64();
        println!("{at:>5} {outcome:?} {seconds:.1} s {test}: {}:{}", mutant.start.0, mutant.key);
        let (key, version) = (mutant.key.clone(), version.clone());
        results.add(Line { key, outcome, test, seconds, version })?;
    }
    Ok(())
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
    fn shards_divide_a_set() {
        let shard = |text: &str| {
            let options = Options {
                list: false,
                table: false,
                file: Vec::new(),
                sample: 0,
                seed: 1,
                shard: Some(text.to_owned()),
                cases: 0,
                seconds: None,
                open: false,
                program: Vec::new(),
            };
            (0..6).map(|at| options.is_mine(at)).collect::<Result<Vec<bool>, String>>()
        };
        assert_eq!(shard("1/3").unwrap(), [false, true, false, false, true, false]);
        assert!(shard("3/3").is_err() && shard("x").is_err());
    }
}
