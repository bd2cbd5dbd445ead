//! Checkstyle XML, which many tools read: results grouped by file.

use std::fmt::Write as _;

use super::{facts, place};
use crate::escape::xml;
use crate::rules::finding::{Level, Report};
use crate::source::Place;

/// One result: path, place, level, id and text.
type Told = (String, (u32, u32), Level, String, String);

/// Renders a report. Results are grouped by file, in the order in which the files first appear.
pub fn render(report: &Report, level: Level) -> String {
    let of = |at: Place, level: Level, id: &str, text: String| -> Told {
        let start = report.sources.file(at.file).position(at.span.start);
        (place::from_top(report, at.file), (start.line, start.column), level, id.to_owned(), text)
    };
    let errors = report.errors.iter().map(|error| {
        // The error belongs to no file, but the format requires one.
        (".".to_owned(), (1, 1), Level::Error, "run".to_owned(), format!("the run failed: {error}"))
    });
    let findings = report.shown(level).filter_map(|finding| {
        let lines = [vec![finding.message.clone()], facts::lines(report, finding)].concat();
        Some(of(finding.participants.first()?.place, finding.level, finding.id(), lines.join("\n")))
    });
    let diagnostics = report.shown_diagnostics(level).map(|one| {
        let help = one.help.iter().map(|help| format!("\nhelp: {help}"));
        let text = std::iter::once(one.message.clone()).chain(help).collect();
        of(one.place, one.level, one.rule.as_str(), text)
    });
    let all: Vec<Told> = errors.chain(findings).chain(diagnostics).collect();
    let mut paths: Vec<&str> = Vec::new();
    for (path, ..) in &all {
        if !paths.contains(&path.as_str()) {
            paths.push(path);
        }
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"8.0\">\n");
    for path in paths {
        let _ = writeln!(out, "  <file name=\"{}\">", xml(path));
        for (_, (line, column), level, id, text) in all.iter().filter(|(of, ..)| of == path) {
            // Checkstyle calls the level of a note `info`.
            let severity = if *level == Level::Note { "info" } else { level.as_str() };
            let lines: Vec<String> = text.lines().map(xml).collect();
            let _ = writeln!(
                out,
                "    <error line=\"{line}\" column=\"{column}\" severity=\"{severity}\" message=\"{}\" source=\"{}.{}\"/>",
                lines.join("&#10;"),
                env!("CARGO_PKG_NAME"),
                xml(id)
            );
        }
        out.push_str("  </file>\n");
    }
    out.push_str("</checkstyle>\n");
    out
}
