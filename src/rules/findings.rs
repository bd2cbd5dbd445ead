//! Races become findings: grouped by rule, object and template, each pair under its weightiest rule.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry as MapEntry;

use rustc_hash::FxHashMap;

use super::describe;
use super::finding::{
    Confidence, Finding, Level, Participant, RaceRef, RuleId, Scheduled, SharedObject, Via, Witness,
};
use super::registry::{rule, url};
use super::{gateway_order, order_through_existing, routing_intent_last};
use crate::azure::catalog::{Entry, Writer};
use crate::eval::term::{Term, Value};
use crate::eval::terms::Terms;
use crate::race::analysis::{Analysis, Race, World};
use crate::race::effect::{Aspect, Effect, EffectId};
use crate::race::pair::Fault;
use crate::source::Place;
use crate::template::{NodeId, NodeKind};
use crate::workspace::{Provenance, TemplateId};

/// So many pairs stand in one finding.
const PAIRS: usize = 100;

/// One race under the rule that it falls under.
struct Judged<'r> {
    race: &'r Race,
    rule: RuleId,
    level: Level,
    entry: Option<u32>,
    object: Term,
    /// The same race on what the object is in other worlds.
    twins: Vec<&'r Race>,
}

/// The findings of an analysis, in order of file, line and rule.
pub fn findings(analysis: &mut Analysis<'_, '_>) -> Vec<Finding> {
    let races = std::mem::take(&mut analysis.races);
    let mut of_pair: FxHashMap<(TemplateId, NodeId, NodeId), Judged<'_>> = FxHashMap::default();
    for race in &races {
        let Some(judged) = judge(analysis, race) else { continue };
        let summary = analysis.summary(race.at);
        let key = (race.at, summary.effect(race.first).node, summary.effect(race.second).node);
        let rank = |judged: &Judged<'_>| (std::cmp::Reverse(judged.level), judged.rule, judged.entry);
        match of_pair.entry(key) {
            MapEntry::Vacant(place) => {
                place.insert(judged);
            }
            MapEntry::Occupied(mut known) if rank(&judged) < rank(known.get()) => {
                known.insert(judged);
            }
            MapEntry::Occupied(mut known) if rank(&judged) == rank(known.get()) => {
                known.get_mut().twins.push(race);
            }
            MapEntry::Occupied(_) => {}
        }
    }
    let mut groups: BTreeMap<(TemplateId, RuleId, Option<u32>, Term), Vec<Judged<'_>>> = BTreeMap::new();
    let mut judged: Vec<Judged<'_>> = of_pair.into_values().collect();
    judged.sort_by_key(|judged| (judged.race.at, judged.race.first, judged.race.second));
    for judged in judged {
        groups.entry((judged.race.at, judged.rule, judged.entry, judged.object)).or_default().push(judged);
    }
    let mut declared = Declared::default();
    let mut found: Vec<Finding> =
        groups.into_values().filter_map(|group| finding(analysis, &mut declared, &group)).collect();
    let unusual = gateway_order::unusual(analysis, &found);
    let of_one_hub = |one: &Race, other: &Race| {
        one.at == other.at && object_of(analysis, one) == object_of(analysis, other)
    };
    let hubs: Vec<&[Race]> = unusual.chunk_by(of_one_hub).collect();
    for of_hub in hubs {
        let judged: Vec<Judged<'_>> = of_hub
            .iter()
            .map(|race| Judged {
                race,
                rule: RuleId::GatewayOrder,
                level: Level::Note,
                entry: analysis.summary(race.at).effect(race.first).aspect.topic(),
                object: object_of(analysis, race),
                twins: Vec::new(),
            })
            .collect();
        let finding = finding(analysis, &mut declared, &judged);
        // They are ordered: there is no pair that may overlap.
        found.extend(finding.map(|finding| Finding { pairs: Vec::new(), ..finding }));
    }
    sort(&mut found);
    analysis.races = races;
    found
}

fn in_order(finding: &Finding) -> (Option<Place>, RuleId, &str, &str) {
    let place = finding.participants.first().map(|participant| participant.place);
    (place, finding.rule, &finding.object.name, &finding.fingerprint)
}

/// Puts findings into the order in which they are told: file, line, rule.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|one, other| in_order(one).cmp(&in_order(other)));
}

fn object_of(analysis: &Analysis<'_, '_>, race: &Race) -> Term {
    analysis.summary(race.at).effect(race.first).object
}

/// The rule that a race falls under, with its level. None where nothing is to be said.
fn judge<'r>(analysis: &Analysis<'_, '_>, race: &'r Race) -> Option<Judged<'r>> {
    let workspace = analysis.evaluator.workspace();
    // Nobody can change what is only known by its public path, or guessed.
    if matches!(workspace.provenance(race.at), Provenance::Known | Provenance::Guessed) {
        return None;
    }
    let summary = analysis.summary(race.at);
    let (first, second) = (summary.effect(race.first), summary.effect(race.second));
    let number = first.aspect.topic();
    let known = analysis.writers.of(first.aspect);
    let own_level = known.map_or(Level::Error, |(entry, _)| entry.level.unwrap_or(Level::Note));
    let id = match (known, race.fault) {
        (_, Fault::Fragile) => RuleId::FragileOrder,
        (Some((entry, _)), Fault::LostUpdate | Fault::Reversed) => entry.rule,
        (_, Fault::Unordered) if order_through_existing::applies(analysis, race) => {
            RuleId::OrderThroughExisting
        }
        (None, Fault::Unordered) => RuleId::DeclaredTwice,
        (_, Fault::Unordered) if first.node == second.node => RuleId::ParallelLoop,
        (Some((entry, _)), Fault::Unordered) => entry.rule,
        (None, Fault::LostUpdate | Fault::Reversed) => return None,
    };
    let level = match rule(id).level {
        Some(level) if id == RuleId::HubGateways || id == RuleId::RoutingIntentLast => level,
        // An order that is lost at times weighs no more than what is lost with it.
        Some(level) => level.min(own_level),
        None => own_level,
    };
    Some(Judged { race, rule: id, level, entry: number, object: first.object, twins: Vec::new() })
}

/// One finding for the races of one rule, object and template.
fn finding(
    analysis: &mut Analysis<'_, '_>,
    declared: &mut Declared,
    group: &[Judged<'_>],
) -> Option<Finding> {
    let lead = group.first()?;
    let at = lead.race.at;
    let mut nodes: Vec<(NodeId, EffectId)> = Vec::new();
    for judged in group {
        let summary = analysis.summary(at);
        for id in [judged.race.first, judged.race.second] {
            let node = summary.effect(id).node;
            if !nodes.iter().any(|(known, _)| *known == node) {
                nodes.push((node, id));
            }
        }
    }
    let template = analysis.evaluator.workspace().template(at);
    nodes.sort_by_key(|&(node, _)| (template.node(node).symbol_span, node));
    let participants: Vec<Participant> = nodes.iter().map(|&(_, id)| participant(analysis, at, id)).collect();
    let place = |id: EffectId| {
        let node = analysis.summary(at).effect(id).node;
        nodes.iter().position(|(known, _)| *known == node)
    };
    let mut pairs: Vec<(usize, usize)> = group
        .iter()
        .filter_map(|judged| {
            let (one, other) = (place(judged.race.first)?, place(judged.race.second)?);
            Some((one.min(other), one.max(other)))
        })
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    let counted: u64 = analysis
        .omitted
        .iter()
        .filter(|omitted| {
            let effect = analysis.summary(omitted.at).effect(omitted.effect);
            omitted.at == at && effect.aspect.topic() == lead.entry && effect.object == lead.object
        })
        .map(|omitted| omitted.pairs)
        .sum();
    let omitted = counted + pairs.len().saturating_sub(PAIRS) as u64;
    pairs.truncate(PAIRS);
    let object = shared_object(analysis, declared, at, lead);
    let (under, smallest) = smallest_worlds(analysis, group);
    let bound_reached = smallest.is_none() && group.iter().any(|judged| !judged.race.worlds.is_empty());
    let world = smallest.unwrap_or_default();
    let conditions = describe::conditions(analysis.evaluator.known_terms(), &world);
    let when = describe::when(analysis.evaluator.known_terms(), &world);
    let entry = analysis.writers.of(analysis.summary(at).effect(lead.race.first).aspect);
    let schedule = schedule(analysis, &participants, &nodes, at, pairs.first().copied());
    let count = participants.len();
    let is_inferred = participants.iter().any(|participant| participant.inferred);
    let page = match (lead.rule, entry) {
        (RuleId::ParallelWriters | RuleId::ParallelLoop | RuleId::LostUpdate, Some((entry, _))) => {
            url(&entry.id)
        }
        _ => url(lead.rule.as_str()),
    };
    let mut finding = Finding {
        rule: lead.rule,
        entry: entry.map(|(entry, _)| entry.id.clone().into_owned()),
        level: lead.level,
        confidence: if is_inferred { Confidence::Inferred } else { Confidence::Proven },
        roots: under.iter().map(|(root, _)| displayed(analysis, *root).to_owned()).collect(),
        message: String::new(),
        when,
        explanation: explanation(lead, entry.map(|(entry, _)| entry), count),
        help: String::new(),
        url: page,
        race: RaceRef { analysis: analysis.roots.clone(), template: at, object: lead.object, roots: under },
        object,
        participants,
        pairs,
        pairs_omitted: omitted,
        is_reversed: group.iter().any(|judged| judged.race.fault == Fault::Reversed),
        witness: Witness { conditions, schedule, bound_reached },
        fix: None,
        fingerprint: String::new(),
        suppression: None,
        baselined: false,
    };
    finding.message = message(&finding, group, analysis);
    finding.help = help(&finding, group, entry.map(|(entry, _)| entry));
    finding.fingerprint =
        fingerprint(&finding, &analysis.evaluator.workspace().sources.file(template.file).path);
    Some(finding)
}

/// One participant: the node of the template in which the paths part, and the way down to the writer.
fn participant(analysis: &Analysis<'_, '_>, at: TemplateId, id: EffectId) -> Participant {
    let workspace = analysis.evaluator.workspace();
    let summary = analysis.summary(at);
    let effect = summary.effect(id);
    let template = workspace.template(at);
    let node = template.node(effect.node);
    let writer = analysis.writers.of(effect.aspect).map(|(_, writer)| writer);
    let label = writer.map(|writer| writer.label.clone().into_owned());
    let mut found = Participant {
        node: effect.node,
        effect: id,
        symbol: node.symbol.clone(),
        ty: String::new(),
        label: String::new(),
        is_loop: node.copy.is_some(),
        place: template.place(node.symbol_span),
        via: Vec::new(),
        inferred: false,
        rank: writer.map_or(0, |writer| writer.rank),
    };
    let (mut at, mut effect) = (at, effect);
    while let (Some(&group), Some(call)) =
        (effect.inner().first(), analysis.summary(at).calls.get(&effect.node))
    {
        at = call.callee;
        let inside = analysis.summary(at);
        effect = inside.effect(inside.group(group).members[0]);
        let template = workspace.template(at);
        let node = template.node(effect.node);
        match workspace.provenance(at) {
            Provenance::Guessed => found.inferred = true,
            Provenance::Known => {}
            Provenance::File | Provenance::Restored => {
                found.via.push(Via {
                    template: at,
                    node: effect.node,
                    symbol: node.symbol.clone(),
                    place: template.place(node.symbol_span),
                });
            }
        }
    }
    found.ty = match &workspace.template(at).node(effect.node).kind {
        NodeKind::Resource(ty) | NodeKind::Existing(ty) => ty.name.clone(),
        NodeKind::Module(_) => "Microsoft.Resources/deployments".to_owned(),
    };
    found.label = label.unwrap_or_else(|| with_article(&describe::noun(&found.ty)));
    found
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// The object, as a reader would name it.
fn shared_object(
    analysis: &mut Analysis<'_, '_>,
    declared: &mut Declared,
    at: TemplateId,
    lead: &Judged<'_>,
) -> SharedObject {
    let declared = declaration_of(analysis, declared, at, lead.object);
    let template = analysis.evaluator.workspace().template(at);
    let effect = analysis.summary(at).effect(lead.race.first);
    let entry_type =
        analysis.writers.of(effect.aspect).map(|(entry, _)| entry.object_type.clone().into_owned());
    let terms = analysis.evaluator.known_terms();
    let (ty, name) = match terms.get(lead.object) {
        Value::ResourceId { ty, names, .. } => {
            let last = terms.seq(names).last().copied();
            let name = last.map_or_else(String::new, |name| {
                terms.known_text(name).map_or_else(|| terms.show(name), str::to_owned)
            });
            (terms.name(ty).to_owned(), name)
        }
        _ => (String::new(), terms.show(lead.object)),
    };
    // The id has its case folded: whoever writes the type out knows the right one.
    let declared = declared.filter(|_| effect.aspect != Aspect::Declaration);
    let of_node = declared.and_then(|node| match &template.node(node).kind {
        NodeKind::Resource(ty) | NodeKind::Existing(ty) => Some(ty.name.clone()),
        NodeKind::Module(_) => None,
    });
    let written =
        [entry_type, of_node, Some(participant(analysis, at, lead.race.first).ty)].into_iter().flatten();
    let ty = written.into_iter().find(|known| ty.is_empty() || known.eq_ignore_ascii_case(&ty)).unwrap_or(ty);
    match declared {
        Some(node) => {
            let node = template.node(node);
            SharedObject {
                ty,
                name: node.symbol.clone(),
                declared_at: Some(template.place(node.symbol_span)),
            }
        }
        None => SharedObject { ty, name, declared_at: None },
    }
}

/// Where the objects of each template are declared.
type Declared = FxHashMap<TemplateId, FxHashMap<Term, NodeId>>;

/// The node of a template that declares an object, or the module that contains its declaration; else one that refers to it
/// as existing.
fn declaration_of(
    analysis: &mut Analysis<'_, '_>,
    declared: &mut Declared,
    at: TemplateId,
    object: Term,
) -> Option<NodeId> {
    let of = declared.entry(at).or_insert_with(|| {
        let mut of = FxHashMap::default();
        for (object, node) in analysis.declarations(at) {
            of.entry(object).or_insert(node);
        }
        let template = analysis.evaluator.workspace().template(at);
        for node in template.node_ids() {
            if matches!(template.node(node).kind, NodeKind::Existing(_)) {
                let id = analysis.evaluator.node_id(at, node);
                let id = analysis.evaluator.terms().fold_case(id);
                of.entry(id).or_insert(node);
            }
        }
        of
    });
    of.get(&object).copied()
}

/// The path under which a template is shown.
fn displayed<'a>(analysis: &'a Analysis<'_, '_>, id: TemplateId) -> &'a str {
    let workspace = analysis.evaluator.workspace();
    &workspace.sources.file(workspace.template(id).file).path
}

/// A root, with a world under it where one was found.
type UnderRoot = (TemplateId, Option<World>);

/// The worlds that take the fewest conditions: for each root, by displayed path, and the first of all of them.
fn smallest_worlds(analysis: &Analysis<'_, '_>, group: &[Judged<'_>]) -> (Vec<UnderRoot>, Option<World>) {
    let terms = analysis.evaluator.known_terms();
    let mut under: Vec<UnderRoot> = Vec::new();
    let mut places: FxHashMap<TemplateId, usize> = FxHashMap::default();
    let mut smallest: Option<World> = None;
    for judged in group {
        for (root, world) in &judged.race.worlds {
            let at = *places.entry(*root).or_insert(under.len());
            if at == under.len() {
                under.push((*root, None));
            }
            let Some(world) = world else { continue };
            let world = without_twins(terms, *root, world, &judged.twins);
            let is_smaller =
                |known: &Option<World>| known.as_ref().is_none_or(|known| world.len() < known.len());
            if is_smaller(&smallest) {
                smallest = Some(world.clone());
            }
            if is_smaller(&under[at].1) {
                under[at].1 = Some(world);
            }
        }
    }
    under.sort_by_cached_key(|(root, _)| displayed(analysis, *root).to_owned());
    under.dedup_by(|(one, _), (other, _)| displayed(analysis, *one) == displayed(analysis, *other));
    (under, smallest)
}

/// A world without the facts that do not matter, because the same race is there where they are otherwise.
/// Ex) `group` is empty, where the scope of both writers is `empty(group) ? 'rg' : group`
fn without_twins(terms: &Terms, root: TemplateId, world: &World, twins: &[&Race]) -> World {
    let mut left = world.clone();
    for twin in twins {
        for (_, other) in twin.worlds.iter().filter(|(of, _)| *of == root) {
            let Some(other) = other.as_ref().filter(|other| other.len() == left.len()) else { continue };
            let apart: Vec<usize> = (0..left.len()).filter(|&ix| !other.contains(&left[ix])).collect();
            if let &[ix] = apart.as_slice() {
                let (term, value) = left[ix];
                let opposite = terms.known_bool(value).map(|value| !value);
                let otherwise =
                    other.iter().any(|&(same, value)| same == term && terms.known_bool(value) == opposite);
                if opposite.is_some() && otherwise {
                    left.remove(ix);
                }
            }
        }
    }
    left
}

/// Both runs of one pair, side by side.
fn schedule(
    analysis: &Analysis<'_, '_>,
    participants: &[Participant],
    nodes: &[(NodeId, EffectId)],
    at: TemplateId,
    pair: Option<(usize, usize)>,
) -> Vec<Scheduled> {
    let Some((one, other)) = pair else { return Vec::new() };
    let minutes = |ix: usize| {
        let effect: &Effect = analysis.summary(at).effect(nodes[ix].1);
        let writer: Option<&Writer> = analysis.writers.of(effect.aspect).map(|(_, writer)| writer);
        writer.map_or(1, |writer| writer.minutes.max(1))
    };
    let run = |ix: usize, instance: Option<u32>| Scheduled {
        participant: ix,
        instance,
        symbol: match instance {
            Some(instance) => format!("{}[{instance}]", participants[ix].symbol),
            None => participants[ix].symbol.clone(),
        },
        start_minute: 0,
        end_minute: minutes(ix),
    };
    if one == other {
        vec![run(one, Some(0)), run(one, Some(1))]
    } else {
        vec![run(one, None), run(other, None)]
    }
}

fn explanation(lead: &Judged<'_>, entry: Option<&Entry>, participants: usize) -> String {
    let Some(entry) = entry else {
        return "both declare the same Azure resource; the second request meets the operation of the first, or the last one wins"
            .to_owned();
    };
    if lead.rule == RuleId::GatewayOrder {
        return "any order keeps them apart; the usual one is easier to compare and to support".to_owned();
    }
    let why = match lead.rule {
        RuleId::ParallelLoop => format!("all of them {}", entry.why),
        _ if participants > 2 => format!("all of them {}", entry.why),
        _ => format!("both {}", entry.why),
    };
    match entry.errors.first() {
        Some(error) if lead.race.fault != Fault::LostUpdate => {
            format!("{why}; Azure fails one of them ({error})")
        }
        _ => why,
    }
}

/// The fact in one line.
fn message(finding: &Finding, group: &[Judged<'_>], analysis: &Analysis<'_, '_>) -> String {
    let names: Vec<String> =
        finding.participants.iter().map(|participant| participant.symbol.clone()).collect();
    let all = describe::list(&names);
    let object = object_phrase(finding);
    let both = if names.len() > 2 { "all" } else { "both" };
    match finding.rule {
        RuleId::HubGateways => match one_against_all(finding) {
            Some((one, others)) => format!("{one} may deploy at the same time as {others} into {object}"),
            None => format!("{all} may deploy at the same time into {object}"),
        },
        RuleId::RoutingIntentLast => routing_intent_last::message(
            finding,
            group[0].race.at,
            group.iter().map(|judged| judged.race),
            analysis,
        ),
        RuleId::ParallelLoop => {
            let whose = if names.len() == 1 { "the instances of loop" } else { "the instances of loops" };
            format!("{whose} {all} may write {object} at the same time")
        }
        RuleId::FragileOrder => match finding.when.as_deref() {
            Some(when) => format!("{all} are not ordered when {when}, and {both} write {object}"),
            None => format!(
                "{all} are ordered only through links that may not be deployed, and {both} write {object}"
            ),
        },
        RuleId::LostUpdate => format!("{all} overwrite each other's part of {object}"),
        RuleId::GatewayOrder => {
            let race = group[0].race;
            let (early, late) =
                (symbol(analysis, race.at, race.first), symbol(analysis, race.at, race.second));
            format!("the gateways of {object} are ordered, but `{early}` comes before `{late}`")
        }
        RuleId::DeclaredTwice if names.len() == 1 => {
            format!("the instances of loop {all} declare the same {object} and may deploy at the same time")
        }
        RuleId::DeclaredTwice => format!("{all} declare the same {object} and may deploy at the same time"),
        RuleId::OrderThroughExisting => {
            format!(
                "{all} may write {object} at the same time: `dependsOn` on an `existing` resource waits for no write"
            )
        }
        _ if group.iter().all(|judged| judged.race.fault == Fault::Reversed) => {
            let (early, late) = in_their_order(group[0].race, analysis);
            format!("`{early}` writes {object} before `{late}`, which must come first")
        }
        _ => match one_against_all(finding) {
            Some((one, others)) => format!("{one} may write {object} at the same time as {others}"),
            None => format!("{all} may write {object} at the same time"),
        },
    }
}

/// The symbol of the declaration that has an effect.
fn symbol(analysis: &Analysis<'_, '_>, at: TemplateId, id: EffectId) -> String {
    let node = analysis.summary(at).effect(id).node;
    analysis.evaluator.workspace().template(at).node(node).symbol.clone()
}

/// The symbols of a pair that is ordered, the one that runs first before the other.
fn in_their_order(race: &Race, analysis: &Analysis<'_, '_>) -> (String, String) {
    let summary = analysis.summary(race.at);
    let rank = |id: EffectId| summary.links.ranks[summary.effect(id).node.ix()];
    let (one, other) = (symbol(analysis, race.at, race.first), symbol(analysis, race.at, race.second));
    if rank(race.first) <= rank(race.second) { (one, other) } else { (other, one) }
}

/// The participant that is in every pair, where the others are ordered among themselves, and the others.
fn one_against_all(finding: &Finding) -> Option<(String, String)> {
    if finding.participants.len() < 3 || finding.pairs_omitted > 0 {
        return None;
    }
    let in_all =
        |ix: usize| finding.pairs.iter().all(|&(one, other)| one != other && (one == ix || other == ix));
    let one = (0..finding.participants.len()).find(|&ix| in_all(ix))?;
    let name = |ix: usize| finding.participants[ix].symbol.clone();
    let others: Vec<String> = (0..finding.participants.len()).filter(|&ix| ix != one).map(name).collect();
    Some((describe::list(&[name(one)]), describe::list(&others)))
}

fn object_phrase(finding: &Finding) -> String {
    let noun = describe::noun(&finding.object.ty);
    let noun = if noun.is_empty() { "object".to_owned() } else { noun };
    format!("{noun} `{}`", finding.object.name)
}

/// What to do, in one line.
fn help(finding: &Finding, group: &[Judged<'_>], entry: Option<&Entry>) -> String {
    let symbol = |ix: usize| finding.participants[ix].symbol.as_str();
    match finding.rule {
        RuleId::GatewayOrder => {
            "the usual order is S2S, P2S, ExpressRoute, and routing intent last".to_owned()
        }
        RuleId::ParallelLoop => {
            let names: Vec<String> =
                finding.participants.iter().map(|participant| participant.symbol.clone()).collect();
            format!("add `@batchSize(1)` to {}", describe::list(&names))
        }
        RuleId::LostUpdate => entry.map_or_else(String::new, |entry| lower_first(&entry.remedy)),
        RuleId::DeclaredTwice => {
            "declare it once and refer to it with `existing`, or let one wait for the other".to_owned()
        }
        RuleId::OrderThroughExisting => {
            "depend on the declaration that writes it, not on the `existing` reference".to_owned()
        }
        _ if group.iter().all(|judged| judged.race.fault == Fault::Reversed) => {
            "turn their order around".to_owned()
        }
        _ => match finding.pairs.as_slice() {
            [(one, other)] => format!("make `{}` wait for `{}`", symbol(*other), symbol(*one)),
            _ => "make each of them wait for the one before it".to_owned(),
        },
    }
}

/// A sentence of the catalogue as a clause: lower case at the start, no full stop.
fn lower_first(sentence: &str) -> String {
    let mut chars = sentence.trim_end_matches('.').chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// A hash of rule, object and symbols (FNV-1a, 64 bits): stable when lines move.
pub(super) fn fingerprint(finding: &Finding, file: &str) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut feed = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    feed(finding.rule.as_str());
    feed(finding.entry.as_deref().unwrap_or_default());
    feed(file);
    feed(&finding.object.ty);
    feed(&finding.object.name);
    let mut symbols: Vec<&str> =
        finding.participants.iter().map(|participant| participant.symbol.as_str()).collect();
    symbols.sort_unstable();
    symbols.into_iter().for_each(&mut feed);
    format!("{hash:016x}")
}
