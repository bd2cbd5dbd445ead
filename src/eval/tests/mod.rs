//! Tests of evaluation, by small templates.

mod binders;
mod bounds;
mod case_split;
mod environment;
mod feasibility;
mod folding;
mod held;
mod identity;
mod interpreter;
mod modules;
mod null;
mod official;
mod partly_known;
mod quantifier;
mod worlds;

use std::path::{Path, PathBuf};

use super::evaluator::Evaluator;
use super::term::Term;
use crate::template::{NodeId, VariableId};
use crate::workspace::{Knowledge, Memory, TemplateId, Workspace};

/// Knows no modules other than those in the files.
struct Nothing;

impl Knowledge for Nothing {}

/// Files in memory; `main.bicep` is the root.
fn workspace(files: &[(&str, &str)]) -> Workspace {
    let memory = files
        .iter()
        .fold(Memory::default(), |memory, (path, text)| memory.with(Path::new("/").join(path), *text));
    let root = PathBuf::from("/main.bicep");
    Workspace::load(&memory, &Nothing, &[root], &[], Path::new("/"))
}

fn root(workspace: &Workspace) -> TemplateId {
    workspace.roots[0].1.expect("main.bicep can be read")
}

/// The value of a variable of a template.
fn variable(evaluator: &mut Evaluator<'_>, template: TemplateId, name: &str) -> Term {
    let declared = evaluator.workspace().template(template);
    let found = declared.variables.iter().position(|variable| declared.exprs.text(variable.name) == name);
    evaluator.variable(template, VariableId(found.expect("there is such a variable") as u32))
}

fn node(workspace: &Workspace, template: TemplateId, symbol: &str) -> NodeId {
    let template = workspace.template(template);
    let found = template.node_ids().find(|&id| template.node(id).symbol == symbol);
    found.unwrap_or_else(|| panic!("there is no {symbol}"))
}

/// The variable `v` of a file, as it is shown.
fn shown(text: &str) -> String {
    let workspace = workspace(&[("main.bicep", text)]);
    let mut evaluator = Evaluator::new(&workspace);
    let value = variable(&mut evaluator, root(&workspace), "v");
    evaluator.terms().show(value)
}

/// Whether the variables `a` and `b` of a file are one term.
fn are_one(text: &str) -> bool {
    let workspace = workspace(&[("main.bicep", text)]);
    let mut evaluator = Evaluator::new(&workspace);
    let template = root(&workspace);
    variable(&mut evaluator, template, "a") == variable(&mut evaluator, template, "b")
}
