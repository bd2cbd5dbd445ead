//! Properties of objects and elements of lists.

use super::functions::Function;
use super::id;
use super::store::Store;
use super::term::{Name, Seq, Term, Value};
use super::terms::{Operation, Terms};

impl Store {
    /// The property of an object of known keys.
    fn property(&self, seq: Seq, key: Name) -> Term {
        let pairs = self.seq(seq).chunks_exact(2);
        if let Some(pair) = pairs.clone().find(|pair| self.get(pair[0]) == Value::Text(key)) {
            return pair[1];
        }
        let name = self.name(key);
        let mut pairs = pairs;
        let alike =
            pairs.find(|pair| self.known_text(pair[0]).is_some_and(|known| known.eq_ignore_ascii_case(name)));
        alike.map_or(self.null(), |pair| pair[1])
    }

    /// Whether an object has a property, where that is known.
    pub(super) fn holds_property(&self, object: Term, name: &str) -> Option<bool> {
        match self.get(object) {
            Value::Null => Some(false),
            Value::Object(seq) => {
                let mut keys = self.seq(seq).iter().step_by(2);
                Some(keys.any(|&key| self.known_text(key).is_some_and(|key| key.eq_ignore_ascii_case(name))))
            }
            _ => None,
        }
    }
}

impl Terms {
    /// `base.name`. Azure finds properties whatever their case, the exact one first.
    pub fn member(&mut self, base: Term, name: &str) -> Term {
        let key = self.intern(name);
        self.member_named(base, key)
    }

    /// The same for a name that is interned.
    pub(super) fn member_named(&mut self, base: Term, key: Name) -> Term {
        match self.get(base) {
            Value::Object(seq) => self.property(seq, key),
            Value::Null => base,
            Value::If(condition, yes, no) => self.once(Operation::Member(base, key), |terms| {
                let (yes, no) = (terms.member_named(yes, key), terms.member_named(no, key));
                terms.if_(condition, yes, no)
            }),
            // Ex) (config.?network ?? {}).?hub
            Value::Coalesce(left, right) => self.once(Operation::Member(base, key), |terms| {
                let name = terms.name(key).to_owned();
                member_of_either(terms, base, left, right, &name)
            }),
            Value::Call(Function::Merged, seq) => self.once(Operation::Member(base, key), |terms| {
                let (name, parts) = (terms.name(key).to_owned(), terms.seq(seq).to_vec());
                member_of_merged(terms, base, &parts, &name)
            }),
            Value::Call(Function::Union, seq) => self.once(Operation::Member(base, key), |terms| {
                let (name, parts) = (terms.name(key).to_owned(), terms.seq(seq).to_vec());
                member_of_union(terms, base, &parts, &name)
            }),
            _ => id::member(self, base, key).unwrap_or_else(|| self.make(Value::Member(base, key))),
        }
    }

    /// `base.name`, where the case of property names does not matter.
    pub fn member_ignoring_case(&mut self, base: Term, name: &str) -> Term {
        let written = self.properties(base).and_then(|known| {
            known
                .into_iter()
                .find(|(key, _)| self.name(*key).eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        });
        written.unwrap_or_else(|| self.member(base, name))
    }

    /// `base[index]`
    pub fn index(&mut self, base: Term, index: Term) -> Term {
        match (self.get(base), self.get(index)) {
            (_, Value::Text(name)) => self.member_named(base, name),
            (Value::Array(seq), Value::Int(at)) => {
                let found = usize::try_from(at).ok().and_then(|at| self.seq(seq).get(at).copied());
                found.unwrap_or_else(|| self.make(Value::Null))
            }
            // An index that is not known is one of the list: outside of it Azure refuses the template.
            (Value::Array(seq), _) if self.seq(seq).len() <= 1 => {
                let only = self.seq(seq).first().copied();
                only.unwrap_or_else(|| self.make(Value::Null))
            }
            (Value::Sequence { element, level, .. }, _) => self.replace_bound(element, level, index),
            (Value::If(condition, yes, no), _) => self.once(Operation::Index(base, index), |terms| {
                let (yes, no) = (terms.index(yes, index), terms.index(no, index));
                terms.if_(condition, yes, no)
            }),
            (Value::Null, _) => base,
            _ => self.make(Value::Index(base, index)),
        }
    }

    /// `base[?index]`: an element of a list of unknown length is there only if the list is that long.
    pub fn index_safely(&mut self, base: Term, index: Term) -> Term {
        match self.get(base) {
            Value::Array(seq) if self.seq(seq).len() == 1 && !self.is_literal(index) => {
                self.make(Value::Index(base, index))
            }
            Value::Sequence { length, .. } => {
                let value = self.index(base, index);
                let is_there = self.call(Function::More, &[length, index]);
                let null = self.null();
                self.if_(is_there, value, null)
            }
            Value::If(condition, yes, no) => self.once(Operation::IndexSafely(base, index), |terms| {
                let (yes, no) = (terms.index_safely(yes, index), terms.index_safely(no, index));
                terms.if_(condition, yes, no)
            }),
            _ => self.index(base, index),
        }
    }
}

/// `(left ?? right).name`: told apart where the right one has no such property either.
fn member_of_either(terms: &mut Terms, base: Term, left: Term, right: Term, name: &str) -> Term {
    let of_right = terms.member(right, name);
    if terms.get(of_right) == Value::Null {
        return terms.member(left, name);
    }
    let name = terms.intern(name);
    terms.make(Value::Member(base, name))
}

/// The property of objects that are joined, the last first.
fn member_of_merged(terms: &mut Terms, base: Term, parts: &[Term], name: &str) -> Term {
    let key = terms.intern(name);
    let mut found = Vec::new();
    let mut last = None;
    for &part in parts.iter().rev() {
        match terms.holds_property(part, name) {
            Some(true) => {
                last = Some(terms.member(part, name));
                break;
            }
            Some(false) => {}
            None => match terms.as_if(part) {
                Some((condition, yes, no))
                    if terms.holds_property(yes, name).is_some()
                        && terms.holds_property(no, name).is_some() =>
                {
                    found.push((condition, yes, no));
                }
                _ => {
                    last = Some(terms.make(Value::Member(base, key)));
                    break;
                }
            },
        }
    }
    let mut value = last.unwrap_or_else(|| terms.make(Value::Null));
    for (condition, yes, no) in found.into_iter().rev() {
        let branch = |terms: &mut Terms, object: Term| {
            if terms.holds_property(object, name) == Some(true) { terms.member(object, name) } else { value }
        };
        let (yes, no) = (branch(terms, yes), branch(terms, no));
        value = terms.if_(condition, yes, no);
    }
    value
}

/// The property of objects that are joined by `union`, where at most one of them has it: two would be joined in turn.
fn member_of_union(terms: &mut Terms, base: Term, parts: &[Term], name: &str) -> Term {
    let mut found = None;
    for &part in parts {
        let holds = match terms.as_if(part) {
            Some((_, yes, no)) => {
                let branches = [yes, no].map(|branch| terms.holds_property(branch, name));
                match branches {
                    [Some(false), Some(false)] => Some(false),
                    [Some(_), Some(_)] => Some(true),
                    _ => None,
                }
            }
            None => terms.holds_property(part, name),
        };
        match (holds, found) {
            (Some(false), _) => {}
            (Some(true), None) => found = Some(part),
            _ => {
                let key = terms.intern(name);
                return terms.make(Value::Member(base, key));
            }
        }
    }
    match found {
        Some(part) => terms.member(part, name),
        None => terms.null(),
    }
}
