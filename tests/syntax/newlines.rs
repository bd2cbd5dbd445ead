//! The places where a line may end and where it may not.

use bicep_race_lint::syntax::ast::FileKind;
use bicep_race_lint::syntax::parse;

fn parses(text: &str) -> bool {
    parse(text, FileKind::Bicep).errors.is_empty()
}

fn check(accepted: &[&str], rejected: &[&str]) {
    for text in accepted {
        assert!(parses(text), "{text}: {:?}", parse(text, FileKind::Bicep).errors);
    }
    for text in rejected {
        assert!(!parses(text), "{text}");
    }
}

#[test]
fn in_a_conditional_only_before_its_operators() {
    check(
        &["var a = b\n  ? c\n  : d", "var a = b\n\n // note\n ? c // note\n\n : d"],
        &["var a = b ?\n c : d", "var a = b ? c :\n d"],
    );
}

#[test]
fn not_around_operators() {
    check(
        &["var a = b /*\n*/ && c", "var a = (\n b && c\n)"],
        &[
            "var a = b\n && c",
            "var a = b &&\n c",
            "var a = (b\n && c)",
            "var a = (b &&\n c)",
            "var a = b\n.c",
            "var a = b.\nc",
        ],
    );
}

#[test]
fn in_loops_after_the_bracket_and_before_it() {
    check(
        &["var a = [\n\n for x in y: x\n\n]"],
        &["var a = [for x in y:\n x]", "var a = [for x\n in y: x]", "var a = [for (x,\n i) in y: x]"],
    );
}

#[test]
fn not_in_holes() {
    check(&["var a = '${b /*\n*/}'"], &["var a = '${\nb}'", "var a = $'''${b\n}'''"]);
}

#[test]
fn after_the_arrow() {
    check(&["var a = map(b, x =>\n\n x)", "func f(a string) string =>\n a"], &["var a = map(b, x\n => x)"]);
}

#[test]
fn between_members_of_a_union_before_the_bar() {
    check(
        &[
            "type a = 'b'\n | 'c'",
            "type a =\n | 'b'\n | 'c'",
            "param a\n | 'b'\n | 'c'",
            "type a = {\n b:\n | 'c'\n | 'd'\n}",
        ],
        &["type a = 'b' |\n 'c'", "type a = (\n'b')", "type a =\n 'b'"],
    );
}

#[test]
fn in_arguments_after_commas_and_inside_the_parentheses() {
    check(
        &["var a = f(\n 1,\n\n 2\n)", "var a = f(1,\n 2 // note\n // note\n)", "var a = f(\n)"],
        &["var a = f(1\n 2)", "var a = f(1\n, 2)", "var a = f(1, 2,)", "var a = f\n(1)"],
    );
}

#[test]
fn between_elements_instead_of_commas() {
    check(
        &[
            "var a = [1, 2\n3]",
            "var a = { b: 1, c: 2\n\n d: 3 }",
            "var a = [1, 2,]",
            "var a = {\n}",
            "import { a, b\n c } from 'd'",
        ],
        &[
            "var a = [\n 1,\n 2\n]",
            "var a = { b: 1,\n c: 2 }",
            "var a = [1 2]",
            "var a = [,]",
            "var a = [\n 1\n , 2]",
            "var a = { b:\n 1 }",
            "var a = { b\n: 1 }",
        ],
    );
}

#[test]
fn in_declarations() {
    check(
        &[
            "@secure()\n\n// note\n@minLength(1)\nparam a string",
            "resource a 'b@1' =\n\n if (c) { name: 'd' }",
            "resource a 'b@1' = [\n for x in y: if (x) { name: 'd' }\n]",
            "resource a 'b@1' = if (\n c\n) { name: 'd' }",
            "func f(\n a string\n ,\n b int,\n) string => a",
            "param a string\r\nparam b string\rparam c string\n",
            "",
            "\n\n",
        ],
        &[
            "@secure() param a string",
            "resource a 'b@1' =\n{ name: 'd' }",
            "resource a 'b@1' =\n[for x in y: { name: 'd' }]",
            "resource a 'b@1' = if (c)\n{ name: 'd' }",
            "resource a 'b@1' = [for x in y:\n{ name: 'd' }]",
            "param a\nstring",
            "param a string param b string",
            "param a string =\n'b'",
            "var a\n= 1",
        ],
    );
}
