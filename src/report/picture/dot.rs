//! The picture as a Graphviz digraph.

use std::fmt::Write as _;

use super::{Line, Picture, remarks};
use crate::escape::visible;
use crate::timeline::TaskId;

/// The picture as a DOT digraph with a line end. Modules are clusters; a line to a module ends at its border.
pub fn dot(picture: &Picture) -> String {
    let mut out =
        String::from("digraph deployment {\n  compound=true;\n  rankdir=TB;\n  node [shape=box];\n");
    let inside = picture.inside();
    boxes(&mut out, picture, &inside, None, 1);
    let first = |id: TaskId| {
        let way = std::iter::successors(Some(id), |id| inside.get(&Some(*id))?.first().copied());
        way.last().unwrap_or(id)
    };
    for (from, to, line) in picture.lines() {
        let mut style = match line {
            Line::Waits => Vec::new(),
            Line::Each => vec!["style=dotted".to_owned(), "label=\"each\"".to_owned()],
            Line::Remedy => vec!["style=dashed".to_owned(), "color=\"#0969da\"".to_owned()],
            Line::Race => {
                let style = ["dir=none", "color=\"#cf222e\"", "penwidth=2", "constraint=false"];
                style.map(str::to_owned).to_vec()
            }
        };
        let (tail, head) = (first(from), first(to));
        if tail != from {
            style.push(format!("ltail=cluster_n{}", from.0));
        }
        if head != to {
            style.push(format!("lhead=cluster_n{}", to.0));
        }
        let style = if style.is_empty() { String::new() } else { format!(" [{}]", style.join(", ")) };
        let _ = writeln!(out, "  n{} -> n{}{style};", tail.0, head.0);
    }
    out.push_str("}\n");
    out
}

type Inside = std::collections::BTreeMap<Option<TaskId>, Vec<TaskId>>;

fn boxes(out: &mut String, picture: &Picture, inside: &Inside, parent: Option<TaskId>, depth: usize) {
    let racing = picture.racing();
    for &id in inside.get(&parent).into_iter().flatten() {
        let indent = "  ".repeat(depth);
        let label = label(picture, id);
        let red = if racing.contains(&id) { ", color=\"#cf222e\", penwidth=2" } else { "" };
        if inside.contains_key(&Some(id)) {
            let red = red.trim_start_matches(", ").replace(", ", "; ");
            let _ =
                writeln!(out, "{indent}subgraph cluster_n{} {{\n{indent}  label=\"{label}\"; {red}", id.0);
            boxes(out, picture, inside, Some(id), depth + 1);
            let _ = writeln!(out, "{indent}}}");
        } else {
            let _ = writeln!(out, "{indent}n{} [label=\"{label}\"{red}];", id.0);
        }
    }
}

fn label(picture: &Picture, id: TaskId) -> String {
    let task = picture.plan.task(id);
    let remarks = remarks(task);
    let lines = [&task.symbol, &task.ty, &remarks];
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).map(|line| escape(line)).collect();
    lines.join("\\n")
}

/// Escapes text inside double quotes.
fn escape(text: &str) -> String {
    visible(text).replace('\\', "\\\\").replace('"', "\\\"")
}
