//! One small source for each kind of mutant, and the text that comes out. Comments in the text are left out, except where they are tested.

use super::super::mutant::Key;
use super::*;

/// Rewrites a source with a mutant at each place: the genre, the text that it replaces, and the replacement.
fn with(source: &str, mutants: &[(Genre, &str, &str)]) -> Rewritten {
    let mut of = Vec::new();
    for (at, (genre, replaced, replacement)) in mutants.iter().enumerate() {
        let offset = source.find(replaced).unwrap();
        let before = &source[..offset];
        let line = before.matches('\n').count() + 1;
        let column = offset - before.rfind('\n').map_or(0, |end| end + 1) + 1;
        of.push(Mutant {
            number: at as u32 + 1,
            genre: *genre,
            file: String::new(),
            start: (line, column),
            replacement: (*replacement).to_owned(),
            key: Key { file: String::new(), change: String::new(), line: String::new(), nth: 0 },
        });
    }
    rewrite(source, &of.iter().collect::<Vec<_>>()).unwrap()
}

/// The same, as text without comments and with `is` for the switch. The result must be Rust.
fn text(source: &str, mutants: &[(Genre, &str, &str)]) -> String {
    let text = with(source, mutants).text;
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = after.split_once("*/").unwrap().1;
    }
    (plain + rest).replace("crate::mutant_is", "is")
}

#[test]
fn a_function_returns_early() {
    assert_eq!(
        text("fn f() -> u8 { g() }", &[(Genre::FnValue, "g()", "0"), (Genre::FnValue, "g()", "1")]),
        "fn f() -> u8 {if is(1) { return 0; }if is(2) { return 1; } g() }"
    );
    let method = "struct S; impl S { fn f(&self) { g() } }";
    let expected = "struct S; impl S { fn f(&self) {if is(1) { return (); } g() } }";
    assert_eq!(text(method, &[(Genre::FnValue, "g()", "()")]), expected);
}

#[test]
fn an_iterator_is_one_of_two() {
    let empty = (Genre::FnValue, "0..9", "::std::iter::empty()");
    assert_eq!(
        text(
            "fn f() -> impl Iterator<Item = u8> { 0..9 }",
            &[empty, (Genre::FnValue, "0..9", "::std::iter::once(1)")]
        ),
        "fn f() -> impl Iterator<Item = u8> {\
         if is(1) { crate::Either::Mutant(crate::Either::Real(::std::iter::empty())) } \
         else if is(2) { crate::Either::Mutant(crate::Either::Mutant(::std::iter::once(1))) } \
         else { crate::Either::Real({ 0..9 }) }}"
    );
    let leaves = "fn f() -> impl Iterator<Item = u8> { if x { return 0..8 } 0..9 }";
    assert!(with(leaves, &[(Genre::FnValue, "if x", "::std::iter::empty()")]).expressed.is_empty());
}

#[test]
fn an_operator_is_chosen() {
    assert_eq!(
        text("fn f() { a < b }", &[(Genre::BinaryOperator, "<", "=="), (Genre::BinaryOperator, "<", "<=")]),
        "fn f() { (if is(1) { (a) == (b) } else if is(2) { (a) <= (b) } else { (a) < (b) }) }"
    );
    assert_eq!(
        text("fn f() { a += b; }", &[(Genre::BinaryOperator, "+=", "-=")]),
        "fn f() { (if is(1) { (a) -= (b) } else { (a) += (b) }); }"
    );
}

#[test]
fn operands_have_their_mutants_once() {
    assert_eq!(
        text(
            "fn f() { a == b && c }",
            &[(Genre::BinaryOperator, "&&", "||"), (Genre::BinaryOperator, "==", "!=")]
        ),
        "fn f() { (if is(1) { (a == b) || (c) } else { \
         ((if is(2) { (a) != (b) } else { (a) == (b) })) && (c) }) }"
    );
}

#[test]
fn a_let_stays_in_its_chain() {
    let source = "fn f() { if a == b && let Some(c) = d && !e {} }";
    assert_eq!(
        text(source, &[(Genre::BinaryOperator, "==", "!="), (Genre::UnaryOperator, "!e", "")]),
        "fn f() { if (if is(1) { (a) != (b) } else { (a) == (b) }) && let Some(c) = d \
         && (if is(2) { e } else { !e }) {} }"
    );
    assert!(with(source, &[(Genre::BinaryOperator, "&& let", "||")]).expressed.is_empty());
    assert!(with(source, &[(Genre::BinaryOperator, "&& !e", "||")]).expressed.is_empty());
}

#[test]
fn an_operator_before_an_operand_goes() {
    assert_eq!(
        text("fn f() { -a.b() }", &[(Genre::UnaryOperator, "-", "")]),
        "fn f() { (if is(1) { a.b() } else { -a.b() }) }"
    );
}

#[test]
fn a_guard_is_true_or_false() {
    let source = "fn f() { match a { Some(b) if b || c => 1, _ => 2 } }";
    assert_eq!(
        text(source, &[(Genre::MatchArmGuard, "b || c", "true"), (Genre::MatchArmGuard, "b || c", "false")]),
        "fn f() { match a { Some(b) if !is(2) && (is(1) || (b || c)) => 1, _ => 2 } }"
    );
    assert_eq!(
        text(source, &[(Genre::MatchArmGuard, "b || c", "true"), (Genre::BinaryOperator, "||", "&&")]),
        "fn f() { match a { Some(b) if (is(1) || ((if is(2) { (b) && (c) } else { (b) || (c) }))) => 1, _ => 2 } }"
    );
    assert_eq!(
        text(source, &[(Genre::MatchArmGuard, "b || c", "false")]),
        "fn f() { match a { Some(b) if !is(1) && ((b || c)) => 1, _ => 2 } }"
    );
    let chain = "fn f() { match a { Some(b) if let Some(c) = b && c => 1, _ => 2 } }";
    assert_eq!(
        text(
            chain,
            &[(Genre::MatchArmGuard, "let Some(c)", "true"), (Genre::MatchArmGuard, "let Some(c)", "false")]
        ),
        "fn f() { match a { Some(b) if !is(2) && let Some(c) = b && c => 1, _ => 2 } }"
    );
}

#[test]
fn an_arm_gets_a_guard() {
    assert_eq!(
        text("fn f() { match a { Some(1) | None => b, _ => c } }", &[(Genre::MatchArm, "Some(1) |", "")]),
        "fn f() { match a { Some(1) | None if !is(1) => b, _ => c } }"
    );
    // cargo-mutants also lists it where nothing takes what is left.
    let guarded = "fn f() { match a { Some(1) => b, _ if c => d, None => e } }";
    assert!(with(guarded, &[(Genre::MatchArm, "Some(1)", "")]).expressed.is_empty());
}

#[test]
fn a_field_is_left_to_the_base() {
    let source = "fn f() { S { a: 1, b: c == d, ..e } }";
    assert_eq!(
        text(source, &[(Genre::StructField, "a: 1", ""), (Genre::BinaryOperator, "==", "!=")]),
        "fn f() { (if is(1) { S {  b: c == d, ..e } } else { \
         S { a: 1, b: (if is(2) { (c) != (d) } else { (c) == (d) }), ..e } }) }"
    );
}

#[test]
fn constants_have_no_switch() {
    let operator = [(Genre::BinaryOperator, "+", "-")];
    for source in [
        "const A: u8 = 1 + 1;",
        "static A: u8 = 1 + 1;",
        "const fn f() -> u8 { 1 + 1 }",
        "fn f() { const { 1 + 1 } }",
        "fn f() { [0; 1 + 1] }",
        "fn f(of: [u8; 1 + 1]) {}",
        "enum E { A = 1 + 1 }",
    ] {
        let rewritten = with(source, &operator);
        assert!(rewritten.expressed.is_empty(), "{source}");
        assert_eq!(rewritten.text, source);
    }
    // A function in a constant runs like any other.
    assert_eq!(with("const A: fn() -> u8 = { fn f() -> u8 { 1 + 1 } f };", &operator).expressed.len(), 1);
}

#[test]
fn an_error_is_that_of_the_innermost_mutant() {
    let rewritten = with(
        "fn f() -> A { a < b }",
        &[(Genre::FnValue, "a", "Default::default()"), (Genre::BinaryOperator, "<", "==")],
    );
    let text = rewritten.text;
    let at = |part: &str| {
        let start = text.rfind(part).unwrap_or_else(|| panic!("{part} in {text}"));
        blamed(&text, &(start..start + part.len()))
    };
    assert_eq!(at("Default::default()"), Some(Blamed::Mutant(1)));
    assert_eq!(at("(a) == (b)"), Some(Blamed::Mutant(2)));
    assert_eq!(at("(a) < (b)"), Some(Blamed::Place(BTreeSet::from([2]))));
    assert_eq!(at(" /*s2*/"), Some(Blamed::Place(BTreeSet::from([1, 2]))));
    assert_eq!(at("-> A"), None);
}

#[test]
fn an_error_beside_all_places_is_that_of_its_function() {
    let source = "fn f() { match a { B::C => 1, _ => 2 } } fn g() { a == b }";
    let mutants = [(Genre::MatchArm, "B::C", ""), (Genre::BinaryOperator, "==", "!=")];
    let text = with(source, &mutants).text;
    let start = text.find("a {").unwrap();
    assert_eq!(blamed(&text, &(start..start + 1)), Some(Blamed::Place(BTreeSet::from([1]))));
}
