//! What parameter files assign.

use super::evaluator::Evaluator;
use super::substitution::Substitution;
use super::term::{Name, Term};
use super::user_function::of_unread_file;
use super::withheld::withhold;
use crate::template::{ExprId, Language};
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
        for &file in chain.iter().rev() {
            let template = self.template(file);
            let Some(assignments) = &template.assignments else { continue };
            for &(name, _, value) in &assignments.values {
                let name = template.exprs.text(name).to_owned();
                let value = self.value(file, value);
                match all.iter_mut().find(|(known, _)| *known == name) {
                    Some(known) => known.1 = value,
                    None => all.push((name, value)),
                }
            }
        }
        all
    }
}

/// The path that a parameter file extends, where nothing was read from there.
fn unread_parent(workspace: &Workspace, id: TemplateId) -> Option<&str> {
    let template = workspace.template(id);
    let (path, _) = template.assignments.as_ref()?.extends?;
    workspace.extends(id).is_none().then(|| template.exprs.text(path))
}

/// A parameter file and those that it extends, one behind the other.
fn chain(workspace: &Workspace, id: TemplateId) -> Vec<TemplateId> {
    let mut chain = vec![id];
    while let Some(parent) = chain.last().and_then(|&last| workspace.extends(last))
        && !chain.contains(&parent)
    {
        chain.push(parent);
    }
    chain
}

/// What a parameter file makes of the parameters of its template: as if that were called with the file's values.
pub fn values_of(evaluator: &mut Evaluator<'_>, file: TemplateId, template: TemplateId) -> Substitution {
    let assigned = evaluator.assignments(file);
    let declared = evaluator.workspace().template(template);
    for &(ref name, value) in &assigned {
        withhold(evaluator.terms(), value, name, false);
    }
    let last = chain(evaluator.workspace(), file).last().copied().unwrap_or(file);
    let unread = unread_parent(evaluator.workspace(), last);
    let given = declared.parameters.iter().map(|parameter| {
        let name = declared.exprs.text(parameter.name);
        let known = assigned.iter().find(|(known, _)| known == name).map(|&(_, value)| value);
        // What could not be read may assign it: then its default is no fact.
        known.or_else(|| Some(of_unread_file(evaluator.terms(), last, unread?, name, Vec::new())))
    });
    let given: Vec<Option<Term>> = given.collect();
    evaluator.with_defaults(template, &given, Vec::new(), 0)
}
