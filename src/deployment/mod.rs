//! The deployment graph of one template, with exactly the edges that the official compiler writes, and the order that follows
//! from it.
//!
//! References are collected (`reference`), followed through variables and references to existing resources (`path`),
//! and become edges ([`graph`]). Whether the compiler writes symbolic names decides how existing resources take part
//! ([`mode`], `inlined`).

pub mod graph;
mod inlined;
pub mod mode;
pub mod order;
mod path;
mod reference;

#[cfg(test)]
mod tests;

pub use graph::{Because, Cycle, Edge, Graph, Hop, Reason, Target};
pub use mode::symbolic_mode;
pub use order::{Order, Reach};
