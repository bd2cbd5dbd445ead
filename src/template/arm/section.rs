//! Parameters, variables, functions and outputs.

use crate::limit::Limit;
use crate::template::bounds::Bounds;
use crate::template::{
    Binder, Expr, ExprId, Function, FunctionId, LocalId, Output, Parameter, ParameterId, ParameterType,
};

use super::json::{Kind, Member, ValueId};
use super::{Loop, Maker};

impl Maker<'_> {
    /// Every name of the template, then defaults and functions.
    pub(super) fn declare(&mut self) {
        let json = self.json;
        let parameters = self.sections.parameters.map_or(&[][..], |section| json.members(section));
        for member in parameters {
            let id = ParameterId(self.template.parameters.len() as u32);
            let name = self.quoted(member.key);
            self.template.parameters.push(Parameter {
                name,
                span: member.key.content,
                default: None,
                ty: ParameterType::Any,
                allowed: None,
                nullable: false,
                is_secure: false,
                bounds: None,
            });
            let key = member.key.decoded(self.text).to_ascii_lowercase();
            self.names.parameters.insert(key, id);
        }
        if let Some(section) = self.sections.variables {
            let mut written = self.written_variables(section);
            for (member, written) in written.drain(..) {
                let key = member.key.decoded(self.text).to_ascii_lowercase();
                self.declare_variable(&key, member, written);
            }
        }
        self.declare_functions();
        for (at, member) in parameters.iter().enumerate() {
            self.fill_parameter(at, member.value);
        }
    }

    fn fill_parameter(&mut self, at: usize, written: ValueId) {
        let default = self.member(written, "defaultValue").map(|value| self.value(value));
        let (ty, nullable, allowed) = self.type_of(written);
        let is_secure =
            self.written_type(written).0.is_some_and(|ty| ty.to_ascii_lowercase().starts_with("secure"));
        // Each element of a list must be allowed, not the list: that bounds nothing.
        let is_scalar = matches!(ty, ParameterType::Bool | ParameterType::Int | ParameterType::String);
        let allowed = allowed.filter(|_| is_scalar).map(|allowed| {
            let values = self.json.elements(allowed);
            values.iter().map(|&value| self.value(value)).collect::<Vec<ExprId>>()
        });
        let bounds = self.bounds_of(written);
        let parameter = &mut self.template.parameters[at];
        parameter.default = default;
        parameter.ty = ty;
        parameter.nullable = nullable;
        parameter.allowed = allowed;
        parameter.is_secure = is_secure;
        parameter.bounds = bounds;
    }

    /// The bounds of a value or its length, such as `"minLength": 1`.
    fn bounds_of(&mut self, written: ValueId) -> Option<Box<Bounds>> {
        let mut number = |key: &str| {
            let value = self.member(written, key)?;
            let value = self.value(value);
            match self.template.exprs.get(value) {
                Expr::Int(value) => Some(value),
                _ => None,
            }
        };
        let bounds = Bounds {
            least: number("minValue"),
            most: number("maxValue"),
            least_length: number("minLength"),
            most_length: number("maxLength"),
            ..Bounds::default()
        };
        bounds.if_any()
    }

    /// Resolves a type through `$ref`: the type, whether it admits null, and the allowed values.
    fn type_of(&self, mut written: ValueId) -> (ParameterType, bool, Option<ValueId>) {
        let mut nullable = false;
        let mut allowed = None;
        let (whole, mut left) = (written, Limit::ArmDefinitions.budget());
        loop {
            if let Err(reached) = left.spend(1) {
                self.limits.borrow_mut().add(self.span(whole), reached);
                break;
            }
            nullable |= self
                .member(written, "nullable")
                .is_some_and(|value| matches!(self.json.get(value).kind, Kind::Bool(true)));
            allowed = allowed.or_else(|| self.member(written, "allowedValues"));
            if let Some(ty) = self.member_text(written, "type") {
                return (parameter_type(&ty), nullable, allowed);
            }
            let definition = self.member_text(written, "$ref").and_then(|path| {
                let name = path.strip_prefix("#/definitions/")?.to_owned();
                self.member(self.sections.definitions?, &name)
            });
            match definition {
                Some(definition) => written = definition,
                None => break,
            }
        }
        (ParameterType::Any, nullable, allowed)
    }

    /// Functions are declared before any of their bodies is made: they may call one another.
    fn declare_functions(&mut self) {
        let Some(section) = self.sections.functions else { return };
        let mut bodies = Vec::new();
        for &namespace in self.json.elements(section) {
            let space = self.member_text(namespace, "namespace").unwrap_or_default();
            let Some(members) = self.member(namespace, "members") else { continue };
            for member in self.json.members(members) {
                bodies.push((self.declare_function(&space, *member), member.value));
            }
        }
        for (id, written) in bodies {
            self.fill_function(id, written);
        }
    }

    fn declare_function(&mut self, namespace: &str, member: Member) -> FunctionId {
        let id = FunctionId(self.template.functions.len() as u32);
        let name = format!("{namespace}.{}", member.key.decoded(self.text));
        self.names.functions.insert(name.to_ascii_lowercase(), id);
        let name = self.template.exprs.add_text(&name);
        let body = self.template.exprs.add(Expr::Unknown, self.span(member.value));
        let function = Function { name, span: member.key.content, parameters: Vec::new(), body };
        self.template.functions.push(function);
        id
    }

    fn fill_function(&mut self, id: FunctionId, written: ValueId) {
        let mut parameters = Vec::new();
        let declared = self.member(written, "parameters");
        for &parameter in declared.map_or(&[][..], |declared| self.json.elements(declared)) {
            let Some(Kind::String(name)) =
                self.member(parameter, "name").map(|name| self.json.get(name).kind)
            else {
                continue;
            };
            let text = self.quoted(name);
            let local = self.template.exprs.add_local(text, Binder::Function);
            self.locals.push((name.decoded(self.text).into_owned(), local));
            parameters.push(local);
        }
        let value = self.json.path(self.text, written, &["output", "value"]);
        let body = value.map(|value| self.value(value));
        self.locals.clear();
        let function = &mut self.template.functions[id.ix()];
        function.parameters = parameters;
        function.body = body.unwrap_or(function.body);
    }

    /// A function of the outer template, if names are looked up there.
    pub(super) fn function_around(&mut self, name: &str) -> Option<FunctionId> {
        let (space, function) = name.split_once('.').filter(|_| self.is_outer)?;
        let section = self.sections.functions?;
        let found = self.json.elements(section).iter().find_map(|&namespace| {
            let known = self.member_text(namespace, "namespace")?;
            let members = self.member(namespace, "members").filter(|_| known.eq_ignore_ascii_case(space))?;
            let is_it = |member: &&Member| member.key.decoded(self.text).eq_ignore_ascii_case(function);
            self.json.members(members).iter().find(is_it).copied()
        })?;
        let id = self.declare_function(space, found);
        let locals = std::mem::take(&mut self.locals);
        self.fill_function(id, found.value);
        self.locals = locals;
        Some(id)
    }

    pub(super) fn outputs(&mut self, section: ValueId) {
        for member in self.json.members(section) {
            let (ty, ..) = self.written_type(member.value);
            let is_secure = ty.is_some_and(|ty| ty.to_ascii_lowercase().starts_with("secure"));
            self.template.has_secure_output |= is_secure;
            let condition = self.member(member.value, "condition").map(|value| self.value(value));
            let value = match (self.member(member.value, "value"), self.member(member.value, "copy")) {
                (Some(value), _) => self.value(value),
                (None, Some(copy)) => self.copy_loop(copy),
                (None, None) => self.template.exprs.add(Expr::Null, self.span(member.value)),
            };
            let name = self.quoted(member.key);
            self.template.outputs.push(Output { name, span: member.key.content, value, condition });
        }
    }

    fn written_type(&self, written: ValueId) -> (Option<String>, ValueId) {
        (self.member_text(written, "type"), written)
    }

    /// Converts `{ "count": …, "input": … }` to a for-expression. It has a name if it is one of several.
    pub(super) fn copy_loop(&mut self, written: ValueId) -> ExprId {
        let span = self.span(written);
        let count = match self.member(written, "count") {
            Some(count) => self.value(count),
            None => self.template.exprs.add(Expr::Unknown, span),
        };
        let list = self.range(count, span);
        let name = self.member_text(written, "name");
        let item = self.index_local(Binder::ForItem);
        let index = self.index_local(Binder::ForIndex);
        // In a loop without a name, such as that of an output, a bare `copyIndex()` means this loop.
        self.loops.push(Loop { is_nameless: name.is_none(), name, index });
        let body = match self.member(written, "input") {
            Some(input) => self.value(input),
            None => self.template.exprs.add(Expr::Null, span),
        };
        self.loops.pop();
        self.template.exprs.add(Expr::For { list, item, index, body }, span)
    }

    /// The local name of a loop's index or element.
    pub(super) fn index_local(&mut self, binder: Binder) -> LocalId {
        let name = self.template.exprs.add_text("copyIndex()");
        self.template.exprs.add_local(name, binder)
    }

    /// `range(0, count)`
    pub(super) fn range(&mut self, count: ExprId, span: crate::source::Span) -> ExprId {
        let zero = self.template.exprs.add(Expr::Int(0), span);
        self.built_in("range", &[zero, count], span)
    }
}

fn parameter_type(name: &str) -> ParameterType {
    match name.to_ascii_lowercase().as_str() {
        "bool" => ParameterType::Bool,
        "string" | "securestring" => ParameterType::String,
        "int" => ParameterType::Int,
        "array" => ParameterType::Array,
        "object" | "secureobject" => ParameterType::Object,
        _ => ParameterType::Any,
    }
}
