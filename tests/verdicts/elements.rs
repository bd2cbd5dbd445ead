//! Dependencies on loop elements: an element that is not known to be the right one orders nothing, and index arithmetic
//! is solved.

use crate::form::{Form, judged};

/// Gateways `v` in a loop, each on the hub with its index, and gateways `e` on the same hubs in another loop. An
/// element of `e` waits for `v[which]`.
fn two_loops(name: &'static str, head: &str, over: [&str; 2], which: &str, races: bool) -> Form {
    let [first, second] = over;
    let gateway = |symbol: &str, kind: &str, over: &str, depends_on: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/{kind}@2024-05-01' = [for (x, i) in {over}: {{\n  name: '{symbol}${{i}}'\n  \
             location: 'westeurope'\n  properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', 'hub${{i}}') }} \
             }}\n{depends_on}}}]\n"
        )
    };
    let (early, late) = (
        gateway("v", "vpnGateways", first, ""),
        gateway("e", "expressRouteGateways", second, &format!("  dependsOn: [ v[{which}] ]\n")),
    );
    let files = vec![("main.bicep", format!("{head}\n{early}{late}"))];
    Form { name, root: "main.bicep", files, pair: ["e", "v"], races }
}

/// The index of the element as an expression.
fn arithmetic() -> Vec<Form> {
    let three = ["range(0, 3)", "range(0, 3)"];
    let two = ["range(0, 3)", "range(0, 2)"];
    let open = ["range(0, n)", "range(0, n)"];
    let listed = ["list", "list"];
    let (none, n, list) = ("", "param n int", "param list array");
    vec![
        two_loops("own-element", none, three, "i", false),
        two_loops("own-element-in-a-detour", none, three, "(i + 1) - 1", false),
        two_loops("own-element-as-it-is-small", none, three, "i % 3", false),
        two_loops("own-element-from-the-other-end", none, three, "2 - (2 - i)", false),
        two_loops("own-element-twice-halved", none, three, "(2 * i) / 2", false),
        two_loops("own-element-by-condition", none, three, "i == 0 ? 0 : i", false),
        two_loops("own-element-of-a-list", "var which = [ 0, 1, 2 ]", three, "which[i]", false),
        two_loops("the-one-before", none, ["range(0, 3)", "range(0, 3)"], "i == 0 ? 2 : i - 1", true),
        two_loops("the-next", none, two, "i + 1", true),
        two_loops("the-next-round", none, three, "(i + 1) % 3", true),
        two_loops("the-other-end", none, three, "2 - i", true),
        two_loops("the-other-of-two", none, ["range(0, 2)", "range(0, 2)"], "1 - i", true),
        two_loops("the-only-one-from-the-end", none, ["range(0, 1)", "range(0, 1)"], "0 - i", false),
        two_loops("half-of-it", none, three, "i / 2", true),
        two_loops("by-a-list-that-turns", "var which = [ 2, 1, 0 ]", three, "which[i]", true),
        two_loops("by-the-item-that-turns", none, ["range(0, 3)", "[ 2, 1, 0 ]"], "x", true),
        two_loops("by-the-item", none, ["range(0, 3)", "[ 0, 1, 2 ]"], "x", false),
        two_loops("by-a-parameter", "param k int", three, "k", true),
        // Any index other than that of the only element is an error in Azure.
        two_loops("by-a-parameter-of-one", "param k int", ["range(0, 1)", "range(0, 1)"], "k", false),
        two_loops("own-element-of-many", n, open, "i", false),
        two_loops("own-element-of-many-in-a-detour", n, open, "i + 2 - 2", false),
        two_loops("the-next-of-many", n, ["range(0, n + 1)", "range(0, n)"], "i + 1", true),
        two_loops("the-first-of-many", n, open, "0", true),
        two_loops("the-next-round-of-many", n, open, "(i + 1) % n", true),
        two_loops("a-round-of-many", n, open, "i % 3", true),
        two_loops("own-element-of-the-list", list, listed, "i", false),
        two_loops("from-the-end-of-the-list", list, listed, "length(list) - 1 - i", true),
        two_loops(
            "from-the-end-of-a-known-list",
            "var list = [ 'a', 'b' ]",
            listed,
            "length(list) - 1 - i",
            true,
        ),
        two_loops("by-a-function", "func next(i int) int => i + 1", two, "next(i)", true),
        two_loops("by-a-function-of-itself", "func same(i int) int => i", three, "same(i)", false),
    ]
}

/// Elements that are waited for transitively.
fn chains() -> Vec<Form> {
    let form = |name, over: &str, between: &str, last: &str, hub: &str, races| {
        let gateway = |symbol: &str, kind: &str, properties: &str, depends_on: &str| {
            format!(
                "resource {symbol} 'Microsoft.{kind}@2024-05-01' = [for i in {over}: {{\n  name: '{symbol}${{i}}'\n  location: \
                 'westeurope'\n{properties}{depends_on}}}]\n"
            )
        };
        let hub = format!(
            "  properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', {hub}) }} }}\n"
        );
        let files = vec![(
            "main.bicep",
            [
                gateway("v", "Network/vpnGateways", &hub, ""),
                gateway("ip", "Network/publicIPAddresses", "", &format!("  dependsOn: [ v[{between}] ]\n")),
                gateway("e", "Network/expressRouteGateways", &hub, &format!("  dependsOn: [ ip[{last}] ]\n")),
            ]
            .concat(),
        )];
        Form { name, root: "main.bicep", files, pair: ["e", "v"], races }
    };
    let (three, each) = ("range(0, 3)", "'hub${i}'");
    vec![
        form("turned-twice", three, "2 - i", "2 - i", each, false),
        form("turned-once", three, "2 - i", "i", each, true),
        form("turned-once-then-not", three, "i", "2 - i", each, true),
        form("on-and-back", three, "(i + 1) % 3", "(i + 2) % 3", each, false),
        form("on-and-on", three, "(i + 1) % 3", "(i + 1) % 3", each, true),
        form("the-middle-is-its-own", "range(0, 1)", "0", "i", each, false),
        form("one-hub-by-turns", three, "2 - i", "2 - i", "'hub'", true),
    ]
}

/// Elements that wait for those of a loop in between, which has none.
fn through_nothing() -> Vec<Form> {
    let form = |name, over: &str, between: &str, waits: &str, hub: &str, races| {
        let gateway = |symbol: &str, kind: &str, depends_on: &str| {
            format!(
                "resource {symbol} 'Microsoft.Network/{kind}@2024-05-01' = [for i in {over}: {{\n  name: '{symbol}${{i}}'\n  location: \
                 'westeurope'\n  properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', {hub}) }} }}\n  \
                 dependsOn: [ {depends_on} ]\n}}]\n"
            )
        };
        let ip = format!(
            "resource ip 'Microsoft.Network/publicIPAddresses@2024-05-01' = [for i in {between}: {{\n  name: 'ip${{i}}'\n  location: \
             'westeurope'\n  dependsOn: [ v[i] ]\n}}]\n"
        );
        let text = format!(
            "param n int\n{}{ip}{}",
            gateway("v", "vpnGateways", ""),
            gateway("e", "expressRouteGateways", waits)
        );
        Form { name, root: "main.bicep", files: vec![("main.bicep", text)], pair: ["e", "v"], races }
    };
    let each = "'hub${i}'";
    vec![
        form("through-an-empty-range", "range(0, 3)", "range(0, 0)", "ip[i]", each, false),
        form("through-an-empty-list", "range(0, 3)", "[]", "ip[i]", each, false),
        form("through-an-empty-range-of-many", "range(0, n)", "range(0, 0)", "ip[i]", each, false),
        form("through-one-that-is-there", "range(0, 3)", "range(0, 3)", "ip[i]", each, false),
        form("not-through-it", "range(0, 3)", "range(0, 0)", "", each, true),
    ]
}

/// A single declaration that waits for one element.
fn one_element() -> Vec<Form> {
    let form = |name, head: &str, batch: &str, which: &str, hub: &str, races| {
        let main = format!(
            "{head}\n{batch}resource v 'Microsoft.Network/vpnGateways@2024-05-01' = [for i in range(0, 3): {{\n  name: 'v${{i}}'\n  \
             location: 'westeurope'\n  properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', {hub}) }} \
             }}\n}}]\nresource e 'Microsoft.Network/expressRouteGateways@2024-05-01' = {{\n  name: 'e'\n  location: 'westeurope'\n  \
             properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', 'hub1') }} }}\n  dependsOn: [ v[{which}] \
             ]\n}}\n"
        );
        Form { name, root: "main.bicep", files: vec![("main.bicep", main)], pair: ["e", "v"], races }
    };
    let serial = "@batchSize(1)\n";
    vec![
        form("the-last-of-a-row", "", serial, "2", "'hub1'", false),
        form("the-last-of-a-row-computed", "", serial, "3 - 1", "'hub1'", false),
        form("the-second-of-a-row", "", serial, "1", "'hub1'", true),
        form("one-of-a-row-by-a-parameter", "param k int", serial, "k", "'hub1'", true),
        form(
            "the-last-by-an-allowed-parameter",
            "@allowed([ 2 ])\nparam k int",
            serial,
            "k",
            "'hub1'",
            false,
        ),
        form("two-by-an-allowed-parameter", "@allowed([ 1, 2 ])\nparam k int", serial, "k", "'hub1'", true),
        form("one-that-is-not-there", "@minValue(3)\nparam k int", serial, "k", "'hub1'", false),
        form("one-that-may-be-there", "@minValue(1)\nparam k int", serial, "k", "'hub1'", true),
        form("the-right-one", "", "", "1", "'hub${i}'", false),
        form("the-right-one-by-a-variable", "var k = 2 - 1", "", "k", "'hub${i}'", false),
        form("the-wrong-one", "", "", "2", "'hub${i}'", true),
        form("one-by-a-parameter", "param k int", "", "k", "'hub${i}'", true),
        form(
            "the-right-one-by-an-allowed-parameter",
            "@allowed([ 1 ])\nparam k int",
            "",
            "k",
            "'hub${i}'",
            false,
        ),
        form("one-by-a-condition", "param on bool", "", "on ? 1 : 1", "'hub${i}'", false),
        form("one-by-another-condition", "param on bool", "", "on ? 1 : 0", "'hub${i}'", true),
    ]
}

/// ARM templates, where an id as text names an element.
fn arm() -> Vec<Form> {
    let form = |name, which: &str, races| {
        let gateway = |ty: &str, letter: &str, more: &str| {
            format!(
                "{{ \"type\": \"Microsoft.Network/{ty}\", \"apiVersion\": \"2024-01-01\", \"location\": \"westeurope\", \"name\": \
                 \"[concat('{letter}', copyIndex())]\", \"copy\": {{ \"name\": \"of{letter}\", \"count\": 3 }}, {more}\"properties\": {{ \
                 \"virtualHub\": {{ \"id\": \"[resourceId('Microsoft.Network/virtualHubs', concat('hub', copyIndex()))]\" }} }} }}"
            )
        };
        let depends_on = format!(
            "\"dependsOn\": [ \"[resourceId('Microsoft.Network/vpnGateways', concat('v', {which}))]\" ], "
        );
        let text = format!(
            "{{ \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", \
             \"contentVersion\": \"1.0.0.0\", \"resources\": [ {}, {} ] }}",
            gateway("vpnGateways", "v", ""),
            gateway("expressRouteGateways", "e", &depends_on)
        );
        let pair = [
            "Microsoft.Network/expressRouteGateways concat('e', copyIndex())",
            "Microsoft.Network/vpnGateways concat('v', copyIndex())",
        ];
        Form { name, root: "main.json", files: vec![("main.json", text)], pair, races }
    };
    vec![
        form("arm-own", "copyIndex()", false),
        form("arm-next-round", "mod(add(copyIndex(), 1), 3)", true),
        form("arm-own-round", "mod(add(copyIndex(), 3), 3)", false),
        form("arm-other-end", "sub(2, copyIndex())", true),
        form("arm-own-by-offset", "sub(copyIndex(1), 1)", false),
        form("arm-first", "0", true),
    ]
}

#[test]
fn the_awaited_element_is_the_right_one() {
    let forms: Vec<Form> = arithmetic()
        .into_iter()
        .chain(chains())
        .chain(through_nothing())
        .chain(one_element())
        .chain(arm())
        .collect();
    judged(&forms);
}

/// Gateways `v` in a module, on the hubs of a list that a call passes.
fn given_by_a_call(name: &'static str, list: &str, races: bool) -> Form {
    let module = "param list array
resource v 'Microsoft.Network/vpnGateways@2024-05-01' = [for (x, i) in list: {
  name: 'v${i}'
  location: 'westeurope'
  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', x.hub) } }
}]
";
    let root = format!(
        "param p bool\nparam q array\nmodule m 'm.bicep' = {{\n  name: 'm'\n  params: {{ list: {list} }}\n}}\n"
    );
    let files = vec![("main.bicep", root), ("m.bicep", module.to_owned())];
    Form { name, root: "main.bicep", files, pair: ["v", "v"], races }
}

#[test]
fn a_conditional_list_may_contain_one_object_twice() {
    let twice = "[ { hub: 'a' }, { hub: 'b' }, { hub: 'a' } ]";
    judged(&[
        given_by_a_call("twice", twice, true),
        given_by_a_call("twice-or-none", &format!("p ? {twice} : []"), true),
        given_by_a_call("one-or-twice", &format!("p ? [ {{ hub: 'b' }} ] : {twice}"), true),
        given_by_a_call("twice-or-unknown", &format!("p ? {twice} : q"), true),
        given_by_a_call("each-once-or-unknown", "p ? [ { hub: 'a' }, { hub: 'b' } ] : q", false),
        given_by_a_call("each-once", "p ? [ { hub: 'a' }, { hub: 'b' } ] : []", false),
        given_by_a_call("one-or-one", "p ? [ { hub: 'a' } ] : [ { hub: 'a' } ]", false),
    ]);
}
