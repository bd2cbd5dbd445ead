//! Markdown for job summaries and pull requests: a table, then a small graph and a schedule for each race.

use std::fmt::Write as _;

use super::scene::Scenes;
use super::{facts, picture, words};
use crate::escape::visible;
use crate::rules::finding::{Diagnostic, Finding, Level, Report};
use crate::timeline;

/// Maximum size in bytes of the output after each part: GitHub accepts 65,536 characters in a comment, and 1 MiB in a
/// summary.
const TABLE: usize = 30_000;
const PICTURES: usize = 50_000;
const WHOLE: usize = 62_000;
/// Maximum number of races that are drawn: more would make the page slow.
const MAX_DRAWN: usize = 20;

/// Renders the results at `level` and above, with pictures from `scenes`.
pub fn render(report: &Report, scenes: &Scenes, level: Level) -> String {
    let mut out = String::from("## Azure deployment races\n\n");
    let _ = writeln!(out, "{}\n", text(&words::summary(report)));
    if let Some(quieter) = words::quieter(report) {
        let _ = writeln!(out, "{}\n", text(&quieter));
    }
    if let Some(hidden) = words::hidden(report, level) {
        let _ = writeln!(out, "{}\n", text(&hidden));
    }
    if !report.errors.is_empty() {
        out.push_str("**The run failed, so this report may be incomplete.**\n\n");
        add(&mut out, TABLE, report.errors.iter().map(|error| format!("- {}\n", text(error))));
        out.push('\n');
    }
    let findings = report.most_severe(level);
    if !findings.is_empty() {
        out.push_str("| level | id | where | what | when |\n| --- | --- | --- | --- | --- |\n");
        add(&mut out, TABLE, findings.iter().map(|finding| row(report, finding)));
        out.push('\n');
    }
    add(&mut out, PICTURES, findings.iter().take(MAX_DRAWN).map(|finding| details(report, finding, scenes)));
    if findings.len() > MAX_DRAWN {
        let _ = writeln!(out, "The first {MAX_DRAWN} are drawn.\n");
    }
    let diagnostics = report.shown_diagnostics(level);
    add(&mut out, WHOLE, diagnostics.map(|diagnostic| item(report, diagnostic)));
    out
}

/// Adds parts as long as they fit, and a line with the number of the others.
fn add(out: &mut String, most: usize, parts: impl Iterator<Item = String>) {
    let mut left_out = 0_u64;
    for part in parts {
        if out.len() + part.len() <= most {
            out.push_str(&part);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        let _ = writeln!(out, "\n{left_out} more do not fit here.");
    }
}

fn row(report: &Report, finding: &Finding) -> String {
    let Some(first) = finding.participants.first() else { return String::new() };
    let file = report.sources.file(first.place.file);
    let line = file.position(first.place.span.start).line;
    let id = text(finding.id()).replace('`', "");
    let rule = match finding.url.strip_prefix("https://") {
        Some(url) if !url.contains([')', '|', '\n']) => format!("[`{id}`](https://{url})"),
        _ => format!("`{id}`"),
    };
    format!(
        "| {} | {rule} | {}:{line} | {} | {} |\n",
        finding.level,
        text(&file.path),
        text(&finding.message),
        text(&when(finding)),
    )
}

/// When a finding happens, and in which environments.
fn when(finding: &Finding) -> String {
    let when = finding.when.as_deref().unwrap_or("always");
    match words::environments(finding) {
        Some(environments) => format!("{when}; in {environments}"),
        None => when.to_owned(),
    }
}

fn item(report: &Report, diagnostic: &Diagnostic) -> String {
    let file = report.sources.file(diagnostic.place.file);
    let line = file.position(diagnostic.place.span.start).line;
    let level = diagnostic.level;
    format!("- {level} `{}` {}:{line}: {}\n", diagnostic.rule, text(&file.path), text(&diagnostic.message))
}

/// Why and what to do, with the graph and the schedule if the race has a scene.
fn details(report: &Report, finding: &Finding, scenes: &Scenes) -> String {
    let mut out = format!("<details><summary>{}</summary>\n\n", text(&finding.message));
    if let Some(calls) = words::calls(finding) {
        let _ = writeln!(out, "- in: {}", text(&calls));
    }
    if let Some(others) = words::others(finding) {
        let _ = writeln!(out, "- also declared twice: {}", text(&others));
    }
    let _ = writeln!(out, "- why: {}", text(&finding.explanation));
    let _ = writeln!(out, "- help: {}", text(&finding.help));
    if let Some(why) = finding.why_by_hand() {
        let _ = writeln!(out, "- no fix: {}", text(why));
    }
    if let Some(rule) = finding.other_rule() {
        let _ = writeln!(out, "- rule: `{rule}`");
    }
    out.push('\n');
    out.push_str(&remedy(&facts::remedy(report, finding)));
    if let Some(scene) = scenes.of(finding) {
        // No drawing can end its fence, because both renderers escape back-ticks.
        for drawn in [picture::mermaid(&scene.picture), timeline::mermaid::render(&scene.timeline)] {
            let _ = writeln!(out, "```mermaid\n{drawn}```\n");
        }
    }
    out.push_str("</details>\n\n");
    out
}

/// A remedy: each place, followed by the inserted lines as a diff.
fn remedy(lines: &[String]) -> String {
    let mut out = String::new();
    let mut is_open = false;
    let fence = |out: &mut String| out.push_str("```\n\n");
    for line in lines {
        let is_added = line.starts_with("+ ");
        match (is_added, is_open) {
            (true, false) => out.push_str("```diff\n"),
            (false, true) => fence(&mut out),
            _ => {}
        }
        is_open = is_added;
        // An added line starts with `+`, so it cannot end the fence.
        let _ = if is_added { writeln!(out, "{line}") } else { writeln!(out, "{}\n", text(line)) };
    }
    if is_open {
        fence(&mut out);
    }
    out
}

/// Escapes text for a table or a list: no markup of its own except code in back-ticks.
pub(super) fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for character in visible(raw).chars() {
        match character {
            '|' => out.push_str("\\|"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '*' | '_' | '[' | ']' | '\\' | '#' | '!' | '@' | '$' | '~' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}
