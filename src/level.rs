//! How much a finding matters: the one scale of catalogue, rules and reports.

/// How much a finding matters. Ordered: a note is least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Likely to fail at times.
    Warning,
    /// Fails at random, with evidence.
    Error,
}
