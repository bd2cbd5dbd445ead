//! A JSON parser that keeps source spans. Like Azure it accepts comments, trailing commas, and strings over several lines.

use std::borrow::Cow;

use nom::Parser as _;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, digit1, one_of};
use nom::combinator::{opt, recognize};
use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult};

use crate::limit::Limit;
use crate::source::Span;
use crate::syntax::ast::SyntaxError;
use crate::syntax::run;
use crate::template::List;

/// A value, as an index into [`Json`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ValueId(u32);

/// A parsed document: values in an arena, addressed by [`ValueId`].
#[derive(Debug, Default)]
pub(super) struct Json {
    values: Vec<Value>,
    lists: Vec<ValueId>,
    members: Vec<Member>,
}

/// A value with its span.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

/// What kind of value, with the place of its parts in the arena.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Number,
    String(Quoted),
    Array(List),
    Object(List),
}

/// A string: the span between its quotes, and whether it contains escapes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted {
    pub(super) content: Span,
    pub(super) escaped: bool,
}

/// `"key": value`
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) key: Quoted,
    pub(super) value: ValueId,
}

impl Json {
    pub(super) fn get(&self, id: ValueId) -> Value {
        self.values[id.0 as usize]
    }

    pub(super) fn members(&self, id: ValueId) -> &[Member] {
        match self.get(id).kind {
            Kind::Object(list) => &self.members[list.range()],
            _ => &[],
        }
    }

    pub(super) fn elements(&self, id: ValueId) -> &[ValueId] {
        match self.get(id).kind {
            Kind::Array(list) => &self.lists[list.range()],
            _ => &[],
        }
    }

    /// The value of a key. Azure ignores the case of keys; if a key is repeated, the last one counts.
    pub(super) fn member(&self, text: &str, id: ValueId, key: &str) -> Option<ValueId> {
        let is = |member: &&Member| member.key.decoded(text).eq_ignore_ascii_case(key);
        self.members(id).iter().rev().find(is).map(|member| member.value)
    }

    /// Follows `keys` down through nested objects.
    pub(super) fn path(&self, text: &str, id: ValueId, keys: &[&str]) -> Option<ValueId> {
        keys.iter().try_fold(id, |id, key| self.member(text, id, key))
    }

    /// The decoded text of a string; `None` for another kind of value.
    pub(super) fn text<'t>(&self, text: &'t str, id: ValueId) -> Option<Cow<'t, str>> {
        match self.get(id).kind {
            Kind::String(quoted) => Some(quoted.decoded(text)),
            _ => None,
        }
    }

    fn plain(&self, text: &str, id: ValueId) -> Option<serde_json::Value> {
        let value = self.get(id);
        Some(match value.kind {
            Kind::Null => serde_json::Value::Null,
            Kind::Bool(holds) => holds.into(),
            Kind::Number => serde_json::from_str(value.span.of(text)).ok()?,
            Kind::String(quoted) => quoted.decoded(text).into(),
            Kind::Array(_) => {
                self.elements(id).iter().map(|&id| self.plain(text, id)).collect::<Option<_>>()?
            }
            Kind::Object(_) => {
                let members = self.members(id).iter();
                let plain = members.map(|member| {
                    Some((member.key.decoded(text).into_owned(), self.plain(text, member.value)?))
                });
                serde_json::Value::Object(plain.collect::<Option<_>>()?)
            }
        })
    }

    fn add(&mut self, kind: Kind, span: Span) -> ValueId {
        self.values.push(Value { span, kind });
        ValueId(self.values.len() as u32 - 1)
    }
}

impl Quoted {
    /// The string with its escapes decoded.
    pub(super) fn decoded(self, text: &str) -> Cow<'_, str> {
        let raw = self.content.of(text);
        if self.escaped { Cow::Owned(decode(raw).0) } else { Cow::Borrowed(raw) }
    }
}

/// Decodes escapes. The second result maps offsets: after each escape, the offset in the decoded text and in the raw text, so
/// that a place in the decoded text can be found in the file.
pub(super) fn decode(raw: &str) -> (String, Vec<(u32, u32)>) {
    let mut text = String::with_capacity(raw.len());
    let mut places = Vec::new();
    let mut units: Vec<u16> = Vec::new();
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        units.clear();
        // Ex) \ud83d\ude00: two escapes, one character
        while let Some((unit, after)) = unit(rest) {
            units.push(unit);
            rest = after;
        }
        if units.is_empty() {
            let escape = rest[1..].chars().next().unwrap_or('\\');
            text.push(match escape {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                other => other,
            });
            rest = rest.get(1 + escape.len_utf8()..).unwrap_or_default();
        }
        let chars = char::decode_utf16(units.iter().copied());
        text.extend(chars.map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)));
        places.push((text.len() as u32, (raw.len() - rest.len()) as u32));
    }
    text.push_str(rest);
    (text, places)
}

/// `\u0041`
fn unit(rest: &str) -> Option<(u16, &str)> {
    let digits = rest.strip_prefix("\\u")?.get(..4)?;
    let unit = u16::from_str_radix(digits, 16).ok()?;
    Some((unit, &rest[6..]))
}

/// Parses a document. After a syntax error the values before it are kept, and the rest of the text is skipped.
pub(super) fn read(text: &str) -> (Json, Option<ValueId>, Vec<SyntaxError>) {
    let mut reader = Reader { text, json: Json::default(), errors: Vec::new(), depth: 0 };
    let root = match reader.document(text) {
        Ok((_, root)) => Some(root),
        Err(error) => {
            reader.fail(&error);
            None
        }
    };
    (reader.json, root, reader.errors)
}

/// Parses a document without spans, with the same leniency as Azure; `None` if it is not JSON.
pub fn plain(text: &str) -> Option<serde_json::Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let (json, root, errors) = read(text);
    root.filter(|_| errors.is_empty()).and_then(|root| json.plain(text, root))
}

/// The first syntax error and its line, counted from 1; `None` if the whole text is valid.
pub fn first_error(text: &str) -> Option<(String, usize)> {
    let (_, _, errors) = read(text);
    let SyntaxError { span, message, .. } = errors.into_iter().next()?;
    let before = text.get(..span.start as usize).unwrap_or(text);
    Some((message, 1 + memchr::memchr_iter(b'\n', before.as_bytes()).count()))
}

/// A syntax error: the text that is left, and what the parser expected there.
#[derive(Clone, Copy, Debug)]
struct Fail<'t> {
    rest: &'t str,
    expected: &'static str,
}

impl<'t> ParseError<&'t str> for Fail<'t> {
    fn from_error_kind(rest: &'t str, _: ErrorKind) -> Self {
        Self { rest, expected: "a value" }
    }

    fn append(_: &'t str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

type Parsed<'t, T> = IResult<&'t str, T, Fail<'t>>;

const fn expected<'t, T>(rest: &'t str, expected: &'static str) -> Parsed<'t, T> {
    Err(Err::Error(Fail { rest, expected }))
}

struct Reader<'t> {
    text: &'t str,
    json: Json,
    errors: Vec<SyntaxError>,
    depth: u32,
}

impl<'t> Reader<'t> {
    /// A document: one value and nothing after it.
    fn document(&mut self, input: &'t str) -> Parsed<'t, ValueId> {
        let (rest, root) = self.value(blank(input))?;
        let rest = blank(rest);
        if !rest.is_empty() && self.errors.is_empty() {
            self.fail(&Err::Error(Fail { rest, expected: "the end of the file" }));
        }
        Ok((rest, root))
    }

    fn value(&mut self, input: &'t str) -> Parsed<'t, ValueId> {
        let (rest, kind) = match input.as_bytes().first() {
            Some(b'{') => self.nested(input, Self::object)?,
            Some(b'[') => self.nested(input, Self::array)?,
            Some(b'"') => {
                let (rest, quoted) = self.string(input)?;
                (rest, Kind::String(quoted))
            }
            _ => alt((word, number)).parse(input)?,
        };
        let span = self.span(input, rest);
        Ok((rest, self.json.add(kind, span)))
    }

    fn nested(
        &mut self,
        input: &'t str,
        parse: impl FnOnce(&mut Self, &'t str) -> (&'t str, Kind),
    ) -> Parsed<'t, Kind> {
        if let Err(reached) = Limit::JsonNesting.check(self.depth + 1) {
            return expected(input, reached.fixed());
        }
        self.depth += 1;
        let parsed = parse(self, &input[1..]);
        self.depth -= 1;
        Ok(parsed)
    }

    /// The members after `{`, up to and including `}`.
    fn object(&mut self, input: &'t str) -> (&'t str, Kind) {
        let mut members = Vec::new();
        let rest = self.list(input, b'}', "`,` or `}`", |reader, input| {
            let (rest, member) = reader.member(input)?;
            members.push(member);
            Ok((rest, ()))
        });
        let start = self.json.members.len() as u32;
        self.json.members.append(&mut members);
        (rest, Kind::Object(List { start, len: self.json.members.len() as u32 - start }))
    }

    fn member(&mut self, input: &'t str) -> Parsed<'t, Member> {
        if !input.starts_with('"') {
            return expected(input, "a key in double quotes, or `}`");
        }
        let (rest, key) = self.string(input)?;
        let Some(rest) = blank(rest).strip_prefix(':') else { return expected(blank(rest), "`:`") };
        let (rest, value) = self.value(blank(rest))?;
        Ok((rest, Member { key, value }))
    }

    /// The elements after `[`, up to and including `]`.
    fn array(&mut self, input: &'t str) -> (&'t str, Kind) {
        let mut elements = Vec::new();
        let rest = self.list(input, b']', "`,` or `]`", |reader, input| {
            let (rest, value) = reader.value(input)?;
            elements.push(value);
            Ok((rest, ()))
        });
        let start = self.json.lists.len() as u32;
        self.json.lists.append(&mut elements);
        (rest, Kind::Array(List { start, len: self.json.lists.len() as u32 - start }))
    }

    /// Elements separated by commas, up to the closing bracket. A syntax error ends the list and the document.
    fn list(
        &mut self,
        input: &'t str,
        close: u8,
        separators: &'static str,
        mut element: impl FnMut(&mut Self, &'t str) -> Parsed<'t, ()>,
    ) -> &'t str {
        let mut rest = blank(input);
        loop {
            if rest.as_bytes().first() == Some(&close) {
                return &rest[1..];
            }
            match element(self, rest) {
                Ok((after, ())) => rest = blank(after),
                Err(error) => return self.fail(&error),
            }
            match rest.as_bytes().first() {
                Some(b',') => rest = blank(&rest[1..]),
                Some(found) if *found == close => {}
                _ => return self.fail(&Err::Error(Fail { rest, expected: separators })),
            }
        }
    }

    fn string(&self, input: &'t str) -> Parsed<'t, Quoted> {
        let bytes = input.as_bytes();
        let (mut at, mut escaped) = (1, false);
        loop {
            match memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
                Some(found) if bytes[at + found] == b'"' => {
                    at += found;
                    break;
                }
                Some(found) => {
                    escaped = true;
                    at += found + 2;
                }
                None => return expected(input, "a closing `\"`"),
            }
        }
        let start = self.offset(input) + 1;
        Ok((&input[at + 1..], Quoted { content: Span::new(start, start + at as u32 - 1), escaped }))
    }

    /// Records the error if it is the first, and skips the rest of the text.
    fn fail(&mut self, error: &Err<Fail<'t>>) -> &'t str {
        let end = &self.text[self.text.len()..];
        let (Err::Error(fail) | Err::Failure(fail)) = error else { return end };
        if self.errors.is_empty() {
            let at = self.offset(fail.rest);
            let found = fail.rest.chars().next().map_or("the end of the file".to_owned(), |char| {
                if char.is_control() { "a control character".to_owned() } else { format!("`{char}`") }
            });
            let length = fail.rest.chars().next().map_or(0, char::len_utf8) as u32;
            self.errors.push(SyntaxError {
                span: Span::new(at, at + length),
                message: format!("expected {}, found {found}", fail.expected),
                help: Some("the rest of the file is not read".to_owned()),
            });
        }
        end
    }

    const fn offset(&self, rest: &str) -> u32 {
        (self.text.len() - rest.len()) as u32
    }

    const fn span(&self, input: &str, rest: &str) -> Span {
        Span::new(self.offset(input), self.offset(rest))
    }
}

/// `true`, `false`, `null`
fn word(input: &str) -> Parsed<'_, Kind> {
    let (rest, word) = take_while1(|char: char| char.is_ascii_alphabetic()).parse(input)?;
    match word {
        "true" => Ok((rest, Kind::Bool(true))),
        "false" => Ok((rest, Kind::Bool(false))),
        "null" => Ok((rest, Kind::Null)),
        _ => expected(input, "a value"),
    }
}

fn number(input: &str) -> Parsed<'_, Kind> {
    let exponent = (one_of("eE"), opt(one_of("+-")), digit1);
    let whole = (opt(char('-')), digit1, opt((char('.'), digit1)), opt(exponent));
    let (rest, _) = recognize(whole).parse(input)?;
    Ok((rest, Kind::Number))
}

/// Skips white space and comments.
fn blank(input: &str) -> &str {
    let mut rest = spaces(input);
    while rest.as_bytes().first() == Some(&b'/') {
        let Ok((after, _)) = comment(rest) else { return rest };
        rest = spaces(after);
    }
    rest
}

/// Skips white space. The loop is tuned for the common cases: nothing, or a line break and the indentation.
fn spaces(input: &str) -> &str {
    let bytes = input.as_bytes();
    let mut at = 0;
    while let Some(b' ' | b'\t' | b'\r' | b'\n') = bytes.get(at) {
        at += 1;
        if bytes[at - 1] == b'\n' {
            at += run::blanks(&bytes[at..]);
        }
    }
    &input[at..]
}

/// `// …` up to the end of the line, `/* … */`
fn comment(input: &str) -> Parsed<'_, &str> {
    if let Some(inside) = input.strip_prefix("/*") {
        return match memchr::memmem::find(inside.as_bytes(), b"*/") {
            Some(end) => Ok((&inside[end + 2..], &inside[..end])),
            None => expected(input, "`*/`"),
        };
    }
    let (rest, _) = tag("//").parse(input)?;
    take_while(|char| char != '\n' && char != '\r').parse(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_trailing_commas_and_strings_over_lines_pass() {
        let text = "{ // note\n \"a\": [1, -2.5e3, /* here */ true, null,], \"b\": \"one\ntwo\", }";
        let (json, root, errors) = read(text);
        assert!(errors.is_empty(), "{errors:?}");
        let root = root.unwrap();
        let list = json.member(text, root, "A").unwrap();
        assert_eq!(json.elements(list).len(), 4);
        assert_eq!(json.get(list).span.of(text), "[1, -2.5e3, /* here */ true, null,]");
        let b = json.member(text, root, "b").unwrap();
        assert_eq!(json.text(text, b).unwrap(), "one\ntwo");
    }

    #[test]
    fn a_plain_value_is_what_the_document_says() {
        let text = "{ // note\n \"a\": [1, -2.5e3, true, null,], /* here */ \"\\u0062\": \"one\\ttwo\", }";
        assert_eq!(plain(text), Some(serde_json::json!({ "a": [1, -2.5e3, true, null], "b": "one\ttwo" })));
        assert_eq!(plain("[1] // whole"), Some(serde_json::json!([1])));
        for broken in ["", "{", "[1 2]", "{ a: 1 }", "[1] [2]", "[01]"] {
            assert_eq!(plain(broken), None, "{broken}");
        }
    }

    #[test]
    fn escapes_are_decoded_and_their_places_are_known() {
        let (text, places) = decode(r"a\n\ud83d\ude00\\x");
        assert_eq!(text, "a\n😀\\x");
        assert_eq!(places, [(2, 3), (6, 15), (7, 17)]);
    }

    #[test]
    fn what_stands_before_a_mistake_is_read() {
        let text = "{ \"a\": { \"b\": 1 }, \"c\": [1, oops], \"d\": 2 }";
        let (json, root, errors) = read(text);
        let root = root.unwrap();
        assert!(json.path(text, root, &["a", "b"]).is_some());
        assert!(json.member(text, root, "d").is_none());
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].span.start as usize, text.find("oops").unwrap());
        assert_eq!(errors[0].message, "expected a value, found `o`");
    }

    #[test]
    fn a_hundred_thousand_brackets_are_a_message_and_no_crash() {
        for open in ["[", "{\"a\":"] {
            let (_, _, errors) = read(&open.repeat(100_000));
            assert_eq!(errors.len(), 1);
            assert!(errors[0].message.contains("200 levels"), "{}", errors[0].message);
        }
    }

    #[test]
    fn every_cut_of_a_document_is_read_without_a_crash() {
        let text = r#"{ "a\u00e9": [ 1.5, "x\"y", { } ], /* é */ "b": -1 } // end"#;
        for cut in (0..text.len()).filter(|&cut| text.is_char_boundary(cut)) {
            read(&text[..cut]);
        }
        assert!(read("").2[0].message.contains("the end of the file"));
    }
}
