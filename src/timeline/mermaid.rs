//! The schedule as a Mermaid gantt, one section for each schedule, within the limits of GitHub.

use std::fmt::Write as _;

use super::schedule::{Row, Schedule, Status};
use super::{Timeline, clock};
use crate::escape;

/// Maximum number of tasks. Mermaid rejects more than 50,000 characters, and a chart with more rows is not readable.
const MOST_TASKS: usize = 80;
const LONGEST_NAME: usize = 48;

/// The Gantt chart of one root. A row that overlaps with another writer of its object is `crit`, one that decides the
/// total is `active`.
pub fn render(timeline: &Timeline) -> String {
    let mut out = String::from("gantt\n");
    let _ = writeln!(out, "    title {}", title(timeline));
    out.push_str("    dateFormat YYYY-MM-DD HH:mm\n    axisFormat %H:%M\n    todayMarker off\n");
    let schedules = timeline.titled().count();
    for (title, schedule) in timeline.titled() {
        // Mermaid draws long names of sections over the bars.
        let _ = writeln!(out, "    section {}", if title.starts_with("after") { "remedied" } else { title });
        let shown = schedule.rows.iter().filter(|row| is_drawn(row));
        for row in shown.clone().take(MOST_TASKS / schedules) {
            task(&mut out, row);
        }
        let left_out = shown.count().saturating_sub(MOST_TASKS / schedules);
        if left_out > 0 {
            let _ = writeln!(out, "    and {left_out} more :milestone, {}, 0m", moment(schedule.total));
        }
    }
    out
}

/// The root and how long it takes. Ex) main.bicep, 1꞉23 h, not reliable, remedied 1꞉53 h
fn title(timeline: &Timeline) -> String {
    let total = |schedule: &Schedule| {
        let reliable = if schedule.is_reliable() { "" } else { ", not reliable" };
        format!("{} h{reliable}", name(&clock(schedule.total)))
    };
    let mut title = format!("{}, {}", name(&timeline.root), total(&timeline.now));
    if let Some(after) = &timeline.after {
        let _ = write!(title, ", remedied {}", total(after));
    }
    title
}

fn is_drawn(row: &Row) -> bool {
    matches!(row.status, Status::Runs | Status::Conditional)
}

fn task(out: &mut String, row: &Row) {
    // Mermaid draws a task with both tags like one that is only active.
    let tags = match row {
        row if !row.contested.is_empty() => "crit, ",
        row if row.critical => "active, ",
        _ => "",
    };
    let inset = "\u{2013} ".repeat(row.depth.min(4));
    let unknown = if row.assumed { " (minutes not known)" } else { "" };
    let minutes = row.end - row.start;
    let _ = writeln!(out, "    {inset}{}{unknown} :{tags}{}, {minutes}m", name(&row.name), moment(row.start));
}

/// Mermaid knows moments only, so the deployment starts at the first midnight of a century.
fn moment(minute: u32) -> String {
    let (days, minute) = (minute / 1440, minute % 1440);
    format!("2000-01-{:02} {:02}:{:02}", (days + 1).min(31), minute / 60, minute % 60)
}

fn name(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_NAME).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    escape::mermaid_gantt(&short)
}
