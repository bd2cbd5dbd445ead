//! The schedule as a chart of characters: readable at 60 columns, without colour, and without Unicode.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::schedule::{Decides, Overlap, Row, Schedule, Status};
use super::{Timeline, Unit};
use crate::escape;

/// How the chart is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether it shows nothing but ASCII.
    pub ascii: bool,
}

/// With fewer columns, rows cannot be distinguished.
const MIN_WIDTH: usize = 40;
/// Minimum number of columns of each of two charts side by side.
const SIDE: usize = 64;
const GAP: usize = 4;
/// Wider than this, a bar is not easier to read.
const WIDEST: usize = 120;

/// The charts of one root: side by side if there is room, otherwise one below the other.
pub fn render(timeline: &Timeline, style: Style) -> String {
    let width = style.width.max(MIN_WIDTH);
    let side_by_side = timeline.after.is_some() && width >= 2 * SIDE + GAP;
    let each = if side_by_side { ((width - GAP) / 2).min(WIDEST) } else { width.min(WIDEST) };
    // One scale for both, so that they can be compared.
    let longest = timeline.titled().map(|(_, schedule)| schedule.total).max().unwrap_or(0).max(1);
    let charts: Vec<Vec<String>> = timeline
        .titled()
        .map(|(title, schedule)| Chart { schedule, longest, width: each, ascii: style.ascii }.lines(title))
        .collect();
    let mut out = fit(&escape::line(&timeline.root), width, style.ascii).trim_end().to_owned();
    out.push_str("\n\n");
    if let ([now, after], true) = (charts.as_slice(), side_by_side) {
        for at in 0..now.len().max(after.len()) {
            let left = now.get(at).map_or("", String::as_str);
            let right = after.get(at).map_or("", String::as_str);
            let padded = format!("{}{}{right}", pad(left, each), " ".repeat(GAP));
            let _ = writeln!(out, "{}", padded.trim_end());
        }
    } else {
        let charts: Vec<_> = charts.iter().map(|lines| lines.join("\n")).collect();
        let _ = writeln!(out, "{}", charts.join("\n\n"));
    }
    let _ = write!(out, "\n{}", legend(timeline, style.ascii));
    out.push_str(&decides(timeline, width.min(WIDEST), style.ascii));
    out
}

/// What each wait on the critical path protects.
fn decides(timeline: &Timeline, width: usize, ascii: bool) -> String {
    let mut lines = Vec::new();
    if !timeline.decides.is_empty() {
        lines.extend([String::new(), "what the waits that decide the total protect:".to_owned()]);
    }
    for Decides { early, late, why } in &timeline.decides {
        let line = format!("  {} after {}: {why}", escape::visible(late), escape::visible(early));
        lines.extend(wrap(&line, width, ascii));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

struct Chart<'a> {
    schedule: &'a Schedule,
    longest: u32,
    width: usize,
    ascii: bool,
}

impl Chart<'_> {
    fn lines(&self, title: &str) -> Vec<String> {
        let schedule = self.schedule;
        let reliable = if schedule.is_reliable() { "" } else { ", not reliable" };
        let total = format!("{} h in all{}", schedule.unit.clock(schedule.total), schedule.ranged());
        let mut lines = vec![format!("{title}: {total}{reliable}")];
        let widest = schedule.rows.iter().map(|row| label(row, self.ascii).width()).max().unwrap_or(0);
        let names = widest.clamp(4, self.width / 3);
        let widest_times =
            schedule.rows.iter().map(|row| times(row, schedule.unit).width()).max().unwrap_or(0);
        let bar = self.width.saturating_sub(names + widest_times + 3).max(8);
        lines.push(format!("{}  {}", " ".repeat(names), self.axis(bar)).trim_end().to_owned());
        for row in &schedule.rows {
            let name = fit(&label(row, self.ascii), names, self.ascii);
            let line = format!("{name} {} {}", self.bar(row, bar), times(row, schedule.unit));
            lines.push(line.trim_end().to_owned());
        }
        lines.extend(self.overlaps());
        lines
    }

    /// The bar of a row: full while it runs alone, shaded while another writer of the object also runs.
    fn bar(&self, row: &Row, width: usize) -> String {
        let edge = if self.ascii { '|' } else { '│' };
        let (alone, contested, around) = if self.ascii { ('=', '#', '-') } else { ('█', '▒', '─') };
        let (alone, within) = if row.has_children { (around, around) } else { (alone, contested) };
        let mut cells = vec![' '; width];
        if matches!(row.status, Status::Runs | Status::Conditional) && row.end > row.start {
            self.fill(&mut cells, (row.start, row.end), alone);
            for &times in &row.contested {
                self.fill(&mut cells, times, within);
            }
        }
        format!("{edge}{}", String::from_iter(cells))
    }

    fn fill(&self, cells: &mut [char], (from, to): (u32, u32), mark: char) {
        let width = cells.len();
        let first = self.column(from, width).min(width.saturating_sub(1));
        let last = self.column(to, width).max(first + 1);
        cells[first..last.min(width)].fill(mark);
    }

    /// The column in which a minute falls.
    fn column(&self, minute: u32, width: usize) -> usize {
        let total = u64::from(self.longest);
        let at = (u64::from(minute) * width as u64 + total / 2) / total;
        usize::try_from(at).unwrap_or(width).min(width)
    }

    fn axis(&self, width: usize) -> String {
        let total = self.longest;
        let room = (width / 8).max(1) as u32;
        let step = self.schedule.unit.steps().iter().copied().find(|step| total / step < room);
        let step = step.unwrap_or(total);
        let mut axis = String::new();
        let mut minute = 0;
        while minute <= total {
            let at = self.column(minute, width);
            let mark = self.schedule.unit.clock(minute);
            if at >= axis.len() && at + mark.len() <= width + 1 {
                let _ = write!(axis, "{:gap$}{mark} ", "", gap = at - axis.len());
            }
            minute = minute.saturating_add(step.max(1));
        }
        axis
    }

    /// The writers that run at the same time, grouped by object.
    fn overlaps(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut object: Option<&str> = None;
        for overlap in &self.schedule.overlaps {
            if object != Some(&overlap.object) {
                lines.push(String::new());
                let heading = format!("unordered writers of {}:", escape::visible(&overlap.object));
                lines.extend(wrap(&heading, self.width, self.ascii));
                object = Some(&overlap.object);
            }
            lines.extend(wrap(&format!("  {}", pair(overlap, self.schedule.unit)), self.width, self.ascii));
        }
        lines
    }
}

/// A pair and when both run.
fn pair(overlap: &Overlap, unit: Unit) -> String {
    let names = if overlap.first == overlap.second {
        format!("the instances of {}", escape::visible(&overlap.first))
    } else {
        format!("{} and {}", escape::visible(&overlap.first), escape::visible(&overlap.second))
    };
    match overlap.predicted {
        Some((from, to)) => format!("{names}, {}-{}", unit.clock(from), unit.clock(to)),
        None => format!("{names}, apart only by chance"),
    }
}

/// The indented name, with a mark if the row decides the total.
fn label(row: &Row, ascii: bool) -> String {
    let mark = if row.critical { '*' } else { ' ' };
    let name = escape::visible(&row.name);
    let name = if ascii { to_ascii(&name) } else { name };
    format!("{mark}{}{name}", "  ".repeat(row.depth.min(8)))
}

fn times(row: &Row, unit: Unit) -> String {
    let assumed = if row.assumed { "?" } else { "" };
    let (start, end) = (unit.clock(row.start), unit.clock(row.end));
    let note = if row.note.is_empty() { String::new() } else { format!(" {}", escape::visible(&row.note)) };
    match row.status {
        Status::Runs => format!("{start}-{end}{assumed}{note}"),
        Status::Conditional => format!("{start}-{end}{assumed} if"),
        Status::Skipped => "not deployed".to_owned(),
        Status::Never => "waits for itself".to_owned(),
    }
}

/// Only marks that occur are explained.
fn legend(timeline: &Timeline, ascii: bool) -> String {
    let rows = || timeline.titled().flat_map(|(_, schedule)| &schedule.rows);
    let contested = if ascii { '#' } else { '▒' };
    let mut lines = String::new();
    if rows().any(|row| row.critical) || timeline.now.unit == Unit::Minutes {
        lines.push_str("* decides the total\n");
    }
    if rows().any(|row| !row.contested.is_empty()) {
        let _ = writeln!(lines, "{contested} beside another writer of the object");
    }
    if rows().any(|row| row.assumed) {
        lines.push_str("? not known, counted as 1 minute\n");
    }
    if rows().any(|row| row.status == Status::Conditional) {
        lines.push_str("if deployed only under a condition\n");
    }
    lines
}

fn to_ascii(text: &str) -> String {
    text.chars().map(|character| if character.is_ascii() { character } else { '?' }).collect()
}

/// The text in exactly `width` columns: padded, or cut with a mark.
fn fit(text: &str, width: usize, ascii: bool) -> String {
    if text.width() <= width {
        return pad(text, width);
    }
    let mark = if ascii { '~' } else { '…' };
    let mut out = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(character);
    }
    out.push(mark);
    pad(&out, width)
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Wraps text to lines of at most `width` columns; lines after the first are indented. A word that is too long is cut.
fn wrap(text: &str, width: usize, ascii: bool) -> Vec<String> {
    let text = if ascii { to_ascii(text) } else { text.to_owned() };
    let indent = text.len() - text.trim_start().len();
    let mut lines = Vec::new();
    let mut line = " ".repeat(indent);
    for word in text.split_whitespace() {
        if line.width() + word.width() > width && !line.trim().is_empty() {
            lines.push(line.trim_end().to_owned());
            line = " ".repeat(indent + 2);
        }
        let room = width.saturating_sub(line.width()).max(1);
        line.push_str(fit(word, word.width().min(room), ascii).as_str());
        line.push(' ');
    }
    lines.push(line.trim_end().to_owned());
    lines
}
