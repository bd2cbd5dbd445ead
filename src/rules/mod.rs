//! From races to findings: one file a rule, whose head is its page.

pub mod baseline;
pub mod changed;
pub mod finding;
pub mod nearest;
pub mod pages;
pub mod registry;
pub mod suppress;

mod declared_twice;
mod describe;
mod findings;
mod fragile_order;
mod gateway_order;
mod hub_gateways;
mod limit_reached;
mod lost_update;
mod order_through_existing;
mod parallel_loop;
mod parallel_writers;
mod routing_intent_last;
mod syntax;
mod unresolved_module;
mod unused_suppression;

pub use findings::{findings, sort};
pub use registry::{RULES, Rule, rule};

pub use crate::rule_id::RuleId;
