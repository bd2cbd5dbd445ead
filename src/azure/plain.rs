//! Facts about resource types whose writes are known to need, or to affect, no other resources.

/// The lists that the build script generates from `plain.toml`.
mod lists {
    include!(concat!(env!("OUT_DIR"), "/plain.rs"));
}

/// Facts about resource types. The functions take full type names in lower case.
#[derive(Clone, Copy, Debug)]
pub struct Plain {
    /// Whether a resource that names no resource of this type neither needs one nor is affected by its write.
    pub is_apart: fn(&str) -> bool,
    /// Whether a resource that names one of this type only reads it.
    pub is_read: fn(&str) -> bool,
    /// Whether its write needs only the resources that it names.
    pub is_alone: fn(&str) -> bool,
    /// Whether it is only a container of other resources.
    pub is_carrier: fn(&str) -> bool,
}

impl Plain {
    /// The facts that are built into the tool.
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
    fn every_alone_type_is_also_apart() {
        assert!(lists::ALONE.iter().all(|ty| (Plain::BUILTIN.is_apart)(ty)));
        assert!((Plain::BUILTIN.is_read)("microsoft.managedidentity/userassignedidentities"));
        assert!(!(Plain::BUILTIN.is_apart)("microsoft.authorization/roleassignments"));
    }
}
