//! The pictures of subcommands: timeline and graph.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use super::arguments::{GraphFormat, Reading, TimelineFormat};
use super::checking::terminal_width;
use super::one::{SingleFile, current_folder};
use super::{Failure, Outcome, print};
use crate::deployment::Graph;
use crate::escape::{Notation, Shown};
use crate::race::analysis::mode_of;
use crate::report::compare::{self, Side};
use crate::report::picture::{self, Picture};
use crate::timeline::{self, Plan, Remedy, Timeline};
use crate::workspace::{TemplateId, Workspace, file_system};

impl SingleFile {
    /// The displayed path, the plan, and the remedy for its races.
    fn planned(&self, finding: Option<&str>) -> Result<(String, Plan, Remedy), Failure> {
        let Some((plan, remedy)) = self.session.plan(self.root, finding) else {
            let wanted = finding.unwrap_or_default();
            return Err(Failure::Usage(format!(
                "no finding has the fingerprint `{wanted}`; the check with `--format json` shows them"
            )));
        };
        Ok((self.session.shown(self.root).to_owned(), plan, remedy))
    }
}

/// One schedule, or two to compare: of two files, or of one file in two trees.
pub(super) fn run_timeline(
    (paths, tree): (&[PathBuf], Option<&Path>),
    reading: &Reading,
    format: TimelineFormat,
) -> Result<Outcome, Failure> {
    match (paths, tree) {
        ([path], None) => one_timeline(path, reading, format),
        ([before, after], None) => compare((before, reading), (after, reading), format),
        ([path], Some(tree)) => {
            let there = Reading { boundary: Some(tree.to_owned()), ..reading.clone() };
            compare((&same_in(tree, path)?, &there), (path, reading), format)
        }
        _ => Err(Failure::Usage("two files are compared, or one with `--compare`".to_owned())),
    }
}

/// The file with the same path below another tree: the path as written, or the path from a folder above, such as the
/// repository from which `git worktree` created the tree.
fn same_in(tree: &Path, path: &Path) -> Result<PathBuf, Failure> {
    if !tree.is_dir() {
        return Err(Failure::Usage(format!("`--compare {}`: there is no such folder", tree.display())));
    }
    let base = current_folder()?;
    let full = file_system::normal(&base.join(path));
    let as_written = Some(path).filter(|path| path.is_relative());
    let from_above = base.ancestors().chain(full.ancestors().skip(1));
    let mut paths =
        as_written.into_iter().chain(from_above.filter_map(|above| full.strip_prefix(above).ok()));
    // The file itself does not count as another version of it.
    let found = paths
        .find(|path| tree.join(path).is_file() && file_system::normal(&base.join(tree).join(path)) != full);
    found.map(|path| tree.join(path)).ok_or_else(|| {
        let (path, tree) = (path.display(), tree.display());
        Failure::Usage(format!(
            "`--compare {tree}`: it contains no `{path}`; name the root of the other tree"
        ))
    })
}

fn compare(
    before: (&Path, &Reading),
    after: (&Path, &Reading),
    format: TimelineFormat,
) -> Result<Outcome, Failure> {
    let sides = [side(before)?, side(after)?];
    let text = match format {
        TimelineFormat::Text => compare::text(&sides),
        TimelineFormat::Markdown => compare::markdown(&sides),
        TimelineFormat::Json | TimelineFormat::Mermaid | TimelineFormat::Svg => {
            let why = "two schedules are compared with `--format text` or `markdown`";
            return Err(Failure::Usage(why.to_owned()));
        }
    };
    print_picture(text, Notation::Text)
}

fn side((path, reading): (&Path, &Reading)) -> Result<Side, Failure> {
    let one = SingleFile::read(path, reading)?;
    let (name, plan, _) = one.planned(None)?;
    Ok(Side { name, schedule: timeline::schedule(&plan), races: one.session.races() })
}

fn one_timeline(path: &Path, reading: &Reading, format: TimelineFormat) -> Result<Outcome, Failure> {
    let one = SingleFile::read(path, reading)?;
    let (name, plan, remedy) = one.planned(None)?;
    let mut timeline = Timeline::of(name, &plan, &remedy);
    if matches!(format, TimelineFormat::Text | TimelineFormat::Json) {
        timeline.decides = one.session.decides(one.root, &timeline.now);
    }
    let is_terminal = std::io::stdout().is_terminal();
    let ascii = is_terminal && !supports_unicode::on(supports_unicode::Stream::Stdout);
    let text = match format {
        TimelineFormat::Text => {
            timeline::text::render(&timeline, timeline::text::Style { width: terminal_width(), ascii })
        }
        TimelineFormat::Json => timeline::json::render(&[timeline]),
        TimelineFormat::Mermaid => timeline::mermaid::render(&timeline),
        TimelineFormat::Svg => timeline::svg::render(&timeline, "timeline"),
        TimelineFormat::Markdown => {
            let why = "`--format markdown` is for two files, or one with `--compare`";
            return Err(Failure::Usage(why.to_owned()));
        }
    };
    let notation = match format {
        TimelineFormat::Text | TimelineFormat::Mermaid | TimelineFormat::Markdown => Notation::Text,
        TimelineFormat::Json => Notation::Json,
        TimelineFormat::Svg => Notation::Xml,
    };
    print_picture(text, notation)
}

/// Prints a picture with a line end.
fn print_picture(mut text: String, notation: Notation) -> Result<Outcome, Failure> {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    print(&Shown::new(text, notation))?;
    Ok(Outcome::Clean)
}

pub(super) fn run_graph(
    path: &Path,
    reading: &Reading,
    format: Option<GraphFormat>,
    finding: Option<&str>,
) -> Result<Outcome, Failure> {
    let one = SingleFile::read(path, reading)?;
    let format = format.unwrap_or(if finding.is_some() { GraphFormat::Mermaid } else { GraphFormat::Json });
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

/// The graph of a root's template; for a parameter file, of the template that it deploys.
fn graph_json(workspace: &Workspace, root: TemplateId) -> Result<String, Failure> {
    let id = workspace.deployed_by(root).unwrap_or(root);
    let template = workspace.template(id);
    let graph = Graph::of(template, mode_of(workspace, id));
    crate::report::graph::json(template, &graph).map_err(|error| Failure::Usage(error.to_string()))
}
