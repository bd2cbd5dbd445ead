//! [`Links::judge`]: under which condition two effects on one object are at fault. The expected conditions are Bicep over the parameters
//! of the rows; `true` is always.

use super::{are_equivalent, assert_rows, effects, node, variable, with_main};
use crate::eval::identity::as_known;
use crate::eval::term::Term;
use crate::race::analysis::Analysis;
use crate::race::pair::Fault::{self, LostUpdate, Reversed, Unordered};
use crate::workspace::TemplateId;

/// The faults of all pairs of effects of `a` and `b` on one object, or of `a` with itself if there is no `b`.
fn faults(text: &str) -> Vec<(Fault, Vec<Term>)> {
    with_main(text, |analysis, root| judged(analysis, root, text.contains("resource b ")))
}

fn judged(analysis: &mut Analysis<'_, '_>, root: TemplateId, has_other: bool) -> Vec<(Fault, Vec<Term>)> {
    let one = node(analysis, root, "a");
    let other = if has_other { node(analysis, root, "b") } else { one };
    let ids = effects(analysis, root, false);
    let (summary, terms) = (&analysis.summaries[root], analysis.evaluator.terms());
    let links = &summary.links;
    let mut found: Vec<(Fault, Vec<Term>)> = Vec::new();
    for (at, &first) in ids.iter().enumerate() {
        for &second in &ids[at..] {
            let (first, second) = (summary.effect(first), summary.effect(second));
            let nodes = [first.node, second.node];
            let is_asked = nodes == [one, other] || nodes == [other, one];
            if !is_asked || first.object != second.object || !first.is_apart_from(second) {
                continue;
            }
            for (fault, formula) in links.judge(terms, &analysis.writers, first, second) {
                match found.iter_mut().find(|(known, _)| *known == fault) {
                    Some((_, formulas)) => formulas.push(formula),
                    None => found.push((fault, vec![formula])),
                }
            }
        }
    }
    found.sort_by_key(|(fault, _)| *fault);
    found
}

/// Checks rows: a template, the expected faults, and the condition of each.
fn assert_faults(rows: &[(&str, &[(Fault, &str)])]) {
    assert_rows(rows.iter().map(|&(text, expected)| {
        let conditions = expected.iter().enumerate();
        let whens: Vec<String> =
            conditions.map(|(at, (_, when))| format!("\nvar when{at} = {when}")).collect();
        let found = with_main(&format!("{text}{}", whens.concat()), |analysis, root| {
            let faults = judged(analysis, root, text.contains("resource b "));
            let mut shown = Vec::new();
            for (at, (fault, formulas)) in faults.into_iter().enumerate() {
                let terms = analysis.evaluator.terms();
                let formula = terms.or(&formulas);
                // An update counts as lost only if that is known.
                let formula = if fault == LostUpdate { as_known(terms, formula) } else { formula };
                let same = expected.get(at).is_some_and(|_| {
                    let when = variable(analysis, root, &format!("when{at}"));
                    are_equivalent(analysis.evaluator.terms(), formula, when)
                });
                let condition = if same {
                    expected[at].1.to_owned()
                } else {
                    analysis.evaluator.known_terms().show(formula)
                };
                shown.push((fault, condition));
            }
            shown
        });
        let expected = expected.iter().map(|&(fault, when)| (fault, when.to_owned())).collect();
        (text, found, expected)
    }));
}

#[test]
fn two_writers_race_if_both_are_deployed_and_unordered() {
    assert_faults(&[
        (
            "resource a 'T.Box/puts@1' = { name: 'a', properties: { box: box.id } }
             resource b 'T.Box/puts@1' = { name: 'b', properties: { box: box.id } }",
            &[(Unordered, "true")],
        ),
        (
            "resource a 'T.Box/puts@1' = { name: 'a', properties: { box: box.id } }
             resource b 'T.Box/puts@1' = { name: 'b', properties: { box: box.id }, dependsOn: [a] }",
            &[],
        ),
        (
            "resource a 'T.Box/puts@1' = { name: 'a', properties: { box: box.id }, dependsOn: [b] }
             resource b 'T.Box/puts@1' = { name: 'b', properties: { box: box.id } }",
            &[],
        ),
        (
            "resource a 'T.Box/puts@1' = { name: 'a', properties: { box: box.id } }
             resource b 'T.Box/puts@1' = { name: 'b', properties: { box: crate.id } }",
            &[],
        ),
        (
            "resource a 'T.Box/puts@1' = if (on) { name: 'a', properties: { box: box.id } }
             resource b 'T.Box/puts@1' = if (off) { name: 'b', properties: { box: box.id } }",
            &[(Unordered, "on && off")],
        ),
        (
            "resource a 'T.Box/puts@1' = if (on) { name: 'a', properties: { box: box.id } }
             resource b 'T.Box/puts@1' = if (!on) { name: 'b', properties: { box: box.id } }",
            &[],
        ),
        (
            "resource a 'T.Box/puts@1' = if (text == 'x') { name: 'a', properties: { box: box.id } }
             resource b 'T.Box/puts@1' = if (text != 'y') { name: 'b', properties: { box: box.id } }",
            &[(Unordered, "text == 'x'")],
        ),
        // The object depends on a condition.
        (
            "resource a 'T.Box/puts@1' = { name: 'a', properties: { box: on ? box.id : crate.id } }
             resource b 'T.Box/puts@1' = { name: 'b', properties: { box: box.id } }",
            &[(Unordered, "on")],
        ),
    ]);
}

#[test]
fn a_loop_races_with_itself_if_two_instances_may_overlap() {
    assert_faults(&[
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, n): { name: 'a${i}', properties: { box: box.id } }]",
            &[(Unordered, "n >= 2")],
        ),
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, n): if (on) { name: 'a${i}', properties: { box: box.id } }]",
            &[(Unordered, "on && n >= 2")],
        ),
        (
            "@batchSize(1)
             resource a 'T.Box/puts@1' = [for i in range(0, n): { name: 'a${i}', properties: { box: box.id } }]",
            &[],
        ),
        (
            "@batchSize(1)
             resource a 'T.Box/puts@1' = [for i in range(0, n): if (i != 1) { name: 'a${i}', properties: { box: box.id } }]",
            &[],
        ),
        (
            "@batchSize(2)
             resource a 'T.Box/puts@1' = [for i in range(0, n): { name: 'a${i}', properties: { box: box.id } }]",
            &[(Unordered, "n >= 2")],
        ),
        // Of the instances 1, 2 and 3, the last two are in one batch.
        (
            "@batchSize(2)
             resource a 'T.Box/puts@1' = [for i in range(0, n): if (i != 0) { name: 'a${i}', properties: { box: box.id } }]",
            &[(Unordered, "n >= 4")],
        ),
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, n): if (i != 0) { name: 'a${i}', properties: { box: box.id } }]",
            &[(Unordered, "n >= 3")],
        ),
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, 1): { name: 'a${i}', properties: { box: box.id } }]",
            &[],
        ),
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, 3): if (i == k) { name: 'a${i}', properties: { box: box.id } }]",
            &[(Unordered, "false")],
        ),
        // Two of three elements have one box.
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, 3): { name: 'a${i}', properties: { box: i == 1 ? crate.id : box.id } }]",
            &[(Unordered, "true")],
        ),
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, 2): { name: 'a${i}', properties: { box: i == 1 ? crate.id : box.id } }]",
            &[],
        ),
        // A list in the body of one resource is no race of the resource with itself.
        (
            "resource a 'T.Box/many@1' = { name: 'a', properties: { boxes: [{ id: box.id }, { id: box.id }] } }",
            &[],
        ),
    ]);
}

#[test]
fn order_between_loops_counts_by_instance() {
    let rows: &[(&str, &[(Fault, &str)])] = &[
        (
            "[for i in range(0, m): { name: 'b${i}', properties: { box: box.id } }]",
            &[(Unordered, "n >= 1 && m >= 1")],
        ),
        ("[for i in range(0, m): { name: 'b${i}', properties: { box: box.id }, dependsOn: [a] }]", &[]),
        (
            "[for i in range(0, n): { name: 'b${i}', properties: { box: box.id }, dependsOn: [a[i]] }]",
            &[(Unordered, "n >= 2")],
        ),
        ("{ name: 'b', properties: { box: box.id }, dependsOn: [a[0]] }", &[(Unordered, "n >= 2")]),
        ("{ name: 'b', properties: { box: box.id } }", &[(Unordered, "n >= 1")]),
        ("if (on) { name: 'b', properties: { box: box.id } }", &[(Unordered, "on && n >= 1")]),
    ];
    let looped = "resource a 'T.Box/puts@1' = [for i in range(0, n): { name: 'a${i}', properties: { box: box.id } }]\n";
    let texts: Vec<String> =
        rows.iter().map(|(row, _)| format!("{looped}resource b 'T.Box/puts@1' = {row}")).collect();
    let rows: Vec<_> =
        texts.iter().zip(rows).map(|(text, (_, expected))| (text.as_str(), *expected)).collect();
    assert_faults(&rows);
    // Of a loop in batches, only the later elements are not waited for; without `a[1]`, nothing is.
    let texts: Vec<String> = ["a[1]", "a[0]"]
        .map(|waits| {
            format!(
                "@batchSize(1)\n{looped}resource b 'T.Box/puts@1' = {{ name: 'b', properties: {{ box: box.id }}, dependsOn: [{waits}] }}"
            )
        })
        .into();
    assert_faults(&[(&texts[0], &[(Unordered, "n == 1 || n >= 3")]), (&texts[1], &[(Unordered, "n >= 2")])]);
}

#[test]
fn elements_of_two_loops_meet_at_one_index() {
    let each = |symbol: &str, length: &str, waits: &str| {
        format!(
            "resource {symbol} 'T.Box/puts@1' = [for i in range(0, {length}): {{ name: '{symbol}${{i}}', \
             properties: {{ box: resourceId('T.Box/boxes', 'b${{i}}') }}{waits} }}]\n"
        )
    };
    let rows: [(&str, &[(Fault, &str)]); 4] = [
        ("", &[(Unordered, "n >= 1 && m >= 1")]),
        (", dependsOn: [a]", &[]),
        (", dependsOn: [a[i]]", &[]),
        (", dependsOn: [a[0]]", &[(Unordered, "n >= 2 && m >= 2")]),
    ];
    let texts: Vec<String> =
        rows.iter().map(|(waits, _)| each("a", "n", "") + &each("b", "m", waits)).collect();
    let rows: Vec<_> =
        texts.iter().zip(rows).map(|(text, (_, expected))| (text.as_str(), expected)).collect();
    assert_faults(&rows);
}

#[test]
fn roles_decide_what_conflicts_and_which_comes_first() {
    assert_faults(&[
        // `add < seal`: two of a kind may run together.
        (
            "resource a 'T.Last/adds@1' = { name: 'a', properties: { rack: box.id } }
             resource b 'T.Last/adds@1' = { name: 'b', properties: { rack: box.id } }",
            &[],
        ),
        (
            "resource a 'T.Last/adds@1' = { name: 'a', properties: { rack: box.id } }
             resource b 'T.Last/seals@1' = { name: 'b', properties: { rack: box.id } }",
            &[(Unordered, "true")],
        ),
        (
            "resource a 'T.Last/adds@1' = { name: 'a', properties: { rack: box.id } }
             resource b 'T.Last/seals@1' = { name: 'b', properties: { rack: box.id }, dependsOn: [a] }",
            &[],
        ),
        (
            "resource a 'T.Last/adds@1' = { name: 'a', properties: { rack: box.id }, dependsOn: [b] }
             resource b 'T.Last/seals@1' = { name: 'b', properties: { rack: box.id } }",
            &[(Reversed, "true")],
        ),
        // The same with the seal in front.
        (
            "resource a 'T.Last/seals@1' = { name: 'a', properties: { rack: box.id } }
             resource b 'T.Last/adds@1' = { name: 'b', properties: { rack: box.id }, dependsOn: [a] }",
            &[(Reversed, "true")],
        ),
        (
            "resource a 'T.Last/seals@1' = if (on) { name: 'a', properties: { rack: box.id } }
             resource b 'T.Last/adds@1' = if (off) { name: 'b', properties: { rack: box.id }, dependsOn: [a] }",
            &[(Reversed, "on && off")],
        ),
        // Some elements come too late, others at any time.
        (
            "resource a 'T.Last/seals@1' = { name: 'a', properties: { rack: box.id }, dependsOn: [b[0]] }
             resource b 'T.Last/adds@1' = [for i in range(0, n): { name: 'b${i}', properties: { rack: box.id } }]",
            &[(Unordered, "n >= 2")],
        ),
        (
            "resource a 'T.Last/seals@1' = [for i in range(0, n): { name: 'a${i}', properties: { rack: box.id } }]
             resource b 'T.Last/adds@1' = [for i in range(0, n): { name: 'b${i}', properties: { rack: box.id }, dependsOn: [a[i]] }]",
            &[(Unordered, "n >= 2"), (Reversed, "n >= 1")],
        ),
        // A commit comes after every writer, also where no order is listed.
        (
            "resource a 'T.Commit/writes@1' = { name: 'a', properties: { store: box.id } }
             resource b 'T.Commit/commits@1' = { name: 'b', properties: { store: box.id } }",
            &[(Unordered, "true")],
        ),
        (
            "resource a 'T.Commit/writes@1' = { name: 'a', properties: { store: box.id }, dependsOn: [b] }
             resource b 'T.Commit/commits@1' = { name: 'b', properties: { store: box.id } }",
            &[(Reversed, "true")],
        ),
        (
            "resource a 'T.Commit/commits@1' = { name: 'a', properties: { store: box.id }, dependsOn: [b] }
             resource b 'T.Commit/writes@1' = { name: 'b', properties: { store: box.id } }",
            &[],
        ),
        (
            "resource a 'T.Commit/commits@1' = { name: 'a', properties: { store: box.id }, dependsOn: [b] }
             resource b 'T.Commit/commits@1' = { name: 'b', properties: { store: box.id } }",
            &[],
        ),
    ]);
}

#[test]
fn an_update_is_lost_unless_the_whole_list_has_the_element() {
    assert_faults(&[
        (
            "resource a 'T.List/lists@1' = { name: 'a', properties: { items: [{ name: 'x' }] } }
             resource b 'T.List/lists/items@1' = { parent: a, name: 'y' }",
            &[(LostUpdate, "true")],
        ),
        (
            "resource a 'T.List/lists@1' = { name: 'a', properties: { items: [{ name: 'x' }] } }
             resource b 'T.List/lists/items@1' = { parent: a, name: 'x' }",
            &[],
        ),
        (
            "resource a 'T.List/lists@1' = if (on) { name: 'a', properties: { items: [] } }
             resource b 'T.List/lists/items@1' = if (off) { parent: a, name: 'x' }",
            &[(LostUpdate, "on && off")],
        ),
        // Order does not help, and does not matter.
        (
            "resource a 'T.List/lists@1' = { name: 'a', properties: { items: [{ name: 'x' }] } }
             resource b 'T.List/lists/items@1' = { parent: a, name: 'y', dependsOn: [a] }",
            &[(LostUpdate, "true")],
        ),
        // A list that is not set rewrites nothing.
        (
            "resource a 'T.List/lists@1' = { name: 'a', properties: {} }
             resource b 'T.List/lists/items@1' = { parent: a, name: 'y' }",
            &[],
        ),
    ]);
}

#[test]
fn an_entry_for_some_types_needs_an_object_of_such_a_type() {
    let text = |id: &str| {
        format!(
            "resource special 'T.Typed/special@1' existing = {{ name: 'target' }}
             resource other 'T.Typed/other@1' existing = {{ name: 'target' }}
             resource a 'T.Typed/uses@1' = {{ name: 'a', properties: {{ target: {id} }} }}
             resource b 'T.Typed/uses@1' = {{ name: 'b', properties: {{ target: {id} }} }}"
        )
    };
    let (special, other) = (text("special.id"), text("other.id"));
    assert_faults(&[(&special, &[(Unordered, "true")]), (&other, &[])]);
    // An id that is not known is possible, and counts only where that is enough.
    let unknown = faults(&text("text"));
    assert!(matches!(&unknown[..], [(Unordered, formulas)] if formulas.len() == 1), "{unknown:?}");
}
