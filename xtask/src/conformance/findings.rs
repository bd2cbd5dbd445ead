//! `findings DIR…`: compares the findings of each Bicep file with those of its compiled JSON next to it.
//!
//! Symbols are compared if the compiler has written them, otherwise types. The JSON contains registry modules in the
//! version used at compile time, but they are missing next to the Bicep file: such pairs are counted separately.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::config::Config;
use bicep_race_lint::rules::finding::{Finding, Report};
use bicep_race_lint::session::{Roots, Session};
use bicep_race_lint::workspace::{Callee, Disk, Provenance, Workspace};
use rayon::prelude::*;

/// Compares every pair of files below the folders. Returns whether all have the same findings.
pub(crate) fn run(folders: &[PathBuf]) -> bool {
    let paths = super::files(folders, |path| {
        path.extension().is_some_and(|ending| ending == "bicep") && path.with_extension("json").is_file()
    });
    let catalog = Catalog::default();
    let compared: Vec<Compared> = paths.par_iter().filter_map(|path| compare(path, &catalog)).collect();
    let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
    let mut add = |what, count: usize| *totals.entry(what).or_default() += count as u64;
    for compared in &compared {
        let alike = usize::from(compared.differences.is_empty());
        if compared.calls_registry {
            add("calling modules of a registry", 1);
            add("calling modules of a registry, alike", alike);
            continue;
        }
        add("of local files only", 1);
        add("of local files only, alike", alike);
        add("of local files only, findings in Bicep", compared.in_bicep);
        add("of local files only, findings in JSON", compared.in_json);
        add("of local files only, diagnostics in JSON", compared.diagnostics.len());
        for message in &compared.diagnostics {
            println!("{}: in JSON: {message}", compared.path.display());
        }
        for (mark, line) in &compared.differences {
            println!("{}: {mark} {line}", compared.path.display());
        }
    }
    for (what, count) in totals {
        println!("{what}: {count}");
    }
    compared.iter().all(|compared| compared.calls_registry || compared.differences.is_empty())
}

struct Compared {
    path: PathBuf,
    in_bicep: usize,
    in_json: usize,
    calls_registry: bool,
    diagnostics: Vec<String>,
    differences: Vec<(char, String)>,
}

fn compare(path: &Path, catalog: &Catalog) -> Option<Compared> {
    let json = path.with_extension("json");
    let text = super::read(&json)?;
    let written: serde_json::Value = serde_json::from_str(&text).ok()?;
    if !written["$schema"].as_str().is_some_and(|schema| schema.contains("eploymentTemplate.json")) {
        return None;
    }
    let is_symbolic = written.get("resources")?.is_object();
    let ((bicep, calls_registry), (compiled, _)) = (report(path, catalog), report(&json, catalog));
    // A module that is called twice is duplicated in the JSON.
    let lines = |report: &Report| -> BTreeSet<String> {
        report.findings.iter().map(|finding| line(finding, is_symbolic)).collect()
    };
    let (ours, theirs) = (lines(&bicep), lines(&compiled));
    let mut differences = Vec::new();
    for (mark, lines, others) in [('-', &ours, &theirs), ('+', &theirs, &ours)] {
        differences.extend(lines.difference(others).map(|line| (mark, line.clone())));
    }
    Some(Compared {
        path: path.to_owned(),
        in_bicep: ours.len(),
        in_json: theirs.len(),
        calls_registry,
        diagnostics: compiled.diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect(),
        differences,
    })
}

/// The report of one root, and whether it calls registry modules.
fn report(path: &Path, catalog: &Catalog) -> (Report, bool) {
    let base = path.parent().unwrap_or(Path::new("")).to_owned();
    let roots = Roots { named: vec![path.to_owned()], base, ..Roots::default() };
    let mut session = Session::new(catalog.clone(), Config::default());
    session.load(Disk, roots);
    let report = session.examine().report;
    (report, calls_registry(session.workspace()))
}

fn calls_registry(workspace: &Workspace) -> bool {
    workspace.templates().any(|(id, template)| {
        let mut nodes = template.node_ids();
        workspace.provenance(id) != Provenance::File
            || nodes.any(|node| matches!(workspace.call(id, node), Some(Callee::Unresolved { .. })))
    })
}

/// A finding without details that depend on the language: places, and the wording of terms.
fn line(finding: &Finding, is_symbolic: bool) -> String {
    let mut writers: Vec<String> = finding
        .participants
        .iter()
        .map(|writer| {
            let symbol = if is_symbolic { writer.symbol.as_str() } else { "" };
            let each = if writer.is_loop { "[*]" } else { "" };
            format!("{symbol}{each} {}", writer.ty.to_ascii_lowercase())
        })
        .collect();
    writers.sort();
    format!(
        "{} {:?} {:?} of {}: {} ({} pairs)",
        finding.rule,
        finding.level,
        finding.confidence,
        finding.object.ty.to_ascii_lowercase(),
        writers.join(", "),
        finding.pairs.len() as u64 + finding.pairs_omitted,
    )
}
