//! Runs the tool as a process in a temporary folder.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A template with two gateways in one hub and no order between them.
pub(crate) const RACY: &str = "resource hub 'Microsoft.Network/virtualHubs@2024-01-01' existing = {\n  name: 'hub'\n}\n\
resource vpn 'Microsoft.Network/vpnGateways@2024-01-01' = {\n  name: 'vpn'\n  properties: {\n    virtualHub: { id: hub.id }\n  }\n}\n\
resource er 'Microsoft.Network/expressRouteGateways@2024-01-01' = {\n  name: 'er'\n  properties: {\n    virtualHub: { id: hub.id }\n  }\n}\n";

/// The tool as a command in a folder, without the environment variables of a CI system or terminal.
pub(crate) fn tool(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"));
    command.current_dir(folder).stdin(Stdio::null());
    for name in
        ["GITHUB_ACTIONS", "CI", "TF_BUILD", "FORCE_COLOR", "CLICOLOR_FORCE", "NO_COLOR", "RAYON_NUM_THREADS"]
    {
        command.env_remove(name);
    }
    command
}

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Writes a file and creates the folders above it.
pub(crate) fn write(folder: &Path, path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// The text of a file.
pub(crate) fn read(folder: &Path, path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap()
}

/// The output and exit code of a run. Fails the test if a signal ended the run.
pub(crate) fn said(output: &Output) -> (String, i32) {
    let streams = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8(streams).unwrap();
    assert!(!text.contains("panicked"), "{text}");
    let code = output.status.code().unwrap_or_else(|| panic!("ended by a signal, {}: {text}", output.status));
    (text, code)
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> (String, i32) {
    said(&tool(folder).args(arguments).output().unwrap())
}
