//! `format`: the composite formats of .NET, in the invariant culture.

use super::json_text;
use crate::eval::term::{Term, Value};
use crate::eval::terms::Terms;
use crate::limit::Limit;

/// `format('{0}-{1,5:D3}', a, b)`
pub(super) fn format(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let pattern = terms.known_text(*arguments.first()?)?.to_owned();
    let mut parts = Vec::new();
    let mut rest = pattern.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        let (before, found) = rest.split_at(at);
        if found.starts_with("{{") || found.starts_with("}}") {
            let text = format!("{before}{}", &found[..1]);
            parts.push(terms.text(&text));
            rest = &found[2..];
            continue;
        }
        let end = found.find('}')?;
        let hole = Hole::read(found.get(1..end)?)?;
        parts.push(terms.text(before));
        parts.push(hole.filled(terms, *arguments.get(hole.index + 1)?)?);
        rest = &found[end + 1..];
    }
    parts.push(terms.text(rest));
    Some(terms.concat(&parts))
}

/// `{index,alignment:format}`
struct Hole<'t> {
    index: usize,
    /// The minimum width in characters; negative for left alignment.
    alignment: i64,
    format: &'t str,
}

impl<'t> Hole<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let (head, format) = text.split_once(':').unwrap_or((text, ""));
        let (index, alignment) = head.split_once(',').unwrap_or((head, "0"));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let alignment = alignment.trim_matches(' ');
        if !is_number(index.trim_end_matches(' ')) || !is_number(alignment.trim_start_matches('-')) {
            return None;
        }
        Some(Self {
            index: index.trim_end_matches(' ').parse().ok()?,
            alignment: alignment.parse().ok()?,
            format,
        })
    }

    fn filled(&self, terms: &mut Terms, value: Term) -> Option<Term> {
        let text = match terms.get(value) {
            Value::Int(number) if !self.format.is_empty() => {
                if let Some(Err(reached)) =
                    precision(self.format).map(|digits| Limit::TextBytes.check(digits))
                {
                    terms.reach(reached);
                    return None;
                }
                numeric(number, self.format)?
            }
            Value::Array(_) | Value::Object(_) => {
                let Some(text) = json_text::json(terms, value, '\'') else {
                    return (self.alignment == 0).then_some(value);
                };
                text
            }
            // Texts and truth values ignore the format.
            Value::Text(_) | Value::Int(_) | Value::Bool(_) => {
                let mut text = String::new();
                terms.push_known(value, &mut text);
                text
            }
            Value::Concat(_) | Value::ResourceId { .. } if self.alignment == 0 => return Some(value),
            _ if self.alignment == 0 && self.format.is_empty() => return Some(value),
            _ => return None,
        };
        if let Err(reached) = Limit::TextBytes.check(self.alignment.unsigned_abs()) {
            terms.reach(reached);
            return None;
        }
        // .NET counts UTF-16 units.
        let width = usize::try_from(self.alignment.unsigned_abs()).ok()?;
        let filler = " ".repeat(width.saturating_sub(text.encode_utf16().count()));
        let text = if self.alignment < 0 { text + &filler } else { filler + &text };
        Some(terms.text(&text))
    }
}

/// The number after the letter of a standard format.
fn precision(format: &str) -> Option<usize> {
    format.get(1..).filter(|_| format.as_bytes()[0].is_ascii_alphabetic())?.parse().ok()
}

/// Formats an integer by a standard format, or by a custom format that consists of digits.
fn numeric(number: i64, format: &str) -> Option<String> {
    let sign = if number < 0 { "-" } else { "" };
    let digits = number.unsigned_abs().to_string();
    if format.bytes().all(|byte| byte == b'0') {
        return Some(format!("{sign}{digits:0>width$}", width = format.len()));
    }
    if matches!(format, "#,0" | "#,##0") {
        return Some(format!("{sign}{}", grouped(&digits)));
    }
    let letter = format.chars().next()?;
    let digits_wanted = match &format[letter.len_utf8()..] {
        "" => None,
        wanted => {
            Some(wanted.bytes().all(|byte| byte.is_ascii_digit()).then(|| wanted.parse::<usize>().ok())??)
        }
    };
    let decimals = || match digits_wanted.unwrap_or(2) {
        0 => String::new(),
        count => format!(".{}", "0".repeat(count)),
    };
    Some(match letter {
        'D' | 'd' => format!("{sign}{digits:0>width$}", width = digits_wanted.unwrap_or(0)),
        'F' | 'f' => format!("{sign}{digits}{}", decimals()),
        'N' | 'n' => format!("{sign}{}{}", grouped(&digits), decimals()),
        'P' | 'p' => {
            let hundredfold = number.checked_mul(100)?.unsigned_abs().to_string();
            format!("{sign}{}{} %", grouped(&hundredfold), decimals())
        }
        'X' => format!("{number:0width$X}", width = digits_wanted.unwrap_or(0)),
        'x' => format!("{number:0width$x}", width = digits_wanted.unwrap_or(0)),
        // With a smaller precision than its number of digits, a number is written with an exponent.
        'G' | 'g' if digits_wanted.is_none_or(|wanted| wanted == 0 || wanted >= digits.len()) => {
            format!("{sign}{digits}")
        }
        _ => return None,
    })
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::numeric;

    #[test]
    fn integers_have_the_standard_formats() {
        for (number, format, expected) in [
            (7, "D3", "007"),
            (-7, "D3", "-007"),
            (1_234_567, "N0", "1,234,567"),
            (-1_234, "N", "-1,234.00"),
            (123, "N1", "123.0"),
            (12, "F1", "12.0"),
            (255, "X", "FF"),
            (255, "x4", "00ff"),
            (-1, "X", "FFFFFFFFFFFFFFFF"),
            (12, "P0", "1,200 %"),
            (12, "G", "12"),
            (7, "000", "007"),
            (12_345, "#,##0", "12,345"),
        ] {
            assert_eq!(numeric(number, format).as_deref(), Some(expected), "{number} {format}");
        }
        for format in ["E2", "C", "R", "G1", "0.0", "D-1", "D+1", "é"] {
            assert_eq!(numeric(12, format), None, "{format}");
        }
    }
}
