//! From races to findings: one file a rule.

pub mod finding;
