//! What is drawn: timeline, graph, and the scenes of a report.

use std::io::IsTerminal as _;
use std::path::Path;

use super::arguments::{GraphFormat, TimelineFormat};
use super::checking::terminal_width;
use super::one::One;
use super::{Failure, Outcome, print};
use crate::deployment::Graph;
use crate::escape::{Notation, Shown};
use crate::limit::Limit;
use crate::race::analysis::mode_of;
use crate::report::picture::{self, Picture};
use crate::report::scene::{Scene, Scenes};
use crate::rules::finding::{Finding, Level};
use crate::session::{Check, Session};
use crate::timeline::{self, Plan, Remedy, Timeline, plan_of, predict};
use crate::workspace::{TemplateId, Workspace};

impl One {
    /// Its displayed path, its plan, and what would mend it.
    fn planned(&self, finding: Option<&str>) -> Result<(String, Plan, Remedy), Failure> {
        let session = &self.session;
        let mut check = session.examine();
        if let Some(wanted) = finding {
            check.report.findings.retain(|finding| finding.fingerprint.starts_with(wanted));
            if check.report.findings.is_empty() {
                return Err(Failure::Usage(format!("no finding has the fingerprint `{wanted}`")));
            }
        }
        // What is asked for by its name is drawn, however little it weighs.
        check.report.findings.retain(|one| finding.is_some() || one.level >= Level::Warning);
        check.remedy();
        let minutes = |ty: &str| session.minutes(ty);
        let analysis = check.analyses.of(self.root);
        let predicted = predict(analysis, self.root, &minutes);
        let findings = check.report.findings;
        let plan = match (finding, findings.as_slice()) {
            (Some(_), [only]) => predicted.in_world_of(only, analysis.evaluator.known_terms()),
            _ => predicted.with(&findings),
        };
        let mended = session.mended(&findings);
        let remedy = match mended.workspace().roots.first() {
            Some((_, Some(root))) => {
                Remedy::between(&plan, &plan_of(&mut mended.analyse(*root), *root, &minutes, &[]))
            }
            _ => Remedy::default(),
        };
        Ok((session.shown(self.root).to_owned(), plan, remedy))
    }
}

/// The scenes of findings, each under the first root that it happens in.
pub(super) fn scenes(findings: &[Finding], check: &mut Check<'_>, session: &Session) -> Scenes {
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

pub(super) fn run_timeline(
    (path, boundary): (&Path, Option<&Path>),
    format: TimelineFormat,
) -> Result<Outcome, Failure> {
    let (name, plan, remedy) = One::read(path, boundary)?.planned(None)?;
    let timeline = Timeline::of(name, &plan, &remedy);
    let is_terminal = std::io::stdout().is_terminal();
    let ascii = is_terminal && !supports_unicode::on(supports_unicode::Stream::Stdout);
    let text = match format {
        TimelineFormat::Text => {
            timeline::text::render(&timeline, timeline::text::Style { width: terminal_width(), ascii })
        }
        TimelineFormat::Json => timeline::json::render(&[timeline]),
        TimelineFormat::Mermaid => timeline::mermaid::render(&timeline),
        TimelineFormat::Svg => timeline::svg::render(&timeline, "timeline"),
    };
    let notation = match format {
        TimelineFormat::Text | TimelineFormat::Mermaid => Notation::Text,
        TimelineFormat::Json => Notation::Json,
        TimelineFormat::Svg => Notation::Xml,
    };
    print_picture(text, notation)
}

/// Prints a picture, with a line end.
fn print_picture(mut text: String, notation: Notation) -> Result<Outcome, Failure> {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    print(&Shown::new(text, notation))?;
    Ok(Outcome::Clean)
}

pub(super) fn run_graph(
    (path, boundary): (&Path, Option<&Path>),
    format: GraphFormat,
    finding: Option<&str>,
) -> Result<Outcome, Failure> {
    let one = One::read(path, boundary)?;
    if format == GraphFormat::Json {
        if finding.is_some() {
            return Err(Failure::Usage("`--finding` is for the formats mermaid, dot and svg".to_owned()));
        }
        return print_picture(graph_json(one.session.workspace(), one.root)?, Notation::Json);
    }
    let (name, plan, remedy) = one.planned(finding)?;
    let whole = Picture::of(name, plan, remedy);
    let picture = if finding.is_some() { whole.around_races() } else { whole };
    match format {
        GraphFormat::Json | GraphFormat::Mermaid => print_picture(picture::mermaid(&picture), Notation::Text),
        GraphFormat::Dot => print_picture(picture::dot(&picture), Notation::Text),
        GraphFormat::Svg => print_picture(picture::svg(&picture, "graph"), Notation::Xml),
    }
}

/// The graph of the template that a root deploys: a parameter file's is that of its template.
fn graph_json(workspace: &Workspace, root: TemplateId) -> Result<String, Failure> {
    let id = workspace.deployed_by(root).unwrap_or(root);
    let template = workspace.template(id);
    let graph = Graph::of(template, mode_of(workspace, id));
    crate::report::graph::json(template, &graph).map_err(|error| Failure::Usage(error.to_string()))
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
