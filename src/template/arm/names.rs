//! Names: parameters, variables, functions, loops. Azure compares them without case.

use rustc_hash::FxHashMap;

use crate::source::Span;
use crate::template::{
    BinaryOperator, Expr, ExprId, FunctionId, Parameter, ParameterId, ParameterType, Text, Variable,
    VariableId,
};

use super::json::{Kind, Member, ValueId};
use super::{Loop, Maker};

/// The declarations of a template by name in lower case.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) parameters: FxHashMap<String, ParameterId>,
    pub(super) variables: FxHashMap<String, VariableId>,
    pub(super) functions: FxHashMap<String, FunctionId>,
}

/// The meaning of a parameter that was added to an inner template because its expressions are evaluated in the outer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// A parameter of the template around.
    Parameter(String),
    /// The index of a loop around.
    Index(Option<String>),
    /// A fact of the outer deployment, such as `resourceGroup()`.
    Fact(String),
}

/// The value of a variable as written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Written {
    Value(ValueId),
    /// An element of a `copy` array: a name, a count and an input.
    Copy(ValueId),
}

impl Maker<'_> {
    /// `parameters('name')`
    pub(super) fn parameter(&mut self, name: &str, span: Span) -> Expr {
        if let Some((_, local)) = self.locals.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            return Expr::Local(*local);
        }
        let key = name.to_ascii_lowercase();
        if let Some(&id) = self.names.parameters.get(&key) {
            return Expr::Parameter(id);
        }
        let declared = self.is_outer
            && self.sections.parameters.is_some_and(|section| self.member(section, name).is_some());
        if declared {
            return Expr::Parameter(self.pass(Passed::Parameter(name.to_owned()), name));
        }
        self.problem(span, format!("`{name}` is not a parameter"));
        Expr::Unknown
    }

    /// The parameter that brings something in from around.
    pub(super) fn pass(&mut self, what: Passed, name: &str) -> ParameterId {
        if let Some((id, _)) = self.passed.iter().find(|(_, known)| *known == what) {
            return *id;
        }
        let id = ParameterId(self.template.parameters.len() as u32);
        let text = self.template.exprs.add_text(name);
        self.template.parameters.push(Parameter {
            name: text,
            span: Span::default(),
            default: None,
            ty: ParameterType::Any,
            allowed: None,
            nullable: false,
            is_secure: false,
            bounds: None,
        });
        if let Passed::Parameter(name) = &what {
            self.names.parameters.insert(name.to_ascii_lowercase(), id);
        }
        self.passed.push((id, what));
        id
    }

    /// `variables('name')`
    pub(super) fn variable(&mut self, name: &str, span: Span) -> Expr {
        let key = name.to_ascii_lowercase();
        if let Some(&id) = self.names.variables.get(&key) {
            return Expr::Variable(id);
        }
        if self.is_outer
            && let Some((member, written)) = self.written_variable(name)
        {
            return Expr::Variable(self.declare_variable(&key, member, written));
        }
        self.problem(span, format!("`{name}` is not a variable"));
        Expr::Unknown
    }

    fn written_variable(&self, name: &str) -> Option<(Member, Written)> {
        let section = self.sections.variables?;
        let all = self.written_variables(section);
        all.into_iter().rev().find(|(member, _)| member.key.decoded(self.text).eq_ignore_ascii_case(name))
    }

    /// The variables of a section, those of its `copy` array too.
    pub(super) fn written_variables(&self, section: ValueId) -> Vec<(Member, Written)> {
        let mut found = Vec::new();
        for member in self.json.members(section) {
            let is_copy = member.key.decoded(self.text).eq_ignore_ascii_case("copy");
            if is_copy && matches!(self.json.get(member.value).kind, Kind::Array(_)) {
                for &element in self.json.elements(member.value) {
                    let name = self.member(element, "name").map(|name| self.json.get(name).kind);
                    if let Some(Kind::String(key)) = name {
                        found.push((Member { key, value: element }, Written::Copy(element)));
                    }
                }
            } else {
                found.push((*member, Written::Value(member.value)));
            }
        }
        found
    }

    pub(super) fn declare_variable(&mut self, key: &str, member: Member, written: Written) -> VariableId {
        let id = VariableId(self.template.variables.len() as u32);
        let name = self.quoted(member.key);
        let value = self.template.exprs.add(Expr::Unknown, self.span(member.value));
        self.template.variables.push(Variable { name, span: member.key.content, value });
        self.names.variables.insert(key.to_owned(), id);
        self.pending.push((id, written));
        id
    }

    /// Makes the values of the variables that have none yet; making one may declare others.
    pub(super) fn fill_pending(&mut self) {
        let loops = std::mem::take(&mut self.loops);
        let locals = std::mem::take(&mut self.locals);
        while let Some((id, written)) = self.pending.pop() {
            let value = match written {
                Written::Value(value) => self.value(value),
                Written::Copy(element) => self.copy_loop(element),
            };
            self.template.variables[id.ix()].value = value;
        }
        self.loops = loops;
        self.locals = locals;
    }

    /// `copyIndex()`, `copyIndex('name')`, with an offset or without.
    pub(super) fn copy_index(&mut self, name: Option<&str>, span: Span) -> Expr {
        let is_meant = |around: &&Loop| match (name, &around.name) {
            (Some(name), Some(known)) => known.eq_ignore_ascii_case(name),
            (Some(_), None) => false,
            (None, _) => around.is_nameless,
        };
        let nameless = self.loops.last().filter(|_| name.is_none() && !self.is_outer);
        if let Some(found) = self.loops.iter().rev().find(is_meant).or(nameless) {
            return Expr::Local(found.index);
        }
        if self.is_outer {
            let shown = format!("copyIndex({})", name.unwrap_or_default());
            return Expr::Parameter(self.pass(Passed::Index(name.map(str::to_owned)), &shown));
        }
        let message = match name {
            Some(name) => format!("`copyIndex('{name}')` is not inside a loop of that name"),
            None => "`copyIndex()` is not inside a loop".to_owned(),
        };
        self.problem(span, message);
        Expr::Unknown
    }

    /// The value of such a parameter in the outer template.
    pub(super) fn passed_value(&mut self, what: &Passed, span: Span) -> ExprId {
        let value = match what {
            Passed::Parameter(name) => self.parameter(name, span),
            Passed::Index(name) => self.copy_index(name.as_deref(), span),
            Passed::Fact(function) => self.fact(function),
        };
        self.template.exprs.add(value, span)
    }

    /// A function without arguments whose value is a fact of the deployment.
    pub(super) fn fact(&mut self, function: &str) -> Expr {
        if self.is_outer {
            let shown = format!("{function}()");
            return Expr::Parameter(self.pass(Passed::Fact(function.to_owned()), &shown));
        }
        let function = self.template.exprs.add_text(function);
        Expr::Call { function, arguments: crate::template::List::default() }
    }

    /// A call of a built-in function.
    pub(super) fn built_in(&mut self, function: &str, arguments: &[ExprId], span: Span) -> ExprId {
        let function: Text = self.template.exprs.add_text(function);
        let arguments = self.template.exprs.add_list(arguments.iter().copied());
        self.template.exprs.add(Expr::Call { function, arguments }, span)
    }

    /// `base + offset`
    pub(super) fn plus(&mut self, base: Expr, offset: ExprId, span: Span) -> Expr {
        if matches!(self.template.exprs.get(offset), Expr::Int(0)) {
            return base;
        }
        let left = self.template.exprs.add(base, span);
        Expr::Binary { operator: BinaryOperator::Add, left, right: offset }
    }
}
