//! Properties of objects and elements of lists.

use super::functions::Function;
use super::id;
use super::partly_known;
use super::spellings;
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
            _ => {
                let names = self.domain(object)?.sealed.as_ref()?;
                names.iter().all(|known| !known.eq_ignore_ascii_case(name)).then_some(false)
            }
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
            // A number has no properties. Ex) `1` as a placeholder for a disk
            Value::Int(_) | Value::Bool(_) => self.null(),
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
                member_of_merged(terms, &parts, &name)
            }),
            Value::Call(Function::Union, seq) => self.once(Operation::Member(base, key), |terms| {
                let (name, parts) = (terms.name(key).to_owned(), terms.seq(seq).to_vec());
                member_of_union(terms, &parts, &name)
            }),
            Value::Call(Function::MapValues, seq) => self.once(Operation::Member(base, key), |terms| {
                let arguments = terms.seq(seq).to_vec();
                let mapped = spellings::mapped_property(terms, &arguments, key);
                mapped.unwrap_or_else(|| terms.make(Value::Member(base, key)))
            }),
            Value::Parameter(..) | Value::Member(..)
                if self.holds_property(base, self.name(key)) == Some(false) =>
            {
                self.null()
            }
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
            // Ex) (list ?? [])[i]: where there is no list there is no such element
            (Value::Coalesce(left, right), _) if self.elements(right).is_some_and(<[Term]>::is_empty) => {
                self.index(left, index)
            }
            (Value::Null, _) => base,
            (Value::Call(Function::Split, _), Value::Int(at)) => {
                let known = partly_known::piece_from_start(self, base, at);
                known.unwrap_or_else(|| self.make(Value::Index(base, index)))
            }
            // Ex) what was called the first element of a list is a text
            (Value::Text(_) | Value::Concat(_), Value::Int(0)) => self.call(Function::First, &[base]),
            _ => {
                spellings::element(self, base, index).unwrap_or_else(|| self.make(Value::Index(base, index)))
            }
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

/// Whether an object has a property, as a condition.
fn has_property(terms: &mut Terms, object: Term, name: &str) -> Term {
    if let Some(known) = terms.holds_property(object, name) {
        return terms.bool(known);
    }
    let key = terms.text(name);
    terms.call(Function::Contains, &[object, key])
}

/// The property of objects that are joined, of which the last that has it counts.
/// Ex) `{ hub: hub.id, ...more }.hub` is that of `more` where that has one, else `hub.id`
fn member_of_merged(terms: &mut Terms, parts: &[Term], name: &str) -> Term {
    let nothing = Found { value: terms.null(), is_there: terms.bool(false) };
    let found = parts
        .iter()
        .fold(nothing, |before, &part| behind(terms, before, part, name, &mut |_, _, after| after));
    found.value
}

/// The property of objects that are joined by `union`: where two have it and both are objects, they are joined in turn.
fn member_of_union(terms: &mut Terms, parts: &[Term], name: &str) -> Term {
    let nothing = Found { value: terms.null(), is_there: terms.bool(false) };
    let found = parts.iter().fold(nothing, |before, &part| {
        behind(terms, before, part, name, &mut |terms, before, after| {
            let joined = joined(terms, before.value, after);
            terms.if_(before.is_there, joined, after)
        })
    });
    found.value
}

/// A property of objects that are joined, as far as they have been looked at.
#[derive(Clone, Copy)]
struct Found {
    /// Its value; `null` where none has it.
    value: Term,
    /// Whether one has it.
    is_there: Term,
}

/// What a further object makes of a property: its own value, joined with that of those before it.
fn behind(
    terms: &mut Terms,
    before: Found,
    part: Term,
    name: &str,
    join: &mut dyn FnMut(&mut Terms, Found, Term) -> Term,
) -> Found {
    if let Some((condition, yes, no)) = terms.as_if(part) {
        let (yes, no) = (behind(terms, before, yes, name, join), behind(terms, before, no, name, join));
        return Found {
            value: terms.if_(condition, yes.value, no.value),
            is_there: terms.if_(condition, yes.is_there, no.is_there),
        };
    }
    let has = has_property(terms, part, name);
    if terms.is_false(has) {
        return before;
    }
    let own = terms.member(part, name);
    let after = if terms.is_false(before.is_there) { own } else { join(terms, before, own) };
    // What has no such property has `null` there.
    let is_only = before.value == terms.null();
    let value = if is_only { after } else { terms.if_(has, after, before.value) };
    Found { value, is_there: terms.or(&[before.is_there, has]) }
}

/// What `union` makes of two values under one key.
fn joined(terms: &mut Terms, before: Term, after: Term) -> Term {
    let may_be_object = |term: Term| {
        !matches!(
            terms.get(term),
            Value::Null
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Text(_)
                | Value::Concat(_)
                | Value::Array(_)
                | Value::Sequence { .. }
                | Value::ResourceId { .. }
        ) && !terms.is_text(term)
    };
    if terms.get(after) == Value::Null {
        before
    } else if may_be_object(before) && may_be_object(after) {
        terms.call(Function::Union, &[before, after])
    } else {
        terms.coalesce(after, before)
    }
}
