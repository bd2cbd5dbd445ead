//! Generates the descriptions for a checkout, called modules before their callers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::azure::modules::form;
use bicep_race_lint::race::analysis::analyse;
use bicep_race_lint::template::{ModuleTarget, NodeId, NodeKind};
use bicep_race_lint::workspace::bicep_config::BicepConfig;
use bicep_race_lint::workspace::reference::{self, Reference};
use bicep_race_lint::workspace::walk::is_test;
use bicep_race_lint::workspace::{Disk, Knowledge, TemplateId, Workspace};

use super::describe::{Describer, Known};
use super::written;

/// Stubs for the modules of a registry, by path.
#[derive(Default)]
pub(crate) struct Stubs(pub(crate) BTreeMap<String, String>);

impl Knowledge for Stubs {
    fn public(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }
}

/// The path prefix of modules in a registry, without the registry itself.
/// Ex) `br:contoso.azurecr.io/bicep/` → `bicep/`
pub(crate) fn prefix(registry: &str) -> String {
    match registry.strip_prefix("br:") {
        Some(rest) => rest.split_once('/').map_or("", |(_, path)| path).to_owned(),
        None => registry.split_once(':').map_or("", |(_, path)| path).to_owned(),
    }
}

/// The files of all modules below a checkout, sorted.
pub(crate) fn sources(checkout: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(checkout).into_iter().filter_map(Result::ok);
    let mut found: Vec<PathBuf> = entries
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.file_name().is_some_and(|name| name == "main.bicep") && !is_test(path, checkout))
        .collect();
    found.sort();
    found
}

/// The path of the module in a file.
pub(crate) fn path_of(checkout: &Path, prefix: &str, file: &Path) -> Option<String> {
    let inside = file.strip_prefix(checkout).ok()?;
    let folder = if inside.file_name()? == "main.bicep" { inside.parent()? } else { inside };
    let parts: Vec<_> = folder.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    Some(format!("{prefix}{}", parts.join("/")))
}

/// The descriptions of the modules below these folders of a checkout, and of the modules that they call, by path. A
/// module without relevant resources and unknown calls is described only by its outputs.
pub(crate) fn modules(checkout: &Path, only: &[String], prefix: &str, catalog: &Catalog) -> Known {
    // The second pass knows the outputs of modules that are called through the registry.
    let first = described(checkout, only, prefix, catalog, &Stubs::default());
    let text = written::file(first.values(), "");
    let stubs = form::stubs_of(&text).unwrap_or_default().into_iter().collect();
    described(checkout, only, prefix, catalog, &Stubs(stubs))
}

fn described(checkout: &Path, only: &[String], prefix: &str, catalog: &Catalog, stubs: &Stubs) -> Known {
    let roots = sources(checkout);
    let workspace = Workspace::load(&Disk, stubs, &roots, &[], checkout);
    let ids: Vec<TemplateId> = workspace.roots.iter().filter_map(|(_, id)| *id).collect();
    let mut analysis = analyse(&workspace, catalog, &ids);
    let callee = |id: TemplateId, node: NodeId| path_of_callee(&workspace, checkout, prefix, id, node);
    let by_path: BTreeMap<String, TemplateId> = workspace
        .templates()
        .filter_map(|(id, _)| Some((path_of(checkout, prefix, workspace.path(id))?, id)))
        .collect();
    let (mut known, mut harmless) = (Known::new(), Known::new());
    for id in callees_first(&workspace, &by_path, &callee, &ids) {
        let Some(summary) = analysis.summaries.get(id) else { continue };
        let Some(path) = path_of(checkout, prefix, workspace.path(id)) else { continue };
        let mut describer =
            Describer { catalog, evaluator: &mut analysis.evaluator, known: &known, callee: &callee };
        let Some(found) = describer.describe(&path, summary) else { continue };
        if !found.is_harmless() {
            known.insert(path, found);
        } else if workspace.template(id).node_ids().all(|node| {
            let is_call = matches!(workspace.template(id).node(node).kind, NodeKind::Module(_));
            !is_call || callee(id, node).is_some_and(|path| harmless.contains_key(&path))
        }) {
            harmless.insert(path, found);
        }
    }
    let is_asked = |path: &str| {
        let inside = path.strip_prefix(prefix).unwrap_or(path);
        only.is_empty() || only.iter().any(|folder| Path::new(inside).starts_with(folder))
    };
    let mut kept: Vec<String> = known
        .iter()
        .filter(|(path, _)| is_module(path) && is_asked(path))
        .map(|(path, _)| path.clone())
        .collect();
    let mut at = 0;
    while let Some(path) = kept.get(at).cloned() {
        at += 1;
        for call in &known[&path].calls {
            if !kept.contains(&call.path) {
                kept.push(call.path.clone());
            }
        }
    }
    known.retain(|path, _| kept.contains(path));
    harmless.retain(|path, _| is_module(path) && is_asked(path));
    known.extend(harmless);
    known
}

/// Whether a path belongs to a module and not to another file in its folder.
fn is_module(path: &str) -> bool {
    Path::new(path).extension().is_none_or(|ending| ending != "bicep")
}

/// The path of the module that a node calls: a file of the checkout, or a registry module.
fn path_of_callee(
    workspace: &Workspace,
    checkout: &Path,
    prefix: &str,
    id: TemplateId,
    node: NodeId,
) -> Option<String> {
    let NodeKind::Module(ModuleTarget::Reference { reference, .. }) = &workspace.template(id).node(node).kind
    else {
        return None;
    };
    match reference::parse(reference, &BicepConfig::default()) {
        parsed @ Reference::Registry(_) => reference::known_paths(&parsed).next().map(str::to_owned),
        _ => path_of(checkout, prefix, workspace.path(workspace.callee(id, node)?)),
    }
}

/// Every template that a root reaches, called templates before their callers.
fn callees_first(
    workspace: &Workspace,
    by_path: &BTreeMap<String, TemplateId>,
    callee: &dyn Fn(TemplateId, NodeId) -> Option<String>,
    roots: &[TemplateId],
) -> Vec<TemplateId> {
    let mut order: Vec<TemplateId> = Vec::new();
    let mut seen: Vec<bool> = vec![false; workspace.templates().count()];
    let mut open: Vec<(TemplateId, bool)> = roots.iter().rev().map(|&root| (root, false)).collect();
    while let Some((id, done)) = open.pop() {
        if done {
            order.push(id);
        } else if !std::mem::replace(&mut seen[id.ix()], true) {
            open.push((id, true));
            let template = workspace.template(id);
            let calls = template.node_ids().filter(|&node| {
                matches!(template.node(node).kind, NodeKind::Module(ModuleTarget::Reference { .. }))
            });
            let found = calls.filter_map(|node| by_path.get(&callee(id, node)?).copied());
            open.extend(found.map(|found| (found, false)));
        }
    }
    order
}
