//! Source texts and places in them. A place is a file and a span of bytes; lines and columns are computed only when
//! they are printed.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A half-open range of bytes in one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`, in bytes.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The empty span at `at`.
    pub const fn empty(at: u32) -> Self {
        Self { start: at, end: at }
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The range of bytes, for slicing.
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The text that the span covers.
    pub fn of(self, text: &str) -> &str {
        &text[self.range()]
    }

    /// Length in bytes.
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether the span covers no byte.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `offset` is inside, both ends included.
    pub const fn touches(self, offset: u32) -> bool {
        self.start <= offset && offset <= self.end
    }

    /// Whether `other` is inside.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A file of one run, as an index into [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A span in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file that contains the span.
    pub file: FileId,
    /// The span in the file.
    pub span: Span,
}

/// A line and a column, both counted from 1; the column in Unicode code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in code points, from 1.
    pub column: u32,
}

/// Size in bytes of the blocks whose code points are counted together. Not a limit, because the result does not depend
/// on it.
const BLOCK: usize = 1024;

/// One file's text, without its byte order mark.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as it is shown: with `/`, and relative to the working folder for a file below it.
    pub path: String,
    /// The content, without a byte order mark.
    pub text: Arc<str>,
    lines: OnceLock<Box<[u32]>>,
    /// Number of code points before each block of the text; computed for the first long line.
    blocks: OnceLock<Box<[u32]>>,
    /// Whether the text stands for a file that could not be read.
    is_stand_in: bool,
    /// The parts of the text that are not shown, in order.
    withheld: Vec<Span>,
}

impl SourceFile {
    /// A file under the path that is shown for it.
    pub fn new(path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
            lines: OnceLock::new(),
            blocks: OnceLock::new(),
            is_stand_in: false,
            withheld: Vec::new(),
        }
    }

    /// A text that stands for a module whose file could not be read.
    pub fn stand_in(path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self { is_stand_in: true, ..Self::new(path, text) }
    }

    /// The same file with some parts hidden.
    #[must_use]
    pub fn withholding(self, mut spans: Vec<Span>) -> Self {
        spans.sort();
        Self { withheld: spans, ..self }
    }

    /// A message about a place, without the words in back-ticks that it quotes from parts that are not to be shown.
    pub fn without_withheld(&self, place: Span, message: &str) -> String {
        if !self.withheld.iter().any(|hidden| hidden.touches(place.start) || hidden.touches(place.end)) {
            return message.to_owned();
        }
        let is_hidden = |word: &str| {
            let is_word = word.contains(char::is_alphanumeric);
            is_word && self.withheld.iter().any(|hidden| hidden.of(&self.text).contains(word))
        };
        // Every second piece is in back-ticks.
        let pieces = message.split('`').enumerate();
        let told = pieces.map(|(at, piece)| if at % 2 == 1 && is_hidden(piece) { "…" } else { piece });
        told.collect::<Vec<_>>().join("`")
    }

    /// A part of the text as it is shown: `*` in the place of each byte that is withheld, so that all others keep their place.
    pub fn shown(&self, span: Span) -> Cow<'_, str> {
        let text = span.of(&self.text);
        if !self.withheld.iter().any(|hidden| hidden.start < span.end && span.start < hidden.end) {
            return Cow::Borrowed(text);
        }
        let is_hidden = |at: u32| self.withheld.iter().any(|hidden| hidden.start <= at && at < hidden.end);
        let mut out = String::with_capacity(text.len());
        for (at, character) in text.char_indices() {
            if !character.is_whitespace() && is_hidden(span.start + at as u32) {
                out.extend(std::iter::repeat_n('*', character.len_utf8()));
            } else {
                out.push(character);
            }
        }
        Cow::Owned(out)
    }

    /// First byte of every line.
    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let after_end = |&at: &usize| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n');
            std::iter::once(0)
                .chain(memchr::memchr2_iter(b'\n', b'\r', bytes).filter(after_end).map(|at| at as u32 + 1))
                .collect()
        })
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        let starts = self.line_starts();
        let line = starts.partition_point(|&start| start <= offset) - 1;
        let end = self.text.ceil_char_boundary((offset as usize).min(self.text.len()));
        let start = starts[line] as usize;
        let column = if end - start < BLOCK {
            self.text[start..end].chars().count()
        } else {
            self.code_points_before(end) - self.code_points_before(start)
        };
        Position { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// How many code points stand before a byte. Places in one line of megabytes are asked for thousands of times.
    fn code_points_before(&self, end: usize) -> usize {
        let bytes = self.text.as_bytes();
        let count = |bytes: &[u8]| bytes.iter().filter(|&&byte| !matches!(byte, 0x80..0xC0)).count();
        let blocks = self.blocks.get_or_init(|| {
            let before = bytes.chunks(BLOCK).scan(0, |before, block| {
                let here = *before;
                *before += count(block) as u32;
                Some(here)
            });
            before.collect()
        });
        let Some(&before) = blocks.get(end / BLOCK) else { return count(bytes) };
        before as usize + count(&bytes[end / BLOCK * BLOCK..end])
    }

    /// The span of a line (counted from 1), without its line end.
    pub fn line(&self, line: u32) -> Span {
        let starts = self.line_starts();
        let start = starts[line as usize - 1];
        let end = starts.get(line as usize).map_or(self.text.len(), |&next| next as usize);
        let text = self.text[start as usize..end].trim_end_matches(['\n', '\r']);
        Span::new(start, start + text.len() as u32)
    }

    /// How many lines the file has; at least one.
    pub fn line_count(&self) -> u32 {
        self.line_starts().len() as u32
    }
}

/// Every file that a run has read. A clone shares the texts.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Arc<SourceFile>>,
}

impl Sources {
    /// Adds a file and gives its id.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        self.files.push(Arc::new(file));
        FileId(self.files.len() as u32 - 1)
    }

    /// The file with an id.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The file of an id, to keep.
    pub fn shared(&self, id: FileId) -> Arc<SourceFile> {
        Arc::clone(&self.files[id.0 as usize])
    }

    /// Every file that was read, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        let all = self.files.iter().enumerate().map(|(at, file)| (FileId(at as u32), &**file));
        all.filter(|(_, file)| !file.is_stand_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_code_points_and_every_line_end() {
        let file = SourceFile::new("a", "ab\r\né𝄞x\rlast\n");
        let at = |needle: &str| {
            let found = file.position(file.text.find(needle).unwrap() as u32);
            (found.line, found.column)
        };
        assert_eq!(at("b"), (1, 2));
        assert_eq!(at("x"), (2, 3));
        assert_eq!(at("last"), (3, 1));
        assert_eq!(file.line_count(), 4);
        assert_eq!(file.line(2).of(&file.text), "é𝄞x");
        assert_eq!(file.line(4).of(&file.text), "");
    }

    #[test]
    fn columns_of_long_lines_count_code_points_too() {
        // Every length of a character, on both sides of each block.
        let line = "aé\u{20ac}𝄞".repeat(BLOCK);
        let text = format!("x\n{line}\r\n{line}");
        let file = SourceFile::new("a", text.as_str());
        for start in [2, 2 + line.len() + 2] {
            for (at, (offset, _)) in line.char_indices().enumerate() {
                let found = file.position((start + offset) as u32);
                assert_eq!(found.column as usize, at + 1, "{offset}");
            }
        }
        assert_eq!(file.position(text.len() as u32).column as usize, 4 * BLOCK + 1);
        assert_eq!(file.position(u32::MAX).column as usize, 4 * BLOCK + 1);
        // The start of the next character, for a byte inside a character.
        assert_eq!(file.position(2 + 2).column, file.position(2 + 3).column);
    }
}
