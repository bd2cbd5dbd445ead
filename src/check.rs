//! The pipeline, from paths to a report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::azure::catalog::Catalog;
use crate::azure::modules;
use crate::fix;
use crate::race::analysis::{Analysis, analyse};
use crate::race::components::{Analyses, components};
use crate::rules::finding::{Coverage, Diagnostic, Finding, Level, Report};
use crate::rules::suppress::Suppressions;
use crate::rules::{self, RuleId};
use crate::source::{Place, Sources};
use crate::template::{Language, NodeKind};
use crate::workspace::file_system::below;
use crate::workspace::walk::is_test;
use crate::workspace::{Callee, FileSystem, Knowledge, ProblemKind, Provenance, TemplateId, Workspace};

/// So many findings of one root are told.
pub const FINDINGS: usize = 10_000;

/// What is to be checked.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Files that are roots because they are named.
    pub named: Vec<PathBuf>,
    /// Files that were found in a folder, with that folder: roots where nothing else that was found calls them.
    pub found: Vec<(PathBuf, PathBuf)>,
    /// Files whose text is given, such as standard input.
    pub given: Vec<(PathBuf, String)>,
    /// The folder that paths are shown relative to.
    pub base: PathBuf,
    /// Modules that the user knows: registry path and Bicep text.
    pub modules: Vec<(String, String)>,
}

/// What a run has found, and what it was found with.
pub struct Checked {
    /// The report, ready to be rendered.
    pub report: Report,
    /// Paths that could not be read, with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// The knowledge of public modules that is built in, and the user's.
struct Known<'r> {
    user: &'r [(String, String)],
}

impl Knowledge for Known<'_> {
    fn public(&self, path: &str) -> Option<&str> {
        let user = self.user.iter().find(|(known, _)| known.eq_ignore_ascii_case(path));
        user.map(|(_, text)| text.as_str()).or_else(|| modules::stub(path))
    }

    fn guess(&self, reference: &str, symbol: &str, arguments: &[&str]) -> Option<String> {
        modules::guess(reference, symbol, arguments).map(|guess| guess.stub)
    }
}

/// Reads what is asked for and everything that it refers to.
pub fn load(request: &Request, files: Box<dyn FileSystem>) -> Workspace {
    let knowledge = Known { user: &request.modules };
    let mut paths = request.named.clone();
    paths.extend(request.found.iter().map(|(path, _)| path.clone()));
    Workspace::load(files, &knowledge, &paths, &request.given, &request.base)
}

/// Checks files and everything that they refer to.
pub fn check(request: &Request, files: Box<dyn FileSystem>, catalog: &Catalog) -> Checked {
    let workspace = load(request, files);
    let roots = roots(request, &workspace);
    let (mut report, mut kept) = examine(&workspace, catalog, &roots, Level::Note);
    leave_weightiest(&mut report, &workspace);
    fix::remedies(&mut kept, &mut report.findings, Level::Note);
    let unreadable =
        workspace.unreadable.iter().map(|(path, why)| (relative(path, &request.base), why.clone())).collect();
    Checked { report: Report { sources: workspace.sources, ..report }, unreadable }
}

/// Analyses the roots of a workspace. The report has no sources yet: they stay with the workspace. Nor has it remedies:
/// [`fix::remedies`] finds them once it is settled which findings count; `level` says from which on that will be.
pub fn examine<'w, 'c>(
    workspace: &'w Workspace,
    catalog: &'c Catalog,
    roots: &[TemplateId],
    level: Level,
) -> (Report, Analyses<'w, 'c>) {
    let groups = components(workspace, roots);
    let is_only = groups.len() == 1;
    let examined: Vec<Examined<'_, '_>> = if is_only {
        groups.iter().map(|roots| Examined::of(workspace, catalog, roots)).collect()
    } else {
        // Whoever is free takes the next, so that the largest are begun first and nobody waits for them in the end.
        let each = groups.iter().enumerate().par_bridge();
        let mut examined: Vec<(usize, Examined<'_, '_>)> =
            each.map(|(at, roots)| (at, Examined::of(workspace, catalog, roots).if_found(level))).collect();
        examined.sort_by_key(|(at, _)| *at);
        examined.into_iter().map(|(_, examined)| examined).collect()
    };
    let mut kept = Analyses::new(workspace, catalog);
    let (mut findings, mut diagnostics) = (Vec::new(), of_files(workspace));
    for one in examined {
        findings.extend(one.findings);
        diagnostics.extend(one.diagnostics);
        if let Some(analysis) = one.analysis {
            kept.keep(analysis);
        }
    }
    rules::sort(&mut findings);
    diagnostics.sort_by(|one, other| {
        (one.place, one.rule.as_str(), &one.message).cmp(&(other.place, other.rule.as_str(), &other.message))
    });
    diagnostics.dedup_by(|one, other| (one.place, &one.message) == (other.place, &other.message));
    let coverage = coverage(workspace, &diagnostics);
    suppress(workspace, &mut findings, &mut diagnostics);
    let display = |id: &TemplateId| workspace.sources.file(workspace.template(*id).file).path.clone();
    let mut root_paths: Vec<String> = roots.iter().map(display).collect();
    root_paths.sort();
    let report = Report { sources: Sources::default(), roots: root_paths, findings, diagnostics, coverage };
    (report, kept)
}

/// What is found under some roots that have nothing to do with the others.
struct Examined<'w, 'c> {
    findings: Vec<Finding>,
    diagnostics: Vec<Diagnostic>,
    /// Where it is needed again: to mend what was found, or to show it.
    analysis: Option<Analysis<'w, 'c>>,
}

impl<'w, 'c> Examined<'w, 'c> {
    fn of(workspace: &'w Workspace, catalog: &'c Catalog, roots: &[TemplateId]) -> Self {
        let mut analysis = analyse(workspace, catalog, roots);
        Self {
            findings: rules::findings(&mut analysis),
            diagnostics: of_graphs(workspace, &analysis),
            analysis: Some(analysis),
        }
    }

    /// Without the analysis where it has found nothing of a level: in a large repository that is most of the memory.
    fn if_found(self, level: Level) -> Self {
        let is_found = self.findings.iter().any(|finding| finding.level >= level);
        let analysis = self.analysis.filter(|_| is_found);
        Self { analysis, ..self }
    }
}

/// Every file that a template reaches: calls, imports, `using`, `extends`.
pub fn reached(workspace: &Workspace, root: TemplateId) -> Vec<&Path> {
    let mut seen = vec![root];
    let mut at = 0;
    while let Some(&id) = seen.get(at) {
        at += 1;
        for next in workspace.refers_to(id) {
            if !seen.contains(&next) {
                seen.push(next);
            }
        }
    }
    seen.into_iter().map(|id| workspace.path(id)).collect()
}

/// Leaves the weightiest findings of each root where there are more than are told, and says how many are left out. What is
/// suppressed or accepted is left out first.
pub fn leave_weightiest(report: &mut Report, workspace: &Workspace) {
    let mut of_root: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, finding) in report.findings.iter().enumerate() {
        of_root.entry(finding.roots.first().map_or("", String::as_str)).or_default().push(at);
    }
    let mut is_left_out = vec![false; report.findings.len()];
    for (root, mut all) in of_root {
        let count = all.len();
        all.sort_by_key(|&at| {
            let finding = &report.findings[at];
            (finding.suppression.is_some() || finding.baselined, std::cmp::Reverse(finding.level))
        });
        let beyond = all.into_iter().skip(FINDINGS);
        beyond.for_each(|at| is_left_out[at] = true);
        let file = workspace.sources.iter().find(|(_, file)| file.path == root);
        if let (true, Some((file, _))) = (count > FINDINGS, file) {
            report.diagnostics.push(Diagnostic {
                rule: RuleId::LimitReached,
                level: Level::Warning,
                message: format!(
                    "of one root {FINDINGS} findings are told; {} are left out",
                    count - FINDINGS
                ),
                help: None,
                place: Place { file, span: crate::source::Span::default() },
                related: Vec::new(),
                fix: None,
            });
            report.coverage.limits += 1;
        }
    }
    let mut is_left_out = is_left_out.into_iter();
    report.findings.retain(|_| !is_left_out.next().unwrap_or_default());
    report.diagnostics.sort_by_key(|diagnostic| diagnostic.place);
}

fn relative(path: &Path, base: &Path) -> PathBuf {
    path.strip_prefix(base).unwrap_or(path).to_owned()
}

/// Named files are roots; of the found ones every parameter file, and the templates that no other calls. Calls from tests
/// and examples do not count.
pub fn roots(request: &Request, workspace: &Workspace) -> Vec<TemplateId> {
    let mut called = vec![false; workspace.templates().count()];
    let mut folders: Vec<&PathBuf> = request.found.iter().map(|(_, folder)| folder).collect();
    folders.dedup();
    for (caller, template) in workspace.templates() {
        let path = workspace.path(caller);
        let folder = folders.iter().find(|folder| below(path, folder).is_some());
        let in_test = folder.is_some_and(|folder| is_test(path, folder));
        if in_test || template.language == Language::Params {
            continue;
        }
        for node in template.node_ids() {
            if let Some(Callee::Template(callee)) = workspace.call(caller, node) {
                called[callee.ix()] = true;
            }
        }
    }
    let named = request.given.len() + request.named.len();
    let mut roots = Vec::new();
    let mut is_root = vec![false; called.len()];
    for (at, (_, id)) in workspace.roots.iter().enumerate() {
        let Some(id) = *id else { continue };
        let is_params = workspace.template(id).language == Language::Params;
        if (at < named || is_params || !called[id.ix()]) && !is_root[id.ix()] {
            is_root[id.ix()] = true;
            roots.push(id);
        }
    }
    roots
}

/// What is to be said about files: what could not be parsed or read.
fn of_files(workspace: &Workspace) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for problem in &workspace.problems {
        let (rule, level) = match problem.kind {
            ProblemKind::Syntax | ProblemKind::Cycle => (RuleId::Syntax, Level::Error),
            ProblemKind::Meaning => (RuleId::Syntax, Level::Warning),
            ProblemKind::Limit => (RuleId::LimitReached, Level::Warning),
        };
        all.push(Diagnostic {
            rule,
            level,
            message: problem.message.clone(),
            help: problem.help.clone(),
            place: problem.place,
            related: Vec::new(),
            fix: None,
        });
    }
    for (id, template) in workspace.templates() {
        if workspace.provenance(id) != Provenance::File {
            continue;
        }
        for node in template.node_ids() {
            if let Some(Callee::Unresolved { reference, place, why, assumed }) = workspace.call(id, node) {
                all.push(unresolved(reference, *place, why, assumed.is_some(), &template.node(node).symbol));
            }
        }
    }
    all
}

/// What is to be said about graphs, and limits that were reached.
fn of_graphs(workspace: &Workspace, analysis: &Analysis<'_, '_>) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for (id, graph) in &sorted(&analysis.graphs) {
        let template = workspace.template(*id);
        for problem in graph.problems(template) {
            all.push(Diagnostic {
                rule: RuleId::Syntax,
                level: Level::Error,
                message: problem.message,
                help: None,
                place: template.place(problem.span),
                related: Vec::new(),
                fix: None,
            });
        }
    }
    for limit in &analysis.limits {
        all.push(Diagnostic {
            rule: RuleId::LimitReached,
            level: Level::Warning,
            message: limit.message.clone(),
            help: None,
            place: limit.place,
            related: Vec::new(),
            fix: None,
        });
    }
    all
}

fn sorted<T>(map: &rustc_hash::FxHashMap<TemplateId, T>) -> Vec<(TemplateId, &T)> {
    let mut all: Vec<(TemplateId, &T)> = map.iter().map(|(id, value)| (*id, value)).collect();
    all.sort_by_key(|(id, _)| *id);
    all
}

fn unresolved(reference: &str, place: Place, why: &str, is_assumed: bool, symbol: &str) -> Diagnostic {
    let assumption = if is_assumed {
        "; what it deploys is guessed from its name"
    } else {
        "; what it deploys is not known"
    };
    let is_registry = reference.starts_with("br") || reference.starts_with("ts");
    Diagnostic {
        rule: RuleId::UnresolvedModule,
        level: Level::Note,
        message: format!("module `{symbol}` could not be read: {why}{assumption}"),
        help: is_registry.then(|| "run `bicep restore` to fetch it into the local cache".to_owned()),
        place,
        related: Vec::new(),
        fix: None,
    }
}

fn coverage(workspace: &Workspace, diagnostics: &[Diagnostic]) -> Coverage {
    let mut coverage = Coverage::default();
    for (id, template) in workspace.templates() {
        if workspace.provenance(id) != Provenance::File {
            continue;
        }
        for node in template.node_ids() {
            if matches!(template.node(node).kind, NodeKind::Existing(_)) {
                continue;
            }
            coverage.declarations += 1;
            match workspace.call(id, node) {
                Some(Callee::Unresolved { .. }) => coverage.unresolved_modules += 1,
                Some(Callee::Template(_)) | None => coverage.modelled += 1,
            }
        }
    }
    let syntax = workspace.problems.iter().filter(|problem| problem.kind == ProblemKind::Syntax);
    coverage.syntax_errors = syntax.count() as u64;
    let limits = diagnostics.iter().filter(|diagnostic| diagnostic.rule == RuleId::LimitReached);
    coverage.limits = limits.count() as u64;
    coverage
}

/// Applies the directives of the files, and says which of them suppress nothing.
fn suppress(workspace: &Workspace, findings: &mut [Finding], diagnostics: &mut Vec<Diagnostic>) {
    let mut suppressions = Suppressions::of(workspace);
    suppressions.apply(findings);
    suppressions.apply_to_diagnostics(diagnostics);
    diagnostics.extend(suppressions.unused(&workspace.sources, |_| true, RuleId::ALL));
    diagnostics.sort_by_key(|diagnostic| diagnostic.place);
}
