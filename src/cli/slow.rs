//! `slow`: shows the cost of the orders in a template, and which of them have no known purpose.

use std::path::Path;

use super::arguments::{Reading, SlowFormat};
use super::one::SingleFile;
use super::{Failure, Outcome, print, say};
use crate::escape::{Notation, Shown};
use crate::report::slow;

/// Prints the orders of a root.
pub(super) fn run(path: &Path, format: SlowFormat, reading: &Reading) -> Result<Outcome, Failure> {
    let one = SingleFile::read(path, reading)?;
    let orders = one.session.orders(one.root);
    let sources = &one.session.workspace().sources;
    let shown = match format {
        SlowFormat::Text => Shown::new(slow::text(&orders, sources), Notation::Text),
        SlowFormat::Markdown => Shown::new(slow::markdown(&orders, sources), Notation::Text),
        SlowFormat::Json => Shown::new(slow::json(&orders, sources), Notation::Json),
    };
    print(&shown)?;
    if format != SlowFormat::Json {
        // JSON contains the limits.
        for (place, why) in &orders.limits {
            say(&format!("warning: {}: {why}", slow::shown(sources, *place)));
        }
    }
    Ok(Outcome::Clean)
}
