//! The server: life cycle of the connection, open files, and requests that need no analysis.

use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use gen_lsp_types::json_rpc::Id;
use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::actions::FIX_ALL;
use super::client::{Client, SECTION, Settings};
use super::queue::{Job, Queue};
use super::wire::{self, Incoming, Outgoing, Refusal, Request};
use super::worker::{Worker, milliseconds};
use super::{commands, diagnostics, uri};

/// Serves the client on standard input and output until it leaves. Returns whether it left as the protocol requires.
pub fn serve() -> bool {
    let (out, written) = mpsc::channel();
    let (done, is_done) = mpsc::channel();
    let writer = thread::Builder::new().name("writer".to_owned()).spawn(move || {
        write_all(&written);
        let _ = done.send(());
    });
    if writer.is_err() {
        return false;
    }
    let mut server = Server::new(out);
    let is_well = server.read_all(&mut BufReader::new(io::stdin().lock()));
    // Write the remaining messages, unless the client is gone. The worker may be busy; it ends with the process.
    server.send(Outgoing::Notification(LAST, Value::Null));
    let _ = is_done.recv_timeout(PATIENCE);
    is_well
}

/// The writer stops at this message, which is not part of the protocol.
const LAST: &str = "$/last";
/// How long the client may take to read the remaining messages.
const PATIENCE: Duration = Duration::from_secs(2);

fn write_all(messages: &Receiver<Outgoing>) {
    let mut out = BufWriter::new(io::stdout().lock());
    while let Ok(message) = messages.recv() {
        if matches!(message, Outgoing::Notification(LAST, _)) || wire::write(&mut out, &message).is_err() {
            break;
        }
    }
    let _ = out.flush();
}

/// The client's setting for trace messages.
#[derive(Default)]
pub(super) struct Trace {
    is_on: AtomicBool,
}

impl Trace {
    fn set(&self, value: &str) {
        self.is_on.store(value != "off", Ordering::Relaxed);
    }

    /// Sends the duration of a job to the client's trace.
    pub(super) fn tell(&self, out: &Sender<Outgoing>, what: &str, took: Duration) {
        if self.is_on.load(Ordering::Relaxed) {
            let message = format!("{what}: {}", milliseconds(took));
            let _ = out.send(Outgoing::Notification("$/logTrace", json!({ "message": message })));
        }
    }
}

/// The state of a connection.
enum Life {
    /// The client has not sent anything yet.
    New,
    /// Capabilities have been exchanged.
    Running,
    /// The client has announced that it will leave.
    Ending,
}

/// The number of the request for the settings.
const SETTINGS: i64 = 1;

struct Server {
    out: Sender<Outgoing>,
    queue: Arc<Queue>,
    trace: Arc<Trace>,
    life: Life,
    client: Client,
}

impl Server {
    fn new(out: Sender<Outgoing>) -> Self {
        let (queue, trace, client) = Default::default();
        Self { out, queue, trace, life: Life::New, client }
    }

    fn send(&self, message: Outgoing) {
        let _ = self.out.send(message);
    }

    /// Reads messages until the client leaves. Returns whether it had announced that.
    fn read_all(&mut self, input: &mut impl io::BufRead) -> bool {
        loop {
            match wire::read(input) {
                Ok(Some(Incoming::Notification { method, .. })) if method == "exit" => {
                    return matches!(self.life, Life::Ending);
                }
                Ok(Some(message)) => self.take(message),
                Ok(None) => return false,
                Err(error) => {
                    let message = format!("the connection ends: {error}");
                    self.send(Outgoing::Notification(
                        "window/logMessage",
                        json!({ "type": 1, "message": message }),
                    ));
                    return false;
                }
            }
        }
    }

    fn take(&mut self, message: Incoming) {
        match message {
            Incoming::Malformed(malformed) => self.send(malformed.answer()),
            Incoming::Request(request) => self.request(request),
            Incoming::Notification { method, params } => {
                if let Err(why) = self.notification(&method, params) {
                    let message = format!("`{method}` is not understood: {why}");
                    self.send(Outgoing::Notification(
                        "window/logMessage",
                        json!({ "type": 2, "message": message }),
                    ));
                }
            }
            Incoming::Answer { id, result } => {
                // The answer to the request for settings, which is a list with one element.
                if let (Id::Number(SETTINGS), Some(Value::Array(values))) = (id, result)
                    && let Some(settings) = values.into_iter().next()
                {
                    self.queue.push(Job::Settings(settings));
                }
            }
        }
    }

    fn request(&mut self, request: Request) {
        let refusal = match (&self.life, request.method.as_str()) {
            (Life::New, "initialize") => return self.initialize(request),
            (Life::New, _) => Refusal::too_early(),
            (_, "initialize") => Refusal::invalid("the server is initialized already"),
            (Life::Ending, _) => Refusal::invalid("the server is shutting down"),
            (Life::Running, "shutdown") => {
                self.life = Life::Ending;
                return self.send(Outgoing::Answer(request.id, Ok(Value::Null)));
            }
            (Life::Running, _) => return self.queue.push(Job::Request(request)),
        };
        self.send(Outgoing::Answer(request.id, Err(refusal)));
    }

    fn initialize(&mut self, request: Request) {
        let params = request.params;
        if !params.is_object() {
            let refusal = Refusal::params("the parameters of `initialize` are an object");
            return self.send(Outgoing::Answer(request.id, Err(refusal)));
        }
        self.client = Client::of(&params["capabilities"]);
        if let Some(trace) = params["trace"].as_str() {
            self.trace.set(trace);
        }
        let folders = folders(&params);
        let (settings, wrong) = Settings::of(&params["initializationOptions"]);
        let shared = (Arc::clone(&self.queue), self.out.clone(), Arc::clone(&self.trace));
        let worker = Worker::new((self.client, settings), &folders, shared);
        if let Err(error) = thread::Builder::new().name("worker".to_owned()).spawn(|| worker.run()) {
            let refusal = Refusal::failed(format!("there is no thread for the analysis: {error}"));
            return self.send(Outgoing::Answer(request.id, Err(refusal)));
        }
        self.life = Life::Running;
        let result = json!({
            "capabilities": capabilities(&self.client),
            "serverInfo": { "name": diagnostics::SOURCE, "version": env!("CARGO_PKG_VERSION") },
        });
        self.send(Outgoing::Answer(request.id, Ok(result)));
        if let Some(wrong) = wrong {
            self.send(Outgoing::Notification("window/showMessage", json!({ "type": 2, "message": wrong })));
        }
    }

    fn notification(&mut self, method: &str, params: Value) -> Result<(), String> {
        if !matches!(self.life, Life::Running) {
            return Ok(());
        }
        match method {
            "initialized" => self.register(),
            "textDocument/didOpen" => {
                let opened: DidOpenTextDocumentParams = read(params)?;
                self.queue.edit(|documents| documents.open(opened.text_document));
            }
            "textDocument/didChange" => {
                let changed: DidChangeTextDocumentParams = read(params)?;
                let (of, encoding) = (changed.text_document, self.client.encoding);
                let uri = of.text_document_identifier.uri;
                let is_open = self
                    .queue
                    .edit(|documents| documents.change(&uri, of.version, changed.content_changes, encoding));
                if !is_open {
                    return Err(format!("`{uri}` is not open"));
                }
            }
            "textDocument/didClose" => {
                let closed: DidCloseTextDocumentParams = read(params)?;
                if let Some(path) = self.queue.edit(|documents| documents.close(&closed.text_document.uri)) {
                    self.queue.push(Job::Closed(path));
                }
            }
            "workspace/didChangeWatchedFiles" => {
                let changed: DidChangeWatchedFilesParams = read(params)?;
                let paths = changed.changes.iter().filter_map(|change| uri::path(&change.uri)).collect();
                self.queue.push(Job::Disk(paths));
            }
            "workspace/didChangeWorkspaceFolders" => {
                let changed: DidChangeWorkspaceFoldersParams = read(params)?;
                let paths = |folders: &[gen_lsp_types::WorkspaceFolder]| {
                    folders.iter().filter_map(|folder| uri::path(&folder.uri)).collect()
                };
                let (added, removed) = (paths(&changed.event.added), paths(&changed.event.removed));
                self.queue.push(Job::Folders { added, removed });
            }
            "workspace/didChangeConfiguration" => {
                if self.client.gives_settings {
                    self.ask_settings();
                } else {
                    self.queue.push(Job::Settings(params.get("settings").cloned().unwrap_or_default()));
                }
            }
            "$/cancelRequest" => {
                let id: Id = read(params.get("id").cloned().unwrap_or_default())?;
                if self.queue.cancel(&id) {
                    self.send(Outgoing::Answer(id, Err(Refusal::cancelled())));
                }
            }
            "$/setTrace" => {
                self.trace.set(params["value"].as_str().unwrap_or("off"));
            }
            // Other notifications, such as a saved file, change nothing.
            _ => {}
        }
        Ok(())
    }

    /// Asks the client to report changes of files and settings.
    fn register(&self) {
        let mut wanted = Vec::new();
        if self.client.watches {
            // `load*Content` may read any file; these are the usual ones.
            let globs = [
                "**/*.{bicep,bicepparam,json,jsonc,arm,yaml,yml,txt,xml,kql,ps1,sh,csv,md}",
                "**/{.gitignore,bicep-race-lint.toml}",
            ];
            let watchers: Vec<Value> = globs.iter().map(|glob| json!({ "globPattern": glob })).collect();
            wanted.push(json!({
                "id": "files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": { "watchers": watchers },
            }));
        }
        if self.client.tells_settings {
            wanted.push(json!({
                "id": "settings",
                "method": "workspace/didChangeConfiguration",
                "registerOptions": { "section": SECTION },
            }));
        }
        if !wanted.is_empty() {
            self.send(Outgoing::Request(2, "client/registerCapability", json!({ "registrations": wanted })));
        }
        if self.client.gives_settings {
            self.ask_settings();
        }
    }

    fn ask_settings(&self) {
        let params = json!({ "items": [{ "section": SECTION }] });
        self.send(Outgoing::Request(SETTINGS, "workspace/configuration", params));
    }
}

/// The folders that an editor has open.
fn folders(params: &Value) -> Vec<PathBuf> {
    let path = |uri: &Value| uri.as_str().and_then(|uri| uri::path(&Uri(uri.to_owned())));
    match params["workspaceFolders"].as_array() {
        Some(folders) => folders.iter().filter_map(|folder| path(&folder["uri"])).collect(),
        // Older clients have a single folder.
        None => path(&params["rootUri"]).into_iter().collect(),
    }
}

/// The capabilities of the server. `tests/lsp` checks them against the types of the protocol.
fn capabilities(client: &Client) -> Value {
    let mut capabilities = json!({
        "positionEncoding": client.encoding.as_str(),
        // Open files are synchronised by their changes.
        "textDocumentSync": { "openClose": true, "change": 2 },
        "codeActionProvider": { "codeActionKinds": ["quickfix", FIX_ALL] },
        "hoverProvider": true,
        "inlayHintProvider": true,
        "codeLensProvider": {},
        "documentLinkProvider": {},
        "executeCommandProvider": { "commands": commands::ALL },
        "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
    });
    if client.pulls {
        capabilities["diagnosticProvider"] = json!({
            "identifier": diagnostics::SOURCE,
            "interFileDependencies": true,
            "workspaceDiagnostics": false,
        });
    }
    capabilities
}

/// The parameters of a notification.
fn read<T: DeserializeOwned>(params: Value) -> Result<T, String> {
    serde_json::from_value(params).map_err(|error| error.to_string())
}
