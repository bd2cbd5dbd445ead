//! [`ids`] and [`values`]: what a value may be, each with its condition.

use super::{root, variable, workspace};
use crate::eval::case_split::{Alternatives, Tellable, ids, under, values};
use crate::eval::evaluator::Evaluator;
use crate::eval::term::{CopyVariable, Term};
use crate::eval::terms::Terms;
use crate::limit::Limit;

const PARAMETERS: &str = "
param on bool
param off bool
param other bool
param one string
param two string
param unset string?
param k int
param key string
@allowed(['x', 'y'])
param known string
param list array
param more array
param few array?
param object object
var colors = { x: 'red', y: 'blue', z: 'green' }
";

/// Asks about the variable `v` of a file.
fn asked<T>(text: &str, ask: impl FnOnce(&mut Evaluator<'_>, Term) -> T) -> T {
    let text = format!("{PARAMETERS}{text}");
    let workspace = workspace(&[("main.bicep", &text)]);
    assert!(workspace.problems.is_empty(), "{:?} in {text}", workspace.problems);
    let mut evaluator = Evaluator::new(&workspace);
    let value = variable(&mut evaluator, root(&workspace), "v");
    ask(&mut evaluator, value)
}

/// A text for each number, one after the other.
fn repeated(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect::<Vec<_>>().concat()
}

fn shown(terms: &Terms, all: &[(Term, Term)]) -> Vec<String> {
    let when = |condition| {
        if terms.is_true(condition) { String::new() } else { format!(" when {}", terms.show(condition)) }
    };
    let mut all: Vec<String> =
        all.iter().map(|&(value, condition)| format!("{}{}", terms.show(value), when(condition))).collect();
    all.sort();
    all
}

fn ids_of(text: &str, tellable: Tellable) -> Vec<String> {
    asked(text, |evaluator, value| {
        let terms = evaluator.terms();
        let found = ids(terms, value, tellable);
        shown(terms, found.as_slice())
    })
}

/// Checks rows: an expression, and the ids that it may be.
fn assert_ids(tellable: Tellable, rows: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (text, expected) in rows {
        let found = ids_of(&format!("var v = {text}"), tellable);
        if found != *expected {
            wrong.push(format!("{text}\n    found    {found:?}\n    expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn conditions_anywhere_in_an_id_are_told_apart() {
    assert_ids(
        Tellable::All,
        &[
            ("resourceId('T.Box/boxes', 'a')", &["'a'"]),
            ("resourceId('T.Box/boxes', one)", &["one"]),
            ("resourceId('T.Box/boxes', on ? 'a' : 'b')", &["'a' when on", "'b' when !on"]),
            ("resourceId('T.Box/boxes', on ? 'a' : 'a')", &["'a'"]),
            (
                "resourceId('T.Box/boxes', 'x-${on ? one : two}')",
                &["'x-${one}' when on", "'x-${two}' when !on"],
            ),
            (
                "resourceId('T.Box/boxes/items', on ? 'a' : 'b', off ? 'c' : 'd')",
                &["a/c when on && off", "a/d when on && !off", "b/c when off && !on", "b/d when !on && !off"],
            ),
            (
                "resourceId('T.Box/boxes', unset ?? 'a')",
                &["'a' when unset == null", "unset when null != unset"],
            ),
            ("resourceId('T.Box/boxes', (on ? list : more)[0])", &["list[0] when on", "more[0] when !on"]),
            ("resourceId('T.Box/boxes', list[on ? 0 : 1])", &["list[0] when on", "list[1] when !on"]),
            (
                "resourceId('T.Box/boxes', (on ? object : list[0]).name)",
                &["list[0].name when !on", "object.name when on"],
            ),
            (
                "resourceId('T.Box/boxes', last(split(on ? one : two, '/')))",
                &["last(split(one, '/')) when on", "last(split(two, '/')) when !on"],
            ),
            (
                "resourceId('T.Box/boxes', toLower(on ? one : two))",
                &["toLower(one) when on", "toLower(two) when !on"],
            ),
            ("resourceId(on ? one : two, 'T.Box/boxes', 'a')", &["'a' when !on", "'a' when on"]),
            ("resourceId(one, on ? 'g' : 'h', 'T.Box/boxes', 'a')", &["'a' when !on", "'a' when on"]),
            ("subscriptionResourceId(on ? one : two, 'T.Box/boxes', 'a')", &["'a' when !on", "'a' when on"]),
            ("extensionResourceId(on ? one : two, 'T.Box/boxes', 'a')", &["'a' when !on", "'a' when on"]),
            ("managementGroupResourceId('T.Box/boxes', on ? 'a' : 'b')", &["'a' when on", "'b' when !on"]),
            (
                "resourceId('T.Box/boxes', on == off ? 'a' : 'b')",
                &["'a' when on == off", "'b' when on != off"],
            ),
            ("resourceId('T.Box/boxes', string(on ? 1 : 2))", &["'1' when on", "'2' when !on"]),
            // What is computed from a value as a whole is not.
            ("resourceId('T.Box/boxes', uniqueString(on ? one : two))", &["uniqueString(on ? one : two)"]),
        ],
    );
}

#[test]
fn what_is_looked_up_is_told_apart_if_the_table_is_short() {
    assert_ids(
        Tellable::All,
        &[
            (
                "resourceId('T.Box/boxes', colors[key])",
                &["'blue' when key == 'y'", "'green' when key == 'z'", "'red' when key == 'x'"],
            ),
            // Only keys that a parameter may have.
            (
                "resourceId('T.Box/boxes', colors[known])",
                &["'blue' when known == 'y'", "'red' when known == 'x'"],
            ),
            (
                "resourceId('T.Box/boxes', colors[on ? key : known])",
                &[
                    "'blue' when (on && key == 'y') || (!on && known == 'y')",
                    "'green' when on && key == 'z'",
                    "'red' when (on && key == 'x') || (!on && known == 'x')",
                ],
            ),
            ("resourceId('T.Box/boxes', object[key])", &["object[key]"]),
            (
                "resourceId('T.Box/boxes', { x: { name: 'red' }, y: { name: 'blue' } }[key].name)",
                &["'blue' when key == 'y'", "'red' when key == 'x'"],
            ),
        ],
    );
    for (count, is_told) in [(16, true), (17, false)] {
        let table = repeated(count, |at| format!("k{at}: 'v{at}'\n"));
        let text = format!("var table = {{\n{table}}}\nvar v = resourceId('T.Box/boxes', table[key])");
        assert_eq!(ids_of(&text, Tellable::All).len(), if is_told { count } else { 1 });
        // Few of the keys are possible.
        let text = text.replace("table[key]", "table['k${known == 'x' ? 1 : 2}']");
        assert_eq!(ids_of(&text, Tellable::All).len(), 2);
    }
}

#[test]
fn what_no_resource_can_be_called_is_left_out() {
    assert_ids(
        Tellable::All,
        &[
            ("resourceId('T.Box/boxes', on ? 'a' : '')", &["'a' when on"]),
            ("resourceId('T.Box/boxes', on ? 'a' : fail('no'))", &["'a' when on"]),
            ("resourceId('T.Box/boxes/items', on ? 'a' : '', 'b')", &["a/b when on"]),
            ("resourceId('T.Box/boxes', '')", &[]),
            ("resourceId('', 'T.Box/boxes', 'a')", &[]),
            ("resourceId('', 'g', 'T.Box/boxes', 'a')", &[]),
            ("subscriptionResourceId('', 'T.Box/boxes', 'a')", &[]),
            ("extensionResourceId(resourceId('T.Box/boxes', ''), 'T.Box/boxes', 'a')", &[]),
            ("null", &[]),
            ("3", &[]),
            ("true", &[]),
            ("[1]", &[]),
            ("{ a: 1 }", &[]),
            ("''", &[]),
            ("one", &["one"]),
        ],
    );
}

#[test]
fn only_conditions_that_are_tellable_are_told_apart() {
    assert_ids(
        Tellable::Conditions,
        &[
            ("resourceId('T.Box/boxes', on ? 'a' : 'b')", &["'a' when on", "'b' when !on"]),
            ("resourceId('T.Box/boxes', unset ?? 'a')", &["unset ?? 'a'"]),
            ("resourceId('T.Box/boxes', colors[key])", &["{ … }[key]"]),
            (
                "resourceId('T.Box/boxes', (on ? object : list[0]).name)",
                &["list[0].name when !on", "object.name when on"],
            ),
            (
                "resourceId('T.Box/boxes', toLower(on ? one : two))",
                &["toLower(one) when on", "toLower(two) when !on"],
            ),
        ],
    );
    // A condition over the index of a loop.
    let copies = [CopyVariable::Loop(0), CopyVariable::Inner(0), CopyVariable::Own];
    for (tellable, told) in [
        (Tellable::All, [true, true, true]),
        (Tellable::NotInner, [true, false, true]),
        (Tellable::Loops, [true, false, false]),
        (Tellable::Conditions, [false, false, false]),
    ] {
        for (copy, told) in copies.into_iter().zip(told) {
            asked("var v = [k, resourceId('T.Box/boxes', k == 0 ? 'a' : 'b')]", |evaluator, both| {
                let terms = evaluator.terms();
                let &[k, id] = terms.elements(both).expect("it is a list") else { panic!("of two") };
                let index = terms.copy_index(copy);
                let id = terms.replace_term(id, k, index);
                let found = ids(terms, id, tellable).as_slice().len();
                assert_eq!(found, if told { 2 } else { 1 }, "{tellable:?} {copy:?}");
            });
        }
    }
}

#[test]
fn too_many_combinations_leave_an_id_as_it_is() {
    let found = |text: &str| {
        asked(text, |evaluator, id| {
            let terms = evaluator.terms();
            let count = ids(terms, id, Tellable::All).as_slice().len();
            let reached: Vec<Limit> = terms.reached().map(|((), reached)| reached.limit()).collect();
            (count, reached)
        })
    };
    let combined = |count: usize| {
        let flags = repeated(count, |at| format!("param p{at} bool\n"));
        let parts = repeated(count, |at| format!("${{p{at} ? 'a{at}' : 'b{at}'}}"));
        format!("{flags}var v = resourceId('T.Box/boxes', '{parts}')")
    };
    assert_eq!(found(&combined(4)), (16, vec![]));
    assert_eq!(found(&combined(5)), (1, vec![Limit::IdAlternatives]));
    // One decision after the other gives only as many ids as decisions.
    let most = Limit::IdAlternatives.number() as usize;
    for (count, is_reached) in [(40, false), (most, false), (most + 1, true)] {
        asked("var v = [k, one, resourceId('T.Box/boxes', one)]", |evaluator, parts| {
            let terms = evaluator.terms();
            let &[k, one, id] = terms.elements(parts).expect("it is a list") else { panic!("of three") };
            let row = row(terms, k, count);
            let id = terms.replace_term(id, one, row);
            let found = ids(terms, id, Tellable::All).as_slice().len();
            assert_eq!(found, if is_reached { 1 } else { count });
            let reached: Vec<Limit> = terms.reached().map(|((), reached)| reached.limit()).collect();
            assert_eq!(reached.contains(&Limit::IdAlternatives), is_reached, "{count}");
        });
    }
}

/// `k == 0 ? 'a0' : k == 1 ? 'a1' : … 'rest'`: this many values.
fn row(terms: &mut Terms, k: Term, count: usize) -> Term {
    let mut row = terms.text("rest");
    for at in (1..count).rev() {
        let (number, text) = (terms.int(at as i64), terms.text(&format!("a{at}")));
        let is_it = terms.equal(k, number);
        row = terms.if_(is_it, text, row);
    }
    row
}

fn values_of(text: &str) -> Vec<String> {
    asked(&format!("var v = {text}"), |evaluator, value| {
        let terms = evaluator.terms();
        let found: Alternatives = values(terms, value);
        shown(terms, &found)
    })
}

#[test]
fn a_value_is_one_of_its_branches() {
    let rows: [(&str, &[&str]); 7] = [
        ("one", &["one"]),
        ("null", &[]),
        ("on ? one : null", &["one when on"]),
        ("on ? one : two", &["one when on", "two when !on"]),
        ("on ? (off ? one : two) : key", &["key when !on", "one when on && off", "two when on && !off"]),
        ("unset ?? one", &["one when unset == null", "unset when null != unset"]),
        ("on ? (on ? one : two) : key", &["key when !on", "one when on"]),
    ];
    for (text, expected) in rows {
        assert_eq!(values_of(text), expected, "{text}");
    }
    // As many as are kept, and one more.
    let most = Limit::PropertyAlternatives.number() as usize;
    for (count, is_recorded) in [(most, false), (most + 1, true)] {
        asked("var v = k", |evaluator, k| {
            let terms = evaluator.terms();
            let row = row(terms, k, count);
            assert_eq!(values(terms, row).len(), most);
            assert_eq!(terms.reached().next().is_some(), is_recorded, "{count}");
        });
    }
}

#[test]
fn under_a_condition_its_branch_is_left() {
    let rows = [
        ("on ? 2 : 0", "on", "2"),
        ("on ? 2 : 0", "!on", "0"),
        ("on ? (off ? 1 : 2) : 0", "on && !off", "2"),
        ("on ? 2 : 0", "true", "on ? 2 : 0"),
        ("on ? 2 : 0", "off", "on ? 2 : 0"),
        ("one", "on", "one"),
        ("on", "on", "on"),
    ];
    for (value, condition, expected) in rows {
        let found = asked(&format!("var v = [{value}, {condition}]"), |evaluator, both| {
            let terms = evaluator.terms();
            let &[value, condition] = terms.elements(both).expect("it is a list") else { panic!("of two") };
            let found = under(terms, value, condition);
            terms.show(found)
        });
        assert_eq!(found, expected, "{value} under {condition}");
    }
}
