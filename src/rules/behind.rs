//! What stands behind a finding: the lighter races of its pairs. They are named in the finding, and are findings of their own if
//! something silences the heavier one and not them.

use super::finding::{Finding, Level, RuleId, SharedObject};
use super::races;
use crate::small_sort::SmallSort as _;

/// Maximum number of objects that a message names.
const MAX_NAMED: usize = 2;

/// An object that the pairs of a finding share under another id.
#[derive(Clone, Debug)]
pub struct AlsoShared {
    /// The rule of that race.
    pub rule: RuleId,
    /// Its catalogue entry, if it has one.
    pub entry: Option<String>,
    /// The object.
    pub object: SharedObject,
    /// The level of that race, before any configuration.
    level: Level,
}

impl AlsoShared {
    /// The id for setting levels and for suppressions.
    pub fn id(&self) -> &str {
        self.entry.as_deref().unwrap_or(self.rule.as_str())
    }
}

impl Finding {
    /// The finding and everything that stands behind it.
    pub(crate) fn with_behind(&self) -> Vec<&Self> {
        let mut all = vec![self];
        let mut at = 0;
        while let Some(finding) = all.get(at).copied() {
            all.extend(&finding.behind);
            at += 1;
        }
        all
    }

    /// Puts findings behind this one, and names them.
    pub(super) fn stand_before(&mut self, behind: Vec<Self>) {
        self.behind = behind;
        let mut shared: Vec<AlsoShared> = Vec::new();
        for other in &self.with_behind()[1..] {
            let is_known = |known: &AlsoShared| {
                (known.id(), &known.object.ty, &known.object.name)
                    == (other.id(), &other.object.ty, &other.object.name)
            };
            if other.id() == self.id() || shared.iter().any(is_known) {
                continue;
            }
            let Self { rule, level, .. } = **other;
            shared.push(AlsoShared { rule, level, entry: other.entry.clone(), object: other.object.clone() });
        }
        shared.small_sort_by(|one, other| {
            (other.level, one.id(), &one.object.name).cmp(&(one.level, other.id(), &other.object.name))
        });
        self.also_shared = shared;
        if let Some(told) = self.told_behind() {
            self.explanation.push_str(&format!("; {told}"));
        }
    }

    /// Other objects only: a lighter entry about the same object says nothing new.
    /// Ex) the pair also shares virtual network `net` (`vnet-subnets`)
    fn told_behind(&self) -> Option<String> {
        let own = (&self.object.ty, &self.object.name);
        let others: Vec<&AlsoShared> =
            self.also_shared.iter().filter(|other| (&other.object.ty, &other.object.name) != own).collect();
        let named = others.iter().take(MAX_NAMED);
        let named: Vec<String> =
            named.map(|other| format!("{} (`{}`)", races::named(&other.object), other.id())).collect();
        let who = match (self.participants.len(), self.pairs.len()) {
            (1, _) => "its instances also share",
            (_, ..=1) => "the pair also shares",
            _ => "some of these pairs also share",
        };
        match (named.as_slice(), others.len() - named.len()) {
            ([], _) => None,
            (named, 0) => Some(format!("{who} {}", named.join(" and "))),
            (named, more) => Some(format!("{who} {} and {more} more", named.join(", "))),
        }
    }
}
