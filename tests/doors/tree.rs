//! A folder with files, links, pipes and sockets, and the tool as a process with limited time and memory.

use std::io::Read as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::formats::FORMATS;

/// Two unordered gateways of one hub.
pub(crate) const RACY: &str = "resource hub 'Microsoft.Network/virtualHubs@2024-01-01' existing = {\n  name: 'hub'\n}\n\
resource vpn 'Microsoft.Network/vpnGateways@2024-01-01' = {\n  name: 'vpn'\n  properties: {\n    virtualHub: { id: hub.id }\n  }\n}\n\
resource er 'Microsoft.Network/expressRouteGateways@2024-01-01' = {\n  name: 'er'\n  properties: {\n    virtualHub: { id: hub.id }\n  }\n}\n";

/// A word in files outside the boundary, which no output may contain.
pub(crate) const SECRET: &str = "hunter2";

/// A call of a module.
pub(crate) fn call(path: &str) -> String {
    format!("module m '{path}' = {{\n  name: 'm'\n}}\n")
}

/// A folder that is deleted on drop.
pub(crate) struct Tree(tempfile::TempDir);

impl Tree {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with a repository `repo` and a file `secret` next to it.
    pub(crate) fn with_repository() -> Self {
        Self::new().folder("repo/.git").file("secret", SECRET)
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn place(&self, path: &str) -> PathBuf {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    pub(crate) fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.place(path), text).unwrap();
        self
    }

    pub(crate) fn folder(self, path: &str) -> Self {
        std::fs::create_dir_all(self.place(path)).unwrap();
        self
    }

    /// Creates a link with this path and target, unchanged.
    pub(crate) fn link(self, path: &str, target: impl AsRef<Path>) -> Self {
        symlink(target, self.place(path)).unwrap();
        self
    }

    pub(crate) fn hard_link(self, path: &str, other: &str) -> Self {
        std::fs::hard_link(self.path(other), self.place(path)).unwrap();
        self
    }

    pub(crate) fn pipe(self, path: &str) -> Self {
        assert!(Command::new("mkfifo").arg(self.place(path)).status().unwrap().success());
        self
    }

    /// A sparse file of this size.
    pub(crate) fn holes(self, path: &str, bytes: u64) -> Self {
        std::fs::File::create(self.place(path)).unwrap().set_len(bytes).unwrap();
        self
    }

    /// Runs the tool in one of the folders. Its standard input stays open, and nothing is written to it.
    pub(crate) fn run(&self, folder: &str, arguments: &[&str]) -> Said {
        run(&mut tool(&self.path(folder), arguments))
    }

    /// Asserts that the output contains the secret in none of the formats, with notes.
    pub(crate) fn keeps_secret(&self, folder: &str, arguments: &[&str]) {
        for format in FORMATS {
            let arguments = [arguments, &["--format", format, "--level", "note"]].concat();
            let said = self.run(folder, &arguments);
            assert!(!said.text.contains(SECRET), "{format}: {}", said.text);
        }
    }
}

/// The output on both streams, and the exit code.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) code: i32,
}

impl Said {
    pub(crate) fn has(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "`{words}` is missing (exit {}):\n{}", self.code, self.text);
        self
    }

    pub(crate) fn lacks(&self, words: &str) -> &Self {
        assert!(!self.text.contains(words), "`{words}` is said (exit {}):\n{}", self.code, self.text);
        self
    }

    pub(crate) fn ends_with(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}", self.text);
        self
    }

    pub(crate) fn count(&self, words: &str) -> usize {
        self.text.matches(words).count()
    }
}

/// The tool in a folder, limited to 6 GB of address space.
pub(crate) fn tool(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 6000000; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_bicep-race-lint")]);
    command.args(arguments).current_dir(folder).env("HOME", folder.join("no-home"));
    for name in ["GITHUB_ACTIONS", "CI", "FORCE_COLOR", "CLICOLOR_FORCE", "NO_COLOR"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command for at most half a minute. Its standard input stays open and empty.
pub(crate) fn run(command: &mut Command) -> Said {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let input = child.stdin.take();
    let said = wait(child);
    drop(input);
    said
}

fn wait(mut child: Child) -> Said {
    let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let all = |mut from: Box<dyn std::io::Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes).unwrap();
            String::from_utf8(bytes).unwrap()
        })
    };
    let (out, err) = (all(Box::new(out)), all(Box::new(err)));
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begin.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it does not end; it said {}{}", out.join().unwrap(), err.join().unwrap());
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let text = out.join().unwrap() + &err.join().unwrap();
    assert!(!text.contains("panicked"), "{text}");
    Said { code: status.code().unwrap_or_else(|| panic!("{status}: {text}")), text }
}
