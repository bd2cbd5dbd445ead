//! JSON values as expressions.

use std::borrow::Cow;

use crate::source::Span;
use crate::syntax::ast::SyntaxError;
use crate::template::{Expr, ExprId, Property, Text};

use super::Maker;
use super::expression::{self, is_expression};
use super::json::{Kind, Member, Quoted, ValueId, decode};

/// Maps offsets in a string's text to places in the file.
#[derive(Debug)]
pub(super) struct Origin {
    start: u32,
    /// Behind escapes: a byte of the text, and the byte of the written content that it comes from.
    places: Vec<(u32, u32)>,
    /// Whether the text is written just so.
    pub(super) is_source: bool,
}

impl Origin {
    /// The place of a range of the text.
    pub(super) fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.place(start), self.place(end))
    }

    fn place(&self, at: u32) -> u32 {
        let behind = self.places.partition_point(|&(text, _)| text <= at);
        let (text, written) = behind.checked_sub(1).map_or((0, 0), |before| self.places[before]);
        self.start + written + (at - text)
    }
}

impl Maker<'_> {
    /// The text of a string that is not an expression.
    pub(super) fn quoted(&mut self, quoted: Quoted) -> Text {
        if quoted.escaped {
            let text = quoted.decoded(self.text);
            self.template.exprs.add_text(&text)
        } else {
            Text::source(quoted.content)
        }
    }

    pub(super) fn value(&mut self, id: ValueId) -> ExprId {
        let value = self.json.get(id);
        let made = match value.kind {
            Kind::Null => Expr::Null,
            Kind::Bool(value) => Expr::Bool(value),
            Kind::Number => return self.number(value.span),
            Kind::String(quoted) => return self.string(quoted, value.span),
            Kind::Array(_) => {
                let elements = self.json.elements(id);
                let elements: Vec<ExprId> = elements.iter().map(|&element| self.value(element)).collect();
                Expr::Array(self.template.exprs.add_list(elements))
            }
            Kind::Object(_) => {
                let properties = self.properties(id, &[]);
                Expr::Object(self.template.exprs.add_properties(properties))
            }
        };
        self.template.exprs.add(made, value.span)
    }

    /// A number that is not an integer. Nothing depends on its value; it equals itself.
    fn number(&mut self, span: Span) -> ExprId {
        if let Ok(value) = span.of(self.text).parse() {
            return self.template.exprs.add(Expr::Int(value), span);
        }
        let text = self.template.exprs.add(Expr::Text(Text::source(span)), span);
        self.built_in("json", &[text], span)
    }

    /// The properties of an object, except those that are left out. A `copy` array is a property for each of its loops.
    pub(super) fn properties(&mut self, id: ValueId, without: &[&str]) -> Vec<Property> {
        let mut properties = Vec::with_capacity(self.json.members(id).len());
        for member in self.json.members(id) {
            let key = member.key.decoded(self.text);
            if without.iter().any(|left_out| key.eq_ignore_ascii_case(left_out)) {
                continue;
            }
            let is_copy = key.eq_ignore_ascii_case("copy");
            if is_copy && matches!(self.json.get(member.value).kind, Kind::Array(_)) {
                self.property_loops(member.value, &mut properties);
            } else {
                properties.push(self.property(member, &key));
            }
        }
        properties
    }

    fn property_loops(&mut self, copy: ValueId, properties: &mut Vec<Property>) {
        for &written in self.json.elements(copy) {
            let Some(Kind::String(name)) = self.member(written, "name").map(|name| self.json.get(name).kind)
            else {
                self.problem(self.span(written), "a loop over a property has no `name`".to_owned());
                continue;
            };
            let key = self.quoted(name);
            properties.push(Property::Named { key, value: self.copy_loop(written) });
        }
    }

    fn property(&mut self, member: &Member, key: &str) -> Property {
        if is_expression(key) {
            let key = self.string(member.key, member.key.content);
            return Property::Computed { key, value: self.value(member.value) };
        }
        Property::Named { key: self.quoted(member.key), value: self.value(member.value) }
    }

    /// A string: text, or an expression in brackets.
    pub(super) fn string(&mut self, quoted: Quoted, span: Span) -> ExprId {
        let raw = quoted.content.of(self.text);
        let (text, places) = if quoted.escaped {
            let (text, places) = decode(raw);
            (Cow::Owned(text), places)
        } else {
            (Cow::Borrowed(raw), Vec::new())
        };
        if is_expression(&text) {
            let origin = Origin { start: quoted.content.start, places, is_source: !quoted.escaped };
            return self.expression(&text, &origin, span);
        }
        // Ex) "[[not an expression]"
        let cut = u32::from(text.starts_with("[["));
        let text = match text {
            Cow::Borrowed(_) => Text::source(Span::new(quoted.content.start + cut, quoted.content.end)),
            Cow::Owned(text) => self.template.exprs.add_text(&text[cut as usize..]),
        };
        self.template.exprs.add(Expr::Text(text), span)
    }

    fn expression(&mut self, text: &str, origin: &Origin, span: Span) -> ExprId {
        match expression::parse(text) {
            Ok(tree) => self.tree(&tree, origin),
            Err(mistake) => {
                let next = text[mistake.at as usize..].chars().next();
                let end = mistake.at + next.map_or(0, char::len_utf8) as u32;
                let found = next.map_or("the end".to_owned(), |char| format!("`{}`", char.escape_debug()));
                self.errors.push(SyntaxError {
                    span: origin.span(mistake.at, end),
                    message: format!("expected {}, found {found}", mistake.expected),
                    help: Some(
                        "a text that begins with `[` but is not an expression is written `[[…`".to_owned(),
                    ),
                });
                self.template.exprs.add(Expr::Unknown, span)
            }
        }
    }
}
