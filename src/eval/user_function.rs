//! User-defined functions (`func`), and variables and functions imported from other files.

use super::evaluator::Evaluator;
use super::functions::Function;
use super::template_number::template_number;
use super::term::Term;
use super::terms::Terms;
use crate::template::{FunctionId, ImportId, List, Template, Text, VariableId};
use crate::workspace::TemplateId;

impl Evaluator<'_> {
    pub(super) fn user_call(&mut self, id: TemplateId, function: FunctionId, arguments: &[Term]) -> Term {
        let key = (id, function, self.terms.list(arguments), self.level);
        if let Some(&known) = self.user_calls.get(&key) {
            return known;
        }
        if self.active.contains(&(id, function)) {
            // A recursive function has no value; Bicep forbids it.
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

    /// The value of an imported variable. For `import * as names`, `name` is the member: `hub` in `names.hub`.
    pub(super) fn import(&mut self, id: TemplateId, import: ImportId, name: Option<&str>) -> Term {
        let symbol = exported_name(self.template(id), import, name);
        let found = self.workspace.import(id, import).and_then(|from| {
            let template = self.template(from);
            let is_symbol = |name| template.exprs.text(name) == symbol;
            let at = template.variables.iter().position(|variable| is_symbol(variable.name))?;
            Some((from, VariableId(at as u32)))
        });
        match found {
            Some((from, variable)) => self.variable(from, variable),
            None => self.not_imported(id, import, symbol, Vec::new()),
        }
    }

    pub(super) fn import_call(
        &mut self,
        id: TemplateId,
        import: ImportId,
        function: Option<Text>,
        arguments: List,
    ) -> Term {
        let arguments = self.list(id, arguments);
        let template = self.template(id);
        let symbol = exported_name(template, import, function.map(|function| template.exprs.text(function)));
        let found = self.workspace.import(id, import).and_then(|from| {
            let template = self.template(from);
            // In compiled templates functions are in a namespace: `__bicep.hubName`.
            let at = template.functions.iter().position(|function| {
                let name = template.exprs.text(function.name);
                name == symbol || name.rsplit('.').next() == Some(symbol)
            })?;
            Some((from, FunctionId(at as u32)))
        });
        match found {
            Some((from, function)) => self.user_call(from, function, &arguments),
            None => self.not_imported(id, import, symbol, arguments),
        }
    }

    /// A term for a symbol whose file could not be read. It is the same term wherever the template names the symbol, so that
    /// two uses are known to be equal.
    fn not_imported(&mut self, id: TemplateId, import: ImportId, symbol: &str, arguments: Vec<Term>) -> Term {
        let template = self.template(id);
        let path = template.exprs.text(template.imports[import.ix()].from);
        of_unread_file(&mut self.terms, id, path, symbol, arguments)
    }
}

/// A term for the value that an unread file would give for `name`.
pub(super) fn of_unread_file(
    terms: &mut Terms,
    id: TemplateId,
    path: &str,
    name: &str,
    arguments: Vec<Term>,
) -> Term {
    let mut all = vec![template_number(terms, id), terms.text(path), terms.text(name)];
    all.extend(arguments);
    terms.unfolded(Function::Imported, &all)
}

/// The exported name that is imported: the import's own symbol, or `name` for a wildcard import.
fn exported_name<'n>(template: &'n Template, import: ImportId, name: Option<&'n str>) -> &'n str {
    match template.imports[import.ix()].symbol {
        Some(symbol) => template.exprs.text(symbol),
        None => name.unwrap_or_default(),
    }
}
