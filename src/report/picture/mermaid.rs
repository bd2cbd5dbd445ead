//! The picture as a Mermaid flowchart within the limits of GitHub.

use std::fmt::Write as _;

use super::{Line, Picture, remarks};
use crate::escape::visible;
use crate::small_sort::SmallSort as _;
use crate::timeline::TaskId;

/// Mermaid rejects 500 or more edges, and more than 50,000 characters.
const MAX_LINES: usize = 450;
const MAX_CHARACTERS: usize = 45_000;
const MAX_LABEL: usize = 60;

/// The flowchart with a line end. GitHub does not draw nested subgraphs, so only the outermost modules become
/// subgraphs.
pub fn mermaid(picture: &Picture) -> String {
    let mut out = String::from("flowchart TD\n");
    let inside = picture.inside();
    let mut drawn = vec![false; picture.plan.tasks.len()];
    let mut left_out = 0;
    for &id in inside.get(&None).map_or(&[][..], Vec::as_slice) {
        if out.len() > MAX_CHARACTERS {
            left_out += 1;
            continue;
        }
        drawn[id.0 as usize] = true;
        if inside.contains_key(&Some(id)) {
            let _ = writeln!(out, "  subgraph n{}[\"{}\"]", id.0, label(picture, id));
            left_out += cluster(&mut out, picture, &inside, id, &mut drawn);
            out.push_str("  end\n");
        } else {
            let _ = writeln!(out, "  n{}[\"{}\"]", id.0, label(picture, id));
        }
    }
    if left_out > 0 {
        let _ = writeln!(out, "  more[\"and {left_out} more\"]");
    }
    lines(&mut out, picture, &drawn);
    out
}

type Inside = std::collections::BTreeMap<Option<TaskId>, Vec<TaskId>>;

/// Writes an outermost module with everything inside it, at any depth, and returns the number of boxes that do not fit.
fn cluster(
    out: &mut String,
    picture: &Picture,
    inside: &Inside,
    module: TaskId,
    drawn: &mut [bool],
) -> usize {
    let mut left_out = 0;
    let mut open: Vec<TaskId> = inside.get(&Some(module)).into_iter().flatten().rev().copied().collect();
    while let Some(id) = open.pop() {
        open.extend(inside.get(&Some(id)).into_iter().flatten().rev());
        if out.len() > MAX_CHARACTERS {
            left_out += 1;
            continue;
        }
        drawn[id.0 as usize] = true;
        let _ = writeln!(out, "    n{}[\"{}\"]", id.0, label(picture, id));
    }
    left_out
}

fn lines(out: &mut String, picture: &Picture, drawn: &[bool]) {
    let mut lines = picture.lines();
    // Races first, so that the limit never cuts them.
    lines.small_sort_by_key(|(_, _, line)| std::cmp::Reverse(*line));
    let both = |one: TaskId, other: TaskId| drawn[one.0 as usize] && drawn[other.0 as usize];
    lines.retain(|&(one, other, _)| both(one, other));
    let left_out = lines.len().saturating_sub(MAX_LINES);
    if left_out > 0 {
        let _ = writeln!(out, "  lines[\"and {left_out} more lines\"]");
    }
    let lines = lines.into_iter().take(MAX_LINES);
    let (mut races, mut remedies) = (Vec::new(), Vec::new());
    for (at, (from, to, line)) in lines.enumerate() {
        let arrow = match line {
            Line::Waits => "-->",
            Line::Each => "-.->|each|",
            Line::Remedy => "-.->|remedy|",
            Line::Race => "---|race|",
        };
        let _ = writeln!(out, "  n{} {arrow} n{}", from.0, to.0);
        match line {
            Line::Race => races.push(at.to_string()),
            Line::Remedy => remedies.push(at.to_string()),
            Line::Waits | Line::Each => {}
        }
    }
    for (at, style) in
        [(races, "stroke:#cf222e,stroke-width:3px"), (remedies, "stroke:#0969da,stroke-width:2px")]
    {
        if !at.is_empty() {
            let _ = writeln!(out, "  linkStyle {} {style}", at.join(","));
        }
    }
    let racing = picture.racing();
    let racing: Vec<_> =
        racing.iter().filter(|id| drawn[id.0 as usize]).map(|id| format!("n{}", id.0)).collect();
    if !racing.is_empty() {
        let _ = writeln!(
            out,
            "  classDef racing stroke:#cf222e,stroke-width:3px\n  class {} racing",
            racing.join(",")
        );
    }
}

fn label(picture: &Picture, id: TaskId) -> String {
    let task = picture.plan.task(id);
    let mut label = format!("{}<br/>{}", escape(&task.symbol), escape(&task.ty));
    let remarks = remarks(task);
    if !remarks.is_empty() {
        let _ = write!(label, "<br/>{}", escape(&remarks));
    }
    label
}

/// Escapes text inside a quoted label: characters with a meaning in Mermaid, Markdown or HTML become character codes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in visible(text).chars().take(MAX_LABEL) {
        if char.is_alphanumeric() || matches!(char, ' ' | '.' | '-' | '/' | ':' | ',') {
            escaped.push(char);
        } else {
            let _ = write!(escaped, "#{};", u32::from(char));
        }
    }
    escaped
}
