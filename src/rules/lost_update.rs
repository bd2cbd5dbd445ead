//! One declaration rewrites what another adds.
//!
//! A resource that lists its children inline replaces the whole list each time it is deployed. Children that other declarations
//! add are then lost, or the deployment fails because it would delete a child that is in use. Ordering does not help: whichever
//! declaration runs last wins, and the next deployment repeats the problem.
//!
//! Declare the children in one place: all of them inline, or all of them as declarations of their own.

use super::describe;
use super::finding::{Level, Participant, RuleId};
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule};
use crate::azure::catalog::{Access, Elements};
use crate::azure::types;
use crate::eval::show::tell;
use crate::eval::term::Value;

pub(super) const RULE: Rule = Rule {
    id: RuleId::LostUpdate,
    level: Some(Level::Warning),
    means: "one declaration overwrites what another adds; ordering them does not help, merging them does",
    remedy: Remedy::ByHand("no order helps; one declaration must contain everything"),
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    is_optional: false,
    races: Some(&LostUpdate),
};

#[derive(Debug)]
struct LostUpdate;

impl Races for LostUpdate {
    fn claim(&self, case: &Case<'_, '_, '_>) -> Option<Claim> {
        case.claim_by_entry(RuleId::LostUpdate)
    }

    fn level(&self, case: &Case<'_, '_, '_>) -> Level {
        Level::Warning.min(case.level())
    }

    /// Names the declaration that rewrites the list and those whose elements are lost.
    fn message(&self, group: &Group<'_, '_, '_>) -> String {
        let object = group.object();
        let (mut whole, mut parts, mut lost) = (Vec::new(), Vec::new(), Vec::new());
        let summary = group.analysis.summary(group.at);
        for participant in group.participants {
            let effect = summary.effect(participant.effect);
            let Some((_, writer)) = group.analysis.writers.of(effect.aspect) else { continue };
            if writer.access == Access::Replace {
                whole.push(participant.symbol.clone());
                continue;
            }
            parts.push(participant.symbol.clone());
            if writer.elements == Some(Elements::Body) && participant.via.is_empty() && !participant.is_loop {
                lost.extend(element(group, participant));
            }
        }
        if whole.is_empty() || parts.is_empty() {
            return format!("{} overwrite each other's part of {object}", group.all());
        }
        let verbs = |count: usize, one, more| if count == 1 { one } else { more };
        let (rewrite, add) = (verbs(whole.len(), "rewrites", "rewrite"), verbs(parts.len(), "adds", "add"));
        let what = match lost.as_slice() {
            [] => String::new(),
            lost if lost.len() == parts.len() && lost.len() <= MAX_NAMED => {
                format!(": {}", describe::sentence(lost))
            }
            _ => String::new(),
        };
        let (whole, parts) = (describe::list(&whole), describe::list(&parts));
        format!("{whole} {rewrite} what {parts} {add} to {object}{what}")
    }

    fn help(&self, group: &Group<'_, '_, '_>) -> String {
        group.entry.map_or_else(String::new, |entry| describe::as_help(&entry.remedy))
    }

    fn page(&self, group: &Group<'_, '_, '_>) -> String {
        group.page_of_entry()
    }

    fn wants_order(&self) -> bool {
        false
    }
}

/// Maximum number of elements that a message names.
const MAX_NAMED: usize = 3;

/// The element that a declaration adds, by its name in Azure. Ex) subnet `AzureFirewallSubnet`
fn element(group: &Group<'_, '_, '_>, participant: &Participant) -> Option<String> {
    let terms = group.analysis.evaluator.known_terms();
    let id = group.analysis.known_id(group.at, participant.node)?;
    let Value::ResourceId { names, .. } = terms.get(id) else { return None };
    let name = *terms.seq(names).last()?;
    let name = terms.known_text(name).map_or_else(|| tell(terms, name), str::to_owned);
    Some(format!("{} `{name}`", types::noun(&participant.ty)))
}
