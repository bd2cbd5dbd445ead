//! To be removed in the next release: the fingerprints in version 1 of the baseline.
//!
//! They were made of words that messages also show, so they changed with them. They are computed in addition to today's
//! fingerprints, so that the findings that a baseline of version 1 accepts are recognized once more and can be written
//! in the new form.

use crate::fingerprint::Fingerprint;
use crate::rules::finding::Finding;
use crate::small_sort::SmallSort as _;

/// The number of that version.
pub(super) const NUMBER: u32 = 1;

/// The fingerprint of a finding in version 1, from rule, entry, file, the object's type and shown name, and the
/// symbols. It still decides the order of findings that look alike to a reader.
pub(in crate::rules) fn fingerprint(finding: &Finding, file: &str) -> String {
    let mut symbols: Vec<&str> = finding.participants.iter().map(|writer| writer.symbol.as_str()).collect();
    symbols.small_sort();
    let entry = finding.entry.as_deref().unwrap_or_default();
    let head = [finding.rule.as_str(), entry, file, &finding.object.ty, &finding.object.name];
    let parts = head.into_iter().chain(symbols);
    parts.fold(Fingerprint::default(), |of, part| of.bytes(part.as_bytes()).bytes(&[0])).to_string()
}
