//! `parse DIR…`: the number of files that parse, the list of those that do not, and the speed.

use std::path::PathBuf;
use std::time::Instant;

use bicep_race_lint::source::SourceFile;
use bicep_race_lint::syntax::ast::FileKind;
use bicep_race_lint::syntax::parse;

pub(crate) fn run(folders: &[PathBuf]) -> bool {
    let paths = super::files(folders, |path| {
        path.extension().is_some_and(|end| end == "bicep" || end == "bicepparam")
    });
    let texts: Vec<_> = paths
        .iter()
        .filter_map(|path| {
            let text = super::read(path);
            if text.is_none() {
                println!("{}: cannot be read as text", path.display());
            }
            Some((path, text?))
        })
        .collect();
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let start = Instant::now();
    let mut broken = 0;
    let mut statements = 0;
    for (path, text) in &texts {
        let kind = if path.extension().is_some_and(|end| end == "bicep") {
            FileKind::Bicep
        } else {
            FileKind::Params
        };
        let tree = parse(text, kind);
        statements += tree.statements.len();
        broken += usize::from(!tree.errors.is_empty());
        for error in tree.errors.iter().take(3) {
            let at = SourceFile::new("", text.as_str()).position(error.span.start);
            println!("{}:{}:{}: {}", path.display(), at.line, at.column, error.message);
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} of {} files parse without an error: {statements} statements, {:.1} MB in {:.0} ms, {:.0} MB/s on one core",
        texts.len() - broken,
        paths.len(),
        bytes as f64 / 1e6,
        seconds * 1e3,
        bytes as f64 / 1e6 / seconds,
    );
    broken == 0 && texts.len() == paths.len()
}
