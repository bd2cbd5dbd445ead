//! Keeps findings of each component for the next examination. They are used again if everything that the analysis could see is
//! unchanged; only the numbers of files and templates differ then.

use rustc_hash::FxHashMap;

use crate::fix::{Made, Remedies};
use crate::race::analysis::Roots;
use crate::race::decided::Decided;
use crate::rules::finding::{Diagnostic, Finding, Fix, Level};
use crate::source::Place;
use crate::workspace::{Extent, Provenance, TemplateId, Workspace};

/// Results of the last examination.
#[derive(Default)]
pub(super) struct PreviousResults {
    /// Keyed by the path of the first root: each root belongs to one component.
    components: FxHashMap<String, Component>,
    /// The remedies computed since then, with the numbers of that examination.
    pub(super) remedies: Remedies,
    /// Number of components that were analysed since the session began.
    pub(super) analysed: u64,
}

/// The findings of one component, as the analysis returned them.
pub(super) struct Component {
    pub(super) extent: Extent,
    pub(super) findings: Vec<Finding>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) decided: Decided,
}

impl Component {
    /// Whether a finding at or above a level may get a remedy: none is written in a restored module.
    pub(super) fn may_be_remedied(&self, workspace: &Workspace, level: Level) -> bool {
        let is_own = |finding: &Finding| workspace.provenance(finding.race.template) == Provenance::File;
        self.findings.iter().any(|finding| finding.level >= level && is_own(finding))
    }
}

impl PreviousResults {
    /// An empty value for a session that has analysed this many components.
    pub(super) fn nothing(analysed: u64) -> Self {
        Self { analysed, ..Self::default() }
    }

    /// The kept findings of an unchanged component, converted to the current numbers.
    pub(super) fn again(
        &self,
        first: &str,
        extent: &Extent,
        roots: &[TemplateId],
    ) -> Option<(Vec<Finding>, Vec<Diagnostic>, Decided)> {
        let known = self.components.get(first).filter(|known| known.extent.is_same(extent))?;
        let moved = Renumbering { before: &known.extent, after: extent };
        let (mut findings, mut diagnostics) = (known.findings.clone(), known.diagnostics.clone());
        let roots = Roots::new(roots);
        findings.iter_mut().try_for_each(|finding| moved.finding(finding, &roots))?;
        diagnostics.iter_mut().try_for_each(|diagnostic| moved.diagnostic(diagnostic))?;
        Some((findings, diagnostics, known.decided))
    }

    /// The remedies of an unchanged component, converted to the current numbers.
    pub(super) fn remedies_again(&mut self, first: &str, extent: &Extent) -> Vec<(TemplateId, Made)> {
        let Some(known) = self.components.get(first) else { return Vec::new() };
        let moved = Renumbering { before: &known.extent, after: extent };
        let mut again = Vec::new();
        for (&before, &after) in known.extent.templates.iter().zip(&extent.templates) {
            let Some(mut made) = self.remedies.take(before) else { continue };
            if made.places().try_for_each(|place| moved.place(place)).is_some() {
                again.push((after, made));
            }
        }
        again
    }

    /// Keeps the findings of a component.
    pub(super) fn keep(&mut self, first: &str, component: Component) {
        self.components.insert(first.to_owned(), component);
    }
}

/// Converts numbers of one workspace to those of another; `None` if a number belongs to no template of the component.
struct Renumbering<'r> {
    before: &'r Extent,
    after: &'r Extent,
}

impl Renumbering<'_> {
    fn template(&self, id: &mut TemplateId) -> Option<()> {
        *id = *self.after.templates.get(self.before.templates.binary_search(id).ok()?)?;
        Some(())
    }

    fn place(&self, place: &mut Place) -> Option<()> {
        place.file = *self.after.files.get(self.before.files.binary_search(&place.file).ok()?)?;
        Some(())
    }

    fn fix(&self, fix: &mut Fix) -> Option<()> {
        fix.edits.iter_mut().try_for_each(|edit| self.place(&mut edit.place))
    }

    fn finding(&self, finding: &mut Finding, roots: &Roots) -> Option<()> {
        finding.race.analysis = roots.clone();
        self.template(&mut finding.race.template)?;
        finding.race.roots.iter_mut().try_for_each(|(root, _)| self.template(root))?;
        let also = finding.also_shared.iter_mut().map(|also| &mut also.object);
        for object in finding.others.iter_mut().chain(also).chain([&mut finding.object]) {
            object.declared_at.iter_mut().try_for_each(|place| self.place(place))?;
        }
        finding.behind.iter_mut().try_for_each(|behind| self.finding(behind, roots))?;
        for writer in &mut finding.participants {
            self.place(&mut writer.place)?;
            writer.list.iter_mut().try_for_each(|place| self.place(place))?;
            for step in &mut writer.via {
                self.template(&mut step.template)?;
                self.place(&mut step.place)?;
            }
        }
        finding.ordered_through.iter_mut().try_for_each(|through| self.place(&mut through.place))?;
        finding.relies_on.iter_mut().try_for_each(|place| self.place(place))?;
        finding.fix.iter_mut().try_for_each(|fix| self.fix(fix))
    }

    fn diagnostic(&self, diagnostic: &mut Diagnostic) -> Option<()> {
        self.place(&mut diagnostic.place)?;
        diagnostic.related.iter_mut().try_for_each(|(place, _)| self.place(place))?;
        diagnostic.fix.iter_mut().try_for_each(|fix| self.fix(fix))
    }
}
