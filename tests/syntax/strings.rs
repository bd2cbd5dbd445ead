//! Strings of all kinds.

use crate::shape::shape;

fn check(cases: &[(&str, &str)]) {
    for (written, expected) in cases {
        assert_eq!(shape(written), *expected, "{written}");
    }
}

#[test]
fn escapes_are_decoded() {
    check(&[
        (r"''", r#""""#),
        (r"'a\n\r\t\\\'\$b'", r#""a\n\r\t\\'$b""#),
        (r"'\u{1F600}'", "\"😀\""),
        (r"'\u{41}b'", r#""Ab""#),
        (r"'\${x}'", r#""${x}""#),
        (r"'$x $$ $'", r#""$x $$ $""#),
        ("'é\"{}'", "\"é\\\"{}\""),
    ]);
}

#[test]
fn surrogates_pair_and_a_lone_one_is_replaced() {
    check(&[(r"'\u{D801}\u{DC37}'", "\"𐐷\""), (r"'a\u{D801}b'", "\"a\u{FFFD}b\"")]);
}

#[test]
fn holes() {
    check(&[
        ("'${a}'", "<a>"),
        ("'${a}${b}'", "<a, b>"),
        ("'x-${a}-${b.c}-y'", "<\"x-\", a, \"-\", (b.c), \"-y\">"),
        ("'${'${a}b'}c'", "<<a, \"b\">, \"c\">"),
        ("'$${a}'", "<\"$\", a>"),
        ("'${map(a, x => [x])}'", "<map(a, ((x) => [x]))>"),
        ("'${a /* } */}'", "<a>"),
    ]);
    assert!(shape("'${[1]}'").starts_with("error: expected a value"));
    assert!(shape("'${{ a: 1 }}'").starts_with("error: expected a value"));
}

#[test]
fn verbatim_strings() {
    check(&[
        ("''''''", r#""""#),
        ("'''a'b''c'''", r#""a'b''c""#),
        ("'''\\n${x}'''", r#""\\n${x}""#),
        ("'''\na\nb\n'''", r#""a\nb\n""#),
        ("'''\r\na\r\n'''", r#""a\r\n""#),
        ("'''\n\na'''", r#""\na""#),
        // If more than three quotes are at the end, the first ones are text; so are quotes after the opening three.
        ("''''a''''", r#""'a'""#),
    ]);
}

#[test]
fn verbatim_strings_with_holes() {
    check(&[
        ("$'''a${b}c'''", "<\"a\", b, \"c\">"),
        ("$$'''a${b}$${c}d'''", "<\"a${b}\", c, \"d\">"),
        ("$$'''$$${c}'''", "<\"$\", c>"),
        ("$'''\n${a}\n'''", "<a, \"\\n\">"),
        ("$'''no hole'''", "\"no hole\""),
        ("$'''${a}''''", "<a, \"'\">"),
        ("$'''${'''\n'''}'''", "<\"\">"),
    ]);
}

#[test]
fn errors_in_strings() {
    check(&[
        ("'a", "error: this string is not closed on its line"),
        ("'a\nb'", "error: this string is not closed on its line"),
        ("'''a", "error: this string is not closed"),
        (r"'\q'", "error: this escape is not known"),
        (r"'\u{110000}'", "error: expected a hexadecimal code point up to 10FFFF in `\\u{…}`"),
        (r"'\u{'", "error: expected a hexadecimal code point up to 10FFFF in `\\u{…}`"),
        ("'${a", "error: expected `}` to end the interpolation before the line ends"),
        ("'${a\n}'", "error: expected `}` to end the interpolation before the line ends"),
        ("\"a\"", "error: `\"` means nothing here"),
    ]);
}
