//! `--statistics`: the numbers of files and findings, and the duration of each phase.

use std::fmt::Write as _;
use std::time::Duration;

use crate::rules::RULES;
use crate::rules::finding::Report;

/// The statistics of a run for standard error. `without_template` is the number of JSON parameter files without a known
/// template.
pub(super) fn text(report: &Report, without_template: usize, phases: &[(&'static str, Duration)]) -> String {
    let bytes: usize = report.sources.iter().map(|(_, file)| file.text.len()).sum();
    let lines: u32 = report.sources.iter().map(|(_, file)| file.line_count()).sum();
    let coverage = report.coverage;
    let mut out = String::from("statistics\n");
    let mut row = |name: &str, value: String| {
        let _ = writeln!(out, "  {name:<20} {value:>12}");
    };
    row("roots", report.roots.len().to_string());
    if without_template > 0 {
        row("without a template", without_template.to_string());
    }
    row("only by callers", report.through_callers.len().to_string());
    row("files", report.sources.iter().count().to_string());
    row("lines", lines.to_string());
    row("bytes", bytes.to_string());
    row("declarations", coverage.declarations.to_string());
    row("understood", coverage.modelled.to_string());
    row("shared objects", coverage.decided.objects.to_string());
    row("pairs decided", coverage.decided.pairs.to_string());
    row("unresolved modules", coverage.unresolved_modules.to_string());
    row("syntax errors", coverage.syntax_errors.to_string());
    row("files not read", report.unread.len().to_string());
    row("limits reached", coverage.limits.to_string());
    let findings = &report.findings;
    row("findings", findings.len().to_string());
    row("suppressed", findings.iter().filter(|finding| finding.suppression.is_some()).count().to_string());
    row("in the baseline", report.baselined().to_string());
    row("with a remedy", findings.iter().filter(|finding| finding.fix.is_some()).count().to_string());
    for rule in RULES {
        let of_findings = findings.iter().filter(|finding| finding.rule == rule.id).count();
        let of_diagnostics =
            report.diagnostics.iter().filter(|diagnostic| diagnostic.rule == rule.id).count();
        if of_findings + of_diagnostics > 0 {
            row(rule.id.as_str(), (of_findings + of_diagnostics).to_string());
        }
    }
    for (name, time) in phases {
        row(name, milliseconds(*time));
    }
    row("in all", milliseconds(phases.iter().map(|(_, time)| *time).sum()));
    if !report.through_callers.is_empty() {
        out.push_str("judged only where others call them\n");
        for path in &report.through_callers {
            let _ = writeln!(out, "  {path}");
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
