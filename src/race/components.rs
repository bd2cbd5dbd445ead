//! The connected components of the graph of templates. Roots of different components share no template, so they are
//! analysed in parallel, and the result for a root depends neither on the other roots nor on the number of threads.

use petgraph::unionfind::UnionFind;
use rustc_hash::FxHashMap;

use super::analysis::{Analysis, Roots, analyse};
use super::quiet::quiet;
use crate::azure::catalog::Catalog;
use crate::small_sort::SmallSort as _;
use crate::template::Language;
use crate::workspace::{Provenance, TemplateId, Workspace};

/// The analyses of a run that are kept, or made again on demand.
pub struct Analyses<'w, 'c> {
    workspace: &'w Workspace,
    catalog: &'c Catalog,
    kept: Vec<Analysis<'w, 'c>>,
    of_template: FxHashMap<TemplateId, usize>,
    /// The roots of analyses that can be made again, by template.
    known: FxHashMap<TemplateId, Roots>,
    /// The component of each root. Other components may reach it too.
    of_root: FxHashMap<TemplateId, Roots>,
    /// Number of analyses that were made on demand.
    made: u64,
}

impl<'w, 'c> Analyses<'w, 'c> {
    /// No analyses yet.
    pub fn new(workspace: &'w Workspace, catalog: &'c Catalog) -> Self {
        let (of_template, known, of_root) = Default::default();
        Self { workspace, catalog, kept: Vec::new(), of_template, known, of_root, made: 0 }
    }

    /// Number of analyses that were made on demand.
    pub fn made(&self) -> u64 {
        self.made
    }

    /// Records that these roots form a component.
    pub fn are_roots(&mut self, roots: &Roots) {
        self.of_root.extend(roots.ids().iter().map(|&root| (root, roots.clone())));
    }

    /// Records the templates that the roots of a component reach. Their analysis is made on demand.
    pub fn know(&mut self, roots: &Roots, templates: &[TemplateId]) {
        self.known.extend(templates.iter().map(|&template| (template, roots.clone())));
    }

    fn make(&mut self, roots: &[TemplateId]) -> usize {
        self.made += 1;
        self.keep(analyse(self.workspace, self.catalog, roots));
        self.kept.len() - 1
    }

    /// The workspace of all these analyses.
    pub fn workspace(&self) -> &'w Workspace {
        self.workspace
    }

    /// Keeps an analysis for later requests about its templates.
    pub fn keep(&mut self, analysis: Analysis<'w, 'c>) {
        let at = self.kept.len();
        for (root, reached) in &analysis.reached {
            for &template in reached {
                self.of_template.entry(template).or_insert(at);
            }
            // Another analysis may reach it.
            self.of_template.insert(*root, at);
        }
        self.kept.push(analysis);
    }

    /// The analysis of exactly these roots, in which the terms of their findings are valid. It is made again if it was
    /// not kept.
    pub fn at(&mut self, roots: &Roots) -> &mut Analysis<'w, 'c> {
        let first = roots.ids().first().and_then(|root| self.of_template.get(root).copied());
        let known = first.filter(|&at| self.kept[at].roots == *roots);
        let at = known.unwrap_or_else(|| self.make(roots.ids()));
        &mut self.kept[at]
    }

    /// The analysis that contains a template. If it was not kept, it is made again; a template of no known component
    /// becomes its own root.
    pub fn of(&mut self, template: TemplateId) -> &mut Analysis<'w, 'c> {
        if let Some(roots) = self.of_root.get(&template).cloned() {
            return self.at(&roots);
        }
        let made = self.of_template.get(&template).copied();
        let at = made.unwrap_or_else(|| match self.known.get(&template).cloned() {
            Some(roots) => self.make(roots.ids()),
            None => self.make(&[template]),
        });
        &mut self.kept[at]
    }
}

/// The roots by connected component, the largest component first. Some modules connect nothing, so that each component has its own
/// summary of them: those in which no finding can be, which are stand-ins for a module that could not be read (known or guessed) and
/// `quiet` ones, and restored modules, whose findings need no common plan of edits.
pub fn components(workspace: &Workspace, catalog: &Catalog, roots: &[TemplateId]) -> Vec<Vec<TemplateId>> {
    let count = workspace.templates().count();
    let mut joined: UnionFind<usize> = UnionFind::new(count);
    let quiet = quiet(workspace, catalog);
    for (id, template) in workspace.templates() {
        let is_call = template.language != Language::Params;
        let own = workspace.refers_to(id).filter(|&callee| {
            workspace.provenance(callee) == Provenance::File && !(is_call && quiet.contains(&callee))
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
    // The largest component comes first: if a thread took it last, all others would have to wait.
    components.small_sort_by_key(|component| {
        std::cmp::Reverse(component.first().map(|root| declared[joined.find_mut(root.ix())]))
    });
    components
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::workspace::{Disk, Knowledge};

    struct Nothing;

    impl Knowledge for Nothing {}

    /// A finding stores terms by number, so an analysis that is made again must give them the same numbers.
    #[test]
    fn the_same_roots_analysed_again_have_the_same_terms() {
        let base = Path::new(env!("CARGO_MANIFEST_DIR"));
        let stories = std::fs::read_dir(base.join("fixtures/races")).unwrap();
        let mut paths: Vec<PathBuf> = stories
            .map(|story| story.unwrap().path().join("main.bicep"))
            .filter(|path| path.exists())
            .collect();
        paths.sort();
        let workspace = Workspace::load(&Disk, &Nothing, &paths, &[], base);
        let catalog = Catalog::default();
        let roots: Vec<TemplateId> = workspace.roots.iter().filter_map(|(_, root)| *root).collect();
        let first = analyse(&workspace, &catalog, &roots);
        assert!(first.races.len() > 10, "{}", first.races.len());
        let mut kept = Analyses::new(&workspace, &catalog);
        let again = kept.at(&first.roots);
        assert_eq!(format!("{:?}", again.races), format!("{:?}", first.races));
        let terms = |analysis: &Analysis<'_, '_>| {
            let worlds = analysis
                .races
                .iter()
                .flat_map(|race| race.worlds.iter().filter_map(|(_, world)| world.as_ref()));
            let shown = worlds.flatten().map(|&(term, _)| analysis.evaluator.known_terms().show(term));
            shown.collect::<Vec<_>>()
        };
        let shown = terms(&first);
        assert_eq!(terms(kept.at(&first.roots)), shown);
        assert_eq!(kept.kept.len(), 1, "an analysis is made once");
    }
}
