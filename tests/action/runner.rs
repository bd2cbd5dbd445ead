//! A simulation of the GitHub runner: the files that steps write, variables, a server with releases, and programs on
//! the path.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Action {
    pub(crate) inputs: BTreeMap<String, Input>,
    pub(crate) outputs: BTreeMap<String, OutputValue>,
    pub(crate) runs: Runs,
}

#[derive(Deserialize)]
pub(crate) struct Input {
    pub(crate) description: String,
    pub(crate) default: String,
}

#[derive(Deserialize)]
pub(crate) struct OutputValue {
    pub(crate) value: String,
}

#[derive(Deserialize)]
pub(crate) struct Runs {
    pub(crate) steps: Vec<Step>,
}

#[derive(Deserialize)]
pub(crate) struct Step {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) run: String,
    #[serde(default)]
    pub(crate) uses: String,
}

pub(crate) fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn action() -> Action {
    serde_saphyr::from_str(&fs::read_to_string(here().join("action.yml")).unwrap()).unwrap()
}

/// A job. Its steps share files and programs.
pub(crate) struct Job {
    pub(crate) folder: tempfile::TempDir,
    /// Values by input name, or by expression for other contexts: `github.event_name`.
    given: BTreeMap<String, String>,
    variables: BTreeMap<String, String>,
    checkout: PathBuf,
}

/// The output and exit code of a step.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) text: String,
}

impl Job {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("programs")).unwrap();
        let job = Self {
            folder,
            given: BTreeMap::new(),
            variables: BTreeMap::new(),
            checkout: here().to_path_buf(),
        };
        job.given("github.action_ref", "v1")
            .given("token", "secret")
            .given(
                "steps.install.outputs.binary || steps.build.outputs.binary",
                env!("CARGO_BIN_EXE_bicep-race-lint"),
            )
            .variable("RUNNER_OS", "Linux")
            .variable("RUNNER_ARCH", "X64")
    }

    /// Sets an input, or another expression.
    pub(crate) fn given(mut self, name: &str, value: &str) -> Self {
        self.given.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn checkout(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.checkout);
        self
    }

    /// Adds a shell script to the path.
    pub(crate) fn program(self, name: &str, script: &str) -> Self {
        write_program(&self.folder.path().join("programs").join(name), script);
        self
    }

    fn value(&self, action: &Action, expression: &str) -> String {
        let Some(expression) = expression.strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}"))
        else {
            return expression.to_owned();
        };
        if let Some(name) = expression.strip_prefix("inputs.") {
            return self.given.get(name).unwrap_or(&action.inputs[name].default).clone();
        }
        self.given.get(expression).cloned().unwrap_or_default()
    }

    pub(crate) fn run(&self, step: &str) -> Ran {
        let action = action();
        let step = action.runs.steps.iter().find(|known| known.name == step).unwrap();
        let path =
            format!("{}:{}", self.folder.path().join("programs").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        // The same options as the real runner uses.
        command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", &step.run]);
        command
            .current_dir(&self.checkout)
            .env("PATH", path)
            .env("GITHUB_ACTIONS", "true")
            .env("COLUMNS", "100");
        command.env("RUNNER_TEMP", self.folder.path()).env("GITHUB_ACTION_PATH", here());
        command.env("NO_PROXY", "127.0.0.1");
        for file in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_PATH"] {
            command.env(file, self.folder.path().join(file));
        }
        command.envs(&self.variables);
        for (name, value) in &step.env {
            command.env(name, self.value(&action, value));
        }
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        Ran { code: status.code().unwrap(), text }
    }

    /// The content of a file that the steps wrote for the runner.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

pub(crate) fn write_program(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Serves a folder over HTTP and returns the address. Missing files give 404, and everything below `forbidden` gives
/// 403.
pub(crate) fn serve(folder: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let folder = folder.to_path_buf();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, &folder);
        }
    });
    address
}

fn answer(mut stream: TcpStream, folder: &Path) {
    let mut lines = BufReader::new(&stream).lines();
    let asked = lines.next().and_then(Result::ok).unwrap_or_default();
    while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
    let path = asked.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    let (status, body) = match fs::read(folder.join(&path)) {
        _ if path.starts_with("forbidden") => ("403 Forbidden", Vec::new()),
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", b"no such file".to_vec()),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // The client may have gone already.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}
