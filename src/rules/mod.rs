//! From races to findings: one file a rule.

pub mod baseline;
pub mod changed;
pub mod finding;

pub mod nearest;
pub mod suppress;
