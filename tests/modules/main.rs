//! Modules: their sources, the knowledge about missing ones, and the effect of environments.

#![allow(clippy::unwrap_used)]

mod apart;
mod arm;
#[path = "../../xtask/src/known_modules/describe.rs"]
mod describe;
mod environments;
#[path = "../../xtask/src/known_modules/expression.rs"]
mod expression;
#[path = "../../xtask/src/known_modules/generate.rs"]
mod generate;
mod generated;
mod known;
mod look_alikes;
#[path = "../../xtask/src/known_modules/properties.rs"]
mod properties;
mod references;
mod story;
#[path = "../../xtask/src/known_modules/written.rs"]
mod written;
