//! Pairs that only the order decides, in templates with very many pairs.
//!
//! ```bicep
//! module m1 'gateway.bicep' = { … hub … }     // 200 calls in one template are 20,000 pairs of the hub, and as many of each other
//! module m2 'gateway.bicep' = { … hub … }     // object that all of them write: with 200 such templates 4,000,000 of each
//! ```
//!
//! All of these effects are unconditional and alike, so their pairs are too. A pair of declarations counts for the first object that
//! both write, as in a report. The first pairs of an object are kept, and later ones that name a writer without a kept pair. The others
//! are only counted.

use rustc_hash::FxHashSet;

use super::build::Builder;
use super::effect::{Aspect, Conflict, EffectId, Instance, conflict};
use super::pair::Fault;
use super::summary::{Hazards, Omitted, Potential, Summary};
use crate::eval::term::Term;
use crate::limit::Limit;
use crate::small_sort::SmallSort as _;
use crate::template::NodeId;

/// Maximum number of pairs of a template up to which every pair is kept. Not a limit, because the report is the same.
pub(super) const KEPT: usize = 2_000;

/// Buckets whose pairs only the order decides.
#[derive(Debug, Default)]
pub(super) struct Plain<'s> {
    buckets: Vec<&'s [EffectId]>,
    /// Number of pairs in all buckets.
    pairs: usize,
}

impl<'s> Plain<'s> {
    pub(super) fn add(&mut self, bucket: &'s [EffectId]) {
        self.pairs += bucket.len() * (bucket.len() - 1) / 2;
        self.buckets.push(bucket);
    }

    /// Whether there are few enough pairs to keep each.
    pub(super) const fn is_small(&self) -> bool {
        self.pairs <= KEPT
    }

    pub(super) fn buckets(&self) -> impl Iterator<Item = &'s [EffectId]> {
        self.buckets.iter().copied()
    }
}

/// A pair of plain effects that nothing orders.
struct Pair {
    bucket: usize,
    ids: [EffectId; 2],
    nodes: (NodeId, NodeId),
    /// The condition, and whether it is always true; `None` if the pair counts for another object.
    formula: Option<(Term, bool)>,
}

/// The kept pairs of one bucket.
#[derive(Debug, Default)]
struct Kept {
    /// Number of pairs that count for it.
    pairs: u64,
    /// Number of kept pairs among them.
    listed: u64,
    /// Whether some pairs count for another object.
    has_others: bool,
    /// The writers that a kept pair names.
    named: FxHashSet<NodeId>,
}

impl Kept {
    /// Counts a pair, and returns whether to keep it.
    fn takes(&mut self, (one, other): (NodeId, NodeId), (_, is_always): (Term, bool)) -> bool {
        self.pairs += 1;
        let is_new = self.named.insert(one) | self.named.insert(other);
        is_new || !is_always || Limit::ObjectPairs.check(self.pairs).is_ok()
    }
}

impl Builder<'_, '_, '_> {
    /// Whether only the order decides the pairs of a bucket: each effect belongs to another node, is unconditional, and like the others.
    pub(super) fn is_plain(&self, summary: &Summary, bucket: &[EffectId]) -> bool {
        let aspect = summary.effect(bucket[0]).aspect;
        let of_any_type = self.writers.of(aspect).is_none_or(|(entry, _)| entry.object_types.is_empty());
        of_any_type
            && conflict(self.writers, aspect, aspect) == Some(Conflict::Unordered)
            && bucket.iter().all(|&id| {
                let effect = summary.effect(id);
                effect.aspect == aspect
                    && effect.instance == Instance::Only
                    && effect.loops().is_empty()
                    && self.evaluator.known_terms().is_true(effect.guard)
            })
            && bucket.windows(2).all(|pair| summary.effect(pair[0]).node < summary.effect(pair[1]).node)
    }

    /// Adds the kept pairs of plain buckets. A pair that is kept for one object is kept for all, so that the rules can choose between
    /// them.
    pub(super) fn plain(&mut self, summary: &Summary, plain: &Plain<'_>, found: &mut Hazards) {
        let mut all: Vec<Kept> = Vec::new();
        all.resize_with(plain.buckets.len(), Kept::default);
        let mut kept: FxHashSet<(NodeId, NodeId)> = FxHashSet::default();
        self.each_pair(summary, plain, |pair| match pair.formula {
            Some(formula) => {
                if all[pair.bucket].takes(pair.nodes, formula) {
                    kept.insert(pair.nodes);
                }
            }
            None => all[pair.bucket].has_others = true,
        });
        let (at, fault) = (summary.template, Fault::Unordered);
        self.each_pair(summary, plain, |Pair { bucket, ids: [first, second], nodes, formula }| {
            if let Some((formula, _)) = formula.filter(|_| kept.contains(&nodes)) {
                all[bucket].listed += 1;
                found.potentials.push(Potential { at, first, second, fault, formula });
            }
        });
        for (ids, all) in plain.buckets.iter().zip(all) {
            let pairs = all.pairs - all.listed;
            if pairs > 0 || all.has_others {
                found.omitted.push(Omitted { at, effect: ids[0], pairs });
            }
        }
    }

    /// Calls a function with every pair, in the order in which pairs count.
    fn each_pair(&mut self, summary: &Summary, plain: &Plain<'_>, mut take: impl FnMut(Pair)) {
        let mut rows: Vec<(Aspect, EffectId, usize, usize)> = Vec::new();
        for (bucket, ids) in plain.buckets.iter().enumerate() {
            let of_bucket = ids.iter().enumerate();
            rows.extend(of_bucket.map(|(at, &id)| (summary.effect(id).aspect, id, bucket, at)));
        }
        rows.small_sort();
        // For each node the last earlier node with which it is known to be a pair.
        let mut before: Vec<Option<NodeId>> = vec![None; summary.links.ranks.len()];
        let mut of_aspect = None;
        for (aspect, first, bucket, at) in rows {
            if of_aspect.replace(aspect) != Some(aspect) {
                before.fill(None);
            }
            let one = summary.effect(first).node;
            for &second in &plain.buckets[bucket][at + 1..] {
                let other = summary.effect(second).node;
                let pair = Pair { bucket, ids: [first, second], nodes: (one, other), formula: None };
                if before[other.ix()] == Some(one) {
                    take(pair);
                } else if let Some(formula) = self.of_plain(summary, first, second) {
                    before[other.ix()] = Some(one);
                    let is_always = self.evaluator.known_terms().is_true(formula);
                    take(Pair { formula: Some((formula, is_always)), ..pair });
                }
            }
        }
    }

    /// The condition under which two plain effects are unordered; `None` if they are always ordered.
    fn of_plain(&mut self, summary: &Summary, first: EffectId, second: EffectId) -> Option<Term> {
        let (one, other) = (summary.effect(first), summary.effect(second));
        let links = &summary.links;
        let is_later = links.ranks[one.node.ix()] > links.ranks[other.node.ix()];
        let (late, early) = if is_later { (one.node, other.node) } else { (other.node, one.node) };
        if !links.may_reach(late, early) {
            return Some(self.evaluator.terms().bool(true));
        }
        let judged = links.judge(self.evaluator.terms(), self.writers, one, other);
        judged.into_iter().find_map(|(fault, formula)| (fault == Fault::Unordered).then_some(formula))
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::azure::catalog::Catalog;
    use crate::race::analysis::{Analysis, analyse};
    use crate::race::summary::{CalleeSummary, Group};
    use crate::workspace::{Knowledge, Memory, TemplateId, Workspace};

    struct Nothing;

    impl Knowledge for Nothing {}

    fn with<T>(files: Vec<(String, String)>, ask: impl FnOnce(&Analysis<'_, '_>, TemplateId) -> T) -> T {
        let memory =
            files.into_iter().fold(Memory::default(), |memory, (path, text)| memory.with(path, text));
        let paths = [PathBuf::from("/main.bicep")];
        let workspace = Workspace::load(&memory, &Nothing, &paths, &[], Path::new("/"));
        let root = workspace.roots[0].1.unwrap();
        let catalog = Catalog::builtin();
        ask(&analyse(&workspace, &catalog, &[root]), root)
    }

    /// The pairs of nodes that race, and how many more there are of each object.
    fn pairs(files: Vec<(String, String)>) -> (Vec<(u32, u32)>, Vec<u64>) {
        with(files, |analysis, root| {
            let node = |id: EffectId| analysis.summary(root).effect(id).node.0;
            let pairs = analysis.races.iter().map(|race| (node(race.first), node(race.second))).collect();
            let mut omitted: Vec<u64> = analysis.omitted.values().copied().collect();
            omitted.sort_unstable();
            (pairs, omitted)
        })
    }

    /// Gateways of one hub; some wait for others.
    fn gateways(count: usize, waits: impl Fn(usize) -> Option<usize>) -> Vec<(String, String)> {
        let gateway = |at: usize| {
            let waits = waits(at).map_or_else(String::new, |early| format!("  dependsOn: [ g{early} ]\n"));
            format!(
                "resource g{at} 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: 'g{at}'\n  properties: {{ virtualHub: \
                 {{ id: resourceId('Microsoft.Network/virtualHubs', 'hub') }} }}\n{waits}}}\n"
            )
        };
        vec![("/main.bicep".to_owned(), (0..count).map(gateway).collect())]
    }

    fn all_pairs(count: u32) -> Vec<(u32, u32)> {
        (0..count).flat_map(|one| (one + 1..count).map(move |other| (one, other))).collect()
    }

    #[test]
    fn the_first_pairs_are_kept_and_every_writer_is_named() {
        let (few, none) = pairs(gateways(63, |at| (at == 1).then_some(0)));
        assert_eq!((few, none), (all_pairs(63)[1..].to_vec(), vec![]));
        let most = Limit::ObjectPairs.number() as usize;
        for (waits, count) in [(None, 2415), (Some((1, 0)), 2414)] {
            let waits = |at: usize| waits.filter(|&(late, _)| late == at).map(|(_, early)| early);
            let (kept, omitted) = pairs(gateways(70, waits));
            let first: Vec<(u32, u32)> = all_pairs(70).split_off(2415 - count);
            assert_eq!(kept[..most], first[..most]);
            assert!(kept.len() < most + 70, "{}", kept.len());
            assert!(kept.iter().all(|pair| first.contains(pair)));
            assert_eq!(omitted, [(count - kept.len()) as u64]);
            assert!((0..70).all(|node| kept.iter().any(|&(one, other)| one == node || other == node)));
        }
        assert_eq!(pairs(gateways(70, |at| at.checked_sub(1))), (vec![], vec![]));
        // Each of these is in order with all but its neighbours: few pairs of many.
        let (kept, omitted) = pairs(gateways(120, |at| at.checked_sub(2)));
        let wanted = |&(one, other): &(u32, u32)| (other - one) % 2 == 1;
        let wanted: Vec<(u32, u32)> = all_pairs(120).into_iter().filter(wanted).collect();
        assert_eq!(kept[..most], wanted[..most]);
        assert_eq!(omitted, [(wanted.len() - kept.len()) as u64]);
    }

    #[test]
    fn a_pair_counts_for_the_first_object_that_both_write() {
        let site = |name: &str| {
            format!("resource {name} 'Microsoft.Web/sites@2023-12-01' = {{\n  name: '{name}'\n}}\n")
        };
        let files = |names: &[&str]| {
            let call = |at: usize| format!("module m{at} 'm.bicep' = {{\n  name: 'm{at}'\n}}\n");
            let module = names.iter().map(|name| site(name)).collect();
            vec![("/main.bicep".to_owned(), (0..70).map(call).collect()), ("/m.bicep".to_owned(), module)]
        };
        let (one, omitted) = pairs(files(&["a"]));
        assert_eq!(omitted, [(2415 - one.len()) as u64]);
        for names in [&["a", "b"][..], &["a", "b", "c"]] {
            let (kept, omitted) = pairs(files(names));
            assert_eq!(kept, one);
            let mut expected = vec![0; names.len() - 1];
            expected.push((2415 - one.len()) as u64);
            assert_eq!(omitted, expected);
        }
    }

    /// All calls write the hub, and some of them also a site. The pairs of these are kept for both, so that a rule can
    /// prefer one.
    #[test]
    fn what_is_kept_of_one_object_is_kept_of_all() {
        let call = |at: usize| {
            let module = if at.is_multiple_of(3) { "both" } else { "hub" };
            format!("module m{at} '{module}.bicep' = {{\n  name: 'm{at}'\n  params: {{ n: 'g{at}' }}\n}}\n")
        };
        let hub = gateways(1, |_| None).remove(0).1.replace("name: 'g0'", "name: n") + "param n string\n";
        let site = "resource s 'Microsoft.Web/sites@2023-12-01' = {\n  name: 's'\n}\n";
        let files = vec![
            ("/main.bicep".to_owned(), (0..90).map(call).collect()),
            ("/hub.bicep".to_owned(), hub.clone()),
            ("/both.bicep".to_owned(), format!("{hub}{site}")),
        ];
        with(files, |analysis, root| {
            let summary = analysis.summary(root);
            let topic = |id: EffectId| summary.effect(id).aspect.topic();
            let of = |is_hub: bool| -> FxHashSet<(NodeId, NodeId)> {
                let races = analysis.races.iter().filter(|race| topic(race.first).is_some() == is_hub);
                races
                    .map(|race| (summary.effect(race.first).node, summary.effect(race.second).node))
                    .collect()
            };
            let (hub, site) = (of(true), of(false));
            assert!(site.len() >= 100 && site.is_subset(&hub), "{} {}", site.len(), hub.len());
            assert!(hub.len() < 2 * 100 + 90 + 30, "{}", hub.len());
            let kept = (hub.len() + site.len()) as u64;
            assert_eq!(analysis.omitted.values().sum::<u64>() + kept, 90 * 89 / 2 + 30 * 29 / 2);
        });
    }

    #[test]
    fn callers_share_the_pairs_of_a_module() {
        // Each file calls all later ones, and so do those that it calls: every two calls of a file meet in the deployments of the
        // later one of them and of all that follow.
        for count in [4, 8, 16] {
            let file = |at: usize| {
                let call = |to: usize| format!("module m{to} 'f{to}.bicep' = {{\n  name: 'm{to}'\n}}\n");
                let path = if at == 0 { "/main.bicep".to_owned() } else { format!("/f{at}.bicep") };
                (path, (at + 1..count).map(call).collect())
            };
            let expected: usize = (0..count)
                .flat_map(|file| (file + 1..count).map(move |first| (file, first)))
                .flat_map(|(_, first)| (first + 1..count).map(|second| count - second))
                .sum();
            with((0..count).map(file).collect(), |analysis, root| {
                let hazards = &analysis.summary(root).hazards;
                assert!(hazards.potentials.iter().all(|potential| potential.at == root));
                // One for each file with two calls; those of the root itself are not shared.
                assert_eq!(hazards.batches.len(), count - 3, "{count}");
                assert_eq!(analysis.races.len(), expected, "{count}");
            });
        }
    }

    /// A chain of modules, each of which also writes the site: the nearest writer stands for those further below.
    #[test]
    fn the_way_to_a_writer_is_short_where_there_is_a_short_one() {
        let site = "resource s 'Microsoft.Web/sites@2023-12-01' = {\n  name: 's'\n}\n";
        for (count, most, own) in [(5_u32, 4, true), (60, 8, true), (60, 59, false)] {
            let module = |at: u32| {
                let call = format!("module x 'm{}.bicep' = {{\n  name: 'x{at}'\n}}\n", at + 1);
                let next = if at + 1 < count { call.as_str() } else { "" };
                let site = if own || next.is_empty() { site } else { "" };
                (format!("/m{at}.bicep"), format!("{next}{site}"))
            };
            let mut files: Vec<_> = (0..count).map(module).collect();
            let main = "module a 'm0.bicep' = {\n  name: 'a'\n}\nmodule b 'm0.bicep' = {\n  name: 'b'\n}\n";
            files.push(("/main.bicep".to_owned(), main.to_owned()));
            with(files, |analysis, _| {
                let called = analysis.reached[0].1.iter().filter_map(|&id| analysis.summaries.callee(id));
                // The deployments of the chain are declared once each.
                let is_site = |callee: &CalleeSummary, group: &Group| {
                    let terms = analysis.evaluator.known_terms();
                    let ty = terms.type_of_id(callee.lead(group).object);
                    ty.is_some_and(|ty| terms.name(ty).eq_ignore_ascii_case("microsoft.web/sites"))
                };
                let depths = called.flat_map(|callee| {
                    callee.groups.iter().filter(move |group| is_site(callee, group)).map(|group| group.depth)
                });
                assert_eq!(depths.max(), Some(most), "{count}");
            });
        }
    }
}
