//! Evaluates the assignments of parameter files.

use super::evaluator::Evaluator;
use super::functions::{self, Function};
use super::substitution::Substitution;
use super::term::{Name, Term, Value};
use super::terms::Terms;
use super::user_function::of_unread_file;
use super::withheld::withhold;
use crate::template::{ExprId, Language, Parameter, ParameterId, ParameterType};
use crate::workspace::{TemplateId, Workspace};

impl Evaluator<'_> {
    /// The assignments that a parameter file inherits, as an object.
    pub(super) fn parent_assignments(&mut self, id: TemplateId, expr: ExprId) -> Term {
        if self.template(id).language != Language::Params {
            return self.unknown(id, expr);
        }
        let assigned: Vec<(Name, Term)> = match self.workspace.extends(id) {
            Some(parent) => self
                .assignments(parent)
                .into_iter()
                .map(|(name, value)| (self.terms.intern(&name), value))
                .collect(),
            None => match unread_parent(self.workspace, id) {
                Some(path) => return of_unread_file(&mut self.terms, id, path, "base", Vec::new()),
                None => Vec::new(),
            },
        };
        self.terms.object(&assigned)
    }

    /// The values that a parameter file assigns, inherited ones first.
    pub fn assignments(&mut self, id: TemplateId) -> Vec<(String, Term)> {
        let chain = chain(self.workspace, id);
        let mut all: Vec<(String, Term)> = Vec::new();
        for &layer in self.workspace.layers(id) {
            for (name, value) in self.assignments(layer) {
                match all.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                    Some(known) => known.1 = value,
                    None => all.push((name, value)),
                }
            }
        }
        for &file in chain.iter().rev() {
            let template = self.template(file);
            let Some(assignments) = &template.assignments else { continue };
            for &(name, _, value) in &assignments.values {
                let name = template.exprs.text(name).to_owned();
                let value = self.value(file, value);
                // Azure compares the names of parameters without case.
                match all.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                    Some(known) => known.1 = value,
                    None => all.push((name, value)),
                }
            }
        }
        all
    }
}

/// The path that a parameter file extends, if that file was not read.
fn unread_parent(workspace: &Workspace, id: TemplateId) -> Option<&str> {
    let template = workspace.template(id);
    let (path, _) = template.assignments.as_ref()?.extends?;
    workspace.extends(id).is_none().then(|| template.exprs.text(path))
}

/// A parameter file and those that it extends, in that order.
fn chain(workspace: &Workspace, id: TemplateId) -> Vec<TemplateId> {
    let mut chain = vec![id];
    while let Some(parent) = chain.last().and_then(|&last| workspace.extends(last))
        && !chain.contains(&parent)
    {
        chain.push(parent);
    }
    chain
}

/// The values of a template's parameters under a parameter file, as if the template were called with the file's values.
pub fn values_of(evaluator: &mut Evaluator<'_>, file: TemplateId, template: TemplateId) -> Substitution {
    let assigned = evaluator.assignments(file);
    let declared = evaluator.workspace().template(template);
    for &(ref name, value) in &assigned {
        withhold(evaluator.terms(), value, name, false);
    }
    let last = chain(evaluator.workspace(), file).last().copied().unwrap_or(file);
    let unread = unread_parent(evaluator.workspace(), last);
    let given = (0_u32..).zip(&declared.parameters).map(|(at, parameter)| {
        let name = declared.exprs.text(parameter.name);
        let known = assigned.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let known = known.map(|&(_, value)| match as_type(evaluator.terms(), value, parameter) {
            Some(value) => value,
            None => evaluator.parameter(template, ParameterId(at)),
        });
        // A file that could not be read may assign it, so its default is not certain.
        known.or_else(|| Some(of_unread_file(evaluator.terms(), last, unread?, name, Vec::new())))
    });
    let given: Vec<Option<Term>> = given.collect();
    evaluator.with_defaults(template, &given, Vec::new(), 0)
}

/// A value converted to the type of a parameter: text from the environment becomes what it spells. `None` if only the
/// deployment knows the value: then every value of the parameter is possible.
fn as_type(terms: &mut Terms, value: Term, parameter: &Parameter) -> Option<Term> {
    let is_text = matches!(parameter.ty, ParameterType::String | ParameterType::Any);
    if matches!(terms.get(value), Value::Call(Function::ReadEnvironmentVariable, _)) {
        return (is_text && parameter.allowed.is_none()).then_some(value);
    }
    let Some(text) = terms.known_text(value).filter(|_| !is_text) else { return Some(value) };
    let json = match parameter.ty {
        ParameterType::Bool => bool_of(text).map(serde_json::Value::Bool),
        _ => serde_json::from_str(text).ok(),
    };
    Some(json.map_or(value, |json| functions::from_json(terms, &json)))
}

/// The spellings of a truth value in the Azure Developer CLI.
fn bool_of(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Some(true),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}
