//! Positions in texts as the protocol counts them: lines from 0, and columns in UTF-8, UTF-16 or UTF-32 code units.

use gen_lsp_types::{Position, Range};

use crate::source::Span;

/// How the columns of a line are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, which every client supports.
    #[default]
    Utf16,
    /// Code points.
    Utf32,
}

impl Encoding {
    /// The best encoding that a client offers: with UTF-8 no columns have to be converted.
    pub(super) fn best(offered: &[&str]) -> Self {
        if offered.contains(&Self::Utf8.as_str()) {
            Self::Utf8
        } else if offered.contains(&Self::Utf32.as_str()) && !offered.contains(&Self::Utf16.as_str()) {
            Self::Utf32
        } else {
            Self::Utf16
        }
    }

    /// Its name in the protocol.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf32 => "utf-32",
        }
    }

    fn units(self, character: char) -> usize {
        match self {
            Self::Utf8 => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// The start offsets of the lines of a text.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    /// In bytes; the first is 0.
    starts: Vec<u32>,
}

impl Lines {
    /// The lines of a text. They end with `\n`, `\r\n` or `\r`.
    pub(super) fn of(text: &str) -> Self {
        let mut lines = Self { starts: vec![0] };
        lines.add_from(text, 0);
        lines
    }

    /// Adds the lines that start after an offset.
    fn add_from(&mut self, text: &str, from: usize) {
        let bytes = text.as_bytes();
        let ends = memchr::memchr2_iter(b'\n', b'\r', &bytes[from..]).map(|at| from + at);
        let is_end = |&at: &usize| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n');
        self.starts.extend(ends.filter(is_end).map(|at| at as u32 + 1));
    }

    /// Updates the lines from a changed offset on.
    fn renew(&mut self, text: &str, changed: usize) {
        // The change may have joined or split a two-character line end just before it.
        let before = changed.saturating_sub(1) as u32;
        let kept = self.starts.partition_point(|&start| start <= before).max(1);
        self.starts.truncate(kept);
        let from = self.starts[kept - 1] as usize;
        self.add_from(text, from);
    }

    /// The byte offset of a position. A position beyond the end of a line is the end of that line, one beyond the last
    /// line is the end of the text, as the protocol requires. A position inside a character is the start of that
    /// character.
    pub(super) fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let Some(&start) = self.starts.get(position.line as usize) else { return text.len() };
        let start = start as usize;
        let end = self.starts.get(position.line as usize + 1).map_or(text.len(), |&next| next as usize);
        let line = text[start..end].trim_end_matches(['\n', '\r']);
        let mut units = 0;
        for (at, character) in line.char_indices() {
            units += encoding.units(character);
            if units > position.character as usize {
                return start + at;
            }
        }
        start + line.len()
    }

    /// The position of a byte offset.
    pub(super) fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let line = self.starts.partition_point(|&start| start as usize <= offset) - 1;
        let before = &text[self.starts[line] as usize..offset];
        let units = match encoding {
            Encoding::Utf8 => before.len(),
            _ => before.chars().map(|character| encoding.units(character)).sum(),
        };
        Position { line: line as u32, character: units as u32 }
    }

    pub(super) fn range(&self, text: &str, span: Span, encoding: Encoding) -> Range {
        let position = |offset: u32| self.position(text, offset as usize, encoding);
        Range { start: position(span.start), end: position(span.end) }
    }
}

/// The text of a file that an editor has open.
#[derive(Clone, Debug)]
pub(super) struct Buffer {
    text: String,
    lines: Lines,
}

impl Buffer {
    pub(super) fn new(text: String) -> Self {
        Self { lines: Lines::of(&text), text }
    }

    /// Its content.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Replaces the text of a range.
    pub(super) fn replace(&mut self, range: Range, by: &str, encoding: Encoding) {
        let start = self.lines.offset(&self.text, range.start, encoding);
        let end = self.lines.offset(&self.text, range.end, encoding).max(start);
        self.text.replace_range(start..end, by);
        self.lines.renew(&self.text, start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn positions_and_offsets_round_trip() {
        let text = "a\r\n𝄞é\n\rb\n\n最後";
        let lines = Lines::of(text);
        for encoding in ALL {
            for (offset, _) in text.char_indices() {
                let position = lines.position(text, offset, encoding);
                let again = lines.offset(text, position, encoding);
                let is_in_line_end = text[offset..].starts_with('\n') && text[..offset].ends_with('\r');
                assert!(again == offset || is_in_line_end, "{encoding:?} {offset} {position:?} {again}");
            }
        }
        assert_eq!(lines.position(text, 7, Encoding::Utf16), at(1, 2));
        assert_eq!(lines.position(text, 7, Encoding::Utf32), at(1, 1));
        assert_eq!(lines.position(text, 7, Encoding::Utf8), at(1, 4));
    }

    #[test]
    fn positions_beyond_the_text_are_its_ends() {
        let text = "ab\nc";
        let lines = Lines::of(text);
        for encoding in ALL {
            assert_eq!(lines.offset(text, at(0, 99), encoding), 2);
            assert_eq!(lines.offset(text, at(1, 99), encoding), 4);
            assert_eq!(lines.offset(text, at(9, 0), encoding), 4);
        }
        // Inside a character of two code units.
        assert_eq!(Lines::of("𝄞x").offset("𝄞x", at(0, 1), Encoding::Utf16), 0);
    }

    #[test]
    fn after_any_change_the_lines_match_the_text() {
        let pieces = ["", "x", "\n", "\r", "\r\n", "𝄞\ny", "\n\n"];
        // A generator with a fixed seed, so that each run makes the same changes.
        let mut seed = 7u32;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize % below
        };
        let mut buffer = Buffer::new("a\r\nb".to_owned());
        for _ in 0..5_000 {
            let encoding = ALL[next(3)];
            let mut places = [0, 1].map(|_| buffer.text.floor_char_boundary(next(buffer.text.len() + 1)));
            places.sort_unstable();
            if buffer.text.len() > 200 {
                places = [0, buffer.text.floor_char_boundary(150)];
            }
            let [start, end] = places.map(|place| buffer.lines.position(&buffer.text, place, encoding));
            buffer.replace(Range { start, end }, pieces[next(pieces.len())], encoding);
            assert_eq!(buffer.lines.starts, Lines::of(&buffer.text).starts, "{:?}", buffer.text);
        }
    }

    #[test]
    fn the_best_common_encoding_is_chosen() {
        assert_eq!(Encoding::best(&[]), Encoding::Utf16);
        assert_eq!(Encoding::best(&["utf-16", "utf-8"]), Encoding::Utf8);
        assert_eq!(Encoding::best(&["utf-32"]), Encoding::Utf32);
        assert_eq!(Encoding::best(&["utf-7"]), Encoding::Utf16);
    }
}
