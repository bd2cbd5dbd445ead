//! Small deployments with their expected findings. Each folder of `fixtures/races` has a `main.bicep` with the
//! expectation at its top:
//!
//! - `// expect: nothing`
//! - `// expect: RULE: one other, third fourth when CONDITION`, with the pairs of one finding; ` at FILE` after the rule
//!   where the paths part in a module.
//!
//! Notes count too. To add a story, add a folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::rules::finding::Finding;
use bicep_race_lint::session::{Roots, check};
use bicep_race_lint::workspace::Disk;

fn stories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/races");
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// The expectations at the top of a template, one per line.
fn expected(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("// expect: "));
    lines.filter(|line| *line != "nothing").map(str::to_owned).collect()
}

/// A finding in the same notation.
fn told(finding: &Finding, file: &str) -> String {
    let symbol = |ix: usize| finding.participants[ix].symbol.as_str();
    let pairs: Vec<String> =
        finding.pairs.iter().map(|&(one, other)| format!("{} {}", symbol(one), symbol(other))).collect();
    let at = if file == "main.bicep" { String::new() } else { format!(" at {file}") };
    let when = finding.when.as_ref().map(|when| format!(" when {when}")).unwrap_or_default();
    format!("{}{at}: {}{when}", finding.rule, pairs.join(", "))
}

#[test]
fn every_story_has_the_expected_findings() {
    let mut wrong = Vec::new();
    for story in stories() {
        let main = story.join("main.bicep");
        let text = fs::read_to_string(&main).unwrap();
        assert!(text.contains("// expect: "), "{} says nothing of what is expected", main.display());
        let roots = Roots { named: vec![main], base: story.clone(), ..Roots::default() };
        let report = check(&roots, Disk, &Catalog::default()).report;
        assert!(report.diagnostics.is_empty(), "{}: {:?}", story.display(), report.diagnostics);
        let found: BTreeSet<String> = report
            .findings
            .iter()
            .map(|finding| told(finding, &report.sources.file(finding.participants[0].place.file).path))
            .collect();
        let expected = expected(&text);
        if found != expected {
            wrong.push(format!("{}\n  expected {expected:#?}\n  found {found:#?}", story.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
