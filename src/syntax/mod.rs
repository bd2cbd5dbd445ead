//! Text to tree: a lexer, parsers over its tokens, and the tree they build.

pub mod ast;
mod height;
pub mod lexer;
mod parser;
pub(crate) mod run;
pub mod token;

pub use lexer::lex;
pub use parser::{ParseBuffers, decode, parse, parse_expression};
