//! What each finding of a template says and writes of the joint plan, and what it counts on that others write.

use rustc_hash::{FxHashMap, FxHashSet};

use super::edit::ByHand;
use super::names::Names;
use super::passing::Passing;
use super::plan::{self, Before, Waits};
use super::{Hindrance, joined};
use crate::level::Level;
use crate::race::analysis::Analysis;
use crate::rules::finding::Finding;
use crate::rules::sentence;
use crate::small_sort::SmallSort as _;
use crate::source::{Place, Sources};
use crate::template::NodeId;

/// One finding's share of the remedy of its template.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// The pairs to order.
    pub(super) pairs: Vec<(NodeId, NodeId)>,
    /// The new edges between the pairs; the text of the finding names them.
    pub(super) says: Vec<Before>,
    /// The new edges that its edits add.
    pub(super) writes: Vec<Before>,
    /// The edges that its pairs need and other findings write.
    pub(super) counts_on: Vec<Before>,
    /// The edges that its edits add though its own pairs do not need them, with the number of the share that does.
    pub(super) for_others: Vec<(Before, usize)>,
    /// Why its pairs cannot be ordered.
    pub(super) by_hand: Vec<Hindrance>,
}

/// Divides the new edges among the findings. The weightiest finding with a pair speaks of its edge. Of those that speak of edges
/// of one declaration, the weightiest edits it, so that all edits can be applied together.
pub(super) fn divide(shares: &mut [Share], added: &[Before], level: impl Fn(usize) -> Level) {
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

/// Finds for each finding what its pairs need of the edges that others write, and which of its own edges they do not need.
pub(super) fn relate(
    analysis: &mut Analysis<'_, '_>,
    waits: &Waits,
    shares: &mut [Share],
    added: &[Before],
    (place, passing): (&[usize], &mut Passing),
) {
    let speakers: FxHashMap<Before, usize> = shares
        .iter()
        .enumerate()
        .flat_map(|(at, share)| share.says.iter().map(move |&edge| (edge, at)))
        .collect();
    let mut new: Vec<Vec<NodeId>> = vec![Vec::new(); waits.of.len()];
    for &Before { early, late } in added {
        new[late.ix()].push(early);
    }
    for (at, share) in shares.iter_mut().enumerate() {
        if share.pairs.is_empty() || share.writes.len() == added.len() && share.says.len() == added.len() {
            continue;
        }
        let mut own: FxHashSet<NodeId> = share.writes.iter().map(|edge| edge.late).collect();
        let mut used: FxHashSet<Before> = FxHashSet::default();
        for &pair in share.pairs.iter().filter(|(one, other)| one != other) {
            let order = plan::directed(place, pair);
            let mut passes = |order, middle| passing.passes(analysis, waits, order, middle);
            let edges = plan::way((waits, &new, &own), place, order, &mut passes).unwrap_or_default();
            // An edit adds all new edges of its declaration.
            own.extend(edges.iter().map(|edge| edge.late));
            used.extend(edges);
        }
        let is_written = |edge: &Before| share.writes.iter().any(|written| written.late == edge.late);
        let mut counts_on: Vec<Before> = used.iter().copied().filter(|edge| !is_written(edge)).collect();
        counts_on.small_sort();
        let of_others = share.writes.iter().filter(|edge| !share.says.contains(edge) && !used.contains(edge));
        let for_others = of_others.filter_map(|&edge| Some((edge, *speakers.get(&edge)?)));
        let for_others: Vec<(Before, usize)> = for_others.filter(|&(_, other)| other != at).collect();
        share.counts_on = counts_on;
        share.for_others = for_others;
    }
}

/// Says which edges of a finding's edits are for others. `of` has the number of the finding of each share.
/// Ex) (`hub` for `hub-gateways`)
pub(super) fn told_for_others(
    names: &Names<'_>,
    share: &Share,
    own: &Finding,
    (of, findings): (&[usize], &[Finding]),
) -> String {
    let mut by_id: Vec<(String, Vec<String>)> = Vec::new();
    for &(Before { early, .. }, other) in &share.for_others {
        let id = findings[of[other]].id();
        let another = if id == own.id() { "another finding of " } else { "" };
        let id = format!("{another}`{id}`");
        let symbol = format!("`{}`", names.template.node(early).symbol);
        match by_id.iter_mut().find(|(known, _)| *known == id) {
            Some((_, symbols)) if symbols.contains(&symbol) => {}
            Some((_, symbols)) => symbols.push(symbol),
            None => by_id.push((id, vec![symbol])),
        }
    }
    if by_id.is_empty() {
        return String::new();
    }
    let told = by_id.iter().map(|(id, symbols)| format!("{} for {id}", sentence(symbols)));
    format!(" ({})", told.collect::<Vec<_>>().join(", "))
}

/// Says of the edits of a finding which findings they serve.
pub(super) fn name_those_served(finding: &mut Finding, cured_by: &FxHashMap<Place, Vec<String>>) {
    let own = finding.fingerprint.clone();
    let Some(fix) = &mut finding.fix else { return };
    let others = fix.edits.iter().filter_map(|edit| cured_by.get(&edit.place)).flatten();
    fix.serves = std::iter::once(own).chain(others.cloned()).collect();
    fix.serves.small_sort();
    fix.serves.dedup();
}

/// The outcome for each new edge: the place of its edit, or why it has to be written by hand.
pub(super) type Written = FxHashMap<Before, Result<Place, ByHand>>;

/// Names in the help of a finding the edits of other findings that its pairs count on, so that it can be taken by itself, and so that
/// the findings of a root do not contradict each other.
pub(super) fn refer(
    names: &Names<'_>,
    sources: &Sources,
    finding: &mut Finding,
    share: &Share,
    (place, written): (&[usize], &Written),
) {
    let symbol = |node: NodeId| format!("`{}`", names.template.node(node).symbol);
    let mut places: Vec<Place> = Vec::new();
    let mut by_hand: Vec<String> = Vec::new();
    for edge in &share.counts_on {
        match written.get(edge) {
            Some(Ok(place)) if !places.contains(place) => places.push(*place),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => {
                by_hand.push(format!("{} wait for {}", symbol(edge.late), symbol(edge.early)));
            }
        }
    }
    places.small_sort();
    if finding.no_fix.is_empty() {
        let is_covered = if places.is_empty() {
            "the remedy of another finding orders it"
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
    finding.relies_on = places;
    if share.counts_on.is_empty() {
        return;
    }
    let through = share.pairs.first().filter(|_| share.says.is_empty());
    match (through.map(|&pair| plan::directed(place, pair)), edits) {
        (Some(Before { early, late }), Some(edits)) => {
            let by_hand = if by_hand.is_empty() { "" } else { " and by manual edits" };
            let result = format!("{} then waits for {}", symbol(late), symbol(early));
            finding.help = format!("covered by {edits}{by_hand}: {result}");
        }
        (Some(Before { early, late }), None) => {
            finding.help = format!(
                "let {} wait for {}, as the remedy of another finding says",
                symbol(late),
                symbol(early)
            );
        }
        (None, edits) => {
            let is_covered = share.writes.is_empty() && by_hand.is_empty();
            if let Some(edits) = edits {
                finding.help +=
                    &if is_covered { format!(": covered by {edits}") } else { format!(", also by {edits}") };
            }
            if !by_hand.is_empty() {
                finding.help += &format!(", and by hand make {}", joined(by_hand.iter()));
            }
        }
    }
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
