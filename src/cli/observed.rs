//! `observed`: shows the operations of a deployment as a schedule, with overlapping conflicts.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use super::arguments::{ObservedFormat, Reading};
use super::checking::terminal_width;
use super::one::SingleFile;
use super::{Failure, Outcome, explain, plural, print, say};
use crate::azure::catalog::Catalog;
use crate::door::read;
use crate::door::write::{Guarded, WriteError};
use crate::escape::{Notation, Shown, visible};
use crate::observed::conflict::{Nothing, Sure};
use crate::observed::declared::Declared;
use crate::observed::read::Exports;
use crate::observed::{Observed, drawn, html, json, learn, text};
use crate::timeline::svg;
use crate::timeline::text::Style;

/// Reads exports and prints the result.
pub(super) fn run(
    paths: &[PathBuf],
    format: ObservedFormat,
    learned: Option<&Path>,
    template: Option<&Path>,
    reading: &Reading,
) -> Result<Outcome, Failure> {
    let exports = exports(paths)?;
    let one = template.map(|path| SingleFile::read(path, reading)).transpose()?;
    let builtin = Catalog::builtin();
    let catalog = one.as_ref().map_or(&builtin, |one| one.session.catalog());
    let observed = Observed::of(&exports, catalog, |runs| match &one {
        Some(one) => Box::new(Declared::of(&one.session, one.root, runs)),
        None => Box::new(Nothing),
    });
    tell(&observed, format)?;
    if let Some(path) = learned {
        write_minutes(&observed, path)?;
    }
    Ok(if observed.has_overlapped() { Outcome::Findings } else { Outcome::Clean })
}

/// Writes the learned durations atomically.
fn write_minutes(observed: &Observed<'_>, path: &Path) -> Result<(), Failure> {
    if learn::types(observed).is_empty() {
        let why = "no succeeded operation has a duration, so there is nothing to learn";
        return Err(Failure::Usage(why.to_owned()));
    }
    let absolute = std::path::absolute(path).map_err(WriteError::from);
    let written = absolute.and_then(|path| {
        // No link is followed for a file next to the exports.
        let guarded = Guarded::new(path.parent());
        guarded.target(&path)?.replace(|_| Ok(learn::configuration(observed)))
    });
    let shown = path.display().to_string();
    written.map_err(|source| Failure::Write { path: shown.clone(), source })?;
    say(&format!("note: `{shown}` is written; `extends` in `bicep-race-lint.toml` names it"));
    Ok(())
}

fn exports(paths: &[PathBuf]) -> Result<Exports, Failure> {
    let mut exports = Exports::default();
    for path in paths {
        let (name, bytes) = if path == Path::new("-") {
            ("standard input".to_owned(), read::stream(std::io::stdin().lock()))
        } else {
            (path.display().to_string(), read::named(path))
        };
        let bytes = bytes.map_err(|why| Failure::Usage(format!("cannot read `{name}`: {why}")))?;
        exports.read(&name, &bytes).map_err(|mistake| Failure::Usage(mistake.to_string()))?;
    }
    Ok(exports)
}

fn tell(observed: &Observed<'_>, format: ObservedFormat) -> Result<(), Failure> {
    let shown = match format {
        ObservedFormat::Text => {
            let is_terminal = std::io::stdout().is_terminal();
            let ascii = is_terminal && !supports_unicode::on(supports_unicode::Stream::Stdout);
            let style = Style { width: terminal_width(), ascii };
            let mut text = text::text(observed, style);
            text.push_str(&answers(observed));
            let _ = writeln!(text, "{}", summary(observed));
            Shown::new(text, Notation::Text)
        }
        ObservedFormat::Json => Shown::new(json::render(observed), Notation::Json),
        ObservedFormat::Html => Shown::new(html::page(observed, &answers(observed)), Notation::Xml),
        ObservedFormat::Svg => Shown::new(picture(observed)?, Notation::Xml),
    };
    print(&shown)?;
    // JSON and HTML contain the notes.
    if matches!(format, ObservedFormat::Text | ObservedFormat::Svg) {
        observed.notes.iter().for_each(|note| say(&format!("note: {note}")));
    }
    Ok(())
}

/// The answers of `explain` for failures without an overlapping conflict.
fn answers(observed: &Observed<'_>) -> String {
    let mut out = String::new();
    for failed in &observed.failures {
        let run = &observed.runs[failed.run];
        let name = failed.step.map_or_else(|| run.name(), |step| run.way(step));
        let _ = writeln!(
            out,
            "`{}` failed, and nothing that is known to conflict with it ran at the same time\n",
            visible(&name)
        );
        out.push_str(&explain::text(&failed.explained, None));
    }
    out
}

fn summary(observed: &Observed<'_>) -> String {
    let counted = observed.conflicts.iter().filter(|one| one.sure != Sure::Possible).count();
    let possible = observed.conflicts.len() - counted;
    let conflicts = match (counted, possible) {
        (0, 0) if !observed.has_looked() => "no operation says when it ran: nothing was compared".to_owned(),
        (0, 0) => "nothing that is known to conflict ran at the same time".to_owned(),
        (0, possible) => format!("no conflict overlapped for certain; {} may have", plural(possible, "pair")),
        (counted, 0) => format!("{} overlapped", plural(counted, "conflict")),
        (counted, possible) => {
            format!("{} overlapped; {possible} more may have", plural(counted, "conflict"))
        }
    };
    match observed.failures.len() {
        0 => conflicts,
        count => format!("{conflicts}; {} for another reason", plural(count, "failure")),
    }
}

/// The schedule of the only run.
fn picture(observed: &Observed<'_>) -> Result<String, Failure> {
    let mut drawn = (0..observed.runs.len())
        .filter_map(|number| drawn::timeline(&observed.runs, number, &observed.conflicts));
    match (drawn.next(), drawn.count()) {
        (None, _) => {
            Err(Failure::Usage("no operation says when it ran: there is nothing to draw".to_owned()))
        }
        (Some((timeline, reached)), 0) => {
            if let Some(reached) = reached {
                say(&format!("note: {reached}"));
            }
            Ok(svg::render(&timeline, "observed"))
        }
        (Some(_), more) => Err(Failure::Usage(format!(
            "there are {} runs, and `--format svg` draws one: name the exports of one, or use `--format html`",
            more + 1
        ))),
    }
}
