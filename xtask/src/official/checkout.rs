//! Prepares the input of the tool: checkouts from bare clones, and a module cache like that of `bicep restore`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::tool::Tool;
use super::{Row, probes};

/// The repository of the public registry's modules.
pub(super) const AVM: &str = "Azure/bicep-registry-modules";

/// The registry of public modules, as a folder name in the cache.
const REGISTRY: &str = ".bicep/br/mcr.microsoft.com";
/// Prefixes of references to public modules.
const PUBLIC: [&str; 2] = ["'br/public:", "'br:mcr.microsoft.com/bicep/"];
/// Endings of files that can be templates, or that templates can load as text. Images and archives are left out.
const TEXTS: &str =
    "bicep bicepparam json jsonc yml yaml txt ps1 sh xml md csv html py kql pem cer crt sql graphql";
/// A marker file in a checkout that contains its commit.
const MARK: &str = ".git/laid-out";

/// The prepared checkouts.
pub(super) struct Checkouts {
    work: PathBuf,
    trees: PathBuf,
    /// The home folder with the module cache.
    pub(super) home: PathBuf,
    /// The repositories that are available.
    present: BTreeSet<String>,
    /// The repositories that are missing, with the requested commits.
    pub(super) absent: BTreeMap<String, String>,
}

impl Checkouts {
    /// Creates checkouts at the recorded commits, and fills the module cache from the tags of AVM.
    ///
    /// # Errors
    ///
    /// If AVM is missing, or a file cannot be written.
    pub(super) fn lay_out(mirrors: &Path, work: &Path, wanted: &BTreeSet<&str>) -> Result<Self, String> {
        let commits = crate::root().join("tests/official/commits.json");
        let commits = fs::read_to_string(&commits).map_err(said(&commits))?;
        let commits: BTreeMap<String, String> =
            serde_json::from_str(&commits).map_err(|error| error.to_string())?;
        let (present, absent) = Default::default();
        let (trees, home) = (work.join("trees"), work.join("home"));
        let mut found = Self { work: work.to_owned(), trees, home, present, absent };
        for &repository in wanted {
            let commit =
                commits.get(repository).ok_or_else(|| format!("commits.json has no {repository}"))?;
            let mirror = mirrors.join(folder(repository)).join("repo");
            if mirror.is_dir() && git(&mirror, &["cat-file", "-e", &format!("{commit}^{{commit}}")]).is_some()
            {
                tree(&mirror, commit, &found.trees.join(folder(repository)))?;
                found.present.insert(repository.to_owned());
            } else {
                found.absent.insert(repository.to_owned(), commit.clone());
            }
        }
        if let Some(commit) = found.absent.get(AVM) {
            return Err(format!("{AVM} is needed for every run: fetch it with its tags, at {commit}"));
        }
        fill_cache(&found.trees, &found.home, &mirrors.join(folder(AVM)).join("repo"))?;
        Ok(found)
    }

    /// Whether a repository is available.
    pub(super) fn has(&self, repository: &str) -> bool {
        self.present.contains(repository)
    }

    /// The file of a row.
    pub(super) fn path(&self, row: &Row) -> PathBuf {
        self.trees.join(folder(&row.repository)).join(&row.root)
    }

    /// A copy of AVM and of the module cache in which every `uniqueString` is a constant, so that names are known.
    /// Returns its folder, and the tool with that home folder.
    pub(super) fn constant(&self, tool: &Tool) -> Result<(PathBuf, Tool), String> {
        let (work, done) = (self.work.join("constant"), self.work.join("constant/done"));
        let avm = self.trees.join(folder(AVM));
        // The inputs of the copy: the commit, and the number of cached modules.
        let cached = templates(&self.home, &["json"]).len();
        let made_of = format!("{} {cached}", fs::read_to_string(avm.join(MARK)).unwrap_or_default());
        if fs::read_to_string(&done).ok().as_ref() != Some(&made_of) {
            remove(&work)?;
            copy_constant(&avm, &work.join("tree"))?;
            copy_constant(&self.home, &work.join("home"))?;
            write(&done, made_of.as_bytes())?;
        }
        Ok((work.join("tree"), tool.at_home_in(&work.join("home"))))
    }
}

/// Writes the `main.json` of every referenced version of a public module into the cache below `home`, unless it is
/// already there.
///
/// # Errors
///
/// If the clone of AVM cannot be read, or a file cannot be written.
pub(super) fn fill_cache(trees: &Path, home: &Path, avm: &Path) -> Result<(), String> {
    let mut references = BTreeSet::new();
    for path in templates(trees, &["bicep", "bicepparam"]) {
        if let Ok(bytes) = fs::read(path) {
            references.extend(public_modules(&String::from_utf8_lossy(&bytes)));
        }
    }
    let mut blobs = Blobs::of(avm)?;
    for (module, version) in references {
        let name = format!("bicep${}", module.replace('/', "$"));
        let into = home.join(REGISTRY).join(name).join(format!("{version}$"));
        if into.is_dir() {
            continue;
        }
        // Older modules are one folder deeper.
        let places = [module.clone(), format!("modules/{module}")];
        let at = |place: &String| format!("{module}/{version}:{place}/main.json");
        let mut text = blobs.read(&at(&places[0]))?;
        if text.is_none() {
            text = blobs.read(&at(&places[1]))?;
        }
        let Some(text) = text else { continue };
        write(&into.join("main.json"), &text)?;
        write(&into.join("manifest"), br#"{"schemaVersion":2,"layers":[]}"#)?;
        write(&into.join("metadata"), b"{}")?;
        write(&into.join("lock"), b"")?;
    }
    Ok(())
}

/// Copies a folder, and replaces unknown values in tests by constants.
fn copy_constant(from: &Path, into: &Path) -> Result<(), String> {
    for entry in walkdir::WalkDir::new(from).into_iter().filter_map(Result::ok) {
        let path = entry.path();
        let Ok(below) = path.strip_prefix(from) else { continue };
        if entry.file_type().is_dir() {
            fs::create_dir_all(into.join(below)).map_err(said(path))?;
            continue;
        }
        let bytes = fs::read(path).map_err(said(path))?;
        let is_template = path.extension().is_some_and(|end| end == "bicep" || end == "json");
        let text = is_template
            .then(|| std::str::from_utf8(&bytes).ok())
            .flatten()
            .map(probes::without_unique_string);
        write(&into.join(below), text.as_ref().map_or(&bytes, |text| text.as_bytes()))?;
    }
    Ok(())
}

pub(super) fn folder(repository: &str) -> String {
    repository.replacen('/', "+", 1)
}

/// Writes the text files of a commit so that they look like a checkout. A clone may lack the contents of large files.
fn tree(mirror: &Path, commit: &str, into: &Path) -> Result<(), String> {
    if fs::read_to_string(into.join(MARK)).is_ok_and(|laid_out| laid_out == commit) {
        return Ok(());
    }
    remove(into)?;
    let listed = git(mirror, &["ls-tree", "-r", "-z", commit]).unwrap_or_default();
    let mut blobs = Blobs::of(mirror)?;
    for line in String::from_utf8_lossy(&listed).split('\0') {
        let Some((head, path)) = line.split_once('\t') else { continue };
        let mut head = head.split(' ');
        let (Some(mode), Some(_), Some(blob)) = (head.next(), head.next(), head.next()) else { continue };
        let end = path.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
        let is_text = end.is_some_and(|end| TEXTS.split(' ').any(|text| text == end));
        if !mode.starts_with("100") || !is_text {
            continue;
        }
        if let Some(bytes) = blobs.read(blob)? {
            write(&into.join(path), &bytes)?;
        }
    }
    write(&into.join(MARK), commit.as_bytes())
}

/// The public modules that a text refers to, as path and version.
fn public_modules(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for begin in PUBLIC {
        for rest in text.split(begin).skip(1) {
            let reference = rest.split_once('\'').map(|(reference, _)| reference);
            let Some((module, version)) = reference.and_then(|reference| reference.split_once(':')) else {
                continue;
            };
            let is_path = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'/' | b'-');
            if module.bytes().all(is_path) && version.starts_with(|first: char| first.is_ascii_digit()) {
                found.push((module.to_owned(), version.to_owned()));
            }
        }
    }
    found
}

/// The files below a folder with these endings.
fn templates(folder: &Path, ends: &[&str]) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    let is_one = |path: &PathBuf| path.extension().is_some_and(|end| ends.iter().any(|known| end == *known));
    let files = entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files.filter(is_one).collect()
}

/// The output of git on a bare clone; `None` if it fails.
fn git(mirror: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let output =
        Command::new("git").arg("-C").arg(mirror).args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// Reads contents of a clone one after another with a single git process.
pub(super) struct Blobs {
    process: Child,
    asked: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Blobs {
    pub(super) fn of(mirror: &Path) -> Result<Self, String> {
        let mut command = Command::new("git");
        command.arg("-C").arg(mirror).args(["cat-file", "--batch"]);
        // A partial clone would otherwise download missing contents.
        command
            .env("GIT_NO_LAZY_FETCH", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().map_err(|error| format!("git: {error}"))?;
        let answers = BufReader::new(process.stdout.take().ok_or("git has no output")?);
        let asked = process.stdin.take();
        Ok(Self { process, asked, answers })
    }

    /// The content with a name: a hash, or `COMMIT:PATH`. `None` if the clone does not have it.
    pub(super) fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let said = |error: std::io::Error| format!("git: {error}");
        let asked = self.asked.as_mut().ok_or("git has ended")?;
        writeln!(asked, "{name}").and_then(|()| asked.flush()).map_err(said)?;
        let mut head = String::new();
        self.answers.read_line(&mut head).map_err(said)?;
        // The output is `HASH KIND SIZE`, or the name with an error.
        let Some(size) = head.trim_end().rsplit_once(" blob ").and_then(|(_, size)| size.parse().ok()) else {
            return Ok(None);
        };
        let mut bytes = vec![0; size];
        self.answers.read_exact(&mut bytes).map_err(said)?;
        self.answers.read_exact(&mut [0]).map_err(said)?;
        Ok(Some(bytes))
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // The process ends when its input is closed.
        self.asked = None;
        let _ = self.process.wait();
    }
}

fn said(path: &Path) -> impl FnOnce(std::io::Error) -> String {
    let path = path.display().to_string();
    move |error| format!("{path}: {error}")
}

/// Writes a file, and creates the folders above it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(said(folder))?;
    }
    fs::write(path, bytes).map_err(said(path))
}

pub(super) fn remove(folder: &Path) -> Result<(), String> {
    if folder.exists() { fs::remove_dir_all(folder).map_err(said(folder)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::public_modules;

    #[test]
    fn references_to_public_modules_are_read() {
        let text = "module a 'br/public:avm/res/x:0.1.0' = {}\nmodule b 'br:mcr.microsoft.com/bicep/y:1.2' = {}\n\
                    module c 'br:own.azurecr.io/z:1' = {}\nmodule d 'br/public:q:${version}' = {}";
        let found = [("avm/res/x", "0.1.0"), ("y", "1.2")]
            .map(|(path, version)| (path.to_owned(), version.to_owned()));
        assert_eq!(public_modules(text), found);
    }
}
