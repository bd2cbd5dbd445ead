//! Constraints in the declaration of a parameter decide conditions, because other values are never deployed.

use crate::form::{Form, judged};

/// Two gateways of one hub with two conditions over the declarations in `head`.
fn under(name: &'static str, head: &str, conditions: [&str; 2], races: bool) -> Form {
    let hub = "resourceId('Microsoft.Network/virtualHubs', 'hub')";
    Form::of_gateways(name, head, conditions.map(|condition| (Some(condition), hub)), races)
}

fn when(name: &'static str, head: &str, condition: &str, races: bool) -> Form {
    under(name, head, ["true", condition], races)
}

fn numbers() -> Vec<Form> {
    let (three, nine) = ("@minValue(3)\nparam n int", "@maxValue(9)\nparam n int");
    let both = "@minValue(3)\n@maxValue(5)\nparam n int";
    vec![
        when("below-the-least", three, "n < 3", false),
        when("at-the-least", three, "n <= 3", true),
        when("not-the-least", three, "n != 3 && n < 5", true),
        when("equal-to-less", three, "n == 2", false),
        when("above-the-most", nine, "n > 9", false),
        when("at-the-most", nine, "n >= 9", true),
        when("equal-to-more", nine, "10 == n", false),
        when("between", both, "n > 3 && n < 5", true),
        when("nothing-between", both, "n != 3 && n != 4 && n != 5", false),
        when("one-left-between", both, "n != 3 && n != 5", true),
        when("negative-least", "@minValue(-1)\nparam n int", "n < -1", false),
        when("above-a-negative-least", "@minValue(-1)\nparam n int", "n < 0", true),
        when("may-be-null", "@minValue(3)\nparam n int?", "n == null", true),
        when("of-a-type", "@minValue(3)\ntype count = int\nparam n count", "n < 3", false),
        when("sum-below-the-least", three, "n + 1 == 3", false),
        under("on-two-sides", three, ["n > 3", "n < 4"], false),
        under("on-two-sides-alike", three, ["n > 3", "n < 5"], true),
        when("unbounded", "param n int", "n < 3", true),
    ]
}

/// Numbers computed from the value that another condition compares.
fn computed() -> Vec<Form> {
    let (n, two) = ("param n int", "param n int\nparam m int");
    let id = "param id string\nvar parts = empty(id) ? [''] : split(id, '/')";
    vec![
        when("sum-and-more", n, "n + 1 >= 3 && n >= 5", true),
        when("sum-and-less", n, "n + 1 >= 3 && n < 2", false),
        when("difference-and-more", n, "n - 1 >= 2 && n >= 9", true),
        under("on-two-sides-of-a-sum", n, ["n + 1 >= 30", "n >= 50"], true),
        when("double-and-more", n, "n * 2 >= 4 && n >= 50", true),
        when("double-is-and-more", n, "n * 2 == 100 && n >= 40", true),
        when("double-is-another", two, "n > 2 && n * 2 == m && m == 100", true),
        when("double-twice", n, "n * 2 >= 4 && n * 2 < 3", false),
        when("at-least-two-and-more", n, "max(n, 2) >= 2 && n >= 7", true),
        when("sum-of-two", two, "n + m >= 2 && n >= 7 && m >= 9", true),
        when("length-less-one", "param list array", "length(list) - 1 >= 2 && length(list) >= 9", true),
        when("of-a-text", "param s string", "int(s) >= 3 && s == '7'", true),
        when("of-another-text", "param s string", "int(s) >= 3 && s == '1'", false),
        when("chosen-and-more", two, "(m == 1 ? 1 : n) >= 3 && n >= 5", true),
        when("chosen-and-less", two, "(m == 1 ? 1 : n) >= 3 && n < 3", false),
        when("chosen-the-other", two, "(m == 1 ? 4 : n) >= 3 && n < 3", true),
        under("of-parts-of-an-id", id, ["length(parts) >= 3", "length(parts) >= 5 && !empty(id)"], true),
        under("of-parts-alike", id, ["length(parts) >= 3", "length(split(id, '/')) >= 9"], true),
        under("of-parts-apart", id, ["length(parts) >= 3", "empty(id)"], false),
    ]
}

fn lengths() -> Vec<Form> {
    let (some, few) = ("@minLength(1)\nparam list array", "@maxLength(2)\nparam list array");
    let text = "@minLength(3)\n@maxLength(5)\nparam s string";
    vec![
        when("never-empty", some, "empty(list)", false),
        when("never-of-length-nothing", some, "length(list) == 0", false),
        when("never-equal-to-nothing", some, "list == []", false),
        when("one-element", some, "length(list) == 1", true),
        when("too-many", few, "length(list) > 2", false),
        when("never-of-three", few, "length(list) == 3", false),
        when("as-many-as-may-be", few, "length(list) == 2", true),
        when("empty-may-be", few, "empty(list)", true),
        when("text-never-empty", text, "s == ''", false),
        when("text-too-long", text, "length(s) > 5", false),
        when("text-of-a-length", text, "length(s) == 4", true),
        when("text-that-is-short", text, "s == 'ab'", false),
        when("text-that-fits", text, "s == 'abcd'", true),
        when("null-is-empty", "@minLength(1)\nparam list array?", "empty(list)", true),
        when("of-exactly-two", "@minLength(2)\n@maxLength(2)\nparam list array", "length(list) != 2", false),
    ]
}

fn objects() -> Vec<Form> {
    let kinds =
        "type a = { kind: 'a' }\ntype b = { kind: 'b', more: string }\n@discriminator('kind')\nparam o a | b";
    let alias = "type a = { kind: 'a' }\ntype b = { kind: 'b' }\n@discriminator('kind')\ntype any = a | b\nparam o any";
    let typed = "param o { size: 'small' | 'large', inner: { on: 'yes' | 'no' }, rest: 'x'? }";
    let sealed = "@sealed()\ntype hub = { name: string, id: string? }\nparam o hub";
    vec![
        when("neither-kind", kinds, "o.kind != 'a' && o.kind != 'b'", false),
        when("one-kind", kinds, "o.kind != 'a'", true),
        when("another-kind", kinds, "o.kind == 'c'", false),
        under("two-kinds", kinds, ["o.kind == 'a'", "o.kind == 'b'"], false),
        when("neither-kind-of-a-type", alias, "o.kind != 'a' && o.kind != 'b'", false),
        when("neither-size", typed, "o.size != 'small' && o.size != 'large'", false),
        when("one-size", typed, "o.size == 'large'", true),
        when(
            "neither-inside",
            typed,
            "o.inner.on != 'yes' && o.inner.on != 'no' && o.inner.on != null",
            false,
        ),
        when("never-left-out", typed, "o.size == null", false),
        when("never-left-out-inside", typed, "o.inner.on == null", false),
        when("never-left-out-safely", typed, "o.?inner.?on == null", false),
        when("required-text", "param o { name: string, inner: { id: string }? }", "o.name == null", false),
        when(
            "left-out-with-what-it-is-in",
            "param o { name: string, inner: { id: string }? }",
            "o.?inner.?id == null",
            true,
        ),
        when("required-of-what-may-be-null", "param o { name: string }?", "o.?name == null", true),
        when("required-of-any-type", "param o { value: any }", "o.value == null", true),
        when(
            "required-of-both",
            "type a = { kind: 'a', id: string }\ntype b = { kind: 'b', id: string }\n@discriminator('kind')\nparam o a | b",
            "o.id == null",
            false,
        ),
        when(
            "required-of-one",
            "type a = { kind: 'a', id: string }\ntype b = { kind: 'b' }\n@discriminator('kind')\nparam o a | b",
            "o.?id == null",
            true,
        ),
        when("left-out", typed, "o.?rest == null", true),
        when("not-left-out-and-other", typed, "o.?rest != null && o.?rest != 'x'", false),
        when("not-a-property", sealed, "contains(o, 'other')", false),
        when("no-such-property", sealed, "o.?other != null", false),
        when("a-property", sealed, "o.?id != null", true),
        when("not-sealed", "type hub = { name: string }\nparam o hub", "contains(o, 'other')", true),
        under("two-objects", "param o object", ["o == { a: 1 }", "o == { a: 2 }"], false),
        under("one-object", "param o object", ["o == { a: 1 }", "o == { a: 1 }"], true),
        under("two-lists", "param l array", ["l == [ 1 ]", "l == [ 2 ]"], false),
        under("an-object-and-its-property", "param o object", ["o == { a: 1 }", "o.a == 2"], false),
        under("an-object-and-its-own-property", "param o object", ["o == { a: 1 }", "o.a == 1"], true),
        under("objects-of-other-properties", "param o object", ["o == { a: 1 }", "o == { b: 1 }"], false),
    ]
}

/// Values with properties that hold for every input.
fn others() -> Vec<Form> {
    vec![
        when(
            "an-id-has-slashes",
            "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {\n  name: 'hub'\n}",
            "!contains(hub.id, '/')",
            false,
        ),
        when("a-union-is-there", "param o object?", "union({ a: 1 }, o ?? {}) == null", false),
        under("null-is-not-false", "param a bool?", ["a == null", "(a ?? false) == false"], true),
        under("null-is-not-true", "param a bool?", ["a == null", "(a ?? true) == false"], false),
        under("null-twice", "param a string?", ["a == null", "(a ?? 'x') == 'x'"], true),
        under("null-and-another", "param a string?", ["a == null", "(a ?? 'x') == 'y'"], false),
        under("null-or-given", "param a string?", ["a != null", "(a ?? 'x') == 'x'"], true),
        under("null-and-its-property", "param a object?", ["a == null", "a.?b == 'c'"], false),
    ]
}

/// ARM templates have the same constraints as members of the parameter.
fn arm() -> Vec<Form> {
    let form = |name, parameter: &str, condition: &str, races| {
        let gateway = |ty: &str, name: &str, condition: &str| {
            format!(
                "{{ \"type\": \"Microsoft.Network/{ty}\", \"apiVersion\": \"2024-01-01\", \"location\": \"westeurope\", \"name\": \"{name}\", \
                 {condition}\"properties\": {{ \"virtualHub\": {{ \"id\": \"[resourceId('Microsoft.Network/virtualHubs', 'hub')]\" }} }} }}"
            )
        };
        let text = format!(
            "{{ \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", \
             \"contentVersion\": \"1.0.0.0\", \"parameters\": {{ \"p\": {parameter} }}, \"resources\": [ {}, {} ] }}",
            gateway("vpnGateways", "v", ""),
            gateway("expressRouteGateways", "e", &format!("\"condition\": \"[{condition}]\", "))
        );
        let pair = ["Microsoft.Network/expressRouteGateways e", "Microsoft.Network/vpnGateways v"];
        Form { name, root: "main.json", files: vec![("main.json", text)], pair, races }
    };
    vec![
        form("arm-least", "{ \"type\": \"int\", \"minValue\": 3 }", "less(parameters('p'), 3)", false),
        form("arm-at-least", "{ \"type\": \"int\", \"minValue\": 3 }", "less(parameters('p'), 4)", true),
        form("arm-most", "{ \"type\": \"int\", \"maxValue\": 3 }", "greater(parameters('p'), 3)", false),
        form("arm-length", "{ \"type\": \"array\", \"minLength\": 1 }", "empty(parameters('p'))", false),
        form(
            "arm-text",
            "{ \"type\": \"string\", \"maxLength\": 2 }",
            "equals(parameters('p'), 'abc')",
            false,
        ),
    ]
}

#[test]
fn constraints_limit_the_possible_values() {
    let declared = numbers().into_iter().chain(lengths()).chain(objects()).chain(others()).chain(arm());
    judged(&declared.collect::<Vec<Form>>());
}

/// A loop over at most that many elements, all of which write one hub.
fn at_most() -> Vec<Form> {
    let form = |name, list: &str, races| {
        let main = format!(
            "param list array\nparam on bool\nparam few array\nresource v 'Microsoft.Network/vpnGateways@2024-05-01' = [for (x, i) in {list}: {{\n  name: \
             'v${{i}}'\n  location: 'westeurope'\n  properties: {{ virtualHub: {{ id: \
             resourceId('Microsoft.Network/virtualHubs', 'hub') }} }}\n}}]\n"
        );
        Form { name, root: "main.bicep", files: vec![("main.bicep", main)], pair: ["v", "v"], races }
    };
    vec![
        form("one-is-taken", "take(list, 1)", false),
        form("two-are-taken", "take(list, 2)", true),
        form("one-is-taken-and-filtered", "filter(take(list, 1), x => x.on)", false),
        form("one-of-a-filter", "take(filter(list, x => x.on), 1)", false),
        form("the-first-alone", "[ first(list) ]", false),
        form("one-or-another", "on ? [ 'a' ] : [ 'b' ]", false),
        form("one-or-none", "on ? take(list, 1) : []", false),
        form("one-and-one", "concat(take(list, 1), take(few, 1))", true),
        form("one-of-another-behind-none", "concat(take(list, 0), take(few, 1))", false),
        form("one-that-all-have", "intersection(take(list, 1), few)", false),
    ]
}

#[test]
fn a_list_is_no_longer_than_what_is_taken() {
    judged(&at_most());
}

#[test]
fn a_computed_number_has_the_range_of_its_parts() {
    judged(&computed());
}
