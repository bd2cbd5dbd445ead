//! The engine of the playground: a [`Session`] on texts from a page, called by a web worker.
//!
//! All input and output is JSON text, in the formats of `docs/schema` where the command line has the same output, so
//! that the page shows the same results as a run.

mod answer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bicep_race_lint::fix::apply::apply;
use bicep_race_lint::fix::edits_of;
use bicep_race_lint::report::{json, picture};
use bicep_race_lint::session::configured::Configured;
use bicep_race_lint::source::{FileId, SourceFile};
use bicep_race_lint::timeline::{self, Timeline};
use bicep_race_lint::workspace::beside::{is_parameters, template_of};
use bicep_race_lint::workspace::{FileSystem as _, Memory};
use bicep_race_lint::{Catalog, Level, Roots, Session};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::wasm_bindgen;

/// The folder that contains all files of the page.
const BASE: &str = "/";
/// Maximum number of boxes of a graph: a larger one would be unreadable, and would freeze the page.
const MAX_BOXES: usize = 120;

/// A file of the page.
#[derive(Deserialize, Serialize)]
struct File {
    /// The path relative to the root folder. Ex) modules/hub.bicep
    path: String,
    text: String,
}

/// The result of a check.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
    /// The report, as `--format json` writes it.
    report: serde_json::Value,
    /// The displayed paths of the roots.
    roots: Vec<String>,
}

/// The pictures of one root.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Drawn {
    /// The graph as SVG; `None` if it has too many boxes.
    graph: Option<String>,
    /// The output of `timeline --format json`.
    timeline: serde_json::Value,
}

/// The files with the session on them.
#[wasm_bindgen]
pub struct Engine {
    files: BTreeMap<PathBuf, String>,
    session: Session,
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            files: BTreeMap::new(),
            session: Session::configured(Catalog::builtin(), Configured::default(), <_>::default()),
        }
    }
}

#[wasm_bindgen]
impl Engine {
    /// An engine without files.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces all files: `[{ "path": "main.bicep", "text": "…" }]`. Returns an error message, or an empty text.
    pub fn load(&mut self, files: &str) -> String {
        let files: Vec<File> = match serde_json::from_str(files) {
            Ok(files) => files,
            Err(error) => return error.to_string(),
        };
        self.files = files.into_iter().map(|file| (Path::new(BASE).join(file.path), file.text)).collect();
        self.read();
        String::new()
    }

    /// Changes the text of a file, or adds the file.
    pub fn change(&mut self, path: &str, text: &str) {
        let path = Path::new(BASE).join(path);
        let is_known = self.files.insert(path.clone(), text.to_owned()).is_some();
        if is_known && !is_parameters(&path) {
            self.session.change(&path, text.as_bytes());
        } else {
            self.read();
        }
    }

    /// The result of a check: `{ "report": …, "roots": ["main.bicep"] }`.
    pub fn check(&mut self) -> String {
        let report = self.session.check();
        let document = json::render(&report, Level::Note);
        text_of(&Checked { report: serde_json::from_str(&document).unwrap_or_default(), roots: report.roots })
    }

    /// The files that the remedies of all findings change, with their new texts: `[{ "path": …, "text": … }]`.
    pub fn fixed(&mut self) -> String {
        let report = self.session.check();
        let one = |(id, file): (FileId, &SourceFile)| {
            let edits = edits_of(&report.findings, id);
            let is_ours = self.files.contains_key(&Path::new(BASE).join(&*file.path));
            (is_ours && !edits.is_empty())
                .then(|| File { path: file.path.to_string(), text: apply(&file.text, &edits) })
        };
        text_of(&report.sources.iter().filter_map(one).collect::<Vec<_>>())
    }

    /// The graph of a root, and its schedule before and after the remedy. `null` if there is no such root.
    pub fn draw(&self, root: &str) -> String {
        let Some(id) = self.session.template_at(root) else { return "null".to_owned() };
        let Some((plan, remedy)) = self.session.plan(id, None) else { return "null".to_owned() };
        let timeline = Timeline::of(root, &plan, &remedy);
        let all = picture::Picture::of(root, plan, remedy);
        let near = || all.around_races().within(MAX_BOXES);
        let graph = all.within(MAX_BOXES).or_else(near).map(|picture| picture::svg(&picture, "graph"));
        let document = timeline::json::render(&[timeline]);
        text_of(&Drawn { graph, timeline: serde_json::from_str(&document).unwrap_or_default() })
    }

    /// The causes of a pasted failure, as from `explain`.
    pub fn explain(&self, pasted: &str) -> String {
        text_of(&answer::answers(self.session.catalog(), pasted))
    }

    fn read(&mut self) {
        let memory =
            self.files.iter().fold(Memory::default(), |all, (path, text)| all.with(path, text.as_bytes()));
        let boundary = memory.boundary(Path::new(BASE), &[]);
        let ends = |path: &Path, end: &str| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(end));
        let is_bicep = |path: &Path| ends(path, "bicep") || ends(path, "bicepparam");
        let has_bicep = self.files.keys().any(|path| is_bicep(path));
        let is_root = |path: &&PathBuf| {
            let assigns =
                ends(path, "json") && is_parameters(path) && template_of(&memory, &boundary, path).is_some();
            is_bicep(path) || assigns || (!has_bicep && ends(path, "json"))
        };
        let roots = Roots::found(BASE, self.files.keys().filter(is_root).cloned().collect::<Vec<_>>());
        self.session = Session::configured(Catalog::builtin(), Configured::default(), <_>::default());
        self.session.load(memory, roots);
    }
}

fn text_of(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
