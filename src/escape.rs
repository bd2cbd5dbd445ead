//! Escapes text from templates. It may contain terminal commands, commands for a CI system, markup, or characters that reverse
//! the text direction; escaped, it can only be read.
//!
//! There are two steps. Code that puts a text into an output escapes it for its context ([`visible`], [`xml`], [`line`],
//! [`mermaid_gantt`]). And the process writes only [`Shown`], which makes a whole output harmless in its [`Notation`], in case
//! the first step missed something.

use std::fmt::Write as _;

/// Replaces characters that are invisible, or change how the text around them looks, by their code point: `U+202E`.
pub fn visible(text: &str) -> String {
    let (plain, rest) = text.split_at(plain(text, b' '));
    let mut out = String::with_capacity(text.len());
    out.push_str(plain);
    for character in rest.chars() {
        if is_hidden(character) {
            let _ = write!(out, "<U+{:04X}>", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// Number of bytes that are tested at once.
const CHUNK: usize = 64;

/// A number of bytes at the start that are signs, letters and digits of ASCII, blanks, or one more byte that is let pass.
fn plain(text: &str, passes: u8) -> usize {
    let is_plain = |&byte: &u8| matches!(byte, b' '..=b'~') || byte == passes;
    // Without an early exit the compiler vectorises the test of a chunk.
    let is_all_plain = |chunk: &&[u8]| chunk.iter().fold(true, |all, byte| all & is_plain(byte));
    text.as_bytes().chunks(CHUNK).take_while(is_all_plain).map(<[u8]>::len).sum()
}

/// Whether a character is a control character, a line separator, a mark or override of direction, or has no width.
fn is_hidden(character: char) -> bool {
    // Nearly all of them.
    let is_plain = matches!(character, ' '..='~');
    !is_plain && does_not_show(character)
}

fn does_not_show(character: char) -> bool {
    character.is_control()
        // Not characters of Unicode: U+FFFE, U+1FFFF, ...
        || u32::from(character) & 0xFFFE == 0xFFFE
        || matches!(character, '\u{FDD0}'..='\u{FDEF}')
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
            other => out.push(other),
        }
    }
    out
}

/// Escapes a line so that a CI system cannot take it for a command: `::error::` loses its meaning.
pub fn line(text: &str) -> String {
    let mut out = visible(text);
    let start = out.len() - out.trim_start().len();
    if out[start..].starts_with("::") || out[start..].starts_with("##[") {
        out.insert(start, '\'');
    }
    out
}

/// The format of an output. It decides which characters have an effect, and how they are escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Plain text, Markdown, Mermaid, DOT.
    Text,
    /// Text with the colours of a terminal, and its links to the web.
    Colored,
    /// Commands of a build system, in which texts are escaped.
    Commands,
    /// JSON: changes are made only inside strings.
    Json,
    /// XML, HTML or SVG: changes are made only in content and attributes.
    Xml,
}

/// A whole output that is harmless to any program that shows it: the only form in which anything leaves the process. It
/// cannot be displayed or formatted, so that it never becomes part of another text.
///
/// ```
/// use bicep_race_lint::escape::{Notation, Shown};
///
/// let name = "\u{1b}[2J##vso[task.setvariable]x.bicep";
/// let shown = Shown::new(format!("error: cannot read `{name}`\n"), Notation::Text);
/// assert_eq!(shown.text(), "error: cannot read `<U+001B>[2J#'#vso[task.setvariable]x.bicep`\n");
/// ```
#[must_use = "it is to be shown"]
pub struct Shown(String);

impl Shown {
    /// An output in its notation.
    pub fn new(text: String, notation: Notation) -> Self {
        let text = match notation {
            Notation::Json | Notation::Commands => text,
            Notation::Text | Notation::Colored | Notation::Xml => harmless(text, notation),
        };
        match notation {
            Notation::Commands => Self(harmless(text, notation)),
            _ => Self(defused(text, notation)),
        }
    }

    /// A text of our own, such as a page or a script, with no part from outside.
    pub fn own(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A text that another program needs unchanged, such as a patch. Not for a terminal or a log.
    pub fn raw_for_a_program(text: String) -> Self {
        Self(text)
    }

    /// The escaped output.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Whether a character of an output of several lines is hidden, or does something.
fn acts(character: char) -> bool {
    character != '\n' && is_hidden(character)
}

/// An offset at or before the first character with an effect; `None` if there is none.
fn first_that_acts(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        at += plain(&text[at..], b'\n');
        if at == text.len() {
            return None;
        }
        let mut end = text.len().min(at + CHUNK);
        while !text.is_char_boundary(end) {
            end += 1;
        }
        if text[at..end].contains(acts) {
            return Some(at);
        }
        at = end;
    }
}

/// Makes a whole output harmless: every character is visible, or belongs to the notation.
fn harmless(text: String, notation: Notation) -> String {
    let Some(first) = first_that_acts(&text) else { return text };
    let mut out = String::with_capacity(text.len() + 64);
    let (plain, mut rest) = text.split_at(first);
    out.push_str(plain);
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        let command = (notation == Notation::Colored).then(|| color(rest).or_else(|| link(rest))).flatten();
        if let Some(command) = command {
            out.push_str(command);
            rest = &rest[command.len()..];
            continue;
        }
        match notation {
            _ if !acts(character) => out.push(character),
            Notation::Xml if matches!(character, '\t' | '\r') => out.push(character),
            // In markup `<` would be one more mistake.
            Notation::Xml => out.push('\u{FFFD}'),
            _ => {
                let _ = write!(out, "<U+{:04X}>", u32::from(character));
            }
        }
        rest = after;
    }
    out
}

/// A text that is a link in a terminal. An address with characters that could do more than address something gives the
/// plain text.
#[cfg(feature = "cli")]
pub fn terminal_link(address: &str, text: &str) -> String {
    if is_address(address) {
        format!("{LINK}{address}{LINK_END}{text}{LINK}{LINK_END}")
    } else {
        text.to_owned()
    }
}

/// The start of a link in a terminal (OSC 8), and the end of its address.
const LINK: &str = "\u{1b}]8;;";
const LINK_END: &str = "\u{1b}\\";

fn is_address(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#&=%+,@".contains(&byte);
    text.starts_with("https://") && text.bytes().all(is_part)
}

/// The begin of a link at the start of a text, if there is one, or its end: `ESC ] 8 ; ; https://example.com ESC \`.
fn link(text: &str) -> Option<&str> {
    let address = text.strip_prefix(LINK)?;
    let end = address.find(LINK_END)?;
    let is_link = end == 0 || is_address(&address[..end]);
    is_link.then(|| &text[..LINK.len() + end + LINK_END.len()])
}

/// The change of colour at the start of a text, if there is one: `ESC [ 1 ; 31 m`.
fn color(text: &str) -> Option<&str> {
    let numbers = text.strip_prefix("\u{1b}[")?;
    let end = numbers.find(|character: char| !character.is_ascii_digit() && character != ';')?;
    numbers[end..].starts_with('m').then(|| &text[..=2 + end])
}

/// Makes a whole output free of CI commands. GitHub reads `::error::` at the start of a line and `##[error]` anywhere in it,
/// Azure Pipelines `##vso[…]`, others `##teamcity[…]`. The meaning of JSON and XML does not change.
pub fn defused(text: String, notation: Notation) -> String {
    let text = if notation == Notation::Json { escaped(text) } else { text };
    let is_text = matches!(notation, Notation::Text | Notation::Colored);
    let has_colons = |line: &str| line.trim_start().starts_with("::");
    let may_be_read = text.contains("##") || (is_text && text.lines().any(has_colons));
    if !may_be_read {
        return text;
    }
    let second = match notation {
        Notation::Text | Notation::Colored | Notation::Commands => "'#",
        Notation::Json => "\\u0023",
        Notation::Xml => "&#35;",
    };
    let mut out = String::with_capacity(text.len() + 16);
    for one in text.split_inclusive('\n') {
        let start = one.len() - one.trim_start().len();
        let mut rest = one;
        if is_text && has_colons(one) {
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

/// Writes invisible characters in JSON as escapes, which every reader decodes to the same text.
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

/// Replaces characters that are syntax in Mermaid's gantt charts by look-alikes, and puts a quote before a leading keyword.
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
    fn a_character_is_seen_wherever_it_stands() {
        for before in 0..3 * CHUNK {
            for filler in ["a", "é", "─"] {
                let text = format!("{}\u{202E}{}", filler.repeat(before), "z".repeat(CHUNK));
                let shown = text.replace('\u{202E}', "<U+202E>");
                assert_eq!(visible(&text), shown);
                assert_eq!(harmless(text, Notation::Text), shown);
            }
        }
    }

    #[test]
    fn nothing_hidden_stays_hidden() {
        assert_eq!(visible("a\u{202E}b\nc\u{1b}[31m"), "a<U+202E>b<U+000A>c<U+001B>[31m");
        assert_eq!(visible("Zoë 𝄞"), "Zoë 𝄞");
    }

    #[test]
    fn a_link_leads_to_an_address_only() {
        let link = terminal_link("https://example.org/a", "text");
        assert_eq!(link, "\u{1b}]8;;https://example.org/a\u{1b}\\text\u{1b}]8;;\u{1b}\\");
        assert_eq!(terminal_link("javascript:a", "text"), "text");
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
    fn what_is_shown_has_no_effect_though_nobody_has_escaped_it() {
        let shown = |text: &str, notation| Shown::new(text.to_owned(), notation).text().to_owned();
        assert_eq!(shown("a\u{1b}[31mb\n\u{FFFF}", Notation::Text), "a<U+001B>[31mb\n<U+FFFF>");
        assert_eq!(
            shown("\u{1b}[1;31ma\u{1b}[0m \u{1b}[2J\u{1b}]8", Notation::Colored),
            "\u{1b}[1;31ma\u{1b}[0m <U+001B>[2J<U+001B>]8"
        );
        assert_eq!(
            shown("<a b='\u{FFFF}\u{1b}'>\t\u{202E}</a>", Notation::Xml),
            "<a b='\u{FFFD}\u{FFFD}'>\t\u{FFFD}</a>"
        );
        assert_eq!(shown("\"\u{1b}\u{FFFE}\"\n", Notation::Json), "\"\\u001b\\ufffe\"\n");
        assert_eq!(shown("::error file=a::b\u{1b}\n", Notation::Commands), "::error file=a::b<U+001B>\n");
        assert_eq!(shown("  ::error::b", Notation::Colored), "  '::error::b");
    }

    #[test]
    fn a_task_of_a_gantt_has_no_syntax() {
        assert_eq!(mermaid_gantt("a:b #c;<x>"), "a\u{A789}b _c_\u{2039}x\u{203A}");
        assert_eq!(mermaid_gantt("section x"), "'section x");
        assert_eq!(mermaid_gantt("sections"), "sections");
    }

    /// Independent model of the patterns that CI systems act on, written without knowledge of the escaping.
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
            for notation in [Notation::Text, Notation::Colored, Notation::Xml, Notation::Commands, Notation::Json] {
                let shown = Shown::new(text.clone(), notation).text().replace('\n', "");
                let shown = if notation == Notation::Xml { shown.replace('\r', "") } else { shown };
                proptest::prop_assert!(!shown.chars().any(is_hidden), "{:?}", notation);
            }
        }
    }
}
