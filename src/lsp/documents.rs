//! The files that the editor has open, as the user sees them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::{TextDocumentContentChangeEvent, TextDocumentItem, Uri};

use super::text::{Buffer, Encoding};
use super::uri;

/// The open files, by path.
#[derive(Default)]
pub(super) struct Documents {
    open: BTreeMap<PathBuf, Document>,
}

struct Document {
    uri: Uri,
    version: i32,
    buffer: Buffer,
    /// Whether the worker still has an older text.
    is_dirty: bool,
}

/// The text of an open file at a point in time.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// Its path; an invented one if it was never saved.
    pub(super) path: PathBuf,
    /// The address by which the editor knows it.
    pub(super) uri: Uri,
    /// The version of the text.
    pub(super) version: i32,
    pub(super) text: Arc<str>,
}

/// The folder of files that were never saved; it does not exist.
const NOWHERE: &str = "/(unsaved)";

/// The path for an address.
pub(super) fn path_of(uri: &Uri, is_params: bool) -> PathBuf {
    uri::path(uri).unwrap_or_else(|| {
        let name: String =
            uri.0.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '-' }).collect();
        let ending = if is_params { "bicepparam" } else { "bicep" };
        Path::new(NOWHERE).join(format!("{name}.{ending}"))
    })
}

/// Whether a path is that of a file that was never saved.
pub(super) fn is_unsaved(path: &Path) -> bool {
    path.starts_with(NOWHERE)
}

impl Documents {
    /// Opens a file.
    pub(super) fn open(&mut self, item: TextDocumentItem) {
        let language = String::from(item.language_id);
        let path = path_of(&item.uri, language == "bicep-params");
        let (uri, version, buffer) = (item.uri, item.version, Buffer::new(item.text));
        self.open.insert(path, Document { uri, version, buffer, is_dirty: true });
    }

    /// Changes a file, and returns whether it is open.
    pub(super) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> bool {
        let Some(document) = self.open.values_mut().find(|document| document.uri == *uri) else {
            return false;
        };
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    document.buffer.replace(part.range, &part.text, encoding);
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    document.buffer = Buffer::new(whole.text);
                }
            }
        }
        (document.version, document.is_dirty) = (version, true);
        true
    }

    /// Closes a file, and returns its path if it was open.
    pub(super) fn close(&mut self, uri: &Uri) -> Option<PathBuf> {
        let path =
            self.open.iter().find(|(_, document)| document.uri == *uri).map(|(path, _)| path.clone())?;
        self.open.remove(&path);
        Some(path)
    }

    /// The texts that have changed since the last call.
    pub(super) fn take_changed(&mut self) -> Vec<Snapshot> {
        let changed = self.open.iter_mut().filter(|(_, document)| document.is_dirty);
        changed
            .map(|(path, document)| {
                document.is_dirty = false;
                Snapshot {
                    path: path.clone(),
                    uri: document.uri.clone(),
                    version: document.version,
                    text: document.buffer.text().into(),
                }
            })
            .collect()
    }

    /// Whether some text has changed since then.
    pub(super) fn has_changed(&self) -> bool {
        self.open.values().any(|document| document.is_dirty)
    }
}
