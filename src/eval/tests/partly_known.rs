//! What the known part of a value decides, and what stays open.

use proptest::prelude::*;

use super::super::feasibility::{Feasibility, feasible};
use super::super::functions::Function;
use super::super::store::Domain;
use super::super::term::Term;
use super::super::terms::Terms;
use super::{are_one, shown};
use crate::eval::evaluator::Evaluator;
use crate::template::{ParameterId, ParameterType};
use crate::workspace::TemplateId;

/// Asserts what expressions are shown as, each after the same declarations.
fn all(cases: &[(&str, &str)]) {
    let declarations =
        "param p string\nparam q string\nparam l string[]\nparam m string[]\nparam o object\nparam n int";
    for (expression, expected) in cases {
        let text = format!("{declarations}\nvar v = {expression}\n");
        assert_eq!(shown(&text), *expected, "{expression}");
    }
}

/// Asserts that expressions stay as they are written.
fn open(expressions: &[&str]) {
    all(&expressions.iter().map(|&expression| (expression, expression)).collect::<Vec<_>>());
}

#[test]
fn replacing_by_what_is_not_known() {
    all(&[
        ("replace('hub', '{env}', p)", "'hub'"),
        ("replace('{env}-hub', '{env}', p)", "'${p}-hub'"),
        ("replace('a.b', '.', '${p}-${q}')", "'a${p}-${q}b'"),
        ("replace('hub', p, 'x')", "replace('hub', p, 'x')"),
        ("replace('${p}-hub', '{env}', q)", "replace('${p}-hub', '{env}', q)"),
    ]);
}

#[test]
fn beginnings_and_ends() {
    all(&[
        ("startsWith('kv-${p}', 'st${q}')", "false"),
        ("startsWith('KV-${p}', 'kv')", "true"),
        ("startsWith(toLower('KV-${p}'), 'kv-')", "true"),
        ("startsWith(take('kv-${p}', 20), 'st')", "false"),
        ("startsWith(replace('a-b-${p}', '-', ''), 'ab')", "true"),
        ("startsWith(replace(take('a-b-${p}', 20), '-', ''), 'ab')", "true"),
        ("startsWith(toLower(p), 'kv')", "startsWith(p, 'kv')"),
        ("endsWith('${p}-hub', '${q}-vnet')", "false"),
        ("endsWith(toUpper('${p}-hub'), 'HUB')", "true"),
        ("endsWith(replace('${p}-hub', '-', '.'), '.hub')", "true"),
        ("take('hub-${p}', 3)", "'hub'"),
        ("take('hub-${p}', 4)", "'hub-'"),
        ("take('${uniqueString(p)}-${q}', 14)", "take('${uniqueString(p)}-${q}', 14)"),
        ("take(uniqueString(p), 13)", "uniqueString(p)"),
        ("substring('hub-${p}', 1, 2)", "'ub'"),
        ("first('hub-${p}')", "'h'"),
        ("last('${p}-hub')", "'b'"),
    ]);
    open(&[
        "startsWith('kv-${p}', 'kv-a')",
        "startsWith('kv-${p}', p)",
        "endsWith('${p}-hub', 'x-hub')",
        "take('hub-${p}', 5)",
        "take('${p}-hub', 1)",
        "substring('hub-${p}', 3, 2)",
        "first('${p}hub')",
        "last('hub${p}')",
    ]);
}

#[test]
fn places_and_parts() {
    all(&[
        ("indexOf('a-hub-${p}', 'HUB')", "2"),
        ("indexOf(['a', 'b', p], 'b')", "1"),
        ("lastIndexOf([p, 'b', 'c'], 'b')", "1"),
        ("contains('hub-${p}', 'ub')", "true"),
        ("contains('${p}-hub-${q}', '-hub')", "true"),
        ("contains('abc', 'x${p}')", "false"),
        ("contains('abc', '${p}b${q}d')", "false"),
        ("split('hub-${p}', '-')[0]", "'hub'"),
        ("split('a--b--${p}', '--')[1]", "'b'"),
        ("first(split('hub-${p}', '-'))", "'hub'"),
        ("last(split('${p}-hub', '-'))", "'hub'"),
        ("split('${p}-a-b', '-')[^2]", "'a'"),
        ("split('${p}-a-b', '-')[^1]", "'b'"),
    ]);
    open(&[
        "indexOf('${p}-hub', 'hub')",
        "indexOf('hub-${p}', 'x')",
        "indexOf([p, 'b'], 'b')",
        "contains('hub-${p}', 'x')",
        "contains('hub${p}', 'bx')",
        "contains('abc', 'b${p}')",
        "split('hub-${p}', '-')[1]",
        "split('hub${p}', '-')[0]",
        "last(split('hub-${p}', '-'))",
        // An `a` before it would change where the delimiters are.
        "last(split('${p}aab', 'aa'))",
    ]);
}

#[test]
fn lengths() {
    all(&[
        ("length('hub-${p}') > 3", "true"),
        ("length('a-hub-with-a-long-name-${p}') > 20", "true"),
        ("length('a-hub-with-a-long-name-${p}') > 30", "length('a-hub-with-a-long-name-${p}') >= 31"),
        ("length('hub-${p}') >= 5", "length('hub-${p}') >= 5"),
        ("length('hub-${p}') == 3", "false"),
        ("length('hub-${p}') < 4", "false"),
        ("length('x${uniqueString(p)}')", "14"),
        ("length(guid(p))", "36"),
        ("empty(concat(l, ['a']))", "false"),
        ("length(concat(l, ['a', 'b'])) >= 2", "true"),
        ("length(concat(l, ['a', 'b'])) == 1", "false"),
        ("length(concat(l, ['a', 'b'])) > 1", "true"),
        ("empty(union(l, ['a']))", "false"),
        ("length(union(l, ['a', 'b'])) < 2", "false"),
        ("empty(union(o, { a: 1 }))", "false"),
        ("length(union(o, { a: 1, b: 2 })) >= 2", "true"),
        ("length(sort(l, (x, y) => x < y))", "length(l)"),
        ("empty(split(p, ','))", "false"),
        ("length(split('a,${p}', ',')) >= 2", "true"),
        ("length(split('a,${p}', ',')) == 1", "false"),
        ("empty(skip(concat(l, ['a', 'b']), 1))", "false"),
        ("empty(take(concat(l, ['a']), 1))", "false"),
    ]);
    open(&[
        "length(concat(l, ['a', 'b'])) == 2",
        "length(union(l, ['a', p])) == 2",
        "empty(skip(concat(l, ['a', 'b']), 2))",
        "empty(take(concat(l, ['a']), n))",
    ]);
}

#[test]
fn lists_of_branches() {
    all(&[
        ("concat(n == 1 ? ['a'] : [], ['b'])", "(n == 1) ? ['a', 'b'] : ['b']"),
        ("concat(n == 1 ? ['a'] : ['c'], l)", "concat((n == 1) ? ['a'] : ['c'], l)"),
    ]);
}

#[test]
fn objects_of_parts() {
    let are_one = |one: &str, other: &str| {
        are_one(&format!("param o object\nparam n int\nvar a = {one}\nvar b = {other}\n"))
    };
    assert!(are_one("{ ...o, a: 1, ...{ b: 2 } }", "{ ...o, ...{ a: 1, b: 2 } }"));
    assert!(are_one("{ ...{ a: 1 }, ...{ b: 2 }, ...o }", "{ a: 1, b: 2, ...o }"));
    assert!(are_one("{ a: 1, ...o, ...null }", "{ a: 1, ...o }"));
    assert!(!are_one("{ ...o, a: 1 }", "{ a: 1, ...o }"));
}

#[test]
fn elements() {
    all(&[
        ("contains(concat(l, ['a']), 'a')", "true"),
        ("contains(concat(l, ['a']), 'b')", "contains(l, 'b')"),
        ("contains(concat(l, ['a', p]), 'b')", "contains(l, 'b') || p == 'b'"),
        ("contains(union(l, ['a']), 'a')", "true"),
        ("contains(union(o, { a: 1 }), 'A')", "true"),
        ("contains(union({ a: 1 }, o), 'b')", "contains(o, 'b')"),
        ("first(concat(['a'], l))", "'a'"),
        ("last(concat(l, ['a', 'b']))", "'b'"),
    ]);
    open(&["contains(concat(l, m), 'a')", "first(concat(l, ['a']))"]);
}

#[test]
fn what_cannot_be_equal() {
    all(&[
        ("'hub-${p}' == 'vnet-${q}'", "false"),
        ("'${p}-hub' == '${q}-vnet'", "false"),
        ("'${p}-hub' == '${p}-vnet'", "false"),
        ("'hub-${p}' == 'hub'", "false"),
        ("'a-${p}-b' == 'a-b'", "false"),
        ("'${p}-hub-${q}' == 'a-vnet-b'", "false"),
        ("'hub-${p}' != 'Hub-1'", "true"),
        ("'${p}${q}' == ''", "empty('${p}${q}')"),
        ("resourceId('Microsoft.Network/virtualNetworks', p) == ''", "false"),
        ("resourceId('Microsoft.Network/virtualNetworks', p) == 'none'", "false"),
    ]);
    open(&[
        "'hub-${p}' == 'hub-1'",
        "'${p}-hub' == 'a-hub'",
        "'${p}-${q}' == 'a-b-c'",
        "'a${p}a' == 'aa'",
        "'hub-${p}' == q",
    ]);
}

#[test]
fn one_question_asked_in_two_ways() {
    assert!(are_one("param l array\nvar a = empty(filter(l, x => x == 'k'))\nvar b = !contains(l, 'k')"));
    assert!(are_one(
        "param l array\nvar a = length(filter(l, x => x == 'k' || 'j' == x)) > 0\nvar b = contains(l, 'k') || contains(l, 'j')"
    ));
    assert!(!are_one(
        "param l array\nvar a = empty(filter(l, x => x.kind == 'k'))\nvar b = !contains(l, 'k')"
    ));
    assert!(!are_one("param l array\nvar a = empty(filter(l, (x, i) => i == 1))\nvar b = !contains(l, 1)"));
}

fn can_hold(condition: &str) -> bool {
    let text = format!("param p string\nparam l string[]\nvar v = {condition}\n");
    let workspace = super::workspace(&[("main.bicep", &text)]);
    let mut evaluator = Evaluator::new(&workspace);
    let value = super::variable(&mut evaluator, super::root(&workspace), "v");
    matches!(feasible(evaluator.terms(), value), Feasibility::Feasible(_))
}

#[test]
fn beginnings_exclude_one_another() {
    for condition in [
        "startsWith(p, 'prod') && startsWith(p, 'dev')",
        "startsWith(p, 'PROD') && !startsWith(p, 'pr')",
        "startsWith(toLower(p), 'prod') && startsWith(p, 'dev')",
        "endsWith(p, '-hub') && endsWith(p, '-vnet')",
        "!endsWith(p, 'b') && endsWith(p, 'ab')",
        "startsWith(p, 'prod') && empty(p)",
        "startsWith(p, 'prod') && p == 'dev-1'",
        "contains(p, 'prod') && !contains(p, 'od')",
        "contains(p, 'prod') && empty(p)",
        "length(filter(l, x => x == 'a')) > 0 && !contains(l, 'a')",
    ] {
        assert!(!can_hold(condition), "{condition}");
    }
    for condition in [
        "startsWith(p, 'prod') && startsWith(p, 'pr')",
        "startsWith(p, 'prod') && !startsWith(p, 'dev')",
        "!startsWith(p, 'prod') && startsWith(p, 'pr')",
        "startsWith(p, 'prod') && endsWith(p, 'dev')",
        "!startsWith(p, 'prod') && !startsWith(p, 'dev')",
        "startsWith(p, '') && empty(p)",
        "endsWith(p, 'ab') && endsWith(p, 'b')",
        "contains(p, 'prod') && contains(p, 'dev')",
        "!contains(p, 'prod') && contains(p, 'od')",
        // `contains` is case-sensitive, the others are not.
        "startsWith(p, 'PROD') && !contains(p, 'PROD')",
    ] {
        assert!(can_hold(condition), "{condition}");
    }
}

/// Texts in which the searched texts occur often, also across borders.
fn piece() -> impl Strategy<Value = String> {
    "[abA-]{0,3}"
}

fn parameter(terms: &mut Terms, at: u32) -> Term {
    let domain =
        || Domain { name: "p".into(), ty: ParameterType::String, is_never_null: true, ..Domain::default() };
    terms.parameter(TemplateId(0), ParameterId(at), domain)
}

/// A text of known parts, separated by the first parameters.
fn joined(terms: &mut Terms, parts: &[String]) -> Term {
    let mut all = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            all.push(parameter(terms, at as u32 - 1));
        }
        all.push(terms.text(part));
    }
    terms.concat(&all)
}

/// A question about a text, with a second text and a number.
fn asked(terms: &mut Terms, which: usize, text: Term, other: Term, number: i64) -> Term {
    let count = terms.int(number);
    let one = |terms: &mut Terms, function: Function| terms.call(function, &[text]);
    let two = |terms: &mut Terms, function: Function| terms.call(function, &[text, other]);
    match which {
        0 => two(terms, Function::StartsWith),
        1 => two(terms, Function::EndsWith),
        2 => two(terms, Function::Contains),
        3 => two(terms, Function::IndexOf),
        4 => terms.equal(text, other),
        5 => one(terms, Function::Empty),
        6 => one(terms, Function::First),
        7 => one(terms, Function::Last),
        8 => terms.call(Function::Take, &[text, count]),
        9 => {
            let length = one(terms, Function::Length);
            terms.call(Function::AtLeast, &[length, count])
        }
        10 => {
            let length = one(terms, Function::Length);
            terms.equal(length, count)
        }
        11 => {
            let split = two(terms, Function::Split);
            terms.call(Function::First, &[split])
        }
        12 => {
            let split = two(terms, Function::Split);
            terms.call(Function::Last, &[split])
        }
        13 => {
            let split = two(terms, Function::Split);
            terms.index(split, count)
        }
        14 => {
            let split = two(terms, Function::Split);
            let length = terms.call(Function::Length, &[split]);
            terms.call(Function::AtLeast, &[length, count])
        }
        15 => {
            let by = terms.text("-");
            let replaced = terms.call(Function::Replace, &[text, by, other]);
            terms.call(Function::StartsWith, &[replaced, other])
        }
        16 => {
            let (by, into) = (terms.text("a"), terms.text("-b"));
            let replaced = terms.call(Function::Replace, &[text, by, into]);
            terms.call(Function::EndsWith, &[replaced, other])
        }
        17 => {
            let cut = terms.call(Function::Take, &[text, count]);
            terms.call(Function::StartsWith, &[cut, other])
        }
        18 => terms.call(Function::Replace, &[other, text, text]),
        19 => {
            let by = terms.text("b");
            terms.call(Function::Replace, &[other, by, text])
        }
        20 => {
            let lower = one(terms, Function::ToLower);
            terms.call(Function::EndsWith, &[lower, other])
        }
        21 => {
            let one = terms.int(1);
            let part = terms.call(Function::Substring, &[text, one, count]);
            terms.call(Function::Length, &[part])
        }
        22 => terms.call(Function::Skip, &[text, count]),
        _ => {
            let lower = one(terms, Function::ToUpper);
            terms.equal(lower, other)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8192, failure_persistence: None, ..ProptestConfig::default() })]

    /// An answer that is found while a text is partly known is also the answer once the whole text is known.
    #[test]
    fn knowing_the_rest_changes_nothing(
        which in 0..24_usize,
        parts in [piece(), piece(), piece()],
        others in [piece(), piece()],
        other_is_known: bool,
        values in [piece(), piece()],
        number in 0..6_i64,
    ) {
        let mut terms = Terms::default();
        let text = joined(&mut terms, &parts);
        let other = joined(&mut terms, if other_is_known { &others[..1] } else { &others });
        let early = asked(&mut terms, which, text, other, number);
        let (mut known, mut text, mut other) = (early, text, other);
        for (at, value) in values.iter().enumerate() {
            let (parameter, value) = (parameter(&mut terms, at as u32), terms.text(value));
            known = terms.replace_term(known, parameter, value);
            text = terms.replace_term(text, parameter, value);
            other = terms.replace_term(other, parameter, value);
        }
        let late = asked(&mut terms, which, text, other, number);
        // An expression that Azure rejects has no value, whatever the earlier answer.
        if terms.is_literal(late) {
            prop_assert_eq!(terms.show(known), terms.show(late), "of {}", terms.show(early));
        }
    }
}
