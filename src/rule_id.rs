//! The names of the rules, in the order of their weight.

use std::fmt;
use std::str::FromStr;

/// Declares the rules: each variant with its text in directives, configuration and reports.
macro_rules! rule_ids {
    ($($(#[doc = $doc:literal])* $variant:ident = $text:literal,)*) => {
        /// A rule. Ordered by weight: a pair falls under the first rule that fits.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RuleId {
            $($(#[doc = $doc])* $variant,)*
        }

        impl RuleId {
            /// Every rule, the weightiest first.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its text, as in directives, configuration and reports.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

rule_ids! {
    /// Gateways of one virtual hub.
    HubGateways = "hub-gateways",
    /// Routing intent before a gateway.
    RoutingIntentLast = "routing-intent-last",
    /// One resource, two declarations.
    DeclaredTwice = "declared-twice",
    /// One declaration rewrites what another adds.
    LostUpdate = "lost-update",
    /// `dependsOn` on an `existing` resource.
    OrderThroughExisting = "order-through-existing",
    /// The instances of a loop.
    ParallelLoop = "parallel-loop",
    /// Other writers of a shared object.
    ParallelWriters = "parallel-writers",
    /// An order through a link that may not be deployed.
    FragileOrder = "fragile-order",
    /// Gateways in an unusual order.
    GatewayOrder = "gateway-order",
    /// A module that could not be read.
    UnresolvedModule = "unresolved-module",
    /// A directive that suppresses nothing.
    UnusedSuppression = "unused-suppression",
    /// A limit of the analysis.
    LimitReached = "limit-reached",
    /// A place that could not be parsed.
    Syntax = "syntax",
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that is no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRule;

impl FromStr for RuleId {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        Self::ALL.iter().copied().find(|rule| rule.as_str() == text).ok_or(UnknownRule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_and_its_rule_are_one() {
        for &rule in RuleId::ALL {
            assert_eq!(rule.to_string().parse(), Ok(rule));
            assert_eq!(RuleId::ALL[rule as usize], rule);
        }
        assert_eq!("hub-gateway".parse::<RuleId>(), Err(UnknownRule));
    }
}
