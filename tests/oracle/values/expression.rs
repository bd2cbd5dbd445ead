//! Expressions and their values: an evaluator that is independent of the tool's and knows only these forms.

use std::collections::{BTreeMap, BTreeSet};

/// An expression in printable form.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    Null,
    Truth(bool),
    Text(&'static str),
    /// A parameter, the element of the enclosing loop, or the argument of a lambda.
    Name(&'static str),
    List(Vec<Expr>),
    Object(Vec<(&'static str, Expr)>),
    /// `value.member`
    Member(Box<Expr>, &'static str),
    /// `value.?member`
    Safe(Box<Expr>, &'static str),
    /// `one ?? other`
    Or(Box<Expr>, Box<Expr>),
    /// `condition ? one : other`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Equal(Box<Expr>, Box<Expr>),
    Concat(Vec<Expr>),
    /// `filter(list, e => test)`
    Filter(Box<Expr>, Box<Expr>),
    /// `map(list, e => value)`
    Map(Box<Expr>, Box<Expr>),
    /// `[for e in list: value]`
    Each(Box<Expr>, Box<Expr>),
    /// `{ a: one, b: other }[key]`
    Lookup(Vec<(&'static str, Expr)>, Box<Expr>),
    /// The id of a hub in the same resource group, by its name.
    HubId(Box<Expr>),
    /// The same by the symbol of an `existing` declaration; an index into [`KNOWN`].
    Known(usize),
    /// The complete id of a hub as a literal.
    LongId(&'static str),
    /// The id of a subnet by the name of its network.
    SubnetId(Box<Expr>),
}

/// The hubs that every template declares as `existing`.
pub(crate) const KNOWN: [&str; 2] = ["hub1", "hub2"];
/// The argument of lambdas.
pub(crate) const ARGUMENT: &str = "e";

/// The value of an expression in one world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Truth(bool),
    Text(String),
    List(Vec<Value>),
    Object(BTreeMap<&'static str, Value>),
}

/// The values of parameters, elements and arguments.
pub(crate) type Names = BTreeMap<&'static str, Value>;

pub(crate) fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

impl Value {
    pub(crate) fn is_true(&self) -> bool {
        matches!(self, Self::Truth(true))
    }

    /// The elements; the generator uses it only for lists.
    pub(crate) fn list(self) -> Vec<Self> {
        match self {
            Self::List(values) => values,
            other => panic!("no list: {other:?}"),
        }
    }

    pub(crate) fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            other => panic!("no text: {other:?}"),
        }
    }

    fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(name),
            other => panic!("no object: {other:?}"),
        }
    }
}

impl Expr {
    pub(crate) fn value(&self, names: &Names) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Truth(value) => Value::Truth(*value),
            Self::Text(value) => text(*value),
            Self::Name(name) => names[name].clone(),
            Self::List(values) => Value::List(values.iter().map(|value| value.value(names)).collect()),
            Self::Object(members) => {
                Value::Object(members.iter().map(|(name, value)| (*name, value.value(names))).collect())
            }
            Self::Member(of, name) => of.value(names).member(name).cloned().expect("the member is there"),
            Self::Safe(of, name) => of.value(names).member(name).cloned().unwrap_or(Value::Null),
            Self::Or(one, other) => match one.value(names) {
                Value::Null => other.value(names),
                value => value,
            },
            Self::If(condition, one, other) => {
                if condition.value(names).is_true() {
                    one.value(names)
                } else {
                    other.value(names)
                }
            }
            Self::Not(value) => Value::Truth(!value.value(names).is_true()),
            Self::Equal(one, other) => Value::Truth(one.value(names) == other.value(names)),
            Self::Concat(lists) => {
                Value::List(lists.iter().flat_map(|list| list.value(names).list()).collect())
            }
            Self::Filter(list, test) => {
                let mut values = list.value(names).list();
                values.retain(|value| test.value(&with(names, ARGUMENT, value.clone())).is_true());
                Value::List(values)
            }
            Self::Map(list, value) | Self::Each(list, value) => {
                let one = |element| value.value(&with(names, ARGUMENT, element));
                Value::List(list.value(names).list().into_iter().map(one).collect())
            }
            Self::Lookup(table, key) => {
                let key = key.value(names).text();
                let found = table.iter().find(|(name, _)| *name == key).expect("the key is in the table");
                found.1.value(names)
            }
            Self::HubId(name) => text(format!("hub {}", name.value(names).text())),
            Self::Known(at) => text(format!("hub {}", KNOWN[*at])),
            Self::LongId(name) => text(format!("hub elsewhere {name}")),
            Self::SubnetId(name) => text(format!("net {}{SUBNET}", name.value(names).text())),
        }
    }

    /// Collects all names in the expression.
    pub(crate) fn names(&self, found: &mut BTreeSet<&'static str>) {
        match self {
            Self::Null | Self::Truth(_) | Self::Text(_) | Self::Known(_) | Self::LongId(_) => {}
            Self::Name(name) => _ = found.insert(name),
            Self::List(values) | Self::Concat(values) => {
                for value in values {
                    value.names(found);
                }
            }
            Self::Object(members) => {
                for (_, value) in members {
                    value.names(found);
                }
            }
            Self::Lookup(table, key) => {
                for (_, value) in table {
                    value.names(found);
                }
                key.names(found);
            }
            Self::Member(value, _)
            | Self::Safe(value, _)
            | Self::Not(value)
            | Self::HubId(value)
            | Self::SubnetId(value) => value.names(found),
            Self::Or(one, other)
            | Self::Equal(one, other)
            | Self::Filter(one, other)
            | Self::Map(one, other)
            | Self::Each(one, other) => {
                one.names(found);
                other.names(found);
            }
            Self::If(condition, one, other) => {
                for part in [condition, one, other] {
                    part.names(found);
                }
            }
        }
    }
}

/// The suffix of a subnet's id after that of its network.
pub(crate) const SUBNET: &str = "/inside";

/// The names with one addition.
pub(crate) fn with(names: &Names, name: &'static str, value: Value) -> Names {
    let mut names = names.clone();
    names.insert(name, value);
    names
}
