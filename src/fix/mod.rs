//! Turns findings into text edits that remove the race: new entries in `dependsOn`, and `@batchSize(1)`.

pub mod apply;
#[cfg(feature = "cli")]
mod diff;
pub mod edit;
mod element;
mod layout;
pub mod names;
mod passing;
pub mod plan;
mod share;
mod usual;
mod words;
#[cfg(feature = "cli")]
mod write;

#[cfg(test)]
mod edit_tests;

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use self::element::by_element;
use self::names::Names;
use self::passing::Passing;
use self::plan::{Before, Waits};
use self::share::{Share, Written, divide, name_those_served, refer, relate, told_for_others};
use self::usual::{started, usual};
use self::words::{by_late, said, said_beside_edits, waits as told_waits};
use crate::azure::types;
use crate::eval::term::CopyVariable;
use crate::level::Level;
use crate::race::analysis::{Analysis, Race, Roots};
use crate::race::components::Analyses;
use crate::race::effect::{Conflict, conflict};
use crate::race::link::{Element, Link};
use crate::rules::finding::{Edit, Finding, Fix};
use crate::rules::parallel_loop::stops_others;
use crate::rules::{Remedy, RuleId, rule, sentence};
use crate::small_sort::SmallSort as _;
use crate::source::{FileId, Place};
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
        finding.no_fix = left_out(finding, level, workspace.provenance(finding.race.template)).into();
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
        Remedy::ByHand(why) => why_names_by_hand(finding).unwrap_or(why),
        _ if finding.suppression.is_some() => "it is suppressed",
        _ if finding.baselined => "the baseline accepts it",
        _ if finding.level < level => "it is below the requested level",
        _ if provenance != Provenance::File => "it is in a module that you cannot change",
        Remedy::Own | Remedy::None | Remedy::Order | Remedy::Batch => "",
    }
}

/// Why different names are written by hand, if the writers of a finding may need them: for instances of a loop that declare one
/// resource, and for types of which two declarations with one name are usually meant to be two resources.
fn why_names_by_hand(finding: &Finding) -> Option<&'static str> {
    let is_loop = finding.pairs.iter().all(|(one, other)| one == other);
    let ty = &finding.object.ty;
    match finding.rule {
        RuleId::DeclaredTwice if types::own_name(ty).is_some() => Some("you have to choose the new name"),
        RuleId::DeclaredTwice if is_loop && !types::has_fixed_name(ty) => {
            Some("you have to decide whether the instances are one resource or several")
        }
        _ => None,
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
    relies_on: Vec<Place>,
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
            relies_on: finding.relies_on.clone(),
            no_fix: finding.no_fix.clone(),
        }
    }

    fn of(&self, finding: &mut Finding) {
        finding.help.clone_from(&self.help);
        finding.order.clone_from(&self.order);
        finding.fix.clone_from(&self.fix);
        finding.relies_on.clone_from(&self.relies_on);
        finding.no_fix.clone_from(&self.no_fix);
    }
}

impl Made {
    /// The places of the edits, and of the edits of other findings that they rely on.
    pub fn places(&mut self) -> impl Iterator<Item = &mut Place> {
        self.remedies.iter_mut().flat_map(|said| {
            let edits = said.fix.iter_mut().flat_map(|fix| &mut fix.edits).map(|edit| &mut edit.place);
            edits.chain(&mut said.relies_on)
        })
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
    let usual = usual(analysis, id, &waits, &possible);
    for order in possible.into_iter().chain(usual) {
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
    let mut passing = Passing::new(analysis, id, &waits, &pairs);
    let passes = |order, middle| passing.passes(analysis, &waits, order, middle);
    let added = plan::edges(&waits, &pairs, passes);
    let each = by_element(analysis, id, &pairs, &added);
    let place = plan::place_of_each(&waits);
    divide(&mut shares, &added, |at| findings[of[at]].level);
    relate(analysis, &waits, &mut shares, &added, (&place, &mut passing));
    let names = Names::new(template);
    let sources = &analysis.evaluator.workspace().sources;
    let mut written = Written::default();
    for (&ix, share) in of.iter().zip(&shares) {
        let for_others = told_for_others(&names, share, &findings[ix], (of, findings));
        let finding = &mut findings[ix];
        match rule(finding.rule).remedy {
            Remedy::Order => order(&names, finding, (share, &each, &for_others), &mut written),
            Remedy::Batch if is_lost_anyway(analysis, id, finding) => {
                "neither order is right".clone_into(&mut finding.no_fix);
            }
            Remedy::Batch => batch(template, finding, &mut batched),
            Remedy::Own | Remedy::None | Remedy::ByHand(_) => {}
        }
    }
    put_in_order(&place, findings, of.iter().copied().zip(&shares));
    let mut cured_by: FxHashMap<Place, Vec<String>> = FxHashMap::default();
    for (&ix, share) in of.iter().zip(&shares) {
        if rule(findings[ix].rule).remedy == Remedy::Order && share.by_hand.is_empty() {
            refer(&names, sources, &mut findings[ix], share, (&place, &written));
            for &place in &findings[ix].relies_on {
                cured_by.entry(place).or_default().push(findings[ix].fingerprint.clone());
            }
        }
    }
    for &ix in of {
        name_those_served(&mut findings[ix], &cured_by);
    }
}

/// Gives findings their pairs in the order of the plan.
fn put_in_order<'s>(
    place: &[usize],
    findings: &mut [Finding],
    shares: impl Iterator<Item = (usize, &'s Share)>,
) {
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

/// Orders that the catalogue prescribes.
type Orders = FxHashSet<Before>;

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
    let should = vec![Vec::new(); links.len()];
    let starts = started(analysis, id).into_iter().map(|at| at / plan::SLOW).collect();
    Waits { of, should, whole: whole.collect(), each: each.collect(), starts }
}

/// Whether the instances of a loop stop each other also one after the other.
fn is_lost_anyway(analysis: &Analysis<'_, '_>, id: TemplateId, finding: &Finding) -> bool {
    let summary = analysis.summary(id);
    let is_own = |race: &&Race| {
        let effect = summary.effect(race.first);
        let entry = analysis.writers.of(effect.aspect).map(|(entry, _)| &*entry.id);
        entry == finding.entry.as_deref()
            && finding.participants.iter().any(|writer| writer.node == effect.node)
            && effect.object == finding.race.object
    };
    analysis.races.iter().filter(|race| race.at == id).filter(is_own).any(|race| stops_others(analysis, race))
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
    (share, each, for_others): (&Share, &FxHashSet<Before>, &str),
    written: &mut Written,
) {
    let template = names.template;
    let symbol = |node: NodeId| format!("`{}`", template.node(node).symbol);
    // Mention every edge that its own edits add, so that text and edits agree.
    let others = share.writes.iter().filter(|edge| !share.says.contains(edge));
    let told: Vec<Before> = share.says.iter().chain(others).copied().collect();
    if !told.is_empty() {
        finding.help = format!("make {}{for_others}", said(&told, template, each));
    }
    let (mut edits, mut by_hand) = (Vec::new(), Vec::new());
    for (late, all) in by_late(&share.writes) {
        let elements: Vec<NodeId> =
            all.iter().copied().filter(|&early| each.contains(&Before { early, late })).collect();
        let made = edit::depends_on(names, late, &all, &elements);
        let place = made.as_ref().map(|edits| edits[0].place).map_err(Clone::clone);
        written.extend(all.iter().map(|&early| (Before { early, late }, place.clone())));
        match made {
            Ok(mut made) => {
                made[0].order = told_waits(late, &all, template, each);
                edits.extend(made);
            }
            Err(one) => by_hand.push(one),
        }
    }
    if by_hand.is_empty() && told.len() == share.writes.len() && !told.is_empty() {
        finding.help = format!("make {}{for_others}", said_beside_edits(&told, template, each));
    }
    if !by_hand.is_empty() {
        finding.help = format!("{}: {}", finding.help, joined(by_hand.iter().map(|one| &one.what)));
        finding.no_fix = joined(by_hand.iter().map(|one| &one.why));
    }
    if !share.by_hand.is_empty() {
        // Declarations that must not wait for the same declaration are described together.
        let backward = |late: NodeId| {
            let early = share.by_hand.iter().filter_map(|hindrance| match *hindrance {
                Hindrance::Backward(order) if order.late == late => Some(symbol(order.early)),
                _ => None,
            });
            sentence(&early.collect::<Vec<_>>())
        };
        let told = |hindrance: &Hindrance| match *hindrance {
            Hindrance::Backward(Before { late, .. }) => {
                format!("{} must not wait for {}, and edits remove nothing", backward(late), symbol(late))
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
