//! `--redact`: replaces ids of subscriptions, tenants and everything else in their format in all output. Fingerprints
//! and baselines contain no such ids.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether this run redacts. It is set once before anything is written, and read where text leaves the process: in
/// `print`, `print_error` and `Output::write`. Passed as a parameter, it would go through every function that prints,
/// and a forgotten one would leak an id.
static IS_ASKED: AtomicBool = AtomicBool::new(false);

/// Number of digits in each part of an id.
const PARTS: [usize; 5] = [8, 4, 4, 4, 12];

/// Turns redaction on for this run.
pub(super) fn set(is_asked: bool) {
    IS_ASKED.store(is_asked, Ordering::Relaxed);
}

/// Whether this run redacts.
pub(super) fn is_asked() -> bool {
    IS_ASKED.load(Ordering::Relaxed)
}

/// The text that may be written.
pub(super) fn redacted(text: &str) -> Cow<'_, str> {
    if is_asked() { without_ids(text) } else { Cow::Borrowed(text) }
}

/// Replaces every digit of every id by `0`. A narrow terminal may have wrapped an id after a hyphen.
fn without_ids(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(dash) = bytes[at..].iter().position(|&byte| byte == b'-').map(|found| at + found) {
        at = dash + 1;
        let Some(start) = dash.checked_sub(PARTS[0]) else { continue };
        // With a hexadecimal digit before it, it is part of a longer text.
        let is_begun = start.checked_sub(1).is_none_or(|before| !bytes[before].is_ascii_hexdigit());
        if let Some(parts) = parts(bytes, start).filter(|_| is_begun) {
            at = parts[PARTS.len() - 1].end;
            found.extend(parts);
        }
    }
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for part in found {
        out.push_str(&text[done..part.start]);
        out.extend(std::iter::repeat_n('0', part.len()));
        done = part.end;
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// The parts of an id that starts at `start`, if there is one.
fn parts(bytes: &[u8], start: usize) -> Option<[Range<usize>; PARTS.len()]> {
    let mut parts: [Range<usize>; PARTS.len()] = Default::default();
    let mut at = start;
    for (part, digits) in parts.iter_mut().zip(PARTS) {
        if at > start {
            bytes.get(at).filter(|&&byte| byte == b'-')?;
            at += 1;
            at += bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        }
        let is_part = bytes.get(at..at + digits)?.iter().all(u8::is_ascii_hexdigit);
        *part = is_part.then_some(at..at + digits)?;
        at += digits;
    }
    (!bytes.get(at).is_some_and(u8::is_ascii_hexdigit)).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

    #[test]
    fn every_id_is_replaced_by_zeros() {
        let id = "1B4E28BA-2fa1-11d2-883f-0016d3cca427";
        for (text, expected) in [
            (format!("/subscriptions/{id}/x"), format!("/subscriptions/{NOBODY}/x")),
            (format!("{id} and {id}"), format!("{NOBODY} and {NOBODY}")),
            (format!("a-b-{id}-c"), format!("a-b-{NOBODY}-c")),
            (format!("é{id}é"), format!("é{NOBODY}é")),
            (format!("f{id}"), format!("f{id}")),
            (format!("{id}0"), format!("{id}0")),
            (id[..35].to_owned(), id[..35].to_owned()),
            (
                "1b4e28ba-2fa1-11d2-883f_0016d3cca427".to_owned(),
                "1b4e28ba-2fa1-11d2-883f_0016d3cca427".to_owned(),
            ),
            (id.replace("2fa1-", "2fa1-\n  "), NOBODY.replacen("-0000-", "-0000-\n  ", 1)),
            ("-".repeat(50), "-".repeat(50)),
            (String::new(), String::new()),
        ] {
            assert_eq!(without_ids(&text), expected);
        }
    }
}
