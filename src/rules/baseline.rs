//! The baseline: accepted findings and diagnostics, identified by fingerprint, so that only new ones fail a run.

mod version_1;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::door::Boundary;
use crate::rules::finding::{Diagnostic, Finding};
use crate::small_sort::SmallSort as _;
use crate::source::Sources;

pub(super) use version_1::fingerprint as former;

/// The current version of the file format and of the fingerprints.
const VERSION: u32 = 2;

/// The accepted findings and diagnostics of a baseline file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Keyed by version and fingerprint, so that an entry matches even after its line has moved.
    findings: BTreeMap<(u32, String), Accepted>,
    /// Keyed by fingerprint.
    diagnostics: BTreeMap<String, AcceptedDiagnostic>,
}

/// Why a baseline cannot be used.
#[derive(Debug, Error)]
pub enum BaselineError {
    /// The file is missing or unreadable.
    #[error("cannot read the baseline `{}`", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// The cause of the error.
        #[source]
        source: io::Error,
    },
    /// It is not a baseline.
    #[error("`{}` is not a baseline: {reason}", path.display())]
    Form {
        /// Path of the file.
        path: PathBuf,
        /// The error, with line and column.
        reason: String,
    },
}

/// The baseline file.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    /// The version of this form: 2. Version 1 is read too, for one release.
    schema_version: u32,
    /// Accepted findings, by root, rule and fingerprint.
    findings: Vec<Accepted>,
    /// Accepted diagnostics, by file, rule and fingerprint.
    #[serde(default)]
    diagnostics: Vec<AcceptedDiagnostic>,
}

/// One accepted finding. Only the fingerprint decides; the rest tells a reader what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Accepted {
    /// Identifies the finding.
    pub fingerprint: String,
    /// 1 if the fingerprint is still that of version 1, because its root has not been checked since.
    #[serde(default = "now", skip_serializing_if = "is_now")]
    pub fingerprint_version: u32,
    /// Its rule.
    pub rule: String,
    /// The first root that it happens under.
    pub root: String,
    /// The object that is written.
    pub object: String,
    /// The writers.
    pub symbols: Vec<String>,
    /// The message of the finding.
    pub message: String,
}

/// One accepted diagnostic. Only the fingerprint decides; the rest tells a reader what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptedDiagnostic {
    /// Identifies the diagnostic.
    pub fingerprint: String,
    /// Its rule.
    pub rule: String,
    /// The file that it is about.
    pub file: String,
    /// The message of the diagnostic.
    pub message: String,
}

const fn now() -> u32 {
    VERSION
}

#[allow(clippy::trivially_copy_pass_by_ref)] // required by serde
const fn is_now(version: &u32) -> bool {
    *version == VERSION
}

/// The findings, each followed by what stands behind it.
fn with_behind(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().flat_map(Finding::with_behind)
}

impl Accepted {
    fn of(finding: &Finding) -> Self {
        Self {
            fingerprint: finding.fingerprint.clone(),
            fingerprint_version: VERSION,
            rule: finding.rule.to_string(),
            root: finding.roots.first().cloned().unwrap_or_default(),
            object: format!("{} {}", finding.object.ty, finding.object.name),
            symbols: finding.participants.iter().map(|writer| writer.symbol.clone()).collect(),
            message: finding.message.clone(),
        }
    }

    fn key(&self) -> (u32, String) {
        (self.fingerprint_version, self.fingerprint.clone())
    }
}

impl AcceptedDiagnostic {
    fn of(diagnostic: &Diagnostic, sources: &Sources) -> Self {
        Self {
            fingerprint: diagnostic.fingerprint.clone(),
            rule: diagnostic.rule.to_string(),
            file: sources.file(diagnostic.place.file).path.clone(),
            message: diagnostic.message.clone(),
        }
    }
}

/// An accepted result that the run did not find.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stale {
    /// The root of the finding, or the file of the diagnostic.
    pub path: String,
    /// The rule that reported it.
    pub rule: String,
    /// The accepted message.
    pub message: String,
    fingerprint: String,
}

impl Baseline {
    /// Creates a baseline that accepts all of these, and what stands behind them. Suppressed findings need no entry.
    pub fn of(findings: &[Finding], diagnostics: &[Diagnostic], sources: &Sources) -> Self {
        let open = with_behind(findings).filter(|finding| finding.suppression.is_none());
        Self::accepting(open, diagnostics.iter(), sources)
    }

    fn accepting<'f>(
        findings: impl Iterator<Item = &'f Finding>,
        diagnostics: impl Iterator<Item = &'f Diagnostic>,
        sources: &Sources,
    ) -> Self {
        let findings = findings.map(Accepted::of).map(|entry| (entry.key(), entry)).collect();
        let diagnostics = diagnostics.map(|one| AcceptedDiagnostic::of(one, sources));
        Self { findings, diagnostics: diagnostics.map(|entry| (entry.fingerprint.clone(), entry)).collect() }
    }

    /// Reads a baseline file that the user named.
    pub fn read(path: &Path, boundary: &Boundary) -> Result<Self, BaselineError> {
        let failed = |source| BaselineError::Read { path: path.to_owned(), source };
        let bytes = boundary.read_named(path).map_err(|unread| failed(unread.into()))?;
        let text = String::from_utf8(bytes).map_err(|_| failed(io::Error::other("it is not UTF-8 text")))?;
        Self::parse(path, &text)
    }

    /// Parses the text of a baseline; `path` is only used in errors.
    pub fn parse(path: &Path, text: &str) -> Result<Self, BaselineError> {
        let form = |reason: String| BaselineError::Form { path: path.to_owned(), reason };
        let document: Document = serde_json::from_str(text.trim_start_matches('\u{FEFF}'))
            .map_err(|error| form(error.to_string()))?;
        let version = document.schema_version;
        if version != VERSION && version != version_1::NUMBER {
            return Err(form(format!("its version is {version}, not {VERSION}")));
        }
        let mut findings = document.findings;
        if version == version_1::NUMBER {
            for entry in &mut findings {
                entry.fingerprint_version = version;
            }
        }
        let diagnostics = document.diagnostics.into_iter().map(|entry| (entry.fingerprint.clone(), entry));
        Ok(Self {
            findings: findings.into_iter().map(|entry| (entry.key(), entry)).collect(),
            diagnostics: diagnostics.collect(),
        })
    }

    /// Adds an entry for a finding.
    pub fn accept(&mut self, finding: &Finding) {
        let entry = Accepted::of(finding);
        self.findings.insert(entry.key(), entry);
    }

    /// The text of the file. Equal entries give equal bytes.
    pub fn text(&self) -> String {
        let mut findings: Vec<Accepted> = self.findings.values().cloned().collect();
        findings.small_sort_by(|a, b| {
            (&a.root, &a.rule, &a.fingerprint).cmp(&(&b.root, &b.rule, &b.fingerprint))
        });
        let mut diagnostics: Vec<AcceptedDiagnostic> = self.diagnostics.values().cloned().collect();
        diagnostics.small_sort_by(|a, b| {
            (&a.file, &a.rule, &a.fingerprint).cmp(&(&b.file, &b.rule, &b.fingerprint))
        });
        let document = Document { schema_version: VERSION, findings, diagnostics };
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The entries that accept a finding: under the current fingerprint, and under that of version 1.
    fn entries_of(&self, finding: &Finding) -> impl Iterator<Item = &(u32, String)> {
        let now = (VERSION, finding.fingerprint.clone());
        let then = self.is_outdated().then(|| (version_1::NUMBER, finding.former.clone()));
        let known = |key| self.findings.get_key_value(&key).map(|(known, _)| known);
        std::iter::once(now).chain(then).filter_map(known)
    }

    /// Marks the accepted findings, also those that stand behind others.
    pub fn mark(&self, findings: &mut [Finding]) {
        for finding in findings {
            let is_accepted = self.entries_of(finding).next().is_some();
            finding.baselined |= is_accepted;
            self.mark(&mut finding.behind);
        }
    }

    /// Marks the accepted results, and returns the accepted ones that the run did not find, by path and rule.
    pub fn apply(&self, findings: &mut [Finding], diagnostics: &mut [Diagnostic]) -> Vec<Stale> {
        self.mark(findings);
        let mut found: BTreeSet<&(u32, String)> = BTreeSet::new();
        for finding in with_behind(findings).filter(|finding| finding.baselined) {
            found.extend(self.entries_of(finding));
        }
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for diagnostic in diagnostics {
            if let Some((known, _)) = self.diagnostics.get_key_value(&diagnostic.fingerprint) {
                diagnostic.baselined = true;
                told.insert(known);
            }
        }
        let findings = self.findings.iter().filter(|(key, _)| !found.contains(key)).map(|(_, entry)| Stale {
            path: entry.root.clone(),
            rule: entry.rule.clone(),
            message: entry.message.clone(),
            fingerprint: entry.fingerprint.clone(),
        });
        let diagnostics =
            self.diagnostics.values().filter(|entry| !told.contains(entry.fingerprint.as_str()));
        let diagnostics = diagnostics.map(|entry| Stale {
            path: entry.file.clone(),
            rule: entry.rule.clone(),
            message: entry.message.clone(),
            fingerprint: entry.fingerprint.clone(),
        });
        let mut stale: Vec<Stale> = findings.chain(diagnostics).collect();
        stale.small_sort();
        stale
    }

    /// The baseline after [`Self::apply`]: the results that were found, with current fingerprints, and the old entries
    /// that the run could not decide. An entry is only dropped if its root or file is in `checked`.
    #[must_use]
    pub fn renewed(
        &self,
        findings: &[Finding],
        diagnostics: &[Diagnostic],
        sources: &Sources,
        checked: impl Fn(&str) -> bool,
    ) -> Self {
        let accepted = with_behind(findings).filter(|finding| finding.baselined);
        let told = diagnostics.iter().filter(|diagnostic| diagnostic.baselined);
        let mut renewed = Self::accepting(accepted, told, sources);
        let old = self.findings.iter().filter(|(_, entry)| !checked(&entry.root));
        for (key, entry) in old {
            renewed.findings.entry(key.clone()).or_insert_with(|| entry.clone());
        }
        let old = self.diagnostics.iter().filter(|(_, entry)| !checked(&entry.file));
        for (key, entry) in old {
            renewed.diagnostics.entry(key.clone()).or_insert_with(|| entry.clone());
        }
        renewed
    }

    /// Whether some entries still have fingerprints of an older version.
    pub fn is_outdated(&self) -> bool {
        self.findings.keys().any(|(version, _)| *version != VERSION)
    }

    /// The number of accepted findings and of accepted diagnostics.
    pub fn counts(&self) -> (usize, usize) {
        (self.findings.len(), self.diagnostics.len())
    }
}

/// The JSON Schema of a baseline, with a line end.
#[cfg(feature = "cli")]
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Document);
    let address = concat!(env!("CARGO_PKG_REPOSITORY"), "/raw/main/docs/schema/baseline.schema.json");
    schema.insert("$id".to_owned(), address.into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Level;
    use crate::rules::finding::{RuleId, Subject, test_finding};
    use crate::source::{Place, SourceFile, Span};

    fn baseline(findings: &[Finding]) -> Baseline {
        Baseline::of(findings, &[], &Sources::default())
    }

    fn stale(baseline: &Baseline, findings: &mut [Finding]) -> Vec<String> {
        let stale = baseline.apply(findings, &mut []);
        stale.into_iter().map(|entry| entry.fingerprint).collect()
    }

    fn finding(fingerprint: &str, root: &str) -> Finding {
        Finding {
            fingerprint: fingerprint.to_owned(),
            roots: vec![root.to_owned()],
            ..test_finding(RuleId::HubGateways, [])
        }
    }

    #[test]
    fn written_findings_are_accepted_and_missing_ones_reported() {
        let text = baseline(&[finding("bb", "b.bicep"), finding("aa", "a.bicep")]).text();
        let read = Baseline::parse(Path::new("baseline.json"), &text).unwrap();
        let mut findings = [finding("cc", "a.bicep"), finding("bb", "moved.bicep")];
        assert_eq!(stale(&read, &mut findings), ["aa"]);
        assert_eq!(findings.map(|finding| finding.baselined), [false, true]);
    }

    #[test]
    fn order_of_findings_does_not_change_the_file() {
        let (a, b) = (finding("aa", "z.bicep"), finding("bb", "a.bicep"));
        let text = baseline(&[a.clone(), b.clone()]).text();
        assert_eq!(text, baseline(&[b, a]).text());
        assert!(text.find("a.bicep") < text.find("z.bicep"), "{text}");
    }

    #[test]
    fn renewing_keeps_entries_of_unchecked_roots() {
        let old = baseline(&[finding("aa", "a.bicep"), finding("bb", "b.bicep"), finding("cc", "a.bicep")]);
        let mut findings = [finding("cc", "a.bicep"), finding("dd", "a.bicep")];
        assert_eq!(stale(&old, &mut findings), ["aa", "bb"]);
        let renewed = old.renewed(&findings, &[], &Sources::default(), |root| root == "a.bicep");
        assert_eq!(renewed, baseline(&[finding("bb", "b.bicep"), finding("cc", "a.bicep")]));
    }

    /// An entry of version 1 matches by its old fingerprint, and is written with the new one afterwards.
    #[test]
    fn a_baseline_of_version_1_is_read_and_renewed() {
        let mut sources = Sources::default();
        let file = sources.add(SourceFile::new("main.bicep", "resource a 'x' = {}\n"));
        let place = Place { file, span: Span::new(9, 10) };
        let mut found = test_finding(RuleId::HubGateways, [place, place]);
        found.fingerprint = "now".to_owned();
        found.former = former(&found, "main.bicep");
        let mut other = test_finding(RuleId::HubGateways, [place, place]);
        other.fingerprint = "new".to_owned();
        "spoke".clone_into(&mut other.object.name);
        other.former = former(&other, "main.bicep");
        // The file that the previous release wrote for `found` and for two other findings.
        let text = r#"{ "schemaVersion": 1, "findings": [
            { "fingerprint": "OLD", "rule": "hub-gateways", "root": "main.bicep", "object": "o", "symbols": [], "message": "m" },
            { "fingerprint": "01", "rule": "hub-gateways", "root": "main.bicep", "object": "o", "symbols": [], "message": "gone" },
            { "fingerprint": "02", "rule": "hub-gateways", "root": "b.bicep", "object": "o", "symbols": [], "message": "m" }
        ] }"#;
        let text = text.replace("OLD", "f416fa2bf4bd020c");
        let old = Baseline::parse(Path::new("old.json"), &text).unwrap();
        assert!(old.is_outdated());
        let mut findings = [found, other];
        let stale = old.apply(&mut findings, &mut []);
        assert_eq!(stale.iter().map(|entry| entry.fingerprint.as_str()).collect::<Vec<_>>(), ["02", "01"]);
        assert_eq!(findings.clone().map(|finding| finding.baselined), [true, false]);
        let renewed = old.renewed(&findings, &[], &sources, |root| root == "main.bicep");
        assert_eq!(
            renewed.counts(),
            (2, 0),
            "one is known by what it is, one was not looked at, one is gone"
        );
        let again = Baseline::parse(Path::new("new.json"), &renewed.text()).unwrap();
        assert_eq!(again, renewed);
        assert!(renewed.text().contains("\"fingerprintVersion\": 1") && renewed.text().contains("\"now\""));
    }

    #[test]
    fn diagnostics_are_accepted_too() {
        let mut sources = Sources::default();
        let file = sources.add(SourceFile::new("main.bicep", "resource\nresource\n"));
        let told = |fingerprint: &str| {
            let place = Place { file, span: Span::new(0, 8) };
            let told =
                Diagnostic::new(RuleId::Syntax, Level::Error, place, "expected a symbol", Subject::Text);
            Diagnostic { fingerprint: fingerprint.to_owned(), ..told }
        };
        let accepted = Baseline::of(&[], &[told("aa"), told("bb")], &sources);
        assert_eq!(accepted.counts(), (0, 2));
        let read = Baseline::parse(Path::new("b.json"), &accepted.text()).unwrap();
        assert_eq!(read, accepted);
        let mut diagnostics = [told("aa"), told("cc")];
        let stale = read.apply(&mut [], &mut diagnostics);
        assert_eq!(stale.iter().map(|entry| entry.fingerprint.as_str()).collect::<Vec<_>>(), ["bb"]);
        assert_eq!(diagnostics.clone().map(|one| one.baselined), [true, false]);
        let renewed = read.renewed(&[], &diagnostics, &sources, |file| file == "main.bicep");
        assert_eq!(renewed, Baseline::of(&[], &[told("aa")], &sources));
    }

    #[test]
    fn a_file_that_is_not_a_baseline_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.json");
        assert!(matches!(Baseline::read(&path, &Boundary::everywhere()), Err(BaselineError::Read { .. })));
        for text in ["", "{}", "[]", "{\"schemaVersion\":3,\"findings\":[]}"] {
            std::fs::write(&path, text).unwrap();
            assert!(
                matches!(Baseline::read(&path, &Boundary::everywhere()), Err(BaselineError::Form { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn the_schema_is_as_committed_and_accepts_what_is_written() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/baseline.schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(&path, schema()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), schema(), "stale: run `.ci/derive`");
        let validator = jsonschema::validator_for(&serde_json::from_str(&schema()).unwrap()).unwrap();
        let written = serde_json::from_str(&baseline(&[finding("aa", "a.bicep")]).text()).unwrap();
        assert!(validator.is_valid(&written));
        assert!(!validator.is_valid(&serde_json::json!({ "findings": [] })));
    }
}
