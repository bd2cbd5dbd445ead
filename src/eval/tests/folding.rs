//! Expressions that fold, and expressions that stay as they are.

use super::{are_one, shown};

/// Asserts what expressions are shown as, each after the same declarations.
fn all(declarations: &str, cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        let text = format!("{declarations}\nvar v = {expression}\n");
        assert_eq!(shown(&text), *expected, "{expression}");
    }
}

#[test]
fn texts() {
    all(
        "param p string",
        &[
            ("'a${1}b${true}'", "'a1bTrue'"),
            ("concat('a', 'b', p)", "'ab${p}'"),
            ("format('{0}-{1}-{0}', 'a', p)", "'a-${p}-a'"),
            ("format('{{{0}}}', 'a')", "'{a}'"),
            ("toLower('AbC')", "'abc'"),
            ("toUpper('AbC')", "'ABC'"),
            ("replace('a.b.c', '.', '-')", "'a-b-c'"),
            ("substring('abcdef', 2, 3)", "'cde'"),
            ("substring('abc', 2, 3)", "substring('abc', 2, 3)"),
            ("take('abcdef', 2)", "'ab'"),
            ("skip('abcdef', 2)", "'cdef'"),
            ("trim('  a ')", "'a'"),
            ("split('a/b/c', '/')", "['a', 'b', 'c']"),
            ("join(['a', p], '-')", "'a-${p}'"),
            ("padLeft('7', 3, '0')", "'007'"),
            ("padLeft(7, 3, '0')", "'007'"),
            ("startsWith('ABC', 'ab')", "true"),
            ("startsWith('gw-${p}', 'GW-')", "true"),
            ("startsWith('gw-${p}', 'vnet')", "false"),
            ("endsWith('${p}-gw', '-GW')", "true"),
            ("contains('abc', 'B')", "false"),
            ("contains('abc', 'b')", "true"),
            ("indexOf('abcb', 'B')", "1"),
            ("lastIndexOf('abcb', 'b')", "3"),
            ("indexOf('abc', 'x')", "-1"),
            ("length('abc')", "3"),
            ("empty('')", "true"),
            ("empty('a${p}')", "false"),
            ("string(12)", "'12'"),
            ("int('12')", "12"),
            ("bool('True')", "true"),
            ("first('abc')", "'a'"),
            ("last('abc')", "'c'"),
            ("uniqueString(p, 'x')", "uniqueString(p, 'x')"),
            ("guid('a')", "guid('a')"),
        ],
    );
}

#[test]
fn a_property_of_a_union_is_that_of_the_only_part_that_has_it() {
    all(
        "param p object\nparam c bool",
        &[
            ("union({ a: p.x }, { b: 1 }).a", "p.x"),
            ("union({ a: p.x }, c ? { b: 1 } : {}).a", "p.x"),
            ("union({ a: 1 }, c ? { b: p.x } : {}).b", "c ? p.x : null"),
            // Objects under a common key are merged, and an unknown part may have the key or not.
            ("union({ a: p.x }, c ? { a: p.y } : {}).a", "c ? union(p.x, p.y) : p.x"),
            ("union({ a: p.x }, p).a", "contains(p, 'a') ? union(p.x, p.a) : p.x"),
            ("union({ a: 1 }, p).a", "contains(p, 'a') ? (p.a ?? 1) : 1"),
        ],
    );
}

#[test]
fn the_only_element_of_a_list_has_the_only_index() {
    all(
        "param n int\nparam p object",
        &[
            ("[p.x][n]", "p.x"),
            ("[p.x, p.y][n]", "[p.x, p.y][n]"),
            ("[p.x][?n]", "[p.x][n]"),
            ("[][n]", "null"),
        ],
    );
}

#[test]
fn lists() {
    all(
        "param p array\nparam c bool",
        &[
            ("length([1, 2])", "2"),
            ("concat([1], [2, 3])", "[1, 2, 3]"),
            ("[...[1, 2], 3]", "[1, 2, 3]"),
            ("length(concat([1], c ? [2] : []))", "c ? 2 : 1"),
            ("length([1, ...(c ? [2] : [])])", "c ? 2 : 1"),
            ("union([1, 2], [2, 3])", "[1, 2, 3]"),
            ("intersection([1, 2, 3], [3, 2])", "[2, 3]"),
            ("range(2, 3)", "[2, 3, 4]"),
            ("flatten([[1], [2, 3]])", "[1, 2, 3]"),
            ("indexOf(['a', 'b'], 'b')", "1"),
            ("lastIndexOf(['a', 'a'], 'a')", "1"),
            ("contains([1, 2], 2)", "true"),
            ("contains(['a'], 'A')", "false"),
            ("first([1, 2])", "1"),
            ("last([1, 2])", "2"),
            ("[1, 2, 3][^1]", "3"),
            ("take([1, 2, 3], 2)", "[1, 2]"),
            ("skip([1, 2, 3], 2)", "[3]"),
            ("min(3, 1, 2)", "1"),
            ("max([3, 1, 2])", "3"),
            ("map([1, 2], x => x + 1)", "[2, 3]"),
            ("filter([1, 2, 3], x => x > 1)", "[2, 3]"),
            ("reduce([1, 2, 3], 0, (sum, x) => sum + x)", "6"),
            ("sort([3, 1, 2], (x, y) => x < y)", "[1, 2, 3]"),
            ("toObject(['a', 'b'], x => x, x => '${x}1').b", "'b1'"),
            ("groupBy(['ab', 'ac', 'b'], x => take(x, 1)).a", "['ab', 'ac']"),
            ("[for (x, i) in ['a', 'b']: '${x}${i}']", "['a0', 'b1']"),
            ("length([for x in p: x.name])", "length(p)"),
            ("length(map(p, x => x.name))", "length(p)"),
            ("filter(p, x => x.on)", "filter(p, x => …)"),
            ("array('a')", "['a']"),
        ],
    );
}

#[test]
fn objects() {
    all(
        "param p object\nparam c bool\nparam k string",
        &[
            ("{ a: 1, b: 2 }.b", "2"),
            ("{ a: 1 }.?b", "null"),
            ("union({ a: 1, b: { c: 1 } }, { b: { d: 2 } }).b.c", "1"),
            ("{ a: 1, ...{ a: 2 } }.a", "2"),
            ("{ ...p, a: 2 }.a", "2"),
            ("{ a: 1, ...(c ? { a: 2 } : {}) }.a", "c ? 2 : 1"),
            ("{ a: 1, ...p }.a", "contains(p, 'a') ? p.a : 1"),
            ("{ '${'a'}b': 1 }.ab", "1"),
            ("contains({ Ab: 1 }, 'aB')", "true"),
            ("items({ b: 2, a: 1 })[0].key", "'a'"),
            ("objectKeys({ b: 2, a: 1 })", "['a', 'b']"),
            ("mapValues({ a: 1 }, x => x + 1).a", "2"),
            ("shallowMerge([{ a: 1 }, { a: 2 }]).a", "2"),
            ("json('{\"a\": [1, {\"b\": true}]}').a[1].b", "true"),
            ("intersection({ a: 1, b: 2 }, { a: 1, b: 3 })", "{ … }"),
            ("empty({})", "true"),
            ("p.x.y", "p.x.y"),
            ("any(p).x", "p.x"),
            ("(p.?x ?? {}).?y", "p.x.y"),
        ],
    );
}

#[test]
fn truth() {
    all(
        "param a bool\nparam b bool\nparam n int\nparam s string\nparam o object\nparam l array",
        &[
            ("!(!a)", "a"),
            ("a && true", "a"),
            ("a && false", "false"),
            ("a || !a", "true"),
            ("a && !a", "false"),
            ("a && (b && a)", "a && b"),
            ("a == true", "a"),
            ("a == false", "!a"),
            ("a ? b : b", "b"),
            ("a ? true : false", "a"),
            ("!(a && b)", "!a || !b"),
            ("s == s", "true"),
            ("'a' == 'A'", "false"),
            ("'a' =~ 'A'", "true"),
            ("s != 'x'", "s != 'x'"),
            ("(a ? 'x' : 'y') == 'x'", "a"),
            ("!empty(l)", "!empty(l)"),
            ("length(l) > 0", "!empty(l)"),
            ("length(l) >= 1", "!empty(l)"),
            ("length(l) < 1", "empty(l)"),
            ("l == []", "empty(l)"),
            ("s == ''", "empty(s)"),
            ("n > 2", "n >= 3"),
            ("2 < n", "n >= 3"),
            ("n <= 2", "n < 3"),
            ("s == null", "false"),
            ("o.?x ?? 'd'", "o.x ?? 'd'"),
            ("o.?on ?? false", "o.on == true"),
            ("null ?? 'd'", "'d'"),
            ("(o.?x ?? 'd') == null", "false"),
            ("(o.?x ?? s) == null", "false"),
            ("union({ a: 1 }, o) == null", "false"),
            ("empty(union({ a: 1 }, o))", "false"),
            ("union({ a: 1 }, { a: null }).a", "1"),
            ("null > 3", "null"),
            ("7 / 2 + 7 % 2 - 1 * 2", "2"),
            ("-n", "0 - n"),
        ],
    );
}

#[test]
fn one_question_asked_in_several_ways_is_one_atom() {
    for (a, b) in [
        ("n > 0", "!(n <= 0)"),
        ("n >= 1", "0 < n"),
        ("!empty(l)", "length(l) != 0"),
        ("empty(s)", "s == ''"),
        ("s != 'x'", "!('x' == s)"),
        ("o.?on ?? false", "o.?on == true"),
        ("any(s)", "s"),
    ] {
        let text =
            format!("param n int\nparam s string\nparam l array\nparam o object\nvar a = {a}\nvar b = {b}\n");
        assert!(are_one(&text), "{a} and {b}");
    }
}

#[test]
fn what_may_be_null_is_not_taken_for_a_truth_value() {
    // `null == false` is false, so the two differ where it is `null`.
    assert!(!are_one("param o object\nvar a = o.?on == false\nvar b = !(o.?on == true)"));
}

#[test]
fn functions_of_the_file_fold() {
    let text = "
        func name(kind string, at int) string => '${kind}-${at}'
        var v = name('gw', 2)
    ";
    assert_eq!(shown(text), "'gw-2'");
}

#[test]
fn values_made_anew_are_one_for_each_place() {
    assert!(are_one("var a = utcNow('d')\nvar b = utcNow('d')"));
    assert!(!are_one("var a = newGuid()\nvar b = newGuid()"));
}

#[test]
fn what_is_looked_into_stands_in_parentheses_where_it_is_more_than_a_name() {
    let declarations = "param hubs array?\nparam others array\nparam n int\n";
    assert_eq!(shown(&format!("{declarations}var v = (hubs ?? others)[n].name")), "(hubs ?? others)[n].name");
    // Without the list there is no element.
    assert_eq!(shown(&format!("{declarations}var v = (hubs ?? [])[n].name")), "hubs[n].name");
}
