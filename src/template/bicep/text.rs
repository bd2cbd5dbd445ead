//! The text of a string literal: as written where that is what it means, decoded where it has escapes.

use crate::syntax::ast::Piece;
use crate::template::Text;

use super::Maker;

impl Maker<'_> {
    /// The text that a literal piece means.
    pub(super) fn piece(&mut self, piece: Piece) -> Text {
        if !piece.escaped {
            return Text::source(piece.content);
        }
        let decoded = &mut self.template.exprs.decoded;
        let start = decoded.len();
        decode(piece.content.of(self.text), decoded);
        Text { start: start as u32, len: (decoded.len() - start) as u32, decoded: true }
    }
}

/// Appends what an escaped text means. An escape that Bicep does not know stays as it is.
fn decode(written: &str, into: &mut String) {
    let mut rest = written;
    // The first half of a pair of `\u{…}` surrogates.
    let mut high = None;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        if at > 0 {
            flush(&mut high, into);
        }
        into.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(escape) = rest.chars().next() else {
            into.push('\\');
            break;
        };
        if let Some((unit, after)) = code_point(rest) {
            rest = after;
            push_unit(unit, &mut high, into);
            continue;
        }
        flush(&mut high, into);
        rest = &rest[escape.len_utf8()..];
        match escape {
            'n' => into.push('\n'),
            'r' => into.push('\r'),
            't' => into.push('\t'),
            '\\' | '\'' | '$' => into.push(escape),
            other => into.extend(['\\', other]),
        }
    }
    if !rest.is_empty() {
        flush(&mut high, into);
    }
    into.push_str(rest);
    flush(&mut high, into);
}

/// A lone first half of a surrogate pair has no UTF-8 form.
fn flush(high: &mut Option<u32>, into: &mut String) {
    if high.take().is_some() {
        into.push(char::REPLACEMENT_CHARACTER);
    }
}

/// The number of `u{…}`, and what follows.
fn code_point(rest: &str) -> Option<(u32, &str)> {
    let (digits, after) = rest.strip_prefix("u{")?.split_once('}')?;
    Some((u32::from_str_radix(digits, 16).ok()?, after))
}

/// Bicep's strings are UTF-16, so two escapes may make one character.
fn push_unit(unit: u32, high: &mut Option<u32>, into: &mut String) {
    match (*high, unit) {
        (Some(first), 0xDC00..=0xDFFF) => {
            *high = None;
            let point = 0x1_0000 + ((first - 0xD800) << 10) + (unit - 0xDC00);
            into.push(char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        (_, 0xD800..=0xDBFF) => {
            flush(high, into);
            *high = Some(unit);
        }
        _ => {
            flush(high, into);
            into.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn escapes_are_what_they_stand_for() {
        let decoded = |written: &str| {
            let mut into = String::new();
            decode(written, &mut into);
            into
        };
        assert_eq!(decoded(r"a\'b\\c\n\r\t\${x}"), "a'b\\c\n\r\t${x}");
        assert_eq!(decoded(r"\u{1F600}!"), "😀!");
        assert_eq!(decoded(r"\u{D801}\u{DC37}"), "\u{10437}");
        assert_eq!(decoded(r"\u{D801}x\u{DC37}"), "\u{FFFD}x\u{FFFD}");
        assert_eq!(decoded(r"\q\"), r"\q\");
    }
}
