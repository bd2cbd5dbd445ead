//! From a declaration's body to the ids of the objects that it writes.
//!
//! The catalogue says where the id stands, as a path such as `properties.ipConfigurations[*].properties.subnet.id/..`: members, each
//! element of a list, and name segments cut from the end of the id.
//!
//! ```bicep
//! resource fw 'Microsoft.Network/azureFirewalls@…' = {
//!   properties: { ipConfigurations: [ { properties: { subnet: { id: external ? outer.id : inner.id } } } ] }
//! }
//! ```
//!
//! Here the path leads to two ids, the networks of `outer` and `inner`: the first where `external` is true, the second where it
//! is false. Of a list that is not known the path leads to its element at an index of its own, so that the same list elsewhere
//! meets it element by element.

use crate::azure::catalog::{BodyCondition, ObjectPath, ObjectSource, Step, Test};
use crate::eval::evaluator::Evaluator;
use crate::eval::term::{CopyVariable, Term, Value};
use crate::limit::Limit;
use crate::template::{Expr, ExprId, NodeId, Property, Template};
use crate::workspace::TemplateId;

/// A value that a property may have, and when.
#[derive(Clone, Copy, Debug)]
pub struct Alternative {
    /// The value.
    pub value: Term,
    /// When it has this value.
    pub guard: Term,
}

/// Reads the properties of one resource.
pub struct Body<'r, 'w> {
    evaluator: &'r mut Evaluator<'w>,
    template: TemplateId,
    node: NodeId,
}

impl<'r, 'w> Body<'r, 'w> {
    /// The body of a resource.
    pub fn new(evaluator: &'r mut Evaluator<'w>, template: TemplateId, node: NodeId) -> Self {
        Self { evaluator, template, node }
    }

    /// The ids that a path leads to, each with the condition under which it does.
    pub fn objects(&mut self, path: &ObjectPath) -> Vec<Alternative> {
        let always = self.evaluator.terms().bool(true);
        let found = match &path.from {
            ObjectSource::Own => {
                vec![Alternative { value: self.evaluator.node_id(self.template, self.node), guard: always }]
            }
            ObjectSource::Scope => {
                vec![Alternative {
                    value: self.evaluator.node_scope(self.template, self.node),
                    guard: always,
                }]
            }
            ObjectSource::Body(steps) => self.property(steps),
        };
        found.into_iter().filter_map(|found| self.cut(found, path.up)).collect()
    }

    /// When a condition on the body holds.
    pub fn holds(&mut self, condition: &BodyCondition) -> Term {
        let alternatives = match &condition.path[..] {
            [Step::Member(name)] if name == "name" => {
                let value = self.evaluator.node_last_name(self.template, self.node);
                vec![Alternative { value, guard: self.evaluator.terms().bool(true) }]
            }
            path => self.property(path),
        };
        let negated = matches!(condition.test, Test::Absent | Test::Differs(_));
        let mut any = Vec::with_capacity(alternatives.len());
        for Alternative { value, guard } in alternatives {
            let terms = self.evaluator.terms();
            let holds = match &condition.test {
                Test::Present | Test::Absent => {
                    let null = terms.null();
                    let absent = terms.equal(value, null);
                    terms.not(absent)
                }
                Test::Equals(text) | Test::Differs(text) => {
                    let wanted = match (text.as_ref(), terms.known_text(value)) {
                        ("true", None) => terms.bool(true),
                        ("false", None) => terms.bool(false),
                        _ => terms.text(&text.to_lowercase()),
                    };
                    let folded = terms.fold_case(value);
                    terms.equal(folded, wanted)
                }
            };
            any.push(terms.and(&[guard, holds]));
        }
        let terms = self.evaluator.terms();
        let any = terms.or(&any);
        if negated { terms.not(any) } else { any }
    }

    /// The values of a property of the body. What is not written, or `null`, is left out.
    fn property(&mut self, path: &[Step]) -> Vec<Alternative> {
        let workspace = self.evaluator.workspace();
        let template = workspace.template(self.template);
        let (expr, rest) = descend(template, template.node(self.node).body, path);
        let Some(expr) = expr else { return Vec::new() };
        let value = self.evaluator.value(self.template, expr);
        let guard = self.evaluator.terms().bool(true);
        let mut found = vec![Alternative { value, guard }];
        for (depth, step) in rest.iter().enumerate() {
            found = self.split(found);
            found = found.into_iter().flat_map(|from| self.step(from, step, depth)).collect();
            found = self.bounded(found);
        }
        self.split(found)
    }

    /// One step down from a value.
    fn step(&mut self, from: Alternative, step: &Step, depth: usize) -> Vec<Alternative> {
        let terms = self.evaluator.terms();
        match step {
            Step::Member(name) => {
                let value = terms.member_ignoring_case(from.value, name);
                vec![Alternative { value, ..from }]
            }
            Step::Every => {
                if let Value::Array(elements) = terms.get(from.value) {
                    terms.seq(elements).iter().map(|&value| Alternative { value, ..from }).collect()
                } else {
                    // An element of a list that is not known: the same list elsewhere meets it index by index.
                    let index = terms.copy_index(CopyVariable::element(depth));
                    vec![Alternative { value: terms.index(from.value, index), ..from }]
                }
            }
        }
    }

    /// Branches of conditions as alternatives of their own; `null` is left out.
    fn split(&mut self, found: Vec<Alternative>) -> Vec<Alternative> {
        let mut open: Vec<_> = found.into_iter().rev().collect();
        let mut done = Vec::new();
        while let Some(Alternative { value, guard }) = open.pop() {
            let terms = self.evaluator.terms();
            match terms.get(value) {
                Value::Null => {}
                Value::If(condition, yes, no) => {
                    if let Err(reached) = Limit::PropertyAlternatives.check(done.len() + open.len() + 1) {
                        self.evaluator.went_beyond(reached);
                        done.push(Alternative { value, guard });
                        continue;
                    }
                    let not = terms.not(condition);
                    let (with, without) = (terms.and(&[guard, condition]), terms.and(&[guard, not]));
                    open.push(Alternative { value: no, guard: without });
                    open.push(Alternative { value: yes, guard: with });
                }
                _ if terms.is_false(guard) => {}
                _ => done.push(Alternative { value, guard }),
            }
        }
        done
    }

    /// So many as are followed; that there are more is told.
    fn bounded(&mut self, mut found: Vec<Alternative>) -> Vec<Alternative> {
        if let Err(reached) = Limit::PropertyAlternatives.check(found.len()) {
            found.truncate(reached.number() as usize);
            self.evaluator.went_beyond(reached);
        }
        found
    }

    /// Cuts name segments from the end of an id. Nothing where the value cannot be an id.
    fn cut(&mut self, found: Alternative, up: u8) -> Option<Alternative> {
        let terms = self.evaluator.terms();
        if matches!(
            terms.get(found.value),
            Value::Bool(_) | Value::Int(_) | Value::Array(_) | Value::Object(_)
        ) {
            return None;
        }
        let mut value = found.value;
        for _ in 0..up {
            value = terms.parent_id(value)?;
        }
        Some(Alternative { value: terms.fold_case(value), ..found })
    }
}

/// Follows a path through object literals; gives the expression where they end, and the steps that are left.
fn descend<'p>(template: &Template, body: ExprId, path: &'p [Step]) -> (Option<ExprId>, &'p [Step]) {
    let exprs = &template.exprs;
    let (mut at, mut rest) = (body, path);
    while let [Step::Member(name), after @ ..] = rest {
        let Expr::Object(list) = exprs.get(exprs.peel(at)) else { break };
        let properties = exprs.object(list);
        let named = properties.iter().rev().find_map(|property| match property {
            Property::Named { key, value } if exprs.text(*key).eq_ignore_ascii_case(name) => Some(*value),
            _ => None,
        });
        match named {
            Some(value) => (at, rest) = (value, after),
            None if properties.iter().all(|property| matches!(property, Property::Named { .. })) => {
                return (None, rest);
            }
            None => break,
        }
    }
    (Some(at), rest)
}
