//! A static race detector for Azure deployments: from the text of a template to the declarations that may write one
//! shared object at the same time.

pub mod azure;
pub mod eval;
pub mod level;
pub mod rules;
pub mod source;
pub mod syntax;
pub mod template;
