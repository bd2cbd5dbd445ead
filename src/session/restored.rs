//! Merges the findings inside restored modules. Nobody changes such a module here, so the roots that use it are analysed in several
//! [components](crate::race::components), and each may report the same race of it.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::rules::RuleId;
use crate::rules::finding::{Environments, Finding};
use crate::small_sort::SmallSort as _;
use crate::template::NodeId;
use crate::workspace::{Provenance, TemplateId, Workspace};

/// What findings have in common that may be merged: template, rule, entry, and type and name of the object.
type Key = (TemplateId, RuleId, Option<String>, String, String, bool);

/// Merges each finding in a restored module into another one that has all its pairs, and adds its roots to that one.
pub(super) fn merge(findings: Vec<Finding>, workspace: &Workspace, roots: &[TemplateId]) -> Vec<Finding> {
    let roots: FxHashSet<TemplateId> = roots.iter().copied().collect();
    // A test that calls another root sets values that the called root leaves open.
    let calls_another = |root: TemplateId| {
        workspace.callees_first([root]).into_iter().any(|reached| reached != root && roots.contains(&reached))
    };
    let is_restored = |finding: &Finding| workspace.provenance(finding.race.template) == Provenance::Restored;
    let (inside, mut merged): (Vec<Finding>, Vec<Finding>) = findings.into_iter().partition(is_restored);
    let mut alike: FxHashMap<Key, Vec<Finding>> = FxHashMap::default();
    let mut order: Vec<Key> = Vec::new();
    for finding in inside {
        let (ty, name) = (finding.object.ty.clone(), finding.object.name.clone());
        let is_assumed = !finding.assumes.is_empty();
        let key = (finding.race.template, finding.rule, finding.entry.clone(), ty, name, is_assumed);
        let known = alike.entry(key.clone()).or_default();
        if known.is_empty() {
            order.push(key);
        }
        known.push(finding);
    }
    for key in order {
        merged.extend(merge_alike(alike.remove(&key).unwrap_or_default(), calls_another));
    }
    merged
}

/// Merges findings about one object. The one that is told has the most pairs, then a root that decides little itself, then the fewest
/// conditions.
fn merge_alike(mut alike: Vec<Finding>, calls_another: impl Fn(TemplateId) -> bool) -> Vec<Finding> {
    if alike.len() < 2 {
        return alike;
    }
    alike.sort_by_cached_key(|finding| {
        let decides = finding.called_from.ends_with(".bicepparam")
            || finding.race.roots.iter().all(|(root, _)| calls_another(*root));
        let conditions = finding.witness.conditions.len();
        (Reverse(finding.pairs.len()), decides, conditions, finding.called_from.clone())
    });
    let mut merged: Vec<(Finding, FxHashSet<[NodeId; 2]>)> = Vec::new();
    for finding in alike {
        let pairs = pairs_of(&finding);
        match merged.iter_mut().find(|(_, known)| pairs.is_subset(known)) {
            Some((known, _)) => add(known, finding),
            None => merged.push((finding, pairs)),
        }
    }
    merged.into_iter().map(|(finding, _)| finding).collect()
}

/// The pairs of a finding; its writers, each with itself, if none overlap.
fn pairs_of(finding: &Finding) -> FxHashSet<[NodeId; 2]> {
    let node = |at: usize| finding.participants[at].node;
    if finding.pairs.is_empty() {
        return finding.participants.iter().map(|writer| [writer.node; 2]).collect();
    }
    finding.pairs.iter().map(|&(one, other)| [node(one), node(other)]).collect()
}

/// Adds the roots and environments of a finding to another one.
fn add(known: &mut Finding, other: Finding) {
    known.level = known.level.max(other.level);
    known.confidence = known.confidence.max(other.confidence);
    known.roots.extend(other.roots);
    known.roots.small_sort();
    known.roots.dedup();
    let Environments { of, not_in, is_covered } = other.environments;
    let here = &mut known.environments;
    here.of.extend(of);
    here.not_in.extend(not_in);
    for files in [&mut here.of, &mut here.not_in] {
        files.small_sort();
        files.dedup();
    }
    here.not_in.retain(|file| !here.of.contains(file));
    here.is_covered &= is_covered;
}
