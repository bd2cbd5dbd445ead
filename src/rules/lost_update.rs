//! One declaration rewrites what another adds.
//!
//! A resource that lists its children inline replaces the whole list each time it is deployed. Children that other declarations
//! add are then lost, or the deployment fails because it would delete a child that is in use. Ordering does not help: whichever
//! declaration runs last wins, and the next deployment repeats the problem.
//!
//! Declare the children in one place: all of them inline, or all of them as declarations of their own.

use super::describe;
use super::finding::{Level, RuleId};
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule};
use crate::azure::catalog::{Access, Elements};
use crate::azure::types;
use crate::eval::show::tell;
use crate::eval::withheld::as_spelt;

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
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        let summary = group.analysis.summary(group.at);
        for participant in group.participants {
            let effect = summary.effect(participant.effect);
            let Some((_, writer)) = group.analysis.writers.of(effect.aspect) else { continue };
            if writer.access == Access::Replace {
                whole.push(participant.symbol.clone());
                continue;
            }
            parts.push(participant.symbol.clone());
        }
        if whole.is_empty() || parts.is_empty() {
            return format!("{} overwrite each other's part of {object}", group.all());
        }
        let verbs = |count: usize, one, more| if count == 1 { one } else { more };
        let (rewrite, add) = (verbs(whole.len(), "rewrites", "rewrite"), verbs(parts.len(), "adds", "add"));
        let what = lost(group).map_or_else(String::new, |lost| format!(": {lost}"));
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

/// The elements that are lost, by their names in Azure; `None` if a name is not known. Ex) subnet `app` and subnet `data`
fn lost(group: &Group<'_, '_, '_>) -> Option<String> {
    let summary = group.analysis.summary(group.at);
    let terms = group.analysis.evaluator.known_terms();
    let mut names: Vec<String> = Vec::new();
    let mut ty = None;
    for race in group.races.iter().chain(group.twins) {
        let effects = [race.first, race.second].map(|id| summary.effect(id));
        let added = effects.into_iter().find_map(|effect| {
            let (_, writer) = group.analysis.writers.of(effect.aspect)?;
            (writer.access != Access::Replace).then_some((effect, writer))
        });
        let (effect, writer) = added.filter(|(_, writer)| writer.elements == Some(Elements::Body))?;
        ty.get_or_insert(writer.types.first()?);
        let &[element] = terms.elements(effect.elements()?)? else { return None };
        let name = terms.properties(element)?.into_iter().find(|(key, _)| terms.name(*key) == "name")?.1;
        let name = as_spelt(terms, name).map_or_else(|| tell(terms, name), str::to_owned);
        if !describe::is_short(&name) || name.contains(['(', '[', '…']) {
            return None;
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let noun = types::noun(ty?);
    let more = names.len().saturating_sub(MAX_NAMED);
    let shown = names.iter().take(MAX_NAMED).map(|name| format!("{noun} `{name}`"));
    let mut shown: Vec<String> = shown.collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    Some(describe::sentence(&shown))
}
