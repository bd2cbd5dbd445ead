//! How long resources typically take to deploy.

/// The table that the build makes of the TOML file.
mod table {
    include!(concat!(env!("OUT_DIR"), "/durations.rs"));
}

/// Typical minutes of a first deployment of this type (full, lower case), where it is slow enough to matter.
pub fn minutes_of(ty: &str) -> Option<u32> {
    let index = table::MINUTES.binary_search_by(|(known, _)| (*known).cmp(ty)).ok()?;
    table::MINUTES.get(index).map(|(_, minutes)| *minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_takes_its_time_and_a_subnet_does_not() {
        assert_eq!(minutes_of("microsoft.network/vpngateways"), Some(30));
        assert_eq!(minutes_of("microsoft.network/virtualnetworks/subnets"), None);
    }
}
