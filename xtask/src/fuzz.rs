//! Fuzzing with the stable toolchain: `cargo xtask fuzz TARGET|all SECONDS [SEED [NUMBER]]`.
//!
//! Inputs are random edits of the seeds in `fixtures/` and `fuzz/seeds/` with the words of `fuzz/dictionary.txt`. An
//! input that violates a property is printed and written to `fuzz/crashes/`; with NUMBER only that input is tried.
//! Every thousand inputs the number is written to a file there, in case an input kills the process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::Ending;
use crate::bytes::Material;
use crate::properties::{TARGETS, Target};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// A fuzz target, or all of them
    #[arg(default_value = "all")]
    target: String,
    /// Seconds for each target
    #[arg(default_value_t = 10)]
    seconds: u64,
    #[arg(default_value_t = 1)]
    seed: u64,
    /// Try one input again, by its number
    number: Option<u64>,
}

pub(crate) fn run(options: &Options) -> Ending {
    let (name, seed) = (options.target.as_str(), options.seed);
    let chosen: Vec<&Target> = TARGETS.iter().filter(|target| name == "all" || target.name == name).collect();
    if chosen.is_empty() {
        let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!("there is no target `{name}`; there are all, {}", known.join(", ")));
    }
    let root = crate::root();
    let folders = [root.join("fixtures"), root.join("fuzz/seeds")];
    let mut failed = 0;
    println!("| target | inputs | seconds | a second | slowest | failures |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for target in chosen {
        let material = Material::read(&folders, target.seeds, &root.join("fuzz/dictionary.txt"));
        let run = Run { target, material: &material, seed, folder: root.join("fuzz/crashes") };
        failed += match options.number {
            Some(number) => u64::from(!run.one(number)),
            None => run.until(Duration::from_secs(options.seconds)),
        };
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Run<'a> {
    target: &'a Target,
    material: &'a Material,
    seed: u64,
    folder: PathBuf,
}

impl Run<'_> {
    /// Tries inputs until the time is over, and returns the number of failures.
    fn until(&self, time: Duration) -> u64 {
        // Only the first failure of a kind is of interest.
        let (mut failures, mut slowest) = (0, (Duration::ZERO, 0));
        let start = Instant::now();
        let mut number = 0;
        let _ = std::fs::create_dir_all(&self.folder);
        let progress = self.folder.join(format!("{}-{}.at", self.target.name, self.seed));
        while start.elapsed() < time && failures < 20 {
            if number % 1000 == 0 {
                let _ = std::fs::write(&progress, number.to_string());
            }
            let begin = Instant::now();
            failures += u64::from(!self.one(number));
            slowest = slowest.max((begin.elapsed(), number));
            number += 1;
        }
        let _ = std::fs::remove_file(progress);
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "| {} | {number} | {seconds:.0} | {:.0} | {:.0} ms (input {}) | {failures} |",
            self.target.name,
            number as f64 / seconds,
            slowest.0.as_secs_f64() * 1000.0,
            slowest.1
        );
        failures
    }

    /// Tries one input, and returns whether all properties hold.
    fn one(&self, number: u64) -> bool {
        let input = self.material.input(self.seed, number);
        let held = catch_unwind(AssertUnwindSafe(|| (self.target.holds)(&input))).is_ok();
        if !held {
            let path = self.folder.join(format!("{}-{}-{number}", self.target.name, self.seed));
            eprintln!(
                "{}: input {number} of seed {} breaks it: {}",
                self.target.name,
                self.seed,
                path.display()
            );
            let _ = std::fs::write(path, &input);
        }
        held
    }
}
