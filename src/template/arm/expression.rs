//! ARM's expressions in brackets, as trees. `grammar/arm-expression.ebnf` has one production for each function here.

use std::borrow::Cow;

use nom::Parser as _;
use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::{char, digit1};
use nom::combinator::{opt, recognize};
use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult};

use crate::limit::Limit;
use crate::syntax::run;

/// An expression. Offsets are bytes in the text that was parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree<'t> {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Its form.
    pub form: Form<'t>,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form<'t> {
    /// `'text'`, with doubled quotes made one.
    Text(Cow<'t, str>),
    /// A whole number that fits.
    Int(i64),
    /// Any other number, as written.
    Number(&'t str),
    /// `name(arguments)`, `namespace.name(arguments)`
    Call(&'t str, Vec<Tree<'t>>),
    /// `base.name[index]…`
    Access(Box<Tree<'t>>, Vec<Step<'t>>),
}

/// One step of an access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'t> {
    /// One past its last byte.
    pub end: u32,
    /// The property or index that it names.
    pub key: Key<'t>,
    /// Whether a missing key gives `null`.
    pub safe: bool,
}

/// The property or index of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key<'t> {
    /// `.name`
    Name(&'t str),
    /// `[index]`
    Index(Tree<'t>),
}

/// A syntax error, with its byte offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The byte.
    pub at: u32,
    /// What was expected there, as the end of a sentence "expected …".
    pub expected: &'static str,
}

#[derive(Clone, Copy, Debug)]
struct Fail<'t> {
    rest: &'t str,
    expected: &'static str,
}

impl<'t> ParseError<&'t str> for Fail<'t> {
    fn from_error_kind(rest: &'t str, _: ErrorKind) -> Self {
        Self { rest, expected: "a function, a text or a number" }
    }

    fn append(_: &'t str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

type Parsed<'t, T> = IResult<&'t str, T, Fail<'t>>;

/// Whether a text is an expression. A text that begins with `[[` is one bracket less, literally.
pub fn is_expression(text: &str) -> bool {
    text.starts_with('[') && text.ends_with(']') && !text.starts_with("[[") && text.len() > 1
}

/// Parses `[expression]`.
pub fn parse(text: &str) -> Result<Tree<'_>, Mistake> {
    let mut parser = Parser { text, depth: 0 };
    match parser.arm_expression(text) {
        Ok((_, tree)) => Ok(tree),
        Err(Err::Error(fail) | Err::Failure(fail)) => {
            Err(Mistake { at: parser.offset(fail.rest), expected: fail.expected })
        }
        Err(Err::Incomplete(_)) => Err(Mistake { at: text.len() as u32, expected: "more" }),
    }
}

struct Parser<'t> {
    text: &'t str,
    depth: u32,
}

impl<'t> Parser<'t> {
    fn arm_expression(&mut self, input: &'t str) -> Parsed<'t, Tree<'t>> {
        let (rest, ()) = sign(input, '[', "`[`")?;
        let (rest, tree) = self.expression(blank(rest))?;
        let (rest, ()) = sign(rest, ']', "`]`, `.` or `[`")?;
        if rest.is_empty() { Ok((rest, tree)) } else { fail(rest, "nothing behind `]`") }
    }

    fn expression(&mut self, input: &'t str) -> Parsed<'t, Tree<'t>> {
        if let Err(reached) = Limit::ArmNesting.check(self.depth + 1) {
            return fail(input, reached.fixed());
        }
        self.depth += 1;
        let parsed = self.accesses(input);
        self.depth -= 1;
        parsed
    }

    fn accesses(&mut self, input: &'t str) -> Parsed<'t, Tree<'t>> {
        let (mut rest, base) = self.primary(input)?;
        let mut steps = Vec::new();
        while blank(rest).starts_with(['.', '[']) {
            let (after, step) = self.accessor(blank(rest))?;
            steps.push(step);
            rest = after;
        }
        let Some(last) = steps.last() else { return Ok((rest, base)) };
        let (start, end) = (base.start, last.end);
        Ok((rest, Tree { start, end, form: Form::Access(Box::new(base), steps) }))
    }

    fn accessor(&mut self, input: &'t str) -> Parsed<'t, Step<'t>> {
        let (rest, key) = if let Some(rest) = input.strip_prefix('.') {
            let (rest, name) = identifier(blank(rest))?;
            (rest, Key::Name(name))
        } else {
            let (rest, ()) = sign(input, '[', "`[`")?;
            let (rest, index) = self.expression(blank(rest))?;
            let (rest, ()) = sign(rest, ']', "`]`")?;
            (rest, Key::Index(index))
        };
        Ok((rest, Step { end: self.offset(rest), key, safe: false }))
    }

    fn primary(&mut self, input: &'t str) -> Parsed<'t, Tree<'t>> {
        let (rest, form) = match input.as_bytes().first() {
            Some(b'\'') => string(input)?,
            Some(b'-' | b'0'..=b'9') => number(input)?,
            _ => self.call(input)?,
        };
        Ok((rest, Tree { start: self.offset(input), end: self.offset(rest), form }))
    }

    fn call(&mut self, input: &'t str) -> Parsed<'t, Form<'t>> {
        let (rest, name) = function_name(input)?;
        let (rest, arguments) = self.arguments(rest)?;
        Ok((rest, Form::Call(name, arguments)))
    }

    fn arguments(&mut self, input: &'t str) -> Parsed<'t, Vec<Tree<'t>>> {
        let (rest, ()) = sign(input, '(', "`(`")?;
        let mut rest = blank(rest);
        let mut arguments = Vec::new();
        if let Some(after) = rest.strip_prefix(')') {
            return Ok((after, arguments));
        }
        loop {
            let (after, argument) = self.expression(rest)?;
            arguments.push(argument);
            let after = blank(after);
            if let Some(after) = after.strip_prefix(')') {
                return Ok((after, arguments));
            }
            let (after, ()) = sign(after, ',', "`,` or `)`")?;
            rest = blank(after);
        }
    }

    const fn offset(&self, rest: &str) -> u32 {
        (self.text.len() - rest.len()) as u32
    }
}

/// `'it''s'`
fn string(input: &str) -> Parsed<'_, Form<'_>> {
    let Some(inside) = input.strip_prefix('\'') else { return fail(input, "`'`") };
    let (mut at, mut doubled) = (0, false);
    while let Some(found) = memchr::memchr(b'\'', &inside.as_bytes()[at..]) {
        let quote = at + found;
        if inside[quote + 1..].starts_with('\'') {
            doubled = true;
            at = quote + 2;
            continue;
        }
        let raw = &inside[..quote];
        let text = if doubled { Cow::Owned(raw.replace("''", "'")) } else { Cow::Borrowed(raw) };
        return Ok((&inside[quote + 1..], Form::Text(text)));
    }
    fail(input, "a `'` that ends this text")
}

fn number(input: &str) -> Parsed<'_, Form<'_>> {
    let (rest, written) = recognize((opt(char('-')), digit1, opt((char('.'), digit1)))).parse(input)?;
    Ok((rest, written.parse().map_or(Form::Number(written), Form::Int)))
}

/// `name`, `namespace.name`
fn function_name(input: &str) -> Parsed<'_, &str> {
    recognize((identifier, opt((char('.'), identifier)))).parse(input)
}

fn identifier(input: &str) -> Parsed<'_, &str> {
    let is_first = |char: char| char.is_alphabetic() || char == '_' || char == '$';
    let is_more = |char: char| char.is_alphanumeric() || char == '_' || char == '$';
    // Names are of ASCII, but for a few.
    let ascii = if input.starts_with(|char: char| char.is_ascii_alphabetic()) {
        run::word(input.as_bytes())
    } else {
        let (_, first) = take_while1(is_first).parse(input)?;
        first.len()
    };
    let (rest, _) = take_while(is_more).parse(&input[ascii..])?;
    Ok((rest, &input[..input.len() - rest.len()]))
}

/// A sign, and the blanks before it.
fn sign<'t>(input: &'t str, sign: char, expected: &'static str) -> Parsed<'t, ()> {
    let input = blank(input);
    input.strip_prefix(sign).map_or_else(|| fail(input, expected), |rest| Ok((rest, ())))
}

fn blank(input: &str) -> &str {
    input.trim_start_matches([' ', '\t', '\r', '\n'])
}

const fn fail<'t, T>(rest: &'t str, expected: &'static str) -> Parsed<'t, T> {
    Err(Err::Error(Fail { rest, expected }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(tree: &Tree<'_>) -> String {
        match &tree.form {
            Form::Text(text) => format!("{text:?}"),
            Form::Int(value) => value.to_string(),
            Form::Number(written) => format!("#{written}"),
            Form::Call(name, arguments) => {
                let arguments: Vec<_> = arguments.iter().map(shown).collect();
                format!("{name}({})", arguments.join(" "))
            }
            Form::Access(base, steps) => {
                let steps: String = steps
                    .iter()
                    .map(|step| match &step.key {
                        Key::Name(name) => format!(".{name}"),
                        Key::Index(index) => format!("[{}]", shown(index)),
                    })
                    .collect();
                shown(base) + &steps
            }
        }
    }

    #[test]
    fn expressions_become_trees() {
        let case = |text: &str, tree: &str| assert_eq!(shown(&parse(text).unwrap()), tree, "{text}");
        case("[concat('it''s', parameters('a'))]", r#"concat("it's" parameters("a"))"#);
        case("[ f( 1 , -2.5 ) . a [ 'b' ][0].c ]", r#"f(1 #-2.5).a["b"][0].c"#);
        case("[contoso.unique()]", "contoso.unique()");
        case("[null()]", "null()");
        case("[99999999999999999999]", "#99999999999999999999");
    }

    #[test]
    fn spans_cover_what_they_name() {
        let text = "[a(b('x').c)]";
        let Form::Call(_, arguments) = parse(text).unwrap().form else { panic!("a call") };
        assert_eq!(&text[arguments[0].start as usize..arguments[0].end as usize], "b('x').c");
    }

    #[test]
    fn mistakes_say_where() {
        let at = |text: &str| parse(text).unwrap_err().at;
        assert_eq!(at("[a(]"), 3);
        assert_eq!(at("[a('x]"), 3);
        assert_eq!(at("[a() b()]"), 5);
        assert_eq!(at("[a]"), 2);
        assert_eq!(at("[]"), 1);
        assert_eq!(
            parse(&format!("[{}", "a(".repeat(10_000))).unwrap_err().expected,
            "at most 100 levels of nesting"
        );
    }

    #[test]
    fn two_brackets_are_no_expression() {
        assert!(is_expression("[a()]"));
        assert!(!is_expression("[[a()]"));
        assert!(!is_expression("[a() and more"));
    }
}
