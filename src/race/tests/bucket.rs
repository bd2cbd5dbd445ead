//! [`large`] and the buckets of very many effects: the same pairs as one comparison after the other would find.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{effects, with_main};
use crate::limit::Limit;
use crate::race::analysis::Analysis;
use crate::race::bucket::{APART, JUDGED, REPORTED, large, large_within};
use crate::race::effect::EffectId;
use crate::workspace::TemplateId;

/// Writers of one box; `waits` are the numbers of the writers that one waits for.
fn writers(count: usize, waits: impl Fn(usize) -> Vec<usize>) -> String {
    let mut text = String::new();
    for at in 0..count {
        let waits: Vec<String> = waits(at).into_iter().map(|early| format!("w{early}")).collect();
        let _ = writeln!(
            text,
            "resource w{at} 'T.Box/puts@1' = {{ name: 'w{at}', properties: {{ box: box.id }}, dependsOn: [{}] }}",
            waits.join(", ")
        );
    }
    text
}

/// The unordered pairs of writers, each pair by itself.
fn naive(analysis: &Analysis<'_, '_>, root: TemplateId, ids: &[EffectId]) -> Vec<(EffectId, EffectId)> {
    let summary = analysis.summary(root);
    let reaches = |one: EffectId, other: EffectId| {
        summary.links.may_reach(summary.effect(one).node, summary.effect(other).node)
    };
    let all =
        ids.iter().enumerate().flat_map(|(at, &one)| ids[at + 1..].iter().map(move |&other| (one, other)));
    all.filter(|&(one, other)| !reaches(one, other) && !reaches(other, one)).collect()
}

#[test]
fn the_cover_with_chains_finds_what_all_comparisons_find() {
    type Waits = fn(usize) -> Vec<usize>;
    let shapes: [(&str, Waits); 9] = [
        ("no order", |_| vec![]),
        ("one chain", |at| at.checked_sub(1).into_iter().collect()),
        ("two chains", |at| at.checked_sub(2).into_iter().collect()),
        ("a star", |at| if at == 0 { vec![] } else { vec![0] }),
        ("all before the last", |at| if at == 39 { (0..39).collect() } else { vec![] }),
        ("a chain backwards", |at| if at < 39 { vec![at + 1] } else { vec![] }),
        ("a ladder", |at| if at < 2 { vec![] } else { vec![at - 2, (at - 1) / 2] }),
        ("the last two", |at| at.checked_sub(if at == 39 { 2 } else { 1 }).into_iter().collect()),
        ("groups of four", |at| if at < 4 { vec![] } else { ((at / 4 - 1) * 4..at / 4 * 4).collect() }),
    ];
    for (shape, waits) in shapes {
        with_main(&writers(40, waits), |analysis, root| {
            let ids = effects(analysis, root, false);
            let expected = naive(analysis, root, &ids);
            let summary = analysis.summary(root);
            for few in [0, 1, expected.len(), 10_000] {
                let found = large(summary, &ids, few);
                assert_eq!(found.total, expected.len() as u64, "{shape}");
                let most = if expected.len() <= few { few } else { REPORTED };
                assert_eq!(found.pairs, expected[..expected.len().min(most)], "{shape}, {few}");
                // If only some pairs may be tried in file order, the pairs may be others, but not fewer.
                for looked_at in [0, 100, 500] {
                    let found = large_within(summary, &ids, few, looked_at);
                    assert_eq!(found.total, expected.len() as u64, "{shape}");
                    assert_eq!(found.pairs.len(), expected.len().min(most), "{shape}, {few}, {looked_at}");
                    assert!(found.pairs.is_sorted(), "{shape}");
                    let mut wrong = found.pairs.iter().filter(|pair| !expected.contains(pair));
                    assert_eq!(wrong.next(), None, "{shape}, {few}, {looked_at}");
                    let each: BTreeSet<_> = found.pairs.iter().collect();
                    assert_eq!(each.len(), found.pairs.len(), "{shape}, {few}, {looked_at}");
                }
            }
        });
    }
}

#[test]
fn writers_in_order_take_no_place_of_unordered_ones() {
    // One chain, of which the last writer does not wait for the one before it.
    let count = REPORTED + 50;
    let text = writers(count, |at| at.checked_sub(if at + 1 == count { 2 } else { 1 }).into_iter().collect());
    with_main(&text, |analysis, root| {
        let ids = effects(analysis, root, false);
        let found = large_within(analysis.summary(root), &ids, 0, 0);
        assert_eq!((found.total, found.pairs), (1, vec![(ids[count - 2], ids[count - 1])]));
    });
}

#[test]
fn a_node_in_between_passes_order_on() {
    let text = "
        resource a 'T.Box/puts@1' = { name: 'a', properties: { box: box.id } }
        resource mid 'T.Any/any@1' = { name: 'mid', dependsOn: [a] }
        resource b 'T.Box/puts@1' = { name: 'b', properties: { box: box.id }, dependsOn: [mid] }
        resource c 'T.Box/puts@1' = { name: 'c', properties: { box: box.id }, dependsOn: [mid] }";
    with_main(text, |analysis, root| {
        let ids = effects(analysis, root, false);
        let found = large(analysis.summary(root), &ids, 10);
        assert_eq!((found.total, found.pairs), (1, vec![(ids[1], ids[2])]));
    });
}

/// The potentials about the box, and how many more are counted.
fn counts(text: &str) -> (usize, u64) {
    with_main(text, |analysis, root| {
        let summary = analysis.summary(root);
        let is_box = |id: EffectId| {
            analysis.writers.of(summary.effect(id).aspect).is_some_and(|(entry, _)| entry.id == "t-box")
        };
        let hazards = &summary.hazards;
        let kept = hazards.potentials.iter().filter(|one| is_box(one.first)).count();
        let omitted = hazards.omitted.iter().filter(|one| is_box(one.effect)).map(|one| one.pairs).sum();
        (kept, omitted)
    })
}

#[test]
fn both_sides_of_the_largest_bucket_that_is_judged_pair_by_pair() {
    for count in [JUDGED - 1, JUDGED, JUDGED + 1] {
        // A chain but for one writer, which is unordered to all others.
        let text = writers(count, |at| if at < 2 { vec![] } else { vec![at - 1] });
        let (kept, omitted) = counts(&text);
        assert_eq!(kept as u64 + omitted, count as u64 - 1, "{count}");
        // Nothing is left out without a count.
        let (kept, omitted) = counts(&writers(count, |_| vec![]));
        assert_eq!(kept as u64 + omitted, (count * (count - 1) / 2) as u64, "{count}");
        assert!(kept >= REPORTED, "{count}");
    }
}

#[test]
fn writers_that_differ_are_judged_against_all_others_of_a_large_bucket() {
    // All but two are in one chain; one of these two is conditional, and one is a loop.
    let chain = writers(JUDGED, |at| at.checked_sub(1).into_iter().collect());
    for is_serial in [true, false] {
        differ(&chain, is_serial);
    }
}

/// `is_serial`: the instances of the loop do not race with each other.
fn differ(chain: &str, is_serial: bool) {
    let batch = if is_serial { "@batchSize(1)\n" } else { "" };
    let text = format!(
        "{chain}resource some 'T.Box/puts@1' = if (on) {{ name: 'some', properties: {{ box: box.id }} }}\n\
         {batch}\
         resource each 'T.Box/puts@1' = [for i in range(0, n): {{ name: 'each${{i}}', properties: {{ box: box.id }}, dependsOn: [w0] }}]\n"
    );
    with_main(&text, |analysis, root| {
        let summary = analysis.summary(root);
        let template = analysis.evaluator.workspace().template(root);
        let symbol = |id: EffectId| template.node(summary.effect(id).node).symbol.as_str();
        let ours = effects(analysis, root, false);
        let of = |name: &str| {
            let potentials = summary.hazards.potentials.iter().filter(|one| ours.contains(&one.first));
            potentials.filter(|one| symbol(one.first) == name || symbol(one.second) == name).count()
        };
        let in_crowds: usize = summary.hazards.crowds.iter().map(|crowd| crowd.members.len()).sum();
        // `each` meets every writer but `w0`, `some`, and perhaps itself.
        assert_eq!(of("each"), JUDGED - 1 + 1 + usize::from(!is_serial));
        // `some` meets all of them, either as a pair or as a member of the crowd.
        assert!(of("some") == JUDGED + 1 || in_crowds == JUDGED + 1, "{} {in_crowds}", of("some"));
    });
}

#[test]
fn writers_of_a_large_bucket_that_may_run_together_are_no_crowd() {
    // `add < seal`: an add conflicts with the seal and with no other add.
    let mut text = String::new();
    for at in 0..=JUDGED {
        let _ = writeln!(
            text,
            "resource a{at} 'T.Last/adds@1' = {{ name: 'a{at}', properties: {{ rack: box.id }} }}"
        );
    }
    text.push_str("resource seal 'T.Last/seals@1' = { name: 'seal', properties: { rack: box.id } }");
    with_main(&text, |analysis, root| {
        let summary = analysis.summary(root);
        let ours = effects(analysis, root, false);
        let seal = *ours.last().expect("the seal is declared last");
        let potentials: Vec<_> =
            summary.hazards.potentials.iter().filter(|one| ours.contains(&one.first)).collect();
        assert_eq!(potentials.len(), JUDGED + 1);
        assert!(potentials.iter().all(|one| one.second == seal));
        assert!(summary.hazards.crowds.iter().all(|crowd| crowd.members.iter().all(|id| !ours.contains(id))));
    });
}

#[test]
fn pairs_of_a_large_bucket_are_left_out_only_if_there_are_more() {
    // One pair, and no other.
    let text =
        writers(JUDGED + 1, |at| at.checked_sub(if at == JUDGED { 2 } else { 1 }).into_iter().collect());
    // Nothing conflicts, however much is unordered.
    let mut adds = String::new();
    for at in 0..=JUDGED {
        let _ = writeln!(
            adds,
            "resource a{at} 'T.Last/adds@1' = {{ name: 'a{at}', properties: {{ rack: box.id }} }}"
        );
    }
    for (text, pairs) in [(text, 1), (adds, 0)] {
        with_main(&text, |analysis, root| {
            let ours = effects(analysis, root, false);
            let hazards = &analysis.summary(root).hazards;
            assert_eq!(hazards.potentials.iter().filter(|one| ours.contains(&one.first)).count(), pairs);
            assert!(hazards.omitted.iter().all(|omitted| !ours.contains(&omitted.effect)));
        });
    }
}

#[test]
fn an_element_of_a_loop_in_a_large_bucket_is_unordered_to_what_waits_for_another_one() {
    // All in one chain, but `last` waits only for the element that writes another box.
    let text = format!(
        "{}resource each 'T.Box/puts@1' = [for i in range(0, 2): {{ name: 'each${{i}}', \
         properties: {{ box: i == 0 ? box.id : crate.id }}, dependsOn: [w{}] }}]\n\
         resource last 'T.Box/puts@1' = {{ name: 'last', properties: {{ box: box.id }}, dependsOn: [each[1]] }}\n",
        writers(JUDGED + 1, |at| at.checked_sub(1).into_iter().collect()),
        JUDGED
    );
    with_main(&text, |analysis, root| {
        let ours = effects(analysis, root, false);
        let summary = &analysis.summaries[root];
        let symbol = |id: EffectId| {
            let node = summary.effect(id).node;
            analysis.evaluator.workspace().template(root).node(node).symbol.clone()
        };
        let races = analysis.races.iter().filter(|race| ours.contains(&race.first));
        let found: Vec<_> = races.map(|race| (symbol(race.first), symbol(race.second))).collect();
        assert_eq!(found, [("each".to_owned(), "last".to_owned())]);
    });
}

#[test]
fn of_very_many_loops_on_one_object_only_some_pairs_are_compared() {
    // Each loop waits for the one before it, so each races with itself alone.
    let mut text = String::new();
    let count = 450;
    for at in 0..count {
        let waits = if at == 0 { String::new() } else { format!("l{}", at - 1) };
        let _ = writeln!(
            text,
            "resource l{at} 'T.Box/puts@1' = [for i in range(0, n): {{ name: 'l{at}-${{i}}', \
             properties: {{ box: box.id }}, dependsOn: [{waits}] }}]"
        );
    }
    assert!(count * count > APART as usize);
    with_main(&text, |analysis, root| {
        let ours = effects(analysis, root, false);
        let hazards = &analysis.summary(root).hazards;
        let found: Vec<_> = hazards.potentials.iter().filter(|one| ours.contains(&one.first)).collect();
        assert_eq!(found.len(), REPORTED);
        assert!(found.iter().all(|one| one.first == one.second));
        let reached: Vec<Limit> = hazards.limits.iter().map(|(_, reached)| reached.limit()).collect();
        assert_eq!(reached, [Limit::ObjectEffects]);
    });
}
