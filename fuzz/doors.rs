//! The door: compares it with a model of what may be read and written, on small trees of files, folders, links, pipes
//! and sockets.
//!
//! Each line of an input creates one item in the tree, chosen by the hash of the line, so that every input is a valid
//! tree. The model knows only names and links: it resolves paths step by step, and determines which file each reference
//! really leads to.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::door::Boundary;
use bicep_race_lint::door::write::Guarded;
use bicep_race_lint::fix::apply::write;
use bicep_race_lint::level::Level;
use bicep_race_lint::report::{Format, Style, render};
use bicep_race_lint::session::configured::ConfigSource;
use bicep_race_lint::session::{Configured, Roots, Session};
use bicep_race_lint::workspace::file_system::Absent;
use bicep_race_lint::workspace::walk::walk;
use bicep_race_lint::workspace::{Callee, Disk, Workspace};

/// Folders of a tree. The repository is `repo`, which is always a folder.
const FOLDERS: [&str; 7] = ["repo", "repo", "repo/a", "repo/b", "repo/a/c", "out", "out/a"];
/// Names of the items.
const NAMES: [&str; 9] = [
    "m.bicep",
    "n.bicep",
    "m.bicep",
    "a",
    "b",
    "t.txt",
    "bicepconfig.json",
    "bicep-race-lint.toml",
    ".gitignore",
];
/// References, and targets of links. `@` stands for the path of the tree.
const TARGETS: [&str; 20] = [
    "m.bicep",
    "n.bicep",
    "a/m.bicep",
    "b/n.bicep",
    "../m.bicep",
    "../out/m.bicep",
    "../../out/m.bicep",
    "a/../n.bicep",
    "a/../../out/n.bicep",
    "../out",
    "../../out",
    "../a",
    "..",
    "b",
    "t.txt",
    "../t.txt",
    "nowhere",
    "@/out/m.bicep",
    "@/repo/n.bicep",
    "@/out/a",
];
/// Maximum number of links on the path to a file.
const MAX_LINKS: usize = 40;

/// An item of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Folder,
    /// A file, by the index of its content.
    File(usize),
    Link(String),
    /// A pipe or a socket.
    Special,
}

/// The model of a tree.
#[derive(Debug, Default)]
struct Model {
    /// By path, without links in the path.
    nodes: BTreeMap<String, Node>,
    contents: Vec<String>,
    top: String,
}

impl Model {
    /// Resolves a path step by step, and returns the real path and its item.
    fn resolve(&self, path: &str) -> Option<(String, Option<&Node>)> {
        let mut open: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let (mut at, mut links) = (Vec::<String>::new(), 0);
        while let Some(part) = open.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    // For the operating system, only a folder has a parent; nothing is known above the tree.
                    let is_folder = self.nodes.get(&at.join("/")) == Some(&Node::Folder);
                    is_folder.then(|| at.pop())??;
                    continue;
                }
                _ => at.push(part),
            }
            match self.nodes.get(&at.join("/")) {
                Some(Node::Link(target)) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return None;
                    }
                    at.pop();
                    let inside = target.strip_prefix('@');
                    if inside.is_some() {
                        at.clear();
                    }
                    open.extend(inside.unwrap_or(target).split('/').rev().map(str::to_owned));
                }
                // A file has no children.
                Some(Node::File(_) | Node::Special) if !open.is_empty() => return Some((at.join("/"), None)),
                _ => {}
            }
        }
        let real = at.join("/");
        let node = self.nodes.get(&real);
        Some((real, node))
    }

    /// The content of the file that may be read at a path.
    fn readable(&self, path: &str, boundary: &str) -> Option<&str> {
        let (real, node) = self.resolve(path)?;
        let is_inside = boundary.is_empty() || real == boundary || real.starts_with(&format!("{boundary}/"));
        match node {
            Some(Node::File(content)) if is_inside => Some(&self.contents[*content]),
            _ => None,
        }
    }

    /// The number of names of the file with this content.
    fn names_of(&self, content: usize) -> usize {
        self.nodes.values().filter(|node| **node == Node::File(content)).count()
    }

    /// Adds an item that was created on disk.
    fn add(&mut self, path: &str, node: Node) {
        // The folders above it exist: every item is created in a real folder.
        self.nodes.insert(path.to_owned(), node);
    }
}

/// The path that the compiler computes for a reference: `..` removes the name before it, whatever that name leads to.
fn joined(folder: &str, reference: &str) -> Option<String> {
    let (mut at, rest): (Vec<&str>, &str) = match reference.strip_prefix('@') {
        Some(rest) => (Vec::new(), rest),
        None => (folder.split('/').filter(|part| !part.is_empty()).collect(), reference),
    };
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(at.pop()?),
            part => at.push(part),
        }
    }
    Some(at.join("/"))
}

fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn one<'a>(of: &[&'a str], number: &mut u64) -> &'a str {
    let at = (*number % of.len() as u64) as usize;
    *number /= of.len() as u64;
    of[at]
}

/// A folder on disk that is emptied for each tree, with a pipe and a socket as link targets.
struct Ground {
    folder: tempfile::TempDir,
    _listener: std::os::unix::net::UnixListener,
}

impl Ground {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let pipe = std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status();
        assert!(pipe.is_ok_and(|status| status.success()));
        let listener = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
        Self { folder, _listener: listener }
    }
}

thread_local! {
    static GROUND: Ground = Ground::new();
}

/// Checks that nothing outside the boundary is read or quoted, and that everything inside is read.
pub(crate) fn doors(text: &str) {
    GROUND.with(|ground| {
        let top = ground.folder.path().join("tree");
        let _ = fs::remove_dir_all(&top);
        fs::create_dir_all(top.join("repo")).unwrap();
        let mut model = Model { top: top.to_str().unwrap().to_owned(), ..Model::default() };
        model.add("repo", Node::Folder);
        for line in text.lines().take(24) {
            make(&mut model, ground.folder.path(), hash(line));
        }
        let mut number = hash(text);
        let base = one(&["", "repo", "repo"], &mut number);
        let is_walked = number % 2 == 1;
        judge(&model, &top, base, is_walked);
        number /= 2;
        mend(&mut model, &top, &mut number);
        put_out(&mut model, &top, &mut number);
    });
}

/// Creates one item on disk and in the model, if its place is free.
fn make(model: &mut Model, ground: &Path, mut number: u64) {
    let kind = number % 8;
    number /= 8;
    let (folder, name) = (one(&FOLDERS, &mut number), one(&NAMES, &mut number));
    let path = format!("{folder}/{name}");
    let on_disk = |path: &str| Path::new(&model.top).join(path);
    // Items are created in folders, not behind links.
    let mut above = String::new();
    for part in folder.split('/') {
        above = if above.is_empty() { part.to_owned() } else { format!("{above}/{part}") };
        match model.nodes.get(&above) {
            Some(Node::Folder) => {}
            Some(_) => return,
            None => {
                fs::create_dir(on_disk(&above)).unwrap();
                model.nodes.insert(above.clone(), Node::Folder);
            }
        }
    }
    if model.nodes.contains_key(&path) {
        return;
    }
    let target = one(&TARGETS, &mut number);
    let node = match kind {
        0..=3 => {
            let id = model.contents.len();
            let text = content(name, folder, id, [target, one(&TARGETS, &mut number)], &model.top);
            fs::write(on_disk(&path), &text).unwrap();
            model.contents.push(text);
            Node::File(id)
        }
        4 | 5 => {
            let written = target.replace('@', &model.top);
            std::os::unix::fs::symlink(written, on_disk(&path)).unwrap();
            Node::Link(target.to_owned())
        }
        6 => {
            let special = if number.is_multiple_of(2) { "pipe" } else { "socket" };
            fs::hard_link(ground.join(special), on_disk(&path)).unwrap();
            Node::Special
        }
        _ => {
            // Another name for a file on the same side: a hard link to a file outside would make it part of the inside.
            let side = path.starts_with("repo");
            let is_file = |(other, node): &(&String, &Node)| {
                matches!(node, Node::File(_)) && other.starts_with("repo") == side
            };
            let files = model.nodes.iter().filter(is_file);
            let files: Vec<(String, Node)> = files.map(|(path, node)| (path.clone(), node.clone())).collect();
            let Some((other, node)) = files.get((number % files.len().max(1) as u64) as usize) else {
                return;
            };
            fs::hard_link(on_disk(other), on_disk(&path)).unwrap();
            node.clone()
        }
    };
    model.add(&path, node);
}

/// A text that an error message would quote, or that would be visible if it were read. It contains a word that tells
/// its side.
fn content(name: &str, folder: &str, id: usize, [one, other]: [&str; 2], top: &str) -> String {
    let word = format!("{}word{id}", if folder.starts_with("out") { "secret" } else { "own" });
    let (one, other) = (one.replace('@', top), other.replace('@', top));
    match name {
        "bicepconfig.json" | "t.txt" => format!("{{ {word} }}"),
        "bicep-race-lint.toml" => format!("extends = \"{one}\"\n{word}_key = 1\n"),
        ".gitignore" => format!("# {word}\nb/\n"),
        _ => format!(
            "module {word} '{one}' = {{\n  name: '{word}'\n}}\nvar loaded = loadTextContent('{other}')\n\
             output {word}out string = loaded {word}\n"
        ),
    }
}

/// A remedy changes the file that a path really leads to, if that file is in the given folder and has only one name.
fn mend(model: &mut Model, top: &Path, number: &mut u64) {
    let path = format!("{}/{}", one(&FOLDERS, number), one(&NAMES, number));
    let wanted = match model.resolve(&path) {
        Some((real, Some(Node::File(content)))) if real.starts_with("repo/") => Some(*content),
        _ => None,
    };
    let wanted = wanted.filter(|content| model.names_of(*content) == 1);
    let before = wanted.map(|content| model.contents[content].clone()).unwrap_or_default();
    let written = Guarded::new([top.join("repo")])
        .inside(&top.join(&path))
        .and_then(|target| write(&target, &before, "after"));
    assert_eq!(written.is_ok(), wanted.is_some(), "{path}: {written:?}\n{model:#?}");
    if let Some(content) = wanted {
        "after".clone_into(&mut model.contents[content]);
    }
    everything_is_as_the_model_says(model, top);
}

/// An output is written into the guarded folder only if no part of its path is a link.
fn put_out(model: &mut Model, top: &Path, number: &mut u64) {
    let path = format!("{}/{}", one(&FOLDERS[..5], number), one(&NAMES, number));
    let parts: Vec<&str> = path.split('/').collect();
    let folders = (1..parts.len()).all(|end| model.nodes.get(&parts[..end].join("/")) == Some(&Node::Folder));
    let node = model.nodes.get(&path).cloned();
    let written = Guarded::new([top.join("repo")])
        .target(&top.join(&path))
        .and_then(|target| target.replace(|_| Ok("output")));
    let is_room = match node {
        None => true,
        Some(Node::File(content)) => model.names_of(content) == 1,
        Some(_) => false,
    };
    assert_eq!(written.is_ok(), folders && is_room, "{path}: {written:?}\n{model:#?}");
    if written.is_ok() {
        model.contents.push("output".to_owned());
        model.add(&path, Node::File(model.contents.len() - 1));
    }
    everything_is_as_the_model_says(model, top);
}

/// Checks that no item appeared, disappeared or changed without the model.
fn everything_is_as_the_model_says(model: &Model, top: &Path) {
    let entries = walkdir::WalkDir::new(top).min_depth(1).into_iter().map(Result::unwrap);
    let mut found: Vec<String> =
        entries.map(|entry| entry.path().strip_prefix(top).unwrap().to_str().unwrap().to_owned()).collect();
    found.sort();
    assert_eq!(found, model.nodes.keys().cloned().collect::<Vec<_>>());
    for (path, node) in &model.nodes {
        let whole = top.join(path);
        match node {
            Node::File(content) => assert_eq!(fs::read(&whole).unwrap(), model.contents[*content].as_bytes()),
            Node::Link(target) => {
                let written = target.replace('@', &model.top);
                assert_eq!(fs::read_link(&whole).unwrap(), Path::new(&written), "{path}");
            }
            Node::Folder => assert!(fs::symlink_metadata(&whole).unwrap().is_dir(), "{path}"),
            Node::Special => {}
        }
    }
}

struct Nothing;

impl bicep_race_lint::workspace::Knowledge for Nothing {}

/// Compares a run over the tree with the model.
fn judge(model: &Model, top: &Path, base: &str, is_walked: bool) {
    let base_folder = top.join(base);
    // There is no repository, so the boundary is the working folder: it contains the root.
    let repository = top.join("repo");
    let boundary = Boundary::around(&base_folder, [(repository.as_path(), repository.as_path())], None);
    let mut roots = Roots { base: base_folder.clone(), ..Roots::default() };
    let shown = |path: &Path| path.strip_prefix(top).unwrap_or(path).to_str().unwrap().to_owned();
    if is_walked {
        let walked = walk(&repository, &[], &boundary);
        for path in walked.found {
            roots.found.push((path, repository.clone()));
        }
    } else {
        roots.named.push(repository.join("m.bicep"));
    }
    let paths: Vec<PathBuf> = roots.found.iter().map(|(path, _)| path).chain(&roots.named).cloned().collect();
    let workspace = Workspace::load(&Disk, &Nothing, &paths, &[], &base_folder);
    let may = |path: &str| model.readable(path, base);
    for (path, id) in &workspace.roots {
        // For a root behind a link, the folder of the link counts.
        assert_eq!(id.is_some(), may(&shown(path)).is_some(), "{} as root\n{model:#?}", path.display());
    }
    for (id, template) in workspace.templates() {
        let path = shown(workspace.path(id));
        // For endless paths, the model also counts the links inside links, and gives up slightly earlier.
        if path.split('/').count() > 30 {
            continue;
        }
        let file = workspace.sources.file(template.file);
        assert_eq!(may(&path), Some(&*file.text), "{path}\n{model:#?}");
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let leads_to = |reference: &str| {
            let reference = reference.replace(&model.top, "@");
            joined(folder, &reference).and_then(|path| may(&path))
        };
        for node in template.node_ids() {
            match workspace.call(id, node) {
                Some(Callee::Template(callee)) => {
                    let text = &workspace.sources.file(workspace.template(*callee).file).text;
                    let Some(reference) = reference_of(&file.text) else { continue };
                    assert_eq!(leads_to(reference), Some(&**text), "{path} calls {reference}\n{model:#?}");
                }
                Some(Callee::Unresolved { reference, why, .. }) if !why.contains("refers back") => {
                    assert_eq!(leads_to(reference), None, "{path} calls {reference}: {why}\n{model:#?}");
                }
                _ => {}
            }
        }
        if let Some(load) = load_of(&file.text) {
            assert_eq!(workspace.content(id, load), leads_to(load), "{path} loads {load}\n{model:#?}");
        }
    }
    nothing_is_quoted(model, roots, &boundary, base);
}

fn between<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once('\'').map(|(inside, _)| inside)
}

fn reference_of(text: &str) -> Option<&str> {
    text.strip_prefix("module ").and_then(|rest| between(rest, " '"))
}

fn load_of(text: &str) -> Option<&str> {
    between(text, "loadTextContent('")
}

/// Checks that no word of a file outside is quoted anywhere.
fn nothing_is_quoted(model: &Model, roots: Roots, boundary: &Boundary, base: &str) {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    let mut said = String::new();
    let paths: Vec<PathBuf> = roots.found.iter().map(|(path, _)| path).chain(&roots.named).cloned().collect();
    let scope = (&Absent::default(), boundary);
    match Configured::load(&ConfigSource::Nearest, &paths, &roots.base, scope) {
        Ok(configured) => said.push_str(&configured.mistakes.join("\n")),
        Err(error) => {
            let _ = write!(said, "{error}: {}", error.source);
        }
    }
    let mut session =
        Session::new(CATALOG.get_or_init(Catalog::builtin).clone(), bicep_race_lint::Config::default());
    session.load(Disk, roots);
    let report = session.check();
    let style = Style { color: false, unicode: true, width: 80, is_terminal: false, level: Level::Note };
    for format in [Format::Json, Format::Human] {
        said.push_str(render(&report, format, style).text());
    }
    for (path, why) in session.unreadable() {
        let _ = writeln!(said, "{}: {why}", path.display());
    }
    if !base.is_empty() {
        assert!(!said.contains("secret"), "{said}\n{model:#?}");
    }
}
