//! One renderer a format.

pub mod concise;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod picture;
pub mod sarif;
pub mod scene;
mod words;

use self::scene::Scenes;
use crate::rules::finding::{Finding, Level, Report};

/// The formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Frames of source with what is wrong, why, and what to do
    Human,
    /// One line a finding
    Concise,
    /// One JSON document
    Json,
    /// One JSON document a finding, each on a line
    Jsonl,
    /// SARIF 2.1.0 for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// JUnit XML
    Junit,
    /// Markdown for job summaries and pull requests
    Markdown,
    /// One self-contained page with sources and pictures
    Html,
}

impl Format {
    /// Whether it shows pictures of the races.
    pub fn has_pictures(self) -> bool {
        matches!(self, Self::Markdown | Self::Html)
    }
}

/// How a report is shown.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether colours may be used.
    pub color: bool,
    /// Whether the terminal shows more than ASCII.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
    /// The least level that is shown.
    pub level: Level,
}

/// Renders a report without pictures.
pub fn render(report: &Report, format: Format, style: Style) -> String {
    render_with(report, &Scenes::default(), format, style)
}

/// Renders a report; `scenes` are shown by the formats that have pictures.
pub fn render_with(report: &Report, scenes: &Scenes, format: Format, style: Style) -> String {
    match format {
        Format::Human => human::render(report, style),
        Format::Concise => concise::render(report, style.level),
        Format::Json => json::render(report, style.level),
        Format::Jsonl => json::render_lines(report, style.level),
        Format::Sarif => sarif::render(report, style.level),
        Format::Github => github::render(report, style.level),
        Format::Gitlab => gitlab::render(report, style.level),
        Format::Junit => junit::render(report, style.level),
        Format::Markdown => markdown::render(report, scenes, style.level),
        Format::Html => html::render(report, scenes, style.level),
    }
}

impl Report {
    /// The findings that are neither suppressed nor accepted, at or above a level.
    pub fn shown(&self, level: Level) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| {
            finding.suppression.is_none() && !finding.baselined && finding.level >= level
        })
    }

    /// The highest level of what is shown, diagnostics included.
    pub fn highest(&self) -> Option<Level> {
        let findings = self.shown(Level::Note).map(|finding| finding.level);
        findings.chain(self.diagnostics.iter().map(|diagnostic| diagnostic.level)).max()
    }
}
