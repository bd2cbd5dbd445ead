//! Functions of constants, compared with the values that the official engine gives (`tests/official/functions.jsonl`)
//! and with the documentation of ARM and .NET.

use proptest::prelude::*;

use super::super::evaluator::Evaluator;
use super::super::functions;
use super::super::functions::Function;
use super::super::terms::Terms;
use super::{root, shown, variable, workspace};

/// Files that the rows load.
const FILES: [(&str, &str); 3] =
    [("t.txt", "text\n"), ("j.json", r#"{"a":"ja","b":["jb"]}"#), ("y.yaml", "a: ya\n")];

/// Whether an expression folds to a JSON value; otherwise how it is shown.
fn gives(expression: &str, expected: &serde_json::Value) -> Result<(), String> {
    let text = format!(
        "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {{\n  name: 'hub'\n}}\nvar v = {expression}\n"
    );
    let mut files = vec![("main.bicep", text.as_str())];
    files.extend(FILES);
    let workspace = workspace(&files);
    let mut evaluator = Evaluator::new(&workspace);
    let value = variable(&mut evaluator, root(&workspace), "v");
    // Conditions compare values, and a value in another form may be equal.
    let expected = match expected.as_str() {
        Some(text) => evaluator.terms.literal(text),
        None => functions::from_json(&mut evaluator.terms, expected),
    };
    let equal = evaluator.terms.equal(value, expected);
    if evaluator.terms.is_true(equal) { Ok(()) } else { Err(evaluator.terms().show(value)) }
}

#[test]
fn every_row_has_the_value_of_the_official_engine() {
    let rows = include_str!("../../../tests/official/functions.jsonl");
    let mut count = 0;
    let mut wrong = Vec::new();
    for row in rows.lines() {
        let row: serde_json::Value = serde_json::from_str(row).expect("a row is JSON");
        let expression = row["expression"].as_str().expect("a row has an expression");
        if let Err(shown) = gives(expression, &row["value"]) {
            wrong.push(format!("{expression} is {shown}, not {}", row["value"]));
        }
        count += 1;
    }
    assert_eq!(count, 161);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Asserts what expressions are shown as.
fn all(cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(shown(&format!("param p string\nvar v = {expression}\n")), *expected, "{expression}");
    }
}

#[test]
fn ranges_of_addresses_are_those_of_the_documentation() {
    all(&[
        ("parseCidr('10.144.0.0/20').netmask", "'255.255.240.0'"),
        ("parseCidr('10.144.0.0/20').broadcast", "'10.144.15.255'"),
        ("parseCidr('10.144.0.0/20').firstUsable", "'10.144.0.1'"),
        ("parseCidr('10.144.0.0/20').lastUsable", "'10.144.15.254'"),
        ("parseCidr('10.144.0.0/20').cidr", "20"),
        ("parseCidr('fdad:3236:5555::/48').network", "'fdad:3236:5555::'"),
        ("parseCidr('fdad:3236:5555::/48').netmask", "'ffff:ffff:ffff::'"),
        ("parseCidr('fdad:3236:5555::/48').firstUsable", "'fdad:3236:5555::'"),
        ("parseCidr('fdad:3236:5555::/48').lastUsable", "'fdad:3236:5555:ffff:ffff:ffff:ffff:ffff'"),
        ("parseCidr('fdad:3236:5555::/48').?broadcast", "null"),
        ("cidrSubnet('10.144.0.0/20', 24, 4)", "'10.144.4.0/24'"),
        ("cidrSubnet('10.144.0.0/20', 20, 0)", "'10.144.0.0/20'"),
        ("cidrSubnet('fdad:3236:5555::/48', 52, 4)", "'fdad:3236:5555:4000::/52'"),
        ("cidrHost('10.144.3.0/24', 0)", "'10.144.3.1'"),
        ("cidrHost('10.144.3.0/24', 4)", "'10.144.3.5'"),
        // The engine rejects these.
        ("cidrSubnet('10.144.0.0/20', 24, 16)", "cidrSubnet('10.144.0.0/20', 24, 16)"),
        ("cidrSubnet('10.144.0.0/20', 16, 0)", "cidrSubnet('10.144.0.0/20', 16, 0)"),
        ("cidrSubnet('10.144.0.0/20', 24, -1)", "cidrSubnet('10.144.0.0/20', 24, -1)"),
        ("cidrHost('10.144.3.0/24', 254)", "cidrHost('10.144.3.0/24', 254)"),
        ("cidrSubnet(p, 24, 0)", "cidrSubnet(p, 24, 0)"),
    ]);
}

#[test]
fn texts_are_encoded_as_in_the_documentation() {
    all(&[
        ("base64('one, two, three')", "'b25lLCB0d28sIHRocmVl'"),
        ("base64ToString('b25lLCB0d28sIHRocmVl')", "'one, two, three'"),
        ("base64ToString('b25l!')", "base64ToString('b25l!')"),
        ("base64ToJson(base64('{\"a\":[1,2]}')).a[1]", "2"),
        ("dataUri('Hello')", "'data:text/plain;charset=utf8;base64,SGVsbG8='"),
        ("dataUriToString(dataUri('Grüße'))", "'Grüße'"),
        ("dataUriToString('data:;base64,SGVsbG8sIFdvcmxkIQ==')", "'Hello, World!'"),
        ("dataUriToString('data:,a%20b')", "'a b'"),
        (
            "uriComponent('http://contoso.com/resources/nested/azuredeploy.json')",
            "'http%3A%2F%2Fcontoso.com%2Fresources%2Fnested%2Fazuredeploy.json'",
        ),
        ("uriComponent('a-b_c.d~e')", "'a-b_c.d~e'"),
        ("uriComponentToString(uriComponent('ä/ö ü%'))", "'ä/ö ü%'"),
        ("uriComponentToString('100%')", "'100%'"),
        ("uriComponentToString('%FF')", "uriComponentToString('%FF')"),
        (
            "uri('http://contoso.com/resources/', 'nested/azuredeploy.json')",
            "'http://contoso.com/resources/nested/azuredeploy.json'",
        ),
        ("uri('http://contoso.com/resources/a.json', 'b.json')", "'http://contoso.com/resources/b.json'"),
        ("uri('https://Contoso.com', 'b.json')", "'https://contoso.com/b.json'"),
        ("uri('https://contoso.com/a/', '/b')", "uri('https://contoso.com/a/', '/b')"),
        ("uri('https://contoso.com/a/', '../b')", "uri('https://contoso.com/a/', '../b')"),
        ("parseUri('https://contoso.com:8443/a/b?c=d').port", "8443"),
        ("parseUri('https://contoso.com:8443/a/b?c=d').query", "'?c=d'"),
        ("parseUri('https://contoso.com/a').host", "'contoso.com'"),
        ("parseUri('https://contoso.com/a').port", "parseUri('https://contoso.com/a').port"),
        (
            "buildUri({ scheme: 'https', host: 'a.b', port: 8080, path: '/c', query: '?d=e' })",
            "'https://a.b:8080/c?d=e'",
        ),
        ("buildUri({ scheme: 'https', host: 'a.b', path: '/c' })", "'https://a.b/c'"),
        ("buildUri({ scheme: 'https', host: 'a.b', path: 'c/d' })", "'https://a.b/c/d'"),
    ]);
}

#[test]
fn dates_are_counted_as_in_the_rows() {
    all(&[
        ("dateTimeAdd('2020-04-07 14:53:14Z', 'PT1H')", "'2020-04-07T15:53:14Z'"),
        ("dateTimeAdd('2020-04-07 14:53:14Z', '-P9D')", "'2020-03-29T14:53:14Z'"),
        ("dateTimeAdd('2024-01-01T00:00:00Z', 'P1Y')", "'2024-12-31T00:00:00Z'"),
        ("dateTimeAdd('2026-01-01', 'P1D', 'd. MMMM yyyy')", "'2. January 2026'"),
        ("dateTimeAdd(p, 'P1D')", "dateTimeAdd(p, 'P1D')"),
        ("dateTimeFromEpoch(1683040573)", "'2023-05-02T15:16:13Z'"),
        ("dateTimeToEpoch('2023-05-02T15:16:13Z')", "1683040573"),
        ("dateTimeToEpoch(dateTimeFromEpoch(-1))", "-1"),
    ]);
}

#[test]
fn texts_of_values_are_known_up_to_a_depth() {
    for (open, close, text) in [("{ a: ", " }", ["{\"a\":", "}"]), ("[", "]", ["[", "]"])] {
        for (depth, is_known) in [(15, true), (16, false)] {
            let nested = |open: &str, close: &str, inner: &str| {
                format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
            };
            // These properties make the order matter.
            let found = shown(&format!("var v = string({})", nested(open, close, "{ c: 1, b: 2 }")));
            let expected = nested(text[0], text[1], "{\"c\":1,\"b\":2}");
            assert_eq!(found == format!("'{expected}'"), is_known, "{found}");
        }
    }
}

#[test]
fn texts_of_values_keep_the_order_in_which_they_are_written() {
    all(&[
        (
            "string({ b: [1, null, true], a: { d: 'x', c: 'y' } })",
            "'{\"b\":[1,null,true],\"a\":{\"d\":\"x\",\"c\":\"y\"}}'",
        ),
        ("json(string({ b: 1, a: 'x' })).a", "'x'"),
        ("string(union({ b: 1 }, { a: 2 }))", "string({ … })"),
        ("string([p])", "string([p])"),
        ("format('{0}', ['a'])", "'[\\'a\\']'"),
        ("format('{0,4}{1,-3:D2}|', 'é', 7)", "'   é07 |'"),
        ("format('{0:D2}', p)", "format('{0:D2}', p)"),
        ("format('{0:E2}', 7)", "format('{0:E2}', 7)"),
        ("groupBy(['a1', 'b2', 'a3'], x => take(x, 1), x => skip(x, 1)).a", "['1', '3']"),
        ("split('a--b-c', ['-', '--'])", "['a', '', 'b', 'c']"),
        ("split('a--b-c', ['--', '-'])", "['a', 'b', 'c']"),
        ("toUpper('straße ſ')", "'STRAßE ſ'"),
        ("toLower('ÄİK')", "'äİk'"),
        ("like('abcbd', 'a*b*d')", "true"),
        ("like('ab', 'ab*b')", "false"),
        ("like('ABC', 'a*')", "true"),
        ("like('abc', '*B*')", "true"),
        ("like('ABC', 'b*')", "false"),
        ("like('\u{c4}b', '\u{e4}*')", "like('\u{c4}b', '\u{e4}*')"),
        // It is not documented whether `?` stands for one letter, so the result is known only if both readings agree.
        ("like('ab', 'a?')", "like('ab', 'a?')"),
        ("like('a?', 'A?')", "true"),
        ("like('abc', 'b?')", "false"),
        ("like('ab?de', '*?de')", "true"),
        ("like('abde', 'a*c?')", "false"),
        ("'abc' < 'ABD'", "true"),
        ("'a' < 'A'", "'a' < 'A'"),
        ("union({ a: { B: 1 } }, { A: { b: 2 } })", "{ … }"),
        ("union({ a: { B: 1 } }, { A: { b: 2 } }).A.b", "2"),
    ]);
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(text in ".{0,40}") {
        // Text that begins with a slash may be an id.
        let text = format!("a{text}\n");
        let mut terms = Terms::default();
        let value = terms.literal(&text);
        for (encode, decode) in [
            (Function::Base64, Function::Base64ToString),
            (Function::DataUri, Function::DataUriToString),
            (Function::UriComponent, Function::UriComponentToString),
        ] {
            let encoded = terms.call(encode, &[value]);
            prop_assert!(terms.known_text(encoded).is_some_and(str::is_ascii));
            prop_assert_eq!(terms.call(decode, &[encoded]), value);
        }
        let list = terms.array(&[value]);
        let json = terms.call(Function::String, &[list]);
        prop_assert_eq!(terms.call(Function::Json, &[json]), list);
        let encoded = terms.call(Function::Base64, &[json]);
        prop_assert_eq!(terms.call(Function::Base64ToJson, &[encoded]), list);
    }
}
