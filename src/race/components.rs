//! The connected components of the graph of templates: roots of different components share no template, so they are analysed
//! side by side, and what is found under one root depends neither on what else was asked for nor on the number of threads.

use petgraph::unionfind::UnionFind;
use rustc_hash::FxHashMap;

use super::analysis::{Analysis, analyse};
use crate::azure::catalog::Catalog;
use crate::workspace::{Provenance, TemplateId, Workspace};

/// The analyses of a run, as far as they are needed again.
pub struct Analyses<'w, 'c> {
    workspace: &'w Workspace,
    catalog: &'c Catalog,
    kept: Vec<Analysis<'w, 'c>>,
    of_template: FxHashMap<TemplateId, usize>,
}

impl<'w, 'c> Analyses<'w, 'c> {
    /// None yet.
    pub fn new(workspace: &'w Workspace, catalog: &'c Catalog) -> Self {
        Self { workspace, catalog, kept: Vec::new(), of_template: FxHashMap::default() }
    }

    /// The templates.
    pub fn workspace(&self) -> &'w Workspace {
        self.workspace
    }

    /// Keeps an analysis.
    pub fn keep(&mut self, analysis: Analysis<'w, 'c>) {
        for (root, reached) in &analysis.reached {
            let templates = std::iter::once(root).chain(reached);
            self.of_template.extend(templates.map(|&template| (template, self.kept.len())));
        }
        self.kept.push(analysis);
    }

    /// The analysis that a template is part of; one that was not kept is made again, with this template as its root.
    pub fn of(&mut self, template: TemplateId) -> &mut Analysis<'w, 'c> {
        let known = self.of_template.get(&template).copied();
        let at = known.unwrap_or_else(|| {
            self.keep(analyse(self.workspace, self.catalog, &[template]));
            self.kept.len() - 1
        });
        &mut self.kept[at]
    }
}

/// The roots by connected component, the largest component first. A stand-in for a module that is not there (known or
/// guessed) joins nothing: no finding is placed in it, so each component may have a summary of its own.
pub fn components(workspace: &Workspace, roots: &[TemplateId]) -> Vec<Vec<TemplateId>> {
    let count = workspace.templates().count();
    let mut joined: UnionFind<usize> = UnionFind::new(count);
    for (id, _) in workspace.templates() {
        let own = workspace.refers_to(id).filter(|&callee| {
            matches!(workspace.provenance(callee), Provenance::File | Provenance::Restored)
        });
        for callee in own {
            joined.union(id.ix(), callee.ix());
        }
    }
    let mut declared = vec![0; count];
    for (id, template) in workspace.templates() {
        declared[joined.find_mut(id.ix())] += template.nodes.len();
    }
    let mut places: FxHashMap<usize, usize> = FxHashMap::default();
    let mut components: Vec<Vec<TemplateId>> = Vec::new();
    for &root in roots {
        let at = *places.entry(joined.find_mut(root.ix())).or_insert(components.len());
        if at == components.len() {
            components.push(Vec::new());
        }
        components[at].push(root);
    }
    // The largest first: a thread that got it last would keep all others waiting.
    components.sort_by_cached_key(|component| {
        std::cmp::Reverse(component.first().map(|root| declared[joined.find_mut(root.ix())]))
    });
    components
}
