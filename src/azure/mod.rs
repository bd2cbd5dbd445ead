//! What is known about Azure, as data: shared objects, public modules, typical durations.

pub mod catalog;
pub mod durations;
pub mod explain;
pub mod mistake;
pub mod modules;
pub mod page;
