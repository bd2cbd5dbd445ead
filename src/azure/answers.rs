//! What is known of errors beside the catalogue: codes that wrap every failure, sentences that stand for a code, and errors that no
//! order cures. The build makes the tables out of `answers.toml`.

mod table {
    use super::Answer;

    include!(concat!(env!("OUT_DIR"), "/answers.rs"));
}

/// What an error is that no order cures, and what to do.
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
    /// Whether it is meant only where nothing is around the error.
    pub outermost: bool,
    /// Whether an entry of the catalogue that knows the error says more.
    pub unless_entry: bool,
    /// What happened.
    pub what: &'static str,
    /// What to do.
    pub todo: &'static str,
}

/// Whether every kind of failure may have this code.
pub fn is_wrapper(code: &str) -> bool {
    table::WRAPPERS.iter().any(|wrapper| wrapper.eq_ignore_ascii_case(code))
}

/// Whether several services have this code, also such that no entry is about.
pub(super) fn is_shared(code: &str) -> bool {
    table::SHARED.iter().any(|shared| shared.eq_ignore_ascii_case(code))
}

/// Whether an error (folded) may come from two writers at once, whatever its code.
pub(super) fn may_be_conflict(folded: &str) -> bool {
    table::CONFLICTS.iter().any(|words| folded.contains(words))
}

/// The code that a sentence (folded) stands for, where its own code says less.
pub(super) fn code_of_sentence(folded: &str) -> Option<&'static str> {
    let found = table::SENTENCES.iter().find(|(_, texts)| texts.iter().any(|text| folded.contains(text)));
    found.map(|&(code, _)| code)
}

/// The answers.
pub(super) const fn answers() -> &'static [Answer] {
    table::ANSWERS
}
