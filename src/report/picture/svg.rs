//! The picture as one self-contained SVG for light and dark mode, with a text alternative for everything that is drawn.

use std::fmt::Write as _;

use super::layout::{Laid, Rect, lay_out};
use super::{Line, Picture, remarks};
use crate::escape::{visible, xml};
use crate::timeline::{Task, TaskId};

const MARGIN: f64 = 24.0;
/// Width of a character of the symbol, and of the smaller line below it, in pixels, rounded up.
const LETTER: f64 = 8.4;
const SMALL_LETTER: f64 = 6.4;
const MAX_LABEL: usize = 44;
const HEIGHT: f64 = 46.0;

/// The style rules for the classes of a picture, for a page that contains pictures.
pub const COLOURS: &str = "\
.gr{font:13px system-ui,sans-serif;color-scheme:light dark}\
.gr text{fill:#1f2328}.gr .dim{fill:#59636e;font-size:11px}.gr .sheet{fill:#fff}\
.gr .node{fill:#f6f8fa;stroke:#59636e}.gr .cluster{fill:#eaeef2;fill-opacity:.5;stroke:#818b98}\
.gr .racing{stroke:#cf222e;stroke-width:2.5}.gr .wait{stroke:#59636e}.gr .each{stroke:#59636e;stroke-dasharray:2 3}\
.gr .race{stroke:#cf222e;stroke-width:2.5}.gr .remedy{stroke:#0969da;stroke-width:2;stroke-dasharray:7 4}\
.gr .m-wait{fill:#59636e}.gr .m-remedy{fill:#0969da}.gr path{fill:none}.gr .skipped{stroke-dasharray:4 3}\
@media(prefers-color-scheme:dark){.gr text{fill:#f0f6fc}.gr .dim{fill:#9198a1}.gr .sheet{fill:#0d1117}\
.gr .node{fill:#151b23;stroke:#9198a1}.gr .cluster{fill:#212830;stroke:#656c76}.gr .racing{stroke:#ff7b72}\
.gr .wait,.gr .each{stroke:#9198a1}.gr .race{stroke:#ff7b72}.gr .remedy{stroke:#4493f8}\
.gr .m-wait{fill:#9198a1}.gr .m-remedy{fill:#4493f8}}";

/// The picture as a whole file. `id` is the prefix of all ids, so that one page can contain several pictures.
pub fn svg(picture: &Picture, id: &str) -> String {
    let style = format!("<style>{COLOURS}</style>\n");
    sheet(picture, id, &style)
}

/// The picture for a page that already has [`COLOURS`].
pub fn inline(picture: &Picture, id: &str) -> String {
    sheet(picture, id, "")
}

fn sheet(picture: &Picture, id: &str, style: &str) -> String {
    let size = |task: TaskId| room(picture.plan.task(task));
    let laid = lay_out(picture, &size);
    let arcs = arcs(picture, &laid);
    let right = arcs.iter().map(|(_, _, reach)| *reach).fold(laid.width, f64::max);
    let (legend, legend_width) = legend(picture, laid.height + MARGIN);
    let (width, height) = (right.max(legend_width) + 2.0 * MARGIN, laid.height + 2.0 * MARGIN + LEGEND);
    let id = xml(id);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"gr\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n\
         <title id=\"{id}-title\">Deployment graph of {}</title>\n<desc id=\"{id}-desc\">{}</desc>\n\
         {style}<defs>{}{}</defs>\n\
         <rect class=\"sheet\" width=\"{width:.0}\" height=\"{height:.0}\"/>\n<g transform=\"translate({MARGIN} {MARGIN})\">\n",
        xml(&picture.root),
        xml(&described(picture)),
        arrow_head(&id, "m-wait"),
        arrow_head(&id, "m-remedy"),
    );
    boxes(&mut out, picture, &laid);
    for (&(from, to, line), path) in &laid.lines {
        let said = said(picture, from, to, line);
        let _ = writeln!(out, "{}", drawn(&id, line, &curve(path), &said));
    }
    for ((from, to), path, _) in &arcs {
        let said = said(picture, *from, *to, Line::Race);
        let _ = writeln!(out, "{}", drawn(&id, Line::Race, path, &said));
    }
    let _ = writeln!(out, "{legend}</g>\n</svg>");
    out
}

const LEGEND: f64 = 26.0;

fn room(task: &Task) -> (f64, f64) {
    let letters = |text: &str| f64::from(short(text).chars().count() as u32);
    let width = (letters(&task.symbol) * LETTER).max(letters(&below(task)) * SMALL_LETTER);
    (width.max(60.0) + 24.0, HEIGHT)
}

/// The line below the symbol.
fn below(task: &Task) -> String {
    let remarks = remarks(task);
    // The text alternative has the provider.
    let ty = task.ty.split_once('/').map_or(task.ty.as_str(), |(_, rest)| rest);
    if remarks.is_empty() { ty.to_owned() } else { format!("{ty}, {remarks}") }
}

fn short(text: &str) -> String {
    let text = visible(text);
    if text.chars().count() <= MAX_LABEL {
        return text;
    }
    text.chars().take(MAX_LABEL - 1).chain(['…']).collect()
}

/// Draws outer boxes before their contents, which is the order of the ids.
fn boxes(out: &mut String, picture: &Picture, laid: &Laid) {
    let racing = picture.racing();
    let inside = picture.inside();
    for (id, rect) in &laid.boxes {
        let task = picture.plan.task(*id);
        let is_cluster = inside.contains_key(&Some(*id));
        let mut class = String::from(if is_cluster { "cluster" } else { "node" });
        if racing.contains(id) {
            class.push_str(" racing");
        }
        if task.presence == crate::timeline::Presence::Skipped {
            class.push_str(" skipped");
        }
        let remarks = remarks(task);
        let told = if remarks.is_empty() { task.ty.clone() } else { format!("{}, {remarks}", task.ty) };
        let centre = rect.x + rect.width / 2.0;
        let _ = writeln!(
            out,
            "<g><title>{}</title><rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"6\"/>\
             <text x=\"{centre:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-weight=\"600\">{}</text>\
             <text class=\"dim\" x=\"{centre:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text></g>",
            xml(&format!("{}: {told}", task.symbol)),
            rect.x,
            rect.y,
            rect.width,
            rect.height,
            rect.y + 19.0,
            xml(&short(&task.symbol)),
            rect.y + 35.0,
            xml(&short(&below(task))),
        );
    }
}

fn arrow_head(id: &str, class: &str) -> String {
    format!(
        "<marker id=\"{id}-{class}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><polygon class=\"{class}\" points=\"0 0 10 5 0 10\"/></marker>"
    )
}

/// `M point C control, control, point S control, point …`
fn curve(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        let letter = match at {
            0 => "M",
            1 => " C",
            at if at >= 4 && at % 2 == 0 => " S",
            _ => ",",
        };
        let _ = write!(path, "{letter} {x:.1} {y:.1}");
    }
    path
}

fn drawn(id: &str, line: Line, path: &str, said: &str) -> String {
    let (class, head) = match line {
        Line::Waits => ("wait", Some("m-wait")),
        Line::Each => ("each", Some("m-wait")),
        Line::Remedy => ("remedy", Some("m-remedy")),
        Line::Race => ("race", None),
    };
    let head = head.map_or(String::new(), |head| format!(" marker-end=\"url(#{id}-{head})\""));
    format!("<path class=\"{class}\" d=\"{path}\"{head}><title>{}</title></path>", xml(said))
}

fn said(picture: &Picture, from: TaskId, to: TaskId, line: Line) -> String {
    let (earlier, later) = (picture.full_name(from), picture.full_name(to));
    match line {
        Line::Waits => format!("{later} waits for {earlier}"),
        Line::Each => format!("each instance of {later} waits for its instance of {earlier}"),
        Line::Remedy => format!("{later} should wait for {earlier}"),
        Line::Race if from == to => format!("the instances of {earlier} may run at the same time"),
        Line::Race => format!("{earlier} and {later} may run at the same time"),
    }
}

type Arc = ((TaskId, TaskId), String, f64);

/// The races as arcs on the right, each with its right edge. Boxes below each other are connected side to side, with a
/// wider arc for a larger distance.
fn arcs(picture: &Picture, laid: &Laid) -> Vec<Arc> {
    let mut arcs = Vec::new();
    for (first, second, line) in picture.lines() {
        if line != Line::Race {
            continue;
        }
        let (Some(&one), Some(&other)) = (laid.boxes.get(&first), laid.boxes.get(&second)) else { continue };
        let (path, reach) = if first == second { on_itself(one) } else { between(one, other, laid) };
        arcs.push(((first, second), path, reach));
    }
    arcs
}

fn on_itself(rect: Rect) -> (String, f64) {
    let (x, y) = (rect.x + rect.width, rect.y + rect.height / 2.0);
    let out = x + 28.0;
    (
        format!(
            "M {x:.1} {:.1} C {out:.1} {:.1}, {out:.1} {:.1}, {x:.1} {:.1}",
            y - 10.0,
            y - 22.0,
            y + 22.0,
            y + 10.0
        ),
        out,
    )
}

/// Maximum number of times an arc is widened to pass boxes in its way.
const MAX_PASSES: usize = 4;

fn between(one: Rect, other: Rect, laid: &Laid) -> (String, f64) {
    let (upper, lower) = if one.y <= other.y { (one, other) } else { (other, one) };
    if lower.y > upper.y + upper.height {
        let (x1, y1) = (upper.x + upper.width, upper.y + upper.height / 2.0);
        let (x2, y2) = (lower.x + lower.width, lower.y + lower.height / 2.0);
        let edge = x1.max(x2);
        let mut out = edge + 18.0 + (y2 - y1) * 0.28;
        // The curve reaches three quarters of the way to its control points, and has to pass the boxes in between.
        for _ in 0..MAX_PASSES {
            let reach = edge + (out - edge) * 0.75;
            let in_the_way = laid.boxes.values().filter(|rect| {
                rect.y > upper.y && rect.y + rect.height < lower.y + lower.height && rect.x < reach
            });
            let right = in_the_way.map(|rect| rect.x + rect.width).fold(edge, f64::max);
            if right + 10.0 <= reach || right <= edge {
                break;
            }
            out = edge + (right + 14.0 - edge) / 0.75;
        }
        return (format!("M {x1:.1} {y1:.1} C {out:.1} {y1:.1}, {out:.1} {y2:.1}, {x2:.1} {y2:.1}"), out);
    }
    let (left, right) = if one.x <= other.x { (one, other) } else { (other, one) };
    let (x1, y1) = (left.x + left.width, left.y + left.height / 2.0);
    let (x2, y2) = (right.x, right.y + right.height / 2.0);
    (format!("M {x1:.1} {y1:.1} C {:.1} {y1:.1}, {:.1} {y2:.1}, {x2:.1} {y2:.1}", x1 + 12.0, x2 - 12.0), x2)
}

/// Maximum number of lines that are described in words.
const MAX_DESCRIBED: usize = 50;

/// The picture in words.
fn described(picture: &Picture) -> String {
    let mut words = format!("{} declarations. ", picture.plan.tasks.len());
    let mut lines = picture.lines();
    lines.retain(|(_, _, line)| *line >= Line::Remedy);
    let left_out = lines.len().saturating_sub(MAX_DESCRIBED);
    for (from, to, line) in lines.into_iter().take(MAX_DESCRIBED) {
        let _ = write!(words, "{}. ", said(picture, from, to, line));
    }
    if left_out > 0 {
        let _ = write!(words, "And {left_out} more. ");
    }
    words.trim_end().to_owned()
}

/// Explains only the kinds of lines that occur. Also returns its right edge.
fn legend(picture: &Picture, y: f64) -> (String, f64) {
    let lines = picture.lines();
    let mut out = String::new();
    let mut x = 0.0;
    for (line, class, words) in [(Line::Race, "race", "may run together"), (Line::Remedy, "remedy", "remedy")]
    {
        if lines.iter().any(|(_, _, found)| *found == line) {
            let _ = write!(
                out,
                "<path class=\"{class}\" d=\"M {x:.0} {y:.0} h 28\"/><text class=\"dim\" x=\"{:.0}\" y=\"{:.0}\">{words}</text>",
                x + 36.0,
                y + 4.0,
            );
            x += 60.0 + f64::from(words.len() as u32) * SMALL_LETTER;
        }
    }
    (out, x)
}
