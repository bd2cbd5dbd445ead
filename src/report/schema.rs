//! What the JSON documents share: their published schemas, and the record of a reached limit.

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::json::{Point, point_of};
use crate::source::{Place, Sources};

/// A limit of the analysis that was reached.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LimitRecord {
    /// What was reached.
    message: String,
    #[serde(flatten)]
    at: Point,
}

impl LimitRecord {
    /// The records of limits, each with its place and message.
    pub(super) fn all(limits: &[(Place, String)], sources: &Sources) -> Vec<Self> {
        let one = |(place, message): &(Place, String)| Self {
            message: message.clone(),
            at: point_of(sources, *place),
        };
        limits.iter().map(one).collect()
    }
}

/// The text of a schema with the address under which it is published, and with a line end.
pub(super) fn published(mut schema: Schema, file: &str) -> String {
    let address = format!("{}/raw/main/docs/schema/{file}", env!("CARGO_PKG_REPOSITORY"));
    schema.insert("$id".to_owned(), address.into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
