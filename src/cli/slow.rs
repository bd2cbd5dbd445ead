//! `slow`: shows the cost of the orders in a template, and which of them have no known purpose.

use std::fmt::Write as _;
use std::path::Path;

use super::arguments::Reading;
use super::one::SingleFile;
use super::{Failure, Outcome, plural, print, say};
use crate::escape::{Notation, Shown, visible};
use crate::session::orders::{Cost, Orders};
use crate::source::Place;
use crate::timeline::clock;

/// Prints the orders of a root.
pub(super) fn run(path: &Path, reading: &Reading) -> Result<Outcome, Failure> {
    let one = SingleFile::read(path, reading)?;
    let orders = one.session.orders(one.root);
    let shown = |place: Place| {
        let file = one.session.workspace().sources.file(place.file);
        let at = file.position(place.span.start);
        format!("{}:{}:{}", file.path, at.line, at.column)
    };
    let root = visible(one.session.shown(one.root));
    print(&Shown::new(text(&root, &orders, &shown), Notation::Text))?;
    for (place, why) in &orders.limits {
        say(&format!("warning: {}: {why}", shown(*place)));
    }
    Ok(Outcome::Clean)
}

fn text(root: &str, orders: &Orders, shown: &dyn Fn(Place) -> String) -> String {
    let mut out = format!("{root}: {} h in all\n", clock(orders.total));
    let (needless, kept): (Vec<&Cost>, Vec<&Cost>) = orders.all.iter().partition(|cost| cost.saved.is_some());
    let mut part = |heading: &str, costs: &[&Cost]| {
        let _ = write!(out, "\n{heading}\n");
        for cost in costs {
            let saved = cost.saved.map_or_else(String::new, |minutes| format!("{}  ", clock(minutes)));
            let (what, protects) = (visible(&cost.what), visible(&cost.protects));
            let _ = writeln!(out, "  {saved}{}  {what}: {protects}", visible(&shown(cost.place)));
        }
    };
    match needless.len() {
        0 => part("every order that is written protects something, or is not known well enough", &[]),
        count => part(&format!("{} that may go, with what each saves", plural(count, "order")), &needless),
    }
    if !kept.is_empty() {
        let verb = if kept.len() == 1 { "stays" } else { "stay" };
        part(&format!("{} that {verb}, with what each protects", plural(kept.len(), "order")), &kept);
    }
    out
}
