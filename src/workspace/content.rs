//! Files that templates load as values, such as with `loadTextContent`. They are read with the workspace, so that evaluation
//! does no I/O. The compiler requires a constant path: a literal, or an interpolation of literals and of variables with a
//! constant value.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::file_system::{self, FileSystem};
use super::{UnreadFile, UnreadKind};
use crate::door::{Boundary, FileKey, Unread};
use crate::limit::{Budget, Limit};
use crate::source::Span;
use crate::template::arm::json;
use crate::template::{Expr, ExprId, Template};

/// Maximum nesting of constants that are followed. A variable may refer to itself.
const DEPTH: u32 = 16;

/// A file that a template loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Load {
    /// Its path as written; `None` if it is not a constant.
    pub(super) path: Option<String>,
    /// The form that its function returns.
    form: Form,
    /// Span of its path.
    span: Span,
}

/// The form in which a function returns a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Bytes,
    Json,
    Yaml,
    /// The list of files in a folder, which is not read.
    Folder,
}

impl Form {
    /// The form for a load function; `None` for any other function.
    fn of(function: &str) -> Option<Self> {
        const FUNCTIONS: [(&str, Form); 5] = [
            ("loadTextContent", Form::Text),
            ("loadFileAsBase64", Form::Bytes),
            ("loadJsonContent", Form::Json),
            ("loadYamlContent", Form::Yaml),
            ("loadDirectoryFileInfo", Form::Folder),
        ];
        FUNCTIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(function)).map(|(_, form)| *form)
    }
}

/// The loaded files.
#[derive(Debug, Default)]
pub(super) struct Contents {
    files: FxHashMap<PathBuf, Result<Arc<Content>, Missing>>,
    /// Files that have been read, under whatever name.
    by_file: FxHashMap<FileKey, Result<Arc<Content>, Missing>>,
}

/// A loaded file, with the reasons why it cannot be read in a form.
#[derive(Debug)]
pub(super) struct Content {
    /// Its text, or why it is not text.
    text: Result<Arc<str>, Arc<str>>,
    /// Its bytes, if they differ from the text: with a byte order mark, in UTF-16, or if it is not text.
    bytes: Option<Arc<[u8]>>,
    /// Why it is not JSON; computed on first use.
    no_json: OnceLock<Option<Arc<str>>>,
    /// Why it is not YAML; computed on first use.
    no_yaml: OnceLock<Option<Arc<str>>>,
}

/// The reason why a file is not read, and whether it is outside the boundary.
#[derive(Clone, Debug)]
struct Missing {
    why: Arc<str>,
    is_outside: bool,
}

impl Missing {
    fn of(unread: &Unread) -> Self {
        Self { why: unread.to_string().into(), is_outside: matches!(unread, Unread::Outside(_)) }
    }
}

impl Content {
    fn new(bytes: Vec<u8>) -> Self {
        let stored: Arc<[u8]> = bytes.as_slice().into();
        let text = file_system::text(bytes).map(Arc::<str>::from).map_err(|error| error.to_string().into());
        let is_as_stored = text.as_ref().is_ok_and(|text: &Arc<str>| text.as_bytes() == &*stored);
        let bytes = (!is_as_stored).then_some(stored);
        Self { text, bytes, no_json: OnceLock::new(), no_yaml: OnceLock::new() }
    }

    /// Its text, if it has one.
    pub(super) fn text(&self) -> Option<&Arc<str>> {
        self.text.as_ref().ok()
    }

    /// Its bytes, as they are in the file.
    pub(super) fn bytes(&self) -> &[u8] {
        match (&self.bytes, &self.text) {
            (Some(bytes), _) => bytes,
            (None, Ok(text)) => text.as_bytes(),
            (None, Err(_)) => &[],
        }
    }

    /// Whether two files have the same content.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let is_same_text = match (&self.text, &other.text) {
            (Ok(one), Ok(other)) => Arc::ptr_eq(one, other) || one == other,
            (one, other) => one == other,
        };
        is_same_text && self.bytes == other.bytes
    }

    /// Why it cannot be loaded in a form.
    fn why_not(&self, form: Form) -> Option<Arc<str>> {
        if form == Form::Bytes {
            return None;
        }
        let text = match &self.text {
            Ok(text) => text,
            Err(why) => return Some(Arc::clone(why)),
        };
        match form {
            Form::Json => self.no_json.get_or_init(|| no_json(text)).clone(),
            Form::Yaml => self.no_yaml.get_or_init(|| no_yaml(text)).clone(),
            Form::Text | Form::Bytes | Form::Folder => None,
        }
    }
}

/// Why a text cannot be read as JSON; `None` if it can. The reason never quotes the text.
fn no_json(text: &str) -> Option<Arc<str>> {
    // Most files are strict JSON, which can be checked without building a value.
    if serde_json::from_str::<Readable>(text).is_ok() || json::plain(text).is_some() {
        return None;
    }
    Some(match json::first_error(text) {
        Some((message, _)) if Limit::JsonNesting.is_told_by(&message) => {
            format!("it is JSON with more than {} levels of nesting", Limit::JsonNesting.number()).into()
        }
        Some((_, line)) => format!("it is not JSON, in line {line}").into(),
        None => "it is JSON with a value that cannot be read".into(),
    })
}

/// Parses YAML. All callers use this function, because each type that the library returns adds a copy of its parser to
/// the binary.
pub(crate) fn yaml(text: &str) -> Result<serde_json::Value, serde_saphyr::Error> {
    serde_saphyr::from_str(text)
}

/// Why a text cannot be read as YAML; `None` if it can.
fn no_yaml(text: &str) -> Option<Arc<str>> {
    let error = yaml(text).err()?;
    let error = error.without_snippet();
    if matches!(error, serde_saphyr::Error::Budget { .. }) {
        return Some(Limit::YamlNodes.in_library().to_string().into());
    }
    Some(match error.location() {
        Some(place) => format!("it is not YAML, in line {}", place.line()).into(),
        None => "it is not YAML".into(),
    })
}

/// Accepts any value and keeps nothing: it checks only that the text parses.
struct Readable;

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Readable {
    type Value = Self;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_none<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Self, D::Error> {
        Self::deserialize(inner)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<IgnoredAny, Self>()?.is_some() {}
        Ok(self)
    }
}

impl Contents {
    /// Reads the files that a template in a folder loads, within the remaining byte budget. Returns those that were not read.
    pub(super) fn read(
        &mut self,
        loads: &[Load],
        (template, folder): (&Template, &Path),
        files: (&dyn FileSystem, &Boundary),
        left: &mut Budget,
    ) -> Vec<UnreadFile> {
        let mut unread = Vec::new();
        for Load { path, form, span } in loads {
            let missing = |why: &str, is_outside: bool, target: Option<PathBuf>| UnreadFile {
                kind: UnreadKind::Load,
                symbol: None,
                path: path.clone().unwrap_or_default(),
                target,
                place: template.place(*span),
                why: why.to_owned(),
                is_outside,
                is_assumed: false,
                in_registry: false,
            };
            let Some(written) = path else {
                unread.push(missing("its path is not a constant", false, None));
                continue;
            };
            let full = file_system::normal(&folder.join(written));
            if *form == Form::Folder {
                unread.push(missing("the content of folders is not read", false, Some(full)));
                continue;
            }
            if !self.files.contains_key(&full) {
                let read = self.read_file(&full, files, left);
                self.files.insert(full.clone(), read);
            }
            match self.files.get(&full) {
                Some(Err(Missing { why, is_outside })) => {
                    unread.push(missing(why, *is_outside, Some(full)));
                }
                Some(Ok(content)) => {
                    let why = content.why_not(*form);
                    unread.extend(why.map(|why| missing(&why, false, Some(full))));
                }
                None => {}
            }
        }
        unread
    }

    fn read_file(
        &mut self,
        path: &Path,
        (files, boundary): (&dyn FileSystem, &Boundary),
        left: &mut Budget,
    ) -> Result<Arc<Content>, Missing> {
        let seen = files.look(path, boundary).map_err(|unread| Missing::of(&unread))?;
        if let Some(known) = self.by_file.get(&seen.key()) {
            return known.clone();
        }
        let read = match left.spend(seen.bytes) {
            Ok(()) => files
                .read_seen(path, &seen, boundary)
                .map_err(|unread| Missing::of(&unread))
                .map(|bytes| Arc::new(Content::new(bytes))),
            Err(reached) => {
                let why = format!("a run reads at most {} bytes", reached.number());
                Err(Missing { why: why.into(), is_outside: false })
            }
        };
        self.by_file.insert(seen.key(), read.clone());
        read
    }

    /// A file, if it has been read.
    pub(super) fn get(&self, folder: &Path, path: &str) -> Option<&Arc<Content>> {
        self.files.get(&file_system::normal(&folder.join(path)))?.as_ref().ok()
    }
}

/// The files that a template loads.
pub(super) fn loads(template: &Template) -> impl Iterator<Item = Load> {
    let exprs = &template.exprs;
    exprs.nodes.iter().filter_map(|expr| {
        let Expr::Call { function, arguments } = *expr else { return None };
        let form = Form::of(exprs.text(function))?;
        let written = *exprs.list(arguments).first()?;
        let mut path = String::new();
        let path = add_constant(template, written, &mut path, 0).map(|()| path);
        Some(Load { path, form, span: exprs.span(written) })
    })
}

/// Appends the text of a constant expression; `None` if the expression is not constant.
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
