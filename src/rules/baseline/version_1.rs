//! Goes in the next release: what version 1 of the baseline knew findings by.
//!
//! It was made of words that a message shows too, so it changed with them. It is computed beside the fingerprint of now, so
//! that what a baseline of version 1 accepts is found once more, and can be written down anew.

use crate::fingerprint::Fingerprint;
use crate::rules::finding::Finding;
use crate::small_sort::SmallSort as _;

/// The number of that version.
pub(super) const NUMBER: u32 = 1;

/// What a finding was known by: rule, entry, file, the object's type and shown name, and the symbols. Findings that are alike in
/// what a reader sees first are still told in the order of these.
pub(in crate::rules) fn fingerprint(finding: &Finding, file: &str) -> String {
    let mut symbols: Vec<&str> = finding.participants.iter().map(|writer| writer.symbol.as_str()).collect();
    symbols.small_sort();
    let entry = finding.entry.as_deref().unwrap_or_default();
    let head = [finding.rule.as_str(), entry, file, &finding.object.ty, &finding.object.name];
    let parts = head.into_iter().chain(symbols);
    parts.fold(Fingerprint::default(), |of, part| of.bytes(part.as_bytes()).bytes(&[0])).to_string()
}
