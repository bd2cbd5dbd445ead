//! One Azure resource is declared twice.
//!
//! Two declarations have the same scope, type and name, so they are one resource in Azure, and nothing prevents them from
//! running at the same time. Either the second request fails with a conflict while the first one is running, or the one that
//! ends last wins. The same holds for two module calls with one explicit deployment name in one scope: the second fails with
//! `DeploymentActive`. So does a call inside a module, at any depth, if it has the name of the module's own deployment.
//!
//! What to do depends on the intention:
//!
//! - It is one resource: declare it once and refer to it with `existing` elsewhere, or let one declaration wait for the other.
//!   You have to decide which declaration stays.
//! - They are two resources, such as two deployments or two role assignments: give each its own name. In a module that is
//!   called several times, use `uniqueString(deployment().name)` in the name of a deployment. A module call may omit its name;
//!   a resource may not, even one of the type `Microsoft.Resources/deployments`. Azure identifies a deployment whose name
//!   begins with `pid-` by the GUID after it, so append to such a name.
//! - They are the instances of a loop over a resource: use the element or its index in the name. Azure rejects a loop in which
//!   two instances have the same name before it deploys anything, so `@batchSize(1)` does not help.
//! - They are in a module that a loop calls: pass a different name to each call. If all calls should write the same resource
//!   one after another, add `@batchSize(1)` to the loop.
//!
//! A declaration that is an operation, such as adding access policies, is reported by the entry of that operation.

use super::describe;
use super::finding::{Level, Participant, RuleId};
use super::races::{Case, Claim, Group, Races};
use super::registry::{Remedy, Rule, url, url_of};
use crate::azure::catalog::Entry;
use crate::azure::types;
use crate::race::pair::Fault;
use crate::small_sort::SmallSort as _;
use crate::source::Place;
use crate::template::{NodeId, NodeKind};
use crate::workspace::{Provenance, TemplateId};

pub(super) const RULE: Rule = Rule {
    id: RuleId::DeclaredTwice,
    level: Some(Level::Error),
    means: "one Azure resource is written by two declarations that may run together",
    remedy: Remedy::ByHand("you have to decide which declaration stays"),
    is_gap: false,
    is_suppressible: true,
    is_retired: false,
    is_optional: false,
    races: Some(&DeclaredTwice),
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
            return format!("{all} deploys {object}, which has the name of the enclosing deployment");
        }
        if group.participants.len() == 1 {
            format!("the instances of loop {all} declare the same {object} and may deploy at the same time")
        } else {
            format!("{all} declare the same {object} and may deploy at the same time")
        }
    }

    fn why(&self, group: &Group<'_, '_, '_>) -> String {
        if group.races[0].fault == Fault::Contained {
            return "the enclosing deployment is active as long as its content; Azure fails the inner one (DeploymentActive)"
                .to_owned();
        }
        group.why(if group.participants.len() == 2 { "both" } else { "all of them" })
    }

    fn help(&self, group: &Group<'_, '_, '_>) -> String {
        if types::own_name(&group.object.ty).is_some() {
            return own_names(group);
        }
        if let Some(entry) = of_group(group).filter(|entry| !entry.remedy.is_empty()) {
            return describe::as_help(&entry.remedy);
        }
        if group.participants.len() == 1 {
            if types::has_fixed_name(&group.object.ty) {
                let (noun, all) = (types::with_article(&types::noun(&group.object.ty)), group.all());
                return format!(
                    "Azure prescribes the name of {noun}, so there can be only one: keep one element of {all}"
                );
            }
            return own_names(group);
        }
        let order = group.how_to_order();
        let order = order.strip_prefix("make ").unwrap_or(&order);
        format!("declare it once and refer to it with `existing`, or let {order}")
    }

    fn page(&self, group: &Group<'_, '_, '_>) -> String {
        of_group(group).map_or_else(|| url(group.rule.as_str()), url_of)
    }
}

/// How declarations, or the instances of a loop, get names that differ.
fn own_names(group: &Group<'_, '_, '_>) -> String {
    let workspace = group.analysis.evaluator.workspace();
    let innermost = |writer: &Participant| {
        writer.via.last().map_or((group.at, writer.node), |step| (step.template, step.node))
    };
    let declared: Vec<(TemplateId, NodeId)> = group.participants.iter().map(innermost).collect();
    let mut places: Vec<Place> = declared
        .iter()
        .filter_map(|&(id, node)| {
            let template = workspace.template(id);
            let name = template.node(node).name?;
            (workspace.provenance(id) == Provenance::File).then(|| template.place(template.exprs.span(name)))
        })
        .collect();
    places.small_sort();
    places.dedup();
    let told = places.iter().take(MAX_PLACES).map(|place| {
        let file = workspace.sources.file(place.file);
        format!("{}:{}", file.path, file.position(place.span.start).line)
    });
    let told: Vec<String> = told.collect();
    let at = match places.len() {
        0 => String::new(),
        count if count > MAX_PLACES => format!(" at {} and {} more", told.join(", "), count - MAX_PLACES),
        _ => format!(" at {}", describe::sentence(&told)),
    };
    let is_loop = group.participants.len() == 1 && group.races[0].fault != Fault::Contained;
    let is_here = group.participants.iter().all(|writer| writer.via.is_empty());
    let who = match group.participants {
        [_] if is_loop => "each instance",
        [_] => "it",
        _ => "each",
    };
    let hint = types::own_name(&group.object.ty);
    let mut how = match (is_here, hint) {
        (true, _) if is_loop => ", with the element or its index in it".to_owned(),
        (false, Some(hint)) => format!(", with {hint}"),
        (true, _) | (false, None) => String::new(),
    };
    if let Some(counted) = types::counted_name(&group.object.name) {
        how += &format!(", after the old one, because Azure identifies it by what follows `{counted}`");
    }
    let may_be_left_out = |&(id, node): &(TemplateId, NodeId)| {
        matches!(workspace.template(id).node(node).kind, NodeKind::Module(_))
    };
    let or = if declared.iter().all(may_be_left_out) {
        ", or omit the name".to_owned()
    } else if is_loop && !is_here && hint.is_none() {
        format!(", or add `@batchSize(1)` to {}", group.all())
    } else if is_loop && is_here {
        "; Azure rejects a loop with one name before it deploys anything".to_owned()
    } else {
        String::new()
    };
    format!("give {who} a name of its own{at}{how}{or}")
}

/// Maximum number of places of names that a help lists.
const MAX_PLACES: usize = 3;

/// The catalogue entry about declarations of the type of the raced resource.
fn of_case<'c>(case: &Case<'_, '_, 'c>) -> Option<&'c Entry> {
    let terms = case.analysis.evaluator.known_terms();
    let ty = terms.type_of_id(case.effects().0.object)?;
    case.analysis.writers.about_declarations(terms.name(ty))
}

fn of_group<'c>(group: &Group<'_, '_, 'c>) -> Option<&'c Entry> {
    group.entry.or_else(|| group.analysis.writers.about_declarations(&group.object.ty))
}
