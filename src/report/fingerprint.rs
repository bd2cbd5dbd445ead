//! What tells one result from every other, the same in each run as long as the text around it is the same.

use std::collections::BTreeMap;

use crate::rules::finding::{Diagnostic, Finding, Report};

/// Gives out fingerprints; where several results would have the same, the later ones get their number.
#[derive(Default)]
pub(super) struct Fingerprints {
    seen: BTreeMap<String, u32>,
}

impl Fingerprints {
    /// A finding's fingerprint, and which of those with the same it is, from 1.
    pub(super) fn of_finding(&mut self, finding: &Finding) -> (String, u32) {
        self.next(finding.fingerprint.clone())
    }

    /// A diagnostic's: a hash of rule, file, message, and the line that it is about, not of where the line stands.
    pub(super) fn of_diagnostic(&mut self, report: &Report, diagnostic: &Diagnostic) -> (String, u32) {
        let file = report.sources.file(diagnostic.place.file);
        let line = file.position(diagnostic.place.span.start).line;
        let source = file.line(line).of(&file.text).trim();
        let key = [diagnostic.rule.as_str(), &file.path, &diagnostic.message, source].join("\0");
        // FNV-1a, which never changes.
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        self.next(format!("{hash:016x}"))
    }

    fn next(&mut self, hash: String) -> (String, u32) {
        let count = self.seen.entry(hash.clone()).or_default();
        *count += 1;
        (hash, *count)
    }
}
