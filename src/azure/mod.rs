//! Knowledge about Azure as data: shared objects, public modules, typical durations, and errors that are not races.

pub mod answers;
pub mod catalog;
pub mod durations;
pub mod explain;
pub mod mistake;
pub mod modules;
pub mod page;
pub mod plain;
pub mod types;
