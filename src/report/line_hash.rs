//! `primaryLocationLineHash`, as the upload action of GitHub code scanning computes it where a result has none: a rolling
//! hash of the hundred characters from the start of the line, blanks and tabs left out, and how many lines before it have
//! the same. A value of another kind is kept, with a warning for each result, so it has to be the same.
//! <https://github.com/github/codeql-action/blob/main/src/fingerprints.ts>

use std::collections::BTreeMap;
use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::rules::finding::Report;
use crate::source::{FileId, Place};

/// So many characters count.
const WINDOW: usize = 100;
const FACTOR: u64 = 37;
/// What stands for the end of the file, before as many zeros as the window needs.
const END: u16 = 65_535;
const LINE_FEED: u16 = b'\n' as u16;

/// The hashes of the files that results stand in, each file read once.
pub(super) struct LineHashes<'r> {
    report: &'r Report,
    of_files: BTreeMap<FileId, Vec<String>>,
}

impl<'r> LineHashes<'r> {
    pub(super) fn new(report: &'r Report) -> Self {
        Self { report, of_files: BTreeMap::new() }
    }

    /// The hash of the line that a place begins in.
    pub(super) fn of(&mut self, place: Place) -> String {
        let file = self.report.sources.file(place.file);
        let line = file.position(place.span.start).line as usize;
        let hashes = self.of_files.entry(place.file).or_insert_with(|| of_lines(&file.text));
        hashes.get(line - 1).cloned().unwrap_or_default()
    }
}

/// The hashes of all lines of a text.
fn of_lines(text: &str) -> Vec<String> {
    let mut counts: FxHashMap<u64, u32> = FxHashMap::default();
    let mut hashes: Vec<String> = Vec::new();
    // The character that leaves the window has been multiplied this often.
    let leaving = (0..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(FACTOR));
    let mut window: VecDeque<(u16, bool)> = VecDeque::from(vec![(0, false); WINDOW]);
    let mut hash = 0_u64;
    let mut take = |character: u16, starts_line: bool| {
        if let Some((gone, began_line)) = window.pop_front() {
            // The window holds the line's first hundred characters, and nothing before them.
            if began_line {
                let count = counts.entry(hash).or_default();
                *count += 1;
                hashes.push(format!("{hash:x}:{count}"));
            }
            let left = leaving.wrapping_mul(u64::from(gone));
            hash = hash.wrapping_mul(FACTOR).wrapping_add(u64::from(character)).wrapping_sub(left);
        }
        window.push_back((character, starts_line));
    };
    let mut starts_line = true;
    let mut after_return = false;
    for character in text.encode_utf16() {
        let is_second_half = std::mem::take(&mut after_return) && character == LINE_FEED;
        if is_second_half || character == u16::from(b' ') || character == u16::from(b'\t') {
            continue;
        }
        after_return = character == u16::from(b'\r');
        let character = if after_return { LINE_FEED } else { character };
        take(character, std::mem::replace(&mut starts_line, character == LINE_FEED));
    }
    take(END, starts_line);
    for _ in 0..WINDOW {
        take(0, false);
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind of line end, blanks, and characters of two halves; the values come from the action's own steps, done by
    /// another program.
    #[test]
    fn lines_have_the_hashes_that_the_upload_action_gives_them() {
        let text = "param hub string\r\n\r\nresource  s2s 'a/b@1' = {\r  name: 'ü𝄞'\n}\n";
        let expected = [
            "463f88b93aaddfa9:1",
            "bb495f25dc015944:1",
            "197a9a72cd11546a:1",
            "24bdcc868b07aa83:1",
            "32dce9ccfdbc9d3e:1",
            "c129715d7a2bc9a3:1",
        ];
        assert_eq!(of_lines(text), expected);
        assert_eq!(of_lines(""), ["c129715d7a2bc9a3:1"]);
    }

    #[test]
    fn lines_that_are_alike_are_counted() {
        let hashes = of_lines(&"x\n".repeat(60));
        assert_eq!(hashes.len(), 61);
        assert_eq!(hashes[..3], ["c0fe7b2700d6c254:1", "c0fe7b2700d6c254:2", "c0fe7b2700d6c254:3"]);
        assert_eq!(hashes[59], "828973aa50c68d6d:1", "the end of the file comes into the window");
    }
}
