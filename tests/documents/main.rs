//! Checks of the repository's own documents: pages, figures, limits and rules for the source.

// A test reports a failure by a panic.
#![allow(clippy::unwrap_used)]

mod accuracy;
mod derived;
mod fixes;
mod house;
mod imports;
mod limits;
mod links;
mod needless;
mod pages;
mod reached;
mod readings;
mod readme;
mod recipes;
