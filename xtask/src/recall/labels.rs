//! Verdicts of a reader on removed orders that the tool does not report: `tests/recall/labels.json`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde_json::{Value, json};

use super::judge::Lost;

/// The reader's verdict: why the tool is silent about a removed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The two ends never write one object, so silence is right.
    OtherObject,
    /// They write one object, but concurrent writes lose nothing: silence is right.
    NonRace,
    /// They race, and the tool should have reported it.
    Miss,
}

impl Kind {
    const ALL: [(Self, &'static str); 3] =
        [(Self::OtherObject, "other object"), (Self::NonRace, "known non-race"), (Self::Miss, "miss")];
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(kind, _)| kind == self).map_or("", |(_, name)| name);
        out.write_str(name)
    }
}

/// The verdict on one removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) kind: Kind,
    /// The reader's reason, in one sentence.
    pub(super) reason: String,
}

/// Repository, file, the declaration that waits, the declaration that it waits for.
type Key = (String, String, String, String);

/// All labels by removal; the flag says whether a removal has used the label.
#[derive(Debug, Default)]
pub(super) struct Labels(BTreeMap<Key, (Label, bool)>);

impl Labels {
    /// Reads the labels of a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, a label lacks a field, or two labels are about one removal.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&text).map_err(|why| format!("{}: {why}", path.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let written: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut labels = BTreeMap::new();
        for row in written.as_array().ok_or("no list")? {
            let field = |name: &str| {
                let text = row[name].as_str().filter(|text| !text.is_empty());
                text.map(str::to_owned).ok_or_else(|| format!("no `{name}`: {row}"))
            };
            let key = (field("repository")?, field("file")?, field("late")?, field("early")?);
            let name = field("label")?;
            let kind = Kind::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind);
            let kind = kind.ok_or_else(|| format!("no such label: {row}"))?;
            let label = Label { kind, reason: field("reason")? };
            if labels.insert(key, (label, false)).is_some() {
                return Err(format!("twice: {row}"));
            }
        }
        Ok(Self(labels))
    }

    /// Looks up the label of a removal, and marks it as used if the tool was silent about that removal.
    pub(super) fn of(&mut self, repository: &str, lost: &Lost) -> Option<Label> {
        let Lost { file, late, early, .. } = lost;
        let key = (repository.to_owned(), file.clone(), late.clone(), early.clone());
        let (label, is_used) = self.0.get_mut(&key)?;
        *is_used |= lost.outcome == super::Outcome::Silent;
        Some(label.clone())
    }

    /// Stale labels of a repository: no silent removal uses them.
    pub(super) fn unused(&self, repository: &str) -> impl Iterator<Item = String> {
        let of_repository =
            self.0.iter().filter(move |((of, ..), (_, is_used))| of == repository && !is_used);
        of_repository.map(|((_, file, late, early), _)| format!("{file}: {late} after {early}"))
    }
}

/// JSON rows for `labels.json` with empty `label` and `reason`, and with the line and the entries that help a reader to find
/// the place.
pub(super) fn to_fill_in(unlabelled: &[(String, Lost)]) -> String {
    let rows = unlabelled.iter().map(|(repository, lost)| {
        let entries: BTreeMap<&str, String> = lost
            .shared
            .iter()
            .filter(|shared| shared.has_level)
            .map(|shared| (shared.entry.as_str(), format!("{} + {}", shared.types.0, shared.types.1)))
            .collect();
        json!({
            "repository": repository, "file": lost.file, "line": lost.line, "late": lost.late, "early": lost.early,
            "entries": entries, "label": "", "reason": "",
        })
        .to_string()
    });
    format!("[\n{}\n]\n", rows.collect::<Vec<_>>().join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::Labels;

    #[test]
    fn a_label_has_all_fields_and_occurs_once() {
        let row = |label: &str, reason: &str| {
            format!(
                r#"{{"repository":"a/b","file":"c","late":"d","early":"e","label":"{label}","reason":"{reason}"}}"#
            )
        };
        let read = |rows: &[String]| Labels::parse(&format!("[{}]", rows.join(",")));
        let good = row("miss", "why");
        assert_eq!(read(std::slice::from_ref(&good)).map(|labels| labels.0.len()), Ok(1));
        assert!(read(&[good.clone(), good]).is_err_and(|why| why.starts_with("twice")));
        assert!(read(&[row("miss", "")]).is_err_and(|why| why.starts_with("no `reason`")));
        assert!(read(&[row("hit", "why")]).is_err_and(|why| why.starts_with("no such label")));
    }
}
