//! A static race detector for Azure deployments: from the text of a template to the declarations that may write one
//! shared object at the same time.
//!
//! The modules are the pipeline, in this order; none names a later one.

pub mod source;

pub mod fingerprint;

pub mod limit;

pub mod syntax;

pub mod template;

pub mod workspace;

pub mod level;

pub mod rule_id;

pub mod azure;

pub mod eval;

pub mod deployment;

pub mod race;

pub mod rules;

pub mod fix;

pub mod timeline;

pub mod report;

pub mod config;

pub mod session;

pub mod cli;
