//! Gateways of one virtual hub deploy at the same time.
//!
//! A virtual hub has one routing state. Every gateway that is created in it (site-to-site VPN, point-to-site VPN, ExpressRoute)
//! rewrites that state while it is provisioned, which takes 20 to 40 minutes. Azure Resource Manager starts everything in
//! parallel that no dependency orders, so two gateways of one hub overlap unless one waits for the other. One of them then
//! fails, minutes or hours into the deployment, with an error that names neither, and the hub may stay in a failed state.
//!
//! A finding means that both gateways belong to the same hub, that they can be deployed together, and that no dependency makes
//! one wait for the other.
//!
//! Make each gateway wait for the one before it. The usual order is S2S, then P2S, then ExpressRoute, then routing intent.
//! Gateways of different hubs do not conflict and are not reported.

use super::finding::{Level, RuleId};
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule};

pub(super) const RULE: Rule = Rule {
    id: RuleId::HubGateways,
    level: Some(Level::Error),
    means: "gateways (S2S, P2S, ExpressRoute) of one virtual hub may deploy at the same time",
    remedy: Remedy::Order,
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    is_optional: false,
    races: Some(&HubGateways),
};

#[derive(Debug)]
struct HubGateways;

impl Races for HubGateways {
    fn claim(&self, case: &Case<'_, '_, '_>) -> Option<Claim> {
        case.claim_by_entry(RuleId::HubGateways)
    }

    fn message(&self, group: &Group<'_, '_, '_>) -> String {
        let object = group.object();
        match group.one_against_all() {
            Some((one, others)) => format!("{one} may deploy at the same time as {others} into {object}"),
            None => format!("{} may deploy at the same time into {object}", group.all()),
        }
    }
}
