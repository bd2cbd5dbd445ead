//! `cargo xtask editor FOLDER FILE [--edits N] SERVER…`: measures how soon a language server shows diagnostics.
//!
//! The program plays an editor. It opens `FOLDER` as the workspace and `FILE` in it, then types and deletes letters in the
//! middle of the file; it sends an edit once the diagnostics of the previous edit have arrived. It prints the time from opening
//! to the first diagnostics, the time from an edit to its diagnostics (median, 99th percentile, longest), and the memory of the
//! server after a tenth of the edits and after all of them. It measures any server: `cargo xtask editor . main.py ruff server`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The workspace
    folder: PathBuf,
    /// The file in it that is typed in
    file: PathBuf,
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    edits: usize,
    /// The server, with its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    server: Vec<String>,
}

pub(crate) fn run(options: &Options) -> ExitCode {
    let Options { folder, file, edits, server } = options;
    let edits = *edits;
    let folder = std::fs::canonicalize(folder).expect("the folder is there");
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).expect("the file can be read");
    let mut editor = Editor::start(&server[0], &server[1..], &folder);

    let begun = Instant::now();
    let language = path.extension().map_or("bicep", |end| if end == "py" { "python" } else { "bicep" });
    let item = json!({ "uri": uri(&path), "languageId": language, "version": 1, "text": text });
    editor.tell("textDocument/didOpen", &json!({ "textDocument": item }));
    let shown = editor.diagnostics(&path, 1);
    println!("first diagnostics {:>9.1} ms, {shown} of them", milliseconds(begun.elapsed()));

    // Insert a comment line in the middle and type inside it, so that the edits never change the meaning of the file.
    let line = text.lines().count() / 2;
    let start = text.lines().take(line).map(|line| line.len() + 1).sum::<usize>();
    let mark = if language == "python" { "# \n" } else { "// \n" };
    let is_boundary = text.is_char_boundary(start);
    assert!(is_boundary, "the middle of the file is the start of a line");
    editor.change(&path, 2, (line, 0), (line, 0), mark);
    editor.diagnostics(&path, 2);
    let mut times: Vec<Duration> = Vec::with_capacity(edits);
    let mut memory = None;
    for at in 0..edits {
        let version = at as i64 + 3;
        let column = mark.len() - 1;
        let begun = Instant::now();
        match at % 2 {
            0 => editor.change(&path, version, (line, column), (line, column), "x"),
            _ => editor.change(&path, version, (line, column), (line, column + 1), ""),
        }
        editor.diagnostics(&path, version);
        times.push(begun.elapsed());
        if at + 1 == edits / 10 {
            memory = editor.megabytes();
        }
    }
    times.sort_unstable();
    let percentile = |percent: usize| milliseconds(times[(times.len() - 1) * percent / 100]);
    println!("a letter, median  {:>9.2} ms", percentile(50));
    println!("99 of 100         {:>9.2} ms", percentile(99));
    println!("longest of {edits:<6} {:>9.2} ms", percentile(100));
    if let (Some(before), Some(after)) = (memory, editor.megabytes()) {
        println!("memory            {before:>9.1} MB after {} letters, {after:.1} MB after all", edits / 10);
    }
    ExitCode::SUCCESS
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The editor's side of one language server process.
struct Editor {
    server: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
}

impl Editor {
    fn start(program: &str, options: &[String], folder: &Path) -> Self {
        let mut server = Command::new(program)
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut output = BufReader::new(server.stdout.take().unwrap());
        let input = server.stdin.take().unwrap();
        let (sender, messages) = channel();
        thread::spawn(move || {
            loop {
                let (mut length, mut line) = (0, String::new());
                while output.read_line(&mut line).unwrap_or(0) > 0 {
                    let header = std::mem::take(&mut line);
                    match header.trim_end().split_once(": ") {
                        Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                            length = value.parse().unwrap();
                        }
                        Some(_) => {}
                        None => break,
                    }
                }
                let mut bytes = vec![0; length];
                if length == 0 || output.read_exact(&mut bytes).is_err() {
                    return;
                }
                let message = serde_json::from_slice(&bytes).expect("JSON");
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut editor = Self { server, input, messages };
        let folders = json!([{ "uri": uri(folder), "name": "folder" }]);
        let params = json!({
            "processId": null, "rootUri": uri(folder), "capabilities": {}, "workspaceFolders": folders,
        });
        editor.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params }));
        editor.wait_for(|message| message["id"] == 1);
        editor.tell("initialized", &json!({}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn change(&mut self, path: &Path, version: i64, start: (usize, usize), end: (usize, usize), by: &str) {
        let place = |(line, character): (usize, usize)| json!({ "line": line, "character": character });
        let range = json!({ "start": place(start), "end": place(end) });
        let params = json!({
            "textDocument": { "uri": uri(path), "version": version },
            "contentChanges": [{ "range": range, "text": by }],
        });
        self.tell("textDocument/didChange", &params);
    }

    fn wait_for(&mut self, matches: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.messages.recv_timeout(Duration::from_mins(1)).expect("the server answers");
            if matches(&message) {
                return message;
            }
            if let (Some(id), Some(_)) = (message.get("id"), message.get("method")) {
                let answer = json!({ "jsonrpc": "2.0", "id": id, "result": null });
                self.send(&answer);
            }
        }
    }

    /// Waits for the diagnostics of `version` or later, and returns how many there are.
    fn diagnostics(&mut self, path: &Path, version: i64) -> usize {
        let uri = uri(path);
        let message = self.wait_for(|message| {
            let params = &message["params"];
            message["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == uri
                && params["version"].as_i64().is_none_or(|of| of >= version)
        });
        message["params"]["diagnostics"].as_array().map_or(0, Vec::len)
    }

    /// Resident memory of the server in megabytes; `None` on systems without `/proc`.
    fn megabytes(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
        Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
