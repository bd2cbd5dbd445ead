//! Two schedules side by side: the minutes and races in which they differ.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::markdown;
use crate::escape::visible;
use crate::timeline::{Row, Schedule, Status, clock};

/// One of two deployments to compare.
pub struct Side {
    /// The heading of its column.
    pub name: String,
    /// Its schedule as written.
    pub schedule: Schedule,
    /// Its races: a key that is the same on both sides, and a description.
    pub races: Vec<(String, String)>,
}

/// A line of the table: subject, both sides, and the change from the first to the second.
type Line = [String; 4];

/// The table for a terminal, followed by one line about everything that is equal.
pub fn text(sides: &[Side; 2]) -> String {
    let (lines, same) = lines(sides);
    let head = [String::new(), sides[0].name.clone(), sides[1].name.clone(), "change".to_owned()];
    let shown = std::iter::once(head).chain(lines).map(|line| line.map(|cell| visible(&cell)));
    let all: Vec<Line> = shown.collect();
    let width = |at: usize| all.iter().map(|line| line[at].width()).max().unwrap_or(0);
    let widths = [0, 1, 2].map(width);
    let mut out = String::new();
    for line in all {
        let [what, one, other, change] = &line;
        let row = format!(
            "{what}{:gap$}  {one:>first$}  {other:>second$}  {change}",
            "",
            gap = widths[0].saturating_sub(what.width()),
            first = widths[1],
            second = widths[2],
        );
        let _ = writeln!(out, "{}", row.trim_end());
    }
    let _ = writeln!(out, "\n{same}");
    out
}

/// The same table as Markdown, for a pull request.
pub fn markdown(sides: &[Side; 2]) -> String {
    let (lines, same) = lines(sides);
    let cell = |text: &str| markdown::text(text);
    let mut out = format!("| | {} | {} | change |\n", cell(&sides[0].name), cell(&sides[1].name));
    out.push_str("| --- | ---: | ---: | --- |\n");
    for [what, one, other, change] in &lines {
        let _ = writeln!(out, "| {} | {} | {} | {} |", cell(what), cell(one), cell(other), cell(change));
    }
    let _ = writeln!(out, "\n{same}");
    out
}

/// The lines that differ, with the total first, and a sentence about the equal rows.
fn lines([one, other]: &[Side; 2]) -> (Vec<Line>, String) {
    let [before, after] = [one, other].map(|side| side.schedule.total);
    let mut lines =
        vec![["in all".to_owned(), clock(before), clock(after), change(Some(before), Some(after))]];
    let mut same = 0_usize;
    let outer = |side: &Side| -> Vec<(String, Option<u32>)> {
        let rows = side.schedule.rows.iter().filter(|row| row.depth == 0);
        rows.map(|row| (row.name.clone(), takes(row))).collect()
    };
    let (ones, others) = (outer(one), outer(other));
    let of = |rows: &[(String, Option<u32>)], name: &str| {
        rows.iter().find(|(known, _)| known == name).map(|(_, takes)| *takes)
    };
    let new = others.iter().filter(|(name, _)| of(&ones, name).is_none());
    for (name, _) in ones.iter().chain(new) {
        let (before, after) = (of(&ones, name), of(&others, name));
        if before == after {
            same += 1;
            continue;
        }
        let told = |side: Option<Option<u32>>| match side {
            Some(Some(minutes)) => clock(minutes),
            Some(None) => "not deployed".to_owned(),
            None => "not there".to_owned(),
        };
        let change = change(before.flatten(), after.flatten());
        lines.push([format!("`{name}`"), told(before), told(after), change]);
    }
    let has = |side: &Side, key: &str| side.races.iter().any(|(known, _)| known == key);
    for (key, words) in &one.races {
        if has(other, key) {
            same += 1;
        } else {
            lines.push([words.clone(), "race".to_owned(), "none".to_owned(), "gone".to_owned()]);
        }
    }
    for (_, words) in other.races.iter().filter(|(key, _)| !has(one, key)) {
        lines.push([words.clone(), "none".to_owned(), "race".to_owned(), "new".to_owned()]);
    }
    if lines.len() == 1 && before == after {
        return (lines, "nothing differs, in minutes or races".to_owned());
    }
    let same = match same {
        0 => "nothing else is on both sides".to_owned(),
        1 => "1 more line is the same on both sides".to_owned(),
        more => format!("{more} more lines are the same on both sides"),
    };
    (lines, same)
}

/// The minutes of a row; `None` if it is not deployed.
fn takes(row: &Row) -> Option<u32> {
    matches!(row.status, Status::Runs | Status::Conditional).then(|| row.end - row.start)
}

/// Ex) -0:30
fn change(before: Option<u32>, after: Option<u32>) -> String {
    let (before, after) = (before.unwrap_or(0), after.unwrap_or(0));
    match before.cmp(&after) {
        std::cmp::Ordering::Less => format!("+{}", clock(after - before)),
        std::cmp::Ordering::Greater => format!("-{}", clock(before - after)),
        std::cmp::Ordering::Equal => String::new(),
    }
}
