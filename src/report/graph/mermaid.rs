//! The graph as a Mermaid flowchart: arrows lead from what finishes first to what waits for it.

use std::fmt::Write;

use crate::deployment::Graph;
use crate::template::{NodeKind, Template};
use crate::timeline::escape::visible;

use super::{remarks, type_name, waits, written};

/// The graph as a Mermaid flowchart, with a line end. An arrow that orders only element by element is dotted.
pub fn mermaid(template: &Template, graph: &Graph) -> String {
    let mut text = String::from("flowchart TD\n");
    for id in written(template, graph) {
        let node = template.node(id);
        let mut label = format!("{}<br/>{}", escape(&node.symbol), escape(type_name(template, id)));
        let remarks = remarks(template, id);
        if !remarks.is_empty() {
            let _ = write!(label, "<br/>{}", escape(&remarks));
        }
        let (open, close) = match node.kind {
            NodeKind::Resource(_) => ("[", "]"),
            NodeKind::Existing(_) => ("([", "])"),
            NodeKind::Module(_) => ("[[", "]]"),
        };
        let _ = writeln!(text, "  n{}{open}\"{label}\"{close}", id.0);
    }
    for id in written(template, graph) {
        for (target, each) in waits(graph, id) {
            let arrow = if each { "-.->|each|" } else { "-->" };
            let _ = writeln!(text, "  n{} {arrow} n{}", target.0, id.0);
        }
    }
    text
}

/// Text inside a quoted label: what Mermaid or HTML would read becomes a character code.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in visible(text).chars() {
        match char {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' | ';' => {
                let _ = write!(escaped, "#{};", u32::from(char));
            }
            char => escaped.push(char),
        }
    }
    escaped
}
