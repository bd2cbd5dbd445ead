//! The types of both ends of an order, and the catalogue entries in which they conflict.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bicep_race_lint::azure::catalog::{Catalog, Entry, Writer};
use bicep_race_lint::template::{NodeId, NodeKind};
use bicep_race_lint::workspace::{TemplateId, Workspace};

/// Types, in lower case.
type Types = BTreeSet<String>;

/// An entry in which a type of one end conflicts with a type of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shared {
    pub(super) entry: String,
    /// A type of the end that waits, and a type of the end that it waits for.
    pub(super) types: (String, String),
    /// Whether the entry has a level; without one it documents that nothing is lost.
    pub(super) has_level: bool,
}

/// The resources of a workspace's templates, with their roles in the catalogue.
pub(super) struct Ends<'w> {
    workspace: &'w Workspace,
    catalog: &'w Catalog,
    /// The types that each template deploys, including its callees.
    deployed: HashMap<TemplateId, Types>,
    /// The roles of each resource type.
    roles: BTreeMap<String, Vec<(&'w Entry, &'w Writer)>>,
}

impl<'w> Ends<'w> {
    pub(super) fn new(workspace: &'w Workspace, catalog: &'w Catalog) -> Self {
        let (deployed, roles) = Default::default();
        let mut ends = Self { workspace, catalog, deployed, roles };
        let all = workspace.templates().map(|(id, _)| id);
        for id in workspace.callees_first(all) {
            let nodes = workspace.template(id).node_ids();
            let types = nodes.flat_map(|node| ends.types(id, node)).collect();
            ends.deployed.insert(id, types);
        }
        let types: Types = ends.deployed.values().flatten().cloned().collect();
        ends.roles = types.into_iter().map(|ty| (ty.clone(), roles_of(catalog, &ty))).collect();
        ends
    }

    /// The types that a declaration deploys.
    fn types(&self, template: TemplateId, node: NodeId) -> Types {
        match &self.workspace.template(template).node(node).kind {
            NodeKind::Resource(ty) if ty.azure => [ty.name.to_ascii_lowercase()].into(),
            NodeKind::Resource(_) | NodeKind::Existing(_) => Types::new(),
            NodeKind::Module(_) => {
                let callee = self.workspace.callee(template, node);
                callee.and_then(|callee| self.deployed.get(&callee)).cloned().unwrap_or_default()
            }
        }
    }

    /// The entries in which the two ends conflict, by id.
    pub(super) fn shared(
        &self,
        template: TemplateId,
        (late, early): (NodeId, NodeId),
    ) -> BTreeMap<String, Shared> {
        let mut found = BTreeMap::new();
        let early = self.writers(template, early);
        for (entry, writer, ty) in self.writers(template, late) {
            if found.contains_key(&*entry.id) {
                continue;
            }
            let disturbs = |other: &&(&Entry, &Writer, String)| {
                let (role, earlier) = (&writer.role, &other.1.role);
                other.0.id == entry.id
                    && (entry.conflict(earlier, role).is_some() || entry.conflict(role, earlier).is_some())
            };
            if let Some((.., other)) = early.iter().find(disturbs) {
                let shared = Shared {
                    entry: entry.id.to_string(),
                    types: (ty, other.clone()),
                    has_level: self.catalog.entry(&entry.id).is_some_and(|entry| entry.level.is_some()),
                };
                found.insert(shared.entry.clone(), shared);
            }
        }
        found
    }

    fn writers(&self, template: TemplateId, node: NodeId) -> Vec<(&'w Entry, &'w Writer, String)> {
        let types = self.types(template, node).into_iter();
        let of = |ty: String| {
            let roles = self.roles.get(&ty).into_iter().flatten();
            roles.map(move |&(entry, writer)| (entry, writer, ty.clone())).collect::<Vec<_>>()
        };
        types.flat_map(of).collect()
    }
}

/// Every role of a type, including those of entries without a level. A writer of any type (`*`) does not count.
fn roles_of<'c>(catalog: &'c Catalog, ty: &str) -> Vec<(&'c Entry, &'c Writer)> {
    let all = catalog.entries().flat_map(|entry| entry.writers.iter().map(move |writer| (entry, writer)));
    all.filter(|(_, writer)| writer.is_special() && writer.writes_with(ty)).collect()
}
