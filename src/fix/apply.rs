//! Applies edits to texts.

#[cfg(feature = "cli")]
pub use super::diff::diff;
#[cfg(feature = "cli")]
pub use super::write::{check, write};
use crate::rules::finding::Edit;
use crate::small_sort::SmallSort as _;

/// Applies insertions to a text. Edits at the same place keep their order.
pub fn apply(text: &str, edits: &[&Edit]) -> String {
    let mut sorted = edits.to_vec();
    sorted.small_sort_by_key(|edit| edit.place.span);
    let added: usize = sorted.iter().map(|edit| edit.insert.len()).sum();
    let mut out = String::with_capacity(text.len() + added);
    let mut at = 0;
    for edit in sorted {
        let range = edit.place.span.range();
        if range.start < at {
            continue;
        }
        out.push_str(&text[at..range.start]);
        out.push_str(&edit.insert);
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// Whether `after` is `before` with these insertions and no other change.
pub fn only_inserts(before: &str, after: &str, edits: &[&Edit]) -> bool {
    let mut sorted = edits.to_vec();
    sorted.small_sort_by_key(|edit| edit.place.span);
    let (mut new, mut at) = (after, 0);
    for edit in sorted {
        let range = edit.place.span.range();
        let kept = before.get(at..range.start).filter(|_| range.is_empty());
        let rest = kept.and_then(|kept| new.strip_prefix(kept)?.strip_prefix(edit.insert.as_str()));
        let Some(rest) = rest else { return false };
        (new, at) = (rest, range.end);
    }
    before.get(at..) == Some(new)
}
