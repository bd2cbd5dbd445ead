//! The results of the analysis in terms of the reference.

use std::collections::BTreeSet;
use std::path::Path;

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::level::Level;
use bicep_race_lint::race::analysis::{analyse, analyse_whole};
use bicep_race_lint::race::effect::Aspect;
use bicep_race_lint::race::pair::Fault;
use bicep_race_lint::rules::explained::{Verdict, explain};
use bicep_race_lint::rules::finding::Report;
use bicep_race_lint::session::{Roots, check};
use bicep_race_lint::workspace::file_system::Memory;
use bicep_race_lint::workspace::{Knowledge, Workspace};

use crate::remedied::Texts;
use crate::schedule::Pair;

/// The reported pairs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reported {
    pub(crate) overlaps: BTreeSet<Pair>,
    pub(crate) reversed: BTreeSet<Pair>,
}

/// No knowledge about modules.
pub(crate) struct Nothing;

impl Knowledge for Nothing {}

/// Analyses files with the first as the root.
pub(crate) fn reported(files: &[(&'static str, String)]) -> Reported {
    let memory =
        files.iter().fold(Memory::default(), |memory, (path, text)| memory.with(path, text.as_str()));
    let root = files[0].0.into();
    let workspace = Workspace::load(&memory, &Nothing, &[root], &[], Path::new(""));
    assert!(workspace.problems.is_empty(), "the printer writes valid Bicep: {:?}", workspace.problems);
    let catalog = Catalog::default();
    let roots: Vec<_> = workspace.roots.iter().filter_map(|(_, id)| *id).collect();
    let analysis = analyse(&workspace, &catalog, &roots);
    let mut found = Reported::default();
    for race in &analysis.races {
        let (first, second) = analysis.aspects(race);
        let level = analysis.writers.of(first).and_then(|(entry, _)| entry.level);
        if first == Aspect::Declaration || second == Aspect::Declaration || level < Some(Level::Warning) {
            continue;
        }
        let template = workspace.template(race.at);
        let file = &workspace.sources.file(template.file).path;
        let file = files.iter().map(|(path, _)| *path).find(|path| path == file).unwrap_or("unknown");
        let summary = analysis.summary(race.at);
        let symbol = |id| template.node(summary.effect(id).node).symbol.clone();
        let mut symbols = [symbol(race.first), symbol(race.second)];
        symbols.sort();
        let [first, second] = symbols;
        match race.fault {
            Fault::Unordered => _ = found.overlaps.insert((file, first, second)),
            Fault::Reversed => _ = found.reversed.insert((file, first, second)),
            Fault::LostUpdate | Fault::Contained => {}
        }
    }
    found
}

/// Pairs of declarations of the root for which `explain --pair` disagrees with the report; `None` if there are none.
pub(crate) fn explained_otherwise(files: &[(&'static str, String)]) -> Option<String> {
    let memory =
        files.iter().fold(Memory::default(), |memory, (path, text)| memory.with(path, text.as_str()));
    let workspace = Workspace::load(&memory, &Nothing, &[files[0].0.into()], &[], Path::new(""));
    let catalog = Catalog::default();
    let root = workspace.roots[0].1?;
    let mut analysis = analyse_whole(&workspace, &catalog, &[root]);
    let findings = bicep_race_lint::rules::findings(&mut analysis, Level::Note);
    let nodes: Vec<_> = workspace.template(root).node_ids().collect();
    for (at, &one) in nodes.iter().enumerate() {
        for &other in &nodes[at..] {
            let is_reported = findings.iter().any(|finding| {
                let node = |ix: usize| finding.participants[ix].node;
                let is_this = |&(first, second): &(usize, usize)| {
                    [node(first), node(second)] == [one, other] || [node(first), node(second)] == [other, one]
                };
                finding.race.template == root && finding.pairs.iter().any(is_this)
            });
            let explained = explain(&mut analysis, &[(root, one)], &[(root, other)]);
            if (explained.verdict == Verdict::Race) != is_reported {
                return Some(format!("reported: {is_reported}, explained: {explained:#?}"));
            }
        }
    }
    None
}

/// The report on one of the files as the root, with some texts replaced.
pub(crate) fn report(files: &[(&'static str, String)], root: &str, texts: &Texts) -> Report {
    let mut memory = Memory::default();
    for (path, text) in files {
        let other = texts.iter().find(|(changed, _)| changed == path);
        memory.write(path, other.map_or(text.as_str(), |(_, text)| text));
    }
    let roots = Roots { named: vec![root.into()], ..Roots::default() };
    check(&roots, memory, &Catalog::default()).report
}
