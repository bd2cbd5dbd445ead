//! The sources of built-in entries, unpacked when the first is shown: a run that shows none does not pay for them.

use std::borrow::Cow::Borrowed;
use std::sync::LazyLock;

use super::entry::{Evidence, Sources};

/// All sources of built-in entries, one per line: kind, text, address and date, with tabs between them.
static TEXT: LazyLock<String> =
    LazyLock::new(|| crate::azure::unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/sources.lz4"))));

static ALL: LazyLock<Vec<Evidence>> = LazyLock::new(|| TEXT.lines().filter_map(source).collect());

fn source(line: &'static str) -> Option<Evidence> {
    let mut fields = line.split('\t').map(Borrowed);
    Some(Evidence { kind: fields.next()?, says: fields.next()?, url: fields.next()?, date: fields.next()? })
}

impl Sources {
    /// Returns the sources. The first call for a built-in entry unpacks those of all entries.
    ///
    /// ```
    /// use bicep_race_lint::Catalog;
    ///
    /// let catalog = Catalog::builtin();
    /// let entry = catalog.entry("hub-gateways").unwrap();
    /// assert_eq!(entry.evidence.all().len(), entry.evidence.count());
    /// assert!(entry.evidence.all()[0].url.starts_with("https://"));
    /// ```
    pub fn all(&self) -> &[Evidence] {
        match self {
            Self::Read(all) => all,
            Self::Packed(from, to) => ALL.get(usize::from(*from)..usize::from(*to)).unwrap_or_default(),
        }
    }

    /// Returns the number of sources, without unpacking them.
    pub fn count(&self) -> usize {
        match self {
            Self::Read(all) => all.len(),
            Self::Packed(from, to) => usize::from(to - from),
        }
    }
}
