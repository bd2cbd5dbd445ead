//! One renderer a format.

pub mod graph;
