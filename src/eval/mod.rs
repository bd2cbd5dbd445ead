//! Symbolic evaluation: turns expressions into values in one normal form.
//!
//! # The map
//!
//! Read the files in this order. Only `terms` and `functions` depend on each other: a constructor simplifies calls of
//! functions, and the simplification constructs terms.
//!
//! | part | files | content |
//! | --- | --- | --- |
//! | **term** | [`term`], [`copy_variable`] | A value is a number (`Term`), which identifies its form (`Value`). Equal values have the same number. |
//! | **store** | [`store`], `interner`, `attributes`, `small_map` | Stores each value, list and text once, with facts about each term, so that most walks over terms end at once. [`Terms`](terms::Terms) dereferences to it. |
//! | **simplification** | [`terms`], `connectives`, `property_access`, [`id`] | The constructors; each returns the normal form. `a && true` is `a`, and every spelling of an id is one id. |
//! | **known part** | `partly_known` | Conclusions from the known part of a text or list: `'kv-${name}'` is not `'hub'`. |
//! | **null** | `null` | Which terms may be `null`, and what a condition makes of that: `x ?? d` is not `x`. |
//! | **sums** | `sum` | Conclusions from a known number in a sum: `i + 1` is not `i`. |
//! | **functions** | [`functions`] | One row for each function, and the simplification of calls. |
//! | **substitution** | [`substitution`], [`quantifier`] | Replaces terms by others and keeps the normal form, for example parameters by a caller's arguments, or an index by a number; and the bounded quantifier "for some instance of a loop". |
//! | **elements** | [`each`] | An arbitrary element of a list, as one value: the end of a path with `[*]`. |
//! | **selected** | [`picked`] | A value that is selected from a derived list, as an element of the original list. |
//! | **contained** | [`held`] | Whether a list contains the elements of another one, compared by some of their properties. |
//! | **spellings** | `spellings` | Several spellings of one unknown value: `join(split(id, '/'), '/')` is `id`. |
//! | **given** | `said` | The parts of a value that are given: a property that is `null` or empty counts as not given. |
//! | **freshness** | `freshness` | Values that differ in each deployment. |
//! | **cases** | [`case_split`] | An id that contains conditions, as several ids, each with its condition. |
//! | **identity** | [`identity`] | Whether two ids are the same, different, or not known to be either. |
//! | **feasibility** | [`feasibility`], `world` | Whether a condition can hold, and a small world in which it holds. |
//! | **show** | [`show`] | Terms as Bicep, for messages. |
//!
//! None of this depends on templates. The [`evaluator`] builds on it: it turns expressions of a template into terms over the
//! parameters of the template. Each kind of thing that an expression may name has a file: `access` (properties and elements),
//! `builtin` (functions that need the template), `environment` (constants of the cloud), `user_function`,
//! [`template_number`] (templates as arguments), [`node`] (ids, scopes, conditions, loops), [`module`] (the outputs of calls,
//! and the scope in which a callee is evaluated), [`arguments`] (the arguments of calls), `parameter_file`. `account` limits
//! the cost of each expression.
//!
//! # Calls between the parts
//!
//! `race` gets the ids and conditions of nodes from the evaluator, and the values of a callee's parameters from
//! [`Evaluator::module_substitution`](evaluator::Evaluator). [`case_split`] gives it the possible ids of an object, and
//! [`identity`] tells whether two ids differ. It builds its formulas with the constructors, and [`feasibility`] decides them:
//! that assumes one atom after the other by substitution, and the constructors simplify the rest. `rules` shows the world
//! that was found.

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
