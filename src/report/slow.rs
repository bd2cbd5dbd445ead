//! What the orders of a root protect and cost: for a terminal, as Markdown, and as JSON, version 1.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::json::{Point, Tool, point_of};
use super::markdown;
use super::schema::{LimitRecord, published};
use crate::escape::visible;
use crate::source::{Place, Sources};
use crate::timeline::clock;

/// The explicit orders of a root and its modules.
pub struct Orders {
    /// The displayed path of the root.
    pub root: String,
    /// The total duration of the root in minutes.
    pub total: u32,
    /// The orders, the most expensive first, then in source order.
    pub all: Vec<Cost>,
    /// Reached limits, with their places: the answer does not cover anything beyond them.
    pub limits: Vec<(Place, String)>,
}

/// One order.
pub struct Cost {
    /// The place where it is written.
    pub place: Place,
    /// The declaration that waits.
    pub late: String,
    /// The declaration that it waits for, or the size of its batches.
    pub on: Result<String, u32>,
    /// What it protects, as a word of `OrderRecord`.
    pub kind: &'static str,
    /// What it protects, in words.
    pub protects: String,
    /// The minutes that the root would save without it; `None` if it protects something.
    pub saved: Option<u32>,
}

impl Cost {
    /// Which declaration waits for which.
    fn what(&self) -> String {
        match &self.on {
            Ok(early) => format!("`{}` after `{early}`", self.late),
            Err(size) => format!("`{}`, {size} at a time", self.late),
        }
    }
}

/// The orders of a root.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The version of this form.
    schema_version: u32,
    /// The tool.
    tool: Tool,
    /// The root that was analysed.
    root: String,
    /// What the root takes in all, in typical minutes.
    total_minutes: u32,
    /// Every order that is written out, in the root and its modules: the most expensive first, then as written.
    orders: Vec<OrderRecord>,
    /// Limits of the analysis that were reached: what lies beyond them is not judged.
    limits: Vec<LimitRecord>,
}

/// An order: an entry of a `dependsOn`, or a `@batchSize`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OrderRecord {
    /// The declaration that waits.
    late: String,
    /// The declaration that it waits for; null for a `@batchSize`.
    early: Option<String>,
    /// The size of a `@batchSize`; null for an entry of a `dependsOn`.
    batch_size: Option<u32>,
    /// Whether it can be removed: it protects nothing that is known.
    needless: bool,
    /// What it protects, in one word: `again` (the order also holds through another declaration), `nothing`, `reference`, `object`, or
    /// `unknown`.
    protects: &'static str,
    /// The same in words.
    message: String,
    /// The minutes that the root saves without it; null where it protects something.
    saved_minutes: Option<u32>,
    #[serde(flatten)]
    at: Point,
}

/// The JSON Schema of the orders of a root.
pub fn schema() -> String {
    published(schemars::schema_for!(Document), "slow.schema.json")
}

/// Renders the orders as one JSON document.
pub fn json(orders: &Orders, sources: &Sources) -> String {
    let record = |cost: &Cost| OrderRecord {
        late: cost.late.clone(),
        early: cost.on.as_ref().ok().cloned(),
        batch_size: cost.on.as_ref().err().copied(),
        needless: cost.saved.is_some(),
        protects: cost.kind,
        message: cost.protects.clone(),
        saved_minutes: cost.saved,
        at: point_of(sources, cost.place),
    };
    let document = Document {
        schema_version: 1,
        tool: Tool::default(),
        root: orders.root.clone(),
        total_minutes: orders.total,
        orders: orders.all.iter().map(record).collect(),
        limits: LimitRecord::all(&orders.limits, sources),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// A place as `file:line:column`.
pub fn shown(sources: &Sources, place: Place) -> String {
    let at = point_of(sources, place);
    format!("{}:{}:{}", at.file, at.line, at.column)
}

/// Both parts with their headings: the orders that may go, and those that stay.
fn parts(orders: &Orders) -> [(String, Vec<&Cost>); 2] {
    let (needless, kept): (Vec<&Cost>, Vec<&Cost>) = orders.all.iter().partition(|cost| cost.saved.is_some());
    let count = |count: usize| if count == 1 { "1 order".to_owned() } else { format!("{count} orders") };
    let first = match needless.len() {
        0 if kept.is_empty() => "there are no explicit orders".to_owned(),
        0 => "every explicit order protects something, or is not known well enough".to_owned(),
        one => format!("{} that can be removed, with the time that each saves", count(one)),
    };
    let verb = if kept.len() == 1 { "stays" } else { "stay" };
    [(first, needless), (format!("{} that {verb}, with what each protects", count(kept.len())), kept)]
}

/// Renders the orders for a terminal.
pub fn text(orders: &Orders, sources: &Sources) -> String {
    let mut out = format!("{}: {} h in all\n", visible(&orders.root), clock(orders.total));
    let [needless, kept] = parts(orders);
    for (heading, costs) in std::iter::once(needless).chain(Some(kept).filter(|(_, kept)| !kept.is_empty())) {
        let _ = write!(out, "\n{heading}\n");
        for cost in costs {
            let saved = cost.saved.map_or_else(String::new, |minutes| format!("{}  ", clock(minutes)));
            let (what, protects) = (visible(&cost.what()), visible(&cost.protects));
            let _ = writeln!(out, "  {saved}{}  {what}: {protects}", visible(&shown(sources, cost.place)));
        }
    }
    out
}

/// Renders the orders as tables, for a pull request or a job summary.
pub fn markdown(orders: &Orders, sources: &Sources) -> String {
    let cell = |text: &str| markdown::text(text);
    let mut out = format!("**{}: {} h in all**\n", cell(&orders.root), clock(orders.total));
    let [needless, kept] = parts(orders);
    let _ = write!(out, "\n{}\n", cell(&needless.0));
    if !needless.1.is_empty() {
        out.push_str("\n| saves | order | protects | where |\n| ---: | --- | --- | --- |\n");
    }
    for cost in needless.1 {
        let saved = clock(cost.saved.unwrap_or_default());
        let (what, protects) = (cell(&cost.what()), cell(&cost.protects));
        let _ = writeln!(out, "| {saved} | {what} | {protects} | {} |", cell(&shown(sources, cost.place)));
    }
    if !kept.1.is_empty() {
        let _ = write!(out, "\n{}\n\n| order | protects | where |\n| --- | --- | --- |\n", cell(&kept.0));
    }
    for cost in kept.1 {
        let (what, protects) = (cell(&cost.what()), cell(&cost.protects));
        let _ = writeln!(out, "| {what} | {protects} | {} |", cell(&shown(sources, cost.place)));
    }
    out
}
