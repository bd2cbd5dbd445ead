//! What the parser makes of texts: values, strings, line ends, broken files, and any text at all.

// Tests say what they expect; what is not so ends them.
#![allow(clippy::unwrap_used)]

mod depth;
mod expressions;
mod newlines;
mod properties;
mod recovery;
mod shape;
mod strings;
mod trees;
