//! [`Builder::call`](crate::race::build::Builder): the effects and pairs of a module in terms of its caller.

use std::path::{Path, PathBuf};

use super::{ENTRIES, Nothing, PARAMETERS, assert_rows, effects, node, potentials, shown, with};
use crate::azure::catalog::Catalog;
use crate::azure::catalog::form::{Author, entries_of};
use crate::eval::term::Term;
use crate::limit::Limit;
use crate::race::analysis::{Analysis, analyse};
use crate::workspace::{Memory, TemplateId, Workspace};

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

/// A module with two writers of the box that its parameter names.
const SAME: &str = "
param hub string
param wanted bool = true
resource g 'T.Box/puts@1' = { name: 'g', properties: { box: hub } }
resource h 'T.Box/puts@1' = if (wanted) { name: 'h', properties: { box: hub } }
";

/// A module that passes its parameters on.
const ON: &str = "
param hub string
param wanted bool
module t 'two.bicep' = { name: 't', params: { one: hub, other: hub, wanted: wanted } }
";

const FILES: [(&str, &str); 5] =
    [("one.bicep", ONE), ("two.bicep", TWO), ("each.bicep", EACH), ("same.bicep", SAME), ("on.bicep", ON)];

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
fn pairs_of_several_calls_and_of_calls_inside_them_are_carried() {
    let inside = |main: &str| {
        let found = called(main, |analysis, root| potentials(analysis, root, false));
        found.into_iter().filter(|line| line.starts_with("g ")).collect::<Vec<_>>()
    };
    let rows: [(&str, &[&str]); 7] = [
        // Each instance of a loop has objects of its own: `one` and `other` are one box, or never in one instance.
        (
            "module a 'two.bicep' = [for i in range(0, 2): { name: 'a${i}', params: {
               one: resourceId('T.Box/boxes', 'b${i}'), other: resourceId('T.Box/boxes', 'b${i}') } }]",
            &["g h Unordered"],
        ),
        (
            "module a 'two.bicep' = [for i in range(0, 2): { name: 'a${i}', params: {
               one: resourceId('T.Box/boxes', 'b${i}'), other: resourceId('T.Box/boxes', 'b${1 - i}') } }]",
            &[],
        ),
        // Each call has a condition of its own.
        (
            "module a 'same.bicep' = { name: 'a', params: { hub: box.id, wanted: on } }
             module b 'same.bicep' = { name: 'b', params: { hub: crate.id, wanted: off } }",
            &["g h Unordered when on || off"],
        ),
        (
            "module a 'on.bicep' = { name: 'a', params: { hub: box.id, wanted: on } }",
            &["g h Unordered when on"],
        ),
        // Elements of a list meet, also if the list is known only under a condition.
        ("module a 'each.bicep' = { name: 'a', params: { boxes: [box.id, box.id] } }", &["g g Unordered"]),
        (
            "module a 'each.bicep' = { name: 'a', params: { boxes: on ? [box.id, box.id] : list } }",
            &["g g Unordered when on && (on || !empty(list)) && (on || length(list) != 1)"],
        ),
        ("module a 'each.bicep' = { name: 'a', params: { boxes: on ? [box.id] : list } }", &[]),
    ];
    assert_rows(rows.map(|(main, expected)| (main, inside(main), lines(expected))));
}

#[test]
fn instances_of_one_call_are_not_told_to_run_in_another_order() {
    let rack = "resource x 'T.Last/adds@1' = { name: 'x', properties: { rack: box.id } }
                resource s 'T.Last/seals@1' = { name: 's', properties: { rack: box.id }, dependsOn: [x] }
                resource box 'T.Box/boxes@1' existing = { name: 'box' }";
    // No edge of the caller can order parts of one instance before parts of another.
    for (batch, is_unordered) in [("", true), ("@batchSize(2)\n", true), ("@batchSize(1)\n", false)] {
        let main = format!("{batch}module a 'rack.bicep' = [for i in range(0, n): {{ name: 'a${{i}}' }}]");
        let files = [("main.bicep", main.as_str()), ("rack.bicep", rack)];
        let found = with(&files, PARAMETERS, |analysis, root| potentials(analysis, root, false));
        let of_two: Vec<&String> = found.iter().filter(|line| line.starts_with("a a ")).collect();
        assert_eq!(of_two.iter().any(|line| line.contains("Unordered")), is_unordered, "{batch} {found:?}");
        assert!(!of_two.iter().any(|line| line.contains("Reversed")), "{batch} {found:?}");
    }
}

/// Analyses a file without effects that meet nothing, as for findings.
fn of_root<T>(main: &str, check: impl FnOnce(&mut Analysis<'_, '_>, TemplateId) -> T) -> T {
    let main = format!("{PARAMETERS}{main}");
    let lone = "resource lone 'T.Any/any@1' = { name: 'lone' }";
    let files = [("main.bicep", main.as_str()), ("lone.bicep", lone)].into_iter().chain(FILES);
    let memory = files.fold(Memory::default(), |memory, (path, text)| {
        memory.with(Path::new("/").join(path), text.to_owned())
    });
    let workspace = Workspace::load(&memory, &Nothing, &[PathBuf::from("/main.bicep")], &[], Path::new("/"));
    let root = workspace.roots[0].1.expect("the root can be read");
    let catalog = Catalog::with(entries_of(ENTRIES, "test", Author::User).expect("the entries are right"));
    check(&mut analyse(&workspace, &catalog, &[root]), root)
}

const CALLS: &str = "
module a 'one.bicep' = { name: 'a', params: { hub: box.id } }
module b 'each.bicep' = { name: 'b', params: { boxes: [box.id] } }
module c 'lone.bicep' = { name: 'c' }
resource own 'T.Last/adds@1' = { name: 'own', properties: { rack: box.id } }
";

#[test]
fn a_root_leaves_out_only_effects_that_meet_nothing() {
    let found: Vec<String> = of_root(CALLS, |analysis, root| {
        let summary = analysis.summary(root);
        effects(analysis, root, false).into_iter().map(|id| shown(analysis, summary, id)).collect()
    });
    assert_eq!(found, ["a put 'box'", "b put 'box'", "own add 'box'"]);
}

#[test]
fn declarations_inside_modules_are_known_also_if_they_meet_nothing() {
    // Of all types, and of one; then those of other types may be left out.
    let rows: [(&str, Option<&str>, &[&str]); 5] = [
        (CALLS, None, &["'a'", "'b'", "'c'", "'g'", "'g0'", "'lone'", "'own'"]),
        (CALLS, Some("t.box/puts"), &["'g'", "'g0'"]),
        (CALLS, Some("t.any/any"), &["'lone'"]),
        ("module c 'lone.bicep' = { name: 'c' }", None, &["'c'", "'lone'"]),
        ("module c 'lone.bicep' = { name: 'c' }", Some("t.any/any"), &["'lone'"]),
    ];
    for (main, ty, expected) in rows {
        let found = of_root(main, |analysis, root| {
            let ty = ty.map(|ty| analysis.evaluator.terms().intern(ty));
            let declared = analysis.declarations(root, ty);
            let terms = analysis.evaluator.known_terms();
            let is_asked = |id: &Term| ty.is_none_or(|ty| terms.type_of_id(*id) == Some(ty));
            let ids = declared.into_iter().map(|(id, _)| id).filter(is_asked);
            let mut shown: Vec<String> = ids.map(|id| terms.show(id)).collect();
            shown.sort();
            shown
        });
        assert_eq!(found, expected, "{ty:?} of {main}");
    }
}

/// A module with so many effects, each on another object.
fn module_of(effects: usize) -> String {
    let (mut text, mut left, mut at) = (String::new(), effects, 0);
    while left > 0 {
        // One of them is the declaration.
        let boxes = (left - 1).min(250);
        text += &format!(
            "resource r{at} 'T.Box/many@1' = {{\n  name: 'r{at}'\n  properties: {{\n    \
             boxes: [for i in range(0, {boxes}): {{ id: resourceId('T.Box/boxes', 'r{at}-${{i}}') }}]\n  }}\n}}\n"
        );
        (left, at) = (left - 1 - boxes, at + 1);
    }
    text
}

#[test]
fn effects_of_a_call_beyond_the_limit_are_recorded() {
    let most = Limit::CallEffects.number() as usize;
    // The groups that the built-in catalogue has for any resource.
    let of_any = {
        let module = module_of(1);
        let files = [("main.bicep", "module a 'm.bicep' = { name: 'a' }"), ("m.bicep", module.as_str())];
        with(&files, PARAMETERS, |analysis, root| {
            let callee = analysis.evaluator.workspace().callee(root, node(analysis, root, "a"));
            analysis
                .summaries
                .callee(callee.expect("the module can be read"))
                .expect("it is called")
                .groups
                .len()
                - 1
        })
    };
    for (count, is_reached) in [(most, false), (most + 1, true)] {
        let module = module_of(count - of_any);
        let files = [("main.bicep", "module a 'm.bicep' = { name: 'a' }"), ("m.bicep", module.as_str())];
        with(&files, PARAMETERS, |analysis, root| {
            let call = node(analysis, root, "a");
            let callee = analysis.evaluator.workspace().callee(root, call).expect("the module can be read");
            let groups = &analysis.summaries.callee(callee).expect("it is called").groups;
            assert_eq!(groups.len(), count);
            let summary = analysis.summary(root);
            let of_call = summary.effects.iter().filter(|effect| !effect.inner().is_empty());
            assert_eq!(of_call.count(), most);
            let reached: Vec<Limit> =
                summary.hazards.limits.iter().map(|(_, reached)| reached.limit()).collect();
            assert_eq!(reached, if is_reached { vec![Limit::CallEffects] } else { vec![] });
        });
    }
}

#[test]
fn a_list_that_the_caller_makes_by_a_rule_has_several_objects() {
    let module = "param boxes array
                  resource g 'T.Box/many@1' = { name: 'g', properties: { boxes: boxes } }";
    let found = |boxes: &str| {
        let main = format!(
            "module a 'm.bicep' = {{ name: 'a', params: {{ boxes: {boxes} }} }}
             resource b 'T.Box/puts@1' = {{ name: 'b', properties: {{ box: box.id }} }}"
        );
        with(&[("main.bicep", main.as_str()), ("m.bicep", module)], PARAMETERS, |analysis, root| {
            potentials(analysis, root, false)
        })
    };
    let rows: [(&str, &[&str]); 4] = [
        ("[for x in list: { id: box.id }]", &["a b Unordered when !empty(list)"]),
        ("[for x in list: { id: crate.id }]", &[]),
        ("[for x in list: { id: on ? box.id : crate.id }]", &["a b Unordered when on && !empty(list)"]),
        (
            "[for x in list: { id: x.on ? box.id : null }]",
            &["a b Unordered when anyof([for …: list[x0].on])"],
        ),
    ];
    assert_rows(rows.map(|(boxes, expected)| (boxes, found(boxes), lines(expected))));
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
