//! Files that templates load as values: what `loadTextContent` and its sisters name is read with the workspace, so that evaluation
//! touches no file. The compiler wants a constant there: a text, or what is put together from texts and variables that are one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::file_system::{self, FileSystem};
use super::{UnreadFile, UnreadKind};
use crate::door::{Boundary, FileKey, Unread};
use crate::limit::Budget;
use crate::source::Span;
use crate::template::{Expr, ExprId, Template};

/// Constants inside of more constants than this are not followed: a variable may need itself.
const DEPTH: u32 = 16;

/// A file that a template loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Load {
    /// Its path, as written.
    pub(super) path: String,
    /// Where that is written.
    span: Span,
}

/// The texts of loaded files.
#[derive(Debug, Default)]
pub(super) struct Contents {
    texts: FxHashMap<PathBuf, Result<Content, Missing>>,
    /// What has been read, under whatever name.
    by_file: FxHashMap<FileKey, Result<Content, Missing>>,
}

#[derive(Clone, Debug)]
struct Content {
    text: Arc<str>,
    /// Whether the file has exactly the bytes of the text: no byte order mark, no UTF-16.
    is_as_stored: bool,
}

/// Why there is no text.
#[derive(Clone, Debug)]
enum Missing {
    /// There is no file, or it holds no text.
    Absent,
    /// There may be a file, but it is not read: why, and whether it lies outside of the boundary.
    Unread(Arc<str>, bool),
}

impl Missing {
    fn of(unread: &Unread) -> Self {
        if unread.is_absent() {
            return Self::Absent;
        }
        Self::Unread(unread.to_string().into(), matches!(unread, Unread::Outside(_)))
    }
}

fn content(bytes: Vec<u8>) -> Option<Content> {
    let length = bytes.len();
    let text = file_system::text(bytes).ok()?;
    Some(Content { is_as_stored: text.len() == length, text: text.into() })
}

impl Contents {
    /// Reads what a template in a folder loads, by the paths that it writes, as far as there are bytes left. What is not read
    /// comes back.
    pub(super) fn read(
        &mut self,
        loads: &[Load],
        (template, folder): (&Template, &Path),
        files: (&dyn FileSystem, &Boundary),
        left: &mut Budget,
    ) -> Vec<UnreadFile> {
        let mut unread = Vec::new();
        for Load { path, span } in loads {
            let full = file_system::normal(&folder.join(path));
            if !self.texts.contains_key(&full) {
                let read = self.read_file(&full, files, left);
                self.texts.insert(full.clone(), read);
            }
            if let Some(Err(Missing::Unread(why, is_outside))) = self.texts.get(&full) {
                unread.push(UnreadFile {
                    kind: UnreadKind::Load,
                    symbol: None,
                    path: path.clone(),
                    place: template.place(*span),
                    why: why.to_string(),
                    is_outside: *is_outside,
                    is_assumed: false,
                });
            }
        }
        unread
    }

    fn read_file(
        &mut self,
        path: &Path,
        (files, boundary): (&dyn FileSystem, &Boundary),
        left: &mut Budget,
    ) -> Result<Content, Missing> {
        let seen = files.look(path, boundary).map_err(|unread| Missing::of(&unread))?;
        if let Some(known) = self.by_file.get(&seen.key()) {
            return known.clone();
        }
        let read = match left.spend(seen.bytes) {
            Ok(()) => files
                .read_seen(path, &seen, boundary)
                .map_err(|unread| Missing::of(&unread))
                .and_then(|bytes| content(bytes).ok_or(Missing::Absent)),
            Err(reached) => {
                let why = format!("a run reads at most {} bytes", reached.number());
                Err(Missing::Unread(why.into(), false))
            }
        };
        self.by_file.insert(seen.key(), read.clone());
        read
    }

    /// The text of a file, if it has been read.
    pub(super) fn get(&self, folder: &Path, path: &str) -> Option<&Arc<str>> {
        self.content(folder, path).map(|content| &content.text)
    }

    /// The same, if these are the bytes of the file.
    pub(super) fn as_stored(&self, folder: &Path, path: &str) -> Option<&Arc<str>> {
        self.content(folder, path).filter(|content| content.is_as_stored).map(|content| &content.text)
    }

    fn content(&self, folder: &Path, path: &str) -> Option<&Content> {
        self.texts.get(&file_system::normal(&folder.join(path)))?.as_ref().ok()
    }
}

/// The files that a template loads.
pub(super) fn loads(template: &Template) -> impl Iterator<Item = Load> {
    let exprs = &template.exprs;
    exprs.nodes.iter().filter_map(|expr| {
        let Expr::Call { function, arguments } = *expr else { return None };
        let loads = ["loadTextContent", "loadFileAsBase64", "loadJsonContent", "loadYamlContent"];
        if !loads.iter().any(|name| exprs.text(function).eq_ignore_ascii_case(name)) {
            return None;
        }
        let mut path = String::new();
        let written = *exprs.list(arguments).first()?;
        add_constant(template, written, &mut path, 0)?;
        Some(Load { path, span: exprs.span(written) })
    })
}

/// Adds the text of an expression that is a constant.
fn add_constant(template: &Template, expr: ExprId, out: &mut String, depth: u32) -> Option<()> {
    let exprs = &template.exprs;
    match exprs.get(exprs.peel(expr)) {
        _ if depth > DEPTH => None,
        Expr::Text(text) => {
            out.push_str(exprs.text(text));
            Some(())
        }
        // Ex) `loadJsonContent('${folder}/hubs.json')`
        Expr::Interpolation(parts) => {
            exprs.list(parts).iter().try_for_each(|&part| add_constant(template, part, out, depth + 1))
        }
        Expr::Variable(variable) => {
            add_constant(template, template.variables[variable.ix()].value, out, depth + 1)
        }
        _ => None,
    }
}
