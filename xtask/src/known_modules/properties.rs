//! The part of a resource's body that the catalogue reads.

use std::collections::BTreeMap;

use bicep_race_lint::azure::catalog::Step;
use bicep_race_lint::eval::term::{Function, Name, Term, Value};
use bicep_race_lint::eval::terms::Terms;
use bicep_race_lint::template::ParameterId;

use super::expression::{Expressions, is_identifier};

/// Property paths as a tree. A leaf is a property that is needed as a whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    members: BTreeMap<String, Wanted>,
    every: Option<Box<Wanted>>,
}

impl Wanted {
    /// Adds a path.
    pub(crate) fn add(&mut self, steps: &[Step]) {
        match steps {
            [] => {}
            [Step::Member(name), rest @ ..] => self.members.entry(name.to_string()).or_default().add(rest),
            [Step::Every, rest @ ..] => self.every.get_or_insert_default().add(rest),
        }
    }

    /// Adds all paths of another tree.
    pub(crate) fn join(&mut self, other: &Self) {
        for (name, inner) in &other.members {
            self.members.entry(name.clone()).or_default().join(inner);
        }
        if let Some(every) = &other.every {
            self.every.get_or_insert_default().join(every);
        }
    }

    /// The needed part of a value: objects without their other properties, in every branch and element.
    pub(crate) fn part_of(&self, terms: &mut Terms, value: Term) -> Term {
        match terms.get(value) {
            // Of a whole object or list, only its existence matters.
            Value::Object(_) if self.is_leaf() => terms.object(&[]),
            Value::Array(_) | Value::Sequence { .. } if self.is_leaf() => terms.array(&[]),
            Value::Coalesce(left, right) => {
                let (left, right) = (self.part_of(terms, left), self.part_of(terms, right));
                terms.coalesce(left, right)
            }
            Value::If(..) if !self.members.is_empty() => self.members_of(terms, value),
            Value::If(condition, yes, no) => {
                let (yes, no) = (self.part_of(terms, yes), self.part_of(terms, no));
                terms.if_(condition, yes, no)
            }
            Value::Object(_) => self.members_of(terms, value),
            Value::Array(elements) => match &self.every {
                Some(every) => {
                    let elements = terms.seq(elements).to_vec();
                    let parts: Vec<Term> =
                        elements.into_iter().map(|element| every.part_of(terms, element)).collect();
                    terms.array(&parts)
                }
                None => value,
            },
            Value::Sequence { length, element, level } => match &self.every {
                Some(every) => {
                    let element = every.part_of(terms, element);
                    terms.sequence(length, element, level)
                }
                None => value,
            },
            Value::Call(Function::Merged | Function::Union, _) if !self.members.is_empty() => {
                self.members_of(terms, value)
            }
            Value::Call(Function::Concat, parts) if self.every.is_some() => {
                let parts = terms.seq(parts).to_vec();
                let parts: Vec<Term> = parts.into_iter().map(|part| self.part_of(terms, part)).collect();
                terms.call(Function::Concat, &parts)
            }
            _ => value,
        }
    }

    fn is_leaf(&self) -> bool {
        self.members.is_empty() && self.every.is_none()
    }

    fn members_of(&self, terms: &mut Terms, object: Term) -> Term {
        let mut found: Vec<(Name, Term)> = Vec::new();
        for (name, inner) in &self.members {
            let value = terms.member_ignoring_case(object, name);
            if terms.get(value) != Value::Null {
                found.push((terms.intern(name), inner.part_of(terms, value)));
            }
        }
        terms.object(&found)
    }
}

/// The parameters of which only a part is needed, with the number of such uses.
#[derive(Debug, Default)]
pub(crate) struct Narrow(BTreeMap<ParameterId, (usize, Wanted)>);

impl Narrow {
    /// Records the parameters that a value passes on unchanged.
    pub(crate) fn note(&mut self, terms: &Terms, value: Term, wanted: &Wanted) {
        match terms.get(value) {
            Value::Parameter(_, parameter) => {
                let (uses, part) = self.0.entry(parameter).or_default();
                *uses += 1;
                part.join(wanted);
            }
            Value::If(_, yes, no) => {
                self.note(terms, yes, wanted);
                self.note(terms, no, wanted);
            }
            Value::Coalesce(left, right) => {
                self.note(terms, left, wanted);
                self.note(terms, right, wanted);
            }
            Value::Call(Function::Concat, parts) => {
                for &part in terms.seq(parts) {
                    self.note(terms, part, wanted);
                }
            }
            _ => {}
        }
    }

    /// The needed part of a parameter with this many uses in total; `None` if it is also used in another way.
    pub(crate) fn part(&self, parameter: ParameterId, uses: usize) -> Option<&Wanted> {
        let (narrow, wanted) = self.0.get(&parameter)?;
        (*narrow == uses && !wanted.is_leaf()).then_some(wanted)
    }
}

/// The remaining properties of a body, as path and expression.
pub(crate) fn properties(
    expressions: &mut Expressions<'_>,
    body: Term,
    wanted: &Wanted,
    place: &str,
    narrow: &mut Narrow,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    below(expressions, body, wanted, "", &mut |expressions, value, wanted, path| {
        narrow.note(expressions.terms(), value, wanted);
        found.push((path.to_owned(), expressions.of_any(value, &format!("{place}.{path}"))));
    });
    found
}

type Leaf<'l> = dyn FnMut(&mut Expressions<'_>, Term, &Wanted, &str) + 'l;

fn below(expressions: &mut Expressions<'_>, value: Term, wanted: &Wanted, path: &str, leaf: &mut Leaf<'_>) {
    let terms = expressions.terms();
    match terms.properties(value) {
        Some(members)
            if (path.is_empty() || !members.is_empty())
                && members.iter().all(|(key, _)| is_identifier(terms.name(*key))) =>
        {
            for (key, value) in members {
                let key = terms.name(key);
                let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                let Some(wanted) = wanted.members.get(key) else { continue };
                below(expressions, value, wanted, &path, leaf);
            }
        }
        _ if path.is_empty() => {}
        _ => leaf(expressions, value, wanted, path),
    }
}
