//! Remedies on every racy story: afterwards nothing that can be remedied is left, nothing is new, and each edge was needed.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::check::{Request, check};
use bicep_race_lint::fix::apply::{apply, only_inserts};
use bicep_race_lint::fix::edits_of;
use bicep_race_lint::rules::finding::{Edit, Report};
use bicep_race_lint::source::FileId;
use bicep_race_lint::workspace::file_system::Overlay;

/// What is found in a template, some files being other than on disk.
fn report(main: &Path, texts: &[(PathBuf, String)]) -> Report {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).to_owned();
    let mut overlay = Overlay::default();
    for (path, text) in texts {
        overlay.write(path, text.clone());
    }
    let request = Request { named: vec![main.to_owned()], base, ..Request::default() };
    check(&request, Box::new(overlay), &Catalog::default()).report
}

/// The edits of each file.
fn edits(report: &Report) -> Vec<(FileId, Vec<Edit>)> {
    let of = |id| edits_of(&report.findings, id).into_iter().cloned().collect::<Vec<_>>();
    report.sources.iter().map(|(id, _)| (id, of(id))).filter(|(_, edits)| !edits.is_empty()).collect()
}

fn applied(report: &Report, edits: &[(FileId, Vec<Edit>)]) -> Vec<(PathBuf, String)> {
    let one = |(file, edits): &(FileId, Vec<Edit>)| {
        let source = report.sources.file(*file);
        let edits: Vec<&Edit> = edits.iter().collect();
        let after = apply(&source.text, &edits);
        assert!(only_inserts(&source.text, &after, &edits), "{}", source.path);
        (Path::new(env!("CARGO_MANIFEST_DIR")).join(&source.path), after)
    };
    edits.iter().map(one).collect()
}

/// An insertion without one of its symbols, for each; without anything where it has one only.
fn weaker(edit: &Edit) -> Vec<Option<Edit>> {
    let lines: Vec<&str> = edit.insert.split_inclusive('\n').collect();
    let is_symbol = |line: &str| {
        let word = line.trim();
        !word.is_empty() && word.chars().all(|char| char.is_alphanumeric() || "_:".contains(char))
    };
    let symbols: Vec<usize> = (0..lines.len()).filter(|&at| is_symbol(lines[at])).collect();
    if symbols.len() < 2 {
        return vec![None];
    }
    let without = |&left_out: &usize| {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, line)| *line);
        Some(Edit { insert: kept.collect(), ..edit.clone() })
    };
    symbols.iter().map(without).collect()
}

/// Checks the remedies of a template; gives how many edges they add.
fn examine(main: &Path) -> usize {
    let before = report(main, &[]);
    let all = edits(&before);
    let after = report(main, &applied(&before, &all));
    let left = after.findings.iter().find(|finding| finding.fix.is_some());
    assert!(left.is_none(), "{}: left: {}", main.display(), left.unwrap().message);
    assert!(
        after.diagnostics.len() <= before.diagnostics.len(),
        "{}: {:?}",
        main.display(),
        after.diagnostics
    );
    assert!(after.findings.len() <= before.findings.len(), "{}", main.display());
    let mut edges = 0;
    for (file, edits) in &all {
        for (at, edit) in edits.iter().enumerate() {
            for weaker in weaker(edit) {
                let mut fewer = all.clone();
                let edits = &mut fewer.iter_mut().find(|(id, _)| id == file).unwrap().1;
                edits.splice(at..=at, weaker);
                let found = report(main, &applied(&before, &fewer));
                let needed = found.findings.iter().any(|finding| finding.fix.is_some());
                assert!(needed, "{}: part of {:?} is not needed", main.display(), edit.insert);
                edges += 1;
            }
        }
    }
    edges
}

/// The templates of the stories in a folder.
fn stories(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .flat_map(|story| ["main.bicep", "racy.bicep"].map(|name| story.as_ref().unwrap().path().join(name)))
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}

#[test]
fn every_story_is_remedied_by_the_fewest_edges() {
    let mut all: Vec<(PathBuf, usize)> = Vec::new();
    for folder in ["hub", "catalog"] {
        all.extend(stories(folder).into_iter().map(|path| {
            let edges = examine(&path);
            (path, edges)
        }));
    }
    let remedied = all.iter().filter(|(_, edges)| *edges > 0).count();
    println!(
        "{remedied} of {} stories are remedied, by {} edges",
        all.len(),
        all.iter().map(|one| one.1).sum::<usize>()
    );
    assert!(remedied > 40, "{remedied}");
}

/// Gateways of one hub, in a folder of their own.
fn gateways(bodies: [&str; 3]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.bicep");
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hub/modules");
    for module in ["hub", "s2s-gateway", "p2s-gateway", "expressroute-gateway"] {
        let name = format!("{module}.bicep");
        fs::copy(modules.join(&name), folder.path().join(&name)).unwrap();
    }
    let [s2s, p2s, er] = bodies;
    let text = format!(
        "param flag bool
param other bool
module hub 'hub.bicep' = {{ name: 'hub', params: {{ name: 'hub', virtualWanId: '/w' }} }}
module s2s 's2s-gateway.bicep' = {s2s}{{
  name: 's2s'
  params: {{ hubName: hub.outputs.name }}
}}
module p2s 'p2s-gateway.bicep' = {p2s}{{
  name: 'p2s'
  params: {{ hubId: hub.outputs.resourceId, serverConfigurationId: '/c' }}
}}
module er 'expressroute-gateway.bicep' = {er}{{
  name: 'er'
  params: {{ hubId: hub.outputs.resourceId }}
}}
"
    );
    fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn a_link_is_relied_on_where_it_is_deployed_together_with_its_ends() {
    let edges = |bodies| {
        let (_folder, path) = gateways(bodies);
        examine(&path)
    };
    assert_eq!(edges(["", "", ""]), 2);
    assert_eq!(edges(["if (flag) ", "if (flag) ", "if (flag) "]), 2, "all or none");
    assert_eq!(
        edges(["if (flag && other) ", "if (flag) ", ""]),
        2,
        "the middle one is there where the first is"
    );
    assert_eq!(edges(["", "if (flag) ", ""]), 3, "the middle one may be missing");
    assert_eq!(
        edges(["if (flag) ", "", "if (!flag) "]),
        2,
        "the first and the last are never there together"
    );
}
