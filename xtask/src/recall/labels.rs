//! What was read of removals that are not reported: `tests/recall/labels.json`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde_json::{Value, json};

use super::judge::Lost;

/// Why a removal is not reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The two ends never write one object.
    OtherObject,
    /// They do, and nothing is lost.
    NonRace,
    /// They do, and the tool is silent.
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

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) kind: Kind,
    /// One sentence.
    pub(super) reason: String,
}

/// Repository, file, who waits, and for whom.
type Key = (String, String, String, String);

/// All labels, and whether each was used.
#[derive(Debug, Default)]
pub(super) struct Labels(BTreeMap<Key, (Label, bool)>);

impl Labels {
    /// # Errors
    ///
    /// Where the file is not there, or a label has not all fields.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::of_text(&text).map_err(|why| format!("{}: {why}", path.display()))
    }

    fn of_text(text: &str) -> Result<Self, String> {
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

    /// The label of a removal.
    pub(super) fn of(&mut self, repository: &str, lost: &Lost) -> Option<Label> {
        let Lost { file, late, early, .. } = lost;
        let key = (repository.to_owned(), file.clone(), late.clone(), early.clone());
        let (label, is_used) = self.0.get_mut(&key)?;
        *is_used |= lost.outcome == super::Outcome::Silent;
        Some(label.clone())
    }

    /// The labels of a repository that fit no silent removal.
    pub(super) fn unused(&self, repository: &str) -> impl Iterator<Item = String> {
        let of_repository =
            self.0.iter().filter(move |((of, ..), (_, is_used))| of == repository && !is_used);
        of_repository.map(|((_, file, late, early), _)| format!("{file}: {late} after {early}"))
    }
}

/// Rows without label and reason, as the file has them, with what helps to find them.
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
    fn a_label_has_all_fields_and_stands_once() {
        let row = |label: &str, reason: &str| {
            format!(
                r#"{{"repository":"a/b","file":"c","late":"d","early":"e","label":"{label}","reason":"{reason}"}}"#
            )
        };
        let read = |rows: &[String]| Labels::of_text(&format!("[{}]", rows.join(",")));
        let good = row("miss", "why");
        assert_eq!(read(std::slice::from_ref(&good)).map(|labels| labels.0.len()), Ok(1));
        assert!(read(&[good.clone(), good]).is_err_and(|why| why.starts_with("twice")));
        assert!(read(&[row("miss", "")]).is_err_and(|why| why.starts_with("no `reason`")));
        assert!(read(&[row("hit", "why")]).is_err_and(|why| why.starts_with("no such label")));
    }
}
