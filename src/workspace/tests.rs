use std::path::{Path, PathBuf};

use super::load::Left;
use super::{FileSystem, Knowledge, Memory, ProblemKind, UnreadKind, Workspace};
use crate::limit::Limit;

struct Nothing;

impl Knowledge for Nothing {}

#[test]
fn files_beyond_the_limit_are_told() {
    let paths: Vec<PathBuf> = (0..4).map(|at| PathBuf::from(format!("/w/{at}.bicep"))).collect();
    let files = || paths.iter().fold(Memory::default(), |files, path| files.with(path, "param p string\n"));
    let load = |most: u64| {
        let left = Left { files: Limit::Files.budget_of(most), ..Left::default() };
        Workspace::load_within(left, &files(), &Nothing, (&paths, &[]), Path::new("/w"))
    };
    let workspace = load(4);
    assert!(workspace.problems.is_empty() && workspace.unreadable.is_empty());
    let workspace = load(2);
    let told: Vec<&str> = workspace
        .problems
        .iter()
        .filter(|problem| problem.kind == ProblemKind::Limit(Limit::Files))
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(told, ["a run reads at most 2 files; the others count as unreadable"]);
    assert_eq!(workspace.unreadable.len(), 2);
}

#[test]
fn bytes_beyond_the_limit_are_told() {
    let text = "param p string\nvar v = loadTextContent('load.txt')\n";
    let paths: Vec<PathBuf> = (0..3).map(|at| PathBuf::from(format!("/w/{at}.bicep"))).collect();
    let files = || {
        let all = paths.iter().fold(Memory::default(), |files, path| files.with(path, text));
        all.with("/w/load.txt", "text")
    };
    let load = |bytes: usize| {
        let left = Left { bytes: Limit::RunBytes.budget_of(bytes as u64), ..Left::default() };
        Workspace::load_within(left, &files(), &Nothing, (&paths, &[]), Path::new("/w"))
    };
    let workspace = load(3 * text.len() + 4);
    assert!(workspace.problems.is_empty() && workspace.unreadable.is_empty() && workspace.unread.is_empty());
    let workspace = load(3 * text.len() + 3);
    assert!(workspace.unreadable.is_empty());
    assert_eq!(workspace.unread.len(), 3, "each that loads it");
    assert!(workspace.unread.iter().all(|unread| unread.kind == UnreadKind::Load && !unread.is_outside));
    let workspace = load(2 * text.len());
    let problems: Vec<&str> = workspace.problems.iter().map(|problem| problem.message.as_str()).collect();
    let told =
        format!("a run reads at most {} bytes; the files beyond them count as unreadable", 2 * text.len());
    assert_eq!(problems, [told]);
    assert_eq!(workspace.unreadable.len(), 1);
}

#[test]
fn a_path_in_another_case_leads_to_the_file_that_windows_and_macos_find() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let root = folder.join("main.bicep");
    let main =
        "module m './Modules/Net.bicep' = { name: 'm' }\nmodule n './modules/two.bicep' = { name: 'n' }\n";
    std::fs::create_dir(folder.join("modules")).unwrap();
    std::fs::write(&root, main).unwrap();
    std::fs::write(folder.join("modules/net.bicep"), "").unwrap();
    let on_disk = Workspace::load(&super::Disk, &Nothing, std::slice::from_ref(&root), &[], folder);
    // Two files match the second path, so neither is meant for certain. Not every disk can hold both.
    let names = ["net", "Two", "TWO"].map(|name| folder.join(format!("modules/{name}.bicep")));
    let in_memory =
        names.iter().fold(Memory::default().with(&root, main), |files, path| files.with(path, ""));
    let in_memory = Workspace::load(&in_memory, &Nothing, &[root], &[], folder);
    for workspace in [on_disk, in_memory] {
        let unread: Vec<&str> = workspace.unread.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(unread, ["./modules/two.bicep"]);
        assert_eq!(workspace.sources.iter().count(), 2);
    }
}

#[test]
fn the_disk_and_memory_answer_alike() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::create_dir(folder.join("modules")).unwrap();
    std::fs::write(folder.join("modules/net.bicep"), "param p string\n").unwrap();
    let memory = Memory::default().with(folder.join("modules/net.bicep"), "param p string\n");
    let files: [&dyn FileSystem; 2] = [&super::Disk, &memory];
    for files in files {
        for (path, is_file, is_folder) in [
            ("modules/net.bicep", true, false),
            ("modules", false, true),
            ("modules/other.bicep", false, false),
            ("other", false, false),
        ] {
            let path = folder.join(path);
            assert_eq!(files.is_file(&path), is_file, "{path:?}");
            assert_eq!(files.is_folder(&path), is_folder, "{path:?}");
            assert_eq!(files.read(&path).is_ok(), is_file, "{path:?}");
        }
    }
}
