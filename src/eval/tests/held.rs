//! Whether a list contains the elements that another declaration adds to it (`eval::held`): yes, no, or not known.

use super::{root, variable, workspace};
use crate::eval::evaluator::Evaluator;
use crate::eval::held;
use crate::eval::identity::as_known;
use crate::eval::term::Term;

/// Asserts whether `list` contains the elements of `others`, compared by `name` and `properties`; `None` means not known.
fn all(cases: &[(&str, &str, Option<bool>)]) {
    for &(list, others, expected) in cases {
        let text = format!(
            "param p string\nparam q string\nparam l object[]\nparam m object[]\nparam n object[]?\nparam b bool\n\
             var list = {list}\nvar others = {others}\n"
        );
        let workspace = workspace(&[("main.bicep", text.as_str())]);
        let mut evaluator = Evaluator::new(&workspace);
        let template = root(&workspace);
        let [list_of, others_of] = ["list", "others"].map(|name| variable(&mut evaluator, template, name));
        let terms = evaluator.terms();
        let names: Vec<Term> = ["name", "properties"].iter().map(|name| terms.text(name)).collect();
        let holds = held::holds(terms, list_of, others_of, &names);
        assert_eq!(terms.known_bool(holds), expected, "{others} in {list}: {}", terms.show(holds));
        // An element counts as contained only if that is known.
        let known = as_known(terms, holds);
        if expected.is_none() && !list.contains(" ? ") {
            assert!(terms.is_false(known), "{others} in {list}");
        }
    }
}

#[test]
fn lists_of_known_elements() {
    all(&[
        ("[]", "[]", Some(true)),
        ("null", "[]", Some(true)),
        ("[]", "[{ name: 'a' }]", Some(false)),
        ("[{ name: 'a' }, { name: 'b' }]", "[{ name: 'B', id: 'x' }]", Some(true)),
        ("[{ name: 'a' }]", "[{ name: 'a' }, { name: 'c' }]", Some(false)),
        // Two elements with the same name.
        (
            "[{ name: 'a', properties: { x: 1 } }, { name: 'a', properties: { x: 2 } }]",
            "[{ name: 'a', properties: { x: 2 } }]",
            Some(true),
        ),
    ]);
}

#[test]
fn every_property_that_either_sets_counts() {
    let one = |properties: &str| format!("[{{ name: 'a', properties: {properties} }}]");
    let cases = [
        ("{ x: 1 }", "{ x: 1 }", Some(true)),
        ("{ x: 1, y: null }", "{ X: 1 }", Some(true)),
        ("{ x: 1, y: 2 }", "{ x: 1 }", Some(false)),
        ("{ x: 1 }", "{ x: 1, y: 2 }", Some(false)),
        ("{ x: 1 }", "{ x: 2 }", Some(false)),
        ("{ x: ['r', { s: 't' }] }", "{ x: ['R', { s: 'T', u: null }] }", Some(true)),
        ("{ x: ['r', 's'] }", "{ x: ['r'] }", Some(false)),
        ("{ x: p }", "{ x: p }", Some(true)),
        ("{ x: p }", "{ x: q }", None),
        ("{ x: p, y: null }", "{ X: q }", None),
        ("{ x: p, y: 1 }", "{ x: q, y: 2 }", Some(false)),
        ("{ x: b ? { id: p } : null }", "{ x: b ? { id: p } : null }", Some(true)),
        // The ways in which a value says that it is not given make no difference.
        ("{ x: !empty(p) ? { id: p } : null }", "{ x: { id: p } }", Some(true)),
        ("{ x: empty(p) ? {} : { id: p }, y: '', z: [] }", "{ X: { ID: p } }", Some(true)),
        ("{ x: length(p) != 0 && p != null ? p : '' }", "{ x: p }", Some(true)),
        // A condition that tests anything else makes a difference.
        ("{ x: b ? { id: p } : null }", "{ x: { id: p } }", None),
        ("{ x: !empty(q) ? { id: p } : null }", "{ x: { id: p } }", None),
        ("{ x: !empty(p) && b ? p : '' }", "{ x: p }", None),
        ("{ x: p == 'a' ? p : '' }", "{ x: p }", None),
    ];
    for (list, others, expected) in cases {
        all(&[(one(list).as_str(), one(others).as_str(), expected)]);
    }
}

#[test]
fn names_that_are_not_known() {
    all(&[
        ("[{ name: p }, { name: q }]", "[{ name: q }]", Some(true)),
        ("[{ name: p }]", "[{ name: 'a' }]", None),
        ("[{ name: 'a' }]", "[{ name: p }]", None),
        ("[{ name: 'x-${p}' }]", "[{ name: 'y' }]", Some(false)),
    ]);
}

#[test]
fn lists_that_are_not_known() {
    all(&[
        ("l", "l", Some(true)),
        ("l", "m", None),
        ("l", "[{ name: 'a' }]", None),
        ("[{ name: 'a' }]", "l", None),
        ("[]", "l", None),
        ("concat(l, [{ name: 'a' }])", "[{ name: 'a' }]", Some(true)),
        ("concat(l, [{ name: 'a' }])", "[{ name: 'b' }]", None),
        ("concat(m, l)", "l", Some(true)),
        // Other properties of the elements do not count.
        (
            "[for x in l: { name: x.name, properties: x.?properties, id: p }]",
            "[for x in l: { name: x.name, properties: x.?properties }]",
            Some(true),
        ),
        (
            "[for x in l: { name: x.name, properties: { x: x.x } }]",
            "[for x in l: { name: x.name, properties: {} }]",
            None,
        ),
        ("[for x in l: { name: x.name }]", "[for x in m: { name: x.name }]", None),
        (
            "[for x in (n ?? []): { name: x.name }]",
            "[for x in (n ?? []): { name: x.name, id: p }]",
            Some(true),
        ),
        // The answer depends on the condition.
        ("b ? [{ name: 'a' }] : []", "[{ name: 'a' }]", None),
        ("[{ name: 'a' }]", "b ? [{ name: 'a' }] : []", Some(true)),
    ]);
}
