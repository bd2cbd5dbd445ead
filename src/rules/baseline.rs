//! The baseline: findings that are accepted for now, by fingerprint, so that only new ones fail a run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::rules::finding::Finding;

/// The version of the form.
const VERSION: u32 = 1;

/// Accepted findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// By fingerprint: an entry is found whatever line it moved to.
    accepted: BTreeMap<String, Accepted>,
}

/// A baseline that cannot be read or written.
#[derive(Debug, Error)]
pub enum BaselineError {
    /// The file is not there, or cannot be read.
    #[error("cannot read the baseline `{}`", path.display())]
    Read {
        /// Its path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is no baseline.
    #[error("`{}` is no baseline: {reason}", path.display())]
    Form {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it, with line and column.
        reason: String,
    },
    /// It could not be written; what was there is unharmed.
    #[error("cannot write the baseline `{}`; what was there is unchanged", path.display())]
    Write {
        /// Its path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The file.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    /// The version of this form.
    schema_version: u32,
    /// Accepted findings, by root, rule and fingerprint.
    findings: Vec<Accepted>,
}

/// One accepted finding. Only the fingerprint decides; the rest tells a reader what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Accepted {
    /// What the finding is known by.
    pub fingerprint: String,
    /// Its rule.
    pub rule: String,
    /// The first root that it happens under.
    pub root: String,
    /// The object that is written.
    pub object: String,
    /// Who writes it.
    pub symbols: Vec<String>,
    /// What it says.
    pub message: String,
}

impl Accepted {
    fn of(finding: &Finding) -> Self {
        Self {
            fingerprint: finding.fingerprint.clone(),
            rule: finding.rule.to_string(),
            root: finding.roots.first().cloned().unwrap_or_default(),
            object: format!("{} {}", finding.object.ty, finding.object.name),
            symbols: finding.participants.iter().map(|writer| writer.symbol.clone()).collect(),
            message: finding.message.clone(),
        }
    }
}

impl Baseline {
    /// A baseline that accepts these findings; suppressed ones need no acceptance.
    pub fn of(findings: &[Finding]) -> Self {
        let open = findings.iter().filter(|finding| finding.suppression.is_none());
        Self { accepted: open.map(|finding| (finding.fingerprint.clone(), Accepted::of(finding))).collect() }
    }

    /// Reads a baseline.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| BaselineError::Read { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    /// The baseline that a text says; the path is only named.
    pub fn parse(path: &Path, text: &str) -> Result<Self, BaselineError> {
        let form = |reason: String| BaselineError::Form { path: path.to_owned(), reason };
        let document: Document = serde_json::from_str(text.trim_start_matches('\u{FEFF}'))
            .map_err(|error| form(error.to_string()))?;
        if document.schema_version != VERSION {
            return Err(form(format!("its version is {}, not {VERSION}", document.schema_version)));
        }
        let accepted = document.findings.into_iter().map(|entry| (entry.fingerprint.clone(), entry));
        Ok(Self { accepted: accepted.collect() })
    }

    /// The text of the file: the same findings give the same bytes.
    pub fn text(&self) -> String {
        let mut findings: Vec<Accepted> = self.accepted.values().cloned().collect();
        findings.sort_by(|a, b| (&a.root, &a.rule, &a.fingerprint).cmp(&(&b.root, &b.rule, &b.fingerprint)));
        let document = Document { schema_version: VERSION, findings };
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Writes the file as a whole or not at all.
    pub fn write(&self, path: &Path) -> Result<(), BaselineError> {
        replace(path, self.text().as_bytes())
            .map_err(|source| BaselineError::Write { path: path.to_owned(), source })
    }

    /// Marks what is accepted. The result is what is accepted though it was not found, in the file's order.
    pub fn apply(&self, findings: &mut [Finding]) -> Vec<&Accepted> {
        let mut found = BTreeSet::new();
        for finding in findings {
            if let Some((fingerprint, _)) = self.accepted.get_key_value(&finding.fingerprint) {
                finding.baselined = true;
                found.insert(fingerprint);
            }
        }
        let mut stale: Vec<_> =
            self.accepted.values().filter(|entry| !found.contains(&entry.fingerprint)).collect();
        stale.sort_by_key(|entry| (&entry.root, &entry.rule, &entry.fingerprint));
        stale
    }

    /// The baseline without what was not found. Only roots that were checked can tell that, so `checked` names them.
    #[must_use]
    pub fn pruned(&self, findings: &[Finding], checked: impl Fn(&str) -> bool) -> Self {
        let found: BTreeSet<&str> = findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
        let stays = |entry: &Accepted| found.contains(entry.fingerprint.as_str()) || !checked(&entry.root);
        let accepted = self.accepted.iter().filter(|(_, entry)| stays(entry));
        Self { accepted: accepted.map(|(key, entry)| (key.clone(), entry.clone())).collect() }
    }

    /// How many findings it accepts.
    pub fn len(&self) -> usize {
        self.accepted.len()
    }

    /// Whether it accepts nothing.
    pub fn is_empty(&self) -> bool {
        self.accepted.is_empty()
    }
}

/// Puts a new file in the place of an old one in one step; a link is followed, and permissions are kept.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let permissions = match std::fs::metadata(&target) {
        Ok(old) if old.permissions().readonly() => return Err(io::ErrorKind::PermissionDenied.into()),
        Ok(old) => Some(old.permissions()),
        Err(_) => None,
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    if permissions.is_none() {
        // The process's mask takes away from it what the user does not want.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let mut file = builder.prefix(".bicep-race-lint").tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(&target)?;
    Ok(())
}

/// The JSON Schema of a baseline, with a line end.
pub fn schema() -> String {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(Document)).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::finding::{RuleId, test_finding};

    fn finding(fingerprint: &str, root: &str) -> Finding {
        Finding {
            fingerprint: fingerprint.to_owned(),
            roots: vec![root.to_owned()],
            ..test_finding(RuleId::HubGateways, [])
        }
    }

    #[test]
    fn what_was_written_is_accepted_and_the_rest_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.json");
        Baseline::of(&[finding("bb", "b.bicep"), finding("aa", "a.bicep")]).write(&path).unwrap();
        let baseline = Baseline::read(&path).unwrap();
        let mut findings = [finding("cc", "a.bicep"), finding("bb", "moved.bicep")];
        let stale: Vec<_> =
            baseline.apply(&mut findings).iter().map(|entry| entry.fingerprint.as_str()).collect();
        assert_eq!(stale, ["aa"]);
        assert_eq!(findings.map(|finding| finding.baselined), [false, true]);
    }

    #[test]
    fn order_of_findings_does_not_change_the_file() {
        let (a, b) = (finding("aa", "z.bicep"), finding("bb", "a.bicep"));
        let text = Baseline::of(&[a.clone(), b.clone()]).text();
        assert_eq!(text, Baseline::of(&[b, a]).text());
        assert!(text.find("a.bicep") < text.find("z.bicep"), "{text}");
    }

    #[test]
    fn pruning_keeps_what_was_not_looked_at() {
        let baseline =
            Baseline::of(&[finding("aa", "a.bicep"), finding("bb", "b.bicep"), finding("cc", "a.bicep")]);
        let pruned = baseline.pruned(&[finding("cc", "a.bicep")], |root| root == "a.bicep");
        assert_eq!(pruned, Baseline::of(&[finding("bb", "b.bicep"), finding("cc", "a.bicep")]));
    }

    #[test]
    fn a_file_that_is_no_baseline_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.json");
        assert!(matches!(Baseline::read(&path), Err(BaselineError::Read { .. })));
        for text in ["", "{}", "[]", "{\"schemaVersion\":2,\"findings\":[]}"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(Baseline::read(&path), Err(BaselineError::Form { .. })), "{text}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_replaced_stays_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.json");
        std::fs::write(&path, "mine").unwrap();
        let mut permissions = std::fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&path, permissions).unwrap();
        assert!(matches!(Baseline::default().write(&path), Err(BaselineError::Write { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
        assert!(Baseline::default().write(&folder.path().join("gone/baseline.json")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_permissions_are_kept() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.json"), folder.path().join("link.json"));
        std::fs::write(&real, "old").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        Baseline::default().write(&link).unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(std::fs::read_to_string(&real).unwrap().contains("schemaVersion"));
        assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn the_schema_is_as_committed_and_accepts_what_is_written() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/baseline.schema.json");
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, schema()).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            schema(),
            "stale: run the tests with UPDATE_SCHEMAS=1"
        );
        let validator = jsonschema::validator_for(&serde_json::from_str(&schema()).unwrap()).unwrap();
        let written = serde_json::from_str(&Baseline::of(&[finding("aa", "a.bicep")]).text()).unwrap();
        assert!(validator.is_valid(&written));
        assert!(!validator.is_valid(&serde_json::json!({ "findings": [] })));
    }
}
