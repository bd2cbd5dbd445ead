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

/// How a text is written, which decides how a character in it may be written otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Plain text.
    Text,
    /// JSON: what is changed stands in strings.
    Json,
    /// XML or HTML: what is changed stands in content or attributes.
    Xml,
}

/// A whole output in which no line is a command for the system that keeps it in its log: GitHub reads `::error::` at the
/// start of a line and `##[error]` anywhere in it, Azure Pipelines `##vso[…]`, others `##teamcity[…]`. What JSON and XML
/// say stays the same.
pub fn defused(text: String, notation: Notation) -> String {
    let text = if notation == Notation::Json { escaped(text) } else { text };
    let has_colons = |line: &str| line.trim_start().starts_with("::");
    let may_be_read = text.contains("##") || (notation == Notation::Text && text.lines().any(has_colons));
    if !may_be_read {
        return text;
    }
    let second = match notation {
        Notation::Text => "'#",
        Notation::Json => "\\u0023",
        Notation::Xml => "&#35;",
    };
    let mut out = String::with_capacity(text.len() + 16);
    for one in text.split_inclusive('\n') {
        let start = one.len() - one.trim_start().len();
        let mut rest = one;
        if notation == Notation::Text && has_colons(one) {
            out.push_str(&one[..start]);
            out.push('\'');
            rest = &one[start..];
        }
        while let Some(at) = rest.find("##") {
            let after =
                rest[at + 2..].trim_start_matches(|character: char| character.is_ascii_alphanumeric());
            out.push_str(&rest[..=at]);
            let is_command = after.starts_with('[');
            if is_command {
                out.push_str(second);
            }
            rest = &rest[at + 1 + usize::from(is_command)..];
        }
        out.push_str(rest);
    }
    out
}

/// JSON in which what cannot be seen is written by its code, as any reader of JSON reads it back.
fn escaped(json: String) -> String {
    let is_unseen = |character: char| character != '\n' && is_hidden(character);
    if !json.contains(is_unseen) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 64);
    for character in json.chars() {
        if is_unseen(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
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
    fn no_line_of_a_log_is_a_command() {
        let text = |text: &str| defused(text.to_owned(), Notation::Text);
        assert_eq!(text("a\n  ::error::b\nc::d"), "a\n  '::error::b\nc::d");
        assert_eq!(text("a ##[error]b ##vso[c] ###[d]"), "a #'#[error]b #'#vso[c] ##'#[d]");
        assert_eq!(text("## heading\n"), "## heading\n");
        assert_eq!(defused("\"##vso[a]\"".to_owned(), Notation::Json), "\"#\\u0023vso[a]\"");
        assert_eq!(
            defused("\"\u{202e}\u{9b}\u{e0001}\"\n".to_owned(), Notation::Json),
            "\"\\u202e\\u009b\\udb40\\udc01\"\n"
        );
        assert_eq!(defused("<a>##[b]</a>".to_owned(), Notation::Xml), "<a>#&#35;[b]</a>");
    }

    #[test]
    fn a_task_of_a_gantt_has_no_syntax() {
        assert_eq!(mermaid_gantt("a:b #c;<x>"), "a\u{A789}b _c_\u{2039}x\u{203A}");
        assert_eq!(mermaid_gantt("section x"), "'section x");
        assert_eq!(mermaid_gantt("sections"), "sections");
    }

    /// What the systems themselves look for, written without regard to how it is taken out.
    fn is_read(text: &str) -> bool {
        ["##[", "##vso[", "##teamcity["].iter().any(|command| text.contains(command))
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_a_command_however_it_is_put_together(
            parts in proptest::collection::vec(
                proptest::sample::select(vec![
                    "#", "##", "vso", "teamcity", "[", "]", "::", ":", " ", "\n", "\r\n", "error", "'", "\"", "\\",
                    "\u{202e}", "\u{1b}", "\u{9b}", "é", "<", "&",
                ]),
                0..24,
            )
        ) {
            let text = parts.concat();
            let plain = defused(text.clone(), Notation::Text);
            proptest::prop_assert!(!is_read(&plain));
            proptest::prop_assert!(!plain.lines().any(|line| line.trim_start().starts_with("::")));
            let json = defused(serde_json::to_string(&text).unwrap(), Notation::Json);
            proptest::prop_assert!(!is_read(&json) && !json.chars().any(is_hidden));
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text.clone());
            let markup = defused(xml(&text), Notation::Xml);
            proptest::prop_assert!(!is_read(&markup) && !markup.contains('<'));
            proptest::prop_assert!(!line(&text).chars().any(is_hidden));
        }
    }
}
