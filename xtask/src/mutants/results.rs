//! What became of each mutant: one line of JSON each, so that a run can end at any time; and the table over all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::mutant::{Key, Mutant};

/// Survivors that no test can notice, with the reason.
const EQUIVALENT: &str = "tests/readings/mutants.json";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// A test of the library fails.
    Unit,
    /// A template has other findings.
    Verdicts,
    /// A deployment is judged differently from the reference.
    Oracle,
    /// Another test fails: of the parser, an output, the command line, the language server.
    Others,
    /// A test does not end.
    TimeOut,
    Survived,
    /// No test runs this code.
    NotReached,
    /// The compiler rejects the changed code.
    DoesNotBuild,
    /// The code stands where no switch can stand.
    NotExpressible,
}

impl Outcome {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Unit, "unit"),
        (Self::Verdicts, "verdicts"),
        (Self::Oracle, "oracle"),
        (Self::Others, "others"),
        (Self::TimeOut, "time-out"),
        (Self::Survived, "survived"),
        (Self::NotReached, "unreached"),
        (Self::DoesNotBuild, "no build"),
        (Self::NotExpressible, "no switch"),
    ];

    /// Whether no test noticed the mutant.
    pub(super) fn is_alive(self) -> bool {
        matches!(self, Self::Survived | Self::NotReached)
    }
}

/// A line of the results.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Line {
    #[serde(flatten)]
    pub(super) key: Key,
    pub(super) outcome: Outcome,
    /// The test that noticed it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) test: String,
    pub(super) seconds: f64,
    /// The version of code and tests: a survivor is judged again if it is another.
    pub(super) version: String,
}

/// A row of [`EQUIVALENT`].
#[derive(Debug, Deserialize)]
struct Reason {
    #[serde(flatten)]
    key: Key,
    reason: String,
}

pub(super) struct Results {
    path: PathBuf,
    lines: BTreeMap<Key, Line>,
    equivalent: BTreeSet<Key>,
}

impl Results {
    /// The results in a folder. A later line replaces an earlier one.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join("results.jsonl");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let lines = lines.map(|line| (line.key.clone(), line)).collect();
        let text =
            std::fs::read_to_string(crate::root().join(EQUIVALENT)).map_err(|error| error.to_string())?;
        let reasons: Vec<Reason> =
            serde_json::from_str(&text).map_err(|error| format!("{EQUIVALENT}: {error}"))?;
        if let Some(row) = reasons.iter().find(|row| row.reason.is_empty()) {
            return Err(format!("{EQUIVALENT}: no reason for {}", row.key));
        }
        let equivalent = reasons.into_iter().map(|row| row.key).collect();
        Ok(Self { path, lines, equivalent })
    }

    pub(super) fn outcome(&self, key: &Key) -> Option<Outcome> {
        self.lines.get(key).map(|line| line.outcome)
    }

    pub(super) fn is_equivalent(&self, key: &Key) -> bool {
        self.equivalent.contains(key)
    }

    /// Whether a mutant has neither a test nor a reason so far.
    pub(super) fn is_open(&self, key: &Key) -> bool {
        self.outcome(key).is_none_or(Outcome::is_alive) && !self.is_equivalent(key)
    }

    /// Whether a mutant needs no run: it was judged by these tests, or another version of them noticed it.
    pub(super) fn is_settled(&self, key: &Key, version: &str) -> bool {
        self.lines.get(key).is_some_and(|line| !line.outcome.is_alive() || line.version == version)
    }

    pub(super) fn add(&mut self, line: Line) -> Result<(), String> {
        let text = serde_json::to_string(&line).map_err(|error| error.to_string())?;
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&self.path);
        file.and_then(|mut file| writeln!(file, "{text}")).map_err(|error| error.to_string())?;
        self.lines.insert(line.key.clone(), line);
        Ok(())
    }

    /// Reasons for mutants that do not exist any more, or that a test notices.
    pub(super) fn stale(&self, all: &[Mutant]) -> Vec<&Key> {
        let exist: BTreeSet<&Key> = all.iter().map(|mutant| &mutant.key).collect();
        let is_needed = |key: &&Key| exist.contains(key) && self.outcome(key).is_none_or(Outcome::is_alive);
        self.equivalent.iter().filter(|key| !is_needed(key)).collect()
    }

    /// Survivors without a reason.
    pub(super) fn survivors<'a>(&self, mutants: &'a [Mutant]) -> Vec<&'a Mutant> {
        let is_known = |mutant: &&Mutant| self.outcome(&mutant.key).is_some();
        mutants.iter().filter(|mutant| self.is_open(&mutant.key)).filter(is_known).collect()
    }

    /// One row for each file in full, and one for the others together.
    pub(super) fn table(&self, mutants: &[Mutant], whole: &[String]) -> String {
        let mut rows: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for mutant in mutants {
            let column = match self.outcome(&mutant.key) {
                None => "open",
                Some(outcome) if outcome.is_alive() && self.is_equivalent(&mutant.key) => "equivalent",
                Some(outcome) => Outcome::ALL.iter().find(|(of, _)| *of == outcome).unwrap().1,
            };
            let row = if whole.contains(&mutant.file) { &mutant.file } else { "sample" };
            for row in [row, "~"] {
                *rows.entry(row).or_default().entry(column).or_default() += 1;
                *rows.entry(row).or_default().entry("mutants").or_default() += 1;
            }
        }
        let columns: Vec<&str> = std::iter::once("mutants")
            .chain(Outcome::ALL.iter().map(|(_, name)| *name))
            .chain(["equivalent", "open"])
            .collect();
        let mut text = format!("{:<32}", "");
        for column in &columns {
            text.push_str(&format!("{column:>11}"));
        }
        for (row, counts) in &rows {
            text.push_str(&format!("\n{:<32}", if *row == "~" { "in all" } else { row }));
            for column in &columns {
                text.push_str(&format!("{:>11}", counts.get(column).copied().unwrap_or(0)));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reasons_can_be_read() {
        Results::read(Path::new("nowhere")).unwrap();
    }

    #[test]
    fn a_survivor_is_judged_again_by_new_tests() {
        let key =
            |change: &str| Key { file: "src/a.rs".into(), change: change.into(), line: "a".into(), nth: 0 };
        let line =
            |key, outcome| Line { key, outcome, test: String::new(), seconds: 0.0, version: "old".into() };
        let lines = [line(key("killed"), Outcome::Unit), line(key("alive"), Outcome::Survived)];
        let lines = lines.map(|line| (line.key.clone(), line)).into_iter().collect();
        let results = Results { path: PathBuf::new(), lines, equivalent: BTreeSet::new() };
        let settled = |change, version| results.is_settled(&key(change), version);
        assert!(settled("killed", "old") && settled("killed", "new"));
        assert!(settled("alive", "old") && !settled("alive", "new"));
        assert!(!settled("unknown", "old"));
    }

    #[test]
    fn a_reason_is_stale_if_its_mutant_is_gone_or_killed() {
        let key =
            |change: &str| Key { file: "src/a.rs".into(), change: change.into(), line: "a".into(), nth: 0 };
        let line = Line {
            key: key("killed"),
            outcome: Outcome::Unit,
            test: String::new(),
            seconds: 0.0,
            version: String::new(),
        };
        let equivalent = [key("killed"), key("gone"), key("alive")].into_iter().collect();
        let lines = [(key("killed"), line)].into_iter().collect();
        let results = Results { path: PathBuf::new(), lines, equivalent };
        let mutant = |change| Mutant {
            number: 1,
            genre: super::super::mutant::Genre::FnValue,
            file: "src/a.rs".into(),
            start: (1, 1),
            replacement: String::new(),
            key: key(change),
        };
        let stale = results.stale(&[mutant("killed"), mutant("alive")]);
        assert_eq!(stale, [&key("gone"), &key("killed")]);
    }
}
