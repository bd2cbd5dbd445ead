//! Writes reports, including those of a failed run: in every format, a failed run differs from a clean one.

use std::path::PathBuf;

use clap::ValueEnum as _;

use super::arguments::CheckArguments;
use super::checking::style;
use super::outputs::{self, Output};
use super::{causes_of, print, say};
use crate::report::scene::Scenes;
use crate::report::{self, Format, Style};
use crate::rules::finding::Report;
use crate::session::Roots;

/// Prints the report if requested, with annotations in a pipeline, and writes the requested files. If one cannot be
/// written, the others still are; the run then counts as failed, and the other reports say so.
pub(super) fn write_reports(
    (report, scenes): (&mut Report, &Scenes),
    arguments: &CheckArguments,
    outputs: Vec<Output>,
    (style, is_printed): (Style, bool),
) {
    // A file is read elsewhere, so the properties of this terminal do not matter.
    let plain = Style { color: false, unicode: true, is_terminal: false, ..style };
    let (files, streams): (Vec<Output>, Vec<Output>) = outputs.into_iter().partition(Output::is_file);
    let mut errors = Vec::new();
    let written: Vec<&Output> =
        files.iter().filter(|file| write(file, (report, scenes), plain, &mut errors)).collect();
    say_errors(&errors);
    if !errors.is_empty() {
        report.errors.append(&mut errors);
        for file in &written {
            write(file, (report, scenes), plain, &mut errors);
        }
    }
    let is_for_people = matches!(arguments.format, Format::Human | Format::Concise);
    let annotations = annotations().filter(|_| is_for_people && !arguments.no_annotations);
    let own = is_printed.then_some(arguments.format);
    let printed = own.into_iter().chain(annotations).try_for_each(|format| {
        let style = if format == arguments.format { style } else { plain };
        print(&report::render_with(report, scenes, format, style))
    });
    errors.extend(printed.err().map(|failure| causes_of(&failure)));
    if is_printed && arguments.format.lacks_coverage() && !report.roots.is_empty() {
        say(&report::summary(report));
    }
    let has_report = files.iter().chain(&streams).any(|output| output.format == Format::Gitlab);
    if is_for_people
        && !has_report
        && !arguments.no_annotations
        && is_set("GITLAB_CI")
        && report.highest().is_some()
    {
        say(
            "note: GitLab shows findings in a merge request from a report: `--output gitlab=gl-code-quality-report.json`",
        );
    }
    for stream in &streams {
        write(stream, (report, scenes), plain, &mut errors);
    }
    if !errors.is_empty() {
        say_errors(&errors);
        report.errors.append(&mut errors);
        for file in written {
            write(file, (report, scenes), plain, &mut errors);
        }
    }
}

/// Prints errors to standard error.
pub(super) fn say_errors(errors: &[String]) {
    for error in errors {
        say(&format!("error: {error}"));
    }
}

/// Writes a report, and records an error if that fails.
fn write(
    output: &Output,
    (report, scenes): (&Report, &Scenes),
    style: Style,
    errors: &mut Vec<String>,
) -> bool {
    let written = output.write(&report::render_with(report, scenes, output.format, style));
    errors.extend(written.as_ref().err().map(causes_of));
    written.is_ok()
}

/// The annotation format of the surrounding pipeline, if there is one.
fn annotations() -> Option<Format> {
    match (is_set("GITHUB_ACTIONS"), is_set("TF_BUILD")) {
        (true, _) => Some(Format::Github),
        (_, true) => Some(Format::Azure),
        _ => None,
    }
}

/// Whether an environment variable shows that the run is inside a pipeline.
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The outputs of a run that may fail before it has a report.
pub(super) struct RequestedOutputs {
    format: Format,
    outputs: Vec<(Format, PathBuf)>,
    /// The format of annotations in addition to readable output.
    annotations: Option<Format>,
    style: Style,
}

impl RequestedOutputs {
    /// Reads the outputs from the arguments.
    pub(super) fn of(arguments: &CheckArguments) -> Self {
        Self {
            format: arguments.format,
            outputs: readable(&arguments.output),
            annotations: annotations().filter(|_| !arguments.no_annotations),
            style: style(arguments),
        }
    }

    /// Reads the outputs from invalid arguments; `None` if they are for a subcommand.
    pub(super) fn of_wrong(typed: &[String], is_check: bool) -> Option<Self> {
        let options: Vec<&String> = typed.iter().take_while(|typed| *typed != "--").collect();
        let values = |name: &str| -> Vec<String> {
            let behind = |at: usize| {
                let value = options[at].strip_prefix(name)?;
                match value.strip_prefix('=') {
                    Some(value) => Some(value.to_owned()),
                    None if value.is_empty() => options.get(at + 1).map(|value| (*value).clone()),
                    None => None,
                }
            };
            (0..options.len()).filter_map(behind).collect()
        };
        let format = values("--format").pop().and_then(|name| Format::from_str(&name, true).ok());
        is_check.then(|| Self {
            format: format.unwrap_or(Format::Human),
            outputs: readable(&values("--output")),
            annotations: annotations()
                .filter(|_| !options.iter().any(|option| *option == "--no-annotations")),
            style: Style {
                color: false,
                unicode: true,
                width: 100,
                is_terminal: false,
                level: crate::level::Level::Note,
            },
        })
    }

    /// Writes the reason for the missing report in every requested format. Readable output goes to standard error.
    pub(super) fn tell(&self, why: &str) {
        let report = Report { errors: vec![why.to_owned()], ..Report::default() };
        let scenes = Scenes::default();
        let plain = Style { color: false, unicode: true, is_terminal: false, ..self.style };
        let format = match self.format {
            Format::Human | Format::Concise => self.annotations,
            format => Some(format),
        };
        if let Some(format) = format {
            let _ = print(&report::render_with(&report, &scenes, format, plain));
        }
        let Ok(base) = std::env::current_dir() else { return };
        let roots = Roots { found: vec![(base.clone(), base.clone())], base, ..Roots::default() };
        let guarded = outputs::guarded(&roots);
        // One of the outputs may be the error, so each is tried separately.
        let one = |output: &(Format, PathBuf)| {
            outputs::resolved(vec![output.clone()], &guarded, &roots.base).unwrap_or_default()
        };
        let outputs: Vec<Output> = self.outputs.iter().flat_map(one).collect();
        for output in &outputs {
            let is_alone = outputs.iter().filter(|other| other.is_same_file(output)).count() <= 1;
            let mut errors = Vec::new();
            if is_alone {
                write(output, (&report, &scenes), plain, &mut errors);
            }
            say_errors(&errors);
        }
    }
}

/// The outputs that can be parsed.
fn readable(typed: &[String]) -> Vec<(Format, PathBuf)> {
    let one = |text: &String| outputs::written(std::slice::from_ref(text)).unwrap_or_default();
    typed.iter().flat_map(one).collect()
}
