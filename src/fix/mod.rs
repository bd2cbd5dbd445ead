//! Turns findings into text edits that remove the race: new entries in `dependsOn`, and `@batchSize(1)`.

pub mod apply;
#[cfg(feature = "cli")]
mod diff;
pub mod edit;
mod element;
mod layout;
pub mod names;
pub mod plan;
mod words;
#[cfg(feature = "cli")]
mod write;

#[cfg(test)]
mod edit_tests;

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use self::edit::ByHand;
use self::element::by_element;
use self::names::Names;
use self::plan::{Before, Waits};
use self::words::{by_late, said};
use crate::eval::feasibility::{Feasibility, feasible};
use crate::eval::term::{CopyVariable, Term};
use crate::level::Level;
use crate::race::analysis::{Analysis, Roots};
use crate::race::components::Analyses;
use crate::race::effect::{Conflict, EffectId, conflict};
use crate::race::link::{Element, Link};
use crate::race::pair::Fault;
use crate::rules::finding::{Edit, Finding, Fix};
use crate::rules::{Remedy, rule, sentence};
use crate::small_sort::SmallSort as _;
use crate::source::{FileId, Place, Sources};
use crate::template::{NodeId, Template};
use crate::workspace::{Provenance, TemplateId};

/// Adds remedies to the findings of `level` and above: edges for missing orders, `@batchSize(1)` for loops. Findings that are
/// suppressed or in the baseline are skipped. All edges of a template are computed together, so that they are as few as
/// possible and form no cycle.
///
/// `made` caches the remedies of each template, and is used again if the template's open findings are the same.
pub fn remedies(kept: &mut Analyses<'_, '_>, findings: &mut [Finding], level: Level, made: &mut Remedies) {
    let workspace = kept.workspace();
    let mut templates: BTreeMap<TemplateId, (Roots, Vec<usize>)> = BTreeMap::new();
    for (ix, finding) in findings.iter_mut().enumerate() {
        let why = left_out(finding, level, workspace.provenance(finding.race.template));
        // A finding that is always fixed by hand may know a better reason than its rule.
        if finding.no_fix.is_empty() || !matches!(rule(finding.rule).remedy, Remedy::ByHand(_)) {
            why.clone_into(&mut finding.no_fix);
        }
        if finding.level >= level && finding.suppression.is_none() && !finding.baselined {
            let race = &finding.race;
            let of = templates.entry(race.template).or_insert_with(|| (race.analysis.clone(), Vec::new()));
            of.1.push(ix);
        }
    }
    for (id, (roots, of)) in templates {
        if workspace.provenance(id) != Provenance::File {
            continue;
        }
        let open: Vec<String> = of.iter().map(|&ix| findings[ix].fingerprint.clone()).collect();
        if let Some(known) = made.of.get(&id).filter(|known| known.open == open) {
            for (&ix, said) in of.iter().zip(&known.remedies) {
                said.of(&mut findings[ix]);
            }
            continue;
        }
        remedies_of(kept.at(&roots), id, &of, findings);
        let remedies = of.iter().map(|&ix| Said::new(&mut findings[ix])).collect();
        made.of.insert(id, Made { open, remedies });
    }
}

/// The reason why a finding gets no edits, regardless of its race; empty if it may get some.
fn left_out(finding: &Finding, level: Level, provenance: Provenance) -> &'static str {
    match rule(finding.rule).remedy {
        Remedy::ByHand(why) => why,
        _ if finding.suppression.is_some() => "it is suppressed",
        _ if finding.baselined => "the baseline accepts it",
        _ if finding.level < level => "it is below the level that is asked for",
        _ if provenance != Provenance::File => "it lies in a module that is not yours to change",
        Remedy::Own | Remedy::None | Remedy::Order | Remedy::Batch => "",
    }
}

/// A cache of remedies by template.
#[derive(Default)]
pub struct Remedies {
    of: BTreeMap<TemplateId, Made>,
}

impl Remedies {
    /// Removes and returns the remedies of a template.
    pub fn take(&mut self, template: TemplateId) -> Option<Made> {
        self.of.remove(&template)
    }

    /// Inserts the remedies of a template.
    pub fn put(&mut self, template: TemplateId, made: Made) {
        self.of.insert(template, made);
    }
}

/// The remedies of one template.
pub struct Made {
    /// The fingerprints of the findings for which they were computed together.
    open: Vec<String>,
    /// The remedy of each of these findings.
    remedies: Vec<Said>,
}

/// The remedy of one finding.
struct Said {
    help: String,
    order: Vec<(usize, usize)>,
    fix: Option<Fix>,
    no_fix: String,
}

impl Said {
    fn new(finding: &mut Finding) -> Self {
        if finding.fix.is_some() {
            finding.no_fix.clear();
        }
        Self {
            help: finding.help.clone(),
            order: finding.order.clone(),
            fix: finding.fix.clone(),
            no_fix: finding.no_fix.clone(),
        }
    }

    fn of(&self, finding: &mut Finding) {
        finding.help.clone_from(&self.help);
        finding.order.clone_from(&self.order);
        finding.fix.clone_from(&self.fix);
        finding.no_fix.clone_from(&self.no_fix);
    }
}

impl Made {
    /// The edits.
    pub fn fixes(&mut self) -> impl Iterator<Item = &mut Fix> {
        self.remedies.iter_mut().filter_map(|said| said.fix.as_mut())
    }
}

fn remedies_of(analysis: &mut Analysis<'_, '_>, id: TemplateId, of: &[usize], findings: &mut [Finding]) {
    let template = analysis.evaluator.workspace().template(id);
    let required = required(analysis, id);
    let mut possible = possible(analysis, id, &required);
    let mut waits = waits(analysis, id);
    let circular: Orders = plan::circular(&waits.of, &possible).into_iter().collect();
    possible.retain(|order| !circular.contains(order));
    // Prescribed orders that are possible guide the choice of edges. If none is prescribed, either direction is right.
    for order in possible {
        waits.should[order.late.ix()].push(order.early);
    }
    let mut shares: Vec<Share> = of.iter().map(|_| Share::default()).collect();
    let mut pairs: Vec<(NodeId, NodeId)> = Vec::new();
    for (at, &ix) in of.iter().enumerate() {
        let finding = &findings[ix];
        if rule(finding.rule).remedy != Remedy::Order {
            continue;
        }
        let of_finding = wanted(analysis, id, finding, &waits);
        let hindrances =
            of_finding.iter().filter_map(|&pair| hindrance(analysis, id, (&required, &circular), pair));
        shares[at].by_hand = hindrances.collect();
        // Skip the whole finding: half a remedy would leave a finding behind.
        if shares[at].by_hand.is_empty() {
            for (one, other) in of_finding {
                pairs.push((one, other));
                shares[at].pairs.push((one, other));
            }
        }
    }
    let mut batched: FxHashSet<NodeId> = FxHashSet::default();
    let added = edges(analysis, id, &pairs, &waits);
    let each = by_element(analysis, id, &pairs, &added);
    divide(&mut shares, &added, |at| findings[of[at]].level);
    let names = Names::new(template);
    let sources = &analysis.evaluator.workspace().sources;
    let mut written = Written::default();
    for (&ix, share) in of.iter().zip(&shares) {
        let finding = &mut findings[ix];
        match rule(finding.rule).remedy {
            Remedy::Order => order(&names, finding, (share, &each), &mut written),
            Remedy::Batch => batch(template, finding, &mut batched),
            Remedy::Own | Remedy::None | Remedy::ByHand(_) => {}
        }
    }
    put_in_order(&waits, findings, of.iter().copied().zip(&shares));
    let mut new: Vec<Vec<NodeId>> = vec![Vec::new(); waits.of.len()];
    for &Before { early, late } in &added {
        new[late.ix()].push(early);
    }
    let mut cured_by: FxHashMap<Place, Vec<String>> = FxHashMap::default();
    for (&ix, share) in of.iter().zip(&shares) {
        if rule(findings[ix].rule).remedy == Remedy::Order && share.by_hand.is_empty() {
            let places = refer(&names, sources, &mut findings[ix], share, (&waits, &new, &written));
            for place in places {
                cured_by.entry(place).or_default().push(findings[ix].fingerprint.clone());
            }
        }
    }
    for &ix in of {
        name_those_served(&mut findings[ix], &cured_by);
    }
}

/// Divides the new edges among the findings. The weightiest finding with a pair speaks of its edge. Of those that speak of edges
/// of one declaration, the weightiest edits it, so that all edits can be applied together.
fn divide(shares: &mut [Share], added: &[Before], level: impl Fn(usize) -> Level) {
    let mut by_weight: Vec<usize> = (0..shares.len()).collect();
    by_weight.small_sort_by_key(|&at| (std::cmp::Reverse(level(at)), at));
    let mut serves: FxHashMap<(NodeId, NodeId), usize> = FxHashMap::default();
    for (rank, &at) in by_weight.iter().enumerate() {
        for &(one, other) in &shares[at].pairs {
            serves.entry((one.min(other), one.max(other))).or_insert(rank);
        }
    }
    let speaker = |&Before { early, late }: &Before| serves.get(&(late.min(early), late.max(early))).copied();
    let mut editors: FxHashMap<NodeId, usize> = FxHashMap::default();
    for order in added {
        let Some(rank) = speaker(order) else { continue };
        let editor = editors.entry(order.late).or_insert(rank);
        *editor = rank.min(*editor);
    }
    for &order in added {
        let Some(rank) = speaker(&order) else { continue };
        shares[by_weight[rank]].says.push(order);
        shares[by_weight[editors[&order.late]]].writes.push(order);
    }
}

/// Gives findings their pairs in the order of the plan.
fn put_in_order<'s>(
    waits: &Waits,
    findings: &mut [Finding],
    shares: impl Iterator<Item = (usize, &'s Share)>,
) {
    let place = plan::place_of_each(waits);
    for (ix, share) in shares {
        let finding = &mut findings[ix];
        if rule(finding.rule).remedy == Remedy::Order && share.by_hand.is_empty() {
            let place = |ix: usize| place[finding.participants[ix].node.ix()];
            let apart = finding.pairs.iter().copied().filter(|(one, other)| one != other);
            let order =
                apart.map(|(one, other)| if place(one) > place(other) { (other, one) } else { (one, other) });
            finding.order = order.collect();
        }
    }
}

/// Says of the edits of a finding which findings they serve.
fn name_those_served(finding: &mut Finding, cured_by: &FxHashMap<Place, Vec<String>>) {
    let own = finding.fingerprint.clone();
    let Some(fix) = &mut finding.fix else { return };
    let others = fix.edits.iter().filter_map(|edit| cured_by.get(&edit.place)).flatten();
    fix.serves = std::iter::once(own).chain(others.cloned()).collect();
    fix.serves.small_sort();
    fix.serves.dedup();
}

/// The outcome for each new edge: the place of its edit, or why it has to be written by hand.
type Written = FxHashMap<Before, Result<Place, ByHand>>;

/// For a finding that is cured by edits of other findings, sets a help text that points to them, so that the findings of a root
/// do not contradict each other. Returns the places of these edits.
fn refer(
    names: &Names<'_>,
    sources: &Sources,
    finding: &mut Finding,
    share: &Share,
    (waits, added, written): (&Waits, &[Vec<NodeId>], &Written),
) -> Vec<Place> {
    let template = names.template;
    let symbol = |node: NodeId| format!("`{}`", template.node(node).symbol);
    let elsewhere = share.says.iter().filter(|edge| !share.writes.contains(edge));
    let mut places: Vec<Place> = Vec::new();
    let mut through: Option<Before> = None;
    let mut is_by_hand = false;
    let mut take = |edge: &Before| match written.get(edge) {
        Some(Ok(place)) if !places.contains(place) => places.push(*place),
        Some(Ok(_)) => {}
        Some(Err(_)) | None => is_by_hand = true,
    };
    elsewhere.for_each(&mut take);
    // Only as many pairs as the finding lists; the others are ordered in the same way.
    for &pair in share.pairs.iter().take(finding.pairs.len().max(1)) {
        let Some((order, edges)) = plan::on_the_way(waits, added, pair) else { continue };
        if share.says.is_empty() {
            through = through.or(Some(order));
        }
        // Ex) `er` waits for `vpn` by this finding's edit, and `fw` for `er` by that of another one
        edges.iter().filter(|edge| !share.writes.contains(edge)).for_each(&mut take);
    }
    places.small_sort();
    if finding.no_fix.is_empty() {
        let is_covered = if places.is_empty() {
            "another finding asks for what orders it"
        } else {
            "another finding's edit covers it"
        };
        is_covered.clone_into(&mut finding.no_fix);
    }
    let listed = listed(sources, &places);
    let edits = match listed.as_slice() {
        [] => None,
        [only] => Some(format!("the edit at {only}")),
        [before @ .., last] => Some(format!("the edits at {} and {last}", before.join(", "))),
    };
    match (through, edits) {
        (Some(Before { early, late }), Some(edits)) => {
            let by_hand = if is_by_hand { " and what is done by hand" } else { "" };
            let result = format!("{} then waits for {}", symbol(late), symbol(early));
            finding.help = format!("covered by {edits}{by_hand}: {result}");
        }
        (Some(Before { early, late }), None) => {
            finding.help =
                format!("let {} wait for {}, by what another finding asks for", symbol(late), symbol(early));
        }
        (None, Some(edits)) if finding.fix.is_none() => {
            finding.help = format!("{}: covered by {edits}", finding.help);
        }
        (None, Some(edits)) => finding.help = format!("{}, also by {edits}", finding.help),
        (None, None) => {}
    }
    places
}

/// Places as they are listed: of several in one file, the first has its name.
/// Ex) `main.bicep:8`, `12`
fn listed(sources: &Sources, places: &[Place]) -> Vec<String> {
    let mut before = None;
    let listed = places.iter().map(|place| {
        let file = sources.file(place.file);
        let line = file.position(place.span.start).line;
        let is_same = before.replace(place.file) == Some(place.file);
        if is_same { line.to_string() } else { format!("{}:{line}", file.path) }
    });
    listed.collect()
}

/// Orders that the catalogue prescribes.
type Orders = FxHashSet<Before>;

/// One finding's share of the remedy of its template.
#[derive(Debug, Default)]
struct Share {
    /// The pairs to order.
    pairs: Vec<(NodeId, NodeId)>,
    says: Vec<Before>,
    writes: Vec<Before>,
    by_hand: Vec<Hindrance>,
}

/// Why inserting an edge cannot order a pair.
#[derive(Clone, Copy, Debug)]
enum Hindrance {
    /// The first node must come first, but waits for the second, for some instances or in some world. That edge has to be
    /// removed.
    Backward(Before),
    /// Each of the two nodes contains a writer that must run after one in the other.
    NoOrder(NodeId, NodeId),
    /// The first node must come first, but existing or prescribed edges make it wait for the second.
    Circle(Before),
}

/// The reason why a pair cannot be ordered, if there is one.
fn hindrance(
    analysis: &Analysis<'_, '_>,
    id: TemplateId,
    (required, circular): (&Orders, &Orders),
    (one, other): (NodeId, NodeId),
) -> Option<Hindrance> {
    let forward = Before { early: one, late: other };
    let backward = Before { early: other, late: one };
    let order = match (required.contains(&forward), required.contains(&backward)) {
        (true, true) => return Some(Hindrance::NoOrder(one, other)),
        (true, false) => forward,
        (false, true) => backward,
        (false, false) => return None,
    };
    let Before { early, late } = order;
    if analysis.summaries.get(id).is_some_and(|summary| summary.links.may_reach(early, late)) {
        return Some(Hindrance::Backward(order));
    }
    circular.contains(&order).then_some(Hindrance::Circle(order))
}

/// Maximum number of participants for which omitted pairs are recomputed. With more, each participant is ordered with the next
/// one.
const MAX_PAIRED: usize = 256;

/// The pairs to order. A finding lists at most 100 pairs; if it omits some, they are recomputed from its participants.
fn wanted(
    analysis: &Analysis<'_, '_>,
    id: TemplateId,
    finding: &Finding,
    waits: &Waits,
) -> Vec<(NodeId, NodeId)> {
    let participants = &finding.participants;
    if finding.pairs_omitted == 0 {
        let node = |ix: usize| participants[ix].node;
        return finding.pairs.iter().map(|&(one, other)| (node(one), node(other))).collect();
    }
    let Some(summary) = analysis.summaries.get(id) else { return Vec::new() };
    if participants.len() > MAX_PAIRED {
        let row = plan::in_order(waits, participants.iter().map(|one| one.node).collect());
        return row.windows(2).map(|pair| (pair[0], pair[1])).collect();
    }
    let aspect = |ix: usize| summary.effect(participants[ix].effect).aspect;
    let races = |one: usize, other: usize| {
        let conflict = conflict(&analysis.writers, aspect(one), aspect(other));
        conflict.is_some_and(|conflict| conflict != Conflict::LostUpdate)
    };
    let pairs = (0..participants.len()).flat_map(|one| (0..one).map(move |other| (other, one)));
    let racing = pairs.filter(|&(one, other)| races(one, other));
    racing.map(|(one, other)| (participants[one].node, participants[other].node)).collect()
}

/// Orders that the catalogue prescribes, such as routing intent after the gateways.
fn required(analysis: &Analysis<'_, '_>, id: TemplateId) -> Orders {
    let Some(summary) = analysis.summaries.get(id) else { return Orders::default() };
    let races = analysis.races.iter().filter(|race| race.at == id && race.first != race.second);
    let ordered = races.filter_map(|race| {
        let (first, second) = (summary.effect(race.first), summary.effect(race.second));
        let (early, late) = match conflict(&analysis.writers, first.aspect, second.aspect)? {
            Conflict::FirstBeforeSecond => (first.node, second.node),
            Conflict::SecondBeforeFirst => (second.node, first.node),
            Conflict::Unordered | Conflict::LostUpdate => return None,
        };
        (early != late).then_some(Before { early, late })
    });
    ordered.collect()
}

/// The prescribed orders that neither an opposite prescribed order nor an existing edge contradicts, in source order.
fn possible(analysis: &Analysis<'_, '_>, id: TemplateId, required: &Orders) -> Vec<Before> {
    let Some(summary) = analysis.summaries.get(id) else { return Vec::new() };
    let possible = required.iter().copied().filter(|&Before { early, late }| {
        !required.contains(&Before { early: late, late: early }) && !summary.links.may_reach(early, late)
    });
    let mut possible: Vec<Before> = possible.collect();
    possible.small_sort();
    possible
}

/// The existing edges of a template, and each node's rank in the preferred order.
fn waits(analysis: &Analysis<'_, '_>, id: TemplateId) -> Waits {
    let Some(summary) = analysis.summaries.get(id) else { return Waits::default() };
    let links = &summary.links.waits;
    let of = links.iter().map(|links| links.iter().map(|link| link.target).collect()).collect();
    let terms = analysis.evaluator.known_terms();
    let (counts, guards) = (&summary.links.counts, &summary.links.guards);
    // Waiting for every single instance is waiting for the whole loop.
    let all = |links: &[Link], target: NodeId| {
        let count = counts[target.ix()].and_then(|count| terms.known_int(count));
        let has = |at: i64| {
            links.iter().any(|link| {
                link.target == target && matches!(link.element, Element::At(own) if i64::from(own) == at)
            })
        };
        count.is_some_and(|count| count <= links.len() as i64 && (0..count).all(has))
    };
    let whole = links.iter().map(|links| {
        let whole = links.iter().filter(|link| match link.element {
            Element::All => true,
            Element::At(_) => all(links, link.target),
            Element::Same | Element::By(_) => false,
        });
        whole.map(|link| link.target).collect()
    });
    let each = links.iter().enumerate().map(|(late, links)| {
        let is_always = counts[late].is_some() && !terms.mentions_copy(guards[late], CopyVariable::OF_NODE);
        let own = links.iter().filter(|link| {
            is_always && link.element == Element::Same && counts[link.target.ix()] == counts[late]
        });
        own.map(|link| link.target).collect()
    });
    let mut ranks = vec![0; links.len()];
    // Only effects that race decide a node's rank.
    let races = analysis.races.iter().filter(|race| race.at == id);
    for effect in races.flat_map(|race| [race.first, race.second]).map(|effect| summary.effect(effect)) {
        let rank = analysis.writers.of(effect.aspect).map_or(0, |(_, writer)| writer.rank);
        let known = &mut ranks[effect.node.ix()];
        *known = rank.max(*known);
    }
    let should = vec![Vec::new(); links.len()];
    Waits { of, should, whole: whole.collect(), each: each.collect(), ranks }
}

/// For each racing pair of nodes (smaller number first) the formula under which it is unordered. Pairs whose race depends on
/// the caller are left out.
fn unordered(analysis: &mut Analysis<'_, '_>, id: TemplateId) -> FxHashMap<(NodeId, NodeId), Term> {
    let Analysis { summaries, evaluator, races, .. } = analysis;
    let Some(summary) = summaries.get(id) else { return FxHashMap::default() };
    let own: FxHashMap<(EffectId, EffectId, Fault), Term> = summary
        .hazards
        .own(id)
        .map(|(first, second, fault, formula)| ((first, second, fault), formula))
        .collect();
    let crowds = summary.hazards.crowds.iter().filter(|crowd| crowd.at == id && !crowd.is_carried);
    let guards: FxHashMap<EffectId, Term> =
        crowds.flat_map(|crowd| crowd.members.iter().copied().zip(crowd.guards.iter().copied())).collect();
    let terms = evaluator.terms();
    let mut of_pair: FxHashMap<(NodeId, NodeId), Option<Vec<Term>>> = FxHashMap::default();
    for race in races.iter().filter(|race| race.at == id) {
        let [one, other] = [race.first, race.second].map(|effect| summary.effect(effect).node);
        let formulas = of_pair.entry((one.min(other), one.max(other))).or_insert_with(|| Some(Vec::new()));
        let in_crowd = guards.get(&race.first).zip(guards.get(&race.second));
        let of_crowd = in_crowd.map(|(&one, &other)| terms.and(&[one, other]));
        match own.get(&(race.first, race.second, race.fault)).copied().or(of_crowd) {
            Some(formula) => formulas.iter_mut().for_each(|all| all.push(formula)),
            // The pair meets only through a caller's arguments, so there is no formula here.
            None => *formulas = None,
        }
    }
    of_pair.into_iter().filter_map(|(pair, formulas)| Some((pair, terms.or(&formulas?)))).collect()
}

/// Maximum number of conditional writers for which each waits for all earlier ones (three gateways of a hub). That stays
/// correct even for a reader who doubts that order passes through resources that are not deployed. Longer rows become chains.
const SPELT_OUT: usize = 3;

/// The fewest edges that order all pairs.
fn edges(
    analysis: &mut Analysis<'_, '_>,
    id: TemplateId,
    pairs: &[(NodeId, NodeId)],
    waits: &Waits,
) -> Vec<Before> {
    let unordered = unordered(analysis, id);
    let Analysis { summaries, evaluator, .. } = analysis;
    let Some(summary) = summaries.get(id) else { return Vec::new() };
    let terms = evaluator.terms();
    let deployed: Vec<Term> =
        (0..waits.of.len() as u32).map(|node| summary.links.deployed(terms, NodeId(node))).collect();
    let is_conditional = |node: NodeId| !terms.is_true(deployed[node.ix()]);
    let mut conditional: Vec<usize> = vec![0; waits.of.len()];
    for &(one, other) in pairs {
        conditional[one.ix()] += usize::from(is_conditional(other));
        conditional[other.ix()] += usize::from(is_conditional(one));
    }
    let mut known: FxHashMap<Term, bool> = FxHashMap::default();
    plan::edges(waits, pairs, |Before { early, late }, middle| {
        // Order passes through nodes that are not deployed, except through a loop whose elements wait one by one.
        let is_chain = conditional[late.ix()] > SPELT_OUT && waits.each[middle.ix()].is_empty();
        let middle = deployed[middle.ix()];
        if is_chain || terms.is_true(middle) {
            return true;
        }
        let mut needed = vec![deployed[late.ix()], deployed[early.ix()]];
        needed.extend(unordered.get(&(late.min(early), late.max(early))));
        if needed.contains(&middle) {
            return true;
        }
        needed.push(terms.not(middle));
        let dropped = terms.and(&needed);
        *known.entry(dropped).or_insert_with(|| matches!(feasible(terms, dropped), Feasibility::Infeasible))
    })
}

fn batch(template: &Template, finding: &mut Finding, batched: &mut FxHashSet<NodeId>) {
    let (mut edits, mut by_hand) = (Vec::new(), Vec::new());
    for (ix, participant) in finding.participants.iter().enumerate() {
        if !finding.pairs.contains(&(ix, ix)) {
            continue;
        }
        if !batched.insert(participant.node) {
            finding.no_fix = format!("the remedy of another finding makes `{}` serial", participant.symbol);
            continue;
        }
        match edit::batch_size(template, participant.node) {
            Ok(edit) => edits.push(edit),
            Err(one) => by_hand.push(one),
        }
    }
    if !by_hand.is_empty() {
        finding.help = joined(by_hand.iter().map(|one| &one.what));
        finding.no_fix = joined(by_hand.iter().map(|one| &one.why));
    } else if !edits.is_empty() {
        edits.small_sort_by_key(|edit| edit.place);
        finding.fix = Some(Fix { description: finding.help.clone(), edits, serves: Vec::new() });
    }
}

/// Joins several texts, each once.
fn joined<'s>(all: impl Iterator<Item = &'s String>) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in all {
        if !parts.contains(&part.as_str()) {
            parts.push(part);
        }
    }
    parts.join("; ")
}

fn order(
    names: &Names<'_>,
    finding: &mut Finding,
    (share, each): (&Share, &FxHashSet<Before>),
    written: &mut Written,
) {
    let template = names.template;
    let symbol = |node: NodeId| format!("`{}`", template.node(node).symbol);
    // Mention every edge that its own edits add, so that text and edits agree.
    let others = share.writes.iter().filter(|edge| !share.says.contains(edge));
    let told: Vec<Before> = share.says.iter().chain(others).copied().collect();
    if !told.is_empty() {
        finding.help = format!("make {}", said(&told, template, each));
    }
    let (mut edits, mut by_hand) = (Vec::new(), Vec::new());
    for (late, all) in by_late(&share.writes) {
        let elements: Vec<NodeId> =
            all.iter().copied().filter(|&early| each.contains(&Before { early, late })).collect();
        let made = edit::depends_on(names, late, &all, &elements);
        let place = made.as_ref().map(|edits| edits[0].place).map_err(Clone::clone);
        written.extend(all.iter().map(|&early| (Before { early, late }, place.clone())));
        match made {
            Ok(made) => edits.extend(made),
            Err(one) => by_hand.push(one),
        }
    }
    if !by_hand.is_empty() {
        finding.help = format!("{}: {}", finding.help, joined(by_hand.iter().map(|one| &one.what)));
        finding.no_fix = joined(by_hand.iter().map(|one| &one.why));
    }
    if !share.by_hand.is_empty() {
        // Declarations that must not wait for the same one are described together.
        let backward = |late: NodeId| {
            let early = share.by_hand.iter().filter_map(|hindrance| match *hindrance {
                Hindrance::Backward(order) if order.late == late => Some(symbol(order.early)),
                _ => None,
            });
            sentence(&early.collect::<Vec<_>>())
        };
        let told = |hindrance: &Hindrance| match *hindrance {
            Hindrance::Backward(Before { late, .. }) => {
                format!("{} must not wait for {}, and edits take nothing away", backward(late), symbol(late))
            }
            Hindrance::NoOrder(one, other) => {
                format!("each of {} and {} has a writer that must come last", symbol(one), symbol(other))
            }
            Hindrance::Circle(Before { early, late }) => {
                let (early, late) = (symbol(early), symbol(late));
                format!("{late} must wait for {early}, which has to wait for {late} for another reason")
            }
        };
        let mut hindrances: Vec<String> = share.by_hand.iter().map(told).collect();
        let mut once = FxHashSet::default();
        hindrances.retain(|told| once.insert(told.clone()));
        finding.help = format!("by hand: {}", hindrances.join(", "));
        finding.no_fix = match share.by_hand[0] {
            Hindrance::Backward(_) => "edits only insert, and an edge must go".to_owned(),
            Hindrance::NoOrder(..) => "neither order is right".to_owned(),
            Hindrance::Circle(_) => "it would close a circle".to_owned(),
        };
    }
    if !edits.is_empty() {
        edits.small_sort_by_key(|edit| edit.place);
        finding.fix = Some(Fix { description: finding.help.clone(), edits, serves: Vec::new() });
    }
}

/// The edits of all findings of a file.
pub fn edits_of(findings: &[Finding], file: FileId) -> Vec<&Edit> {
    let edits = findings.iter().filter_map(|finding| finding.fix.as_ref()).flat_map(|fix| &fix.edits);
    edits.filter(|edit| edit.place.file == file).collect()
}
