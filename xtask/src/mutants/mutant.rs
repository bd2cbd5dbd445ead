//! The list of mutants. cargo-mutants decides what a mutant is.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// The version of cargo-mutants, which is installed into `target/tools`.
const VERSION: &str = "27.1.0";

/// What kind of change a mutant is, as cargo-mutants names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Genre {
    FnValue,
    BinaryOperator,
    UnaryOperator,
    MatchArm,
    MatchArmGuard,
    StructField,
}

impl Genre {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "FnValue" => Self::FnValue,
            "BinaryOperator" => Self::BinaryOperator,
            "UnaryOperator" => Self::UnaryOperator,
            "MatchArm" => Self::MatchArm,
            "MatchArmGuard" => Self::MatchArmGuard,
            "StructField" => Self::StructField,
            _ => return None,
        })
    }
}

/// A change of the code in one place.
#[derive(Clone, Debug)]
pub(super) struct Mutant {
    /// The number in one build, from 1.
    pub(super) number: u32,
    pub(super) genre: Genre,
    /// Relative to the repository, with `/`.
    pub(super) file: String,
    /// Line and column, both from 1, where the replaced text starts.
    pub(super) start: (usize, usize),
    pub(super) replacement: String,
    pub(super) key: Key,
}

/// A mutant, independently of the lines before it, so that results and reasons survive other changes of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(super) struct Key {
    pub(super) file: String,
    /// Ex) `replace && with || in Links::after`
    pub(super) change: String,
    /// The line of source, without the white space around it.
    pub(super) line: String,
    /// Which one of several with the same change and line, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) nth: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(nth: &usize) -> bool {
    *nth == 0
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}: {}", self.file, self.change)?;
        if self.nth > 0 {
            write!(f, " ({})", self.nth + 1)?;
        }
        write!(f, "\n      {}", self.line)
    }
}

/// The search path with `target/tools/bin` in front.
fn path() -> std::ffi::OsString {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(tools().join("bin")).chain(std::env::split_paths(&old));
    std::env::join_paths(all).unwrap_or(old)
}

fn tools() -> PathBuf {
    std::path::absolute(crate::root().join("target/tools")).unwrap()
}

/// Installs cargo-mutants where this version is missing.
pub(super) fn install() -> Result<(), String> {
    let known = Command::new("cargo-mutants").env("PATH", path()).args(["mutants", "--version"]).output();
    let wanted = format!("cargo-mutants {VERSION}");
    if known.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == wanted) {
        return Ok(());
    }
    eprintln!("installing: {wanted}");
    let mut command = Command::new("cargo");
    command.args(["install", "--quiet", "--locked", "--root"]).arg(tools());
    command.arg(format!("cargo-mutants@{VERSION}"));
    // It only lists mutants, so its own speed does not matter.
    command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0").env("CARGO_PROFILE_RELEASE_LTO", "false");
    match command.current_dir(crate::root()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{wanted} could not be installed")),
        Err(error) => Err(error.to_string()),
    }
}

/// All mutants of `src`, in the order of files and lines.
pub(super) fn list() -> Result<Vec<Mutant>, String> {
    let mut command = Command::new("cargo");
    command.args(["mutants", "--list", "--json", "--colors", "never", "--package", "bicep-race-lint"]);
    command.args(["--file", "src/**/*.rs"]);
    let output = command.current_dir(crate::root()).env("PATH", path()).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let list: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let source =
        |file: &str| std::fs::read_to_string(crate::root().join(file)).map_err(|error| error.to_string());
    read(&list, source)
}

/// The output of `cargo mutants --list --json`.
fn read(list: &Value, source: impl Fn(&str) -> Result<String, String>) -> Result<Vec<Mutant>, String> {
    let mut sources: BTreeMap<String, String> = BTreeMap::new();
    let mut same: BTreeMap<Key, usize> = BTreeMap::new();
    let mut mutants = Vec::new();
    for entry in list.as_array().ok_or("the list of mutants is no array")? {
        let text =
            |key: &str| entry[key].as_str().map(str::to_owned).ok_or(format!("a mutant without `{key}`"));
        let (file, name) = (text("file")?, text("name")?);
        let genre = text("genre")?;
        let genre = Genre::named(&genre).ok_or(format!("unknown genre `{genre}`"))?;
        let at = |of: &str| usize::try_from(entry["span"]["start"][of].as_u64().unwrap_or(0)).unwrap_or(0);
        let start = (at("line"), at("column"));
        // Ex) `src/a.rs:12:5: replace f with ()`
        let change = name.splitn(4, ':').nth(3).unwrap_or(&name).trim().to_owned();
        if !sources.contains_key(&file) {
            sources.insert(file.clone(), source(&file)?);
        }
        let line = sources[&file].lines().nth(start.0 - 1).unwrap_or_default().trim().to_owned();
        let mut key = Key { file: file.clone(), change, line, nth: 0 };
        let count = same.entry(key.clone()).or_default();
        key.nth = *count;
        *count += 1;
        let number = u32::try_from(mutants.len() + 1).unwrap();
        mutants.push(Mutant { number, genre, file, start, replacement: text("replacement")?, key });
    }
    Ok(mutants)
}

/// Some of the mutants, the same ones for the same seed.
pub(super) fn drawn(mut mutants: Vec<Mutant>, count: usize, seed: u64) -> Vec<Mutant> {
    mutants.sort_by_cached_key(|mutant| hash(seed, &mutant.key.to_string()));
    mutants.truncate(count);
    mutants.sort_by_key(|mutant| mutant.number);
    mutants
}

/// FNV-1a, with a last step that spreads short differences over all bits.
pub(super) fn hash(seed: u64, text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed() -> Vec<Mutant> {
        let entry = |line: usize, name: &str| {
            serde_json::json!({
                "file": "src/a.rs", "genre": "BinaryOperator", "name": name, "replacement": "||",
                "span": { "start": { "line": line, "column": 9 }, "end": { "line": line, "column": 11 } },
            })
        };
        let list = serde_json::json!([
            entry(1, "src/a.rs:1:9: replace && with || in f"),
            entry(1, "src/a.rs:1:14: replace && with || in f"),
            entry(2, "src/a.rs:2:9: replace && with || in A::b"),
        ]);
        read(&list, |_| Ok("  a && b && c\n  d && e\n".to_owned())).unwrap()
    }

    #[test]
    fn a_key_names_a_mutant_without_its_place() {
        let keys: Vec<String> = listed().iter().map(|mutant| mutant.key.to_string()).collect();
        assert_eq!(
            keys,
            [
                "src/a.rs: replace && with || in f\n      a && b && c",
                "src/a.rs: replace && with || in f (2)\n      a && b && c",
                "src/a.rs: replace && with || in A::b\n      d && e",
            ]
        );
        assert_eq!(listed()[2].start, (2, 9));
    }

    #[test]
    fn a_sample_is_the_same_for_a_seed_and_another_for_another() {
        let mut many = Vec::new();
        for at in 0..100 {
            let mut mutant = listed()[0].clone();
            (mutant.number, mutant.key.nth) = (at, at as usize);
            many.push(mutant);
        }
        let draw =
            |seed| -> Vec<u32> { drawn(many.clone(), 10, seed).iter().map(|mutant| mutant.number).collect() };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_eq!(draw(1).len(), 10);
    }
}
