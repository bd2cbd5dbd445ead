//! Finds declarations whose object, condition or loop count depends on a file that was not read.
//!
//! ```bicep
//! var names = loadJsonContent('names.json')                  // the file does not exist
//! resource er '…/expressRouteGateways@…' = { … names.hub … } // so the name of the hub is unknown
//! ```
//!
//! A value from an unread file stays a term that names the file, so it can be found in the effects of a declaration. A module
//! call is listed if its arguments pass such a value; declarations in the module that use one by themselves are listed in the
//! module.

use rustc_hash::{FxHashMap, FxHashSet};

use super::analysis::Analysis;
use crate::eval::arguments::Asked;
use crate::eval::functions::Function;
use crate::eval::parameter_file::values_of;
use crate::eval::template_number::known_template;
use crate::eval::term::{Ambient, Term, Value};
use crate::small_sort::SmallSort as _;
use crate::source::FileId;
use crate::template::{Language, NodeId, NodeKind};
use crate::workspace::{Provenance, TemplateId, UnreadFile, UnreadKind, Workspace};

/// A declaration, part of which depends on an unread file.
#[derive(Clone, Debug)]
pub struct Undecided<'w> {
    /// The template with the declaration.
    pub template: TemplateId,
    /// The place in the template: a node, or an assignment of a parameter file.
    pub at: At,
    /// Symbol of the node, or name of the parameter.
    pub symbol: String,
    /// The part that depends on the file.
    pub decides: Decides,
    /// The file that was not read.
    pub file: &'w UnreadFile,
}

/// Where a declaration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// A node of the template.
    Node(NodeId),
    /// The file as a whole: a parameter that a parent would assign.
    File,
    /// An assignment of a parameter file, as an index into its assignments.
    Assignment(usize),
}

/// The part of a declaration that depends on a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decides {
    /// The object that is written: its name or scope.
    Object,
    /// Whether it is deployed.
    Condition,
    /// The number of instances of a loop.
    Count,
    /// A parameter that something depends on.
    Parameter,
}

/// The unread files, indexed by the place that refers to them.
struct Unread<'w> {
    workspace: &'w Workspace,
    by_path: FxHashMap<(FileId, &'w str), usize>,
    by_module: FxHashMap<(FileId, &'w str), usize>,
    /// Terms that are known to depend on no unread file: a cache.
    clean: FxHashSet<Term>,
}

impl<'w> Unread<'w> {
    /// Those that some files refer to, in ascending order.
    fn of(workspace: &'w Workspace, files: &[FileId]) -> Self {
        let (mut by_path, mut by_module) = (FxHashMap::default(), FxHashMap::default());
        let is_here = |file: FileId| files.binary_search(&file).is_ok();
        for (at, file) in workspace.unread.iter().enumerate().filter(|(_, file)| is_here(file.place.file)) {
            match (file.kind, &file.symbol) {
                (UnreadKind::Module, Some(symbol)) => {
                    by_module.insert((file.place.file, symbol.as_str()), at);
                }
                _ if file.in_registry => {}
                _ => {
                    by_path.insert((file.place.file, file.path.as_str()), at);
                }
            }
        }
        Self { workspace, by_path, by_module, clean: FxHashSet::default() }
    }

    fn is_empty(&self) -> bool {
        self.by_path.is_empty() && self.by_module.is_empty()
    }

    /// The unread files that a term depends on, as sorted indexes into [`Workspace::unread`].
    fn in_term(&mut self, analysis: &Analysis<'_, '_>, term: Term) -> Vec<usize> {
        let terms = analysis.evaluator.known_terms();
        let (mut open, mut found, mut seen) = (vec![term], Vec::new(), FxHashSet::default());
        while let Some(term) = open.pop() {
            if self.clean.contains(&term) || !seen.insert(term) {
                continue;
            }
            let value = terms.get(term);
            if let Value::Call(function, seq) = value {
                let file_of = |term: Term| {
                    known_template(terms, term).map(|template| self.workspace.template(template).file)
                };
                let known = match (function, terms.seq(seq)) {
                    (Function::Module, &[symbol, template, ..]) => {
                        let key = file_of(template).zip(terms.known_text(symbol));
                        key.and_then(|key| self.by_module.get(&key))
                    }
                    (function, &[template, path, ..])
                        if function.loads() || function == Function::Imported =>
                    {
                        let key = file_of(template).zip(terms.known_text(path));
                        key.and_then(|key| self.by_path.get(&key))
                    }
                    _ => None,
                };
                found.extend(known);
            }
            terms.each_child(value, |child| open.push(child));
        }
        if found.is_empty() {
            self.clean.extend(seen);
        }
        found.small_sort();
        found.dedup();
        found
    }
}

/// All declarations of the analysed templates and parameter files that depend on an unread file. `files` are the files that the
/// analysis can see, in ascending order.
pub fn undecided<'w>(
    workspace: &'w Workspace,
    analysis: &mut Analysis<'_, '_>,
    files: &[FileId],
) -> Vec<Undecided<'w>> {
    let mut unread = Unread::of(workspace, files);
    if unread.is_empty() {
        return Vec::new();
    }
    let mut templates: Vec<TemplateId> =
        analysis.reached.iter().flat_map(|(_, reached)| reached).copied().collect();
    templates.small_sort();
    templates.dedup();
    templates.retain(|&template| workspace.provenance(template) == Provenance::File);
    let mut all = Vec::new();
    for template in templates {
        let mut found: Vec<(NodeId, usize, Decides)> = Vec::new();
        for (node, decides, term) in decisive(analysis, template) {
            found.extend(unread.in_term(analysis, term).into_iter().map(|file| (node, file, decides)));
        }
        // A node is listed once for each file, with the first of `Decides`.
        found.small_sort();
        found.dedup_by_key(|(node, file, _)| (*node, *file));
        all.extend(found.into_iter().map(|(node, file, decides)| Undecided {
            template,
            at: At::Node(node),
            symbol: workspace.template(template).node(node).symbol.clone(),
            decides,
            file: &workspace.unread[file],
        }));
    }
    for root in analysis.roots.clone().ids() {
        all.extend(of_parameter_file(&mut unread, analysis, *root));
    }
    all
}

/// The terms that decide which object each node of a template writes, and when.
fn decisive(analysis: &mut Analysis<'_, '_>, template: TemplateId) -> Vec<(NodeId, Decides, Term)> {
    let workspace = analysis.evaluator.workspace();
    let Some(summary) = analysis.summaries.get(template) else { return Vec::new() };
    let mut all = Vec::new();
    let mut writers: FxHashSet<NodeId> = FxHashSet::default();
    let is_module =
        |node: NodeId| matches!(workspace.template(template).node(node).kind, NodeKind::Module(_));
    for effect in summary.effects.iter().filter(|effect| !is_module(effect.node)) {
        writers.insert(effect.node);
        all.push((effect.node, Decides::Object, effect.object));
        all.push((effect.node, Decides::Condition, effect.guard));
    }
    // The summary of a root omits effects that cannot race, so for a module call look at its arguments instead of its effects.
    for node in workspace.template(template).node_ids().filter(|&node| is_module(node)) {
        let callee = workspace.callee(template, node).and_then(|callee| analysis.summaries.callee(callee));
        let Some(inside) = callee.filter(|inside| !inside.groups.is_empty()) else { continue };
        writers.insert(node);
        let by = analysis.evaluator.module_substitution(template, node, Asked::These(&inside.depends_on));
        let facts = by.ambient.iter().filter(|(fact, _)| *fact != Ambient::DeploymentName);
        let given = by.arguments.iter().flatten().chain(facts.map(|(_, value)| value));
        all.extend(given.map(|&value| (node, Decides::Object, value)));
    }
    for (at, (&guard, count)) in summary.links.guards.iter().zip(&summary.links.counts).enumerate() {
        let node = NodeId(at as u32);
        if writers.contains(&node) {
            all.push((node, Decides::Condition, guard));
            all.extend(count.map(|count| (node, Decides::Count, count)));
        }
    }
    all
}

/// The parameters of a parameter file whose value is unknown and on which an effect of the deployed template depends.
fn of_parameter_file<'w>(
    unread: &mut Unread<'w>,
    analysis: &mut Analysis<'_, '_>,
    root: TemplateId,
) -> Vec<Undecided<'w>> {
    let workspace = unread.workspace;
    let file = workspace.template(root);
    let deployed = workspace.deployed_by(root).filter(|_| file.language == Language::Params);
    let Some(deployed) = deployed else { return Vec::new() };
    let Some(inside) = analysis.summaries.callee(deployed) else { return Vec::new() };
    let depends_on = inside.depends_on.clone();
    let values = values_of(&mut analysis.evaluator, root, deployed);
    let declared = workspace.template(deployed);
    let mut all = Vec::new();
    for &parameter in &depends_on {
        let Some(&Some(value)) = values.arguments.get(parameter.ix()) else { continue };
        let symbol = declared.exprs.text(declared.parameters[parameter.ix()].name).to_owned();
        let assigned = file.assignments.as_ref().map_or(&[][..], |assignments| &assignments.values);
        let at = assigned.iter().rposition(|(name, ..)| file.exprs.text(*name) == symbol);
        for index in unread.in_term(analysis, value) {
            all.push(Undecided {
                template: root,
                at: at.map_or(At::File, At::Assignment),
                symbol: symbol.clone(),
                decides: Decides::Parameter,
                file: &workspace.unread[index],
            });
        }
    }
    all
}
