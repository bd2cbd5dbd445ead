//! Computes findings and diagnostics from the templates, separately for each group of roots.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::kept::{Component, PreviousResults};
use super::restored::merge;
use crate::azure::catalog::Catalog;
use crate::limit::Limit;
use crate::parallel;
use crate::race::analysis::{Analysis, Roots, analyse};
use crate::race::components::{Analyses, components};
use crate::race::decided::{Decided, decided};
use crate::race::undecided::{At, Undecided, undecided};
use crate::rules::finding::{Coverage, Diagnostic, Finding, Level, Report, Subject, Unread};
use crate::rules::needless_order::needless;
use crate::rules::suppress::Suppressions;
use crate::rules::unresolved_module::unresolved;
use crate::rules::{self, RuleId, limit_reached, syntax, unread_file};
use crate::small_sort::SmallSort as _;
use crate::source::{FileId, Place, Span};
use crate::template::NodeKind;
use crate::workspace::{Callee, FileProblem, ProblemKind, Provenance, TemplateId, UnreadFile, Workspace};

/// The result of an examination.
pub(super) struct Outcome<'w, 'c> {
    pub(super) report: Report,
    pub(super) analyses: Analyses<'w, 'c>,
    /// Results that the next examination can use again.
    pub(super) kept: PreviousResults,
}

/// The levels of findings from which on an examination does more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Levels {
    /// The lowest one with remedies.
    pub(super) level: Level,
    /// The lowest one with words.
    pub(super) told: Level,
}

/// Analyses the roots of a workspace, and uses previous results that are still valid. The report has no remedies yet:
/// [`crate::fix::remedies`] computes them once the findings are selected, for those at `level` or above; those below `told` have no
/// words. Rules that are not selected do not run.
pub(super) fn examine<'w, 'c>(
    workspace: &'w Workspace,
    catalog: &'c Catalog,
    (roots, asked): (&[TemplateId], &[RuleId]),
    Levels { level, told }: Levels,
    mut before: PreviousResults,
) -> Outcome<'w, 'c> {
    let groups = components(workspace, catalog, roots);
    let is_only = groups.len() == 1;
    let one = |roots: &Vec<TemplateId>| Examined::again(workspace, catalog, (roots, told), &before);
    let examined: Vec<Examined<'_, '_>> = if is_only {
        groups.iter().map(one).collect()
    } else {
        // Each free thread takes the next group. The largest groups come first, so that no thread is left with a large
        // one at the end.
        parallel::in_turn(&groups, |roots| one(roots).drop_if_clean(workspace, level))
    };
    let mut analyses = Analyses::new(workspace, catalog);
    let mut kept = PreviousResults::nothing(before.analysed);
    let (mut findings, mut diagnostics) = (Vec::new(), of_files(workspace));
    let mut sum = Decided::default();
    for (roots, one) in groups.iter().zip(examined) {
        let Examined { component, analysis, is_known } = one;
        let first = first_of(workspace, roots);
        let of_component = Roots::new(roots);
        analyses.are_roots(&of_component);
        if is_known {
            for (template, made) in before.remedies_again(first, &component.extent) {
                kept.remedies.put(template, made);
            }
            if is_only || component.may_be_remedied(workspace, level) {
                analyses.know(&of_component, &component.extent.templates);
            }
        } else {
            kept.analysed += 1;
        }
        if let Some(analysis) = analysis {
            analyses.keep(analysis);
        }
        findings.extend(component.findings.iter().cloned());
        diagnostics.extend(component.diagnostics.iter().cloned());
        sum.add(component.decided);
        kept.keep(first, component);
    }
    if asked.contains(&RuleId::NeedlessOrder) {
        diagnostics.extend(groups.iter().flat_map(|roots| needless(workspace, catalog, roots)));
    }
    let mut findings = merge(findings, workspace, roots);
    rules::sort(&mut findings);
    diagnostics.small_sort_by(|one, other| {
        (one.place, one.rule.as_str(), &one.message).cmp(&(other.place, other.rule.as_str(), &other.message))
    });
    diagnostics.dedup_by(|one, other| (one.place, &one.message) == (other.place, &other.message));
    let coverage = Coverage { decided: sum, ..coverage(workspace, &diagnostics) };
    suppress(workspace, catalog, (&mut findings, &mut diagnostics), asked);
    rules::identity::tell_apart(&mut findings, &mut diagnostics, &workspace.sources);
    let display = |id: &TemplateId| workspace.shown(*id).to_owned();
    let mut root_paths: Vec<String> = roots.iter().map(display).collect();
    root_paths.small_sort();
    let sources = workspace.sources.clone();
    let unread = unread(workspace);
    // Only the caller knows the other roots.
    let (roots, rest) = (root_paths, Report::default());
    let report = Report { sources, roots, findings, diagnostics, coverage, unread, ..rest };
    Outcome { report, analyses, kept }
}

/// The path of the first root, which identifies their component.
fn first_of<'w>(workspace: &'w Workspace, roots: &[TemplateId]) -> &'w str {
    roots.first().map_or("", |&root| workspace.shown(root))
}

/// The findings of one component: roots that share no template with other roots.
struct Examined<'w, 'c> {
    component: Component,
    /// Kept if it is needed again for remedies or pictures.
    analysis: Option<Analysis<'w, 'c>>,
    /// Whether the findings are from an earlier examination.
    is_known: bool,
}

impl<'w, 'c> Examined<'w, 'c> {
    fn again(
        workspace: &'w Workspace,
        catalog: &'c Catalog,
        (roots, told): (&[TemplateId], Level),
        before: &PreviousResults,
    ) -> Self {
        let extent = workspace.extent(roots);
        let known = before.again(first_of(workspace, roots), &extent, roots);
        if let Some((findings, diagnostics, decided)) = known {
            let component = Component { extent, findings, diagnostics, decided };
            return Self { component, analysis: None, is_known: true };
        }
        let mut analysis = analyse(workspace, catalog, roots);
        let findings = rules::findings(&mut analysis, told);
        let mut diagnostics = of_graphs(workspace, &analysis);
        let undecided = undecided(workspace, &mut analysis, &extent.files);
        diagnostics.extend(undecided.iter().map(|one| unread_file::undecided(one, place_of(workspace, one))));
        let decided = decided(&analysis);
        let component = Component { extent, findings, diagnostics, decided };
        Self { component, analysis: Some(analysis), is_known: false }
    }

    /// Drops the analysis if no remedy needs it, which saves most of the memory in a large repository.
    fn drop_if_clean(self, workspace: &Workspace, level: Level) -> Self {
        let is_found = self.component.may_be_remedied(workspace, level);
        let analysis = self.analysis.filter(|_| is_found);
        Self { analysis, ..self }
    }
}

/// If a root has more findings than are reported, keeps the most severe ones and records the number of the others.
/// Suppressed and accepted findings are dropped first.
pub(super) fn keep_most_severe(report: &mut Report, workspace: &Workspace) {
    let mut of_root: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, finding) in report.findings.iter().enumerate() {
        of_root.entry(finding.roots.first().map_or("", String::as_str)).or_default().push(at);
    }
    let mut is_left_out = vec![false; report.findings.len()];
    for (root, mut all) in of_root {
        let Err(reached) = Limit::RootFindings.check(all.len()) else { continue };
        all.small_sort_by_key(|&at| {
            let finding = &report.findings[at];
            (finding.suppression.is_some() || finding.baselined, std::cmp::Reverse(finding.level))
        });
        let beyond = all.into_iter().skip(reached.number() as usize);
        beyond.for_each(|at| is_left_out[at] = true);
        let file = workspace.sources.iter().find(|(_, file)| file.path == root);
        if let Some((file, _)) = file {
            let place = Place { file, span: crate::source::Span::default() };
            let subject = Subject::Limit { kind: format!("{:?}", reached.limit()), at: String::new() };
            let message = reached.to_string();
            let mut told = Diagnostic { subject, ..limit_reached::reached(place, message, None) };
            told.fingerprint = rules::identity::of_diagnostic(&told, &workspace.sources).to_string();
            report.diagnostics.push(told);
            report.coverage.limits += 1;
        }
    }
    let mut is_left_out = is_left_out.into_iter();
    report.findings.retain(|_| !is_left_out.next().unwrap_or_default());
    report.diagnostics.small_sort_by_key(|diagnostic| diagnostic.place);
}

/// Diagnostics about files: syntax errors, and files that could not be read.
fn of_files(workspace: &Workspace) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for problem in &workspace.problems {
        let told = match problem.kind {
            ProblemKind::Syntax | ProblemKind::Cycle => syntax::unread,
            ProblemKind::Meaning | ProblemKind::Marked => syntax::meaningless,
            ProblemKind::Limit(_) => limit_reached::reached,
        };
        let file = workspace.sources.file(problem.place.file);
        let message = file.without_withheld(problem.place.span, &problem.message);
        all.push(told(problem.place, message, problem.help.clone()));
    }
    all.extend(workspace.unread.iter().map(unread_file::unread));
    for (id, template) in workspace.templates() {
        if workspace.provenance(id) != Provenance::File {
            continue;
        }
        for node in template.node_ids() {
            let call = workspace.call(id, node);
            if let Some(Callee::Unresolved { reference, place, why, assumed, is_unread: false }) = call {
                let symbol = &template.node(node).symbol;
                all.push(unresolved(symbol, reference, *place, why, assumed.is_some()));
            }
        }
    }
    all
}

/// The place of a declaration that depends on an unread file.
fn place_of(workspace: &Workspace, one: &Undecided<'_>) -> Place {
    let template = workspace.template(one.template);
    let span = match one.at {
        At::Node(node) => template.node(node).symbol_span,
        At::Assignment(at) => {
            let assigned = template.assignments.as_ref().and_then(|all| all.values.get(at));
            assigned.map(|(_, span, _)| *span).unwrap_or_default()
        }
        At::File => Span::default(),
    };
    template.place(span)
}

/// The files that were not read, in order of place.
fn unread(workspace: &Workspace) -> Vec<Unread> {
    let one = |file: &UnreadFile| {
        let UnreadFile { path, kind, why, place, .. } = file;
        let kind = kind.as_str();
        Unread { path: path.clone(), kind, why: why.clone(), place: *place, is_allowed: false }
    };
    let mut all: Vec<Unread> = workspace.unread.iter().map(one).collect();
    all.small_sort_by_key(|unread| unread.place);
    all
}

/// Diagnostics about graphs and about reached limits.
fn of_graphs(workspace: &Workspace, analysis: &Analysis<'_, '_>) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for (id, graph) in &sorted(&analysis.graphs) {
        let template = workspace.template(*id);
        for problem in graph.problems(template) {
            let place = template.place(problem.span);
            let message = workspace.sources.file(place.file).without_withheld(place.span, &problem.message);
            all.push(syntax::unread(place, message, None));
        }
    }
    for (&place, reached) in analysis.limits.iter() {
        all.push(limit_reached::reached(place, reached.to_string(), None));
    }
    all
}

fn sorted<T>(map: &rustc_hash::FxHashMap<TemplateId, T>) -> Vec<(TemplateId, &T)> {
    let mut all: Vec<(TemplateId, &T)> = map.iter().map(|(id, value)| (*id, value)).collect();
    all.small_sort_by_key(|(id, _)| *id);
    all
}

fn coverage(workspace: &Workspace, diagnostics: &[Diagnostic]) -> Coverage {
    let mut coverage = Coverage::default();
    let of_marked =
        |problem: &FileProblem| (problem.kind == ProblemKind::Marked).then_some(problem.place.file);
    let marked: FxHashSet<FileId> = workspace.problems.iter().filter_map(of_marked).collect();
    for (id, template) in workspace.templates() {
        if workspace.provenance(id) != Provenance::File || marked.contains(&template.file) {
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
    let is_unread = |kind| matches!(kind, ProblemKind::Syntax | ProblemKind::Marked);
    let syntax = workspace.problems.iter().filter(|problem| is_unread(problem.kind));
    coverage.syntax_errors = syntax.count() as u64;
    let limits = diagnostics.iter().filter(|diagnostic| diagnostic.rule == RuleId::LimitReached);
    coverage.limits = limits.count() as u64;
    coverage
}

/// Applies the directives of the files, and adds diagnostics for those that suppress nothing.
fn suppress(
    workspace: &Workspace,
    catalog: &Catalog,
    (findings, diagnostics): (&mut [Finding], &mut Vec<Diagnostic>),
    ran: &[RuleId],
) {
    let mut suppressions = Suppressions::of(workspace, catalog);
    suppressions.apply(findings);
    suppressions.apply_to_diagnostics(diagnostics);
    diagnostics.extend(suppressions.without_reason());
    diagnostics.extend(suppressions.unused(&workspace.sources, |_| true, ran));
    diagnostics.small_sort_by_key(|diagnostic| diagnostic.place);
}
