//! Everything that an analysis of some roots can see. If two workspaces have equal extents, their analyses are equal too,
//! except for the numbers of files and templates.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::content::{Content, Load};
use super::{Callee, Cloud, Provenance, TemplateId, Workspace};
use crate::small_sort::SmallSort as _;
use crate::source::{FileId, SourceFile};

/// The inputs of all templates that some roots reach, in a canonical order, so that equal inputs compare as equal.
#[derive(Default)]
pub struct Extent {
    /// The templates, in ascending order.
    pub templates: Vec<TemplateId>,
    /// Their files, in ascending order.
    pub files: Vec<FileId>,
    roots: Vec<usize>,
    inputs: Vec<Inputs>,
}

/// The inputs of one template. Other templates and files are referred to by their index in [`Extent`].
struct Inputs {
    file: usize,
    source: Arc<SourceFile>,
    provenance: Provenance,
    features: Arc<[String]>,
    cloud: Option<Cloud>,
    /// The templates that its calls lead to, and whether those are the true ones.
    callees: Vec<(Option<usize>, bool)>,
    imports: Vec<Option<usize>>,
    using: Option<usize>,
    extends: Option<usize>,
    layers: Vec<usize>,
    /// The files that it loads values from.
    contents: Vec<Option<Arc<Content>>>,
}

impl Inputs {
    /// The place of a template inside its file follows from the order: the files are compared as a whole.
    fn is_same(&self, other: &Self) -> bool {
        let of = |inputs: &Self| (inputs.file, inputs.provenance, inputs.using, inputs.extends);
        of(self) == of(other)
            && self.callees == other.callees
            && self.imports == other.imports
            && self.layers == other.layers
            && self.features == other.features
            && self.cloud == other.cloud
            && self.source.path == other.source.path
            && is_same_text(&self.source.text, &other.source.text)
            && self.contents.len() == other.contents.len()
            && self.contents.iter().zip(&other.contents).all(|pair| match pair {
                (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one.is_same(other),
                (None, None) => true,
                _ => false,
            })
    }
}

fn is_same_text(one: &Arc<str>, other: &Arc<str>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}

impl Extent {
    /// Whether the same is to be seen in both.
    pub fn is_same(&self, other: &Self) -> bool {
        self.roots == other.roots
            && self.files.len() == other.files.len()
            && self.inputs.len() == other.inputs.len()
            && self.inputs.iter().zip(&other.inputs).all(|(one, other)| one.is_same(other))
    }
}

impl Workspace {
    /// The extent of some roots.
    pub fn extent(&self, roots: &[TemplateId]) -> Extent {
        let mut seen: FxHashSet<TemplateId> = roots.iter().copied().collect();
        let mut templates: Vec<TemplateId> = Vec::new();
        let mut open = roots.to_vec();
        while let Some(id) = open.pop() {
            templates.push(id);
            open.extend(self.refers_to(id).filter(|&next| seen.insert(next)));
        }
        templates.small_sort();
        templates.dedup();
        let mut files: Vec<FileId> = templates.iter().map(|&id| self.template(id).file).collect();
        files.small_sort();
        files.dedup();
        let place = |id: TemplateId| templates.binary_search(&id).unwrap_or(usize::MAX);
        let input = |&id: &TemplateId| {
            let loaded = &self.loaded[id.ix()];
            let file = loaded.template.file;
            let callees = loaded.callees.iter().flatten();
            let folder = loaded.path.parent();
            let content = |load: &Load| self.contents.get(folder?, load.path.as_deref()?).map(Arc::clone);
            Inputs {
                file: files.binary_search(&file).unwrap_or(usize::MAX),
                source: self.sources.shared(file),
                provenance: loaded.provenance,
                features: Arc::clone(&loaded.features),
                cloud: loaded.cloud,
                callees: callees
                    .map(|callee| (callee.template().map(place), matches!(**callee, Callee::Template(_))))
                    .collect(),
                imports: loaded.imports.iter().map(|import| import.map(place)).collect(),
                using: loaded.using.map(place),
                extends: loaded.extends.map(place),
                layers: loaded.layers.iter().map(|&layer| place(layer)).collect(),
                contents: loaded.loads.iter().map(content).collect(),
            }
        };
        let inputs = templates.iter().map(input).collect();
        let roots = roots.iter().map(|&root| place(root)).collect();
        Extent { templates, files, roots, inputs }
    }

    /// The path under which a template is shown.
    pub fn shown(&self, id: TemplateId) -> &str {
        &self.sources.file(self.template(id).file).path
    }
}
