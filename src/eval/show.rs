//! Terms as Bicep source would write them, for messages.

use super::functions::Function;
use super::term::{Term, Value};
use super::terms::Terms;

/// Longer than this many characters an expression is cut.
const LONGEST: usize = 120;

impl Terms {
    /// A term as source; long ones are cut with `…`.
    pub fn show(&self, term: Term) -> String {
        let mut out = String::new();
        self.write(term, &mut out, 0);
        if out.chars().count() > LONGEST {
            out = out.chars().take(LONGEST - 1).chain(['…']).collect();
        }
        out
    }

    fn write(&self, term: Term, out: &mut String, depth: u32) {
        if depth > 24 || out.len() > LONGEST * 4 {
            out.push('…');
            return;
        }
        let next = depth + 1;
        match self.get(term) {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            Value::Int(value) => out.push_str(&value.to_string()),
            Value::Text(name) => write_text(self.name(name), out),
            Value::Concat(seq) => {
                out.push('\'');
                for &part in self.seq(seq) {
                    if let Some(text) = self.known_text(part) {
                        out.push_str(&escaped(text));
                    } else {
                        out.push_str("${");
                        self.write(part, out, next);
                        out.push('}');
                    }
                }
                out.push('\'');
            }
            Value::Array(seq) => {
                out.push('[');
                self.write_list(self.seq(seq), out, next);
                out.push(']');
            }
            Value::Object(_) => out.push_str("{ … }"),
            Value::Parameter(..) => out.push_str(self.domain(term).map_or("?", |domain| &domain.name)),
            Value::Ambient(fact) => out.push_str(fact.source()),
            Value::CopyIndex(variable) => out.push(variable.letter()),
            Value::Bound(level) => {
                out.push('x');
                out.push_str(&(level % 10).to_string());
            }
            Value::Sequence { element, .. } => {
                out.push_str("[for …: ");
                self.write(element, out, next);
                out.push(']');
            }
            Value::Lambda { .. } => out.push_str("x => …"),
            Value::Member(base, name) => {
                self.write_operand(base, out, next);
                out.push('.');
                out.push_str(self.name(name));
            }
            // Ex) (hubs ?? [])[0]
            Value::Index(base, index) => {
                self.write_operand(base, out, next);
                out.push('[');
                self.write(index, out, next);
                out.push(']');
            }
            Value::Call(function, seq) => self.write_function(function, self.seq(seq), out, next),
            Value::If(condition, yes, no) => {
                for (before, part) in [("", condition), (" ? ", yes), (" : ", no)] {
                    out.push_str(before);
                    self.write_operand(part, out, next);
                }
            }
            Value::Coalesce(left, right) => self.write_infix(" ?? ", &[left, right], out, next),
            Value::Not(inner) => {
                if let Some((one, other)) = self.as_at_least(inner) {
                    self.write_operand(one, out, next);
                    out.push_str(" < ");
                    self.write_operand(other, out, next);
                } else if let Value::Equal(one, other) = self.get(inner) {
                    match self.as_empty(one, other) {
                        Some(list) => {
                            out.push('!');
                            self.write_call(Function::Empty, &[list], out, next);
                        }
                        None => self.write_infix(" != ", &[one, other], out, next),
                    }
                } else {
                    out.push('!');
                    self.write_operand(inner, out, next);
                }
            }
            Value::And(seq) => self.write_infix(" && ", self.seq(seq), out, next),
            Value::Or(seq) => self.write_infix(" || ", self.seq(seq), out, next),
            Value::Equal(one, other) => match self.as_empty(one, other) {
                Some(list) => self.write_call(Function::Empty, &[list], out, next),
                None if self.is_literal(one) => self.write_infix(" == ", &[other, one], out, next),
                None => self.write_infix(" == ", &[one, other], out, next),
            },
            Value::ResourceId { names, .. } => {
                let names = self.seq(names);
                match names {
                    [only] => self.write(*only, out, next),
                    _ => {
                        for (at, &name) in names.iter().enumerate() {
                            if at > 0 {
                                out.push('/');
                            }
                            self.write_name(name, out, next);
                        }
                    }
                }
            }
            Value::Resource(id) => self.write(id, out, next),
            Value::Tenant => out.push_str("tenant()"),
            Value::ManagementGroup(name) => self.write_call(Function::ManagementGroup, &[name], out, next),
            Value::Subscription(id) => self.write_call(Function::Subscription, &[id], out, next),
            Value::ResourceGroup(_, name) => self.write_call(Function::ResourceGroup, &[name], out, next),
            Value::Opaque(_) => out.push('…'),
        }
    }

    /// The parts of a comparison.
    fn as_at_least(&self, term: Term) -> Option<(Term, Term)> {
        let Value::Call(Function::AtLeast, seq) = self.get(term) else { return None };
        let &[one, other] = self.seq(seq) else { return None };
        Some((one, other))
    }

    /// The list, where an equality says that it is empty.
    fn as_empty(&self, one: Term, other: Term) -> Option<Term> {
        let length = match (self.known_int(one), self.known_int(other)) {
            (Some(0), _) => other,
            (_, Some(0)) => one,
            _ => return None,
        };
        self.as_length(length)
    }

    /// A name segment: without quotes where it is a literal.
    fn write_name(&self, term: Term, out: &mut String, depth: u32) {
        match self.known_text(term) {
            Some(text) => out.push_str(text),
            None => self.write(term, out, depth),
        }
    }

    fn write_operand(&self, term: Term, out: &mut String, depth: u32) {
        let compound = matches!(
            self.get(term),
            Value::And(_) | Value::Or(_) | Value::Equal(..) | Value::If(..) | Value::Coalesce(..)
        );
        if compound {
            out.push('(');
        }
        self.write(term, out, depth);
        if compound {
            out.push(')');
        }
    }

    fn write_infix(&self, operator: &str, operands: &[Term], out: &mut String, depth: u32) {
        for (at, &operand) in operands.iter().enumerate() {
            if at > 0 {
                out.push_str(operator);
            }
            let is_junction = matches!(
                self.get(operand),
                Value::And(_) | Value::Or(_) | Value::If(..) | Value::Coalesce(..)
            );
            if is_junction {
                self.write_operand(operand, out, depth);
            } else {
                self.write(operand, out, depth);
            }
        }
    }

    fn write_list(&self, terms: &[Term], out: &mut String, depth: u32) {
        for (at, &term) in terms.iter().take(4).enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            self.write(term, out, depth);
        }
        if terms.len() > 4 {
            out.push_str(", …");
        }
    }

    /// A function with its arguments. What only the evaluation knows is written as the Bicep that it comes from, where there is such.
    fn write_function(&self, function: Function, arguments: &[Term], out: &mut String, depth: u32) {
        match (function, arguments) {
            (Function::Merged, _) => out.push_str("{ … }"),
            // Ex) split(name, '/')[1]
            (Function::NameSegment, &[name, at, _]) => {
                out.push_str("split(");
                self.write(name, out, depth);
                out.push_str(", '/')[");
                self.write(at, out, depth);
                out.push(']');
            }
            // Numbers of templates and nodes change with what else is read.
            (Function::Module, [symbol, _, _, _, index @ ..]) => {
                self.write_name(*symbol, out, depth);
                if let Some(&index) = index.first() {
                    out.push('[');
                    self.write(index, out, depth);
                    out.push(']');
                }
            }
            (Function::DeploymentName, _) => out.push_str("deployment().name"),
            (Function::NewGuid, _) => out.push_str("newGuid()"),
            _ => self.write_call(function, arguments, out, depth),
        }
    }

    fn write_call(&self, function: Function, arguments: &[Term], out: &mut String, depth: u32) {
        if let (Some(sign), &[one, other]) = (function.sign(), arguments) {
            self.write_operand(one, out, depth);
            out.push(' ');
            out.push_str(sign);
            out.push(' ');
            self.write_operand(other, out, depth);
        } else {
            if let Function::Method(_) = function {
                out.push('.');
            }
            out.push_str(function.name(self));
            out.push('(');
            self.write_list(arguments, out, depth);
            out.push(')');
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('\'');
    out.push_str(&escaped(text));
    out.push('\'');
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\'', "\\'")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t")
}
