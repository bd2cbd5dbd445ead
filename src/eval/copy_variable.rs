//! Copy variables: what stands for the index of a copy loop where it is not known, and which loop, and which of its instances, that
//! is. Two terms about the same variable are about the same instance, so each question that is asked about instances has variables
//! of its own.
//!
//! ```bicep
//! resource gw 'Microsoft.Network/vpnGateways@2024-05-01' = [for i in range(0, count): {
//!   name: 'gw-${i}'                                            // Loop(0)
//!   properties: { virtualHub: { id: hubs[i].id } }
//! }]
//! ```
//!
//! Two of these gateways overlap if, for some `Own` and some `Other` below `count`, `hubs[Own].id == hubs[Other].id` and `Own` is not
//! `Other`. A module that holds them has them, in the terms of its caller, for some `Inner(0)`.

/// The index of a copy loop that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CopyVariable {
    /// In a template's own terms: the loop at this depth above the declaration that is looked at, 0 being its own. In the object of an
    /// effect: the loops that the object depends on, numbered as they occur in it.
    Loop(u16),
    /// A loop of a callee's effect, by its number there, in terms of the caller.
    Inner(u16),
    /// The loop of a module call, in terms of its callee.
    OfCall,
    /// The instance of an effect whose object does not depend on the index, and the first of a pair of such.
    Own,
    /// The second instance of a pair.
    Other,
    /// Whatever index is asked for.
    Any,
    /// An instance on the way from one end of a pair to the other.
    Between,
    /// An instance in a batch before that one.
    Before,
}

// There is one in every term that is an index: it must not make terms larger.
const _: () = assert!(size_of::<CopyVariable>() == 4);

impl CopyVariable {
    /// The loop of the declaration itself.
    pub const OF_NODE: Self = Self::Loop(0);

    /// The loop of this number. There are never more of them than terms are deep.
    pub fn numbered(number: usize) -> Self {
        Self::Loop(u16::try_from(number).unwrap_or(u16::MAX))
    }

    /// The loop of this number, of a callee.
    pub fn inner(number: usize) -> Self {
        Self::Inner(u16::try_from(number).unwrap_or(u16::MAX))
    }

    /// The number of a callee's loop.
    pub const fn as_inner(self) -> Option<u16> {
        if let Self::Inner(number) = self { Some(number) } else { None }
    }

    /// A number that no other variable has.
    pub fn number(self) -> i64 {
        match self {
            Self::Loop(depth) => i64::from(depth),
            Self::Inner(number) => 100 + i64::from(number),
            Self::OfCall => 800,
            Self::Own => 900,
            Self::Other => 901,
            Self::Any => 902,
            Self::Between => 903,
            Self::Before => 904,
        }
    }

    /// The letter of an index in a message.
    pub fn letter(self) -> char {
        match self {
            Self::Loop(depth) => char::from(b'i' + depth.min(9) as u8),
            _ => 'r',
        }
    }
}
