//! `explain --pair`: explains why two declarations race or not.

use std::path::Path;

use super::arguments::{PairFormat, Reading};
use super::checking::terminal_width;
use super::one::SingleFile;
use super::{Failure, Outcome, print};
use crate::escape::{Notation, Shown};
use crate::report::pair;
use crate::workspace::declared::UnknownName;

/// Explains two declarations of a file. `asked` is the file and the two names.
pub(super) fn run(asked: &[String], format: PairFormat, reading: &Reading) -> Result<Outcome, Failure> {
    let [file, first, second] = asked else {
        return Err(Failure::Usage("`--pair` takes a file and two declarations".to_owned()));
    };
    let SingleFile { session, root } = SingleFile::read(Path::new(file), reading)?;
    let explained = session.explain(root, first, second);
    let explained = explained.map_err(|unknown| Failure::Usage(told(file, &unknown)))?;
    let sources = &session.workspace().sources;
    let shown = match format {
        PairFormat::Human => Shown::new(pair::text(&explained, sources, terminal_width()), Notation::Text),
        PairFormat::Json => Shown::new(pair::json(&explained, session.shown(root), sources), Notation::Json),
    };
    print(&shown)?;
    Ok(Outcome::Clean)
}

/// The error for an unknown name.
fn told(file: &str, unknown: &UnknownName) -> String {
    let UnknownName { part, why, near } = unknown;
    let mut text = match why {
        Some(why) => why.clone(),
        None => format!("`{file}` declares no `{part}`"),
    };
    let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    if !near.is_empty() {
        text.push_str(&format!("; did you mean {}?", near.join(" or ")));
    }
    text
}
