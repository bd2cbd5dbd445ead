//! The worker: runs jobs, keeps the folders, and answers requests.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use gen_lsp_types::{
    CodeActionParams, CodeLensParams, Diagnostic, DocumentDiagnosticParams, DocumentLink, DocumentLinkParams,
    ExecuteCommandParams, HoverParams, InlayHintParams, PublishDiagnosticsParams, Range, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::actions::Asked;
use super::client::{Client, Settings};
use super::documents::{Snapshot, path_of};
use super::folder::{Folder, template_of};
use super::places::Places;
use super::queue::{Job, Queue};
use super::server::Trace;
use super::wire::{Outgoing, Refusal, Request};
use super::{commands, diagnostics, hover, schedule};
use crate::rules::finding::{Report, RuleId};
use crate::rules::rule;
use crate::session::{Outline, Session};
use crate::source::{FileId, Place};
use crate::workspace::file_system::normal;

/// Runs the jobs of the editor one by one.
pub(super) struct Worker {
    client: Client,
    settings: Settings,
    queue: Arc<Queue>,
    out: Sender<Outgoing>,
    trace: Arc<Trace>,
    folders: Vec<Folder>,
    open: BTreeMap<PathBuf, Snapshot>,
    /// The diagnostics last shown for each open file, and the version of its text.
    shown: BTreeMap<PathBuf, (i32, Vec<Diagnostic>)>,
    /// Number of requests that the worker has sent.
    requests: i64,
}

/// The inputs for answering a request.
struct Seen<'a> {
    report: &'a Report,
    session: &'a Session,
    outline: Arc<Outline>,
    file: FileId,
    places: Places<'a>,
}

impl Worker {
    /// A worker for the folders of an editor.
    pub(super) fn new(
        (client, settings): (Client, Settings),
        folders: &[PathBuf],
        (queue, out, trace): (Arc<Queue>, Sender<Outgoing>, Arc<Trace>),
    ) -> Self {
        let folders = folders.iter().map(|folder| Folder::whole(folder)).collect();
        let (open, shown) = Default::default();
        // The server's own requests have smaller numbers.
        Self { client, settings, queue, out, trace, folders, open, shown, requests: 1_000 }
    }

    /// Works until the process ends.
    pub(super) fn run(mut self) {
        loop {
            let (job, is_last) = self.queue.next();
            let begun = Instant::now();
            let request = match &job {
                Job::Request(request) => Some(request.id.clone()),
                _ => None,
            };
            let what = name(&job);
            if catch_unwind(AssertUnwindSafe(|| self.take(job))).is_err() {
                self.forget();
                if let Some(id) = request {
                    self.send(Outgoing::Answer(id, Err(Refusal::defect())));
                }
            }
            self.trace.tell(&self.out, &what, begun.elapsed());
            if is_last {
                let begun = Instant::now();
                if catch_unwind(AssertUnwindSafe(|| self.show())).is_err() {
                    self.forget();
                    self.log("the analysis has failed; the trace helps to find out why");
                }
                self.trace.tell(&self.out, "diagnostics", begun.elapsed());
            }
        }
    }

    fn send(&self, message: Outgoing) {
        // Ignore the error: if the client is gone, the process ends soon.
        let _ = self.out.send(message);
    }

    fn log(&self, text: &str) {
        self.send(Outgoing::Notification("window/logMessage", json!({ "type": 2, "message": text })));
    }

    fn request(&mut self, method: &'static str, params: Value) {
        self.requests += 1;
        self.send(Outgoing::Request(self.requests, method, params));
    }

    /// Drops everything that a failure may have left half done.
    fn forget(&mut self) {
        self.folders.iter_mut().for_each(Folder::read_again);
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Texts(texts) => {
                for text in texts {
                    self.write(text);
                }
            }
            Job::Closed(path) => self.close(&path),
            Job::Disk(paths) => {
                let has_changed = |folder: &&mut Folder| paths.iter().any(|path| folder.holds(path));
                self.folders.iter_mut().filter(has_changed).for_each(Folder::disk_changed);
                self.refresh();
            }
            Job::Folders { added, removed } => {
                let removed: Vec<PathBuf> = removed.iter().map(|folder| normal(folder)).collect();
                self.folders.retain(|folder| !(folder.is_whole() && removed.contains(&folder.base)));
                self.folders.extend(added.iter().map(|folder| Folder::whole(folder)));
                // Files may belong to other folders now.
                self.folders.retain(Folder::is_whole);
                self.folders.iter_mut().for_each(|folder| *folder = Folder::whole(&folder.base));
                let open: Vec<Snapshot> = self.open.values().cloned().collect();
                for file in open {
                    self.write(file);
                }
                self.refresh();
            }
            Job::Settings(value) => {
                let (settings, wrong) = Settings::of(&value);
                self.settings = settings;
                if let Some(wrong) = wrong {
                    self.tell(&wrong);
                }
                self.forget();
                self.refresh();
            }
            Job::Request(request) => {
                let Request { id, method, params } = request;
                let answer = self.answer(&method, params);
                self.send(Outgoing::Answer(id, answer));
            }
        }
    }

    /// Shows a message to the user.
    fn tell(&self, message: &str) {
        self.send(Outgoing::Notification("window/showMessage", json!({ "type": 2, "message": message })));
    }

    /// Asks the editor to repeat requests whose answers depend on more than the text of a file.
    fn refresh(&mut self) {
        let refreshes = self.client.refreshes;
        for (is_wanted, method) in [
            (refreshes.diagnostics && self.client.pulls, "workspace/diagnostic/refresh"),
            (refreshes.hints, "workspace/inlayHint/refresh"),
            (refreshes.lenses, "workspace/codeLens/refresh"),
        ] {
            if is_wanted {
                self.request(method, Value::Null);
            }
        }
    }

    /// The folder of a file: the innermost workspace folder, or one of its own.
    fn folder_of(&mut self, path: &Path) -> usize {
        let holding = (0..self.folders.len()).filter(|&at| self.folders[at].holds(path));
        let best =
            holding.max_by_key(|&at| (self.folders[at].is_whole(), self.folders[at].base.as_os_str().len()));
        best.unwrap_or_else(|| {
            self.folders.push(Folder::of_file(path));
            self.folders.len() - 1
        })
    }

    fn write(&mut self, file: Snapshot) {
        let at = self.folder_of(&file.path);
        self.folders[at].write(&file);
        // A template of another folder may call this file.
        for (other, folder) in self.folders.iter_mut().enumerate() {
            if other != at {
                folder.other_changed(&file);
            }
        }
        self.open.insert(file.path.clone(), file);
    }

    fn close(&mut self, path: &Path) {
        let Some(file) = self.open.remove(path) else { return };
        let at = self.folder_of(path);
        self.folders[at].close(path);
        self.folders
            .iter_mut()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .for_each(|(_, folder)| folder.read_again());
        self.folders.retain(|folder| folder.is_whole() || folder.is_used());
        self.shown.remove(path);
        if !self.client.pulls {
            self.publish(file.uri, None, Vec::new());
        }
    }

    fn publish(&self, uri: Uri, version: Option<i32>, diagnostics: Vec<Diagnostic>) {
        let params = json!(PublishDiagnosticsParams { uri, version, diagnostics });
        self.send(Outgoing::Notification("textDocument/publishDiagnostics", params));
    }

    /// Publishes diagnostics that have changed.
    fn show(&mut self) {
        for at in 0..self.folders.len() {
            if !self.folders[at].is_used() || (self.client.pulls && !self.folders[at].is_unread()) {
                continue;
            }
            let progress = self.begin_progress(at);
            self.folders[at].report(&self.open, &self.settings);
            self.end_progress(progress);
            for mistake in self.folders[at].take_mistakes() {
                self.tell(&mistake);
            }
            if self.client.pulls {
                continue;
            }
            let files: Vec<PathBuf> = self.folders[at].open_files().cloned().collect();
            for path in files {
                let Some(file) = self.open.get(&path) else { continue };
                let (uri, version) = (file.uri.clone(), file.version);
                let now = (version, self.diagnostics(&path));
                if self.shown.get(&path) != Some(&now) {
                    self.publish(uri, Some(version), now.1.clone());
                    self.shown.insert(path, now);
                }
            }
        }
    }

    /// Reports to the editor that a folder is being read, if that may take a while.
    fn begin_progress(&mut self, at: usize) -> Option<String> {
        let folder = &self.folders[at];
        if !(self.client.has_progress && folder.is_unread() && folder.is_whole()) {
            return None;
        }
        let token = format!("bicep-race-lint/{}", self.requests);
        self.request("window/workDoneProgress/create", json!({ "token": token }));
        let value = json!({ "kind": "begin", "title": "Bicep races: reading templates" });
        self.send(Outgoing::Notification("$/progress", json!({ "token": token, "value": value })));
        Some(token)
    }

    fn end_progress(&self, token: Option<String>) {
        if let Some(token) = token {
            let params = json!({ "token": token, "value": { "kind": "end" } });
            self.send(Outgoing::Notification("$/progress", params));
        }
    }

    /// The diagnostics of an open file.
    fn diagnostics(&mut self, path: &Path) -> Vec<Diagnostic> {
        let (client, settings) = (self.client, self.settings.clone());
        let seen = self.see(path, false);
        seen.map(|seen| diagnostics::of_file(seen.report, seen.file, &seen.places, &client, &settings))
            .unwrap_or_default()
    }

    /// The current report and outline for an open file.
    fn see(&mut self, path: &Path, with_outline: bool) -> Option<Seen<'_>> {
        if !self.open.contains_key(path) {
            return None;
        }
        let at = self.folder_of(path);
        let folder = &mut self.folders[at];
        folder.report(&self.open, &self.settings);
        let outline = if with_outline { folder.outline(path) } else { Arc::default() };
        let base = folder.base.clone();
        let folder = &self.folders[at];
        let (session, report) = (folder.session()?, folder.known_report()?);
        let template = template_of(session, &base, path)?;
        let file = session.workspace().template(template).file;
        let places = Places::new(&report.sources, &folder.base, &self.open, self.client.encoding);
        Some(Seen { report, session, outline, file, places })
    }

    /// The path of an address.
    fn path(&self, uri: &Uri) -> PathBuf {
        let open = self.open.values().find(|file| file.uri == *uri);
        open.map_or_else(|| path_of(uri, false), |file| file.path.clone())
    }

    fn answer(&mut self, method: &str, params: Value) -> Result<Value, Refusal> {
        let (client, settings) = (self.client, self.settings.clone());
        match method {
            "textDocument/diagnostic" => {
                let asked: DocumentDiagnosticParams = read(params)?;
                let items = self.diagnostics(&self.path(&asked.text_document.uri));
                Ok(json!({ "kind": "full", "items": items }))
            }
            "textDocument/codeAction" => {
                let asked: CodeActionParams = read(params)?;
                let Some(seen) = self.see(&self.path(&asked.text_document.uri), true) else {
                    return Ok(Value::Null);
                };
                let actions = Asked {
                    report: seen.report,
                    session: seen.session,
                    outline: &seen.outline,
                    file: seen.file,
                    range: asked.range,
                    context: &asked.context,
                    places: &seen.places,
                    client: &client,
                    settings: &settings,
                };
                Ok(json!(actions.actions()))
            }
            "textDocument/hover" => {
                let asked: HoverParams = read(params)?;
                let asked = asked.text_document_position_params;
                let Some(seen) = self.see(&self.path(&asked.text_document.uri), true) else {
                    return Ok(Value::Null);
                };
                let range = Range { start: asked.position, end: asked.position };
                let at = seen.places.span(seen.file, range);
                let known = (&*seen.outline, seen.report, seen.session.catalog());
                Ok(json!(hover::at(known, settings.level, seen.file, at, (&seen.places, &client))))
            }
            "textDocument/inlayHint" => {
                let asked: InlayHintParams = read(params)?;
                let seen = self.see(&self.path(&asked.text_document.uri), settings.has_hints);
                let hints = seen.filter(|_| settings.has_hints);
                let hints =
                    hints.map(|seen| schedule::hints(&seen.outline, seen.file, asked.range, &seen.places));
                Ok(json!(hints.unwrap_or_default()))
            }
            "textDocument/codeLens" => {
                let asked: CodeLensParams = read(params)?;
                let seen = self.see(&self.path(&asked.text_document.uri), settings.has_lenses);
                let lenses = seen.filter(|_| settings.has_lenses).map(|seen| {
                    schedule::lenses(&seen.outline, seen.report, settings.level, seen.file, &seen.places)
                });
                Ok(json!(lenses.unwrap_or_default()))
            }
            "textDocument/documentLink" => {
                let asked: DocumentLinkParams = read(params)?;
                let seen = self.see(&self.path(&asked.text_document.uri), false);
                Ok(json!(seen.map(|seen| links(&seen)).unwrap_or_default()))
            }
            "workspace/executeCommand" => self.execute(read(params)?),
            other => Err(Refusal::unknown(other)),
        }
    }

    fn execute(&mut self, asked: ExecuteCommandParams) -> Result<Value, Refusal> {
        let arguments: Vec<String> = (asked.arguments.unwrap_or_default().into_iter())
            .map(|argument| argument.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| Refusal::params("all arguments of a command are texts"))?;
        let Some((uri, names)) = arguments.split_first() else {
            return Err(Refusal::params("the first argument of a command is the address of a file"));
        };
        let path = self.path(&Uri(uri.clone()));
        let at = self.folder_of(&path);
        if asked.command != commands::ADD_TO_BASELINE {
            let base = self.folders[at].base.clone();
            return commands::about(&asked.command, &path, names, (&base, &self.open, &self.settings));
        }
        let Some(baseline) = self.settings.baseline.clone() else {
            return Err(Refusal::failed("the setting `baseline` names no file"));
        };
        let (base, encoding) = (self.folders[at].base.clone(), self.client.encoding);
        let report = self.folders[at].report(&self.open, &self.settings);
        let accepted = report.findings.iter().find(|finding| names.contains(&finding.fingerprint));
        let Some(finding) = accepted else { return Err(Refusal::failed("the race is no longer found")) };
        let edit = commands::acceptance(finding, &base, &baseline, encoding)?;
        self.request("workspace/applyEdit", edit);
        Ok(Value::Null)
    }
}

/// Links from the names of rules in directives to their pages.
fn links(seen: &Seen<'_>) -> Vec<DocumentLink> {
    let workspace = seen.session.workspace();
    let of_file = workspace.templates().find(|(_, template)| template.file == seen.file);
    let directives = of_file.map(|(id, _)| workspace.directives(id)).unwrap_or_default();
    let text = &seen.places.source(seen.file).text;
    let codes = directives.iter().flat_map(|directive| &directive.codes);
    let links = codes.filter_map(|&code| {
        let id: RuleId = code.of(text).parse().ok()?;
        Some(DocumentLink {
            range: seen.places.range(Place { file: seen.file, span: code }),
            target: Some(Uri(rule(id).url())),
            tooltip: Some(format!("What `{id}` means")),
            data: None,
        })
    });
    links.collect()
}

/// The parameters of a request.
fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params).map_err(|error| Refusal::params(error.to_string()))
}

/// The name of a job in the trace.
fn name(job: &Job) -> String {
    match job {
        Job::Texts(texts) => {
            let files: Vec<String> =
                texts.iter().map(|file| format!("{} v{}", file.path.display(), file.version)).collect();
            format!("texts of {}", files.join(", "))
        }
        Job::Closed(path) => format!("{} is closed", path.display()),
        Job::Disk(paths) => format!("{} files have changed on the disk", paths.len()),
        Job::Folders { added, removed } => format!("{} folders more, {} less", added.len(), removed.len()),
        Job::Settings(_) => "settings".to_owned(),
        Job::Request(request) => format!("request {}", request.method),
    }
}

/// Milliseconds, for the trace.
pub(super) fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
