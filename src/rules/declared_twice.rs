//! One Azure resource is declared twice.
//!
//! Two declarations have the same scope, type and name, so they are one resource in Azure, and nothing keeps them from running
//! together. The second request meets the first one's operation and fails with a conflict, or the one that ends last wins. Two
//! module calls with one explicit deployment name in one scope are the same: the second fails with `DeploymentActive`. So does a
//! call inside of a module that has the name of the module's own deployment, at any depth.
//!
//! Declare the resource once and refer to it with `existing` elsewhere, or let one declaration wait for the other. The instances of a
//! loop need names that differ, or `@batchSize(1)` where they are to write the same one after another. What is better for some
//! types, such as another name for a deployment, is said by their entries; what is an operation and no resource, such as adding
//! access policies, is reported by the entry of the operation.

use super::describe;
use super::finding::{Level, RuleId};
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule, url, url_of};
use crate::azure::catalog::Entry;
use crate::azure::types;
use crate::race::pair::Fault;

pub(super) const RULE: Rule = Rule {
    id: RuleId::DeclaredTwice,
    level: Some(Level::Error),
    means: "one Azure resource is written by two declarations that may run together",
    remedy: Remedy::ByHand("which declaration is to stay is for you to say"),
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    is_optional: false,
    races: Some(&DeclaredTwice),
    source: include_str!("declared_twice.rs"),
};

#[derive(Debug)]
struct DeclaredTwice;

impl Races for DeclaredTwice {
    fn claim(&self, case: &Case<'_, '_, '_>) -> Option<Claim> {
        let is_declared_twice =
            case.entry.is_none() && matches!(case.race.fault, Fault::Unordered | Fault::Contained);
        // An entry without a level says that two such declarations are not one resource.
        let is_none = || of_case(case).is_some_and(|entry| entry.level.is_none());
        (is_declared_twice && !is_none())
            .then_some(Claim::Object)
            .or_else(|| case.claim_by_entry(RuleId::DeclaredTwice))
    }

    fn message(&self, group: &Group<'_, '_, '_>) -> String {
        let (all, object) = (group.all(), group.objects());
        if group.races[0].fault == Fault::Contained {
            return format!("{all} deploys {object}, which has the name of the deployment around it");
        }
        if group.participants.len() == 1 {
            format!("the instances of loop {all} declare the same {object} and may deploy at the same time")
        } else {
            format!("{all} declare the same {object} and may deploy at the same time")
        }
    }

    fn why(&self, group: &Group<'_, '_, '_>) -> String {
        if group.races[0].fault == Fault::Contained {
            return "the deployment around it is active as long as what it contains; Azure fails the inner one (DeploymentActive)"
                .to_owned();
        }
        group.why(if group.participants.len() == 2 { "both" } else { "all of them" })
    }

    fn help(&self, group: &Group<'_, '_, '_>) -> String {
        if let Some(entry) = of_group(group).filter(|entry| !entry.remedy.is_empty()) {
            return describe::as_help(&entry.remedy);
        }
        if group.participants.len() == 1 {
            let all = group.all();
            if types::has_fixed_name(&group.object.ty) {
                let noun = types::with_article(&types::noun(&group.object.ty));
                return format!(
                    "Azure gives {noun} its name, so that there can be only one: keep one element of {all}"
                );
            }
            if group.participants[0].via.is_empty() {
                // Azure checks the names of one template before anything is deployed.
                return format!(
                    "give each instance of {all} a name of its own: Azure refuses a template that declares one resource twice"
                );
            }
            return format!("give each instance a name of its own, or add `@batchSize(1)` to {all}");
        }
        let order = group.how_to_order();
        let order = order.strip_prefix("make ").unwrap_or(&order);
        format!("declare it once and refer to it with `existing`, or let {order}")
    }

    fn why_by_hand(&self, group: &Group<'_, '_, '_>) -> &'static str {
        if of_group(group).is_some_and(|entry| !entry.remedy.is_empty()) {
            "how they are to differ is for you to say"
        } else if let [only] = group.participants
            && only.via.is_empty()
        {
            "the names are for you to choose"
        } else if group.participants.len() == 1 {
            "whether the instances are to have names of their own is for you to say"
        } else {
            ""
        }
    }

    fn page(&self, group: &Group<'_, '_, '_>) -> String {
        of_group(group).map_or_else(|| url(group.rule.as_str()), url_of)
    }
}

/// The catalogue entry about declarations of the type of the raced resource.
fn of_case<'c>(case: &Case<'_, '_, 'c>) -> Option<&'c Entry> {
    let terms = case.analysis.evaluator.known_terms();
    let ty = terms.type_of_id(case.effects().0.object)?;
    case.analysis.writers.about_declarations(terms.name(ty))
}

fn of_group<'c>(group: &Group<'_, '_, 'c>) -> Option<&'c Entry> {
    group.entry.or_else(|| group.analysis.writers.about_declarations(&group.object.ty))
}
