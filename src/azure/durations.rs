//! How long resources typically take to deploy.

use std::fmt;

/// The table that the build makes of the TOML file.
mod table {
    include!(concat!(env!("OUT_DIR"), "/durations.rs"));
}

/// How many minutes something takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Typical {
    /// As a rule: what a schedule counts with.
    pub likely: u32,
    /// The least that is known of.
    pub low: u32,
    /// The most that is known of.
    pub high: u32,
}

impl Typical {
    /// So many minutes, of which no range is known.
    pub const fn of(minutes: u32) -> Self {
        Self { likely: minutes, low: minutes, high: minutes }
    }

    /// Whether a range is known.
    pub const fn is_range(self) -> bool {
        self.low < self.high
    }
}

/// As a configuration has it.
impl fmt::Display for Typical {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { likely, low, high } = self;
        if !self.is_range() {
            return write!(out, "{likely}");
        }
        write!(out, "{{ likely = {likely}, low = {low}, high = {high} }}")
    }
}

/// Typical minutes of a first deployment of this type (full, lower case), where it is slow enough to matter.
pub fn minutes_of(ty: &str) -> Option<Typical> {
    let index = table::MINUTES.binary_search_by(|(known, ..)| (*known).cmp(ty)).ok()?;
    let &(_, likely, low, high) = table::MINUTES.get(index)?;
    Some(Typical { likely, low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_takes_its_time_and_a_subnet_does_not() {
        assert_eq!(
            minutes_of("microsoft.network/vpngateways"),
            Some(Typical { likely: 30, low: 20, high: 40 })
        );
        assert_eq!(minutes_of("microsoft.network/virtualnetworks/subnets"), None);
    }

    #[test]
    fn what_is_likely_lies_in_its_range() {
        assert!(table::MINUTES.iter().all(|&(_, likely, low, high)| low <= likely && likely <= high));
    }
}
