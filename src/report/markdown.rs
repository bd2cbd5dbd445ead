//! Markdown for job summaries and pull requests: a table, and a small graph for each race.

use std::fmt::Write as _;

use super::words;
use crate::rules::finding::{Finding, Level, Report};
use crate::timeline::escape::visible;

/// So many findings are drawn, and so many participants of one.
const DRAWN: usize = 20;
const BOXES: usize = 12;
/// So many rows: a summary holds 1 MiB.
const ROWS: usize = 500;

/// Renders a report.
pub fn render(report: &Report, level: Level) -> String {
    let mut out = String::from("## Azure deployment races\n\n");
    let _ = writeln!(out, "{}\n", text(&words::summary(report)));
    let findings: Vec<&Finding> = report.shown(level).collect();
    if !findings.is_empty() {
        out.push_str("| level | rule | where | what | when |\n| --- | --- | --- | --- | --- |\n");
        for finding in findings.iter().take(ROWS) {
            let Some(first) = finding.participants.first() else { continue };
            let file = report.sources.file(first.place.file);
            let line = file.position(first.place.span.start).line;
            let when = finding.when.as_deref().unwrap_or("always");
            let _ = writeln!(
                out,
                "| {} | [`{}`]({}) | {}:{line} | {} | {} |",
                words::level(finding.level),
                finding.rule,
                finding.url,
                text(&file.path),
                text(&finding.message),
                text(when),
            );
        }
        if findings.len() > ROWS {
            let _ = writeln!(out, "\n{} more are not shown.", findings.len() - ROWS);
        }
        out.push('\n');
    }
    for finding in findings.iter().take(DRAWN) {
        details(&mut out, finding);
    }
    for diagnostic in report.diagnostics.iter().filter(|diagnostic| diagnostic.level >= level).take(ROWS) {
        let file = report.sources.file(diagnostic.place.file);
        let line = file.position(diagnostic.place.span.start).line;
        let rule = diagnostic.rule;
        let _ = writeln!(
            out,
            "- {} `{rule}` {}:{line}: {}",
            words::level(diagnostic.level),
            text(&file.path),
            text(&diagnostic.message)
        );
    }
    out
}

fn details(out: &mut String, finding: &Finding) {
    let _ = writeln!(out, "<details><summary>{}</summary>\n", text(&finding.message));
    out.push_str("```mermaid\nflowchart TD\n");
    let _ = writeln!(out, "  object[(\"{}\")]", label(&finding.object.name));
    for (ix, participant) in finding.participants.iter().take(BOXES).enumerate() {
        let _ = writeln!(out, "  p{ix}[\"{}\"] --> object", label(&participant.symbol));
    }
    for &(one, other) in
        finding.pairs.iter().filter(|&&(one, other)| one != other && one < BOXES && other < BOXES)
    {
        let _ = writeln!(out, "  p{one} -. unordered .- p{other}");
    }
    out.push_str("```\n\n");
    let _ = writeln!(out, "- why: {}", text(&finding.explanation));
    let _ = writeln!(out, "- help: {}\n\n</details>\n", text(&finding.help));
}

/// Text in a table or list: no markup of its own. Code in back-ticks stays code.
fn text(raw: &str) -> String {
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

/// A label of Mermaid in quotes: what it reads as syntax becomes an entity.
fn label(raw: &str) -> String {
    let mut out = String::new();
    for character in visible(raw).chars() {
        if character.is_alphanumeric() || matches!(character, ' ' | '-' | '.' | '_' | '/') {
            out.push(character);
        } else {
            out.push_str(&format!("#{};", u32::from(character)));
        }
    }
    out
}
