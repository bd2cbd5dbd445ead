use std::path::{Path, PathBuf};

use super::{Knowledge, Memory, ProblemKind, Workspace};
use crate::limit::Limit;

struct Nothing;

impl Knowledge for Nothing {}

#[test]
fn files_beyond_the_limit_are_told() {
    let paths: Vec<PathBuf> = (0..4).map(|at| PathBuf::from(format!("/w/{at}.bicep"))).collect();
    let files = || paths.iter().fold(Memory::default(), |files, path| files.with(path, "param p string\n"));
    let load = |most: u64| {
        let budget = Limit::Files.budget_of(most);
        Workspace::load_within(budget, &files(), &Nothing, (&paths, &[]), Path::new("/w"))
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
