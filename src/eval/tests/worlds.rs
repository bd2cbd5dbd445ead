//! The world that [`feasible`] finds for a condition, as it is written in a template.

use super::{root, variable, workspace};
use crate::eval::evaluator::Evaluator;
use crate::eval::feasibility::{Feasibility, feasible};

const PARAMETERS: &str = "
param a bool
param b bool
param c bool
param d bool
param f bool?
@allowed(['x', 'y', 'z'])
param kind string
param s string
param t string
param u string?
param n int
param m int
@minValue(0)
param q int
param w int?
param list array
param few array?
param o object
param p object?
";

/// The world that is found, such as `a = true; n = 3`; `none` if there is none.
fn world(condition: &str) -> String {
    let text = format!("{PARAMETERS}var v = {condition}");
    let workspace = workspace(&[("main.bicep", &text)]);
    assert!(workspace.problems.is_empty(), "{:?} in {text}", workspace.problems);
    let mut evaluator = Evaluator::new(&workspace);
    let value = variable(&mut evaluator, root(&workspace), "v");
    let terms = evaluator.terms();
    match feasible(terms, value) {
        Feasibility::Infeasible => "none".to_owned(),
        Feasibility::Undecided(reached) => reached.to_string(),
        Feasibility::Feasible(world) => {
            let facts =
                world.iter().map(|&(term, value)| format!("{} = {}", terms.show(term), terms.show(value)));
            facts.collect::<Vec<_>>().join("; ")
        }
    }
}

/// Checks rows: a condition, and the world that is found for it.
fn assert_worlds(rows: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for &(condition, expected) in rows {
        let found = world(condition);
        if found != expected {
            wrong.push(format!("{condition}\n    found    {found}\n    expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_number_is_one_that_is_compared_or_its_neighbour() {
    assert_worlds(&[
        // The smallest one that is not negative.
        ("n > 7 || n == -3", "n = 8"),
        ("!(n < 0)", "n = 0"),
        ("n >= 1 || a", "a = true"),
        ("w >= -1", "w = 0"),
        // Only for comparisons; another number is as good as one that is equal to nothing.
        ("n == -1 || n >= 7", "n = 7"),
        ("m == 7 || n > 4", "m = 7"),
        (
            "q != 1 && n <= 7 && length(list) > 2",
            "q == 1 = false; n = 7; empty(list) = false; length(list) == 1 = false; length(list) == 2 = false",
        ),
        ("!(q >= 2 || w == 2 && w >= 1)", "q = 1; w = 0"),
        ("n == m && n > 4", "n == m = true; n = 5"),
        // `null` is none of the numbers.
        ("((w >= 3 || b) == (w == null)) && (b || w == 9)", "w = null; b = true"),
    ]);
}

#[test]
fn a_number_that_others_are_computed_from_may_be_any() {
    assert_worlds(&[
        ("n > 2 && n * 2 == 100", "n >= 3 = true; n * 2 = 100"),
        ("n == 9 && n - m == 4 && m >= 1", "n = 9; m >= 1 = true; 9 - m = 4"),
        ("n > 2 && n * 2 == m && m == 100", "n >= 3 = true; n * 2 == m = true; n * 2 = 100"),
        ("n >= 3 && n < 60 && n * 2 == 40", "n >= 3 = true; n >= 60 = false; n * 2 = 40"),
        ("n < 60 && n >= 3 && n * 2 == 40", "n >= 60 = false; n >= 3 = true; n * 2 = 40"),
        ("n < 3 && n < 5 && n * 2 == -40", "n >= 3 = false; n >= 5 = false; n * 2 = -40"),
        (
            "n >= 5 && m < 3 && n * 2 == 100 && m * 2 == -40",
            "n >= 5 = true; m >= 3 = false; n * 2 = 100; m * 2 = -40",
        ),
        // What is assumed about it agrees.
        ("n >= 5 && n < 3 && n * 2 == 100", "none"),
        ("n < 3 && n >= 5 && n * 2 == 100", "none"),
        // What is computed from another number does not matter.
        ("n > 2 && n < 4 && n != 3 && m * 2 == 40", "none"),
        ("n * 2 > 2 && n * 2 < 4 && n * 2 != 3", "none"),
        ("n * 2 > 2 && n * 2 < 4 && n * 2 != 3 && m == 2", "none"),
    ]);
}

#[test]
fn what_leaves_no_choice_is_assumed_first() {
    assert_worlds(&[
        ("(a && b || c) && d", "d = true; a = true; b = true"),
        ("(a && s == 'p' || t == 'p') && !d", "d = false; a = true; s = 'p'"),
        // Then all parts of one alternative, the shortest one.
        ("a && b && c || d && s == 'x'", "d = true; s = 'x'"),
        ("(a && b || c) && (s == 'x' || d)", "a = true; b = true; s = 'x'"),
        ("(a && b || c || d) && (s == 'x' || t == 'y')", "s = 'x'; a = true; b = true"),
        ("(a ? s : t) == 'p' && b || !b", "a = true; s = 'p'"),
        ("length(list) >= 3 || c && contains(s, 'x')", "c = true; contains(s, 'x') = true"),
        // Then the operand with the fewest choices.
        ("(a || b || c) && d == (s == 'x')", "d = true; s = 'x'; a = true"),
        ("(a || b || c) && (s == 'x' || t == 'y')", "s = 'x'; a = true"),
        ("d == o.on && n >= 3", "n = 3; d = true; o.on = true"),
        ("(s == 'x') == o.on && d", "d = true; s = 'x'; o.on = true"),
    ]);
}

#[test]
fn the_sides_of_an_equality_are_decided() {
    assert_worlds(&[
        ("d == b", "d = true; b = true"),
        ("o.on == (s == 'x')", "s = 'x'; o.on = true"),
        ("n % 3 == q && (a ? n : m) >= 1", "n % 3 == q = true; a = true; n = 1"),
        ("(a ? n : m) < 5 && (f == false || q == 1) && !(f == true)", "a = true; n = 4; f = false"),
        ("f == null || b", "f = null"),
        ("!f && ((f ?? a) == true)", "f = null; a = true"),
    ]);
}

#[test]
fn what_is_neither_true_nor_false_is_null() {
    assert_worlds(&[
        ("o.on != true && o.on != false && o.on != null", "none"),
        ("p.?on != true && p.?on != false && p.?on != null", "none"),
        ("o.on != true && o.on != false", "o.on = null; o.on == false = false"),
        ("s != 'x' && s != 'y' && o.on != true", "s == 'x' = false; s == 'y' = false; o.on = false"),
        ("(s == true || kind == s) && (u ?? s) == u", "u == null = false; s = true"),
        ("u != null && (u ?? s) == s", "u == s = true; u == null = false"),
        ("o.key == s == (o.?key == null)", "o.key == s = false; o.key == null = false"),
    ]);
}

#[test]
fn what_is_empty_has_no_elements() {
    assert_worlds(&[
        ("empty(list) && list[1] == 'prod'", "none"),
        ("empty(few ?? []) && few[0] == 'x'", "none"),
        ("empty(few) && (few ?? ['x'])[0] == 'x'", "empty(few) = true; (few ?? ['x'])[0] = 'x'"),
        ("list[0] == 'y' && length(list) <= 5", "list[0] = 'y'; length(list) == 5 = true"),
        ("empty(p ?? {}) && list[0]", "empty(p) = true; list[0] = true"),
        ("!(p.?on ?? false) && empty(p ?? {})", "p.on = null; empty(p) = true"),
    ]);
}

#[test]
fn the_start_and_the_end_of_a_text_exclude_others() {
    assert_worlds(&[
        ("startsWith(s, 'prod') && startsWith(s, 'od')", "none"),
        ("startsWith(s, 'od') && startsWith(s, 'PRod')", "none"),
        ("startsWith(s, 'PRod') && startsWith(s, 'pr')", "startsWith(s, 'PRod') = true"),
        ("endsWith(s, 'prod') && endsWith(s, 'pr')", "none"),
        ("endsWith(s, 'prod') && endsWith(s, 'OD')", "endsWith(s, 'prod') = true"),
        ("!startsWith(s, 'pr') && startsWith(s, 'prod')", "none"),
        ("!(contains(s, 'od') || contains(s, 'prod'))", "contains(s, 'od') = false"),
    ]);
}
