//! Shows edits as `diff -u` does.

use std::fmt::Write as _;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, Hunk, InternedInput, Token};

/// Number of unchanged lines around each change.
const CONTEXT: u32 = 3;

/// The difference of two texts in the format of `diff -u`; empty if there is none.
pub fn diff(path: &str, before: &str, after: &str) -> String {
    let input = InternedInput::new(before, after);
    let mut found = Diff::compute(Algorithm::Histogram, &input);
    found.postprocess_no_heuristic(&input);
    let hunks: Vec<Hunk> = found.hunks().collect();
    if hunks.is_empty() {
        return String::new();
    }
    let mut out = format!("--- a/{path}\n+++ b/{path}\n");
    // Changes whose context would overlap are shown together.
    for near in hunks.chunk_by(|one, next| next.before.start - one.before.end <= 2 * CONTEXT) {
        show(&mut out, &input, near);
    }
    out
}

/// Shows changes that are near each other, with their context.
fn show(out: &mut String, input: &InternedInput<&str>, near: &[Hunk]) {
    let (Some(first), Some(last)) = (near.first(), near.last()) else { return };
    let lines = input.before.len() as u32;
    let above = first.before.start.min(CONTEXT);
    let below = (lines - last.before.end).min(CONTEXT);
    let old = first.before.start - above..last.before.end + below;
    let new = first.after.start - above..last.after.end + below;
    let _ = writeln!(out, "@@ -{} +{} @@", numbers(&old), numbers(&new));
    let mut at = old.start;
    for hunk in near {
        add(out, input, ' ', &input.before[indexes(at..hunk.before.start)]);
        add(out, input, '-', &input.before[indexes(hunk.before.clone())]);
        add(out, input, '+', &input.after[indexes(hunk.after.clone())]);
        at = hunk.before.end;
    }
    add(out, input, ' ', &input.before[indexes(at..old.end)]);
}

/// The first line and the number of lines, as the header of a hunk has them: a number of 1 is left out.
fn numbers(lines: &Range<u32>) -> String {
    let first = lines.start + u32::from(!lines.is_empty());
    if lines.len() == 1 { first.to_string() } else { format!("{first},{}", lines.len()) }
}

const fn indexes(lines: Range<u32>) -> Range<usize> {
    lines.start as usize..lines.end as usize
}

/// Adds lines, which have their own line ends.
fn add(out: &mut String, input: &InternedInput<&str>, mark: char, lines: &[Token]) {
    for &line in lines {
        let text = input.interner[line];
        out.push(mark);
        out.push_str(text);
        if !text.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(diff("a.bicep", "one\n", "one\n"), "");
    }

    #[test]
    fn a_change_has_three_lines_around_it() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let after = "1\n2\n3\n4\n5\nnew\n6\n7\n8\n9\n";
        let shown = "--- a/a.bicep\n+++ b/a.bicep\n@@ -3,6 +3,7 @@\n 3\n 4\n 5\n+new\n 6\n 7\n 8\n";
        assert_eq!(diff("a.bicep", before, after), shown);
    }

    #[test]
    fn changes_are_shown_together_where_their_lines_meet() {
        let before = (0..30).map(|line| line.to_string()).collect::<Vec<_>>().join("\n") + "\n";
        let with = |places: [&str; 2]| {
            places.iter().fold(before.clone(), |text, place| {
                text.replace(&format!("\n{place}\n"), &format!("\n{place}\nnew\n"))
            })
        };
        assert_eq!(diff("a", &before, &with(["5", "11"])).matches("@@ -").count(), 1);
        assert_eq!(diff("a", &before, &with(["5", "12"])).matches("@@ -").count(), 2);
    }

    #[test]
    fn a_last_line_without_its_end_is_told() {
        let shown = "--- a/a\n+++ b/a\n@@ -1 +1,2 @@\n-one\n\\ No newline at end of file\n+one\n+two\n";
        assert_eq!(diff("a", "one", "one\ntwo\n"), shown);
        assert_eq!(diff("a", "", "one\n"), "--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+one\n");
    }

    #[test]
    fn lines_keep_their_own_ends() {
        assert_eq!(diff("a", "1\r\n", "1\r\n2\r\n"), "--- a/a\n+++ b/a\n@@ -1 +1,2 @@\n 1\r\n+2\r\n");
    }
}
