//! Sets the levels of findings and diagnostics from the configuration of their roots, and drops those that are off. A level of
//! an entry overrides that of its rule, and both override a profile.

use std::path::Path;

use rustc_hash::FxHashMap;

use super::{Configured, Selection};
use crate::azure::catalog::{Catalog, Entry};
use crate::config::{Config, RuleLevel};
use crate::profile::Profile;
use crate::rules::finding::{Confidence, Diagnostic, Finding, Level};
use crate::rules::quieter::{Quiet, Quieting};
use crate::rules::{RuleId, rule};
use crate::source::{Place, Sources};

/// Settings from the command line that override the configuration files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelOverrides {
    /// The profile: a named set of levels.
    pub profile: Option<Profile>,
    /// The lowest confidence of the reported findings.
    pub confidence: Option<Confidence>,
}

/// Sets the levels of a report's results, finds those that are off, and counts what was hidden or lowered.
pub(super) struct Levels<'c> {
    configured: &'c Configured,
    sources: &'c Sources,
    base: &'c Path,
    selection: &'c Selection,
    tuning: LevelOverrides,
    builtin: Catalog,
    /// The users' catalogue entries.
    own: FxHashMap<String, Entry>,
    pub(super) quiet: Quiet,
}

impl<'c> Levels<'c> {
    pub(super) fn new(
        configured: &'c Configured,
        (sources, base): (&'c Sources, &'c Path),
        selection: &'c Selection,
    ) -> Self {
        let (builtin, own) = (Catalog::builtin(), configured.own_entries());
        let (tuning, quiet) = (selection.tuning, Quiet::default());
        Self { configured, sources, base, selection, tuning, builtin, own, quiet }
    }

    /// The level at which a finding would be reported; `None` if it is off.
    pub(super) fn of(&mut self, finding: &mut Finding) -> Option<Level> {
        let (level, quiet) = (finding.level, std::mem::take(&mut self.quiet));
        let is_kept = self.keeps(finding);
        self.quiet = quiet;
        let here = std::mem::replace(&mut finding.level, level);
        is_kept.then_some(here)
    }

    fn count(&mut self, what: Quieting, id: &str, place: Place) {
        let by = self.configured.shown(place.file);
        self.quiet.add(what, Some(id), by);
    }

    /// Sets the level of a finding; `false` if it is off.
    pub(super) fn keeps(&mut self, finding: &mut Finding) -> bool {
        let Some(first) = finding.participants.first() else { return true };
        let path = self.sources.file(first.place.file).path.as_str();
        let root = finding.roots.first().map_or(path, String::as_str);
        let (path, configured) = (self.base.join(path), self.configured);
        let config = configured.around(&self.base.join(root));
        if finding.environments.is_in_none()
            && let Some((true, place)) = config.and_then(Config::only_environments_from)
        {
            self.count(Quieting::NoEnvironment, finding.rule.as_str(), place);
            return false;
        }
        let Some(is_written) = self.by_entry(finding, config, &path) else { return false };
        let by_rule = config.and_then(|config| config.level_from(finding.rule, &path));
        if !is_written && !self.by_rule(finding.rule, by_rule, &mut finding.level) {
            return false;
        }
        if !is_written && by_rule.is_none() {
            self.by_profile(finding.rule, config, &mut finding.level);
        }
        self.is_sure(finding, config)
    }

    /// Sets a finding's level from the configuration of its entry. Returns whether one is configured; `None` if the entry is
    /// off. In the catalogue the entry has the highest level that any configuration gives it.
    fn by_entry(&mut self, finding: &mut Finding, config: Option<&Config>, path: &Path) -> Option<bool> {
        let known = finding.entry.as_deref();
        let known = known.and_then(|id| self.own.get(id).or_else(|| self.builtin.entry(id)));
        let Some(entry) = known else { return Some(false) };
        let here = config.map_or(entry.level, |config| config.level_of(entry, Some(path)));
        let counts_many = config.is_none_or(|config| config.counts_many(entry, Some(path)));
        let is_lower = here < self.configured.level_of(entry);
        let written = config.and_then(|config| config.entry_level(&entry.id, Some(path)));
        let in_general = config.and_then(|config| config.entry_level(&entry.id, None));
        // A level for all paths is counted once for the entry.
        let of_path = written.filter(|_| written != in_general && here < entry.level);
        let id = entry.id.to_string();
        if let Some((level, place)) = of_path {
            let what = if level == RuleLevel::Off { Quieting::RuleOff } else { Quieting::LevelLowered };
            self.count(what, &id, place);
        }
        if is_lower || !counts_many {
            finding.level = finding.level.min(here?);
        }
        here.map(|_| written.is_some())
    }

    /// Applies the level of its rule to a result, and returns whether it is reported.
    fn by_rule(&mut self, rule: RuleId, wanted: Option<(RuleLevel, Place)>, level: &mut Level) -> bool {
        let Some((wanted, place)) = wanted else { return true };
        match wanted {
            RuleLevel::Off => self.count(Quieting::RuleOff, rule.as_str(), place),
            RuleLevel::Level(wanted) if wanted < *level => {
                self.count(Quieting::LevelLowered, rule.as_str(), place);
            }
            RuleLevel::Level(_) => {}
        }
        if let RuleLevel::Level(wanted) = wanted {
            *level = wanted;
        }
        wanted != RuleLevel::Off
    }

    fn by_profile(&mut self, id: RuleId, config: Option<&Config>, level: &mut Level) {
        let written = config.and_then(Config::profile_from);
        let Some(profile) = self.tuning.profile.or(written.map(|(profile, _)| profile)) else { return };
        let here = profile.level(*level, rule(id).is_gap);
        if here < *level {
            match written.filter(|_| self.tuning.profile.is_none()) {
                Some((_, place)) => self.count(Quieting::Profile, profile.as_str(), place),
                None => self.quiet.add(Quieting::Profile, Some(profile.as_str()), "--profile"),
            }
        }
        *level = here;
    }

    fn is_sure(&mut self, finding: &Finding, config: Option<&Config>) -> bool {
        let written = config.and_then(Config::confidence_from);
        let Some(least) = self.tuning.confidence.or(written.map(|(least, _)| least)) else { return true };
        if finding.confidence >= least {
            return true;
        }
        match written.filter(|_| self.tuning.confidence.is_none()) {
            Some((_, place)) => self.count(Quieting::Confidence, finding.rule.as_str(), place),
            None => self.quiet.add(Quieting::Confidence, Some(finding.rule.as_str()), "--confidence"),
        }
        false
    }

    /// Sets the level of a diagnostic; `false` if it is off.
    pub(super) fn keeps_diagnostic(&mut self, diagnostic: &mut Diagnostic) -> bool {
        let path = self.base.join(&self.sources.file(diagnostic.place.file).path);
        let configured = self.configured;
        let config = configured.around(&path);
        let is_required = config.is_some_and(Config::requires_reasons);
        let is_demanded = diagnostic.rule == RuleId::SuppressionWithoutReason && is_required;
        if is_demanded {
            diagnostic.level = Level::Warning;
        }
        let by_rule = config.and_then(|config| config.level_from(diagnostic.rule, &path));
        let is_optional = rule(diagnostic.rule).is_optional;
        if is_optional && by_rule.is_none() && !self.selection.selects(diagnostic.rule) {
            return false;
        }
        if by_rule.is_none() && !is_demanded {
            self.by_profile(diagnostic.rule, config, &mut diagnostic.level);
        }
        self.by_rule(diagnostic.rule, by_rule, &mut diagnostic.level)
    }
}
