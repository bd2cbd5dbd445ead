//! Operator precedence and the forms of access.

use crate::shape::shape;

fn check(cases: &[(&str, &str)]) {
    for (written, expected) in cases {
        assert_eq!(shape(written), *expected, "{written}");
    }
}

#[test]
fn operators_bind_by_level() {
    // Each pair of neighbouring levels in both orders: the higher one becomes the operand.
    let levels = [
        &["??"][..],
        &["||"],
        &["&&"],
        &["==", "!=", "=~", "!~"],
        &["<", "<=", ">", ">="],
        &["+", "-"],
        &["*", "/", "%"],
    ];
    for (loose, tight) in levels.iter().zip(&levels[1..]) {
        for loose in *loose {
            for tight in *tight {
                assert_eq!(shape(&format!("a {loose} b {tight} c")), format!("(a {loose} (b {tight} c))"));
                assert_eq!(shape(&format!("a {tight} b {loose} c")), format!("((a {tight} b) {loose} c)"));
            }
        }
    }
}

#[test]
fn operators_of_one_level_associate_to_the_left() {
    for (one, other) in
        [("??", "??"), ("||", "||"), ("&&", "&&"), ("==", "!="), ("<", ">="), ("+", "-"), ("*", "%")]
    {
        assert_eq!(shape(&format!("a {one} b {other} c")), format!("((a {one} b) {other} c)"));
    }
}

#[test]
fn longer_expressions() {
    check(&[
        ("true || false && null", "(true || (false && null))"),
        ("a ?? b || d ?? c", "((a ?? (b || d)) ?? c)"),
        ("2 + 3 * -8", "(2 + (3 * (-8)))"),
        ("-10 % 2 <= !x", "(((-10) % 2) <= (!x))"),
        ("(a + b) * c", "((a + b) * c)"),
        ("-a.b[0]!", "(-(((a.b)[0])!))"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a ? b ? c : d : e", "(a ? (b ? c : d) : e)"),
        ("a ?? b ? c : d", "((a ?? b) ? c : d)"),
        ("x => x + 1", "((x) => (x + 1))"),
        ("(x, y) => x ? y : z", "((x, y) => (x ? y : z))"),
        ("() => 1", "(() => 1)"),
        ("map(xs, x => { a: x })", "map(xs, ((x) => {a: x}))"),
    ]);
}

#[test]
fn a_sign_stands_alone() {
    for (text, second) in [("!!a", "!"), ("--a", "-"), ("- -a", "-"), ("!-a", "-")] {
        assert_eq!(shape(text), format!("error: expected a value, found `{second}`"), "{text}");
    }
}

#[test]
fn accesses() {
    check(&[
        ("a.b.c", "((a.b).c)"),
        ("a.?b", "(a.?b)"),
        ("a[?i]", "(a[?i])"),
        ("a[^1]", "(a[^1])"),
        ("a[?^1]", "(a[?^1])"),
        ("a['b'].c", "((a[\"b\"]).c)"),
        ("a::b.id", "((a::b).id)"),
        ("a!.b", "((a!).b)"),
        ("f(1, 2)[0]", "(f(1, 2)[0])"),
        ("az.f(x).y", "((az.f(x)).y)"),
        ("obj.?a[?'b'][?^1]", "(((obj.?a)[?\"b\"])[?^1])"),
        ("first(xs)!.name", "((first(xs)!).name)"),
        ("[1, 2][0]", "([1, 2][0])"),
    ]);
}

#[test]
fn keywords_are_names_where_they_have_no_meaning() {
    check(&[
        ("{ for: 1, if: 2, resource: 3, param: 4 }", "{for: 1, if: 2, resource: 3, param: 4}"),
        ("if(existing, in)", "if(existing, in)"),
        ("[for in in in: in]", "[for in in in: in]"),
    ]);
}

#[test]
fn lists_and_loops() {
    check(&[
        ("[1, 2\n3]", "[1, 2, 3]"),
        ("[1, 2,]", "[1, 2]"),
        ("[\n\n]", "[]"),
        ("[...a, b]", "[...a, b]"),
        ("{ a: 1, 'b-${c}': 2\n ...d }", "{a: 1, <\"b-\", c>: 2, ...d}"),
        ("[for x in y: x.z]", "[for x in y: (x.z)]"),
        ("[\n for (x, i) in range(0, 3): { n: i }\n]", "[for x, i in range(0, 3): {n: i}]"),
    ]);
}

#[test]
fn integers_have_sixty_four_bits() {
    assert_eq!(shape("18446744073709551615"), "18446744073709551615");
    assert_eq!(shape("18446744073709551616"), "error: this integer does not fit in 64 bits");
}
