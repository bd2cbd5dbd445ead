//! Merges the findings inside restored modules. Nobody changes such a module here, so the roots that use it are analysed in several
//! [components](crate::race::components), and each may report the same race of it.

use std::cmp::Reverse;

use rustc_hash::FxHashSet;

use crate::rules::RuleId;
use crate::rules::finding::{Environments, Finding};
use crate::small_sort::SmallSort as _;
use crate::template::NodeId;
use crate::workspace::{Provenance, TemplateId, Workspace};

/// What findings have in common that may be merged: template, rule, entry, type and name of the object, and whether defaults are
/// assumed.
type Key<'f> = (TemplateId, RuleId, Option<&'f str>, &'f str, &'f str, bool);

/// A finding, and whether the roots that have it decide much themselves.
type Inside = (bool, Finding);

/// Merges each finding in a restored module into another one that has all its pairs, and adds its roots to that one. The one that is told
/// has the most pairs, then a root that decides little itself, then the fewest conditions.
pub(super) fn merge(findings: Vec<Finding>, workspace: &Workspace, roots: &[TemplateId]) -> Vec<Finding> {
    let roots: FxHashSet<TemplateId> = roots.iter().copied().collect();
    // A test that calls another root sets values that the called root leaves open.
    let calls_another = |root: TemplateId| {
        workspace.callees_first([root]).into_iter().any(|reached| reached != root && roots.contains(&reached))
    };
    let decides = |finding: &Finding| {
        finding.called_from.ends_with(".bicepparam")
            || finding.race.roots.iter().all(|(root, _)| calls_another(*root))
    };
    let (mut merged, mut inside): (Vec<Finding>, Vec<Inside>) = (Vec::new(), Vec::new());
    for finding in findings {
        if workspace.provenance(finding.race.template) == Provenance::Restored {
            inside.push((decides(&finding), finding));
        } else {
            merged.push(finding);
        }
    }
    inside.small_sort_by(|one, other| (key(&one.1), rank(one)).cmp(&(key(&other.1), rank(other))));
    // Those about one object begin here.
    let mut first = merged.len();
    for (_, finding) in inside {
        if merged.get(first).is_some_and(|known| key(known) != key(&finding)) {
            first = merged.len();
        }
        let pairs = pairs_of(&finding);
        let has_all = |known: &&mut Finding| {
            let its = pairs_of(known);
            pairs.iter().all(|pair| its.contains(pair))
        };
        match merged[first..].iter_mut().find(has_all) {
            Some(known) => add(known, finding),
            None => merged.push(finding),
        }
    }
    merged
}

fn key(finding: &Finding) -> Key<'_> {
    let object = &finding.object;
    let is_assumed = !finding.assumes.is_empty();
    let entry = finding.entry.as_deref();
    (finding.race.template, finding.rule, entry, &object.ty, &object.name, is_assumed)
}

/// The order of findings about one object.
fn rank((decides, finding): &Inside) -> (Reverse<usize>, bool, usize, &str) {
    (Reverse(finding.pairs.len()), *decides, finding.witness.conditions.len(), &finding.called_from)
}

/// The pairs of a finding; its writers, each with itself, if none overlap.
fn pairs_of(finding: &Finding) -> Vec<[NodeId; 2]> {
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
