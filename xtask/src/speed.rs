//! `speed DIR…`: reads every `main.bicep` below the folders with all local modules that they reach, each file once,
//! builds every graph, and compares the time with `find … | xargs cat` of the roots and with reading the same files.
//!
//! `RAYON_NUM_THREADS=2 cargo xtask speed DIR`; `--files` lists the files, for `xargs cat`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use bicep_race_lint::deployment::{Graph, mode::SYMBOLIC_FLAGS, symbolic_mode};
use bicep_race_lint::template::Language;
use bicep_race_lint::workspace::{Disk, Knowledge, Workspace};
use rayon::prelude::*;

/// Number of repetitions; the fastest counts.
const ROUNDS: usize = 15;

struct Nothing;

impl Knowledge for Nothing {}

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// List the files, for `xargs cat`
    #[arg(long)]
    files: bool,
}

pub(crate) fn run(options: &Options) -> ExitCode {
    let folders = &options.folders;
    let roots = main_files(folders);
    let workspace = load(&roots);
    let mut files: Vec<PathBuf> =
        workspace.templates().map(|(id, _)| workspace.path(id).to_owned()).collect();
    files.sort();
    files.dedup();
    if options.files {
        for path in &files {
            println!("{}", path.display());
        }
        return ExitCode::SUCCESS;
    }
    let (nodes, edges) = graphs(&workspace);
    println!(
        "{} files, {:.1} MB, {nodes} nodes, {edges} edges, {} threads",
        files.len(),
        files.iter().filter_map(|path| path.metadata().ok()).map(|data| data.len()).sum::<u64>() as f64 / 1e6,
        rayon::current_num_threads(),
    );
    let reading = fastest(|| {
        for path in &files {
            std::hint::black_box(std::fs::read(path).ok());
        }
    });
    let parsing = fastest(|| drop(std::hint::black_box(load(&roots))));
    let graphs_too = fastest(|| {
        std::hint::black_box(graphs(&load(&roots)));
    });
    let whole = fastest(|| {
        std::hint::black_box(graphs(&load(&main_files(folders))));
    });
    let shell = fastest(|| find_and_cat(folders));
    println!("reading                     {:>7.1} ms", milliseconds(reading));
    println!("reading and parsing         {:>7.1} ms", milliseconds(parsing));
    println!("with the graphs             {:>7.1} ms", milliseconds(graphs_too));
    println!("with looking for the files  {:>7.1} ms", milliseconds(whole));
    println!("find … | xargs cat          {:>7.1} ms", milliseconds(shell));
    println!("{:.2} times find … | xargs cat", whole.as_secs_f64() / shell.as_secs_f64());
    ExitCode::SUCCESS
}

fn main_files(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = folders
        .iter()
        .flat_map(walkdir::WalkDir::new)
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name() == "main.bicep")
        .map(walkdir::DirEntry::into_path)
        .collect();
    roots.sort();
    roots
}

/// `find … | xargs cat`, as in a shell.
fn find_and_cat(folders: &[PathBuf]) {
    let script = "find \"$@\" -name main.bicep -print0 | xargs -0 cat > /dev/null";
    let done = Command::new("sh").args(["-c", script, "sh"]).args(folders).status();
    assert!(done.is_ok_and(|status| status.success()), "there is a shell with find and xargs");
}

fn load(roots: &[PathBuf]) -> Workspace {
    Workspace::load(&Disk, &Nothing, roots, &[], Path::new(""))
}

/// The number of nodes and edges in the graphs of all templates.
fn graphs(workspace: &Workspace) -> (usize, usize) {
    let ids: Vec<_> = workspace.templates().map(|(id, _)| id).collect();
    ids.par_iter()
        .filter(|id| workspace.template(**id).language != Language::Params)
        .map(|&id| {
            let template = workspace.template(id);
            let flagged = workspace.features(id).iter().any(|flag| SYMBOLIC_FLAGS.contains(&flag.as_str()));
            let graph = Graph::of(template, symbolic_mode(template, false, flagged));
            (graph.graph.node_count(), graph.graph.edge_count())
        })
        .reduce(|| (0, 0), |one, other| (one.0 + other.0, one.1 + other.1))
}

fn fastest(mut run: impl FnMut()) -> Duration {
    let times = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
