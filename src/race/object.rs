//! Finds the ids of the objects that a declaration writes, in its body.
//!
//! The catalogue gives the place of the id as a path such as `properties.ipConfigurations[*].properties.subnet.id/..`: members,
//! every element of a list, and name segments to remove from the end of the id.
//!
//! ```bicep
//! resource fw 'Microsoft.Network/azureFirewalls@…' = {
//!   properties: { ipConfigurations: [ { properties: { subnet: { id: external ? outer.id : inner.id } } } ] }
//! }
//! ```
//!
//! Here the path leads to two ids, the networks of `outer` and `inner`: the first if `external` is true, the second if it is
//! false. Both are kept as one value, which [`crate::eval::case_split`] splits later. What cannot be computed here stays an
//! expression over the template's parameters, and is computed again by a call that supplies them.

use crate::azure::catalog::{BodyCondition, Elements, ObjectPath, ObjectSource, Step, Str, Test};
use crate::eval::each;
use crate::eval::evaluator::Evaluator;
use crate::eval::term::{Function, Term, Value};
use crate::eval::terms::Terms;
use crate::eval::withheld::folded;
use crate::source::Span;
use crate::template::{Expr, ExprId, NodeId, Property, Template};
use crate::workspace::TemplateId;

/// Reads the properties of one resource.
pub struct Body<'r, 'w> {
    evaluator: &'r mut Evaluator<'w>,
    template: TemplateId,
    node: NodeId,
}

impl<'r, 'w> Body<'r, 'w> {
    /// Prepares to read the body of a resource.
    pub fn new(evaluator: &'r mut Evaluator<'w>, template: TemplateId, node: NodeId) -> Self {
        Self { evaluator, template, node }
    }

    /// The ids that some paths lead to, as one value; case is folded.
    pub fn objects(&mut self, paths: &[ObjectPath]) -> Term {
        let found: Vec<Term> = paths.iter().map(|path| self.object(path)).collect();
        let terms = self.evaluator.terms();
        let any = each::of_these(terms, &found);
        terms.fold_case(any)
    }

    /// The ids that a path leads to, as one value.
    fn object(&mut self, path: &ObjectPath) -> Term {
        let (value, steps) = match &path.from {
            ObjectSource::Own => (Some(self.evaluator.node_id(self.template, self.node)), &[][..]),
            ObjectSource::Scope => (Some(self.evaluator.node_scope(self.template, self.node)), &[][..]),
            ObjectSource::Body(steps) => self.property(steps),
            ObjectSource::Below { ty, path, before, after } => {
                (Some(self.below(ty, path, [before, after])), &[][..])
            }
        };
        let terms = self.evaluator.terms();
        let Some(value) = value else { return terms.null() };
        follow(terms, value, steps, &mut |terms, found| {
            (0..path.up).fold(found, |id, _| terms.call(Function::Parent, &[id]))
        })
    }

    /// The objects of a type below the parent of the declaration that the values at a path name; `null` if there is none.
    fn below(&mut self, ty: &str, path: &[Step], [before, after]: [&str; 2]) -> Term {
        let own = self.evaluator.node_id(self.template, self.node);
        let (value, steps) = self.property(path);
        let terms = self.evaluator.terms();
        let Some(value) = value else { return terms.null() };
        let [before, after] = [before, after].map(|text| terms.text(text));
        let parent = terms.call(Function::Parent, &[own]);
        let Value::ResourceId { scope, ty: parent_type, names } = terms.get(parent) else {
            return terms.null();
        };
        let (names, ty) = (terms.seq(names).to_vec(), format!("{}/{ty}", terms.name(parent_type)));
        follow(terms, value, steps, &mut |terms, found| {
            if terms.get(found) == Value::Null {
                return found;
            }
            let name = terms.concat(&[before, found, after]);
            let names: Vec<Term> = names.iter().copied().chain([name]).collect();
            terms.resource_id(scope, ty.as_str(), &names)
        })
    }

    /// The list that the body rewrites, or the element that it adds to one, reduced to the properties `names`.
    pub fn elements(&mut self, elements: &Elements, names: &[Str]) -> Term {
        match elements {
            Elements::List(steps) => self.at(steps),
            Elements::Body => {
                let mut properties = Vec::with_capacity(names.len());
                for name in names {
                    let value = self.at(&[Step::Member(name.clone())]);
                    properties.push((self.evaluator.terms().intern(name), value));
                }
                let terms = self.evaluator.terms();
                let body = terms.object(&properties);
                terms.array(&[body])
            }
        }
    }

    /// The value at a path without `[*]`; `null` if it is not set.
    fn at(&mut self, path: &[Step]) -> Term {
        let (value, steps) = self.named_or_property(path);
        let terms = self.evaluator.terms();
        let Some(value) = value else { return terms.null() };
        follow(terms, value, steps, &mut |_, found| found)
    }

    /// The formula under which a condition on the body holds.
    pub fn holds(&mut self, condition: &BodyCondition) -> Term {
        let (value, steps) = self.named_or_property(&condition.path);
        let is_negated = matches!(condition.test, Test::Absent | Test::Differs(_));
        let terms = self.evaluator.terms();
        let any = match value {
            Some(value) => is_passed(terms, value, steps, &condition.test),
            None => terms.bool(false),
        };
        if is_negated { terms.not(any) } else { any }
    }

    /// Like [`Self::property`], but `name` is the last segment of the resource's name.
    fn named_or_property<'p>(&mut self, path: &'p [Step]) -> (Option<Term>, &'p [Step]) {
        match path {
            [Step::Member(name)] if name == "name" => {
                (Some(self.evaluator.node_last_name(self.template, self.node)), &[])
            }
            _ => self.property(path),
        }
    }

    /// The value of the first step, and the remaining steps; `None` if it is not set.
    fn property<'p>(&mut self, path: &'p [Step]) -> (Option<Term>, &'p [Step]) {
        let template = self.evaluator.workspace().template(self.template);
        let (expr, rest) = descend(template, template.node(self.node).body, path);
        (expr.map(|expr| self.evaluator.value(self.template, expr)), rest)
    }
}

/// Follows steps from a value; several results are combined into one value.
fn follow(
    terms: &mut Terms,
    value: Term,
    steps: &[Step],
    make: &mut dyn FnMut(&mut Terms, Term) -> Term,
) -> Term {
    match steps {
        [] => each::of_value(terms, value, make),
        [Step::Member(name), rest @ ..] => each::of_value(terms, value, &mut |terms, value| {
            let member = terms.member_ignoring_case(value, name);
            follow(terms, member, rest, make)
        }),
        [Step::Every, rest @ ..] => {
            each::of_list(terms, value, &mut |terms, element| follow(terms, element, rest, make))
        }
    }
}

/// The formula that any value at the end of the steps passes a test.
fn is_passed(terms: &mut Terms, value: Term, steps: &[Step], test: &Test) -> Term {
    match steps {
        [] => passes(terms, value, test),
        [Step::Member(name), rest @ ..] => {
            let member = terms.member_ignoring_case(value, name);
            is_passed(terms, member, rest, test)
        }
        [Step::Every, rest @ ..] => {
            each::any_element(terms, value, &mut |terms, element| is_passed(terms, element, rest, test))
        }
    }
}

/// Whether a value passes a test. `null` passes none.
fn passes(terms: &mut Terms, value: Term, asked: &Test) -> Term {
    let null = terms.null();
    let missing = terms.equal(value, null);
    match asked {
        Test::Present | Test::Absent => terms.not(missing),
        Test::Equals(text) | Test::Differs(text) => {
            let wanted = match (text.as_ref(), terms.known_text(value)) {
                ("true", None) => terms.bool(true),
                ("false", None) => terms.bool(false),
                _ => folded(terms, text),
            };
            // A value that is unknown here may turn out to have capitals.
            let folded = terms.call(Function::Folded, &[value]);
            terms.equal(folded, wanted)
        }
    }
}

/// The span of the value at a path in the body of a declaration, or of the last value on the path that is not an object
/// literal; `None` if it is not set.
pub fn written_at(template: &Template, node: NodeId, path: &[Step]) -> Option<Span> {
    let (expr, _) = descend(template, template.node(node).body, path);
    expr.map(|expr| template.exprs.span(expr))
}

/// Follows a path through object literals. Returns the expression where they end, and the remaining steps.
fn descend<'p>(template: &Template, body: ExprId, path: &'p [Step]) -> (Option<ExprId>, &'p [Step]) {
    let exprs = &template.exprs;
    let (mut at, mut rest) = (body, path);
    while let [Step::Member(name), after @ ..] = rest {
        let Expr::Object(list) = exprs.get(exprs.peel(at)) else { break };
        let properties = exprs.object(list);
        // The last property of a name counts; a later spread or computed key may also set it.
        let named = properties.iter().rev().find_map(|property| match property {
            Property::Named { key, value } => {
                exprs.text(*key).eq_ignore_ascii_case(name).then_some(Some(*value))
            }
            Property::Computed { .. } | Property::Spread(_) => Some(None),
        });
        match named {
            Some(Some(value)) => (at, rest) = (value, after),
            Some(None) => break,
            None => return (None, rest),
        }
    }
    (Some(at), rest)
}
