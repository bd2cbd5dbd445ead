//! Nested lambdas and loops: a variable belongs to the nearest binder, wherever its value is substituted.

use super::{are_one, shown};

#[test]
fn a_variable_of_the_same_level_in_another_lambda_is_another_variable() {
    // `enabled` stays unfolded, with a lambda of its own; the outer lambda must not reach into it.
    let text = "
        param xs array
        var enabled = filter(xs, x => x.on)
        var a = map([1, 2], y => contains(enabled, y))
        var b = [contains(enabled, 1), contains(enabled, 2)]
    ";
    assert!(are_one(text));
}

#[test]
fn an_index_from_outside_is_not_caught_by_an_inner_loop() {
    let text = "
        param p array
        param q array
        param s array
        param r array
        var grid = [for x in p: map(q, y => '${x}-${y}')]
        var a = [for i in s: [for j in r: grid[length(j)]]]
        var b = [for i in s: [for j in r: map(q, y => '${p[length(j)]}-${y}')]]
    ";
    assert!(are_one(text));
}

#[test]
fn the_names_and_places_of_bound_variables_do_not_matter() {
    assert!(are_one(
        "
        param xs array
        var a = filter(xs, x => x.on)
        var b = filter(xs, (item) => item.on)
    "
    ));
    assert!(are_one(
        "
        param xs array
        param ys array
        var inner = filter(xs, x => x.on)
        var a = [for y in ys: filter(xs, x => x.on)]
        var b = [for y in ys: inner]
    "
    ));
}

#[test]
fn a_loop_that_takes_each_element_in_order_is_the_list() {
    let is_list = |element: &str| {
        are_one(&format!("param xs array\nvar a = [for i in range(0, length(xs)): {element}]\nvar b = xs\n"))
    };
    assert!(is_list("xs[i]"));
    for other in ["xs[0]", "xs[length(xs) - 1]", "xs[i + 1]", "xs[i].a", "xs[xs[i]]"] {
        assert!(!is_list(other), "{other}");
    }
}

#[test]
fn different_bodies_stay_different() {
    assert!(!are_one(
        "
        param xs array
        var a = filter(xs, x => x.on)
        var b = filter(xs, x => x.off)
    "
    ));
    assert!(!are_one(
        "
        param xs array
        var a = reduce(xs, 0, (sum, x) => sum)
        var b = reduce(xs, 0, (sum, x) => x)
    "
    ));
}

#[test]
fn a_list_taken_element_by_element_is_that_list() {
    assert!(are_one("param xs array\nvar a = [for x in xs: x]\nvar b = xs"));
    assert!(are_one("param xs array\nvar a = map(xs, x => x)\nvar b = xs"));
    assert!(!are_one("param xs array\nvar a = map(xs, x => x.name)\nvar b = xs"));
}

#[test]
fn a_mapped_list_is_indexed_by_its_element() {
    assert!(are_one(
        "
        param xs array
        var names = map(xs, x => 'n-${x}')
        var a = names[3]
        var b = 'n-${xs[3]}'
    "
    ));
    assert_eq!(shown("param n int\nvar v = map(range(5, n), i => i * 2)[1]"), "12");
}

#[test]
fn the_index_of_a_lambda_counts() {
    assert_eq!(shown("var v = map(['a', 'b'], (x, i) => '${i}${x}')"), "['0a', '1b']");
    assert!(are_one(
        "
        param xs array
        var a = map(xs, (x, i) => '${i}${x}')
        var b = [for (x, i) in xs: '${i}${x}']
    "
    ));
}
