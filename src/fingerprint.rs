//! The one hash that results are known by.

use std::fmt;

/// FNV-1a with 64 bits: stable on every machine and in every release, because fingerprints are stored in baselines and in the
/// databases of other tools. It does not protect against deliberate collisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fingerprint {
    /// Hashes more bytes.
    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Self {
        let next = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(bytes.iter().fold(self.0, next))
    }

    /// Hashes a number.
    #[must_use]
    pub fn number(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    /// Hashes a text. Its length is hashed first, so that two texts are never confused with two others.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.number(text.len() as u64).bytes(text.as_bytes())
    }

    /// Hashes another fingerprint.
    #[must_use]
    pub fn part(self, part: Self) -> Self {
        self.number(part.0)
    }
}

/// Sixteen digits, hexadecimal.
impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_fnv_1a_and_never_changes() {
        // The published values of the empty text, of `a` and of `foobar`.
        let of = |text: &str| Fingerprint::default().bytes(text.as_bytes()).to_string();
        assert_eq!(
            [of(""), of("a"), of("foobar")],
            ["cbf29ce484222325", "af63dc4c8601ec8c", "85944171f73967e8"]
        );
    }

    #[test]
    fn where_a_text_ends_counts() {
        let of = |one: &str, other: &str| Fingerprint::default().text(one).text(other);
        assert_ne!(of("ab", "c"), of("a", "bc"));
        assert_ne!(of("", "a"), of("a", ""));
    }
}
