//! Functions on IP address ranges. Addresses of both families are stored in 128 bits.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::eval::term::{Name, Term};
use crate::eval::terms::Terms;

/// A range in CIDR notation, such as `10.0.0.0/16`: its first address, and the number of fixed leading bits.
struct Range {
    /// The first address; the bits after the fixed ones are 0.
    first: u128,
    fixed: u32,
    /// Number of bits of an address: 32 or 128.
    width: u32,
}

impl Range {
    fn read(text: &str) -> Option<Self> {
        let (address, fixed) = text.split_once('/')?;
        if fixed.is_empty() || !fixed.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (address, width) = match address.parse().ok()? {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let fixed = fixed.parse().ok().filter(|&fixed| fixed <= width)?;
        Some(Self { first: address & mask(fixed, width), fixed, width })
    }

    fn last(&self) -> u128 {
        self.first | !mask(self.fixed, self.width) & mask(self.width, self.width)
    }

    fn address(&self, address: u128) -> String {
        if self.width == 32 {
            Ipv4Addr::from(address as u32).to_string()
        } else {
            Ipv6Addr::from(address).to_string()
        }
    }

    /// The first and the last address for a host; `None` for a range that has none: the engine's result for it is not
    /// documented.
    fn usable(&self) -> Option<(u128, u128)> {
        match (self.width, self.fixed) {
            (32, ..=30) => Some((self.first + 1, self.last() - 1)),
            (32, _) => None,
            _ => Some((self.first, self.last())),
        }
    }
}

/// A mask for addresses of `width` bits, with the `fixed` leading bits set.
fn mask(fixed: u32, width: u32) -> u128 {
    let all = u128::MAX >> (128 - width);
    all & !all.checked_shr(fixed).unwrap_or(0)
}

fn range(terms: &Terms, arguments: &[Term]) -> Option<Range> {
    Range::read(terms.known_text(*arguments.first()?)?)
}

pub(super) fn parse_cidr(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let range = range(terms, arguments)?;
    let (first, last) = range.usable()?;
    let netmask = range.address(mask(range.fixed, range.width));
    let mut texts = vec![
        ("network", range.address(range.first)),
        ("netmask", netmask),
        ("firstUsable", range.address(first)),
        ("lastUsable", range.address(last)),
    ];
    if range.width == 32 {
        texts.push(("broadcast", range.address(range.last())));
    }
    let mut properties: Vec<(Name, Term)> = Vec::new();
    for (name, text) in texts {
        properties.push((terms.intern(name), terms.text(&text)));
    }
    properties.push((terms.intern("cidr"), terms.int(i64::from(range.fixed))));
    Some(terms.object(&properties))
}

/// `cidrSubnet(network, fixed bits, index)`
pub(super) fn cidr_subnet(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let mut range = range(terms, arguments)?;
    let fixed = u32::try_from(terms.known_int(*arguments.get(1)?)?).ok()?;
    let index = u128::try_from(terms.known_int(*arguments.get(2)?)?).ok()?;
    let more = fixed.checked_sub(range.fixed).filter(|_| fixed <= range.width)?;
    if index.checked_shr(more).is_some_and(|beyond| beyond > 0) {
        return None;
    }
    range.first |= index.checked_shl(range.width - fixed).unwrap_or(0);
    let text = format!("{}/{fixed}", range.address(range.first));
    Some(terms.text(&text))
}

/// `cidrHost(network, index)`: index 0 is the first address for a host. Not evaluated for IPv6, for which that address
/// is not documented.
pub(super) fn cidr_host(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let range = range(terms, arguments).filter(|range| range.width == 32)?;
    let index = u128::try_from(terms.known_int(*arguments.get(1)?)?).ok()?;
    let (first, last) = range.usable()?;
    let host = first.checked_add(index).filter(|&host| host <= last)?;
    let text = range.address(host);
    Some(terms.text(&text))
}

#[cfg(test)]
mod tests {
    use super::{Range, mask};

    #[test]
    fn a_mask_has_the_given_number_of_leading_bits() {
        assert_eq!(mask(0, 32), 0);
        assert_eq!(mask(24, 32), 0xffff_ff00);
        assert_eq!(mask(32, 32), 0xffff_ffff);
        assert_eq!(mask(0, 128), 0);
        assert_eq!(mask(128, 128), u128::MAX);
    }

    #[test]
    fn text_that_is_not_a_range_gives_none() {
        for text in ["", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.0/+8"] {
            assert!(Range::read(text).is_none(), "{text}");
        }
    }
}
