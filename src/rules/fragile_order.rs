//! Retired: an order that was believed to hold only while a conditional link is deployed.
//!
//! Nothing reports it any more. `A` waits for `B`, `B` is conditional and waits for `C`: it was believed that Azure drops `A`'s
//! dependency where `B` is not deployed, so that nothing makes `A` wait for `C` there.
//!
//! What was observed says otherwise. Azure's deployment engine, hosted by the compiler's own command line (0.49, November 2026),
//! starts `A` only after `C` in all of these cases: `B`'s condition is false; two links in a row are not deployed; `B` is a module, a
//! loop over nothing, a loop whose every element is left out, or one such element. A link that is not deployed takes no time and
//! passes on what it waits for; when `C` fails, `A` is not started either.
//!
//! What was not observed: templates without symbolic names, and Azure's service itself. Microsoft's page on dependencies says that a
//! resource that is not deployed is removed from the required dependencies, and a maintainer says that entries which point to one are
//! ignored (<https://github.com/Azure/bicep/issues/15443>); both is true of the entry and says nothing of what that resource waits for.
//!
//! What would refute it: one deployment of `C`, `B` (false) and `A` in Azure in which the operations of `A` and `C` overlap. Remedies
//! are written so that they hold under either reading where that costs a line: with up to three conditional writers, as with the
//! gateways of a hub, each later one waits for all of them.

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
