//! Bounds that the declaration of a parameter puts on its value, besides its type.

use super::{ExprId, ParameterType};

/// Bounds of a number or a length, and facts about properties. Azure refuses any other value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The smallest number, from `@minValue(1)`.
    pub least: Option<i64>,
    /// The largest number.
    pub most: Option<i64>,
    /// The smallest length of a text or list, from `@minLength(1)`.
    pub least_length: Option<i64>,
    /// The largest length.
    pub most_length: Option<i64>,
    /// Properties with known bounds.
    pub properties: Vec<PropertyBounds>,
    /// Objects with no other properties than the listed ones, from `@sealed() type hub = { name: string }`.
    pub sealed: Vec<Sealed>,
}

/// An object without other properties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The names on the path to it.
    pub path: Vec<Box<str>>,
    /// The names of its properties.
    pub names: Vec<Box<str>>,
}

/// A property with few values, or of a known type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyBounds {
    /// The names on the path to it.
    pub path: Vec<Box<str>>,
    /// Its possible values; empty if it may have any.
    pub allowed: Vec<ExprId>,
    /// Its type, `null` aside.
    pub ty: ParameterType,
    /// Whether it, or an object that contains it, may be left out.
    pub may_be_missing: bool,
}

impl Bounds {
    /// Adds the bounds of `other` that are not set yet.
    pub fn or(&mut self, other: Self) {
        self.least = self.least.or(other.least);
        self.most = self.most.or(other.most);
        self.least_length = self.least_length.or(other.least_length);
        self.most_length = self.most_length.or(other.most_length);
        self.properties.extend(other.properties);
        self.sealed.extend(other.sealed);
    }

    /// The bounds, unless there are none.
    pub fn if_any(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}
