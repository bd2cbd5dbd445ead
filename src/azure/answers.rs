//! Knowledge about errors outside the catalogue: codes that wrap every failure, sentences that stand for a code, names of resource
//! types in the output of tools, and errors that are not races. The build packs the tables of `answers.toml`, and the first error
//! unpacks them: most runs explain none.

use std::sync::LazyLock;

mod table {
    include!(concat!(env!("OUT_DIR"), "/answers.rs"));
}

/// An error that no deployment order can fix, and what to do about it.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Its name.
    pub id: &'static str,
    /// One line.
    pub title: &'static str,
    /// What happened.
    pub what: &'static str,
    /// What to do.
    pub todo: &'static str,
    /// Whether it applies only to an outermost error, which no other error wraps.
    pub outermost: bool,
    /// Whether a catalogue entry for the same error takes precedence.
    pub unless_entry: bool,
    /// Whether it says that two operations met, of which the catalogue knows no race.
    pub conflict: bool,
    /// Whether its forms say so little that any entry with the type takes precedence.
    pub last_resort: bool,
    /// Codes that mean it.
    pub codes: Vec<&'static str>,
    /// Phrases that mean it, in lower case.
    pub texts: Vec<&'static str>,
    /// Forms of words that mean it, if nothing else fits the error.
    pub forms: Vec<&'static str>,
}

/// A text, and what it stands for.
type Pair = (&'static str, &'static str);

/// The unpacked tables. `answers.toml` explains each.
#[derive(Debug, Default)]
struct Tables {
    shared: Vec<&'static str>,
    ambiguous: Vec<&'static str>,
    conflicts: Vec<&'static str>,
    hollow: Vec<&'static str>,
    empty: Vec<&'static str>,
    advice: Vec<&'static str>,
    statuses: Vec<Pair>,
    labels: Vec<Pair>,
    displayed: Vec<Pair>,
    implied: Vec<Pair>,
    terraform: Vec<Pair>,
    words: Vec<Pair>,
    sentences: Vec<Pair>,
    answers: Vec<Answer>,
}

static TEXT: LazyLock<String> =
    LazyLock::new(|| crate::azure::unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/answers.lz4"))));

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables::default();
    for line in TEXT.lines() {
        tables.add(&line.split('\t').collect::<Vec<_>>());
    }
    tables
});

impl Tables {
    /// Adds a row. Codes and phrases belong to the answer before them.
    fn add(&mut self, row: &[&'static str]) {
        match *row {
            ["shared", code] => self.shared.push(code),
            ["ambiguous", code] => self.ambiguous.push(code),
            ["conflict", words] => self.conflicts.push(words),
            ["hollow", code] => self.hollow.push(code),
            ["empty", words] => self.empty.push(words),
            ["advice", words] => self.advice.push(words),
            ["status", from, to] => self.statuses.push((from, to)),
            ["label", from, to] => self.labels.push((from, to)),
            ["displayed", from, to] => self.displayed.push((from, to)),
            ["implied", from, to] => self.implied.push((from, to)),
            ["terraform", from, to] => self.terraform.push((from, to)),
            ["word", from, to] => self.words.push((from, to)),
            ["sentence", text, code] => self.sentences.push((text, code)),
            ["answer", id, title, what, todo, outermost, unless_entry, conflict, last_resort] => {
                self.answers.push(Answer {
                    id,
                    title,
                    what,
                    todo,
                    outermost: !outermost.is_empty(),
                    unless_entry: !unless_entry.is_empty(),
                    conflict: !conflict.is_empty(),
                    last_resort: !last_resort.is_empty(),
                    ..Answer::default()
                });
            }
            ["code", code] => self.answers.last_mut().into_iter().for_each(|last| last.codes.push(code)),
            ["text", text] => self.answers.last_mut().into_iter().for_each(|last| last.texts.push(text)),
            ["form", form] => self.answers.last_mut().into_iter().for_each(|last| last.forms.push(form)),
            _ => {}
        }
    }
}

/// Whether this code wraps failures of every kind.
pub fn is_wrapper(code: &str) -> bool {
    table::WRAPPERS.iter().any(|wrapper| wrapper.eq_ignore_ascii_case(code))
}

/// The code of a status of HTTP such as `409`.
pub fn code_of_status(status: &str) -> Option<&'static str> {
    TABLES.statuses.iter().find(|(known, _)| *known == status).map(|&(_, code)| code)
}

/// Names that Terraform prints for the parts of an id, with the types that they stand for.
pub(super) fn labels() -> &'static [(&'static str, &'static str)] {
    &TABLES.labels
}

/// The names that azd shows for types.
pub(super) fn displayed() -> &'static [(&'static str, &'static str)] {
    &TABLES.displayed
}

/// Phrases that only errors of one type have, with that type.
pub(super) fn implied() -> &'static [(&'static str, &'static str)] {
    &TABLES.implied
}

/// The type of a resource of Terraform, without `azurerm_`, if its name does not follow the type.
pub(super) fn type_of_terraform(name: &str) -> Option<&'static str> {
    TABLES.terraform.iter().find(|(known, _)| *known == name).map(|&(_, ty)| ty)
}

/// The word of the types of a service that people call by this word (lower case), such as `aks`.
pub fn word_of_types(word: &str) -> Option<&'static str> {
    TABLES.words.iter().find(|(known, _)| *known == word).map(|&(_, ty)| ty)
}

/// Whether several services use this code, including some without an entry.
pub(super) fn is_shared(code: &str) -> bool {
    TABLES.shared.iter().any(|shared| shared.eq_ignore_ascii_case(code))
}

/// Whether this code says nothing without a resource, because it also occurs in errors that are not races.
pub fn is_ambiguous(code: &str) -> bool {
    TABLES.ambiguous.iter().any(|known| known.eq_ignore_ascii_case(code))
}

/// Whether this code stands around others if its message says only that something failed.
pub(super) fn is_hollow(code: &str) -> bool {
    TABLES.hollow.iter().any(|hollow| hollow.eq_ignore_ascii_case(code))
}

/// Whether a message (lower case) says only that something failed.
pub(super) fn is_empty(message: &str) -> bool {
    TABLES.empty.iter().any(|words| message.contains(words))
}

/// A message without what says only that something failed.
pub(super) fn without_empty(message: &str) -> String {
    let mut kept = message.to_owned();
    for words in &TABLES.empty {
        while let Some(at) = kept.to_ascii_lowercase().find(words) {
            kept.replace_range(at..at + words.len(), ".");
        }
    }
    kept
}

/// What tools add to errors of their own accord.
pub(super) fn advice() -> &'static [&'static str] {
    &TABLES.advice
}

/// Whether an error (folded) may come from two writers at once, whatever its code.
pub(super) fn may_be_conflict(folded: &str) -> bool {
    TABLES.conflicts.iter().any(|words| folded.contains(words))
}

/// The code for which a (folded) sentence stands, if that is more specific than the error's own code.
pub(super) fn code_of_sentence(folded: &str) -> Option<&'static str> {
    TABLES.sentences.iter().find(|(text, _)| folded.contains(text)).map(|&(_, code)| code)
}

/// All errors that no deployment order can fix.
pub fn answers() -> &'static [Answer] {
    &TABLES.answers
}
