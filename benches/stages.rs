//! A run, stage by stage: `BICEP_CORPUS=folder cargo bench --bench stages`. All files below the folder are kept in
//! memory, so that the disk does not matter; the default is the fixtures of this repository. Files are parsed and
//! graphs are built on one core; the stage "run" uses all cores.

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::config::Config;
use bicep_race_lint::deployment::{Graph, Order, symbolic_mode};
use bicep_race_lint::level::Level;
use bicep_race_lint::report::{Format, Style, render};
use bicep_race_lint::session::{Roots, Session, check};
use bicep_race_lint::source::FileId;
use bicep_race_lint::syntax::ast::FileKind;
use bicep_race_lint::syntax::{lex, parse};
use bicep_race_lint::template::{Language, bicep};
use bicep_race_lint::workspace::Memory;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// The files of the corpus in memory, and the texts of its templates.
fn corpus() -> (Roots, Memory, Vec<Arc<str>>) {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let folder = std::env::var_os("BICEP_CORPUS").map_or_else(|| PathBuf::from(fixtures), PathBuf::from);
    let (mut memory, mut texts, mut found) = (Memory::default(), Vec::new(), Vec::new());
    for entry in walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().filter_map(Result::ok) {
        let path = entry.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let (is_bicep, is_params) = (ending == "bicep", ending == "bicepparam");
        if !(is_bicep || is_params || ending == "json") {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        if is_bicep {
            texts.push(text.as_str().into());
        }
        if is_bicep || is_params {
            found.push((path.to_owned(), folder.clone()));
        }
        memory.write(path, text);
    }
    (Roots { found, base: folder, ..Roots::default() }, memory, texts)
}

fn stages(criterion: &mut Criterion) {
    let (roots, memory, texts) = corpus();
    let catalog = Catalog::default();
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    let mut group = criterion.benchmark_group("stages");
    group.throughput(Throughput::Bytes(bytes as u64)).sample_size(10);
    group.bench_function("lexing", |bencher| {
        bencher.iter(|| texts.iter().for_each(|text| drop(black_box(lex(text)))));
    });
    group.bench_function("parsing", |bencher| {
        bencher.iter(|| texts.iter().for_each(|text| drop(black_box(parse(text, FileKind::Bicep)))));
    });
    group.bench_function("parsing, to templates", |bencher| {
        bencher.iter(|| {
            for text in &texts {
                let tree = parse(text, FileKind::Bicep);
                black_box(bicep::make(FileId(0), &tree, Arc::clone(text)));
            }
        });
    });
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(memory.clone(), roots.clone());
    let workspace = session.workspace();
    group.bench_function("graphs and orders", |bencher| {
        bencher.iter(|| {
            let templates = workspace.templates().map(|(_, template)| template);
            for template in templates.filter(|template| template.language != Language::Params) {
                let graph = Graph::of(template, symbolic_mode(template, false, false));
                black_box(Order::new(&graph));
            }
        });
    });
    group.bench_function("run: analysis", |bencher| {
        bencher.iter(|| black_box(session.examine()).report.findings.len());
    });
    group.bench_function("run: files to report", |bencher| {
        bencher.iter(|| black_box(check(&roots, memory.clone(), &catalog)).report.findings.len());
    });
    let report = check(&roots, memory, &catalog).report;
    let style = Style { color: false, unicode: true, width: 100, is_terminal: false, level: Level::Note };
    for (format, what) in [(Format::Human, "report: human"), (Format::Json, "report: JSON")] {
        group.bench_function(what, |bencher| {
            bencher.iter(|| black_box(render(&report, format, style)).text().len());
        });
    }
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
