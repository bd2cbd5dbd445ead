//! Checks needless orders: after removing them, no additional two writers of one object overlap.

use std::path::Path;

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::azure::plain::Plain;
use bicep_race_lint::race::analysis::analyse_whole;
use bicep_race_lint::race::needless::{On, written};
use bicep_race_lint::workspace::Workspace;
use bicep_race_lint::workspace::file_system::Memory;

use crate::model::{By, Deployment, path, symbol};
use crate::print::print;
use crate::schedule::truths;
use crate::tool::Nothing;

/// Every type counts as fully known, so that only shared objects justify an order.
const ALL: Plain = Plain {
    is_apart: |_| true,
    is_read: |_| false,
    is_alone: |_| true,
    is_carrier: Plain::BUILTIN.is_carrier,
};

/// An order in a template: the node that waits, and the node that it waits for; `None` for a batch size.
type Needless = (usize, usize, Option<usize>);

/// The orders of a deployment that are needless together.
fn needless(deployment: &Deployment) -> Vec<Needless> {
    let files = print(deployment);
    let memory =
        files.iter().fold(Memory::default(), |memory, (path, text)| memory.with(path, text.as_str()));
    let workspace = Workspace::load(&memory, &Nothing, &[files[0].0.into()], &[], Path::new(""));
    let catalog = Catalog::default().with_all();
    let roots: Vec<_> = workspace.roots.iter().filter_map(|(_, id)| *id).collect();
    let mut analysis = analyse_whole(&workspace, &catalog, &roots);
    let mut found = Vec::new();
    for (id, template) in workspace.templates() {
        let file = &workspace.sources.file(template.file).path;
        let at = (0..deployment.templates.len()).find(|&at| path(at) == file).expect("a template");
        let (orders, reached) = written(&mut analysis, id, ALL);
        assert!(reached.is_none());
        for order in orders.into_iter().filter(|order| order.protects.is_needless()) {
            let node = |node: bicep_race_lint::template::NodeId| {
                let model = &deployment.templates[at];
                let is_it = |&at: &usize| symbol(model, at) == template.node(node).symbol;
                (0..model.nodes.len()).find(is_it).expect("a declaration of the model")
            };
            let early = match order.on {
                On::Node(early) => Some(node(early)),
                On::Batch(_) => None,
            };
            found.push((at, node(order.late), early));
        }
    }
    found
}

/// The number of needless orders, provided that removing them adds no overlap.
pub(crate) fn removed(deployment: &Deployment) -> Result<usize, String> {
    let needless = needless(deployment);
    if needless.is_empty() {
        return Ok(0);
    }
    let mut without = deployment.clone();
    for &(template, late, early) in &needless {
        let node = &mut without.templates[template].nodes[late];
        match early {
            Some(early) => node.waits.retain(|wait| wait.on != early || wait.by != By::Whole),
            None => node.copy.as_mut().expect("a loop").batch = None,
        }
    }
    let (before, after) = (truths(deployment), truths(&without));
    let new = after.overlaps.iter().find(|(pair, _)| !before.overlaps.contains_key(*pair));
    let open = after.open.iter().find(|pair| !before.open.contains(*pair));
    if new.is_none() && open.is_none() {
        return Ok(needless.len());
    }
    let texts: Vec<String> =
        print(deployment).iter().map(|(path, text)| format!("\n==> {path}\n{text}")).collect();
    Err(format!("{}\n{needless:?} lets overlap: {new:?} {open:?}", texts.concat()))
}
