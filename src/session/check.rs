//! A check in progress: findings, then the selection the user asked for, then remedies.

use super::examine::{Levels as ExaminedLevels, Outcome, examine, keep_most_severe};
use super::levels::{LevelOverrides, Levels};
use super::roots::{Judged, roots_of};
use super::settle::{Settled, settle};
use super::{Allowed, Session};
use crate::fix;
use crate::race::components::Analyses;
use crate::rules::baseline::{Baseline, Stale};
use crate::rules::finding::{Finding, Level, Report, RuleId};
use crate::rules::named::Named;
use crate::rules::quieter::{Quiet, Quieting};
use crate::rules::{self, rule};
use crate::small_sort::SmallSort as _;
use crate::workspace::TemplateId;

/// The selection of findings, and the adjustments to them.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The lowest level of findings for which remedies are computed.
    pub level: Level,
    /// Whether findings below that level are only counted: they get neither words nor conditions.
    pub only_counts_below: bool,
    /// If not empty, only findings of these rules and entries are kept.
    pub select: Vec<Named>,
    /// Findings of these rules and entries are dropped.
    pub ignore: Vec<Named>,
    /// Levels and confidence that override the configuration files.
    pub tuning: LevelOverrides,
    /// Accepted findings.
    pub baseline: Option<Baseline>,
    /// Displayed path of the baseline.
    pub baseline_path: String,
    /// Files that may be missing without a diagnostic.
    pub allowed: Allowed,
    /// Whether to keep all findings of a root. Otherwise only the most severe up to a limit are kept.
    pub is_whole: bool,
}

impl Default for Selection {
    fn default() -> Self {
        let (select, ignore, allowed, baseline_path, tuning) = Default::default();
        let (level, only_counts_below, baseline, is_whole) = (Level::Note, false, None, false);
        Self { level, only_counts_below, select, ignore, tuning, baseline, baseline_path, allowed, is_whole }
    }
}

impl Selection {
    pub(super) fn wants(&self, rule: RuleId, entry: Option<&str>) -> bool {
        let is_named = |names: &[Named]| names.iter().any(|name| name.means(rule, entry));
        (self.select.is_empty() || is_named(&self.select)) && !is_named(&self.ignore)
    }

    /// Whether a rule is selected by name.
    pub(super) fn selects(&self, rule: RuleId) -> bool {
        self.select.iter().any(|name| name.means(rule, None))
    }

    /// Counts a result that was not selected, under its rule and, if it has one, its entry.
    fn count(&self, rule: RuleId, entry: Option<&str>, quiet: &mut Quiet) {
        let ignored = self.ignore.iter().find(|name| name.means(rule, entry));
        let by = if ignored.is_some() { "--ignore" } else { "--select" };
        quiet.add(Quieting::NotSelected, Some(ignored.map_or(rule.as_str(), Named::as_str)), by);
    }
}

/// A check in progress. [`Check::settle`] and [`Check::remedy`] complete it.
pub struct Check<'s> {
    session: &'s Session,
    /// The report, completed step by step.
    pub report: Report,
    /// Findings that the selection drops.
    pub others: Vec<Finding>,
    /// Entries of the baseline that match no finding any more.
    pub stale: Vec<Stale>,
    /// The roots that were analysed.
    pub roots: Vec<TemplateId>,
    /// Analyses that are kept, because remedies and other commands need them again.
    pub analyses: Analyses<'s, 's>,
}

impl<'s> Check<'s> {
    pub(super) fn new(session: &'s Session) -> Self {
        let (workspace, selection) = (&session.workspace, &session.selection);
        let Judged { roots, through_callers } = roots_of(&session.roots, workspace);
        let base = &session.roots.base;
        let before = std::mem::take(&mut *session.kept());
        let asked: Vec<RuleId> = RuleId::ALL
            .iter()
            .copied()
            .filter(|&id| !rule(id).is_optional || selection.selects(id) || session.configured.names(id))
            .collect();
        let levels = ExaminedLevels { level: selection.level, told: session.told() };
        let found = examine(workspace, &session.catalog, (&roots, &asked), levels, before);
        let Outcome { mut report, analyses, kept } = found;
        let shown = through_callers.iter().map(|&id| workspace.shown(id).to_owned());
        report.through_callers = shown.collect();
        report.through_callers.small_sort();
        selection.allowed.apply(&mut report, workspace, base);
        *session.kept() = kept;
        Self { session, report, others: Vec::new(), stale: Vec::new(), roots, analyses }
    }

    /// Sets levels from the configuration, splits off findings that are not selected, and marks those that the baseline
    /// accepts.
    pub fn settle(&mut self) {
        let Session { selection, workspace, configured, roots, .. } = self.session;
        let at = (&workspace.sources, roots.base.as_path());
        let mut levels = Levels::new(configured, at, selection);
        let findings = std::mem::take(&mut self.report.findings);
        let Settled { reported, others } = settle(findings, &mut levels, selection);
        (self.report.findings, self.others) = (reported, others);
        // What stood behind another finding comes after all others so far.
        rules::sort(&mut self.report.findings);
        self.report.diagnostics.retain_mut(|diagnostic| levels.keeps_diagnostic(diagnostic));
        let mut quiet = levels.quiet;
        configured.replaced(&mut quiet);
        let wanted = |id: RuleId| rule(id).is_gap || selection.wants(id, None);
        self.report.diagnostics.retain(|diagnostic| {
            let is_wanted = wanted(diagnostic.rule);
            if !is_wanted {
                selection.count(diagnostic.rule, None, &mut quiet);
            }
            is_wanted
        });
        if let Some(baseline) = &selection.baseline {
            self.stale = baseline.apply(&mut self.report.findings, &mut self.report.diagnostics);
        }
        for other in self.others.iter().filter(|other| other.suppression.is_none()) {
            selection.count(other.rule, other.entry.as_deref(), &mut quiet);
        }
        count_accepted(&self.report, &selection.baseline_path, &mut quiet);
        self.report.quieter = quiet.into_list();
        if !selection.is_whole {
            keep_most_severe(&mut self.report, workspace);
        }
    }

    /// Computes remedies for the remaining findings.
    pub fn remedy(&mut self) {
        let (before, level) = (self.analyses.made(), self.session.selection.level);
        let mut kept = self.session.kept();
        fix::remedies(&mut self.analyses, &mut self.report.findings, level, &mut kept.remedies);
        kept.analysed += self.analyses.made() - before;
    }
}

/// Counts findings that directives or the baseline accept.
fn count_accepted(report: &Report, baseline: &str, quiet: &mut Quiet) {
    for finding in &report.findings {
        if let Some(suppression) = &finding.suppression {
            let by = &report.sources.file(suppression.place.file).path;
            quiet.add(Quieting::Suppressed, Some(finding.rule.as_str()), by);
        } else if finding.baselined {
            quiet.add(Quieting::Baselined, Some(finding.rule.as_str()), baseline);
        }
    }
    for diagnostic in report.diagnostics.iter().filter(|diagnostic| diagnostic.baselined) {
        quiet.add(Quieting::Baselined, Some(diagnostic.rule.as_str()), baseline);
    }
}
