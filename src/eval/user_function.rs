//! Functions of templates, and what is imported from other templates.

use super::evaluator::Evaluator;
use super::functions::Function;
use super::term::Term;
use crate::template::{ExprId, FunctionId, ImportId, List, Text, VariableId};
use crate::workspace::{TemplateId, Workspace};

impl Evaluator<'_> {
    pub(super) fn user_call(&mut self, id: TemplateId, function: FunctionId, arguments: &[Term]) -> Term {
        let key = (id, function, self.terms.list(arguments), self.level);
        if let Some(&known) = self.user_calls.get(&key) {
            return known;
        }
        if self.active.contains(&(id, function)) {
            // A function that needs itself has no value.
            return self.terms.opaque();
        }
        let declared = &self.template(id).functions[function.ix()];
        for (&parameter, &argument) in declared.parameters.iter().zip(arguments) {
            self.locals.push((id, parameter, argument));
        }
        self.active.push((id, function));
        let bound = declared.parameters.len().min(arguments.len());
        let value = self.value(id, declared.body);
        self.active.pop();
        self.locals.truncate(self.locals.len() - bound);
        self.user_calls.insert(key, value);
        value
    }

    /// An imported name: `name` is what is asked of a wildcard's alias.
    pub(super) fn import(
        &mut self,
        id: TemplateId,
        import: ImportId,
        name: Option<&str>,
        expr: ExprId,
    ) -> Term {
        let Some((from, symbol)) = imported(self.workspace, id, import, name) else {
            return self.unknown(id, expr);
        };
        let template = self.template(from);
        match template.variables.iter().position(|variable| template.exprs.text(variable.name) == symbol) {
            Some(at) => self.variable(from, VariableId(at as u32)),
            None => self.unknown(id, expr),
        }
    }

    pub(super) fn import_call(
        &mut self,
        id: TemplateId,
        expr: ExprId,
        import: ImportId,
        function: Option<Text>,
        arguments: List,
    ) -> Term {
        let name = function.map(|function| self.template(id).exprs.text(function));
        let arguments = self.list(id, arguments);
        let Some((from, symbol)) = imported(self.workspace, id, import, name) else {
            return self.unknown_call(id, expr, arguments);
        };
        let template = self.template(from);
        // Compiled templates put their functions into a namespace of their own.
        let found = template.functions.iter().position(|function| {
            let name = template.exprs.text(function.name);
            name == symbol || name.rsplit('.').next() == Some(symbol)
        });
        match found {
            Some(at) => self.user_call(from, FunctionId(at as u32), &arguments),
            None => self.unknown_call(id, expr, arguments),
        }
    }

    /// A call of something that could not be read: the same for the same arguments.
    fn unknown_call(&mut self, id: TemplateId, expr: ExprId, mut arguments: Vec<Term>) -> Term {
        arguments.push(self.unknown(id, expr));
        self.terms.unfolded(Function::Imported, &arguments)
    }
}

/// The template and the exported name that an import means.
fn imported<'n>(
    workspace: &'n Workspace,
    id: TemplateId,
    import: ImportId,
    name: Option<&'n str>,
) -> Option<(TemplateId, &'n str)> {
    let template = workspace.template(id);
    let declared = &template.imports[import.ix()];
    let from = workspace.import(id, import)?;
    let symbol = match declared.symbol {
        Some(symbol) => template.exprs.text(symbol),
        None => name?,
    };
    Some((from, symbol))
}
