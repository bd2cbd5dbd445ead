//! Detects files that another program turns into Bicep by replacing marks: `param size = {{ .Values.size }}`, `name: __NAME__`,
//! `count: #{COUNT}#`.

use crate::source::Span;

/// The forms of marks, as messages show them.
const BRACES: &str = "{{ … }}";
const BLOCK: &str = "{% … %}";
const HASH: &str = "#{ … }#";
const UNDERLINES: &str = "__…__";

/// A mark of another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Place of the syntax error that it causes.
    pub(super) at: Span,
    /// The form of such marks.
    pub(super) form: &'static str,
}

/// The first mark at one of the syntax errors of a text. A mark inside quotes causes no error, so it is ignored.
pub(super) fn first(text: &str, mistakes: impl IntoIterator<Item = Span>) -> Option<Mark> {
    mistakes.into_iter().find_map(|at| form_at(text, at).map(|form| Mark { at, form }))
}

/// The form of a mark in the line of a mistake.
fn form_at(text: &str, at: Span) -> Option<&'static str> {
    let start = text.floor_char_boundary((at.start as usize).min(text.len()));
    let begin = text[..start].rfind('\n').map_or(0, |end| end + 1);
    let end = text[start..].find('\n').map_or(text.len(), |end| start + end);
    // A mark inside quotes is a text of the template itself.
    let quote = if text.trim_start().starts_with('{') && !text.contains('\'') { '"' } else { '\'' };
    let line = text[begin..end].split(quote).step_by(2).collect::<Vec<_>>().join(" ");
    let has =
        |open: &str, close: &str| line.find(open).is_some_and(|at| line[at + open.len()..].contains(close));
    match () {
        () if has("{{", "}}") => Some(BRACES),
        () if has("{%", "%}") => Some(BLOCK),
        () if has("#{", "}#") => Some(HASH),
        () if line.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_')).any(is_underlined) => {
            Some(UNDERLINES)
        }
        () => None,
    }
}

/// Whether a word is a mark such as `__HUB_NAME__`.
fn is_underlined(word: &str) -> bool {
    let inside = word.strip_prefix("__").and_then(|word| word.strip_suffix("__"));
    inside.is_some_and(|name| {
        let is_part = |sign: char| sign.is_ascii_uppercase() || sign.is_ascii_digit() || sign == '_';
        name.starts_with(|sign: char| sign.is_ascii_uppercase()) && name.chars().all(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_other_programs_are_known_by_their_form() {
        let table = [
            ("param a = {{ .Values.a }}", Some(BRACES)),
            ("{{- if .on }}", Some(BRACES)),
            ("{% for a in all %}", Some(BLOCK)),
            ("  count: #{COUNT}#", Some(HASH)),
            ("  name: __HUB_NAME__", Some(UNDERLINES)),
            ("  name: __A1__, b", Some(UNDERLINES)),
            ("var a = { b: { c: 1 }}", None),
            ("var a = {", None),
            ("  name: 'x-{{ .a }}' oops", None),
            ("  name: '${__X__}' oops", None),
            ("  name: {{ .a 'b' }}", Some(BRACES)),
            ("var a = __name__", None),
            ("var a = ____", None),
            ("var __A = 1", None),
            ("", None),
        ];
        for (line, expected) in table {
            let text = format!("// before\n{line}\nparam after = __X__\n");
            let at = 10 + line.len() as u32 / 2;
            assert_eq!(first(&text, [Span::new(at, at)]).map(|mark| mark.form), expected, "{line}");
        }
        assert_eq!(first("param a = {{ b }}", []), None, "nothing is wrong there");
    }
}
