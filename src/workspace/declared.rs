//! Looks up declarations by name: `symbol`, `parent::child`, or `module.symbol` for a declaration inside a module.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::{Callee, Provenance, TemplateId, Workspace};
use crate::small_sort::SmallSort as _;
use crate::template::{NodeId, Template};

/// The path to a declaration: the module calls, outermost first, then the declaration itself. Never empty.
pub type Way = Vec<(TemplateId, NodeId)>;

/// The error for a name that does not lead to a declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// The part of the name that was not found: `gw` in `vpn.gw`.
    pub part: String,
    /// The reason, if it is more than "does not exist".
    pub why: Option<String>,
    /// Suggestions, the most likely first.
    pub near: Vec<String>,
}

impl Workspace {
    /// Finds the declaration that `name` means in a template. Symbols in ARM templates may contain dots, so the longest
    /// matching symbol wins.
    pub fn declaration(&self, template: TemplateId, name: &str) -> Result<Way, UnknownName> {
        let mut way = Way::new();
        let (mut at, mut rest) = (template, name);
        loop {
            let declared = self.template(at);
            if let Some(node) = declared.node_ids().find(|&id| declared.node(id).symbol == rest) {
                way.push((at, node));
                return Ok(way);
            }
            let is_before = |id: &NodeId| {
                let symbol = declared.node(*id).symbol.as_str();
                rest.strip_prefix(symbol).is_some_and(|rest| rest.starts_with('.'))
            };
            let longest =
                declared.node_ids().filter(is_before).max_by_key(|&id| declared.node(id).symbol.len());
            let Some(node) = longest else { return Err(self.unknown(template, at, (name, rest))) };
            let symbol = declared.node(node).symbol.as_str();
            let inside = match self.call(at, node) {
                Some(Callee::Template(callee)) if self.is_read(*callee) => *callee,
                found => {
                    let why = match found {
                        None => format!("`{symbol}` is not a module"),
                        Some(_) => format!("the module `{symbol}` is not read"),
                    };
                    return Err(UnknownName { part: rest.to_owned(), why: Some(why), near: Vec::new() });
                }
            };
            way.push((at, node));
            (at, rest) = (inside, &rest[symbol.len() + 1..]);
        }
    }

    /// The name of a path: `vpn.gateway`.
    pub fn name_of(&self, way: &[(TemplateId, NodeId)]) -> String {
        let symbols: Vec<&str> =
            way.iter().map(|&(at, node)| self.template(at).node(node).symbol.as_str()).collect();
        symbols.join(".")
    }

    fn unknown(&self, root: TemplateId, at: TemplateId, (name, part): (&str, &str)) -> UnknownName {
        let before = &name[..name.len() - part.len()];
        let declared = self.template(at);
        let symbols = declared.node_ids().map(|id| declared.node(id).symbol.as_str());
        // The user may have copied a name from another tool: `symbol[0]`, or `parent:child` with one colon.
        let element = part.split_once('[').map_or(part, |(symbol, _)| symbol);
        let mut all: Vec<(usize, &str)> = symbols
            .map(|symbol| (strsim::osa_distance(&element.to_lowercase(), &symbol.to_lowercase()), symbol))
            .filter(|&(far, symbol)| far <= (symbol.chars().count() / 3).max(1))
            .collect();
        all.small_sort();
        let mut near: Vec<String> = all.into_iter().map(|(_, symbol)| format!("{before}{symbol}")).collect();
        near.extend(self.names_in_modules(root, part));
        near.truncate(SUGGESTED);
        let is_element = element != part && declared.nodes.iter().any(|node| node.symbol == element);
        let why = if is_element {
            Some(format!("`{part}`: a loop is named as a whole, without an index"))
        } else {
            other_declaration(declared, part).map(|kind| format!("`{part}` is {kind}, which deploys nothing"))
        };
        UnknownName { part: part.to_owned(), why, near }
    }

    /// Names of the declarations of `symbol` inside modules. Each template is searched once, on the shortest path to it.
    fn names_in_modules(&self, root: TemplateId, symbol: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut seen = FxHashSet::from_iter([root]);
        let mut open: VecDeque<(TemplateId, Way)> = VecDeque::from([(root, Way::new())]);
        while let Some((at, way)) = open.pop_front() {
            let declared = self.template(at);
            for node in declared.node_ids() {
                let here = || way.iter().copied().chain([(at, node)]).collect::<Way>();
                if !way.is_empty() && declared.node(node).symbol == symbol {
                    found.push(self.name_of(&here()));
                }
                let inside = self.callee(at, node).filter(|&callee| self.is_read(callee));
                if let Some(callee) = inside.filter(|&callee| seen.insert(callee)) {
                    open.push_back((callee, here()));
                }
            }
        }
        found
    }

    /// Whether the template comes from a file. The symbols of a stand-in are not the user's.
    fn is_read(&self, template: TemplateId) -> bool {
        matches!(self.provenance(template), Provenance::File | Provenance::Restored)
    }
}

/// Maximum number of suggestions.
const SUGGESTED: usize = 5;

/// What kind of declaration a name is, if it is a parameter or a variable.
fn other_declaration(template: &Template, name: &str) -> Option<&'static str> {
    let is = |text| template.exprs.text(text) == name;
    if template.parameters.iter().any(|parameter| is(parameter.name)) {
        return Some("a parameter");
    }
    template.variables.iter().any(|variable| is(variable.name)).then_some("a variable")
}
