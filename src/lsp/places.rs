//! From places of a report to addresses and ranges of the editor, and back.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gen_lsp_types::{Location, Range, Uri};
use rustc_hash::FxHashMap;

use super::documents::Snapshot;
use super::text::{Encoding, Lines};
use super::uri;
use crate::source::{FileId, Place, SourceFile, Sources, Span};
use crate::workspace::file_system::normal;

/// The files of a report, as the editor knows them.
pub(super) struct Places<'r> {
    sources: &'r Sources,
    base: &'r Path,
    open: &'r BTreeMap<PathBuf, Snapshot>,
    encoding: Encoding,
    /// The lines of files, computed on demand.
    lines: RefCell<FxHashMap<FileId, Rc<Lines>>>,
}

impl<'r> Places<'r> {
    /// The files of a report whose paths are shown relative to `base`.
    pub(super) fn new(
        sources: &'r Sources,
        base: &'r Path,
        open: &'r BTreeMap<PathBuf, Snapshot>,
        encoding: Encoding,
    ) -> Self {
        Self { sources, base, open, encoding, lines: RefCell::default() }
    }

    fn path(&self, file: &SourceFile) -> PathBuf {
        normal(&self.base.join(&file.path))
    }

    pub(super) fn source(&self, file: FileId) -> &SourceFile {
        self.sources.file(file)
    }

    /// The URI of a file, and the version of its text if it is open.
    pub(super) fn address(&self, file: FileId) -> (Uri, Option<i32>) {
        let path = self.path(self.sources.file(file));
        match self.open.get(&path) {
            Some(open) => (open.uri.clone(), Some(open.version)),
            None => (uri::of(&path), None),
        }
    }

    fn lines(&self, file: FileId) -> Rc<Lines> {
        let mut known = self.lines.borrow_mut();
        let lines = known.entry(file).or_insert_with(|| Rc::new(Lines::of(&self.sources.file(file).text)));
        Rc::clone(lines)
    }

    /// The LSP range of a place.
    pub(super) fn range(&self, place: Place) -> Range {
        self.lines(place.file).range(&self.sources.file(place.file).text, place.span, self.encoding)
    }

    /// A place with the address of its file.
    pub(super) fn location(&self, place: Place) -> Location {
        Location { uri: self.address(place.file).0, range: self.range(place) }
    }

    /// The bytes of a range of a file.
    pub(super) fn span(&self, file: FileId, range: Range) -> Span {
        let (lines, text) = (self.lines(file), &self.sources.file(file).text);
        let offset = |position| lines.offset(text, position, self.encoding) as u32;
        let (start, end) = (offset(range.start), offset(range.end));
        Span::new(start, end.max(start))
    }

    /// The line that contains a byte, without its line break.
    pub(super) fn line(&self, file: FileId, at: u32) -> Span {
        let source = self.sources.file(file);
        source.line(source.position(at).line)
    }
}

/// Whether two spans overlap or touch: a cursor just after a word still means the word.
pub(super) fn meet(one: Span, other: Span) -> bool {
    one.start <= other.end && other.start <= one.end
}
