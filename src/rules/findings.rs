//! Turns races into findings, grouped by template, rule, entry and object. Each pair is reported under its most severe
//! rule; what stands behind it is kept with the finding.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::{Calls, Sought, Ways};
use super::describe::is_short;
use super::explained::ordered_through;
use super::finding::{
    Assumed, Confidence, Environments, Finding, PairWitness, Participant, RaceRef, RuleId, Scheduled,
    SharedObject, Through, Via, Witness,
};
use super::formulas::Formulas;
use super::identity::Identities;
use super::judged::{Judged, object_of, of_pairs, way, weight};
use super::published::what_to_do;
use super::races::{Case, Group, entry_of};
use super::worlds::{Happens, Raced, UnderRoot, happens};
use super::{RULES, retried, rule};
use crate::azure::catalog::{Elements, Writer};
use crate::azure::types;
use crate::eval::evaluator::named;
use crate::eval::show::{Named, show_spelt, tell, tell_named, tell_spelt};
use crate::eval::spellings::as_name;
use crate::eval::term::{Name, Term, Value};
use crate::eval::terms::Terms;
use crate::eval::withheld::as_spelt;
use crate::fingerprint::Fingerprint;
use crate::limit::Limit;
use crate::race::analysis::{Analysis, Race};
use crate::race::assumed::Assumption;
use crate::race::effect::{Aspect, Effect, EffectId, Instance};
use crate::race::object::written_at;
use crate::race::pair::Fault;
use crate::race::verdict::waiting;
use crate::small_sort::SmallSort as _;
use crate::source::Place;
use crate::template::{Language, NodeId, NodeKind};
use crate::workspace::{Provenance, TemplateId};

/// The grouping key of findings.
type Key<'r> = (TemplateId, RuleId, Option<u32>, Term, &'r [Assumption]);

/// The findings of an analysis, in order of file, line and rule.
pub fn findings(analysis: &mut Analysis<'_, '_>) -> Vec<Finding> {
    let races = std::mem::take(&mut analysis.races);
    let pairs = of_pairs(analysis, &races);
    let mut known = Known::default();
    let mut found = grouped(analysis, &mut known, pairs);
    for rule in RULES {
        let others = rule.races.map_or_else(Vec::new, |races| races.others(analysis, &found));
        let of_one_object = |one: &Race, other: &Race| {
            one.at == other.at && object_of(analysis, one) == object_of(analysis, other)
        };
        let groups: Vec<&[Race]> = others.chunk_by(of_one_object).collect();
        for group in groups {
            let level = |race| rule.races.map(|races| races.level(&Case::new(analysis, race)));
            let judged =
                group.iter().filter_map(|race| Some(Judged::new(analysis, race, rule.id, level(race)?)));
            let judged: Vec<Judged<'_>> = judged.collect();
            found.extend(finding(analysis, &mut known, &judged));
        }
    }
    sort(&mut found);
    analysis.races = races;
    found
}

/// Makes a finding of each group of races, and of what stands behind each.
fn grouped(analysis: &mut Analysis<'_, '_>, known: &mut Known, races: Vec<Judged<'_>>) -> Vec<Finding> {
    let mut groups: BTreeMap<Key<'_>, Vec<Judged<'_>>> = BTreeMap::new();
    for judged in races {
        let (race, assumes) = (judged.race, &judged.race.assumes[..]);
        groups.entry((race.at, judged.rule, judged.entry, judged.object, assumes)).or_default().push(judged);
    }
    let mut found = Vec::new();
    for mut group in groups.into_values() {
        let behind: Vec<Judged<'_>> = group.iter_mut().flat_map(Judged::take_behind).collect();
        let Some(mut heavier) = finding(analysis, known, &group) else { continue };
        heavier.stand_before(grouped(analysis, known, behind));
        found.push(heavier);
    }
    found
}

fn in_order(finding: &Finding) -> (Option<Place>, RuleId, &str, &str, &str) {
    let place = finding.participants.first().map(|participant| participant.place);
    (place, finding.rule, &finding.object.name, &finding.former, &finding.fingerprint)
}

/// Sorts findings into reporting order: file, line, rule.
pub fn sort(findings: &mut [Finding]) {
    findings.small_sort_by(|one, other| in_order(one).cmp(&in_order(other)));
}

/// Makes one finding from the races of one group.
fn finding(analysis: &mut Analysis<'_, '_>, known: &mut Known, group: &[Judged<'_>]) -> Option<Finding> {
    let lead = group.first()?;
    let at = lead.race.at;
    let nodes = writers(analysis, group);
    let participants = participants(analysis, lead, &nodes);
    let (pairs, omitted) = listed(analysis, group, &nodes);
    let object = object_of_lead(analysis, &mut known.declared, lead);
    let confidence = confidence(analysis, &mut known.declared, lead, &participants);
    let happens = happening(analysis, known, group, (&nodes, &participants));
    let Happens { root, under, when: parts, conditions, of_pairs, bound_reached } = happens;
    let when = parts.whole();
    let of_group: Vec<&Race> = group.iter().map(|judged| judged.race).collect();
    let twins = twins_of(analysis, group);
    let calls = ways(analysis, known, (root, at), (&of_group, &of_pairs));
    let schedule = schedule(analysis, &participants, &nodes, at, pairs.first().copied());
    let races = rule(lead.rule).races?;
    let files = known.files.get_or_insert_with(|| parameter_files(analysis));
    let environments = environments(analysis, at, &under, files);
    let others = others(analysis, &mut known.declared, (lead.rule, lead));
    let words = Group {
        analysis,
        rule: lead.rule,
        at,
        races: &of_group,
        twins: &twins,
        entry: entry_of(analysis, lead.race),
        object: &object,
        others: &others,
        participants: &participants,
        pairs: &pairs,
        pairs_omitted: omitted,
        when: when.as_deref(),
        instances: two_instances(analysis, group),
    };
    let (mut message, mut explanation, help) =
        (races.message(&words), races.why(&words), what_to_do(races, &words));
    explanation.extend(retried::told(&words).map(|told| format!("; {told}")));
    let assumes = assumed(analysis, lead.race);
    message.push_str(if assumes.is_empty() { "" } else { ", with default values" });
    let (entry, url) = (words.entry.map(|entry| entry.id.clone().into_owned()), races.page(&words));
    let finding = Finding {
        rule: lead.rule,
        entry,
        level: group.iter().map(|judged| judged.level).max()?,
        confidence,
        roots: under.iter().map(|(root, _)| displayed(analysis, *root).to_owned()).collect(),
        message,
        when,
        explanation,
        help,
        url,
        race: RaceRef { analysis: analysis.roots.clone(), template: at, object: lead.object, roots: under },
        calls_omitted: calls.omitted,
        calls: calls.shown,
        called_from: root.map_or_else(String::new, |root| displayed(analysis, root).to_owned()),
        object,
        others,
        environments,
        assumes,
        participants,
        pairs: if races.may_overlap() { pairs } else { Vec::new() },
        pairs_omitted: omitted,
        order: Vec::new(),
        ordered_through: through(analysis, at, lead.race),
        is_reversed: group.iter().any(|judged| judged.race.fault == Fault::Reversed),
        witness: Witness { conditions, when: parts, of_pairs, schedule, bound_reached },
        behind: Vec::new(),
        also_shared: Vec::new(),
        fix: None,
        relies_on: Vec::new(),
        no_fix: String::new(),
        identity: Fingerprint::default(),
        fingerprint: String::new(),
        former: String::new(),
        suppression: None,
        baselined: false,
    };
    Some(identified(analysis, known, (finding, lead.race.first)))
}

/// The other races of the pairs of a group on the same object.
fn twins_of<'r>(analysis: &Analysis<'_, '_>, group: &[Judged<'r>]) -> Vec<&'r Race> {
    let twins = group.iter().flat_map(|judged| judged.twins.iter().map(|twin| (judged.object, *twin)));
    let same = twins.filter(|(object, twin)| object_of(analysis, twin) == *object);
    same.map(|(_, twin)| twin).collect()
}

/// The calls by which the races of a finding happen, from the root in whose terms its conditions are.
fn ways(
    analysis: &mut Analysis<'_, '_>,
    known: &mut Known,
    (root, at): (Option<TemplateId>, TemplateId),
    (races, of_pairs): (&[&Race], &[PairWitness]),
) -> Ways {
    let worlds = of_pairs.iter().map(|pair| pair.world.clone()).collect();
    let sought = Sought { at, races, worlds };
    let ways = root.map(|root| known.calls.racing(analysis, &mut known.formulas, (root, &sought)));
    ways.unwrap_or_default()
}

/// Sets what a finding is known by. Former baselines know it by the name of its object in lower case.
fn identified(
    analysis: &mut Analysis<'_, '_>,
    known: &mut Known,
    (mut finding, first): (Finding, EffectId),
) -> Finding {
    let at = finding.race.template;
    let seen = Seen { at, from: at, object: finding.race.object };
    let former = object_seen(analysis, &mut known.declared, (seen, first), false);
    let identity = known.identities.of(analysis, &finding);
    let spelt = std::mem::replace(&mut finding.object, former);
    let former = super::baseline::former(&finding, displayed(analysis, at));
    Finding { object: spelt, identity, fingerprint: identity.to_string(), former, ..finding }
}

/// The conditions under which the races of a finding happen.
fn happening(
    analysis: &mut Analysis<'_, '_>,
    known: &mut Known,
    group: &[Judged<'_>],
    (nodes, participants): (&[(NodeId, EffectId)], &[Participant]),
) -> Happens {
    let raced = group.iter();
    let raced = raced.map(|one| Raced { race: one.race, twins: &one.twins, beside: &one.beside });
    let raced: Vec<Raced<'_>> = raced.collect();
    let symbols: Vec<&str> = participants.iter().map(|writer| writer.symbol.as_str()).collect();
    let places = places_of(nodes);
    let sides: Vec<_> = group.iter().map(|judged| both(analysis, judged.race, &places)).collect();
    happens(analysis, &raced, &sides, (&symbols, &mut known.formulas, &mut known.calls))
}

/// The two racing instances of a loop that has more than two.
fn two_instances(analysis: &Analysis<'_, '_>, group: &[Judged<'_>]) -> Option<[u32; 2]> {
    let [Judged { race, twins, .. }] = group else { return None };
    let summary = analysis.summary(race.at);
    let (one, other) = (summary.effect(race.first), summary.effect(race.second));
    let (Instance::Fixed(first), Instance::Fixed(second)) = (one.instance, other.instance) else {
        return None;
    };
    let length = analysis.evaluator.known_terms().known_int(summary.links.counts[one.node.ix()]?)?;
    let is_whole = length <= 2 || !twins.is_empty() || one.node != other.node;
    (!is_whole).then_some([first.min(second), first.max(second)])
}

/// The parameters whose defaults a race assumes, with source texts.
fn assumed(analysis: &Analysis<'_, '_>, race: &Race) -> Vec<Assumed> {
    let Some(&(root, _)) = race.worlds.first() else { return Vec::new() };
    let template = analysis.evaluator.workspace().template(root);
    let told = race.assumes.iter().map(|assumption| Assumed {
        parameter: template.exprs.text(template.parameters[assumption.parameter.ix()].name).to_owned(),
        value: tell(analysis.evaluator.known_terms(), assumption.value),
    });
    told.collect()
}

/// The confidence of a finding. It is inferred if a participant, or the module that deploys the object, is guessed, or
/// if parameters are assumed to keep their defaults.
fn confidence(
    analysis: &mut Analysis<'_, '_>,
    declared: &mut Declared,
    lead: &Judged<'_>,
    participants: &[Participant],
) -> Confidence {
    let at = lead.race.at;
    let declared = declaration_of(analysis, declared, at, lead.object);
    let workspace = analysis.evaluator.workspace();
    let callee = declared.and_then(|node| workspace.callee(at, node));
    let is_guessed = callee.is_some_and(|callee| workspace.provenance(callee) == Provenance::Guessed);
    let is_inferred = is_guessed
        || !lead.race.assumes.is_empty()
        || participants.iter().any(|participant| participant.inferred);
    if is_inferred { Confidence::Inferred } else { Confidence::Proven }
}

/// The conditional declarations between the two sides of a race that are ordered the wrong way round.
fn through(analysis: &mut Analysis<'_, '_>, at: TemplateId, race: &Race) -> Vec<Through> {
    if race.fault != Fault::Reversed {
        return Vec::new();
    }
    let summary = &analysis.summaries[at];
    let nodes = [race.first, race.second].map(|id| summary.effect(id).node);
    let waiting = waiting(&summary.links, analysis.evaluator.terms(), nodes);
    waiting.map_or_else(Vec::new, |waiting| ordered_through(analysis, at, &waiting))
}

/// The participating nodes in file order, each with its first effect in the group.
fn writers(analysis: &Analysis<'_, '_>, group: &[Judged<'_>]) -> Vec<(NodeId, EffectId)> {
    let mut nodes: Vec<(NodeId, EffectId)> = Vec::new();
    let mut seen: FxHashSet<NodeId> = FxHashSet::default();
    for judged in group {
        for id in [judged.race.first, judged.race.second] {
            let node = analysis.summary(judged.race.at).effect(id).node;
            if seen.insert(node) {
                nodes.push((node, id));
            }
        }
    }
    if let Some(judged) = group.first() {
        let template = analysis.evaluator.workspace().template(judged.race.at);
        nodes.small_sort_by_key(|&(node, _)| (template.node(node).symbol_span, node));
    }
    nodes
}

/// The pairs of a group, as indexes into its writers.
fn pairs(
    analysis: &Analysis<'_, '_>,
    group: &[Judged<'_>],
    writers: &[(NodeId, EffectId)],
) -> Vec<(usize, usize)> {
    let places = places_of(writers);
    let mut pairs: Vec<(usize, usize)> =
        group.iter().filter_map(|judged| both(analysis, judged.race, &places)).collect();
    pairs.small_sort();
    pairs.dedup();
    pairs
}

/// Maps each writer's node to its index.
fn places_of(writers: &[(NodeId, EffectId)]) -> FxHashMap<NodeId, usize> {
    writers.iter().enumerate().map(|(at, &(node, _))| (node, at)).collect()
}

/// The two writers of a race as indexes, the earlier one in the file first.
fn both(
    analysis: &Analysis<'_, '_>,
    race: &Race,
    places: &FxHashMap<NodeId, usize>,
) -> Option<(usize, usize)> {
    let place = |id: EffectId| places.get(&analysis.summary(race.at).effect(id).node).copied();
    let (one, other) = (place(race.first)?, place(race.second)?);
    Some((one.min(other), one.max(other)))
}

/// The number of pairs of an object that were only counted.
fn omitted(analysis: &Analysis<'_, '_>, lead: &Judged<'_>) -> u64 {
    let object = analysis.summary(lead.race.at).effect(lead.race.first).object;
    analysis.omitted.get(&(lead.race.at, lead.entry, object)).copied().unwrap_or_default()
}

/// The other objects that two declarations share in races of the same kind, without duplicates.
fn others(
    analysis: &mut Analysis<'_, '_>,
    declared: &mut Declared,
    (rule, lead): (RuleId, &Judged<'_>),
) -> Vec<SharedObject> {
    if rule != RuleId::DeclaredTwice {
        return Vec::new();
    }
    let mut objects: Vec<(Term, EffectId)> = Vec::new();
    for twin in &lead.twins {
        let object = object_of(analysis, twin);
        if object != lead.object && !objects.iter().any(|&(known, _)| known == object) {
            objects.push((object, twin.first));
        }
    }
    objects.small_sort_by_key(|&(object, _)| std::cmp::Reverse(weight(analysis, object)));
    let at = lead.race.at;
    let seen = |object| Seen { at, from: at, object };
    // Ex) one name in the two scopes that a condition chooses from
    let mut told = vec![shared_object(analysis, declared, seen(lead.object), lead.race.first)];
    for (object, id) in objects {
        let other = shared_object(analysis, declared, seen(object), id);
        if !told.iter().any(|known| (&known.ty, &known.name) == (&other.ty, &other.name)) {
            told.push(other);
        }
    }
    told.split_off(1)
}

/// Describes one participant: its node in the template where the paths part, and the path to the writer.
pub(super) fn participant(analysis: &Analysis<'_, '_>, at: TemplateId, id: EffectId) -> Participant {
    let workspace = analysis.evaluator.workspace();
    let own = analysis.summary(at).effect(id);
    let way = way(analysis, at, id);
    let (mut via, mut inferred) = (Vec::new(), false);
    for &(inside, node) in &way {
        let template = workspace.template(inside);
        let declared = template.node(node);
        match workspace.provenance(inside) {
            Provenance::Guessed => inferred = true,
            Provenance::Known => {}
            Provenance::File | Provenance::Restored => via.push(Via {
                template: inside,
                node,
                symbol: declared.symbol.clone(),
                place: template.place(declared.symbol_span),
            }),
        }
    }
    let (inside, last) = way.last().copied().unwrap_or((at, own.node));
    let ty = workspace.template(inside).node(last).kind.type_name().to_owned();
    let writer = analysis.writers.of(own.aspect).map(|(_, writer)| writer);
    let label =
        writer.filter(|writer| !writer.is_named_by_type).map(|writer| writer.label.clone().into_owned());
    let template = workspace.template(at);
    let node = template.node(own.node);
    Participant {
        node: own.node,
        effect: id,
        symbol: node.symbol.clone(),
        label: label.unwrap_or_else(|| types::with_article(&types::noun(&ty))),
        ty,
        is_loop: node.copy.is_some(),
        place: template.place(node.symbol_span),
        via,
        inferred,
        rank: writer.map_or(0, |writer| writer.rank),
        retry_on: retried::codes(analysis, at, id),
        list: None,
    }
}

/// The writers of a finding.
fn participants(
    analysis: &Analysis<'_, '_>,
    lead: &Judged<'_>,
    nodes: &[(NodeId, EffectId)],
) -> Vec<Participant> {
    let at = lead.race.at;
    let mut all: Vec<Participant> = nodes.iter().map(|&(_, id)| participant(analysis, at, id)).collect();
    for writer in all.iter_mut().filter(|_| lead.race.fault == Fault::LostUpdate) {
        writer.list = list_of(analysis, at, writer);
    }
    all
}

/// The pairs that a finding lists, and the number of those beyond the limit, which are only counted.
fn listed(
    analysis: &Analysis<'_, '_>,
    group: &[Judged<'_>],
    nodes: &[(NodeId, EffectId)],
) -> (Vec<(usize, usize)>, u64) {
    let mut pairs = pairs(analysis, group, nodes);
    let most = Limit::ObjectPairs.number() as usize;
    let omitted = omitted(analysis, &group[0]) + pairs.len().saturating_sub(most) as u64;
    pairs.truncate(most);
    (pairs, omitted)
}

/// Where a writer has the list that it rewrites, or the element that it adds to one.
fn list_of(analysis: &Analysis<'_, '_>, at: TemplateId, participant: &Participant) -> Option<Place> {
    let aspect = analysis.summary(at).effect(participant.effect).aspect;
    let (_, writer) = analysis.writers.of(aspect)?;
    let (inside, node) =
        participant.via.last().map_or((at, participant.node), |via| (via.template, via.node));
    let template = analysis.evaluator.workspace().template(inside);
    match writer.elements.as_ref()? {
        Elements::Body => Some(template.place(template.node(node).symbol_span)),
        Elements::List(steps) => Some(template.place(written_at(template, node, steps)?)),
    }
}

/// An object, and who looks at it.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    /// The template that contains the effect.
    pub(super) at: TemplateId,
    /// The template in whose terms the object is expressed: the same one, or a caller of it.
    pub(super) from: TemplateId,
    /// The object.
    pub(super) object: Term,
}

/// The object of a finding. It is described with the effect of the declaration that declares it, if there is one.
fn object_of_lead(
    analysis: &mut Analysis<'_, '_>,
    declared: &mut Declared,
    lead: &Judged<'_>,
) -> SharedObject {
    let Race { at, first, second, .. } = *lead.race;
    let seen = Seen { at, from: at, object: lead.object };
    let declaring = declaration_of(analysis, declared, at, lead.object);
    let node = |id: EffectId| Some(analysis.summary(at).effect(id).node);
    let is_second = declaring == node(second) && declaring != node(first);
    shared_object(analysis, declared, seen, if is_second { second } else { first })
}

/// Describes the object of an effect with the name that a reader would use.
pub(super) fn shared_object(
    analysis: &mut Analysis<'_, '_>,
    declared: &mut Declared,
    seen: Seen,
    id: EffectId,
) -> SharedObject {
    object_seen(analysis, declared, (seen, id), true)
}

/// The same; the name is spelt as templates spell it, or is in lower case, as former baselines have it.
fn object_seen(
    analysis: &mut Analysis<'_, '_>,
    declared: &mut Declared,
    (Seen { at, from, object }, id): (Seen, EffectId),
    spells: bool,
) -> SharedObject {
    let declared = declaration_of(analysis, declared, from, object);
    let template = analysis.evaluator.workspace().template(from);
    let effect = analysis.summary(at).effect(id);
    let entry_type =
        analysis.writers.of(effect.aspect).map(|(entry, _)| entry.object_type.clone().into_owned());
    let terms = analysis.evaluator.known_terms();
    let (ty, name) = match terms.get(object) {
        Value::ResourceId { ty, names, .. } => (terms.name(ty).to_owned(), terms.seq(names).last().copied()),
        _ => (String::new(), Some(object)),
    };
    // Ids are in lower case. A declaration has the type in its proper case, so prefer that.
    let declared = declared.filter(|_| effect.aspect != Aspect::Declaration);
    let of_node = declared.and_then(|node| match &template.node(node).kind {
        NodeKind::Resource(ty) | NodeKind::Existing(ty) => Some(ty.name.clone()),
        NodeKind::Module(_) => None,
    });
    let written = [entry_type, of_node, Some(participant(analysis, at, id).ty)].into_iter().flatten();
    let known = written.into_iter().find(|known| ty.is_empty() || known.eq_ignore_ascii_case(&ty));
    let spelt = || analysis.writers.spelling_of_type(&ty).filter(|_| spells).map(str::to_owned);
    let ty = known.or_else(spelt).unwrap_or(ty);
    // A module that writes the object is not called by the same name: what it declares has a name of its own.
    let is_of_writer = declared == Some(effect.node);
    let own_name = name.filter(|&name| is_of_writer && terms.known_text(name).is_some());
    let own_name = own_name.map(|name| tell_spelt(terms, name, &Named::default()));
    let own_name = own_name.filter(|own| !own.contains(['…', '$']) && is_short(own));
    if let Some(node) = declared {
        let node = template.node(node);
        let declared_at = Some(template.place(node.symbol_span));
        let own = own_name.filter(|_| spells && matches!(node.kind, NodeKind::Module(_)));
        let name = own.map_or_else(|| node.symbol.clone(), |own| own.trim_matches('\'').to_owned());
        return SharedObject { ty, name, declared_at };
    }
    let name = name.map_or_else(String::new, |name| readable(analysis, (from, name), spells));
    SharedObject { ty, name, declared_at: None }
}

/// The name of an object: its text, or an expression. A long expression is told in the names of the template's variables.
/// Ex) `names.vault` in place of `take(replace(pattern, 'TYPE', 'kv'), 24)`
fn readable(analysis: &mut Analysis<'_, '_>, (from, name): (TemplateId, Term), spells: bool) -> String {
    let terms = analysis.evaluator.known_terms();
    let told = match terms.known_text(name) {
        Some(_) if spells => as_spelt(terms, name).unwrap_or_default().to_owned(),
        Some(text) => text.to_owned(),
        None if spells => show_spelt(terms, name),
        None => terms.show(name),
    };
    if is_short(&told) {
        return told;
    }
    let mut variables: Vec<(Term, Box<str>)> = named(&analysis.evaluator, from).into_iter().collect();
    variables.small_sort();
    let terms = analysis.evaluator.terms();
    let mut names = Named::default();
    for (value, variable) in variables {
        let parts = terms.properties(value).unwrap_or_default();
        for (key, part) in parts {
            let property = format!("{variable}.{}", terms.name(key));
            if !terms.is_literal(part) {
                spellings_of(terms, part, &property, &mut names);
            }
        }
        spellings_of(terms, value, &variable, &mut names);
    }
    let terms = analysis.evaluator.known_terms();
    let told_named = if spells { tell_spelt(terms, name, &names) } else { tell_named(terms, name, &names) };
    let left_out = |text: &str| text.matches('…').count();
    let is_better = told_named.len() < told.len() && left_out(&told_named) <= left_out(&told);
    if is_better { told_named } else { told }
}

/// Adds a value under a name, in all the forms in which it may be part of a name.
fn spellings_of(terms: &mut Terms, value: Term, name: &str, names: &mut Named) {
    let as_name = as_name(terms, value);
    for value in [value, as_name, terms.fold_case(value), terms.fold_case(as_name)] {
        names.entry(value).or_insert_with(|| name.into());
    }
}

/// Data that is computed once for all findings of an analysis.
#[derive(Default)]
struct Known {
    /// The parameter files among the roots.
    files: Option<Vec<usize>>,
    declared: Declared,
    identities: Identities,
    formulas: Formulas,
    calls: Calls,
}

/// The declaring node of each object, by template and by the type of the object, if it is known.
pub(super) type Declared = FxHashMap<(TemplateId, Option<Name>), FxHashMap<Term, NodeId>>;

/// The node of a template that declares an object, or the module that contains its declaration; otherwise a node that
/// refers to it as `existing`.
fn declaration_of(
    analysis: &mut Analysis<'_, '_>,
    declared: &mut Declared,
    at: TemplateId,
    object: Term,
) -> Option<NodeId> {
    let ty = analysis.evaluator.known_terms().type_of_id(object);
    let of = declared.entry((at, ty)).or_insert_with(|| {
        let mut of = FxHashMap::default();
        for (object, node) in analysis.declarations(at, ty) {
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

/// The displayed path of a template.
pub(super) fn displayed<'a>(analysis: &'a Analysis<'_, '_>, id: TemplateId) -> &'a str {
    let workspace = analysis.evaluator.workspace();
    &workspace.sources.file(workspace.template(id).file).path
}

/// The roots that are parameter files, as indexes into [`Analysis::reached`].
fn parameter_files(analysis: &Analysis<'_, '_>) -> Vec<usize> {
    let workspace = analysis.evaluator.workspace();
    let is_file = |root: TemplateId| workspace.template(root).language == Language::Params;
    (0..analysis.reached.len()).filter(|&ix| is_file(analysis.reached[ix].0)).collect()
}

/// Splits the parameter files that reach a template into those under which the race happens, and the others.
fn environments(
    analysis: &Analysis<'_, '_>,
    at: TemplateId,
    under: &[UnderRoot],
    files: &[usize],
) -> Environments {
    // Shortcut: most runs have no parameter file, but may have very many roots.
    if files.is_empty() {
        return Environments::default();
    }
    let workspace = analysis.evaluator.workspace();
    let is_file = |root: TemplateId| workspace.template(root).language == Language::Params;
    let is_under = |root: TemplateId| under.iter().any(|(of, _)| *of == root);
    let files = || files.iter().filter_map(|&ix| analysis.reached.get(ix));
    let reaching = files().filter(|(_, reached)| reached.contains(&at));
    let (of, others): (Vec<TemplateId>, Vec<TemplateId>) =
        reaching.map(|(root, _)| *root).partition(|&root| is_under(root));
    let shown = |files: Vec<TemplateId>| {
        let mut shown: Vec<String> =
            files.into_iter().map(|file| displayed(analysis, file).to_owned()).collect();
        shown.small_sort();
        shown.dedup();
        shown
    };
    let has_file = |root| files().any(|(file, _)| workspace.deployed_by(*file) == Some(root));
    let mut templates = under.iter().map(|(root, _)| *root).filter(|&root| !is_file(root));
    Environments { of: shown(of), not_in: shown(others), is_covered: templates.all(has_file) }
}

/// A schedule in which the two runs of a pair overlap.
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
