//! [`Builder::call`](crate::race::build::Builder): the effects and pairs of a module in terms of its caller.

use super::{PARAMETERS, assert_rows, effects, potentials, shown, with};
use crate::race::analysis::Analysis;
use crate::workspace::TemplateId;

/// A module with one writer of the box that its parameter names.
const ONE: &str = "
param hub string
param wanted bool = true
resource g 'T.Box/puts@1' = if (wanted) { name: 'g', properties: { box: hub } }
";

/// A module with two writers of boxes that may be one.
const TWO: &str = "
param one string
param other string
param wanted bool = true
resource g 'T.Box/puts@1' = { name: 'g', properties: { box: one } }
resource h 'T.Box/puts@1' = if (wanted) { name: 'h', properties: { box: other } }
";

/// A module with writers in a loop over a list of boxes.
const EACH: &str = "
param boxes array
resource g 'T.Box/puts@1' = [for (hub, i) in boxes: { name: 'g${i}', properties: { box: hub } }]
";

const FILES: [(&str, &str); 3] = [("one.bicep", ONE), ("two.bicep", TWO), ("each.bicep", EACH)];

fn called<T>(main: &str, ask: impl FnOnce(&mut Analysis<'_, '_>, TemplateId) -> T) -> T {
    let mut files = vec![("main.bicep", main)];
    files.extend(FILES);
    with(&files, PARAMETERS, ask)
}

fn lines(expected: &[&str]) -> Vec<String> {
    expected.iter().map(|&line| line.to_owned()).collect()
}

fn assert_effects(rows: &[(&str, &[&str])]) {
    assert_rows(rows.iter().map(|&(main, expected)| {
        let found: Vec<String> = called(main, |analysis, root| {
            let summary = analysis.summary(root);
            effects(analysis, root, false).into_iter().map(|id| shown(analysis, summary, id)).collect()
        });
        (main, found, lines(expected))
    }));
}

fn assert_potentials(rows: &[(&str, &[&str])]) {
    assert_rows(rows.iter().map(|&(main, expected)| {
        (main, called(main, |analysis, root| potentials(analysis, root, false)), lines(expected))
    }));
}

#[test]
fn a_call_has_the_effects_of_its_module_under_its_arguments() {
    assert_effects(&[
        ("module a 'one.bicep' = { name: 'a', params: { hub: box.id } }", &["a put 'box'"]),
        ("module a 'one.bicep' = if (on) { name: 'a', params: { hub: box.id } }", &["a put 'box' when on"]),
        ("module a 'one.bicep' = if (false) { name: 'a', params: { hub: box.id } }", &[]),
        (
            "module a 'one.bicep' = { name: 'a', params: { hub: box.id, wanted: on } }",
            &["a put 'box' when on"],
        ),
        ("module a 'one.bicep' = { name: 'a', params: { hub: box.id, wanted: false } }", &[]),
        (
            "module a 'one.bicep' = if (off) { name: 'a', params: { hub: box.id, wanted: on } }",
            &["a put 'box' when off && on"],
        ),
        // Case is folded once the argument is known.
        (
            "module a 'one.bicep' = { name: 'a', params: { hub: resourceId('T.Box/boxes', 'BOX') } }",
            &["a put 'box'"],
        ),
        // An argument that may be one of several: an effect for each, under its condition.
        (
            "module a 'one.bicep' = { name: 'a', params: { hub: on ? box.id : crate.id } }",
            &["a put 'box' when on", "a put 'crate' when !on"],
        ),
        (
            "module a 'one.bicep' = if (off) { name: 'a', params: { hub: on ? box.id : crate.id } }",
            &["a put 'box' when off && on", "a put 'crate' when off && !on"],
        ),
    ]);
}

#[test]
fn effects_that_the_caller_cannot_tell_apart_are_one() {
    assert_effects(&[
        ("module a 'two.bicep' = { name: 'a', params: { one: box.id, other: box.id } }", &["a put*2 'box'"]),
        (
            "module a 'two.bicep' = { name: 'a', params: { one: box.id, other: crate.id } }",
            &["a put 'box'", "a put 'crate'"],
        ),
        (
            "module a 'two.bicep' = { name: 'a', params: { one: box.id, other: box.id, wanted: on } }",
            &["a put 'box'", "a put 'box' when on"],
        ),
    ]);
}

#[test]
fn loops_of_calls_and_of_modules() {
    assert_effects(&[
        (
            "module a 'one.bicep' = [for i in range(0, n): { name: 'a${i}', params: { hub: box.id } }]",
            &["a put[every] 'box'"],
        ),
        (
            "module a 'one.bicep' = [for i in range(0, 2): { name: 'a${i}', params: { hub: i == 0 ? box.id : crate.id } }]",
            &["a put[0] 'box'", "a put[1] 'crate'"],
        ),
        ("module a 'one.bicep' = [for i in range(0, 0): { name: 'a${i}', params: { hub: box.id } }]", &[]),
        (
            "module a 'each.bicep' = { name: 'a', params: { boxes: [box.id, crate.id] } }",
            &["a put 'box'", "a put 'crate'"],
        ),
        ("module a 'each.bicep' = { name: 'a', params: { boxes: [] } }", &[]),
        (
            "module a 'each.bicep' = { name: 'a', params: { boxes: on ? [box.id, crate.id] : [box.id] } }",
            &["a put 'box' when on", "a put 'crate' when on", "a put 'box' when !on"],
        ),
        // Under the condition the length is known, although it is not otherwise.
        (
            "module a 'each.bicep' = { name: 'a', params: { boxes: on ? [box.id, crate.id] : list } }",
            &["a put 'box' when on", "a put 'crate' when on", "a put list[i] when !on"],
        ),
    ]);
}

#[test]
fn pairs_of_a_module_are_carried_under_the_call() {
    let same = "params: { one: box.id, other: box.id";
    let main = |rest: &str| format!("module a 'two.bicep' = {rest}");
    let rows = [
        (main(&format!("{{ name: 'a', {same} }} }}")), vec!["g h Unordered"]),
        (main(&format!("if (on) {{ name: 'a', {same} }} }}")), vec!["g h Unordered when on"]),
        (main(&format!("{{ name: 'a', {same}, wanted: on }} }}")), vec!["g h Unordered when on"]),
        (main(&format!("{{ name: 'a', {same}, wanted: false }} }}")), vec![]),
        (main("{ name: 'a', params: { one: box.id, other: crate.id } }"), vec![]),
        (
            main("{ name: 'a', params: { one: box.id, other: on ? box.id : crate.id } }"),
            vec!["g h Unordered when on"],
        ),
    ];
    let rows: Vec<(&str, &[&str])> =
        rows.iter().map(|(main, expected)| (main.as_str(), expected.as_slice())).collect();
    assert_potentials(&rows);
}

#[test]
fn two_calls_are_a_pair_of_the_caller() {
    assert_potentials(&[
        (
            "module a 'one.bicep' = { name: 'a', params: { hub: box.id } }
             module b 'one.bicep' = { name: 'b', params: { hub: crate.id } }",
            // Both declare `g`.
            &["a b Unordered"],
        ),
        (
            "module a 'one.bicep' = { name: 'a', params: { hub: box.id } }
             module b 'one.bicep' = { name: 'b', params: { hub: box.id }, dependsOn: [a] }",
            &[],
        ),
        (
            "module a 'one.bicep' = { name: 'a', params: { hub: box.id } }
             resource b 'T.Box/puts@1' = { name: 'b', properties: { box: box.id } }",
            &["a b Unordered"],
        ),
        (
            "module a 'one.bicep' = { name: 'a', params: { hub: on ? box.id : crate.id } }
             resource b 'T.Box/puts@1' = { name: 'b', properties: { box: box.id } }",
            &["a b Unordered when on"],
        ),
        (
            "module a 'one.bicep' = { name: 'a', params: { hub: box.id, wanted: on } }
             resource b 'T.Box/puts@1' = if (!on) { name: 'b', properties: { box: box.id } }",
            &[],
        ),
    ]);
}

#[test]
fn instances_of_one_call_lose_no_update_to_each_other() {
    let list = "resource l 'T.List/lists@1' = { name: 'l', properties: { items: [] } }
                resource x 'T.List/lists/items@1' = { parent: l, name: 'x' }";
    let main = "module a 'list.bicep' = [for i in range(0, n): { name: 'a${i}' }]";
    let files = [("main.bicep", main), ("list.bicep", list)];
    let found = with(&files, PARAMETERS, |analysis, root| potentials(analysis, root, false));
    // They all deploy the same, so only the two declarations inside one instance count.
    let is_lost = |pair: &str| found.iter().any(|line| line.starts_with(&format!("{pair} LostUpdate")));
    assert!(is_lost("l x") && !is_lost("a a"), "{found:?}");
}
