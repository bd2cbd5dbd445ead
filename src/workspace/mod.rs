//! Files, module references, configuration of the compiler: which template calls which.
//!
//! Every file is read and parsed once in a run, in parallel, wave by wave: first the roots, then what they refer to. Ids
//! follow the order of paths and references, never that of threads.

pub mod beside;
pub mod bicep_config;
mod content;
pub mod cut;
pub mod declared;
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
    /// As an index.
    pub const fn ix(self) -> usize {
        self.0 as usize
    }
}

/// Where modules that are not on disk may be known from: by the path of a public module, or by guessing.
pub trait Knowledge: Sync {
    /// The Bicep text that stands for a public module. Ex) `avm/res/network/vpn-gateway`
    fn public(&self, path: &str) -> Option<&str> {
        let _ = path;
        None
    }

    /// The Bicep text that stands for a module that cannot be read, guessed from its reference, the symbol of the call, the
    /// names of its arguments, and the arguments of others that its outputs are, as (output, argument).
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

/// What who runs the tool says of parameter files.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// The template of those that name none and have none beside them.
    pub template: Option<PathBuf>,
    /// The files that it is for, whatever they name.
    pub of: Vec<PathBuf>,
    /// A root that joins the values of several files, the last of which counts most, with values of its own.
    pub joined: Option<(PathBuf, Vec<PathBuf>)>,
}

/// Everything that a run has read.
#[derive(Default)]
pub struct Workspace {
    /// The texts.
    pub sources: Sources,
    /// What is wrong with files and references, in order of place.
    pub problems: Vec<FileProblem>,
    /// The roots, in the order given; none where a root could not be read.
    pub roots: Vec<(PathBuf, Option<TemplateId>)>,
    /// Paths that could not be read at all, with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
    /// What templates refer to and may be there, but is not read.
    pub unread: Vec<UnreadFile>,
    loaded: Vec<Loaded>,
    contents: Contents,
    parsed: ParsedFiles,
    parsings: u64,
}

/// One template, and what its references lead to.
struct Loaded {
    template: Arc<Template>,
    path: PathBuf,
    provenance: Provenance,
    features: Arc<[String]>,
    /// The compiler's configuration files that hold for it, the nearest first.
    settings: Arc<[PathBuf]>,
    /// The cloud that it is deployed to, where that is known.
    cloud: Option<Cloud>,
    directives: Arc<[Directive]>,
    callees: Vec<Option<Box<Callee>>>,
    imports: Vec<Option<TemplateId>>,
    using: Option<TemplateId>,
    extends: Option<TemplateId>,
    /// The parameter files whose values it joins, the last of which counts most.
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

/// What a module call leads to.
#[derive(Clone, Debug)]
pub enum Callee {
    /// A template.
    Template(TemplateId),
    /// It could not be read: why.
    Unresolved {
        /// The reference as written.
        reference: String,
        /// Where it is written.
        place: Place,
        /// Why, in lower case.
        why: String,
        /// What is assumed instead.
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

/// Where a template comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// Read from a file.
    File,
    /// Restored from a registry by the compiler: not the user's to change.
    Restored,
    /// Known by its public path.
    Known,
    /// Guessed.
    Guessed,
}

/// A file that a template refers to, and that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadFile {
    /// What it is for.
    pub kind: UnreadKind,
    /// The symbol of a module call.
    pub symbol: Option<String>,
    /// Its path, as written; empty where none is, or none that is a constant.
    pub path: String,
    /// Where it would lie, where that is known.
    pub target: Option<PathBuf>,
    /// Where its path is written.
    pub place: Place,
    /// Why, in lower case.
    pub why: String,
    /// Whether it lies outside of the boundary.
    pub is_outside: bool,
    /// Whether what a module deploys is guessed from its name.
    pub is_assumed: bool,
    /// Whether it belongs to a registry, from which nothing is fetched: it may well be there.
    pub in_registry: bool,
}

/// What a file is for that is not read.
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
    /// What kind.
    pub kind: ProblemKind,
    /// Where.
    pub place: Place,
    /// The fact.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Kinds of problems with files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// It could not be parsed here.
    Syntax,
    /// It means nothing, or contradicts itself.
    Meaning,
    /// The text is a template of another program, which has yet to make Bicep of it. No more is said of the file.
    Marked,
    /// Modules, imports or configurations go in a circle.
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
    /// The template of an id.
    pub fn template(&self, id: TemplateId) -> &Template {
        &self.loaded[id.ix()].template
    }

    /// Every template.
    pub fn templates(&self) -> impl Iterator<Item = (TemplateId, &Template)> {
        self.loaded.iter().enumerate().map(|(at, loaded)| (TemplateId(at as u32), &*loaded.template))
    }

    /// Where a template comes from.
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

    /// The cloud that a template is deployed to: that of all roots that reach it. None where that is none of Microsoft's, or
    /// more than one.
    pub fn cloud(&self, id: TemplateId) -> Option<Cloud> {
        self.loaded[id.ix()].cloud
    }

    /// The suppression directives of a template's file.
    pub fn directives(&self, id: TemplateId) -> &[Directive] {
        &self.loaded[id.ix()].directives
    }

    /// What a node of a template calls; none for resources.
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

    /// The template that a parameter file is for: its own, or that of what it extends.
    pub fn using(&self, id: TemplateId) -> Option<TemplateId> {
        self.loaded[id.ix()].using
    }

    /// The parameter file that a parameter file extends.
    pub fn extends(&self, id: TemplateId) -> Option<TemplateId> {
        self.loaded[id.ix()].extends
    }

    /// The parameter files whose values a root joins, the last of which counts most.
    pub fn layers(&self, id: TemplateId) -> &[TemplateId] {
        &self.loaded[id.ix()].layers
    }

    /// The template that a root deploys: itself, or the one that a parameter file is for. None where no file of its chain names
    /// one.
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

    /// The text of a file beside a template, for the functions that load content. What only others load is not there for it.
    pub fn content(&self, id: TemplateId, path: &str) -> Option<&str> {
        self.loaded_by(id, path)?.text().map(|text| &**text)
    }

    /// The bytes of a file beside a template.
    pub fn content_bytes(&self, id: TemplateId, path: &str) -> Option<&[u8]> {
        Some(self.loaded_by(id, path)?.bytes())
    }

    fn loaded_by(&self, id: TemplateId, path: &str) -> Option<&Content> {
        let Loaded { path: own, loads, .. } = &self.loaded[id.ix()];
        let is_loaded = loads.iter().any(|load| load.path.as_deref() == Some(path));
        self.contents.get(own.parent().filter(|_| is_loaded)?, path).map(|content| &**content)
    }

    /// The compiler's configuration files that hold for a template, the nearest first.
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

    /// What was parsed, for the next reading.
    pub fn parsed(&self) -> &ParsedFiles {
        &self.parsed
    }

    /// The same, where this reading is needed no more: nothing is copied.
    pub fn into_parsed(self) -> ParsedFiles {
        self.parsed
    }

    /// How many files this reading has parsed.
    pub fn parsings(&self) -> u64 {
        self.parsings
    }
}

#[cfg(test)]
mod tests;
