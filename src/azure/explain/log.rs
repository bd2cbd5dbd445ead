//! Removes what terminals, pipelines and PowerShell add to the lines of an error.

use super::text::without_margin;
use crate::azure::answers::advice;

/// The text without colours, timestamps, commands of a pipeline and margins.
///
/// JSON that a pipeline printed line by line can be parsed again only without them.
///
/// Ex) `2026-05-14T13:49:32.9659077Z ##[error]ERROR: {"code": …`
pub(super) fn cleaned(pasted: &str) -> String {
    let text = without_escapes(pasted);
    let lines = text.lines().map(|line| without_margin(without_command(without_timestamp(line))));
    lines.filter(|line| !is_advice(line)).collect::<Vec<_>>().join("\n")
}

/// Whether a tool adds a line for every conflict, whatever Azure says.
fn is_advice(line: &str) -> bool {
    let line = line.to_lowercase();
    !line.contains('{') && advice().iter().any(|advice| line.contains(advice))
}

/// Removes ECMA-48 control sequences, such as colours, and the links of terminals.
fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let end = match after.chars().next() {
            Some('[') => after[1..].find(|c: char| ('@'..='~').contains(&c)).map(|end| end + 2),
            // A link ends with BEL, or with ESC and a backslash. That ESC begins the next iteration.
            Some(']') => after
                .find(['\u{7}', '\u{1b}'])
                .map(|end| end + usize::from(!after[end..].starts_with('\u{1b}'))),
            Some(other) => Some(other.len_utf8()),
            None => None,
        };
        rest = end.and_then(|end| after.get(end..)).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Removes the time at which a pipeline printed a line, with the names of job and step that `gh run view --log` puts before it.
fn without_timestamp(line: &str) -> &str {
    let mut columns = std::iter::once(0).chain(line.match_indices('\t').map(|(tab, _)| tab + 1));
    columns.find_map(|from| after_timestamp(&line[from..])).unwrap_or(line)
}

/// The rest of a line that starts with a time such as `2026-05-14T13:49:32.9659077Z `.
fn after_timestamp(line: &str) -> Option<&str> {
    let line = line.trim_start_matches('\u{feff}');
    let (time, rest) = line.split_once('Z')?;
    let form = b"0000-00-00T00:00:00";
    let fits = |(is, form): (u8, &u8)| if *form == b'0' { is.is_ascii_digit() } else { is == *form };
    let is_time = time.len() >= form.len()
        && time.bytes().zip(form).all(fits)
        && time[form.len()..].bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_time && (rest.is_empty() || rest.starts_with(' '))).then(|| rest.strip_prefix(' ').unwrap_or(rest))
}

/// Removes a logging command of Azure Pipelines or GitHub Actions.
fn without_command(line: &str) -> &str {
    let command = ["##[error]", "##[warning]", "##[debug]", "::error::", "::warning::"];
    command.into_iter().find_map(|command| line.strip_prefix(command)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::cleaned;

    #[test]
    fn what_is_not_of_the_error_is_removed() {
        for (pasted, expected) in [
            ("\u{1b}[31mERROR: (Code) x\u{1b}[0m", "ERROR: (Code) x"),
            ("\u{1b}]8;;https://contoso.com\u{7}link\u{1b}]8;;\u{1b}\\ end", "link end"),
            ("cut \u{1b}[3", "cut "),
            ("\u{1b}", ""),
            ("2026-05-14T13:49:32.9659077Z ##[error]ERROR: x", "ERROR: x"),
            ("2026-05-14T13:49:32Z", ""),
            ("deploy\tRun az\t2026-05-14T13:49:32.9659077Z   \"code\": 1", "  \"code\": 1"),
            ("deploy\tRun az\t2026-05-14T13:49:32.9659077Z Details:\t(Code) x", "Details:\t(Code) x"),
            ("2026-05-14T13:49:32Zone", "2026-05-14T13:49:32Zone"),
            ("\"timestamp\": \"2026-05-14T13:49:32Z\"", "\"timestamp\": \"2026-05-14T13:49:32Z\""),
            ("     | Message: x\n  29 | y", " Message: x\n y"),
            ("a\tb", "a\tb"),
            ("ERROR: A resource with this name already exists or is in a conflicting state.\nx", "x"),
        ] {
            assert_eq!(cleaned(pasted), expected, "{pasted:?}");
        }
    }
}
