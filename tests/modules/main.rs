//! Modules: where they come from, what is known of those that are not there, and what environments make of them.

#![allow(clippy::unwrap_used)]

mod arm;
#[path = "../../examples/known_modules/describe.rs"]
mod describe;
mod environments;
#[path = "../../examples/known_modules/expression.rs"]
mod expression;
#[path = "../../examples/known_modules/generate.rs"]
mod generate;
mod generated;
mod known;
mod look_alikes;
#[path = "../../examples/known_modules/properties.rs"]
mod properties;
mod references;
mod story;
#[path = "../../examples/known_modules/written.rs"]
mod written;
