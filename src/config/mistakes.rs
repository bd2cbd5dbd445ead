//! Messages of the TOML parser in the words of the configuration's own messages.

use crate::rules::nearest::nearest;

/// Keys that only the built-in catalogue uses, or that are old names.
const NOT_SUGGESTED: &[&str] = &["errors", "level-before"];

/// Rewrites a message of `serde` in the style of the other messages.
///
/// Ex) ``unknown field `remedi`, expected one of `id`, `remedy` `` becomes ``unknown key `remedi`; did you mean `remedy`?``
pub(super) fn in_plain_words(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let mut names = rest.split('`').skip(1).step_by(2);
        let written = names.next().unwrap_or_default();
        let known: Vec<&str> = names.filter(|name| !NOT_SUGGESTED.contains(name)).collect();
        return match nearest(written, known.iter().copied()) {
            Some(meant) => format!("unknown key `{written}`; did you mean `{meant}`?"),
            None => format!("unknown key `{written}`; the keys are {}", listed(&known)),
        };
    }
    if let Some(name) = message.strip_prefix("missing field ") {
        return format!("the key {name} is missing");
    }
    let of_type = message.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected "));
    if let Some((found, expected)) = of_type {
        return format!("expected {}, found {found}", of_kind(expected));
    }
    message.to_owned()
}

/// A kind of value, as users of TOML call it.
fn of_kind(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list",
        "u8" | "u16" | "u32" | "u64" | "usize" | "i64" => "a whole number",
        _ if expected.starts_with("struct ") || expected == "a map" => "a table",
        _ => expected,
    }
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::in_plain_words;

    #[test]
    fn messages_name_the_key_and_what_was_expected() {
        for (message, expected) in [
            (
                "unknown field `remedi`, expected one of `id`, `errors`, `remedy`",
                "unknown key `remedi`; did you mean `remedy`?",
            ),
            (
                "unknown field `owner`, expected one of `id`, `errors`, `remedy`",
                "unknown key `owner`; the keys are `id`, `remedy`",
            ),
            ("missing field `title`", "the key `title` is missing"),
            ("invalid type: string \"Busy\", expected a sequence", "expected a list, found string \"Busy\""),
            ("invalid type: string \"4\", expected u32", "expected a whole number, found string \"4\""),
            ("an id is lower case", "an id is lower case"),
        ] {
            assert_eq!(in_plain_words(message), expected);
        }
    }
}
