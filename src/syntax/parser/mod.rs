//! Tokens to tree, by nom: one function for each production of the written grammar, under the same name.

mod collection;
mod declaration;
mod expression;
mod file;
mod input;
mod list;
mod params;
mod string;
mod types;

pub use file::{ParseBuffers, parse, parse_expression};
pub use string::decode;
