//! The one list of rules. A rule is a row here and a file in `rules/`; everything else derives from the two.

use std::fmt;
use std::str::FromStr;

/// Hands the row of every rule to a macro, the weightiest first: its id, its text in directives, configuration and
/// reports, and its file in `rules/`.
macro_rules! every_rule {
    ($then:ident) => {
        $then! {
            /// Gateways of one virtual hub.
            HubGateways = "hub-gateways" in hub_gateways,
            /// Routing intent before a gateway.
            RoutingIntentLast = "routing-intent-last" in routing_intent_last,
            /// One resource, two declarations.
            DeclaredTwice = "declared-twice" in declared_twice,
            /// One declaration rewrites what another adds.
            LostUpdate = "lost-update" in lost_update,
            /// `dependsOn` on an `existing` resource.
            OrderThroughExisting = "order-through-existing" in order_through_existing,
            /// The instances of a loop.
            ParallelLoop = "parallel-loop" in parallel_loop,
            /// Other writers of a shared object.
            ParallelWriters = "parallel-writers" in parallel_writers,
            /// An order through a link that may not be deployed.
            FragileOrder = "fragile-order" in fragile_order,
            /// Gateways in an unusual order.
            GatewayOrder = "gateway-order" in gateway_order,
            /// An order that protects nothing.
            NeedlessOrder = "needless-order" in needless_order,
            /// A file beyond the boundary.
            UnreadFile = "unread-file" in unread_file,
            /// A module that could not be read.
            UnresolvedModule = "unresolved-module" in unresolved_module,
            /// A directive that suppresses nothing.
            UnusedSuppression = "unused-suppression" in unused_suppression,
            /// A directive that says no reason.
            SuppressionWithoutReason = "suppression-without-reason" in suppression_without_reason,
            /// A limit of the analysis.
            LimitReached = "limit-reached" in limit_reached,
            /// A place that could not be parsed.
            Syntax = "syntax" in syntax,
            /// Shows what a new rule takes: this row and its file.
            #[cfg(test)]
            Toy = "toy" in toy,
        }
    };
}

macro_rules! rule_ids {
    ($(
        #[doc = $doc:literal]
        $(#[cfg($cfg:meta)])?
        $variant:ident = $text:literal in $module:ident,
    )*) => {
        /// A rule. Ordered by weight.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RuleId {
            $(#[doc = $doc] $(#[cfg($cfg)])? $variant,)*
        }

        impl RuleId {
            /// Every rule, the weightiest first.
            pub const ALL: &[Self] = &[$($(#[cfg($cfg)])? Self::$variant),*];

            /// Its text, as in directives, configuration and reports.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(#[cfg($cfg)])? Self::$variant => $text,)*
                }
            }
        }
    };
}

every_rule!(rule_ids);

pub(crate) use every_rule;

impl RuleId {
    /// The rules that an entry of the catalogue may name.
    pub const OF_ENTRIES: [Self; 5] = [
        Self::HubGateways,
        Self::RoutingIntentLast,
        Self::ParallelWriters,
        Self::LostUpdate,
        Self::DeclaredTwice,
    ];
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The error for a text that is not the id of a rule.
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
