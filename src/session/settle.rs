//! Applies levels, selection and baseline to the findings of a check. A finding that one of them, or a directive, silences no
//! longer stands for the lighter races of its pairs: each of those becomes a finding of its own, unless something silences it too.

use super::Selection;
use super::levels::Levels;
use crate::rules::finding::{Finding, Level};

/// The findings of a check, after levels, selection and baseline.
#[derive(Default)]
pub(super) struct Settled {
    /// The reported ones, with those that a directive or the baseline accepts.
    pub(super) reported: Vec<Finding>,
    /// Those that are not selected.
    pub(super) others: Vec<Finding>,
}

/// A finding to decide, and the level of a reported one that stands for it.
type Open = (Finding, Option<Level>);

/// Decides each finding, and what stands behind it if necessary.
pub(super) fn settle(findings: Vec<Finding>, levels: &mut Levels<'_>, selection: &Selection) -> Settled {
    let mut settled = Settled::default();
    // The next one is the last.
    let mut open: Vec<Open> = findings.into_iter().rev().map(|finding| (finding, None)).collect();
    while let Some((mut finding, standing)) = open.pop() {
        let of_standing = |behind: Vec<Finding>| behind.into_iter().rev().map(move |one| (one, standing));
        if standing.is_some_and(|level| !exceeds(levels, selection, &mut finding, level)) {
            open.extend(of_standing(finding.behind));
            continue;
        }
        if !levels.keeps(&mut finding) {
            open.extend(of_standing(finding.behind));
            continue;
        }
        if !selection.wants(finding.rule, finding.entry.as_deref()) {
            open.extend(of_standing(std::mem::take(&mut finding.behind)));
            settled.others.push(finding);
            continue;
        }
        if let Some(baseline) = &selection.baseline {
            baseline.mark(std::slice::from_mut(&mut finding));
        }
        let is_silenced = finding.suppression.is_some() || finding.baselined;
        if is_silenced {
            open.extend(of_standing(left_by(&mut finding)));
        } else {
            let level = Some(finding.level);
            let (above, behind) = above(levels, selection, &mut finding);
            finding.behind = behind;
            open.extend(above.into_iter().rev().map(|one| (one, level)));
        }
        settled.reported.push(finding);
    }
    settled
}

/// What stands behind an accepted finding and is not covered by what accepts it: the same directive, or the entry of the baseline,
/// which is for all objects of a pair under its id.
fn left_by(finding: &mut Finding) -> Vec<Finding> {
    let place = |finding: &Finding| finding.suppression.as_ref().map(|by| by.place);
    let (by, id) = (place(finding), finding.id().to_owned());
    let mut open = std::mem::take(&mut finding.behind);
    open.reverse();
    let (mut left, mut covered) = (Vec::new(), Vec::new());
    while let Some(mut one) = open.pop() {
        let is_covered = if by.is_some() { place(&one) == by } else { one.id() == id };
        if is_covered {
            open.extend(std::mem::take(&mut one.behind).into_iter().rev());
            covered.push(one);
        } else {
            left.push(one);
        }
    }
    finding.behind = covered;
    left
}

/// Splits what stands behind a reported finding into what has a higher level, by configuration, and the rest.
fn above(
    levels: &mut Levels<'_>,
    selection: &Selection,
    finding: &mut Finding,
) -> (Vec<Finding>, Vec<Finding>) {
    let (mut above, mut rest) = (Vec::new(), Vec::new());
    let level = finding.level;
    let mut open = std::mem::take(&mut finding.behind);
    open.reverse();
    while let Some(mut one) = open.pop() {
        if exceeds(levels, selection, &mut one, level) {
            above.push(one);
        } else {
            open.extend(std::mem::take(&mut one.behind).into_iter().rev());
            rest.push(one);
        }
    }
    (above, rest)
}

/// Whether a finding would be reported at a higher level than this.
fn exceeds(levels: &mut Levels<'_>, selection: &Selection, finding: &mut Finding, level: Level) -> bool {
    selection.wants(finding.rule, finding.entry.as_deref())
        && levels.of(finding).is_some_and(|here| here > level)
}
