//! Declarations that write one shared object deploy at the same time.
//!
//! While they deploy, some resources write an object that others also write: subnets write their virtual network, rule
//! collection groups their firewall policy, model deployments their account. Azure allows one operation on such an object at a
//! time, and fails the other one at random with a conflict.
//!
//! The catalogue says which types write which object, with evidence; each entry has its own page.

use super::finding::RuleId;
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule};

pub(super) const RULE: Rule = Rule {
    id: RuleId::ParallelWriters,
    level: None,
    means: "other resources that write one shared object may deploy at the same time",
    remedy: Remedy::Order,
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    is_optional: false,
    races: Some(&ParallelWriters),
};

#[derive(Debug)]
struct ParallelWriters;

impl Races for ParallelWriters {
    fn claim(&self, case: &Case<'_, '_, '_>) -> Option<Claim> {
        case.claim_by_entry(RuleId::ParallelWriters)
    }

    fn message(&self, group: &Group<'_, '_, '_>) -> String {
        let object = group.object();
        if group.is_reversed() {
            let (early, late) = group.in_their_order();
            return format!("`{early}` writes {object} before `{late}`, which must come first");
        }
        if let Some(last) = group.last() {
            let (others, own) = (group.but(last), &group.participants[last]);
            let write = if group.participants.len() == 2 { "writes" } else { "write" };
            return format!("`{}` does not wait for {others}, which {write} {object}", own.symbol);
        }
        match group.one_against_all() {
            Some((one, others)) => format!("{one} may write {object} at the same time as {others}"),
            None => format!("{} may write {object} at the same time", group.all()),
        }
    }

    fn page(&self, group: &Group<'_, '_, '_>) -> String {
        group.page_of_entry()
    }
}
