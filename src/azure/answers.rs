//! Knowledge about errors outside the catalogue: codes that wrap every failure, sentences that stand for a code, and
//! errors that are not races. The build generates the tables from `answers.toml`.

mod table {
    use super::Answer;

    include!(concat!(env!("OUT_DIR"), "/answers.rs"));
}

/// An error that no deployment order can fix, and what to do about it.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// Its name.
    pub id: &'static str,
    /// One line.
    pub title: &'static str,
    /// Codes that mean it.
    pub codes: &'static [&'static str],
    /// Phrases that mean it, in lower case.
    pub texts: &'static [&'static str],
    /// Whether it applies only to an outermost error, which no other error wraps.
    pub outermost: bool,
    /// Whether a catalogue entry for the same error takes precedence.
    pub unless_entry: bool,
    /// What happened.
    pub what: &'static str,
    /// What to do.
    pub todo: &'static str,
}

/// Whether this code wraps failures of every kind.
pub fn is_wrapper(code: &str) -> bool {
    table::WRAPPERS.iter().any(|wrapper| wrapper.eq_ignore_ascii_case(code))
}

/// The code of a status of HTTP such as `409`.
pub fn code_of_status(status: &str) -> Option<&'static str> {
    table::STATUSES.iter().find(|(known, _)| *known == status).map(|&(_, code)| code)
}

/// The resource types, in lower case, of the parts of an id that an error (folded) names.
pub(super) fn types_of_labels(folded: &str) -> impl Iterator<Item = String> {
    table::LABELS
        .iter()
        .filter(move |(label, _)| folded.contains(label))
        .map(|(_, ty)| ty.to_ascii_lowercase())
}

/// The word of the types of a service that people call by this word (lower case), such as `aks`.
pub fn word_of_types(word: &str) -> Option<&'static str> {
    table::WORDS.iter().find(|(known, _)| *known == word).map(|&(_, ty)| ty)
}

/// Whether several services use this code, including some without an entry.
pub(super) fn is_shared(code: &str) -> bool {
    table::SHARED.iter().any(|shared| shared.eq_ignore_ascii_case(code))
}

/// Whether this code says nothing without a resource, because it also occurs in errors that are not races.
pub fn is_ambiguous(code: &str) -> bool {
    table::AMBIGUOUS.iter().any(|known| known.eq_ignore_ascii_case(code))
}

/// Whether an error (folded) may come from two writers at once, whatever its code.
pub(super) fn may_be_conflict(folded: &str) -> bool {
    table::CONFLICTS.iter().any(|words| folded.contains(words))
}

/// The code for which a (folded) sentence stands, if that is more specific than the error's own code.
pub(super) fn code_of_sentence(folded: &str) -> Option<&'static str> {
    let found = table::SENTENCES.iter().find(|(_, texts)| texts.iter().any(|text| folded.contains(text)));
    found.map(|&(code, _)| code)
}

/// All errors that no deployment order can fix.
pub const fn answers() -> &'static [Answer] {
    table::ANSWERS
}
