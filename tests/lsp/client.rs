//! A client that starts the server, communicates with it, and checks every message against the types of the protocol's
//! meta model.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use gen_lsp_types::json_rpc::{RequestObject, ResponseObject};
use gen_lsp_types::{
    ApplyWorkspaceEditParams, CodeActionResponse, CodeLens, DocumentDiagnosticReport, DocumentLink, Hover,
    InitializeResult, InlayHint, LogMessageParams, LogTraceParams, ProgressParams, PublishDiagnosticsParams,
    RegistrationParams, ShowMessageParams,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Maximum time for a message on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A client with its own server.
pub(crate) struct Client {
    server: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// Messages that arrived while another one was awaited.
    early: VecDeque<Value>,
    requests: i64,
    /// The diagnostics of each open file, with the version that they are for.
    pub(crate) shown: BTreeMap<String, (Option<i64>, Vec<Value>)>,
    /// The requests of the server; each was answered with `null`.
    pub(crate) asked: Vec<(String, Value)>,
    /// The notifications of the server, except diagnostics.
    pub(crate) told: Vec<(String, Value)>,
    /// The settings to return when the server asks for them.
    pub(crate) settings: Value,
}

impl Client {
    /// Starts a client with these capabilities and folders.
    pub(crate) fn start(folders: &[&Path], capabilities: Value, options: Value) -> Self {
        let mut client = Self::spawn();
        let folders: Vec<Value> =
            folders.iter().map(|folder| json!({ "uri": uri(folder), "name": "folder" })).collect();
        let result = client
            .request(
                "initialize",
                json!({
                    "processId": null,
                    "rootUri": null,
                    "capabilities": capabilities,
                    "workspaceFolders": folders,
                    "initializationOptions": options,
                }),
            )
            .expect("the server answers");
        assert_eq!(result["serverInfo"]["name"], "bicep-race-lint");
        client.notify("initialized", json!({}));
        client
    }

    /// A client that has not sent anything yet.
    pub(crate) fn spawn() -> Self {
        let mut server = Command::new(super::server())
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut output = BufReader::new(server.stdout.take().expect("it has an output"));
        let (sender, messages) = channel();
        thread::spawn(move || {
            loop {
                let mut length = 0;
                let mut line = String::new();
                loop {
                    line.clear();
                    if output.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    match line.trim_end() {
                        "" => break,
                        header => {
                            let (name, value) = header.split_once(": ").expect("a header");
                            assert_eq!(name, "Content-Length");
                            length = value.parse().expect("a length");
                        }
                    }
                }
                let mut bytes = vec![0; length];
                output.read_exact(&mut bytes).expect("the rest of a message");
                if sender.send(serde_json::from_slice(&bytes).expect("JSON")).is_err() {
                    return;
                }
            }
        });
        let input = server.stdin.take();
        Self {
            server,
            input,
            messages,
            early: VecDeque::new(),
            requests: 0,
            shown: BTreeMap::new(),
            asked: Vec::new(),
            told: Vec::new(),
            settings: Value::Null,
        }
    }

    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the client is there");
        // If the server has ended, the next wait will notice it.
        let _ = input.write_all(bytes).and_then(|()| input.flush());
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.send_raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    /// Sends a notification.
    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request, and returns its number.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.requests += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.requests, "method": method, "params": params }));
        self.requests
    }

    /// Sends a request, and waits for the answer.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.ask(method, params);
        let answer = self.answer(id);
        if let Ok(result) = &answer {
            hold_answer(method, result);
        }
        answer
    }

    /// Waits for the answer to a request.
    pub(crate) fn answer(&mut self, id: i64) -> Result<Value, Value> {
        let answer =
            self.wait_for("an answer", |message| message["id"] == id && message.get("method").is_none());
        hold::<ResponseObject>(&answer);
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].clone()),
        }
    }

    /// Waits for a message, and processes others in the meantime.
    pub(crate) fn wait_for(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.early.iter().position(&is_it) {
            return self.early.remove(at).expect("it is there");
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let message = match self.messages.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => panic!("{what} does not come"),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the server has ended, and {what} has not come")
                }
            };
            self.take(&message);
            if is_it(&message) {
                return message;
            }
            if message.get("method").is_none() {
                self.early.push_back(message);
            }
        }
    }

    /// Processes a message of the server.
    fn take(&mut self, message: &Value) {
        let Some(method) = message.get("method").and_then(Value::as_str) else { return };
        hold::<RequestObject>(message);
        let params = message.get("params").cloned().unwrap_or_default();
        hold_told(method, &params);
        if let Some(id) = message.get("id") {
            let result = match method {
                "workspace/configuration" => json!([self.settings]),
                "workspace/applyEdit" => json!({ "applied": true }),
                _ => Value::Null,
            };
            self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
            self.asked.push((method.to_owned(), params));
        } else if method == "textDocument/publishDiagnostics" {
            let diagnostics = params["diagnostics"].as_array().expect("a list").clone();
            let uri = params["uri"].as_str().expect("an address").to_owned();
            self.shown.insert(uri, (params.get("version").and_then(Value::as_i64), diagnostics));
        } else {
            self.told.push((method.to_owned(), params));
        }
    }

    /// Opens a file as version 1.
    pub(crate) fn open(&mut self, path: &Path, text: &str) {
        let language =
            if path.extension().is_some_and(|end| end == "bicepparam") { "bicep-params" } else { "bicep" };
        let item = json!({ "uri": uri(path), "languageId": language, "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": item }));
    }

    /// Replaces the whole text of a file.
    pub(crate) fn write(&mut self, path: &Path, version: i64, text: &str) {
        self.change(path, version, json!([{ "text": text }]));
    }

    /// Changes a file.
    pub(crate) fn change(&mut self, path: &Path, version: i64, changes: Value) {
        let document = json!({ "uri": uri(path), "version": version });
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// Closes a file.
    pub(crate) fn close(&mut self, path: &Path) {
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri(path) } }));
    }

    /// The diagnostics of a file once the server has checked this version.
    pub(crate) fn diagnostics(&mut self, path: &Path, version: i64) -> Vec<Value> {
        let uri = uri(path);
        let is_there = |shown: &BTreeMap<String, (Option<i64>, Vec<Value>)>| {
            shown.get(&uri).and_then(|(of, _)| *of).is_some_and(|of| of >= version)
        };
        while !is_there(&self.shown) {
            let uri = uri.clone();
            self.wait_for(&format!("the diagnostics of {uri}, version {version},"), move |message| {
                message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri
            });
        }
        self.shown[&uri].1.clone()
    }

    /// Waits until the server has published everything: it does so after one answer and before the next.
    pub(crate) fn settle(&mut self, path: &Path) {
        for _ in 0..2 {
            let _ =
                self.request("textDocument/documentLink", json!({ "textDocument": { "uri": uri(path) } }));
        }
    }

    /// Ends the server as the protocol requires.
    pub(crate) fn end(mut self) {
        assert_eq!(self.request("shutdown", Value::Null), Ok(Value::Null));
        self.notify("exit", Value::Null);
        assert_eq!(self.code(), Some(0));
    }

    /// Closes the connection without a message.
    pub(crate) fn vanish(&mut self) {
        self.input = None;
    }

    /// The exit code of the server, which must end soon.
    pub(crate) fn code(&mut self) -> Option<i32> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(status) = self.server.try_wait().expect("the server can be asked") {
                return status.code();
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the server does not end");
    }

    /// The process id of the server.
    pub(crate) fn process(&self) -> u32 {
        self.server.id()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The address of a file.
pub(crate) fn uri(path: &Path) -> String {
    let text = path.to_str().expect("a path of text").replace('\\', "/");
    if text.starts_with('/') { format!("file://{text}") } else { format!("file:///{text}") }
}

/// Checks a message against a type of the meta model: nothing is missing, and nothing is lost.
fn hold<T: DeserializeOwned + Serialize>(message: &Value) {
    let typed: T = match serde_json::from_value(message.clone()) {
        Ok(typed) => typed,
        Err(error) => panic!("{error}: {message}"),
    };
    let again = serde_json::to_value(typed).expect("it can be written");
    assert_eq!(&again, message, "the protocol has no such member");
}

fn hold_answer(method: &str, result: &Value) {
    match method {
        "initialize" => hold::<InitializeResult>(result),
        "textDocument/hover" => hold::<Option<Hover>>(result),
        "textDocument/codeAction" => hold::<Option<Vec<CodeActionResponse>>>(result),
        "textDocument/inlayHint" => hold::<Vec<InlayHint>>(result),
        "textDocument/codeLens" => hold::<Vec<CodeLens>>(result),
        "textDocument/documentLink" => hold::<Vec<DocumentLink>>(result),
        "textDocument/diagnostic" => hold::<DocumentDiagnosticReport>(result),
        "workspace/executeCommand" | "shutdown" => {}
        other => panic!("nothing is known of the answer to {other}"),
    }
}

fn hold_told(method: &str, params: &Value) {
    match method {
        "textDocument/publishDiagnostics" => hold::<PublishDiagnosticsParams>(params),
        "window/showMessage" => hold::<ShowMessageParams>(params),
        "window/logMessage" => hold::<LogMessageParams>(params),
        "$/logTrace" => hold::<LogTraceParams>(params),
        "$/progress" => hold::<ProgressParams>(params),
        "client/registerCapability" => hold::<RegistrationParams>(params),
        "workspace/applyEdit" => hold::<ApplyWorkspaceEditParams>(params),
        "workspace/configuration" => hold::<gen_lsp_types::ConfigurationParams>(params),
        "window/workDoneProgress/create" => hold::<gen_lsp_types::WorkDoneProgressCreateParams>(params),
        "workspace/diagnostic/refresh" | "workspace/inlayHint/refresh" | "workspace/codeLens/refresh" => {
            assert!(params.is_null());
        }
        other => panic!("nothing is known of {other}"),
    }
}
