//! JSON parameter files: values are read as written; values that are known only at deployment time are unknown.
//!
//! ```json
//! {
//!   "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
//!   "parameters": {
//!     "withVpn": { "value": false },
//!     "location": { "value": "${AZURE_LOCATION=westeurope}" },
//!     "token": { "reference": { "keyVault": { "id": "…" }, "secretName": "token" } }
//!   }
//! }
//! ```
//!
//! A value is not an expression: Azure reads `[…]` as plain text. `${NAME}` and `${NAME=default}` are environment variables,
//! which the Azure Developer CLI replaces.

use std::borrow::Cow;
use std::sync::Arc;

use crate::source::{FileId, Span};
use crate::template::{Assignments, Expr, ExprId, Exprs, Language, Property, Template, Text};

use super::json::{Json, Kind, Quoted, ValueId};

/// How the name of the schema ends.
const SCHEMA: &str = "deploymentparameters.json";

/// Whether a document assigns parameters: its schema says so, or it contains only values of parameters.
pub(super) fn is_one(json: &Json, text: &str, root: ValueId) -> bool {
    let schema = json.member(text, root, "$schema").and_then(|schema| json.text(text, schema));
    if let Some(schema) = schema {
        return schema.trim_end_matches('#').to_ascii_lowercase().ends_with(SCHEMA);
    }
    let is_template = json.member(text, root, "resources").is_some();
    let Some(parameters) = json.member(text, root, "parameters").filter(|_| !is_template) else {
        return false;
    };
    let is_value =
        |of: ValueId| ["value", "reference"].iter().any(|key| json.member(text, of, key).is_some());
    let all = json.members(parameters);
    !all.is_empty() && all.iter().all(|member| is_value(member.value))
}

/// The parameter file of a document.
pub(super) fn make(file: FileId, source: Arc<str>, json: &Json, root: ValueId) -> Template {
    let text = Arc::clone(&source);
    let mut template = super::empty(file, source);
    template.language = Language::Params;
    let mut values = Values { json, text: &text, exprs: std::mem::take(&mut template.exprs) };
    let mut assignments = Assignments { is_json: true, ..Assignments::default() };
    let parameters = json.member(&text, root, "parameters");
    for member in parameters.map_or(&[][..], |parameters| json.members(parameters)) {
        let name = values.quoted(member.key);
        let value = values.assigned(member.value);
        assignments.values.push((name, member.key.content, value));
    }
    template.exprs = values.exprs;
    template.assignments = Some(assignments);
    template
}

/// Makes expressions of values.
struct Values<'j> {
    json: &'j Json,
    text: &'j str,
    exprs: Exprs,
}

/// A piece of a text of a parameter file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'t> {
    Text(&'t str),
    Variable { name: &'t str, default: Option<&'t str> },
}

impl Values<'_> {
    fn quoted(&mut self, quoted: Quoted) -> Text {
        match quoted.decoded(self.text) {
            Cow::Borrowed(_) => Text::source(quoted.content),
            Cow::Owned(text) => self.exprs.add_text(&text),
        }
    }

    /// The value of one parameter.
    fn assigned(&mut self, written: ValueId) -> ExprId {
        let span = self.json.get(written).span;
        let member = |key| self.json.member(self.text, written, key);
        match (member("value"), member("reference")) {
            (Some(value), _) => self.value(value),
            // A secret of a key vault is unknown before the deployment.
            (None, Some(secret)) => {
                let secret = self.value(secret);
                self.call("getSecret", &[secret], span)
            }
            (None, None) => self.exprs.add(Expr::Unknown, span),
        }
    }

    fn value(&mut self, id: ValueId) -> ExprId {
        let value = self.json.get(id);
        let made = match value.kind {
            Kind::Null => Expr::Null,
            Kind::Bool(value) => Expr::Bool(value),
            Kind::Number => return self.number(value.span),
            Kind::String(quoted) => return self.string(quoted, value.span),
            Kind::Array(_) => {
                let elements = self.json.elements(id);
                let elements: Vec<ExprId> = elements.iter().map(|&element| self.value(element)).collect();
                Expr::Array(self.exprs.add_list(elements))
            }
            Kind::Object(_) => {
                let mut properties = Vec::new();
                for member in self.json.members(id) {
                    let key = self.quoted(member.key);
                    properties.push(Property::Named { key, value: self.value(member.value) });
                }
                Expr::Object(self.exprs.add_properties(properties))
            }
        };
        self.exprs.add(made, value.span)
    }

    /// A number that is not an integer. Nothing depends on its value; it equals itself.
    fn number(&mut self, span: Span) -> ExprId {
        if let Ok(value) = span.of(self.text).parse() {
            return self.exprs.add(Expr::Int(value), span);
        }
        let text = self.exprs.add(Expr::Text(Text::source(span)), span);
        self.call("json", &[text], span)
    }

    fn string(&mut self, quoted: Quoted, span: Span) -> ExprId {
        let text = quoted.decoded(self.text);
        let pieces = pieces(&text);
        if let [] | [Piece::Text(_)] = pieces.as_slice()
            && pieces.first().is_none_or(|piece| *piece == Piece::Text(&text))
        {
            let text = self.quoted(quoted);
            return self.exprs.add(Expr::Text(text), span);
        }
        let made: Vec<ExprId> = pieces.into_iter().map(|piece| self.piece(piece, span)).collect();
        if let [one] = made[..] {
            return one;
        }
        let parts = self.exprs.add_list(made);
        self.exprs.add(Expr::Interpolation(parts), span)
    }

    fn piece(&mut self, piece: Piece<'_>, span: Span) -> ExprId {
        match piece {
            Piece::Text(text) => self.literal(text, span),
            Piece::Variable { name, default } => {
                let mut arguments = vec![self.literal(name, span)];
                arguments.extend(default.map(|default| self.literal(default, span)));
                self.call("readEnvironmentVariable", &arguments, span)
            }
        }
    }

    fn literal(&mut self, text: &str, span: Span) -> ExprId {
        let text = self.exprs.add_text(text);
        self.exprs.add(Expr::Text(text), span)
    }

    fn call(&mut self, function: &str, arguments: &[ExprId], span: Span) -> ExprId {
        let arguments = self.exprs.add_list(arguments.iter().copied());
        let function = self.exprs.add_text(function);
        self.exprs.add(Expr::Call { function, arguments }, span)
    }
}

/// Splits a text: `hub-${ENV=dev}` is `hub-` and a variable; `$${ENV}` is the literal `${ENV}`.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut all, mut begin, mut at) = (Vec::new(), 0, 0);
    while let Some(found) = text[at..].find("${").map(|found| at + found) {
        let is_escaped = text[begin..found].ends_with('$');
        let variable = text[found + 2..].split_once('}').and_then(|(inside, _)| {
            let length = inside.len();
            variable(inside).map(|variable| (variable, found + 3 + length))
        });
        match variable {
            _ if is_escaped => {
                // Two dollar signs stand for one, so the first one is left out.
                all.push(Piece::Text(&text[begin..found - 1]));
                (begin, at) = (found, found + 2);
            }
            Some((variable, end)) => {
                all.push(Piece::Text(&text[begin..found]));
                all.push(variable);
                (begin, at) = (end, end);
            }
            None => at = found + 2,
        }
    }
    all.push(Piece::Text(&text[begin..]));
    all.retain(|piece| *piece != Piece::Text(""));
    all
}

/// Parses a variable with its default: `LOCATION`, `LOCATION=westeurope`, `LOCATION:-westeurope`.
fn variable(inside: &str) -> Option<Piece<'_>> {
    let length =
        inside.find(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_')).unwrap_or(inside.len());
    let (name, rest) = inside.split_at(length);
    if name.is_empty() || name.starts_with(|sign: char| sign.is_ascii_digit()) {
        return None;
    }
    let default = match rest {
        "" => None,
        _ => Some([":=", ":-", "=", "-"].iter().find_map(|sign| rest.strip_prefix(sign))?),
    };
    Some(Piece::Variable { name, default })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_the_environment_are_told_from_text() {
        let of = |name, default| Piece::Variable { name, default };
        let table: [(&str, Vec<Piece<'_>>); 12] = [
            ("plain", vec![Piece::Text("plain")]),
            ("", vec![]),
            ("${A}", vec![of("A", None)]),
            ("${A=}", vec![of("A", Some(""))]),
            ("${A=b c}", vec![of("A", Some("b c"))]),
            ("${A:-b}-${C_1:=d}", vec![of("A", Some("b")), Piece::Text("-"), of("C_1", Some("d"))]),
            ("x${A}y", vec![Piece::Text("x"), of("A", None), Piece::Text("y")]),
            ("$${A}", vec![Piece::Text("${A}")]),
            ("${}", vec![Piece::Text("${}")]),
            ("${1A}", vec![Piece::Text("${1A}")]),
            ("${A", vec![Piece::Text("${A")]),
            ("{A} $A ${A B}", vec![Piece::Text("{A} $A ${A B}")]),
        ];
        for (text, expected) in table {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }
}
