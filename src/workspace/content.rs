//! Files that templates load as values: what `loadTextContent` and its sisters name is read with the workspace, so that evaluation
//! touches no file. The compiler wants a constant there: a text, or what is put together from texts and variables that are one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::file_system::{self, FileSystem};
use crate::template::{Expr, ExprId, Template};

/// Constants inside of more constants than this are not followed: a variable may need itself.
const DEPTH: u32 = 16;

/// The texts of loaded files; none where a file cannot be read.
#[derive(Debug, Default)]
pub(super) struct Contents {
    texts: FxHashMap<PathBuf, Option<Content>>,
}

#[derive(Debug)]
struct Content {
    text: Arc<str>,
    /// Whether the file has exactly the bytes of the text: no byte order mark, no UTF-16.
    is_as_stored: bool,
}

fn content(bytes: Vec<u8>) -> Option<Content> {
    let length = bytes.len();
    let text = file_system::text(bytes).ok()?;
    Some(Content { is_as_stored: text.len() == length, text: text.into() })
}

impl Contents {
    /// Reads what a template in a folder loads, by the paths that it writes. What lies outside of the folders of the run may be anything, and values are shown:
    /// it is not read.
    pub(super) fn read(
        &mut self,
        loads: &[String],
        folder: &Path,
        files: &dyn FileSystem,
        folders: &[PathBuf],
    ) {
        for path in loads {
            let path = file_system::normal(&folder.join(path));
            self.texts.entry(path).or_insert_with_key(|path| {
                let read = if files.leads_out(path, folders) { None } else { files.read(path).ok() };
                read.and_then(content)
            });
        }
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
        self.texts.get(&file_system::normal(&folder.join(path)))?.as_ref()
    }
}

/// The paths of the files that a template loads, as written.
pub(super) fn paths(template: &Template) -> impl Iterator<Item = String> {
    let exprs = &template.exprs;
    exprs.nodes.iter().filter_map(|expr| {
        let Expr::Call { function, arguments } = *expr else { return None };
        let loads = ["loadTextContent", "loadFileAsBase64", "loadJsonContent", "loadYamlContent"];
        if !loads.iter().any(|name| exprs.text(function).eq_ignore_ascii_case(name)) {
            return None;
        }
        let mut path = String::new();
        add_constant(template, *exprs.list(arguments).first()?, &mut path, 0)?;
        Some(path)
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
