//! The calls through which a root deploys the template that a finding is in, by the symbols that the root gives them.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use crate::race::analysis::Analysis;
use crate::race::verdict::Step;
use crate::small_sort::SmallSort as _;
use crate::workspace::TemplateId;

/// Maximum number of calls that a finding keeps.
const MAX_CALLS: usize = 16;

/// For each template, the calls of it by those that are nearest to the root.
type Callers = FxHashMap<TemplateId, Vec<Step>>;

/// The calls below each root.
#[derive(Default)]
pub(super) struct Calls {
    of: FxHashMap<TemplateId, Callers>,
}

impl Calls {
    /// The shortest ways from a root to a template, each by its symbols; empty if the root is the template.
    /// Ex) `hub1.net` for the call `net` of the module that the root calls as `hub1`
    pub(super) fn to(
        &mut self,
        analysis: &Analysis<'_, '_>,
        root: TemplateId,
        at: TemplateId,
    ) -> Vec<String> {
        let workspace = analysis.evaluator.workspace();
        let Some(root) = workspace.deployed_by(root) else { return Vec::new() };
        let callers = self.of.entry(root).or_insert_with(|| callers(analysis, root));
        let mut ways: Vec<Vec<Step>> = vec![Vec::new()];
        // Each round goes one call up; all ways are equally long.
        while ways.iter().any(|way| way.first().map_or(at, |first| first.0) != root) {
            let mut longer = Vec::new();
            for way in &ways {
                let first = way.first().map_or(at, |first| first.0);
                for &step in callers.get(&first).into_iter().flatten() {
                    longer.push([&[step], &way[..]].concat());
                }
            }
            longer.truncate(MAX_CALLS);
            if longer.is_empty() {
                return Vec::new();
            }
            ways = longer;
        }
        let mut names: Vec<String> =
            ways.iter().filter(|way| !way.is_empty()).map(|way| workspace.name_of(way)).collect();
        names.dedup();
        names
    }
}

/// The calls of each template below a root, found level by level.
fn callers(analysis: &Analysis<'_, '_>, root: TemplateId) -> Callers {
    let mut callers = Callers::default();
    let mut depth: FxHashMap<TemplateId, u32> = FxHashMap::from_iter([(root, 0)]);
    let mut open = vec![root];
    let mut level = 0;
    while !open.is_empty() {
        level += 1;
        let mut next = Vec::new();
        for at in std::mem::take(&mut open) {
            let Some(summary) = analysis.summaries.get(at) else { continue };
            let mut calls: Vec<(Step, TemplateId)> =
                summary.calls.iter().map(|(&node, call)| ((at, node), call.callee)).collect();
            calls.small_sort_by_key(|&((_, node), _)| node);
            for (step, callee) in calls {
                match depth.entry(callee) {
                    Entry::Vacant(place) => {
                        place.insert(level);
                        next.push(callee);
                    }
                    Entry::Occupied(known) if *known.get() < level => continue,
                    Entry::Occupied(_) => {}
                }
                callers.entry(callee).or_default().push(step);
            }
        }
        open = next;
    }
    callers
}
