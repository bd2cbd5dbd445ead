//! The tool from outside: a program to run, and the JSON that it prints.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The binary, and the home folder with its module cache.
pub(super) struct Tool {
    binary: PathBuf,
    home: PathBuf,
}

impl Tool {
    pub(super) fn new(binary: &Path, home: &Path) -> Self {
        Self { binary: binary.to_owned(), home: home.to_owned() }
    }

    /// The same binary with another home folder.
    pub(super) fn at_home_in(&self, home: &Path) -> Self {
        Self::new(&self.binary, home)
    }

    /// The report on some files, with findings of all levels. `None` if the tool prints none.
    ///
    /// # Errors
    ///
    /// If the tool cannot be run.
    pub(super) fn report(&self, options: &[&Path], roots: &[&Path]) -> Result<Option<Value>, String> {
        let mut command = Command::new(&self.binary);
        command
            .args(["--level", "note", "--format", "json"])
            .args(options)
            .args(roots)
            .env("HOME", &self.home);
        // The home folder on Windows.
        command.env("USERPROFILE", &self.home);
        let output = command.output().map_err(|error| format!("{}: {error}", self.binary.display()))?;
        Ok(serde_json::from_slice(&output.stdout).ok())
    }
}

pub(super) fn findings(report: Option<&Value>) -> &[Value] {
    report.and_then(|report| report["findings"].as_array()).map_or(&[], Vec::as_slice)
}

/// The pairs of symbols that a finding lists.
pub(super) fn pairs(finding: &Value) -> impl Iterator<Item = (&str, &str)> {
    let pairs = finding["pairs"].as_array().into_iter().flatten();
    pairs.filter_map(|pair| Some((pair.get(0)?.as_str()?, pair.get(1)?.as_str()?)))
}

pub(super) fn participants(finding: &Value) -> &[Value] {
    finding["participants"].as_array().map_or(&[], Vec::as_slice)
}

/// Whether a name in the data matches the symbol of a finding: the own name of a child is sufficient, and a number
/// stands for a resource without a name.
pub(super) fn is_same(name: &str, symbol: &str) -> bool {
    let own = |symbol: &str| symbol.rsplit("::").next().map(str::to_owned);
    is_number(name) || own(name) == own(symbol)
}

/// Whether a name in the data is only an index, because resources of a compiled template have no names.
pub(super) fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}
