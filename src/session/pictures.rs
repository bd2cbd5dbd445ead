//! Input for pictures: the plan of a root, and the scenes of findings.

use super::{Check, Session};
use crate::limit::Limit;
use crate::report::scene::{Scene, Scenes};
use crate::rules::finding::{Finding, Level};
use crate::timeline::{Plan, Remedy, plan_of, predict};
use crate::workspace::TemplateId;

impl Session {
    /// The plan of a root with its remedy. If `finding` is given (the start of a fingerprint), the plan has only the
    /// races of that finding, or is `None` if there is no such finding. The remedy is the one for the first root that
    /// was loaded.
    pub fn plan(&self, root: TemplateId, finding: Option<&str>) -> Option<(Plan, Remedy)> {
        let mut check = self.examine();
        if let Some(wanted) = finding {
            check.report.findings.retain(|finding| finding.fingerprint.starts_with(wanted));
            if check.report.findings.is_empty() {
                return None;
            }
        }
        // A finding that was named explicitly is drawn at any level.
        check.report.findings.retain(|one| finding.is_some() || one.level >= Level::Warning);
        check.remedy();
        let minutes = |ty: &str| self.minutes(ty);
        let analysis = check.analyses.of(root);
        let predicted = predict(analysis, root, &minutes);
        let findings = check.report.findings;
        let plan = match (finding, findings.as_slice()) {
            (Some(_), [only]) => predicted.in_world_of(only, analysis.evaluator.known_terms()),
            _ => predicted.with(&findings),
        };
        let mended = self.mended(&findings);
        let remedy = mended.template_at(self.shown(root)).map_or_else(Remedy::default, |root| {
            Remedy::between(&plan, &plan_of(&mut mended.analyse(root), root, &minutes, &[]))
        });
        Some((plan, remedy))
    }
}

/// The scenes of findings, each under its first root.
pub fn scenes(findings: &[Finding], check: &mut Check<'_>, session: &Session) -> Scenes {
    let mut scenes = Scenes::default();
    let findings = drawn(findings, &mut scenes);
    let minutes = |ty: &str| session.minutes(ty);
    let mended = session.mended(findings);
    for &root in &check.roots {
        let path = session.shown(root);
        let of_root: Vec<&Finding> =
            findings.iter().filter(|finding| finding.race.root() == Some(root)).collect();
        if of_root.is_empty() {
            continue;
        }
        let analysis = check.analyses.of(root);
        let now = predict(analysis, root, &minutes);
        let terms = analysis.evaluator.known_terms();
        let remedy = mended.template_at(path).map_or_else(Remedy::default, |id| {
            Remedy::between(&now.plan, &predict(&mut mended.analyse(id), id, &minutes).plan)
        });
        for finding in of_root {
            let plan = now.in_world_of(finding, terms);
            let is_seen = !plan.contentions.is_empty();
            match Scene::of(path, plan, &remedy) {
                Some(scene) => scenes.add(finding, scene),
                None if is_seen => scenes.leave_out(finding),
                None => {}
            }
        }
    }
    scenes
}

/// The findings that are drawn; the others are left out of the scenes.
fn drawn<'f>(findings: &'f [Finding], scenes: &mut Scenes) -> &'f [Finding] {
    let most = Limit::Scenes.number() as usize;
    let (findings, others) = findings.split_at_checked(most).unwrap_or((findings, &[]));
    for finding in others {
        scenes.leave_out(finding);
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleId;
    use crate::rules::finding::test_finding;

    #[test]
    fn findings_beyond_the_limit_lack_their_picture() {
        let of =
            |at: u64| Finding { fingerprint: format!("{at:x}"), ..test_finding(RuleId::HubGateways, []) };
        let findings: Vec<Finding> = (0..Limit::Scenes.number() + 2).map(of).collect();
        let mut scenes = Scenes::default();
        assert_eq!(drawn(&findings, &mut scenes).len() as u64, Limit::Scenes.number());
        let lacking: Vec<bool> = findings.iter().map(|finding| scenes.lacks(finding)).collect();
        assert_eq!(lacking.iter().position(|&lacks| lacks), Some(findings.len() - 2));
        assert!(lacking[findings.len() - 1]);
    }
}
