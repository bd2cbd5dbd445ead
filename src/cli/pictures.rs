//! What is drawn: timeline, graph, and the scenes of a report.

use std::io::IsTerminal as _;
use std::path::Path;

use super::arguments::{GraphFormat, TimelineFormat};
use super::checking::terminal_width;
use super::configured::{Configured, From};
use super::{Failure, Outcome, print};
use crate::azure::catalog::Catalog;
use crate::azure::durations::minutes_of;
use crate::check::{self, Request};
use crate::deployment::{Graph, symbolic_mode};
use crate::fix::remedies;
use crate::race::analysis::analyse;
use crate::race::components::Analyses;
use crate::report::picture::{self, Picture};
use crate::report::scene::{Scene, Scenes};
use crate::rules::finding::{Finding, Level};
use crate::timeline::escape::{Notation, defused};
use crate::timeline::predict::template_of;
use crate::timeline::{self, Plan, Remedy, Timeline, plan_of, predict};
use crate::workspace::file_system::{Absent, Overlay};
use crate::workspace::{Disk, TemplateId, Workspace, file_system};

/// So many races are drawn.
const MOST_SCENES: usize = 300;

/// One file with everything that it refers to, and what is configured for it.
struct One {
    workspace: Workspace,
    root: TemplateId,
    request: Request,
    configured: Configured,
}

impl One {
    fn read(path: &Path) -> Result<Self, Failure> {
        let base = std::env::current_dir()
            .map_err(|error| Failure::Usage(format!("there is no current folder: {error}")))?;
        let named = file_system::normal(&base.join(path));
        let configured =
            Configured::load(&From::Nearest, std::slice::from_ref(&named), &base, &Absent::default())?;
        let request =
            Request { named: vec![named], base, modules: configured.modules(), ..Request::default() };
        let workspace = check::load(&request, Box::new(Disk));
        if let Some((path, why)) = workspace.unreadable.first() {
            let path = file_system::shown_from(path, &request.base);
            return Err(Failure::Usage(format!("cannot read `{path}`: {why}")));
        }
        let root = workspace.roots.first().and_then(|(_, id)| *id);
        let root = root.ok_or_else(|| Failure::Usage(format!("cannot read `{}`", path.display())))?;
        Ok(Self { workspace, root, request, configured })
    }

    /// Its displayed path, its plan, and what would mend it.
    fn planned(&self, finding: Option<&str>) -> Result<(String, Plan, Remedy), Failure> {
        let catalog = self.configured.catalog();
        let (report, mut kept) = check::examine(&self.workspace, &catalog, &[self.root], Level::Note);
        let mut findings = report.findings;
        if let Some(wanted) = finding {
            findings.retain(|finding| finding.fingerprint.starts_with(wanted));
            if findings.is_empty() {
                return Err(Failure::Usage(format!("no finding has the fingerprint `{wanted}`")));
            }
        }
        // What is asked for by its name is drawn, however little it weighs.
        findings.retain(|one| finding.is_some() || one.level >= Level::Warning);
        remedies(&mut kept, &mut findings, Level::Note);
        let minutes = |ty: &str| self.configured.minutes(ty).or_else(|| minutes_of(ty));
        let analysis = kept.of(self.root);
        let predicted = predict(analysis, self.root, &minutes);
        let plan = match (finding, findings.as_slice()) {
            (Some(_), [only]) => predicted.in_world_of(only, analysis.evaluator.known_terms()),
            _ => predicted.with(&findings),
        };
        let name = self.workspace.sources.file(self.workspace.template(self.root).file).path.clone();
        let mended = mended(&self.workspace, &findings, self.request.clone());
        let remedy = match mended.roots.first() {
            Some((_, Some(root))) => {
                let mut analysis = analyse(&mended, &catalog, &[*root]);
                Remedy::between(&plan, &plan_of(&mut analysis, *root, &minutes, &[]))
            }
            _ => Remedy::default(),
        };
        Ok((name, plan, remedy))
    }
}

/// What a request would read if the remedies were in the files.
fn mended(workspace: &Workspace, findings: &[Finding], mut request: Request) -> Workspace {
    let mut overlay = Overlay::default();
    for (id, file) in workspace.sources.iter() {
        let edits = crate::fix::edits_of(findings, id);
        if edits.is_empty() {
            continue;
        }
        let path = request.base.join(&file.path);
        let text = crate::fix::apply::apply(&file.text, &edits);
        match request.given.iter_mut().find(|(given, _)| *given == path) {
            Some((_, given)) => *given = text,
            None => overlay.write(path, text),
        }
    }
    check::load(&request, Box::new(overlay))
}

/// The scenes of findings, each under the first root that it happens in.
pub(super) fn scenes(
    findings: &[Finding],
    kept: &mut Analyses<'_, '_>,
    roots: &[TemplateId],
    request: &Request,
    (catalog, configured): (&Catalog, &Configured),
) -> Scenes {
    let workspace = kept.workspace();
    let mut scenes = Scenes::default();
    let findings = &findings[..findings.len().min(MOST_SCENES)];
    let path_of = |workspace: &Workspace, id: TemplateId| {
        workspace.sources.file(workspace.template(id).file).path.clone()
    };
    let minutes = |ty: &str| configured.minutes(ty).or_else(|| minutes_of(ty));
    let mended = mended(workspace, findings, request.clone());
    for &root in roots {
        let path = path_of(workspace, root);
        let of_root: Vec<&Finding> =
            findings.iter().filter(|finding| finding.race.root() == Some(root)).collect();
        if of_root.is_empty() {
            continue;
        }
        let analysis = kept.of(root);
        let now = predict(analysis, root, &minutes);
        let terms = analysis.evaluator.known_terms();
        let after = mended.templates().find(|&(id, _)| path_of(&mended, id) == path);
        let remedy = after.map_or_else(Remedy::default, |(id, _)| {
            let mut analysis = analyse(&mended, catalog, &[id]);
            Remedy::between(&now.plan, &predict(&mut analysis, id, &minutes).plan)
        });
        for finding in of_root {
            if let Some(scene) = Scene::of(&path, now.in_world_of(finding, terms), &remedy) {
                scenes.add(finding, scene);
            }
        }
    }
    scenes
}

pub(super) fn run_timeline(path: &Path, format: TimelineFormat) -> Result<Outcome, Failure> {
    let (name, plan, remedy) = One::read(path)?.planned(None)?;
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
    print(&defused(text, notation))?;
    Ok(Outcome::Clean)
}

pub(super) fn run_graph(path: &Path, format: GraphFormat, finding: Option<&str>) -> Result<Outcome, Failure> {
    let one = One::read(path)?;
    if format == GraphFormat::Json {
        if finding.is_some() {
            return Err(Failure::Usage("`--finding` is for the formats mermaid, dot and svg".to_owned()));
        }
        return print_picture(graph_json(&one.workspace, one.root)?, Notation::Json);
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
    let id = template_of(workspace, root);
    let template = workspace.template(id);
    let secure = template.node_ids().any(|node| {
        workspace.callee(id, node).is_some_and(|callee| workspace.template(callee).has_secure_output)
    });
    let flags = crate::deployment::mode::SYMBOLIC_FLAGS;
    let flagged = workspace.features(id).iter().any(|feature| flags.contains(&feature.as_str()));
    let graph = Graph::of(template, symbolic_mode(template, secure, flagged));
    crate::report::graph::json(template, &graph).map_err(|error| Failure::Usage(error.to_string()))
}
