//! When a finding happens: in words, and the conditions of each pair.

use crate::race::analysis::World;
use crate::small_sort::SmallSort as _;

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

    /// The line, shortened to `columns` columns if possible; it says how many parts were left out. What says most stays.
    pub fn within(&self, columns: usize) -> Option<String> {
        let whole = self.whole()?;
        let fits = |text: &str| text.chars().count() <= columns;
        if fits(&whole) {
            return Some(whole);
        }
        let options = match (self.options.as_slice(), self.clauses.is_empty()) {
            ([], _) | ([_], true) => self.also(),
            _ => "; more depends on the pair",
        };
        let shorter = (1..=self.clauses.len()).rev().map(|count| match self.clauses.len() - count {
            0 => format!("{}{options}", self.clauses.join(" and ")),
            1 => format!("{} and one more condition{options}", self.telling(count).join(", ")),
            more => format!("{} and {more} more conditions{options}", self.telling(count).join(", ")),
        });
        let shorter: Vec<String> = shorter.collect();
        let first = || self.options.first().map(|first| format!("{first}{options}"));
        shorter.iter().find(|text| fits(text)).or(shorter.last()).cloned().or_else(first)
    }

    /// The `count` clauses that say most, in their order. Ex) that a list has two elements says more than that a switch is on
    fn telling(&self, count: usize) -> Vec<&str> {
        let rank = |clause: &str| match clause {
            counted if counted.contains(" more than one element") || counted.ends_with(" elements") => 0,
            switch if switch.ends_with(" is true") || switch.ends_with(" is false") => 3,
            given if given.ends_with(" is not empty") || given.ends_with(" is empty") => 2,
            _ => 1,
        };
        let mut best: Vec<usize> = (0..self.clauses.len()).collect();
        best.small_sort_by_key(|&at| rank(&self.clauses[at]));
        best.truncate(count);
        best.small_sort();
        best.into_iter().map(|at| self.clauses[at].as_str()).collect()
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

#[cfg(test)]
mod tests {
    use super::When;

    fn when(clauses: &[&str], options: &[&str]) -> When {
        let owned = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
        When { clauses: owned(clauses), options: owned(options), ..When::default() }
    }

    #[test]
    fn a_short_line_has_the_conditions_that_say_most() {
        let all = when(
            &[
                "`stage` is true",
                "`rules` is not empty",
                "`accounts` has more than one element",
                "`kind` is `'a'`",
            ],
            &[],
        );
        let rows = [
            (40, "`accounts` has more than one element and 3 more conditions"),
            (80, "`accounts` has more than one element, `kind` is `'a'` and 2 more conditions"),
            (
                200,
                "`stage` is true, `rules` is not empty, `accounts` has more than one element and `kind` is `'a'`",
            ),
        ];
        for (columns, expected) in rows {
            assert_eq!(all.within(columns).as_deref(), Some(expected));
        }
    }

    #[test]
    fn more_depends_on_the_pair_only_if_pairs_differ() {
        let (one, two) = ("two of `a`, `b` and `c` are true", "`d` is true (`x` and `y`)");
        assert_eq!(when(&[], &[one]).within(10).as_deref(), Some(one));
        let told = format!("{one}; more depends on the pair");
        assert_eq!(when(&[], &[one, two]).within(10), Some(told));
        let told = "`e` is true; more depends on the pair";
        assert_eq!(when(&["`e` is true"], &[one]).within(20).as_deref(), Some(told));
    }
}
