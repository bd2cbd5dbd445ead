//! The calls through which a root deploys the template that a finding is in, by the symbols that the root gives them.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use crate::race::analysis::Analysis;
use crate::race::verdict::Step;
use crate::small_sort::SmallSort as _;
use crate::workspace::TemplateId;

/// Maximum number of ways that a finding keeps; the others are counted.
const MAX_CALLS: usize = 16;
/// A longer way is shown by its ends.
const MAX_STEPS: usize = 6;
/// Number of calls that each end of a long way shows.
const END: usize = 2;

/// For each template below a root, the calls of it by those that are nearest to the root, and the number of shortest ways to it.
#[derive(Default)]
struct Callers {
    of: FxHashMap<TemplateId, (Vec<Step>, u64)>,
}

/// The shortest ways from a root to a template.
#[derive(Clone, Default)]
pub(super) struct Ways {
    /// The first of them, each by its symbols; empty if the root is the template.
    /// Ex) `hub1.net` for the call `net` of the module that the root calls as `hub1`
    pub(super) shown: Vec<String>,
    /// The number of the others.
    pub(super) omitted: u64,
}

/// The calls below each root.
#[derive(Default)]
pub(super) struct Calls {
    callers: FxHashMap<TemplateId, Callers>,
    known: FxHashMap<(TemplateId, TemplateId), Ways>,
}

impl Calls {
    /// The shortest ways from a root to a template.
    pub(super) fn to(&mut self, analysis: &Analysis<'_, '_>, root: TemplateId, at: TemplateId) -> Ways {
        let Some(root) = analysis.evaluator.workspace().deployed_by(root) else { return Ways::default() };
        let callers = self.callers.entry(root).or_insert_with(|| callers(analysis, root));
        self.known.entry((root, at)).or_insert_with(|| callers.ways(analysis, root, at)).clone()
    }
}

impl Callers {
    /// Follows the calls from a template up to the root, one way after the other.
    fn ways(&self, analysis: &Analysis<'_, '_>, root: TemplateId, at: TemplateId) -> Ways {
        let none: &[Step] = &[];
        let callers = |of: TemplateId| {
            let calls = self.of.get(&of).filter(|_| of != root);
            calls.map_or(none, |(calls, _)| calls).iter()
        };
        let mut ways = Ways::default();
        let mut kept = 0;
        // The steps so far, from the template upwards, and what is left of each template's callers.
        let (mut way, mut open) = (Vec::new(), vec![callers(at)]);
        while let Some(left) = open.last_mut().filter(|_| kept < MAX_CALLS) {
            let Some(&step) = left.next() else {
                open.pop();
                way.pop();
                continue;
            };
            way.push(step);
            if step.0 == root {
                ways.shown.push(shown(analysis, &way));
                kept += 1;
                way.pop();
            } else {
                open.push(callers(step.0));
            }
        }
        let count = self.of.get(&at).filter(|_| at != root).map_or(0, |(_, count)| *count);
        ways.omitted = count.saturating_sub(kept as u64);
        ways.shown.dedup();
        ways
    }
}

/// A way by its symbols, outermost first; `way` starts with the innermost call.
/// Ex) `a.b.…(994 more).y.z`
fn shown(analysis: &Analysis<'_, '_>, way: &[Step]) -> String {
    let name = |steps: &[Step]| {
        let outwards: Vec<Step> = steps.iter().rev().copied().collect();
        analysis.evaluator.workspace().name_of(&outwards)
    };
    if way.len() <= MAX_STEPS {
        return name(way);
    }
    let (inner, outer) = (&way[..END], &way[way.len() - END..]);
    format!("{}.…({} more).{}", name(outer), way.len() - 2 * END, name(inner))
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
            // All ways to a template are known before its own calls are followed.
            let ways = callers.of.get(&at).map_or(1, |(_, ways)| *ways);
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
                let (steps, count) = callers.of.entry(callee).or_default();
                steps.push(step);
                *count = count.saturating_add(ways);
            }
        }
        open = next;
    }
    callers
}
