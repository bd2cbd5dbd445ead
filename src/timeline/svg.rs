//! The schedule as one self-contained SVG, in light and dark, with a text alternative for everything that is drawn.

use std::fmt::Write as _;

use super::schedule::{Row, Schedule, Status};
use super::{Timeline, Unit};
use crate::escape::xml;

const WIDTH: u32 = 880;
const NAMES: u32 = 220;
const TIMES: u32 = 120;
const ROW: u32 = 24;
const BAR: u32 = 14;
const HEAD: u32 = 56;
const MARGIN: u32 = 12;
const LONGEST_NAME: usize = 26;
/// Minimum width of a race: one minute of a whole day must be visible.
const SHORTEST_RACE: f64 = 6.0;

/// The style rules for the classes in a picture, for a page that contains it.
pub const COLOURS: &str = "\
.tl{font:13px system-ui,sans-serif;color-scheme:light dark}\
.tl text{fill:#1f2328}.tl .dim{fill:#59636e}.tl .grid{stroke:#d1d9e0}.tl .sheet{fill:#fff}\
.tl .bar{fill:#0969da}.tl .crit{fill:#0a3069}.tl .race{fill:#cf222e}.tl .around{fill:#818b98}\
.tl .apart{fill:none;stroke:#cf222e;stroke-width:2;stroke-dasharray:4 2}\
.tl .slash{stroke:#fff}.tl .bad{fill:#cf222e}\
@media(prefers-color-scheme:dark){.tl text{fill:#f0f6fc}.tl .dim{fill:#9198a1}.tl .grid{stroke:#3d444d}\
.tl .sheet{fill:#0d1117}.tl .bar{fill:#4493f8}.tl .crit{fill:#a5d6ff}.tl .race{fill:#f85149}\
.tl .around{fill:#656c76}.tl .apart{stroke:#f85149}.tl .slash{stroke:#0d1117}.tl .bad{fill:#ff7b72}}";

/// The picture of one root. The ids in it begin with `id`, so that one page can contain several pictures.
pub fn render(timeline: &Timeline, id: &str) -> String {
    let style = format!("<style>{COLOURS}</style>\n");
    drawn(timeline, id, &style)
}

/// The picture for a page that has [`COLOURS`] already.
pub fn inline(timeline: &Timeline, id: &str) -> String {
    drawn(timeline, id, "")
}

fn drawn(timeline: &Timeline, id: &str, style: &str) -> String {
    // Of a part of a schedule only its time is drawn.
    let rows = || timeline.titled().flat_map(|(_, schedule)| &schedule.rows);
    let last = rows().map(|row| row.end).max().unwrap_or(0);
    let first = rows().filter(|row| row.end > row.start).map(|row| row.start).min().unwrap_or(0);
    let step = step(timeline.now.unit, (last - first.min(last)).max(1));
    let first = first - first % step;
    let scale = Scale { first, last: last.max(first + 1), step, id };
    let mut body = String::new();
    let mut top = MARGIN;
    for (title, schedule) in timeline.titled() {
        chart(&mut body, title, schedule, scale, top);
        top += HEAD + ROW * schedule.rows.len() as u32 + MARGIN;
    }
    let id = xml(id);
    let kind = if timeline.now.unit == Unit::Seconds { "Observed" } else { "Predicted" };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" viewBox=\"0 0 {WIDTH} {top}\" width=\"{WIDTH}\" \
         height=\"{top}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n\
         <title id=\"{id}-title\">{kind} schedule of {}</title>\n<desc id=\"{id}-desc\">{}</desc>\n\
         {style}<defs><pattern id=\"{id}-race\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><rect class=\"race\" width=\"6\" height=\"6\"/>\
         <line class=\"slash\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\" stroke-width=\"3\"/></pattern></defs>\n\
         <rect class=\"sheet\" width=\"{WIDTH}\" height=\"{top}\"/>\n{body}</svg>\n",
        xml(&timeline.root),
        xml(&described(timeline)),
    )
}

/// All schedules of the picture together set the scale of each.
#[derive(Clone, Copy)]
struct Scale<'a> {
    first: u32,
    last: u32,
    step: u32,
    id: &'a str,
}

impl Scale<'_> {
    fn x(self, minute: u32) -> f64 {
        let room = f64::from(WIDTH - NAMES - TIMES);
        let passed = minute.saturating_sub(self.first);
        f64::from(NAMES) + room * f64::from(passed) / f64::from(self.last - self.first)
    }
}

/// The picture in words.
fn described(timeline: &Timeline) -> String {
    let mut words = String::new();
    for (title, schedule) in timeline.titled() {
        let _ = write!(
            words,
            "{title}: {} hours in all{}",
            schedule.unit.clock(schedule.total),
            schedule.ranged()
        );
        let _ = write!(words, "{}. ", if schedule.is_reliable() { "" } else { ", not reliable" });
        for overlap in &schedule.overlaps {
            let _ = write!(words, "{} and {} both write {}", overlap.first, overlap.second, overlap.object);
            match overlap.predicted {
                Some((from, to)) => {
                    let _ =
                        write!(words, " from {} to {}. ", schedule.unit.clock(from), schedule.unit.clock(to));
                }
                None => words.push_str(", apart only by chance. "),
            }
        }
    }
    words.trim_end().to_owned()
}

fn chart(out: &mut String, title: &str, schedule: &Schedule, scale: Scale<'_>, top: u32) {
    let (class, reliable) =
        if schedule.is_reliable() { ("", "") } else { (" class=\"bad\"", ", not reliable: writers overlap") };
    let _ = writeln!(
        out,
        "<text x=\"{MARGIN}\" y=\"{}\" font-weight=\"600\"{class}>{title}: {} h{}{reliable}</text>",
        top + 16,
        schedule.unit.clock(schedule.total),
        schedule.ranged(),
    );
    let bottom = top + HEAD + ROW * schedule.rows.len() as u32;
    for minute in (scale.first..=scale.last).step_by(scale.step as usize) {
        let x = scale.x(minute);
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>\
             <text class=\"dim\" x=\"{x:.1}\" y=\"{}\" font-size=\"11\" text-anchor=\"middle\">{}</text>",
            top + HEAD - 12,
            top + HEAD - 16,
            schedule.unit.clock(minute),
        );
    }
    for (at, row) in schedule.rows.iter().enumerate() {
        line(out, (row, schedule.unit), scale, top + HEAD + ROW * at as u32);
    }
}

/// About eight marks, at round times.
fn step(unit: Unit, longest: u32) -> u32 {
    unit.steps().iter().copied().find(|step| longest / step <= 8).unwrap_or(longest).max(1)
}

fn line(out: &mut String, (row, unit): (&Row, Unit), scale: Scale<'_>, top: u32) {
    let middle = top + ROW / 2 + 4;
    let inset = MARGIN + 14 * (row.depth as u32).min(6);
    let told = told(row, unit);
    let _ = write!(out, "<g><title>{}</title>", xml(&format!("{} ({}): {told}", row.name, row.ty)));
    let weight = if row.critical { " font-weight=\"600\"" } else { "" };
    let _ = write!(
        out,
        "<text x=\"{inset}\" y=\"{middle}\"{weight}>{}</text>",
        xml(&short(&row.name, row.depth))
    );
    if matches!(row.status, Status::Runs | Status::Conditional) {
        let class = match row {
            Row { has_children: true, .. } => "around",
            Row { critical: true, .. } => "crit",
            _ => "bar",
        };
        let _ = write!(
            out,
            "<rect class=\"{class}\"{}/>",
            extent(scale, (row.start, row.end), top, row.has_children, 1.5)
        );
        for &times in row.contested.iter().filter(|_| !row.has_children) {
            let _ = write!(
                out,
                "<rect fill=\"url(#{}-race)\"{}/>",
                xml(scale.id),
                extent(scale, times, top, false, SHORTEST_RACE)
            );
        }
        // Only the typical minutes keep it apart from the other writer.
        if row.is_racing && row.contested.is_empty() && !row.has_children {
            let times = (row.start, row.end);
            let _ = write!(out, "<rect class=\"apart\"{}/>", extent(scale, times, top, false, SHORTEST_RACE));
        }
    }
    let _ = writeln!(
        out,
        "<text class=\"dim\" x=\"{}\" y=\"{middle}\" font-size=\"12\" text-anchor=\"end\">{}</text></g>",
        WIDTH - MARGIN,
        xml(&told),
    );
}

fn extent(scale: Scale<'_>, (from, to): (u32, u32), top: u32, thin: bool, least: f64) -> String {
    let height = if thin { 4 } else { BAR };
    let x = scale.x(from);
    let width = (scale.x(to) - x).max(least);
    format!(
        " x=\"{x:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"{height}\" rx=\"2\"",
        top + (ROW - height) / 2
    )
}

fn told(row: &Row, unit: Unit) -> String {
    let assumed = if row.assumed { " ?" } else { "" };
    let under = if row.status == Status::Conditional { " if" } else { "" };
    match row.status {
        Status::Runs | Status::Conditional => {
            let note = if row.note.is_empty() { String::new() } else { format!(" {}", row.note) };
            let (start, end) = (unit.clock(row.start), unit.clock(row.end));
            format!("{start}\u{2013}{end}{assumed}{under}{note}")
        }
        Status::Skipped => "not deployed".to_owned(),
        Status::Never => "waits for itself".to_owned(),
    }
}

fn short(name: &str, depth: usize) -> String {
    let room = LONGEST_NAME - 2 * depth.min(6);
    if name.chars().count() <= room {
        return name.to_owned();
    }
    name.chars().take(room - 1).chain(['…']).collect()
}
