//! Evaluates expressions to terms over the parameters of their template.

use rustc_hash::{FxHashMap, FxHashSet};

use super::account::Account;
use super::freshness;
use super::functions::Function;
use super::module::Calls;
use super::null;
use super::show::Named;
use super::store::{Between, Domain};
use super::term::{CopyVariable, Name, Seq, Term, Value};
use super::terms::Terms;
use super::withheld::written_out;
use crate::limit::{Limit, Reached};
use crate::template::bounds::{Bounds, Sealed};
use crate::template::{
    BinaryOperator, Binder, Expr, ExprId, FunctionId, List, LocalId, NodeId, ParameterId, Property, Template,
    UnaryOperator, VariableId,
};
use crate::workspace::{TemplateId, Workspace};

/// Evaluates the templates of a workspace. It caches the values of variables, nodes and outputs.
pub struct Evaluator<'w> {
    pub(super) workspace: &'w Workspace,
    pub(super) terms: Terms,
    variables: FxHashMap<(TemplateId, VariableId), Option<Term>>,
    unknown: FxHashMap<(TemplateId, ExprId), Term>,
    pub(super) locals: Vec<(TemplateId, LocalId, Term)>,
    pub(super) node_ids: FxHashMap<(TemplateId, NodeId), Option<Term>>,
    pub(super) copy_lists: FxHashMap<(TemplateId, NodeId), Term>,
    pub(super) calls: Calls,
    /// Number of variables bound around the current expression.
    pub(super) level: u32,
    depth: u32,
    account: Account,
    /// Cache of calls of user-defined functions: equal arguments give equal values.
    pub(super) user_calls: FxHashMap<(TemplateId, FunctionId, Seq, u32), Term>,
    /// The user-defined functions on the call stack.
    pub(super) active: Vec<(TemplateId, FunctionId)>,
    /// The parameters whose properties already have their bounds.
    bounded: FxHashSet<Term>,
}

impl<'w> Evaluator<'w> {
    /// An evaluator of the templates of a workspace, with an empty cache.
    pub fn new(workspace: &'w Workspace) -> Self {
        Self {
            workspace,
            terms: Terms::default(),
            variables: FxHashMap::default(),
            unknown: FxHashMap::default(),
            locals: Vec::new(),
            node_ids: FxHashMap::default(),
            copy_lists: FxHashMap::default(),
            calls: Calls::default(),
            level: 0,
            depth: 0,
            account: Account::default(),
            user_calls: FxHashMap::default(),
            active: Vec::new(),
            bounded: FxHashSet::default(),
        }
    }

    /// The store of terms.
    pub fn terms(&mut self) -> &mut Terms {
        &mut self.terms
    }

    /// The store of terms, for reading.
    pub fn known_terms(&self) -> &Terms {
        &self.terms
    }

    /// The workspace that is evaluated.
    pub fn workspace(&self) -> &'w Workspace {
        self.workspace
    }

    pub(super) fn template(&self, id: TemplateId) -> &'w Template {
        self.workspace.template(id)
    }

    /// The limits that expressions of templates have reached, with the first expression of each.
    pub fn beyond_limits(&mut self) -> Vec<(TemplateId, Option<ExprId>, Reached)> {
        self.account.settle(&mut self.terms);
        self.account.reached()
    }

    /// The value of an expression in a node's declaration: loop variables stand for the copy loop at depth 0.
    pub fn value(&mut self, template: TemplateId, expr: ExprId) -> Term {
        if self.depth == 0 {
            self.account.pay(&mut self.terms, (template, Some(expr)));
        }
        if let Err(reached) = self.step() {
            self.went_beyond(reached);
            return self.terms.opaque();
        }
        self.depth += 1;
        let value = self.value_of(template, expr);
        self.depth -= 1;
        value
    }

    /// Attributes the limits reached so far to the last requested expression, before the terms are used for anything
    /// else.
    pub fn settle(&mut self) {
        if !self.terms.reached.is_empty() {
            self.account.settle(&mut self.terms);
        }
    }

    /// Spends one step of evaluation; fails if that, the depth or the work exceeds its limit.
    fn step(&mut self) -> Result<(), Reached> {
        self.account.steps.spend(1)?;
        Limit::ExpressionDepth.check(self.depth + 1)?;
        Limit::ExpressionBinders.check(self.level)?;
        self.terms.work()
    }

    /// Records that the last requested expression was not evaluated completely.
    pub fn went_beyond(&mut self, reached: Reached) {
        self.account.went_beyond(reached);
    }

    fn value_of(&mut self, id: TemplateId, expr: ExprId) -> Term {
        let template = self.template(id);
        let exprs = &template.exprs;
        match exprs.get(expr) {
            Expr::Unknown => self.unknown(id, expr),
            Expr::Null => self.terms.null(),
            Expr::Bool(value) => self.terms.bool(value),
            Expr::Int(value) => self.terms.int(value),
            Expr::Text(text) => {
                let literal = self.terms.literal(exprs.text(text));
                written_out(&mut self.terms, template.language, literal)
            }
            Expr::Interpolation(parts) => {
                // A piece by itself is not an id. Ex) `${group.id}/providers/Microsoft.Network/virtualHubs/hub`
                let piece = |evaluator: &mut Self, part: ExprId| match exprs.get(part) {
                    Expr::Text(text) => {
                        let piece = evaluator.terms.text(exprs.text(text));
                        written_out(&mut evaluator.terms, template.language, piece)
                    }
                    _ => evaluator.value(id, part),
                };
                let parts: Vec<Term> = exprs.list(parts).iter().map(|&part| piece(self, part)).collect();
                self.terms.concat(&parts)
            }
            Expr::Object(list) => self.object(id, exprs.object(list)),
            Expr::Array(list) => self.array(id, exprs.list(list)),
            Expr::Spread(inner) | Expr::Paren(inner) | Expr::NonNull(inner) => self.value(id, inner),
            Expr::Parameter(parameter) => self.parameter(id, parameter),
            Expr::Variable(variable) => self.variable(id, variable),
            Expr::Node(node) => super::node::node_or_null(self, id, node),
            Expr::Local(local) => self.local(id, local, expr),
            Expr::Import(import) => self.import(id, import, None),
            Expr::Call { function, arguments } => self.call(id, expr, exprs.text(function), arguments),
            Expr::UserCall { function, arguments } => {
                let arguments = self.list(id, arguments);
                self.user_call(id, function, &arguments)
            }
            Expr::ImportCall { import, function, arguments } => {
                self.import_call(id, import, function, arguments)
            }
            Expr::Member { base, name, safe } => self.member(id, base, exprs.text(name), safe),
            Expr::Method { base, name, arguments } => {
                let mut all = vec![self.value(id, base)];
                all.extend(self.list(id, arguments));
                let method = Function::method(&mut self.terms, exprs.text(name));
                self.terms.unfolded(method, &all)
            }
            Expr::Index { base, index, from_end, safe } => self.index(id, base, index, from_end, safe),
            Expr::Unary { operator, operand } => {
                let operand = self.value(id, operand);
                match operator {
                    UnaryOperator::Not => self.terms.not(operand),
                    UnaryOperator::Minus => {
                        let zero = self.terms.int(0);
                        self.terms.call(Function::Minus, &[zero, operand])
                    }
                }
            }
            Expr::Binary { operator, left, right } => {
                let (left, right) = (self.value(id, left), self.value(id, right));
                binary(&mut self.terms, operator, left, right)
            }
            Expr::Ternary { condition, yes, no } => {
                let condition = self.value(id, condition);
                match self.terms.known_bool(condition) {
                    Some(true) => self.value(id, yes),
                    Some(false) => self.value(id, no),
                    None => {
                        let (yes, no) = (self.value(id, yes), self.value(id, no));
                        self.terms.if_(condition, yes, no)
                    }
                }
            }
            Expr::Lambda { parameters, body } => {
                self.lambda(id, &exprs.local_lists[parameters.range()], body)
            }
            Expr::For { list, item, index, body } => self.for_loop(id, list, item, index, body),
            Expr::ParentAssignments => self.parent_assignments(id, expr),
        }
    }

    pub(super) fn list(&mut self, id: TemplateId, list: List) -> Vec<Term> {
        self.template(id).exprs.list(list).iter().map(|&expr| self.value(id, expr)).collect()
    }

    /// The value of an expression without a known meaning: an opaque term, the same at each request for the same place.
    pub(super) fn unknown(&mut self, id: TemplateId, expr: ExprId) -> Term {
        if let Some(&known) = self.unknown.get(&(id, expr)) {
            return known;
        }
        let opaque = self.terms.opaque();
        self.unknown.insert((id, expr), opaque);
        opaque
    }

    /// The term of a parameter, with the domain that its declaration gives.
    pub fn parameter(&mut self, id: TemplateId, parameter: ParameterId) -> Term {
        let template = self.template(id);
        let declared = &template.parameters[parameter.ix()];
        let term = self.terms.parameter(id, parameter, || Domain {
            name: template.exprs.text(declared.name).into(),
            ty: declared.ty,
            is_never_null: !null::may_be_null(template, parameter),
            allowed: None,
            numbers: declared
                .bounds
                .as_ref()
                .map_or_else(Between::default, |bounds| Between { least: bounds.least, most: bounds.most }),
            lengths: declared.bounds.as_ref().map_or_else(Between::default, |bounds| Between {
                least: bounds.least_length,
                most: bounds.most_length,
            }),
            sealed: None,
            is_fresh: declared.default.is_some_and(|default| freshness::is_fresh_default(template, default)),
        });
        if let Some(allowed) = &declared.allowed
            && self.terms.domain(term).is_some_and(|domain| domain.allowed.is_none())
        {
            let mut allowed: Vec<Term> = allowed.iter().map(|&value| self.value(id, value)).collect();
            if !self.terms.is_never_null(term) {
                allowed.push(self.terms.null());
            }
            if allowed.iter().all(|&value| self.terms.is_literal(value)) {
                self.terms.domain_mut(term).allowed = Some(allowed);
            }
        }
        if let Some(bounds) = &declared.bounds
            && let Some(few) = (Between { least: bounds.least, most: bounds.most }).few()
            && self.terms.domain(term).is_some_and(|domain| domain.allowed.is_none())
        {
            let mut allowed: Vec<Term> = few.map(|number| self.terms.int(number)).collect();
            if !self.terms.is_never_null(term) {
                allowed.push(self.terms.null());
            }
            self.terms.domain_mut(term).allowed = Some(allowed);
        }
        if let Some(bounds) = &declared.bounds
            && !(bounds.properties.is_empty() && bounds.sealed.is_empty())
            && self.bounded.insert(term)
        {
            self.bound_properties(id, term, bounds);
        }
        term
    }

    /// Sets the domains of the properties of a parameter, from its type.
    fn bound_properties(&mut self, id: TemplateId, parameter: Term, bounds: &Bounds) {
        let at = |terms: &mut Terms, path: &[Box<str>]| {
            path.iter().fold(parameter, |of, name| terms.member(of, name))
        };
        for Sealed { path, names } in &bounds.sealed {
            let object = at(&mut self.terms, path);
            self.terms.domain_mut(object).sealed = Some(names.clone().into());
        }
        for property in &bounds.properties {
            let mut allowed: Vec<Term> =
                property.allowed.iter().map(|&value| self.value(id, value)).collect();
            let term = at(&mut self.terms, &property.path);
            if property.may_be_missing || !self.terms.is_never_null(parameter) {
                allowed.push(self.terms.null());
            } else {
                let domain = self.terms.domain_mut(term);
                (domain.ty, domain.is_never_null) = (property.ty, true);
            }
            if property.allowed.is_empty() {
                continue;
            }
            if allowed.iter().all(|&value| self.terms.is_literal(value)) {
                self.terms.domain_mut(term).allowed = Some(allowed);
            }
        }
    }

    pub(super) fn variable(&mut self, id: TemplateId, variable: VariableId) -> Term {
        if let Some(&known) = self.variables.get(&(id, variable)) {
            // A variable that refers to itself has no value.
            return known.unwrap_or_else(|| self.terms.opaque());
        }
        self.variables.insert((id, variable), None);
        let value = self.value_alone(id, self.template(id).variables[variable.ix()].value);
        self.variables.insert((id, variable), Some(value));
        value
    }

    /// The value of an expression outside any binder, such as that of a variable, wherever it is used.
    pub(super) fn value_alone(&mut self, id: TemplateId, expr: ExprId) -> Term {
        let outer = std::mem::replace(&mut self.level, 0);
        let value = self.value(id, expr);
        self.level = outer;
        value
    }

    fn local(&mut self, id: TemplateId, local: LocalId, expr: ExprId) -> Term {
        match self.template(id).exprs.locals[local.ix()].binder {
            Binder::NodeIndex(_) => self.terms.copy_index(CopyVariable::OF_NODE),
            Binder::NodeItem(node) => {
                let Some(list) = self.copy_list(id, node) else { return self.unknown(id, expr) };
                let index = self.terms.copy_index(CopyVariable::OF_NODE);
                self.terms.index(list, index)
            }
            Binder::ForItem | Binder::ForIndex | Binder::Lambda | Binder::Function => {
                let bound = self.locals.iter().rev().find(|(of, bound, _)| (*of, *bound) == (id, local));
                if let Some(&(.., value)) = bound { value } else { self.unknown(id, expr) }
            }
        }
    }

    fn object(&mut self, id: TemplateId, properties: &[Property]) -> Term {
        let exprs = &self.template(id).exprs;
        let mut parts: Vec<Term> = Vec::new();
        let mut known: Vec<(Name, Term)> = Vec::with_capacity(properties.len());
        for property in properties {
            let part = match *property {
                Property::Named { key, value } => {
                    let value = self.value(id, value);
                    known.push((self.terms.intern(exprs.text(key)), value));
                    continue;
                }
                Property::Computed { key, value } => {
                    let (key, value) = (self.value(id, key), self.value(id, value));
                    self.terms.call(Function::CreateObject, &[key, value])
                }
                Property::Spread(inner) => self.value(id, inner),
            };
            if !known.is_empty() {
                parts.push(self.terms.object(&known));
                known.clear();
            }
            parts.push(part);
        }
        let last = self.terms.object(&known);
        if parts.is_empty() {
            return last;
        }
        if !known.is_empty() {
            parts.push(last);
        }
        self.terms.call(Function::Merged, &parts)
    }

    fn array(&mut self, id: TemplateId, elements: &[ExprId]) -> Term {
        let exprs = &self.template(id).exprs;
        let mut parts = Vec::new();
        let mut known = Vec::with_capacity(elements.len());
        for &element in elements {
            let value = self.value(id, element);
            if let Expr::Spread(_) = exprs.get(element) {
                parts.push(self.terms.array(&known));
                parts.push(value);
                known.clear();
            } else {
                known.push(value);
            }
        }
        let last = self.terms.array(&known);
        if parts.is_empty() {
            return last;
        }
        parts.push(last);
        parts.retain(|&part| self.terms.elements(part).is_none_or(|elements| !elements.is_empty()));
        self.terms.call(Function::Concat, &parts)
    }

    fn lambda(&mut self, id: TemplateId, parameters: &[LocalId], body: ExprId) -> Term {
        let level = self.level;
        let count = parameters.len() as u32;
        // A lambda over a list also takes an index, named or not.
        self.level += count.max(2);
        for (at, &parameter) in parameters.iter().enumerate() {
            let bound = self.terms.bound(level + at as u32);
            self.locals.push((id, parameter, bound));
        }
        let body = self.value(id, body);
        self.locals.truncate(self.locals.len() - parameters.len());
        self.level = level;
        self.terms.lambda(level, count, body)
    }

    fn for_loop(
        &mut self,
        id: TemplateId,
        list: ExprId,
        item: LocalId,
        index: LocalId,
        body: ExprId,
    ) -> Term {
        let list = self.value(id, list);
        if let Some(elements) = self.terms.elements(list).map(<[Term]>::to_vec) {
            let mut all = Vec::with_capacity(elements.len());
            for (at, element) in elements.into_iter().enumerate() {
                if let Err(reached) = self.account.steps.check() {
                    self.went_beyond(reached);
                    return self.terms.opaque();
                }
                let at = self.terms.int(at as i64);
                all.push(self.with_item(id, (item, element), (index, at), body));
            }
            return self.terms.array(&all);
        }
        let level = self.level;
        self.level += 1;
        let at = self.terms.bound(level);
        let element = self.terms.index(list, at);
        let value = self.with_item(id, (item, element), (index, at), body);
        self.level = level;
        let length = self.terms.call(Function::Length, &[list]);
        self.terms.sequence(length, value, level)
    }

    fn with_item(
        &mut self,
        id: TemplateId,
        item: (LocalId, Term),
        index: (LocalId, Term),
        body: ExprId,
    ) -> Term {
        self.locals.push((id, item.0, item.1));
        self.locals.push((id, index.0, index.1));
        let value = self.value(id, body);
        self.locals.truncate(self.locals.len() - 2);
        value
    }

    /// An expression in the body of a variable's loop, for the element at an index.
    pub(super) fn value_in_loop(
        &mut self,
        id: TemplateId,
        variable: VariableId,
        at: Term,
        expr: ExprId,
    ) -> Term {
        let exprs = &self.template(id).exprs;
        let value = self.template(id).variables[variable.ix()].value;
        let Expr::For { list, item, index, .. } = exprs.get(exprs.peel(value)) else {
            return self.value(id, expr);
        };
        let list = self.value(id, list);
        let element = self.terms.index(list, at);
        self.with_item(id, (item, element), (index, at), expr)
    }
}

/// The names of the evaluated variables of a template, by their values. Messages show a name instead of a value that is
/// composed of others. If several variables have the same value, the first counts.
pub fn named(evaluator: &Evaluator<'_>, id: TemplateId) -> Named {
    let template = evaluator.template(id);
    let mut names = Named::default();
    for at in 0..template.variables.len() {
        let known = evaluator.variables.get(&(id, VariableId(at as u32))).copied().flatten();
        if let Some(term) = known.filter(|&term| is_worth_a_name(&evaluator.terms, term)) {
            let name = template.exprs.text(template.variables[at].name);
            names.entry(term).or_insert_with(|| name.into());
        }
    }
    names
}

/// Whether a value is composed of others. A comparison is shown by its sides, because they say what to change.
fn is_worth_a_name(terms: &Terms, term: Term) -> bool {
    matches!(
        terms.get(term),
        Value::Call(..)
            | Value::Concat(_)
            | Value::If(..)
            | Value::Coalesce(..)
            | Value::Object(_)
            | Value::Array(_)
            | Value::Sequence { .. }
    )
}

/// Applies a binary operator.
fn binary(terms: &mut Terms, operator: BinaryOperator, left: Term, right: Term) -> Term {
    match operator {
        BinaryOperator::And => terms.and(&[left, right]),
        BinaryOperator::Or => terms.or(&[left, right]),
        BinaryOperator::Equal => terms.equal(left, right),
        BinaryOperator::NotEqual => terms.call(Function::NotEqual, &[left, right]),
        BinaryOperator::EqualInsensitive => terms.call(Function::EqualIgnoringCase, &[left, right]),
        BinaryOperator::NotEqualInsensitive => {
            let equal = terms.call(Function::EqualIgnoringCase, &[left, right]);
            terms.not(equal)
        }
        BinaryOperator::Coalesce => terms.coalesce(left, right),
        BinaryOperator::Multiply => terms.call(Function::Times, &[left, right]),
        BinaryOperator::Divide => terms.call(Function::Divided, &[left, right]),
        BinaryOperator::Modulo => terms.call(Function::Remainder, &[left, right]),
        BinaryOperator::Add => terms.call(Function::Plus, &[left, right]),
        BinaryOperator::Subtract => terms.call(Function::Minus, &[left, right]),
        BinaryOperator::Less => terms.call(Function::Less, &[left, right]),
        BinaryOperator::LessOrEqual => terms.call(Function::AtMost, &[left, right]),
        BinaryOperator::Greater => terms.call(Function::More, &[left, right]),
        BinaryOperator::GreaterOrEqual => terms.call(Function::AtLeast, &[left, right]),
    }
}
