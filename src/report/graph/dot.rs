//! The graph in Graphviz' language: arrows lead from what finishes first to what waits for it.

use std::fmt::Write;

use crate::deployment::Graph;
use crate::template::{NodeKind, Template};
use crate::timeline::escape::visible;

use super::{remarks, type_name, waits, written};

/// The graph as a DOT digraph, with a line end. An arrow that orders only element by element is dashed.
pub fn dot(template: &Template, graph: &Graph) -> String {
    let mut text = String::from("digraph deployment {\n  rankdir=TB;\n  node [shape=box];\n");
    for id in written(template, graph) {
        let node = template.node(id);
        let mut label = format!("{}\\n{}", escape(&node.symbol), escape(type_name(template, id)));
        let remarks = remarks(template, id);
        if !remarks.is_empty() {
            let _ = write!(label, "\\n{}", escape(&remarks));
        }
        let style = match node.kind {
            NodeKind::Resource(_) => "",
            NodeKind::Existing(_) => ", style=dashed",
            NodeKind::Module(_) => ", shape=component",
        };
        let _ = writeln!(text, "  n{} [label=\"{label}\"{style}];", id.0);
    }
    for id in written(template, graph) {
        for (target, each) in waits(graph, id) {
            let style = if each { " [style=dashed, label=\"each\"]" } else { "" };
            let _ = writeln!(text, "  n{} -> n{}{style};", target.0, id.0);
        }
    }
    text.push_str("}\n");
    text
}

/// Text inside double quotes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in visible(text).chars() {
        match char {
            '"' | '\\' => escaped.extend(['\\', char]),
            char => escaped.push(char),
        }
    }
    escaped
}
