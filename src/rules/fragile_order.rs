//! Retired: an order that was believed to hold only while a conditional link is deployed.
//!
//! Nothing reports it any more. `A` waits for `B`, and `B` is conditional and waits for `C`. It was believed that Azure drops
//! the dependency of `A` when `B` is not deployed, so that nothing makes `A` wait for `C`.
//!
//! Observation shows otherwise. Azure's deployment engine, hosted by the compiler's own command line (0.49, November 2026),
//! starts `A` only after `C` in all of these cases: the condition of `B` is false; two links in a row are not deployed; `B` is
//! a module, a loop over an empty list, a loop in which every element is left out, or one such element. A link that is not
//! deployed takes no time and passes on what it waits for; if `C` fails, `A` is not started either.
//!
//! Templates without symbolic names and Azure's service itself were not observed. Microsoft's page on dependencies says that a
//! resource that is not deployed is removed from the required dependencies, and a maintainer says that entries that refer to
//! one are ignored (<https://github.com/Azure/bicep/issues/15443>). Both statements are true of the entry, but say nothing
//! about what that resource waits for.
//!
//! One deployment of `C`, `B` (false) and `A` in Azure in which the operations of `A` and `C` overlap would refute this. If it
//! costs only one line, remedies are therefore written so that they hold in either case: with up to three conditional writers,
//! such as the gateways of a hub, each later one waits for all earlier ones.

use super::finding::RuleId;
use super::registry::{Remedy, Rule};

pub(super) const RULE: Rule = Rule {
    id: RuleId::FragileOrder,
    level: None,
    means: "retired: an order also holds through resources that are not deployed",
    remedy: Remedy::None,
    is_gap: false,
    is_suppressible: true,
    is_retired: true,
    is_optional: false,
    races: None,
};
