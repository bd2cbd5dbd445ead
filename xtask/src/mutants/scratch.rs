//! The scratch tree: a copy of the repository with all mutants of a set in it, built once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::mutant::{Mutant, hash};
use super::results::Outcome;
use super::rewrite::{Blamed, blamed, rewrite};

/// Optimised, because each test runs for hundreds of mutants, and with the checks of tests.
const PROFILE: &str = "
[profile.mutants]
inherits = \"dev\"
opt-level = 1
debug = false
debug-assertions = true
overflow-checks = true
incremental = false
codegen-units = 16

# What matters of these is compiled into the tool, and the rest would only be built for longer.
[profile.mutants.package.\"*\"]
opt-level = 0
";
/// Added to the library.
const SWITCH: &str = "
mod mutant_switch;
#[allow(unused_imports)]
pub(crate) use mutant_switch::{Either, mutant_is};
";
/// Added to the build script, which includes some files of the library.
const BUILD_SWITCH: &str = "
#[allow(dead_code)]
fn mutant_is(_: u32) -> bool {
    false
}
";
/// The library's own tests.
const LIBRARY: &str = "bicep_race_lint";
/// The test programs, in the order in which they judge a mutant, each with the outcome if one of its tests fails.
const PROGRAMS: [(&str, Outcome); 3] =
    [(LIBRARY, Outcome::Unit), ("verdicts", Outcome::Verdicts), ("oracle", Outcome::Oracle)];
/// More programs for the sample, which is also from the command line, the outputs and the parser.
const OTHERS: [(&str, Outcome); 9] = [
    ("syntax", Outcome::Others),
    ("grammar", Outcome::Others),
    ("modules", Outcome::Others),
    ("writing", Outcome::Others),
    ("outputs", Outcome::Others),
    ("command", Outcome::Others),
    ("lsp", Outcome::Others),
    ("doors", Outcome::Others),
    ("documents", Outcome::Others),
];

/// The programs that judge a set.
pub(super) fn programs(has_sample: bool) -> Vec<(&'static str, Outcome)> {
    let others = OTHERS.into_iter().filter(|_| has_sample);
    PROGRAMS.into_iter().chain(others).collect()
}

/// A tree in which all mutants compile.
pub(super) struct Scratch {
    pub(super) tree: PathBuf,
    /// The test programs by name.
    pub(super) programs: BTreeMap<String, PathBuf>,
    /// A hash of the files of the repository: another one if anything changed.
    pub(super) version: String,
}

fn failed(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// All files that git tracks, and new ones that it does not ignore.
fn tracked() -> Result<Vec<String>, String> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(arguments).current_dir(crate::root()).output().map_err(failed)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

/// Writes a file only if it changes, so that cargo builds only what is new.
fn write(path: &Path, content: &[u8]) -> Result<(), String> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().unwrap()).map_err(failed)?;
    fs::write(path, content).map_err(failed)
}

/// Copies the repository, with mutants in it, and builds the test programs. `drop` gets the mutants that cannot be in the build: those
/// that cannot be expressed, and then, until the rest compiles, those that the compiler rejects.
pub(super) fn build(
    folder: &Path,
    mutants: &[&Mutant],
    programs: &[(&str, Outcome)],
    drop: &mut dyn FnMut(&Mutant, Outcome) -> Result<(), String>,
) -> Result<Scratch, String> {
    let tree = folder.join("tree");
    let version = copy(&tree, mutants)?;
    let mut by_file: BTreeMap<&str, Vec<&Mutant>> = BTreeMap::new();
    for &mutant in mutants {
        by_file.entry(&mutant.file).or_default().push(mutant);
    }
    for (file, mutants) in &mut by_file {
        let expressed = put(&tree, file, mutants)?;
        for mutant in mutants.extract_if(.., |mutant| !expressed.contains(&mutant.number)) {
            drop(mutant, Outcome::NotExpressible)?;
        }
    }
    loop {
        let (programs, errors) = compile(folder, programs)?;
        if errors.is_empty() {
            return Ok(Scratch { tree, programs, version: format!("{:016x}", hash(0, &version)) });
        }
        let wrong = wrong(&tree, &errors)?;
        println!("{} errors: {} mutants are dropped", errors.len(), wrong.len());
        for (file, mutants) in &mut by_file {
            let before = mutants.len();
            for mutant in mutants.extract_if(.., |mutant| wrong.contains_key(&mutant.number)) {
                drop(mutant, wrong[&mutant.number])?;
            }
            if mutants.len() < before {
                put(&tree, file, mutants)?;
            }
        }
    }
}

/// The mutants that errors are about. Each time there is at least one, so that dropping them comes to an end.
fn wrong(tree: &Path, errors: &[Error]) -> Result<BTreeMap<u32, Outcome>, String> {
    let mut wrong = BTreeMap::new();
    for error in errors {
        match error.blamed(tree)? {
            Blamed::Mutant(number) => _ = wrong.insert(number, Outcome::DoesNotBuild),
            Blamed::Place(numbers) => {
                for number in numbers {
                    wrong.entry(number).or_insert(Outcome::NotExpressible);
                }
            }
        }
    }
    Ok(wrong)
}

/// Copies all files but those that get mutants, and removes what the repository has no more. Returns the names and hashes of all files.
fn copy(tree: &Path, mutants: &[&Mutant]) -> Result<String, String> {
    let with: BTreeSet<&str> = mutants.iter().map(|mutant| mutant.file.as_str()).collect();
    let mut version = String::new();
    let mut known: BTreeSet<PathBuf> = BTreeSet::from([tree.join("src/mutant_switch.rs")]);
    for name in tracked()? {
        let Ok(mut content) = fs::read(crate::root().join(&name)) else { continue };
        version.push_str(&format!("{name} {:016x}\n", hash(0, &String::from_utf8_lossy(&content))));
        known.insert(tree.join(&name));
        if with.contains(name.as_str()) {
            continue;
        }
        match name.as_str() {
            "Cargo.toml" => content.extend(PROFILE.bytes()),
            "src/lib.rs" => {
                let text = String::from_utf8_lossy(&content).replacen(
                    "#![warn(missing_docs)]",
                    "#![allow(warnings, clippy::all)]",
                    1,
                );
                content = (text + SWITCH).into_bytes();
            }
            "build.rs" => content.extend(BUILD_SWITCH.bytes()),
            _ => {}
        }
        write(&tree.join(&name), &content)?;
    }
    // Some tests read paths from the top of the repository.
    fs::create_dir_all(tree.join(".git")).map_err(failed)?;
    write(&tree.join("src/mutant_switch.rs"), include_bytes!("switch.rs"))?;
    for entry in
        walkdir::WalkDir::new(tree.join("src")).into_iter().chain(walkdir::WalkDir::new(tree.join("tests")))
    {
        let path = entry.map_err(failed)?.into_path();
        if path.is_file() && !known.contains(&path) {
            fs::remove_file(path).map_err(failed)?;
        }
    }
    Ok(version)
}

/// Writes one file with its mutants.
fn put(tree: &Path, file: &str, mutants: &[&Mutant]) -> Result<BTreeSet<u32>, String> {
    let source = fs::read_to_string(crate::root().join(file)).map_err(failed)?;
    let rewritten = rewrite(&source, mutants).map_err(|error| format!("{file}: {error}"))?;
    write(&tree.join(file), rewritten.text.as_bytes())?;
    Ok(rewritten.expressed)
}

/// An error of the compiler: the message, and its places, the main one first.
struct Error {
    message: String,
    places: Vec<(String, std::ops::Range<usize>)>,
}

impl Error {
    fn read(message: &Value) -> Self {
        let mut spans: Vec<&Value> = message["spans"].as_array().into_iter().flatten().collect();
        spans.sort_by_key(|span| span["is_primary"] != true);
        let at = |span: &Value, key: &str| usize::try_from(span[key].as_u64().unwrap_or(0)).unwrap_or(0);
        let places = spans.iter().map(|span| {
            let file = span["file_name"].as_str().unwrap_or_default().to_owned();
            (file, at(span, "byte_start")..at(span, "byte_end"))
        });
        let rendered = message["rendered"].as_str().unwrap_or_default().to_owned();
        Self { places: places.collect(), message: rendered }
    }

    /// The mutants that are to blame: a mutant if any place is inside one.
    fn blamed(&self, tree: &Path) -> Result<Blamed, String> {
        let mut place = None;
        for (file, range) in &self.places {
            let Ok(text) = fs::read_to_string(tree.join(file)) else { continue };
            match blamed(&text, range) {
                Some(Blamed::Mutant(number)) => return Ok(Blamed::Mutant(number)),
                found => place = place.or(found),
            }
        }
        place.ok_or(format!("no mutant explains this error:\n{}", self.message))
    }
}

/// Builds the test programs, or returns the errors of the compiler.
fn compile(
    folder: &Path,
    wanted: &[(&str, Outcome)],
) -> Result<(BTreeMap<String, PathBuf>, Vec<Error>), String> {
    let mut command = Command::new("cargo");
    command.args(["test", "--no-run"]);
    for &(name, _) in wanted {
        let target = ["--test", name];
        command.args(if name == LIBRARY { &["--lib"] } else { &target[..] });
    }
    command.args(["--profile", "mutants", "--locked", "--message-format", "json"]);
    command.current_dir(folder.join("tree")).env("CARGO_TARGET_DIR", folder.join("build"));
    let output = command.stderr(Stdio::inherit()).output().map_err(failed)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let (mut programs, mut errors) = (BTreeMap::new(), Vec::new());
    for message in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if message["reason"] == "compiler-message" && message["message"]["level"] == "error" {
            errors.extend(Some(Error::read(&message["message"])).filter(|error| !error.places.is_empty()));
        }
        let is_test = message["profile"]["test"] == true;
        if let (Some(path), Some(name), true) =
            (message["executable"].as_str(), message["target"]["name"].as_str(), is_test)
        {
            programs.insert(name.replace('-', "_"), PathBuf::from(path));
        }
    }
    if errors.is_empty() && !output.status.success() {
        return Err("the scratch tree does not build".to_owned());
    }
    Ok((programs, errors))
}
