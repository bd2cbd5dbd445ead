//! Whether the order of two nodes passes through a third one.

use petgraph::unionfind::UnionFind;
use rustc_hash::FxHashMap;

use super::plan::{Before, Waits};
use crate::eval::feasibility::is_feasible;
use crate::eval::term::Term;
use crate::race::analysis::Analysis;
use crate::race::effect::EffectId;
use crate::race::pair::Fault;
use crate::template::NodeId;
use crate::workspace::TemplateId;

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

/// What holds for a node holds for all nodes that pairs connect with it, so that the remedy of one row has one form.
fn of_whole_rows(pairs: &[(NodeId, NodeId)], holds: Vec<bool>) -> Vec<bool> {
    let mut rows: UnionFind<usize> = UnionFind::new(holds.len());
    for &(one, other) in pairs {
        rows.union(one.ix(), other.ix());
    }
    let mut of_row = vec![false; holds.len()];
    for (node, holds) in holds.into_iter().enumerate() {
        of_row[rows.find(node)] |= holds;
    }
    (0..of_row.len()).map(|node| of_row[rows.find(node)]).collect()
}

/// What decides whether a path counts as an order, for the pairs of one template.
#[derive(Default)]
pub(super) struct Passing {
    /// The formula under which each node is deployed.
    deployed: Vec<Term>,
    /// Whether each node is one of many conditional nodes that have to be ordered, directly or through others.
    is_of_many: Vec<bool>,
    unordered: FxHashMap<(NodeId, NodeId), Term>,
    known: FxHashMap<Term, bool>,
}

impl Passing {
    pub(super) fn new(
        analysis: &mut Analysis<'_, '_>,
        id: TemplateId,
        waits: &Waits,
        pairs: &[(NodeId, NodeId)],
    ) -> Self {
        let unordered = unordered(analysis, id);
        let Analysis { summaries, evaluator, .. } = analysis;
        let Some(summary) = summaries.get(id) else { return Self::default() };
        let terms = evaluator.terms();
        let nodes = (0..waits.of.len() as u32).map(NodeId);
        let deployed: Vec<Term> = nodes.map(|node| summary.links.deployed(terms, node)).collect();
        let is_conditional = |node: NodeId| !terms.is_true(deployed[node.ix()]);
        let mut conditional: Vec<usize> = vec![0; waits.of.len()];
        for &(one, other) in pairs {
            conditional[one.ix()] += usize::from(is_conditional(other));
            conditional[other.ix()] += usize::from(is_conditional(one));
        }
        let is_of_many = of_whole_rows(pairs, conditional.iter().map(|&count| count > SPELT_OUT).collect());
        Self { deployed, is_of_many, unordered, known: FxHashMap::default() }
    }

    /// Whether a path through `middle` orders two nodes. Order passes through nodes that are not deployed, except through a loop
    /// whose elements wait one by one.
    pub(super) fn passes(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        waits: &Waits,
        Before { early, late }: Before,
        middle: NodeId,
    ) -> bool {
        let terms = analysis.evaluator.terms();
        let Some(&deployed) = self.deployed.get(middle.ix()) else { return false };
        let is_chain = self.is_of_many[late.ix()] && waits.each[middle.ix()].is_empty();
        if is_chain || terms.is_true(deployed) {
            return true;
        }
        let mut needed = vec![self.deployed[late.ix()], self.deployed[early.ix()]];
        needed.extend(self.unordered.get(&(late.min(early), late.max(early))));
        if needed.contains(&deployed) {
            return true;
        }
        needed.push(terms.not(deployed));
        let dropped = terms.and(&needed);
        let is_never = |terms: &mut _| is_feasible(terms, dropped) == Some(false);
        *self.known.entry(dropped).or_insert_with(|| is_never(terms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_of_many_as_a_whole() {
        let pair = |one, other| (NodeId(one), NodeId(other));
        let holds = of_whole_rows(
            &[pair(0, 1), pair(1, 2), pair(3, 4)],
            vec![false, false, true, false, false, false],
        );
        assert_eq!(holds, [true, true, true, false, false, false]);
    }
}
