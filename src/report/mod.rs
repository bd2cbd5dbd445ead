//! The output formats, each with its own renderer.

pub mod azure;
#[cfg(feature = "cli")]
pub mod checkstyle;
#[cfg(feature = "cli")]
pub mod compare;
pub mod concise;
mod facts;
pub mod github;
pub mod gitlab;
pub mod graph;
#[cfg(feature = "cli")]
pub mod html;
#[cfg(feature = "cli")]
pub mod human;
pub mod json;
#[cfg(feature = "cli")]
pub mod junit;
mod line_hash;
#[cfg(feature = "cli")]
pub mod markdown;
#[cfg(feature = "cli")]
pub mod pair;
#[cfg(feature = "pictures")]
pub mod picture;
mod place;
pub mod rdjson;
pub mod sarif;
#[cfg(feature = "pictures")]
pub mod scene;
#[cfg(feature = "cli")]
mod schema;
#[cfg(feature = "cli")]
pub mod slow;
mod witness;
pub(crate) mod words;
#[cfg(feature = "cli")]
pub(crate) mod wrap;

#[cfg(feature = "cli")]
use self::scene::Scenes;
use crate::escape::{Notation, Shown};
use crate::rules::finding::{Diagnostic, Finding, Level, Report};
#[cfg(feature = "cli")]
use crate::small_sort::SmallSort as _;

/// The formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Format {
    /// Source excerpts with the race, the reason and the remedy
    #[cfg(feature = "cli")]
    Human,
    /// One line per finding
    #[cfg_attr(feature = "cli", value(alias = "agent"))]
    Concise,
    /// One JSON document
    Json,
    /// One JSON document per line, for each finding and diagnostic
    Jsonl,
    /// SARIF 2.1.0 for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// Issues of Azure Pipelines
    Azure,
    /// GitLab's code quality report
    Gitlab,
    /// Diagnostics of reviewdog, with suggestions
    Rdjson,
    /// JUnit XML
    #[cfg(feature = "cli")]
    Junit,
    /// Checkstyle XML
    #[cfg(feature = "cli")]
    Checkstyle,
    /// Markdown for job summaries and pull requests
    #[cfg(feature = "cli")]
    Markdown,
    /// One self-contained page with sources and pictures
    #[cfg(feature = "cli")]
    Html,
}

impl Format {
    /// Whether the format has no place for the coverage.
    #[cfg(feature = "cli")]
    pub fn lacks_coverage(self) -> bool {
        matches!(
            self,
            Self::Concise
                | Self::Jsonl
                | Self::Github
                | Self::Azure
                | Self::Gitlab
                | Self::Rdjson
                | Self::Checkstyle
        )
    }

    /// Whether the format has pictures of the races.
    #[cfg(feature = "cli")]
    pub fn has_pictures(self) -> bool {
        matches!(self, Self::Markdown | Self::Html)
    }
}

/// The presentation of a report.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether colours may be used.
    pub color: bool,
    /// Whether the terminal can show more than ASCII.
    pub unicode: bool,
    /// The width in columns.
    pub width: usize,
    /// Whether the output goes to a terminal, where long lines are wrapped and, with colours, addresses and places
    /// become links.
    pub is_terminal: bool,
    /// The lowest level that is shown.
    pub level: Level,
}

/// The coverage and the counts of a run in one line.
#[cfg(feature = "cli")]
pub fn summary(report: &Report) -> String {
    words::summary(report)
}

/// Renders a report without pictures.
pub fn render(report: &Report, format: Format, style: Style) -> Shown {
    let level = style.level;
    let (text, notation) = match format {
        #[cfg(feature = "cli")]
        Format::Concise if style.is_terminal => {
            (wrap::lines(&concise::render(report, level), style.width, None), Notation::Text)
        }
        Format::Concise => (concise::render(report, level), Notation::Text),
        Format::Json => (json::render(report, level), Notation::Json),
        Format::Jsonl => (json::render_lines(report, level), Notation::Json),
        Format::Sarif => (sarif::render(report, level), Notation::Json),
        // Each line is a command, and the renderer escapes its own values.
        Format::Github => (github::render(report, level), Notation::Commands),
        Format::Azure => (azure::render(report, level), Notation::Commands),
        Format::Rdjson => (rdjson::render(report, level), Notation::Json),
        Format::Gitlab => (gitlab::render(report, level), Notation::Json),
        #[cfg(feature = "cli")]
        Format::Human | Format::Junit | Format::Checkstyle | Format::Markdown | Format::Html => {
            return render_with(report, &Scenes::default(), format, style);
        }
    };
    Shown::new(text, notation)
}

/// Renders a report. Formats with pictures also draw `scenes`.
#[cfg(feature = "cli")]
pub fn render_with(report: &Report, scenes: &Scenes, format: Format, style: Style) -> Shown {
    let level = style.level;
    let (text, notation) = match format {
        Format::Human if style.color => (human::render(report, style), Notation::Colored),
        Format::Human => (human::render(report, style), Notation::Text),
        Format::Junit => (junit::render(report, level), Notation::Xml),
        Format::Checkstyle => (checkstyle::render(report, level), Notation::Xml),
        Format::Markdown => (markdown::render(report, scenes, level), Notation::Text),
        Format::Html => (html::render(report, scenes, level), Notation::Xml),
        _ => return render(report, format, style),
    };
    Shown::new(text, notation)
}

impl Report {
    /// The findings that are neither suppressed nor accepted, at or above a level.
    pub fn shown(&self, level: Level) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| {
            finding.suppression.is_none() && !finding.baselined && finding.level >= level
        })
    }

    /// The diagnostics that are not accepted, at or above a level.
    pub fn shown_diagnostics(&self, level: Level) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(move |one| !one.baselined && one.level >= level)
    }

    /// The number of findings and diagnostics that the baseline accepts.
    pub fn baselined(&self) -> usize {
        self.findings.iter().filter(|finding| finding.baselined).count()
            + self.diagnostics.iter().filter(|diagnostic| diagnostic.baselined).count()
    }

    /// The shown findings, most severe first.
    #[cfg(feature = "cli")]
    fn most_severe(&self, level: Level) -> Vec<&Finding> {
        let mut findings: Vec<&Finding> = self.shown(level).collect();
        findings.small_sort_by_key(|finding| std::cmp::Reverse(finding.level));
        findings
    }

    /// The highest level of the shown findings and diagnostics.
    pub fn highest(&self) -> Option<Level> {
        let findings = self.shown(Level::Note).map(|finding| finding.level);
        findings.chain(self.shown_diagnostics(Level::Note).map(|diagnostic| diagnostic.level)).max()
    }
}

#[cfg(test)]
mod limits;
