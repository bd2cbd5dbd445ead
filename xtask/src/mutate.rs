//! Runs the tool on damaged real files: `cargo xtask mutate FOLDER SECONDS [SEED [NUMBER]]`.
//!
//! Takes the `.bicep` and `.bicepparam` files below a folder, edits them at random (deleted, duplicated and swapped
//! tokens and lines, truncated and spliced files), and runs the tool on each in this process. It reports every panic,
//! every run that takes more than a second, and every run that increases memory by more than 256 MiB. Seed and number
//! reproduce a run. Every fourth run reads the modules of the damaged file from disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::level::Level;
use bicep_race_lint::report::{Format, Style, render};
use bicep_race_lint::session::{Roots, check};
use bicep_race_lint::syntax::lex;
use bicep_race_lint::workspace::file_system::{FileSystem, Memory, Overlay};

use crate::Ending;
use crate::bytes::{Random, border};

const SLOW: Duration = Duration::from_secs(1);
const GROWTH: u64 = 256 << 10;

#[derive(clap::Args)]
pub(crate) struct Options {
    folder: String,
    #[arg(default_value_t = 10)]
    seconds: u64,
    #[arg(default_value_t = 1)]
    seed: u64,
    /// Print one damaged file and check it again, by its number
    number: Option<u64>,
}

pub(crate) fn run(options: &Options) -> Ending {
    let Options { folder, seconds, seed, number } = options;
    let files = files(folder);
    if files.is_empty() {
        return Err(format!("there are no Bicep files below `{folder}`"));
    }
    let run = Run { files, seed: *seed, catalog: Catalog::default() };
    if let Some(number) = *number {
        let (path, text) = run.damaged(number);
        println!("// {}\n{text}", path.display());
        run.tried(number);
        return Ok(ExitCode::SUCCESS);
    }
    let wrong = run.until(folder, Duration::from_secs(*seconds));
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The files below a folder, in the order of their paths.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let below = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let bicep = below.map(walkdir::DirEntry::into_path).filter(|path| {
        path.extension().is_some_and(|end| end.eq_ignore_ascii_case("bicep") || end == "bicepparam")
    });
    bicep
        .filter_map(|path| {
            let text = std::fs::read_to_string(&path).ok()?;
            Some((std::path::absolute(path).ok()?, text))
        })
        .collect()
}

struct Run {
    files: Vec<(PathBuf, String)>,
    seed: u64,
    catalog: Catalog,
}

#[derive(Default)]
struct Tally {
    panics: u64,
    slow: u64,
    large: u64,
    bytes: u64,
}

impl Run {
    /// Runs until the time is over, and returns the number of failed runs.
    fn until(&self, folder: &str, time: Duration) -> u64 {
        let (mut tally, mut slowest) = (Tally::default(), (Duration::ZERO, 0));
        let start = Instant::now();
        let current = Arc::new(AtomicU64::new(0));
        watch(Arc::clone(&current));
        let (mut number, mut peak) = (0, peak_kib());
        while start.elapsed() < time {
            current.store(number, Ordering::Relaxed);
            let begin = Instant::now();
            let outcome = catch_unwind(AssertUnwindSafe(|| self.tried(number)));
            let mut took = begin.elapsed();
            if took > SLOW && outcome.is_ok() {
                // Try again, because the machine may have been busy.
                let again = Instant::now();
                self.tried(number);
                took = took.min(again.elapsed());
            }
            slowest = slowest.max((took, number));
            if let Ok(bytes) = outcome {
                tally.bytes += bytes as u64;
            } else {
                tally.panics += 1;
                self.tell("panics", number);
            }
            if took > SLOW {
                tally.slow += 1;
                self.tell(&format!("took {:.1} s", took.as_secs_f64()), number);
            }
            let now = peak_kib();
            if now > peak + GROWTH {
                tally.large += 1;
                self.tell(&format!("grew to {} MiB", now >> 10), number);
            }
            peak = now;
            number += 1;
        }
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{folder}: {} files, seed {}, {number} runs in {seconds:.0} s ({:.0} a second, {:.1} MB/s), {} panics, {} over \
             1 s, {} over memory, slowest {:.0} ms (run {}), peak {} MiB",
            self.files.len(),
            self.seed,
            number as f64 / seconds,
            tally.bytes as f64 / seconds / 1e6,
            tally.panics,
            tally.slow,
            tally.large,
            slowest.0.as_secs_f64() * 1000.0,
            slowest.1,
            peak >> 10
        );
        tally.panics + tally.slow + tally.large
    }

    fn tell(&self, what: &str, number: u64) {
        let (path, _) = self.damaged(number);
        eprintln!("run {number} of seed {} {what}: {}", self.seed, path.display());
    }

    /// Runs the tool on one damaged file, and returns the length of its text.
    fn tried(&self, number: u64) -> usize {
        let (path, text) = self.damaged(number);
        let bytes = text.len();
        let roots = Roots {
            named: vec![path.clone()],
            base: path.parent().unwrap_or(Path::new("/")).to_owned(),
            ..Roots::default()
        };
        let files: Box<dyn FileSystem> = if number.is_multiple_of(4) {
            let mut overlay = Overlay::default();
            overlay.write(&path, text);
            Box::new(overlay)
        } else {
            Box::new(Memory::default().with(&path, text))
        };
        let checked = check(&roots, files, &self.catalog);
        let format = if number.is_multiple_of(2) { Format::Json } else { Format::Human };
        let style = Style { color: false, unicode: true, width: 100, is_terminal: false, level: Level::Note };
        let _ = render(&checked.report, format, style);
        bytes
    }

    /// The damaged file with this number.
    fn damaged(&self, number: u64) -> (PathBuf, String) {
        let random = &mut Random::new(self.seed, number);
        let (path, text) = &self.files[random.below(self.files.len())];
        let mut text = text.clone();
        for _ in 0..=random.below(4) {
            match random.below(4) {
                0 => lines(&mut text, random),
                1 => {
                    let (_, other) = &self.files[random.below(self.files.len())];
                    splice(&mut text, other, random);
                }
                _ => tokens(&mut text, random),
            }
        }
        (path.clone(), text)
    }
}

/// Deletes, duplicates or swaps tokens.
fn tokens(text: &mut String, random: &mut Random) {
    let spans: Vec<_> = lex(text).tokens.iter().map(|token| token.span.range()).collect();
    let (one, other) = (random.below(spans.len()), random.below(spans.len()));
    let (one, other) = (spans[one.min(other)].clone(), spans[one.max(other)].clone());
    let what = text[one.clone()].to_owned();
    match random.below(4) {
        0 => text.replace_range(one, ""),
        1 => text.insert_str(one.end, &what),
        2 if one.end <= other.start => {
            let second = text[other.clone()].to_owned();
            text.replace_range(other, &what);
            text.replace_range(one, &second);
        }
        _ => text.replace_range(other, &what),
    }
}

/// Deletes, duplicates or swaps lines.
fn lines(text: &mut String, random: &mut Random) {
    let mut all: Vec<&str> = text.split_inclusive('\n').collect();
    if all.len() < 2 {
        return;
    }
    let (one, other) = (random.below(all.len()), random.below(all.len()));
    match random.below(4) {
        0 => _ = all.remove(one),
        1 => all.insert(other, all[one]),
        2 => all.swap(one, other),
        _ => _ = all.drain(one.min(other)..one.max(other)),
    }
    *text = all.concat();
}

/// Truncates a file, or appends the end of another one.
fn splice(text: &mut String, other: &str, random: &mut Random) {
    text.truncate(border(text, random.below(text.len() + 1)));
    if random.below(2) == 0 {
        text.push_str(&other[border(other, random.below(other.len() + 1))..]);
    }
}

/// Reports a run that does not end.
fn watch(current: Arc<AtomicU64>) {
    std::thread::spawn(move || {
        let mut before = u64::MAX;
        loop {
            std::thread::sleep(Duration::from_secs(20));
            let now = current.load(Ordering::Relaxed);
            if now == before {
                eprintln!("run {now} takes more than 20 s");
            }
            before = now;
        }
    });
}

/// The peak memory of this process in KiB; 0 if the system does not report it.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
