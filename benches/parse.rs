//! Tokens and trees of every `.bicep` file below a folder, on one core: `BICEP_CORPUS=folder cargo bench --bench
//! parse`. The default is the fixtures of this repository. `cargo xtask peers` compares the parser with others.

use std::hint::black_box;
use std::path::PathBuf;

use bicep_race_lint::syntax::ast::FileKind;
use bicep_race_lint::syntax::{lex, parse};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn corpus() -> Vec<String> {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let folder = std::env::var_os("BICEP_CORPUS").map_or_else(|| PathBuf::from(fixtures), PathBuf::from);
    let mut paths: Vec<_> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|end| end == "bicep"))
        .collect();
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

fn parsers(criterion: &mut Criterion) {
    let texts = corpus();
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Bytes(bytes as u64)).sample_size(10);
    group.bench_function("tokens only", |bencher| {
        bencher.iter(|| texts.iter().for_each(|text| drop(black_box(lex(text)))));
    });
    group.bench_function("bicep-race-lint", |bencher| {
        bencher.iter(|| texts.iter().for_each(|text| drop(black_box(parse(text, FileKind::Bicep)))));
    });
    group.finish();
}

criterion_group!(benches, parsers);
criterion_main!(benches);
