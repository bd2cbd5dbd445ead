//! Symbolic evaluation: expressions to values in one normal form.

pub mod term;
