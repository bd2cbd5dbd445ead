//! A check under way: what was found, what of it is asked for, and how it is mended.

use std::path::{Path, PathBuf};

use super::examine::{Outcome, examine, leave_weightiest};
use super::roots::{reached, roots_of};
use super::{Allowed, Session};
use crate::fix;
use crate::race::components::Analyses;
use crate::rules::baseline::{Baseline, Stale};
use crate::rules::changed::Changed;
use crate::rules::finding::{Finding, Level, Report, RuleId};
use crate::rules::rule;
use crate::workspace::TemplateId;
use crate::workspace::file_system::normal;

/// What of the findings is asked for.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Remedies are found from this level on.
    pub level: Level,
    /// Only these rules, where there are some.
    pub select: Vec<RuleId>,
    /// Not these rules.
    pub ignore: Vec<RuleId>,
    /// What is accepted.
    pub baseline: Option<Baseline>,
    /// Which files may be missing.
    pub allowed: Allowed,
    /// Only what these files touch, where there are some.
    pub changed: Vec<PathBuf>,
    /// Whether all findings are kept, however many there are.
    pub is_whole: bool,
}

impl Default for Selection {
    fn default() -> Self {
        let (select, ignore, allowed, changed) = Default::default();
        Self { level: Level::Note, select, ignore, baseline: None, allowed, changed, is_whole: false }
    }
}

impl Selection {
    fn wants(&self, rule: RuleId) -> bool {
        (self.select.is_empty() || self.select.contains(&rule)) && !self.ignore.contains(&rule)
    }
}

/// A check under way.
pub struct Check<'s> {
    session: &'s Session,
    /// What was found so far.
    pub report: Report,
    /// The findings of rules that are not asked for.
    pub others: Vec<Finding>,
    /// What is accepted and no longer found.
    pub stale: Vec<Stale>,
    /// The roots that were analysed.
    pub roots: Vec<TemplateId>,
    /// The analyses, as far as they are needed again.
    pub analyses: Analyses<'s, 's>,
    changed: Option<Changed>,
}

impl<'s> Check<'s> {
    pub(super) fn new(session: &'s Session) -> Self {
        let (workspace, selection) = (&session.workspace, &session.selection);
        let mut roots = roots_of(&session.roots, workspace);
        let base = &session.roots.base;
        let files: Vec<PathBuf> = selection.changed.iter().map(|path| normal(&base.join(path))).collect();
        let changed = (!files.is_empty()).then(|| Changed::new(files.iter().map(PathBuf::as_path), resolved));
        if let Some(changed) = &changed {
            roots.retain(|&root| {
                let files = reached(workspace, root).into_iter().map(resolved);
                changed.touches(files.collect::<Vec<_>>().iter().map(PathBuf::as_path))
            });
        }
        let before = std::mem::take(&mut *session.kept());
        let found = examine(workspace, &session.catalog, &roots, selection.level, before);
        let Outcome { mut report, analyses, kept } = found;
        selection.allowed.apply(&mut report, workspace, base);
        *session.kept() = kept;
        Self { session, report, others: Vec::new(), stale: Vec::new(), roots, analyses, changed }
    }

    /// Gives the findings their levels and leaves those that are asked for.
    pub fn settle(&mut self) {
        let Session { selection, workspace, configured, roots, .. } = self.session;
        configured.level(&mut self.report, &workspace.sources, &roots.base);
        if let Some(changed) = &self.changed {
            let path_of = |path: &str| resolved(&roots.base.join(path));
            self.report.findings.retain(|finding| changed.involves(finding, &workspace.sources, path_of));
        }
        let wanted = |id: RuleId| rule(id).is_gap || selection.wants(id);
        self.report.diagnostics.retain(|diagnostic| wanted(diagnostic.rule));
        let findings = std::mem::take(&mut self.report.findings).into_iter();
        (self.report.findings, self.others) = findings.partition(|finding| selection.wants(finding.rule));
        if let Some(baseline) = &selection.baseline {
            self.stale = baseline.apply(&mut self.report.findings, &mut self.report.diagnostics);
        }
        if !selection.is_whole {
            leave_weightiest(&mut self.report, workspace);
        }
    }

    /// Finds the remedies of what is left.
    pub fn remedy(&mut self) {
        let (before, level) = (self.analyses.made(), self.session.selection.level);
        let mut kept = self.session.kept();
        fix::remedies(&mut self.analyses, &mut self.report.findings, level, &mut kept.remedies);
        kept.analysed += self.analyses.made() - before;
    }
}

/// A path with its links followed, where it is there.
fn resolved(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
