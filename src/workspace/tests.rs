use std::path::{Path, PathBuf};

use super::load::Left;
use super::{Knowledge, Memory, ProblemKind, UnreadKind, Workspace};
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
