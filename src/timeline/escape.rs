//! Text of a template inside a picture: nothing in it may end a line, turn the direction of writing, or be read as markup.

use std::fmt::Write as _;

/// Replaces what cannot be seen, or changes what is seen around it, by its code point in words: `U+202E`.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            let _ = write!(out, "<U+{:04X}>", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// Control characters, separators of lines, marks and overrides of direction, and what takes no room.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// Text in XML and HTML, in content or in a quoted attribute.
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Not characters of XML, though of Unicode.
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            other => out.push(other),
        }
    }
    out
}

/// A line that cannot be taken for a command by what reads the log of a build: `::error::` loses its meaning.
pub fn line(text: &str) -> String {
    let mut out = visible(text);
    let start = out.len() - out.trim_start().len();
    if out[start..].starts_with("::") || out[start..].starts_with("##[") {
        out.insert(start, '\'');
    }
    out
}

/// What Mermaid's gantt reads as syntax, by look-alikes; a leading keyword gets a quote before it.
pub fn mermaid_gantt(text: &str) -> String {
    let mut out: String = visible(text)
        .chars()
        .map(|character| match character {
            ':' => '\u{A789}',
            '<' => '\u{2039}',
            '>' => '\u{203A}',
            '#' | ';' | '%' | '"' | '`' | '&' | '{' | '}' | '\\' | '$' | '@' | '=' => '_',
            other => other,
        })
        .collect();
    if out.trim().is_empty() {
        out.push('_');
    }
    let first = out.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    if GANTT_KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(first)) {
        out.insert(0, '\'');
    }
    out
}

/// The words with which a line of a gantt can begin.
const GANTT_KEYWORDS: [&str; 17] = [
    "accDescr",
    "accTitle",
    "axisFormat",
    "call",
    "click",
    "dateFormat",
    "excludes",
    "gantt",
    "href",
    "includes",
    "inclusiveEndDates",
    "section",
    "tickInterval",
    "title",
    "todayMarker",
    "topAxis",
    "weekday",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_stays_hidden() {
        assert_eq!(visible("a\u{202E}b\nc\u{1b}[31m"), "a<U+202E>b<U+000A>c<U+001B>[31m");
        assert_eq!(visible("Zoë 𝄞"), "Zoë 𝄞");
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(xml("<script>'\"&"), "&lt;script&gt;&#39;&quot;&amp;");
    }

    #[test]
    fn a_line_is_no_command() {
        assert_eq!(line("::error::x"), "'::error::x");
        assert_eq!(line("  ##[error]x"), "  '##[error]x");
        assert_eq!(line("parent::child"), "parent::child");
    }

    #[test]
    fn a_task_of_a_gantt_has_no_syntax() {
        assert_eq!(mermaid_gantt("a:b #c;<x>"), "a\u{A789}b _c_\u{2039}x\u{203A}");
        assert_eq!(mermaid_gantt("section x"), "'section x");
        assert_eq!(mermaid_gantt("sections"), "sections");
    }
}
