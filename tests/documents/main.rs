//! What the repository says of itself: its pages, figures, limits and the rules of its house.

// In tests a panic is how a failure is told.
#![allow(clippy::unwrap_used)]

mod accuracy;
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
