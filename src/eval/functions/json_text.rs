//! Writes known values as JSON, like Newtonsoft.Json without white space.

use crate::eval::term::{Term, Value};
use crate::eval::terms::Terms;
use crate::limit::Limit;

/// Writes a known value, with the given quotes around texts. `None` if a part is not known, or for an object whose
/// order is not known, because terms sort the properties.
pub(in crate::eval) fn json(terms: &mut Terms, value: Term, quote: char) -> Option<String> {
    let mut out = String::new();
    write(terms, value, quote, &mut out)?;
    Some(out)
}

fn write(terms: &mut Terms, value: Term, quote: char, out: &mut String) -> Option<()> {
    // Shared parts can occur many times, so the text may become large.
    if let Err(reached) = Limit::TextBytes.check(out.len()) {
        terms.reach(reached);
        return None;
    }
    match terms.get(value) {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Value::Int(value) => out.push_str(&value.to_string()),
        Value::Text(name) => text(terms.name(name), quote, out),
        Value::Array(seq) => {
            out.push('[');
            for (at, element) in terms.seq(seq).to_vec().into_iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                write(terms, element, quote, out)?;
            }
            out.push(']');
        }
        Value::Object(seq) => match *terms.seq(seq) {
            [] => out.push_str("{}"),
            [key, value] => {
                out.push('{');
                text(terms.known_text(key)?, quote, out);
                out.push(':');
                write(terms, value, quote, out)?;
                out.push('}');
            }
            _ => return None,
        },
        _ => return None,
    }
    Some(())
}

/// Appends a text in quotes.
pub(in crate::eval) fn text(text: &str, quote: char, out: &mut String) {
    out.push(quote);
    for sign in text.chars() {
        match sign {
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            _ if sign == quote => out.extend(['\\', quote]),
            '\0'..='\u{1f}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(sign)));
            }
            _ => out.push(sign),
        }
    }
    out.push(quote);
}
