//! `peers [--readme] [--python PYTHON] DIR`: compares this tool with others on the same files, alternating within one
//! session: parsing with `tree-sitter-bicep` and `pycep-parser`, a whole run with `find … | xargs cat`, the startup
//! with `cat`, and memory with the size of the text. The fastest of several rounds counts.
//!
//! `cargo build --release && cargo xtask peers DIR` needs the binary; PYTHON is an interpreter with `pycep-parser`.
//! Missing programs are reported and skipped.

use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use bicep_race_lint::syntax::ast::FileKind;
use bicep_race_lint::syntax::{ParseBuffers, parse};

/// Number of alternating rounds.
const ROUNDS: usize = 5;
/// Number of starts per round, because one is short.
const STARTS: usize = 60;
/// Python is slow, so it gets only every n-th file.
const SAMPLE: usize = 50;
/// Parses the files listed on standard input, and prints the seconds and the paths of the files that could be parsed.
const PYCEP: &str = "
import sys, time
from pycep import BicepParser
parser, total, paths = BicepParser(), 0.0, []
for path in sys.stdin.read().splitlines():
    text = open(path, encoding='utf-8').read()
    begin = time.perf_counter()
    try:
        parser.parse(text=text)
    except Exception:
        continue
    total += time.perf_counter() - begin
    paths.append(path)
print(total)
print('\\n'.join(paths))
";

struct Row {
    what: String,
    ours: String,
    theirs: String,
    ratio: String,
}

#[derive(clap::Args)]
pub(crate) struct Options {
    folder: PathBuf,
    /// Write the table into the README
    #[arg(long)]
    readme: bool,
    /// A Python with `pycep-parser` installed
    #[arg(long, default_value = "python3")]
    python: String,
}

pub(crate) fn run(options: &Options) -> ExitCode {
    let Options { folder, readme, python } = options;
    let files = Files::of(folder);
    let mut rows = vec![tree_sitter(&files)];
    match pycep(&files, python) {
        Some(row) => rows.push(row),
        None => eprintln!("left out: `{python}` has no pycep-parser"),
    }
    match crate::linter() {
        Some(linter) => {
            rows.push(whole_run(&linter, folder));
            rows.extend(start(&linter, &files));
            match memory(&linter, folder, &files) {
                Some(row) => rows.push(row),
                None => eprintln!("left out: there is no /usr/bin/time to measure memory with"),
            }
        }
        None => eprintln!("left out: there is no release binary; run `cargo build --release` first"),
    }
    let table = table(&files, &rows);
    print!("{table}");
    if *readme {
        crate::write_into_readme("peers", &table);
    }
    ExitCode::SUCCESS
}

/// The Bicep files below a folder.
struct Files {
    all: Vec<(PathBuf, String)>,
    bytes: usize,
}

impl Files {
    fn of(folder: &Path) -> Self {
        let mut paths: Vec<PathBuf> = walkdir::WalkDir::new(folder)
            .into_iter()
            .filter_map(Result::ok)
            .map(walkdir::DirEntry::into_path)
            .filter(|path| path.extension().is_some_and(|end| end == "bicep"))
            .collect();
        paths.sort();
        let read = |path: PathBuf| std::fs::read_to_string(&path).ok().map(|text| (path, text));
        let all: Vec<(PathBuf, String)> = paths.into_iter().filter_map(read).collect();
        let bytes = all.iter().map(|(_, text)| text.len()).sum();
        Self { all, bytes }
    }
}

fn tree_sitter(files: &Files) -> Row {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_bicep::LANGUAGE.into()).expect("the versions fit");
    let texts = || files.all.iter().map(|(_, text)| text.as_str());
    // Both parse the files one by one, and may reuse their buffers.
    let mut buffers = ParseBuffers::default();
    let [ours, theirs] = fastest([
        &mut || {
            texts().for_each(|text| {
                let tree = black_box(buffers.parse(text, FileKind::Bicep));
                buffers.take_back(tree);
            });
        },
        &mut || texts().for_each(|text| drop(black_box(parser.parse(text, None)))),
    ]);
    Row {
        what: format!("parse {} files on one core", files.all.len()),
        ours: time(ours),
        theirs: format!("tree-sitter-bicep {}", time(theirs)),
        ratio: faster(ours, theirs),
    }
}

fn pycep(files: &Files, python: &str) -> Option<Row> {
    let sample: Vec<&(PathBuf, String)> = files.all.iter().step_by(SAMPLE).collect();
    let list: Vec<String> = sample.iter().map(|(path, _)| path.display().to_string()).collect();
    let mut child = Command::new(python)
        .args(["-c", PYCEP])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(list.join("\n").as_bytes()).ok()?;
    let output = child.wait_with_output().ok().filter(|output| output.status.success())?;
    let said = String::from_utf8(output.stdout).ok()?;
    let (seconds, paths) = said.split_once('\n')?;
    let theirs = Duration::from_secs_f64(seconds.trim().parse().ok()?);
    let parsed: Vec<&str> = paths.lines().filter(|path| !path.is_empty()).collect();
    let texts: Vec<&str> = sample
        .iter()
        .filter(|(path, _)| parsed.contains(&path.display().to_string().as_str()))
        .map(|(_, text)| text.as_str())
        .collect();
    if texts.is_empty() {
        return None;
    }
    let [ours] = fastest([&mut || {
        for text in &texts {
            drop(black_box(parse(text, FileKind::Bicep)));
        }
    }]);
    Some(Row {
        what: format!("parse the {} of {} files that pycep can read", texts.len(), sample.len()),
        ours: time(ours),
        theirs: format!("pycep-parser {}", time(theirs)),
        ratio: faster(ours, theirs),
    })
}

fn whole_run(linter: &Path, folder: &Path) -> Row {
    let script = "find \"$1\" -name '*.bicep' -print0 | xargs -0 cat";
    let [ours, theirs] = fastest([&mut || silently(Command::new(linter).arg(folder)), &mut || {
        silently(Command::new("sh").args(["-c", script, "sh"]).arg(folder));
    }]);
    Row {
        what: "check them all".to_owned(),
        ours: time(ours),
        theirs: format!("`find … \\| xargs cat` {}", time(theirs)),
        ratio: times(ours.as_secs_f64() / theirs.as_secs_f64()),
    }
}

/// A file of about a hundred lines without module calls.
fn start(linter: &Path, files: &Files) -> Option<Row> {
    let lone = files.all.iter().filter(|(_, text)| !text.contains("\nmodule "));
    let (path, text) = lone.min_by_key(|(_, text)| text.lines().count().abs_diff(100))?;
    let many = |program: &Path| {
        for _ in 0..STARTS {
            silently(Command::new(program).arg(path));
        }
    };
    let [ours, theirs] = fastest([&mut || many(linter), &mut || many(Path::new("cat"))]);
    let (ours, theirs) = (ours / STARTS as u32, theirs / STARTS as u32);
    Some(Row {
        what: format!("start and check one file of {} lines", text.lines().count()),
        ours: time(ours),
        theirs: format!("`cat` {}", time(theirs)),
        ratio: times(ours.as_secs_f64() / theirs.as_secs_f64()),
    })
}

fn memory(linter: &Path, folder: &Path, files: &Files) -> Option<Row> {
    let output = Command::new("/usr/bin/time").args(["-f", "%M"]).arg(linter).arg(folder).output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let peak = said.lines().rev().find_map(|line| line.trim().parse::<usize>().ok())? * 1024;
    Some(Row {
        what: "memory at its peak, to check them all".to_owned(),
        ours: megabytes(peak),
        theirs: format!("their text {}", megabytes(files.bytes)),
        ratio: times(peak as f64 / files.bytes as f64),
    })
}

/// Runs a command without showing its output; findings do not count as failure.
fn silently(command: &mut Command) {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it runs");
    assert!(status.code().is_some_and(|code| code <= 1), "it ends well: {status}");
}

/// The fastest round of each, in alternation.
fn fastest<const N: usize>(mut each: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..ROUNDS {
        for (best, run) in best.iter_mut().zip(&mut each) {
            let begin = Instant::now();
            run();
            *best = begin.elapsed().min(*best);
        }
    }
    best
}

fn time(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    if milliseconds < 10.0 {
        format!("{milliseconds:.1} ms")
    } else if milliseconds < 1e3 {
        format!("{milliseconds:.0} ms")
    } else {
        format!("{:.1} s", milliseconds / 1e3)
    }
}

fn faster(ours: Duration, theirs: Duration) -> String {
    format!("1/{:.0} of the time", theirs.as_secs_f64() / ours.as_secs_f64())
}

fn times(ratio: f64) -> String {
    format!("{ratio:.1} times")
}

fn megabytes(bytes: usize) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn table(files: &Files, rows: &[Row]) -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut table = format!(
        "{} files, {}, {cores} cores\n\n| | bicep-race-lint | beside it | |\n| --- | --- | --- | --- |\n",
        files.all.len(),
        megabytes(files.bytes)
    );
    for Row { what, ours, theirs, ratio } in rows {
        table.push_str(&format!("| {what} | {ours} | {theirs} | {ratio} |\n"));
    }
    table
}
