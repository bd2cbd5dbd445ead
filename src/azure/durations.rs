//! Typical deployment times of resources.

use std::fmt;

/// The table that the build generates from the TOML file.
mod table {
    include!(concat!(env!("OUT_DIR"), "/durations.rs"));
}

/// A deployment time in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Typical {
    /// The usual time, which schedules use.
    pub likely: u32,
    /// The shortest known time.
    pub low: u32,
    /// The longest known time.
    pub high: u32,
}

impl Typical {
    /// A time without a known range.
    pub const fn of(minutes: u32) -> Self {
        Self { likely: minutes, low: minutes, high: minutes }
    }

    /// Whether a range is known.
    pub const fn is_range(self) -> bool {
        self.low < self.high
    }
}

/// The notation of the configuration.
impl fmt::Display for Typical {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { likely, low, high } = self;
        if !self.is_range() {
            return write!(out, "{likely}");
        }
        write!(out, "{{ likely = {likely}, low = {low}, high = {high} }}")
    }
}

/// The typical time for a first deployment of this type (full, lower case), if it is long enough to matter.
pub fn minutes_of(ty: &str) -> Option<Typical> {
    let index = table::MINUTES.binary_search_by(|(known, ..)| (*known).cmp(ty)).ok()?;
    let &(_, likely, low, high) = table::MINUTES.get(index)?;
    Some(Typical { likely, low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_has_a_duration_and_a_subnet_has_none() {
        assert_eq!(
            minutes_of("microsoft.network/vpngateways"),
            Some(Typical { likely: 30, low: 20, high: 40 })
        );
        assert_eq!(minutes_of("microsoft.network/virtualnetworks/subnets"), None);
    }

    #[test]
    fn the_likely_time_lies_in_its_range() {
        assert!(table::MINUTES.iter().all(|&(_, likely, low, high)| low <= likely && likely <= high));
    }
}
