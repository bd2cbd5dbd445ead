//! Declarations by name: `symbol`, `parent::child`, and `module.symbol` for what lies in a module.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::{Callee, Provenance, TemplateId, Workspace};
use crate::small_sort::SmallSort as _;
use crate::template::{NodeId, Template};

/// The way to a declaration: the module calls from the outermost, then the declaration itself. Never empty.
pub type Way = Vec<(TemplateId, NodeId)>;

/// A name that is no declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// The part of the name that is not known. Ex) `gw` of `vpn.gw`
    pub part: String,
    /// Why it is no declaration, where more is known than that it is not there.
    pub why: Option<String>,
    /// Names that may be meant, the likeliest first.
    pub near: Vec<String>,
}

impl Workspace {
    /// The declaration that a name leads to from a template. A symbol of ARM may have dots in it: the longest one counts.
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
                        None => format!("`{symbol}` is no module"),
                        Some(_) => format!("the module `{symbol}` is not read"),
                    };
                    return Err(UnknownName { part: rest.to_owned(), why: Some(why), near: Vec::new() });
                }
            };
            way.push((at, node));
            (at, rest) = (inside, &rest[symbol.len() + 1..]);
        }
    }

    /// A way as a name. Ex) `vpn.gateway`
    pub fn name_of(&self, way: &[(TemplateId, NodeId)]) -> String {
        let symbols: Vec<&str> =
            way.iter().map(|&(at, node)| self.template(at).node(node).symbol.as_str()).collect();
        symbols.join(".")
    }

    fn unknown(&self, root: TemplateId, at: TemplateId, (name, part): (&str, &str)) -> UnknownName {
        let before = &name[..name.len() - part.len()];
        let declared = self.template(at);
        let symbols = declared.node_ids().map(|id| declared.node(id).symbol.as_str());
        // Other tools write an element, or a child behind one colon.
        let element = part.split_once('[').map_or(part, |(symbol, _)| symbol);
        let mut all: Vec<(usize, &str)> = symbols
            .map(|symbol| (strsim::osa_distance(&element.to_lowercase(), &symbol.to_lowercase()), symbol))
            .filter(|&(far, symbol)| far <= (symbol.chars().count() / 3).max(1))
            .collect();
        all.small_sort();
        let mut near: Vec<String> = all.into_iter().map(|(_, symbol)| format!("{before}{symbol}")).collect();
        near.extend(self.inside(root, part));
        near.truncate(SUGGESTED);
        let is_element = element != part && declared.nodes.iter().any(|node| node.symbol == element);
        let why = if is_element {
            Some(format!("`{element}` is asked for as a whole, not by its elements"))
        } else {
            other_declaration(declared, part).map(|kind| format!("`{part}` is {kind}, which deploys nothing"))
        };
        UnknownName { part: part.to_owned(), why, near }
    }

    /// Declarations of a symbol inside of modules, by their names: of each template the nearest.
    fn inside(&self, root: TemplateId, symbol: &str) -> Vec<String> {
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

    /// Whether a template was read, so that its symbols are those of a file.
    fn is_read(&self, template: TemplateId) -> bool {
        matches!(self.provenance(template), Provenance::File | Provenance::Restored)
    }
}

/// So many names are suggested.
const SUGGESTED: usize = 5;

/// What else a name is in a template.
fn other_declaration(template: &Template, name: &str) -> Option<&'static str> {
    let is = |text| template.exprs.text(text) == name;
    if template.parameters.iter().any(|parameter| is(parameter.name)) {
        return Some("a parameter");
    }
    template.variables.iter().any(|variable| is(variable.name)).then_some("a variable")
}
