//! From races to findings: one file a rule, whose head is its page. The list of the rules is `rule_id.rs`.

pub mod baseline;
pub mod explained;
pub mod finding;
pub mod identity;
pub mod named;
pub mod nearest;
pub mod pages;
pub mod quieter;
pub mod races;
pub mod registry;
pub mod suppress;
pub mod written;

mod describe;
mod findings;
mod retried;
mod worlds;

#[cfg(feature = "pictures")]
pub(crate) use describe::noun;
pub(crate) use describe::sentence;
pub use findings::{findings, sort};
pub use registry::{Remedy, Rule, rule};

pub use crate::rule_id::RuleId;

macro_rules! rules {
    ($(
        #[doc = $doc:literal]
        $(#[cfg($cfg:meta)])?
        $variant:ident = $text:literal in $module:ident,
    )*) => {
        $(
            $(#[cfg($cfg)])?
            pub(crate) mod $module;
        )*

        /// Every rule, in the order of [`RuleId::ALL`].
        pub static RULES: &[Rule] = &[$($(#[cfg($cfg)])? $module::RULE),*];
    };
}

crate::rule_id::every_rule!(rules);
