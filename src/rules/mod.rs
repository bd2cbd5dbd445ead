//! Turns races into findings. Each rule is one file whose doc comment is its documentation page; `rule_id.rs` lists the
//! rules.

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
pub mod when;
pub mod written;

mod behind;
mod calls;
mod describe;
mod findings;
mod formulas;
mod instead;
mod judged;
mod published;
mod retried;
mod texts;
mod worlds;

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

        /// The doc comment at the top of the file of each rule, in the same order. The build writes them out, so that the program
        /// holds no other text of these files.
        static PAGES: &[&str] = &[$(
            $(#[cfg($cfg)])? include_str!(concat!(env!("OUT_DIR"), "/rules/", stringify!($module), ".md")),
        )*];
    };
}

crate::rule_id::every_rule!(rules);
