//! The result of parsing: values, strings, line ends, broken files, and arbitrary text.

// A test reports a failure by a panic.
#![allow(clippy::unwrap_used)]

mod depth;
mod expressions;
mod newlines;
mod properties;
mod recovery;
mod shape;
mod strings;
mod trees;
