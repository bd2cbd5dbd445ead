//! Text to tree: a lexer, parsers over its tokens, and the tree they build.

pub mod ast;
mod height;
pub mod lexer;
mod parser;
mod run;
pub mod token;

pub use height::HEIGHT_LIMIT;
pub use lexer::lex;
pub use parser::{CHAIN_LIMIT, NESTING_LIMIT, ParseBuffers, decode, parse, parse_expression};
