//! Reads all files of a run: templates, the modules that they refer to, and the compiler's configuration.
//!
//! Every file is read and parsed once in a run, in parallel, in waves: first the roots, then the files that they refer to. Ids
//! follow the order of paths and references and never that of threads.

pub mod beside;
pub mod bicep_config;
mod content;
pub mod cut;
pub mod declared;
mod exports;
mod extent;
pub mod file_system;
pub mod load;
mod marked;
pub mod named;
mod parsed;
pub mod reference;
mod targets;
#[cfg(feature = "cli")]
pub mod walk;
mod withheld;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;

pub use self::bicep_config::Cloud;
pub(crate) use self::content::yaml;
use self::content::{Content, Contents, Load};
pub use self::extent::Extent;
pub use self::file_system::{Disk, FileSystem, Memory};
pub use self::parsed::ParsedFiles;
use crate::limit::{Limit, Reached};
use crate::source::{FileId, Place, Sources};
use crate::syntax::ast::{Directive, SyntaxError};
use crate::template::{ImportId, Language, NodeId, Template};

/// A template of the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateId(pub u32);

impl TemplateId {
    /// The index of the template.
    pub const fn ix(self) -> usize {
        self.0 as usize
    }
}

/// Knowledge about modules that are not on disk: by the path of a public module, or by guessing.
pub trait Knowledge: Sync {
    /// The Bicep stub for a public module such as `avm/res/network/vpn-gateway`.
    fn public(&self, path: &str) -> Option<&str> {
        let _ = path;
        None
    }

    /// A guessed Bicep stub for a module that cannot be read, from its reference, the symbol of the call, the names of its
    /// arguments, and the arguments of other modules for which its outputs are used, as (output, argument).
    fn guess(
        &self,
        reference: &str,
        symbol: &str,
        arguments: &[&str],
        handed: &[(&str, &str)],
    ) -> Option<String> {
        let _ = (reference, symbol, arguments, handed);
        None
    }
}

/// What the user says on the command line about parameter files.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// The template of parameter files that name none and have none in their folder.
    pub template: Option<PathBuf>,
    /// The files that it is for, whatever they name.
    pub of: Vec<PathBuf>,
    /// A root that merges the values of several parameter files, of which the last wins, with values of its own.
    pub joined: Option<(PathBuf, Vec<PathBuf>)>,
}

/// Everything that a run has read.
#[derive(Default)]
pub struct Workspace {
    /// The texts.
    pub sources: Sources,
    /// Problems of files and references, in order of place.
    pub problems: Vec<FileProblem>,
    /// The roots, in the given order; `None` if a root could not be read.
    pub roots: Vec<(PathBuf, Option<TemplateId>)>,
    /// Paths that could not be read at all, with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Files that templates refer to and that may exist, but are not read.
    pub unread: Vec<UnreadFile>,
    loaded: Vec<Loaded>,
    contents: Contents,
    parsed: ParsedFiles,
    parsings: u64,
}

/// A template with the targets of its references.
struct Loaded {
    template: Arc<Template>,
    path: PathBuf,
    provenance: Provenance,
    features: Arc<[String]>,
    /// The `bicepconfig.json` files that apply to it, the nearest first.
    settings: Arc<[PathBuf]>,
    /// The cloud to which it is deployed, if it is known.
    cloud: Option<Cloud>,
    directives: Arc<[Directive]>,
    callees: Vec<Option<Box<Callee>>>,
    imports: Vec<Option<TemplateId>>,
    using: Option<TemplateId>,
    extends: Option<TemplateId>,
    /// The parameter files whose values it merges; the last one wins.
    layers: Vec<TemplateId>,
    /// The paths that it loads values from, as written.
    loads: Arc<[Load]>,
}

impl Loaded {
    /// Every template that it refers to directly: calls, imports, `using`, `extends`, and the files that it joins.
    fn refers_to(&self) -> impl Iterator<Item = TemplateId> {
        let callees = self.callees.iter().flatten().filter_map(|callee| callee.template());
        let imports = self.imports.iter().flatten().copied();
        callees.chain(imports).chain(self.using).chain(self.extends).chain(self.layers.iter().copied())
    }
}

/// The target of a module call.
#[derive(Clone, Debug)]
pub enum Callee {
    /// A template.
    Template(TemplateId),
    /// It could not be read: why.
    Unresolved {
        /// The reference as written.
        reference: String,
        /// Place of the reference.
        place: Place,
        /// Why, in lower case.
        why: String,
        /// The stub that is analysed instead.
        assumed: Option<TemplateId>,
        /// Whether it is in [`Workspace::unread`].
        is_unread: bool,
    },
}

impl Callee {
    /// The template that is called, an assumed one included.
    fn template(&self) -> Option<TemplateId> {
        match self {
            Self::Template(callee) => Some(*callee),
            Self::Unresolved { assumed, .. } => *assumed,
        }
    }
}

/// The origin of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// Read from a file.
    File,
    /// Restored from a registry by the compiler: not the user's to change.
    Restored,
    /// Known by its public path.
    Known,
    /// Guessed from the name of the module.
    Guessed,
}

/// A file that a template refers to, and that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadFile {
    /// Its purpose.
    pub kind: UnreadKind,
    /// The symbol of a module call.
    pub symbol: Option<String>,
    /// Its path as written; empty if there is none or it is not a constant.
    pub path: String,
    /// The path where it would be, if that is known.
    pub target: Option<PathBuf>,
    /// Place of the path in the source.
    pub place: Place,
    /// Why, in lower case.
    pub why: String,
    /// Whether it is outside the boundary.
    pub is_outside: bool,
    /// Whether the content of the module is guessed from its name.
    pub is_assumed: bool,
    /// Whether it belongs to a registry, from which nothing is fetched: it may well be there.
    pub in_registry: bool,
}

/// The purpose of a file that was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadKind {
    /// A module call.
    Module,
    /// An import.
    Import,
    /// The template of a parameter file.
    Using,
    /// The parent of a parameter file.
    Extends,
    /// A value that a function loads.
    Load,
}

impl UnreadKind {
    /// Its word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Import => "import",
            Self::Using => "using",
            Self::Extends => "extends",
            Self::Load => "load",
        }
    }
}

/// Something that is wrong with a file or a reference.
#[derive(Clone, Debug)]
pub struct FileProblem {
    /// Kind of the problem.
    pub kind: ProblemKind,
    /// The place of the problem.
    pub place: Place,
    /// The fact.
    pub message: String,
    /// Advice, if there is any.
    pub help: Option<String>,
}

/// Kinds of problems with files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// It could not be parsed here.
    Syntax,
    /// It has no meaning, or contradicts itself.
    Meaning,
    /// The text is the input of another program that makes Bicep of it. Other problems of the file are not reported.
    Marked,
    /// Modules, imports or configuration files form a cycle.
    Cycle,
    /// A limit was reached.
    Limit(Limit),
}

impl FileProblem {
    fn syntax(file: FileId, error: SyntaxError) -> Self {
        let place = Place { file, span: error.span };
        Self { kind: ProblemKind::Syntax, place, message: error.message, help: error.help }
    }

    fn limit(place: Place, reached: &Reached) -> Self {
        Self { kind: ProblemKind::Limit(reached.limit()), place, message: reached.to_string(), help: None }
    }
}

impl Workspace {
    /// The template with an id.
    pub fn template(&self, id: TemplateId) -> &Template {
        &self.loaded[id.ix()].template
    }

    /// Every template.
    pub fn templates(&self) -> impl Iterator<Item = (TemplateId, &Template)> {
        self.loaded.iter().enumerate().map(|(at, loaded)| (TemplateId(at as u32), &*loaded.template))
    }

    /// The origin of a template.
    pub fn provenance(&self, id: TemplateId) -> Provenance {
        self.loaded[id.ix()].provenance
    }

    /// The path that a template was read from.
    pub fn path(&self, id: TemplateId) -> &Path {
        &self.loaded[id.ix()].path
    }

    /// Experimental features that are on for a template.
    pub fn features(&self, id: TemplateId) -> &[String] {
        &self.loaded[id.ix()].features
    }

    /// The cloud to which a template is deployed, from the roots that reach it; `None` for a custom cloud, or if the roots
    /// differ.
    pub fn cloud(&self, id: TemplateId) -> Option<Cloud> {
        self.loaded[id.ix()].cloud
    }

    /// The suppression directives of a template's file.
    pub fn directives(&self, id: TemplateId) -> &[Directive] {
        &self.loaded[id.ix()].directives
    }

    /// The target of a module call; `None` for resources.
    pub fn call(&self, id: TemplateId, node: NodeId) -> Option<&Callee> {
        self.loaded[id.ix()].callees.get(node.ix())?.as_deref()
    }

    /// The template that a node calls, assumed ones included.
    pub fn callee(&self, id: TemplateId, node: NodeId) -> Option<TemplateId> {
        self.call(id, node)?.template()
    }

    /// The template that an import takes names from.
    pub fn import(&self, id: TemplateId, import: ImportId) -> Option<TemplateId> {
        *self.loaded[id.ix()].imports.get(import.ix())?
    }

    /// The template of a parameter file: its own, or that of the file that it extends.
    pub fn using(&self, id: TemplateId) -> Option<TemplateId> {
        self.loaded[id.ix()].using
    }

    /// The parameter file that a parameter file extends.
    pub fn extends(&self, id: TemplateId) -> Option<TemplateId> {
        self.loaded[id.ix()].extends
    }

    /// The parameter files whose values a root merges; the last one wins.
    pub fn layers(&self, id: TemplateId) -> &[TemplateId] {
        &self.loaded[id.ix()].layers
    }

    /// The template that a root deploys: itself, or the template of a parameter file. `None` if no file of the chain of
    /// `extends` names one.
    pub fn deployed_by(&self, root: TemplateId) -> Option<TemplateId> {
        let mut at = root;
        while self.template(at).language == Language::Params {
            let of_layers = || self.layers(at).iter().rev().find_map(|&layer| self.deployed_by(layer));
            at = self.using(at).or_else(|| self.extends(at)).or_else(of_layers)?;
        }
        Some(at)
    }

    /// Every template that a template refers to directly: calls, imports, `using`, `extends`.
    pub fn refers_to(&self, id: TemplateId) -> impl Iterator<Item = TemplateId> {
        self.loaded[id.ix()].refers_to()
    }

    /// Every template that some refer to, directly or not, and they themselves: callees before callers.
    pub fn callees_first(&self, starts: impl IntoIterator<Item = TemplateId>) -> Vec<TemplateId> {
        let mut order = Vec::new();
        let mut seen = FxHashSet::default();
        for start in starts {
            let mut open = vec![(start, false)];
            while let Some((id, is_done)) = open.pop() {
                if is_done {
                    order.push(id);
                } else if seen.insert(id) {
                    open.push((id, true));
                    open.extend(self.refers_to(id).map(|callee| (callee, false)));
                }
            }
        }
        order
    }

    /// The text of a file by its path relative to a template, for the functions that load content. Files that only other
    /// templates load are not found.
    pub fn content(&self, id: TemplateId, path: &str) -> Option<&str> {
        self.loaded_by(id, path)?.text().map(|text| &**text)
    }

    /// The bytes of a file by its path relative to a template.
    pub fn content_bytes(&self, id: TemplateId, path: &str) -> Option<&[u8]> {
        Some(self.loaded_by(id, path)?.bytes())
    }

    fn loaded_by(&self, id: TemplateId, path: &str) -> Option<&Content> {
        let Loaded { path: own, loads, .. } = &self.loaded[id.ix()];
        let is_loaded = loads.iter().any(|load| load.path.as_deref() == Some(path));
        self.contents.get(own.parent().filter(|_| is_loaded)?, path).map(|content| &**content)
    }

    /// The `bicepconfig.json` files that apply to a template, the nearest first.
    pub fn settings(&self, id: TemplateId) -> &[PathBuf] {
        &self.loaded[id.ix()].settings
    }

    /// Every file that a template loads as a value, whether it is there or not.
    pub fn loads(&self, id: TemplateId) -> impl Iterator<Item = PathBuf> {
        let Loaded { path, loads, .. } = &self.loaded[id.ix()];
        let folder = path.parent().unwrap_or(Path::new(""));
        let written = loads.iter().filter_map(|load| load.path.as_deref());
        written.map(|written| file_system::normal(&folder.join(written)))
    }

    /// The parsed files, for the next reading.
    pub fn parsed(&self) -> &ParsedFiles {
        &self.parsed
    }

    /// Like [`Workspace::parsed`] but without a copy, if this workspace is no longer needed.
    pub fn into_parsed(self) -> ParsedFiles {
        self.parsed
    }

    /// Number of files that this reading has parsed.
    pub fn parsings(&self) -> u64 {
        self.parsings
    }
}

#[cfg(test)]
mod tests;
