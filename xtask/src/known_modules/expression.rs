//! Prints values as Bicep expressions that have the same meaning when read back.

use std::collections::BTreeMap;

use bicep_race_lint::eval::term::{Ambient, CopyVariable, Function, Term, Value};
use bicep_race_lint::eval::terms::Terms;
use bicep_race_lint::template::ParameterId;
use bicep_race_lint::workspace::TemplateId;

/// Maximum length of an expression; a longer value is left out and then counts as unknown.
const LONGEST: usize = 1500;

/// The value has no expression.
pub(crate) struct Unwritten;

/// The number of occurrences of each parameter.
pub(crate) type Uses = BTreeMap<ParameterId, usize>;

type Written = Result<(), Unwritten>;

/// Prints the values of one template.
pub(crate) struct Expressions<'t> {
    terms: &'t Terms,
    template: TemplateId,
    /// The list of the loop that the current declaration belongs to.
    list: Option<Term>,
    /// The parameters that have occurred, with counts.
    pub(crate) parameters: Uses,
}

impl<'t> Expressions<'t> {
    pub(crate) fn new(terms: &'t Terms, template: TemplateId) -> Self {
        Self { terms, template, list: None, parameters: Uses::new() }
    }

    /// Sets the list of the loop for the following values.
    pub(crate) fn repeated_over(&mut self, list: Option<Term>) {
        self.list = list;
    }

    /// The store of terms.
    pub(crate) fn terms(&self) -> &'t Terms {
        self.terms
    }

    /// Prints a value as an expression; `None` if that is not possible.
    pub(crate) fn of(&mut self, term: Term) -> Option<String> {
        let before = self.parameters.clone();
        let mut out = String::new();
        if self.write(term, &mut out).is_err() {
            self.parameters = before;
            return None;
        }
        Some(out)
    }

    /// Prints a value as an expression. If that is not possible, the result is an expression that equals nothing else
    /// in one deployment.
    pub(crate) fn of_any(&mut self, term: Term, place: &str) -> String {
        self.of(term).unwrap_or_else(|| {
            let index = if self.list.is_some() { ", index" } else { "" };
            format!("unknown('{place}', {}{index})", Ambient::DeploymentName.source())
        })
    }

    fn write(&mut self, term: Term, out: &mut String) -> Written {
        if out.len() > LONGEST {
            return Err(Unwritten);
        }
        match self.terms.get(term) {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            Value::Int(value) => out.push_str(&value.to_string()),
            Value::Text(name) => {
                out.push('\'');
                out.push_str(&escaped(self.terms.name(name)));
                out.push('\'');
            }
            Value::Concat(parts) => self.interpolation(self.terms.seq(parts), out)?,
            Value::Array(elements) => {
                out.push('[');
                self.list(self.terms.seq(elements), out)?;
                out.push(']');
            }
            Value::Object(pairs) => self.object(self.terms.seq(pairs), out)?,
            Value::Parameter(template, parameter) => {
                if template != self.template {
                    return Err(Unwritten);
                }
                *self.parameters.entry(parameter).or_default() += 1;
                out.push_str(&self.terms.domain(term).ok_or(Unwritten)?.name);
            }
            Value::Ambient(fact) => out.push_str(fact.source()),
            Value::CopyIndex(CopyVariable::OF_NODE) if self.list.is_some() => out.push_str("index"),
            Value::Bound(level) => out.push_str(&format!("at{level}")),
            Value::Sequence { length, element, level } => self.sequence(length, element, level, out)?,
            Value::Lambda { level, count, body } => {
                let names: Vec<String> = (level..level + count).map(|level| format!("at{level}")).collect();
                out.push_str(&format!("({}) => ", names.join(", ")));
                self.write(body, out)?;
            }
            Value::Member(base, name) => {
                self.operand(base, out)?;
                let name = self.terms.name(name);
                if is_identifier(name) {
                    out.push_str(&format!(".{name}"));
                } else {
                    out.push_str(&format!("['{}']", escaped(name)));
                }
            }
            Value::Index(base, index) => {
                let is_own = Some(base) == self.list
                    && self.terms.get(index) == Value::CopyIndex(CopyVariable::OF_NODE);
                if is_own {
                    out.push_str("item");
                    return Ok(());
                }
                self.operand(base, out)?;
                out.push('[');
                self.write(index, out)?;
                out.push(']');
            }
            Value::Call(function, arguments) => {
                self.call(function, self.terms.seq(arguments), out)?;
            }
            Value::If(condition, yes, no) => {
                self.operand(condition, out)?;
                out.push_str(" ? ");
                self.operand(yes, out)?;
                out.push_str(" : ");
                self.operand(no, out)?;
            }
            Value::Coalesce(left, right) => self.infix(" ?? ", &[left, right], out)?,
            Value::Not(inner) => self.negation(inner, out)?,
            Value::And(operands) => self.infix(" && ", self.terms.seq(operands), out)?,
            Value::Or(operands) => self.infix(" || ", self.terms.seq(operands), out)?,
            Value::Equal(one, other) => match self.as_empty(one, other) {
                Some(list) => self.function("empty", &[list], out)?,
                None if self.terms.is_literal(one) => self.infix(" == ", &[other, one], out)?,
                None => self.infix(" == ", &[one, other], out)?,
            },
            Value::ResourceId { scope, ty, names } => {
                self.resource_id(scope, self.terms.name(ty), self.terms.seq(names), out)?;
            }
            Value::Tenant => out.push_str("tenant()"),
            Value::ManagementGroup(name) if self.is_fact(name, Ambient::ManagementGroupName) => {
                out.push_str("managementGroup()");
            }
            Value::ManagementGroup(name) => self.function("managementGroup", &[name], out)?,
            Value::Subscription(id) if self.is_fact(id, Ambient::SubscriptionId) => {
                out.push_str("subscription()");
            }
            Value::Subscription(id) => self.function("subscription", &[id], out)?,
            Value::ResourceGroup(id, name) => {
                match (
                    self.is_fact(id, Ambient::SubscriptionId),
                    self.is_fact(name, Ambient::ResourceGroupName),
                ) {
                    (true, true) => out.push_str("resourceGroup()"),
                    (true, false) => self.function("resourceGroup", &[name], out)?,
                    _ => self.function("resourceGroup", &[id, name], out)?,
                }
            }
            // The runtime state of a resource is the same for the same id.
            Value::Resource(id) => {
                out.push_str("reference(");
                self.write(id, out)?;
                out.push_str(", '', 'full')");
            }
            Value::CopyIndex(_) | Value::Opaque(_) => return Err(Unwritten),
        }
        Ok(())
    }

    fn is_fact(&self, term: Term, fact: Ambient) -> bool {
        self.terms.get(term) == Value::Ambient(fact)
    }

    /// The list, if an equality says that it is empty.
    fn as_empty(&self, one: Term, other: Term) -> Option<Term> {
        let length = match (self.terms.known_int(one), self.terms.known_int(other)) {
            (Some(0), _) => other,
            (_, Some(0)) => one,
            _ => return None,
        };
        self.length_of(length)
    }

    /// The list whose length is this value.
    fn length_of(&self, length: Term) -> Option<Term> {
        self.terms.as_length(length)
    }

    fn interpolation(&mut self, parts: &[Term], out: &mut String) -> Written {
        let mut written = Vec::with_capacity(parts.len());
        for &part in parts {
            let mut text = String::new();
            self.write(part, &mut text)?;
            written.push(text);
        }
        if written.iter().any(|text| has_literal(text)) {
            out.push_str(&format!("concat({})", written.join(", ")));
            return Ok(());
        }
        out.push('\'');
        for (&part, text) in parts.iter().zip(&written) {
            match self.terms.known_text(part) {
                Some(text) => out.push_str(&escaped(text)),
                None => out.push_str(&format!("${{{text}}}")),
            }
        }
        out.push('\'');
        Ok(())
    }

    fn object(&mut self, pairs: &[Term], out: &mut String) -> Written {
        if pairs.is_empty() {
            out.push_str("{}");
            return Ok(());
        }
        out.push_str("{ ");
        for (at, pair) in pairs.chunks_exact(2).enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            out.push_str(&key(self.terms.known_text(pair[0]).ok_or(Unwritten)?));
            out.push_str(": ");
            self.write(pair[1], out)?;
        }
        out.push_str(" }");
        Ok(())
    }

    fn sequence(&mut self, length: Term, element: Term, level: u32, out: &mut String) -> Written {
        // Ex) [for (el0, at0) in list: list[at0].name]
        out.push_str(&format!("[for (el{level}, at{level}) in "));
        if let Some(list) = self.length_of(length) {
            self.write(list, out)?;
        } else {
            out.push_str("range(0, ");
            self.write(length, out)?;
            out.push(')');
        }
        out.push_str(": ");
        self.write(element, out)?;
        out.push(']');
        Ok(())
    }

    fn negation(&mut self, inner: Term, out: &mut String) -> Written {
        match self.terms.get(inner) {
            Value::Equal(one, other) if self.as_empty(one, other).is_none() => {
                let (one, other) = if self.terms.is_literal(one) { (other, one) } else { (one, other) };
                self.infix(" != ", &[one, other], out)
            }
            Value::Equal(..) => {
                out.push('!');
                self.write(inner, out)
            }
            _ => {
                out.push('!');
                self.operand(inner, out)
            }
        }
    }

    fn resource_id(&mut self, scope: Term, ty: &str, names: &[Term], out: &mut String) -> Written {
        let (function, before) = match self.terms.get(scope) {
            Value::ResourceGroup(id, group) => {
                let here = self.is_fact(id, Ambient::SubscriptionId);
                match (here, here && self.is_fact(group, Ambient::ResourceGroupName)) {
                    (_, true) => ("resourceId", vec![]),
                    (true, false) => ("resourceId", vec![group]),
                    (false, _) => ("resourceId", vec![id, group]),
                }
            }
            Value::Subscription(id) if self.is_fact(id, Ambient::SubscriptionId) => {
                ("subscriptionResourceId", vec![])
            }
            Value::Subscription(id) => ("subscriptionResourceId", vec![id]),
            Value::ManagementGroup(name) => ("managementGroupResourceId", vec![name]),
            Value::Tenant => ("tenantResourceId", vec![]),
            Value::ResourceId { .. } | Value::Parameter(..) | Value::Member(..) | Value::Concat(_) => {
                ("extensionResourceId", vec![scope])
            }
            _ => return Err(Unwritten),
        };
        out.push_str(function);
        out.push('(');
        self.list(&before, out)?;
        if !before.is_empty() {
            out.push_str(", ");
        }
        out.push_str(&format!("'{ty}', "));
        self.list(names, out)?;
        out.push(')');
        Ok(())
    }

    fn call(&mut self, function: Function, arguments: &[Term], out: &mut String) -> Written {
        match (function, arguments) {
            // Parts of an object; later ones take precedence.
            (Function::Merged, parts) => {
                out.push_str("{ ");
                for (at, &part) in parts.iter().enumerate() {
                    out.push_str(if at > 0 { ", ..." } else { "..." });
                    self.operand(part, out)?;
                }
                out.push_str(" }");
                Ok(())
            }
            (Function::Deployment, _) => {
                out.push_str("deployment()");
                Ok(())
            }
            // Its message does not matter.
            (Function::Fail, _) => {
                out.push_str("fail('')");
                Ok(())
            }
            // These depend on a place in a file, or on the deployment.
            (
                Function::NewGuid
                | Function::UtcNow
                | Function::LoadFileAsBase64
                | Function::LoadJsonContent
                | Function::LoadTextContent
                | Function::LoadYamlContent
                | Function::Method(_),
                _,
            ) => Err(Unwritten),
            _ if function.is_internal() => Err(Unwritten),
            _ => match (function.sign(), arguments) {
                (None, _) => {
                    let name = function.name(self.terms).to_ascii_lowercase();
                    self.function(&name, arguments, out)
                }
                (Some(sign), &[one, other]) => {
                    self.operand(one, out)?;
                    out.push_str(&format!(" {sign} "));
                    self.operand(other, out)
                }
                _ => Err(Unwritten),
            },
        }
    }

    fn function(&mut self, name: &str, arguments: &[Term], out: &mut String) -> Written {
        out.push_str(name);
        out.push('(');
        self.list(arguments, out)?;
        out.push(')');
        Ok(())
    }

    fn list(&mut self, terms: &[Term], out: &mut String) -> Written {
        for (at, &term) in terms.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            self.write(term, out)?;
        }
        Ok(())
    }

    fn infix(&mut self, operator: &str, operands: &[Term], out: &mut String) -> Written {
        for (at, &operand) in operands.iter().enumerate() {
            if at > 0 {
                out.push_str(operator);
            }
            self.operand(operand, out)?;
        }
        Ok(())
    }

    /// Every compound operand gets parentheses; these expressions are only read by a parser.
    fn operand(&mut self, term: Term, out: &mut String) -> Written {
        let is_compound = match self.terms.get(term) {
            Value::And(_) | Value::Or(_) | Value::Equal(..) | Value::If(..) | Value::Coalesce(..) => true,
            Value::Not(_) | Value::Lambda { .. } => true,
            Value::Call(function, _) => function.sign().is_some() || function == Function::Merged,
            Value::Int(value) => value < 0,
            _ => false,
        };
        if !is_compound {
            return self.write(term, out);
        }
        out.push('(');
        self.write(term, out)?;
        out.push(')');
        Ok(())
    }
}

/// Whether an expression contains an object or list literal, so that it cannot be in an interpolated string. Ex) `list
/// ?? []`
fn has_literal(expression: &str) -> bool {
    let mut before = ' ';
    for char in expression.chars() {
        let is_index = before.is_ascii_alphanumeric() || matches!(before, '_' | ')' | ']');
        if char == '{' && before != '$' || char == '[' && !is_index {
            return true;
        }
        before = char;
    }
    false
}

/// A key of an object in source form.
pub(crate) fn key(name: &str) -> String {
    if is_identifier(name) { name.to_owned() } else { format!("'{}'", escaped(name)) }
}

pub(crate) fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\'', "\\'")
        .replace("${", "\\${")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t")
}
