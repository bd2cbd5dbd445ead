//! `primaryLocationLineHash`, as GitHub's SARIF upload action computes it: a rolling hash of the first hundred characters from
//! the start of the line, without spaces and tabs, and a counter of equal hashes so far. The upload action keeps a different
//! value but warns about each result, so ours has to be the same.
//! <https://github.com/github/codeql-action/blob/main/src/fingerprints.ts>

use std::collections::BTreeMap;
use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::rules::finding::Report;
use crate::source::{FileId, Place};

/// Number of characters that are hashed.
const WINDOW: usize = 100;
const FACTOR: u64 = 37;
/// Stands for the end of the file; zeros follow it until the window is used up.
const END: u16 = 65_535;
const LINE_FEED: u16 = b'\n' as u16;

/// Hashes of the lines of each file with results, computed once a file.
pub(super) struct LineHashes<'r> {
    report: &'r Report,
    of_files: BTreeMap<FileId, Vec<String>>,
}

impl<'r> LineHashes<'r> {
    pub(super) fn new(report: &'r Report) -> Self {
        Self { report, of_files: BTreeMap::new() }
    }

    /// Hash of the line in which `place` starts.
    pub(super) fn of(&mut self, place: Place) -> String {
        let file = self.report.sources.file(place.file);
        let line = file.position(place.span.start).line as usize;
        let hashes = self.of_files.entry(place.file).or_insert_with(|| of_lines(&file.text));
        hashes.get(line - 1).cloned().unwrap_or_default()
    }
}

fn of_lines(text: &str) -> Vec<String> {
    let mut counts: FxHashMap<u64, u32> = FxHashMap::default();
    let mut hashes: Vec<String> = Vec::new();
    // Factor of the oldest character: it was multiplied once for each character of the window.
    let leaving = (0..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(FACTOR));
    let mut window: VecDeque<(u16, bool)> = VecDeque::from(vec![(0, false); WINDOW]);
    let mut hash = 0_u64;
    let mut take = |character: u16, starts_line: bool| {
        if let Some((gone, began_line)) = window.pop_front() {
            // The window now starts at the start of a line, so `hash` is that line's.
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

    /// All line endings, spaces, and characters outside the BMP. Another program, which follows the upload action's algorithm,
    /// computed the values.
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
