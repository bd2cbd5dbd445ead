//! Copy variables stand for unknown indexes of copy loops. A variable says which loop it belongs to, and which instance of it. Two
//! terms with the same variable are about the same instance, so each kind of question about instances has variables of its own.
//!
//! ```bicep
//! resource gw 'Microsoft.Network/vpnGateways@2024-05-01' = [for i in range(0, count): {
//!   name: 'gw-${i}'                                            // Loop(0)
//!   properties: { virtualHub: { id: hubs[i].id } }
//! }]
//! ```
//!
//! Two of these gateways overlap if `hubs[Own].id == hubs[Other].id` for two different indexes `Own` and `Other` below `count`. If they
//! are inside a module, its caller has them for some `Inner(0)`.

/// An unknown index of a copy loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CopyVariable {
    /// In the terms of a template: the loop at this depth above the current declaration, 0 for its own loop. In the object of an effect:
    /// the loops that the object depends on, numbered in order of occurrence.
    Loop(u16),
    /// A loop of a callee's effect, by its number in the callee, in terms of the caller.
    Inner(u16),
    /// The loop of a module call, in terms of its callee.
    OfCall,
    /// The instance of an effect whose object does not depend on the index; in a pair, the first instance.
    Own,
    /// The second instance of a pair.
    Other,
    /// Any index that is compared with the indexes of a loop.
    Any,
    /// An instance on the path between the two ends of a pair.
    Between,
    /// An instance in a batch before that one.
    Before,
}

// Every term that is an index contains one, so it must stay small.
const _: () = assert!(size_of::<CopyVariable>() == 4);

impl CopyVariable {
    /// The loop of the declaration itself.
    pub const OF_NODE: Self = Self::Loop(0);

    /// The loop with this number. Numbers stay small, because the depth of terms is limited.
    pub fn numbered(number: usize) -> Self {
        Self::Loop(u16::try_from(number).unwrap_or(u16::MAX))
    }

    /// The loop of a callee with this number.
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
