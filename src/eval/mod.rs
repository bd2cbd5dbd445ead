//! Symbolic evaluation: expressions to values in one normal form.

pub mod arguments;
pub mod branches;
pub mod copy_variable;
pub mod evaluator;
mod few;
pub mod functions;
pub mod guard;
pub mod id;
pub mod identity;
mod marks;
pub mod member;
pub mod module;
pub mod node;
mod null;
pub mod quantifier;
pub mod show;
mod store;
pub mod substitution;
pub mod term;
pub mod terms;
pub mod user_function;

#[cfg(test)]
mod tests;
