//! Ways of writing one object: each row is a small deployment in which two declarations write one object in parallel,
//! or do not. Values that a module cannot compute alone are computed at its call.

use crate::form::{Form, judged};

const HUB: &str = "
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: 'hub'
}
resource spare 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: 'spare'
}
resource vpn 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: 'vpn'
  location: 'westeurope'
  properties: { virtualHub: { id: hub.id } }
}
";

const NET: &str = "
resource net 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {
  name: 'net'
  resource inside 'subnets' existing = {
    name: 'inside'
  }
}
resource far 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {
  name: 'far'
  resource inside 'subnets' existing = {
    name: 'inside'
  }
}
resource other 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {
  parent: net
  name: 'other'
  properties: { addressPrefix: '10.0.1.0/24' }
}
";

fn call(arguments: &str) -> String {
    format!("module m 'inner.bicep' = {{\n  name: 'm'\n  params: {{ {arguments} }}\n}}\n")
}

/// A gateway in a module, and another one of the same hub outside.
fn gateway(name: &'static str, parameters: &str, arguments: &str, properties: &str, races: bool) -> Form {
    let inner = format!(
        "{parameters}\nresource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {{\n  name: 'er'\n  location: \
         'westeurope'\n  properties: {properties}\n}}\n"
    );
    let files = vec![("main.bicep", format!("{HUB}{}", call(arguments))), ("inner.bicep", inner)];
    Form { name, root: "main.bicep", files, pair: ["m", "vpn"], races }
}

/// A Bastion in a module with a list of configurations, and a subnet of its network.
fn bastion(name: &'static str, parameters: &str, arguments: &str, list: &str, races: bool) -> Form {
    let inner = format!(
        "{parameters}\nresource bastion 'Microsoft.Network/bastionHosts@2024-05-01' = {{\n  name: 'bastion'\n  location: \
         'westeurope'\n  properties: {{\n    ipConfigurations: {list}\n  }}\n}}\n"
    );
    let files = vec![("main.bicep", format!("{NET}{}", call(arguments))), ("inner.bicep", inner)];
    Form { name, root: "main.bicep", files, pair: ["m", "other"], races }
}

/// Gateways in a loop inside a module, over a list from the call.
fn gateways(name: &'static str, arguments: &str, header: &str, hub: &str, races: bool) -> Form {
    let inner = format!(
        "param list array\nparam n int = 2\n{header}\n  name: 'gw-${{i}}'\n  location: 'westeurope'\n  properties: {{ virtualHub: {{ \
         id: resourceId('Microsoft.Network/virtualHubs', {hub}) }} }}\n}}]\n"
    );
    let files = vec![("main.bicep", call(arguments)), ("inner.bicep", inner)];
    Form { name, root: "main.bicep", files, pair: ["gw", "gw"], races }
}

const GATEWAY: &str = "resource gw 'Microsoft.Network/vpnGateways@2024-05-01' =";
const CONFIGURATION: &str = "{ name: 'c', properties: { subnet: { id: subnetId } } }";

/// Ids and objects that are partly passed by a call.
fn values() -> Vec<Form> {
    let id = "{ virtualHub: { id: hubId } }";
    vec![
        gateway(
            "spread-overrides",
            "param hubId string\nparam more object",
            "hubId: hub.id, more: { virtualHub: { id: spare.id } }",
            "{\n    virtualHub: { id: hubId }\n    ...more\n  }",
            false,
        ),
        gateway(
            "spread-overrides-with-the-hub",
            "param hubId string\nparam more object",
            "hubId: spare.id, more: { virtualHub: { id: hub.id } }",
            "{\n    virtualHub: { id: hubId }\n    ...more\n  }",
            true,
        ),
        gateway(
            "spread-of-null-property",
            "param hubId string\nparam more object",
            "hubId: hub.id, more: { allowNonVirtualWanTraffic: true }",
            "{\n    virtualHub: { id: hubId }\n    ...more\n  }",
            true,
        ),
        gateway(
            "union-overrides",
            "param hubId string\nparam more object",
            "hubId: hub.id, more: { virtualHub: { id: spare.id } }",
            &format!("union({id}, more)"),
            false,
        ),
        gateway(
            "union-deep",
            "param more object",
            "more: { virtualHub: { id: hub.id } }",
            "union({ virtualHub: { x: 1 } }, more)",
            true,
        ),
        gateway(
            "json-with-a-number",
            "param hubId string\nparam n int",
            "hubId: hub.id, n: 2",
            "json('{\"autoScaleConfiguration\":{\"bounds\":{\"min\":${n}}},\"virtualHub\":{\"id\":\"${hubId}\"}}')",
            true,
        ),
        gateway(
            "json-of-text",
            "param text string",
            "text: '{\"virtualHub\":{\"id\":\"${hub.id}\"}}'",
            "json(text)",
            true,
        ),
        gateway(
            "first-of-two-optional",
            "param a string?\nparam b string?",
            "b: hub.id",
            "{ virtualHub: { id: a ?? b } }",
            true,
        ),
        gateway(
            "first-of-two-given",
            "param a string?\nparam b string?",
            "a: spare.id, b: hub.id",
            "{ virtualHub: { id: a ?? b } }",
            false,
        ),
        gateway(
            "safe-access",
            "param o object",
            "o: { hub: { id: hub.id } }",
            "{ virtualHub: { id: o.?hub.?id ?? 'none' } }",
            true,
        ),
        gateway(
            "safe-access-left-out",
            "param o object",
            "o: { }",
            "{ virtualHub: { id: o.?hub.?id ?? 'none' } }",
            false,
        ),
        gateway(
            "last-of-coalesced",
            "param hubId string?",
            "",
            "{ virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', last(split(hubId ?? '/a/hub', '/'))) } }",
            true,
        ),
        gateway(
            "three-kinds",
            "param env string",
            "env: 'b'",
            "{ virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', env == 'a' ? 'spare' : env == 'b' ? 'hub' : 'third') } }",
            true,
        ),
        gateway(
            "three-kinds-the-other",
            "param env string",
            "env: 'c'",
            "{ virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', env == 'a' ? 'spare' : env == 'b' ? 'hub' : 'third') } }",
            false,
        ),
        gateway(
            "end-of-list",
            "param ids array",
            "ids: [ spare.id, hub.id ]",
            "{ virtualHub: { id: ids[^1] } }",
            true,
        ),
        gateway(
            "default-by-other-parameter",
            "param prefix string\nparam hubName string = '${prefix}b'",
            "prefix: 'hu'",
            "{ virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', hubName) } }",
            true,
        ),
        gateway(
            "group-and-name",
            "param group string",
            "group: resourceGroup().id",
            "{ virtualHub: { id: '${group}/providers/Microsoft.Network/virtualHubs/hub' } }",
            true,
        ),
        gateway(
            "map-values",
            "param o object",
            "o: { a: 'hub' }",
            "mapValues({ virtualHub: 'hub' }, x => { id: resourceId('Microsoft.Network/virtualHubs', o.a) })",
            true,
        ),
        gateway(
            "by-a-variable-of-the-call",
            "param o object",
            "o: union({ hub: 'spare' }, { hub: 'hub' })",
            "{ virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', o.hub) } }",
            true,
        ),
        gateway(
            "object-by-key",
            "param o object\nparam key string",
            "o: { x: { id: hub.id } }, key: 'x'",
            "{ virtualHub: o[key] }",
            true,
        ),
    ]
}

/// Lists that are partly passed by a call.
fn lists() -> Vec<Form> {
    let each = |id: &str| format!("{{ name: 'c', properties: {{ subnet: {{ id: {id} }} }} }}");
    let (net, far) = (each("net::inside.id"), each("far::inside.id"));
    let two = format!("list: [ {far}, {net} ]");
    let one = |x: &str| format!("[ {} ]", each(x));
    vec![
        bastion(
            "two-lists",
            "param one array\nparam list array",
            &format!("one: [ {far} ], list: [ {net} ]"),
            "concat(one, list)",
            true,
        ),
        bastion(
            "chosen-list",
            "param on bool\nparam subnetId string",
            "on: true, subnetId: net::inside.id",
            &format!("on ? [ {CONFIGURATION} ] : []"),
            true,
        ),
        bastion(
            "list-not-chosen",
            "param on bool\nparam subnetId string",
            "on: false, subnetId: net::inside.id",
            &format!("on ? [ {CONFIGURATION} ] : []"),
            false,
        ),
        bastion("first-of-the-list", "param list array", &two, "take(list, 1)", false),
        bastion("first-two-of-the-list", "param list array", &two, "take(list, 2)", true),
        bastion("all-but-the-first", "param list array", &two, "skip(list, 1)", true),
        bastion("all-but-two", "param list array", &two, "skip(list, 2)", false),
        bastion(
            "so-many",
            "param n int\nparam subnetId string",
            "n: 1, subnetId: net::inside.id",
            &format!("take([ {CONFIGURATION} ], n)"),
            true,
        ),
        bastion(
            "none-of-them",
            "param n int\nparam subnetId string",
            "n: 0, subnetId: net::inside.id",
            &format!("take([ {CONFIGURATION} ], n)"),
            false,
        ),
        bastion("sorted", "param list array", &two, "sort(list, (a, b) => a.name < b.name)", true),
        bastion(
            "filtered-in",
            "param list array",
            "list: [ { on: true, id: net::inside.id } ]",
            "map(filter(list, x => x.on), x => { name: 'c', properties: { subnet: { id: x.id } } })",
            true,
        ),
        bastion(
            "filtered-out",
            "param list array",
            "list: [ { on: false, id: net::inside.id } ]",
            "map(filter(list, x => x.on), x => { name: 'c', properties: { subnet: { id: x.id } } })",
            false,
        ),
        bastion(
            "written-by-a-loop",
            "param ids array",
            "ids: [ far::inside.id, net::inside.id ]",
            "[for id in ids: { name: 'c', properties: { subnet: { id: id } } }]",
            true,
        ),
        bastion(
            "loop-over-two-lists",
            "param ids array\nparam subnetId string",
            "ids: [ far::inside.id ], subnetId: net::inside.id",
            "[for id in concat(ids, [ subnetId ]): { name: 'c', properties: { subnet: { id: id } } }]",
            true,
        ),
        bastion(
            "loop-of-one-network",
            "param netId string\nparam names array",
            "netId: net.id, names: [ 'a', 'b' ]",
            "[for n in names: { name: n, properties: { subnet: { id: '${netId}/subnets/${n}' } } }]",
            true,
        ),
        bastion(
            "loop-of-one-network-over-nothing",
            "param netId string\nparam names array",
            "netId: net.id, names: []",
            "[for n in names: { name: n, properties: { subnet: { id: '${netId}/subnets/${n}' } } }]",
            false,
        ),
        bastion(
            "list-of-lists",
            "param groups array",
            &format!("groups: [ {{ list: [ {far} ] }}, {{ list: [ {net} ] }} ]"),
            "flatten(map(groups, g => g.list))",
            true,
        ),
        bastion(
            "first-that-fits",
            "param subnets array",
            "subnets: [ { name: 'a', id: far::inside.id }, { name: 'b', id: net::inside.id } ]",
            &one("first(filter(subnets, x => x.name == 'b')).id"),
            true,
        ),
        bastion(
            "items-of-an-object",
            "param o object",
            "o: { a: { id: net::inside.id } }",
            "map(items(o), x => { name: x.key, properties: { subnet: { id: x.value.id } } })",
            true,
        ),
        bastion(
            "element-without",
            "param list array",
            "list: [ { name: 'c', properties: {} } ]",
            "list",
            false,
        ),
        bastion("no-list", "param list array?", "", "list ?? []", false),
    ]
}

/// Two elements of one loop.
fn elements() -> Vec<Form> {
    let objects = format!("{GATEWAY} [for (x, i) in list: {{");
    let alike = "list: [ { hub: 'a' }, { hub: 'a' } ]";
    let apart = "list: [ { hub: 'a' }, { hub: 'b' } ]";
    let three = "list: [ { hub: 'a' }, { hub: 'b' }, { hub: 'a' } ]";
    vec![
        gateways("elements-alike", alike, &objects, "x.hub", true),
        gateways("elements-apart", apart, &objects, "x.hub", false),
        gateways("elements-one-by-one", alike, &format!("@batchSize(1)\n{objects}"), "x.hub", false),
        gateways("elements-of-two-batches", three, &format!("@batchSize(2)\n{objects}"), "x.hub", false),
        gateways("elements-of-one-batch", three, &format!("@batchSize(3)\n{objects}"), "x.hub", true),
        gateways(
            "elements-left-out",
            "list: [ { hub: 'a', on: true }, { hub: 'a', on: false } ]",
            &format!("{GATEWAY} [for (x, i) in list: if (x.on) {{"),
            "x.hub",
            false,
        ),
        gateways(
            "elements-by-index",
            "list: [ 'a', 'a' ]",
            &format!("{GATEWAY} [for i in range(0, n): {{"),
            "list[i]",
            true,
        ),
        gateways(
            "elements-by-index-apart",
            "list: [ 'a', 'b' ]",
            &format!("{GATEWAY} [for i in range(0, n): {{"),
            "list[i]",
            false,
        ),
        gateways(
            "elements-mapped",
            alike,
            &format!("{GATEWAY} [for (x, i) in map(list, y => y.hub): {{"),
            "x",
            true,
        ),
        gateways(
            "elements-filtered",
            three,
            &format!("{GATEWAY} [for (x, i) in filter(list, y => y.hub == 'a'): {{"),
            "x.hub",
            true,
        ),
        gateways(
            "elements-of-an-object",
            "list: [ 'a', 'a' ]",
            &format!(
                "{GATEWAY} [for (x, i) in items(toObject(range(0, n), k => 'k${{k}}', k => list[k])): {{"
            ),
            "x.value",
            true,
        ),
        gateways(
            "elements-of-a-chosen-list",
            "list: [ { hub: 'a' }, { hub: 'a' } ], on: resourceGroup().location == 'westeurope'",
            &format!("param on bool\n{GATEWAY} [for (x, i) in (on ? list : []): {{"),
            "x.hub",
            true,
        ),
        gateways("elements-with-a-default", "list: [ { }, { hub: 'a' } ]", &objects, "x.?hub ?? 'a'", true),
    ]
}

/// Loops over a list whose elements or length depend on parameters without a value.
fn undecided() -> Vec<Form> {
    let form = |name, list: &str, condition: &str, races| {
        let main = format!(
            "param on bool\nparam other string?\nparam unknown array\n{GATEWAY} [for (x, i) in {list}: if ({condition}) {{\n  name: \
             'gw-${{i}}'\n  location: 'westeurope'\n  properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', \
             x.hub) }} }}\n}}]\n"
        );
        Form { name, root: "main.bicep", files: vec![("main.bicep", main)], pair: ["gw", "gw"], races }
    };
    let chosen = "[ { hub: on ? 'a' : 'b' }, { hub: 'a' } ]";
    vec![
        form("element-chosen", chosen, "true", true),
        form("element-chosen-otherwise", chosen, "!on", false),
        form("element-left-out", "[ { hub: other ?? 'a' }, { hub: 'a' } ]", "true", true),
        form("element-left-out-and-given", "[ { hub: other ?? 'a' }, { hub: 'a' } ]", "other != null", false),
        form("elements-of-a-chosen-list", "on ? [ { hub: 'a' }, { hub: 'a' } ] : []", "true", true),
        form("elements-of-a-list-not-chosen", "on ? [ { hub: 'a' }, { hub: 'a' } ] : []", "!on", false),
        form(
            "elements-of-two-lists",
            "on ? [ { hub: 'a' }, { hub: 'b' } ] : [ { hub: 'b' } ]",
            "true",
            false,
        ),
        form("elements-behind-nothing", "concat([], unknown)", "empty(unknown)", false),
    ]
}

/// Ids that a resource lists in its own body, read back from it.
fn read_back() -> Vec<Form> {
    let form = |name, written: &str, read: &str, races| {
        let main = format!(
            "param names array = [ 'a', 'b' ]\nresource net 'Microsoft.Network/virtualNetworks@2024-05-01' = {{\n  name: 'net'\n  \
             location: 'westeurope'\n  properties: {{ subnets: {written} }}\n}}\n\
             resource other 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {{\n  parent: net\n  name: 'other'\n  \
             properties: {{ addressPrefix: '10.0.1.0/24' }}\n}}\n\
             resource bastion 'Microsoft.Network/bastionHosts@2024-05-01' = {{\n  name: 'bastion'\n  location: 'westeurope'\n  \
             properties: {{ ipConfigurations: [ {{ name: 'c', properties: {{ subnet: {{ id: {read} }} }} }} ] }}\n}}\n"
        );
        Form {
            name,
            root: "main.bicep",
            files: vec![("main.bicep", main)],
            pair: ["bastion", "other"],
            races,
        }
    };
    let inline = "[ { name: 'AzureBastionSubnet', properties: { addressPrefix: '10.0.0.0/26' } } ]";
    let loop_ = "[for n in names: { name: n, properties: { addressPrefix: '10.0.0.0/26' } }]";
    let far = "[ { id: resourceId('Microsoft.Network/virtualNetworks/subnets', 'far', 'a') } ]";
    vec![
        form("read-back-by-index", inline, "net.properties.subnets[0].id", true),
        form(
            "read-back-by-name",
            inline,
            "first(filter(net.properties.subnets, s => s.name == 'AzureBastionSubnet')).id",
            true,
        ),
        form("read-back-of-a-loop", loop_, "net.properties.subnets[1].id", true),
        form("read-back-mapped", inline, "map(net.properties.subnets, s => s.id)[0]", true),
        form("read-back-of-another-network", far, "net.properties.subnets[0].id", false),
        form(
            "read-back-of-what-is-not-written",
            inline,
            "net.properties.virtualNetworkPeerings[0].id",
            false,
        ),
    ]
}

/// Modules that are called in a loop over a list from further up, with and without elements.
fn called_over_lists() -> Vec<Form> {
    let form = |name, items: &str, races| {
        let main = ["one", "two"].map(|call| {
            format!("module {call} 'a.bicep' = {{\n  name: '{call}'\n  params: {{ items: {items} }}\n}}\n")
        });
        let over = "param items array\nmodule inner 'b.bicep' = [for (x, i) in items: {\n  name: 'i${i}'\n  params: { more: [ x ] }\n}]\n";
        let writer = format!(
            "param more array\n{GATEWAY} [for (x, i) in concat([ {{ hub: 'hub1' }} ], more): {{\n  name: 'gw${{i}}'\n  location: \
             'westeurope'\n  properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', x.hub) }} }}\n}}]\n"
        );
        let files = vec![("main.bicep", main.concat()), ("a.bicep", over.to_owned()), ("b.bicep", writer)];
        Form { name, root: "main.bicep", files, pair: ["one", "two"], races }
    };
    vec![form("called-over-nothing", "[]", false), form("called-over-one", "[ { hub: 'other' } ]", true)]
}

/// Catalogue conditions on a text that a call passes: Azure compares it without regard to case.
fn by_mode() -> Vec<Form> {
    let form = |name, parameter: &str, arguments: &str, mode: &str, races| {
        let main = format!(
            "resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' existing = {{\n  name: 'db'\n}}\n\
             resource users 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2024-08-01' = {{\n  parent: server\n  name: 'users'\n}}\n\
             module m 'copy.bicep' = {{\n  name: 'm'\n  params: {{ {arguments} }}\n}}\n"
        );
        let copy = format!(
            "{parameter}\nresource copy 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {{\n  name: 'copy'\n  location: \
             'westeurope'\n  properties: {{\n    createMode: {mode}\n    sourceServerResourceId: \
             resourceId('Microsoft.DBforPostgreSQL/flexibleServers', 'db')\n  }}\n}}\n"
        );
        let files = vec![("main.bicep", main), ("copy.bicep", copy)];
        Form { name, root: "main.bicep", files, pair: ["m", "users"], races }
    };
    let param = "param mode string";
    vec![
        form("mode-given", param, "mode: 'Replica'", "mode", true),
        form("mode-given-in-capitals", param, "mode: 'REPLICA'", "mode", true),
        form("mode-given-in-two-parts", param, "mode: 'Rep'", "'${mode}Lica'", true),
        form("mode-given-in-lower-case", param, "mode: 'rePLica'", "toUpper(mode)", true),
        form("another-mode-given", param, "mode: 'Default'", "mode", false),
        form("mode-left-out", "param mode string = 'Replica'", "", "mode", true),
        form("mode-chosen", "param on bool", "on: true", "on ? 'Replica' : 'Default'", true),
        form("other-mode-chosen", "param on bool", "on: false", "on ? 'Replica' : 'Default'", false),
    ]
}

#[test]
fn every_form_has_the_right_verdict() {
    let forms: Vec<Form> = values()
        .into_iter()
        .chain(lists())
        .chain(elements())
        .chain(undecided())
        .chain(read_back())
        .chain(called_over_lists())
        .chain(by_mode())
        .collect();
    judged(&forms);
}
