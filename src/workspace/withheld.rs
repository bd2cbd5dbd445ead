//! Values in the lines of a file that no report shows: those of parameter files, and defaults of secrets.

use crate::source::Span;
use crate::template::{Language, Template};

/// Spans that are hidden when source lines are shown: values of a parameter file, and defaults of secrets.
pub(super) fn withheld(template: &Template, text: &str) -> Vec<Span> {
    if template.language == Language::Params {
        return values_of_lines(text);
    }
    let secrets = template.parameters.iter().filter(|parameter| parameter.is_secure);
    secrets.filter_map(|secret| Some(template.exprs.span(secret.default?))).collect()
}

/// The values in the lines of a parameter file, even in a file with syntax errors: the part after a name, and each line that
/// does not start with a keyword of such a file.
fn values_of_lines(text: &str) -> Vec<Span> {
    const WORDS: [&str; 7] = ["using", "extends", "import", "type", "//", "#", "@"];
    let (mut values, mut start) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let begin = line.trim_start();
        let declared = begin.strip_prefix("param ").or_else(|| begin.strip_prefix("var "));
        let behind = if let Some(declared) = declared {
            let name = |character: char| character.is_alphanumeric() || character == '_';
            let value = declared.trim_start().trim_start_matches(name).trim_start();
            line.len() - value.strip_prefix('=').unwrap_or(value).len()
        } else if WORDS.iter().any(|word| begin.starts_with(word)) {
            line.len()
        } else {
            0
        };
        values.push(Span::new((start + behind) as u32, (start + line.len()) as u32));
        start += line.len();
    }
    values.retain(|value| !value.is_empty());
    values
}
