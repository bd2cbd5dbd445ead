//! Finds shared modules in which nothing can race, whatever a caller passes.
//!
//! ```bicep
//! // diagnostics.bicep, which a hundred templates call: one workspace, one storage account
//! param workspaceName string
//! resource workspace '…/workspaces@…' = { name: workspaceName }
//! ```
//!
//! No finding is in such a module, so its callers need not be analysed together: each [component](super::components) makes its own
//! summary of it. Without that, one common module makes a single component of a whole repository.

use rustc_hash::{FxHashMap, FxHashSet};

use super::analysis::Analysis;
use super::summary::Group;
use crate::azure::catalog::Catalog;
use crate::parallel;
use crate::small_sort::SmallSort as _;
use crate::template::Language;
use crate::workspace::{Provenance, TemplateId, Workspace};

/// Maximum number of declarations of a module, and of those that it calls, for which it is examined. The summary of a larger one
/// costs more than it saves. Not a limit of the analysis, because a module that is not examined is analysed with its callers.
const SMALL: usize = 16;

/// Number of templates that refer to a module that is examined. A module with fewer joins few roots.
const MANY: usize = 8;

/// Number of modules that a thread examines at once: modules that call each other have common summaries.
const AT_ONCE: usize = 16;

/// The templates in which nothing can race. Only small ones are examined that many templates refer to.
pub(super) fn quiet(workspace: &Workspace, catalog: &Catalog) -> FxHashSet<TemplateId> {
    let shared = shared(workspace);
    let (empty, open): (Vec<TemplateId>, Vec<TemplateId>) =
        shared.into_iter().partition(|&id| workspace.template(id).nodes.is_empty());
    let groups: Vec<&[TemplateId]> = open.chunks(AT_ONCE).collect();
    let examined = parallel::in_turn(&groups, |group| quiet_among(workspace, catalog, group));
    empty.into_iter().chain(examined.into_iter().flatten()).collect()
}

/// The small templates that many others refer to.
fn shared(workspace: &Workspace) -> Vec<TemplateId> {
    let mut users: Vec<usize> = workspace.templates().map(|_| 0).collect();
    for (id, _) in workspace.templates() {
        let mut used: Vec<TemplateId> = workspace.refers_to(id).collect();
        used.small_sort();
        used.dedup();
        for used in used {
            users[used.ix()] += 1;
        }
    }
    let mut shared: Vec<TemplateId> =
        workspace.templates().map(|(id, _)| id).filter(|id| users[id.ix()] >= MANY).collect();
    let sizes = sizes(workspace);
    shared.retain(|&id| {
        let is_template = workspace.template(id).language != Language::Params;
        is_template && workspace.provenance(id) == Provenance::File && sizes[id.ix()] <= SMALL
    });
    shared
}

/// For each template the number of declarations in it and in what it refers to. What it reaches twice counts twice.
fn sizes(workspace: &Workspace) -> Vec<usize> {
    let all: Vec<TemplateId> = workspace.templates().map(|(id, _)| id).collect();
    let mut sizes = vec![0usize; all.len()];
    for id in workspace.callees_first(all) {
        let own = workspace.template(id).nodes.len();
        let used = workspace.refers_to(id).map(|used| sizes[used.ix()]);
        sizes[id.ix()] = used.fold(own, usize::saturating_add);
    }
    sizes
}

/// Those of some templates in which, and below which, nothing can race.
fn quiet_among(workspace: &Workspace, catalog: &Catalog, templates: &[TemplateId]) -> Vec<TemplateId> {
    let analysis = Analysis::of_callees(workspace, catalog, templates);
    let mut quiet: FxHashMap<TemplateId, bool> = FxHashMap::default();
    // Callees come first.
    for id in workspace.callees_first(templates.iter().copied()) {
        let is_quiet = workspace.refers_to(id).all(|used| quiet.get(&used) == Some(&true));
        quiet.insert(id, is_quiet && is_quiet_itself(&analysis, id));
    }
    templates.iter().copied().filter(|id| quiet.get(id) == Some(&true)).collect()
}

/// Whether no two effects of a template can be on one object at the same time, for any arguments, and nothing about the template
/// has to be reported.
fn is_quiet_itself(analysis: &Analysis<'_, '_>, id: TemplateId) -> bool {
    let Some(callee) = analysis.summaries.callee(id) else { return false };
    let hazards = &callee.summary.hazards;
    hazards.is_empty()
        && hazards.limits.is_empty()
        && !callee.groups.iter().any(Group::may_meet_inside)
        && analysis.graphs.get(&id).is_some_and(|graph| graph.through_existing.is_empty())
        && super::decided::of_template(&analysis.writers, &callee.summary).is_nothing()
}
