//! Types of which it is known what their writes need and touch.

/// The lists that the build makes of the TOML file.
mod lists {
    include!(concat!(env!("OUT_DIR"), "/plain.rs"));
}

/// What is known of types. They are full and in lower case.
#[derive(Clone, Copy, Debug)]
pub struct Plain {
    /// Whether who does not name such a resource needs nothing of it, and is not disturbed by its write.
    pub is_apart: fn(&str) -> bool,
    /// Whether who names such a resource only reads it.
    pub is_read: fn(&str) -> bool,
    /// Whether its write needs nothing but what it names.
    pub is_alone: fn(&str) -> bool,
    /// Whether it only carries others.
    pub is_carrier: fn(&str) -> bool,
}

impl Plain {
    /// What is built in.
    pub const BUILTIN: Self = Self {
        is_apart: |ty| lists::APART.binary_search(&ty).is_ok(),
        is_read: |ty| lists::READ.binary_search(&ty).is_ok(),
        is_alone: |ty| lists::ALONE.binary_search(&ty).is_ok(),
        is_carrier: |ty| lists::CARRIERS.binary_search(&ty).is_ok(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_alone_stands_apart() {
        assert!(lists::ALONE.iter().all(|ty| (Plain::BUILTIN.is_apart)(ty)));
        assert!((Plain::BUILTIN.is_read)("microsoft.managedidentity/userassignedidentities"));
        assert!(!(Plain::BUILTIN.is_apart)("microsoft.authorization/roleassignments"));
    }
}
