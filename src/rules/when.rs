//! When a finding happens: in words, and the conditions of each pair.

use crate::race::analysis::World;

/// When a finding happens, in words and in parts.
#[derive(Clone, Debug, Default)]
pub struct When {
    /// The conditions of every pair. Ex) `withEr` is true
    pub clauses: Vec<String>,
    /// The further conditions of some pairs; empty if all pairs have the same. Ex) `isProd` is true (`a` and `b`)
    pub options: Vec<String>,
    /// Whether some pair also happens if the conditions do not hold that its witness has.
    pub also_otherwise: bool,
    /// Whether the words tell all ways in which it happens, although the conditions of the witness do not.
    pub is_whole: bool,
}

/// The end of a line whose conditions are sufficient but not necessary.
const ALSO: &str = "; also otherwise";

impl When {
    /// All parts in one line; `None` if it always happens.
    pub fn whole(&self) -> Option<String> {
        let clauses = match self.clauses.as_slice() {
            [] => String::new(),
            [only] => only.clone(),
            [before @ .., last] => format!("{} and {last}", before.join(", ")),
        };
        let options = self.options.join(" or ");
        let also = self.also();
        match (clauses.is_empty(), options.is_empty()) {
            (true, true) => None,
            (false, true) => Some(format!("{clauses}{also}")),
            (true, false) => Some(format!("{options}{also}")),
            (false, false) => Some(format!("{clauses}; and {options}{also}")),
        }
    }

    const fn also(&self) -> &'static str {
        if self.also_otherwise && !self.is_whole { ALSO } else { "" }
    }

    /// The line, shortened to `columns` columns if possible; it says how many parts were left out.
    pub fn within(&self, columns: usize) -> Option<String> {
        let whole = self.whole()?;
        let fits = |text: &str| text.chars().count() <= columns;
        if fits(&whole) {
            return Some(whole);
        }
        let options = if self.options.is_empty() { self.also() } else { "; more depends on the pair" };
        let shorter = (1..=self.clauses.len()).rev().map(|kept| match self.clauses.len() - kept {
            0 => format!("{}{options}", self.clauses.join(" and ")),
            1 => format!("{} and one more condition{options}", self.clauses[..kept].join(", ")),
            more => format!("{} and {more} more conditions{options}", self.clauses[..kept].join(", ")),
        });
        let shorter: Vec<String> = shorter.collect();
        let first = || self.options.first().map(|first| format!("{first}{options}"));
        shorter.iter().find(|text| fits(text)).or(shorter.last()).cloned().or_else(first)
    }
}

/// The conditions under which some pairs of a finding happen.
#[derive(Clone, Debug)]
pub struct PairWitness {
    /// The pairs, as indexes into [`participants`](super::finding::Finding::participants).
    pub pairs: Vec<(usize, usize)>,
    /// The relevant conditions and their values as source text; empty if the pairs always happen.
    pub conditions: Vec<Condition>,
    /// The same as terms of the root, only for comparison with other worlds.
    pub world: World,
    /// Whether one of the pairs also happens if these conditions do not hold.
    pub also_otherwise: bool,
}

/// A condition with its value in a witness.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The expression as source text.
    pub expression: String,
    /// The value as source text.
    pub value: String,
}
