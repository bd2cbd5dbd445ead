//! Commands of the editor's extension: pictures, a report, an explanation, the baseline.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::client::Settings;
use super::documents::Snapshot;
use super::folder::{Folder, template_of};
use super::text::{Encoding, Lines};
use super::uri;
use super::wire::Refusal;
use crate::door::Boundary;
use crate::report::picture::{self, Picture};
use crate::report::{Format, Style, pair, render_with};
use crate::rules::baseline::Baseline;
use crate::rules::finding::Finding;
use crate::session::pictures::scenes;
use crate::source::Span;
use crate::timeline::{self, Timeline};

/// The graph of a file, as SVG.
pub(super) const GRAPH: &str = "bicepRaceLint.graph";
/// The predicted schedule of a file, as SVG.
pub(super) const TIMELINE: &str = "bicepRaceLint.timeline";
/// The report on a file, as HTML.
pub(super) const REPORT: &str = "bicepRaceLint.report";
/// The declarations of a file.
pub(super) const DECLARATIONS: &str = "bicepRaceLint.declarations";
/// An explanation why two declarations race or not.
pub(super) const EXPLAIN_PAIR: &str = "bicepRaceLint.explainPair";
/// Accepts a finding.
pub(super) const ADD_TO_BASELINE: &str = "bicepRaceLint.addToBaseline";

/// The names of all commands.
pub(super) const ALL: [&str; 6] = [GRAPH, TIMELINE, REPORT, DECLARATIONS, EXPLAIN_PAIR, ADD_TO_BASELINE];

/// Width of explanations in columns.
const COLUMNS: usize = 100;

/// Draws or explains one file as the only root. `names` are two declarations.
pub(super) fn about(
    command: &str,
    path: &Path,
    names: &[String],
    (base, open, settings): (&Path, &BTreeMap<PathBuf, Snapshot>, &Settings),
) -> Result<Value, Refusal> {
    let Some(file) = open.get(path) else {
        return Err(Refusal::failed(format!("`{}` is not open", path.display())));
    };
    let mut alone = Folder::alone(base, file);
    alone.report(open, settings);
    let read = alone.session().and_then(|session| Some((session, template_of(session, base, path)?)));
    let Some((session, root)) = read else {
        return Err(Refusal::failed(format!("`{}` cannot be read", path.display())));
    };
    let title = session.shown(root).to_owned();
    match command {
        GRAPH | TIMELINE => {
            let Some((plan, remedy)) = session.plan(root, None) else {
                return Err(Refusal::failed("there is nothing to draw"));
            };
            let svg = if command == GRAPH {
                picture::svg(&Picture::of(title.clone(), plan, remedy), "graph")
            } else {
                timeline::svg::render(&Timeline::of(title.clone(), &plan, &remedy), "timeline")
            };
            Ok(json!({ "title": title, "svg": svg }))
        }
        REPORT => {
            let mut check = session.examine();
            check.settle();
            check.remedy();
            let shown: Vec<Finding> = check.report.shown(settings.level).cloned().collect();
            let scenes = scenes(&shown, &mut check, session);
            let style = Style {
                color: false,
                unicode: true,
                width: COLUMNS,
                is_terminal: false,
                level: settings.level,
            };
            let html = render_with(&check.report, &scenes, Format::Html, style);
            Ok(json!({ "title": title, "html": html.text() }))
        }
        DECLARATIONS => {
            let outline = session.outline(root);
            let symbols: Vec<&str> = outline.declarations.iter().map(|one| one.symbol.as_str()).collect();
            Ok(json!(symbols))
        }
        EXPLAIN_PAIR => {
            let [first, second] = names else {
                return Err(Refusal::params("`explainPair` takes a file and the names of two declarations"));
            };
            let explained = session.explain(root, first, second).map_err(|unknown| {
                Refusal::failed(
                    unknown.why.unwrap_or_else(|| format!("`{title}` declares no `{}`", unknown.part)),
                )
            })?;
            let text = pair::text(&explained, &session.workspace().sources, COLUMNS);
            Ok(json!({ "message": explained.message, "text": text }))
        }
        other => Err(Refusal::failed(format!("there is no command `{other}`"))),
    }
}

/// The edit that accepts a finding in the baseline of a folder.
pub(super) fn acceptance(
    finding: &Finding,
    base: &Path,
    baseline: &Path,
    encoding: Encoding,
) -> Result<Value, Refusal> {
    let path = base.join(baseline);
    let boundary = Boundary::everywhere();
    let before = boundary.read_named(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let mut accepted = match &before {
        Some(text) => Baseline::parse(&path, text).map_err(|error| Refusal::failed(error.to_string()))?,
        None => Baseline::default(),
    };
    accepted.accept(finding);
    let uri = uri::of(&path);
    let before = before.unwrap_or_default();
    let range = Lines::of(&before).range(&before, Span::new(0, before.len() as u32), encoding);
    let edit = json!({
        "textDocument": { "uri": uri, "version": null },
        "edits": [{ "range": range, "newText": accepted.text() }],
    });
    let create = json!({ "kind": "create", "uri": uri, "options": { "ignoreIfExists": true } });
    Ok(json!({ "label": "Accept a race", "edit": { "documentChanges": [create, edit] } }))
}
