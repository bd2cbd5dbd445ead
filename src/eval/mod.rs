//! Symbolic evaluation: expressions to values in one normal form.
//!
//! # The map
//!
//! Read in this order. `terms` and `functions` need each other: a constructor folds, a fold constructs.
//!
//! | what | where | |
//! | --- | --- | --- |
//! | **term** | [`term`], [`copy_variable`] | A value is a number (`Term`) that stands for its form (`Value`). Equal values are one number. |
//! | **store** | [`store`], `interner`, `attributes`, `small_map` | Where values, lists and texts lie, each once; what is known of a term without looking into it, so that most walks end at once. [`Terms`](terms::Terms) dereferences to it. |
//! | **simplification** | [`terms`], `connectives`, `property_access`, [`id`] | The constructors: each gives the normal form of what it makes. `a && true` is `a`, every way of writing an id is one id. |
//! | **the known part** | `partly_known` | What a part of a text or list decides while the rest is not known: `'kv-${name}'` is no `'hub'`. |
//! | **null** | `null` | What may be `null`, and what a condition makes of it: `x ?? d` is not `x`. |
//! | **sums** | `sum` | `i + 1` is not `i`: what a known number in a sum decides. |
//! | **functions** | [`functions`] | One row for each function, and what the folding ones do. |
//! | **substitution** | [`substitution`], [`quantifier`] | One thing put for another, with the normal form kept: a caller's arguments for parameters, a number for an index; and the bounded quantifier "for some instance of a loop". |
//! | **elements** | [`each`] | Any element of a list, as one value: what a path with `[*]` leads to. |
//! | **picked** | [`picked`] | What is picked out of a list that is made of another one, as an element of that one. |
//! | **held** | [`held`] | Whether a list holds what another one has, by some properties of its elements. |
//! | **spellings** | `spellings` | Several ways to write one value that is not known: `join(split(id, '/'), '/')` is `id`. |
//! | **said** | `said` | What a value says where it says something: a property that is `null` or empty is one that is not given. |
//! | **freshness** | `freshness` | What is another value in each deployment. |
//! | **cases** | [`case_split`] | An id with conditions inside as several ids, each with its condition. |
//! | **identity** | [`identity`] | Whether two ids are the same, different, or not known. |
//! | **feasibility** | [`feasibility`], `world` | Whether a condition can hold, and a small world in which it does. |
//! | **show** | [`show`] | Terms as Bicep, for messages. |
//!
//! All of that knows no template. On top of it stands the [`evaluator`]: expressions of templates to terms, in terms of the
//! parameters of the template. It has a file for each kind of thing that an expression may name: `access` (properties and
//! elements), `builtin` (functions that need the template around them), `environment` (constants of the cloud), `user_function`, [`template_number`] (templates as arguments), [`node`] (ids, scopes, conditions, loops),
//! [`module`] (calls: surroundings and outputs), [`arguments`] (what a call gives to parameters), `parameter_file`. What each expression may cost stands in `account`.
//!
//! # Who calls what
//!
//! `race` asks the evaluator for the ids and conditions of nodes, [`Evaluator::module_substitution`](evaluator::Evaluator) for what a
//! call makes of its callee's parameters, [`case_split`] for the ids that an object may have, [`identity`] whether two are apart, and
//! builds its formulas with the constructors. It has them decided by [`feasibility`], which assumes one atom after the other
//! (substitution, and the constructors fold what follows). `rules` show the world that was found.

mod access;
mod account;
pub mod arguments;
mod attributes;
mod builtin;
pub mod case_split;
mod connectives;
pub mod copy_variable;
pub mod each;
mod environment;
pub mod evaluator;
pub mod feasibility;
mod freshness;
pub mod functions;
pub mod held;
pub mod id;
pub mod identity;
mod interner;
pub mod module;
pub mod node;
mod null;
pub mod parameter_file;
mod partly_known;
pub mod picked;
mod property_access;
pub mod quantifier;
mod said;
pub mod show;
mod small_map;
pub mod spellings;
pub mod store;
pub mod substitution;
mod sum;
pub mod template_number;
pub mod term;
pub mod terms;
pub mod user_function;
pub mod withheld;
pub mod world;
mod written_json;

#[cfg(test)]
mod tests;
